"""Questions about the past, each answered a second time by the simplest loop there is.

The log that the loop goes over was written down beside the store, so that not even the times come
from esdemo: recorded_at is the clock's, and never goes backwards.
"""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from tally import TallyMessage, tally

from esdemo import Application, MemoryStore, SQLiteStore, timeline
from esdemo.checkpoints import Checkpoints
from esdemo.clocks import ManualClock
from esdemo.errors import InvalidMoment
from torture.histories import NAMES, START, Fact, live, moment
from torture.results import Try, objection

QUESTIONS = 150  # of one history


def campaign(seed: int, times: int, folder: Path) -> Iterator[Try]:
    """Histories in memory and in files, with checkpoints and without, questioned in any order."""
    for number in range(0, times, QUESTIONS):
        chance = Random(f"{seed} past {number}")
        clock = ManualClock(START)
        with closing(new_store(folder / f"{number}.db", clock, chance)) as store:
            *_, facts = live(store, clock, chance, chance.randrange(1, 50))
            checkpoints = Checkpoints(tally, every=chance.randrange(1, 8))
            with closing(checkpoints):
                use = checkpoints if chance.random() < 0.5 else None
                inquiry = Inquiry(Application(tally, store, checkpoints=use), facts, chance)
                for nth in range(number, min(number + QUESTIONS, times)):
                    yield inquiry.ask(nth)


def new_store(path: Path, clock: ManualClock, chance: Random) -> MemoryStore | SQLiteStore:
    """In one of the homes."""
    if chance.random() < 0.5:
        return MemoryStore(TallyMessage, clock)
    return SQLiteStore(path, TallyMessage, clock, survives="crash")


class Inquiry:
    """One history, asked and answered by esdemo, and by loops over the facts as we know them."""

    def __init__(self, application: Application, facts: list[Fact], chance: Random) -> None:
        self.application, self.facts, self.chance = application, facts, chance
        self.store = application.store

    def ask(self, number: int) -> Try:
        """A question of any kind, about a stream that may not exist."""
        stream = self.chance.choice(NAMES)
        kinds = [name for name in vars(Inquiry) if name.startswith("asks_")]
        kind = self.chance.choice(kinds)
        what = kind.removeprefix("asks_").replace("_", " ")
        try:
            answer, expected = getattr(self, kind)(stream)
        except Exception as error:
            return Try(what, "failed", (f"question {number}, {what}: {objection(error)}",))
        if answer == expected:
            return Try(what, "right")
        why = f"question {number}, {what} of {stream!r}: {answer!r:.200}, not {expected!r:.200}"
        return Try(what, "wrong", (why,))

    # Each kind gives esdemo's answer, and the loop's.

    def asks_version(self, stream: str) -> tuple[Any, Any]:
        version = self.chance.randint(0, len(self.of(stream)))
        get = self.chance.choice([self.application.state, self.application.replay])
        return get(stream, version=version), total(self.of(stream)[:version])

    def asks_as_of(self, stream: str) -> tuple[Any, Any]:
        at = moment(self.chance)
        get = self.chance.choice([self.application.state, self.application.replay])
        return get(stream, as_of=at), total(self.of(stream, known_at=at))

    def asks_now(self, stream: str) -> tuple[Any, Any]:
        get = self.chance.choice([self.application.state, self.application.replay])
        return get(stream), total(self.of(stream))

    def asks_position(self, stream: str) -> tuple[Any, Any]:
        position = self.chance.randint(0, len(self.facts))
        answer = self.application.state(stream, position=position)
        return answer, total(each for each in self.of(stream) if each.position <= position)

    def asks_states_at_a_position(self, _: str) -> tuple[Any, Any]:
        position = self.chance.randint(0, len(self.facts))
        answer = timeline.states(self.application, position=position)
        return answer, totals(self.facts[:position])

    def asks_states_as_of(self, _: str) -> tuple[Any, Any]:
        at = moment(self.chance)
        known = [fact for fact in self.facts if fact.recorded_at <= at]
        return timeline.states(self.application, as_of=at), totals(known)

    def asks_effective(self, stream: str) -> tuple[Any, Any]:
        at, known_at = moment(self.chance), self.chance.choice([None, moment(self.chance)])
        answer = timeline.effective(self.application, stream, at, known_at=known_at)
        return answer, total(f for f in self.of(stream, known_at) if f.effective_at <= at)

    def asks_effective_facts(self, stream: str) -> tuple[Any, Any]:
        at, known_at = moment(self.chance), self.chance.choice([None, moment(self.chance)])
        answer = timeline.effective_facts(self.store, stream, at, known_at=known_at)
        true = [fact for fact in self.of(stream, known_at) if fact.effective_at <= at]
        in_order = sorted(true, key=lambda fact: (fact.effective_at, fact.version))
        return [fact.version for fact in answer], [fact.version for fact in in_order]

    def asks_bitemporal(self, stream: str) -> tuple[Any, Any]:
        recorded, true = ([moment(self.chance) for _ in range(3)] for _ in range(2))
        expected = [
            [total(f for f in self.of(stream, known) if f.effective_at <= at) for at in true]
            for known in recorded
        ]
        return timeline.bitemporal(self.application, stream, recorded, true), expected

    def asks_recorded(self, stream: str) -> tuple[Any, Any]:
        after, until = sorted(self.chance.randint(0, len(self.facts) + 2) for _ in range(2))
        chosen = self.chance.choice([stream, None])
        facts = self.facts if chosen is None else self.of(stream)
        answer = self.store.recorded(chosen, after=after, until=until)
        return [known(fact) for fact in answer], [known(fact) for fact in facts[after:until]]

    def asks_history(self, _: str) -> tuple[Any, Any]:
        answer = [fact for _, facts in self.store.history() for fact in facts]
        return [known(fact) for fact in answer], [known(fact) for fact in self.facts]

    def asks_streams(self, stream: str) -> tuple[Any, Any]:
        answer = self.store.streams(), self.store.version(stream), self.store.position
        return answer, (list(totals(self.facts)), len(self.of(stream)), len(self.facts))

    def asks_what_is_not_there(self, stream: str) -> tuple[Any, Any]:
        beyond = len(self.of(stream)) + self.chance.randint(1, 3)
        moments = [{"version": beyond}, {"version": -1}, {"as_of": datetime(2026, 1, 5)}]
        moments.append({"version": 0, "as_of": START})
        try:
            return self.application.state(stream, **self.chance.choice(moments)), InvalidMoment
        except InvalidMoment:
            return InvalidMoment, InvalidMoment

    def of(self, stream: str, known_at: datetime | None = None) -> list[Fact]:
        """The facts of one stream, or those that were recorded by a moment."""
        facts = [fact for fact in self.facts if fact.stream == stream]
        return [f for f in facts if known_at is None or f.recorded_at <= known_at]


def total(facts: Any) -> int:
    """The naive fold."""
    return sum(fact.amount for fact in facts)


def totals(facts: list[Fact]) -> dict[str, int]:
    """The naive fold of everything, in the order in which streams began."""
    found: dict[str, int] = {}
    for fact in facts:
        found[fact.stream] = found.get(fact.stream, 0) + fact.amount
    return found


def known(fact: Any) -> tuple[Any, ...]:
    """What we know of a fact."""
    amount = fact.amount if isinstance(fact, Fact) else fact.event.amount
    return fact.position, fact.stream, fact.version, amount, fact.recorded_at, fact.effective_at
