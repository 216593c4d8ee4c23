"""Drawing: which past days each future is made of.

The method is the bootstrap (Bradley Efron, 1979) for things that hang together in time: whole
stretches of days are drawn, not single ones, so that a burst stays a burst (Hans Künsch's moving
blocks, 1989; in a circle, Dimitris Politis and Joseph Romano, 1992).

The past that we know is one of many that could have been, and a rate that was measured in it is
uncertain. So each future first draws a past for itself, and then draws its days from that. Leave
the first step out, and intervals are too narrow.
"""

from collections.abc import Callable, Hashable
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from esdemo.errors import CannotForecast

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Draw = Callable[[int, int, int, np.random.Generator], Ints]
"""(days known, days ahead, futures, chance) -> for each future and day ahead a past day, from 0."""

MONTH: Final = 30  # days
ENOUGH: Final = 40  # blocks in the past


def blocks(length: int | None = None) -> Draw:
    """Days drawn in stretches of `length`, each from anywhere in the past, in a circle.

    By default 30 days, or so few that the past holds 40 stretches. Longer ones keep longer bursts
    together, but how much a number varies cannot be learnt from a handful of them.
    """
    if length is not None and length < 1:
        raise CannotForecast(f"a block of {length} days holds nothing: give at least 1")

    def draw(known: int, ahead: int, futures: int, chance: np.random.Generator) -> Ints:
        size = length or min(MONTH, max(1, known // ENOUGH))
        if known < 2 * size:
            raise CannotForecast(
                f"{known} days are too little history for blocks of {size}: wait until there are "
                f"{2 * size} days, or draw shorter blocks"
            )
        starts = _twice(known, -(-known // size), (futures, -(-ahead // size)), chance)
        days = (starts[:, :, None] + np.arange(size)) % known
        return days.reshape(futures, -1)[:, :ahead]

    return draw


def alike(first: date, key: Callable[[date], Hashable]) -> Draw:
    """Each day drawn from the past days that are like it.

    first: the date of the first known day. key: what like days share: `lambda day: day.day` where
    business goes by the month, `date.weekday` where it goes by the week.
    """

    def draw(known: int, ahead: int, futures: int, chance: np.random.Generator) -> Ints:
        keys = [key(first + timedelta(days=number)) for number in range(known + ahead)]
        drawn = np.empty((futures, ahead), np.int64)
        for value in dict.fromkeys(keys[known:]):
            past = np.array([day for day in range(known) if keys[day] == value], np.int64)
            if len(past) < 2:
                raise CannotForecast(
                    f"only {len(past)} of the {known} known days are like a day to come (their key "
                    f"is {value!r}): wait, or group days more coarsely"
                )
            places = [place for place in range(ahead) if keys[known + place] == value]
            picks = _twice(len(past), len(past), (futures, len(places)), chance)
            drawn[:, places] = past[picks]
        return drawn

    return draw


def _twice(known: int, kept: int, shape: tuple[int, int], chance: np.random.Generator) -> Ints:
    """Numbers below `known`, drawn from a past that each row has drawn for itself before.

    kept: how many independent things the real past holds. The drawn past is shorter than that, so
    that the futures vary as much as they should. Of k draws from m things whose mean is not known
    either, the sum varies by k + k*k/m of their true variance; the m things show only 1 - 1/m of
    it; and k draws from a past of p, drawn itself, vary by k + k*(k - 1)/p of what they show.
    """
    futures, draws = shape
    past = max(1, round((kept - 1) * (draws - 1) / (draws + 1)))
    pasts = chance.integers(known, size=(futures, past))
    return np.take_along_axis(pasts, chance.integers(past, size=shape), axis=1)


def checked(known: int, ahead: int, futures: int) -> None:
    """CannotForecast for a horizon or a number of futures that makes no sense."""
    if ahead < 1:
        raise CannotForecast(f"a forecast looks at least 1 step ahead, not {ahead}")
    if ahead > known:
        raise CannotForecast(
            f"{ahead:,} steps ahead cannot be judged from {known:,} that are known: nothing that "
            "takes longer than the history has been seen; look no further ahead than back"
        )
    if futures < 1:
        raise CannotForecast(f"a forecast needs at least 1 future, not {futures}")
