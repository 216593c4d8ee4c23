"""The rival: it answers as the event-sourced bank does, and forgets what chapter 01 says."""

import json
import re
import sqlite3
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import nbformat
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
from esdemo.domains.crud import (
    BANKS,
    DAY,
    QUESTIONS,
    RUNS,
    SNAPSHOT,
    TABLES,
    UPDATE,
    CrudBank,
    Request,
    all_banks,
    ask,
    bytes_of_a_quarter,
    can_answer,
    can_tell,
    live,
    rows_kept,
)
from esdemo.domains.crud.bank import History
from esdemo.errors import NotAFact, UnknownType

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
STREAMS = ("alice", "bob", "carol")
HISTORIES = get_args(History)
CHAPTER = Path(__file__).parent.parent / "notebooks" / "01-crud-forgets.ipynb"


@pytest.fixture
def bank():
    with CrudBank(clock=ticking(START)) as crud:
        crud.handle("alice", OpenAccount("Alice", overdraft=50_00), actor="teller-7")
        yield crud


@pytest.fixture(scope="module")
def banks():
    all_of_them = all_banks()
    with ExitStack() as stack:
        for name in TABLES:
            stack.enter_context(closing(all_of_them[name]))
        yield all_of_them


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


@pytest.mark.parametrize("history", HISTORIES)
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
def test_after_any_commands_the_table_its_bookings_and_the_fold_agree(opened, commands):
    events = event_bank()
    with CrudBank(clock=ticking(START), history="bookings") as crud:
        for stream, command in [*opened.items(), *commands]:
            assert answers(crud, stream, command) == answers(events, stream, command)
            folded = {name: events.state(name).balance for name in events.store.streams()}
            assert crud.balances() == folded
        rows = crud.query("SELECT id, version, status, overdraft FROM accounts")
        for row in rows:
            state = events.replay(row["id"])
            assert (row["version"], row["status"]) == (state.entries, state.status)
            assert row["overdraft"] == state.overdraft
            booked = crud.ask("SELECT sum(amount) FROM bookings WHERE account = :id", id=row["id"])
            assert (booked or 0) == state.balance


def test_a_quarter_at_the_bank_gives_the_same_table():
    events = simulate(accounts=6, days=90, seed=7)
    with CrudBank() as crud:
        for decision in events.store.decisions():
            assert answers(crud, decision.stream, decision.command) == decision.reason
        streams = events.store.streams()
        assert crud.balances() == {name: events.state(name).balance for name in streams}


# --- what it keeps and what it loses: the claims of chapter 01 ---


@pytest.mark.parametrize("history", HISTORIES)
def test_every_bank_refuses_the_same_requests_of_the_day(history):
    clock = ManualClock(DAY[0].at)
    refused = live(event_bank(clock), clock)
    assert [str(request.at.time()) for request, why in zip(DAY, refused, strict=True) if why] == [
        "10:30:00",
        "14:10:00",
        "16:41:00",
    ]
    with CrudBank(clock=clock, history=history) as crud:
        assert live(crud, clock) == refused


CAN = {
    "the row": "yy--------",
    "bookings": "yyyyyy----",
    "audit": "yyyy-yy---",
    "temporal": "yyyy-yy---",
    "SCD2": "yyy--yy---",
    "feed": "yyyy-yy---",
    "events": "yyyyyyy---",
    "events + commands": "yyyyyyyyy-",
}


def test_who_can_answer_is_as_chapter_01_says(banks):
    able = [can_answer(banks, question) for question in QUESTIONS]
    found = {name: "".join("-y"[row[name]] for row in able) for name in BANKS}
    assert found == CAN


def test_wrong_answers_look_like_answers(banks):
    wrong = {
        (name, number): ask(banks[name], question.attempt(name))
        for name in BANKS
        for number, question in enumerate(QUESTIONS, start=1)
        if not can_answer(banks, question)[name]
    }
    assert wrong["the row", 4] == 285_00
    assert wrong["SCD2", 4] == -15_00
    assert wrong["audit", 5] == wrong["feed", 5] == 20_00
    assert (wrong["the row", 7], wrong["bookings", 7]) == ("payroll", "teller-7")
    assert {wrong[name, 9] for name in (*TABLES, "events")} == {290_00}


