"""The lines of a file, whatever its form: a beginning, decisions and events, an end."""

from collections.abc import Iterator
from typing import NamedTuple

from esdemo.stores.rows import DecisionRow, EventRow, Transaction


class Begins(NamedTuple):
    """The first line: how much is to come."""

    events: int
    decisions: int


class Ends(NamedTuple):
    """The last line: the seal over all of it, as text."""

    seal: str


Line = Begins | DecisionRow | EventRow | Ends


def rows_of(transaction: Transaction) -> Iterator[DecisionRow | EventRow]:
    """The rows in the order of their lines: a decision, then its events."""
    events, decision = transaction
    if decision:
        yield decision
    yield from events
