"""Seals: what to keep where nobody who can reach the store can reach it.

Whoever can write to the file can rewrite an event and all hashes after it, or cut the end off:
what remains fits together. Against that helps only what he cannot change: one line of text,
printed, mailed, or published. (Certificate transparency calls it a signed tree head, immudb a
state, SQL Server a digest.)
"""

import re
from collections.abc import Callable, Iterator
from typing import Final, Self

import msgspec
from tqdm import tqdm

from esdemo.audit.merkle import Tree, leaf
from esdemo.errors import EsdemoError, StoreError
from esdemo.stores import EventStore
from esdemo.stores.rows import DecisionRow, EventRow

_TEXT: Final = re.compile(
    r"esdemo seal: ([0-9]{1,19}) events ([0-9a-f]{64}), ([0-9]{1,19}) decisions ([0-9a-f]{64})"
)


Row = EventRow | DecisionRow


class NotASeal(EsdemoError, ValueError):
    """A text that is no seal."""


class Seal(msgspec.Struct, frozen=True):
    """How many events and decisions there are, and a Merkle root over each.

    `str(seal)` is one line of text to keep outside; `Seal.parse` reads it again.
    """

    events: int
    events_root: str  # 64 hex digits
    decisions: int
    decisions_root: str

    def __str__(self) -> str:
        return (
            f"esdemo seal: {self.events} events {self.events_root}, "
            f"{self.decisions} decisions {self.decisions_root}"
        )

    @classmethod
    def parse(cls, text: str) -> Self:
        """The seal that a line of text holds; white space around it does not matter.

        Raises NotASeal for anything else.
        """
        found = _TEXT.fullmatch(text.strip())
        if not found:
            raise NotASeal(
                f"{text!r:.200} is no seal: give the whole line, from 'esdemo seal:' to its last "
                "hexadecimal digit"
            )
        return cls(int(found[1]), found[2], int(found[3]), found[4])

    @classmethod
    def of(cls, events: Tree, decisions: Tree) -> Self:
        """The seal of two trees."""
        return cls(events.size, events.root.hex(), decisions.size, decisions.root.hex())


def compare(store: EventStore, seal: Seal) -> list[str]:
    """What of the sealed history the store does not hold any more; empty when all is there.

    Finds an edit, a rewrite of all that follows, a truncation, a removed or inserted stream and a
    reordering, of events and of decisions. It cannot say where: for that see `verify`, or compare
    with older seals too. What was written after the seal is not looked at. Shows a progress bar
    when it takes longer than two seconds.
    """
    counts = store.counts()
    events = (seal.events, seal.events_root, counts[0], store.event_rows)
    decisions = (seal.decisions, seal.decisions_root, counts[1], store.decision_rows)
    found = _compared("events", *events), _compared("decisions", *decisions)
    return [finding for finding in found if finding]


def _compared(
    what: str, size: int, root: str, count: int, read: Callable[[int, int], Iterator[Row]]
) -> str | None:
    """What is not as sealed about one of the two logs."""
    leaves = map(row_leaf, read(0, size))
    try:
        tree = Tree().add(tqdm(leaves, f"comparing {what}", size, unit="", delay=2, leave=False))
        last = next(read(max(0, count - 1), count), None)
    except StoreError as error:
        return f"the first {size} {what} cannot be read: {error}"
    if tree.size < size:
        return f"{size - tree.size} of the {size} sealed {what} are missing"
    if tree.root.hex() != root:
        return f"the first {size} {what} are not those that were sealed"
    if count and not last:
        return f"{what} stand where none belong: there are {count}, and the last place is empty"
    return None


def row_leaf(row: Row) -> bytes:
    """The leaf of an event or decision: all of its columns as stored, hash and reason included."""
    return leaf(msgspec.json.encode(row))
