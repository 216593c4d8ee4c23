"""The exercises of chapter 01: requests in vain, a table as of a moment, a library's shelf."""

import re
import sqlite3
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from inspect import isgenerator
from typing import Any, Final, NamedTuple

from esdemo import Application, Decision, MemoryStore
from esdemo.checks.verdicts import NOT_YET, Proved, untouched
from esdemo.clocks import ManualClock, to_text
from esdemo.domains.bank import BankMessage, ChargeFee, Deposit, OpenAccount, Withdraw, rules
from esdemo.domains.crud import DAY, CrudBank, Request, live, moment


class Entry(NamedTuple):
    """A line in a library's book: on that day a copy was lent to a reader, or came back."""

    day: int
    what: str  # "lent" or "returned"
    book: str
    reader: str


HISTORY: Final = (
    Entry(1, "lent", "Emma", "ann"),
    Entry(2, "lent", "Dune", "cid"),
    Entry(4, "returned", "Emma", "ann"),
    Entry(5, "lent", "Emma", "ben"),
    Entry(7, "returned", "Dune", "cid"),
    Entry(9, "lent", "Ulysses", "ann"),
)
"""What happened at the library, for exercise 1.3."""

OTHER_DAY: Final = tuple(
    Request(moment(at), stream, command, "teller-2")
    for at, stream, command in (
        ("09:00", "dora", OpenAccount("Dora")),
        ("09:10", "dora", Withdraw(7_00)),
        ("09:20", "dora", Deposit(5_00)),
        ("09:30", "dora", Withdraw(9_00)),
        ("09:40", "dora", ChargeFee(1_00, "card")),
        ("09:50", "dora", ChargeFee(6_00, "card")),
    )
)
STUB: Final = "SELECT balance FROM accounts WHERE id = :account"
"""What exercise 1.2 begins with."""
CHANGING: Final = re.compile(
    r"\s*(update|delete|insert|replace|drop|create|alter)\b", re.IGNORECASE
)
"""How a statement begins that is not a question."""


# --- 1.1: what was asked for in vain ---


def exercise_1(in_vain: Callable[[list[Decision]], Any]) -> str | None:
    """A function from decisions to the cents that were asked for in vain, by stream."""
    if not callable(in_vain):
        return 'give the function itself: check("1.1", in_vain), without calling it'
    if untouched(in_vain):
        return NOT_YET
    for day, right in (
        (DAY, {"bob": 298_00, "carol": 10_00}),
        (OTHER_DAY, {"dora": 22_00}),
    ):
        decisions = _decisions(day)
        if advice := _about_sums(in_vain(decisions), decisions, right):
            return advice
    if answer := in_vain([]):
        return f"without any decision it gives {answer!r:.60}: where does that come from?"
    return Proved("every refused cent of two days stands under the account that was asked")


def _decisions(day: Iterable[Request]) -> list[Decision]:
    clock = ManualClock(DAY[0].at)
    bank = Application(rules, MemoryStore(BankMessage, clock))
    live(bank, clock, day)
    return list(bank.store.decisions())


def _about_sums(answer: Any, decisions: list[Decision], right: dict[str, int]) -> str | None:
    refused = [decision for decision in decisions if decision.refused]
    if answer is None:
        return "it returns nothing: is a `return` missing?"
    if isgenerator(answer):
        return "it yields: build the dict in the loop, and return it once, after the loop"
    if not isinstance(answer, dict):
        return f"return a dict from stream to cents, not {_short(answer)}"
    if not answer:
        return (
            "the dict is empty: add up command.amount of the decisions that are refused, and "
            "return it after the loop"
        )
    if answer == right:
        return _about_whole_cents(answer)
    if set(answer) == {decision.actor for decision in refused} != set(right):
        return "those are the actors: the account that was asked is decision.stream"
    if strangers := sorted(set(answer) - set(right), key=str):
        return _about_stranger(strangers[0], answer, {made.stream for made in decisions})
    if missing := sorted(set(right) - set(answer)):
        return f"{missing[0]} is missing: {right[missing[0]]} cents were refused there"
    for stream, cents in answer.items():
        if not isinstance(cents, (int, float)):
            return f"for {stream} it gives {cents!r:.40}, which is not a number of cents"
    if sum(answer.values()) == len(refused):
        return "that is how often, not how much: add up command.amount"
    if all(answer[stream] * 100 == cents for stream, cents in right.items()):
        return "those are euros: leave the amounts in cents, as they are stored"
    stream = next(stream for stream in right if answer[stream] != right[stream])
    return _about_sum(stream, answer[stream], right[stream], refused)


def _about_whole_cents(answer: dict[str, Any]) -> str | None:
    floats = [cents for cents in answer.values() if isinstance(cents, float)]
    return (
        f"{floats[0]} is a float: leave cents the whole numbers that they are" if floats else None
    )


