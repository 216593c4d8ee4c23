"""Processes (process managers, sagas): what one decision sets off in another stream.

The shape is Greg Young's and Microsoft's process manager (CQRS Journey, 2012): it reacts and
sends commands. It follows decisions, not events, because a refusal is in no stream and is just
what a compensation must react to.
"""

from collections.abc import Callable, Iterable
from typing import Any

from esdemo.application import Application
from esdemo.commands import Command, Decision
from esdemo.stores import EventStore

Reaction = Callable[[Decision], Iterable[tuple[str, Command]]]
"""From a decision to the (stream, command) pairs that it calls for. Pure: no clock, no reading."""


def follow(
    application: Application[Any, Any, Any],
    react: Reaction,
    *,
    after: int = 0,
    actor: str = "process",
) -> int:
    """React to every decision numbered above `after`, and to what that sets off, to the end.

    Each command's id derives from its cause, so following the same decisions again adds nothing:
    after a crash, start from any earlier number. Returns the number of the last decision followed.
    Raises CommandIdReused when `react` now answers a cause with another command than it did
    before: a process that changes while it runs needs a plan.
    """
    while decisions := list(application.store.decisions(after=after, until=after + 1_000)):
        for cause in decisions:
            for count, (stream, command) in enumerate(react(cause), 1):
                application.handle(
                    stream,
                    command,
                    actor=actor,
                    command_id=_id(application.store, cause, count),
                    correlation_id=cause.correlation_id,
                    causation_id=cause.command_id,
                    effective_at=cause.effective_at,
                )
            after = cause.number
    return after


def _id(store: EventStore, cause: Decision, count: int) -> str:
    """The id of a cause's nth command, and never one that somebody else has taken."""
    name = f"{cause.command_id}/{count}"
    while (taken := store.decision(name)) and taken.causation_id != cause.command_id:
        name += "'"
    return name
