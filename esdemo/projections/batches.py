"""A stretch of the log on its way into a table: folded in memory, then written once."""

from collections.abc import Callable, Iterable
from typing import Any, Final, Generic, Literal

from msgspec.structs import replace

from esdemo.errors import EsdemoError, StoreError
from esdemo.events import Event, RecordedEvent
from esdemo.projections.projection import Projection, R
from esdemo.projections.tables import SetAside, Table
from esdemo.projections.troubles import Poisoned

Repair = Callable[[RecordedEvent, Exception], Event | None]
"""From an event that cannot be taken, and why, to what is to be taken instead (None: nothing)."""
Poison = Literal["stop", "park"] | Repair
WAITS: Final = "waits behind an event of this row that was set aside"


class Batch(Generic[R]):
    """The rows that some events touch, each read once and written once.

    An event that the projection cannot take is poison. It stops the batch before it; or it is
    parked, and all later ones of its row with it, since they build on it; or it is taken as a
    function repairs it. Whichever was chosen, it is noted.
    """

    def __init__(
        self, projection: Projection[R], table: Table[R], poison: Poison, *, tell: bool
    ) -> None:
        self.projection, self.table, self.poison, self.tell = projection, table, poison, tell
        self.rows: dict[str, R | None] = {}
        self.aside: list[SetAside] = []
        self.messages: list[tuple[str, int, int, str]] = []
        self.count = 0
        self.last: RecordedEvent | None = None
        self.stopped: EsdemoError | None = None
        parked = (each for each in table.set_aside() if not each.repaired)
        self.waiting = {each.key for each in parked}

    def take(self, facts: Iterable[RecordedEvent]) -> None:
        """Fold these events, up to one that stops us: `stopped` then says why."""
        try:
            for fact in facts:
                self._take(fact)
                self.last = fact
                self.count += 1
        except EsdemoError as error:
            self.stopped = error

    def save(self) -> None:
        """Write rows, messages and position. The caller's transaction makes them one."""
        if self.last is None:
            return
        self.save_rows()
        if self.messages:
            self.table.file.many("INSERT INTO outbox VALUES (?, ?, ?, ?)", self.messages)
        self.table.reach(self.last.position, self.last.hash)

    def save_rows(self) -> None:
        """Write the rows, and what was set aside: the table stays at its position."""
        self.table.save(self.rows)
        if self.aside:
            self.table.note(self.aside)

    def _take(self, fact: RecordedEvent) -> None:
        key: str | None = fact.stream  # whose it is, should the projection be unable to say
        try:
            key = self.projection.key(fact)
            if key is None:
                return
            if key in self.waiting:
                self.aside.append(SetAside(fact.position, key, WAITS, repaired=False))
                return
            self._evolve(key, fact)
        except StoreError:
            raise  # trouble with the table, not with the event
        except Exception as error:
            self._set_aside(key or fact.stream, fact, error)

    def _evolve(self, key: str, fact: RecordedEvent) -> None:
        before = self.rows[key] if key in self.rows else self.table.load(key)
        after = self.projection.evolve(before, fact)
        if after is not None and type(after) is not self.projection.row:
            wanted = self.projection.row.__name__
            raise TypeError(f"evolve returned {after!r:.80}, which is not a {wanted}")
        if self.tell:
            told = self.projection.tells(before, after, fact)
            place = self.projection.name, fact.position
            self.messages += [(*place, nth, text) for nth, text in enumerate(told, 1)]
        self.rows[key] = after

    def _set_aside(self, key: str, fact: RecordedEvent, error: Exception) -> None:
        why = f"{type(error).__name__}: {error} in {fact!r:.200}"
        if self.poison == "stop":
            raise Poisoned(self.projection.name, fact.position, why) from error
        if self.poison == "park":
            self.waiting.add(key)
            self.aside.append(SetAside(fact.position, key, why, repaired=False))
            return
        self._repair(self.poison, fact, error)
        self.aside.append(SetAside(fact.position, key, why, repaired=True))

    def _repair(self, repair: Any, fact: RecordedEvent, error: Exception) -> None:
        """Take what the repair makes of it. What is still poison then, stops."""
        event = repair(fact, error)
        if event is None:
            return
        try:
            repaired = replace(fact, event=event)
            key = self.projection.key(repaired)
            if key is not None:
                self._evolve(key, repaired)
        except StoreError:
            raise
        except Exception as again:
            why = f"repaired as {event!r:.200} it is {type(again).__name__}: {again}"
            raise Poisoned(self.projection.name, fact.position, why) from again
