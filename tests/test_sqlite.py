"""The SQLite home: what the file itself refuses, whom it belongs to, how hard it writes."""

import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import independent
import pytest
from conftest import START, contents
from tally import Add, Added, Take, TallyEvent, TallyMessage, tally

from esdemo import Application, SQLiteStore
from esdemo.clocks import numbered
from esdemo.errors import NotAStore, StoreError, WrongOwner

EVENT = (4, "a", 4, '{"type":"Added","amount":999994}', "", "", "", "z", "z", "h")
DECISION = (4, "a", 3, 3, '{"type":"Take","amount":1}', None, 0, "new", "", "", "", "z", "z", "h")


@pytest.fixture
def used(sqlite_store, path):
    """The path of a file with 3 events of stream a and 3 decisions."""
    application = Application(tally, sqlite_store(), ids=numbered("cmd"))
    application.handle("a", Add((1, 2)))
    application.handle("a", Take(9))
    application.handle("a", Take(3))
    return path


@pytest.fixture
def raw(used):
    """That file in the hands of somebody who does not go through esdemo."""
    with closing(sqlite3.connect(used, isolation_level=None)) as db:
        yield db


def insert(table, row, how="INSERT"):
    """An INSERT statement for a whole row."""
    return f"{how} INTO {table} VALUES ({', '.join('?' * len(row))})", row


def changed(row, **columns):
    """The row with some columns replaced, by place (`_0=...`)."""
    return tuple(columns.get(f"_{place}", value) for place, value in enumerate(row))


# The database itself refuses change.


@pytest.mark.parametrize("table", ["events", "decisions"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {} SET data = '{{}}'",
        "UPDATE {} SET actor = 'nobody' WHERE rowid = 2",
        "UPDATE OR REPLACE {} SET stream = 'b'",
        "UPDATE OR IGNORE {} SET rowid = 9 WHERE rowid = 3",
        "DELETE FROM {}",
        "DELETE FROM {} WHERE rowid = 3",
        "INSERT OR REPLACE INTO {} SELECT * FROM {} WHERE rowid = 2",
        "REPLACE INTO {} SELECT * FROM {}",
        "INSERT INTO {} SELECT * FROM {} WHERE true ON CONFLICT DO UPDATE SET data = ''",
        "INSERT INTO {} SELECT * FROM {} WHERE true ON CONFLICT DO NOTHING",
        "INSERT OR IGNORE INTO {} SELECT * FROM {}",
        "INSERT OR ROLLBACK INTO {} SELECT * FROM {}",
    ],
)
@pytest.mark.parametrize("recursive", ["ON", "OFF"])
def test_history_cannot_be_rewritten(used, raw, table, statement, recursive):
    before = independent.events(used), independent.decisions(used)
    raw.execute(f"PRAGMA recursive_triggers = {recursive}")
    with pytest.raises(sqlite3.IntegrityError, match=r"history|decision"):
        raw.execute(statement.format(table, table))
    assert (independent.events(used), independent.decisions(used)) == before


@pytest.mark.parametrize("how", ["INSERT", "INSERT OR REPLACE", "INSERT OR IGNORE", "REPLACE"])
@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("events", changed(EVENT, _0=3)),
        ("events", changed(EVENT, _0=5)),
        ("events", changed(EVENT, _0=0)),
        ("events", changed(EVENT, _0=-1)),
        ("events", changed(EVENT, _0=None)),
        ("events", changed(EVENT, _2=5)),
        ("events", changed(EVENT, _2=3)),
        ("events", changed(EVENT, _2=0)),
        ("events", changed(EVENT, _2=-4)),
        ("events", changed(EVENT, _2=None)),
        ("events", changed(EVENT, _1="b")),
        ("decisions", changed(DECISION, _0=3)),
        ("decisions", changed(DECISION, _0=5)),
        ("decisions", changed(DECISION, _0=None)),
        ("decisions", changed(DECISION, _7="cmd-1")),
        ("decisions", changed(DECISION, _2=2)),
        ("decisions", changed(DECISION, _2=4)),
        ("decisions", changed(DECISION, _3=4)),
        ("decisions", changed(DECISION, _11="2000")),
        ("events", changed(EVENT, _7="2000")),
    ],
    ids=str,
)
def test_a_row_takes_the_next_place_or_none(used, raw, how, table, row):
    """The row is new in one key and old in the other: INSERT OR REPLACE would delete the old."""
    before = independent.events(used), independent.decisions(used)
    with pytest.raises(sqlite3.IntegrityError):
        raw.execute(*insert(table, row, how))
    assert (independent.events(used), independent.decisions(used)) == before


