"""Plausible wrong answers to the exercises of chapter 06, and words of the help that they get."""

NIGHT = """
from collections import Counter

from esdemo import frames
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
HOURS = "(hour >= 22 or hour < 6)"
SOLVED = NIGHT.format(f"{ACCEPTED} and {HOURS}")

TABLE = """
from esdemo import frames
from esdemo.checks import check


def paid_at_night(decisions, actor):
    {}
    mine = table[(table.actor == actor) & (table.command == "Withdraw") & table.reason.isna()]
    hours = mine.recorded_at.dt.hour
    return {}


check("6.1", paid_at_night)
"""

SQL = """
from esdemo.checks import check

check("6.2", {})
"""

UNDONE = """
statements = [
    "BEGIN",
    "DELETE FROM decisions WHERE number = (SELECT max(number) FROM decisions)",
    "DELETE FROM events WHERE position = (SELECT max(position) FROM events)",
]
"""

LIBRARY = """
from esdemo import Vocabulary
from esdemo.audit import NotAProof, NotASeal, Receipt, Seal, receipt
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
        seal, shown = Seal.parse(line), Receipt.parse(paper)
    except (NotASeal, NotAProof):
        return False
    if shown.event.stream != stream or not shown.holds(seal):
        return False
    return isinstance(Vocabulary(LoanMessage).decode(shown.event.data), CopyReturned)

