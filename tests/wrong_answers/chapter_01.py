"""Answers to the exercises of chapter 01: mistakes with words of the help they get, right ones."""

IN_VAIN = """
from collections import Counter, defaultdict

from esdemo.checks import check


def in_vain(decisions):
{}


check("1.1", in_vain)
"""
ADDING = """
    sums = {sums}
    for decision in decisions:
        if {condition}:
            {step}
    return {result}
"""


def in_vain(**changes: str) -> str:
    """An answer to 1.1 that differs from the solution in these places."""
    parts = {
        "sums": "Counter()",
        "condition": "decision.refused",
        "step": "sums[decision.stream] += decision.command.amount",
        "result": "dict(sums)",
    }
    return IN_VAIN.format(ADDING.format(**parts | changes))


def query(sql: str) -> str:
    """An answer to 1.2."""
    return f'from esdemo.checks import check\n\ncheck("1.2", """{sql}""")\n'


def versions(conditions: str, what: str = "balance") -> str:
    """An answer to 1.2 that asks the right table."""
    return query(f"SELECT {what} FROM account_versions WHERE {conditions}")


SHELF = """
def shelf(history):
    return {entry.book: entry.reader if entry.what == "lent" else None for entry in history}
"""
HOLDER = """
def holder(history, book, day):
    return shelf([entry for entry in history if entry.day <= day]).get(book)
"""
TWIN = "twin = HISTORY[1:2] + HISTORY[3:]"


def library(shelf: str = SHELF, holder: str = HOLDER, twin: str = TWIN) -> str:
    """An answer to 1.3 that differs from the solution in these parts."""
    imports = """
from esdemo.checks import check
from esdemo.checks.chapter_01 import HISTORY, Entry
"""
    return "\n\n".join([imports, shelf, holder, twin, 'check("1.3", (shelf, holder, twin))\n'])


def shelf(body: str) -> str:
    """An answer to 1.3 with this shelf."""
    return library(shelf=f"def shelf(history):\n    {body}\n")


def holder(body: str) -> str:
    """An answer to 1.3 with this holder."""
    return library(holder=f"def holder(history, book, day):\n    {body}\n")


