"""Reads as records: who looked at what, and why. A log of facts does not know, since looking
changes nothing.

Where it must be known (health, banking, the police), looking becomes an event of its own, in a
store of its own: it is about those who look, it grows with curiosity and not with business, and it
is to be forgotten at another time. The price is that every read becomes a write.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

import msgspec

from esdemo.application import Application
from esdemo.events import Event, RecordedEvent
from esdemo.stores import EventStore


class StateRead(Event):
    """Somebody looked at a stream's state. Who and when is in the envelope."""

    version: int  # what they saw: the state at this version
    purpose: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class WatchedReads:
    """An application whose states are shown only to those who say who they are, and why.

    log: the store of the reads, with StateRead in its vocabulary, apart from the application's
    own. What does not come through here is not seen: a copy of the file, a view, a backup.
    """

    def __init__(self, application: Application[Any, Any, Any], log: EventStore) -> None:
        self.application = application
        self.log = log

    def state(
        self,
        stream: str,
        *,
        actor: str,
        purpose: str,
        version: int | None = None,
        as_of: datetime | None = None,
    ) -> Any:
        """The state, as `Application.state` gives it, once it is on record that somebody looked.

        ValueError for nobody; NotAFact for no purpose. Nothing is shown then, nor when the record
        could not be stored.
        """
        if not actor:
            raise ValueError("say who is looking: actor='teller-7'")
        seen, state = self._seen(stream, version, as_of)
        self.log.alone(lambda: self._record(stream, StateRead(seen, purpose), actor))
        return state

    def looked(self, stream: str) -> Iterator[RecordedEvent]:
        """Who looked at a stream, in order."""
        return self.log.recorded(stream)

    def _seen(self, stream: str, version: int | None, as_of: datetime | None) -> tuple[int, Any]:
        """The version that was asked for, and just the state that it had."""
        application = self.application
        store = application.store
        if version is not None or as_of is not None:
            state = application.state(stream, version=version, as_of=as_of)
            return (store.version_at(stream, as_of) if as_of else version or 0), state
        last, state = store.version(stream), application.state(stream)
        if store.version(stream) != last:  # somebody was faster than we could look
            state = application.state(stream, version=last)
        return last, state

    def _record(self, stream: str, fact: StateRead, actor: str) -> None:
        self.log.append(stream, [fact], expected_version=self.log.version(stream), actor=actor)
