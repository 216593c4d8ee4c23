"""A view: the rows of a projection in a table, and the position that they stand for.

Rows and position are written in one transaction. So whatever happens, a kill in the middle or the
same event twice, the table is the fold of the first `position` events, no more and no less.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Final, Generic, NamedTuple, Self

from esdemo.checkpoints import tag_of_events
from esdemo.errors import NotFound
from esdemo.events import RecordedEvent
from esdemo.projections.batches import Batch, Poison
from esdemo.projections.projection import Projection, R, by_stream
from esdemo.projections.tables import File, Generation, Message, SetAside, Table, generations
from esdemo.projections.troubles import NotThisLog, Outdated, TooLate
from esdemo.stores import EventStore

BATCH: Final = 1_000  # events in a transaction


class Lag(NamedTuple):
    """How far a view is behind its log."""

    events: int
    since: datetime | None  # when the oldest event that it has not seen was recorded


class View(Generic[R]):
    """A read model that follows a log: `catch_up` brings it to the end, `follow` keeps it there.

    path: a file of views, apart from the log; in memory by default. Many views can share it, and
    several processes one view: whichever is first projects, the others wait and find it done. With
    SQL, a view is read by its name: `SELECT * FROM balances WHERE balance < 0`.

    poison: what to do with an event that the projection raises an exception for. "stop" before it,
    "park" it and what follows in its row, or a function that repairs it: see `Batch`. What was
    parked or repaired is in `set_aside`. An event that the store itself cannot read always stops
    the view: give the store an upcaster.
    """

    def __init__(
        self,
        projection: Projection[R],
        store: EventStore,
        path: str | os.PathLike[str] = ":memory:",
        *,
        poison: Poison = "stop",
    ) -> None:
        if not (callable(poison) or poison in ("stop", "park")):
            raise ValueError(f"poison is 'stop', 'park' or a function, not {poison!r}")
        self.projection, self.store, self.poison = projection, store, poison
        self.tag = projection.tag + tag_of_events(store.vocabulary)
        self.file = File(path)
        self.file.transaction(self._begin)

    def _begin(self) -> None:
        if generations(self.file, self.projection.name) == (None, None):
            Table.create(self.file, self.projection, 1, self.tag, live=True)
            show(self.file, self.projection.name, 1)

    # Reading.

    @property
    def position(self) -> int:
        """The position that the rows stand for. In one log it never goes back."""
        return self.live().position

    @property
    def is_outdated(self) -> bool:
        """Whether other code, or an older version of this, made the rows that are live."""
        return self.live().tag != self.tag

    def live(self) -> Generation:
        """The generation that readers see."""
        live, _ = generations(self.file, self.projection.name)
        if live is None:
            raise NotFound(f"{self.file.path} has no view {self.projection.name!r} any more")
        return live

    def rows(self) -> dict[str, R]:
        """All rows by key. Raises Outdated where other code made them: read those with SQL."""
        return self._now().all()

    def get(self, key: str) -> R | None:
        """One row; None when there is none. Raises Outdated as `rows` does."""
        return self._now().load(key)

    def lag(self) -> Lag:
        """How many events the log has that the rows have not seen, and since when."""
        position = self.position
        behind = self.store.position - position
        first = next(self.store.recorded(after=position, until=position + 1), None)
        return Lag(behind, first.recorded_at if first else None)

    def set_aside(self) -> list[SetAside]:
        """The events that were parked or repaired."""
        return self._table(self.live()).set_aside()

    def wait_for(
        self,
        position: int,
        *,
        timeout: float = 5.0,
        pause: float = 0.01,
        sleep: Callable[[float], None] = time.sleep,
    ) -> int:
        """Wait until the rows have seen a position: `wait_for(decision.position)` after a command.

        So people read what they have written. Returns the position that was reached. Raises
        TooLate after `timeout` seconds: whatever projects is slow, stopped or not running.
        """
        give_up = time.monotonic() + timeout
        while (reached := self.position) < position:
            if time.monotonic() > give_up:
                raise TooLate(
                    f"{self.projection.name!r} is at {reached}, not at {position}, after "
                    f"{timeout:g} seconds: does somebody run catch_up or follow?"
                )
            sleep(pause)
        return reached

    # Projecting.

    def catch_up(self, *, until: int | None = None, batch: int = BATCH, tell: bool = True) -> int:
        """Project what the log has by now, or up to a position. Returns how many events that were.

        batch: events in a transaction. tell: whether the projection's messages go to the outbox;
        False for a new one whose past is no news. Raises Poisoned, Outdated and NotThisLog; what
        was projected before that stays.
        """
        if batch < 1:
            raise ValueError(f"a batch has 1 or more events, not {batch}")
        check_log(self.store, self.live())
        end = self.store.position if until is None else min(until, self.store.position)
        count = 0
        while done := self.file.transaction(partial(self._project, end, batch, tell)):
            count += done.count
            if done.stopped:
                raise done.stopped
        return count

    def follow(
        self,
        *,
        pause: float = 0.05,
        batch: int = BATCH,
        sleep: Callable[[float], None] = time.sleep,
    ) -> Iterator[int]:
        """Catch up for ever, and say after each round how many events it took.

        It polls: after a round that found nothing it sleeps for `pause` seconds. Leave the loop
        over it to stop. Raises what `catch_up` raises.
        """
        while True:
            count = self.catch_up(batch=batch)
            yield count
            if not count:
                sleep(pause)

    def receive(self, fact: RecordedEvent) -> bool:
        """Take an event that somebody delivers: perhaps twice, perhaps too early.

        True when the rows have seen it, now or long ago: it may be acknowledged. False when one
        before it is missing: it is to be brought again later.
        """

        def work() -> Batch[R] | None:
            live = self._up_to_date()
            if fact.position <= live.position:
                return None
            return self._batch(live, [fact] if fact.position == live.position + 1 else [])

        done = self.file.transaction(work)
        if done and done.stopped:
            raise done.stopped
        return done is None or done.count == 1

    def refold(self, streams: Iterable[str]) -> None:
        """Make the rows of some streams anew, such as one tenant's, and leave the others alone.

        The rows stay at their position, and nobody is told anything. ValueError unless each row
        belongs to one stream.
        """
        if self.projection.key is not by_stream:
            raise ValueError("a row of this projection mixes streams: rebuild all of it beside")
        self.file.transaction(lambda: self._refold(list(streams)))

    # The outbox.

    def messages(self) -> list[Message]:
        """What the projection has to say and nobody has sent yet, in order."""
        found = self.file.rows(
            "SELECT position, nth, message FROM outbox WHERE name = ? ORDER BY position, nth",
            (self.projection.name,),
        )
        name = self.projection.name
        return [Message(f"{name}/{position}/{nth}", text) for position, nth, text in found]

    def sent(self, message: Message) -> None:
        """Forget a message that has been sent. After a crash before this it is sent again."""
        _, position, nth = message.id.split("/")
        self.file.rows(
            "DELETE FROM outbox WHERE name = ? AND position = ? AND nth = ?",
            (self.projection.name, int(position), int(nth)),
        )

    def close(self) -> None:
        """Let go of the file."""
        self.file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"View({self.projection.name} at position {self.position})"

    def _now(self) -> Table[R]:
        return self._table(self._up_to_date())

    def _table(self, generation: Generation) -> Table[R]:
        return Table(self.file, self.projection, generation.number)

    def _up_to_date(self) -> Generation:
        live = self.live()
        if live.tag != self.tag:
            raise Outdated(
                f"{self.projection.name!r} was made by another version of its code: build this "
                "one beside it (projections.Beside(view)), compare, and switch"
            )
        return live

    def _project(self, end: int, size: int, tell: bool) -> Batch[R] | None:
        """A batch of the log, within a transaction; None at the end."""
        live = self._up_to_date()
        if live.position >= end:
            return None
        until = min(end, live.position + size)
        return self._batch(live, self.store.recorded(after=live.position, until=until), tell)

    def _batch(
        self, live: Generation, facts: Iterable[RecordedEvent], tell: bool = True
    ) -> Batch[R]:
        batch = Batch(self.projection, self._table(live), self.poison, tell=tell)
        batch.take(facts)
        batch.save()
        return batch

    def _refold(self, streams: list[str]) -> None:
        live = self._up_to_date()
        check_log(self.store, live)
        table = self._table(live)
        for stream in streams:
            until = self.store.version_after(stream, live.position)
            table.forget(stream)
            batch = Batch(self.projection, table, self.poison, tell=False)
            batch.take(islice(self.store.recorded(stream, until=until), until))
            if batch.stopped:
                raise batch.stopped
            batch.save_rows()


def check_log(store: EventStore, generation: Generation) -> None:
    """NotThisLog when rows stand on an event that the log has not, or has another one in its place.

    Their table is still served, and is wrong: the log is the truth.
    """
    place = generation.position
    here = next(store.event_rows(place - 1, place), None) if place else None
    if place and (here is None or here.hash != generation.hash):
        raise NotThisLog(
            f"the rows have seen position {place}, and this log, which has {store.position}, is "
            "not the one that they saw: was an older backup restored? Build the view beside "
            "(projections.Beside(view)) and switch"
        )


def show(file: File, name: str, generation: int) -> None:
    """Have readers find a generation under the view's name."""
    file.rows(f'DROP VIEW IF EXISTS "{name}"')
    file.rows(f'CREATE VIEW "{name}" AS SELECT * FROM "{name}__{generation}"')
