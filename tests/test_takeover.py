"""Takeover: a table comes along, once however often, and is compared until it can be closed."""

from typing import NamedTuple, assert_never

import pytest
from conftest import START
from hypothesis import given
from hypothesis import strategies as st

from esdemo import Application, Command, Decider, Event, MemoryStore, Rejected, SQLiteStore
from esdemo.clocks import numbered, ticking
from esdemo.takeover import Brought, Difference, bring, reconcile


class BalanceTakenOver(Event):
    owner: str
    balance: int


class BalanceAligned(Event):
    difference: int


class TakeOver(Command):
    owner: str
    balance: int


class Purse(NamedTuple):
    owner: str = ""
    balance: int = 0


def decide(command, purse):
    match command:
        case TakeOver(_, balance) if balance < 0:
            raise Rejected("a purse is never below zero")
        case TakeOver(owner, balance) if not purse.owner:
            return [BalanceTakenOver(owner, balance)]
        case TakeOver(owner) if owner != purse.owner:
            raise Rejected(f"the purse is {purse.owner}'s")
        case TakeOver(_, balance):
            return [BalanceAligned(balance - purse.balance)]
        case _:
            assert_never(command)


def evolve(purse, event):
    match event:
        case BalanceTakenOver(owner, balance):
            return Purse(owner, balance)
        case BalanceAligned(difference):
            return purse._replace(balance=purse.balance + difference)
        case _:
            assert_never(event)


def purses(store=None):
    store = store or MemoryStore(BalanceTakenOver | BalanceAligned | TakeOver, ticking(START))
    return Application(Decider(decide, evolve, Purse()), store, ids=numbered("c"))


def command(row):
    return f"purse/{row['id']}", TakeOver(row["owner"], row["balance"])


def expected(row):
    return f"purse/{row['id']}", {"owner": row["owner"], "balance": row["balance"]}


ROWS = st.lists(
    st.fixed_dictionaries(
        {"id": st.integers(1, 50), "owner": st.text(min_size=1), "balance": st.integers(0, 10**9)}
    ),
    unique_by=lambda row: row["id"],
)


@given(ROWS)
def test_a_table_is_in_the_log_once_however_often_it_is_brought(rows):
    application = purses()
    assert bring(application, rows, command, name="2026") == Brought(len(rows), 0, ())
    position = application.store.position
    assert bring(application, rows, command, name="2026") == Brought(0, len(rows), ())
    assert application.store.position == position == len(rows)
    assert reconcile(application, rows, expected) == []


@given(ROWS, st.integers(0, 40))
def test_after_a_crash_half_way_the_rest_comes(rows, at):
    application = purses()

    def until(rows):
        for nth, row in enumerate(rows):
            if nth == at:
                raise KeyboardInterrupt
            yield row

    try:
        bring(application, until(rows), command, name="2026")
    except KeyboardInterrupt:
        assert application.store.position == at
    bring(application, rows, command, name="2026")
    assert application.store.position == len(rows)
    assert reconcile(application, rows, expected) == []


@given(ROWS, ROWS)
def test_what_differs_is_named_and_nothing_else(rows, later):
    application = purses()
    bring(application, rows, command, name="2026")
    found = reconcile(application, later, expected)
    before, now = ({row["id"]: row for row in each} for each in (rows, later))
    named = {(each.stream, each.field) for each in found}
    assert named == {
        (f"purse/{key}", field)
        for key in before.keys() & now.keys()
        for field in ("owner", "balance")
        if before[key][field] != now[key][field]
    } | {(f"purse/{key}", "") for key in before.keys() ^ now.keys()}


def row(balance, owner="Ann", key=1):
    return {"id": key, "owner": owner, "balance": balance}


def test_a_row_that_changed_is_another_command_and_the_rules_say_what_it_means():
    application = purses()
    bring(application, [row(100)], command, name="2026")
    assert bring(application, [row(130)], command, name="2026") == Brought(1, 0, ())
    events = [fact.event for fact in application.store.recorded()]
    assert events == [BalanceTakenOver("Ann", 100), BalanceAligned(30)]
    assert reconcile(application, [row(130)], expected) == []


def test_a_row_that_goes_back_to_what_it_was_is_seen_by_reconciling_only():
    """Its command was given before, so it is known; the difference says so, and is not hidden."""
    application = purses()
    for balance in (100, 130):
        bring(application, [row(balance)], command, name="2026")
    assert bring(application, [row(100)], command, name="2026").known == 1
    assert reconcile(application, [row(100)], expected) == [
        Difference("purse/1", "balance", 100, 130)
    ]
    assert bring(application, [row(100)], command, name="second night").new == 1
    assert reconcile(application, [row(100)], expected) == []


def test_what_the_rules_refuse_is_reported_and_kept():
    application = purses()
    brought = bring(application, [row(-5), row(7, key=2)], command, name="2026")
    assert (brought.new, brought.known) == (2, 0)
    assert [each.reason for each in brought.refused] == ["a purse is never below zero"]
    assert reconcile(application, [row(-5)], expected) == [
        Difference("purse/1", "", "a row", None),
        Difference("purse/2", "", None, "a stream"),
    ]


def test_it_runs_again_in_another_process_on_the_same_file(tmp_path):
    for run in range(2):
        with SQLiteStore(tmp_path / "p.db", BalanceTakenOver | BalanceAligned | TakeOver) as store:
            brought = bring(purses(store), [row(100), row(5, key=2)], command, name="2026")
            assert brought.known == 2 * run
            assert store.position == 2


@pytest.mark.parametrize("wrong", [{"id": 1}, {"id": 1, "owner": 5, "balance": 1}])
def test_a_row_that_makes_no_command_stops_by_name_and_what_came_before_is_kept(wrong):
    application = purses()
    with pytest.raises((KeyError, TypeError)):
        bring(application, [row(1), wrong | {"id": 2}], command, name="2026")
    assert application.store.position == 1
