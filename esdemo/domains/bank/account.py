"""A bank account: its events, its commands, and the two functions that rule it.

One stream is one account. Money is a whole number of cents.
"""

from typing import Annotated, Final, Literal, assert_never

import msgspec
from msgspec.structs import replace

from esdemo.commands import Command, Rejected
from esdemo.events import Event, RecordedEvent
from esdemo.handlers import Decider

IN_CENTS: Final = {"unit": "cents"}
"""For whoever shows a number: it may be written as money."""

Cents = Annotated[int, msgspec.Meta(gt=0, le=10**15, extra=IN_CENTS)]
"""An amount: more than nothing and at most ten trillion, in cents."""
Limit = Annotated[int, msgspec.Meta(ge=0, le=10**15, extra=IN_CENTS)]
"""How far below zero a balance may fall, in cents."""
Change = Annotated[int, msgspec.Meta(ge=-(10**15), le=10**15, extra=IN_CENTS)]
"""What is added to a balance, in cents."""
Balance = Annotated[int, msgspec.Meta(extra=IN_CENTS)]
"""What is in an account, in cents; below zero in an overdraft."""
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class AccountOpened(Event):
    owner: Text
    overdraft: Limit


class MoneyDeposited(Event):
    amount: Cents
    source: Text


class MoneyWithdrawn(Event):
    amount: Cents
    purpose: Text


class FeeCharged(Event):
    amount: Cents
    service: Text


class TransferSent(Event):
    transfer: Text
    receiver: Text
    amount: Cents


class TransferReceived(Event):
    transfer: Text
    sender: Text
    amount: Cents


class TransferCompleted(Event):
    transfer: Text


class TransferReturned(Event):
    transfer: Text
    amount: Cents
    reason: Text


class EntryReversed(Event):
    entry: int
    change: Change
    reason: Text


class AccountClosed(Event):
    pass


AccountEvent = (
    AccountOpened
    | MoneyDeposited
    | MoneyWithdrawn
    | FeeCharged
    | TransferSent
    | TransferReceived
    | TransferCompleted
    | TransferReturned
    | EntryReversed
    | AccountClosed
)


class OpenAccount(Command):
    owner: Text
    overdraft: Limit = 0


class Deposit(Command):
    amount: Cents
    source: Text = "cash"


class Withdraw(Command):
    amount: Cents
    purpose: Text = "cash"


class ChargeFee(Command):
    amount: Cents
    service: Text


class SendTransfer(Command):
    transfer: Text
    receiver: Text
    amount: Cents


class ReceiveTransfer(Command):
    transfer: Text
    sender: Text
    amount: Cents


class CompleteTransfer(Command):
    transfer: Text


class ReturnTransfer(Command):
    transfer: Text
    reason: Text


class ReverseEntry(Command):
    """Undo what the event at version `entry` changed, by the opposite `change` in cents."""

    entry: int
    change: Change
    reason: Text


class CloseAccount(Command):
    pass


AccountCommand = (
    OpenAccount
    | Deposit
    | Withdraw
    | ChargeFee
    | SendTransfer
    | ReceiveTransfer
    | CompleteTransfer
    | ReturnTransfer
    | ReverseEntry
    | CloseAccount
)


Pending = tuple[tuple[str, int], ...]
"""Transfers that were sent and neither completed nor returned: (transfer, cents)."""


class Account(msgspec.Struct, frozen=True):
    """What the rules need to know about an account: no more, and never stored as the truth."""

    balance: Balance = 0
    overdraft: Limit = 0
    owner: str = ""
    status: Literal["new", "open", "closed"] = "new"
    entries: int = 0  # how many events so far, so the last entry's version
    pending: Pending = ()
    reversed: tuple[int, ...] = ()  # the versions of the entries that were undone

    @property
    def available(self) -> int:
        """What can be taken out, in cents."""
        return self.balance + self.overdraft

    def waiting(self, transfer: str) -> int:
        """The cents of a transfer that is on its way; 0 when it is not."""
        return dict(self.pending).get(transfer, 0)


