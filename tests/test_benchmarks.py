"""The benchmarks run, and compare nothing but equal work. No number is asserted: none is stable."""

import gzip
import re
import subprocess
import sys
from pathlib import Path

import pytest

from esdemo import Application
from esdemo.domains.bank import Deposit, MoneyDeposited, rules

BENCHMARKS = Path(__file__).parent / "benchmarks"
NORMAL_AND_FULL = 2
PLAIN_AND_SNAPSHOTS = 2
WHOLE_AND_SOME = 2
MANY_AND_ONE = 2
APPEND_HANDLE_AND_LOAD = 3


@pytest.fixture
def sides(monkeypatch):
    """The module that sets up the rivals, found as the benchmark's script finds it."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    import sides

    return sides


def cells(line: str) -> list[str]:
    """The texts of a line of a Markdown table."""
    return [cell.strip() for cell in line.strip("| ").split(" | ")]


def test_the_quick_benchmark_prints_one_table_and_describes_the_machine(tmp_path):
    command = [sys.executable, BENCHMARKS / "bench.py", "--quick", "--folder", tmp_path]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    header, rule, *rows, empty, machine = run.stdout.splitlines()
    assert cells(header) == ["work", "esdemo, ms", "beside", "its ms", "esdemo is", "target", "met"]
    assert set(rule) == set("|- ")
    assert empty == ""
    assert re.search(r"\d+ cores? of .+, Python 3\.\d+\.\d+, SQLite 3\.\d+", machine)
    works = [cells(row)[0] for row in rows]
    assert sum("PostgreSQL" in each for each in works) == APPEND_HANDLE_AND_LOAD
    works = [each for each in works if "PostgreSQL" not in each]
    rows_of = {"append 1 event,": 4, "append 1 event unless": 2, "load, decide, append": 4}
    for work, rivals in rows_of.items():
        assert sum(each.startswith(work) for each in works) == rivals * NORMAL_AND_FULL
    assert sum(each.startswith("a random moment of") for each in works) == PLAIN_AND_SNAPSHOTS * 2
    assert sum(each.startswith("the log of") for each in works) == WHOLE_AND_SOME
    assert sum("their log of" in each or "prove a mirror" in each for each in works) == 3
    assert sum(each.startswith("a view that tells of each") for each in works) == MANY_AND_ONE
    assert sum("events into a view" in each for each in works) == MANY_AND_ONE
    for work in (
        *("load one stream", "replay", "fold a git history", "import"),
        *("read an event through", "store an event with", "read an event and reveal"),
        *("rebuild beside and switch", "all states of", "3 futures"),
    ):
        assert sum(each.startswith(work) for each in works) == 1
    for row in rows:
        assert re.fullmatch(
            r"\| [^|]+ \| [\d.]+ \| [^|]+ \| [\d.]+ \| [\d.]+x as (fast|long) "
            r"\| (at (least|most) [^|]+ \| (yes|no)| \| ) \|",
            row,
        ), row
    assert not list(tmp_path.iterdir()), "the benchmark leaves nothing behind"


def test_the_files_of_a_recorded_history_are_forecast(tmp_path):
    """Two files more each week, for three years: drift and blocks are right, persistence is not."""
    day, zero, some = 86_400, "0" * 40, "1" * 40
    commits = [f"{number:040x}" for number in range(160)]
    times = "".join(f"{commit} {7 * day * n}\n" for n, commit in enumerate(commits))
    added = [f":000000 100644 {zero} {some} A\0{{}}-{side}\0" for side in "ab"]
    rows = "".join(commit + "\0" + "".join(added).format(commit, commit) for commit in commits)
    (tmp_path / "weekly.commits.txt.gz").write_bytes(gzip.compress(times.encode()))
    recording = tmp_path / "weekly.diff-tree.z.gz"
    recording.write_bytes(gzip.compress(rows.encode()))
    command = [sys.executable, BENCHMARKS / "files.py", recording, "--window", "365"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    header, _, row = run.stdout.splitlines()
    told = dict(zip(cells(header), cells(row), strict=True))
    assert (told["repository"], told["days"], told["back-tests"]) == ("weekly", "1,114", "4")
    assert told["by blocks, %"] == "100"
    assert float(told["skill of drift"]) > 0.9
    assert float(told["of blocks"]) > 0.9


def test_both_sides_of_a_benchmark_start_with_the_same_histories(sides, tmp_path):
    with sides.banks(tmp_path, "FULL") as (store, theirs):
        streams = sides.filled(store, theirs, 2, 6)
        sides.agree(store, theirs, streams)
        assert [theirs.balance(stream) for stream in streams] == [3 * 3_00 - 2 * 1_00] * 2
        assert store.position == 12


def test_work_on_one_side_only_is_no_comparison(sides, tmp_path):
    with sides.banks(tmp_path, "NORMAL") as (store, theirs):
        streams = sides.filled(store, theirs, 2, 3)
        store.append(streams[0].hex, [MoneyDeposited(1, "cash")], expected_version=3)
        with pytest.raises(AssertionError, match="esdemo says 201, the other side 200"):
            sides.agree(store, theirs, streams)


@pytest.mark.parametrize("triggers", [False, True])
def test_the_bare_table_holds_the_same_rows_and_must_go_on_doing_so(sides, tmp_path, triggers):
    with sides.banks(tmp_path, "NORMAL") as (store, theirs):
        streams = sides.filled(store, theirs, 2, 1)
        with sides.bare(store, "NORMAL", triggers=triggers) as db:
            sides.agree_rows(store, db)
            sides.inserts(db, streams)()
            with pytest.raises(AssertionError, match="other facts"):
                sides.agree_rows(store, db)
            for stream in streams:
                store.append(stream.hex, [MoneyDeposited(1_00, "cash")], expected_version=1)
            sides.agree_rows(store, db)


def test_bare_statements_keep_the_same_books_and_must_go_on_doing_so(sides, tmp_path):
    with sides.banks(tmp_path, "NORMAL") as (store, theirs):
        streams = sides.filled(store, theirs, 2, 3)
        bank = Application(rules, store)
        for stream in streams:
            bank.handle(stream.hex, Deposit(1_00))
        with sides.copied(store, "NORMAL") as db:
            sides.agree_books(store)
            sides.decides(db, streams)()
            with pytest.raises(AssertionError, match="rows"):
                sides.agree_books(store)
            for stream in streams:
                bank.handle(stream.hex, Deposit(1_00))
            sides.agree_books(store)


@pytest.mark.parametrize(("synchronous", "number"), [("NORMAL", 1), ("FULL", 2)])
def test_all_sides_are_equally_durable(sides, tmp_path, synchronous, number):
    settings = []
    with sides.banks(tmp_path, synchronous) as (store, theirs):
        sides.filled(store, theirs, 1, 1)
        with theirs.factory.datastore.get_connection(commit=False) as connection:
            settings.append(connection.cursor())
            with sides.bare(store, synchronous, triggers=False) as db:
                settings += [db.cursor(), store.home.file.db.cursor()]
                for cursor in settings:
                    assert pragma(cursor, "synchronous") == number
                    assert pragma(cursor, "journal_mode") == "wal"


def pragma(cursor, name):
    """A setting of a connection."""
    cursor.execute(f"PRAGMA {name}")
    return cursor.fetchone()[0]


def test_the_table_of_long_logs_has_a_row_for_each_size_and_order():
    command = [sys.executable, BENCHMARKS / "long_logs.py", "300", "900"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    _, _, *rows = run.stdout.splitlines()
    assert [cells(row)[:3:2] for row in rows] == [
        [size, order] for size in ("300", "900") for order in ("by time", "late")
    ]


def test_the_memory_of_a_log_is_that_of_its_window(monkeypatch, tmp_path):
    """Rows wait on disk: held in a list, 60,000 more of them take some 37 MB more."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    import long_logs

    peaks = []
    for size in (30_000, 90_000):
        file = tmp_path / f"{size}.csv"
        long_logs.write(file, size, late=True)
        peaks.append(long_logs.measured(file, last=1_000)["reading"])
    few, many = peaks
    assert many - few < 12_000_000
