"""Ten questions about the day, each put to eight memories, which may try as hard as they can.

An attempt is code that runs: SQL where there are tables, a function where there are events. It
counts as an answer when it gives what the people at the counter remember.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, get_args

from esdemo.application import Application
from esdemo.clocks import ManualClock, numbered
from esdemo.domains.bank import BankMessage, ChargeFee, EntryReversed, FeeCharged, rules
from esdemo.domains.crud.bank import CrudBank, History
from esdemo.domains.crud.day import DAY, Request, live, moment
from esdemo.stores import MemoryStore

Bank = Application[Any, Any, Any]
Attempt = str | Callable[[Bank], Any] | None

TABLES: Final = ("the row", "bookings", "audit", "temporal", "SCD2", "feed")
"""The CRUD banks: the row alone, and the row with one history of its own. As `History` has them."""
BANKS: Final = (*TABLES, "events", "events + commands")
"""All memories that are asked. The last two are one bank: its events, and its decisions as well."""


@dataclass(frozen=True)
class Question:
    """A question, what is remembered, and the best attempts.

    changes: for those who keep a row for each change (the audit and the feed); versions: for those
    who keep a row for each state (the temporal table and the dimension). None: nothing to ask.
    """

    text: str
    remembered: Any
    row: str | None
    bookings: str | None
    changes: str | None
    versions: str | None
    events: Callable[[Bank], Any]
    commands: Callable[[Bank], Any] | None = None

    def attempt(self, bank: str) -> Attempt:
        """How one of BANKS tries to answer."""
        attempts: tuple[Attempt, ...] = (
            self.row,
            self.bookings,
            self.changes,
            self.versions,
            self.versions,
            self.changes,
            self.events,
            self.commands or self.events,
        )
        return attempts[BANKS.index(bank)]


def all_banks(day: Sequence[Request] = DAY) -> dict[str, Any]:
    """The banks, by the names in BANKS, after they have all lived the same day."""
    clock = ManualClock(DAY[0].at)
    banks: dict[str, Any] = {}
    for name, history in zip(TABLES, get_args(History), strict=True):
        banks[name] = crud = CrudBank(clock=clock, history=history)
        live(crud, clock, day, job=crud.snapshot if history == "scd2" else None)
    application = Application(rules, MemoryStore(BankMessage, clock), ids=numbered("cmd"))
    live(application, clock, day)
    return banks | dict.fromkeys(BANKS[len(TABLES) :], application)


def ask(bank: Any, attempt: Attempt) -> Any:
    """What a bank answers: a value, or a list of tuples; None when it has nothing to ask."""
    if attempt is None:
        return None
    return attempt(bank) if callable(attempt) else bank.ask(attempt)


def can_answer(banks: dict[str, Any], question: Question) -> dict[str, bool]:
    """Whose attempt gives what is remembered, by the names in BANKS."""
    return {
        name: ask(bank, question.attempt(name)) == question.remembered
        for name, bank in banks.items()
    }


def everything(name: str, bank: Any) -> Any:
    """All that one of BANKS has kept of the day, without the names that the machine gave."""
    if name in TABLES:
        return bank.contents()
    facts = [
        (fact.stream, fact.event, fact.actor, fact.recorded_at) for fact in bank.store.recorded()
    ]
    if name == "events":
        return facts
    made = [(it.stream, it.command, it.reason, it.actor) for it in bank.store.decisions()]
    return facts, made


def can_tell(day: Sequence[Request]) -> dict[str, bool]:
    """Whether each of BANKS has kept anything by which this day differs from DAY."""
    ours, twins = all_banks(), all_banks(day)
    return {name: everything(name, twins[name]) != everything(name, ours[name]) for name in BANKS}


def rows_kept(name: str, bank: Any) -> int:
    """How many rows one of BANKS has after the day."""
    if name in TABLES:
        return sum(map(len, bank.contents().values()))
    events = int(bank.store.position)
    return events if name == "events" else events + len(list(bank.store.decisions()))


def _undone(bank: Bank) -> list[tuple[str, int]]:
    facts: list[Any] = list(bank.store.recorded("alice"))
    reversals = [fact.event for fact in facts if isinstance(fact.event, EntryReversed)]
    undone = [facts[reversal.entry - 1] for reversal in reversals]
    return [(fact.actor, fact.event.amount) for fact in undone]


def _opened(bank: Bank) -> str:
    first, *_ = bank.store.recorded("bob")
    return first.actor


def _refusals(bank: Bank) -> list[str]:
    facts = bank.store.recorded()
    return [fact.stream for fact in facts if "Refused" in type(fact.event).__name__]


def _refused(bank: Bank) -> list[tuple[str, int]]:
    return sorted(Counter(made.stream for made in bank.store.decisions() if made.refused).items())


def _folded_without_fees(bank: Bank) -> int:
    events = [event for event in bank.store.events("bob") if not isinstance(event, FeeCharged)]
    return int(rules.fold(events).balance)


def _decided_without_fees(bank: Bank) -> int:
    other: Bank = Application(rules, MemoryStore(BankMessage))
    for made in bank.store.decisions():
        if not isinstance(made.command, ChargeFee):
            other.handle(made.stream, made.command)
    return int(other.state("bob").balance)


QUESTIONS: Final = (
    Question(
        "What is Alice's balance?",
        660_00,
        row="SELECT balance FROM accounts WHERE id = 'alice'",
        bookings="SELECT balance FROM accounts WHERE id = 'alice'",
        changes="SELECT balance FROM accounts WHERE id = 'alice'",
        versions="SELECT balance FROM accounts WHERE id = 'alice'",
        events=lambda bank: bank.state("alice").balance,
    ),
    Question(
        "What do all accounts hold together?",
        945_00,
        row="SELECT sum(balance) FROM accounts",
        bookings="SELECT sum(balance) FROM accounts",
        changes="SELECT sum(balance) FROM accounts",
        versions="SELECT sum(balance) FROM accounts",
        events=lambda bank: sum(bank.state(name).balance for name in bank.store.streams()),
    ),
    Question(
        "What was Alice's balance at noon?",
        480_00,
        row="""
            SELECT balance FROM accounts
            WHERE id = 'alice' AND updated_at < '2026-03-02T12:00'""",
        bookings="""
            SELECT sum(amount) FROM bookings
            WHERE account = 'alice' AND at < '2026-03-02T12:00'""",
        changes="""
            SELECT balance FROM account_changes
            WHERE account = 'alice' AND at < '2026-03-02T12:00' ORDER BY number DESC LIMIT 1""",
        versions="""
            SELECT balance FROM account_versions
            WHERE id = 'alice' AND valid_from < '2026-03-02T12:00'
              AND '2026-03-02T12:00' < valid_to""",
        events=lambda bank: bank.state("alice", as_of=moment("12:00")).balance,
    ),
    Question(
        "How low did Bob's balance fall?",
        -25_00,
        row="SELECT min(balance) FROM accounts WHERE id = 'bob'",
        bookings="""
            SELECT min(balance) FROM (
                SELECT sum(amount) OVER (ORDER BY number) AS balance
                FROM bookings WHERE account = 'bob')""",
        changes="SELECT min(balance) FROM account_changes WHERE account = 'bob'",
        versions="SELECT min(balance) FROM account_versions WHERE id = 'bob'",
        events=lambda bank: min(state.balance for state in rules.states(bank.store.events("bob"))),
    ),
    Question(
        "What did the bank earn in fees?",
        5_00,
        row=None,
        bookings="SELECT -sum(amount) FROM bookings WHERE kind = 'fee'",
        changes="SELECT -sum(change) FROM account_changes WHERE change BETWEEN -1000 AND -1",
        versions="""
            SELECT sum(before.balance - this.balance) FROM account_versions AS this
            JOIN account_versions AS before ON before.id = this.id
            WHERE before.valid_to = this.valid_from
              AND before.balance - this.balance BETWEEN 1 AND 1000""",
        events=lambda bank: sum(
            fact.event.amount
            for fact in bank.store.recorded()
            if isinstance(fact.event, FeeCharged)
        ),
    ),
    Question(
        "Whose entry on Alice's account was undone, and of how much?",
        [("teller-7", 20_00)],
        row="""
            SELECT updated_by, balance FROM accounts JOIN reversals ON id = account
            WHERE account = 'alice'""",
        bookings="""
            SELECT booked_by, amount FROM bookings JOIN reversals USING (account)
            WHERE account = 'alice' AND number = entry""",
        changes="""
            SELECT actor, change FROM account_changes JOIN reversals USING (account)
            WHERE account = 'alice' AND version = entry""",
        versions="""
            SELECT this.actor, this.balance - before.balance
            FROM reversals
            JOIN account_versions AS this ON this.id = account AND this.version = entry
            JOIN account_versions AS before
              ON before.id = this.id AND before.valid_to = this.valid_from
            WHERE account = 'alice'""",
        events=_undone,
    ),
    Question(
        "Who opened Bob's account?",
        "teller-2",
        row="SELECT updated_by FROM accounts WHERE id = 'bob'",
        bookings="SELECT booked_by FROM bookings WHERE account = 'bob' ORDER BY number LIMIT 1",
        changes="SELECT actor FROM account_changes WHERE account = 'bob' AND version = 1",
        versions="SELECT actor FROM account_versions WHERE id = 'bob' AND version = 1",
        events=_opened,
    ),
    Question(
        "On which accounts was something refused, and how often?",
        [("bob", 2), ("carol", 1)],
        row=None,
        bookings="SELECT account, count(*) FROM bookings WHERE amount = 0 GROUP BY account",
        changes="SELECT account, count(*) FROM account_changes WHERE change = 0 GROUP BY account",
        versions="""
            SELECT this.id, count(*) FROM account_versions AS this
            JOIN account_versions AS before ON before.id = this.id
            WHERE before.valid_to = this.valid_from AND before.version = this.version
            GROUP BY this.id""",
        events=_refusals,
        commands=_refused,
    ),
    Question(
        "What would Bob have now without the fee?",
        252_00,
        row="SELECT balance + 500 FROM accounts WHERE id = 'bob'",
        bookings="""
            SELECT balance - amount FROM accounts JOIN bookings ON id = account
            WHERE id = 'bob' AND kind = 'fee'""",
        changes="""
            SELECT now.balance - change
            FROM accounts AS now JOIN account_changes ON id = account
            WHERE id = 'bob' AND at LIKE '%T13:00%'""",
        versions="""
            SELECT now.balance + before.balance - this.balance
            FROM accounts AS now JOIN account_versions AS this ON this.id = now.id
            JOIN account_versions AS before
              ON before.id = this.id AND before.valid_to = this.valid_from
            WHERE now.id = 'bob' AND this.valid_from LIKE '%T13:00%'""",
        events=_folded_without_fees,
        commands=_decided_without_fees,
    ),
    Question(
        "Who looked at Alice's balance at 15:00?",
        "teller-2",
        row="SELECT updated_by FROM accounts WHERE id = 'alice' AND updated_at LIKE '%T15:00%'",
        bookings="SELECT booked_by FROM bookings WHERE account = 'alice' AND at LIKE '%T15:00%'",
        changes="SELECT actor FROM account_changes WHERE account = 'alice' AND at LIKE '%T15:00%'",
        versions="""
            SELECT actor FROM account_versions WHERE id = 'alice' AND valid_from LIKE '%T15:00%'""",
        events=lambda bank: [
            fact.actor
            for fact in bank.store.recorded("alice")
            if fact.recorded_at == moment("15:00")
        ],
        commands=lambda bank: [
            made.actor
            for made in bank.store.decisions("alice")
            if made.recorded_at == moment("15:00")
        ],
    ),
)
