"""What-ifs: facts folded again, commands decided again; and history untouched by either."""

from collections import Counter
from datetime import timedelta

import pytest
from conftest import START, contents
from hypothesis import given
from hypothesis import strategies as st
from tally import Add, Added, Take, Taken, TallyMessage, decide, evolve, tally

from esdemo import Application, Decider, MemoryStore, Rejected, SQLiteStore, frames, timeline
from esdemo.clocks import ManualClock, numbered, ticking
from esdemo.domains import bank
from esdemo.domains.bank import (
    CloseAccount,
    CompleteTransfer,
    Deposit,
    MoneyDeposited,
    OpenAccount,
    ReceiveTransfer,
    ReturnTransfer,
    SendTransfer,
    Withdraw,
    transfers,
)
from esdemo.errors import InvalidMoment, NotFound
from esdemo.processes import follow

STRICT = Decider(decide, evolve, 0, invariants={"never below zero": lambda total: total >= 0})
COMMANDS = st.lists(
    st.tuples(
        st.sampled_from("ab"),
        st.builds(Add, st.lists(st.integers(0, 9), max_size=2).map(tuple))
        | st.builds(Take, st.integers(0, 9)),
    ),
    max_size=20,
)


def lived(commands):
    application = Application(STRICT, MemoryStore(TallyMessage, ticking(START)), ids=numbered("c"))
    for stream, command in commands:
        application.handle(stream, command)
    return application


def names(facts):
    """What remains of a fact when its place has moved."""
    return [(fact.stream, fact.event, fact.recorded_at, fact.command_id) for fact in facts]


# Without an event.


@given(commands=COMMANDS, place=st.integers(0, 40))
def test_without_an_event_the_others_are_as_they_were(commands, place):
    application = lived(commands)
    facts = list(application.store.recorded())
    before = contents(application.store)
    if not facts:
        return
    gone = facts[place % len(facts)]
    branch = timeline.without_event(application, gone.stream, gone.version)
    assert names(branch.store.recorded()) == names(fact for fact in facts if fact is not gone)
    assert contents(application.store) == before
    other = "b" if gone.stream == "a" else "a"
    assert list(branch.store.events(other)) == list(application.store.events(other))


@given(commands=COMMANDS, place=st.integers(0, 40))
def test_without_a_fact_that_does_not_matter_nothing_changes(commands, place):
    """An Added(0) put anywhere, and taken out again."""
    stream = "a"
    plain = lived([(stream, command) for _, command in commands])
    place %= plain.store.version(stream) + 1
    events = [*plain.store.events(stream)]
    with_it = Application(STRICT, MemoryStore(TallyMessage, ticking(START)))
    for event in (*events[:place], Added(0), *events[place:]):
        with_it.store.append(stream, [event], expected_version=with_it.store.version(stream))
    branch = timeline.without_event(with_it, stream, place + 1)
    assert branch.broken_rules == []
    assert list(branch.store.events(stream)) == events
    assert Application(STRICT, branch.store).state(stream) == with_it.state(stream)


@given(commands=COMMANDS, place=st.integers(0, 40))
def test_the_rules_that_break_are_named_where_the_fold_breaks_them(commands, place):
    application = lived([("a", command) for _, command in commands])
    if not (last := application.store.version("a")):
        return
    branch = timeline.without_event(application, "a", place % last + 1)
    totals = list(tally.states(branch.store.events("a")))
    falls = [n for n in range(1, last) if totals[n] < 0 <= totals[n - 1]]
    assert [(row.version, row.rule) for row in branch.broken_rules] == [
        (version, "never below zero") for version in falls
    ]


