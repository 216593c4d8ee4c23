"""The lines of a file, whatever its form: a beginning, decisions and events, an end."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from esdemo.stores.rows import DecisionRow, EventRow, Transaction

VERSION: Final = 2  # of both forms; 1 had decisions without a hash


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


def check_version(found: int) -> None:
    """ValueError, with advice, for a file that another esdemo wrote."""
    if found == VERSION:
        return
    advice = "update esdemo" if found > VERSION else "read it with the esdemo that wrote it"
    raise ValueError(f"the file has version {found}, and this esdemo reads {VERSION}: {advice}")


def check_spelling(line: bytes, ours: bytes) -> None:
    """ValueError for a line that says the same as one of ours, and is another.

    A name that stands there twice, or in another order, is read in one way here and in another
    elsewhere.
    """
    if line != ours:
        raise ValueError("it is not spelled as we write it: no space, each name once, in our order")


def is_sealed(line: str) -> bool:
    """Whether a line looks like one of a whole history, of either form."""
    return line.startswith(('{"line":', '{"specversion":'))


def is_unsealed(line: bytes) -> bool:
    """Whether it looks like one that an explorer's page has saved."""
    return line.startswith(b'{"position":')