WRONG = {
    "1.1": [
        (in_vain(step="sums[decision.stream] += 1"), "that is how often, not how much"),
        (in_vain(step="sums[decision.actor] += decision.command.amount"), "those are the actors"),
        (
            in_vain(
                condition="True",
                step='sums[decision.stream] += getattr(decision.command, "amount", 0)',
            ),
            "nothing was refused to alice",
        ),
        (
            in_vain(
                condition="not decision.refused",
                step='sums[decision.stream] += getattr(decision.command, "amount", 0)',
            ),
            "nothing was refused to alice",
        ),
        (
            in_vain(
                step="sums[decision.stream] += sum(fact.event.amount for fact in decision.events)"
            ),
            "for bob it should be 29800, not 0",
        ),
        (
            in_vain(sums="{}", step="sums[decision.stream] = decision.command.amount"),
            "for bob it should be 29800, not 9800: a second refusal adds to the first",
        ),
        (
            in_vain(sums="{}", step="sums.setdefault(decision.stream, decision.command.amount)"),
            "for bob it should be 29800, not 20000: a second refusal adds to the first",
        ),
        (
            in_vain(
                condition="True",
                step="sums[decision.stream] += decision.command.amount if decision.refused else 0",
            ),
            "leave out alice: nothing was refused there",
        ),
        (
            in_vain(step="sums[decision.stream] += decision.command.amount / 100"),
            "those are euros",
        ),
        (
            in_vain(step="sums[decision] += decision.command.amount"),
            "is not a stream: the keys are decision.stream",
        ),
        (
            in_vain(result="{stream: str(cents) for stream, cents in sums.items()}"),
            "for bob it gives '29800', which is not a number of cents",
        ),
        (in_vain(result="dict.fromkeys(sums)"), "for bob it gives None, which is not a number"),
        (in_vain(result="sum(sums.values())"), "return a dict from stream to cents, not 30800"),
        (in_vain(result="list(sums.items())"), "return a dict from stream to cents, not [("),
        (in_vain(result="None"), "is a `return` missing?"),
        (in_vain(condition="False"), "the dict is empty"),
        (in_vain(condition='decision.stream == "bob" and decision.refused'), "carol is missing"),
        (
            IN_VAIN.format('    return {"bob": 298_00, "carol": 10_00}'),
            "for the decisions of another day, in which no bob occurs, it still speaks of bob",
        ),
        (
            in_vain(
                sums="{}",
                step="sums[decision.stream] = decision.command.amount + sums[decision.stream]",
            ),
            "your answer raised KeyError: 'bob'",
        ),
        (
            in_vain(condition="decision.reason is True"),
            "the dict is empty",
        ),
        (
            'from esdemo.checks import check\n\ncheck("1.1", {"bob": 298_00, "carol": 10_00})\n',
            "give the function itself",
        ),
        (
            in_vain(condition="decision.command.amount and decision.refused"),
            "has no attribute 'amount'",
        ),
        (
            in_vain(step="sums[decision.stream.title()] += decision.command.amount"),
            "'Bob' is not a stream: the keys are decision.stream",
        ),
        (
            in_vain(step="sums[type(decision.command).__name__] += decision.command.amount"),
            "'ReceiveTransfer' is not a stream",
        ),
        (
            in_vain(step="sums[decision.reason] += decision.command.amount"),
            "is not a stream: the keys are decision.stream",
        ),
        (
            in_vain(step="sums[decision.stream] += float(decision.command.amount)"),
            "29800.0 is a float",
        ),
        (
            IN_VAIN.format(
                "    total = sum(d.command.amount for d in decisions if d.refused)\n"
                "    return {d.stream: total for d in decisions if d.refused}"
            ),
            "for bob it should be 29800, not 30800, which is the sum of all streams",
        ),
        (
            IN_VAIN.format(
                "    sums = Counter()\n"
                "    for decision in decisions:\n"
                "        if decision.refused:\n"
                "            sums[decision.stream] += decision.command.amount\n"
                "        return dict(sums)"
            ),
            "and return it after the loop",
        ),
        (
            IN_VAIN.format(
                "    for decision in decisions:\n"
                "        if decision.refused:\n"
                "            yield decision.stream, decision.command.amount"
            ),
            "it yields: build the dict in the loop",
        ),
        (
            in_vain(result="pd.Series(sums)").replace(
                "from coll", "import pandas as pd\nfrom coll", 1
            ),
            "return a dict from stream to cents, not bob 29800 carol 1000 dtype: int64",
        ),
    ],
    "1.2": [
        (versions("id = :account AND valid_from <= :moment"), "valid_to, exclusive"),
        (
            versions("id = :account AND valid_from <= :moment AND :moment <= valid_to"),
            "2 rows instead of one",
        ),
        (
            versions("id = :account AND :moment BETWEEN valid_from AND valid_to"),
            "2 rows instead of one",
        ),
        (
            versions("id = :account AND valid_from < :moment AND :moment < valid_to"),
            "is a version valid at its valid_from",
        ),
        (
            versions("id = :account AND valid_from < :moment AND :moment <= valid_to"),
            "for alice at 08:00:00.000000 it gives no row",
        ),
        (versions("id = :account AND valid_from = :moment"), "is a version valid at"),
        (
            versions("id = :account AND valid_to = '9999' AND :moment > ''"),
            "it gives 66000, and there was no account yet",
        ),
        (versions("valid_from <= :moment AND :moment < valid_to"), "compare id with :account"),
        (versions("id = :account"), "compare valid_from and valid_to with :moment"),
        (
            versions("id = :account AND valid_from <= :t AND :t < valid_to"),
            "the two parameters are :account and :moment",
        ),
        (
            versions("id = ? AND valid_from <= ? AND ? < valid_to"),
            "the two parameters are :account and :moment",
        ),
        (
            versions("id = :account AND valid_from <= :moment AND :moment < valid_to", "*"),
            "select the balance only: a row of yours has 9 columns",
        ),
        (
            versions(
                "id = :account AND valid_from <= :moment AND :moment < valid_to", "id, balance"
            ),
            "select the balance only: a row of yours has 2 columns",
        ),
        (
            versions("id = :account AND valid_from <= :moment AND :moment < valid_to", "version"),
            "for alice at 08:00:00.000000 it gives 1, and the balance was 0",
        ),
        (
            versions("id = :account AND valid_from <= :moment", "max(balance)"),
            "for bob at 09:40:00.000000 it gives 12000, and the balance was 7500",
        ),
        (
            query("SELECT balance FROM accounts WHERE id = :account AND :moment > ''"),
            "it gives 66000: accounts knows only the present, so ask account_versions",
        ),
        (
            query("SELECT balance FROM accounts WHERE id = :account AND updated_at <= :moment"),
            "it gives no row: accounts knows only the present, so ask account_versions",
        ),
        (
            query("SELECT balance FROM account_changes WHERE account = :account"),
            "no such table: account_changes; ask account_versions",
        ),
        (
            versions("account = :account AND valid_from <= :moment AND :moment < valid_to"),
            "no such column: account; ask account_versions, which has id",
        ),
        (
            versions("id = ':account' AND valid_from <= :moment AND :moment < valid_to"),
            "':account' in quotes is a string: a parameter stands without them",
        ),
        (
            query(
                "SELECT balance FROM Account_Versions "
                "WHERE id = :account AND valid_from <= :moment AND :moment <= valid_to"
            ),
            "2 rows instead of one",
        ),
        (
            versions("id = 'alice' AND valid_from <= :moment AND :moment < valid_to"),
            "it gives 1 row: compare id with :account as well",
        ),
        (
            versions("id = :account AND valid_from <= :moment OR :moment < valid_to"),
            "it gives 22 rows, and there was no account yet: do all conditions have to hold?",
        ),
        (
            versions(
                "id = :account AND datetime(valid_from) <= datetime(:moment) "
                "AND datetime(:moment) < datetime(valid_to)"
            ),
            "compare the strings as they are",
        ),
        (query("DELETE FROM account_versions"), "begin with SELECT, not with DELETE"),
        (query("\n  update accounts set balance = 0"), "begin with SELECT, not with UPDATE"),
        (query("SELEKT balance"), 'SQLite says: near "SELEKT": syntax error'),
        (query("SELECT 1; SELECT 2"), "SQLite says: You can only execute one statement"),
        (query(""), "ask account_versions"),
        (
            "from esdemo.checks import check\n\n"
            'check("1.2", ["SELECT balance FROM account_versions"])\n',
            "give the query as a string",
        ),
    ],
    "1.3": [
        (library(twin="twin = HISTORY"), "the same history"),
        (library(twin="twin = HISTORY[3:]"), "returns Dune without having it"),
        (library(twin="twin = HISTORY[:3]"), "leaves another table"),
        (library(twin="twin = HISTORY[:2] + HISTORY[3:]"), "while ann still has it"),
        (library(twin="twin = (HISTORY[1], *HISTORY[4:], HISTORY[3])"), "its days go backwards"),
        (
            library(twin="twin = [entry for entry in HISTORY if entry.book != 'Dune']"),
            "Dune came back, so its row says None",
        ),
        (
            library(twin='twin = [*HISTORY, Entry(10, "lent", "Odyssey", "ann")]'),
            "'Odyssey' is not a book that was lent or returned",
        ),
        (
            library(twin='twin = [*HISTORY, Entry(10, "renewed", "Ulysses", "ann")]'),
            "'renewed' is neither 'lent' nor 'returned'",
        ),
        (library(twin="twin = shelf(HISTORY)"), "twin: give a history: a list of Entry"),
        (
            library(twin='twin = [Entry("1", "lent", "Emma", "ben"), *HISTORY]'),
            "Entry(day='1', what='lent', book='Emma', reader='ben') is not an entry",
        ),
        (
            library(twin='twin = [Entry("lent", 1, "ann", "Emma"), *HISTORY[1:]]'),
            "is not an entry: a day as a number",
        ),
        (
            library(twin="twin = [entry._asdict() for entry in HISTORY]"),
            "twin: give a history: a list of Entry",
        ),
        (library(twin="twin = 3"), "twin: give a history: a list of Entry"),
        (library(twin="twin = HISTORY[0]"), "twin: give a history: a list of Entry"),
        (library(twin="twin = ..."), "shelf and holder are right; twin is still missing"),
        (
            holder("return shelf([entry for entry in history if entry.day < day]).get(book)"),
            "holder: at the end of day 1 ann had Emma, not None",
        ),
        (
            holder("return shelf([entry for entry in history if entry.day == day]).get(book)"),
            "holder: at the end of day 2 ann had Emma, not None",
        ),
        (
            holder("return shelf(history).get(book)"),
            "holder: at the end of day 0 nobody had Emma, not 'ben'",
        ),
        (
            holder("return shelf([entry for entry in history if entry.day <= day])[book]"),
            "holder: KeyError for Emma on day 0, when nobody had Emma",
        ),
        (
            holder("return shelf(history[:day]).get(book)"),
            "holder: at the end of day 3 ann had Emma, not None",
        ),
        (
            holder("return [e.reader for e in history if e.book == book and e.day <= day][-1]"),
            "holder: IndexError for Emma on day 0, when nobody had Emma",
        ),
        (
            holder("return shelf([entry for entry in HISTORY if entry.day <= day]).get(book)"),
            "holder: given the first four entries alone, it looks at others: use `history`",
        ),
        (
            holder(
                "while history and history[-1].day > day:\n"
                "        history.pop()\n"
                "    return shelf(history).get(book)"
            ),
            "holder: it changed the history that it was given",
        ),
        (
            holder(
                "return next((e.reader for e in reversed(history) "
                "if e.book == book and e.day <= day), None)"
            ),
            "holder: at the end of day 4 nobody had Emma, not 'ann'",
        ),
        (holder("..."), "shelf is right; holder is still empty"),
        (
            holder("return [e.reader for e in history if e.book == book and e.day <= day]"),
            "holder: at the end of day 0 nobody had Emma, not []",
        ),
        (
            shelf("return {entry.book: entry.reader for entry in history}"),
            "shelf: the table should say that nobody has Dune, not 'cid'",
        ),
        (
            shelf("return {e.book: e.reader for e in history if e.what == 'lent'}"),
            "shelf: the table should say that nobody has Dune, not 'cid'",
        ),
        (
            shelf(
                "table = {}\n"
                "    for entry in history:\n"
                "        if entry.what == 'lent':\n"
                "            table[entry.book] = entry.reader\n"
                "        else:\n"
                "            del table[entry.book]\n"
                "    return table"
            ),
            "shelf: Dune came back, so its row says None; it does not vanish",
        ),
        (
            shelf("return {e.book: e.reader if e.what == 'lent' else None for e in HISTORY}"),
            "shelf: of the first 2 entries alone, the table should say that ann has Emma, not",
        ),
        (
            shelf("return {entry.reader: entry.book for entry in history}"),
            "shelf: the table should say that ben has Emma, not None",
        ),
        (shelf("return list(history)"), "shelf: return a dict from book to reader"),
        (shelf("print(history)"), "shelf: it returns nothing yet"),
        (shelf("..."), "shelf: it returns nothing yet"),
        (
            shelf("history.sort(reverse=True)\n    return {}"),
            "shelf: it changed the history that it was given",
        ),
        (
            library().replace("(shelf, holder, twin)", "(shelf, holder)"),
            'give all three: check("1.3", (shelf, holder, twin))',
        ),
        (
            library().replace("(shelf, holder, twin)", "(shelf(HISTORY), holder, twin)"),
            "shelf: give the function itself, without calling it",
        ),
    ],
}

