"""Figures by their content: what is drawn is what happened, labelled, and not by colour alone."""

from datetime import UTC, datetime
from itertools import pairwise

import matplotlib
import matplotlib.pyplot as plt
import pandas as pd
import pytest

from esdemo import Application, MemoryStore, audit, frames, plots
from esdemo.clocks import numbered, ticking
from esdemo.domains.bank import BankMessage, Deposit, OpenAccount, Withdraw, rules

matplotlib.use("agg")


@pytest.fixture
def bank():
    clock = ticking(datetime(2026, 1, 5, 9, tzinfo=UTC))
    bank = Application(rules, MemoryStore(BankMessage, clock), ids=numbered("cmd"))
    for name, amount in (("ann", 10_00), ("bob", 20_00)):
        bank.handle(name, OpenAccount(name))
        bank.handle(name, Deposit(amount))
        bank.handle(name, Withdraw(4_00))
    return bank


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def test_a_balance_is_a_staircase_through_every_state(bank):
    ax = plots.steps(frames.states(bank, "ann"), "balance", cents=True)
    line = ax.get_lines()[0]
    assert line.get_drawstyle() == "steps-post"
    assert list(line.get_xdata()) == [0, 1, 2, 3]
    assert list(line.get_ydata()) == [0.0, 0.0, 10.0, 6.0]


def test_every_event_is_marked_by_a_shape_of_its_type(bank):
    ax = plots.steps(frames.states(bank, "ann"), "balance")
    marks = {line.get_label(): line.get_marker() for line in ax.get_lines()[1:]}
    assert list(marks) == ["AccountOpened", "MoneyDeposited", "MoneyWithdrawn"]
    assert len(set(marks.values())) == 3
    shown = [text.get_text() for text in ax.get_legend().get_texts()]
    assert shown == list(marks)


def test_no_mark_points_up_or_down():
    arrows = {"^", "v", "<", ">", "1", "2", "3", "4", *range(4, 12)}
    assert not arrows.intersection(plots.MARKERS)
    assert len(set(plots.MARKERS)) == len(plots.COLOURS)


def test_axes_say_what_and_in_which_unit(bank):
    ax = plots.steps(frames.states(bank, "ann"), "balance", x="recorded_at", cents=True)
    assert ax.get_xlabel() == "recorded at (UTC)"
    assert ax.get_ylabel() == "balance (EUR)"
    assert ax.get_title() == "balance after every event"


def test_several_streams_differ_in_dash_and_shape_too(bank):
    tables = {name: frames.states(bank, name) for name in ("ann", "bob")}
    ax = plots.steps(tables, "balance")
    lines = [line for line in ax.get_lines() if line.get_label() in tables]
    assert [line.get_linestyle() for line in lines] == ["-", "--"]
    assert len({line.get_color() for line in lines}) == 2
    assert {line.get_marker() for line in ax.get_lines()} >= {"o", "s"}


def test_the_ground_is_opaque_white(bank):
    ax = plots.steps(frames.states(bank, "ann"), "balance")
    assert ax.get_facecolor() == ax.figure.get_facecolor() == (1.0, 1.0, 1.0, 1.0)


def test_one_can_draw_onto_given_axes(bank):
    ax = plots.axes("mine", "x", "y")
    assert plots.steps(frames.states(bank, "ann"), "balance", ax=ax, marks=False) is ax
    assert ax.get_title() == "mine"
    assert len(ax.get_lines()) == 1


def two_times():
    """On the 5th 10.00 was believed of the 5th; on the 7th it had become 30.00."""
    days = pd.DatetimeIndex(["2026-01-05", "2026-01-06", "2026-01-07"], tz=UTC)
    rows = [[10_00, None, None], [10_00, 2_000_67, None], [30_00, 2_020_67, 1_700_00]]
    index, columns = days.rename("recorded"), days.rename("effective")
    return pd.DataFrame(rows, index=index, columns=columns).convert_dtypes()


def written(ax):
    """What stands in the cells, by (row, column) of the table."""
    cells = [text for text in ax.texts if text.get_transform() == ax.transData]
    places = [text.get_position() for text in cells]
    return {(int(y), int(x)): text.get_text() for (x, y), text in zip(places, cells, strict=True)}


def test_a_heat_map_has_every_number_where_the_table_has_it_and_the_unknown_empty():
    ax = plots.heat(two_times(), "two times", "balance", cents=True)
    assert written(ax) == {
        (0, 0): "10\n→ 30",
        (1, 0): "10\n→ 30",
        (1, 1): "2,001\n→ 2,021",
        (2, 0): "30",
        (2, 1): "2,021",
        (2, 2): "1,700",
    }
    top, bottom = ax.get_ylim()[::-1]
    assert (top, bottom) == (0, 3)  # the first row is on top, as in the table


def test_a_heat_map_colours_only_what_was_taken_back():
    ax = plots.heat(two_times(), "two times", "balance", cents=True)
    (mesh,) = ax.collections
    taken_back = mesh.get_array()
    assert taken_back.filled(-1).tolist() == [[20, -1, -1], [20, 20, -1], [0, 0, 0]]
    white, orange = (tuple(plots.ORANGES(shade)[:3]) for shade in (0.0, 1.0))
    assert white == (1, 1, 1)
    assert orange != white


