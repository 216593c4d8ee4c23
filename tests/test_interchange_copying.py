"""A history moves from any home to any other and back, hash for hash."""

import pytest
from conftest import START, contents
from tally import Added, Take, TallyMessage

from esdemo import Application, MemoryStore, Rejected, SQLiteStore, audit
from esdemo.clocks import ManualClock
from esdemo.domains import bank
from esdemo.domains.bank import BankMessage
from esdemo.errors import Misfit
from esdemo.interchange import copy_history
from esdemo.stores.postgres import PostgresStore


@pytest.fixture
def homes(path, postgres_store):
    """A way to open each home, empty, for the bank."""
    clock = ManualClock(START)
    return {
        "memory": lambda: MemoryStore(BankMessage, clock),
        "sqlite": lambda: SQLiteStore(path, BankMessage, clock, survives="crash"),
        "postgres": lambda: postgres_store(BankMessage, clock),
    }


@pytest.mark.parametrize("start", ["memory", "sqlite", "postgres"])
@pytest.mark.parametrize("end", ["memory", "sqlite", "postgres"])
def test_a_history_moves_from_any_home_to_any_other_and_back(start, end, homes):
    lived = bank.simulate(accounts=3, days=20).store
    first = homes[start]()
    assert copy_history(lived, first) == audit.verify(lived).seal
    second = homes[end]() if end != start else MemoryStore(BankMessage)
    copy_history(first, second)
    third = MemoryStore(BankMessage)
    copy_history(second, third)
    assert contents(third) == contents(second) == contents(lived)


def test_a_copy_that_was_stopped_goes_on_where_it_was(postgres_store, monkeypatch):
    lived = bank.simulate(accounts=3, days=20).store
    target = postgres_store(BankMessage)
    real, count = audit.restore, iter(range(100))

    def stopping(store, rows):
        if next(count) == 2:
            raise KeyboardInterrupt
        real(store, rows)

    monkeypatch.setattr("esdemo.interchange.copying.restore", stopping)
    with pytest.raises(KeyboardInterrupt):
        copy_history(lived, target, batch=7)
    assert 0 < target.position < lived.position
    copy_history(lived, target, batch=7)
    assert contents(target) == contents(lived)


def test_what_came_since_is_added_and_the_target_works_on(postgres_store):
    life = bank.simulate(accounts=2, days=5)
    target = postgres_store(BankMessage, life.store.clock)
    copy_history(life.store, target)
    life.handle("alice", bank.Deposit(5))
    copy_history(life.store, target)
    assert contents(target) == contents(life.store)
    assert Application(bank.rules, target).handle("alice", bank.Deposit(5)).version > 1


def test_another_history_is_left_alone(store):
    store.append("a", [Added(1)], expected_version=0)
    other = MemoryStore(TallyMessage)
    other.append("a", [Added(2)], expected_version=0)
    before = contents(store)
    with pytest.raises(Misfit, match="not the beginning of the source"):
        copy_history(other, store)
    longer = MemoryStore(TallyMessage)
    with pytest.raises(Misfit, match="not the beginning of the source"):
        copy_history(longer, store)
    assert contents(store) == before


def test_refusals_and_imports_are_copied_too(store):
    source = MemoryStore(TallyMessage)
    source.append("a", [Added(1), Added(2)], expected_version=0)
    source.record("a", Take(9), Rejected("no"), expected_version=2, command_id="c")
    copy_history(source, store)
    assert contents(store) == contents(source)


def test_a_damaged_source_is_told_and_what_was_whole_is_kept(path):
    with SQLiteStore(path, TallyMessage) as source:
        for version in range(6):
            source.append("a", [Added(1)], expected_version=version)
        source.home.file.db.execute("DROP TRIGGER events_are_never_updated")
        source.home.file.db.execute("UPDATE events SET hash = 'x' WHERE position = 5")
        target = MemoryStore(TallyMessage)
        with pytest.raises(Misfit, match="the source is not whole: position 5"):
            copy_history(source, target, batch=2)
    assert target.position == 4


def test_the_server_checks_a_copy_as_it_checks_everything(postgres, postgres_store):
    source = bank.simulate(accounts=2, days=5).store
    target = postgres_store(BankMessage)
    copy_history(source, target)
    schema = target.connection.schema
    with PostgresStore(postgres, BankMessage, schema=schema, read_only=True) as reading:
        found = audit.verify(reading)
    assert not found.wrong
    assert found.whole
