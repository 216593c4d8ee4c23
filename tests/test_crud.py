"""The rival: it answers as the event-sourced bank does, and forgets what chapter 01 says."""

import sqlite3
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from esdemo import Application, MemoryStore, Rejected
from esdemo.clocks import ManualClock, numbered, ticking
from esdemo.domains.bank import (
    BankMessage,
    ChargeFee,
    CloseAccount,
    CompleteTransfer,
    Deposit,
    OpenAccount,
    ReceiveTransfer,
    ReturnTransfer,
    ReverseEntry,
    SendTransfer,
    Withdraw,
    rules,
    simulate,
)
from esdemo.domains.crud import BANKS, DAY, QUESTIONS, CrudBank, Request, ask, four_banks, live
from esdemo.errors import NotAFact, UnknownType

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
STREAMS = ("alice", "bob", "carol")


@pytest.fixture
def bank():
    with CrudBank(clock=ticking(START)) as crud:
        crud.handle("alice", OpenAccount("Alice", overdraft=50_00), actor="teller-7")
        yield crud


@pytest.fixture(scope="module")
def banks():
    four = four_banks()
    with ExitStack() as stack:
        for name in BANKS[:3]:
            stack.enter_context(closing(four[name]))
        yield four


def event_bank(clock=None):
    store = MemoryStore(BankMessage, clock or ticking(START))
    return Application(rules, store, ids=numbered("cmd"))


# --- it is a bank ---


def test_a_command_overwrites_the_row(bank):
    bank.handle("alice", Deposit(30_00), actor="teller-2")
    assert bank.query("SELECT * FROM accounts") == [
        {
            "id": "alice",
            "owner": "Alice",
            "overdraft": 50_00,
            "balance": 30_00,
            "status": "open",
            "version": 2,
            "updated_at": "2026-03-02T08:01:00.000000+00:00",
            "updated_by": "teller-2",
        }
    ]


REFUSED = [
    ("alice", OpenAccount("Alice"), "the account exists already"),
    ("bob", Deposit(1), "there is no such account"),
    ("alice", Withdraw(50_01), "5001 is more than the available 5000"),
    ("alice", ChargeFee(50_01, "card"), "5001 is more than the available 5000"),
    ("alice", SendTransfer("t", "bob", 50_01), "5001 is more than the available 5000"),
    ("alice", CompleteTransfer("t"), "transfer t is not on its way"),
    ("alice", ReturnTransfer("t", "closed"), "transfer t is not on its way"),
    ("alice", ReverseEntry(0, 1, "typo"), "there is no entry 0"),
    ("alice", ReverseEntry(2, 1, "typo"), "there is no entry 2"),
    ("alice", ReverseEntry(1, -50_01, "typo"), "5001 is more than the available 5000"),
]


@pytest.mark.parametrize(("stream", "command", "reason"), REFUSED)
def test_a_refused_command_leaves_every_row_as_it_was(bank, stream, command, reason):
    before = bank.contents()
    with pytest.raises(Rejected, match=f"^{reason}$"):
        bank.handle(stream, command)
    assert bank.contents() == before


def test_a_transfer_is_on_its_way_once_and_comes_back_whole(bank):
    bank.handle("alice", SendTransfer("t", "bob", 20_00))
    with pytest.raises(Rejected, match="already on its way"):
        bank.handle("alice", SendTransfer("t", "bob", 1))
    assert bank.balances() == {"alice": -20_00}
    bank.handle("alice", ReturnTransfer("t", "closed"))
    assert bank.balances() == {"alice": 0}
    with pytest.raises(Rejected, match="not on its way"):
        bank.handle("alice", CompleteTransfer("t"))


def test_an_entry_is_reversed_once(bank):
    bank.handle("alice", Deposit(20_00))
    bank.handle("alice", ReverseEntry(2, -20_00, "typo"))
    with pytest.raises(Rejected, match="entry 2 is reversed already"):
        bank.handle("alice", ReverseEntry(2, -20_00, "typo"))
    assert bank.balances() == {"alice": 0}


def test_only_an_empty_account_without_transfers_is_closed_and_stays_so(bank):
    bank.handle("alice", Deposit(1))
    with pytest.raises(Rejected, match="the balance is 1, not 0"):
        bank.handle("alice", CloseAccount())
    bank.handle("alice", SendTransfer("t", "bob", 1))
    with pytest.raises(Rejected, match="a transfer is still on its way"):
        bank.handle("alice", CloseAccount())
    bank.handle("alice", CompleteTransfer("t"))
    bank.handle("alice", CloseAccount())
    with pytest.raises(Rejected, match="the account is closed"):
        bank.handle("alice", Deposit(1))


@pytest.mark.parametrize("amount", [0, -1, True, 1.5, "1", 10**15 + 1])
def test_an_amount_that_is_no_number_of_cents_changes_nothing(bank, amount):
    before = bank.contents()
    with pytest.raises(NotAFact):
        bank.handle("alice", Deposit(amount))
    with pytest.raises(NotAFact):
        bank.transfer("alice", "alice", amount)
    assert bank.contents() == before


