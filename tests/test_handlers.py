"""Handlers: decide, evolve, and the fold that is the course's one idea."""

from dataclasses import FrozenInstanceError

import pytest
from tally import Add, Added, Take, Taken, tally

from esdemo import Decider, Rejected

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
