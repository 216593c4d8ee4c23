"""A hostile world, seeded: what networks and power cuts do to a fact on its way to a receiver.

A fact is an event or a decision, and the receiver a read model or a process. Every fact arrives in
the end, because a queue that loses some is broken, and no receiver can repair it. But it may arrive
twice, late, before an earlier one, and just before the receiver crashes: in the middle of its work,
or after it, when the queue has not yet heard that it is done. The same seed always makes the same
trouble, so whoever fails can look at it again.
"""

from collections.abc import Callable, Iterable
from copy import deepcopy
from heapq import heappop, heappush
from random import Random
from typing import Final, Generic, Literal, NamedTuple, TypeVar

from esdemo.commands import Decision
from esdemo.events import RecordedEvent

S = TypeVar("S")
Fact = TypeVar("Fact", bound=RecordedEvent | Decision)
Crash = Literal["", "before", "after"]
"""When the receiver crashes: not at all, before it has committed, or after that, unheard."""


class World(NamedTuple):
    """How bad it is, in percent of all deliveries."""

    twice: int = 20
    late: int = 40
    crashes: int = 15
    reach: int = 6  # a late event is overtaken by up to so many others


class Delivery(NamedTuple, Generic[Fact]):
    """One arrival of one fact, and what became of it."""

    fact: Fact
    crash: Crash
    acknowledged: bool

    def __repr__(self) -> str:
        became = f"crash {self.crash} commit" if self.crash else "acknowledged"
        return f"#{place(self.fact)} {became if self.acknowledged or self.crash else 'not yet'}"


HARSH: Final = World()
KIND: Final = World(0, 0, 0, 0)
MOST: Final = 1_000  # deliveries of one fact


def place(fact: RecordedEvent | Decision) -> int:
    """What a fact is called: an event by its position, a decision by its number."""
    return fact.number if isinstance(fact, Decision) else fact.position


def deliver(
    facts: Iterable[Fact],
    receive: Callable[[Fact, Crash], bool],
    seed: int = 1,
    world: World = HARSH,
) -> list[Delivery[Fact]]:
    """Bring facts to a receiver until it has acknowledged each; returns what was delivered.

    receive: is told when to crash, so that it can; a crash is never an acknowledgement. Returns
    True to acknowledge, and False when the event is to be brought again. RuntimeError when one is
    refused for ever.
    """
    queue = _Queue(facts, Random(seed), world)
    delivered: list[Delivery[Fact]] = []
    while queue.waiting:
        fact, crash = queue.next()
        acknowledged = receive(fact, crash) and not crash
        delivered.append(Delivery(fact, crash, acknowledged))
        if not acknowledged:
            queue.again(fact)
    return delivered


def live(
    receive: Callable[[S, Fact], S | None],
    state: S,
    facts: Iterable[Fact],
    seed: int = 1,
    world: World = HARSH,
) -> S:
    """The state of a receiver once all has been delivered.

    receive: (state, fact) -> the next state, which is committed; or None for "not yet, bring it
    again". A crash before the commit throws the next state away; one after it keeps the state, and
    the fact comes again. The state is a copy each time, as if read from a disk.
    """

    def take(fact: Fact, crash: Crash) -> bool:
        nonlocal state
        after = receive(deepcopy(state), fact)
        if after is None:
            return False
        if crash != "before":
            state = after
        return True

    deliver(facts, take, seed, world)
    return state


class _Queue(Generic[Fact]):
    """Facts on their way, each with the tick at which it is due."""

    def __init__(self, facts: Iterable[Fact], chance: Random, world: World) -> None:
        self.chance, self.world = chance, world
        self.tick = self.number = 0
        self.waiting: list[tuple[int, int, Fact]] = []
        self.brought: dict[int, int] = {}
        for tick, fact in enumerate(facts):
            self._send(fact, tick + (self._delay() if self._happens(world.late) else 0))
            if self._happens(world.twice):
                self._send(fact, tick + self._delay())

    def next(self) -> tuple[Fact, Crash]:
        """The next arrival, and whether the receiver will live through it."""
        due, _, fact = heappop(self.waiting)
        self.tick = max(self.tick, due)
        times = self.brought[place(fact)] = self.brought.get(place(fact), 0) + 1
        if times > MOST:
            raise RuntimeError(f"{fact!r} was brought {MOST} times and never acknowledged")
        if self._happens(self.world.crashes):
            return fact, self.chance.choice(("before", "after"))
        return fact, ""

    def again(self, fact: Fact) -> None:
        """Bring it once more, a little later."""
        self._send(fact, self.tick + self._delay())

    def _send(self, fact: Fact, due: int) -> None:
        self.number += 1
        heappush(self.waiting, (due, self.number, fact))

    def _happens(self, percent: int) -> bool:
        return self.chance.randrange(100) < percent

    def _delay(self) -> int:
        return 1 + self.chance.randrange(max(1, self.world.reach))
