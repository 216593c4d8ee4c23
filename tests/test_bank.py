"""The bank: its rules, its invariants, and the year that it lives by chance from a seed."""

import itertools
import os
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from typing import get_args

import independent
import pytest
import tqdm.std
from conftest import START, contents
from hypothesis import given
from hypothesis import strategies as st

from esdemo import Application, MemoryStore, Rejected, SQLiteStore, Vocabulary
from esdemo.clocks import numbered, ticking
from esdemo.domains.bank import (
    Account,
    AccountClosed,
    AccountOpened,
    BankMessage,
    ChargeFee,
    CloseAccount,
    CompleteTransfer,
    Deposit,
    EntryReversed,
    FeeCharged,
    MoneyDeposited,
    MoneyWithdrawn,
    OpenAccount,
    ReceiveTransfer,
    ReturnTransfer,
    ReverseEntry,
    SendTransfer,
    TransferReceived,
    TransferReturned,
    TransferSent,
    Withdraw,
    decide,
    rules,
    simulate,
)
from esdemo.domains.bank.account import reversal
from esdemo.errors import NotAFact

NEW = Account()
OPEN = Account(100, 50, "ann", "open", 2)
CLOSED = Account(0, 50, "ann", "closed", 3)
SENT = Account(40, 50, "ann", "open", 3, (("t", 60),))
UNDONE = Account(100, 50, "ann", "open", 3, (), (2,))

ON_OPEN = [
    Deposit(1),
    Withdraw(1),
    ChargeFee(1, "card"),
    SendTransfer("t", "bob", 1),
    ReceiveTransfer("t", "bob", 1),
    CompleteTransfer("t"),
    ReturnTransfer("t", "closed"),
    ReverseEntry(2, -1, "typing error"),
    CloseAccount(),
]


# The rules.


@pytest.mark.parametrize(
    ("state", "command", "event"),
    [
        (NEW, OpenAccount("ann", 50), AccountOpened("ann", 50)),
        (OPEN, Deposit(5, "cash"), MoneyDeposited(5, "cash")),
        (OPEN, Withdraw(150), MoneyWithdrawn(150, "cash")),
        (OPEN, ChargeFee(150, "card"), FeeCharged(150, "card")),
        (OPEN, SendTransfer("t", "bob", 150), TransferSent("t", "bob", 150)),
        (OPEN, ReceiveTransfer("t", "bob", 5), TransferReceived("t", "bob", 5)),
        (SENT, ReturnTransfer("t", "closed"), TransferReturned("t", 60, "closed")),
        (OPEN, ReverseEntry(2, -150, "typo"), EntryReversed(2, -150, "typo")),
        (OPEN, ReverseEntry(1, 7, "typo"), EntryReversed(1, 7, "typo")),
        (Account(0, 0, "ann", "open"), CloseAccount(), AccountClosed()),
    ],
    ids=str,
)
def test_what_the_bank_allows(state, command, event):
    assert decide(command, state) == [event]


@pytest.mark.parametrize(
    ("state", "command", "reason"),
    [
        *((NEW, command, "there is no such account") for command in ON_OPEN),
        *((CLOSED, command, "the account is closed") for command in ON_OPEN),
        (OPEN, OpenAccount("eve"), "the account exists already"),
        (CLOSED, OpenAccount("eve"), "the account exists already"),
        (OPEN, Withdraw(151), "151 is more than the available 150"),
        (OPEN, ChargeFee(151, "card"), "151 is more than the available 150"),
        (OPEN, SendTransfer("t", "bob", 151), "151 is more than the available 150"),
        (SENT, SendTransfer("t", "bob", 1), "transfer t is already on its way"),
        (SENT, CompleteTransfer("u"), "transfer u is not on its way"),
        (SENT, ReturnTransfer("u", "closed"), "transfer u is not on its way"),
        (OPEN, ReverseEntry(0, 1, "typo"), "there is no entry 0"),
        (OPEN, ReverseEntry(3, 1, "typo"), "there is no entry 3"),
        (UNDONE, ReverseEntry(2, 1, "typo"), "entry 2 is reversed already"),
        (OPEN, ReverseEntry(2, -151, "typo"), "151 is more than the available 150"),
        (OPEN, CloseAccount(), "the balance is 100, not 0"),
        (Account(-1, 5, "ann", "open"), CloseAccount(), "the balance is -1, not 0"),
        (Account(0, 0, "a", "open", 3, (("t", 60),)), CloseAccount(), "still on its way"),
    ],
    ids=str,
)
def test_what_the_bank_refuses_and_why(state, command, reason):
    with pytest.raises(Rejected, match=reason):
        decide(command, state)


