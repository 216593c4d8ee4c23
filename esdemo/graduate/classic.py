"""The bank in the library's classic style: an aggregate that changes, and decorated methods.

The body of an `@event` method runs when the command is given, and again each time the account is
loaded, for ever. So it holds no rule: rules are in the plain methods, which call it. Classes like
these belong into a module: a cell of a notebook that is run twice would define them twice.
"""

from collections.abc import Sequence
from typing import Any, assert_never
from uuid import UUID

from esdemo.commands import Rejected
from esdemo.domains.bank import (
    AccountCommand,
    ChargeFee,
    CloseAccount,
    CompleteTransfer,
    Deposit,
    OpenAccount,
    ReceiveTransfer,
    ReturnTransfer,
    ReverseEntry,
    SendTransfer,
    Withdraw,
)
from esdemo.events import RecordedEvent
from esdemo.graduate.banks import Bank, account_id, envelope
from esdemo.graduate.library import Aggregate, AggregateNotFoundError, event


class BankAccount(Aggregate):
    """One account. Money is a whole number of cents; ids come from names."""

    @event("AccountOpened")
    def __init__(self, name: str, owner: str, overdraft: int) -> None:
        self.name = name
        self.owner = owner
        self.overdraft = overdraft
        self.balance = 0
        self.is_open = True
        self.pending: dict[str, int] = {}  # transfers on their way, in cents
        self.reversed: list[int] = []  # the versions of the entries that were undone

    @staticmethod
    def create_id(name: str) -> UUID:
        """The library asks for this when an account is made."""
        return account_id(name)

    @property
    def available(self) -> int:
        """What can be taken out, in cents."""
        return self.balance + self.overdraft

    # Commands: every rule, and no change.

    def deposit(self, amount: int, source: str = "cash") -> None:
        """Money in."""
        self._check_open()
        self._deposited(_positive(amount), source)

    def withdraw(self, amount: int, purpose: str = "cash") -> None:
        """Money out, as far as there is some."""
        self._check_available(amount)
        self._withdrawn(_positive(amount), purpose)

    def charge_fee(self, amount: int, service: str) -> None:
        """What the bank takes."""
        self._check_available(amount)
        self._charged(_positive(amount), service)

    def send_transfer(self, transfer: str, receiver: str, amount: int) -> None:
        """Money on its way."""
        self._check_available(amount)
        if transfer in self.pending:
            raise Rejected(f"transfer {transfer} is already on its way")
        self._sent(transfer, receiver, _positive(amount))

    def receive_transfer(self, transfer: str, sender: str, amount: int) -> None:
        """Money that arrives."""
        self._check_open()
        self._received(transfer, sender, _positive(amount))

    def complete_transfer(self, transfer: str) -> None:
        """It has arrived."""
        self._check_pending(transfer)
        self._completed(transfer)

    def return_transfer(self, transfer: str, reason: str) -> None:
        """It could not arrive."""
        self._check_pending(transfer)
        self._returned(transfer, self.pending[transfer], reason)

    def reverse_entry(self, entry: int, change: int, reason: str) -> None:
        """Undo what the event at version `entry` changed."""
        self._check_open()
        if not 1 <= entry <= self.version:
            raise Rejected(f"there is no entry {entry}")
        if entry in self.reversed:
            raise Rejected(f"entry {entry} is reversed already")
        self._check_available(-change)
        self._reversed_entry(entry, change, reason)

    def close(self) -> None:
        """For good, and only when it is empty."""
        self._check_open()
        if self.balance:
            raise Rejected(f"the balance is {self.balance}, not 0")
        if self.pending:
            raise Rejected("a transfer is still on its way")
        self._closed()

    # Changes: no rule, since what has happened has happened.

    @event("MoneyDeposited")
    def _deposited(self, amount: int, source: str) -> None:
        self.balance += amount

    @event("MoneyWithdrawn")
    def _withdrawn(self, amount: int, purpose: str) -> None:
        self.balance -= amount

    @event("FeeCharged")
    def _charged(self, amount: int, service: str) -> None:
        self.balance -= amount

    @event("TransferSent")
    def _sent(self, transfer: str, receiver: str, amount: int) -> None:
        self.balance -= amount
        self.pending[transfer] = amount

    @event("TransferReceived")
    def _received(self, transfer: str, sender: str, amount: int) -> None:
        self.balance += amount

    @event("TransferCompleted")
    def _completed(self, transfer: str) -> None:
        self.pending.pop(transfer, None)

    @event("TransferReturned")
    def _returned(self, transfer: str, amount: int, reason: str) -> None:
        self.balance += amount
        self.pending.pop(transfer, None)

    @event("EntryReversed")
    def _reversed_entry(self, entry: int, change: int, reason: str) -> None:
        self.balance += change
        self.reversed.append(entry)

    @event("AccountClosed")
    def _closed(self) -> None:
        self.is_open = False

    def _check_open(self) -> None:
        if not self.is_open:
            raise Rejected("the account is closed")

    def _check_available(self, amount: int) -> None:
        self._check_open()
        if amount > self.available:
            raise Rejected(f"{amount} is more than the available {self.available}")

    def _check_pending(self, transfer: str) -> None:
        self._check_open()
        if transfer not in self.pending:
            raise Rejected(f"transfer {transfer} is not on its way")


class ClassicBank(Bank):
    """Load, call a method, save."""

    def account(self, name: str, version: int | None = None) -> BankAccount:
        """An account now, or as it was at a version. Rejected when there is none."""
        try:
            found: BankAccount = self.repository.get(account_id(name), version=version)
        except AggregateNotFoundError:
            raise Rejected("there is no such account") from None
        return found

    def handle(self, name: str, command: AccountCommand) -> Sequence[Any]:
        """Our command, as a call of the method that has its rules."""
        if isinstance(command, OpenAccount):
            if account_id(name) in self.repository:
                raise Rejected("the account exists already")
            account = BankAccount(name, command.owner, command.overdraft)
        else:
            account = self.account(name)
            _call(account, command)
        return [recording.domain_event for recording in self.save(account)]

    def recorded(self, fact: RecordedEvent) -> Any:
        """One of our events as the class that the decorator made."""
        kind = getattr(BankAccount, type(fact.event).__name__)
        topic = f"{BankAccount.__module__}:{BankAccount.__qualname__}"
        first = {"originator_topic": topic} if fact.version == 1 else {}
        return kind(**envelope(fact), **first)


def _call(account: BankAccount, command: AccountCommand) -> None:
    match command:
        case OpenAccount():
            raise Rejected("the account exists already")
        case Deposit(amount, source):
            account.deposit(amount, source)
        case Withdraw(amount, purpose):
            account.withdraw(amount, purpose)
        case ChargeFee(amount, service):
            account.charge_fee(amount, service)
        case SendTransfer(transfer, receiver, amount):
            account.send_transfer(transfer, receiver, amount)
        case ReceiveTransfer(transfer, sender, amount):
            account.receive_transfer(transfer, sender, amount)
        case CompleteTransfer(transfer):
            account.complete_transfer(transfer)
        case ReturnTransfer(transfer, reason):
            account.return_transfer(transfer, reason)
        case ReverseEntry(entry, change, reason):
            account.reverse_entry(entry, change, reason)
        case CloseAccount():
            account.close()
        case _:
            assert_never(command)


def _positive(amount: int) -> int:
    """ValueError for what is not an amount. Our own commands check it by their types."""
    if amount <= 0:
        raise ValueError(f"{amount} is not an amount of money")
    return amount
