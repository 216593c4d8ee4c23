"""Somebody leaves every row as it is, or so it seems, and changes what it is read through.

Types, tables, indexes, views, triggers, pragmas, the write-ahead log, and the states that were
saved beside the bank.
"""

import hashlib
import json
import os
import re
import sqlite3
from base64 import b64decode, b64encode
from contextlib import closing, contextmanager

from forgery import forge, transactions, unguarded
from independent import HASHED, events

from tampering.bank import pick, saved_beside
from tampering.columns import rows_of

COLUMNS = ", ".join(("position", *HASHED, "hash"))


@contextmanager
def schema_of(path):
    """A connection that may edit the schema as text: what SQLite then believes of the file."""
    with closing(unguarded(path)) as db:
        db.execute("PRAGMA writable_schema = ON")
        yield db
        db.execute("PRAGMA writable_schema = RESET")


@contextmanager
def without_types(path, table="events"):
    """The table loosely typed for a while; afterwards its text says what it always said."""
    with schema_of(path) as db:
        where = f"WHERE type = 'table' AND name = '{table}'"
        (text,) = db.execute(f"SELECT sql FROM sqlite_master {where}").fetchone()
        loose = text.replace(" STRICT", "").replace(" NOT NULL", "")
        loose = re.sub(r" (TEXT|INTEGER)(?! PRIMARY)", " BLOB", loose)
        _put(db, text, loose)
        yield db
        db.execute("PRAGMA writable_schema = ON")
        _put(db, loose, text)


def _put(db, old, new):
    changed = db.execute("UPDATE sqlite_master SET sql = ? WHERE sql = ?", (new, old)).rowcount
    assert changed == 1
    (version,) = db.execute("PRAGMA schema_version").fetchone()
    db.execute(f"PRAGMA schema_version = {version + 1}")  # so that SQLite reads it again
    db.execute("PRAGMA writable_schema = RESET")


# Types.


def turn_the_name_of_a_stream_into_bytes(path, chance):
    """JSON writes bytes as Base64, so x'75abde' is "dave" to it, and nobody finds the stream."""
    streams = {row["stream"] for row in events(path)}
    name = pick(chance, sorted(each for each in streams if re.fullmatch("([a-z]{4})+", each)))
    for table in ("decisions", "events"):
        with without_types(path, table) as db:
            change = f"UPDATE {table} SET stream = ? WHERE stream = ?"
            db.execute(change, (b64decode(name), name))


def turn_a_payload_into_bytes(path, chance):
    with without_types(path) as db:
        row = pick(chance, rows_of(db, "events"))
        change = "UPDATE events SET data = CAST(data AS BLOB) WHERE position = ?"
        db.execute(change, (row["position"],))


def turn_a_version_into_a_float(path, chance):
    with without_types(path) as db:
        row = pick(chance, rows_of(db, "events"))
        change = "UPDATE events SET version = version + 0.5 WHERE position = ?"
        db.execute(change, (row["position"],))


def turn_a_version_into_text(path, chance):
    with without_types(path) as db:
        row = pick(chance, rows_of(db, "events"))
        change = "UPDATE events SET version = CAST(version AS TEXT) WHERE position = ?"
        db.execute(change, (row["position"],))


def write_null_where_an_actor_belongs(path, chance):
    with without_types(path) as db:
        row = pick(chance, rows_of(db, "events"))
        db.execute("UPDATE events SET actor = NULL WHERE position = ?", (row["position"],))


def write_bytes_that_are_not_text(path, chance):
    with closing(unguarded(path)) as db:
        table, place = chance.choice([("events", "position"), ("decisions", "number")])
        row = pick(chance, rows_of(db, table))
        change = f"UPDATE {table} SET actor = CAST(x'ff' AS TEXT) WHERE {place} = ?"
        db.execute(change, (row[place],))


# Tables and indexes.


def make_a_table_anew_without_its_types(path, chance):
    table = chance.choice(["events", "decisions"])
    with closing(unguarded(path)) as db:
        db.execute(f"CREATE TABLE loose AS SELECT * FROM {table}")
        db.execute(f"DROP TABLE {table}")
        db.execute(f"ALTER TABLE loose RENAME TO {table}")


