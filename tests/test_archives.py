"""Archives: a history in Parquet is the same history, folded cold, thawed, or refused by name."""

import gzip
import os
import sys
from itertools import chain

import pyarrow
import pyarrow.parquet
import pytest
from conftest import START, contents
from hypothesis import given
from hypothesis import strategies as st
from tally import Add, Added, TallyMessage, tally

from esdemo import Application, MemoryStore, SQLiteStore, audit, errors
from esdemo.archives import NotAnArchive, bytes_by_part, facts, freeze, seal_of, thaw
from esdemo.clocks import numbered, ticking
from esdemo.domains import bank
from esdemo.domains.bank import first
from esdemo.interchange import NotExported, export_history


@pytest.fixture(scope="module")
def frozen(tmp_path_factory):
    """A quarter at the bank, and its archive."""
    year = bank.simulate(accounts=5, days=90)
    path = tmp_path_factory.mktemp("frozen") / "quarter.parquet"
    return year, path, freeze(year.store, path)


def test_the_archive_has_the_seal_of_the_log(frozen):
    year, path, seal = frozen
    assert seal == audit.verify(year.store).seal == seal_of(path)


def test_what_was_thawed_is_row_for_row_what_was_frozen(frozen, new_store):
    year, path, seal = frozen
    store = new_store(bank.BankMessage)
    assert thaw(path, store, seal=seal) == seal
    assert list(store.transactions()) == list(year.store.transactions())
    assert contents(store) == contents(year.store)


def test_what_is_cold_is_folded_without_a_store(frozen):
    year, path, seal = frozen
    assert list(facts(path, bank.BankMessage, seal=seal)) == list(year.store.recorded())
    for stream in year.store.streams():
        found = facts(path, bank.BankMessage, stream)
        assert bank.rules.fold(fact.event for fact in found) == year.state(stream)


def test_old_shapes_are_upcast_on_the_way(tmp_path):
    store = MemoryStore(first.FirstMessage)
    first.read(store)
    freeze(store, tmp_path / "2019.parquet")
    found = facts(tmp_path / "2019.parquet", first.TODAY, "olga")
    assert bank.rules.fold(fact.event for fact in found).balance == 439_00


def test_an_unknown_name_is_refused_by_place(frozen):
    _, path, _ = frozen
    with pytest.raises(errors.Unreadable, match=r"position 1 \('alice', version 1\)"):
        list(facts(path, TallyMessage))
    with pytest.raises(errors.Unreadable):
        thaw(path, MemoryStore(TallyMessage))


def test_a_fold_over_cold_and_hot_is_the_fold_over_both(tmp_path):
    """Last year's log is archived, this year's begins with the balance: closing the books."""
    old = Application(tally, MemoryStore(TallyMessage, ticking(START)), ids=numbered("c"))
    for amount in range(1, 30):
        old.handle("a", Add((amount, amount)))
    freeze(old.store, tmp_path / "old.parquet")
    new = Application(tally, MemoryStore(TallyMessage, ticking(START)), ids=numbered("d"))
    new.handle("a", Add((5, 6)))
    both = chain(facts(tmp_path / "old.parquet", TallyMessage, "a"), new.store.recorded("a"))
    assert tally.fold(fact.event for fact in both) == old.state("a") + new.state("a")


@given(st.lists(st.tuples(st.sampled_from("ab"), st.lists(st.integers(0, 9), max_size=3))))
def test_any_history_comes_back(tmp_path_factory, orders):
    application = Application(tally, MemoryStore(TallyMessage, ticking(START)), ids=numbered("c"))
    for stream, amounts in orders:
        application.handle(stream, Add(tuple(amounts)))
    application.store.append("c", [Added(1)], expected_version=0)
    path = tmp_path_factory.mktemp("any") / "any.parquet"
    freeze(application.store, path)
    store = MemoryStore(TallyMessage)
    thaw(path, store)
    assert list(store.transactions()) == list(application.store.transactions())


# What was done to the file is noticed.


def rewritten(path, change):
    """The archive with its table changed, its metadata as it was."""
    table = pyarrow.parquet.read_table(path)
    metadata = pyarrow.parquet.ParquetFile(path).metadata.metadata
    rows = table.to_pylist()
    changed = pyarrow.Table.from_pylist(change(rows), table.schema)
    kept = {key: metadata[key] for key in (b"esdemo", b"seal")}
    target = path.with_name("changed.parquet")
    pyarrow.parquet.write_table(changed.replace_schema_metadata(kept), target)
    return target


