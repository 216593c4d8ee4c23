"""Ten questions about the day, each put to four banks, which may try as hard as they can.

An attempt is code that runs: SQL for the three that have tables, a function for the events. It
counts as an answer when it gives what the people at the counter remember.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from esdemo.application import Application
from esdemo.clocks import ManualClock, numbered
from esdemo.domains.bank import BankMessage, ChargeFee, EntryReversed, FeeCharged, rules
from esdemo.domains.crud.bank import CrudBank
from esdemo.domains.crud.day import DAY, Request, live, moment
from esdemo.stores import MemoryStore

Bank = Application[Any, Any, Any]
Attempt = str | Callable[[Bank], Any]
BANKS: Final = ("CRUD", "CRUD + audit", "CRUD + temporal", "events")
NOON: Final = "2026-03-02T12:00:00.000000+00:00"


@dataclass(frozen=True)
class Question:
    """A question, what is remembered, and the best attempt of each bank."""

    text: str
    remembered: Any
    crud: str
    audit: str
    temporal: str
    events: Callable[[Bank], Any]

    def attempt(self, bank: str) -> Attempt:
        """How one of BANKS tries to answer."""
        attempts: tuple[Attempt, ...] = (self.crud, self.audit, self.temporal, self.events)
        return attempts[BANKS.index(bank)]


def four_banks(day: Sequence[Request] = DAY) -> dict[str, Any]:
    """Four banks, by the names in BANKS, that have all lived the same day."""
    clock = ManualClock(DAY[0].at)
    banks = {
        "CRUD": CrudBank(clock=clock),
        "CRUD + audit": CrudBank(clock=clock, history="audit"),
        "CRUD + temporal": CrudBank(clock=clock, history="temporal"),
        "events": Application(rules, MemoryStore(BankMessage, clock), ids=numbered("cmd")),
    }
    for bank in banks.values():
        live(bank, clock, day)
    return banks


def ask(bank: Any, attempt: Attempt) -> Any:
    """What a bank answers: one value, or a list of tuples; SQLite's own words when it cannot."""
    if callable(attempt):
        return attempt(bank)
    try:
        rows = [tuple(row.values()) for row in bank.query(attempt)]
    except sqlite3.Error as error:
        return str(error)
    return rows[0][0] if len(rows) == 1 and len(rows[0]) == 1 else rows


def _undone(bank: Bank) -> list[tuple[str, int]]:
    facts: list[Any] = list(bank.store.recorded("alice"))
    reversals = [fact.event for fact in facts if isinstance(fact.event, EntryReversed)]
    undone = [facts[reversal.entry - 1] for reversal in reversals]
    return [(fact.actor, fact.event.amount) for fact in undone]


def _without_fees(bank: Bank) -> Bank:
    """A bank that decides all the commands again, except for the fees."""
    other: Bank = Application(rules, MemoryStore(BankMessage))
    for decision in bank.store.decisions():
        if not isinstance(decision.command, ChargeFee):
            other.handle(decision.stream, decision.command)
    return other


def _refused(bank: Bank) -> list[tuple[str, int]]:
    return sorted(Counter(made.stream for made in bank.store.decisions() if made.refused).items())