def take_the_types_from_a_table(path, chance):
    with schema_of(path) as db:
        where = "WHERE type = 'table' AND name = ?"
        table = chance.choice(["events", "decisions"])
        (text,) = db.execute(f"SELECT sql FROM sqlite_master {where}", (table,)).fetchone()
        _put(db, text, text.replace(" STRICT", ""))


def let_a_stream_be_found_in_capitals(path, chance):
    with schema_of(path) as db:
        where = "WHERE type = 'table' AND name = 'events'"
        (text,) = db.execute(f"SELECT sql FROM sqlite_master {where}").fetchone()
        loose = text.replace("stream         TEXT", "stream         TEXT COLLATE NOCASE")
        assert loose != text
        _put(db, text, loose)


def exchange_the_names_of_two_columns(path, chance):
    one, other = chance.choice([("recorded_at", "effective_at"), ("command_id", "correlation_id")])
    table = chance.choice(["events", "decisions"])
    with closing(unguarded(path)) as db:
        for old, new in ((one, "meanwhile"), (other, one), ("meanwhile", other)):
            db.execute(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}")


def add_a_column(path, chance):
    with closing(unguarded(path)) as db:
        db.execute(f"ALTER TABLE {chance.choice(['events', 'decisions'])} ADD COLUMN note TEXT")


def add_a_table(path, chance):
    with closing(unguarded(path)) as db:
        db.execute("CREATE TABLE notes (text TEXT)")


def add_an_index(path, chance):
    with closing(unguarded(path)) as db:
        db.execute(f"CREATE INDEX by_{chance.randrange(100)} ON events (actor)")


def forget_that_versions_are_unique(path, chance):
    with closing(unguarded(path)) as db:
        where = "WHERE type = 'table' AND name = 'events'"
        (text,) = db.execute(f"SELECT sql FROM sqlite_master {where}").fetchone()
        db.execute("ALTER TABLE events RENAME TO old")
        db.execute(text.replace(",\n    UNIQUE (stream, version)", ""))
        db.execute("INSERT INTO events SELECT * FROM old")
        db.execute("DROP TABLE old")


def leave_an_event_out_of_the_index(path, chance):
    """The seal goes by position and the application by stream: to it the event is not there.

    An index that leaves a row out, and whose text then says that it does not, in the place of the
    one that SQLite makes for UNIQUE.
    """
    with closing(unguarded(path)) as db:
        row = pick(chance, rows_of(db, "events"))
        where = "WHERE type = 'table' AND name = 'events'"
        (text,) = db.execute(f"SELECT sql FROM sqlite_master {where}").fetchone()
        db.execute("ALTER TABLE events RENAME TO old")
        db.execute(text.replace(",\n    UNIQUE (stream, version)", ""))
        db.execute("INSERT INTO events SELECT * FROM old")
        db.execute("DROP TABLE old")
        partial = f"WHERE position <> {row['position']}"
        db.execute(f"CREATE UNIQUE INDEX forged ON events (stream, version) {partial}")
        db.execute("PRAGMA writable_schema = ON")
        db.execute("UPDATE sqlite_master SET sql = ? WHERE name = 'events'", (text,))
        change = "UPDATE sqlite_master SET name = 'sqlite_autoindex_events_1', sql = NULL"
        db.execute(f"{change} WHERE name = 'forged'")
        (version,) = db.execute("PRAGMA schema_version").fetchone()
        db.execute(f"PRAGMA schema_version = {version + 1}")
        db.execute("PRAGMA writable_schema = RESET")


# Views and triggers.


def put_a_view_with_a_switch_in_the_place_of_the_events(path, chance):
    """It shows what was sealed while somebody audits, and something else on other days."""
    with closing(unguarded(path)) as db:
        db.execute("ALTER TABLE events RENAME TO truth")
        db.execute("CREATE TABLE switch (audit INTEGER)")
        db.execute("INSERT INTO switch VALUES (1)")
        data = "iif((SELECT audit FROM switch), data, replace(data, '000', '0'))"
        columns = COLUMNS.replace("data", f"{data} AS data")
        db.execute(f"CREATE VIEW events AS SELECT {columns} FROM truth")
        db.triggers = [text for text in db.triggers if " ON events" not in text]


