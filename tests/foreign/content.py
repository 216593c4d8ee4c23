"""Content management: pages that are deleted and created again, an index, a log, and who did it."""

from contextvars import ContextVar
from typing import Any, ClassVar
from uuid import UUID, uuid5

from eventsourcing.application import Application, EventSourcedLog
from eventsourcing.domain import Aggregate, DomainEvent, event

PLACE = UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
USER: ContextVar[str] = ContextVar("USER", default="nobody")


class Page(Aggregate):
    """A page of a wiki. Each of its events knows the user."""

    class Event(Aggregate.Event):
        """Who did it is in the event, since the library has no place of its own for it."""

        user: str

    class Created(Event, Aggregate.Created):
        """A new page, or one that had been deleted."""

        slug: str
        title: str
        body: str

    class BodyUpdated(Event):
        """Other words."""

        body: str

        def apply(self, aggregate: "Page") -> None:
            aggregate.body = self.body
            if self.user not in aggregate.authors:
                aggregate.authors.append(self.user)

    class Deleted(Event):
        """It is gone: there is no aggregate behind this."""

        def mutate(self, aggregate: Any) -> None:
            super().mutate(aggregate)

    def __init__(self, slug: str, title: str, body: str, user: str) -> None:
        self.slug = slug
        self.title = title
        self.body = body
        self.authors = [user]

    @staticmethod
    def create_id(slug: str) -> UUID:
        """The id of the page with this slug."""
        return uuid5(PLACE, f"/pages/{slug}")


class Listed(DomainEvent):
    """An entry of a log: it mutates nothing."""

    page_id: UUID


class Wiki(Application[UUID]):
    """The application."""

    snapshotting_intervals: ClassVar = {Page: 2}

    def __init__(self, env: Any = None) -> None:
        super().__init__(env)
        self.listed = EventSourcedLog(self.events, uuid5(PLACE, "/listed"), Listed)

    def create(self, slug: str, title: str) -> UUID:
        """A new page, and an entry in the log."""
        page = Page._create(Page.Created, slug=slug, title=title, body="", user=USER.get())
        self.save(page, self.listed.trigger_event(page_id=page.id))
        return page.id

    def write(self, slug: str, body: str) -> None:
        """Other words."""
        page: Page = self.repository.get(Page.create_id(slug))
        page.trigger_event(Page.BodyUpdated, body=body, user=USER.get())
        self.save(page)

    def delete(self, slug: str) -> None:
        """Away with it."""
        page: Page = self.repository.get(Page.create_id(slug))
        page.trigger_event(Page.Deleted, user=USER.get())
        self.save(page)

    def create_again(self, slug: str, title: str) -> None:
        """A deleted page under its old id: its versions go on."""
        page_id = Page.create_id(slug)
        (last,) = self.events.get(page_id, desc=True, limit=1)
        created = Page.Created(
            originator_topic=last_topic(),
            originator_id=page_id,
            originator_version=last.originator_version + 1,
            timestamp=Page.Created.create_timestamp(),
            slug=slug,
            title=title,
            body="",
            user=USER.get(),
        )
        self.save(created)


def last_topic() -> str:
    """Where the aggregate's class is."""
    return f"{Page.__module__}:{Page.__qualname__}"


class PageWithEvent(Page):
    """Never used: that a subclass is there must confuse nobody."""

    @event("Starred")
    def star(self) -> None:
        """One more."""


def live(app: Wiki) -> list[UUID]:
    """Two pages; one is deleted and comes again."""
    token = USER.set("ann")
    pages = [app.create("welcome", "Welcome"), app.create("rules", "Rules")]
    app.write("welcome", "Hello.")
    USER.set("ben")
    app.write("welcome", "Hello, you.")
    app.write("rules", "All that is not allowed is forbidden.")
    app.delete("rules")
    app.create_again("rules", "New rules")
    app.write("rules", "None.")
    USER.reset(token)
    return pages
