"""Forecasts: the calendar, what is drawn from it, futures that are decided, and bad questions."""

import ast
import itertools
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import tqdm.std
from conftest import START, contents
from hypothesis import given
from hypothesis import strategies as st
from tally import Add, Take, TallyMessage, tally

import esdemo.forecast
from esdemo import Application, Decider, MemoryStore, Rejected, forecast
from esdemo.clocks import ManualClock, numbered
from esdemo.domains import bank, loans
from esdemo.domains.bank import Account, Deposit, Withdraw, rules, transfers
from esdemo.errors import CannotForecast

NEW_YEAR = date(2025, 1, 1)
AUTUMN = date(2025, 9, 30)


def by_day_of_month(day):
    return day.day


def total(states):
    return sum(account.balance for account in states.values())


@pytest.fixture(scope="module")
def year():
    return bank.simulate(accounts=4)


@pytest.fixture(scope="module")
def days(year):
    return forecast.calendar(year.store.history(), AUTUMN)


def counter(*commands):
    """A tally's history: (days after the start, command)."""
    clock = ManualClock(START)
    application = Application(tally, MemoryStore(TallyMessage, clock), ids=numbered("c"))
    for later, command in commands:
        clock.now = START + timedelta(days=later)
        application.handle("a", command)
    return application


# The calendar.


def test_a_day_without_anything_is_a_day():
    known = forecast.calendar(counter((0, Add((5,))), (3, Take(9)), (3, Take(2))).store.history())
    assert [day.date.day for day in known] == [5, 6, 7, 8]
    assert [len(day.decisions) for day in known] == [1, 0, 0, 2]
    assert [len(day.facts) for day in known] == [1, 0, 0, 1]
    assert forecast.values(tally, known, lambda states: states["a"]).tolist() == [5, 5, 5, 3]


def test_a_calendar_may_reach_beyond_the_last_record():
    store = counter((0, Add((5,)))).store
    known = forecast.calendar(store.history(), START.date() + timedelta(days=2))
    assert [len(day.facts) for day in known] == [1, 0, 0]


def test_what_was_recorded_after_the_cut_is_not_there(year, days):
    assert days[-1].date == AUTUMN
    end = datetime(2025, 10, 1, tzinfo=UTC) - timedelta(microseconds=1)
    facts = [fact for day in days for fact in day.facts]
    assert facts == list(year.store.recorded(until=year.store.position_at(end)))
    assert forecast.values(rules, days, total)[-1] == total(
        {name: year.state(name, as_of=end) for name in year.store.streams()}
    )


def test_imported_facts_are_in_the_calendar(year):
    store = MemoryStore(TallyMessage, ManualClock(START))
    store.append("a", list(counter((0, Add((5, 6)))).store.events("a")), expected_version=0)
    (day,) = forecast.calendar(store.history())
    assert len(day.facts) == 2
    assert day.decisions == ()


# Drawing.


@given(known=st.integers(60, 200), ahead=st.integers(1, 90), length=st.integers(1, 30))
def test_blocks_are_stretches_of_the_past_in_a_circle(known, ahead, length):
    drawn = forecast.blocks(length)(known, ahead, 7, np.random.default_rng(1))
    assert drawn.shape == (7, ahead)
    assert ((drawn >= 0) & (drawn < known)).all()
    steps = (np.diff(drawn, axis=1) - 1) % known
    inside = np.arange(1, ahead) % length != 0
    assert (steps[:, inside] == 0).all()


@pytest.mark.parametrize(("known", "length"), [(5_000, 30), (1_200, 30), (365, 9), (39, 1)])
def test_a_block_is_a_month_at_most_and_the_past_holds_forty(known, length):
    chance = [np.random.default_rng(1) for _ in range(2)]
    by_default = forecast.blocks()(known, 20, 5, chance[0])
    assert np.array_equal(by_default, forecast.blocks(length)(known, 20, 5, chance[1]))


def test_every_past_day_is_drawn_equally_often():
    drawn = forecast.blocks(10)(100, 50, 20_000, np.random.default_rng(1))
    counts = np.bincount(drawn.ravel(), minlength=100)
    assert counts.min() > 0.9 * counts.mean()
    assert counts.max() < 1.1 * counts.mean()


