"""Answers to the exercises of chapter 04: wrong ones with words of their help, and right ones."""

BANK = """
from functools import reduce

from esdemo import Rejected
from esdemo.checks import check
from esdemo.domains.bank import Account, MoneyDeposited, MoneyWithdrawn, FeeCharged, evolve, rules

"""

LATE = """
from datetime import date, timedelta

import msgspec

from esdemo.checks import check
from esdemo.domains.loans import CopyLent, CopyReturned, LoanRenewed


class Lateness(msgspec.Struct, frozen=True):
    due: date | None = None
    days: int = 0

"""


def lowest(body):
    """An answer to 4.1 as one expression of `history`."""
    return f"{BANK}check('4.1', lambda history: {body})\n"


def letters(answer):
    return f"from esdemo.checks import check\n\ncheck('4.2', {answer})\n"


def closing(body):
    """An answer to 4.3 as one expression of `account`."""
    return f"{BANK}check('4.3', lambda account: {body})\n"


def late(body, answer="(Lateness(), late)"):
    """An answer to 4.4 as the body of its function."""
    lines = "".join(f"    {line}\n" for line in body.strip("\n").splitlines())
    return f"{LATE}\ndef late(state, event):\n{lines}\n\ncheck('4.4', {answer})\n"


RIGHT_BODY = """
match event:
    case CopyLent(due=due) | LoanRenewed(due=due):
        return Lateness(due, state.days)
    case CopyReturned(on):
        return Lateness(None, state.days + max(0, (on - state.due).days))
return state
"""

WRONG = {
    "4.1": [
        (lowest("rules.fold(history).balance"), "that is the last balance"),
        (lowest("max(state.balance for state in rules.states(history))"), "highest"),
        (lowest("min(event.amount for event in history[1:])"), "smallest amount"),
        (lowest("min(rules.states(history))"), "your answer raised TypeError"),
        (
            lowest("min(rules.states(history), key=lambda state: state.balance)"),
            "a whole account: return its balance",
        ),
        (lowest("[state.balance for state in rules.states(history)]"), "the lowest of them"),
        (
            lowest("min((state.balance, state) for state in [rules.fold(history)])"),
            "return the number only",
        ),
        (lowest("-7250"), "that is Alice's"),
        (
            lowest("abs(min(state.balance for state in rules.states(history)))"),
            "a negative number",
        ),
        (
            lowest("min(state.balance for state in rules.states(history)) / 100"),
            "in euros",
        ),
        (lowest("print(min(s.balance for s in rules.states(history)))"), "is a `return` missing"),
        (
            lowest("min(-e.amount for e in history if isinstance(e, MoneyWithdrawn))"),
            "the largest withdrawal",
        ),
        (lowest("min(0, rules.fold(history[:3]).balance)"), "a fee lowers the balance"),
        (lowest("-7500"), "the lowest is 0, not -7500"),
        (lowest("{state.balance for state in rules.states(history)}"), "the lowest of them"),
        (
            lowest("min(evolve(Account(), event).balance for event in history)"),
            "changes the state that the one before it",
        ),
        (
            BANK
            + """
def low(history):
    state = Account()
    lowest = state.balance
    for event in history:
        evolve(state, event)
        lowest = min(lowest, state.balance)
    return lowest


check("4.1", low)
""",
            "keep the state that evolve returns",
        ),
        (
            BANK
            + """
def low(history):
    state, lowest = Account(), None
    for event in history:
        state = evolve(state, event)
        if not lowest or state.balance < lowest:
            lowest = state.balance
    return lowest


check("4.1", low)
""",
            "a balance of 0 counts as well",
        ),
        (lowest("0"), "where the account begins"),
        (lowest("rules.states(history)"), "the lowest of them"),
        (
            lowest("min(state.available for state in rules.states(history))"),
            "not at what is available",
        ),
        (
            lowest("min([0, *(s.balance for s in list(rules.states(history))[:-1])])"),
            "after the last event",
        ),
        (
            BANK
            + """
def low(history):
    balance = lowest = 0
    for event in history:
        match event:
            case MoneyDeposited(amount):
                balance += amount
            case MoneyWithdrawn(amount) | FeeCharged(amount):
                balance -= amount
        lowest = min(lowest, balance)
    return lowest


check("4.1", low)
""",
            "ten kinds of event",
        ),
    ],
    "4.2": [
        (letters("{'a', 'c'}"), "a helper is part of the fold"),
        (letters("{'a', 'b', 'c', 'e'}"), "what may happen next"),
        (letters("{'a', 'c', 'd', 'e'}"), "the tail longer"),
        (letters("{'a', 'e'}"), "lacks the new field"),
        (letters("{'c', 'e'}"), "a saved balance is wrong"),
        (letters("set()"), "it is not none"),
        (letters("3"), "which ones?"),
        (letters("{'a', 'f'}"), "the letters are a to e"),
        (letters("{'a': True}"), "give a set of letters"),
    ],
    "4.3": [
        (closing("True"), "still holds 1 cent"),
        (closing("False"), "refuses to close the account after OpenAccount"),
        (closing("account.balance == 0"), "a transfer is still on its way"),
        (closing("not account.pending"), "still holds 1 cent"),
        (closing("account.balance <= 0 and not account.pending"), "still owes 1 cent"),
        (closing("account.available == 0 and not account.pending"), "overdraft=1"),
        (closing("account.balance == 0 and account.pending == 0"), "transfers are ()"),
        (closing("account.status == 'open'"), "still holds 1 cent"),
        (closing("None if account.balance else True"), "return True or False"),
        (closing("'yes'"), "return True or False"),
        (closing("account.balanse == 0"), "your answer raised AttributeError"),
        (closing("account.entries > 1 and not account.balance"), "although its balance is 0"),
    ],
    "4.4": [
        (late(RIGHT_BODY.replace(" | LoanRenewed(due=due)", "")), "renewed on day 20"),
        (
            late(RIGHT_BODY.replace("max(0, (on - state.due).days)", "(on - state.due).days")),
            "before it was due",
        ),
        (
            late(RIGHT_BODY.replace("max(0, (on - state.due).days)", "abs((on - state.due).days)")),
            "0 days late, not 8",
        ),
        (late(RIGHT_BODY.replace("None, state.days + ", "None, ")), "two loans"),
        (late(RIGHT_BODY.replace("Lateness(due, state.days)", "Lateness(due)")), "two loans"),
        (late(RIGHT_BODY.replace("return state", "")), "return the state for every event"),
        (late("return state"), "changes nothing yet"),
        (
            late(RIGHT_BODY.replace("return state", "raise ValueError(event)")),
            "return the old state for it",
        ),
        (
            late(RIGHT_BODY.replace("(on - state.due).days)", "1 + (on - state.due).days)")),
            "3 days late, not 4",
        ),
        (
            late(RIGHT_BODY.replace("max(0, (on - state.due).days)", "int(on > state.due)")),
            "3 days late, not 1",
        ),
        (
            late(
                RIGHT_BODY.replace(
                    "state.days + max(0, (on - state.due).days)",
                    "max(timedelta(0), on - state.due)",
                )
            ),
            "has .days, a number",
        ),
        (late(RIGHT_BODY.replace("max(0,", "min(0,")), "3 days late, not 0"),
        (
            late("return state").replace("late(state, event)", "late(event, state)"),
            "in this order",
        ),
        (late("return state").replace("late(state, event)", "late(state)"), "TypeError"),
        (late(RIGHT_BODY, "late"), "give the initial state and the function"),
        (late(RIGHT_BODY, "(Lateness, late)"), "not the class"),
        (late(RIGHT_BODY, "(late, Lateness())"), "give the initial state and the function"),
        (late("return event.due"), "return the old state for it"),
        (late("return 3"), "return a Lateness"),
        (late(RIGHT_BODY.replace("return state", "return Lateness()")), "then lent, renewed"),
        (
            late(
                RIGHT_BODY.replace(
                    "    case CopyReturned",
                    "    case CopyReserved() | CopyLost():\n"
                    "        return Lateness()\n"
                    "    case CopyReturned",
                )
            ).replace("CopyLent, CopyReturned", "CopyLent, CopyLost, CopyReserved, CopyReturned"),
            "3 days late, then lent",
        ),
        (
            late(
                RIGHT_BODY.replace(
                    "CopyLent(due=due) | LoanRenewed(due=due):\n        return",
                    "LoanRenewed(due=due):\n        return Lateness(due)\n"
                    "    case CopyLent(due=due):\n        return",
                )
            ),
            "3 days late, not 0",
        ),
        (
            late(
                RIGHT_BODY.replace(
                    "CopyLent(due=due) | LoanRenewed(due=due):\n        return",
                    "LoanRenewed():\n"
                    "        return Lateness(state.due + timedelta(days=28), state.days)\n"
                    "    case CopyLent(due=due):\n        return",
                )
            ),
            "back on day 50: 2 days late, not 0",
        ),
        (
            late(
                RIGHT_BODY.replace(
                    "CopyLent(due=due) | LoanRenewed(due=due)", "CopyLent(due) | LoanRenewed(due)"
                )
            ),
            "write CopyLent(due=due)",
        ),
        (
            late(RIGHT_BODY.replace("(on - state.due).days)", "on - state.due)")),
            "its .days is the number",
        ),
        (
            late(
                """
if isinstance(event, CopyLent | LoanRenewed):
    state.due = event.due
if isinstance(event, CopyReturned):
    state.days += max(0, (event.on - state.due).days)
return state
"""
            ).replace(", frozen=True", ""),
            "changes the state that it was given",
        ),
        (
            late(
                RIGHT_BODY.replace(
                    "return state", "seen.append(event)\nreturn Lateness(state.due, len(seen))"
                )
            ).replace("def late", "seen = []\n\n\ndef late"),
            "days late, not",
        ),
    ],
}

