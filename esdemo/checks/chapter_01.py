"""The exercises of chapter 01: requests in vain, a table as of a moment, a library's shelf."""

import sqlite3
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from esdemo import Application, Decision, MemoryStore
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


def exercise_1(in_vain: Callable[[list[Decision]], Any]) -> str | None:
    """A function from decisions to the cents that were asked for in vain, by stream."""
    if in_vain([]) not in ({}, None):
        return "without decisions the answer is an empty dict"
    for day, right in (
        (DAY, {"bob": 298_00, "carol": 10_00}),
        (OTHER_DAY, {"dora": 22_00}),
    ):
        decisions = _decisions(day)
        answer = in_vain(decisions)
        if not answer:
            return "add up command.amount of the decisions that are refused, by their stream"
        if advice := _about_sums(answer, decisions, right):
            return advice
    return None


def _decisions(day: Iterable[Request]) -> list[Decision]:
    clock = ManualClock(DAY[0].at)
    bank = Application(rules, MemoryStore(BankMessage, clock))
    live(bank, clock, day)
    return list(bank.store.decisions())


def _about_sums(answer: Any, decisions: list[Decision], right: dict[str, int]) -> str | None:
    refused = [decision for decision in decisions if decision.refused]
    if not isinstance(answer, dict):
        return f"return a dict from stream to cents, not {answer!r:.60}"
    if set(answer) == {decision.actor for decision in refused} != set(right):
        return "those are the actors: the account that was asked is decision.stream"
    if set(answer) - set(right):
        return f"nothing was refused to {min(set(answer) - set(right))}: look at decision.refused"
    if sum(answer.values()) == len(refused):
        return "that is how often, not how much: add up command.amount"
    if answer != right:
        return f"for {max(right)} it should be {right[max(right)]}, not {answer.get(max(right))!r}"
    return None


def exercise_2(sql: Any) -> str | None:
    """SQL that gives an account's balance as of a moment, from the temporal table."""
    if not isinstance(sql, str):
        return "give the query as a text"
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
                if advice := _about_rows(table, sql, stream, at, right):
                    return advice
    return None


def _moments() -> list[datetime]:
    """Before the day, at every change, and a little before and after it."""
    step = timedelta(microseconds=1)
    return [request.at + shift for request in DAY for shift in (-step, 0 * step, step)]


def _about_rows(
    table: CrudBank, sql: str, stream: str, at: datetime, right: list[int]
) -> str | None:
    try:
        rows = table.query(sql, account=stream, moment=to_text(at))
    except sqlite3.Error as error:
        return f"SQLite says: {error}"
    answer = [value for row in rows for value in row.values()]
    if answer == right:
        return None
    where = f"for {stream} at {at:%H:%M:%S.%f}"
    if answer and not right:
        return f"{where} it gives {answer[0]}, and there was no account yet: ask account_versions"
    if len(answer) > 1:
        return (
            f"{where} it gives {len(answer)} rows instead of one: a version holds from "
            "valid_from, inclusive, to valid_to, exclusive"
        )
    if not answer:
        return f"{where} it gives no row: is a version valid at its valid_from?"
    return f"{where} it gives {answer[0]}, and the balance was {right[0]}"


def exercise_3(answer: Any) -> str | None:
    """(shelf, holder, twin): the table of a history, its state as of a day, another history."""
    shelf, holder, twin = answer
    history = list(HISTORY)
    table = shelf(history)
    if not table:
        return "shelf: go through the history and keep, for each book, who has it"
    if not isinstance(table, dict) or table != _table(history):
        return f"shelf: the table should be {_table(history)}, not {table!r:.80}"
    if shelf(history[:3]) != _table(history[:3]):
        return f"shelf: after three entries it should be {_table(history[:3])}"
    for day in range(11):
        for book in ("Emma", "Dune", "Ulysses", "Odyssey"):
            right = _table(entry for entry in history if entry.day <= day).get(book)
            if holder(history, book, day) != right:
                return f"holder: at the end of day {day} {book} was with {right}"
    return _about_twin(twin, history)


def _table(history: Iterable[Entry]) -> dict[str, str | None]:
    """What CRUD would keep: each book, and who has it; None when it is back on the shelf."""
    return {entry.book: entry.reader if entry.what == "lent" else None for entry in history}


def _about_twin(twin: Any, history: list[Entry]) -> str | None:
    entries = [Entry(*entry) for entry in twin]
    where: dict[str, str | None] = {}
    for entry in entries:
        now = where.get(entry.book)
        if entry.what not in ("lent", "returned"):
            return f"twin: {entry.what!r} is neither 'lent' nor 'returned'"
        if entry.what == "lent" and now:
            return f"twin: on day {entry.day} {entry.book} is lent while {now} still has it"
        if entry.what == "returned" and now != entry.reader:
            return f"twin: on day {entry.day} {entry.reader} returns {entry.book} without having it"
        where |= _table([entry])
    if entries == history:
        return "twin: that is the same history: change something that the table forgets"
    if where != _table(history):
        return f"twin: it leaves another table, {where}"
    if [entry.day for entry in entries] != sorted(entry.day for entry in entries):
        return "twin: its days go backwards"
    return None
