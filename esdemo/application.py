"""The application: load, decide, append; and decide again when somebody else was faster."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any, Final, Generic, Protocol

from esdemo.clocks import Ids, jittered, random_id
from esdemo.commands import C, Command, Decision, Rejected
from esdemo.errors import Conflict, InvalidMoment
from esdemo.events import E, Event, Kept
from esdemo.handlers import Decider, S, can_change
from esdemo.stores import EventStore

STATES_KEPT: Final = 10_000  # streams whose state is remembered


class Cache(Protocol):
    """What an application asks of saved states: see `esdemo.checkpoints.Checkpoints`."""

    decider: Decider[Any, Any, Any]

    def state(self, store: EventStore, stream: str, version: int) -> Any:
        """The state that a stream had at a version, however it is found."""


class Application(Generic[C, E, S]):
    """A decider at work on a store: commands in, decisions and states out.

    ids: names the commands that come without an id. checkpoints: saved states for long streams.
    attempts: how often a command is decided when others are faster each time; the last attempt
    keeps other writers out until it is stored, where the home of the store can do that. pause: the
    seconds to wait before attempt 2, 3 and so on, from the attempt's number and the seconds that
    the last one took; see `clocks.jittered`.

    The last state of each stream is remembered, as what its stored events add up to, and its tail
    is read whenever others have written: the memory may be behind, never wrong. A state that can be
    changed by those who are handed it (a dict, a list) is not remembered at all.
    """

    def __init__(
        self,
        decider: Decider[C, E, S],
        store: EventStore,
        *,
        ids: Ids = random_id,
        checkpoints: Cache | None = None,
        attempts: int = 10,
        pause: Callable[[int, float], float] = jittered,
    ) -> None:
        if attempts < 1:
            raise ValueError(f"a command needs at least one attempt, not {attempts}")
        if checkpoints is not None and checkpoints.decider is not decider:
            raise ValueError("the checkpoints were made for another decider")
        self.decider = decider
        self.store = store
        self.ids = ids
        self.checkpoints = checkpoints
        self.attempts = attempts
        self.pause = pause
        self._remembered: dict[str, tuple[S, int]] = {}

    def handle(
        self,
        stream: str,
        command: C,
        *,
        actor: str = "",
        command_id: str = "",
        correlation_id: str = "",
        causation_id: str = "",
        effective_at: datetime | None = None,
    ) -> Decision:
        """Decide a command and keep the outcome, accepted or refused.

        A repeated `command_id` changes nothing and returns its first Decision; nothing is decided
        then. Raises Conflict when others were faster in every attempt, and NotAFact, UnknownType
        or CommandIdReused for a command that cannot be kept. Whatever else `decide` raises is a
        bug and passes through. After these the store is unchanged; after an interrupt, or Damaged,
        the decision may be there: give the command again under the same id.
        """
        asked = self.store.vocabulary.kept(command, Command)
        if first := self.store.handled(stream, asked.message, command_id):
            return first
        attempt = partial(
            self._attempt,
            stream,
            asked,
            command_id=command_id or self.ids(),
            correlation_id=correlation_id,
            causation_id=causation_id,
            actor=actor,
            effective_at=effective_at,
        )
        for number in range(2, self.attempts + 1):
            start = time.monotonic()
            with suppress(Conflict):
                return attempt()
            time.sleep(self.pause(number, time.monotonic() - start))
        self._now(stream)  # what can be read before others are kept out
        return self.store.alone(attempt)

    def _attempt(self, stream: str, asked: Kept, **envelope: Any) -> Decision:
        """Load, decide, append; all of it on what will be read back."""
        state, version = self._now(stream)
        outcome = self._kept(self.decider.outcome(asked.message, state), state)
        decision = self.store.record(stream, asked, outcome, expected_version=version, **envelope)
        if decision.version == version + len(decision.events):  # not an earlier one, by another
            events: Any = [fact.event for fact in decision.events]
            self._remember(stream, self.decider.fold(events, state), decision.version)
        return decision

    def state(
        self,
        stream: str,
        *,
        version: int | None = None,
        as_of: datetime | None = None,
        position: int | None = None,
    ) -> S:
        """The state now; at a version (0 is before the first event); as of a moment, inclusive;
        or once the whole log had reached a position.

        Raises InvalidMoment for a version or position that is not there, for a datetime without
        a time zone, and when more than one is given.
        """
        if version is None and as_of is None and position is None:
            return self._now(stream)[0]
        until = self._version(stream, version, as_of, position)
        if self.checkpoints is not None:
            state: S = self.checkpoints.state(self.store, stream, until)
            return state
        return self.decider.fold(self.store.events(stream, until=until))

    def replay(
        self,
        stream: str,
        *,
        version: int | None = None,
        as_of: datetime | None = None,
        position: int | None = None,
    ) -> S:
        """The same answer from the first event on: no memory, no checkpoint, only the fold."""
        now = version is None and as_of is None and position is None
        until = None if now else self._version(stream, version, as_of, position)
        return self.decider.fold(self.store.events(stream, until=until))

    def _kept(self, outcome: Sequence[E] | Rejected, state: S) -> Sequence[Kept] | Rejected:
        """The outcome as it is stored, folded before that, so that a bug in evolve stores nothing.

        What is folded is what will be read back: no rule sees what could not be kept.
        """
        if isinstance(outcome, Rejected):
            return outcome
        facts = [self.store.vocabulary.kept(event, Event) for event in outcome]
        after = self.decider.fold((fact.message for fact in facts), state)
        if facts and after is None:
            raise TypeError(f"evolve returned None for one of {outcome!r}: is a case missing?")
        return facts

    def _now(self, stream: str) -> tuple[S, int]:
        """The current state and its version: what is remembered or saved, and the tail."""
        state, version = self._remembered.get(stream) or self._saved(stream)
        tail = list(self.store.events(stream, after=version))
        state, version = self.decider.fold(tail, state), version + len(tail)
        self._remember(stream, state, version)
        return state, version

    def _saved(self, stream: str) -> tuple[S, int]:
        if self.checkpoints is None:
            return self.decider.start(), 0
        version = self.store.version(stream)
        return self.checkpoints.state(self.store, stream, version), version

    def _remember(self, stream: str, state: S, version: int) -> None:
        if self.store.tentative or can_change(state):
            return
        if stream not in self._remembered and len(self._remembered) >= STATES_KEPT:
            del self._remembered[next(iter(self._remembered))]
        self._remembered[stream] = state, version

    def _version(
        self, stream: str, version: int | None, as_of: datetime | None, position: int | None
    ) -> int:
        """The one version that a question about the past means."""
        if sum(given is not None for given in (version, as_of, position)) > 1:
            raise InvalidMoment("give one of version, as_of and position")
        if as_of is not None:
            return self.store.version_at(stream, as_of)
        if position is not None:
            return self.store.version_after(stream, position)
        last = self.store.version(stream)
        if type(version) is not int or not 0 <= version <= last:
            raise InvalidMoment(f"{stream!r} has versions 0 to {last}, not {version!r}")
        return version