def test_a_bank_without_one_salary_breaks_the_overdraft_limit_and_says_where():
    year = bank.simulate(accounts=4, days=120)
    salary = next(
        fact
        for fact in year.store.recorded("alice")
        if fact.event == MoneyDeposited(1_800_00, "salary")
    )
    branch = timeline.without_event(year, "alice", salary.version)
    assert {row.rule for row in branch.broken_rules} == {"never below the overdraft limit"}
    first = branch.broken_rules[0]
    assert first.version >= salary.version
    refolded = Application(bank.rules, branch.store)
    assert refolded.state("alice", version=first.version).available < 0
    assert refolded.state("alice", version=first.version - 1).available >= 0
    assert list(branch.store.decisions()) == []


def test_the_branch_is_a_history_like_any_other():
    year = bank.simulate(accounts=3, days=30)
    branch = timeline.without_event(year, "alice", 2)
    assert [fact.position for fact in branch.store.recorded()] == list(
        range(1, year.store.position)
    )
    assert len(frames.log(branch.store)) == year.store.position - 1
    going_on = Application(bank.rules, branch.store, ids=numbered("new"))
    assert not going_on.handle("alice", Deposit(1_00)).refused
    assert len(frames.states(going_on, "alice")) == year.store.version("alice") + 1


@pytest.mark.parametrize("version", [0, 3, -1, 1.0, True, "1", None])
def test_a_fact_that_is_not_there_cannot_be_left_out(version):
    application = lived([("a", Add((1, 2)))])
    with pytest.raises(InvalidMoment, match="'a' has events 1 to 2, not"):
        timeline.without_event(application, "a", version)
    with pytest.raises(InvalidMoment, match="'nobody' has events 1 to 0"):
        timeline.without_event(application, "nobody", 1)


# Without a command.


@given(commands=COMMANDS, place=st.integers(0, 40))
def test_without_a_command_the_others_are_decided_as_if_it_had_never_come(commands, place):
    application = lived(commands)
    before = contents(application.store)
    if not commands:
        return
    place %= len(commands)
    branch = timeline.without_command(application, f"c-{place + 1}")
    expected = lived(commands[:place] + commands[place + 1 :])
    assert [
        (decision.stream, decision.command, decision.reason)
        for decision in branch.store.decisions()
    ] == [
        (decision.stream, decision.command, decision.reason)
        for decision in expected.store.decisions()
    ]
    assert contents(application.store) == before
    for stream in branch.store.streams():
        assert timeline.broken_rules(STRICT, branch.store, stream) == []


@given(commands=COMMANDS, place=st.integers(0, 40))
def test_what_came_out_otherwise_is_listed_and_nothing_else(commands, place):
    application = lived(commands)
    if not commands:
        return
    gone = f"c-{place % len(commands) + 1}"
    branch = timeline.without_command(application, gone)
    listed = {row.command_id: row.kind for row in branch.changed}
    assert listed.pop(gone) == "not asked"
    for decision in branch.store.decisions():
        was = application.store.decision(decision.command_id)
        kind = listed.get(decision.command_id)
        assert (kind == "now refused") == (decision.refused and not was.refused)
        assert (kind == "now allowed") == (was.refused and not decision.refused)
    assert set(listed.values()) <= {"now refused", "now allowed"}


@given(commands=COMMANDS)
def test_the_same_rules_and_the_same_commands_make_the_same_history(commands):
    application = lived(commands)
    again = timeline.with_rules(application, STRICT)
    assert again.changed == []
    assert contents(again.store) == contents(application.store)


def test_a_refusal_and_an_approval_that_depend_on_a_command_are_found():
    application = lived(
        [("a", Add((5,))), ("a", Take(5)), ("a", Take(3)), ("a", Add((1,))), ("a", Take(1))]
    )
    without_income = timeline.without_command(application, "c-1").changed
    assert [(row.kind, row.command_id) for row in without_income] == [
        ("not asked", "c-1"),
        ("now refused", "c-2"),
    ]
    assert without_income[1].before == "Taken(amount=5)"
    assert without_income[1].after == "refused: 5 is more than 0"
    without_spending = timeline.without_command(application, "c-2").changed
    assert [(row.kind, row.command_id) for row in without_spending] == [
        ("not asked", "c-2"),
        ("now allowed", "c-3"),
    ]


