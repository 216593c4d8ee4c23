"""The books of the bank: zero after every event, and every reversal undoes just what was done."""

import pytest
from conftest import START
from hypothesis import given
from hypothesis import strategies as st

from esdemo import Application, MemoryStore
from esdemo.clocks import numbered, ticking
from esdemo.domains.bank import (
    AccountOpened,
    BankMessage,
    ChargeFee,
    Deposit,
    MoneyDeposited,
    OpenAccount,
    ReverseEntry,
    SendTransfer,
    TransferReceived,
    TransferSent,
    Withdraw,
    ledger,
    reversal,
    rules,
    simulate,
    transfers,
)
from esdemo.processes import follow


@pytest.fixture
def bank():
    """alice has 100 and bob nothing."""
    store = MemoryStore(BankMessage, ticking(START))
    application = Application(rules, store, ids=numbered("cmd"))
    for name in ("alice", "bob"):
        application.handle(name, OpenAccount(name))
    application.handle("alice", Deposit(100, "salary"))
    return application


def wrong(application):
    return list(ledger.imbalances(application.store.recorded()))


def test_the_books_of_a_year_balance():
    year_ = simulate(accounts=6, days=60)
    balances = ledger.balances(year_.store.recorded())
    assert wrong(year_) == []
    assert sum(balances.values()) == 0
    for stream in year_.store.streams():
        assert balances.get(f"account {stream}", 0) == year_.state(stream).balance


def test_the_books_are_zero_at_every_position():
    log = list(simulate(accounts=4, days=30).store.recorded())
    for position in range(len(log)):
        assert sum(ledger.balances(log[:position]).values()) == 0
    lines = list(ledger.postings(log))
    assert len({line.position for line in lines}) * 2 == len(lines)


def test_money_on_its_way_is_in_the_books(bank):
    bank.handle("alice", SendTransfer("t", "bob", 30))
    on_its_way = {
        "account alice": 70,
        "outside salary": -100,
        "transfer t": 30,
    }
    assert ledger.balances(bank.store.recorded()) == on_its_way
    follow(bank, transfers)
    arrived = {"account alice": 70, "account bob": 30, "outside salary": -100}
    assert ledger.balances(bank.store.recorded()) == arrived
    assert wrong(bank) == []


def test_a_reversal_goes_back_to_where_the_money_came_from(bank):
    spent = bank.handle("alice", Withdraw(40, "fuel"))
    fee = bank.handle("alice", ChargeFee(5, "account"))
    for decision in (spent, fee):
        (fact,) = decision.events
        assert not bank.handle("alice", reversal(fact, "typing error")).refused
    balances = ledger.balances(bank.store.recorded())
    assert balances["account alice"] == 100
    assert balances["outside fuel"] == balances["outside fees"] == 0
    assert wrong(bank) == []


@pytest.mark.parametrize(("entry", "change", "undone"), [(3, -99, 100), (3, 100, 100), (1, 7, 0)])
def test_a_reversal_that_undoes_something_else_is_named(bank, entry, change, undone):
    bank.handle("alice", Deposit(1_000))
    entry = {3: 2, 1: 1}[entry]  # alice's entries: opened, then the salary
    assert not bank.handle("alice", ReverseEntry(entry, change, "fraud")).refused
    assert wrong(bank) == [
        f"position 5 ('alice', version 4): changed {change} to undo a change of {undone}"
    ]


def test_a_transfer_that_arrives_without_having_been_sent_is_named(bank):
    bank.store.append("bob", [TransferReceived("t", "alice", 30)], expected_version=1)
    assert wrong(bank) == ["position 4 ('bob', version 2): transfer t gave 30 too much"]


def test_a_transfer_that_grows_on_its_way_is_named(bank):
    bank.store.append("alice", [TransferSent("t", "bob", 30)], expected_version=2)
    bank.store.append("bob", [TransferReceived("t", "alice", 31)], expected_version=1)
    assert wrong(bank) == ["position 5 ('bob', version 2): transfer t gave 1 too much"]


def test_an_account_that_is_opened_twice_loses_what_it_had(bank):
    bank.store.append("alice", [AccountOpened("eve", 0)], expected_version=2)
    assert wrong(bank) == ["position 4 ('alice', version 3): the books say 100, the account 0"]


@given(st.sampled_from(["account alice", "transfer t", "outside", "cash"]))
def test_no_name_outside_is_taken_for_an_account(name):
    store = MemoryStore(BankMessage, ticking(START))
    facts = [AccountOpened("alice", 0), MoneyDeposited(5, name)]
    store.append("alice", facts, expected_version=0)
    assert ledger.balances(store.recorded()) == {"account alice": 5, f"outside {name}": -5}
    assert list(ledger.imbalances(store.recorded())) == []