def test_insert_or_replace_would_have_slipped_past_a_delete_trigger():
    """Why the BEFORE INSERT trigger is there: SQLite fires no DELETE trigger for a REPLACE."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, cents INTEGER)")
        db.execute("CREATE TRIGGER d BEFORE DELETE ON t BEGIN SELECT RAISE(ABORT, 'no'); END")
        db.execute("INSERT INTO t VALUES (1, 6)")
        db.execute("INSERT OR REPLACE INTO t VALUES (1, 1000000)")
        assert db.execute("SELECT cents FROM t").fetchall() == [(1_000_000,)]


def test_the_next_row_is_accepted_by_the_triggers(used, raw):
    raw.execute(*insert("events", EVENT))
    raw.execute(*insert("decisions", changed(DECISION, _2=4, _3=4)))
    assert (len(independent.events(used)), len(independent.decisions(used))) == (4, 4)


@pytest.mark.parametrize("column", range(10))
def test_columns_have_strict_types(used, raw, column):
    wrong = b"blob"
    with pytest.raises(sqlite3.IntegrityError):
        raw.execute(*insert("events", changed(EVENT, **{f"_{column}": wrong})))


def test_a_store_reports_what_the_file_refuses_by_name(sqlite_store, used):
    """The application never asks for it; whoever does so through the store is told why."""
    store = sqlite_store(TallyMessage)
    with pytest.raises(StoreError, match="history is not rewritten"):
        store.home.file.rows("UPDATE events SET data = ''")


# The file and its settings.


def test_the_file_is_in_wal_mode_and_says_who_made_it(used, raw):
    assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert raw.execute("PRAGMA application_id").fetchone() == (0x65736465,)
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert used.read_bytes()[68:72] == b"esde"  # where the program `file` looks


@pytest.mark.parametrize(("survives", "synchronous"), [("power loss", 2), ("crash", 1)])
def test_durability_is_really_set_on_the_connection_that_writes(
    sqlite_store, survives, synchronous
):
    for _ in "new file", "old file":
        store = sqlite_store(survives=survives)
        assert store.home.file.rows("PRAGMA synchronous") == [(synchronous,)]
        assert store.home.file.rows("PRAGMA journal_mode") == [("wal",)]


def test_power_loss_is_the_default(sqlite_store):
    assert sqlite_store().home.file.rows("PRAGMA synchronous") == [(2,)]


@pytest.mark.parametrize("survives", ["crash ", "", None, "FULL"])
def test_an_unknown_durability_is_an_error(path, survives):
    with pytest.raises(ValueError, match="'power loss' or 'crash'"):
        SQLiteStore(path, TallyMessage, survives=survives)
    assert not path.exists()


def test_what_was_written_is_read_by_the_next_store(sqlite_store, used):
    first, second = sqlite_store(), sqlite_store()
    assert contents(first) == contents(second)
    assert Application(tally, second).state("a") == 0


def test_the_hash_chain_is_plain_json_and_sha256(used):
    assert len(independent.events(used)) == 3
    independent.assert_whole(used)


def test_the_total_is_also_one_line_of_sql(used):
    (total,) = independent.query(
        used,
        "SELECT sum(iif(data ->> 'type' = 'Added', 1, -1) * (data ->> 'amount')) FROM events",
    )[0]
    assert total == 0


@pytest.mark.parametrize("name", ["a b.db", "a?mode=ro.db", "a#b.db", "100%41.db", "é東.db", "a&b"])
def test_any_file_name_will_do(tmp_path, name):
    file = tmp_path / name
    with SQLiteStore(file, TallyMessage) as store:
        store.append("a", [Added(1)], expected_version=0)
    assert file.exists()
    with SQLiteStore(str(file), TallyMessage) as store:
        assert store.version("a") == 1


def test_a_path_can_be_relative(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    SQLiteStore("here.db", TallyMessage).close()
    assert (tmp_path / "here.db").exists()


def test_an_empty_file_becomes_a_store(path, sqlite_store):
    path.touch()
    assert sqlite_store().position == 0


def test_a_store_can_live_in_memory():
    with SQLiteStore(":memory:", TallyMessage) as store:
        store.append("a", [Added(1)], expected_version=0)
        assert store.position == 1
    assert not Path(":memory:").exists()


# Whom it belongs to.


def test_two_stores_on_one_file_see_each_other(sqlite_store):
    first, second = sqlite_store(), sqlite_store()
    one, two = Application(tally, first), Application(tally, second)
    for number in range(10):
        (one, two)[number % 2].handle("a", Add((number,)))
        assert one.state("a") == two.state("a") == sum(range(number + 1))


def test_two_vocabularies_can_open_one_file(sqlite_store, used):
    """A reader needs to know only what it reads."""
    assert len(list(sqlite_store(TallyEvent).recorded())) == 3


def in_a_thread(work):
    """What `work` raised in a thread of its own, or None."""
    raised = []

    def run():
        try:
            work()
        except Exception as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return raised[0] if raised else None


@pytest.mark.parametrize(
    "work",
    [
        lambda store: store.append("a", [Added(1)], expected_version=0),
        lambda store: list(store.events("a")),
        lambda store: store.position,
        lambda store: store.streams(),
        lambda store: store.close(),
    ],
    ids=["append", "events", "position", "streams", "close"],
)
def test_another_thread_is_told_to_open_its_own(sqlite_store, work):
    store = sqlite_store()
    error = in_a_thread(lambda: work(store))
    assert isinstance(error, WrongOwner)
    assert "open a SQLiteStore of its own" in str(error)
    assert store.append("a", [Added(1)], expected_version=0)[0].position == 1


FORKED = """
import os, sys
from tally import Added, TallyMessage
from esdemo import SQLiteStore, audit
from esdemo.errors import WrongOwner

