"""Back-tests: no look ahead, scores as others compute them, coverage where the truth is known."""

import itertools
import json
from datetime import date
from functools import cache, partial
from operator import itemgetter

import msgspec
import numpy as np
import pytest
import scoringrules
import tqdm.std
import worlds
from conftest import START
from hypothesis import given
from hypothesis import strategies as st
from tally import Add, Added, Take, Taken, TallyMessage, tally

from esdemo import Application, MemoryStore, forecast
from esdemo.clocks import ManualClock
from esdemo.errors import CannotForecast

FINITE = st.floats(-1e6, 1e6, allow_nan=False)
CUT, AHEAD, WORLDS = 1_460, 90, 1_000
ERROR = forecast.standard_error(0.8, WORLDS)


# Scores.


@given(sample=st.lists(FINITE, min_size=1, max_size=60), actual=FINITE)
def test_crps_is_what_scoringrules_says(sample, actual):
    theirs = scoringrules.crps_ensemble(actual, np.array(sample), estimator="nrg")
    assert forecast.crps(sample, actual) == pytest.approx(float(theirs), rel=1e-9, abs=1e-6)


@given(single=FINITE, actual=FINITE)
def test_crps_of_one_future_is_the_absolute_error(single, actual):
    assert forecast.crps([single], actual) == pytest.approx(abs(single - actual))


def test_a_forecast_pays_for_width_and_for_being_wrong():
    narrow, wide, wrong = [-1, 1], [-10, 10], [4, 6]
    assert forecast.crps([0, 0], 0) == 0
    assert forecast.crps(narrow, 0) < forecast.crps(wide, 0)
    assert forecast.crps(narrow, 0) < forecast.crps(wrong, 0)


def test_skill_is_1_for_perfect_0_for_the_reference_and_below_for_worse():
    assert [forecast.skill(score, 4.0) for score in (0.0, 4.0, 8.0)] == [1, 0, -1]
    assert np.isnan(forecast.skill(1.0, 0.0))


def test_the_standard_error_is_what_right_intervals_show_by_chance():
    hits = np.random.default_rng(1).random((20_000, 100)) < 0.8
    assert hits.mean(axis=1).std() == pytest.approx(forecast.standard_error(0.8, 100), rel=0.02)


# Back-tests.


def test_the_origin_rolls_and_horizons_do_not_overlap():
    assert list(forecast.rolling(365, 90, first=90)) == [90, 180, 270]
    assert list(forecast.rolling(100, 10, first=85, step=2)) == [85, 87, 89]


def test_a_method_is_given_what_was_known_and_nothing_else():
    given_to_it = []

    def spy(known, ahead, chance):
        given_to_it.append(known.tolist())
        return forecast.persistence(known, ahead, chance)

    numbers = np.arange(20.0)
    trials = forecast.backtest(numbers, numbers, {"spy": spy}, [5, 12], ahead=3)
    assert given_to_it == [numbers[:5].tolist(), numbers[:12].tolist()]
    assert [(trial.cut, trial.middle, trial.actual) for trial in trials] == [
        (5, 4, 7),
        (12, 11, 14),
    ]
    assert [trial.crps for trial in trials] == [3, 3]


def test_results_do_not_depend_on_what_else_is_tested():
    numbers = worlds.steady(np.random.default_rng(1), 1)[0]
    cuts = forecast.rolling(len(numbers), 90, first=730)
    both = forecast.backtest(
        numbers,
        numbers,
        {"poisson": forecast.poisson, "resampled": forecast.resampled},
        cuts,
        ahead=90,
    )
    alone = forecast.backtest(
        numbers, numbers, {"resampled": forecast.resampled}, list(cuts)[-2:], ahead=90
    )
    assert [trial for trial in both if trial.method == "resampled"][-2:] == alone


def trial(cut, hit=True, crps=1.0, method="persistence", ahead=10):
    return forecast.Trial(method, cut, ahead, 0.0, 1.0, 2.0, 1.0 if hit else 3.0, crps)


def test_scores_are_means_and_overlapping_trials_count_as_one():
    rows = [trial(cut, hit=cut != 10) for cut in range(0, 40, 5)]
    rows += [trial(cut, crps=0.5, method="better") for cut in range(0, 40, 10)]
    persistence, better = forecast.scores(rows)
    assert (persistence.trials, persistence.covered, persistence.skill) == (8, 7 / 8, 0)
    assert persistence.error == forecast.standard_error(0.8, 4)
    assert (better.method, better.skill, better.covered) == ("better", 0.5, 1)


