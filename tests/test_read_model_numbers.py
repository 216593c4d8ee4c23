"""Every number that chapter 07 shows of the year at the bank: by fold, by pandas and by SQL.

The three share no code. The fold is a loop over the facts with the rules' own `evolve`, pandas sums
signed amounts of a frame, and SQLite reads the payloads out of the file. Where all three agree,
they are compared with what the chapter's cells have stored.
"""

import ast
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import pandas as pd
import pytest

from esdemo import RecordedEvent, SQLiteStore, frames
from esdemo.domains import bank

CHAPTER = Path(__file__).parent.parent / "notebooks" / "07-read-models.ipynb"
EFFECTS = {
    **dict.fromkeys(("MoneyDeposited", "TransferReceived", "TransferReturned"), "amount"),
    **dict.fromkeys(("MoneyWithdrawn", "FeeCharged", "TransferSent"), "-amount"),
    "EntryReversed": "change",
}
STATES = """
WITH RECURSIVE effect(kind, field, sign) AS (VALUES
    ('MoneyDeposited', 'amount', 1), ('TransferReceived', 'amount', 1),
    ('TransferReturned', 'amount', 1), ('EntryReversed', 'change', 1),
    ('MoneyWithdrawn', 'amount', -1), ('FeeCharged', 'amount', -1),
    ('TransferSent', 'amount', -1)),
changes AS (
    SELECT position, stream, recorded_at, effective_at, date(recorded_at) AS day,
        coalesce(sign * (data ->> field), 0) AS change
    FROM events LEFT JOIN effect ON kind = data ->> 'type'),
states AS (
    SELECT *, sum(change) OVER (PARTITION BY stream ORDER BY position) AS balance FROM changes),
days(day) AS (
    SELECT min(day) FROM changes
    UNION ALL SELECT date(day, '+1 day') FROM days WHERE day < (SELECT max(day) FROM changes)),
evenings AS (
    SELECT day, stream, (
        SELECT balance FROM states AS before
        WHERE before.stream = names.stream AND before.day <= days.day
        ORDER BY position DESC LIMIT 1) AS balance
    FROM days CROSS JOIN (SELECT DISTINCT stream FROM events) AS names)
"""
"""The states and the evenings of all accounts, as tables that a query can go on from."""


class State(NamedTuple):
    """A fact, and the balance of its account before and after it."""

    fact: RecordedEvent
    before: int
    after: int


class Year(NamedTuple):
    """The year at the bank, once for each of the three."""

    states: list[State]
    frame: pd.DataFrame
    sql: Any  # a query that may begin where STATES ends -> all its rows


@pytest.fixture(scope="module")
def year(tmp_path_factory) -> Iterator[Year]:
    """What the chapter lives in a file."""
    path = str(tmp_path_factory.mktemp("year") / "year.db")
    lived = bank.simulate(
        accounts=4, store=lambda clock: SQLiteStore(path, bank.BankMessage, clock, survives="crash")
    )
    with lived.store as store, closing(sqlite3.connect(path)) as db:
        frame = frames.running(frames.log(store), EFFECTS, name="balance")
        states = list(lived_states(store.recorded()))
        yield Year(
            states, frame, lambda query, *values: db.execute(STATES + query, values).fetchall()
        )


def lived_states(facts) -> Iterator[State]:
    """The loop: one account after the other, by the rules' own evolve."""
    accounts: dict[str, bank.Account] = {}
    for fact in facts:
        before = accounts.get(fact.stream, bank.Account())
        accounts[fact.stream] = after = bank.evolve(before, fact.event)
        yield State(fact, before.balance, after.balance)


def shown(cell: str) -> str:
    """What a cell of the chapter has stored, as text."""
    (found,) = (each for each in nbformat.read(CHAPTER, 4).cells if each.id == cell)
    texts = [each.get("text") or each["data"]["text/plain"] for each in found.outputs]
    return "\n".join(texts)


def table(text: str) -> dict[str, list[int]]:
    """The lines of a table that begin with a word and go on in whole numbers."""
    lines = re.findall(r"^(\w+)((?:\s+-?\d+)+)\s*$", text, re.MULTILINE)
    return {name: [int(number) for number in numbers.split()] for name, numbers in lines}


def one(pairs) -> dict[str, int]:
    """A dict of plain whole numbers, whoever counted them."""
    return {str(name): int(number) for name, number in dict(pairs).items()}


