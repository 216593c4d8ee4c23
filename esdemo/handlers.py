"""Handlers: how a command is decided and how an event changes state. Two pure functions.

The shape is Jérémie Chassaing's decider (thinkbeforecoding.com, "Functional Event Sourcing
Decider", 2021): decide is the business's judgement, evolve its memory.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, Final, Generic, TypeVar

C = TypeVar("C")
E = TypeVar("E")
S = TypeVar("S")

INITIAL: Final[Any] = object()  # where to start; not None, which may be a state


@dataclass(frozen=True)
class Decider(Generic[C, E, S]):
    """Everything that a business rule needs, and nothing that touches a disk.

    decide: (command, state) -> events. Raises Rejected. No clock, no chance, no reading.
    evolve: (state, event) -> the next state. Never refuses: the fact has happened.
    initial: the state before the first event.
    invariants: what must hold in every state, by name; checked by tests and by what-ifs.
    """

    decide: Callable[[C, S], Sequence[E]]
    evolve: Callable[[S, E], S]
    initial: S
    invariants: Mapping[str, Callable[[S], bool]] = field(default_factory=dict)

    def fold(self, events: Iterable[E], state: S = INITIAL) -> S:
        """The one idea of the course: state = reduce(evolve, history, initial)."""
        return reduce(self.evolve, events, self.initial if state is INITIAL else state)

    def states(self, events: Iterable[E], state: S = INITIAL) -> Iterator[S]:
        """Every step of the fold: the state before the first event, and after each."""
        state = self.initial if state is INITIAL else state
        yield state
        for event in events:
            state = self.evolve(state, event)
            yield state

    def violated(self, state: S) -> list[str]:
        """The names of the invariants that `state` violates."""
        return [name for name, holds in self.invariants.items() if not holds(state)]