def put_a_view_in_the_place_of_the_decisions(path, chance):
    with closing(unguarded(path)) as db:
        db.execute("ALTER TABLE decisions RENAME TO truth")
        db.execute("CREATE VIEW decisions AS SELECT * FROM truth")
        db.triggers = [text for text in db.triggers if " ON decisions" not in text]


def add_a_view(path, chance):
    with closing(unguarded(path)) as db:
        db.execute("CREATE VIEW balances AS SELECT stream, count(*) FROM events GROUP BY stream")


def drop_a_trigger(path, chance):
    with closing(unguarded(path)) as db:
        db.triggers.remove(chance.choice(db.triggers))


def drop_all_triggers(path, chance):
    with closing(unguarded(path, careful=False)):
        pass


def add_a_trigger_that_writes_along(path, chance):
    with closing(unguarded(path)) as db:
        db.execute(
            "CREATE TRIGGER along AFTER INSERT ON decisions WHEN NEW.actor = 'teller-13' "
            "BEGIN DELETE FROM decisions WHERE number = NEW.number; END"
        )


def make_a_trigger_do_nothing(path, chance):
    with closing(unguarded(path)) as db:
        place = chance.randrange(len(db.triggers))
        begun = db.triggers[place].split("BEGIN")[0]
        db.triggers[place] = f"{begun}BEGIN SELECT 1; END"


def let_a_trigger_ask_for_less(path, chance):
    with closing(unguarded(path)) as db:
        asked = [nth for nth, text in enumerate(db.triggers) if "OR NEW.recorded_at" in text]
        place = pick(chance, asked)
        db.triggers[place] = db.triggers[place].replace("NEW.recorded_at <", "NEW.actor <", 1)


# Pragmas.


def say_that_another_program_made_the_file(path, chance):
    with closing(unguarded(path)) as db:
        db.execute(f"PRAGMA application_id = {chance.choice([0, 1, 0x65736463])}")


def say_that_the_file_has_another_layout(path, chance):
    with closing(unguarded(path)) as db:
        db.execute(f"PRAGMA user_version = {chance.choice([0, 1, 3])}")


# The file, and the write-ahead log beside it.


