"""Plausible wrong answers to the exercises of chapter 01, and words of the help that they get."""

CHECK = """
from collections import Counter

from esdemo.checks import check


def in_vain(decisions):
    sums = Counter()
    for decision in decisions:
"""

QUERY = """
from esdemo.checks import check

check("1.2", \"\"\"
    SELECT balance FROM account_versions
    WHERE id = :account AND {}
\"\"\")
"""

LIBRARY = """
from esdemo.checks import check
from esdemo.checks.chapter_01 import HISTORY, Entry


def shelf(history):
    return {{entry.book: entry.reader if entry.what == "lent" else None for entry in history}}


def holder(history, book, day):
    return shelf([entry for entry in history if entry.day <= day]).get(book)


{}

check("1.3", (shelf, holder, twin))
"""
GOOD_TWIN = "twin = HISTORY[1:2] + HISTORY[3:]"

WRONG = {
    "1.1": [
        (
            CHECK
            + """
        if decision.refused:
            sums[decision.stream] += 1
    return dict(sums)

check("1.1", in_vain)
""",
            "that is how often, not how much",
        ),
        (
            CHECK
            + """
        if decision.refused:
            sums[decision.actor] += decision.command.amount
    return dict(sums)

check("1.1", in_vain)
""",
            "those are the actors",
        ),
        (
            CHECK
            + """
        sums[decision.stream] += getattr(decision.command, "amount", 0)
    return dict(sums)

check("1.1", in_vain)
""",
            "nothing was refused to alice",
        ),
        (
            CHECK
            + """
        if decision.refused:
            sums[decision.stream] += sum(fact.event.amount for fact in decision.events)
    return dict(sums)

check("1.1", in_vain)
""",
            "for carol it should be 1000, not 0",
        ),
    ],
    "1.2": [
        (QUERY.format("valid_from <= :moment"), "valid_to, exclusive"),
        (QUERY.format("valid_from <= :moment AND :moment <= valid_to"), "2 rows instead of one"),
        (QUERY.format("valid_from < :moment AND :moment < valid_to"), "valid at its valid_from"),
        (QUERY.format("valid_from <= :now"), "SQLite says"),
        (
            """
from esdemo.checks import check

check("1.2", "SELECT balance FROM accounts WHERE id = :account AND :moment > ''")
""",
            "there was no account yet",
        ),
        (
            """
from esdemo.checks import check

check("1.2", "SELECT balance FROM accounts WHERE id = :account AND updated_at <= :moment")
""",
            "it gives no row",
        ),
    ],
    "1.3": [
        (LIBRARY.format("twin = HISTORY"), "the same history"),
        (LIBRARY.format("twin = HISTORY[3:]"), "returns Dune without having it"),
        (LIBRARY.format("twin = HISTORY[:3]"), "it leaves another table"),
        (LIBRARY.format("twin = HISTORY[:2] + HISTORY[3:]"), "while ann still has it"),
        (LIBRARY.format("twin = (HISTORY[1], *HISTORY[4:], HISTORY[3])"), "days go backwards"),
        (
            LIBRARY.format(
                "def holder(history, book, day):\n"
                "    return shelf([entry for entry in history if entry.day < day]).get(book)\n\n\n"
                + GOOD_TWIN
            ),
            "holder: at the end of day",
        ),
        (
            LIBRARY.format(
                "def shelf(history):\n"
                "    return {entry.book: entry.reader for entry in history}\n\n\n" + GOOD_TWIN
            ),
            "shelf: the table should be",
        ),
    ],
}