def _about_stranger(stream: Any, answer: dict[Any, Any], streams: set[str]) -> str:
    if stream in streams and answer[stream] == 0:
        return f"leave out {stream}: nothing was refused there, so it needs no entry"
    if stream in streams:
        return f"nothing was refused to {stream}: look at decision.refused"
    if stream in [request.stream for request in DAY]:
        return (
            f"for the decisions of another day, in which no {stream} occurs, it still speaks of "
            f"{stream}: use what the function is given"
        )
    return f"{stream!r:.40} is not a stream: the keys are decision.stream, such as 'bob'"


def _about_sum(stream: str, given: Any, right: int, refused: list[Decision]) -> str:
    amounts = [made.command.amount for made in refused if made.stream == stream]  # type: ignore[attr-defined]
    advice = f"for {stream} it should be {right}, not {given!r:.40}"
    if len(amounts) > 1 and given in amounts:
        return f"{advice}: a second refusal adds to the first"
    if given == sum(made.command.amount for made in refused):  # type: ignore[attr-defined]
        return f"{advice}, which is the sum of all streams"
    return advice


def _short(answer: Any) -> str:
    """A value on one line, cut where it would be long."""
    return f"{' '.join(repr(answer).split()):.60}"


# --- 1.2: one account as of a moment ---


def exercise_2(sql: Any) -> str | None:
    """SQL that gives an account's balance as of a moment, from the temporal table."""
    if not isinstance(sql, str):
        return f"give the query as a string, not {sql!r:.40}"
    if sql.split() == STUB.split():
        return NOT_YET
    clock = ManualClock(DAY[0].at)
    with CrudBank(clock=clock, history="temporal") as table:
        store = MemoryStore(BankMessage, clock)
        bank = Application(rules, store)
        for each in (table, bank):
            clock.now = DAY[0].at
            live(each, clock)
        for at in _moments():
            for stream in ("alice", "bob", "carol"):
                known = store.version_at(stream, at)
                right = [bank.state(stream, as_of=at).balance] if known else []
                if advice := _about_query(table, sql, stream, at, right):
                    return advice
    return Proved(f"three accounts at {len(_moments())} moments, each as the events have it")


def _moments() -> list[datetime]:
    """Before the day, at every change, and a little before and after it."""
    step = timedelta(microseconds=1)
    return [request.at + shift for request in DAY for shift in (-step, 0 * step, step)]


def _about_query(
    table: CrudBank, sql: str, stream: str, at: datetime, right: list[int]
) -> str | None:
    if first := CHANGING.match(sql):
        return f"a question changes nothing, so begin with SELECT, not with {first[1].upper()}"
    try:
        rows = table.query(sql, account=stream, moment=to_text(at))
    except (sqlite3.Error, sqlite3.Warning) as error:
        return _about_error(str(error))
    if rows and len(rows[0]) != 1:
        return f"select the balance only: a row of yours has {len(rows[0])} columns"
    answer = [value for row in rows for value in row.values() if value is not None]
    if answer == right:
        return None
    return f"for {stream} at {at:%H:%M:%S.%f} {_about_answer(sql, answer, right)}"


def _about_error(complaint: str) -> str:
    if "binding" in complaint.lower():
        return f"SQLite says: {complaint}; the two parameters are :account and :moment"
    if "no such" in complaint:
        return (
            f"SQLite says: {complaint}; ask account_versions, which has id, balance, valid_from "
            "and valid_to"
        )
    return f"SQLite says: {complaint}"


def _about_answer(sql: str, answer: list[Any], right: list[int]) -> str:
    rows = f"{len(answer)} {'row' if len(answer) == 1 else 'rows'}"
    if "account_versions" not in sql.casefold():
        gives = f"gives {answer[0]}" if answer else "gives no row"
        return f"it {gives}: accounts knows only the present, so ask account_versions"
    if quoted := re.search(r"""(['"])[:@$](account|moment)\1""", sql):
        return f"{quoted[0]} in quotes is a string: a parameter stands without them"
    if not re.search("[:@$]account", sql):
        return f"it gives {rows}: compare id with :account as well"
    if not re.search("[:@$]moment", sql):
        return f"it gives {rows}: compare valid_from and valid_to with :moment"
    if len(answer) > 1 and not right:
        return f"it gives {rows}, and there was no account yet: do all conditions have to hold?"
    if answer and not right:
        return f"it gives {answer[0]}, and there was no account yet"
    if "datetime(" in sql and not answer:
        return "it gives no row: compare the strings as they are, since '9999' is not a whole date"
    if len(answer) > 1:
        return (
            f"it gives {rows} instead of one: a version holds from valid_from, "
            "inclusive, to valid_to, exclusive"
        )
    if not answer:
        return "it gives no row: is a version valid at its valid_from, and the last one now?"
    return f"it gives {answer[0]}, and the balance was {right[0]}"


# --- 1.3: what a library's table forgets ---


