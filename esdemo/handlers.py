"""Handlers: how a command is decided and how an event changes state. Two pure functions.

The shape is Jérémie Chassaing's decider (thinkbeforecoding.com, "Functional Event Sourcing
Decider", 2021): decide is the business's judgement, evolve its memory.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, Final, Generic, TypeVar

from esdemo.commands import C, Rejected
from esdemo.events import E
from esdemo.specifications import Given

S = TypeVar("S")

INITIAL: Final[Any] = object()  # where to start; not None, which may be a state


@dataclass(frozen=True)
class Decider(Generic[C, E, S]):
    """Everything that a business rule needs, and nothing that touches a disk.

    decide: (command, state) -> events. Raises Rejected. No clock, no chance, no reading.
    evolve: (state, event) -> the next state. Never refuses: the fact has happened.
    initial: the state before the first event. When it can change (a dict, a list), each fold
    starts from a copy of its own, so that one stream cannot leak into another.
    invariants: what must hold in every state, by name; checked by tests and by what-ifs.
    """

    decide: Callable[[C, S], Sequence[E]]
    evolve: Callable[[S, E], S]
    initial: S
    invariants: Mapping[str, Callable[[S], bool]] = field(default_factory=dict)

    def fold(self, events: Iterable[E], state: S = INITIAL) -> S:
        """The one idea of the course: state = reduce(evolve, history, initial)."""
        return reduce(self.evolve, events, self.start() if state is INITIAL else state)

    def states(self, events: Iterable[E], state: S = INITIAL) -> Iterator[S]:
        """Every step of the fold: the state before the first event, and after each."""
        state = self.start() if state is INITIAL else state
        yield state
        for event in events:
            state = self.evolve(state, event)
            yield state

    def start(self) -> S:
        """The initial state, or a copy of it when it can change."""
        return deepcopy(self.initial) if can_change(self.initial) else self.initial

    def outcome(self, command: C, state: S) -> Sequence[E] | Rejected:
        """What `decide` says, as a value: the events, or the refusal that it raised.

        Any other exception is a bug in the rules and passes through. TypeError when `decide`
        returns something else than a list or tuple of events.
        """
        try:
            events = self.decide(command, state)
        except Rejected as refusal:
            return refusal
        if not isinstance(events, (list, tuple)):
            raise TypeError(
                f"decide returned {events!r} for {command!r}: it must return a list of events, "
                "[] when nothing happens, or raise Rejected"
            )
        return events

    def violated(self, state: S) -> list[str]:
        """The names of the invariants that do not hold in `state`."""
        return [name for name, holds in self.invariants.items() if not holds(state)]

    def given(self, *history: E) -> Given[C, E]:
        """The first line of a specification: what has happened so far."""
        return Given(lambda command: self.outcome(command, self.fold(history)))


def can_change(state: object) -> bool:
    """Whether somebody who is handed this state could change it behind our back.

    A dict, a list, a dataclass that is not frozen: Python refuses to hash what can change. An
    object that is hashed by its address alone counts as changeable too.
    """
    try:
        hash(state)
    except TypeError:
        return True
    return state is not None and type(state).__hash__ is object.__hash__
