"""Fitting: may these rows come next? What every history keeps to, one transaction at a time."""

from itertools import product
from typing import Final, get_args, get_type_hints

from esdemo.errors import Misfit
from esdemo.stores.rows import DecisionRow, End, EventRow, Tip, Transaction

Row = EventRow | DecisionRow
"""An event or a decision, as stored."""


def fit(tip: Tip, end: End, transaction: Transaction) -> tuple[Tip, End]:
    """Where the stream and the log end once these rows, written together, stand behind them.

    tip: where their stream ends. Raises Misfit, with the place, for the first row that cannot come
    next: it is of the wrong type, leaves a gap, goes back in time, has not the hash of its content
    and of what stands before it, or is not what its decision led to.
    """
    version, digest, position, last = tip.version, tip.hash, end.position, end.recorded_at
    for row in transaction.events:
        check_types(row)
        if row.position != position + 1:
            wrong = f"position {position + 1} is missing"
        elif row.stream != transaction.stream:
            wrong = f"decision {end.number + 1} has an event of {transaction.stream!r} here"
        elif row.version != version + 1:
            wrong = f"version {version + 1} of the stream is missing"
        elif row.hash != row.link(digest):
            wrong = "its hash is not that of its content and the hash before it"
        elif row.recorded_at < last:
            wrong = "it was recorded before what stands in front of it"
        else:
            version, digest, position, last = row.version, row.hash, row.position, row.recorded_at
            continue
        raise Misfit(f"{place(row)}: {wrong}")
    tip, decision = Tip(version, digest), transaction.decision
    reached = End(position, end.number, end.hash, last)
    if decision is None:
        return tip, reached
    return tip, _judged(tip, reached, end.recorded_at, transaction, decision)


def _judged(
    tip: Tip, end: End, before: str, transaction: Transaction, decision: DecisionRow
) -> End:
    """The end behind the decision. Misfit when it cannot come next, nor have led to these rows.

    tip, end: behind its events. before: when the row in front of them was recorded.
    """
    check_types(decision)
    rows = transaction.events
    if decision.number != end.number + 1:
        wrong = f"decision {end.number + 1} is missing"
    elif decision.recorded_at < before:
        wrong = "it was recorded before what stands in front of it"
    elif decision.position > end.position:
        wrong = f"position {end.position + 1} is missing"
    elif decision.version != tip.version:
        wrong = f"the stream was at version {tip.version}, not {decision.version}"
    elif (decision.position, decision.events) != (end.position, len(rows)):
        wrong = "its events are not where it says"
    elif any(row.why != decision.why for row in rows):
        wrong = "its command, correlation, actor or times are not those of its events"
    elif decision.reason is not None and rows:
        wrong = "it was refused, and yet it has events"
    elif decision.hash != decision.link(end.hash, tip.hash):
        wrong = "its hash is not that of its content and the hash before it"
    else:
        return End(end.position, decision.number, decision.hash, decision.recorded_at)
    raise Misfit(f"{place(decision)}: {wrong}")


def place(row: Row) -> str:
    """Where a row stands, in words."""
    if isinstance(row, DecisionRow):
        return f"decision {row.number} ({row.stream!r})"
    return f"position {row.position} ({row.stream!r}, version {row.version})"


def check_types(row: Row) -> None:
    """Misfit unless each column is the string, the integer or the null that belongs there.

    Hashes are made over JSON, where a name and the bytes that are read as this name look alike.
    """
    if tuple(map(type, row)) in _ROWS:
        return
    for name, hint in get_type_hints(type(row)).items():
        kinds, value = get_args(hint) or (hint,), getattr(row, name)
        if type(value) not in kinds:
            belongs = " or ".join(kind.__name__ for kind in kinds)
            found = type(value).__name__
            raise Misfit(f"{place(row)}: its {name} is of type {found}, not {belongs}")


_ROWS: Final = tuple(
    kinds
    for row in (EventRow, DecisionRow)
    for kinds in product(*(get_args(hint) or (hint,) for hint in get_type_hints(row).values()))
)
"""The types of an event's columns, and those of a decision's, refused and accepted."""