def exercise_3(answer: Any) -> str | None:
    """(shelf, holder, twin): the table of a history, its state as of a day, another history."""
    if untouched(answer):
        return NOT_YET
    if not isinstance(answer, (tuple, list)) or len(answer) != 3:
        return 'give all three: check("1.3", (shelf, holder, twin))'
    shelf, holder, twin = answer
    return (
        _about_shelf(shelf)
        or _about_holder(holder)
        or _about_twin(twin)
        or Proved(
            "two histories, one table; so no query of that table can tell which of them it was"
        )
    )


def _about_shelf(shelf: Any) -> str | None:
    if not callable(shelf):
        return "shelf: give the function itself, without calling it"
    history = list(HISTORY)
    table = shelf(history)
    if table is None:
        return "shelf: it returns nothing yet; go through the history, and keep who has each book"
    if history != list(HISTORY):
        return "shelf: it changed the history that it was given; only read it"
    if not isinstance(table, dict):
        return f"shelf: return a dict from book to reader, not {_short(table)}"
    for count in (len(history), 2, 3):
        right, given = _table(history[:count]), shelf(history[:count])
        if given != right:
            part = "" if count == len(history) else f"of the first {count} entries alone, "
            return f"shelf: {part}{_about_table(given, right)}"
    return None


def _about_table(table: Any, right: dict[str, str | None]) -> str:
    if not isinstance(table, dict):
        return f"return a dict from book to reader, not {_short(table)}"
    for book, reader in right.items():
        if book not in table and reader is None:
            return f"{book} came back, so its row says None; it does not vanish from the table"
        if table.get(book) != reader:
            given = table.get(book)
            return (
                f"the table should say that {_whereabouts(book, reader, 'has')}, not {given!r:.40}"
            )
    stranger = next(key for key in table if key not in right)
    return f"{stranger!r:.40} is not a book that was lent or returned so far"


def _about_holder(holder: Any) -> str | None:
    if not callable(holder):
        return "holder: give the function itself, without calling it"
    if untouched(holder):
        return "shelf is right; holder is still empty: it is the shelf of a part of the history"
    for day in range(11):
        for book in ("Emma", "Dune", "Ulysses", "Odyssey"):
            if advice := _about_evening(holder, book, day):
                return advice
    if holder(list(HISTORY[:4]), "Dune", 8) != "cid":
        return "holder: given the first four entries alone, it looks at others: use `history`"
    return None


def _about_evening(holder: Any, book: str, day: int) -> str | None:
    history = list(HISTORY)
    right = _table(entry for entry in history if entry.day <= day).get(book)
    whereabouts = _whereabouts(book, right)
    try:
        given = holder(history, book, day)
    except (LookupError, StopIteration) as error:
        return f"holder: {type(error).__name__} for {book} on day {day}, when {whereabouts}"
    if history != list(HISTORY):
        return "holder: it changed the history that it was given; only read it"
    if given != right:
        return f"holder: at the end of day {day} {whereabouts}, not {given!r:.40}"
    return None


def _whereabouts(book: str, reader: str | None, verb: str = "had") -> str:
    return f"{reader or 'nobody'} {verb} {book}"


def _table(history: Iterable[Entry]) -> dict[str, str | None]:
    """What CRUD would keep: each book, and who has it; None when it is back on the shelf."""
    return {entry.book: entry.reader if entry.what == "lent" else None for entry in history}


def _about_twin(twin: Any) -> str | None:
    if untouched(twin):
        return "shelf and holder are right; twin is still missing: another history, the same table"
    entries = _entries(twin)
    if entries is None:
        return "twin: give a history: a list of Entry(day, what, book, reader)"
    if impossible := _impossible(entries):
        return f"twin: {impossible}"
    if entries == list(HISTORY):
        return "twin: that is the same history: change something that the table forgets"
    if _table(entries) != _table(HISTORY):
        return f"twin: it leaves another table: {_about_table(_table(entries), _table(HISTORY))}"
    return None


def _entries(twin: Any) -> list[Entry] | None:
    try:
        entries = list(twin)
        if any(isinstance(entry, dict) for entry in entries):
            return None
        return [Entry(*entry) for entry in entries]
    except TypeError:
        return None


def _impossible(entries: list[Entry]) -> str | None:
    """Why this can never have happened at a library; None when it can."""
    where: dict[str, str | None] = {}
    for before, entry in zip([None, *entries], entries, strict=False):
        if list(map(type, entry)) != [int, str, str, str]:
            return f"{entry!r:.80} is not an entry: a day as a number, then three strings"
        has = where.get(entry.book)
        if entry.what not in ("lent", "returned"):
            return f"{entry.what!r:.40} is neither 'lent' nor 'returned'"
        if before and entry.day < before.day:
            return f"its days go backwards, from {before.day} to {entry.day}"
        if entry.what == "lent" and has:
            return f"on day {entry.day} {entry.book} is lent while {has} still has it"
        if entry.what == "returned" and has != entry.reader:
            return f"on day {entry.day} {entry.reader} returns {entry.book} without having it"
        where |= _table([entry])
    return None
