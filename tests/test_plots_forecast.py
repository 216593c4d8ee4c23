"""Figures of what might be: branches, fans and back-tests, by what is drawn in them."""

from datetime import UTC, datetime

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from esdemo import Application, MemoryStore, forecast, frames, plots, timeline
from esdemo.clocks import numbered, ticking
from esdemo.domains.bank import BankMessage, Deposit, OpenAccount, Withdraw, rules

matplotlib.use("agg")


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


@pytest.fixture
def tables():
    clock = ticking(datetime(2026, 1, 5, 9, tzinfo=UTC))
    bank = Application(rules, MemoryStore(BankMessage, clock), ids=numbered("c"))
    for command in (OpenAccount("Ann"), Deposit(50_00), Deposit(10_00), Withdraw(5_00)):
        bank.handle("ann", command)
    other = timeline.without_command(bank, "c-3").store
    histories = {"as it was": bank.store, "without": other}
    return {
        name: frames.states(Application(rules, store), "ann") for name, store in histories.items()
    }


def names(ax):
    """Each text with where it stands."""
    return {text.get_text(): text.xy for text in ax.texts}


def test_each_branch_is_named_where_it_ends_and_has_a_dash_of_its_own(tables):
    ax = plots.branches(tables, "balance", cents=True, title="two years")
    assert ax.get_legend() is None
    ends = {name: line.get_ydata()[-1] for name, line in zip(tables, ax.get_lines(), strict=True)}
    assert ends == {"as it was": 55, "without": 45}
    assert {name: float(xy[1]) for name, xy in names(ax).items()} == ends
    assert len({line.get_linestyle() for line in ax.get_lines()}) == 2
    assert (ax.get_title(), ax.get_ylabel()) == ("two years", "balance (EUR)")


def test_names_of_lines_that_end_together_do_not_cover_each_other(tables):
    same = {f"branch {n}": tables["without"] for n in range(4)}
    ax = plots.branches(same, "balance")
    assert len(set(names(ax).values())) == 1
    raised = sorted(text.get_position()[1] for text in ax.texts)
    assert min(np.diff(raised)) > 10  # points


KNOWN = pd.Series(
    [100_00.0, 200_00.0], pd.DatetimeIndex(["2026-01-01", "2026-01-02"], name="day"), name="held"
)
SAMPLE = np.arange(101.0)[:, None] * [100, 200] + 200_00


def test_a_fan_starts_at_what_is_known_and_opens_as_the_futures_do():
    ax = plots.fan(KNOWN, SAMPLE, "where to?", cents=True)
    bands = [band.get_paths()[0].get_extents().intervaly.tolist() for band in ax.collections]
    assert bands == [[200, 380], [200, 350]]
    middle, known = ax.get_lines()
    assert list(middle.get_ydata()) == [200, 250, 300]
    assert list(known.get_ydata()) == [100, 200]
    assert [str(x)[:10] for x in middle.get_xdata()] == ["2026-01-02", "2026-01-03", "2026-01-04"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("day", "held (EUR)")
    assert {name: float(xy[1]) for name, xy in names(ax).items()} == {
        "1 in 10 ends below": 220,
        "half end below": 300,
        "9 in 10 end below": 380,
    }


def test_a_fan_may_show_what_came():
    came = pd.Series([250_00, 290_00], pd.date_range("2026-01-03", periods=2))
    ax = plots.fan(KNOWN, SAMPLE, came=came, cents=True)
    assert list(ax.get_lines()[-1].get_ydata()) == [250, 290]
    assert "what came" in names(ax)
    assert len({line.get_linestyle() for line in ax.get_lines()}) == 3


def test_a_fan_by_step_needs_no_dates():
    known = pd.Series([1, 2, 3], pd.RangeIndex(3, name="commit"), name="files")
    ax = plots.fan(known, np.array([[4.0, 5.0], [3.0, 9.0]]))
    assert list(ax.get_lines()[0].get_xdata()) == [2, 3, 4]
    assert ax.get_xlabel() == "commit"


def trial(cut, actual):
    return forecast.Trial("m", cut, 10, 10.0, 15.0, 20.0, actual, 1.0)


def test_a_backtest_marks_a_hit_and_a_miss_by_shape():
    ax = plots.backtest([trial(10, 12.0), trial(20, 25.0)], label="files")
    marks = [(line.get_marker(), list(line.get_xdata())) for line in ax.get_lines()]
    assert ("o", [19]) in marks
    assert ("X", [29]) in marks
    assert ax.get_title() == "1 of 2 came out inside the interval"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("step", "files")
    spans = [bars.get_segments()[0][:, 1].tolist() for bars in ax.collections]
    assert spans == [[10, 20], [10, 20]]
    told = [text.get_text() for text in ax.get_legend().get_texts()]
    assert told == ["the middle of the futures", "what came, inside", "what came, outside"]


def test_a_backtest_by_date_stands_on_the_last_day_of_each_forecast():
    when = pd.date_range("2026-01-01", periods=40)
    ax = plots.backtest([trial(10, 12_00.0)], when=when, cents=True, label="held")
    xs = [str(line.get_xdata()[0])[:10] for line in ax.get_lines() if len(line.get_xdata())]
    assert set(xs) == {"2026-01-20"}
    assert ax.get_ylabel() == "held (EUR)"


@pytest.mark.parametrize("draw", [lambda: plots.fan(KNOWN, SAMPLE), lambda: plots.backtest([])])
def test_the_ground_is_opaque(draw):
    ax = draw()
    assert ax.get_figure().get_facecolor() == (1, 1, 1, 1)
    ax.get_figure().canvas.draw()
