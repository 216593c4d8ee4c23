"""What-ifs: two different questions, never one.

What if this *fact* had not happened? The other facts stay, and are folded again. Nobody decides, so
the result may break rules, and we are told which. What if this *command* had not been given? The
other commands stay, and are decided again. No rule is broken, but commands may now be refused or
allowed, and we are told which. Both give a history like any other, in memory; neither touches the
store it was made from.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from esdemo.application import Application
from esdemo.clocks import ManualClock
from esdemo.commands import Command, Decision
from esdemo.errors import InvalidMoment, NotFound
from esdemo.events import RecordedEvent, Vocabulary
from esdemo.handlers import Decider
from esdemo.processes import Reaction, follow
from esdemo.stores import EventStore, MemoryStore
from esdemo.timeline.consequences import (
    BrokenRule,
    ChangedOutcome,
    broken_rules,
    changed_outcomes,
    outcome,
)

BEGINNING: Final = datetime.min.replace(tzinfo=UTC)

Written = tuple[Decision | None, tuple[RecordedEvent, ...]]
"""What was written together, as `store.history()` gives it."""


class Refolded(NamedTuple):
    """The answer to "what if this fact had not happened?"."""

    store: MemoryStore
    broken_rules: list[BrokenRule]


class Redecided(NamedTuple):
    """The answer to "what if this command, or this rule, had been another?"."""

    store: MemoryStore
    changed: list[ChangedOutcome]


def without_event(application: Application[Any, Any, Any], stream: str, version: int) -> Refolded:
    """History without one fact, and the rules that the stream now breaks.

    The facts behind it move up, so that versions and positions have no holes (a payload that names
    a version, as a reversal does, goes on naming the old one). There are no decisions in this
    history: nobody took them. Raises InvalidMoment for a fact that is not there.
    """
    history, last = application.store, application.store.version(stream)
    if type(version) is not int or not 1 <= version <= last:
        raise InvalidMoment(f"{stream!r} has events 1 to {last}, not {version!r}")
    name = (stream, version)
    others = (fact for fact in history.recorded() if (fact.stream, fact.version) != name)
    store = replica(others, history.vocabulary)
    return Refolded(store, broken_rules(application.decider, store, stream))


def without_command(
    application: Application[Any, Any, Any], command_id: str, react: Reaction | None = None
) -> Redecided:
    """History as it would be had this command never been given, and what came out otherwise.

    The commands that it caused are not decided either: the transfer that was not sent is not
    received. That goes for every command that comes out otherwise, and `react` (the process
    itself, such as `bank.transfers`) says what follows instead. Raises NotFound for an id that is
    not known.
    """
    return _redecided(application, application.decider, {command_id: None}, react)


def with_command(
    application: Application[Any, Any, Any],
    command_id: str,
    command: Command,
    react: Reaction | None = None,
) -> Redecided:
    """History as it would be had another command been given in place of this one."""
    return _redecided(application, application.decider, {command_id: command}, react)


def with_rules(
    application: Application[Any, Any, Any],
    decider: Decider[Any, Any, Any],
    react: Reaction | None = None,
) -> Redecided:
    """History as it would be had these rules been in force from the first day."""
    return _redecided(application, decider, {}, react)


def decide_again(
    decider: Decider[Any, Any, Any],
    history: EventStore,
    *,
    instead: Mapping[str, Command | None] | None = None,
    react: Reaction | None = None,
) -> MemoryStore:
    """Every recorded command decided afresh, in order, into a new store; imports are copied.

    With the decider that made the history the new store is equal to it, hash for hash. With
    another one it is the history that those rules would have made. `history` is only read.

    instead: by command id, another command, or None for none. A command is left out when its
    cause is, or has come out otherwise; `react` says what follows from that cause now.
    """
    return decided_again(decider, history.history(), history.vocabulary, instead, react)


def decided_again(
    decider: Decider[Any, Any, Any],
    history: Iterable[Written],
    vocabulary: Vocabulary,
    instead: Mapping[str, Command | None] | None = None,
    react: Reaction | None = None,
) -> MemoryStore:
    """As `decide_again`, for what was written one by one, such as one history behind another."""
    clock = ManualClock(BEGINNING)
    store = MemoryStore(vocabulary, clock)
    application = Application(decider, store)
    left = set[str]()  # where the new history has left the old one, by command id
    for decision, facts in history:
        if decision is None:
            _copy(facts, store, clock)
            continue
        clock.now = decision.recorded_at
        command = (instead or {}).get(decision.command_id, decision.command)
        if command is None or decision.causation_id in left:
            left.add(decision.command_id)
            continue
        again = _decide(application, decision, command)
        if outcome(again) != outcome(decision):
            left.add(decision.command_id)
            if react:
                follow(application, react, after=again.number - 1)
    return store


def _redecided(
    application: Application[Any, Any, Any],
    decider: Decider[Any, Any, Any],
    instead: Mapping[str, Command | None],
    react: Reaction | None,
) -> Redecided:
    history = application.store
    for command_id in instead:
        if history.decision(command_id) is None:
            raise NotFound(
                f"no command has the id {command_id!r}: see the column command_id of "
                "frames.decisions(store)"
            )
    store = decide_again(decider, history, instead=instead, react=react)
    return Redecided(store, changed_outcomes(history, store))


def replica(facts: Iterable[RecordedEvent], vocabulary: Vocabulary) -> MemoryStore:
    """A history in memory of these facts, in their order, with their envelopes but no decisions."""
    clock = ManualClock(BEGINNING)
    store = MemoryStore(vocabulary, clock)
    _copy(facts, store, clock)
    return store


def _decide(
    application: Application[Any, Any, Any], decision: Decision, command: Command
) -> Decision:
    return application.handle(
        decision.stream,
        command,
        actor=decision.actor,
        command_id=decision.command_id,
        correlation_id=decision.correlation_id,
        causation_id=decision.causation_id,
        effective_at=decision.effective_at,
    )


def _copy(facts: Iterable[RecordedEvent], store: EventStore, clock: ManualClock) -> None:
    """Facts as they are, each behind the last one of its stream."""
    for fact in facts:
        clock.now = fact.recorded_at
        store.append(
            fact.stream,
            [fact.event],
            expected_version=store.version(fact.stream),
            command_id=fact.command_id,
            correlation_id=fact.correlation_id,
            actor=fact.actor,
            effective_at=fact.effective_at,
        )
