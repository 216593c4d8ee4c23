"""The trail: who asked for what, when, what became of it, and what it changed."""

from datetime import datetime
from typing import Generic

import msgspec

from esdemo import timeline
from esdemo.application import Application
from esdemo.commands import C, Command, Decision
from esdemo.errors import NotFound
from esdemo.events import E, Event, RecordedEvent
from esdemo.handlers import S


class Entry(msgspec.Struct, Generic[S], frozen=True):
    """A line of the trail: an event and the command that led to it, or a refused command.

    A command with several events has a line for each; one that was refused, or changed nothing,
    has one line without an event; a fact that no command led to has no command.
    """

    stream: str
    actor: str
    recorded_at: datetime
    effective_at: datetime
    command: Command | None
    reason: str | None  # the reason; None when accepted
    event: Event | None
    version: int | None  # of the event in its stream
    position: int | None  # of the event in the log
    number: int | None  # of the decision
    command_id: str
    correlation_id: str
    causation_id: str
    before: S  # the state of the stream
    after: S

    @property
    def changes(self) -> tuple[timeline.Change, ...]:
        """What the event changed in the state, field by field; nothing for a refusal."""
        return timeline.diff(self.before, self.after)


def trail(
    application: Application[C, E, S],
    stream: str | None = None,
    *,
    actor: str | None = None,
    correlation: str | None = None,
) -> list[Entry[S]]:
    """What was asked for and what came of it, in order: of a stream, an actor, a correlation.

    Several of them narrow the choice; none means everything. Each line has the state before and
    after, folded from the first event on. One pass over the log (over the stream, when given).
    Raises NotFound for a stream that has neither events nor decisions.
    """
    found, states, read = list[Entry[S]](), dict[str, S](), False
    decider = application.decider
    for decision, facts in application.store.history(stream):
        read = True
        why = decision or facts[0]
        wanted = _wanted(why, actor, correlation)
        before = states[why.stream] if why.stream in states else decider.start()
        for fact in facts:
            after = decider.fold([fact.event], before)  # type: ignore[list-item]
            if wanted:
                found.append(_entry(decision, fact, before, after))
            before = after
        states[why.stream] = before
        if wanted and not facts:
            found.append(_entry(decision, None, before, before))
    if stream is not None and not read:
        raise NotFound(f"{stream!r} has no history: see store.streams() for those that do")
    return found


def _wanted(why: Decision | RecordedEvent, actor: str | None, correlation: str | None) -> bool:
    return actor in (None, why.actor) and correlation in (None, why.correlation_id)


def _entry(decision: Decision | None, fact: RecordedEvent | None, before: S, after: S) -> Entry[S]:
    why = decision or fact
    assert why
    return Entry(
        stream=why.stream,
        actor=why.actor,
        recorded_at=why.recorded_at,
        effective_at=why.effective_at,
        command=decision.command if decision else None,
        reason=decision.reason if decision else None,
        event=fact.event if fact else None,
        version=fact.version if fact else None,
        position=fact.position if fact else None,
        number=decision.number if decision else None,
        command_id=why.command_id,
        correlation_id=why.correlation_id,
        causation_id=decision.causation_id if decision else "",
        before=before,
        after=after,
    )