"""

CHECK = """
check("6.3", (prove, judge))
"""


def judging(body: str) -> str:
    """The solution with another judge."""
    return f"{LIBRARY}\ndef judge(line, paper, stream):\n{body}\n{CHECK}"


WRONG = {
    "6.1": [
        (NIGHT.format(f"{WITHDRAWN} and {HOURS}"), "a refused command"),
        (NIGHT.format(f"{ACCEPTED} and (hour >= 22 or hour <= 6)"), "06:00 and noon are day"),
        (NIGHT.format(f"{ACCEPTED} and (hour >= 21 or hour < 6)"), "21:59, 06:00"),
        (NIGHT.format(ACCEPTED), "are day"),
        (NIGHT.format(f"{ACCEPTED} and hour == 23"), "some of the night is missing"),
        (NIGHT.format(f"{ACCEPTED} and hour >= 22"), "it goes on after midnight"),
        (NIGHT.format(f"{ACCEPTED} and hour > 22"), "some of the night is missing"),
        (NIGHT.format(f"{ACCEPTED} and hour >= 22 and hour < 6"), "nothing was counted"),
        (SOLVED.replace("Withdraw)", "(Withdraw, Deposit))"), "what was deposited came in"),
        (NIGHT.format(f"made.actor == actor and not made.refused and {HOURS}"), "only Withdraw"),
        (NIGHT.format(f"made.actor == actor and {HOURS}"), "a refused command"),
        (NIGHT.format("made.actor == actor"), "a refused command"),
        (
            NIGHT.format(f"isinstance(made.command, Withdraw) and not made.refused and {HOURS}"),
            "somebody else",
        ),
        (SOLVED.replace("== actor", '== "teller-13"'), "use the argument actor"),
        (SOLVED.replace("recorded_at", "effective_at"), "night is by recorded_at"),
        (SOLVED.replace("+= made.command.amount", "+= made.command.amount // 100"), "in cents"),
        (SOLVED.replace("+= made.command.amount", "+= made.command.amount / 100"), "whole numbers"),
        (SOLVED.replace("+= made.command.amount", "= made.command.amount"), "more than once"),
        (SOLVED.replace("return dict(paid)", "return paid.total()"), "return a dict"),
        (SOLVED.replace("    return dict(paid)", "    dict(paid)"), "is there a `return`"),
        (
            SOLVED.replace("made.command.amount", "made.amount"),
            "'Decision' object has no attribute",
        ),
        (SOLVED.replace("paid[made.stream]", "paid[made.actor]"), "the keys are streams"),
        (SOLVED.replace("+= made.command.amount", "+= 1"), "how often something was paid"),
        (SOLVED.replace("+=", "-="), "counted upwards"),
        (SOLVED.replace("made.command, Withdraw", "made.events, Withdraw"), "nothing was counted"),
        (SOLVED.replace("not made.refused", "made.refused is None"), "part of the condition alone"),
        (SOLVED.replace("    return dict", "        return dict"), "`return` inside the loop"),
        (NIGHT.format(f"{ACCEPTED} and hour == 22"), "does the night end at 23:00"),
        (TABLE.format("table = decisions", "mine"), "a list of objects and not a table"),
        (
            TABLE.format(
                "table = frames.decisions(decisions)",
                "mine[(hours >= 22) | (hours < 6)].groupby('stream').amount.sum()",
            ),
            "to_dict()",
        ),
        (
            TABLE.format("table = frames.decisions(decisions)", "list(mine.amount)"),
            "return a dict from stream to cents",
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
        (SQL.format("['DELETE FROM decision']"), "SQLite says"),
        (SQL.format("['DROP TABLE decisions']"), "cannot be put back, and everybody would notice"),
        (SQL.format("['SELECT * FROM events']"), "nothing was removed"),
        (SQL.format("[\"DELETE FROM events WHERE command_id = 'thief'\"]"), "nothing was removed"),
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
        *(
            (
                SQL.format(f"(*statements, 'PRAGMA {setting}')").replace(
                    "check(", UNDONE + "check("
                ),
                words,
            )
            for setting, words in {
                "user_version = 99": "PRAGMA user_version was 2, and is 99",
                "application_id = 7": "PRAGMA application_id was",
            }.items()
        ),
        (
            SQL.format(
                "[\"DELETE FROM events WHERE command_id = 'theft'; "
                "DELETE FROM decisions WHERE command_id = 'theft'\"]"
            ),
            "each of them a string in the list",
        ),
        (SQL.format("[None]"), "a list of SQL statements"),
        (SQL.format("7"), "a list of SQL statements"),
    ],
    "6.3": [
        (LIBRARY.replace(" and fact.position <= seal.events", "") + CHECK, "does not cover"),
        (
            LIBRARY.replace("isinstance(fact.event, CopyReturned) and ", "") + CHECK,
            "there is nothing to prove",
        ),
        (LIBRARY.replace("returned[-1]", "returned[0]") + CHECK, "that is the first return"),
        (
            LIBRARY.replace(" if returned else None", "") + CHECK,
            "return None. It raised IndexError",
        ),
        (LIBRARY.replace("str(receipt(store, returned[-1], seal))", "receipt") + CHECK, "as text"),
        (
            LIBRARY.replace("str(receipt(store, returned[-1], seal))", "1") + CHECK,
            "return the receipt as text",
        ),
        (
            LIBRARY.replace("str(receipt(store, returned[-1], seal))", "str(receipt)") + CHECK,
            "is not a Receipt",
        ),
        (
            LIBRARY.replace("str(receipt(store, returned[-1], seal))", "receipt(store, 9, seal)")
            + CHECK,
            "its text is str(receipt)",
        ),
        (LIBRARY.replace("returned[-1]", "1") + CHECK, "that is the receipt of"),
        (LIBRARY.replace(" else None", " else False") + CHECK, "or None; you returned False"),
        (LIBRARY.replace(" else None", " else ''") + CHECK, "return None"),
        (LIBRARY.replace(" or not shown.holds(seal)", "") + CHECK, "date on a receipt"),
        (LIBRARY.replace("shown.event.stream != stream or ", "") + CHECK, "for another copy"),
        (LIBRARY.replace("shown.event.stream != stream", "stream not in paper") + CHECK, "emma-10"),
        (LIBRARY.replace("(NotASeal, NotAProof)", "NotAProof") + CHECK, "NotASeal was raised"),
        (LIBRARY.replace("(NotASeal, NotAProof)", "NotASeal") + CHECK, "NotAProof was raised"),
        (LIBRARY + '\ncheck("6.3", (judge, prove))', "the other way round"),
        (LIBRARY + '\ncheck("6.3", prove)', "give all that is asked for together"),
        (
            LIBRARY.replace("prove(store, seal, stream)", "prove(store, stream, seal)") + CHECK,
            "prove(store, seal, stream)",
        ),
        (
            LIBRARY.replace("judge(line, paper, stream)", "judge(paper, line, stream)") + CHECK,
            "judge(line, paper, stream)",
        ),
        (LIBRARY.replace("str(receipt(", "repr(receipt(") + CHECK, "that is the repr"),
        (
            LIBRARY.replace("    return isinstance(Voc", "    isinstance(Voc") + CHECK,
            "Return True, and not None",
        ),
        (LIBRARY.replace("return False", "return None") + CHECK, "Return False, and not None"),
        (
            LIBRARY.replace("        return False", "        return None") + CHECK,
            "each way through it ends in a bool",
        ),
        (judging("    return 'yes'"), "Return True, and not 'yes'"),
        (judging("    ..."), "prove is right; now judge"),
        (judging("    return True"), "the date on a receipt was changed"),
        (judging("    return False"), "must be believed"),
        (
            judging("    return Receipt.parse(paper).holds(line)"),
            "read a line of text with Seal.parse",
        ),
        (
            judging(
                "    shown = Receipt.parse(paper)\n"
                "    return shown.event.stream == stream and shown.holds(Seal.parse(line))"
            ),
            "that the copy was lent",
        ),
        (
            judging(
                "    try:\n"
                "        seal, shown = Seal.parse(line), Receipt.parse(paper)\n"
                "    except ValueError:\n"
                "        return False\n"
                "    right = shown.event.stream == stream and 'CopyReturned' in shown.event.data\n"
                "    return right and shown.holds(seal)"
            ),
            "decode the data",
        ),
        (
            judging(
                "    if 'CopyReturned' not in paper or stream not in paper:\n"
                "        return False\n"
                "    return Receipt.parse(paper).holds(Seal.parse(line))"
            ),
            "another copy",
        ),
    ],
}

RIGHT = {
    "6.1": [
        SOLVED,
        SOLVED.replace("return dict(paid)", "return paid"),
        SOLVED.replace(HOURS, "not 6 <= hour < 22"),
        SOLVED.replace("not made.refused", "made.events"),
        SOLVED.replace("not made.refused", "made.reason is None"),
        TABLE.format(
            "table = frames.decisions(decisions)",
            "mine[(hours >= 22) | (hours < 6)].groupby('stream').amount.sum().to_dict()",
        ),
    ],
    "6.2": [
        SQL.format("statements").replace("check(", UNDONE + "check("),
        SQL.format("(*statements, 'COMMIT')").replace("check(", UNDONE + "check("),
        SQL.format(
            "\"DELETE FROM decisions WHERE command_id = 'theft'; "
            "DELETE FROM events WHERE command_id = 'theft';\""
        ),
    ],
    "6.3": [
        LIBRARY + CHECK,
        LIBRARY + '\ncheck("6.3", [prove, judge])',
        LIBRARY + '\ncheck("6.3", prove, judge)',
        judging(
            "    try:\n"
            "        shown = Receipt.parse(paper)\n"
            "        data = Vocabulary(LoanMessage).decode(shown.event.data)\n"
            "        right = shown.event.stream == stream and shown.holds(Seal.parse(line))\n"
            "        return right and type(data) is CopyReturned\n"
            "    except Exception:\n"
            "        return False"
        ),
    ],
}
