"""Seals: what to keep where nobody who can reach the store can reach it.

Whoever can write to the file can rewrite an event and all hashes after it, or cut the end off:
what remains fits together. Against that helps only what he cannot change: one line of text,
printed, mailed, or published. (Certificate transparency calls it a signed tree head, immudb a
state, SQL Server a digest.)
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, Self

import msgspec
from tqdm import tqdm

from esdemo.audit.fitting import Row, check_types
from esdemo.audit.merkle import Tree, leaf
from esdemo.errors import EsdemoError, Misfit, StoreError
from esdemo.stores import EventStore

_TEXT: Final = re.compile(
    r"esdemo seal: ([0-9]{1,19}) events ([0-9a-f]{64}), ([0-9]{1,19}) decisions ([0-9a-f]{64})"
)
_ROOT: Final = re.compile("[0-9a-f]{64}")


class NotASeal(EsdemoError, ValueError):
    """Something else where a seal belongs: a text that is not one, counts or roots of no log."""


class Seal(msgspec.Struct, frozen=True):
    """How many events and decisions there are, and a Merkle root over each.

    `str(seal)` is one line of text to keep outside; `Seal.parse` reads it again. Raises NotASeal
    when it is made of counts or roots that no log has.
    """

    events: int
    events_root: str  # 64 hex digits
    decisions: int
    decisions_root: str

    def __post_init__(self) -> None:
        for count, root in (
            (self.events, self.events_root),
            (self.decisions, self.decisions_root),
        ):
            if type(count) is not int or not 0 <= count < 2**63:
                raise NotASeal(f"a seal counts events and decisions, and {count!r:.80} is no count")
            if type(root) is not str or not _ROOT.fullmatch(root):
                raise NotASeal(f"{root!r:.80} is not a root: it has 64 hexadecimal digits, 0 to f")

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
        found = _TEXT.fullmatch(text.strip()) if isinstance(text, str) else None
        if not found:
            raise NotASeal(
                f"{text!r:.200} is not a seal: give the whole line, from 'esdemo seal:' to its "
                "last hexadecimal digit"
            )
        return cls(int(found[1]), found[2], int(found[3]), found[4])

    @classmethod
    def of(cls, events: Tree, decisions: Tree) -> Self:
        """The seal of two trees."""
        return cls(events.size, events.root.hex(), decisions.size, decisions.root.hex())


def check_seal(seal: Any) -> None:
    """NotASeal for anything but a Seal, such as its line of text."""
    if not isinstance(seal, Seal):
        raise NotASeal(f"{seal!r:.200} is not a Seal: read a line of text with Seal.parse")


def compare(store: EventStore, seal: Seal) -> list[str]:
    """What of the sealed history the store does not hold any more; empty when all is there.

    Finds an edit, a rewrite of all that follows, a truncation, a removed or inserted stream and a
    reordering, of events and of decisions. It cannot say where: for that see `verify`, or compare
    with older seals too. Of what was written after the seal only the place is looked at.

    What was sealed must also be what is read: so everything that is wrong with the home itself is
    listed too, be it a table, a trigger or an index that is not as esdemo makes it, or a row in
    front of the first place. Caches are not looked at: see `wrong_checkpoints`. Shows a progress
    bar when it takes longer than two seconds.
    """
    check_seal(seal)
    events = "events", seal.events, seal.events_root, store.event_rows(0, seal.events)
    decided = store.decision_rows(0, seal.decisions)
    decisions = "decisions", seal.decisions, seal.decisions_root, decided
    found = [_compared(*events), _compared(*decisions)]
    try:
        faults = store.home.faults()
    except StoreError as error:
        faults = [f"{error}"]
    return [finding for finding in found if finding] + faults


def _compared(what: str, size: int, root: str, rows: Iterator[Row]) -> str | None:
    """What is not as sealed about one of the two logs."""
    leaves = map(row_leaf, tqdm(rows, f"comparing {what}", size, unit="", delay=2, leave=False))
    try:
        tree = Tree().add(leaves)
    except (StoreError, Misfit, TypeError) as error:  # no row of ours, or none at all
        return f"the first {size} {what} cannot be read: {error}"
    if tree.size < size:
        return f"{size - tree.size} of the {size} sealed {what} are missing"
    if tree.root.hex() != root:
        return f"the first {size} {what} are not those that were sealed"
    return None


def row_leaf(row: Row) -> bytes:
    """The leaf of an event or decision: all of its columns as stored, hash and reason included.

    Raises Misfit for a column that is neither the string, the integer nor the null that belongs
    there: JSON would write bytes as a string, and two rows would have one leaf.
    """
    check_types(row)
    return leaf(msgspec.json.encode(row))


def leaves(rows: Iterable[Row]) -> list[bytes]:
    """The leaves of these rows, one after the other."""
    return list(map(row_leaf, rows))
