"""JSON Lines: an object a line. CloudEvents, and what esdemo itself writes, say their columns."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain
from typing import Any, Final

import msgspec

from esdemo.anylog.entries import CannotRead
from esdemo.anylog.names import Names
from esdemo.anylog.sources.files import Lines
from esdemo.anylog.sources.source import Source
from esdemo.anylog.sources.stores import OURS, of_row
from esdemo.interchange import cloud_events
from esdemo.interchange import json_lines as ours

Row = dict[str, Any]

CLOUD: Final = Names("subject", "type", "time", id="id", fields="data")


def opened(path: str, until: ExitStack) -> Source:
    """The objects of a file, by their first one as events of a form that we know."""
    lines = Lines(path, until)
    rows = _objects(path, lines)
    number, first = next(rows)
    rows = chain([(number, first)], rows)
    what, names = "JSON Lines", Names()
    if first.get("format") == ours.FORMAT or first.get("type") == cloud_events.BEGINS:
        what, names, rows = "a history that esdemo has written", OURS, _ours(path, rows)
    elif first.keys() >= {"position", "stream", "version", "event"}:
        what, names, rows = "events that an explorer has saved", OURS, _saved(path, rows)
    elif "specversion" in first:
        what, names = "CloudEvents", _cloud(first)
    name = os.path.basename(path)
    return Source(name, what, rows, "line", names, nulls=True, size=lines.size, done=lines.place)


def _objects(path: str, lines: Lines) -> Iterator[tuple[int, Row]]:
    for line in lines:
        if not line.strip():
            continue
        try:
            found = msgspec.json.decode(line)
        except (msgspec.DecodeError, RecursionError) as error:
            raise CannotRead(f"line {lines.number} of {path} is not JSON: {error}") from error
        if not isinstance(found, dict):
            raise CannotRead(f"line {lines.number} of {path} is not an object, as {{...}} is")
        yield lines.number, found


def _cloud(first: Row) -> Names:
    """Without a subject an event is about its source. Time is optional; causationid is an
    extension."""
    stream = "subject" if "subject" in first else "source"
    time = "time" if "time" in first else None
    cause = "causationid" if "causationid" in first else None
    actor = "actor" if "actor" in first else None
    return CLOUD._replace(stream=stream, time=time, caused_by=cause, actor=actor)


def _saved(path: str, rows: Iterator[tuple[int, Row]]) -> Iterator[tuple[int, Row]]:
    for number, row in rows:
        try:
            yield number, of_row(row, row["event"], None)
        except KeyError as error:
            raise CannotRead(f"line {number} of {path} has no {error}") from error


def _ours(path: str, rows: Iterator[tuple[int, Row]]) -> Iterator[tuple[int, Row]]:
    """The facts of an export, each with its decision. Whether its seal holds is not looked at.

    `import_history` looks at that.
    """
    decision: Row | None = None
    for number, row in rows:
        try:
            kind, columns = _plain(row)
            if kind == "decision":
                decision = columns
                if not columns["events"]:
                    yield number, of_row(columns, None, columns)
            elif kind == "event":
                mine = decision and decision["command_id"] == columns["command_id"]
                yield number, of_row(columns, columns["data"], decision if mine else None)
        except (KeyError, ValueError, TypeError) as error:
            raise CannotRead(f"line {number} of {path} is not of a history: {error}") from error


def _plain(row: Row) -> tuple[str, Row]:
    """What a line is, and its columns, of either form."""
    text = msgspec.json.encode(row)
    line = cloud_events.decode(text) if "specversion" in row else ours.decode(text)
    columns = line._asdict()
    if "data" in columns:
        columns["data"] = msgspec.json.decode(columns["data"])
    return type(line).__name__.removesuffix("Row").lower(), columns
