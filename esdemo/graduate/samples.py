"""Small classes of the library for chapter 12: most of them show how not to do it.

They stand in a module because the library finds the class of a stored event by module and name.
`Careless` has a rule in the body of an event, keeps what the caller may still change, and changes
itself outside of any event. `Note` can be deleted, and its text has had another name before.
`Openings` is a process: it follows another application and has a log of its own.
"""

from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.system import ProcessApplication

from esdemo.graduate.classic import BankAccount
from esdemo.graduate.library import Aggregate, AggregateNotFoundError, event

LIMIT = 500_00  # cents: what `Careless` allows


class Careless(Aggregate):
    """An account whose author did not know that event bodies run again."""

    @event("Opened")
    def __init__(self) -> None:
        self.balance = 0
        self.tags: list[str] = []
        self.looked_at = 0

    @event("Deposited")
    def deposit(self, amount: int) -> None:
        """The rule stands in the body of the event."""
        if amount > LIMIT:
            raise ValueError(f"{amount} is more than {LIMIT}")
        self.balance += amount

    @event("Tagged")
    def tag(self, tags: list[str]) -> None:
        """The list that is kept is the caller's own."""
        self.tags = tags

    def look(self) -> int:
        """A change that no event tells of."""
        self.looked_at += 1
        return self.balance


class Note(Aggregate):
    """A note that can be deleted. Its text was called `words` once."""

    class Written(Aggregate.Created):
        """The second version of this event."""

        text: str

        class_version = 2

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> None:
            """From the first version's payload to the second's."""
            state["text"] = state.pop("words")

    class Deleted(Aggregate.Event):
        """Behind this there is nothing any more."""

        def mutate(self, aggregate: Any) -> None:
            """No aggregate is returned, and that is what deletes it."""

    class Read(Aggregate.Event):
        """A `mutate` of somebody who forgot to return the aggregate."""

        def mutate(self, aggregate: Any) -> None:
            aggregate.version = self.originator_version

    @event(Written)
    def __init__(self, text: str) -> None:
        self.text = text


class Count(Aggregate):
    """How many accounts were opened."""

    @event("Started")
    def __init__(self) -> None:
        self.accounts = 0

    @staticmethod
    def create_id() -> UUID:
        """There is only one."""
        return uuid5(NAMESPACE_URL, "/count")

    @event("Counted")
    def add(self) -> None:
        """One more."""
        self.accounts += 1


class Openings(ProcessApplication[UUID]):
    """Follows a bank, and counts its accounts in a log of its own."""

    def policy(self, domain_event: Any, processing_event: Any) -> None:
        """What an event of the bank leads to, stored together with the place that was reached."""
        if isinstance(domain_event, BankAccount.AccountOpened):  # type: ignore[attr-defined]
            count = self.count()
            count.add()
            processing_event.collect_events(count)

    def count(self) -> Count:
        """The counter, new or not."""
        try:
            found: Count = self.repository.get(Count.create_id())
        except AggregateNotFoundError:
            return Count()
        return found
