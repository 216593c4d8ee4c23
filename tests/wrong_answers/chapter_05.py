"""Plausible wrong answers to the exercises of chapter 05, and words of the help that they get."""

CLOSING = """
from datetime import UTC, datetime, time, timedelta, timezone

from esdemo.checks import check

BERLIN = timezone(timedelta(hours=1))


def closing(bank, stream, day):
    return bank.state(stream, as_of={}).balance


check("5.1", closing)
"""

MOVED = """
from esdemo import timeline
from esdemo.checks import check


def moved(bank, earlier, later):
    before, after = (timeline.states(bank, as_of=moment) for moment in (earlier, later))
    return {}


check("5.2", moved)
"""

STATEMENT = """
from esdemo import timeline
from esdemo.checks import check


def statement(bank, stream, moment):
    said = bank.state(stream, as_of=moment)
    true = timeline.effective(bank, stream, moment)
    return {}


check("5.3", statement)
"""

MATTERS = """
from esdemo import timeline
from esdemo.checks import check


def matters(library):
    ids = [decision.command_id for decision in library.store.decisions()]
    rows = {{name: timeline.without_command(library, name).changed for name in ids}}
    return {}


check("5.4", matters)
"""

NEXT_DAY = "datetime.combine(day + timedelta(days=1), time(), tzinfo={})"

WRONG = {
    "5.1": [
        (CLOSING.format("datetime.combine(day, time(), tzinfo=BERLIN)"), "the beginning"),
        (CLOSING.format(NEXT_DAY.format("BERLIN")), "belongs to the next day"),
        (CLOSING.format(NEXT_DAY.format("UTC") + " - timedelta(microseconds=1)"), "in UTC"),
        (CLOSING.format("datetime.combine(day, time(23, 59, 59), BERLIN)"), "last microsecond"),
        (CLOSING.format("datetime.combine(day, time(23, 59))"), "raised InvalidMoment"),
        (CLOSING.format("None"), "give as_of"),
    ],
    "5.2": [
        (
            MOVED.format("{n: after[n].balance - before[n].balance for n in after}"),
            "raised KeyError: 'cem'",
        ),
        (
            MOVED.format("{n: after[n].balance - before[n].balance for n in before}"),
            "opened his account in between",
        ),
        (
            MOVED.format(
                "{n: s.balance - (before[n].balance if n in before else 0) "
                "for n, s in after.items()}"
            ),
            "leave it out",
        ),
        (
            MOVED.format("{n: before[n].balance - after[n].balance for n in before}"),
            "later minus earlier",
        ),
        (MOVED.format("{n: state.balance for n, state in after.items()}"), "5 euros"),
        (MOVED.format("timeline.diff(before, after)"), "a dict from account to cents"),
    ],
    "5.3": [
        (STATEMENT.format("true.balance, true.balance"), "before we knew"),
        (STATEMENT.format("true.balance, said.balance"), "the other way round"),
        (STATEMENT.format("said.balance, said.balance"), "what we knew then"),
        (STATEMENT.format("said.balance, bank.state(stream).balance"), "not about today"),
        (STATEMENT.format("[said.balance, true.balance]"), "a tuple of two"),
    ],
    "5.4": [
        (MATTERS.format("ids"), "in its own list"),
        (MATTERS.format("[n for n in ids if rows[n]]"), "in its own list"),
        (
            MATTERS.format("[n for n in ids if any(r.kind == 'now refused' for r in rows[n])]"),
            "now allowed",
        ),
        (
            MATTERS.format("[d.command_id for d in library.store.decisions() if d.refused]"),
            "nothing is different",
        ),
        (MATTERS.format("len(ids)"), "a list of command ids"),
    ],
}
