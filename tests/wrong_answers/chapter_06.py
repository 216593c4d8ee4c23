"""Plausible wrong answers to the exercises of chapter 06, and words of the help that they get."""

NIGHT = """
from collections import Counter

from esdemo.checks import check
from esdemo.domains.bank import Deposit, Withdraw


def paid_at_night(decisions, actor):
    paid = Counter()
    for made in decisions:
        hour = made.recorded_at.hour
        if {}:
            paid[made.stream] += made.command.amount
    return dict(paid)


check("6.1", paid_at_night)
"""

WITHDRAWN = "made.actor == actor and isinstance(made.command, Withdraw)"
ACCEPTED = f"{WITHDRAWN} and not made.refused"

SQL = """
from esdemo.checks import check

check("6.2", {})
"""

LIBRARY = """
from esdemo import Vocabulary
from esdemo.audit import NotAProof, Receipt, Seal, receipt
from esdemo.checks import check
from esdemo.domains.loans import CopyReturned, LoanMessage


def prove(store, seal, stream):
    returned = [
        fact.position
        for fact in store.recorded(stream)
        if isinstance(fact.event, CopyReturned) and fact.position <= seal.events
    ]
    return str(receipt(store, returned[-1], seal)) if returned else None


def judge(line, paper, stream):
    try:
        shown = Receipt.parse(paper)
    except NotAProof:
        return False
    if shown.event.stream != stream or not shown.holds(Seal.parse(line)):
        return False
    return isinstance(Vocabulary(LoanMessage).decode(shown.event.data), CopyReturned)

"""

CHECK = """
check("6.3", (prove, judge))
"""

WRONG = {
    "6.1": [
        (NIGHT.format(f"{WITHDRAWN} and (hour >= 22 or hour < 6)"), "a refused command"),
        (NIGHT.format(f"{ACCEPTED} and (hour >= 22 or hour <= 6)"), "six o'clock is day"),
        (NIGHT.format(f"{ACCEPTED} and hour == 23"), "some of the night is missing"),
        (NIGHT.format(f"{ACCEPTED} and hour >= 22"), "some of the night is missing"),
        (
            NIGHT.format(f"{ACCEPTED} and (hour >= 22 or hour < 6)").replace(
                "Withdraw)", "(Withdraw, Deposit))"
            ),
            "what was deposited came in",
        ),
        (
            NIGHT.format("made.actor == actor and not made.refused and (hour >= 22 or hour < 6)"),
            "only Withdraw",
        ),
        (
            NIGHT.format(
                "isinstance(made.command, Withdraw) and not made.refused "
                "and (hour >= 22 or hour < 6)"
            ),
            "somebody else",
        ),
        (
            NIGHT.format(f"{ACCEPTED} and (hour >= 22 or hour < 6)").replace(
                "return dict(paid)", "return paid.total()"
            ),
            "return a dict",
        ),
    ],
    "6.2": [
        (SQL.format("[\"DELETE FROM events WHERE command_id = 'theft'\"]"), "verify says"),
        (
            SQL.format("[\"DELETE FROM decisions WHERE command_id = 'theft'\"]"),
            "still in the table events",
        ),
        (SQL.format("['DELETE FROM events', 'DELETE FROM decisions']"), "more than the theft"),
        (
            SQL.format("[\"UPDATE events SET actor = 'teller-7' WHERE command_id = 'theft'\"]"),
            "verify says",
        ),
        (
            SQL.format(
                "[\"DELETE FROM events WHERE actor = 'teller-13'\", "
                "\"DELETE FROM decisions WHERE actor = 'teller-13'\"]"
            ),
            "more than the theft",
        ),
        (SQL.format("['DELETE theft']"), "SQLite says"),
        (SQL.format("['DROP TABLE decisions']"), "cannot be put back, and everybody would notice"),
        (
            SQL.format("[\"UPDATE decisions SET reason = 'no' WHERE command_id = 'theft'\"]"),
            "verify says",
        ),
        (
            SQL.format(
                "[\"DELETE FROM events WHERE command_id = 'theft'\", "
                "\"DELETE FROM decisions WHERE command_id = 'theft'\", "
                "'CREATE TABLE mine (x)']"
            ),
            "verify says: table mine is not as esdemo makes it",
        ),
        (SQL.format("[None]"), "a list of SQL statements"),
    ],
    "6.3": [
        (LIBRARY.replace(" and fact.position <= seal.events", "") + CHECK, "raised InvalidMoment"),
        (
            LIBRARY.replace("isinstance(fact.event, CopyReturned) and ", "") + CHECK,
            "there is nothing to prove",
        ),
        (LIBRARY.replace("str(receipt(store, returned[-1], seal))", "receipt") + CHECK, "as text"),
        (LIBRARY.replace(" or not shown.holds(Seal.parse(line))", "") + CHECK, "date on a receipt"),
        (LIBRARY.replace("shown.event.stream != stream or ", "") + CHECK, "for another copy"),
        (
            LIBRARY
            + """
def judge(line, paper, stream):
    shown = Receipt.parse(paper)
    return shown.event.stream == stream and shown.holds(Seal.parse(line))

"""
            + CHECK,
            "that the copy was lent",
        ),
        (
            LIBRARY.replace(
                "    except NotAProof:\n        return False\n", "    finally:\n        pass\n"
            )
            + CHECK,
            "catch it, return False",
        ),
    ],
}

UNDONE = """
statements = [
    "BEGIN",
    "DELETE FROM decisions WHERE number = (SELECT max(number) FROM decisions)",
    "DELETE FROM events WHERE position = (SELECT max(position) FROM events)",
]
"""

RIGHT = {
    "6.2": [
        SQL.format("statements").replace("check(", UNDONE + "check("),
        SQL.format("(*statements, 'COMMIT')").replace("check(", UNDONE + "check("),
    ],
}
