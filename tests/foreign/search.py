"""Searchable content: frozen aggregates, a projector, ids that are text; and a process."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID, uuid5

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, CanCreateTimestamp, event
from eventsourcing.system import ProcessApplication

from foreign.accounts import Account

PLACE = UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")


@dataclass(frozen=True)
class DocumentEvent:
    """Of a document. No base class of the library."""

    originator_id: str
    originator_version: int
    timestamp: datetime


@dataclass(frozen=True)
class Written(DocumentEvent):
    """The whole text."""

    text: str


@dataclass(frozen=True)
class Tagged(DocumentEvent):
    """A word to find it by."""

    tag: str


@dataclass(frozen=True)
class Document:
    """A document: never changed in place."""

    id: str
    version: int
    text: str
    tags: frozenset[str] = frozenset()


def project(document: Document | None, events: Iterable[DocumentEvent]) -> Document | None:
    """The projector."""
    for each in events:
        if isinstance(each, Written):
            tags = document.tags if document else frozenset()
            document = Document(each.originator_id, each.originator_version, each.text, tags)
        elif isinstance(each, Tagged) and document:
            tags = document.tags | {each.tag}
            document = replace(document, version=each.originator_version, tags=tags)
    return document


class Library(Application[str]):
    """The application."""

    env: ClassVar = {"ORIGINATOR_ID_TYPE": "text"}

    def write(self, name: str, text: str) -> None:
        """A document, new or not."""
        self.save(Written(name, self._next(name), CanCreateTimestamp.create_timestamp(), text))

    def tag(self, name: str, tag: str) -> None:
        """A word to find it by."""
        self.save(Tagged(name, self._next(name), CanCreateTimestamp.create_timestamp(), tag))

    def _next(self, name: str) -> int:
        last = list(self.events.get(name, desc=True, limit=1))
        return last[0].originator_version + 1 if last else 1


def live(app: Library) -> list[str]:
    """Two documents."""
    app.write("news/today", "Nothing new.")
    app.tag("news/today", "dull")
    app.write("news/today", "Something after all!")
    app.write("naïve", "é \N{GRINNING FACE}")
    return ["news/today", "naïve"]


class Counter(Aggregate):
    """How many accounts were opened."""

    @event("Started")
    def __init__(self) -> None:
        self.count = 0

    @staticmethod
    def create_id() -> UUID:
        """There is only one."""
        return uuid5(PLACE, "/counter")

    @event("Counted")
    def add(self) -> None:
        """One more."""
        self.count += 1


class Counters(ProcessApplication[UUID]):
    """A process: it follows another application and has events of its own."""

    def policy(self, domain_event: Any, processing_event: Any) -> None:
        """What one of the others' events sets off."""
        if isinstance(domain_event, Account.Opened):
            try:
                counter: Counter = self.repository.get(Counter.create_id())
            except Exception:
                counter = Counter()
            counter.add()
            processing_event.collect_events(counter)
