"""The timeline: history as something to stand in, compare and decide again."""

from datetime import datetime
from typing import Any

from esdemo.application import Application
from esdemo.commands import Decision
from esdemo.handlers import Decider
from esdemo.stores import EventStore, MemoryStore


def decide_again(decider: Decider[Any, Any, Any], history: EventStore) -> MemoryStore:
    """Every recorded command decided afresh, in order, into a new store; imports are copied.

    With the decider that made the history the new store is equal to it, hash for hash. With
    another one it is the history that those rules would have made. `history` is only read.
    """
    now: list[datetime] = []
    store = MemoryStore(history.vocabulary, clock=lambda: now[-1])
    application = Application(decider, store)
    copied = 0
    for decision in history.decisions():
        _copy_imports(history, copied, decision.position - len(decision.events), store, now)
        copied = decision.position
        now.append(decision.recorded_at)
        _decide(application, decision)
    _copy_imports(history, copied, history.position, store, now)
    return store


def _decide(application: Application[Any, Any, Any], decision: Decision) -> Decision:
    return application.handle(
        decision.stream,
        decision.command,
        actor=decision.actor,
        command_id=decision.command_id,
        correlation_id=decision.correlation_id,
        causation_id=decision.causation_id,
        effective_at=decision.effective_at,
    )


def _copy_imports(
    history: EventStore, after: int, until: int, store: EventStore, now: list[datetime]
) -> None:
    """Facts that no command led to (positions after+1 to until), as they are."""
    for fact in history.recorded(after=after, until=until):
        now.append(fact.recorded_at)
        store.append(
            fact.stream,
            [fact.event],
            expected_version=store.version(fact.stream),
            command_id=fact.command_id,
            correlation_id=fact.correlation_id,
            actor=fact.actor,
            effective_at=fact.effective_at,
        )
