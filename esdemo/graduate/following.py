"""Following: an application's log, mirrored into an esdemo store, as far as it has come.

The place reached is the last fact of the mirror itself, so the two cannot disagree. A batch of
events is one transaction. A follower that is killed goes on where the last whole batch ended, and
two at once wait for each other.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tqdm import tqdm

from esdemo.audit import restore
from esdemo.clocks import to_text
from esdemo.errors import InvalidStream, Unreadable
from esdemo.events import chain
from esdemo.graduate.foreign import NOT_IN_THE_LOG, ForeignVocabulary, stored
from esdemo.graduate.reading import LogRow
from esdemo.graduate.sources import PAGE, Source, place
from esdemo.graduate.troubles import NotFollowed, OtherDatabase, SourceRewritten
from esdemo.stores import EventStore
from esdemo.stores.rows import End, EventRow, Head, Tip, Transaction

if TYPE_CHECKING:
    from eventsourcing.application import Application

BEGINNING: Final = to_text(datetime(1970, 1, 1, tzinfo=UTC))
"""When an event without a time was recorded, in front of all that have one."""

Who = Callable[[Any], str]


class Followed(NamedTuple):
    """How far a mirror has come."""

    events: int  # that were added now
    notification_id: int  # the place in their log that is reached
    waiting: bool  # whether more stand behind a place that is not settled yet

    def __repr__(self) -> str:
        more = "; more is there, behind a transaction that is still open" if self.waiting else ""
        return f"{self.events} events followed, up to notification {self.notification_id}{more}"


def follow(
    application: "Application[Any]",
    store: EventStore,
    *,
    actor: Who | None = None,
    patience: float = 1.0,
    batch: int = PAGE,
) -> Followed:
    """Add to a mirror what their log has more than it, and say how far it has come.

    store: one that was opened with `vocabulary(application)`; empty at first, then always the same
    one for the same application. A stream is an aggregate, its name the aggregate's id as text. An
    event's own timestamp is its effective time, exactly. Its recorded time is the same, but never
    before that of the event in front of it, because a log is in the order of its places: clocks
    of two servers may differ. An event that has no timestamp takes that of the one before.

    actor: finds in one of their events who did it, if their events say so; their log itself does
    not, and knows no commands and no refusals either. Snapshots and the places that a process has
    reached are not in a log, so not in the mirror. patience: in PostgreSQL, the seconds to
    wait for a transaction that may still fill an empty place; then `waiting` is true, and what
    stands behind it is left for the next call, so that no event is missed. batch: how many events
    are read, and kept in one transaction, at a time.

    Raises SourceRewritten, UnknownTopic, UnreadableState or OtherDatabase, all NotFollowed, with
    the place; nothing of the batch at hand is kept then, and what came before stays. Needs memory
    for one batch. Shows a progress bar when it takes longer than two seconds.
    """
    if not isinstance(store.vocabulary, ForeignVocabulary):
        raise OtherDatabase(
            "the mirror", "open its store with graduate.vocabulary(application) as the vocabulary"
        )
    if batch < 1:
        raise ValueError(f"a batch has at least one event, not {batch}")
    source, added = Source(application), 0
    with tqdm(desc="following", unit=" events", delay=2, leave=False) as bar:
        while True:
            some = _Batch(source, store, actor or _unknown)
            some.read(batch, patience)
            restore(store, some)
            added += some.added
            bar.update(some.added)
            if not some.added:
                return Followed(added, some.reached, some.waiting)


def last_row(store: EventStore) -> LogRow | None:
    """What a mirror has of their log, the last of it. OtherDatabase for another kind of store."""
    end = store.position
    try:
        found = [fact.event.row for fact in store.recorded(after=end - 1)]  # type: ignore[attr-defined]
    except (Unreadable, AttributeError) as error:
        raise OtherDatabase(
            "the mirror",
            f"position {end} is not of a followed log ({error}): give it a store of its own",
        ) from error
    return found[-1] if found else None


class _Batch:
    """The transactions of one batch: read ahead, then made one by one, each behind the last."""

    def __init__(self, source: Source, store: EventStore, who: Who) -> None:
        self._source, self._store, self._who = source, store, who
        self.added = self.reached = 0
        self.waiting = False
        self._ahead: list[LogRow] = []
        self._versions: dict[str, int] = {}  # the last of each aggregate, as they count
        self._tips: dict[str, Tip] = {}
        self._end: End | None = None

    def read(self, size: int, patience: float) -> None:
        """Read ahead, before other writers of the mirror are kept out."""
        last = last_row(self._store)
        self.reached = last.notification_id if last else 0
        self._ahead, self.waiting = self._source.settled(self.reached, size, patience)

    def __iter__(self) -> Iterator[Transaction]:
        """Within the transaction that keeps them: neighbours of one aggregate go in together."""
        last = last_row(self._store)
        if last:
            self._source.check(last)
            self.reached = last.notification_id
        # Another follower may have been faster.
        new = [row for row in self._ahead if row.notification_id > self.reached]
        for stream, rows in groupby(new, key=attrgetter("originator_id")):
            transaction = self._transaction(stream, rows)
            yield transaction
            self.added += len(transaction.events)
            self.reached = new[self.added - 1].notification_id

    def _head(self, stream: str) -> Head:
        """What comes next must follow this. Nobody else writes, so what we wrote is the end."""
        if self._end and (tip := self._tips.get(stream)):
            return Head(tip, self._end)
        return self._store.home.head(stream)

    def _transaction(self, stream: str, rows: Iterable[LogRow]) -> Transaction:
        head, events = self._head(stream), list[EventRow]()
        for row in rows:
            event = self._source.event(row)
            self._check(row, head)
            events.append(_event_row(row, head, event, self._who(event)))
            head = head.after(Transaction(events[-1:]))
        self._tips[stream], self._end = head.tip, head.end
        return Transaction(events)

    def _check(self, row: LogRow, head: Head) -> None:
        """NotFollowed for an id that names no stream, and for a version that was there already."""
        stream, version = row.originator_id, self._versions.get(row.originator_id)
        if version is None:
            try:
                self._store.check_name(stream)
            except InvalidStream as error:
                raise NotFollowed(place(row), error) from error
        if version is None and head.tip.version:
            (event,) = self._store.events(stream, after=head.tip.version - 1)
            version = event.row.originator_version
        if version is not None and row.originator_version <= version:
            raise SourceRewritten(
                place(row),
                f"the mirror has had version {version} of this aggregate already: were its events "
                "deleted and others written in their place? follow into a new store",
            )
        self._versions[stream] = row.originator_version


def _event_row(row: LogRow, head: Head, event: Any, actor: str) -> EventRow:
    at = getattr(event, "timestamp", None)
    known = isinstance(at, datetime) and at.tzinfo is not None
    effective = to_text(at) if known else head.end.recorded_at or BEGINNING  # type: ignore[arg-type]
    recorded = max(effective, head.end.recorded_at)
    data, why = stored(row), ("", "", actor, recorded, effective)
    version, stream = head.tip.version + 1, row.originator_id
    digest = chain(head.tip.hash, stream, version, data, *why)
    return EventRow(head.end.position + 1, stream, version, data, *why, digest)


def _unknown(event: Any) -> str:
    return NOT_IN_THE_LOG
