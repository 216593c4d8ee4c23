"""Verifying: does the log fit together? One fold over what was written, hash by hash.

Every event carries a hash over itself and the one before it in its stream, every decision one over
itself, the decision before it and its stream's last event. So an edit shows, unless whoever edits
also rewrites all hashes that follow, or cuts the end off: what remains then fits together. Against
that helps only a seal, or deciding again.
"""

from collections.abc import Iterable
from itertools import islice
from typing import Final

import msgspec
from tqdm import tqdm

from esdemo.audit.fitting import Row, fit
from esdemo.audit.merkle import Tree, leaf
from esdemo.audit.seals import Seal
from esdemo.errors import Misfit, StoreError
from esdemo.stores import EventStore
from esdemo.stores.rows import End, Tip, Transaction

BATCH: Final = 1_000  # transactions whose leaves go into the trees together
NEW: Final = Tip()


class Verification(msgspec.Struct, frozen=True):
    """A history checked so far. Keep it to go on from: then only the tail is read again.

    Proved of each event and decision that was read: its columns have their types, its hash is that
    of its content and of what stands before it, its place leaves no gap, its time does not run
    backwards, and each decision led to just the events that stand with it. `print` says so in
    sentences, with what was not read and what this does not prove.
    """

    events: Tree = Tree()
    decisions: Tree = Tree()
    tips: dict[str, Tip] = {}  # where each stream ends
    end: End = End()
    wrong: str | None = None  # the first thing that does not fit, with its place
    read: tuple[int, int] = (0, 0)  # events and decisions read for this, the last ones of all
    whole: bool = False  # the home, too, was looked at from end to end, and nothing is wrong in it

    @property
    def seal(self) -> Seal:
        """The line to keep outside, over what was found right."""
        return Seal.of(self.events, self.decisions)

    def __repr__(self) -> str:
        fits = f"{_counted(self.events.size, self.decisions.size)} fit together"
        if self.read != (self.events.size, self.decisions.size):
            fits += f", {self.read[0]} and {self.read[1]} of them read now"
        return f"Verification({fits}; then {self.wrong})" if self.wrong else f"Verification({fits})"

    def __str__(self) -> str:
        """What was proved, and what was not."""
        known = self.events.size - self.read[0], self.decisions.size - self.read[1]
        lines = [
            f"Read: {_counted(*self.read)}. Each has the hash of its content and of what stands "
            "before it, no place is missing, no time runs backwards, and each decision led to just "
            "the events that stand with it."
        ]
        if any(known):
            lines.append(f"Taken as known, and not read again: the {_counted(*known)} before them.")
        if self.whole:
            lines.append("The home as a whole is as esdemo makes it.")
        if self.wrong:
            lines.append(f"Then it no longer fits: {self.wrong}.")
        lines.append(
            "Not proved: that this is the history that was written (compare it with a seal), nor "
            "that the rules led to it (look for contradictions)."
        )
        return "\n".join(lines)


def verify(store: EventStore, known: Verification | None = None) -> Verification:
    """Compute every hash again, to the end or to the first thing that is wrong.

    Checked are the hash chain of every stream and that of the decisions, positions, versions and
    numbers without holes, times that never go backwards, each decision against its events, and
    the home itself (its tables, triggers and indexes, whatever is in them). Proves that the log
    fits together, not that it is the one that was written: for that, `compare` it with a seal. The
    result says what was read, and `print` all that it proves.

    known: what an earlier call returned. Only what was written since is read, and a change before
    that is not looked for; the home is looked at from end to end all the same, which takes 0.6
    seconds for a million events. Shows a progress bar when it takes longer than two seconds.
    """
    verifier = Verifier(known)
    try:
        _read(store, verifier)
        faults = [] if verifier.known.wrong else store.home.faults()
    except (StoreError, TypeError) as error:  # TypeError: a table of fewer columns than ours
        at = verifier.known
        after = f"after position {at.events.size}, decision {at.decisions.size}"
        return verifier.stopped(f"{after}: {error}")
    if faults:
        return verifier.stopped(faults[0])
    return msgspec.structs.replace(verifier.known, whole=not verifier.known.wrong)


def _read(store: EventStore, verifier: "Verifier") -> None:
    """All that was written since, as far as it fits together."""
    start, counted = verifier.known.events.size, store.counts()
    history = store.transactions(start, verifier.known.decisions.size, counted)
    options = {"unit": " events", "delay": 2, "leave": False}
    with tqdm(desc="verifying", total=max(0, counted[0] - start), **options) as bar:
        while batch := list(islice(history, BATCH)):
            if verifier.read(batch).wrong:
                return
            bar.update(verifier.known.events.size - start - bar.n)
    if wrong := _missing(verifier.known, *counted):
        verifier.stopped(wrong)


class Verifier:
    """What is known so far, and how it grows. Mutable: `known` is the fold's state.

    It does not change the Verification that it starts from.
    """

    def __init__(self, known: Verification | None = None) -> None:
        known = known or Verification()
        self._start = known.events.size, known.decisions.size
        self._tips = dict(known.tips)
        self.known = msgspec.structs.replace(known, tips=self._tips, read=(0, 0), whole=False)

    def read(self, transactions: Iterable[Transaction]) -> Verification:
        """Go on with these, up to the first wrong one."""
        events, decisions, wrong = list[Row](), list[Row](), None
        tips, end = self._tips, self.known.end
        for transaction in transactions:
            stream = transaction.stream
            try:
                tips[stream], end = fit(tips.get(stream, NEW), end, transaction)
            except Misfit as error:
                wrong = str(error)
                break
            events += transaction.events
            if transaction.decision:
                decisions.append(transaction.decision)
        trees = _grown(self.known.events, events), _grown(self.known.decisions, decisions)
        read = trees[0].size - self._start[0], trees[1].size - self._start[1]
        self.known = Verification(*trees, tips, end, wrong, read)
        return self.known

    def stopped(self, wrong: str) -> Verification:
        """What is known, and why it is not more."""
        self.known = msgspec.structs.replace(self.known, wrong=wrong)
        return self.known


def _grown(tree: Tree, rows: Iterable[Row]) -> Tree:
    """The tree with these rows, whose types were looked at."""
    return tree.add(leaf(msgspec.json.encode(row)) for row in rows)


def _counted(events: int, decisions: int) -> str:
    return f"{events} events and {decisions} decisions"


def _missing(known: Verification, events: int, decisions: int) -> str | None:
    """What should have been read and was not, or was known and is there no more."""
    if known.events.size != events:
        return f"position {min(known.events.size, events) + 1} is missing"
    if known.decisions.size != decisions:
        return f"decision {min(known.decisions.size, decisions) + 1} is missing"
    return None
