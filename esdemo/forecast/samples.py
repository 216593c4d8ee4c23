"""Samples: a number's possible values, a row for each future and a column for each step ahead.

A method takes the known values, one for each step in order, how many steps to look ahead, and a
seed. The two without chance, persistence and drift, are the rivals that every other method must
beat first; that is harder than it sounds.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from esdemo.errors import CannotForecast
from esdemo.forecast.drawing import Draw, Floats, blocks, checked

FUTURES: Final = 1_000
LEVELS: Final = (0.1, 0.25, 0.5, 0.75, 0.9)

Seed = int | np.random.Generator


def persistence(known: Sequence[float] | Floats, ahead: int, seed: Seed = 0) -> Floats:
    """Nothing changes: the one future that stays at the last value."""
    checked(len(known), ahead, 1)
    return np.full((1, ahead), known[-1], float)


def drift(known: Sequence[float] | Floats, ahead: int, seed: Seed = 0) -> Floats:
    """It goes on as it did on the whole: the line through the first and the last value."""
    checked(len(known), ahead, 1)
    changes = _changes(known)
    line: Floats = known[-1] + changes.mean() * np.arange(1, ahead + 1)
    return line[None, :]


def poisson(
    known: Sequence[float] | Floats, ahead: int, seed: Seed = 0, *, futures: int = FUTURES
) -> Floats:
    """Ups and downs come one by one, at a constant rate each, and know nothing of each other.

    What the text-books begin with. It is too sure of itself wherever things come in bursts.
    """
    checked(len(known), ahead, futures)
    chance, changes = np.random.default_rng(seed), _changes(known)
    ups, downs = changes.clip(min=0).mean(), (-changes).clip(min=0).mean()
    shape = (futures, ahead)
    return known[-1] + (chance.poisson(ups, shape) - chance.poisson(downs, shape)).cumsum(axis=1)


def resampled(
    known: Sequence[float] | Floats,
    ahead: int,
    seed: Seed = 0,
    *,
    futures: int = FUTURES,
    draw: Draw | None = None,
) -> Floats:
    """Past changes happen again, in stretches: all futures at once, for a number that only adds up.

    draw: `blocks()` by default. No rule is asked, so a future may be impossible, such as a
    balance that no bank would allow; `futures.decided` asks.
    """
    checked(len(known), ahead, futures)
    changes = _changes(known)
    drawn = (draw or blocks())(len(changes), ahead, futures, np.random.default_rng(seed))
    return known[-1] + changes[drawn].cumsum(axis=1)


def fan(sample: Floats, levels: Sequence[float] = LEVELS) -> Floats:
    """The quantiles of the futures at each step: a row for each level, a column for each step."""
    return np.quantile(sample, levels, axis=0)


def interval(sample: Floats, level: float = 0.8) -> tuple[Floats, Floats]:
    """Below and above which the outer futures lie, equally many on both sides, at each step."""
    if not 0 < level < 1:
        raise CannotForecast(
            f"an interval covers a share between 0 and 1, such as 0.8, not {level}"
        )
    outside = round(1 - level, 12)  # 1 - 0.8 is 0.19999999999999996
    low, high = fan(sample, (outside / 2, 1 - outside / 2))
    return low, high


def _changes(known: Sequence[float] | Floats) -> Floats:
    if len(known) < 2:
        raise CannotForecast(f"{len(known)} known values show no change: there must be at least 2")
    return np.diff(np.asarray(known, float))
