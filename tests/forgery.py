"""How to tamper with a history, for the tests that must find it. It knows the file, not esdemo.

A forger works on what was written, transaction by transaction: a decision (or None) with its
events, as dicts of columns. `forge` makes any such list fit together again: positions, versions,
numbers, times and hashes, as somebody would who has read the documentation.
"""

import sqlite3
from collections import Counter, defaultdict
from contextlib import closing
from pathlib import Path
from typing import Any

from independent import DECIDED, HASHED, decisions, events, link

Row = dict[str, Any]
Transactions = list[tuple[Row | None, list[Row]]]
TRIGGERS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
SHARED = ("command_id", "correlation_id", "actor", "recorded_at", "effective_at")
"""What an event has from its decision."""


class Careful(sqlite3.Connection):
    """A connection of a forger who puts the triggers back when he is done."""

    triggers: list[str]

    def close(self) -> None:
        for trigger in self.triggers:
            self.execute(trigger)
        super().close()


def unguarded(path: Path, *, careful: bool = True) -> sqlite3.Connection:
    """A connection to the file whose triggers are gone: until it is closed, or for good."""
    db = sqlite3.connect(path, isolation_level=None, factory=Careful)
    db.execute("PRAGMA synchronous = OFF")
    triggers = db.execute(TRIGGERS).fetchall()
    db.triggers = [sql for _, sql in triggers] if careful else []
    for trigger, _ in triggers:
        db.execute(f"DROP TRIGGER {trigger}")
    db.row_factory = sqlite3.Row
    return db


def rows(path: Path) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Both tables, to see whether anything was changed."""
    return [tuple(row) for row in events(path)], [tuple(row) for row in decisions(path)]


def transactions(path: Path) -> Transactions:
    """What was written together, in order."""
    log, found = [dict(row) for row in events(path)], list[Any]()
    for decision in map(dict, decisions(path)):
        while log and log[0]["position"] <= decision["position"] - decision["events"]:
            found.append((None, [log.pop(0)]))
        found.append((decision, [log.pop(0) for _ in range(decision["events"])]))
    return found + [(None, [row]) for row in log]


def forge(path: Path, history: Transactions, *, ordered: bool = True, careful: bool = True) -> None:
    """Write this history into the file, so that it fits together.

    ordered: with times that never run backwards. careful: with the triggers put back.
    """
    with closing(unguarded(path, careful=careful)) as db:
        db.execute("BEGIN")
        for table, rows in zip(("events", "decisions"), fitting(history, ordered), strict=True):
            db.execute(f"DELETE FROM {table}")
            for row in rows:
                marks = ", ".join("?" * len(row))
                db.execute(f"INSERT INTO {table} VALUES ({marks})", tuple(row.values()))
        db.execute("COMMIT")


def fitting(history: Transactions, ordered: bool = True) -> tuple[list[Row], list[Row]]:
    """The rows of both tables, with places, times and hashes that fit."""
    heads, versions = defaultdict[str, str](lambda: "0" * 64), Counter[str]()
    last, previous = "", "0" * 64
    log, decided = list[Row](), list[Row]()
    for decision, facts in history:
        now = (decision or facts[0])["recorded_at"]
        last = max(last, now) if ordered else now
        stream = (decision or facts[0])["stream"]
        for fact in facts:
            versions[stream] += 1
            place = {"stream": stream, "version": versions[stream], "position": len(log) + 1}
            shared = {column: (decision or fact)[column] for column in SHARED}
            fact = fact | place | shared | {"recorded_at": last}
            fact["hash"] = link(heads[stream], *(fact[column] for column in HASHED))
            heads[stream] = fact["hash"]
            log.append(fact)
        if decision:
            at = {"number": len(decided) + 1, "position": len(log), "events": len(facts)}
            at |= {"version": versions[stream], "recorded_at": last}
            decision = decision | at
            columns = (decision[column] for column in DECIDED)
            previous = decision["hash"] = link(previous, *columns, heads[stream])
            decided.append(decision)
    return log, decided
