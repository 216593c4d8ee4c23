"""Restoring: rows as another store kept them, checked one by one, into this one."""

from collections.abc import Iterable, Iterator

from esdemo.commands import Command
from esdemo.errors import Misfit, Unreadable
from esdemo.events import Event
from esdemo.stores import EventStore
from esdemo.stores.rows import DecisionRow, End, EventRow, Head, Tip, Transaction


def restore(store: EventStore, history: Iterable[Transaction]) -> None:
    """Transactions as another store kept them, to follow those in here: all of them, or none.

    Raises Misfit for rows that cannot come next, Unreadable for a payload that this store does
    not know, and InvalidStream and WrongOwner as `append` does; what `history` raises passes
    through. Nothing is restored then. The write lock is held to the end: 90,000 events take 5
    seconds, in which other writers wait.
    """
    store.check_owner()
    store.home.transaction(lambda: _restore(store, history))


def _restore(store: EventStore, history: Iterable[Transaction]) -> None:
    for transaction in history:
        if not (transaction.events or transaction.decision):
            continue
        store.check_name(transaction.stream)
        head = store.home.head(transaction.stream)
        if why := misfit(head, transaction):
            raise Misfit(why)
        decision = transaction.decision
        if decision and store.home.decision(decision.command_id):
            raise Misfit(f"command id {decision.command_id!r} is used twice")
        _check_kinds(store, transaction)
        if not store.home.insert(*transaction):
            raise Misfit(f"{transaction.stream!r} does not end where these rows begin")


def _check_kinds(store: EventStore, transaction: Transaction) -> None:
    """Misfit where a command stands among the events, or an event as the command."""
    decode = store.vocabulary.decode
    for row in _rows(transaction):
        kind = Event if isinstance(row, EventRow) else Command
        try:
            message = decode(row.data)
        except Exception as error:
            raise Unreadable(place(row), f"{error} in {row.data[:80]!r}") from error
        if not isinstance(message, kind):
            raise Misfit(f"{message!r:.200} is not a {kind.__name__}")


def _rows(transaction: Transaction) -> Iterator[EventRow | DecisionRow]:
    yield from transaction.events
    if transaction.decision:
        yield transaction.decision


def place(row: EventRow | DecisionRow) -> str:
    """Where a row stands, in words."""
    if isinstance(row, DecisionRow):
        return f"decision {row.number} ({row.stream!r})"
    return f"position {row.position} ({row.stream!r}, version {row.version})"


def misfit(head: Head, transaction: Transaction) -> str | None:
    """Why these rows, written together, cannot come next; None when they can.

    head: of the transaction's stream.
    """
    (version, digest), (position, number, decided, last) = head
    for row in transaction.events:
        if row.position != position + 1:
            why = f"position {position + 1} is missing"
        elif row.stream != transaction.stream:
            why = f"decision {number + 1} has an event of {transaction.stream!r} here"
        elif row.version != version + 1:
            why = f"version {version + 1} of the stream is missing"
        elif row.hash != row.link(digest):
            why = "its hash is not that of its content and the hash before it"
        elif row.recorded_at < last:
            why = "it was recorded before what stands in front of it"
        else:
            version, digest, position, last = row.version, row.hash, row.position, row.recorded_at
            continue
        return f"{place(row)}: {why}"
    reached = Head(Tip(version, digest), End(position, number, decided, last))
    return transaction.decision and _misjudged(head, reached, transaction, transaction.decision)


def _misjudged(
    head: Head, reached: Head, transaction: Transaction, decision: DecisionRow
) -> str | None:
    """Why this decision cannot come next, nor have led to these rows.

    head, reached: before and after its events.
    """
    rows = transaction.events
    if decision.number != head.end.number + 1:
        wrong = f"decision {head.end.number + 1} is missing"
    elif decision.recorded_at < head.end.recorded_at:
        wrong = "it was recorded before what stands in front of it"
    elif decision.position > reached.end.position:
        wrong = f"position {reached.end.position + 1} is missing"
    elif decision.version != reached.tip.version:
        wrong = f"the stream was at version {reached.tip.version}, not {decision.version}"
    elif (decision.position, decision.events) != (reached.end.position, len(rows)):
        wrong = "its events are not where it says"
    elif any(row.why != decision.why for row in rows):
        wrong = "its command, correlation, actor or times are not those of its events"
    elif decision.reason is not None and rows:
        wrong = "it was refused, and yet it has events"
    elif decision.hash != decision.link(head.end.hash, reached.tip.hash):
        wrong = "its hash is not that of its content and the hash before it"
    else:
        return None
    return f"{place(decision)}: {wrong}"