def test_a_command_of_another_domain_is_refused_by_name(bank):
    with pytest.raises(UnknownType, match="Deposits"):
        bank.handle("alice", type("Deposits", (), {})())


def test_a_transfer_in_one_transaction_moves_both_balances_or_none(bank):
    bank.handle("bob", OpenAccount("Bob"))
    bank.transfer("alice", "bob", 20_00, actor="alice")
    assert bank.balances() == {"alice": -20_00, "bob": 20_00}
    with pytest.raises(Rejected, match="there is no such account"):
        bank.transfer("alice", "carol", 10_00)
    assert bank.balances() == {"alice": -20_00, "bob": 20_00}
    (one, other) = bank.query("SELECT updated_at FROM accounts")
    assert one == other


def test_the_database_itself_refuses_an_overdraft_by_hand(bank):
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        bank.query("UPDATE accounts SET balance = -5001")


@pytest.mark.parametrize("history", ["none", "audit", "temporal"])
def test_a_file_is_opened_again_with_all_it_had(tmp_path, history):
    path = tmp_path / "bank.db"
    with CrudBank(path, ticking(START), history=history) as bank:
        bank.handle("alice", OpenAccount("Alice"))
        bank.handle("alice", Deposit(5))
        before = bank.contents()
    with CrudBank(path, ticking(START), history=history) as bank:
        assert bank.contents() == before
        bank.handle("alice", Withdraw(5))
        assert bank.balances() == {"alice": 0}


# --- it agrees with the fold ---

AMOUNTS = st.integers(1, 4)
TRANSFERS = st.sampled_from(["t1", "t2"])
NAMES = st.sampled_from(STREAMS)
COMMANDS = st.one_of(
    st.builds(Deposit, AMOUNTS),
    st.builds(Withdraw, AMOUNTS),
    st.builds(ChargeFee, AMOUNTS, st.just("card")),
    st.builds(SendTransfer, TRANSFERS, NAMES, AMOUNTS),
    st.builds(ReceiveTransfer, TRANSFERS, NAMES, AMOUNTS),
    st.builds(CompleteTransfer, TRANSFERS),
    st.builds(ReturnTransfer, TRANSFERS, st.just("closed")),
    st.builds(ReverseEntry, st.integers(0, 6), st.integers(-4, 4), st.just("typo")),
    st.builds(CloseAccount),
    st.builds(OpenAccount, st.just("Owner"), st.integers(0, 3)),
)
OPENED = st.dictionaries(NAMES, st.builds(OpenAccount, st.just("Owner"), st.integers(0, 3)))
# Small numbers on few accounts, so that limits are met exactly, and balances return to zero.


def answers(bank: Any, stream: str, command: Any) -> str | None:
    """Why a bank refuses; None when it accepts."""
    try:
        decision = bank.handle(stream, command)
    except Rejected as refusal:
        return str(refusal)
    return decision and decision.reason


@settings(max_examples=100, derandomize=True)
@given(OPENED, st.lists(st.tuples(NAMES, COMMANDS), min_size=15, max_size=60))
def test_after_any_commands_the_table_and_the_fold_agree(opened, commands):
    events = event_bank()
    with CrudBank(clock=ticking(START)) as crud:
        for stream, command in [*opened.items(), *commands]:
            assert answers(crud, stream, command) == answers(events, stream, command)
            folded = {name: events.state(name).balance for name in events.store.streams()}
            assert crud.balances() == folded
        rows = crud.query("SELECT id, version, status, overdraft FROM accounts")
        for row in rows:
            state = events.replay(row["id"])
            assert (row["version"], row["status"]) == (state.entries, state.status)
            assert row["overdraft"] == state.overdraft


def test_a_quarter_at_the_bank_gives_the_same_table():
    events = simulate(accounts=6, days=90, seed=7)
    with CrudBank() as crud:
        for decision in events.store.decisions():
            assert answers(crud, decision.stream, decision.command) == decision.reason
        streams = events.store.streams()
        assert crud.balances() == {name: events.state(name).balance for name in streams}


# --- what it keeps and what it loses: the claims of chapter 01 ---


def test_the_four_banks_refuse_the_same_requests_of_the_day():
    clock = ManualClock(DAY[0].at)
    refused = live(event_bank(clock), clock)
    assert [str(request.at.time()) for request, why in zip(DAY, refused, strict=True) if why] == [
        "10:30:00",
        "14:10:00",
        "16:41:00",
    ]
    for history in ("none", "audit", "temporal"):
        with CrudBank(clock=clock, history=history) as crud:
            assert live(crud, clock) == refused


CAN = {
    "CRUD": "yyy-------",
    "CRUD + audit": "yyyyyy----",
    "CRUD + temporal": "yyyyyy----",
    "events": "yyyyyyyyy-",
}


