"""Answers to the exercises of chapter 07: wrong ones with words of their help, and right ones."""

SPENT = """
import msgspec

from esdemo.checks import check
from esdemo.domains.bank import FeeCharged, MoneyDeposited, MoneyWithdrawn, TransferSent


class Spent(msgspec.Struct, frozen=True):
    cents: int
    times: int

"""
PURPOSE = "return fact.event.purpose if isinstance(fact.event, MoneyWithdrawn) else None"
SPEND = """
row = row or Spent(0, 0)
return Spent(row.cents + fact.event.amount, row.times + 1)
"""


def spent(key=PURPOSE, body=SPEND, answer="(Spent, purpose, spend)"):
    """An answer to 7.1 from the bodies of its two functions."""
    return f"{SPENT}{function('purpose(fact)', key)}{function('spend(row, fact)', body)}" + (
        f"check('7.1', {answer})\n"
    )


def function(head, body):
    lines = "".join(f"    {line}\n" for line in body.strip("\n").splitlines())
    return f"\ndef {head}:\n{lines}\n"


CAREFUL = """
reached, total = state
if position <= reached:
    return state
if position > reached + 1:
    return None
return position, total + cents
"""
FOREVER = """
reached, total = state
if position <= reached:
    return state
if position > reached + 1 or reached == 5:
    return None
return position, total + cents
"""

MEMORY = """
reached, total = state
if position in receive.seen:
    return state
receive.seen.add(position)
return max(reached, position), total + cents
"""


def receiver(body):
    """An answer to 7.2 as the body of its function."""
    start = "from esdemo.checks import check\n\n"
    answer = function("receive(state, position, cents)", body) + "receive.seen = set()\n"
    return f"{start}{answer}check('7.2', receive)\n"


SCREEN = """
from datetime import date, timedelta

import msgspec

from esdemo.checks import check
from esdemo.domains.loans import CopyAdded, CopyLent, CopyLost, CopyReserved, CopyReturned
from esdemo.domains.loans import LoanRenewed


class OnScreen(msgspec.Struct, frozen=True):
    title: str
    member: str | None = None
    due: date | None = None

"""
ON_SCREEN = """
match fact.event:
    case CopyAdded(title):
        return OnScreen(title)
    case CopyLent(member=member, due=due):
        return OnScreen(row.title, member, due)
    case LoanRenewed(due):
        return OnScreen(row.title, row.member, due)
    case CopyReturned():
        return OnScreen(row.title)
    case CopyLost():
        return None
return row
"""


def screen(old="", new="", answer="(OnScreen, on_screen)"):
    """An answer to 7.3: the right one, with one thing changed."""
    assert old in ON_SCREEN
    body = ON_SCREEN.replace(old, new) if old else ON_SCREEN
    return SCREEN + function("on_screen(row, fact)", body) + f"check('7.3', {answer})\n"


