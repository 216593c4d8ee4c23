"""The exercises of chapter 05: two statements, the end of a day, which question, what mattered."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from numbers import Number
from typing import Any, Final

from esdemo.application import Application
from esdemo.checks.predictions import shown
from esdemo.checks.verdicts import NOT_YET, Proved, untouched
from esdemo.clocks import ManualClock, numbered, ticking
from esdemo.commands import Decision
from esdemo.domains import loans
from esdemo.domains.bank import Account, BankMessage, Deposit, OpenAccount, Withdraw, rules
from esdemo.domains.bank.account import reversal
from esdemo.stores import MemoryStore
from esdemo.timeline import ChangedOutcome

Bank = Application[Any, Any, Any]
OVERDRAFT: Final = 33_00
TICK: Final = timedelta(microseconds=1)
DAY: Final = date(2026, 3, 3)
MIDNIGHT: Final = datetime(2026, 3, 3, 23, tzinfo=UTC)
"""The end of DAY in Berlin, which is an hour ahead of UTC in winter."""
SPRING_DAY: Final = date(2026, 3, 30)
SPRING_MIDNIGHT: Final = datetime(2026, 3, 30, 22, tzinfo=UTC)
"""The end of SPRING_DAY in Berlin, which went over to summer time the day before."""
SUMMER_DAY: Final = date(2026, 7, 7)
SUMMER_MIDNIGHT: Final = datetime(2026, 7, 7, 22, tzinfo=UTC)
"""The end of SUMMER_DAY in Berlin, which is two hours ahead of UTC in summer."""


def exercise_1(statement: Callable[[Bank, str, datetime], Any]) -> str | None:
    """statement(bank, stream, moment): what we said then, and what we know now, in cents."""
    if untouched(statement):
        return NOT_YET
    bank = _corrected_bank()
    moments = (MIDNIGHT + timedelta(days=days) for days in (5, 12, 20, 30))
    first, corrected, at_the_withdrawal, last = (statement(bank, "ann", when) for when in moments)
    if advice := _two_statements(first):
        return advice
    if _pair(corrected) != (200_00, 200_00) or _pair(last) != (150_00, 150_00):
        return "once a correction is known, both numbers are the same: use the argument `moment`"
    if _pair(at_the_withdrawal) != (150_00, 150_00):
        return "what is recorded at that very moment was known at it: <=, not <"
    if _pair(statement(bank, "ben", MIDNIGHT)) != (7_00, 7_00):
        return "another account has another statement: use the argument `stream`"
    return Proved("what was said stays as it was said; what was true follows what we learn")


def exercise_2(closing: Callable[[Bank, str, date], Any]) -> str | None:
    """closing(bank, stream, day): the balance at the end of a day in Berlin, in cents."""
    if untouched(closing):
        return NOT_YET
    bank = _busy_bank()
    if advice := _closed(closing(bank, "ann", DAY)):
        return advice
    try:
        before = closing(bank, "ann", DAY - timedelta(days=1))
    except KeyError:
        return "the day before, the account was not open yet: its balance was 0"
    if before != 0:
        return "the day before, there was no account yet: use the argument `day`"
    if closing(bank, "ann", DAY + timedelta(days=1)) != 104_00:
        return "the day after, all is booked: use the argument `day`"
    if closing(bank, "ann", SUMMER_DAY) == 132_00:
        return (
            f"right in winter, but on {SUMMER_DAY} you are an hour late: "
            "in summer Berlin is two hours ahead of UTC"
        )
    if closing(bank, "ann", SUMMER_DAY) != 162_00:
        return f"right in winter, but on {SUMMER_DAY} it should be {162_00}: Berlin has summer time"
    if closing(bank, "ann", SPRING_DAY) != 104_00:
        return (
            f"right in winter and in July, but not on {SPRING_DAY}: summer time does not begin "
            "with a month, and ZoneInfo knows the day"
        )
    if closing(bank, "ben", DAY) != 1_00:
        return "another account has another balance: use the argument `stream`"
    return Proved(
        "the last microsecond of the day counts, the first of the next does not, all year"
    )


WORDS: Final = ("known", "true", "fact", "command", "rule")
UNCHANGED: Final = "nothing is changed here, so it is about what was known or what was true"
QUESTIONS: Final[dict[str, dict[str, str]]] = {
    "a": {
        "known": "",
        "true": "what was learned later was not there when the loan was refused",
        "": UNCHANGED,
    },
    "b": {
        "true": "",
        "known": "interest is owed for money that was there, even if the bank learned of it later",
        "": UNCHANGED,
    },
    "c": {
        "fact": "",
        "command": "what Dave asked for later would then come out otherwise too, and you would "
        "measure all of that; here one amount is asked for",
        "rule": "no rule is in question: it is about money that one account sent to another",
        "": "look at his balance with and without what came from Carol",
    },
    "d": {
        "command": "",
        "fact": "then the rent is paid all the same, from money that is not there: nobody decides",
        "rule": "the rules stay: the salary is what is missing",
        "": "it asks what would have happened, not what did",
    },
    "e": {
        "rule": "",
        "command": "no command is left out: all are given, and judged in another way",
        "fact": "no fact is left out, and whether a payment bounces must be decided",
        "": "it asks what would have happened, not what did",
    },
    "f": {
        "command": "",
        "fact": "whether a later payment goes through must be decided, and a fold decides nothing",
        "rule": "the rules stay: one payment is what is missing",
        "": "it asks what would have happened, not what did",
    },
}
"""By question and word the sentence that helps; none for the right word; "" for other words."""


def exercise_3(answers: Any) -> str | None:
    """answers: by letter, which kind of question it is, in one of WORDS."""
    if untouched(answers):
        return NOT_YET
    if not isinstance(answers, dict):
        return f"keep the dict from letter to word, {{'a': 'known', ...}}, not {_short(answers)}"
    words = {str(letter).strip().lower(): _word(word) for letter, word in answers.items()}
    if not any(words.values()):
        return NOT_YET
    if strange := [letter for letter in words if letter not in QUESTIONS]:
        return f"there is no question {strange[0]!r}: they are a to f"
    for letter, word in words.items():
        if word and word not in WORDS:
            return f"{letter}: {word!r} is not one of the words {', '.join(WORDS)}"
        if word and (advice := QUESTIONS[letter].get(word, QUESTIONS[letter][""])):
            return f"{letter}: {advice}"
    if open_ones := [letter for letter in QUESTIONS if not words.get(letter)]:
        return f"right so far; still to do: {', '.join(open_ones)}"
    return Proved("a fact is left out and added up; a command or a rule is decided again")


def exercise_4(matters: Callable[[Application[Any, Any, Any]], Any]) -> str | None:
    """matters(library): the ids of the commands without which another comes out otherwise."""
    if untouched(matters):
        return NOT_YET
    history = [
        loans.AddCopy("Emma"),
        loans.LendCopy("ann", DAY),
        loans.LendCopy("ben", DAY),  # refused: ann has it
        loans.ReturnCopy(DAY),
        loans.ReserveCopy("cy"),
        loans.ReturnCopy(DAY),  # refused: nobody has it
    ]
    answer = matters(_library(history))
    if isinstance(answer, str) or not hasattr(answer, "__iter__"):
        return f"return a list of command ids, such as ['c-1'], not {_short(answer)}"
    if advice := _mattered(list(answer), len(history)):
        return advice
    renewed = [*history[:2], *[loans.RenewLoan(DAY)] * 3]  # at most two
    if set(matters(_library(renewed))) != {"c-1", "c-2", "c-3", "c-4"}:
        return "in another history it finds others: the ids come from library.store.decisions()"
    return Proved("a command matters when another one hangs on it, and a refused one never does")


def _two_statements(answer: Any) -> str | None:
    """Help for the statement of Ann on the fifth day."""
    if answer is None:
        return "it returns None: is there a `return` at the end?"
    pair = _pair(answer)
    if not isinstance(pair, tuple) or len(pair) != 2:
        return f"return two numbers, what was said and what is said today, not {_short(answer)}"
    if any(isinstance(value, Account) for value in pair):
        return "those are accounts: return the balance of each"
    if not all(isinstance(value, Number) for value in pair):
        return f"return two whole numbers of cents, as they are stored, not {_short(answer)}"
    said, now = pair
    if said == 20 or now == 200:
        return "in cents, as they are stored: 20 euros are 2000"
    if said == 20_00 + OVERDRAFT or now == 200_00 + OVERDRAFT:
        return "that is what could be taken out, with the overdraft: the balance is asked for"
    if said == 7_00 or now in (187_00, 207_00):
        return "those are the facts of all accounts: bank.store.recorded(stream) has one account's"
    helps = {
        (20_00, 20_00): "the second is the old answer again: what is true by all that is known "
        "today? Ask timeline.effective, without known_at",
        (200_00, 200_00): "the first number is what was said then, before it was known: as_of",
        (200_00, 20_00): "the other way round: first what was said then",
        (20_00, 180_00): "the second is a balance too, and not the difference",
        (20_00, 150_00): "the second is about that moment too, not about today",
        (150_00, 200_00): "the first is today's balance: what was said at that moment? as_of",
        (150_00, 150_00): "both are about today: use the argument `moment`",
        (20_00, 0): "the second leaves out what was put right: it is effective by that moment, "
        "though recorded later",
    }
    if sentence := helps.get((said, now)):
        return sentence
    right = (said, now) == (20_00, 200_00)
    return None if right else f"we said 2000, and know better now: 20000; not {_short(answer)}"


def _closed(answer: Any) -> str | None:
    """Help for Ann's balance at the end of DAY in Berlin."""
    helps = {
        0: "the account was not open yet: is that the beginning of the day, or of another day?",
        95_00: "what happens exactly at midnight belongs to the next day, and as_of is inclusive",
        97_00: "that is an hour or more too late: when the day ends in UTC, it is one o'clock in "
        "Berlin",
        100_00: "that is too early: money was taken out minutes before midnight in Berlin, which "
        "is one hour ahead of UTC on that day",
        96_00: "the last microsecond of the day belongs to it: time.max is later than 23:59:59",
        132_00: "that is the balance now: give as_of",
        123_00: "that is what could be taken out, with the overdraft: the balance is asked for",
    }
    if answer is None:
        return "it returns None: is there a `return` at the end?"
    if isinstance(answer, Account):
        return "that is the account: return its balance"
    if not isinstance(answer, int):
        return f"the balance is a whole number of cents, as it is stored, not {_short(answer)}"
    if answer == 90_00:
        return None
    return helps.get(answer, f"at the end of {DAY} in Berlin there are 9000 cents, not {answer}")


