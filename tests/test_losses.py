"""Ways in which acknowledged facts were once lost, or wrong answers given without a word.

Each ran on real files with real processes, and failed on the code of its day. The full campaigns
are in `torture/`; here is one small, sure case of each.
"""

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from pathlib import Path

import independent
import pytest
from conftest import START
from tally import Add, Added, TallyMessage, tally

from esdemo import Application, MemoryStore, SQLiteStore, audit, timeline
from esdemo.clocks import ticking
from esdemo.errors import Damaged, StoreError, WrongOwner
from esdemo.stores.sqlite import log

HEADER = """
import os, shutil, subprocess, sys, time
from tally import Add, Added, TallyMessage, tally
from esdemo import Application, SQLiteStore
from esdemo.errors import Damaged, StoreError, WrongOwner
path, survives = sys.argv[1:]
def opened():
    return Application(tally, SQLiteStore(path, TallyMessage, survives=survives))
"""
forking = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
both = pytest.mark.parametrize("survives", ["power loss", "crash"])


def run(program, path, survives):
    """The lines that a child process prints, one for each acknowledgement."""
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", HEADER + program]
    done = subprocess.run(
        [*command, str(path), survives],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def kept(path):
    """The ids of all commands in the file, which must be whole."""
    independent.assert_whole(path)
    return {row["command_id"] for row in independent.decisions(path)}


# A forked child that opens a store of its own, as it should.


FORK = """
parent = opened()
parent.handle("s", Add((1,)))
if child := os.fork():
    time.sleep(0.1)
    parent.store.close()
    os.waitpid(child, 0)
else:
    bank = opened()
    time.sleep(0.3)
    for number in range(20):
        bank.handle("s", Add((1,)), command_id=f"c{number}")
        print(f"c{number}", flush=True)
    bank.store.close()
    os._exit(0)
"""


@forking
@both
def test_a_forked_child_keeps_what_it_was_told_is_safe(path, survives):
    said = run(FORK, path, survives)
    assert len(said) == 20
    assert set(said) <= kept(path)


POOL = """
import multiprocessing
module_level = opened()
module_level.handle("s", Add((1,)))
def work(number):
    bank = opened()
    bank.handle("s", Add((1,)), command_id=f"c{number}")
    bank.store.close()
    return f"c{number}"
with multiprocessing.get_context("fork").Pool(3) as pool:
    print(*pool.map(work, range(30), chunksize=1), sep="\\n")
module_level.handle("s", Add((1,)), command_id="after")
print("after")
"""


@forking
@both
def test_a_pool_beside_a_store_of_the_module_loses_nothing(path, survives):
    said = run(POOL, path, survives)
    assert len(said) == 31
    assert set(said) <= kept(path)


@forking
def test_a_child_that_uses_its_parents_store_is_told_so(sqlite_store):
    store = sqlite_store()
    store.append("a", [Added(1)], expected_version=0)
    child = os.fork()
    if not child:
        answers = []
        for work in (lambda: store.version("a"), lambda: list(store.events("a")), store.close):
            try:
                work()
            except WrongOwner:
                answers.append("told")
        os._exit(0 if len(answers) == 3 else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert store.append("a", [Added(2)], expected_version=1)


BUSY_THREAD = """
import threading
parent = opened()
for number in range(20):
    parent.handle("s", Add((1,) * 100), command_id=f"c{number}")
stopped = []
def read():
    own = opened().store
    while not stopped:
        own.home.file.rows("SELECT sum(length(a.data)) FROM events a, events b LIMIT 1")
reader = threading.Thread(target=read)
reader.start()
time.sleep(0.2)
for attempt in range(5):
    child = os.fork()
    if not child:
        try:
            opened()
        except WrongOwner as error:
            os._exit(0 if "spawn" in str(error) else 2)
        os._exit(1)
    end = time.monotonic() + 20
    while not (done := os.waitpid(child, os.WNOHANG))[0] and time.monotonic() < end:
        time.sleep(0.01)
    if not done[0]:
        os.kill(child, 9)
    print("hangs" if not done[0] else os.waitstatus_to_exitcode(done[1]))
stopped.append(True)
reader.join()
"""


@forking
def test_a_child_that_is_forked_while_another_thread_reads_does_not_hang(path):
    assert run(BUSY_THREAD, path, "crash") == ["0"] * 5


# The file, read by other means in the process that has it open.


COPIED = """
bank = opened()
bank.handle("s", Add((1,)))
shutil.copy(path, path + ".copy")
other = "import sys; sys.path[:0] = sys.argv[3:]; " + (
    "from tally import *; from esdemo import SQLiteStore; "
    "SQLiteStore(sys.argv[1], TallyMessage).close()")
subprocess.run([sys.executable, "-c", other, path, survives, os.getcwd()], check=True)
try:
    for number in range(20):
        bank.handle("s", Add((1,)), command_id=f"c{number}")
        print(f"c{number}", flush=True)
except Damaged as error:
    print("Damaged", "taken away" in str(error), flush=True)
try:
    opened()
except Damaged as error:
    print("Damaged", "end this process" in str(error), flush=True)
"""


@both
@pytest.mark.parametrize("end", ["os._exit(0)", "bank.store.close()", ""])
def test_a_copy_of_the_file_by_other_means_costs_no_acknowledged_fact(path, survives, end):
    """The append fails by name before it is acknowledged, and closing does no harm either."""
    said = run(COPIED + end, path, survives)
    assert said[-2:] == ["Damaged True", "Damaged True"]
    assert set(said[:-2]) <= kept(path)


WRITTEN_MEANWHILE = COPIED.replace(
    "try:\n    for number",
    """
others = opened.__doc__ or ""
with_more = "import sys; sys.path[:0] = sys.argv[3:]; " + (
    "from tally import *; from esdemo import Application, SQLiteStore; import os; "
    "b = Application(tally, SQLiteStore(sys.argv[1], TallyMessage)); "
    "[b.handle('t', Add((1,)), command_id=f'd{n}') for n in range(20)]; os._exit(0)")
try:
    bank.handle("s", Add((1,)), command_id="too late")
except Damaged:
    pass
subprocess.run([sys.executable, "-c", with_more, path, survives, os.getcwd()], check=True)
try:
    for number""",
    1,
)


@both
@pytest.mark.parametrize("end", ["os._exit(0)", "bank.store.close()", ""])
def test_closing_a_store_whose_log_was_taken_away_destroys_nothing_of_others(path, survives, end):
    """Another process wrote 20 facts and was killed: they are in a new log that is not ours."""
    run(WRITTEN_MEANWHILE + end, path, survives)
    assert {f"d{number}" for number in range(20)} <= kept(path)
    assert "too late" not in kept(path)


# Backups.


def test_a_backup_is_a_whole_store_while_others_write(path, tmp_path, sqlite_store):
    store = sqlite_store()
    bank = Application(tally, store)
    for _ in range(50):
        bank.handle("a", Add((1, 2)))
    stop = threading.Event()

    def write():
        with SQLiteStore(path, TallyMessage, survives="crash") as own:
            other = Application(tally, own)
            while not stop.is_set():
                other.handle("b", Add((1,)))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            store.backup(tmp_path / f"backup-{number}.db")
    finally:
        stop.set()
        writer.join()
    for number in range(5):
        backup = tmp_path / f"backup-{number}.db"
        independent.assert_whole(backup)
        with SQLiteStore(backup, TallyMessage) as restored:
            assert audit.verify(restored).wrong is None
            assert Application(tally, restored).replay("a") == 150
            sealed = audit.verify(restored).seal
            assert Application(tally, restored).handle("a", Add((1,))).version == 101
        assert audit.compare(store, sealed) == []


def test_a_backup_overwrites_nothing(sqlite_store, tmp_path):
    store = sqlite_store()
    precious = tmp_path / "precious.txt"
    precious.write_text("mine")
    with pytest.raises(StoreError, match="name a new file"):
        store.backup(precious)
    assert precious.read_text() == "mine"
    with pytest.raises(StoreError, match="no backup was made"):
        store.backup(tmp_path / "nowhere" / "backup.db")
    with pytest.raises(StoreError, match="export_history"):
        MemoryStore(TallyMessage).backup(tmp_path / "memory.db")


@pytest.mark.parametrize("name", ["precious.txt/backup.db", "n" * 300, ""])
def test_a_place_where_no_backup_can_stand_is_named(sqlite_store, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    Path("precious.txt").write_text("mine")
    with pytest.raises(StoreError, match="no backup was made"):
        sqlite_store().backup(name)
    assert [each.name for each in tmp_path.iterdir() if "store.db" not in each.name] == [
        "precious.txt"
    ]


def test_a_backup_may_go_home(sqlite_store, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    sqlite_store().backup("~/backup.db")
    assert (tmp_path / "backup.db").exists()


def test_a_backup_takes_nothing_that_may_be_undone(sqlite_store, tmp_path):
    """SQLite says busy here, and the module sqlite3 would wait for ever."""
    store = sqlite_store()
    with pytest.raises(StoreError, match="may be undone"):
        store.alone(lambda: store.backup(tmp_path / "backup.db"))
    assert not (tmp_path / "backup.db").exists()


def test_a_store_that_was_deleted_and_begun_anew_is_not_damaged(sqlite_store, path):
    """The first cell of a notebook, run again: the old store still has its old file."""
    old = sqlite_store()
    old.append("a", [Added(1)], expected_version=0)
    for end in ("", "-wal", "-shm"):
        Path(f"{path}{end}").unlink()
    new = sqlite_store()
    new.append("a", [Added(2)], expected_version=0)
    with pytest.raises(Damaged):
        old.append("a", [Added(3)], expected_version=1)
    old.close()
    assert [fact.event for fact in sqlite_store().recorded()] == [Added(2)]


def taken(path, how, end):
    """Take a file's name away: delete it, move it, or give its name to another file."""
    file, other = Path(f"{path}{end}"), Path(f"{path}{end}.other")
    if how == "replaced":
        shutil.copy(file, other)  # which costs the locks as well
        os.replace(other, file)
    elif how == "moved":
        file.rename(other)
    else:
        file.unlink()


@both
@pytest.mark.parametrize("settled", [False, True])
@pytest.mark.parametrize("end", ["", "-wal"])
@pytest.mark.parametrize("how", ["deleted", "moved", "replaced"])
def test_no_fact_is_acknowledged_once_a_file_lost_its_name(
    path, monkeypatch, survives, settled, end, how
):
    """The other file keeps its own. settled: nothing had happened in the folder for a while."""
    monkeypatch.setattr(log, "SETTLED", 30_000_000 if settled else log.SETTLED)
    store = SQLiteStore(path, TallyMessage, survives=survives)
    time.sleep(0.1 if settled else 0)
    store.append("a", [Added(1)], expected_version=0)
    assert (store.home.file._log._unchanged > 0) is settled
    taken(path, how, end)
    for write in (
        lambda: store.append("a", [Added(2)], expected_version=1),
        lambda: Application(tally, store).handle("b", Add((1,))),
    ):
        with pytest.raises(Damaged, match=f"{path.name}{end} was taken away"):
            write()
    store.close()


@both
def test_a_folder_that_was_given_to_another_loses_no_fact_in_silence(tmp_path, survives):
    folder = tmp_path / "data"
    folder.mkdir()
    store = SQLiteStore(folder / "store.db", TallyMessage, survives=survives)
    store.append("a", [Added(1)], expected_version=0)
    folder.rename(tmp_path / "old")
    with pytest.raises(Damaged, match="taken away"):
        store.append("a", [Added(2)], expected_version=1)


def test_other_files_may_come_and_go_beside_a_store(sqlite_store, path):
    store = sqlite_store()
    for version in range(5):
        store.append("a", [Added(1)], expected_version=version)
        Path(f"{path}.{version}").touch()
        Path(f"{path}.{version - 1}").unlink(missing_ok=True)
    store.backup(f"{path}.backup")
    assert store.append("a", [Added(1)], expected_version=5)


# An interrupt: the first thing that people do in Jupyter.


def test_an_interrupt_while_waiting_for_the_lock_leaves_the_store_usable(sqlite_store, path):
    store = sqlite_store()
    bank = Application(tally, store)
    bank.handle("a", Add((1,)))
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        interrupt = threading.Timer(0.2, signal.raise_signal, [signal.SIGINT])
        release = threading.Timer(0.6, other.execute, ["COMMIT"])
        interrupt.start()
        release.start()
        with pytest.raises(KeyboardInterrupt):
            bank.handle("a", Add((2,)))
        release.join()
    assert not store.home.file.db.in_transaction
    assert bank.handle("a", Add((3,))).refused is False
    with SQLiteStore(path, TallyMessage, busy_timeout=0.1) as second:
        Application(tally, second).handle("a", Add((4,)))
    independent.assert_whole(path)


# Damage in an index: the table is right, and everyday reads go by the index.


@pytest.fixture
def flipped(path):
    """Makes a store of three streams, and flips one bit of a stream's name in the index."""

    def make(stream, version, change):
        with SQLiteStore(path, TallyMessage, ticking(START)) as store:
            bank = Application(tally, store)
            for _ in range(3):
                for name in ("alice", "bob", "carol"):
                    bank.handle(name, Add((7,)))
            bank.handle("solo", Add((7,)))
        with closing(sqlite3.connect(path)) as db:
            find = "SELECT rootpage FROM sqlite_master WHERE name = 'sqlite_autoindex_events_1'"
            (page,) = db.execute(find).fetchone()
        content = bytearray(path.read_bytes())
        # An entry is the types of its columns, the stream, the version and the position; SQLite
        # writes the integer 1 as the type 9, without a byte of its own.
        name = stream.encode()
        entry = b"\t[\x01\t]" + name if version == 1 else b"\x01\x01" + name + bytes([version])
        place = re.search(entry, content[(page - 1) * 4096 : page * 4096]).start()
        place += (page - 1) * 4096 + 2
        content[place + len(stream) - 1] ^= change
        path.write_bytes(content)
        return SQLiteStore(path, TallyMessage)

    return make


@pytest.mark.parametrize("change", [1, 2, 4, 64])
@pytest.mark.parametrize(("stream", "version"), [("alice", 2), ("alice", 3), ("bob", 3)])
def test_an_event_that_the_index_hides_is_missed_by_name(flipped, stream, version, change):
    """Its first, middle or last event: not even a shorter stream goes unnoticed."""
    with flipped(stream, version, change) as store:
        bank = Application(tally, store)
        for ask in (bank.state, bank.replay, lambda name: list(store.recorded(name))):
            with pytest.raises(Damaged, match="restore a backup"):
                ask(stream)
        with suppress(Damaged):  # or the right answer, where the last entry is sound
            assert store.version(stream) == 3
        with pytest.raises(Damaged):
            bank.handle(stream, Add((1,)))
        with suppress(Damaged):
            assert bank.state(stream, as_of=START) == 7 * (stream == "alice")
        assert "SQLite says" in (audit.verify(store).wrong or "")
        assert timeline.states(bank)["carol"] == 21  # a whole-log read does not need the index


def test_a_stream_whose_only_event_the_index_hides_is_not_taken_for_a_new_one(flipped):
    with flipped("solo", 1, 1) as store, pytest.raises(Damaged):
        Application(tally, store).state("solo")