def put_an_older_copy_in_the_place_of_the_file(path, chance):
    history = transactions(path)
    forge(path, history[: chance.randrange(len(history) // 2, len(history))])


def overwrite_a_page_with_nothing(path, chance):
    data = bytearray(path.read_bytes())
    page = chance.randrange(1, len(data) // 4096)
    data[page * 4096 : (page + 1) * 4096] = bytes(4096)
    path.write_bytes(data)


def cut_the_last_pages_off(path, chance):
    pages = path.stat().st_size // 4096
    os.truncate(path, 4096 * chance.randrange(1, pages))


def log_of(path):
    return path.with_name(f"{path.name}-wal")


def with_a_log(path, chance) -> tuple[bytes, bytes]:
    """The last transactions stand in the write-ahead log only; its bytes are returned."""
    history = transactions(path)
    split = chance.randrange(len(history) // 2, len(history) - 1)
    tables = {"events": 10, "decisions": 14}
    with closing(sqlite3.connect(path)) as db:
        all_rows = {table: db.execute(f"SELECT * FROM {table}").fetchall() for table in tables}
    forge(path, history[:split])
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("PRAGMA wal_autocheckpoint = 0")
        for decision, facts in history[split:]:
            db.execute("BEGIN")
            for row in facts:
                db.execute(f"INSERT INTO events VALUES ({', '.join('?' * 10)})", [*row.values()])
            if decision:
                values = [*decision.values()]
                db.execute(f"INSERT INTO decisions VALUES ({', '.join('?' * 14)})", values)
            db.execute("COMMIT")
        kept = path.read_bytes(), log_of(path).read_bytes()
        rows = {table: db.execute(f"SELECT * FROM {table}").fetchall() for table in tables}
        assert rows == all_rows
    return kept


def put(path, data, log=b""):
    """The file and its log, as if no process had closed them."""
    for end in ("", "-wal", "-shm"):
        path.with_name(f"{path.name}{end}").unlink(missing_ok=True)
    path.write_bytes(data)
    if log:
        log_of(path).write_bytes(log)


def remove_the_log(path, chance):
    data, _ = with_a_log(path, chance)
    put(path, data)


def cut_the_log(path, chance):
    data, log = with_a_log(path, chance)
    put(path, data, log[: chance.randrange(32, len(log) - 4096)])


def flip_a_bit_of_the_log(path, chance):
    """All that follows is dropped, by SQLite itself and without a word."""
    data, log = with_a_log(path, chance)
    damaged = bytearray(log)
    damaged[chance.randrange(32, len(log))] ^= 1 << chance.randrange(8)
    put(path, data, bytes(damaged))


def leave_a_forged_log_beside_the_file(path, chance):
    """The file itself is untouched: whoever compares its bytes finds nothing."""
    data = path.read_bytes()
    with closing(unguarded(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA wal_autocheckpoint = 0")
        row = pick(chance, [row for row in rows_of(db, "events") if '"amount":' in row["data"]])
        edited = row["data"].replace('"amount":', '"amount":9')
        db.execute("UPDATE events SET data = ? WHERE position = ?", (edited, row["position"]))
        for trigger in db.triggers:
            db.execute(trigger)
        db.triggers = []
        log = log_of(path).read_bytes()
    put(path, data, log)


# Saved states.


def edit_a_saved_state(path, chance):
    """And make its digest again, since nothing in it is secret."""
    with closing(sqlite3.connect(saved_beside(path))) as db:
        db.row_factory = sqlite3.Row
        row = dict(pick(chance, db.execute("SELECT * FROM checkpoints").fetchall()))
        state = json.loads(row["state"])
        state["balance"] += chance.choice([1, -1, 10**6])
        _save(db, row | {"state": json.dumps(state, separators=(",", ":")).encode()})


def give_one_streams_state_to_another(path, chance):
    with closing(sqlite3.connect(saved_beside(path))) as db:
        db.row_factory = sqlite3.Row
        rows = list(map(dict, db.execute("SELECT * FROM checkpoints").fetchall()))
        row = pick(chance, rows)
        others = [each for each in rows if each["state"] != row["state"]]
        _save(db, row | {"state": pick(chance, others)["state"]})


def _save(db, row):
    if "digest" in row:
        made_of = (row["tag"], row["stream"], row["version"], row["hash"])
        array = [*made_of, b64encode(row["state"]).decode()]
        text = json.dumps(array, ensure_ascii=False, separators=(",", ":"))
        row["digest"] = hashlib.sha256(text.encode()).hexdigest()
    marks = ", ".join("?" * len(row))
    db.execute(f"INSERT OR REPLACE INTO checkpoints VALUES ({marks})", [*row.values()])
    db.commit()


KINDS = [
    turn_the_name_of_a_stream_into_bytes,
    turn_a_payload_into_bytes,
    turn_a_version_into_a_float,
    turn_a_version_into_text,
    write_null_where_an_actor_belongs,
    write_bytes_that_are_not_text,
    make_a_table_anew_without_its_types,
    take_the_types_from_a_table,
    let_a_stream_be_found_in_capitals,
    exchange_the_names_of_two_columns,
    add_a_column,
    add_a_table,
    add_an_index,
    forget_that_versions_are_unique,
    leave_an_event_out_of_the_index,
    put_a_view_with_a_switch_in_the_place_of_the_events,
    put_a_view_in_the_place_of_the_decisions,
    add_a_view,
    drop_a_trigger,
    drop_all_triggers,
    add_a_trigger_that_writes_along,
    make_a_trigger_do_nothing,
    let_a_trigger_ask_for_less,
    say_that_another_program_made_the_file,
    say_that_the_file_has_another_layout,
    put_an_older_copy_in_the_place_of_the_file,
    overwrite_a_page_with_nothing,
    cut_the_last_pages_off,
    remove_the_log,
    cut_the_log,
    flip_a_bit_of_the_log,
    leave_a_forged_log_beside_the_file,
    edit_a_saved_state,
    give_one_streams_state_to_another,
]
