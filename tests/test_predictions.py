"""A prediction is typed before the cell shows, and seen beside the result in one line."""

import numpy as np
import pandas as pd
import pytest

from esdemo import Rejected
from esdemo.checks import predict
from esdemo.checks.predictions import Comparison
from esdemo.domains.bank import MoneyDeposited
from esdemo.errors import Conflict

RIGHT = [
    ((3000,), 3000),
    ((3000,), np.int64(3000)),
    ((0.3,), 0.1 + 0.2),
    ((3.0,), 3),
    ((True,), True),
    ((True,), np.True_),
    (("refused",), "refused"),
    ((None,), None),
    ((2, 1), (2, 1)),
    ((2, 1), [2, 1]),
    (((2, 1),), (2, 1)),
    (([1, (2, 3)],), (1, [2, 3])),
    (({"alice": 3},), {"alice": 3}),
    (({1, 2},), {2, 1}),
    ((MoneyDeposited(5_00, "cash"),), MoneyDeposited(5_00, "cash")),
    (("Rejected",), Rejected("too much")),
    ((Rejected,), Rejected("too much")),
    ((Rejected,), "Rejected"),
    ((Conflict, 2), ("Conflict", 2)),
]
WRONG = [
    ((2500,), 3000),
    (("3000",), 3000),
    ((1,), True),
    ((False,), 0),
    ((0.3,), "0.3"),
    ((2, 1), (1, 2)),
    ((2, 1), (2, 1, 0)),
    ((2, 1), 2),
    (("Conflict",), Rejected("too much")),
    ((KeyError("Rejected"),), Rejected("too much")),
    ((3,), Rejected("too much")),
    ((pd.DataFrame({"a": [1]}),), Rejected("too much")),
    ((pd.DataFrame({"a": [1]}),), pd.DataFrame({"b": [1, 2]})),
    ((1,), np.array([1, 1])),
]


class Hostile:
    """What fails at every touch."""

    def __eq__(self, other):
        raise ValueError("not comparable")

    __hash__ = None

    def __repr__(self):
        raise ValueError("not printable")


@pytest.mark.parametrize("typed", [(), (...,), (..., ...)])
def test_an_untouched_prediction_says_so_and_shows_the_result(typed):
    guess = predict(*typed)
    assert repr(guess) == "you: (nothing typed yet)"
    assert repr(guess.beside(3000)) == "you: (nothing typed yet)   here: 3000"
    assert not guess.beside(...).is_right


def test_a_wrong_prediction_stands_beside_the_result():
    assert repr(predict(2500).beside(3000)) == "you: 2500   here: 3000"


def test_a_right_prediction_is_called_so():
    assert repr(predict(3000).beside(3000)) == "you: 3000   here: 3000   as predicted"


@pytest.mark.parametrize(("typed", "actual"), RIGHT)
def test_what_says_the_same_is_as_predicted(typed, actual):
    compared = predict(*typed).beside(actual)
    assert compared.is_right
    assert repr(compared).endswith("   as predicted")


@pytest.mark.parametrize(("typed", "actual"), WRONG)
def test_what_says_something_else_is_not(typed, actual):
    compared = predict(*typed).beside(actual)
    assert not compared.is_right
    assert "as predicted" not in repr(compared)


@pytest.mark.parametrize(
    ("typed", "actual", "text"),
    [
        (("no",), "yes", "you: 'no'   here: 'yes'"),
        ((2, "b"), [1, ("a",)], "you: (2, 'b')   here: [1, ('a',)]"),
        ((1, ...), (1, 2), "you: (1, ...)   here: (1, 2)"),
        ((True,), np.float64(2.5), "you: True   here: 2.5"),
        ((Rejected,), KeyError("x"), "you: Rejected   here: KeyError"),
        (({"b", "a", "c"},), set(), "you: {'a', 'b', 'c'}   here: set()"),
        ((1,), Hostile(), "you: 1   here: <Hostile>"),
    ],
)
def test_each_kind_of_value_is_shown_plainly(typed, actual, text):
    assert repr(predict(*typed).beside(actual)) == text


@pytest.mark.parametrize("value", [object(), lambda: 1, (n for n in ()), [object()], Hostile()])
def test_no_address_is_shown_and_nothing_raises(value):
    for text in (repr(predict(value)), repr(predict(1).beside(value))):
        assert "0x" not in text
    assert isinstance(predict(value).beside(Hostile()), Comparison)
    assert not predict(Hostile()).beside(1).is_right


def test_a_table_begins_on_a_line_of_its_own():
    lines = repr(predict(...).beside(pd.DataFrame({"a": [1]}))).splitlines()
    assert lines == ["you: (nothing typed yet)   here:", "   a", "0  1"]
