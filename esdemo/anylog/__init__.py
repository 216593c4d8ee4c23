"""Any log as a history: rows that nobody here wrote, with the state that they led to.

    read("orders.csv")                                # its columns are guessed, and said
    read(frame, stream="case", type="activity", time="when")
    read("postgresql://localhost/shop", query="SELECT * FROM audit", last=5_000)
    read("orders.csv", evolve=mine)                   # (state, Entry) -> state

Entries are read one by one and sorted on disk, so a log may be longer than memory; what is shown is
a window of it, and begins with what all that came before had led to. `explorer.explore` takes what
this returns.
"""

from contextlib import ExitStack, closing
from datetime import datetime
from typing import Any, Final

from esdemo.anylog.entries import AnyVocabulary, Before, CannotRead, Entry
from esdemo.anylog.folding import COUNTS, Evolve, decider, last_values
from esdemo.anylog.history import Facts, facts
from esdemo.anylog.moments import reader
from esdemo.anylog.names import Names
from esdemo.anylog.reading import Reading
from esdemo.anylog.sources import opened
from esdemo.anylog.staging import Stage, Window
from esdemo.handlers import Decider

__all__ = ["COUNTS", "AnyVocabulary", "Before", "CannotRead", "Entry", "Log", "last_values", "read"]

LIMIT: Final = 100_000
"""How many rows are shown when nobody says how many: what a page opens in about a second."""

MOST: Final = 1_000_000
"""How many may be asked for: beyond that neither memory nor a browser is good for it."""


class Log:
    """A window of a log, read. `said` has a sentence for each thing that was guessed or left out.

    rows: each an event, or None for a command that led to none, with the number of its decision.
    """

    def __init__(self, title: str, found: Facts, decider: Decider[Any, Any, Any], count: int):
        self.title = title
        self.rows = found.rows
        self.decisions = found.decisions
        self.decider = decider
        self.count = count  # rows of the whole log
        self.said: list[str] = []

    def __repr__(self) -> str:
        return "\n".join([f"{self.title}: {self.count:,} rows", *self.said])


def read(
    where: Any,
    *,
    stream: str | None = None,
    type: str | None = None,
    time: str | None = None,
    actor: str | None = None,
    caused_by: str | None = None,
    id: str | None = None,
    query: str | None = None,
    table: str | None = None,
    evolve: Evolve | Decider[Any, Any, Any] | None = None,
    begin: str | datetime | None = None,
    end: str | datetime | None = None,
    last: int | None = None,
    time_format: str | None = None,
    encoding: str = "utf-8-sig",
) -> Log:
    """A log as a history: of a DataFrame, a PostgreSQL address, or a file, which is only read.

    A file is CSV, JSON Lines, CloudEvents, Parquet, an SQLite database (query, table: what of it),
    an esdemo store, or one of the `eventsourcing` library. stream, type, time, actor, caused_by,
    id: its columns, guessed where their names are obvious. evolve: folds the state of a stream;
    without one it is the last value of each field. begin, end, last: the window that is shown, at
    most a million rows; the last 100,000 where nothing is said, the first ones after `begin`.
    Rows are taken in order of time, those of one time in their own. Shows a progress bar when it
    takes longer than two seconds.

    Raises CannotRead with a sentence that helps. What evolve raises passes through.
    """
    if last is not None and not 1 <= last <= MOST:
        raise CannotRead(f"from 1 to {MOST:,} rows can be shown, not {last:,}")
    bounds = _bound(begin, late=False), _bound(end, late=True)
    folds = decider(evolve)
    with ExitStack() as until:
        source = opened(where, query, table, encoding, until)
        stage = until.enter_context(closing(Stage()))
        given = Names(stream, type, time, actor, caused_by, id)
        reading = Reading(source, given, time_format)
        stage.add(reading)
        stage.settle()
        ends = last is not None or begin is None
        window = stage.window(*bounds, last or LIMIT, ends=ends)
        caused = bool(reading.names.caused_by)
        log = Log(source.title, facts(stage, window, folds, caused=caused), folds, stage.count)
    log.said = [f"{source.title} is {source.what}", *reading.said, *_of(stage, window, log)]
    return log


def _of(stage: Stage, window: Window, log: Log) -> list[str]:
    """What has to be said of the order and of the window."""
    said = []
    if stage.late:
        said.append(
            f"{stage.late:,} of {stage.count:,} rows stood after one of a later time: they were "
            "put in order of time"
        )
    if window != (1, stage.count):
        said.append(
            f"rows {window.first:,} to {window.last:,} of {stage.count:,} are shown, in order of "
            "time (--from, --to and --last choose others)"
        )
    if opening := sum(isinstance(event and event.event, Before) for event, _ in log.rows):
        said.append(f"before them stands what {opening:,} of their streams had come to by then")
    return said


def _bound(given: str | datetime | None, *, late: bool) -> int | None:
    """A time in microseconds since 1970; a date without one begins or ends that day."""
    if given is None:
        return None
    text = given.isoformat() if isinstance(given, datetime) else given.strip()
    if late and len(text) == len("2025-03-28"):
        text += " 23:59:59.999999"
    try:
        return reader([text])(text)
    except (ValueError, TypeError) as error:
        raise CannotRead(
            f"{given!r} is not a time such as 2025-03-28 or 2025-03-28T10:05"
        ) from error