def test_a_command_forecast_is_tested_like_a_number():
    from esdemo.domains import bank

    year = bank.simulate(accounts=2, days=200)
    days = forecast.calendar(year.store.history())

    def total(states):
        return sum(account.balance for account in states.values())

    def by_commands(known, ahead, chance):
        draw = forecast.alike(date(2025, 1, 1), lambda day: day.day)
        return forecast.decided(
            bank.rules,
            known,
            total,
            ahead,
            futures=40,
            seed=chance,
            draw=draw,
            react=bank.transfers,
        ).values

    actual = forecast.values(bank.rules, days, total)
    trials = forecast.backtest(days, actual, {"commands": by_commands}, [120, 150], ahead=30)
    assert [trial.actual for trial in trials] == [actual[149], actual[179]]
    assert all(trial.low < trial.middle < trial.high for trial in trials)


def test_a_long_back_test_shows_a_progress_bar(capsys, monkeypatch):
    """A clock on which each look takes a second."""
    numbers, methods = np.arange(99.0), {"drift": forecast.drift}
    forecast.backtest(numbers, numbers, methods, range(10, 90), ahead=5)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(tqdm.std, "time", itertools.count().__next__)
    forecast.backtest(numbers, numbers, methods, range(10, 90), ahead=5)
    assert "testing" in capsys.readouterr().err


# The leak.


def leaking(values):
    """A method that was fitted once on everything, as happens when a notebook grows."""

    def method(known, ahead, chance):
        gained = forecast.resampled(values, ahead, chance, futures=300)
        return known[-1] + gained - values[-1]

    return method


def test_a_leak_makes_scores_better():
    """Each world lives at a rate of its own, so who has seen its future knows more about it."""
    chance = np.random.default_rng(1)
    honest, leaky = [], []
    for rate in chance.uniform(0.5, 5, 150):
        values = chance.poisson(rate, 180).cumsum()
        methods = {"honest": partial(forecast.resampled, futures=300), "leaky": leaking(values)}
        trials = forecast.backtest(values, values, methods, [90], ahead=90)
        honest.append(trials[0].crps)
        leaky.append(trials[1].crps)
    gains = np.array(honest) - leaky
    assert gains.mean() > 3 * gains.std() / np.sqrt(len(gains))


def whole_and_cut(method):
    """A forecast as people write it: the whole history, and where to stand."""
    return lambda values, cut: method(values)(values[:cut], 30, np.random.default_rng(1))


PEEKING = {
    "a rate of everything": lambda values, cut: values[cut - 1] + np.mean(np.diff(values)),
    "resampled from everything": whole_and_cut(leaking),
    "a mean around the day": lambda values, cut: np.mean(values[cut - 3 : cut + 4]),
    "scaled by the maximum": lambda values, cut: values[:cut] / max(values),
    "the next day itself": lambda values, cut: values[cut],
}
HONEST = {
    "resampled": lambda values, cut: forecast.resampled(values[:cut], 30, 1),
    "a rate until now": lambda values, cut: forecast.drift(values[:cut], 30),
    "a mean of the last days": lambda values, cut: np.mean(values[cut - 7 : cut]),
}


@pytest.mark.parametrize("name", PEEKING)
def test_a_forecast_that_peeks_is_found_out(name):
    values = worlds.steady(np.random.default_rng(1), 1)[0]
    assert forecast.peeks(PEEKING[name], values, 400)


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_forecast_is_left_alone(name):
    values = worlds.steady(np.random.default_rng(1), 1)[0]
    assert not forecast.peeks(HONEST[name], values, 400)


# Coverage where the truth is known: a thousand back-tests, each in a world of its own.


def coverage(world, method, ahead=AHEAD):
    """The share of worlds in which what came lay within the 80 % interval."""
    values = world(np.random.default_rng(1), WORLDS)
    hits = [
        forecast.backtest(row, row, {"": method}, [CUT], ahead=ahead, seed=number)[0].inside
        for number, row in enumerate(values)
    ]
    return float(np.mean(hits))


def short(**options):
    return partial(forecast.resampled, futures=400, **options)


@pytest.mark.parametrize("ahead", [30, AHEAD])
@pytest.mark.parametrize("world", [worlds.steady, worlds.bursty])
def test_the_interval_covers_what_it_says_where_the_future_is_like_the_past(world, ahead):
    assert abs(coverage(world, short(), ahead) - 0.8) < 3 * ERROR


@pytest.mark.parametrize("world", [worlds.steady, worlds.bursty])
def test_poisson_is_too_sure_of_itself(world):
    """Of days with ups and downs it sees only what is left of both; of bursts it sees nothing."""
    assert coverage(world, partial(forecast.poisson, futures=400)) < 0.8 - 3 * ERROR