RIGHT = {
    "4.1": [
        lowest("min(state.balance for state in rules.states(history))"),
        lowest("min(s.balance for s in list(rules.states(history))[1:])"),
        BANK
        + """
def step(pair, event):
    state, low = pair
    state = evolve(state, event)
    return state, min(low, state.balance)


check("4.1", lambda history: reduce(step, history, (Account(), 0))[1])
""",
    ],
    "4.2": [
        letters("frozenset('ace')"),
        letters("['e', 'a', 'c']"),
        letters("'a, c, e'"),
        letters("{'A', 'C', 'E'}"),
    ],
    "4.3": [
        closing("not account.balance and not account.pending"),
        closing("(account.balance, account.pending) == (0, ())"),
        BANK
        + """
def may_close(account):
    if account.balance != 0:
        raise Rejected("not empty")
    return len(account.pending) == 0


check("4.3", may_close)
""",
    ],
    "4.4": [
        late(RIGHT_BODY.replace("Lateness(None, ", "Lateness(state.due, ")),
        late(RIGHT_BODY, "[Lateness(), late]"),
        late(RIGHT_BODY, "Decider(None, late, Lateness())").replace(
            "import msgspec", "import msgspec\n\nfrom esdemo import Decider"
        ),
        late(
            """
if isinstance(event, (CopyLent, LoanRenewed)):
    return msgspec.structs.replace(state, due=event.due)
if isinstance(event, CopyReturned) and event.on > state.due:
    return msgspec.structs.replace(state, days=state.days + (event.on - state.due).days)
return state
"""
        ),
    ],
}