CHANGES = {
    "an actor": lambda rows: [rows[0], rows[1] | {"actor": "x"}, *rows[2:]],
    "a payload": lambda rows: [rows[0], rows[1] | {"data": "{}"}, *rows[2:]],
    "an event gone": lambda rows: [rows[0], *rows[2:]],
    "the end gone": lambda rows: rows[:-2],
    "all gone": lambda rows: [],
    "two exchanged": lambda rows: [*rows[2:4], *rows[:2], *rows[4:]],
    "a hash": lambda rows: [*rows[:-1], rows[-1] | {"hash": "0" * 64}],
    "one more": lambda rows: [*rows, rows[-1]],
    "a null": lambda rows: [*rows[:-1], rows[-1] | {"data": None}],
}


@pytest.mark.parametrize("change", CHANGES)
def test_an_archive_that_was_changed_is_refused_and_nothing_is_thawed(frozen, change):
    _, path, _ = frozen
    changed = rewritten(path, CHANGES[change])
    store = MemoryStore(bank.BankMessage)
    with pytest.raises((NotAnArchive, errors.Misfit)):
        thaw(changed, store)
    assert store.counts() == (0, 0)
    with pytest.raises((NotAnArchive, errors.Unreadable)):
        list(facts(changed, bank.BankMessage))


def test_another_history_with_its_own_seal_is_refused_beside_the_one_that_was_kept(
    frozen, tmp_path
):
    _, _, seal = frozen
    other = bank.simulate(accounts=5, days=90, seed=2)
    freeze(other.store, tmp_path / "other.parquet")
    with pytest.raises(NotAnArchive, match="another history than that of esdemo seal"):
        thaw(tmp_path / "other.parquet", MemoryStore(bank.BankMessage), seal=seal)
    with pytest.raises(NotAnArchive, match="another history"):
        list(facts(tmp_path / "other.parquet", bank.BankMessage, seal=seal))


def test_what_is_not_an_archive_says_so(tmp_path, frozen):
    year, path, _ = frozen
    export_history(year.store, tmp_path / "lines")
    (tmp_path / "zip").write_bytes(gzip.compress(b"x" * 99))
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "cut").write_bytes(path.read_bytes()[:-20])
    pyarrow.parquet.write_table(pyarrow.table({"a": [1]}), tmp_path / "foreign")
    for name in ("lines", "zip", "empty", "cut", "foreign"):
        with pytest.raises(NotAnArchive):
            list(facts(tmp_path / name, bank.BankMessage))
        with pytest.raises(NotAnArchive):
            seal_of(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        seal_of(tmp_path / "nothing")


def test_an_archive_is_not_thawed_over_a_history(frozen, store):
    store.append("a", [Added(1)], expected_version=0)
    with pytest.raises(errors.Misfit, match="into an empty store"):
        thaw(frozen[1], store)


def test_a_log_that_does_not_fit_together_is_not_frozen(tmp_path):
    store = MemoryStore(TallyMessage, ticking(START))
    store.append("a", [Added(1), Added(2)], expected_version=0)
    store.home._log[1] = store.home._log[1]._replace(actor="x")
    with pytest.raises(errors.Misfit, match="position 2"):
        freeze(store, tmp_path / "a.parquet")
    assert list(tmp_path.iterdir()) == []


def test_the_store_itself_is_not_replaced(sqlite_store, path):
    store = sqlite_store()
    store.append("a", [Added(1)], expected_version=0)
    with pytest.raises(NotExported, match="belongs to the store itself"):
        freeze(store, path)
    assert store.position == 1


def test_without_pyarrow_it_says_what_to_install(tmp_path, monkeypatch, store):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ImportError, match="pip install pyarrow"):
        freeze(store, tmp_path / "a.parquet")


# Where the bytes are.


def test_the_parts_of_a_file_add_up_to_its_size(tmp_path):
    path = tmp_path / "bank.db"
    with SQLiteStore(path, TallyMessage, ticking(START)) as store:
        application = Application(tally, store, ids=numbered("c"))
        for _ in range(300):
            application.handle("a", Add((1, 2)), actor="teller")
        parts = bytes_by_part(store)
        assert parts["hash"] == 600 * 64
        assert parts["times"] == 600 * 2 * 32
        assert parts["payload"] == 600 * len('{"type":"Added","amount":1}')
        assert min(parts.values()) > 0
    assert sum(parts.values()) == os.path.getsize(path)


def test_what_has_no_file_has_no_bytes_to_count():
    with pytest.raises(TypeError, match="give an SQLiteStore"):
        bytes_by_part(MemoryStore(TallyMessage))
