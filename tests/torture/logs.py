"""Logs that were changed on the way: each is read, or refused in a sentence; nothing is written.

A log of theirs in one of its forms, with bytes flipped, pieces lost, lines doubled. Whatever it
then is, `anylog.read` gives a history that the explorer can show, or raises CannotRead. It never
raises anything else, changes no byte of the file, and leaves nothing beside it.
"""

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd

from esdemo import anylog
from esdemo.explorer import explore
from torture import mutations
from torture.results import Try, objection

Rows = list[dict[str, Any]]

MUTATIONS = mutations.ALL
VALUES = (0, -1, 2**63, 1.5, "", "12", "é", "1e400", "0x", "a,b", 'say "no"', "x\ny", None)


def campaign(seed: int, times: int, folder: Path) -> Iterator[Try]:
    """Mutants of generated logs, each form and each kind of mutation in turn."""
    for number in range(times):
        chance = Random(f"{seed} logs {number}")
        form = list(FORMS)[number % len(FORMS)]
        mutation = MUTATIONS[number // len(FORMS) % len(MUTATIONS)]
        place = folder / f"log-{number}"
        place.mkdir()
        file = place / "log"
        FORMS[form](file, generated(chance))
        another = file.read_bytes()[:500]
        file.write_bytes(mutated(file.read_bytes(), mutation, chance, another))
        found, failure = read(file)
        where = f"try {number}, {form}, {mutation.__name__}"
        yield Try(form, found, (f"{where}: {failure}",) if failure else ())


def mutated(content: bytes, mutation: mutations.Mutation, chance: Random, another: bytes) -> bytes:
    """The log, changed; by a bit where it wants text or lines that are not there."""
    try:
        return mutation(content, chance, another)
    except ValueError:
        return mutations.flip_a_bit(content, chance, another)


def read(file: Path) -> tuple[str, str]:
    """What became of it, and what is wrong with that."""
    before = file.read_bytes()
    try:
        log = anylog.read(file)
        explore(log).table()
        found, failure = "read", ""
    except anylog.CannotRead as error:
        found = "refused"
        failure = "" if len(str(error)) > 20 else f"no sentence: {error}"
    except Exception as error:
        found, failure = "failed", objection(error)
    if file.read_bytes() != before or os.listdir(file.parent) != [file.name]:
        failure = f"something was written: {os.listdir(file.parent)}"
    return found, failure


def generated(chance: Random) -> Rows:
    """A small log, with a hole here and there."""
    return [
        {
            "case": chance.choice("abc"),
            "event": chance.choice(["Placed", "Paid", "Sent"]),
            "timestamp": f"2025-01-{chance.randrange(1, 29):02}T10:05:00Z",
            "actor": chance.choice(["ann", "bob", None]),
            "value": chance.choice(VALUES),
        }
        for _ in range(chance.randrange(2, 20))
    ]


# Its forms.


def as_csv(file: Path, rows: Rows) -> None:
    pd.DataFrame(rows).to_csv(file, index=False)


def as_json_lines(file: Path, rows: Rows) -> None:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


def as_cloud_events(file: Path, rows: Rows) -> None:
    envelope = {"specversion": "1.0", "id": "1", "source": "/torture"}
    as_json_lines(
        file,
        [
            envelope
            | {"subject": row["case"], "type": row["event"], "time": row["timestamp"], "data": row}
            for row in rows
        ],
    )


def as_parquet(file: Path, rows: Rows) -> None:
    pd.DataFrame(rows).astype({"value": str}).to_parquet(file)


def as_sqlite(file: Path, rows: Rows) -> None:
    with closing(sqlite3.connect(file)) as db, db:
        db.execute('CREATE TABLE log ("case", event, timestamp, actor, value)')
        values = [[str(v) if type(v) is int else v for v in row.values()] for row in rows]
        db.executemany("INSERT INTO log VALUES (?, ?, ?, ?, ?)", values)


def as_library(file: Path, rows: Rows) -> None:
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("CREATE TABLE stored_events (originator_id, originator_version, topic, state)")
        states = [
            json.dumps({"timestamp": row["timestamp"], "value": row["value"]}) for row in rows
        ]
        db.executemany(
            "INSERT INTO stored_events VALUES (?, 1, ?, ?)",
            [(r["case"], f"m:{r['event']}", s.encode()) for r, s in zip(rows, states, strict=True)],
        )


FORMS: dict[str, Callable[[Path, Rows], None]] = {
    "CSV": as_csv,
    "JSON Lines": as_json_lines,
    "CloudEvents": as_cloud_events,
    "Parquet": as_parquet,
    "SQLite": as_sqlite,
    "the library's": as_library,
}