QUESTIONS: Final = (
    Question(
        "What is Alice's balance?",
        660_00,
        crud="SELECT balance FROM accounts WHERE id = 'alice'",
        audit="SELECT balance FROM accounts WHERE id = 'alice'",
        temporal="SELECT balance FROM accounts WHERE id = 'alice'",
        events=lambda bank: bank.state("alice").balance,
    ),
    Question(
        "What do all accounts hold together?",
        945_00,
        crud="SELECT sum(balance) FROM accounts",
        audit="SELECT sum(balance) FROM accounts",
        temporal="SELECT sum(balance) FROM accounts",
        events=lambda bank: sum(bank.state(name).balance for name in bank.store.streams()),
    ),
    Question(
        "Who was the last to change Bob's account?",
        "payroll",
        crud="SELECT updated_by FROM accounts WHERE id = 'bob'",
        audit="SELECT updated_by FROM accounts WHERE id = 'bob'",
        temporal="SELECT updated_by FROM accounts WHERE id = 'bob'",
        events=lambda bank: list(bank.store.recorded("bob"))[-1].actor,
    ),
    Question(
        "What was Alice's balance at noon?",
        480_00,
        crud=f"SELECT balance FROM accounts WHERE id = 'alice' AND updated_at <= '{NOON}'",
        audit=f"""
            SELECT balance FROM account_changes
            WHERE account = 'alice' AND at <= '{NOON}' ORDER BY number DESC LIMIT 1""",
        temporal=f"""
            SELECT balance FROM account_versions
            WHERE id = 'alice' AND valid_from <= '{NOON}' AND '{NOON}' < valid_to""",
        events=lambda bank: bank.state("alice", as_of=moment("12:00")).balance,
    ),
    Question(
        "How low did Bob's balance fall?",
        -25_00,
        crud="SELECT min(balance) FROM accounts WHERE id = 'bob'",
        audit="SELECT min(balance) FROM account_changes WHERE account = 'bob'",
        temporal="SELECT min(balance) FROM account_versions WHERE id = 'bob'",
        events=lambda bank: min(state.balance for state in rules.states(bank.store.events("bob"))),
    ),
    Question(
        "Whose entry on Alice's account was undone, and of how much?",
        [("teller-7", 20_00)],
        crud="""
            SELECT updated_by, entry FROM reversals JOIN accounts ON id = account
            WHERE id = 'alice'""",
        audit="""
            SELECT actor, change FROM reversals JOIN account_changes USING (account)
            WHERE account = 'alice' AND version = entry""",
        temporal="""
            SELECT this.actor, this.balance - before.balance FROM reversals
            JOIN account_versions AS this ON this.id = account AND this.version = entry
            JOIN account_versions AS before ON before.id = account AND before.version = entry - 1
            WHERE account = 'alice'""",
        events=_undone,
    ),
    Question(
        "What did the bank earn in fees?",
        5_00,
        crud="SELECT sum(fees) FROM accounts",
        audit="SELECT sum(-change) FROM account_changes WHERE change BETWEEN -1000 AND -1",
        temporal="""
            SELECT sum(before.balance - this.balance) FROM account_versions AS this
            JOIN account_versions AS before
              ON before.id = this.id AND before.version = this.version - 1
            WHERE before.balance - this.balance BETWEEN 1 AND 1000""",
        events=lambda bank: sum(
            fact.event.amount
            for fact in bank.store.recorded()
            if isinstance(fact.event, FeeCharged)
        ),
    ),
    Question(
        "On which accounts was something refused, and how often?",
        [("bob", 2), ("carol", 1)],
        crud="SELECT id, count(*) FROM accounts WHERE status = 'refused' GROUP BY id",
        audit="SELECT account, count(*) FROM account_audit WHERE old = new GROUP BY account",
        temporal="""
            SELECT this.id, count(*) FROM account_versions AS this
            JOIN account_versions AS before ON before.id = this.id
            WHERE before.valid_to = this.valid_from AND before.version = this.version
            GROUP BY this.id""",
        events=_refused,
    ),
    Question(
        "What would Bob have now without the fee?",
        252_00,
        crud="SELECT balance + 500 FROM accounts WHERE id = 'bob'",
        audit="""
            SELECT now.balance - change
            FROM accounts AS now JOIN account_changes ON id = account
            WHERE id = 'bob' AND at LIKE '%T13:00%'""",
        temporal="""
            SELECT now.balance + before.balance - this.balance
            FROM accounts AS now JOIN account_versions AS this ON this.id = now.id
            JOIN account_versions AS before
              ON before.id = this.id AND before.valid_to = this.valid_from
            WHERE now.id = 'bob' AND this.valid_from LIKE '%T13:00%'""",
        events=lambda bank: _without_fees(bank).state("bob").balance,
    ),
    Question(
        "Who looked at Alice's balance at 15:00?",
        "teller-2",
        crud="""
            SELECT updated_by FROM accounts WHERE id = 'alice' AND updated_at LIKE '%T15:00%'""",
        audit="SELECT actor FROM account_audit WHERE account = 'alice' AND at LIKE '%T15:00%'",
        temporal="""
            SELECT actor FROM account_versions
            WHERE id = 'alice' AND valid_from LIKE '%T15:00%'""",
        events=lambda bank: [
            made.actor
            for made in bank.store.decisions("alice")
            if made.recorded_at == moment("15:00")
        ],
    ),
)
