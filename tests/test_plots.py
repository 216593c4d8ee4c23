"""Figures by their content: what is drawn is what happened, labelled, and not by colour alone."""

from datetime import UTC, datetime

import matplotlib
import matplotlib.pyplot as plt
import pandas as pd
import pytest

from esdemo import Application, MemoryStore, frames, plots
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
    days = pd.DatetimeIndex(["2026-01-05", "2026-01-06"], tz=UTC)
    rows = [[10_00, 10_00], [10_00, 2_345_67]]
    return pd.DataFrame(rows, index=days.rename("recorded"), columns=days.rename("effective"))


def test_a_heat_map_has_the_number_of_every_cell_where_the_table_has_it():
    ax = plots.heat(two_times(), "two times", "balance", cents=True)
    written = {text.get_position(): text.get_text() for text in ax.texts}
    assert written == {(0, 0): "10", (1, 0): "10", (0, 1): "10", (1, 1): "2,346"}
    (image,) = ax.get_images()
    assert image.get_array().tolist() == [[10.0, 10.0], [10.0, 2345.67]]
    assert image.origin == "lower"


def test_a_heat_map_says_which_axis_is_which_time_and_in_which_unit():
    ax = plots.heat(two_times(), "two times", "balance", cents=True)
    assert ax.get_title() == "two times"
    assert ax.get_xlabel() == "effective at (UTC)"
    assert ax.get_ylabel() == "recorded at (UTC)"
    assert [label.get_text() for label in ax.get_xticklabels()] == ["05 Jan", "06 Jan"]
    (colorbar,) = [other for other in ax.figure.axes if other is not ax]
    assert colorbar.get_ylabel() == "balance (EUR)"


def test_a_number_is_readable_on_its_shade():
    ax = plots.heat(two_times(), "two times", "cents")
    colours = {text.get_text(): text.get_color() for text in ax.texts}
    assert colours == {"1,000": "white", "234,567": "black"}
