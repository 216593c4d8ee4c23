"""Differences: what lies between two states, as rows; and the life of one field."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any, Literal

import msgspec

from esdemo.application import Application
from esdemo.errors import NotFound
from esdemo.events import Event


class Change(msgspec.Struct, frozen=True):
    """One row of a difference."""

    path: tuple[Any, ...]  # field names and keys: ("alice", "balance"); () is the whole state
    kind: Literal["added", "removed", "changed"]
    before: Any  # None when added
    after: Any  # None when removed


class FieldChange(msgspec.Struct, frozen=True):
    """One turn in the life of a field: the event that changed it, and from what to what."""

    version: int
    position: int
    event: Event
    before: Any
    after: Any
    actor: str
    recorded_at: datetime


def diff(before: Any, after: Any) -> tuple[Change, ...]:
    """The rows that lead from one state to another; none when they are equal.

    Looks into Structs by field and into dicts by key, so the states of a whole application (a dict
    by stream) are compared stream by stream. Everything else, tuples too, is compared as a whole.
    The law: `apply(before, diff(before, after)) == after`.
    """
    return tuple(_changes((), before, after))


def apply(state: Any, changes: Iterable[Change]) -> Any:
    """The state that these changes lead to, as a new value.

    Raises ValueError when they start from another state than this one.
    """
    for change in changes:
        state = _applied(state, change.path, change)
    return state


def field_history(
    application: Application[Any, Any, Any], stream: str, field: str
) -> list[FieldChange]:
    """Each event that changed a field of the state, with its old and new value, in order.

    field: a field of the state (or a property, or a key when the state is a dict). Raises
    ValueError for one that it does not have, NotFound for a stream without events.
    """
    facts = list(application.store.recorded(stream))
    if not facts:
        raise NotFound(f"{stream!r} has no events: see store.streams() for those that do")
    states = application.decider.states(fact.event for fact in facts)
    values = [_value(state, field) for state in states]
    return [
        FieldChange(
            fact.version, fact.position, fact.event, before, after, fact.actor, fact.recorded_at
        )
        for fact, (before, after) in zip(facts, pairwise(values), strict=True)
        if before != after
    ]


def _changes(path: tuple[Any, ...], before: Any, after: Any) -> Iterator[Change]:
    alike = type(before) is type(after)  # True == 1, but that is a change
    old, new = _parts(before), _parts(after)
    if not alike or old is None or new is None:
        if not alike or before != after:
            yield Change(path, "changed", before, after)
        return
    for name in old | new:
        if name not in new:
            yield Change((*path, name), "removed", old[name], None)
        elif name not in old:
            yield Change((*path, name), "added", None, new[name])
        else:
            yield from _changes((*path, name), old[name], new[name])


def _applied(state: Any, path: tuple[Any, ...], change: Change) -> Any:
    """The state with one change made at `path`, which is what is left of the change's own."""
    if not path:
        _demand(state == change.before, state, change)
        return change.after
    parts, name, last = _parts(state) or {}, path[0], len(path) == 1
    added = last and change.kind == "added"
    _demand((name in parts) is not added, state, change)
    value = change.after if added else _applied(parts[name], path[1:], change)
    if last and change.kind == "removed":
        return {other: parts[other] for other in parts if other != name}
    if isinstance(state, msgspec.Struct):
        return msgspec.structs.replace(state, **{name: value})
    return {**parts, name: value}


def _demand(fits: bool, state: Any, change: Change) -> None:
    if not fits:
        raise ValueError(
            f"{change} does not start from {state!r:.80}: "
            "apply changes to the state that they were made from"
        )


def _parts(state: Any) -> dict[Any, Any] | None:
    """The named parts of a state; None for what has none."""
    if isinstance(state, msgspec.Struct):
        return {name: getattr(state, name) for name in state.__struct_fields__}
    return state if isinstance(state, dict) else None


def _value(state: Any, field: str) -> Any:
    if isinstance(state, dict):
        return state.get(field)
    try:
        return getattr(state, field)
    except AttributeError:
        names = ", ".join(_parts(state) or ()) or "no fields"
        raise ValueError(
            f"a {type(state).__name__} has no field {field!r}; it has {names}"
        ) from None