def test_another_command_in_its_place_is_decided_in_its_place():
    application = lived([("a", Add((5,))), ("a", Take(5)), ("a", Take(3))])
    branch = timeline.with_command(application, "c-2", Take(1))
    assert [fact.event for fact in branch.store.recorded()] == [Added(5), Taken(1), Taken(3)]
    assert [(row.kind, row.command) for row in branch.changed] == [
        ("not asked", Take(5)),
        ("newly asked", Take(1)),
        ("now allowed", Take(3)),
    ]
    decided = branch.store.decision("c-2")
    assert decided.recorded_at == application.store.decision("c-2").recorded_at


def test_other_rules_for_the_whole_history():
    def capped(command, total):
        if isinstance(command, Take) and command.amount > 3:
            raise Rejected("more than 3")
        return decide(command, total)

    application = lived([("a", Add((5,))), ("a", Take(5)), ("a", Take(3))])
    branch = timeline.with_rules(application, Decider(capped, evolve, 0))
    assert [(row.kind, row.command) for row in branch.changed] == [
        ("now refused", Take(5)),
        ("now allowed", Take(3)),
    ]


def test_the_same_outcome_with_other_events_is_listed_too():
    def doubled(command, total):
        return [*decide(command, total)] * 2

    application = lived([("a", Add((5,)))])
    (row,) = timeline.with_rules(application, Decider(doubled, evolve, 0)).changed
    assert (row.kind, row.before) == ("other events", "Added(amount=5)")
    table = frames.table([row])
    assert list(table.columns) == [
        *("kind", "command_id", "stream", "command", "before", "after"),
    ]


def test_imports_stay_in_every_branch_of_commands():
    application = lived([("a", Add((5,)))])
    application.store.append("a", [Added(7)], expected_version=1, effective_at=START)
    application.handle("a", Take(9))
    branch = timeline.without_command(application, "c-1")
    assert [fact.event for fact in branch.store.recorded()] == [Added(7)]


def test_a_command_that_nobody_gave_cannot_be_left_out_or_changed():
    application = lived([("a", Add((5,)))])
    for ask in (
        lambda: timeline.without_command(application, "c-9"),
        lambda: timeline.with_command(application, "c-9", Take(1)),
    ):
        with pytest.raises(NotFound, match=r"no command has the id 'c-9'.*command_id"):
            ask()


# Causes and the transfer process.


@pytest.fixture
def two_accounts():
    """Alice sends 50 to Bob, who spends it; then 30 to Carl, whose account is closed."""
    clock = ManualClock(START)
    application = Application(bank.rules, MemoryStore(bank.BankMessage, clock), ids=numbered("c"))
    followed = 0
    for stream, command in (
        ("alice", OpenAccount("Alice")),
        ("bob", OpenAccount("Bob")),
        ("carl", OpenAccount("Carl")),
        ("alice", Deposit(100_00)),
        ("alice", SendTransfer("t-1", "bob", 50_00)),
        ("bob", Withdraw(50_00)),
        ("carl", CloseAccount()),
        ("alice", SendTransfer("t-2", "carl", 30_00)),
    ):
        clock.advance(minutes=1)
        application.handle(stream, command)
        followed = follow(application, transfers, after=followed)
    return application


def kinds(branch):
    return [(row.kind, type(row.command)) for row in branch.changed]


def total(store):
    states = timeline.states(Application(bank.rules, store)).values()
    return sum(state.balance + sum(cents for _, cents in state.pending) for state in states)


def test_what_a_command_caused_is_not_decided_without_it(two_accounts):
    branch = timeline.without_command(two_accounts, "c-5")
    assert kinds(branch) == [
        ("not asked", SendTransfer),
        ("not asked", ReceiveTransfer),
        ("not asked", CompleteTransfer),
        ("now refused", Withdraw),
    ]
    assert total(branch.store) == 100_00


