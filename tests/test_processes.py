"""Processes: what a decision sets off, once, however often it is followed; money is conserved."""

import pytest
from conftest import START, contents
from hypothesis import given
from hypothesis import strategies as st
from tally import Add, TallyMessage, tally

from esdemo import Application, MemoryStore
from esdemo.clocks import numbered, ticking
from esdemo.domains import bank
from esdemo.domains.bank import (
    Account,
    CloseAccount,
    CompleteTransfer,
    Deposit,
    OpenAccount,
    ReceiveTransfer,
    ReturnTransfer,
    SendTransfer,
    TransferCompleted,
    TransferReceived,
    TransferReturned,
    TransferSent,
    Withdraw,
    transfers,
)
from esdemo.errors import CommandIdReused
from esdemo.processes import follow


def open_accounts(application, **balances):
    """Accounts with money in them."""
    for name, balance in balances.items():
        application.handle(name, OpenAccount(name))
        if balance:
            application.handle(name, Deposit(balance))
    return application


@pytest.fixture
def bank_(new_store):
    """alice has 100, bob nothing."""
    application = Application(bank.rules, new_store(bank.BankMessage), ids=numbered("cmd"))
    return open_accounts(application, alice=100, bob=0)


def balances(application):
    return {name: application.state(name).balance for name in application.store.streams()}


def events(application):
    """The names of the events of the transfers, in the order of the log."""
    log = application.store.recorded()
    return [type(fact.event) for fact in log if type(fact.event).__name__.startswith("Transfer")]


# How a transfer ends.


def test_a_transfer_is_sent_received_and_completed(bank_):
    bank_.handle("alice", SendTransfer("t", "bob", 30))
    assert (bank_.state("alice").balance, bank_.state("alice").pending) == (70, (("t", 30),))
    follow(bank_, transfers)
    assert balances(bank_) == {"alice": 70, "bob": 30}
    assert bank_.state("alice").pending == ()
    assert events(bank_) == [TransferSent, TransferReceived, TransferCompleted]


@pytest.mark.parametrize(
    ("receiver", "reason"), [("carol", "no such account"), ("bob", "the account is closed")]
)
def test_a_transfer_that_the_receiver_refuses_is_returned_with_the_reason(bank_, receiver, reason):
    bank_.handle("bob", CloseAccount())
    bank_.handle("alice", SendTransfer("t", receiver, 30))
    follow(bank_, transfers)
    assert bank_.state("alice") == Account(100, 0, "alice", "open", 4)
    assert bank_.state(receiver).balance == 0
    assert events(bank_) == [TransferSent, TransferReturned]
    (returned,) = (e for e in bank_.store.events("alice") if isinstance(e, TransferReturned))
    assert (returned.transfer, returned.amount) == ("t", 30)
    assert reason in returned.reason


def test_a_refused_transfer_sets_nothing_off(bank_):
    assert bank_.handle("alice", SendTransfer("t", "bob", 101)).refused
    last = follow(bank_, transfers)
    assert last == len(list(bank_.store.decisions())) == 4
    assert balances(bank_) == {"alice": 100, "bob": 0}


def test_a_transfer_to_oneself_changes_nothing(bank_):
    bank_.handle("alice", SendTransfer("t", "alice", 30))
    follow(bank_, transfers)
    assert balances(bank_) == {"alice": 100, "bob": 0}
    assert bank_.state("alice").pending == ()


def test_causes_can_be_traced_back_to_the_first_command(bank_):
    first = bank_.handle("alice", SendTransfer("t", "bob", 30), actor="ann", correlation_id="k")
    follow(bank_, transfers, actor="transfers")
    *_, send, receive, complete = bank_.store.decisions()
    assert (send.causation_id, receive.causation_id) == ("", first.command_id)
    assert complete.causation_id == receive.command_id
    assert {d.correlation_id for d in (send, receive, complete)} == {"k"}
    assert [d.actor for d in (send, receive, complete)] == ["ann", "transfers", "transfers"]
    assert receive.effective_at == complete.effective_at == send.effective_at


# Following again, and after a crash.


def test_following_everything_again_adds_nothing(bank_):
    for number in range(3):
        bank_.handle("alice", SendTransfer(f"t{number}", "bob" if number else "carol", 10))
    last = follow(bank_, transfers)
    before = contents(bank_.store)
    for after in range(last + 1):
        assert follow(bank_, transfers, after=after) == last
    assert follow(Application(bank.rules, bank_.store), transfers) == last
    assert contents(bank_.store) == before


def test_a_follower_that_starts_where_it_stopped_misses_nothing(bank_):
    last = 0
    for number in range(4):
        bank_.handle("alice", SendTransfer(f"t{number}", "bob", 10))
        last = follow(bank_, transfers, after=last)
    assert balances(bank_) == {"alice": 60, "bob": 40}
    assert last == len(list(bank_.store.decisions()))


class Crash(Exception):
    """The process is killed here."""


def crashing(steps):
    """The process, until it has reacted to so many decisions."""
    left = [steps]

    def react(decision):
        if not left[0]:
            raise Crash
        left[0] -= 1
        return transfers(decision)

    return react


@pytest.mark.parametrize("receiver", ["bob", "nobody"])
@pytest.mark.parametrize("steps", range(6))
def test_a_crash_between_any_two_steps_is_made_good_by_following_again(bank_, steps, receiver):
    bank_.handle("alice", SendTransfer("t", receiver, 30))
    with pytest.raises(Crash):
        follow(bank_, crashing(steps))
    follow(bank_, transfers)
    expected = {"alice": 70, "bob": 30} if receiver == "bob" else {"alice": 100, "bob": 0}
    assert balances(bank_) == expected
    assert bank_.state("alice").pending == ()
    assert len(events(bank_)) == (3 if receiver == "bob" else 2)


