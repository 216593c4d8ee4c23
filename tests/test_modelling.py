"""The questions to a learner's model: many good models pass, and no name is known in advance."""

import re
from datetime import date
from pathlib import Path

import msgspec
import nbformat
import pytest

from esdemo import Command, Event
from esdemo.checks import check, modelling

NOTEBOOK = Path(__file__).parent.parent / "notebooks" / "02-events-commands-handlers.ipynb"


def test_what_the_notebook_shows_is_what_its_solution_prints(capsys):
    """It stands in a solution, where no kernel would notice that it has grown old."""
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    (text,) = (cell.source for cell in cells if "```text" in cell.source)
    solution = re.search(r"```python\n(.*?)```", text, re.DOTALL)[1]
    shown = re.search(r"```text\n(.*?)```", text, re.DOTALL)[1]
    exec(compile(solution, "<solution>", "exec"), {"__name__": "__main__"})
    assert capsys.readouterr().out == shown


class Ask(Command):
    pass


def fact(name, fields=()):
    """An event of this name, as a learner's class statement makes it."""
    namespace = {"__annotations__": dict.fromkeys(fields, int), "__module__": __name__}
    return type(Event)(name, (Event,), namespace)(**dict.fromkeys(fields, 1))


def advice_on(event):
    model = modelling.read({1: (Ask(), [event])})
    return modelling.advice_on_form(model)


@pytest.mark.parametrize(
    "name",
    [
        *("CopyLent", "LoanRenewed", "BookTakenOut", "Borrowed", "HandedOver", "LateFeePaid"),
        *("BorrowingStarted", "BookingMade", "MembershipBegun", "ReminderSent", "CopyWasLost"),
        *("FeeForgiven", "FeeWithdrawn", "CopyLentEvent", "EventRenewed", "DueDateExtended"),
        *("Loan", "Renewal", "Reservation", "BookIsBack", "ThingReturned", "copy_lent", "ISBNRead"),
    ],
)
def test_names_in_many_styles_are_left_alone(name):
    assert advice_on(fact(name)) is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("LoanUpdated", "says that something changed"),
        ("CopyChangedEvent", "says that something changed"),
        ("StatusModified", "says that something changed"),
        ("Borrowing", "still going on"),
        ("ReturningCopy", "still going on"),
        ("LoanRenewingEvent", "still going on"),
        ("AskForCopy", "reads like a request"),
    ],
)
def test_names_that_say_too_little_get_the_sentence_that_helps(name, words):
    assert words in advice_on(fact(name))


@pytest.mark.parametrize("field", ["total", "balance", "new_balance", "fee_count", "renewals"])
def test_a_total_in_an_event_is_named(field):
    assert f"keeps a total, `{field}`" in advice_on(fact("FeeCharged", [field]))


@pytest.mark.parametrize("field", ["amount", "cents", "days_late", "country", "subtotals_by"])
def test_a_field_that_is_not_a_total_is_left_alone(field):
    assert advice_on(fact("FeeCharged", [field])) is None


class Lent(Event):
    until: date


@pytest.mark.parametrize(
    "story",
    [
        {1: (Ask(), [Lent(date(2026, 2, 2))])},
        {"1": [Ask(), Lent(date(2026, 2, 2))]},
        {1: ((Ask(),), (Lent(date(2026, 2, 2)), None))},
        [(Ask(), Lent(date(2026, 2, 2)))],
    ],
)
def test_a_story_is_read_however_it_is_nested(story):
    (step,) = modelling.read(story).values()
    assert (step.commands, step.events) == ((Ask(),), (Lent(date(2026, 2, 2)),))


@pytest.mark.parametrize(
    "answer",
    [5, "story", {1: 5}, {1: Ask}, {1: {"a": 1}}, {1: (Lent("2"),)}, {2: (Ask(), 3.5)}, [[[[5]]]]],
)
def test_no_answer_breaks_the_check(answer, capsys):
    check("2.2", answer)
    printed = capsys.readouterr().out
    assert printed.startswith("not yet: ")
    assert "cannot read" not in printed


def test_a_class_that_is_not_a_message_is_pointed_out():
    class Point(msgspec.Struct):
        x: int

    assert "neither a command nor an event" in modelling.read({1: (Ask(), [Point(1)])})
