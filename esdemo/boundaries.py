"""Boundaries: commands that are decided on a question to the log, not on one stream.

A stream is a boundary that was drawn in advance. Here each command says what its decision is about,
by tags; its state is the fold of all facts that bear one of them, wherever they stand; and what was
decided is stored unless another such fact has come meanwhile. The tags are computed from a fact and
stored nowhere, so a question that nobody had thought of needs no new column.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any, Final, Generic

from esdemo.clocks import Ids, jittered, random_id
from esdemo.commands import C, Command, Decision, Rejected
from esdemo.errors import Conflict
from esdemo.events import E, Event, Kept, RecordedEvent
from esdemo.handlers import Decider, S
from esdemo.stores import EventStore, Unless

ATTEMPTS: Final = 10


class Boundary(Generic[C, E, S]):
    """A decider at work on whatever its commands are about.

    tags: what a fact is about, such as its account or its address. about: what the decision on a
    command depends on: facts that bear any of these tags. Both are pure, and one that forgets a tag
    does not see the fact: the rule is then as blind as if it had never happened.

    What has been read is kept in memory by tag, so a command costs a look at the log's tail and a
    fold of what it is about. The first one reads the whole log.
    """

    def __init__(
        self,
        decider: Decider[C, E, S],
        store: EventStore,
        *,
        tags: Callable[[E], Iterable[str]],
        about: Callable[[C], Iterable[str]],
        ids: Ids = random_id,
        pause: Callable[[int, float], float] = jittered,
    ) -> None:
        self.decider, self.store, self.ids, self.pause = decider, store, ids, pause
        self.tags, self.about = tags, about
        self._position = 0
        self._by_tag = defaultdict[str, list[tuple[int, E]]](list)

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
        """Decide a command and keep the outcome in a stream, accepted or refused.

        Promises what `Application.handle` promises: the same id is handled once, a conflict is
        decided again, and the last attempt keeps other writers out.
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
        for number in range(2, ATTEMPTS + 1):
            start = time.monotonic()
            with suppress(Conflict):
                return attempt()
            time.sleep(self.pause(number, time.monotonic() - start))
        return self.store.alone(attempt)

    def state(self, *tags: str) -> S:
        """What the facts that bear any of these tags add up to."""
        return self.decider.fold(self._facts(set(tags))[1])

    def _attempt(self, stream: str, asked: Kept, **envelope: Any) -> Decision:
        """Ask, decide, and append unless the answer would be another by now."""
        version, tags = self.store.version(stream), set(self.about(asked.message))
        since, facts = self._facts(tags)
        outcome = self._outcome(asked, self.decider.fold(facts))
        unless = Unless(since, partial(self._bears, tags))
        return self.store.record(
            stream, asked, outcome, expected_version=version, unless=unless, **envelope
        )

    def _outcome(self, asked: Kept, state: S) -> list[Kept] | Rejected:
        """What is decided, folded as it will be read back: a bug in evolve stores nothing."""
        outcome = self.decider.outcome(asked.message, state)
        if isinstance(outcome, Rejected):
            return outcome
        kept = [self.store.vocabulary.kept(event, Event) for event in outcome]
        self.decider.fold((fact.message for fact in kept), state)
        return kept

    def _bears(self, tags: set[str], fact: RecordedEvent) -> bool:
        return not tags.isdisjoint(self.tags(fact.event))  # type: ignore[arg-type]

    def _facts(self, tags: set[str]) -> tuple[int, list[E]]:
        """The position up to which we know the log, and the facts with one of these tags by then.

        What may still be undone is looked at, and not kept.
        """
        tail = list(self.store.recorded(after=self._position))
        since = tail[-1].position if tail else self._position
        if not self.store.tentative:
            self._keep(tail)
            tail = []
        found = {place: event for tag in tags for place, event in self._by_tag.get(tag, ())}
        found |= {fact.position: fact.event for fact in tail if self._bears(tags, fact)}  # type: ignore[misc]
        return since, [found[place] for place in sorted(found)]

    def _keep(self, facts: Iterable[RecordedEvent]) -> None:
        for fact in facts:
            event: E = fact.event  # type: ignore[assignment]
            for tag in set(self.tags(event)):
                self._by_tag[tag].append((fact.position, event))
            self._position = fact.position