def test_two_followers_do_the_work_once(bank_):
    """The second one runs while the first is half-way."""
    bank_.handle("alice", SendTransfer("t", "bob", 30))
    other = Application(bank.rules, bank_.store, ids=numbered("other"))
    busy = []

    def overtaken(decision):
        reactions = transfers(decision)
        if reactions and not busy:
            busy.append(True)
            follow(other, transfers)
        return reactions

    follow(bank_, overtaken)
    assert balances(bank_) == {"alice": 70, "bob": 30}
    assert events(bank_) == [TransferSent, TransferReceived, TransferCompleted]


def test_the_same_transfer_cannot_be_sent_twice_at_once(bank_):
    bank_.handle("alice", SendTransfer("t", "bob", 30))
    assert bank_.handle("alice", SendTransfer("t", "bob", 30)).refused
    follow(bank_, transfers)
    assert balances(bank_) == {"alice": 70, "bob": 30}


def test_an_account_cannot_be_closed_while_a_transfer_is_on_its_way(bank_):
    bank_.handle("alice", SendTransfer("t", "nobody", 100))
    assert bank_.handle("alice", CloseAccount()).reason == "a transfer is still on its way"
    follow(bank_, transfers)
    assert balances(bank_)["alice"] == 100


@pytest.mark.parametrize("command", [CompleteTransfer("t"), ReturnTransfer("t", "why")])
def test_what_is_not_on_its_way_can_neither_arrive_nor_come_back(bank_, command):
    assert bank_.handle("alice", command).reason == "transfer t is not on its way"


def test_more_decisions_than_a_page_are_all_followed():
    store = MemoryStore(bank.BankMessage, ticking(START))
    application = open_accounts(Application(bank.rules, store), alice=2_500, bob=0)
    for number in range(1_100):
        application.handle("alice", SendTransfer(f"t{number}", "bob", 1))
    follow(application, transfers)
    assert balances(application) == {"alice": 1_400, "bob": 1_100}


# Money is conserved.

NAMES = ["alice", "bob", "carol", "nobody"]
STEPS = st.one_of(
    st.tuples(st.just("send"), st.sampled_from(NAMES), st.sampled_from(NAMES), st.integers(1, 60)),
    st.tuples(st.just("close"), st.sampled_from(NAMES), st.none(), st.none()),
    st.tuples(st.just("take"), st.sampled_from(NAMES), st.none(), st.integers(1, 60)),
    st.tuples(st.just("follow"), st.none(), st.none(), st.integers(0, 3)),
)


@given(steps=st.lists(STEPS, max_size=25))
def test_money_is_neither_made_nor_lost_whatever_happens_between_the_steps(steps):
    """Balances, what is on its way, and what was taken out always sum to what was paid in."""
    store = MemoryStore(bank.BankMessage, ticking(START))
    application = Application(bank.rules, store, ids=numbered("cmd"))
    open_accounts(application, alice=100, bob=50, carol=0)
    taken = 0
    for number, (what, name, receiver, amount) in enumerate(steps):
        if what == "send":
            application.handle(name, SendTransfer(f"t{number}", receiver, amount))
        elif what == "close":
            application.handle(name, CloseAccount())
        elif what == "take":
            taken += 0 if application.handle(name, Withdraw(amount)).refused else amount
        else:
            with pytest.raises(Crash):
                follow(application, crashing(amount))
        assert owned(application) + travelling(store) + taken == 150
    follow(application, transfers)
    assert owned(application) + taken == 150
    assert not any(application.state(name).pending for name in NAMES)


def owned(application):
    return sum(application.state(name).balance for name in NAMES)


def travelling(store):
    """Cents that have left a sender and reached nobody, by the log alone."""
    log = [fact.event for fact in store.recorded()]
    sent = sum(event.amount for event in log if isinstance(event, TransferSent))
    arrived = sum(
        event.amount for event in log if isinstance(event, TransferReceived | TransferReturned)
    )
    return sent - arrived


def test_a_reaction_that_cannot_be_kept_stops_the_follower(bank_):
    bank_.handle("alice", SendTransfer("t", "bob", 30))
    with pytest.raises(TypeError):
        follow(bank_, lambda decision: [("bob", ReceiveTransfer("t", "alice", 1.5))])


def test_an_id_that_somebody_else_has_taken_does_not_stop_the_process(new_store):
    """It would never get past that decision otherwise, nor reach any behind it."""
    application = Application(tally, new_store(TallyMessage), ids=numbered("cmd"))
    application.handle("taken", Add((9,)), command_id="cmd-1/1")

    def react(decision):
        return [("copy", decision.command)] if decision.stream == "a" else []

    application.handle("a", Add((1,)))
    application.handle("a", Add((2,)))
    last = follow(application, react)
    assert application.state("copy") == 3
    assert follow(application, react) == follow(application, react, after=last) == last
    assert application.state("copy") == 3


def test_a_process_that_now_answers_otherwise_is_told_so(new_store):
    application = Application(tally, new_store(TallyMessage), ids=numbered("cmd"))
    application.handle("a", Add((1,)))
    follow(application, lambda decision: [("b", Add((1,)))] if decision.stream == "a" else [])
    with pytest.raises(CommandIdReused):
        follow(application, lambda decision: [("b", Add((2,)))] if decision.stream == "a" else [])
