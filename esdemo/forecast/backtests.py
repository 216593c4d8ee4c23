"""Back-tests: stand on many past days, forecast from what was known, and compare with what came.

The cut moves forward and all that lies before it is known (a rolling origin: Rob Hyndman and
George Athanasopoulos, Forecasting: Principles and Practice, chapter 5). A method is handed the
beginning of the history and nothing else, so it cannot look ahead by mistake; one that closes over
the whole history can, and `peeks` finds it out.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from tqdm import tqdm

from esdemo.errors import CannotForecast
from esdemo.forecast.drawing import Floats, checked
from esdemo.forecast.samples import interval
from esdemo.forecast.scoring import crps, skill, standard_error

Method = Callable[[Any, int, np.random.Generator], Floats]
"""(what is known, steps ahead, chance) -> a sample: a row a future, a column a step."""


class Trial(msgspec.Struct, frozen=True):
    """One method at one cut."""

    method: str
    cut: int  # how many steps were known
    ahead: int
    low: float  # the ends of the interval, at the last step
    middle: float
    high: float
    actual: float
    crps: float

    @property
    def inside(self) -> bool:
        """Whether what came lies within the interval."""
        return self.low <= self.actual <= self.high


class Score(msgspec.Struct, frozen=True):
    """What a method is worth, by all its trials."""

    method: str
    trials: int
    crps: float  # the mean, in the number's unit: the smaller the better
    skill: float  # against the reference
    covered: float  # the share of trials that came out inside the interval
    error: float  # of that share, by chance: trials that share days count as one


def rolling(known: int, ahead: int, *, first: int, step: int | None = None) -> range:
    """The cuts of a back-test: after `first` steps, and every `step` from then on.

    step: as long as the horizon by default, so that no two trials are about the same days. Raises
    CannotForecast where no cut leaves a horizon to compare with.
    """
    checked(known, ahead, 1)
    if first < 1 or first + ahead > known:
        raise CannotForecast(
            f"{known} steps do not hold a first cut at {first} and {ahead} steps after it: cut "
            "after the first step, and earlier, or look less far ahead"
        )
    return range(first, known - ahead + 1, step or ahead)


def backtest(
    history: Sequence[Any] | Floats,
    actual: Sequence[float] | Floats,
    methods: Mapping[str, Method],
    cuts: Iterable[int],
    *,
    ahead: int,
    level: float = 0.8,
    seed: int = 0,
) -> list[Trial]:
    """Each method at each cut, judged at the last step of the horizon.

    history: what a method learns from, an item a step: numbers, or Days. At a cut it is given
    `history[:cut]`. actual: the number at each step. Chance starts anew at each cut, and alike for
    each method, so results do not depend on which are compared. Shows a progress bar when it takes
    longer than two seconds.
    """
    if len(history) != len(actual):
        raise CannotForecast(f"{len(history)} steps of history, {len(actual)} numbers: one each")
    trials = []
    for cut in tqdm(list(cuts), desc="testing", unit="cut", delay=2, leave=False):
        for name, method in methods.items():
            sample = method(history[:cut], ahead, np.random.default_rng([seed, cut]))
            came = float(actual[cut + ahead - 1])
            trials.append(_trial(name, cut, ahead, sample[:, -1:], came, level))
    return trials


def _trial(method: str, cut: int, ahead: int, last: Floats, actual: float, level: float) -> Trial:
    """last: the futures at the last step, one below the other."""
    low, high = interval(last, level)
    middle = float(np.median(last))
    return Trial(
        method, cut, ahead, float(low[0]), middle, float(high[0]), actual, crps(last[:, 0], actual)
    )


def scores(
    trials: Sequence[Trial], *, reference: str = "persistence", level: float = 0.8
) -> list[Score]:
    """Every method by its mean score, in the order of the trials.

    reference: the method that skill is measured against; it must be among them.
    """
    by_method: dict[str, list[Trial]] = {}
    for trial in trials:
        by_method.setdefault(trial.method, []).append(trial)
    if reference not in by_method:
        raise CannotForecast(f"no trial of {reference!r}: compare with one of {list(by_method)}")
    means = {name: float(np.mean([t.crps for t in rows])) for name, rows in by_method.items()}
    return [
        Score(
            name,
            len(rows),
            means[name],
            skill(means[name], means[reference]),
            float(np.mean([trial.inside for trial in rows])),
            standard_error(level, apart(rows)),
        )
        for name, rows in by_method.items()
    ]


def apart(trials: Iterable[Trial]) -> int:
    """How many of these trials, at most, are about days of their own."""
    count, end = 0, 0
    for trial in sorted(trials, key=lambda trial: trial.cut):
        if not count or trial.cut >= end:
            count, end = count + 1, trial.cut + trial.ahead
    return count


def peeks(
    forecast: Callable[[Any, int], Floats], history: Sequence[Any] | Floats, cut: int
) -> bool:
    """Whether a forecast made at a cut has seen what came after it.

    forecast: takes the whole history and the cut, as people write it, and is seeded. What it says
    must be the same when everything after the cut is taken away. One that then fails for want of
    it has looked as well.
    """
    if not 1 <= cut < len(history):
        raise CannotForecast(
            f"a cut at {cut} leaves no future to hide: cut at 1 to {len(history) - 1}"
        )
    seen = forecast(history, cut)
    try:
        blind = forecast(history[:cut], cut)
    except IndexError:
        return True
    return not np.array_equal(seen, blind)
