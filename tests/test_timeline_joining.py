"""Two histories with one beginning become one: by facts, which may break rules, or by commands."""

from datetime import timedelta

import pytest
from conftest import START, contents
from hypothesis import given
from hypothesis import strategies as st
from tally import Add, Added, Take, TallyMessage
from test_timeline_what_if import COMMANDS, STRICT

from esdemo import Application, MemoryStore, timeline
from esdemo.clocks import ManualClock, numbered, ticking
from esdemo.domains import bank
from esdemo.domains.bank import Deposit, OpenAccount, SendTransfer, Withdraw, transfers
from esdemo.errors import CommandIdReused
from esdemo.processes import follow


def teller(name, shared, own, start=START):
    """Somebody who was there from the beginning and went on alone."""
    clock = ManualClock(start)
    application = Application(STRICT, MemoryStore(TallyMessage, clock), ids=numbered("shared"))
    for stream, command in shared:
        application.handle(stream, command)
    clock.now = start + timedelta(hours=len(name))
    application.ids = numbered(name)
    for stream, command in own:
        application.handle(stream, command)
    return application.store


def outcomes(store):
    return [(d.stream, d.command, d.refused) for d in store.decisions()]


@given(shared=COMMANDS, ours=COMMANDS, theirs=COMMANDS)
def test_commands_are_joined_as_if_one_teller_had_been_given_all_of_them(shared, ours, theirs):
    one, other = teller("ann", shared, ours), teller("ben", shared, theirs)
    before = contents(one), contents(other)
    joined = timeline.join_commands(STRICT, one, other)
    assert outcomes(joined.store) == outcomes(teller("ann", shared, [*ours, *theirs]))
    for stream in joined.store.streams():
        assert timeline.broken_rules(STRICT, joined.store, stream) == []
    assert (contents(one), contents(other)) == before


@given(shared=COMMANDS, ours=COMMANDS, theirs=COMMANDS)
def test_joined_facts_are_all_facts_of_both_and_say_which_rules_they_break(shared, ours, theirs):
    one, other = teller("ann", shared, ours), teller("ben", shared, theirs)
    joined = timeline.join_facts(STRICT, one, other)
    common = len(list(teller("ann", shared, []).recorded()))
    expected = [*one.recorded(), *list(other.recorded())[common:]]
    assert [(f.stream, f.event, f.effective_at) for f in joined.store.recorded()] == [
        (f.stream, f.event, f.effective_at) for f in expected
    ]
    totals = dict.fromkeys("ab", 0)
    fell = 0
    for fact in expected:
        before = totals[fact.stream]
        sign = 1 if isinstance(fact.event, Added) else -1
        totals[fact.stream] += sign * fact.event.amount
        fell += before >= 0 > totals[fact.stream]
    assert len(joined.broken_rules) == fell


@given(shared=COMMANDS, ours=COMMANDS, theirs=COMMANDS)
def test_they_part_where_the_first_of_them_went_on_alone(shared, ours, theirs):
    one, other = teller("ann", shared, ours), teller("ben", shared, theirs)
    assert timeline.parting(one, other) == len(shared)
    assert timeline.parting(one, one) == len(shared) + len(ours)


@given(shared=COMMANDS, ours=COMMANDS)
def test_joining_a_history_with_itself_changes_nothing(shared, ours):
    one = teller("ann", shared, ours)
    joined = timeline.join_commands(STRICT, one, one)
    assert contents(joined.store) == contents(one)
    assert joined.changed == []
    assert list(timeline.join_facts(STRICT, one, one).store.recorded()) == list(one.recorded())


SHARED = [("a", Add((100,)))]


