"""History in memory: for tests, for what-ifs and for a browser. Forgotten at the end."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

from esdemo import errors
from esdemo.clocks import Clock, utc_now
from esdemo.stores.home import T
from esdemo.stores.rows import DecisionRow, End, EventRow, Head, Tip
from esdemo.stores.store import PAGE, EventStore


class MemoryStore(EventStore):
    """A store whose history is forgotten when nobody holds it any more."""

    def __init__(self, vocabulary: Any, clock: Clock = utc_now) -> None:
        super().__init__(MemoryHome(), vocabulary, clock)


class MemoryHome:
    """Keeps rows of strings, not objects, so it can do nothing that a disk could not."""

    def __init__(self) -> None:
        self._log: list[EventRow] = []
        self._streams: dict[str, list[EventRow]] = {}
        self._decided: list[DecisionRow] = []
        self._by_id: dict[str, DecisionRow] = {}

    def transaction(self, work: Callable[[], T]) -> T:
        before = self.counts()
        try:
            return work()
        except BaseException:
            if self.counts() != before:
                self._cut(*before)
            raise

    def _cut(self, events: int, decisions: int) -> None:
        """Forget what stands behind so many events and decisions."""
        for row in reversed(self._log[events:]):
            self._streams[row.stream].pop()
            if row.version == 1:
                del self._streams[row.stream]
        for decided in self._decided[decisions:]:
            del self._by_id[decided.command_id]
        del self._log[events:], self._decided[decisions:]

    def insert(self, events: Sequence[EventRow], decision: DecisionRow | None) -> bool:
        return self._are_next(events, decision) and self.transaction(
            lambda: self._keep(events, decision)
        )

    def _keep(self, events: Sequence[EventRow], decision: DecisionRow | None) -> bool:
        self._log.extend(events)
        for row in events:
            self._streams.setdefault(row.stream, []).append(row)
        if decision:
            self._decided.append(decision)
            self._by_id[decision.command_id] = decision
        return True

    def _are_next(self, events: Sequence[EventRow], decision: DecisionRow | None) -> bool:
        """What the triggers of a database would ask."""
        head = self.head(events[0].stream if events else decision.stream if decision else "")
        last = head.end.recorded_at
        for count, row in enumerate(events, 1):
            place = (head.end.position + count, head.tip.version + count)
            if (row.position, row.version) != place or row.recorded_at < last:
                return False
        if decision is None:
            return True
        place = (head.tip.version + len(events), head.end.position + len(events))
        return (
            decision.number == head.end.number + 1
            and (decision.version, decision.position) == place
            and decision.command_id not in self._by_id
            and decision.recorded_at >= last
        )

    def seen(self) -> object:
        return self.counts()  # two stores may have the same memory for a home

    def head(self, stream: str) -> Head:
        rows = self._streams.get(stream)
        tip = Tip(rows[-1].version, rows[-1].hash) if rows else Tip()
        decided = self._decided[-1].hash if self._decided else End().hash
        last = [rows[-1].recorded_at for rows in (self._log, self._decided) if rows]
        return Head(tip, End(*self.counts(), decided, max(last, default="")))

    def end(self) -> tuple[int, int]:
        return self.counts()

    def payloads(self, stream: str, after: int, until: int) -> list[tuple[int, str | None]]:
        return [(row.version, row.data) for row in self.events(stream, after, until)]

    def events(self, stream: str | None, after: int, until: int) -> list[EventRow]:
        rows = self._log if stream is None else self._streams.get(stream, [])
        return rows[after:until]

    def columns(self, names: Sequence[str], after: int, until: int) -> list[tuple[Any, ...]]:
        return [tuple(getattr(row, name) for name in names) for row in self._log[after:until]]

    def decisions(self, stream: str | None, after: int, until: int) -> list[DecisionRow]:
        rows = islice(self._decided, after, max(after, until))
        return list(islice((row for row in rows if stream in (None, row.stream)), PAGE))

    def decision(self, command_id: str) -> DecisionRow | None:
        return self._by_id.get(command_id)

    def reached(self, stream: str | None, limit: str | int, last: int) -> int:
        rows = self._log if stream is None else self._streams.get(stream, [])
        if isinstance(limit, int):
            return bisect_right(rows, limit, key=lambda row: row.position)
        return bisect_right(rows, limit, key=lambda row: row.recorded_at)

    def streams(self) -> list[str]:
        return list(self._streams)

    def counts(self) -> tuple[int, int]:
        return len(self._log), len(self._decided)

    def faults(self) -> list[str]:
        return []

    def backup(self, path: str) -> None:
        raise errors.StoreError(
            "memory has no file to copy: write its history with interchange.export_history"
        )

    def close(self) -> None:
        pass
