"""Worlds whose truth is known: numbers that grow by chance, a thousand of them, each by a law.

A row is a world, a column a day; the value is what has added up since the first day. Fixed by a
seed. What a forecast says of them can be compared with what must be so.
"""

import numpy as np

DAYS = 1_550
"""Four years that are known, to the cut at 1,460, and 90 days that are not."""


def steady(chance: np.random.Generator, worlds: int) -> np.ndarray:
    """Three ups and one down a day, whatever happened before."""
    shape = (worlds, DAYS)
    return (chance.poisson(3, shape) - chance.poisson(1, shape)).cumsum(axis=1)


def bursty(chance: np.random.Generator, worlds: int, burst: float = 2.5) -> np.ndarray:
    """Quiet days and busy ones: ten a day in a burst, else hardly any.

    burst: the mean length of a burst in days; the quiet between two of them is three times as long.
    """
    busy = np.empty((worlds, DAYS), bool)
    busy[:, 0] = chance.random(worlds) < 0.25
    for day in range(1, DAYS):
        stays = np.where(busy[:, day - 1], 1 - 1 / burst, 1 / (3 * burst))
        busy[:, day] = chance.random(worlds) < stays
    return chance.poisson(np.where(busy, 10, 0.3)).cumsum(axis=1)


def trending(chance: np.random.Generator, worlds: int) -> np.ndarray:
    """What happens in a day becomes more, from two at first to four at the end."""
    return chance.poisson(np.linspace(2, 4, DAYS), (worlds, DAYS)).cumsum(axis=1)


def changed(chance: np.random.Generator, worlds: int) -> np.ndarray:
    """Three a day until thirty days before the cut, then nine: another regime."""
    rates = np.where(np.arange(DAYS) < 1_430, 3, 9)
    return chance.poisson(rates, (worlds, DAYS)).cumsum(axis=1)
