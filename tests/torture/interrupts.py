"""KeyboardInterrupt at any moment of a command, as "interrupt the kernel" sends it.

Afterwards the store works at once, is in no transaction, keeps nobody out, has lost nothing that
was acknowledged and has no half decision. The exception is kept, as IPython keeps the last one
with all of its frames: a transaction that ends only when a frame is thrown away has not ended.
"""

import signal
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from random import Random

import independent
from tally import Add, Added, Take, TallyMessage, tally

from esdemo import Application, EsdemoError, MemoryStore, SQLiteStore, audit
from torture.company import Company, started
from torture.results import Try, objection

MODES = {"alone": 0.5, "beside a process that holds the lock": 0.4, "in memory": 0.1}
"""The share of the interrupts that each of them gets."""
ENOUGH = 10  # failures, after which a mode is given up


def campaign(seed: int, times: int, folder: Path) -> Iterator[Try]:
    """A child interrupts itself; in one mode another one holds the write lock half of the time."""
    for number, (mode, share) in enumerate(MODES.items()):
        path = folder / f"{number}.db"
        SQLiteStore(path, TallyMessage).close()
        calls = [("interrupts", path, mode, f"{seed} {mode}", round(times * share))]
        if "beside" in mode:
            calls.append(("hold", path))
        with started(*calls) as company:
            yield from heard(company, mode)


def heard(company: Company, mode: str) -> Iterator[Try]:
    """The child's tries; whatever ends it before it is done is a failure."""
    try:
        for line in company.lines():
            if line == "done":
                return
            yield Try.of_line(line)
        why = company.complaint()
    except TimeoutError as error:
        why = str(error)
    yield Try(mode, "ended or silenced the process", (f"{mode}: {why}",))


# In the child.


class Interrupter:
    """At most one KeyboardInterrupt in a piece of work, and none outside of it."""

    def __init__(self) -> None:
        self.armed = False
        self.last: BaseException | None = None
        signal.signal(signal.SIGALRM, self._interrupt)

    def _interrupt(self, *_: object) -> None:
        if self.armed:
            self.armed = False
            raise KeyboardInterrupt

    def comes_while(self, work: Callable[[], object], seconds: float) -> bool:
        """True when the work was interrupted; it may have been done all the same."""
        self.armed, interrupted = True, False
        try:
            signal.setitimer(signal.ITIMER_REAL, seconds)
            work()
            self.armed = False
        except KeyboardInterrupt as error:
            self.last, interrupted = error, True
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        return interrupted


class Victim:
    """A store in one of the modes, the tally on it, and another writer who must not be kept out."""

    def __init__(self, path: str, mode: str) -> None:
        self.path, self.mode = path, mode
        self.in_memory = mode == "in memory"
        self.open()

    def open(self) -> None:
        if self.in_memory:
            self.store = self.other = MemoryStore(TallyMessage)
        else:
            patience = 0.05 if self.mode == "alone" else 3.0  # who is alone waits for nobody
            self.store, self.other = (
                SQLiteStore(self.path, TallyMessage, survives="crash", busy_timeout=seconds)
                for seconds in (10.0, patience)
            )
        self.application = Application(tally, self.store)

    def open_again(self) -> None:
        for store in (self.store, self.other):
            with suppress(EsdemoError):
                store.close()
        self.open()

    def ask(self, chance: Random, command_id: str) -> None:
        """A command with some events, or one that is refused."""
        amounts = tuple(range(chance.randrange(1, 4)))
        command = Take(10**9) if chance.random() < 0.2 else Add(amounts)
        self.application.handle(chance.choice("abc"), command, command_id=command_id)

    def objections(self, chance: Random, command_id: str) -> list[str]:
        """What does not work right after an interrupt."""
        try:
            version = self.other.version("other")
            self.other.append("other", [Added(1)], expected_version=version)
            self.ask(chance, command_id)
            state, replay = self.application.state, self.application.replay
            wrong = [each for each in "abc" if state(each) != replay(each)]
        except Exception as error:
            return [objection(error)]
        return [f"another state than a replay's: {wrong}"] if wrong else []

    def found_wrong(self, kept: set[str], asked: set[str]) -> list[str]:
        """What a judge says about all that was written."""
        wrong = audit.verify(self.store).wrong if self.in_memory else verdict(self.path)
        stored = {decision.command_id for decision in self.store.decisions()}
        wrongs = [wrong] if wrong else []
        if kept - stored:
            wrongs.append(f"{len(kept - stored)} acknowledged decisions are gone")
        if stored - asked:
            wrongs.append(f"nobody asked for {stored - asked}")
        return wrongs


def verdict(path: str) -> str | None:
    """What the judge of files objects to."""
    try:
        independent.assert_whole(Path(path))
    except AssertionError as error:
        return objection(error)
    return None


def timed(work: Callable[[], object]) -> float:
    """How long it takes, in seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def interrupted(path: str, mode: str, seed: str, times: int) -> Iterator[Try]:
    """So many interrupts that hit a command, each looked at; then a look at all of it."""
    victim, chance, interrupter = Victim(path, mode), Random(seed), Interrupter()
    kept = {f"first-{number}" for number in range(30)}
    usual = statistics.median(timed(partial(victim.ask, chance, name)) for name in sorted(kept))
    asked, hits, failed = set(kept), 0, 0
    while hits < times and failed < ENOUGH:
        name, then = f"try-{len(asked)}", f"then-{len(asked)}"
        asked |= {name, then}
        work = partial(victim.ask, chance, name)
        try:
            if not interrupter.comes_while(work, 1e-6 + chance.random() * usual * 1.2):
                kept.add(name)
                continue
            failures = victim.objections(chance, then)
        except EsdemoError as error:
            failures = [f"an interrupt became {objection(error)}"]
        hits += 1
        found = "failed" if failures else "goes on at once"
        yield Try(mode, found, tuple(f"{mode}, interrupt {hits}: {why}" for why in failures))
        if not failures:
            kept.add(then)
        elif victim.in_memory:
            return
        else:
            failed += 1
            victim.open_again()
    failures = tuple(f"{mode}, in the end: {why}" for why in victim.found_wrong(kept, asked))
    yield Try(mode, "failed in the end" if failures else "whole in the end", failures)
