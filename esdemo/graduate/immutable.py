"""The bank in the library's functional style: frozen events, a projector, no aggregate that acts.

What is left of the aggregate is exactly a decider: `decide` is called with the projected state, and
what it returns is saved. So the rules are those of `esdemo.domains.bank`, unchanged, and the
library does what our store does.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from esdemo.domains.bank import Account, AccountCommand, evolve, rules
from esdemo.events import RecordedEvent
from esdemo.graduate.banks import Bank, account_id, envelope, our_fact
from esdemo.graduate.library import AggregateNotFoundError, DomainEvent


class AccountOpened(DomainEvent):
    name: str
    owner: str
    overdraft: int


class MoneyDeposited(DomainEvent):
    amount: int
    source: str


class MoneyWithdrawn(DomainEvent):
    amount: int
    purpose: str


class FeeCharged(DomainEvent):
    amount: int
    service: str


class TransferSent(DomainEvent):
    transfer: str
    receiver: str
    amount: int


class TransferReceived(DomainEvent):
    transfer: str
    sender: str
    amount: int


class TransferCompleted(DomainEvent):
    transfer: str


class TransferReturned(DomainEvent):
    transfer: str
    amount: int
    reason: str


class EntryReversed(DomainEvent):
    entry: int
    change: int
    reason: str


class AccountClosed(DomainEvent):
    pass


KINDS = {cls.__name__: cls for cls in DomainEvent.__subclasses__() if cls.__module__ == __name__}


def project(account: Account | None, events: Iterable[DomainEvent]) -> Account | None:
    """The projector: our own fold, over their events."""
    for event in events:
        account = evolve(account or Account(), our_fact(event))
    return account


class ImmutableBank(Bank):
    """Project, decide, save."""

    def account(self, name: str, version: int | None = None) -> Account:
        """An account now, or as it was at a version; the initial state when there is none."""
        try:
            repository: Any = self.repository  # typed for aggregates that have an id
            found = repository.get(account_id(name), version=version, projector_func=project)
        except AggregateNotFoundError:
            return rules.start()
        assert isinstance(found, Account)
        return found

    def handle(self, name: str, command: AccountCommand) -> Sequence[Any]:
        """Our command, decided by our rules."""
        account = self.account(name)
        decided = rules.decide(command, account)
        new = [
            self._event(name, account.entries + number, fact)
            for number, fact in enumerate(decided, 1)
        ]
        return [recording.domain_event for recording in self.save(*new)]

    def recorded(self, fact: RecordedEvent) -> Any:
        """One of our events as the class of the same name in this module."""
        return KINDS[type(fact.event).__name__](**envelope(fact))

    def _event(self, name: str, version: int, fact: Any) -> Any:
        now = DomainEvent.create_timestamp()
        return self.recorded(RecordedEvent(0, name, version, fact, "", "", "", now, now, ""))