def test_a_heat_map_says_which_axis_is_which_time_in_which_unit_and_what_orange_means():
    ax = plots.heat(two_times(), "two times", "balance", cents=True)
    assert ax.get_title() == "two times"
    assert ax.get_xlabel() == "effective at (UTC)"
    assert ax.get_ylabel() == "recorded at (UTC)"
    assert [label.get_text() for label in ax.get_xticklabels()] == ["05 Jan", "06 Jan", "07 Jan"]
    (meaning,) = (text.get_text() for text in ax.texts if text.get_transform() == ax.transAxes)
    assert meaning == "balance (EUR); orange: taken back later, → what the last row says"


def test_a_heat_map_without_a_correction_speaks_of_none():
    table = two_times().iloc[-1:]
    ax = plots.heat(table, "one row", "balance (cents)")
    assert written(ax) == {(0, 0): "3,000", (0, 1): "202,067", (0, 2): "170,000"}
    assert ax.texts[-1].get_text() == "balance (cents)"


@pytest.mark.parametrize("name", ["$\\frac{1}$", "$$", "_hidden", "100 % $"])
def test_a_name_is_drawn_as_it_is(name):
    """Dollars are no formula, and a label is not left out for its first letter."""
    clock = ticking(datetime(2026, 1, 5, 9, tzinfo=UTC))
    application = Application(rules, MemoryStore(BankMessage, clock), ids=numbered("cmd"))
    application.handle(name, OpenAccount("Ann"), correlation_id="c")
    tables = {name: frames.states(application, name), "b": frames.states(application, name)}
    ax = plots.steps(tables, "balance", title=name)
    ax.get_figure().canvas.draw()
    assert len(ax.get_legend().get_texts()) == 2
    plots.causation(audit.causation(application.store, "c")).get_figure().canvas.draw()


# Lag.


@pytest.fixture
def positions():
    index = pd.Index([0, 10, 20], name="minutes")
    return pd.DataFrame({"log": [5, 9, 9], "fast": [5, 8, 9], "slow": [0, 2, 6]}, index=index)


def test_the_lag_of_views_is_the_gap_below_the_line_of_the_log(positions):
    ax = plots.lag(positions, "who is late")
    log, fast, slow = ax.get_lines()
    assert list(log.get_ydata()) == [5, 9, 9]
    assert list(slow.get_ydata()) == [0, 2, 6]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("minutes", "position (events)")
    assert ax.get_title() == "who is late"
    assert len(ax.collections) == 2
    assert {line.get_drawstyle() for line in (log, fast, slow)} == {"steps-post"}


def test_each_line_is_named_where_it_ends_and_no_name_covers_another(positions):
    ax = plots.lag(positions)
    named = {text.get_text(): text.xy for text in ax.texts}
    assert named == {"log": (20, 9), "fast: 0 behind": (20, 9), "slow: 3 behind": (20, 6)}
    ax.figure.canvas.draw()
    boxes = sorted((text.get_window_extent() for text in ax.texts), key=lambda box: box.y0)
    for lower, upper in pairwise(boxes):
        assert lower.y1 <= upper.y0 + 4


def test_names_of_lines_that_end_close_together_stand_apart():
    index = pd.Index([0, 10], name="minutes")
    close = pd.DataFrame(
        {"log": [0, 1000], "a": [0, 999], "b": [0, 998], "c": [0, 10]}, index=index
    )
    ax = plots.lag(close)
    ax.figure.canvas.draw()
    boxes = [text.get_window_extent().y0 for text in ax.texts]
    assert len(boxes) == 4
    assert all(upper - lower > 8 for lower, upper in pairwise(sorted(boxes)))


def test_views_differ_in_dash_and_colour(positions):
    lines = plots.lag(positions).get_lines()
    assert len({line.get_linestyle() for line in lines}) == 3
    assert len({line.get_color() for line in lines}) == 3


@pytest.fixture
def steps():
    counts = {"done": [14, 10], "leaves": [227, 19], "refused": [0, 54]}
    return pd.DataFrame(counts, index=["done", "refused"])


def arrows(ax):
    """The arrows of a process map, and the number that stands beside each."""
    found = [text.arrow_patch for text in ax.texts if getattr(text, "arrow_patch", None)]
    numbers = [text.get_text() for text in ax.texts if text.get_text().isdigit()]
    return dict(zip(numbers, found, strict=True))


def test_a_process_map_has_an_arrow_for_each_count_and_none_for_nothing(steps):
    ax = plots.process_map(steps, "what came next")
    assert list(arrows(ax)) == ["14", "227", "10", "19", "54"]
    boxes = [text.get_text() for text in ax.texts if text.get_bbox_patch()]
    assert boxes == ["done", "refused", "leaves"]


def test_an_arrow_of_a_process_map_is_the_thicker_the_more_often_it_was_gone(steps):
    drawn = arrows(plots.process_map(steps, "what came next"))
    by_width = sorted(drawn, key=lambda number: drawn[number].get_linewidth())
    assert by_width == sorted(drawn, key=int)


def test_the_marked_arrow_of_a_process_map_differs_in_colour_and_dash(steps):
    drawn = arrows(plots.process_map(steps, "what came next", marked=("refused", "refused")))
    dashed = [number for number, arrow in drawn.items() if arrow.get_linestyle() == "--"]
    assert dashed == ["54"]
    assert drawn["54"].get_edgecolor() != drawn["19"].get_edgecolor()


def test_no_number_of_a_process_map_stands_on_a_box_or_on_another(steps):
    ax = plots.process_map(steps.replace(0, 1), "what came next")
    ax.figure.draw_without_rendering()
    shown = [text for text in ax.texts if text.get_text()]
    extents = [(text.get_bbox_patch() or text).get_window_extent() for text in shown]
    for number, extent in enumerate(extents):
        assert not any(extent.overlaps(other) for other in extents[number + 1 :])
