"""One flipped bit in a store's file: does anybody notice?

Every question that a store answers is asked of a file before and after. A flip inside a row may
change what an everyday read says, since none computes hashes; `audit.verify` must then find it. A
flip in what finds the rows (an index, a page's pointers, the schema) must never give another
state or other events without an error. Nothing may hang, or fail with an error that has no name of
esdemo's.
"""

import os
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from random import Random
from typing import Any

from tally import Add, Added, Take, TallyMessage, tally

from esdemo import Application, EsdemoError, SQLiteStore, audit, timeline
from esdemo.clocks import numbered, ticking
from torture.asking import Hangs, answered, patiently, some, unnamed
from torture.company import relayed
from torture.histories import START
from torture.pages import places
from torture.results import Try

EVENTS, DECISIONS = 252, 150
STREAMS = [f"stream-{number}" for number in range(12)] + [f"single-{n}" for n in range(12)]
FOLDS = ("state", "replay", "states", "events", "recorded")
"""Questions whose answers are facts, or made of facts: those that others are decided upon."""


def campaign(seed: int, times: int, folder: Path) -> Iterator[Try]:
    """Flips of one bit each, every place of the file in turn, each on a fresh copy."""
    path = folder / "whole.db"
    build(path)
    yield from relayed("flips", times, path, seed)


def plan() -> Iterator[tuple[str, Add | Take, str]]:
    """The commands of the file: stream, command, actor."""
    chance = Random(1)
    for stream in STREAMS[12:]:
        yield stream, Add((chance.randrange(1000),)), "teller-7"
    yield STREAMS[0], Add((1,)), "long " * 1_000  # a row with pages of its own
    for number in range(DECISIONS - 13):
        amounts = tuple(chance.randrange(1000) for _ in range(1 + number % 2))
        stream = STREAMS[int(12 * chance.random() ** 2)]
        yield stream, Add(amounts) if number % 6 else Take(10**9), "Jürgen"


PLAN = list(plan())


def build(path: Path) -> None:
    """252 events in streams of 1 to 50, 150 decisions with some refusals, and imports."""
    with SQLiteStore(path, TallyMessage, ticking(START), survives="crash") as store:
        application = Application(tally, store, ids=numbered("cmd"))
        for number, (stream, command, actor) in enumerate(PLAN):
            application.handle(stream, command, actor=actor)
            if number % 7 == 6 and number > 13:
                facts = [Added(amount) for amount in range(3)]
                store.append(stream, facts, expected_version=store.version(stream), actor="import")
        assert (store.position, len(list(store.decisions()))) == (EVENTS, DECISIONS)


# One flip, in a child process.


def flipped(path: Path, seed: str, number: int) -> Try:
    """Flip a bit of a copy, ask everything, compare."""
    chance = Random(f"{seed} flips {number}")
    known = bytes_by_place(path)
    place = sorted(known)[number % len(known)]
    byte, bit = chance.choice(known[place]), chance.randrange(8)
    copy = path.with_name(f"flipped-{os.getpid()}.db")
    shutil.copy(path, copy)
    flip(copy, byte, bit)
    found, failures = compared(truth(path), answers(copy), facts_may_differ=place.endswith("rows"))
    for file in copy.parent.glob(f"{copy.name}*"):
        file.unlink()
    name = f"try {number}, bit {bit} of byte {byte} ({place}): "
    return Try(place, found, tuple(name + why for why in failures))


def flip(path: Path, byte: int, bit: int) -> None:
    """As a tired disk would."""
    data = bytearray(path.read_bytes())
    data[byte] ^= 1 << bit
    path.write_bytes(data)


@cache
def bytes_by_place(path: Path) -> dict[str, list[int]]:
    """The places of the file, each with its bytes."""
    found: dict[str, list[int]] = {}
    for byte, place in enumerate(places(path)):
        found.setdefault(place, []).append(byte)
    return found


@cache
def truth(path: Path) -> dict[str, str]:
    """The answers of the whole file; asked of a copy, for one of the questions writes."""
    copy = path.with_name(f"truth-{os.getpid()}.db")
    shutil.copy(path, copy)
    known = answers(copy)
    unanswered = {ask: answer for ask, answer in known.items() if not answer.startswith("is ")}
    if unanswered:
        raise RuntimeError(f"the whole file does not answer: {unanswered}")
    return known


def compared(
    known: dict[str, str], now: dict[str, str], *, facts_may_differ: bool
) -> tuple[str, list[str]]:
    """What became of a flip, and every promise that it broke."""
    changed = {ask: answer for ask, answer in now.items() if answer != known[ask]}
    wrong = [ask for ask, answer in changed.items() if answer.startswith("is ")]
    facts = [ask for ask in wrong if ask.split()[0] in FOLDS]
    never = [ask for ask, answer in changed.items() if answer.startswith(("hangs", "fails"))]
    failures = []
    if never:
        failures.append(f"{_listed(never)} {changed[never[0]]}")
    if facts and not facts_may_differ:
        failures.append(f"{_listed(facts)}: another answer without an error")
    if changed and "verify" not in changed:
        first = next(iter(changed))
        failures.append(f"verify finds nothing wrong, but {_listed(changed)}: {changed[first]:.80}")
    if failures:
        return "failed", failures
    if not changed:
        return "no effect", []
    if "open" in changed:
        return "refused on opening", []
    return "other answers, found by verify" if set(wrong) - {"verify"} else "errors only", []


def _listed(asks: Collection[str]) -> str:
    more = f" and {len(asks) - 1} more" if len(asks) > 1 else ""
    return next(iter(asks)) + more


def answers(path: Path) -> dict[str, str]:
    """Everything that one can ask of a file, in words: `is ANSWER`, or the name of an error."""
    opened = partial(SQLiteStore, path, TallyMessage, ticking(START), survives="crash")
    try:
        store = patiently(opened)
    except EsdemoError as error:
        return dict.fromkeys([*questions(None), "open"], f"raises {type(error).__name__}")
    except (Exception, Hangs) as error:
        return dict.fromkeys([*questions(None), "open"], unnamed(error))
    found = {"open": "is open"} | {ask: answered(get) for ask, get in questions(store).items()}
    with suppress(EsdemoError):
        store.close()
    return found


def questions(store: Any) -> dict[str, Callable[[], object]]:
    """Each question with how to ask it. The last one would write if the index let it."""
    application = store and Application(tally, store)
    asks: dict[str, Callable[[], object]] = {}
    for stream in STREAMS:
        asks |= {
            f"state of {stream}": lambda stream=stream: application.state(stream),
            f"replay of {stream}": lambda stream=stream: application.replay(stream),
            f"events of {stream}": lambda stream=stream: some(store.events(stream)),
            f"recorded of {stream}": lambda stream=stream: some(store.recorded(stream)),
            f"decisions of {stream}": lambda stream=stream: some(store.decisions(stream)),
            f"version of {stream}": lambda stream=stream: store.version(stream),
        }
    return asks | {
        "states": lambda: timeline.states(application),
        "recorded": lambda: some(store.recorded()),
        "decisions": lambda: some(store.decisions()),
        "history": lambda: some(store.history()),
        "position": lambda: store.position,
        "streams": lambda: store.streams(),
        "verify": lambda: audit.verify(store).wrong,
        "repeated commands": lambda: [
            application.handle(stream, command, command_id=f"cmd-{number}")
            for number, (stream, command, _) in enumerate(PLAN, 1)
        ],
    }
