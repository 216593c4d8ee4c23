"""Handlers: decide, evolve, and the fold that is the course's one idea."""

from dataclasses import FrozenInstanceError

import pytest
from tally import Add, Added, Take, Taken, tally

from esdemo import Decider, Rejected
from esdemo.handlers import can_change

HISTORY = [Added(5), Added(2), Taken(3)]


def test_the_state_is_a_fold_over_history():
    assert (
        tally.fold(HISTORY)
        == tally.evolve(tally.evolve(tally.evolve(0, *HISTORY[:1]), HISTORY[1]), HISTORY[2])
        == 4
    )


def test_a_fold_can_go_on_from_a_state():
    assert tally.fold(HISTORY[2:], tally.fold(HISTORY[:2])) == 4
    assert tally.fold([], 7) == 7
    assert tally.fold([]) == 0


def test_a_fold_can_go_on_from_none():
    """None is a state like any other."""
    maybe = Decider(tally.decide, lambda state, event: state, 5)
    assert maybe.fold(HISTORY, None) is None
    assert list(maybe.states(HISTORY[:1], None)) == [None, None]


def test_all_states_are_the_one_before_and_one_after_each_event():
    assert list(tally.states(HISTORY)) == [0, 5, 7, 4]
    assert list(tally.states(iter(HISTORY[2:]), 7)) == [7, 4]


def test_deciding_changes_nothing():
    assert tally.decide(Add((1, 2)), 0) == [Added(1), Added(2)]
    with pytest.raises(Rejected, match="2 is more than 1"):
        tally.decide(Take(2), 1)


def test_broken_invariants_are_named():
    strict = Decider(
        tally.decide,
        tally.evolve,
        0,
        {"never negative": lambda total: total >= 0, "small": lambda total: total < 10},
    )
    assert strict.violated(5) == []
    assert strict.violated(-1) == ["never negative"]
    assert strict.violated(10) == ["small"]


def test_a_decider_is_frozen():
    with pytest.raises(FrozenInstanceError):
        tally.initial = 7


# Outcomes as values, and specifications by example.


def test_an_outcome_is_the_events_or_the_refusal():
    assert tally.outcome(Add((1, 2)), 0) == [Added(1), Added(2)]
    refusal = tally.outcome(Take(2), 1)
    assert isinstance(refusal, Rejected)
    assert str(refusal) == "2 is more than 1"


def test_a_bug_in_the_rules_is_no_outcome():
    clumsy = Decider(lambda command, state: 1 / 0, tally.evolve, 0)
    with pytest.raises(ZeroDivisionError):
        clumsy.outcome(Take(2), 1)
    vague = Decider(lambda command, state: Added(1), tally.evolve, 0)
    with pytest.raises(TypeError, match="must return a list of events"):
        vague.outcome(Take(2), 1)


def test_a_specification_says_what_was_given_asked_and_expected():
    tally.given(*HISTORY).when(Take(4)).then(Taken(4))
    tally.given().when(Add(())).then()
    tally.given(Added(1)).when(Take(2)).then_refused()
    tally.given(Added(1)).when(Take(2)).then_refused("2 is more than 1")


@pytest.mark.parametrize(
    ("expectation", "complaint"),
    [
        (lambda: tally.given(Added(1)).when(Take(2)).then(Taken(2)), "was refused: 2 is more"),
        (lambda: tally.given(Added(2)).when(Take(2)).then(Taken(1)), r"led to \[Taken"),
        (lambda: tally.given(Added(2)).when(Take(2)).then_refused(), "was accepted and led to"),
        (lambda: tally.given().when(Take(2)).then_refused("no"), "not 'no'"),
    ],
)
def test_a_specification_that_does_not_hold_says_what_happened_instead(expectation, complaint):
    with pytest.raises(AssertionError, match=complaint):
        expectation()


def test_a_state_that_can_change_does_not_leak_from_one_fold_into_the_next():
    def evolve(state, event):
        state["n"] = state.get("n", 0) + 1
        return state

    counting = Decider(tally.decide, evolve, {})
    assert counting.fold(HISTORY) == counting.fold(HISTORY) == {"n": 3}
    assert counting.initial == {}


@pytest.mark.parametrize("state", [{}, [], object(), (1, [])])
def test_what_can_change_is_known(state):
    assert can_change(state)


@pytest.mark.parametrize("state", [0, None, "text", (1, (2,)), frozenset({1}), Added(1)])
def test_what_cannot_change_is_known(state):
    assert not can_change(state)