store = SQLiteStore(sys.argv[1], TallyMessage)
store.append("a", [Added(1)], expected_version=0)
if child := os.fork():
    _, status = os.waitpid(child, 0)
    sys.exit(os.waitstatus_to_exitcode(status) or store.version("a") != 1)
def append():
    store.append("a", [Added(1)], expected_version=1)
for write in (append, lambda: audit.restore(store, []), lambda: store.version("a")):
    try:
        write()
        os._exit(2)
    except WrongOwner as error:
        if "of its own" not in str(error):
            os._exit(1)
os._exit(0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_that_writes_is_an_error(path):
    """In an interpreter of its own: pytest has threads, and forking those is another matter."""
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORKED, str(path)]
    done = subprocess.run(
        command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    independent.assert_whole(path)


def test_a_closed_store_says_so(sqlite_store):
    store = sqlite_store()
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.append("a", [Added(1)], expected_version=0)
    with pytest.raises(StoreError, match="closed"):
        store.version("a")


# Strangers.


def foreign(path):
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE notes (text)")
        db.commit()


def stamped(path):
    """An empty database that another program has put its name on."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA application_id = 7")


@pytest.mark.parametrize("make", [foreign, stamped])
def test_a_database_of_another_program_is_refused_not_adopted(path, make):
    make(path)
    before = path.read_bytes()
    with pytest.raises(NotAStore, match="another program"):
        SQLiteStore(path, TallyMessage)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_layout_of_the_future_is_refused_and_left_alone(used, sqlite_store, path):
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(NotAStore, match=r"layout 99.*update"):
        sqlite_store()
    assert len(independent.events(path)) == 3


def test_a_creation_that_was_cut_short_is_finished_by_the_next(path, sqlite_store):
    """Killed after the switch to WAL, before the tables: an empty database in WAL mode."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
    store = sqlite_store()
    store.append("a", [Added(1)], expected_version=0)
    independent.assert_whole(path)


def test_read_only_reads_and_never_writes(used, sqlite_store):
    store = sqlite_store(read_only=True)
    assert Application(tally, store).state("a") == 0
    with pytest.raises(StoreError):
        store.append("a", [Added(1)], expected_version=3)
    assert len(independent.events(used)) == 3


def test_read_only_sees_what_others_append(used, sqlite_store):
    reader, writer = sqlite_store(read_only=True), sqlite_store()
    writer.append("a", [Added(1)], expected_version=3)
    assert reader.version("a") == 4


def test_the_clock_of_the_store_is_the_one_that_was_given(sqlite_store):
    (fact,) = sqlite_store().append("a", [Added(1)], expected_version=0)
    assert fact.recorded_at == START


def test_a_path_may_begin_at_home(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    with SQLiteStore("~/bank of Zoë.db", TallyMessage) as store:
        store.append("a", [Added(1)], expected_version=0)
    assert (tmp_path / "bank of Zoë.db").exists()


@pytest.mark.skipif(os.name != "posix", reason="permissions are another matter here")
def test_the_files_of_a_store_have_the_permissions_of_any_new_file(sqlite_store, path):
    before = os.umask(0o027)
    try:
        sqlite_store().append("a", [Added(1)], expected_version=0)
        sqlite_store().backup(path.with_name("backup.db"))
    finally:
        os.umask(before)
    files = [path, *path.parent.glob("store.db-*"), path.with_name("backup.db")]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o640}