def chapter(name: str) -> Any:
    """A cell of chapter 01."""
    (cell,) = (cell for cell in nbformat.read(CHAPTER, 4).cells if cell.id == f"01-{name}")
    return cell


SHOWN = [("q1", (1, 2)), *((f"q{number}", (number,)) for number in range(3, 11))]


@pytest.mark.parametrize(("cell", "numbers"), SHOWN, ids=[cell for cell, _ in SHOWN])
def test_chapter_01_shows_the_attempts_that_are_counted(banks, cell, numbers):
    shown = chapter(f"{cell}-run")
    questions = [QUESTIONS[number - 1] for number in numbers]
    for question in questions:
        assert " ".join(question.bookings.split()) in " ".join(shown.source.split())
    both = [
        f"tables: {ask(banks['bookings'], question.bookings)}   events: "
        f"{ask(banks['events'], question.attempt('events + commands'))}"
        for question in questions
    ]
    assert shown.outputs[0].text.splitlines() == both


@pytest.mark.parametrize(("cell", "sql"), [("crud", UPDATE), ("scd2", ";".join(SNAPSHOT) + ";")])
def test_chapter_01_shows_the_statements_that_are_made(cell, sql):
    (shown,) = re.findall(r"```sql\n(.*?)```", chapter(cell).source, re.DOTALL)
    assert shown.replace(";", " ;").split() == sql.replace(";", " ;").split()


def tells(changed: dict[Any, Any], dropped: tuple[Any, ...] = ()) -> set[str]:
    """Who can tell DAY from a day with these commands instead, and without those."""
    day = [
        request._replace(command=changed.get(request.command, request.command))
        for request in DAY
        if request.command not in dropped
    ]
    return {name for name, can in can_tell(day).items() if can}


REFUSED_THAT_DAY = (
    Withdraw(200_00, "rent"),
    Withdraw(98_00, "shoes"),
    ReceiveTransfer("t-2", "bob", 10_00),
)


def test_only_a_day_that_differs_can_be_told_from_ours():
    assert tells({}) == set()
    assert tells({Deposit(500_00): Deposit(501_00)}) == set(BANKS)


def test_two_intents_give_one_row_wherever_no_reason_is_kept():
    bread = {ChargeFee(5_00, "card"): Withdraw(5_00, "bread")}
    assert tells(bread) == {"bookings", "events", "events + commands"}


def test_what_was_refused_is_known_to_those_who_keep_commands_and_to_nobody_else():
    assert tells({}, dropped=REFUSED_THAT_DAY) == {"events + commands"}


def test_money_that_is_sent_is_in_no_account_until_it_comes_back(banks):
    def together(at):
        return sum(banks["events"].state(name, as_of=at).balance for name in STREAMS)

    assert [together(request.at) for request in DAY[20:24]] == [645_00, 635_00, 635_00, 645_00]


def test_a_line_of_the_bookings_says_who_moved_what_why_and_with_whom(banks):
    rows = banks["bookings"].query("SELECT * FROM bookings WHERE counterparty <> ''")
    assert [(row["account"], row["counterparty"], row["amount"]) for row in rows] == [
        ("bob", "carol", -25_00),
        ("carol", "bob", 25_00),
        ("bob", "carol", -10_00),
    ]
    (fee,) = banks["bookings"].query("SELECT * FROM bookings WHERE kind = 'fee'")
    assert fee == {
        "account": "bob",
        "number": 6,
        "at": "2026-03-02T13:00:00.000000+00:00",
        "booked_by": "card",
        "kind": "fee",
        "amount": -5_00,
        "purpose": "card",
        "counterparty": "",
    }


def test_a_balance_changed_by_hand_and_its_bookings_disagree_in_silence():
    with CrudBank(clock=ticking(START), history="bookings") as bank:
        bank.handle("alice", OpenAccount("Alice"))
        bank.handle("alice", Deposit(5))
        bank.query("UPDATE accounts SET balance = 7")
        assert (bank.balances()["alice"], bank.ask("SELECT sum(amount) FROM bookings")) == (7, 5)