def test_an_entry_is_reversed_once_by_what_the_record_says(application_):
    """A deposit, a withdrawal and a fee are undone by the amount that the record holds."""
    for command in Deposit(100), Withdraw(30), ChargeFee(5, "card"):
        application_.handle("ann", command)
    entries = [fact for fact in application_.store.recorded("ann") if fact.version > 1]
    for fact in reversed(entries):
        assert not application_.handle("ann", reversal(fact, "test")).refused
        assert application_.handle("ann", reversal(fact, "again")).refused
    assert application_.state("ann").balance == 0
    assert application_.state("ann").reversed == (4, 3, 2)


def test_what_has_no_amount_cannot_be_reversed(application_):
    (opened,) = application_.store.recorded("ann")
    with pytest.raises(ValueError, match="cannot be reversed"):
        reversal(opened, "test")


@pytest.fixture
def application_(new_store):
    """A bank with one empty account, ann's."""
    application = Application(rules, new_store(BankMessage), ids=numbered("cmd"))
    application.handle("ann", OpenAccount("Ann"))
    return application


@pytest.mark.parametrize("change", [10**15 + 1, -(10**15) - 1, 2**62, True, 1.5])
def test_an_entry_cannot_be_reversed_by_a_huge_amount_or_by_no_number(application_, change):
    """Two of 2**62 would make a balance that fits into no column."""
    with pytest.raises(NotAFact):
        application_.handle("ann", ReverseEntry(1, change, "typo"))


AMOUNTS = [cls for cls in get_args(BankMessage) if "amount" in cls.__struct_fields__]


@pytest.mark.parametrize("amount", [-5, 0])
@pytest.mark.parametrize("cls", AMOUNTS, ids=lambda cls: cls.__name__)
def test_no_command_and_no_fact_holds_an_amount_that_is_not_positive(cls, amount):
    """One that is let in by any of the eleven would take money by a deposit, or give it by a fee.

    (For ReverseEntry, which works both ways, the sign is part of the change.)
    """
    words = {name: "x" for name in cls.__struct_fields__ if name != "amount"}
    assert Vocabulary(BankMessage).encode(cls(amount=1, **words))
    with pytest.raises(NotAFact, match="Expected `int` >= 1"):
        Vocabulary(BankMessage).encode(cls(amount=amount, **words))


@pytest.mark.parametrize("command", [Deposit(-5), Deposit(0), Withdraw(-5), ChargeFee(-5, "card")])
def test_such_a_command_is_refused_at_the_door_and_leaves_no_trace(application_, command):
    before = contents(application_.store)
    with pytest.raises(NotAFact, match="Expected `int` >= 1"):
        application_.handle("ann", command)
    assert contents(application_.store) == before
    assert application_.state("ann").balance == 0


# Invariants, and an independent ledger.

CENTS = st.integers(1, 200)
COMMANDS = st.one_of(
    st.builds(OpenAccount, st.just("ann"), st.integers(0, 100)),
    st.builds(Deposit, CENTS),
    st.builds(Withdraw, CENTS),
    st.builds(ChargeFee, CENTS, st.just("card")),
    st.builds(SendTransfer, st.sampled_from("tu"), st.just("bob"), CENTS),
    st.builds(ReceiveTransfer, st.sampled_from("tu"), st.just("bob"), CENTS),
    st.builds(CompleteTransfer, st.sampled_from("tu")),
    st.builds(ReturnTransfer, st.sampled_from("tu"), st.just("closed")),
    st.builds(ReverseEntry, st.integers(-1, 9), st.integers(-200, 200), st.just("typo")),
    st.builds(CloseAccount),
)

BALANCE = """
    SELECT coalesce(sum(CASE data ->> 'type'
        WHEN 'MoneyDeposited'   THEN data ->> 'amount'
        WHEN 'TransferReceived' THEN data ->> 'amount'
        WHEN 'TransferReturned' THEN data ->> 'amount'
        WHEN 'MoneyWithdrawn'   THEN -(data ->> 'amount')
        WHEN 'FeeCharged'       THEN -(data ->> 'amount')
        WHEN 'TransferSent'     THEN -(data ->> 'amount')
        WHEN 'EntryReversed'    THEN data ->> 'change'
        ELSE 0 END), 0)
    FROM events WHERE stream = ?
"""
"""A balance by SQL alone, over the rows as stored."""


