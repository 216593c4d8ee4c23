"""Bank accounts: Decimals, an error that is remembered in the aggregate, two in one save."""

from decimal import Decimal
from uuid import UUID, uuid5

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

PLACE = UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")


class Account(Aggregate):
    """An account of a stranger: its balance is a Decimal, its holders are a list."""

    @event("Opened")
    def __init__(self, holder: str, email: str) -> None:
        self.holders = [holder]
        self._email = email
        self.balance = Decimal("0.00")
        self.overdraft = Decimal("0.00")
        self.is_closed = False

    @staticmethod
    def create_id(holder: str) -> UUID:
        """The same holder, the same account."""
        return uuid5(PLACE, holder)

    @event("TransactionAppended")
    def append(self, amount: Decimal) -> None:
        """In or out."""
        self.balance += amount

    @event("OverdraftLimitSet")
    def allow(self, overdraft: Decimal) -> None:
        """How far below zero."""
        self.overdraft = overdraft

    @event("HolderAdded")
    def share(self, holder: str) -> None:
        """One more who may draw."""
        self.holders.append(holder)

    @event("Closed")
    def close(self) -> None:
        """For good."""
        self.is_closed = True


class Accounts(Application[UUID]):
    """The application: commands in its methods."""

    def open(self, holder: str) -> UUID:
        """A new account."""
        account = Account(holder, f"{holder}@example.com")
        self.save(account)
        return account.id

    def add(self, account_id: UUID, amount: str) -> None:
        """In or out."""
        account: Account = self.repository.get(account_id)
        account.append(Decimal(amount))
        self.save(account)

    def transfer(self, sender: UUID, receiver: UUID, amount: str) -> None:
        """Two aggregates in one transaction."""
        out: Account = self.repository.get(sender)
        into: Account = self.repository.get(receiver)
        out.append(-Decimal(amount))
        into.append(Decimal(amount))
        self.save(out, into)


def live(app: Accounts) -> list[UUID]:
    """A day of business."""
    ann, ben = app.open("ann"), app.open("ben")
    app.add(ann, "100.00")
    app.transfer(ann, ben, "30.50")
    account: Account = app.repository.get(ben)
    account.share("bea")
    account.allow(Decimal("50.00"))
    app.save(account)
    app.add(ben, "-70.00")
    return [ann, ben]