def agree(fold, pandas, sql):
    """All three, when they are the same."""
    assert fold == pandas == sql
    return fold


def test_what_was_spent_on_what(year):
    fold = Counter[str]()
    for fact, *_ in year.states:
        if isinstance(fact.event, bank.MoneyWithdrawn):
            fold[fact.event.purpose] += fact.event.amount
    withdrawn = year.frame[year.frame["event"] == "MoneyWithdrawn"]
    pandas = withdrawn.groupby("purpose")["amount"].sum()
    sql = year.sql(
        "SELECT data ->> 'purpose', sum(data ->> 'amount') FROM events "
        "WHERE data ->> 'type' = 'MoneyWithdrawn' GROUP BY 1"
    )
    assert agree(one(fold), one(pandas), one(sql)) == ast.literal_eval(shown("07-synopsis"))


def test_the_balances_and_who_owes(year):
    fold = {state.fact.stream: state.after for state in year.states}
    pandas = year.frame.groupby("stream")["balance"].last()
    sql = year.sql("SELECT stream, sum(change) FROM changes GROUP BY stream")
    balances = agree(fold, one(pandas), one(sql))
    assert table(shown("07-sql")) == {name: [cents] * 3 for name, cents in balances.items()}
    owing = [(name.capitalize(), cents) for name, cents in balances.items() if cents < 0]
    assert ast.literal_eval(shown("07-view-by-sql")) == owing


def test_every_state_of_alice(year):
    fold = [state.after for state in year.states if state.fact.stream == "alice"]
    pandas = year.frame.loc[year.frame["stream"] == "alice", "balance"].tolist()
    sql = [
        row[0]
        for row in year.sql("SELECT balance FROM states WHERE stream = 'alice' ORDER BY position")
    ]
    last = agree(fold, pandas, sql)[-3:]
    assert [int(line.split()[-1]) for line in shown("07-pandas").splitlines()[1:4]] == last


def evenings(states) -> dict[tuple[str, date], int]:
    """By account and day the balance in the evening, from the first day to the last."""
    first, last = (states[place].fact.recorded_at.date() for place in (0, -1))
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    found: dict[tuple[str, date], int] = {}
    for name in dict.fromkeys(state.fact.stream for state in states):
        balance = 0
        changes = {s.fact.recorded_at.date(): s.after for s in states if s.fact.stream == name}
        for day in days:
            found[name, day] = balance = changes.get(day, balance)
    return found


def test_the_days_below_zero(year):
    fold = dict.fromkeys((state.fact.stream for state in year.states), 0)
    for (name, _), balance in evenings(year.states).items():
        fold[name] += balance < 0
    pandas = (frames.by_day(year.frame, "balance") < 0).sum()
    sql = year.sql("SELECT stream, sum(coalesce(balance, 0) < 0) FROM evenings GROUP BY stream")
    below = agree(fold, one(pandas), one(sql))
    assert table(shown("07-days")) == {name: [days] for name, days in below.items()}
    assert shown("07-days").rstrip().endswith(f"here: {below['carol']}")


def test_the_evenings_of_carol_with_events(year):
    ends = {s.fact.recorded_at.date(): s.after for s in year.states if s.fact.stream == "carol"}
    fold = sum(balance < 0 for balance in ends.values()), len(ends)
    rows = year.frame[year.frame["stream"] == "carol"]
    pandas = rows.groupby(rows["recorded_at"].dt.floor("D"))["balance"].last()
    (sql,) = year.sql(
        "SELECT sum(balance < 0), count(*) FROM (SELECT balance, max(position) FROM states "
        "WHERE stream = 'carol' GROUP BY day)"
    )
    below, all_of_them = agree(fold, (int((pandas < 0).sum()), len(pandas)), sql)
    assert shown("07-days").startswith(f"{below} of {all_of_them} with events")


def test_the_lag_of_twenty_events(year):
    fold = len(year.states) - 804, year.states[804].fact.recorded_at
    late = year.frame[year.frame["position"] > 804]
    pandas = len(late), late["recorded_at"].min().to_pydatetime()
    ((events, since),) = year.sql(
        "SELECT count(*), min(recorded_at) FROM events WHERE position > 804"
    )
    events, since = agree(fold, pandas, (events, datetime.fromisoformat(since)))
    assert shown("07-lag").startswith(f"Lag(events={events}, since=datetime.datetime(")
    assert f"{since.year}, {since.month}, {since.day}, {since.hour}, {since.minute}" in shown(
        "07-lag"
    )


