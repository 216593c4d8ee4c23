"""An outside judge of conditions: the `eventsourcing` library's own test of a DCB recorder.

A thin adapter makes our store look like theirs: an event has a type, bytes and tags, and a
condition is a query over types and tags. What their test asks of us is asked of both homes.
"""

import threading

import pytest
from conftest import START
from eventsourcing.dcb import api
from eventsourcing.dcb.tests import DCBRecorderTestCase
from eventsourcing.persistence import IntegrityError

from esdemo import Conflict, Event, MemoryStore, SQLiteStore
from esdemo.clocks import ticking
from esdemo.stores import Unless

LOG = "log"


class Tagged(Event):
    """Their event, as a fact of ours."""

    kind: str
    data: bytes
    tags: tuple[str, ...]


class Response(api.DCBReadResponse):
    """What was read, and how far that goes."""

    def __init__(self, events, head):
        self._events, self._head = iter(events), head

    @property
    def head(self):
        return self._head

    def __next__(self):
        return next(self._events)


class Subscription(api.DCBSubscription):
    """Everything, and then what comes: woken by an append."""

    def __next__(self):
        while not self._has_been_stopped:
            for found in self._recorder.read(self._query, after=self._last_position, limit=1):
                self._last_position = found.position
                return found
            self._recorder.appended.wait(0.01)
        raise StopIteration


class Recorder(api.DCBRecorder):
    """Our store behind their interface."""

    def __init__(self, opened):
        self._opened, self._store = opened, threading.local()
        self.appended = threading.Event()

    @property
    def store(self):
        """A store belongs to a thread; their subscription reads in another one."""
        if not hasattr(self._store, "it"):
            self._store.it = self._opened()
        return self._store.it

    def read(self, query=None, *, after=None, limit=None):
        facts = list(self.store.recorded(after=after or 0))
        found = [fact for fact in facts if matches(query, fact)][:limit]
        events = [
            api.DCBSequencedEvent(
                api.DCBEvent(fact.event.kind, fact.event.data, list(fact.event.tags)),
                fact.position,
            )
            for fact in found
        ]
        head = self.store.position if limit is None else found[-1].position if found else None
        return Response(events, head or None)

    def append(self, events, condition=None):
        facts = [Tagged(event.type, event.data, tuple(event.tags)) for event in events]
        unless = condition and Unless(
            condition.after or 0, lambda fact: matches(condition.fail_if_events_match, fact)
        )
        try:
            version = self.store.version(LOG)
            stored = self.store.append(LOG, facts, expected_version=version, unless=unless)
        except Conflict as conflict:
            raise IntegrityError(str(conflict)) from conflict
        self.appended.set()
        return stored[-1].position

    def subscribe(self, query=None, *, after=None):
        return Subscription(self, query, after)


def matches(query, fact):
    """Their rule: one of the types, and all of the tags, of any item; no item is everything."""
    items = query.items if query else []
    return not items or any(
        (not item.types or fact.event.kind in item.types) and {*item.tags} <= {*fact.event.tags}
        for item in items
    )


class Judge(DCBRecorderTestCase):
    """Their tests are methods of a case, to be called by a case."""

    def runTest(self):
        """Nothing by itself."""


def test_both_homes_pass_their_test_of_queries_and_conditions(new_store):
    store = new_store(Tagged)
    Judge()._test_append_read(Recorder(lambda: store))


def test_their_test_of_subscriptions_passes_too(tmp_path):
    def opened():
        return SQLiteStore(tmp_path / "judged.db", Tagged, ticking(START), survives="crash")

    SQLiteStore(tmp_path / "judged.db", Tagged).close()
    Judge()._test_append_subscribe(Recorder(opened))


def test_the_judge_notices_a_store_that_ignores_conditions():
    class Careless(Recorder):
        def append(self, events, condition=None):
            return super().append(events)

    store = MemoryStore(Tagged, ticking(START))
    with pytest.raises(AssertionError, match="IntegrityError not raised"):
        Judge()._test_append_read(Careless(lambda: store))