RIGHT = {
    "1.1": [
        in_vain(result="sums"),
        in_vain(condition="decision.reason is not None"),
        in_vain(condition="not decision.events", sums="defaultdict(int)"),
        in_vain(
            sums="{}",
            step="sums[decision.stream] = sums.get(decision.stream, 0) + decision.command.amount",
        ),
        """
from itertools import groupby

from esdemo.checks import check


def in_vain(decisions):
    refused = sorted((d for d in decisions if d.refused), key=lambda d: d.stream)
    groups = groupby(refused, key=lambda d: d.stream)
    return {stream: sum(d.command.amount for d in group) for stream, group in groups}


check("1.1", in_vain)
""",
        """
import pandas as pd

from esdemo import frames
from esdemo.checks import check


def in_vain(decisions):
    if not decisions:
        return {}
    table = frames.decisions(decisions)
    refused = table[table.reason.notna()]
    return {stream: int(cents) for stream, cents in refused.groupby("stream").amount.sum().items()}


check("1.1", in_vain)
""",
    ],
    "1.2": [
        versions("valid_to > :moment AND valid_from <= :moment AND :account = id;"),
        versions("id = :account AND valid_from <= :moment ORDER BY valid_from DESC LIMIT 1"),
        versions(
            "id = :account AND valid_from <= :moment AND NOT :moment >= valid_to", "balance b"
        ),
        versions("id = :account AND valid_from <= :moment AND :moment < valid_to", "sum(balance)"),
        query(
            "WITH past AS (SELECT * FROM account_versions WHERE id = :account "
            "AND valid_from <= :moment) SELECT balance FROM past WHERE version = "
            "(SELECT max(version) FROM past)"
        ),
    ],
    "1.3": [
        library(twin='twin = [Entry(1, "lent", "Dune", "eve"), *HISTORY[2:]]').replace(
            "*HISTORY[2:]", 'Entry(3, "returned", "Dune", "eve"), *HISTORY[3:4], HISTORY[5]'
        ),
        library(
            twin="twin = (entry for entry in HISTORY if entry.reader != 'ann' or entry.day > 8)"
        ),
        library(twin="twin = [tuple(entry) for entry in HISTORY[1:2] + HISTORY[3:]]"),
        library(
            twin='twin = [*HISTORY, Entry(10, "returned", "Ulysses", "ann"), '
            'Entry(11, "lent", "Ulysses", "ann")]'
        ),
        library(
            twin="twin = [entry._replace(day=entry.day + 1) for entry in HISTORY]",
        ),
        shelf(
            "table = {}\n"
            "    for day, what, book, reader in history:\n"
            "        table[book] = None if what == 'returned' else reader\n"
            "    return table"
        ),
        holder(
            "who = None\n"
            "    for entry in history:\n"
            "        if entry.book == book and entry.day <= day:\n"
            "            who = entry.reader if entry.what == 'lent' else None\n"
            "    return who"
        ),
    ],
}
