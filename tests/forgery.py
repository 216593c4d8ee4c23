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


def unguarded(path: Path) -> sqlite3.Connection:
    """A connection to the file whose triggers are gone until it is closed."""
    db = sqlite3.connect(path, isolation_level=None, factory=Careful)
    db.execute("PRAGMA synchronous = OFF")
    triggers = db.execute(TRIGGERS).fetchall()
    db.triggers = [sql for _, sql in triggers]
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


def forge(path: Path, history: Transactions) -> None:
    """Write this history into the file, so that it fits together."""
    heads, versions = defaultdict(lambda: "0" * 64), Counter[str]()
    number, position, last, previous = 0, 0, "", "0" * 64
    log, decided = [], []
    for decision, facts in history:
        last = max(last, (decision or facts[0])["recorded_at"])
        if decision:
            number += 1
            place = {"number": number, "position": position + len(facts), "recorded_at": last}
            reached = versions[decision["stream"]] + len(facts)
            at = {"version": reached, "events": len(facts)}
            decision = decision | place | at
            decided.append(decision)
        for fact in facts:
            position += 1
            stream = decision["stream"] if decision else fact["stream"]
            versions[stream] += 1
            fact = fact | {"stream": stream, "version": versions[stream], "position": position}
            fact |= {column: decision[column] for column in SHARED} if decision else {}
            fact |= {"recorded_at": last}
            fact["hash"] = link(heads[stream], *(fact[column] for column in HASHED))
            heads[stream] = fact["hash"]
            log.append(fact)
        if decision:
            columns = (decision[column] for column in DECIDED)
            previous = decision["hash"] = link(previous, *columns, heads[decision["stream"]])
    with closing(unguarded(path)) as db:
        db.execute("BEGIN")
        for table, rows in (("events", log), ("decisions", decided)):
            db.execute(f"DELETE FROM {table}")
            for row in rows:
                marks = ", ".join("?" * len(row))
                db.execute(f"INSERT INTO {table} VALUES ({marks})", tuple(row.values()))
        db.execute("COMMIT")
