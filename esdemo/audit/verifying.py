"""Verifying: does the log fit together? One fold over what was written, hash by hash.

Every event carries a hash over itself and the one before it in its stream, and every decision
names its events. So an edit shows, unless whoever edits also rewrites all hashes that follow, or
cuts the end off: what remains then fits together. Against that helps only a seal.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

import msgspec
from msgspec.structs import replace
from tqdm import tqdm

from esdemo.audit.merkle import Tree
from esdemo.audit.seals import Seal, row_leaf
from esdemo.errors import StoreError
from esdemo.events import GENESIS
from esdemo.stores import EventStore
from esdemo.stores.rows import EventRow, Head, Written, misfit

BATCH: Final = 1_000  # transactions whose leaves go into the trees together


class Verified(msgspec.Struct, frozen=True):
    """A history checked so far. Keep it to go on from: then only the tail is read again."""

    events: Tree = Tree()
    decisions: Tree = Tree()
    heads: dict[str, tuple[int, str]] = {}  # stream -> its version and hash
    recorded_at: str = ""
    wrong: str | None = None  # the first thing that does not fit, with its place

    @property
    def seal(self) -> Seal:
        """The line to keep outside, over what was found right."""
        return Seal.of(self.events, self.decisions)

    def __repr__(self) -> str:
        fits = f"{self.events.size} events and {self.decisions.size} decisions fit together"
        return f"Verified({fits}; then {self.wrong})" if self.wrong else f"Verified({fits})"


def verify(store: EventStore, known: Verified | None = None) -> Verified:
    """Compute every hash again, to the end or to the first thing that is wrong.

    Checked are the hash chain of every stream, positions, versions and numbers without holes,
    times that never go backwards, and each decision against its events. Proves that the log fits
    together, not that it is the one that was written: for that, `compare` it with a seal.

    known: what an earlier call returned. Only what was written since is read; a change before
    that is not looked for. Shows a progress bar when it takes longer than two seconds.
    """
    known = replace(known, heads=dict(known.heads)) if known else Verified(heads={})
    start, counted = known.events.size, store.counts()
    history = written(store, start, known.decisions.size, counted)
    options = {"unit": " events", "delay": 2, "leave": False}
    with tqdm(desc="verifying", total=max(0, counted[0] - start), **options) as bar:
        while not known.wrong:
            try:
                batch = list(islice(history, BATCH))
                further_known = further(known, batch)
            except (StoreError, TypeError) as error:  # no text, or no number where one belongs
                place = f"after position {known.events.size}, decision {known.decisions.size}"
                return replace(known, wrong=f"{place}: {error}")
            if not batch:
                return replace(known, wrong=_missing(known, *counted))
            known = further_known
            bar.update(known.events.size - start - bar.n)
    return known


def written(
    store: EventStore, events: int = 0, decisions: int = 0, until: tuple[int, int] | None = None
) -> Iterator[Written]:
    """What each transaction wrote, in order, after so many events and decisions.

    until: the counts of events and decisions at the end; those of now by default. Checks nothing:
    a decision gets as many events as it says it has, from where it says they are.
    """
    last, number = until or store.counts()
    rows = store.event_rows(events, last)
    row = next(rows, None)
    for decision in store.decision_rows(decisions, number):
        while row and row.position <= decision.position - decision.events:
            yield (row,), None
            row = next(rows, None)
        together: list[EventRow] = []
        while row and len(together) < decision.events:
            together.append(row)
            row = next(rows, None)
        yield together, decision
    while row:
        yield (row,), None
        row = next(rows, None)


def further(known: Verified, batch: Iterable[Written]) -> Verified:
    """The fold's step: what is known once these transactions are, up to the first wrong one.

    Shares its `heads` with `known`, which is not to be used again.
    """
    position, number, last = known.events.size, known.decisions.size, known.recorded_at
    events, decisions, wrong = list[bytes](), list[bytes](), None
    for rows, decision in batch:
        stream = decision.stream if decision else rows[0].stream
        version, digest = known.heads.get(stream, (0, GENESIS))
        head = Head(version, digest, position + len(events), number + len(decisions), last)
        if wrong := misfit(head, rows, decision):
            break
        if rows:
            known.heads[stream] = rows[-1].version, rows[-1].hash
            events += map(row_leaf, rows)
        if decision:
            decisions.append(row_leaf(decision))
        last = decision.recorded_at if decision else rows[-1].recorded_at
    trees = known.events.add(events), known.decisions.add(decisions)
    return Verified(*trees, known.heads, last, wrong)


def _missing(known: Verified, events: int, decisions: int) -> str | None:
    """What should have been read and was not, or was known and is there no more."""
    if known.events.size != events:
        return f"position {min(known.events.size, events) + 1} is missing"
    if known.decisions.size != decisions:
        return f"decision {min(known.decisions.size, decisions) + 1} is missing"
    return None
