"""Staging: the lines of a log on disk, in order of time, so that its length is not our memory's.

A nameless SQLite database holds them: it stays in memory while it is small, moves to a temporary
file when it is not (SQLITE_TMPDIR says where), and is gone when it is closed. It also sorts.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Final, NamedTuple

import msgspec

from esdemo.anylog.entries import CannotRead, Line

MEMORY: Final = 8_000  # kilobytes that the database may keep of itself
COLUMNS: Final = ", ".join(Line._fields)

FIRST_AND_LAST: Final = """
SELECT min(rowid), max(rowid), count(*) FROM line WHERE at BETWEEN ? AND ?
"""
INSIDE: Final = "rowid BETWEEN :first AND :last"
TOUCHED: Final = f"SELECT DISTINCT stream FROM line WHERE {INSIDE} AND data IS NOT NULL"
EARLIEST, LATEST = -(2**63), 2**63 - 1


class Window(NamedTuple):
    """The part of a log that is shown: its first and last row, counted from 1 in order of time."""

    first: int
    last: int


class Stage:
    """Lines, added in any order; and after `settle` read in order of time."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute(f"PRAGMA cache_size = -{MEMORY}")
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute(f"CREATE TABLE line ({COLUMNS})")
        self.count = 0
        self.late = 0  # lines that stood after one of a later time

    def close(self) -> None:
        """Forget all of it, on disk too."""
        self._db.close()

    def add(self, lines: Iterable[Line]) -> None:
        """Take lines in the order in which they stand in the log."""
        marks = ", ".join("?" * len(Line._fields))
        lines, latest = iter(lines), EARLIEST
        while some := list(islice(lines, 10_000)):
            for line in some:
                self.late += line.at < latest
                latest = max(latest, line.at)
            self._do(f"INSERT INTO line VALUES ({marks})", map(_kept, some))
            self.count += len(some)

    def settle(self) -> None:
        """Put them in order of time; of equal times, in the order in which they were added."""
        if self.late:
            self._do("CREATE TABLE sorted AS SELECT * FROM line ORDER BY at, rowid")
            self._do("DROP TABLE line")
            self._do("ALTER TABLE sorted RENAME TO line")

    def window(self, begin: int | None, end: int | None, most: int, *, ends: bool) -> Window:
        """The lines of a stretch of time, at most so many: its last ones if `ends`, else its first.

        begin, end: in microseconds since 1970, both inclusive.
        """
        bounds = EARLIEST if begin is None else begin, LATEST if end is None else end
        first, last, count = self._db.execute(FIRST_AND_LAST, bounds).fetchone()
        if not count:
            raise CannotRead("no row is of that time: choose another --from or --to")
        if ends:
            return Window(max(first, last - most + 1), last)
        return Window(first, min(last, first + most - 1))

    def lines(self, window: Window) -> Iterator[Line]:
        """Those of a window."""
        return self._read(f"SELECT * FROM line WHERE {INSIDE} ORDER BY rowid", window)

    def before(self, window: Window) -> Iterator[tuple[int, Line]]:
        """Those before it with an event of one of its streams; each with its position."""
        events = (
            "SELECT rowid AS row, row_number() OVER (ORDER BY rowid) AS position, stream FROM line "
            "WHERE data IS NOT NULL AND rowid < :first"
        )
        wanted = f"SELECT row, position FROM ({events}) WHERE stream IN ({TOUCHED})"
        sql = f"SELECT position, line.* FROM ({wanted}) JOIN line ON line.rowid = row ORDER BY row"
        for position, *columns in self._db.execute(sql, window._asdict()):
            yield position, _line(columns)

    def events_before(self, window: Window) -> int:
        """How many events there are before it: commands that led to none are not counted."""
        sql = "SELECT count(*) FROM line WHERE data IS NOT NULL AND rowid < ?"
        return int(self._db.execute(sql, [window.first]).fetchone()[0])

    def _read(self, sql: str, window: Window) -> Iterator[Line]:
        return map(_line, self._db.execute(sql, window._asdict()))

    def _do(self, sql: str, rows: Iterable[Any] | None = None) -> None:
        run: Callable[..., Any] = self._db.execute if rows is None else self._db.executemany
        try:
            if rows is None:
                run(sql)
            else:
                self._db.execute("BEGIN")
                run(sql, rows)
                self._db.execute("COMMIT")
        except UnicodeEncodeError as error:
            raise CannotRead(
                f"a text has half a character in it, which cannot be kept: {error.object!r:.60}"
            ) from error
        except sqlite3.OperationalError as error:
            raise CannotRead(
                f"there is no room to sort the log in ({error}): free some disk, or name a folder "
                "on another one in SQLITE_TMPDIR"
            ) from error


def _kept(line: Line) -> tuple[Any, ...]:
    data, command = (
        None if part is None else msgspec.json.encode(part) for part in (line.data, line.command)
    )
    return (*line[:7], data, command, line.reason)


def _line(columns: Any) -> Line:
    *start, data, command, reason = columns
    decoded = [None if part is None else msgspec.json.decode(part) for part in (data, command)]
    return Line._make([*start, *decoded, reason])
