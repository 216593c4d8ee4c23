"""Plausible wrong answers to the exercises of chapter 04, and words of the help that they get."""

BANK = """
from esdemo.checks import check
from esdemo.domains.bank import rules
"""

SETS = """
from esdemo.checks import check
"""

LATE = """
from datetime import date

import msgspec

from esdemo.checks import check
from esdemo.domains.loans import CopyLent, CopyReturned, LoanRenewed


class Lateness(msgspec.Struct, frozen=True):
    due: date | None = None
    days: int = 0

"""

WRONG = {
    "4.1": [
        (
            BANK + "check('4.1', lambda history: rules.fold(history).balance)\n",
            "that is the last balance",
        ),
        (
            BANK + "check('4.1', lambda history: min(e.amount for e in history[1:]))\n",
            "smallest amount",
        ),
        (
            BANK + "check('4.1', lambda history: min(rules.states(history)))\n",
            "your answer raised TypeError",
        ),
        (
            BANK
            + "check('4.1', lambda history: min(rules.states(history), "
            + "key=lambda state: state.balance))\n",
            "a whole number",
        ),
        (
            BANK + "check('4.1', lambda history: max(s.balance for s in rules.states(history)))\n",
            "highest",
        ),
    ],
    "4.2": [
        (SETS + "check('4.2', {'a', 'c'})\n", "even where the tag does not see it"),
        (SETS + "check('4.2', {'a', 'b', 'c', 'e'})\n", "what may happen next"),
        (SETS + "check('4.2', {'a', 'c', 'd', 'e'})\n", "the tail longer"),
        (SETS + "check('4.2', {'a', 'e'})\n", "c changes"),
        (SETS + "check('4.2', 'ace')\n", "a set of letters"),
    ],
    "4.3": [
        (
            LATE
            + """
def evolve(state, event):
    match event:
        case CopyLent(due=due):
            return Lateness(due, state.days)
        case CopyReturned(on):
            return Lateness(None, state.days + max(0, (on - state.due).days))
    return state


check("4.3", (Lateness(), evolve))
""",
            "renewed on day 20",
        ),
        (
            LATE
            + """
def evolve(state, event):
    match event:
        case CopyLent(due=due) | LoanRenewed(due=due):
            return Lateness(due, state.days)
        case CopyReturned(on):
            return Lateness(None, state.days + (on - state.due).days)
    return state


check("4.3", (Lateness(), evolve))
""",
            "before it was due",
        ),
        (
            LATE
            + """
def evolve(state, event):
    match event:
        case CopyLent(due=due) | LoanRenewed(due=due):
            return Lateness(due, state.days)
        case CopyReturned(on):
            return Lateness(None, max(0, (on - state.due).days))
    return state


check("4.3", (Lateness(), evolve))
""",
            "two loans",
        ),
        (
            LATE
            + """
def evolve(state, event):
    match event:
        case CopyLent(due=due) | LoanRenewed(due=due):
            return Lateness(due, state.days)
        case CopyReturned(on):
            return Lateness(None, state.days + max(0, (on - state.due).days))


check("4.3", (Lateness(), evolve))
""",
            "return the state for every event",
        ),
        (
            LATE.replace(", frozen=True", "")
            + """
def evolve(state, event):
    if isinstance(event, CopyLent | LoanRenewed):
        state.due = event.due
    if isinstance(event, CopyReturned):
        state.days += max(0, (event.on - state.due).days)
    return state


check("4.3", (Lateness(), evolve))
""",
            "changes the state that it was given",
        ),
    ],
}
