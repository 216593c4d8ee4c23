"""The application: load, decide, append; and decide again when somebody else was faster."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Generic

from esdemo.checkpoints import Checkpoints
from esdemo.clocks import Ids, random_id
from esdemo.commands import Command, Decision, Rejected
from esdemo.errors import Conflict, InvalidMoment
from esdemo.events import Event
from esdemo.handlers import C, Decider, E, S
from esdemo.stores import EventStore

REMEMBERED: Final = 10_000  # streams whose state is kept in memory


class Application(Generic[C, E, S]):
    """A decider at work on a store: commands in, decisions and states out.

    ids: names the commands that come without an id. checkpoints: saved states for long streams.
    attempts: how often a command is decided before its conflict is the caller's. (With eight
    writers on one stream, three attempts lost 1 command in 2,400; ten lost none.)

    The last state of each stream is remembered, and its tail is read every time all the same: the
    memory may be behind, never wrong.
    """

    def __init__(
        self,
        decider: Decider[C, E, S],
        store: EventStore,
        *,
        ids: Ids = random_id,
        checkpoints: Checkpoints[S] | None = None,
        attempts: int = 10,
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

        A repeated `command_id` changes nothing and returns its first Decision. Raises Conflict
        when others were faster in every attempt, and NotAFact, UnknownType or CommandIdReused for
        a command that cannot be kept. Whatever else `decide` raises is a bug and passes through.
        After any exception the store is unchanged.
        """
        self.store.vocabulary.encode(command, Command)
        command_id = command_id or self.ids()
        for attempts_left in reversed(range(self.attempts)):
            state, version = self._now(stream)
            outcome, after = self._decide(command, state)
            try:
                decision = self.store.record(
                    stream,
                    command,
                    outcome,
                    expected_version=version,
                    command_id=command_id,
                    correlation_id=correlation_id,
                    causation_id=causation_id,
                    actor=actor,
                    effective_at=effective_at,
                )
            except Conflict:
                if not attempts_left:
                    raise
            else:
                # A repeated id returns what another attempt, under another rule, may have decided.
                if decision.version == version and [e.event for e in decision.events] == outcome:
                    self._remember(stream, after, version + len(decision.events))
                return decision
        raise AssertionError("unreachable: the last attempt returns or raises")

    def state(self, stream: str, *, version: int | None = None, as_of: datetime | None = None) -> S:
        """The state now, at a version (0 is before the first event), or as of a moment, inclusive.

        Raises InvalidMoment for a version that the stream does not have, for a datetime without
        a time zone, and when both are given.
        """
        if version is None and as_of is None:
            return self._now(stream)[0]
        until = self._version(stream, version, as_of)
        if self.checkpoints is not None:
            return self.checkpoints.state(self.store, stream, until)
        return self.decider.fold(self.store.events(stream, until=until))

    def replay(
        self, stream: str, *, version: int | None = None, as_of: datetime | None = None
    ) -> S:
        """The same answer from the first event on: no memory, no checkpoint, only the fold."""
        now = version is None and as_of is None
        until = None if now else self._version(stream, version, as_of)
        return self.decider.fold(self.store.events(stream, until=until))

    def _decide(self, command: C, state: S) -> tuple[Sequence[E] | Rejected, S]:
        """The outcome and the state after it, so that evolve fails before anything is written."""
        events = self.decider.outcome(command, state)
        if isinstance(events, Rejected):
            return events, state
        try:
            after = self.decider.fold(events, state)
        except Exception:
            for event in events:
                self.store.vocabulary.encode(event, Event)  # a wrong value explains it better
            raise
        if events and after is None:
            raise TypeError(f"evolve returned None for one of {events!r}: is a case missing?")
        return events, after

    def _now(self, stream: str) -> tuple[S, int]:
        """The current state and its version: what is remembered or saved, and the tail."""
        state, version = self._remembered.get(stream) or self._saved(stream)
        tail = list(self.store.events(stream, after=version))
        if tail:
            state, version = self.decider.fold(tail, state), version + len(tail)
            self._remember(stream, state, version)
        return state, version

    def _saved(self, stream: str) -> tuple[S, int]:
        if self.checkpoints is None:
            return self.decider.initial, 0
        version = self.store.version(stream)
        return self.checkpoints.state(self.store, stream, version), version

    def _remember(self, stream: str, state: S, version: int) -> None:
        if stream not in self._remembered and len(self._remembered) >= REMEMBERED:
            del self._remembered[next(iter(self._remembered))]
        self._remembered[stream] = state, version

    def _version(self, stream: str, version: int | None, as_of: datetime | None) -> int:
        """The one version that a question about the past means."""
        if version is not None and as_of is not None:
            raise InvalidMoment("give a version or as_of, not both")
        if as_of is not None:
            return self.store.version_at(stream, as_of)
        last = self.store.version(stream)
        if version is None:
            return last
        if type(version) is not int or not 0 <= version <= last:
            raise InvalidMoment(f"{stream!r} has versions 0 to {last}, not {version!r}")
        return version