@pytest.mark.parametrize("key", [by_day_of_month, date.weekday])
def test_alike_draws_only_days_that_are_alike(key):
    drawn = forecast.alike(NEW_YEAR, key)(273, 90, 50, np.random.default_rng(1))
    for column in range(90):
        wanted = key(NEW_YEAR + timedelta(days=273 + column))
        assert {key(NEW_YEAR + timedelta(days=int(place))) for place in drawn[:, column]} == {
            wanted
        }
    assert len(set(drawn[:, 0].tolist())) > 5


# Samples.


def test_persistence_stays_and_drift_goes_on():
    assert forecast.persistence([1, 2, 7], 2).tolist() == [[7, 7]]
    assert forecast.drift([1, 2, 7], 2).tolist() == [[10, 13]]


@pytest.mark.parametrize("method", [forecast.poisson, forecast.resampled])
def test_a_sample_follows_from_its_seed(method):
    known = np.arange(100.0) ** 1.5
    assert np.array_equal(method(known, 30, 7), method(known, 30, 7))
    assert not np.array_equal(method(known, 30, 7), method(known, 30, 8))


def test_a_resampled_change_is_one_that_has_happened():
    known = np.cumsum(np.random.default_rng(1).choice([-3, 0, 5], 100))
    sample = forecast.resampled(known, 40, 1)
    steps = np.diff(sample, axis=1, prepend=known[-1])
    assert set(np.unique(steps)) <= {-3.0, 0.0, 5.0}


def test_a_poisson_sample_has_the_rates_of_the_past():
    known = np.concatenate([[0], np.tile([3, -1], 50).cumsum()])
    sample = forecast.poisson(known, 100, 1, futures=4_000)
    assert sample[:, -1].mean() == pytest.approx(known[-1] + 100 * (1.5 - 0.5), abs=1)
    assert sample[:, -1].var() == pytest.approx(100 * (1.5 + 0.5), rel=0.1)


def test_a_fan_is_quantiles_and_an_interval_leaves_as_many_on_both_sides():
    sample = np.arange(101.0)[:, None] + np.array([0, 1_000])
    assert forecast.fan(sample, (0.1, 0.5)).tolist() == [[10, 1010], [50, 1050]]
    low, high = forecast.interval(sample, 0.8)
    assert (low.tolist(), high.tolist()) == ([10, 1010], [90, 1090])


# Futures that are decided.


def test_no_future_breaks_a_rule(days):
    lowest = []

    def measure(states):
        assert all(rules.violated(account) == [] for account in states.values())
        lowest.append(min(account.available for account in states.values()))
        return total(states)

    found = forecast.decided(rules, days, measure, 60, futures=30, react=transfers)
    assert found.values.shape == (30, 60)
    assert min(lowest) < 20_00, "none came near the limit, so this proves nothing"
    assert 0 < found.refused.sum() < found.asked.sum()


def test_without_rules_the_same_days_lead_below_the_limit(year):
    """What a rule is worth: changes of a balance drawn again fall below what a bank allows."""
    known = forecast.calendar(year.store.history(), AUTUMN)

    def alice(states):
        return states["alice"].balance

    free = forecast.resampled(forecast.values(rules, known, alice), 90, 1)
    ruled = forecast.decided(rules, known, alice, 90, futures=100, react=transfers)
    assert free.min() < 0 <= ruled.values.min()


def test_futures_follow_from_their_seed(days):
    def live(seed):
        return forecast.decided(rules, days, total, 10, futures=5, seed=seed, react=transfers)

    assert np.array_equal(live(1).values, live(1).values)
    assert not np.array_equal(live(1).values, live(2).values)


