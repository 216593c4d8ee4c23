"""What a stranger with the file, json and hashlib can check. Nothing in here imports esdemo."""

import hashlib
import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

HASHED = (
    *("stream", "version", "data", "command_id", "correlation_id", "actor"),
    *("recorded_at", "effective_at"),
)
"""The columns that an event's hash is made over, after the hash before it."""

DECIDED = (
    *("stream", "version", "position", "data", "reason", "events", "causation_id"),
    *("command_id", "correlation_id", "actor", "recorded_at", "effective_at"),
)
"""The same for a decision; after them stands the hash of its stream's last event."""


def query(path: Path, sql: str, *values: object) -> list[sqlite3.Row]:
    """Rows of a database file, over a connection of our own."""
    with closing(sqlite3.connect(path)) as db:
        db.row_factory = sqlite3.Row
        return db.execute(sql, values).fetchall()


def events(path: Path) -> list[sqlite3.Row]:
    """The table of events, in the order of their positions."""
    return query(path, "SELECT * FROM events ORDER BY position")


def decisions(path: Path) -> list[sqlite3.Row]:
    """The table of decisions, in the order of their numbers."""
    return query(path, "SELECT * FROM decisions ORDER BY number")


def link(previous: str, *columns: str | int | None) -> str:
    """SHA-256 over the JSON array of the hash before and the columns."""
    array = json.dumps([previous, *columns], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(array.encode()).hexdigest()


def assert_whole(path: Path) -> None:
    """No hole, no half decision, every hash right, and SQLite finds the file sound."""
    log, decided = events(path), decisions(path)
    assert [row["position"] for row in log] == list(range(1, len(log) + 1))
    assert [row["number"] for row in decided] == list(range(1, len(decided) + 1))
    _assert_chained(log)
    _assert_no_half_decision(log, decided)
    _assert_decisions_chained(log, decided)
    assert [tuple(row) for row in query(path, "PRAGMA integrity_check")] == [("ok",)]


def _assert_chained(log: Iterable[Any]) -> None:
    heads: dict[str, tuple[int, str]] = defaultdict(lambda: (0, "0" * 64))
    last = ""
    for row in log:
        version, previous = heads[row["stream"]]
        assert row["version"] == version + 1
        assert row["hash"] == link(previous, *(row[column] for column in HASHED))
        assert row["recorded_at"] >= last
        heads[row["stream"]] = row["version"], row["hash"]
        last = row["recorded_at"]


def _assert_no_half_decision(log: list[Any], decided: Iterable[Any]) -> None:
    places = defaultdict(list)
    for row in log:
        places[row["command_id"]].append((row["stream"], row["position"], row["version"]))
    for row in decided:
        stream, count = row["stream"], row["events"]
        first = row["position"] - count
        before = row["version"] - count
        expected = [(stream, first + n, before + n) for n in range(1, count + 1)]
        assert places[row["command_id"]] == expected
        assert row["reason"] is None or count == 0


def _assert_decisions_chained(log: Iterable[Any], decided: Iterable[Any]) -> None:
    hashes = {(row["stream"], row["version"]): row["hash"] for row in log}
    previous = "0" * 64
    for row in decided:
        tip = hashes.get((row["stream"], row["version"]), "0" * 64)
        previous = link(previous, *(row[column] for column in DECIDED), tip)
        assert row["hash"] == previous
