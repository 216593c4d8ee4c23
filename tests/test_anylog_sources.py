"""Where a log may come from: each kind of file and database, only ever read."""

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import traceback
from contextlib import ExitStack, closing
from pathlib import Path

import pandas as pd
import pytest
from conftest import START
from servers import Postgres, environment

from esdemo import Application, SQLiteStore, anylog
from esdemo.anylog import COUNTS, CannotRead, Entry
from esdemo.anylog.sources import opened
from esdemo.clocks import numbered, ticking
from esdemo.domains import bank
from esdemo.explorer import explore
from esdemo.interchange import export_history, unsealed

ROWS = [
    ("o-1", "Placed", "2025-01-01 10:00:00", "ann", 12.5, None),
    ("o-2", "Placed", "2025-01-01 10:05:00", "bob", 7.0, b"\xff"),
    ("o-1", "Paid", "2025-01-01 10:06:00", "ann", None, b"ok"),
]
NAMES = ["stream", "type", "time", "actor", "amount", "note"]


def envelopes(log):
    """What a log says of its events."""
    return [(e.stream, e.event.type, e.actor, e.version, e.event.data) for e, _ in log.rows]


EXPECTED = [
    ("o-1", "Placed", "ann", 1, {"amount": 12.5}),
    ("o-2", "Placed", "bob", 1, {"amount": 7.0, "note": "0xff"}),
    ("o-1", "Paid", "ann", 2, {"note": "ok"}),
]


@pytest.fixture
def database(tmp_path):
    """An SQLite file with a table, and a view that has its rows backwards."""
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE audit (stream, type, time, actor, amount REAL, note BLOB)")
        db.executemany("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?)", ROWS)
    return path


def bytes_of(path):
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in path.parent.iterdir()
    }


# A frame, Parquet.


def test_a_frame_is_a_log_and_a_named_index_is_a_column():
    frame = pd.DataFrame(ROWS, columns=NAMES)
    frame["time"] = pd.to_datetime(frame["time"])
    assert envelopes(anylog.read(frame)) == EXPECTED
    assert envelopes(anylog.read(frame.set_index("stream"))) == EXPECTED
    shown = repr(explore(frame))
    assert "History of 3 events, 2 streams" in shown
    assert "'stream' is taken for the stream (--stream)." in shown


def test_a_frame_with_two_columns_of_a_name_is_refused():
    frame = pd.DataFrame([[1, 2]], columns=["a", "a"])
    with pytest.raises(CannotRead, match="two columns 'a'"):
        anylog.read(frame)
    with pytest.raises(CannotRead, match="no rows"):
        anylog.read(frame.iloc[:0].set_axis(["a", "b"], axis=1))


@pytest.mark.parametrize("column", ["case", "note"])
def test_half_a_character_is_told(column):
    frame = pd.DataFrame({"case": ["1"], "event": ["A"], "note": ["x"]}, dtype=object)
    frame[column] = pd.Series(["\ud800"], dtype=object)
    with pytest.raises(CannotRead, match="half a character"):
        anylog.read(frame)


def test_whole_numbers_beside_a_hole_are_whole_again_where_they_name_something():
    frame = pd.DataFrame({"case": [1, None, 1], "event": "A"})
    assert [e.stream for e, _ in anylog.read(frame).rows] == ["1", "(none)", "1"]


def test_parquet_is_read_in_batches(tmp_path):
    pytest.importorskip("pyarrow")
    path = tmp_path / "log.parquet"
    pd.DataFrame(ROWS, columns=NAMES).to_parquet(path)
    assert envelopes(anylog.read(path)) == EXPECTED
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CannotRead, match="damaged Parquet"):
        anylog.read(path)


def test_without_pyarrow_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "log.parquet").write_bytes(b"PAR1....")
    with pytest.raises(CannotRead, match="pip install pyarrow"):
        anylog.read(tmp_path / "log.parquet")


# SQLite.


def test_the_only_table_a_named_one_and_a_query_are_read_and_nothing_changes(database):
    before = bytes_of(database)
    assert envelopes(anylog.read(database)) == EXPECTED
    assert envelopes(anylog.read(database, table="audit")) == EXPECTED
    query = "WITH late AS (SELECT * FROM audit) SELECT * FROM late WHERE actor = 'ann'"
    log = anylog.read(database, query=query)
    assert envelopes(log) == [EXPECTED[0], EXPECTED[2]]
    assert log.said[0] == "shop.db is a query of an SQLite file"
    assert bytes_of(database) == before