@pytest.mark.parametrize("name", BANKS)
def test_who_can_answer_is_as_chapter_01_says(banks, name):
    answered = [ask(banks[name], each.attempt(name)) == each.remembered for each in QUESTIONS]
    assert "".join("y" if yes else "-" for yes in answered) == CAN[name]


@pytest.mark.parametrize("name", BANKS[:3])
def test_each_attempt_in_sql_runs_unless_the_column_is_what_is_missing(banks, name):
    complaints = [ask(banks[name], question.attempt(name)) for question in QUESTIONS]
    missing = [answer for answer in complaints if isinstance(answer, str) and "no such" in answer]
    assert missing == (["no such column: fees"] if name == "CRUD" else [])


def twin_day():
    """Another day: the fee was a withdrawal, and the two purchases were never tried."""
    for request in DAY:
        if isinstance(request.command, ChargeFee):
            yield request._replace(command=Withdraw(request.command.amount, "bread"))
        elif request.command not in (Withdraw(200_00, "rent"), Withdraw(98_00, "shoes")):
            yield request


@pytest.mark.parametrize("history", ["none", "audit", "temporal"])
def test_two_different_days_leave_the_same_tables_so_nobody_can_ask_them_which_it_was(history):
    clock = ManualClock(DAY[0].at)
    with (
        CrudBank(clock=clock, history=history) as one,
        CrudBank(clock=clock, history=history) as other,
    ):
        live(one, clock)
        live(other, clock, twin_day())
        assert one.contents() == other.contents()


def test_the_events_of_the_two_days_differ_in_fees_refusals_and_what_ifs(banks):
    clock = ManualClock(DAY[0].at)
    other = event_bank(clock)
    live(other, clock, twin_day())
    differ = [
        question.text
        for question in QUESTIONS
        if ask(banks["events"], question.events) != ask(other, question.events)
    ]
    assert differ == [question.text for question in QUESTIONS[6:9]]


def test_the_audit_keeps_each_change_before_and_after_and_who_made_it(banks):
    rows = banks["CRUD + audit"].query("SELECT * FROM account_audit WHERE account = 'alice'")
    assert [row["actor"] for row in rows] == [
        request.actor for request in DAY if request.stream == "alice"
    ]
    assert rows[0]["old"] is None
    assert all(row["old"] == before["new"] for before, row in pairwise(rows))


def test_the_audit_and_the_versions_see_an_update_and_a_delete_by_hand():
    clock = ManualClock(START)
    kept = {"audit": ("account_audit", 3), "temporal": ("account_versions", 2)}
    for history, (table, count) in kept.items():
        with CrudBank(clock=clock, history=history) as bank:
            bank.handle("alice", OpenAccount("Alice"), actor="teller-2")
            clock.advance(minutes=1)
            bank.query("UPDATE accounts SET owner = 'Mallory'")
            bank.query("DELETE FROM accounts")
            rows = bank.query(f"SELECT actor FROM {table}")
            assert [row["actor"] for row in rows] == ["teller-2", "by hand", "by hand"][:count]
            assert "Alice" in str(bank.contents())
            assert "Mallory" in str(bank.contents())


AS_OF = "SELECT id, balance FROM account_versions WHERE valid_from <= :t AND :t < valid_to"


def test_the_temporal_table_shows_the_whole_bank_as_of_any_moment(banks):
    for request in DAY:
        at = request.at.isoformat(timespec="microseconds")
        rows = banks["CRUD + temporal"].query(AS_OF, t=at)
        events = banks["events"]
        expected = {
            name: events.state(name, as_of=request.at).balance
            for name in events.store.streams()
            if events.store.version_at(name, request.at)
        }
        assert {row["id"]: row["balance"] for row in rows} == expected


def test_the_temporal_table_hides_what_lasted_no_time():
    clock = ManualClock(START)
    events = event_bank(clock)
    with CrudBank(clock=clock, history="temporal") as crud:
        for bank in (crud, events):
            for command in (OpenAccount("Alice"), Deposit(5), Withdraw(5)):
                bank.handle("alice", command)
        shown = crud.query(AS_OF, t=START.isoformat(timespec="microseconds"))
    assert shown == [{"id": "alice", "balance": 0}]
    assert [state.balance for state in rules.states(events.store.events("alice"))][2] == 5


def test_an_account_deleted_from_the_temporal_table_is_gone_now_but_not_then():
    clock = ManualClock(START)
    with CrudBank(clock=clock, history="temporal") as bank:
        bank.handle("alice", OpenAccount("Alice"))
        clock.advance(minutes=1)
        bank.query("DELETE FROM accounts")
        assert bank.query(AS_OF, t="2026-03-02T08:01:00.000000+00:00") == []
        then = bank.query(AS_OF, t="2026-03-02T08:00:59.000000+00:00")
        assert then == [{"id": "alice", "balance": 0}]


def test_requests_are_in_the_order_of_their_time():
    assert all(isinstance(request, Request) for request in DAY)
    assert [request.at for request in DAY] == sorted(request.at for request in DAY)
