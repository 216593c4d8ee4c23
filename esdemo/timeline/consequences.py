"""Consequences: what an edited history breaks, refuses or allows."""

from collections.abc import Iterator
from typing import Any, Literal, Protocol

import msgspec

from esdemo.commands import Command, Decision
from esdemo.events import Event
from esdemo.handlers import Decider
from esdemo.stores import EventStore

Kind = Literal["now refused", "now allowed", "other events", "not asked", "newly asked"]


class BrokenRule(msgspec.Struct, frozen=True):
    """A rule that held until this version of a stream, and does not hold at it."""

    stream: str
    version: int
    event: Event
    rule: str


class ChangedOutcome(msgspec.Struct, frozen=True):
    """A command that came out otherwise in a branch than in the history that it left."""

    kind: Kind
    command_id: str
    stream: str
    command: Command
    before: str  # its events, or why it was refused; empty when it was not asked
    after: str


def broken_rules(
    decider: Decider[Any, Any, Any], history: EventStore, stream: str
) -> list[BrokenRule]:
    """The versions of a stream at which one of the decider's invariants ceases to hold."""
    state, before, rows = decider.start(), set[str](), list[BrokenRule]()
    for fact in history.recorded(stream):
        state = decider.evolve(state, fact.event)
        now = decider.violated(state)
        new = [rule for rule in now if rule not in before]
        rows += [BrokenRule(stream, fact.version, fact.event, rule) for rule in new]
        before = set(now)
    return rows


class Decided(Protocol):
    """What knows its decisions, as a store does."""

    def decisions(self) -> Iterator[Decision]:
        """All of them, in order."""
        ...


def changed_outcomes(history: Decided, branch: Decided) -> list[ChangedOutcome]:
    """Each command that came out otherwise in a branch, in order; those that are new come last.

    A refusal for another reason is still a refusal, and not listed.
    """
    before = {decision.command_id: decision for decision in history.decisions()}
    after = {decision.command_id: decision for decision in branch.decisions()}
    return [row for name in before | after for row in _compared(before.get(name), after.get(name))]


def outcome(decision: Decision) -> tuple[str, Command, bool, list[Event]]:
    """What must be equal for two decisions to have come out alike."""
    events = [fact.event for fact in decision.events]
    return decision.stream, decision.command, decision.refused, events


def _compared(old: Decision | None, new: Decision | None) -> Iterator[ChangedOutcome]:
    if old and new and (old.stream, old.command) == (new.stream, new.command):
        if old.refused != new.refused:
            yield _row("now refused" if new.refused else "now allowed", new, _told(old), _told(new))
        elif outcome(old) != outcome(new):
            yield _row("other events", new, _told(old), _told(new))
        return
    if old:
        yield _row("not asked", old, _told(old), "")
    if new:
        yield _row("newly asked", new, "", _told(new))


def _row(kind: Kind, decision: Decision, before: str, after: str) -> ChangedOutcome:
    return ChangedOutcome(
        kind, decision.command_id, decision.stream, decision.command, before, after
    )


def _told(decision: Decision) -> str:
    """What became of a command, in words."""
    if decision.reason is not None:
        return f"refused: {decision.reason}"
    return ", ".join(repr(fact.event) for fact in decision.events) or "nothing happened"
