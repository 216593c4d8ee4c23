"""Scoring: how good a sample was, once it is known what came."""

from collections.abc import Sequence
from math import sqrt

import numpy as np

from esdemo.forecast.drawing import Floats


def crps(sample: Sequence[float] | Floats, actual: float) -> float:
    """The continuous ranked probability score, in the number's own unit; 0 is perfect.

    How far the futures lie from what came, less half of how far they lie from each other. So a
    wide forecast pays for its width, and a narrow one for being wrong. Of a single future it is
    the absolute error, so methods with and without chance can be compared. (James Matheson and
    Robert Winkler, 1976; in this form Tilmann Gneiting and Adrian Raftery, 2007.)
    """
    values = np.sort(np.asarray(sample, float))
    count = len(values)
    # All pairs in one pass: in order, value number i is above i others and below the rest.
    spread = ((2 * np.arange(count) + 1 - count) * values).sum() / count**2
    return float(np.abs(values - actual).mean() - spread)


def skill(score: float, reference: float) -> float:
    """How much better than a reference's a score is: 1 perfect, 0 no better, below 0 worse.

    Not a number when the reference itself was perfect, because nothing can be better.
    """
    return 1 - score / reference if reference else float("nan")


def standard_error(level: float, tests: int) -> float:
    """By how much the share of hits strays by chance, when intervals of this level are right.

    tests: those that are independent. With 100 of them an 80 % interval, though right, hits 76 to
    84 times in two of three such series.
    """
    return sqrt(level * (1 - level) / tests)