@pytest.mark.parametrize(
    ("world", "most"),
    [
        (worlds.trending, 0.1),
        (worlds.changed, 0.01),
        (partial(worlds.bursty, burst=20), 0.75),  # bursts nearly as long as a block
    ],
    ids=["trending", "changed", "long bursts"],
)
def test_where_the_future_is_not_like_the_past_the_interval_fails(world, most):
    assert coverage(world, short()) < most


def test_to_look_at_the_last_months_only_helps_against_a_trend_and_not_enough():
    def lately(known, ahead, chance):
        return short()(known[-120:], ahead, chance)

    assert 0.5 < coverage(worlds.trending, lately) < 0.8 - 3 * ERROR


def test_a_past_that_is_drawn_once_only_gives_narrower_intervals():
    """Why each future draws a past for itself first."""
    values = worlds.steady(np.random.default_rng(1), 1)[0][:365]
    changes = np.diff(values)
    starts = np.random.default_rng(1).integers(len(changes), size=(4_000, 3))
    days = (starts[:, :, None] + np.arange(30)).reshape(4_000, -1) % len(changes)
    once = values[-1] + changes[days].cumsum(axis=1)
    twice = forecast.resampled(values, 90, 1, futures=4_000)
    widths = [np.ptp(forecast.interval(sample), axis=0)[-1] for sample in (once, twice)]
    assert widths[0] < 0.97 * widths[1]


# The same for commands: a purse into which something comes each day, and from which somebody wants
# to take, often more than is there. Its truth is lived in plain numbers, without the rules.

LEARNT, SOON = 60, 5


@cache
def templates():
    """An addition that was decided, and a withdrawal that was, to make others of."""
    teller = Application(tally, MemoryStore(TallyMessage, ManualClock(START)))
    return teller.handle("a", Add((2_000,))), teller.handle("a", Take(1))


def asked(added, wanted):
    """A day on which two things were asked, and what came of it, when both were possible."""
    first, second = templates()
    replace = msgspec.structs.replace
    return (
        replace(first, command=Add((added,))),
        replace(second, command=Take(wanted)),
    )


def purse(chance):
    """The days that are known, and what is in the purse some days after them."""
    inside, days = 0, []
    (fact,) = templates()[0].events
    for number in range(LEARNT + SOON):
        added, wanted = map(int, chance.integers(1, (2_000, 4_000)))
        change = added - (wanted if wanted <= inside + added else 0)
        inside += change
        event = Added(change) if change > 0 else Taken(-change)
        facts = (msgspec.structs.replace(fact, event=event),)
        days.append(forecast.Day(date.fromordinal(number + 1), asked(added, wanted), facts))
    return days[:LEARNT], inside


def test_decided_futures_cover_what_they_say_where_a_rule_often_refuses():
    chance, hits, refused = np.random.default_rng(1), [], 0
    for number in range(WORLDS):
        known, came = purse(chance)
        found = forecast.decided(
            tally, known, itemgetter("a"), SOON, futures=100, seed=number, draw=forecast.blocks(1)
        )
        low, high = forecast.interval(found.values)
        hits.append(low[-1] <= came <= high[-1])
        refused += int(found.refused.sum())
    assert refused > 0.1 * WORLDS * 100 * SOON
    assert abs(np.mean(hits) - 0.8) < 3 * ERROR


# Bad questions.

NUMBERS = np.arange(100.0)
BAD = {
    "do not hold a first cut at 95": lambda: forecast.rolling(100, 10, first=95),
    "do not hold a first cut at 0": lambda: forecast.rolling(100, 10, first=0),
    "cannot be judged from 100": lambda: forecast.rolling(100, 10_000, first=10),
    "at least 1 step ahead": lambda: forecast.rolling(100, 0, first=10),
    "99 steps of history, 100 numbers": lambda: forecast.backtest(
        NUMBERS[1:], NUMBERS, {}, [50], ahead=5
    ),
    "no trial of 'persistence'": lambda: forecast.scores([trial(5, method="drift")]),
    "leaves no future to hide": lambda: forecast.peeks(HONEST["resampled"], NUMBERS, 100),
}


@pytest.mark.parametrize("words", BAD)
def test_a_bad_question_gets_a_sentence_that_helps(words):
    with pytest.raises(CannotForecast, match=words):
        BAD[words]()


def test_a_score_can_be_kept_as_json():
    """Plain numbers, no numpy ones: they can be shown, compared and stored."""
    (score,) = forecast.scores([trial(5)])
    assert json.loads(json.dumps(score.__struct_fields__)) == list(score.__struct_fields__)
    assert {type(getattr(score, name)) for name in score.__struct_fields__} == {str, int, float}
