"""The timeline: deciding the recorded commands again makes the same log, hash for hash."""

from datetime import timedelta

import pytest
from conftest import START, contents
from hypothesis import given
from hypothesis import strategies as st
from tally import Add, Added, Take, Taken, TallyMessage, decide, evolve, tally

from esdemo import Application, Decider, MemoryStore, SQLiteStore
from esdemo.clocks import ManualClock, numbered
from esdemo.domains import bank
from esdemo.timeline import decide_again


def test_nothing_decided_again_is_nothing(store):
    assert contents(decide_again(tally, store)) == ([], [], [])


def test_refusals_and_empty_decisions_are_made_again(application, store):
    for command in Add((1, 2)), Take(9), Add(()), Take(3):
        application.handle("a", command, actor="ann")
    assert contents(decide_again(tally, store)) == contents(store)


def test_causes_effective_times_and_correlations_are_kept(application, store):
    application.handle("a", Add((1,)), effective_at=START - timedelta(days=9), actor="ann")
    application.handle("b", Add((2,)), causation_id="cmd-1", correlation_id="k")
    assert contents(decide_again(tally, store)) == contents(store)


def test_imports_are_copied_where_they_were(application, store):
    """Before, between, after; in batches; with and without the command ids of elsewhere."""
    store.append("a", [Added(5), Added(6)], expected_version=0, actor="import")
    application.handle("a", Take(10))
    store.append("b", [Added(1)], expected_version=0, command_id="cmd-1")
    application.handle("b", Take(9))
    store.append("a", [Taken(1)], expected_version=3, effective_at=START, correlation_id="k")
    application.handle("a", Add((1, 2)))
    store.append("c", [Added(1), Added(2)], expected_version=0)
    assert contents(decide_again(tally, store)) == contents(store)


def test_the_history_is_only_read(application, store):
    application.handle("a", Add((1,)))
    before = contents(store)
    again = decide_again(tally, store)
    Application(tally, again).handle("a", Add((1,)))
    assert contents(store) == before


def test_another_rule_makes_another_history(application, store):
    """What if nobody could take more than 3? The later command is then accepted."""

    def stricter(command, total):
        return decide(command, total if not isinstance(command, Take) else min(total, 3))

    for command in Add((10,)), Take(8), Take(3):
        application.handle("a", command)
    assert [decision.refused for decision in store.decisions()] == [False, False, True]
    branch = decide_again(Decider(stricter, evolve, 0), store)
    assert [decision.refused for decision in branch.decisions()] == [False, True, False]
    assert [fact.event for fact in branch.recorded()] == [Added(10), Taken(3)]


def test_imports_find_their_place_in_another_history_too(application, store):
    """The branch refuses what the history accepted, so versions differ there; facts stay facts."""

    def never(command, total):
        return decide(Take(total + 1), total)

    application.handle("a", Add((1, 2, 3)))
    store.append("a", [Added(7)], expected_version=3)
    branch = decide_again(Decider(never, evolve, 0), store)
    assert [fact.event for fact in branch.recorded()] == [Added(7)]


@pytest.mark.parametrize("home", ["memory", "sqlite"])
def test_a_whole_year_at_the_bank_decided_again_is_equal_hash_for_hash(home, path):
    place = {} if home == "memory" else {"store": on(path)}
    with bank.simulate(accounts=6, days=200, seed=7, **place).store as year:
        again = decide_again(bank.rules, year)
        assert [fact.hash for fact in again.recorded()] == [fact.hash for fact in year.recorded()]
        assert contents(again) == contents(year)


def on(path):
    """A place for the year: a file."""
    return lambda clock: SQLiteStore(path, bank.BankMessage, clock, survives="crash")


STEPS = st.one_of(
    st.builds(Add, st.lists(st.integers(-9, 9), max_size=3).map(tuple)),
    st.builds(Take, st.integers(-9, 9)),
    st.lists(st.builds(Added, st.integers(-9, 9)), min_size=1, max_size=3),
)


@given(
    steps=st.lists(
        st.tuples(st.sampled_from("ab"), STEPS, st.integers(-2, 5), st.sampled_from(["", "k"])),
        max_size=25,
    )
)
def test_any_history_decided_again_is_equal(steps):
    """Commands and imports mixed, while the clock stands still, jumps and goes back."""
    clock = ManualClock(START)
    store = MemoryStore(TallyMessage, clock)
    application = Application(tally, store, ids=numbered("cmd"))
    for stream, step, minutes, correlation_id in steps:
        clock.advance(minutes=minutes)
        options = {"correlation_id": correlation_id, "actor": stream}
        if isinstance(step, list):
            options["effective_at"] = START
            store.append(stream, step, expected_version=store.version(stream), **options)
        else:
            application.handle(stream, step, **options)
    again = decide_again(tally, store)
    assert contents(again) == contents(store)
    assert contents(decide_again(tally, again)) == contents(store)
