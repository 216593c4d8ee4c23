"""The forecast: futures that have not happened, and how far to believe them.

A future is made from the past. Where rules matter, the *commands* of past days are asked again on
the days to come and decided by the same `decide`, so an impossible future is refused (`futures`).
Where a number only adds up, its past changes are drawn again, all futures at once (`samples`).
Which past days are drawn is the same question for both (`drawing`). A forecast is believed when it
would have been right before: `backtests` stands on many past days, sees nothing that came later,
and compares; `scores` says how well it did.

Everything here is given facts, decisions and numbers. Nothing is given a store, so that no
imagined event can be appended to one.
"""

from esdemo.forecast.backtests import Method, Score, Trial, backtest, peeks, rolling, scores
from esdemo.forecast.calendar import Day, calendar, values
from esdemo.forecast.drawing import Floats, alike, blocks
from esdemo.forecast.futures import Futures, decided
from esdemo.forecast.samples import LEVELS, drift, fan, interval, persistence, poisson, resampled
from esdemo.forecast.scoring import crps, skill, standard_error

__all__ = [
    "LEVELS",
    "Day",
    "Floats",
    "Futures",
    "Method",
    "Score",
    "Trial",
    "alike",
    "backtest",
    "blocks",
    "calendar",
    "crps",
    "decided",
    "drift",
    "fan",
    "interval",
    "peeks",
    "persistence",
    "poisson",
    "resampled",
    "rolling",
    "scores",
    "skill",
    "standard_error",
    "values",
]