class Ledger:
    """One account kept as variables that are overwritten, the way of CRUD."""

    def __init__(self):
        self.balance, self.overdraft, self.status, self.entries = 0, 0, "new", 0
        self.waiting, self.undone = {}, set()

    def enter(self, command):
        """Whether the command was carried out."""
        done = self._do(command)
        self.entries += done
        return done

    def _do(self, command):
        what = type(command).__name__
        if what == "OpenAccount":
            if self.status == "new":
                self.status, self.overdraft = "open", command.overdraft
                return True
            return False
        if self.status != "open":
            return False
        if what in ("Deposit", "ReceiveTransfer"):
            self.balance += command.amount
            return True
        if what in ("Withdraw", "ChargeFee"):
            return self._take(command.amount)
        if what == "SendTransfer":
            if command.transfer in self.waiting or not self._take(command.amount):
                return False
            self.waiting[command.transfer] = command.amount
            return True
        if what in ("CompleteTransfer", "ReturnTransfer"):
            amount = self.waiting.pop(command.transfer, None)
            if what == "ReturnTransfer":
                self.balance += amount or 0
            return amount is not None
        if what == "ReverseEntry":
            known = 1 <= command.entry <= self.entries and command.entry not in self.undone
            if not known or not self._take(-command.change):
                return False
            self.undone.add(command.entry)
            return True
        if self.balance or self.waiting:
            return False
        self.status = "closed"
        return True

    def _take(self, amount):
        if amount > self.balance + self.overdraft:
            return False
        self.balance -= amount
        return True


@given(commands=st.lists(COMMANDS, max_size=25))
def test_after_each_command_fold_ledger_and_sql_agree_and_the_invariants_hold(commands):
    ledger = Ledger()
    with SQLiteStore(":memory:", BankMessage, ticking(START)) as store:
        bank = Application(rules, store, ids=numbered("cmd"))
        for command in [OpenAccount("ann", 100), *commands]:
            decision = bank.handle("ann", command)
            assert decision.refused is not ledger.enter(command), decision
            state = bank.state("ann")
            assert (state.balance, state.status) == (ledger.balance, ledger.status)
            assert (dict(state.pending), set(state.reversed)) == (ledger.waiting, ledger.undone)
            assert store.home.file.rows(BALANCE, ("ann",)) == [(ledger.balance,)]
            assert rules.violated(state) == []


@pytest.mark.parametrize(
    ("state", "name"),
    [
        (Account(-51, 50), "never below the overdraft limit"),
        (Account(1, status="closed"), "a closed account is empty"),
        (Account(0, status="closed", pending=(("t", 1),)), "a closed account is empty"),
        (Account(reversed=(2, 2)), "no entry is reversed twice"),
    ],
)
def test_an_invariant_that_is_broken_is_named(state, name):
    assert rules.violated(state) == [name]


# The year.


@pytest.fixture(scope="module")
def whole():
    """A year of ordinary size."""
    return simulate()


def on_disk(file, clock):
    """A place for a year, in a file."""
    return SQLiteStore(file, BankMessage, clock, survives="crash")


def hashes(bank):
    """The hash of every event, in the order of the log."""
    return [fact.hash for fact in bank.store.recorded()]


def test_invariants_hold_in_every_state_of_a_year(whole):
    for stream in whole.store.streams():
        for state in rules.states(whole.store.events(stream)):
            assert rules.violated(state) == []


def test_the_balances_of_a_year_agree_with_sql(tmp_path):
    file = tmp_path / "year.db"
    with simulate(5, 200, store=lambda clock: on_disk(file, clock)).store as store:
        bank = Application(rules, store)
        for stream in store.streams():
            assert [tuple(r) for r in independent.query(file, BALANCE, stream)] == [
                (bank.replay(stream).balance,)
            ]
    independent.assert_whole(file)


def test_the_same_arguments_make_the_same_log_hash_for_hash(whole):
    assert hashes(simulate()) == hashes(whole)
    assert contents(simulate(3, 40, 5).store) == contents(simulate(3, 40, 5).store)


def test_another_seed_makes_another_log():
    assert hashes(simulate(4, 30, seed=1)) != hashes(simulate(4, 30, seed=2))


def test_the_log_is_the_same_in_another_process_and_another_home(tmp_path):
    """Neither string hashes nor SQLite have a say in it."""
    program = (
        "from esdemo.domains.bank import simulate; "
        "print(*[fact.hash for fact in simulate(4, 60, 3).store.recorded()])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONHASHSEED": "12", "TZ": "Asia/Tokyo"},
        capture_output=True,
        text=True,
        check=True,
    )
    file = tmp_path / "year.db"
    with simulate(4, 60, 3, store=lambda clock: on_disk(file, clock)).store as store:
        assert done.stdout.split() == [fact.hash for fact in store.recorded()]