def test_what_a_command_caused_is_not_decided_when_it_is_now_refused(two_accounts):
    """Without the deposit there is nothing to send: no money comes out of nowhere."""
    branch = timeline.without_command(two_accounts, "c-4")
    assert Counter(kinds(branch))["not asked", ReceiveTransfer] == 2
    assert ("now refused", SendTransfer) in kinds(branch)
    assert total(branch.store) == 0


def test_without_the_process_a_new_refusal_has_no_consequence(two_accounts):
    """Bob's account is never opened: the money has left Alice, and nobody sends it back."""
    branch = timeline.without_command(two_accounts, "c-2")
    assert ("not asked", CompleteTransfer) in kinds(branch)
    alice = Application(bank.rules, branch.store).state("alice")
    assert (alice.balance, alice.pending) == (50_00, (("t-1", 50_00),))


def test_with_the_process_a_new_refusal_is_compensated_at_once(two_accounts):
    branch = timeline.without_command(two_accounts, "c-2", transfers)
    assert ("newly asked", ReturnTransfer) in kinds(branch)
    alice = Application(bank.rules, branch.store).state("alice")
    assert (alice.balance, alice.pending) == (100_00, ())
    returned = next(
        fact
        for fact in branch.store.recorded("alice")
        if isinstance(fact.event, bank.TransferReturned)
    )
    cause = two_accounts.store.decision("c-5/1")
    assert returned.recorded_at == cause.recorded_at


def test_with_the_process_a_changed_transfer_arrives_as_changed(two_accounts):
    command = SendTransfer("t-1", "bob", 60_00)
    branch = timeline.with_command(two_accounts, "c-5", command, transfers)
    assert Application(bank.rules, branch.store).state("bob").balance == 10_00
    assert total(branch.store) == total(two_accounts.store)


def test_following_the_process_on_a_branch_adds_nothing_that_was_decided(two_accounts):
    branch = timeline.without_command(two_accounts, "c-2", transfers)
    before = contents(branch.store)
    follow(Application(bank.rules, branch.store), transfers)
    assert contents(branch.store) == before


def test_a_cause_from_elsewhere_leaves_its_effects_decided():
    application = lived([("a", Add((5,)))])
    application.handle("a", Take(1), causation_id="a message of another system")
    branch = timeline.without_command(application, "c-1")
    assert ("now refused", Take(1)) in [(row.kind, row.command) for row in branch.changed]


@pytest.mark.parametrize("process", [None, transfers])
def test_a_year_with_a_command_left_out_touches_no_file_and_makes_no_money(path, process):
    def home(clock):
        return SQLiteStore(path, bank.BankMessage, clock, survives="crash")

    with bank.simulate(accounts=4, days=100, seed=5, store=home).store as store:
        year = Application(bank.rules, store)
        before = contents(store)
        sent = [d for d in store.decisions() if isinstance(d.command, SendTransfer)]
        for gone in (sent[0], sent[-1]):
            branch = timeline.without_command(year, gone.command_id, process)
            assert branch.changed
            assert outside(branch.store) == total(branch.store)
        year_again = timeline.with_rules(year, bank.rules, process)
        assert contents(year_again.store) == before == contents(store)


def outside(store):
    """What came into a bank less what left it, without a fold of accounts."""
    signs = {"MoneyDeposited": 1, "MoneyWithdrawn": -1, "FeeCharged": -1}
    return sum(
        fact.event.change
        if isinstance(fact.event, bank.EntryReversed)
        else signs[type(fact.event).__name__] * fact.event.amount
        for fact in store.recorded()
        if type(fact.event).__name__ in {*signs, "EntryReversed"}
    )


def test_a_branch_can_be_branched_again():
    application = lived([("a", Add((5,))), ("a", Take(5)), ("a", Take(3)), ("a", Take(2))])
    once = timeline.without_command(application, "c-2")
    twice = timeline.without_command(Application(STRICT, once.store), "c-3")
    assert [fact.event for fact in twice.store.recorded()] == [Added(5), Taken(2)]
    assert twice.store.clock() == START + timedelta(minutes=3)