def _pair(answer: Any) -> Any:
    """Two numbers as a tuple, however they were put together; anything else as it came."""
    return tuple(answer) if isinstance(answer, list) else answer


def _short(answer: Any) -> str:
    text = shown(answer)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _word(answer: Any) -> str:
    return "" if answer is None or answer is ... else str(answer).strip().lower()


def _mattered(answer: list[Any], commands: int) -> str | None:
    """Help for the commands that mattered in the first library."""
    if any(isinstance(item, Decision) for item in answer):
        return "those are decisions: return the command_id of each"
    if any(isinstance(item, ChangedOutcome) for item in answer):
        return "those are the outcomes that changed: return the id of the command that you left out"
    if any(not isinstance(item, str) for item in answer):
        return f"a command id is a string such as 'c-1', not {_short(answer[0])}"
    found, right = set(answer), {"c-1", "c-2", "c-4"}
    if not found:
        return (
            "nothing mattered? Leave each command out in turn, and look at what came out otherwise"
        )
    if len(found) == commands:
        return "a command that is left out is in its own list, as 'not asked': look for another one"
    if found == {"c-1"}:
        return "what is now allowed has come out otherwise too, not only what is now refused"
    if found == {"c-2", "c-4"} or found == {"c-2"}:
        return "what is now refused has come out otherwise too, not only what is now allowed"
    if found & {"c-3", "c-6"}:
        return "c-3 and c-6 were refused: without them nothing is different"
    if extra := sorted(found - right):
        return f"without {extra[0]} every other command comes out as it did"
    if missing := sorted(right - found):
        return f"look at {missing[0]}: without it another command comes out otherwise"
    return None


