"""Shrinking: a recorded history comes down to the commands that show a bug, and to no fewer."""

import pytest
from conftest import START, contents
from hypothesis import given
from hypothesis import strategies as st
from tally import Add, Added, Take, TallyMessage, tally

from esdemo import Application, Decider, MemoryStore, timeline
from esdemo.clocks import numbered, ticking
from esdemo.domains import bank
from esdemo.domains.bank import (
    Account,
    ChargeFee,
    Deposit,
    FeeCharged,
    MoneyDeposited,
    OpenAccount,
    SendTransfer,
    Withdraw,
    decide,
    evolve,
    transfers,
)
from esdemo.processes import follow

COMMANDS = st.lists(
    st.tuples(
        st.sampled_from("ab"),
        st.builds(Add, st.lists(st.integers(0, 9), max_size=2).map(tuple))
        | st.builds(Take, st.integers(0, 9)),
    ),
    max_size=20,
)


def lived(commands):
    application = Application(tally, MemoryStore(TallyMessage, ticking(START)), ids=numbered("c"))
    for stream, command in commands:
        application.handle(stream, command)
    return application.store


def ids(history):
    return [decision.command_id for decision in history.decisions()]


def commands(history):
    return [decision.command for decision in history.decisions()]


def reaches(total):
    """Whether stream a ends at this total or more."""
    return lambda history: tally.fold(history.events("a")) >= total


def forgetful(account, event):
    """An evolve that adds fees where it should subtract them."""
    if isinstance(event, FeeCharged):
        return evolve(account, MoneyDeposited(event.amount, event.service))
    return evolve(account, event)


CARELESS = Decider(decide, forgetful, Account())


def overdrawn(stream):
    return lambda history: timeline.broken_rules(bank.rules, history, stream) != []


# What comes out.


@given(commands=COMMANDS, total=st.integers(1, 20))
def test_what_is_left_shows_it_and_no_command_can_be_spared(commands, total):
    history, shows = lived(commands), reaches(total)
    before = contents(history)
    if not shows(history):
        return
    small = timeline.shrink(tally, history, shows)
    assert shows(small)
    for command_id in ids(small):
        assert not shows(timeline.decide_again(tally, small, instead={command_id: None}))
    assert contents(history) == before


@given(commands=COMMANDS, total=st.integers(1, 20))
def test_commands_are_left_out_and_never_changed_or_moved(commands, total):
    history, shows = lived(commands), reaches(total)
    if not shows(history):
        return
    kept = ids(timeline.shrink(tally, history, shows))
    assert kept == [command_id for command_id in ids(history) if command_id in kept]
    small = timeline.shrink(tally, history, shows)
    for decision in small.decisions():
        recorded = history.decision(decision.command_id)
        assert (decision.stream, decision.command) == (recorded.stream, recorded.command)
        assert decision.recorded_at == recorded.recorded_at


def test_the_two_that_matter_are_found_among_a_hundred():
    noise = [("a", Add((0,)))] * 49
    history = lived([*noise, ("a", Add((3,))), *noise, ("a", Add((4,)))])
    assert commands(timeline.shrink(tally, history, reaches(7))) == [Add((3,)), Add((4,))]


def test_a_refused_command_is_left_out_like_any_other():
    history = lived([("a", Take(5)), ("a", Add((3,))), ("b", Take(1))])
    assert commands(timeline.shrink(tally, history, reaches(3))) == [Add((3,))]


def test_nothing_is_left_of_a_history_when_nothing_is_needed():
    small = timeline.shrink(tally, lived([("a", Add((1,))), ("b", Add((2,)))]), lambda _: True)
    assert ids(small) == []


def test_imported_facts_stay():
    history = lived([("b", Add((1,)))])
    history.append("a", [Added(4)], expected_version=0)
    small = timeline.shrink(tally, history, reaches(4))
    assert ids(small) == []
    assert list(small.events("a")) == [Added(4)]


def test_a_history_that_does_not_show_it_is_said():
    with pytest.raises(ValueError, match="does not show it"):
        timeline.shrink(tally, lived([("a", Add((1,)))]), reaches(2))


# At the bank.


def test_the_commands_of_a_year_come_down_to_six_of_which_one_is_the_fee():
    year = timeline.decide_again(CARELESS, bank.simulate(accounts=4).store, react=transfers)
    assert len(ids(year)) == 995
    small = timeline.shrink(CARELESS, year, overdrawn("bob"))
    left = commands(small)
    assert [type(command) for command in left] == [
        OpenAccount,
        ChargeFee,
        Withdraw,
        Withdraw,
        Withdraw,
        Withdraw,
    ]
    assert bank.rules.fold(small.events("bob")).available < 0
    believed = Application(CARELESS, small).state("bob")
    assert believed.available >= 0


def test_with_a_transfer_goes_what_it_caused():
    store = MemoryStore(bank.BankMessage, ticking(START))
    year = Application(bank.rules, store, ids=numbered("c"))
    year.handle("ann", OpenAccount("Ann"))
    year.handle("ben", OpenAccount("Ben"))
    year.handle("ann", Deposit(5_00))
    year.handle("ann", SendTransfer("t", "ben", 2_00))
    year.handle("ben", Deposit(3_00))
    follow(year, transfers)
    small = timeline.shrink(
        bank.rules, store, lambda history: bank.rules.fold(history.events("ben")).balance >= 3_00
    )
    assert commands(small) == [OpenAccount("Ben"), Deposit(3_00)]
    sent = timeline.shrink(
        bank.rules, store, lambda history: bank.rules.fold(history.events("ben")).balance >= 5_00
    )
    assert len(ids(sent)) == 6  # two accounts, two deposits, sent and received; not completed
