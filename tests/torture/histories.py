"""Random histories of the tally, and what each fact of them is, written down beside esdemo."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from random import Random

from tally import Add, Added, Take, tally

from esdemo import Application
from esdemo.clocks import ManualClock
from esdemo.stores import EventStore

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
NAMES = ("a", "b", "Jürgen", "naïve 🙂", "x/1", " ", "%41", '"quoted"')
TEXTS = ("", "", "teller-7", "Zoë", "\u2028", "é", "e\u0301", "%00\x01", "a\nb", "\ufeff", '"}')


@dataclass(frozen=True)
class Fact:
    """An event as we know it happened, without asking the store. amount: what it adds."""

    position: int
    stream: str
    version: int
    amount: int
    recorded_at: datetime
    effective_at: datetime


def moment(chance: Random) -> datetime:
    """Some minute of some hours, in any zone: the same minutes come again and again."""
    at = START + timedelta(minutes=chance.randrange(-5, 60))
    return at.astimezone(timezone(timedelta(minutes=chance.randrange(-14 * 60, 14 * 60))))


def live(store: EventStore, clock: ManualClock, chance: Random, steps: int) -> Iterator[list[Fact]]:
    """Commands and imports, some late and some backdated, by a clock that may jump back.

    Yields all facts so far after each step. Needs a store that is new and tells this clock's time.
    """
    application, facts, last = Application(tally, store), list[Fact](), clock()
    streams = chance.sample(NAMES, chance.randrange(1, len(NAMES)))
    for number in range(steps):
        clock.advance(minutes=chance.choice([0, 0, 1, 1, 2, 7, -3]))
        stream = chance.choice(streams)
        effective_at = chance.choice([None, None, moment(chance)])
        why = {"actor": chance.choice(TEXTS), "correlation_id": chance.choice(TEXTS)}
        kind = chance.choice(["command", "command", "refusal", "import"])
        several = chance.choice([1, 1, 2, 3] if kind == "import" else [0, 1, 1, 2, 3])
        amounts = [chance.choice([0, 1, -1, 7, 2**40]) for _ in range(several)]
        last = max(last, clock()) if number else clock()
        if kind == "refusal":
            application.handle(stream, Take(2**62), effective_at=effective_at, **why)
            amounts = []
        elif kind == "command":
            command, name = Add(tuple(amounts)), f"cmd {number} {chance.choice(TEXTS)}"
            application.handle(stream, command, command_id=name, effective_at=effective_at, **why)
        else:
            added, version = [Added(each) for each in amounts], store.version(stream)
            store.append(stream, added, expected_version=version, effective_at=effective_at, **why)
        versions = sum(fact.stream == stream for fact in facts)
        for nth, amount in enumerate(amounts, 1):
            times = last, effective_at or last
            facts.append(Fact(len(facts) + 1, stream, versions + nth, amount, *times))
        yield facts