def _corrected_bank() -> Bank:
    """Ann has 20, put right as 200 on the tenth day, less 50 on the twentieth; Ben has 7."""
    bank, clock = _bank()
    bank.handle("ann", OpenAccount("Ann", OVERDRAFT))
    wrong = bank.handle("ann", Deposit(20_00)).events[0]
    bank.handle("ben", OpenAccount("Ben"))
    bank.handle("ben", Deposit(7_00))
    clock.advance(days=10)
    for command in (reversal(wrong, "typed 20 instead of 200"), Deposit(200_00)):
        bank.handle("ann", command, effective_at=wrong.effective_at)
    clock.advance(days=10)
    bank.handle("ann", Withdraw(50_00))
    return bank


def _busy_bank() -> Bank:
    """Much happens around two midnights in Berlin."""
    bank, clock = _bank()
    for moment, stream, command in (
        (MIDNIGHT - timedelta(hours=15), "ann", OpenAccount("Ann", OVERDRAFT)),
        (MIDNIGHT - timedelta(hours=15), "ben", OpenAccount("Ben")),
        (MIDNIGHT - timedelta(hours=15), "ben", Deposit(1_00)),
        (MIDNIGHT - timedelta(hours=14), "ann", Deposit(100_00)),
        (MIDNIGHT - timedelta(minutes=2), "ann", Withdraw(4_00)),
        (MIDNIGHT - TICK, "ann", Withdraw(6_00)),
        (MIDNIGHT, "ann", Deposit(5_00)),
        (MIDNIGHT + timedelta(minutes=30), "ann", Deposit(2_00)),
        (MIDNIGHT + timedelta(hours=15), "ann", Deposit(7_00)),
        (SPRING_MIDNIGHT + timedelta(minutes=30), "ann", Deposit(8_00)),
        (SUMMER_MIDNIGHT - timedelta(minutes=30), "ann", Deposit(50_00)),
        (SUMMER_MIDNIGHT + timedelta(minutes=30), "ann", Withdraw(30_00)),
    ):
        clock.now = moment
        bank.handle(stream, command)
    return bank


def _bank() -> tuple[Bank, ManualClock]:
    clock = ManualClock(MIDNIGHT)
    return Application(rules, MemoryStore(BankMessage, clock), ids=numbered("c")), clock


def _library(commands: list[Any]) -> Application[Any, Any, Any]:
    store = MemoryStore(loans.LoanMessage, ticking(MIDNIGHT))
    library = Application(loans.rules, store, ids=numbered("c"))
    for command in commands:
        library.handle("copy-1", command)
    return library
