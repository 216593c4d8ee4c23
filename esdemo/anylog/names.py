"""Names: which column says what. Given by the user, else by the form, else guessed and said."""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from esdemo.anylog.entries import CannotRead

Row = Mapping[str, Any]


class Names(NamedTuple):
    """The columns that make the envelope of an event; all others are its fields.

    A dot reaches into a record: `event.kind` is the `kind` of the column `event`.
    """

    stream: str | None = None  # what it happened to: an order, a case, a session
    type: str | None = None
    time: str | None = None
    actor: str | None = None
    caused_by: str | None = None  # the id of the row that led to it
    id: str | None = None
    # Only a form that we know has these.
    effective: str | None = None
    fields: str | None = None  # a record that holds all fields
    command: str | None = None
    reason: str | None = None

    def over(self, other: "Names") -> "Names":
        """These, and the other's where there is none."""
        return Names(*(mine or theirs for mine, theirs in zip(self, other, strict=True)))


OBVIOUS: Final = {
    "stream": "caseconceptname caseid case stream streamid aggregateid originatorid workflowid "
    "runid sessionid session traceid orderid entityid accountid threadid conversationid subject "
    "userid",
    "type": "conceptname activity eventtype eventkind type event action eventname kind",
    "time": "timetimestamp timestamp time ts datetime eventtime occurredat recordedat createdat "
    "date at",
    "actor": "orgresource resource actor user userid agent who author",
    "caused_by": "causedby causationid parentid parentspanid parenteventid",
    "id": "eventid spanid id uuid",
}
"""Names that say what they are, without case and signs; the first that is there is taken."""

OPTIONS: Final = {"caused_by": "caused-by"}


def option(role: str) -> str:
    """How the command line calls it."""
    return f"--{OPTIONS.get(role, role)}"


def get(row: Row, name: str) -> Any:
    """The value of a column; a dot reaches into a record. None where there is none."""
    if name in row:
        return row[name]
    outer, dot, inner = name.partition(".")
    part = row.get(outer) if dot else None
    return get(part, inner) if isinstance(part, Mapping) else None


def without(row: Row, names: Sequence[str]) -> dict[str, Any]:
    """The row without these columns."""
    rest = dict(row)
    for name in names:
        outer, dot, inner = name.partition(".")
        if name in rest:
            del rest[name]
        elif dot and isinstance(rest.get(outer), Mapping):
            rest[outer] = without(rest[outer], [inner])
            if not rest[outer]:
                del rest[outer]
    return rest


def columns(rows: Sequence[Row]) -> list[str]:
    """All columns of some rows, those inside of records too."""
    found: dict[str, None] = {}
    for row in rows:
        for name, value in row.items():
            found[name] = None
            if isinstance(value, Mapping):
                found |= {f"{name}.{inner}": None for inner in value}
    return list(found)


def check(given: Names, known: Sequence[str], where: str) -> None:
    """CannotRead for a column that none of the first rows has, with those that are there."""
    for role, name in given._asdict().items():
        if name is not None and name not in known:
            near = difflib.get_close_matches(name, known, 1)
            ask = f" did you mean {near[0]!r}?" if near else ""
            raise CannotRead(
                f"there is no column {name!r} in {where} for {option(role)};{ask} "
                f"there are {', '.join(known[:40])}{', ...' if len(known) > 40 else ''}"
            )


def guess(given: Names, known: Sequence[str], fits: Callable[[str, str], bool]) -> Names:
    """The columns whose names say what they are, for the roles that were not given.

    fits: whether what stands in a column can play a role. A cause is an id, so without a column of
    ids there is no cause; CannotRead when one was asked for.
    """
    taken = {name for name in given if name}
    short = {re.sub(r"[^a-z0-9]", "", name.lower()): name for name in reversed(known)}
    found = given
    for role, candidates in OBVIOUS.items():
        if getattr(found, role) is None:
            options = (short[each] for each in candidates.split() if each in short)
            free = (name for name in options if name not in taken)
            name = next((name for name in free if fits(role, name)), None)
            found = found._replace(**{role: name})
            taken.add(name or "")
    if given.caused_by and not found.id:
        raise CannotRead("a cause is the id of another row: say which column has it, with --id")
    return found if found.id else found._replace(caused_by=None)


def said(given: Names, found: Names) -> list[str]:
    """A sentence for each column that was guessed, and for what there is no column for."""
    told = []
    for role in OBVIOUS:
        name = getattr(found, role)
        if name and not getattr(given, role):
            told.append(f"{name!r} is taken for the {role.replace('_', '-')} ({option(role)})")
    if not found.stream:
        told.append("no column says what it happened to, so all rows are one stream (--stream)")
    if not found.type:
        told.append("no column says what happened, so all rows are of the type 'row' (--type)")
    if not found.time:
        told.append("no column has a time, so rows are a second apart, in their order (--time)")
    return told