@pytest.mark.parametrize(
    ("accounts", "days"), [(1, 1), (1, 400), (2, 30), (3, 2), (4, 3), (25, 40), (60, 3)]
)
def test_a_year_can_have_any_size(accounts, days):
    bank = simulate(accounts, days)
    streams = bank.store.streams()
    assert len(streams) == accounts
    first, *_, last = (decision.recorded_at for decision in bank.store.decisions())
    assert last - first < timedelta(days=days)
    assert all(not bank.state(stream).pending for stream in streams)


@pytest.mark.parametrize(("accounts", "days"), [(0, 1), (1, 0), (-1, 5), (5, -1)])
def test_a_year_without_accounts_or_days_is_an_error(accounts, days):
    with pytest.raises(ValueError, match=f"not {accounts} and {days}"):
        simulate(accounts, days)


def test_a_year_has_every_kind_of_business(whole):
    kinds = Counter(type(fact.event).__name__ for fact in whole.store.recorded())
    for name in ("AccountOpened", "MoneyDeposited", "MoneyWithdrawn", "FeeCharged"):
        assert kinds[name] >= 12
    assert kinds["TransferSent"] == kinds["TransferCompleted"] + kinds["TransferReturned"] > 50
    assert kinds["TransferReturned"] >= 1
    assert (kinds["EntryReversed"], kinds["AccountClosed"]) == (1, 1)
    purposes = {f.event.purpose for f in whole.store.recorded() if hasattr(f.event, "purpose")}
    assert {"rent", "cash", "groceries", "fuel"} <= purposes
    assert any(getattr(fact.event, "source", "") == "salary" for fact in whole.store.recorded())
    assert sum(decision.refused for decision in whole.store.decisions()) > 20


def test_a_year_has_one_backdated_correction(whole):
    backdated = [f for f in whole.store.recorded() if f.effective_at < f.recorded_at]
    assert {fact.correlation_id for fact in backdated} == {"correction"}
    undone, again = backdated
    (mistake,) = whole.store.decision("typing error").events
    assert undone.event == EntryReversed(mistake.version, -20_00, undone.event.reason)
    assert again.event == MoneyDeposited(200_00, "cash")
    assert undone.effective_at == again.effective_at == mistake.effective_at
    assert undone.recorded_at - mistake.recorded_at == timedelta(days=14)


def test_a_year_has_one_fraud_that_leaves_a_trail_of_refusals(whole):
    nights = {}
    for decision in whole.store.decisions():
        if decision.correlation_id.startswith("night-"):
            nights.setdefault(decision.correlation_id, []).append(decision)
    assert len(nights) > 10
    for attempts in nights.values():
        assert {attempt.actor for attempt in attempts} == {"teller-13"}
        assert all(attempt.recorded_at.hour == 23 for attempt in attempts)
        assert all(attempt.refused for attempt in attempts[:-1])
        amounts = [attempt.command.amount for attempt in attempts]
        assert all(before == 2 * after for before, after in itertools.pairwise(amounts))
    taken = sum(fact.event.amount for a in nights.values() for d in a for fact in d.events)
    assert taken > 1_000_00


def test_transfers_to_the_account_that_was_closed_come_back(whole):
    closed = whole.store.streams()[-1]
    assert whole.state(closed).status == "closed"
    returned = [fact for fact in whole.store.recorded() if isinstance(fact.event, TransferReturned)]
    assert {fact.event.reason for fact in returned} == {"the account is closed"}


def test_people_stop_using_an_account_once_it_is_closed(whole):
    closed = whole.store.streams()[-1]
    refused = [
        each for each in whole.store.decisions(closed) if each.reason and "closed" in each.reason
    ]
    assert {each.actor for each in refused} == {"payroll", "standing order", "bank", "process"}
    assert len(refused) < 20


def test_recorded_time_never_goes_backwards_in_a_year(whole):
    times = [decision.recorded_at for decision in whole.store.decisions()]
    assert times == sorted(times)


def test_a_short_year_shows_no_progress_bar(capsys):
    simulate(2, 20)
    assert capsys.readouterr() == ("", "")


def test_a_long_year_shows_a_progress_bar(capsys, monkeypatch):
    """Long by the bar's own watch, on which every glance takes a second."""
    monkeypatch.setattr(tqdm.std, "time", itertools.count().__next__)
    simulate(2, 20)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "a year at the bank" in shown.err
    assert "day" in shown.err


def test_a_year_needs_no_store_of_its_own():
    assert isinstance(simulate(1, 1).store, MemoryStore)