def test_a_view_is_read_too(database):
    with closing(sqlite3.connect(database)) as db, db:
        db.execute("CREATE VIEW latest AS SELECT * FROM audit ORDER BY time DESC")
    assert envelopes(anylog.read(database, table="latest")) == EXPECTED
    with pytest.raises(CannotRead, match="--table, or ask a --query: there are audit, latest"):
        anylog.read(database)
    with pytest.raises(CannotRead, match=r"no table 'nope' in .*; there are: audit, latest"):
        anylog.read(database, table="nope")


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM audit",
        "INSERT INTO audit SELECT * FROM audit RETURNING *",
        "DROP TABLE audit",
        "ATTACH 'other.db' AS other",
        "PRAGMA user_version = 7",
        "VACUUM INTO 'copy.db'",
        "SELECT 1; DROP TABLE audit",
        "SELECT * FROM nowhere",
        "SELECT",
        "",
    ],
)
def test_a_query_that_does_more_than_read_is_refused(database, query, monkeypatch):
    monkeypatch.chdir(database.parent)
    before = bytes_of(database)
    with pytest.raises(CannotRead, match=r"is only read here|does not answer|gives no rows"):
        anylog.read(database, query=query)
    assert bytes_of(database) == before


def test_two_columns_of_a_name_in_a_query_are_refused(database):
    with pytest.raises(CannotRead, match="two columns 'stream': name one otherwise"):
        anylog.read(database, query="SELECT a.stream, b.stream FROM audit AS a, audit AS b")


def test_an_sqlite_file_without_a_table_has_nothing_to_read(tmp_path):
    with closing(sqlite3.connect(tmp_path / "empty.db")) as db, db:
        db.execute("CREATE TABLE gone (a)")
        db.execute("DROP TABLE gone")
    with pytest.raises(CannotRead, match=r"no table in"):
        anylog.read(tmp_path / "empty.db")


def test_a_locked_file_is_told_from_a_damaged_one(database):
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert envelopes(anylog.read(database)) == EXPECTED  # nothing is written yet
        other.execute("INSERT INTO audit (stream) VALUES ('o-3')")
        with pytest.raises(CannotRead, match="another program has locked"):
            anylog.read(database)
    content = bytearray(database.read_bytes())
    content[100:4000] = b"\x07" * 3900
    database.write_bytes(content)
    with pytest.raises(CannotRead, match="damaged SQLite file"):
        anylog.read(database)


LOCKED = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=0)
try:
    db.execute("BEGIN IMMEDIATE")
except sqlite3.OperationalError as error:
    print(error)