def lived_by_hand(known, drawn, react):
    """The same futures by an application on a store of its own: slow, and another program."""
    for places in drawn:
        store = MemoryStore(bank.BankMessage, ManualClock(START))
        application = Application(rules, store, ids=numbered("f"))
        for day in known:
            for decision in day.decisions:
                application.handle(decision.stream, decision.command)
        for place in places:
            for decision in known[place].decisions:
                if not decision.causation_id:
                    done = application.handle(decision.stream, decision.command)
                    bank_follow(application, done, react)
            yield total({name: application.state(name) for name in store.streams()})


def bank_follow(application, decision, react):
    for stream, command in react(decision):
        bank_follow(application, application.handle(stream, command), react)


def test_futures_are_what_an_application_would_have_lived(days):
    known, draw = days[:80], forecast.blocks(10)
    found = forecast.decided(rules, known, total, 15, futures=4, seed=3, draw=draw, react=transfers)
    drawn = draw(80, 15, 4, np.random.default_rng(3))
    assert found.values.ravel().tolist() == list(lived_by_hand(known, drawn.tolist(), transfers))


def test_a_future_with_one_rule_is_what_numpy_says_of_all_at_once():
    """Where a state is one number and a rule one comparison, all futures go in step."""
    chance = np.random.default_rng(5)
    amounts = chance.integers(1, 30, size=(100, 2)).tolist()
    commands = [
        (day, c) for day, (up, down) in enumerate(amounts) for c in (Add((up,)), Take(down))
    ]
    known = forecast.calendar(counter(*commands).store.history())
    found = forecast.decided(tally, known, lambda states: states["a"], 50, futures=200, seed=2)
    balance = np.full(200, forecast.values(tally, known, lambda states: states["a"])[-1])
    table, refused = np.array(amounts), np.zeros(200, int)
    for column, drawn in enumerate(forecast.blocks()(100, 50, 200, np.random.default_rng(2)).T):
        balance = balance + table[drawn, 0]
        fits = table[drawn, 1] <= balance
        refused += ~fits
        balance = balance - np.where(fits, table[drawn, 1], 0)
        assert found.values[:, column].tolist() == balance.tolist()
    assert found.refused.tolist() == refused.tolist()
    assert refused.sum() > 0


def test_dates_in_commands_move_with_their_day():
    clock = ManualClock(START)
    application = Application(loans.rules, MemoryStore(loans.LoanMessage, clock))
    application.handle("copy", loans.AddCopy("Emma"))
    for week in range(20):
        clock.now = START + timedelta(weeks=week)
        today = clock.now.date()
        application.handle("copy", loans.LendCopy("ann", today))
        clock.now += timedelta(days=3)
        application.handle("copy", loans.ReturnCopy(clock.now.date()))
    known = forecast.calendar(application.store.history())
    seen = []

    def measure(states):
        seen.append(states["copy"].due)
        return states["copy"].loans

    forecast.decided(loans.rules, known, measure, 28, futures=3, draw=forecast.blocks(7))
    due = {day for day in seen if day}
    assert due
    assert min(due) > known[-1].date
    assert {(day - known[-1].date - loans.LOAN).days for day in due} <= set(range(1, 29))


def test_a_state_that_can_change_is_not_shared_by_futures():
    def evolve(names, event):
        names.append(event.amount)
        return names

    lists = Decider(lambda command, names: tally.decide(command, 99), evolve, [])
    known = forecast.calendar(counter(*((day, Add((1,))) for day in range(60))).store.history())
    found = forecast.decided(lists, known, lambda states: len(states["a"]), 10, futures=3)
    assert found.values.tolist() == [[float(n) for n in range(61, 71)]] * 3


def test_a_reaction_sees_a_decision_as_it_would_be_recorded(days):
    seen = []

    def react(decision):
        seen.append(decision)
        return transfers(decision)

    forecast.decided(rules, days, total, 5, futures=3, react=react)
    refused = [decision for decision in seen if decision.refused]
    accepted = [decision for decision in seen if not decision.refused]
    assert refused
    assert all(decision.reason and not decision.events for decision in refused)
    assert all(decision.events for decision in accepted)
    assert {decision.recorded_at.date() for decision in seen} == {
        AUTUMN + timedelta(days=n) for n in range(1, 6)
    }
    assert Counter(type(d.command).__name__ for d in seen if d.causation_id)


