"""Exports that were changed on the way: nothing else than the history itself is ever imported.

Whatever somebody does to the file, importing it brings exactly the rows that were exported, or
raises an error of esdemo's and leaves the store as it was, whether that was empty or held the
beginning of the same history.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tally import TallyMessage

from esdemo import EsdemoError, MemoryStore, SQLiteStore, audit, interchange
from esdemo.clocks import ManualClock
from esdemo.stores import EventStore
from torture import edits, mutations
from torture.histories import START, live
from torture.results import Try, objection

ROUND = 100  # mutants of one history
MUTATIONS = [*mutations.ALL, *edits.ALL]
FORMS = ("json lines", "cloud events")
TARGETS = ("memory, empty", "SQLite, empty", "memory, begun", "SQLite, begun")


@dataclass(frozen=True)
class Exported:
    """A history as files of each form, with an earlier export of its beginning, and its seal."""

    files: dict[str, bytes]
    contents: object
    seal: audit.Seal
    beginning: Path


def campaign(seed: int, times: int, folder: Path) -> Iterator[Try]:
    """Mutants of real exports, each kind of mutation in turn, in both forms."""
    for first in range(0, times, ROUND):
        chance = Random(f"{seed} imports {first}")
        original, another = (exported(folder, chance) for _ in range(2))
        with ExitStack() as opened:
            targets = [opened.enter_context(target(original, kind)) for kind in TARGETS]
            for number in range(first, min(first + ROUND, times)):
                chance, nth = Random(f"{seed} mutant {number}"), number % len(TARGETS)
                attack = attacked(
                    folder / "mutant", number, chance, targets[nth], original, another
                )
                if attack.found != "refused":
                    targets[nth] = opened.enter_context(target(original, TARGETS[nth]))
                yield attack


def attacked(
    path: Path, number: int, chance: Random, store: EventStore, original: Exported, other: Exported
) -> Try:
    """One mutant, imported."""
    mutation, form = MUTATIONS[number % len(MUTATIONS)], chance.choice(FORMS)
    what = mutation.__name__.replace("_", " ")
    path.write_bytes(mutation(original.files[form], chance, other.files[form]))
    pinned = original.seal if chance.random() < 0.2 or "as if it were" in what else None
    found, failure = imported(path, store, original, pinned)
    return Try(what, found, (f"try {number}, {what}, {form}: {failure}",) if failure else ())


def exported(folder: Path, chance: Random) -> Exported:
    """A random history in memory, exported in the middle and at its end."""
    clock, beginning = ManualClock(START), folder / f"beginning-{chance.getrandbits(64):x}"
    store = MemoryStore(TallyMessage, clock)
    steps = chance.randrange(6, 20)
    for step, _ in enumerate(live(store, clock, chance, steps)):
        if step == steps // 2:
            interchange.export_history(store, beginning)
    files = {}
    for form in FORMS:
        seal = interchange.export_history(store, folder / "whole", form)
        files[form] = (folder / "whole").read_bytes()
    return Exported(files, contents(store), seal, beginning)


def target(original: Exported, kind: str) -> EventStore:
    """A store to import into."""
    in_memory = kind.startswith("memory")
    store = MemoryStore(TallyMessage) if in_memory else SQLiteStore(":memory:", TallyMessage)
    if kind.endswith("begun"):
        interchange.import_history(original.beginning, store)
    return store


def contents(store: EventStore) -> object:
    """All that a store holds, envelopes included."""
    return list(store.recorded()), list(store.decisions()), store.streams()


def imported(
    path: Path, store: EventStore, original: Exported, pinned: audit.Seal | None
) -> tuple[str, str]:
    """What became of an import, and what is wrong with that."""
    before = contents(store)
    try:
        interchange.import_history(path, store, seal=pinned)
    except EsdemoError:
        changed = contents(store) != before
        return "refused", "it was refused, and yet the store has changed" if changed else ""
    except Exception as error:
        return "failed", objection(error)
    if contents(store) != original.contents:
        return "failed", "it was accepted, and the store holds another history"
    unchanged = path.read_bytes() in original.files.values()
    return ("not changed by it" if unchanged else "accepted, with the same rows"), ""