def test_the_last_who_takes_is_refused_with_the_reason_and_only_that_is_told():
    one = teller("ann", SHARED, [("a", Take(70))])
    other = teller("ben", SHARED, [("a", Take(60)), ("b", Add((5,)))])
    facts = timeline.join_facts(STRICT, one, other)
    assert [(row.stream, row.version, row.rule) for row in facts.broken_rules] == [
        ("a", 3, "never below zero")
    ]
    commands = timeline.join_commands(STRICT, one, other)
    (row,) = commands.changed
    assert (row.command_id, row.kind) == ("ben-1", "now refused")
    assert row.after == "refused: 60 is more than 30"
    assert [d.reason for d in commands.store.decisions() if d.refused] == ["60 is more than 30"]


def test_who_comes_first_decides_who_is_refused():
    one, other = teller("ann", SHARED, [("a", Take(70))]), teller("ben", SHARED, [("a", Take(60))])
    refused = [timeline.join_commands(STRICT, *pair) for pair in ((one, other), (other, one))]
    assert [branch.changed[0].command_id for branch in refused] == ["ben-1", "ann-1"]


def test_a_command_that_reached_both_under_one_id_is_handled_once():
    stores = [teller(name, SHARED, []) for name in ("ann", "benedict")]
    for store in stores:
        Application(STRICT, store).handle("a", Take(70), command_id="the customer's")
    joined = timeline.join_commands(STRICT, *stores)
    assert joined.store.version("a") == 2
    assert joined.changed == []
    # The facts do not know that they are one: that is how the money leaves twice.
    assert [row.version for row in timeline.join_facts(STRICT, *stores).broken_rules] == [3]


def test_one_id_for_two_commands_is_an_error_that_names_them():
    stores = [teller(name, SHARED, []) for name in ("ann", "benedict")]
    for store, amount in zip(stores, (70, 60), strict=True):
        Application(STRICT, store).handle("a", Take(amount), command_id="1")
    with pytest.raises(CommandIdReused, match=r"Take\(amount=60\)"):
        timeline.join_commands(STRICT, *stores)


def test_imported_facts_of_the_other_side_follow_as_they_are():
    one, other = teller("ann", SHARED, []), teller("ben", SHARED, [])
    other.append("imported", [Added(3)], expected_version=0)
    joined = timeline.join_commands(STRICT, one, other)
    assert list(joined.store.events("imported")) == [Added(3)]


def branches(*own):
    """A bank with 100 for Ann and nothing for Ben, and tellers who go on alone."""
    for name, commands in zip(("x", "y"), own, strict=True):
        store = MemoryStore(bank.BankMessage, ticking(START))
        application = Application(bank.rules, store, ids=numbered("shared"))
        for stream, command in (
            ("ann", OpenAccount("Ann")),
            ("ann", Deposit(100_00)),
            ("ben", OpenAccount("Ben")),
        ):
            application.handle(stream, command)
        application.ids = numbered(name)
        for command in commands:
            application.handle("ann", command)
            follow(application, transfers)
        yield store


def test_what_a_refused_command_had_caused_is_not_asked():
    one, other = branches([Withdraw(70_00)], [SendTransfer("t-1", "ben", 60_00)])
    facts = timeline.join_facts(bank.rules, one, other)
    assert [row.rule for row in facts.broken_rules] == ["never below the overdraft limit"]
    commands = timeline.join_commands(bank.rules, one, other, transfers)
    assert [(row.kind, type(row.command).__name__) for row in commands.changed] == [
        ("now refused", "SendTransfer"),
        ("not asked", "ReceiveTransfer"),
        ("not asked", "CompleteTransfer"),
    ]
    assert list(commands.store.events("ben")) == list(one.events("ben"))


@given(amounts=st.lists(st.integers(1, 50), max_size=6))
def test_what_does_not_touch_the_other_side_comes_out_as_it_did(amounts):
    one = teller("ann", SHARED, [("a", Take(1))])
    other = teller("ben", SHARED, [("b", Add((amount,))) for amount in amounts])
    joined = timeline.join_commands(STRICT, one, other)
    assert joined.changed == []
    facts = timeline.join_facts(STRICT, one, other)
    assert [f.event for f in facts.store.recorded()] == [f.event for f in joined.store.recorded()]