# No way into a store.


def test_a_forecast_changes_nothing(year):
    before = contents(year.store)
    known = forecast.calendar(year.store.history(), AUTUMN)
    forecast.decided(rules, known, total, 10, futures=5, react=transfers)
    assert contents(year.store) == before


def test_the_room_knows_no_store():
    """Not by a promise: none of its modules imports a store or an application."""
    for file in Path(esdemo.forecast.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert not node.module.startswith(("esdemo.stores", "esdemo.application"))


# Bad questions.


def empty():
    return MemoryStore(TallyMessage).history()


BAD = {
    "the history is empty": lambda days: forecast.calendar(empty()),
    "the history begins on 2026-01-05, so cut it": lambda days: forecast.calendar(
        counter((0, Add((1,)))).store.history(), date(2026, 1, 4)
    ),
    "at least 1 step ahead, not 0": lambda days: forecast.decided(rules, days, total, 0),
    "10,000 steps ahead cannot be judged from 273": lambda days: forecast.decided(
        rules, days, total, 10_000
    ),
    "at least 1 step ahead, not -3": lambda days: forecast.resampled(range(100), -3),
    "11 steps ahead cannot be judged from 10": lambda days: forecast.drift(range(10), 11),
    "40 days are too little history for blocks of 30": lambda days: forecast.decided(
        rules, days[:40], total, 10, draw=forecast.blocks(30)
    ),
    "1 days are too little history for blocks of 1": lambda days: forecast.resampled([4, 5], 2),
    "show no change": lambda days: forecast.poisson([5], 1),
    "at least 1 future, not 0": lambda days: forecast.resampled(range(99), 9, futures=0),
    "a block of 0 days": lambda days: forecast.blocks(0),
    "such as 0.8, not 80": lambda days: forecast.interval(np.zeros((5, 5)), 80),
    "only 0 of the 20 known days are like": lambda days: forecast.decided(
        rules, days[:20], total, 5, draw=forecast.alike(NEW_YEAR, by_day_of_month)
    ),
    "hold no commands to ask again": lambda days: forecast.decided(
        rules, [day._replace(decisions=()) for day in days], total, 5
    ),
    "no rule allows such a future: all [0-9,]+ commands .* 'the branch is closed'": (
        lambda days: forecast.decided(
            Decider(closed, rules.evolve, Account()), days, total, 5, futures=3
        )
    ),
}


def closed(command, account):
    raise Rejected("the branch is closed")


@pytest.mark.parametrize("words", BAD)
def test_a_bad_question_gets_a_sentence_that_helps(words, days):
    with pytest.raises(CannotForecast, match=words) as caught:
        BAD[words](days)
    assert 20 < len(str(caught.value)) < 250


def test_a_bug_in_the_rules_is_not_a_refusal(days):
    def broken(command, account):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        forecast.decided(Decider(broken, rules.evolve, Account()), days, total, 5, futures=3)


def test_deposits_and_withdrawals_of_one_day_stay_together():
    """Commands of a day are asked in their order, so what pays for a withdrawal comes before it."""
    clock = ManualClock(START)
    application = Application(rules, MemoryStore(bank.BankMessage, clock))
    application.handle("ann", bank.OpenAccount("Ann"))
    for day in range(60):
        clock.now = START + timedelta(days=day)
        application.handle("ann", Deposit(5_00))
        application.handle("ann", Withdraw(5_00))
    known = forecast.calendar(application.store.history())
    found = forecast.decided(rules, known, total, 30, futures=20)
    assert (found.values == 0).all()


# Progress.


def test_a_short_forecast_shows_no_progress_bar(days, capsys):
    forecast.decided(rules, days, total, 5, futures=3)
    assert capsys.readouterr().err == ""


def test_a_long_forecast_shows_a_progress_bar(days, capsys, monkeypatch):
    """A clock on which each look takes a second."""
    monkeypatch.setattr(tqdm.std, "time", itertools.count().__next__)
    forecast.decided(rules, days, total, 5, futures=20)
    assert "living the futures" in capsys.readouterr().err
