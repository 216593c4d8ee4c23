"""Rows in messages: what was written together is one message, so it is kept or not, as a whole."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import msgspec

from esdemo import errors
from esdemo.stores.home import T
from esdemo.stores.jetstream.connection import Connection
from esdemo.stores.memory import MemoryHome
from esdemo.stores.rows import DecisionRow, EventRow, Head, Transaction

PAGE: Final = 1_000  # messages fetched at once
TRIES: Final = 1_000  # of a write, while others are faster


class Overtaken(Exception):
    """Somebody else wrote first; no more than a reason to begin again."""


class JetStreamHome:
    """What a store asks of a stream.

    A stream finds a message by its sequence and by nothing else. So each client folds all messages
    into the rows that they hold, in memory, and asks before each answer which ones are new.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._rows = MemoryHome()
        self._sequence = 0  # of the last message in there
        self._staged: list[Transaction] | None = None  # within a transaction: what it will publish

    # Writing.

    def transaction(self, work: Callable[[], T]) -> T:
        """Do the work on all that is known; begin again when somebody else was faster."""
        if self._staged is not None:
            return self._part(self._staged, work)
        for _ in range(TRIES):
            self._catch_up()
            self._staged = []
            try:
                return self._whole(partial(self._published, self._staged, work))
            except Overtaken:
                continue
            finally:
                self._staged = None
        raise errors.Busy(f"{self.connection.name}: others were faster {TRIES} times: try again")

    def insert(self, events: Sequence[EventRow], decision: DecisionRow | None) -> bool:
        rows = Transaction(events, decision)
        if self._staged is not None:
            return self._stage(self._staged, rows)
        staged: list[Transaction] = []
        try:
            return self._whole(partial(self._published, staged, partial(self._stage, staged, rows)))
        except Overtaken:
            return False

    def _stage(self, staged: list[Transaction], rows: Transaction) -> bool:
        """Keep the rows for ourselves, to be published."""
        if kept := self._rows.insert(*rows):
            staged.append(rows)
        return kept

    def _part(self, staged: list[Transaction], work: Callable[[], T]) -> T:
        """Work inside of other work."""
        before = len(staged)
        try:
            return self._rows.transaction(work)
        except BaseException:
            del staged[before:]
            raise

    def _published(self, staged: list[Transaction], work: Callable[[], T]) -> T:
        done = work()
        if staged and not self._publish(staged):
            raise Overtaken
        return done

    def _whole(self, work: Callable[[], T]) -> T:
        """Keep what the work keeps, or nothing. An interrupt may come between any two lines, so
        that nobody can say what we know: then everything is read again."""
        try:
            return self._rows.transaction(work)
        except Exception:
            raise
        except BaseException:
            self._rows, self._sequence = MemoryHome(), 0
            raise

    def _publish(self, rows: Sequence[Transaction]) -> bool:
        """One message for all. Its id is the command's, which the servers know for two minutes."""
        decided = [each.decision.command_id for each in rows if each.decision]
        name = decided[0] if len(decided) == 1 else ""
        stored = self.connection.publish(msgspec.json.encode(rows), self._sequence, name)
        self._sequence += stored
        return stored

    # Reading.

    def _catch_up(self) -> None:
        """Fold what is new, unless a transaction is under way, which stands on what it knows."""
        if self._staged is not None:
            return
        last = self.connection.last(self._sequence)
        while self._sequence < last:
            until = min(last, self._sequence + PAGE)
            for data in self.connection.messages(self._sequence, until):
                self._fold(data)

    def _fold(self, data: bytes) -> None:
        try:
            rows = msgspec.json.decode(data, type=list[Transaction])
        except msgspec.MsgspecError as error:
            raise self._damaged(f"cannot be read ({error})") from error
        self._whole(partial(self._take, rows))

    def _take(self, rows: list[Transaction]) -> None:
        if not all(self._rows.insert(*each) for each in rows):
            raise self._damaged("does not follow the one before it")
        self._sequence += 1

    def _damaged(self, why: str) -> errors.Damaged:
        return errors.Damaged(
            f"{self.connection.name}: message {self._sequence + 1} {why}: restore a backup"
        )

    @property
    def _known(self) -> MemoryHome:
        """All rows of this moment."""
        self._catch_up()
        return self._rows

    def seen(self) -> object:
        return object()  # asking would be a journey to the servers

    def head(self, stream: str) -> Head:
        return self._known.head(stream)

    def end(self) -> tuple[int, int]:
        return self._known.end()

    def payloads(self, stream: str, after: int, until: int) -> list[tuple[int, str | None]]:
        return self._known.payloads(stream, after, until)

    def events(self, stream: str | None, after: int, until: int) -> list[EventRow]:
        return self._known.events(stream, after, until)

    def columns(self, names: Sequence[str], after: int, until: int) -> list[tuple[Any, ...]]:
        return self._known.columns(names, after, until)

    def decisions(self, stream: str | None, after: int, until: int) -> list[DecisionRow]:
        return self._known.decisions(stream, after, until)

    def decision(self, command_id: str) -> DecisionRow | None:
        return self._known.decision(command_id)

    def reached(self, stream: str | None, limit: str | int, last: int) -> int:
        return self._known.reached(stream, limit, last)

    def streams(self) -> list[str]:
        return self._known.streams()

    def counts(self) -> tuple[int, int]:
        return self._known.counts()

    def faults(self) -> list[str]:
        return self.connection.faults()

    def backup(self, path: str) -> None:
        raise errors.StoreError(
            f"{self.connection.name}: a stream is copied with `nats stream backup`, and a history "
            "with interchange.export_history"
        )

    def close(self) -> None:
        self.connection.close()