"""


def test_reading_leaves_no_file_beside_one_in_wal_mode_and_needs_no_right_to(database):
    with closing(sqlite3.connect(database)) as db:
        db.execute("PRAGMA journal_mode = WAL")
    assert envelopes(anylog.read(database)) == EXPECTED
    assert [file.name for file in database.parent.iterdir()] == ["shop.db"]
    with closing(sqlite3.connect(database, isolation_level=None)) as writer:
        writer.execute("DELETE FROM audit WHERE type = 'Paid'")  # in its log, not in the file
        assert envelopes(anylog.read(database)) == EXPECTED[:2]


def test_a_file_that_is_written_while_it_is_read_is_told(database):
    """Nobody wrote when it was opened, so its locks were not asked for."""
    with closing(sqlite3.connect(database)) as db, db:
        db.executemany("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?)", ROWS * 2_000)

    with ExitStack() as until:
        rows = opened(database, None, None, "utf-8", until).rows
        next(rows)
        with closing(sqlite3.connect(database)) as db, db:
            db.execute("DELETE FROM audit")
        with pytest.raises(CannotRead, match="another program began to write"):
            list(rows)


def test_reading_a_store_that_this_process_writes_lets_go_of_none_of_its_locks(tmp_path):
    """open() and close() would: another process could then write into our transaction."""
    path = tmp_path / "log.anything"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("CREATE TABLE log (stream, type)")
        db.execute("INSERT INTO log VALUES ('a', 'A')")
        db.execute("BEGIN IMMEDIATE")
        db.execute("INSERT INTO log VALUES ('b', 'B')")
        assert len(anylog.read(path).rows) == 1
        done = subprocess.run(
            [sys.executable, "-c", LOCKED, path], capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == "database is locked"


# An esdemo store, and what it exports.


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """Three months at the bank: in a file, and exported from it."""
    folder = tmp_path_factory.mktemp("lived")
    application = bank.simulate(days=60)
    files = {}
    for form in ("json lines", "cloud events"):
        files[form] = folder / f"{form}.jsonl"
        export_history(application.store, files[form], form)
    files["unsealed"] = folder / "unsealed.jsonl"
    files["unsealed"].write_text(unsealed.write(application.store.recorded()), "utf-8")
    return application, files


def test_an_esdemo_store_is_read_without_its_classes(tmp_path):
    store = SQLiteStore(tmp_path / "bank.db", bank.BankMessage, ticking(START))
    application = Application(bank.rules, store, ids=numbered("cmd"))
    application.handle("ann", bank.OpenAccount("Ann"), actor="teller-1")
    application.handle("ann", bank.Deposit(100))
    application.handle("ann", bank.Withdraw(500))
    log = anylog.read(tmp_path / "bank.db")
    store.close()
    assert log.said == ["bank.db is an esdemo store"]
    assert [event and event.event.type for event, _ in log.rows] == [
        "AccountOpened",
        "MoneyDeposited",
        None,
    ]
    refused = log.decisions[-1]
    assert (refused.command.type, refused.reason is not None) == ("Withdraw", True)
    assert "1 refused command" in repr(explore(log))


@pytest.mark.parametrize("form", ["json lines", "cloud events", "unsealed"])
def test_what_an_esdemo_store_exports_is_read_back(lived, form):
    application, files = lived
    log = anylog.read(files[form])
    facts = list(application.store.recorded())
    events = [event for event, _ in log.rows if event is not None]
    assert [(e.stream, e.version, e.position) for e in events] == [
        (fact.stream, fact.version, fact.position) for fact in facts
    ]
    assert [(e.recorded_at, e.effective_at, e.actor) for e in events] == [
        (fact.recorded_at, fact.effective_at, fact.actor) for fact in facts
    ]
    if form != "unsealed":
        decisions = list(application.store.decisions())
        assert [(d.command_id, d.causation_id, d.reason) for d in log.decisions] == [
            (taken.command_id, taken.causation_id, taken.reason) for taken in decisions
        ]


def test_a_damaged_export_is_refused_with_its_line(lived, tmp_path):
    text = lived[1]["json lines"].read_text("utf-8").splitlines()
    text[2] = text[2].replace('"version"', '"versoin"')
    (tmp_path / "bad.jsonl").write_text("\n".join(text), "utf-8")
    with pytest.raises(CannotRead, match=r"line 3 .* is not of a history"):
        anylog.read(tmp_path / "bad.jsonl")


# CloudEvents, the library.


def test_cloud_events_of_others_say_their_columns(tmp_path):
    event = {"specversion": "1.0", "id": "7", "source": "/shop", "type": "com.shop.paid"}
    first = {**event, "subject": "o-1", "time": "2025-01-01T10:00:00Z", "data": {"cents": 5}}
    path = tmp_path / "events.jsonl"
    path.write_text(f"{json.dumps(first)}\n{json.dumps({**first, 'data': 'text'})}\n")
    log = anylog.read(path)
    assert [(e.stream, e.event) for e, _ in log.rows] == [
        ("o-1", Entry("com.shop.paid", {"cents": 5})),
        ("o-1", Entry("com.shop.paid", {"data": "text"})),
    ]
    path.write_text(json.dumps(event))
    assert anylog.read(path).rows[0][0].stream == "/shop"


def test_an_application_of_the_eventsourcing_library_is_read_by_topic(tmp_path):
    pytest.importorskip("eventsourcing")
    program = Path(__file__).with_name("library_application.py")
    settings = {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": "dogs.db"}
    subprocess.run(
        [sys.executable, program], check=True, cwd=tmp_path, env={**os.environ, **settings}
    )
    log = anylog.read(tmp_path / "dogs.db")
    assert "eventsourcing.domain" not in repr(log)
    assert log.said == ["dogs.db is a log of the eventsourcing library"]
    assert [event.event.type for event, _ in log.rows] == ["Dog.Registered", "Dog.TrickAdded"] * 2
    last = log.decider.fold([event.event for event, _ in log.rows[:2]])
    assert (last["name"], last["trick"]) == ("Fido", {"name": "roll", "days": 3})


def test_states_of_the_library_that_are_encrypted_are_told(tmp_path):
    with closing(sqlite3.connect(tmp_path / "es.db")) as db, db:
        db.execute("CREATE TABLE stored_events (originator_id, originator_version, topic, state)")
        db.execute("INSERT INTO stored_events VALUES ('a', 1, 'm:D.E', x'fffe00')")
    with pytest.raises(CannotRead, match="version 1 of a is not JSON: it was compressed or"):
        anylog.read(tmp_path / "es.db")


# PostgreSQL.


@pytest.fixture(scope="module")
def shop():
    """The address of a PostgreSQL database with a table of rows, and with a counter."""
    psycopg = pytest.importorskip("psycopg")
    # Not in pytest's own folder: as root, the server runs as a user who may not enter that.
    with tempfile.TemporaryDirectory() as folder, Postgres(Path(folder) / "server") as server:
        url = server.address
        with psycopg.connect(url, autocommit=True) as db:
            db.execute(
                "CREATE TABLE audit (stream text, type text, time timestamp, actor text, "
                "amount numeric(9, 2), note bytea)"
            )
            for row in ROWS:
                db.execute("INSERT INTO audit VALUES (%s, %s, %s, %s, %s, %s)", row)
            db.execute("CREATE SEQUENCE counter")
        yield url


def test_a_table_and_a_query_of_postgresql_are_read(shop):
    assert envelopes(anylog.read(shop, table="audit")) == EXPECTED
    log = anylog.read(shop, query="SELECT * FROM audit WHERE actor LIKE 'a%' ORDER BY time;")
    assert envelopes(log) == [EXPECTED[0], EXPECTED[2]]


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM audit RETURNING *",
        "WITH gone AS (DELETE FROM audit RETURNING *) SELECT * FROM gone",
        "SELECT 1; COMMIT; DROP TABLE audit",
        "SELECT nextval('counter')",
        "SELECT * FROM nowhere",
        "SELECT stream, type AS stream FROM audit",
        "",
    ],
)
def test_a_query_that_would_write_to_postgresql_is_refused(shop, query):
    import psycopg

    with psycopg.connect(shop, autocommit=True) as db:
        before = db.execute(
            "SELECT count(*), (SELECT last_value FROM counter) FROM audit"
        ).fetchall()
        with pytest.raises(CannotRead, match=r"is only read here|does not answer|two columns"):
            anylog.read(shop, query=query)
        after = db.execute(
            "SELECT count(*), (SELECT last_value FROM counter) FROM audit"
        ).fetchall()
    assert after == before


def test_without_a_table_it_says_which_there_are(shop):
    with pytest.raises(CannotRead, match=r"no table 'nope' in .*; there are: .*audit"):
        anylog.read(shop, table="nope")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:s3cr%40t@127.0.0.1:1/shop",
        "postgresql://ann:s3cr@t@127.0.0.1:1/shop",
        "postgresql://127.0.0.1:1/shop?user=ann&password=s3cr%40t",
        "postgresql://ann:s3cr@t%zz@127.0.0.1:1/shop",
        "postgresql://ann:s3cr@t@[127.0.0.1/shop",
        "postgresql://ann:s3cr@t@127.0.0.1:port/shop",
    ],
)
def test_no_sentence_and_no_traceback_has_the_password(url):
    pytest.importorskip("psycopg")
    with pytest.raises(CannotRead, match="does not answer") as caught:
        anylog.read(url)
    text = "".join(traceback.format_exception(caught.value))
    assert "s3cr" not in text
    assert "s3cr" not in str(caught.value)


def test_an_application_of_the_library_in_postgresql_is_the_log_that_is_meant(shop):
    program = Path(__file__).with_name("library_application.py")
    settings = {**os.environ, **environment(shop)}
    subprocess.run([sys.executable, program], check=True, env=settings)
    log = anylog.read(shop)
    assert "is a log of the eventsourcing library" in log.said[0]
    assert [event.event.type for event, _ in log.rows] == ["Dog.Registered", "Dog.TrickAdded"] * 2
    assert log.rows[1][0].event.data["trick"] == {"name": "roll", "days": 3}


@pytest.fixture
def ann(shop):
    """The address of the database as somebody whose password is asked for."""
    import psycopg

    with psycopg.connect(shop, autocommit=True) as db:
        db.execute("CREATE ROLE ann LOGIN PASSWORD 'right'")
        db.execute("GRANT SELECT ON audit TO ann")
        file = Path(db.execute("SHOW hba_file").fetchone()[0])
        trusted = file.read_text("utf-8")
        file.write_text(f"local all ann scram-sha-256\n{trusted}", "utf-8")
        db.execute("SELECT pg_reload_conf()")
        yield f"postgresql://ann:{{}}@/postgres?{shop.partition('?')[2]}"
        file.write_text(trusted, "utf-8")


def test_a_wrong_password_is_told_without_it(ann):
    right, wrong = ann.format("right"), ann.format("wr0ng")
    assert envelopes(anylog.read(right, table="audit")) == EXPECTED
    with pytest.raises(CannotRead, match="password authentication failed") as caught:
        anylog.read(wrong, table="audit")
    assert "wr0ng" not in "".join(traceback.format_exception(caught.value))


def test_entries_that_are_read_as_typed_facts_fold_to_the_same_states(tmp_path):
    application = bank.simulate(days=20)
    vocabulary = application.store.vocabulary

    def evolve(state, entry):
        event = vocabulary.decode(json.dumps({"type": entry.type, **entry.data}))
        return bank.rules.evolve(state or bank.rules.initial, event)

    path = tmp_path / "events.jsonl"
    path.write_text(unsealed.write(application.store.recorded()), "utf-8")
    log = anylog.read(path, evolve=evolve)
    states = {}
    for fact, _ in log.rows:
        states[fact.stream] = log.decider.evolve(states.get(fact.stream, {}), fact.event)
    assert states == {name: application.state(name) for name in application.store.streams()}
    assert COUNTS not in repr(states)