def decide(command: AccountCommand, account: Account) -> list[AccountEvent]:
    """The rules of the bank. Raises Rejected with the reason."""
    match command:
        case OpenAccount() if account.status != "new":
            raise Rejected("the account exists already")
        case OpenAccount(owner, overdraft):
            return [AccountOpened(owner, overdraft)]
        case _ if account.status == "new":
            raise Rejected("there is no such account")
        case _ if account.status == "closed":
            raise Rejected("the account is closed")
        case Withdraw(amount) | ChargeFee(amount) if amount > account.available:
            raise Rejected(f"{amount} is more than the available {account.available}")
        case SendTransfer(_, _, amount) if amount > account.available:
            raise Rejected(f"{amount} is more than the available {account.available}")
        case SendTransfer(_, receiver) if not receiver.isprintable():
            raise Rejected(f"no account is called {receiver!r}")
        case SendTransfer(transfer) if account.waiting(transfer):
            raise Rejected(f"transfer {transfer} is already on its way")
        case CompleteTransfer(transfer) | ReturnTransfer(transfer) if not account.waiting(transfer):
            raise Rejected(f"transfer {transfer} is not on its way")
        case ReverseEntry(entry) if not 1 <= entry <= account.entries:
            raise Rejected(f"there is no entry {entry}")
        case ReverseEntry(entry) if entry in account.reversed:
            raise Rejected(f"entry {entry} is reversed already")
        case ReverseEntry(_, change) if -change > account.available:
            raise Rejected(f"{-change} is more than the available {account.available}")
        case CloseAccount() if account.balance != 0:
            raise Rejected(f"the balance is {account.balance}, not 0")
        case CloseAccount() if account.pending:
            raise Rejected("a transfer is still on its way")
        case Deposit(amount, source):
            return [MoneyDeposited(amount, source)]
        case Withdraw(amount, purpose):
            return [MoneyWithdrawn(amount, purpose)]
        case ChargeFee(amount, service):
            return [FeeCharged(amount, service)]
        case SendTransfer(transfer, receiver, amount):
            return [TransferSent(transfer, receiver, amount)]
        case ReceiveTransfer(transfer, sender, amount):
            return [TransferReceived(transfer, sender, amount)]
        case CompleteTransfer(transfer):
            return [TransferCompleted(transfer)]
        case ReturnTransfer(transfer, reason):
            return [TransferReturned(transfer, account.waiting(transfer), reason)]
        case ReverseEntry(entry, change, reason):
            return [EntryReversed(entry, change, reason)]
        case CloseAccount():
            return [AccountClosed()]
        case _:
            assert_never(command)


def evolve(account: Account, event: AccountEvent) -> Account:
    """What each fact changes. Attributes, not captured patterns: this runs for every event read."""
    entries = account.entries + 1
    match event:
        case MoneyDeposited() | TransferReceived():
            return replace(account, entries=entries, balance=account.balance + event.amount)
        case MoneyWithdrawn() | FeeCharged():
            return replace(account, entries=entries, balance=account.balance - event.amount)
        case TransferSent():
            pending = (*account.pending, (event.transfer, event.amount))
            balance = account.balance - event.amount
            return replace(account, entries=entries, balance=balance, pending=pending)
        case TransferCompleted():
            pending = _without(account.pending, event.transfer)
            return replace(account, entries=entries, pending=pending)
        case TransferReturned():
            pending = _without(account.pending, event.transfer)
            balance = account.balance + event.amount
            return replace(account, entries=entries, balance=balance, pending=pending)
        case EntryReversed():
            undone = (*account.reversed, event.entry)
            balance = account.balance + event.change
            return replace(account, entries=entries, balance=balance, reversed=undone)
        case AccountOpened():
            return Account(0, event.overdraft, event.owner, "open", entries)
        case AccountClosed():
            return replace(account, entries=entries, status="closed")
        case _:
            assert_never(event)


def reversal(recorded: RecordedEvent, reason: str) -> ReverseEntry:
    """The command that undoes a recorded entry, with the amount taken from the record.

    ValueError for what has no amount, and for transfers: those are returned, not reversed.
    """
    match recorded.event:
        case MoneyDeposited(amount):
            return ReverseEntry(recorded.version, -amount, reason)
        case MoneyWithdrawn(amount) | FeeCharged(amount):
            return ReverseEntry(recorded.version, amount, reason)
        case event:
            raise ValueError(
                f"{event!r} is not a deposit, withdrawal or fee: it cannot be reversed"
            )


def _without(pending: Pending, transfer: str) -> Pending:
    return tuple(entry for entry in pending if entry[0] != transfer)


rules = Decider(
    decide,
    evolve,
    Account(),
    invariants={
        "never below the overdraft limit": lambda account: account.available >= 0,
        "a closed account is empty": lambda account: (
            account.status != "closed" or (account.balance == 0 and not account.pending)
        ),
        "no entry is reversed twice": lambda account: (
            len(set(account.reversed)) == len(account.reversed)
        ),
    },
)
