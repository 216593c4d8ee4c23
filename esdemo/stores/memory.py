"""History in memory: for tests, for what-ifs and for a browser. Forgotten at the end."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

from esdemo.clocks import Clock, utc_now
from esdemo.stores.contract import PAGE, EventStore
from esdemo.stores.rows import DecisionRow, EventRow, Head


class MemoryStore(EventStore):
    """Keeps rows of text, not objects, so it can do nothing that a disk could not."""

    def __init__(self, vocabulary: Any, clock: Clock = utc_now) -> None:
        super().__init__(vocabulary, clock)
        self._log: list[EventRow] = []
        self._streams: dict[str, list[EventRow]] = {}
        self._decided: list[DecisionRow] = []
        self._by_id: dict[str, DecisionRow] = {}

    def streams(self) -> list[str]:
        return list(self._streams)

    def counts(self) -> tuple[int, int]:
        return len(self._log), len(self._decided)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        events, decisions = self.counts()
        try:
            yield
        except BaseException:
            for row in reversed(self._log[events:]):
                self._streams[row.stream].pop()
            for decision in self._decided[decisions:]:
                del self._by_id[decision.command_id]
            del self._log[events:], self._decided[decisions:]
            self._streams = {stream: rows for stream, rows in self._streams.items() if rows}
            raise

    def _head(self, stream: str) -> Head:
        rows = self._streams.get(stream)
        version, digest = (
            (rows[-1].version, rows[-1].hash) if rows else (Head().version, Head().hash)
        )
        last = [rows[-1].recorded_at for rows in (self._log, self._decided) if rows]
        return Head(version, digest, len(self._log), len(self._decided), max(last, default=""))

    def _insert(self, events: Sequence[EventRow], decision: DecisionRow | None) -> None:
        self._log.extend(events)
        for row in events:
            self._streams.setdefault(row.stream, []).append(row)
        if decision:
            self._decided.append(decision)
            self._by_id[decision.command_id] = decision

    def _payloads(self, stream: str, after: int, until: int) -> list[str]:
        return [row.data for row in self._event_rows(stream, after, until)]

    def _event_rows(self, stream: str | None, after: int, until: int) -> list[EventRow]:
        rows = self._log if stream is None else self._streams.get(stream, [])
        return rows[after:until]

    def _decision_rows(
        self, stream: str | None, after: int, until: int | None
    ) -> list[DecisionRow]:
        rows = islice(self._decided, after, until)
        return list(islice((row for row in rows if stream in (None, row.stream)), PAGE))

    def _decision_row(self, command_id: str) -> DecisionRow | None:
        return self._by_id.get(command_id)

    def _time(self, stream: str | None, place: int) -> str:
        return self._event_rows(stream, place - 1, place)[0].recorded_at