def test_the_positions_of_the_log_and_of_two_views(year):
    midnights = [datetime(2025, 12, day, tzinfo=UTC) for day in range(7, 32)]
    fold = [sum(s.fact.recorded_at <= moment for s in year.states) for moment in midnights]
    pandas = [int((year.frame["recorded_at"] <= moment).sum()) for moment in midnights]
    sql = [
        year.sql(
            "SELECT count(*) FROM events WHERE recorded_at <= ?",
            f"{moment:%Y-%m-%dT}00:00:00.000000+00:00",
        )[0][0]
        for moment in midnights
    ]
    log = agree(fold, pandas, sql)
    for line in shown("07-lag-plot").splitlines()[2:6]:
        day, now, nightly, weekly = map(int, line.split())
        sunday = max(each for each in (7, 14, 21, 28) if each < day or each == 7)
        assert (now, nightly, weekly) == (log[day - 7], log[day - 8], log[sunday - 7])


def test_the_mails(year):
    fold = [(s.fact.position, -s.after) for s in year.states if s.before >= 0 > s.after]
    before = year.frame["balance"] - year.frame["balance_change"]
    fell = year.frame[(before >= 0) & (year.frame["balance"] < 0)]
    pandas = list(zip(fell["position"].tolist(), (-fell["balance"]).tolist(), strict=True))
    sql = year.sql(
        "SELECT position, -balance FROM states WHERE balance - change >= 0 AND balance < 0 "
        "ORDER BY position"
    )
    mails = [mail for mail in agree(fold, pandas, sql) if mail[0] <= 800]
    position, cents = mails[0]
    assert shown("07-owing").startswith(
        f"{len(mails)} mails, the first: Message(id='owing/{position}/1'"
    )
    assert f"you owe us {cents} cents" in shown("07-owing")


def test_what_was_known_on_20_march_and_what_was_true(year):
    moment, text = datetime(2025, 3, 20, tzinfo=UTC), "2025-03-20T00:00:00.000000+00:00"
    alice = year.frame[year.frame["stream"] == "alice"]
    found = []
    for column in ("recorded_at", "effective_at"):
        changes = (
            (s.after - s.before, getattr(s.fact, column))
            for s in year.states
            if s.fact.stream == "alice"
        )
        fold = sum(change for change, when in changes if when <= moment)
        pandas = int(alice.loc[alice[column] <= moment, "balance_change"].sum())
        query = f"SELECT sum(change) FROM changes WHERE stream = 'alice' AND {column} <= ?"
        found.append(agree(fold, pandas, year.sql(query, text)[0][0]))
    assert ast.literal_eval(shown("07-as-of")) == tuple(found)


def test_the_change_between_two_moments(year):
    rows: dict[str, list[int]] = {}
    for month in (3, 7):
        moment, text = (
            datetime(2025, month, 1, tzinfo=UTC),
            f"2025-0{month}-01T00:00:00.000000+00:00",
        )
        fold = {s.fact.stream: s.after for s in year.states if s.fact.recorded_at <= moment}
        known = year.frame[year.frame["recorded_at"] <= moment]
        sql = year.sql(
            "SELECT stream, sum(change) FROM changes WHERE recorded_at <= ? GROUP BY 1", text
        )
        both = agree(fold, one(known.groupby("stream")["balance"].last()), one(sql))
        for name, cents in both.items():
            rows.setdefault(name, []).append(cents)
    assert table(shown("07-between")) == {n: [a, b, b - a] for n, (a, b) in rows.items()}


def test_the_row_that_waits_for_a_reversal(year):
    fold = [s.fact.position for s in year.states if isinstance(s.fact.event, bank.EntryReversed)]
    reversals = year.frame[year.frame["event"] == "EntryReversed"]
    sql = year.sql("SELECT position FROM events WHERE data ->> 'type' = 'EntryReversed'")
    (position,) = agree(fold, reversals["position"].tolist(), [row[0] for row in sql])
    later = [
        s.fact.position
        for s in year.states
        if s.fact.stream == "alice" and s.fact.position > position
    ]
    assert re.findall(r"^(\d+) alice", shown("07-parked"), re.MULTILINE) == [
        str(position),
        str(later[0]),
    ]