WRONG = {
    "7.1": [
        (spent(key="return fact.stream"), "the stream is the account"),
        (spent(key="return fact.event.purpose"), "your answer raised AttributeError"),
        (spent(key="return getattr(fact.event, 'purpose', '')"), "is about no row"),
        (
            spent(key="return getattr(fact.event, 'purpose', 'fees')"),
            "purpose returns None for it, not 'fees'",
        ),
        (
            spent(
                key="if isinstance(fact.event, FeeCharged):\n    return fact.event.service\n"
                + PURPOSE
            ),
            "is not a withdrawal",
        ),
        (spent(key=PURPOSE.replace("None", "...")), "still returns `...`"),
        (spent(body="return Spent(fact.event.amount, 1)"), "each row begins anew"),
        (spent(body="return Spent(row.cents + fact.event.amount, row.times + 1)"), "raised Attr"),
        (spent(body=SPEND.replace("row.times + 1", "row.times")), "`times` is 0 after 1"),
        (spent(body=SPEND.replace("row.cents + ", "row.cents - ")), "cents is -"),
        (spent(body=SPEND.replace("return Spent", "Spent")), "spend returned None"),
        (spent(body="return fact.event"), "spend returned the event"),
        (spent(body="return (row or 0) + fact.event.amount"), "return a Spent"),
        (spent(key=PURPOSE.replace("(fact.event", "(fact")), "the event is fact.event"),
        (spent(answer="(Spent(0, 0), purpose, spend)"), "the class of the rows, Spent"),
        (spent(answer="spend"), "give the class and both functions"),
        (spent(body=SPEND.replace("fact.event.amount", "fact.event.amount / 100")), "cents is"),
        (spent(body="row = row or Spent(0, 0)\nrow.times += 1\nreturn row"), "immutable"),
        (spent(key="return fact.event.purpose or None"), "raised AttributeError"),
    ],
    "7.2": [
        (receiver("reached, total = state\nreturn reached + 1, total + cents"), "came twice"),
        (receiver("reached, total = state\nreturn position, total + cents"), "came twice"),
        (receiver(CAREFUL.replace("return state", "return None")), "return the state as it is"),
        (receiver(CAREFUL.replace("<=", "==")), "an old event came late once more"),
        (receiver(CAREFUL.replace("position > reached + 1", "False")), "2 is missing: return None"),
        (receiver(CAREFUL.replace("return None", "return state")), "is missing: return None"),
        (receiver(CAREFUL.replace("return None", "return position, total")), "is missing"),
        (receiver(CAREFUL.replace("return position", "return reached")), "is reached"),
        (receiver(CAREFUL.replace("total + cents", "cents")), "its cents are added"),
        (receiver("reached, total = state\nreturn total + cents"), "return (reached, total)"),
        (receiver(CAREFUL.replace("return None", "return ...")), "still returns `...`"),
        (receiver("reached, total = state\nreturn state.reached, total"), "raised Attribute"),
        (receiver(CAREFUL.replace("return None", "raise ValueError('gap')")), "raised ValueError"),
        (receiver(FOREVER), "refused for ever"),
        (receiver(CAREFUL.replace("return state", "return None")), "would bring it for ever"),
        (receiver(MEMORY), "keeps beside its state"),
        (receiver(CAREFUL.replace("return state", "return position, total")), "late once more"),
        (receiver(CAREFUL.replace("return None", "return False")), "return (reached, total)"),
    ],
    "7.3": [
        (screen("        return None\n", "        return row\n"), "a lost copy leaves the screen"),
        (screen("return row\n", "return None\n"), "the copy left the screen"),
        (screen("member=member, due=due", "member, due"), "CopyLent has two dates"),
        (
            screen(
                "case CopyReturned():\n        return OnScreen(row.title)",
                "case CopyReturned():\n        return row",
            ),
            "nobody has it and nothing is due",
        ),
        (screen("row.title, row.member, due", "row.title, None, due"), "has the copy, not None"),
        (screen("row.title, row.member, due", "row.title, row.member, row.due"), "it is due on"),
        (
            screen("return OnScreen(row.title, member, due)", "return OnScreen('', member, due)"),
            "the title",
        ),
        (screen("fact.event", "fact"), "a new copy comes onto the screen"),
        (screen(answer="(OnScreen('x'), on_screen)"), "the class of the rows, OnScreen"),
        (
            screen(
                "    case CopyLost():",
                "    case CopyReserved(member):\n"
                "        return OnScreen(row.title, member, row.due)\n    case CopyLost():",
            ),
            "a reservation is not a loan",
        ),
        (screen("return OnScreen(title)", "return title"), "return an OnScreen"),
        (screen("return OnScreen(title)", "return OnScreen(fact.stream)"), "the title is"),
        (screen("row.title, member, due", "row.title, member"), "it is due on"),
        (screen("row.title, member, due", "row.title, member, str(due)"), "it is due on"),
        (screen("        return None\n", "        return OnScreen('')\n"), "leaves the screen"),
        (screen(answer="on_screen"), "give the class and the function"),
    ],
}

RIGHT = {
    "7.1": [
        spent(
            key="if type(fact.event) is MoneyWithdrawn:\n    return fact.event.purpose",
            body="cents, times = (row.cents, row.times) if row else (0, 0)\n"
            "return Spent(cents=cents + fact.event.amount, times=times + 1)",
        ),
        spent(
            key="match fact.event:\n    case MoneyWithdrawn(_, purpose):\n        return purpose",
            body="if row is None:\n    return Spent(fact.event.amount, 1)\n"
            "return msgspec.structs.replace(row, cents=row.cents + fact.event.amount, "
            "times=row.times + 1)",
        ),
        spent(answer="[Spent, purpose, spend]"),
    ],
    "7.2": [
        receiver(CAREFUL),
        receiver(
            """
reached, total = state
missing = position - reached
if missing == 1:
    return [position, total + cents]
return state if missing < 1 else None
"""
        ),
        receiver(
            """
match position - state[0]:
    case 1:
        return position, state[1] + cents
    case ahead if ahead > 1:
        return None
return state
"""
        ),
    ],
    "7.3": [
        SCREEN
        + function(
            "on_screen(row, fact)",
            """
event = fact.event
if isinstance(event, CopyAdded):
    return OnScreen(event.title, None, None)
if isinstance(event, CopyLost):
    return None
if isinstance(event, CopyReturned):
    return msgspec.structs.replace(row, member=None, due=None)
if isinstance(event, CopyLent):
    row = msgspec.structs.replace(row, member=event.member)
return msgspec.structs.replace(row, due=event.due) if hasattr(event, "due") else row
""",
        )
        + "check('7.3', [OnScreen, on_screen])\n",
    ],
}
