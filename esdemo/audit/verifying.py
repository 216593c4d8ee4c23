"""Verifying: does the log fit together? One fold over what was written, hash by hash.

Every event carries a hash over itself and the one before it in its stream, every decision one over
itself, the decision before it and its stream's last event. So an edit shows, unless whoever edits
also rewrites all hashes that follow, or cuts the end off: what remains then fits together. Against
that helps only a seal.
"""

from collections.abc import Iterable
from itertools import islice
from typing import Final

import msgspec
from tqdm import tqdm

from esdemo.audit.merkle import Tree
from esdemo.audit.restoring import misfit
from esdemo.audit.seals import Seal, row_leaf
from esdemo.errors import StoreError
from esdemo.stores import EventStore
from esdemo.stores.rows import End, Head, Tip, Transaction

BATCH: Final = 1_000  # transactions whose leaves go into the trees together


class Verification(msgspec.Struct, frozen=True):
    """A history checked so far. Keep it to go on from: then only the tail is read again."""

    events: Tree = Tree()
    decisions: Tree = Tree()
    tips: dict[str, Tip] = {}  # where each stream ends
    end: End = End()
    wrong: str | None = None  # the first thing that does not fit, with its place

    @property
    def seal(self) -> Seal:
        """The line to keep outside, over what was found right."""
        return Seal.of(self.events, self.decisions)

    def __repr__(self) -> str:
        fits = f"{self.events.size} events and {self.decisions.size} decisions fit together"
        return f"Verification({fits}; then {self.wrong})" if self.wrong else f"Verification({fits})"


def verify(store: EventStore, known: Verification | None = None) -> Verification:
    """Compute every hash again, to the end or to the first thing that is wrong.

    Checked are the file itself (its tables, triggers and indexes), the hash chain of every stream
    and of the decisions, positions, versions and numbers without holes, times that never go
    backwards, and each decision against its events. Proves that the log fits together, not that
    it is the one that was written: for that, `compare` it with a seal.

    known: what an earlier call returned. Only what was written since is read; a change before
    that is not looked for. Shows a progress bar when it takes longer than two seconds.
    """
    verifier = Verifier(known)
    start, counted = verifier.known.events.size, store.counts()
    history = store.transactions(start, verifier.known.decisions.size, counted)
    options = {"unit": " events", "delay": 2, "leave": False}
    with tqdm(desc="verifying", total=max(0, counted[0] - start), **options) as bar:
        try:
            while batch := list(islice(history, BATCH)):
                if verifier.read(batch).wrong:
                    return verifier.known
                bar.update(verifier.known.events.size - start - bar.n)
            faults = store.home.faults()
        except (StoreError, TypeError) as error:  # no string, or no number where one belongs
            known = verifier.known
            place = f"after position {known.events.size}, decision {known.decisions.size}"
            return verifier.stopped(f"{place}: {error}")
    if wrong := _missing(verifier.known, *counted) or next(iter(faults), None):
        return verifier.stopped(wrong)
    return verifier.known


class Verifier:
    """What is known so far, and how it grows. Mutable: `known` is the fold's state.

    It does not change the Verification that it starts from.
    """

    def __init__(self, known: Verification | None = None) -> None:
        known = known or Verification()
        self._tips = dict(known.tips)
        self.known = msgspec.structs.replace(known, tips=self._tips)

    def read(self, transactions: Iterable[Transaction]) -> Verification:
        """Go on with these, up to the first wrong one."""
        events, decisions, wrong = list[bytes](), list[bytes](), None
        end = self.known.end
        for transaction in transactions:
            head = Head(self._tips.get(transaction.stream, Tip()), end)
            if wrong := misfit(head, transaction):
                break
            self._tips[transaction.stream], end = head.after(transaction)
            events += map(row_leaf, transaction.events)
            if transaction.decision:
                decisions.append(row_leaf(transaction.decision))
        trees = self.known.events.add(events), self.known.decisions.add(decisions)
        self.known = Verification(*trees, self._tips, end, wrong)
        return self.known

    def stopped(self, wrong: str) -> Verification:
        """What is known, and why it is not more."""
        self.known = msgspec.structs.replace(self.known, wrong=wrong)
        return self.known


def _missing(known: Verification, events: int, decisions: int) -> str | None:
    """What should have been read and was not, or was known and is there no more."""
    if known.events.size != events:
        return f"position {min(known.events.size, events) + 1} is missing"
    if known.decisions.size != decisions:
        return f"decision {min(known.decisions.size, decisions) + 1} is missing"
    return None
