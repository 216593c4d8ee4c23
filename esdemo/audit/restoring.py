"""Restoring: rows as another store kept them, checked one by one, into this one."""

from collections.abc import Iterable

from esdemo.audit.fitting import Row, fit, place
from esdemo.commands import Command
from esdemo.errors import Misfit, Unreadable
from esdemo.events import Event, Message
from esdemo.stores import EventStore
from esdemo.stores.rows import Transaction


def restore(store: EventStore, history: Iterable[Transaction]) -> None:
    """Transactions as another store kept them, to follow those in here: all of them, or none.

    Raises Misfit for rows that cannot come next, Unreadable for a payload that this store does
    not know, and InvalidStream and WrongOwner as `append` does; what `history` raises passes
    through. Nothing is restored then. The write lock is held to the end: 90,000 events take 5
    seconds, in which other writers wait.
    """
    store.check_owner()
    store.alone(lambda: _restore(store, history))


def _restore(store: EventStore, history: Iterable[Transaction]) -> None:
    for transaction in history:
        if not (transaction.events or transaction.decision):
            continue
        store.check_name(transaction.stream)
        head = store.home.head(transaction.stream)
        fit(head.tip, head.end, transaction)
        _check_messages(store, transaction)
        if not store.home.insert(*transaction):
            raise Misfit(f"{transaction.stream!r} does not end where these rows begin")


def _check_messages(store: EventStore, transaction: Transaction) -> None:
    """Misfit for a command id that was used before, or a message of the wrong kind."""
    for row in transaction.events:
        _check_kind(store, row, Event)
    if decision := transaction.decision:
        _check_kind(store, decision, Command)
        if store.home.decision(decision.command_id):
            raise Misfit(f"command id {decision.command_id!r} is used twice")


def _check_kind(store: EventStore, row: Row, kind: type[Message]) -> None:
    """Misfit where a command stands among the events, or an event as the command."""
    try:
        message = store.vocabulary.decode(row.data)
    except Exception as error:  # msgspec's own, or whatever an upcaster stumbled over
        raise Unreadable(place(row), f"{error} in {row.data[:80]!r}") from error
    if not isinstance(message, kind):
        raise Misfit(f"{place(row)}: {message!r:.200} is not a {kind.__name__}")
