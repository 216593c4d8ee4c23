"""The exercises of chapter 05: the end of a day, what moved, two statements, which mattered."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from esdemo.application import Application
from esdemo.clocks import ManualClock, numbered, ticking
from esdemo.domains import loans
from esdemo.domains.bank import BankMessage, Deposit, OpenAccount, Withdraw, rules
from esdemo.domains.bank.account import reversal
from esdemo.stores import MemoryStore

Bank = Application[Any, Any, Any]
TICK: Final = timedelta(microseconds=1)
DAY: Final = date(2026, 3, 3)
MIDNIGHT: Final = datetime(2026, 3, 3, 23, tzinfo=UTC)
"""The end of DAY in Berlin, which is an hour ahead of UTC in winter."""


def exercise_1(closing: Callable[[Bank, str, date], Any]) -> str | None:
    """closing(bank, stream, day): the balance at the end of a day in Berlin, in cents."""
    bank, clock = _bank()
    for moment, command in (
        (MIDNIGHT - timedelta(hours=15), OpenAccount("Ann")),
        (MIDNIGHT - timedelta(hours=14), Deposit(100_00)),
        (MIDNIGHT - timedelta(minutes=2), Withdraw(4_00)),
        (MIDNIGHT - TICK, Withdraw(6_00)),
        (MIDNIGHT, Deposit(5_00)),
        (MIDNIGHT + timedelta(minutes=30), Deposit(2_00)),
        (MIDNIGHT + timedelta(hours=15), Deposit(7_00)),
    ):
        clock.now = moment
        bank.handle("ann", command)
    answer = closing(bank, "ann", DAY)
    helps = {
        None: "return bank.state(stream, as_of=...).balance, as of the last microsecond of the day",
        0: "that is the beginning of the day: its end is a day later",
        95_00: "what happens exactly at midnight belongs to the next day, and as_of is inclusive",
        97_00: "that is the end of the day in UTC, when Berlin has been asleep for an hour",
        100_00: "minutes before midnight money was taken out in Berlin: its clock is ahead of UTC",
        96_00: "the last microsecond of the day belongs to it: midnight, less one microsecond",
        104_00: "that is the balance now: give as_of",
    }
    if answer in helps:
        return helps[answer]
    if answer != 90_00:
        return f"at the end of {DAY} in Berlin there are {90_00} cents, not {answer!r}"
    if closing(bank, "ann", DAY - timedelta(days=1)) != 0:
        return "the day before, there was no account yet: use the argument `day`"
    if closing(bank, "ann", DAY + timedelta(days=1)) != 104_00:
        return "the day after, all is booked: use the argument `day`"
    return None


def exercise_2(moved: Callable[[Bank, datetime, datetime], Any]) -> str | None:
    """moved(bank, earlier, later): by account, the cents by which its balance has changed."""
    bank, clock = _bank()
    earlier, later = MIDNIGHT, MIDNIGHT + timedelta(days=1)
    for moment, stream, command in (
        (earlier, "ann", OpenAccount("Ann")),
        (earlier, "ann", Deposit(30_00)),
        (earlier, "ben", OpenAccount("Ben")),
        (earlier, "ben", Deposit(8_00)),
        (earlier, "dee", OpenAccount("Dee")),
        (later, "ann", Withdraw(5_00)),
        (later, "cem", OpenAccount("Cem")),
        (later, "cem", Deposit(20_00)),
        (later, "dee", Deposit(1_00)),
        (later, "dee", Withdraw(1_00)),
        (later + TICK, "ann", Deposit(9_99)),
    ):
        clock.now = moment
        bank.handle(stream, command)
    answer = moved(bank, earlier, later)
    if not isinstance(answer, dict):
        return f"return a dict from account to cents, such as {{'ann': -500}}, not {answer!r:.60}"
    if not answer:
        return "compare timeline.states(bank, as_of=earlier) with the same as of later"
    if answer.get("ann") == 5_00:
        return "Ann has 5 euros less than before, so -500: later minus earlier"
    if answer.get("ann") != -5_00:
        return f"Ann took out 5 euros between the two moments: -500, not {answer.get('ann')!r}"
    if "cem" not in answer:
        return "Cem opened his account in between: before that he had nothing, now he has 2000"
    if 0 in answer.values():
        return "an account whose balance is what it was has not moved: leave it out"
    return None if answer == {"ann": -5_00, "cem": 20_00} else f"Ann and Cem moved, not {answer}"


def exercise_3(statement: Callable[[Bank, str, datetime], Any]) -> str | None:
    """statement(bank, stream, moment): what we said then, and what we know now, in cents."""
    bank, clock = _bank()
    bank.handle("ann", OpenAccount("Ann"))
    wrong = bank.handle("ann", Deposit(20_00)).events[0]
    clock.advance(days=10)
    for command in (reversal(wrong, "typed 20 instead of 200"), Deposit(200_00)):
        bank.handle("ann", command, effective_at=wrong.effective_at)
    clock.advance(days=10)
    bank.handle("ann", Withdraw(50_00))
    between = MIDNIGHT + timedelta(days=5)
    answer = statement(bank, "ann", between)
    helps = {
        None: "return two numbers: bank.state(..., as_of=...) and timeline.effective(...) have a "
        "balance each",
        (20_00, 20_00): "with known_at=moment that is what we knew then: leave it out for today",
        (200_00, 200_00): "the first number is what we said then, before we knew: as_of",
        (200_00, 20_00): "the other way round: first what we said then",
        (20_00, 150_00): "the second is about that moment too, not about today",
    }
    try:
        sentence = helps.get(answer)
    except TypeError:
        sentence = "return a tuple of two whole numbers: (said, true)"
    if sentence or answer != (20_00, 200_00):
        return sentence or f"we said 2000 and know better now: 20000; not {answer!r:.60}"
    if statement(bank, "ann", MIDNIGHT + timedelta(days=30)) != (150_00, 150_00):
        return "once a correction is known, both numbers are the same: use the argument `moment`"
    return None


def exercise_4(matters: Callable[[Application[Any, Any, Any]], Any]) -> str | None:
    """matters(library): the ids of the commands without which another comes out otherwise."""
    history = [
        loans.AddCopy("Emma"),
        loans.LendCopy("ann", DAY),
        loans.LendCopy("ben", DAY),  # refused: ann has it
        loans.ReturnCopy(DAY),
        loans.ReserveCopy("cy"),
        loans.ReturnCopy(DAY),  # refused: nobody has it
    ]
    answer = matters(_library(history))
    if answer is None or not isinstance(answer, (list, tuple, set)):
        return f"return a list of command ids, such as ['c-1'], not {answer!r:.60}"
    found = set(answer)
    if not found:
        return "leave each command out in turn: timeline.without_command(library, command_id)"
    if len(found) == len(history):
        return "a command that is left out is in its own list, as 'not asked': look for another one"
    if found == {"c-1"}:
        return "what is now allowed has come out otherwise too, not only what is now refused"
    if found & {"c-3", "c-6"}:
        return "c-3 and c-6 were refused: without them nothing is different"
    if found != {"c-1", "c-2", "c-4"}:
        return f"c-1, c-2 and c-4 changed what became of another command, not {sorted(found)}"
    renewed = [*history[:2], *[loans.RenewLoan(DAY)] * 3]  # at most two
    if set(matters(_library(renewed))) != {"c-1", "c-2", "c-3", "c-4"}:
        return "in another history it finds others: the ids come from library.store.decisions()"
    return None


def _bank() -> tuple[Bank, ManualClock]:
    clock = ManualClock(MIDNIGHT)
    return Application(rules, MemoryStore(BankMessage, clock), ids=numbered("c")), clock


def _library(commands: list[Any]) -> Application[Any, Any, Any]:
    store = MemoryStore(loans.LoanMessage, ticking(MIDNIGHT))
    library = Application(loans.rules, store, ids=numbered("c"))
    for command in commands:
        library.handle("copy-1", command)
    return library