def test_two_changes_between_two_runs_of_the_job_are_one(banks):
    sql = "SELECT version FROM account_versions WHERE id = :name"
    found = {name: [v for (v,) in banks["SCD2"].ask(sql, name=name)] for name in STREAMS}
    assert found == {
        "alice": [1, 2, 3, 4, 6],
        "bob": [1, 3, 5, 6, 7, 9, 10],
        "carol": [1, 2, 3, 4, 6],
    }


def test_the_dimension_has_no_gap_and_one_version_that_holds_now(banks):
    for name in STREAMS:
        sql = "SELECT valid_from, valid_to FROM account_versions WHERE id = :name ORDER BY version"
        periods = banks["SCD2"].ask(sql, name=name)
        assert all(before[1] == after[0] for before, after in pairwise(periods))
        assert [end for _, end in periods].count("9999") == 1
        assert periods[-1][1] == "9999"


def test_a_run_without_changes_changes_nothing(banks):
    before = banks["SCD2"].contents()
    banks["SCD2"].snapshot()
    assert banks["SCD2"].contents() == before


def test_the_job_runs_at_each_of_its_times_in_between_the_requests():
    clock, runs = ManualClock(DAY[0].at), []
    live(event_bank(clock), clock, job=lambda: runs.append(clock.now))
    assert tuple(runs) == RUNS


def test_the_feed_folded_is_the_table_and_its_messages_chain(banks):
    feed, copy = banks["feed"], {}
    for message in feed.query("SELECT op, before, after FROM feed ORDER BY number"):
        after = json.loads(message["after"])
        before = json.loads(message["before"]) if message["before"] else None
        assert before == copy.get(after["id"])
        assert message["op"] == ("u" if before else "c")
        copy[after["id"]] = after
    assert list(copy.values()) == feed.query("SELECT * FROM accounts")


def test_the_feed_sees_a_change_by_hand_and_a_delete():
    with CrudBank(clock=ticking(START), history="feed") as bank:
        bank.handle("alice", OpenAccount("Alice"), actor="teller-2")
        bank.query("UPDATE accounts SET owner = 'Mallory'")
        bank.query("DELETE FROM accounts")
        assert [row["op"] for row in bank.query("SELECT op FROM feed")] == ["c", "u", "d"]
        assert "Mallory" in bank.ask("SELECT before FROM feed WHERE op = 'd'")


@pytest.mark.parametrize(
    ("history", "still"),
    [("none", False), ("audit", True), ("temporal", True), ("scd2", True), ("feed", True)],
)
def test_who_deletes_a_row_does_not_delete_its_history(history, still):
    with CrudBank(clock=ticking(START), history=history) as bank:
        bank.handle("carol", OpenAccount("Carol Danvers"))
        bank.snapshot() if history == "scd2" else None
        bank.query("DELETE FROM accounts")
        assert ("Carol Danvers" in str(bank.contents())) is still


def test_what_it_costs_is_as_chapter_01_says(banks):
    kept = [rows_kept(name, bank) for name, bank in banks.items()]
    assert kept == [4, 21, 26, 26, 21, 26, 22, 47]
    size = bytes_of_a_quarter()
    assert min(size, key=size.get) == "the row"
    assert max(size, key=size.get) == "events + commands"
    assert all(size["the row"] * 1.5 < size[name] for name in size if name != "the row")


def test_the_longer_the_quarter_the_dearer_the_events_beside_the_row():
    short, long = (bytes_of_a_quarter(days=days) for days in (20, 90))
    name = "events + commands"
    assert short[name] / short["the row"] < long[name] / long["the row"]


def test_the_audit_keeps_each_change_before_and_after_and_who_made_it(banks):
    rows = banks["audit"].query("SELECT * FROM account_audit WHERE account = 'alice'")
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
        rows = banks["temporal"].query(AS_OF, t=at)
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
