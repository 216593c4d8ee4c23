"""The books of the whole bank: double entry, so that money neither appears nor vanishes.

Every event of an account moves its amount between that account and one outside of it (cash, fees,
a transfer on its way). What one gains the other loses: all accounts together are zero after every
event (Luca Pacioli, Summa de arithmetica, 1494). Derived from the log; nothing is stored.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple, assert_never

from esdemo.domains.bank.account import (
    Account,
    AccountClosed,
    AccountEvent,
    AccountOpened,
    EntryReversed,
    FeeCharged,
    MoneyDeposited,
    MoneyWithdrawn,
    TransferCompleted,
    TransferReceived,
    TransferReturned,
    TransferSent,
    evolve,
)
from esdemo.events import RecordedEvent


class Posting(NamedTuple):
    """A line in the books."""

    position: int  # of the event
    account: str  # "account alice", "outside cash", "outside fees", "transfer t-1"
    cents: int  # gained, or lost when below zero


Outside = dict[tuple[str, int], str]
"""(stream, version) -> the account on the other side of that entry: a reversal needs it."""


def postings(facts: Iterable[RecordedEvent]) -> Iterator[Posting]:
    """The lines of the books: two for each event that moves money, none for the others.

    facts: the log from its beginning, in order.
    """
    outside: Outside = {}
    for fact in facts:
        yield from _postings(fact, outside)


def balances(facts: Iterable[RecordedEvent]) -> dict[str, int]:
    """What every account has, in cents, together zero. Transfers that have arrived are left out."""
    books = Counter[str]()
    for posting in postings(facts):
        books[posting.account] += posting.cents
    return {
        name: cents for name, cents in books.items() if cents or not name.startswith("transfer ")
    }


def imbalances(facts: Iterable[RecordedEvent]) -> Iterator[str]:
    """What is wrong with the books, each with its place; nothing when they balance.

    Checked after every event: all accounts together are zero; an account has in the books what
    `evolve` makes of its events; a transfer gives no more than was sent; a reversal undoes exactly
    what its entry changed.
    """
    outside: Outside = {}
    books = Counter[str]()
    states = dict[str, Account]()
    changed = dict[tuple[str, int], int]()
    for fact in facts:
        where = f"position {fact.position} ({fact.stream!r}, version {fact.version})"
        lines = list(_postings(fact, outside))
        for posting in lines:
            books[posting.account] += posting.cents
        before = states.get(fact.stream, Account())
        after = states[fact.stream] = evolve(before, fact.event)  # type: ignore[arg-type]
        changed[fact.stream, fact.version] = after.balance - before.balance
        if sum(posting.cents for posting in lines):
            yield f"{where}: the books no longer add up to zero"
        if books[_name(fact.stream)] != after.balance:
            booked = books[_name(fact.stream)]
            yield f"{where}: the books say {booked}, the account {after.balance}"
        for posting in lines:
            if posting.account.startswith("transfer ") and books[posting.account] < 0:
                yield f"{where}: {posting.account} gave {-books[posting.account]} too much"
        if isinstance(fact.event, EntryReversed):
            undone = changed.get((fact.stream, fact.event.entry))
            if undone != -fact.event.change:
                yield f"{where}: changed {fact.event.change} to undo a change of {undone}"


def _postings(fact: RecordedEvent, outside: Outside) -> Iterator[Posting]:
    movement = _movement(fact, outside)
    if movement:
        other, cents = movement
        outside[fact.stream, fact.version] = other
        yield Posting(fact.position, _name(fact.stream), cents)
        yield Posting(fact.position, other, -cents)


def _movement(fact: RecordedEvent, outside: Outside) -> tuple[str, int] | None:
    """The account on the other side, and the cents that come from there."""
    event: AccountEvent = fact.event  # type: ignore[assignment]
    match event:
        case MoneyDeposited():
            return f"outside {event.source}", event.amount
        case MoneyWithdrawn():
            return f"outside {event.purpose}", -event.amount
        case FeeCharged():
            return "outside fees", -event.amount
        case TransferSent():
            return f"transfer {event.transfer}", -event.amount
        case TransferReceived() | TransferReturned():
            return f"transfer {event.transfer}", event.amount
        case EntryReversed():
            return outside.get((fact.stream, event.entry), "outside unexplained"), event.change
        case AccountOpened() | TransferCompleted() | AccountClosed():
            return None
        case _:
            assert_never(event)


def _name(stream: str) -> str:
    return f"account {stream}"
