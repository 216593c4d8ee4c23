"""The exercises of chapter 04: a lowest balance, stale states, a rule attacked, days late."""

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from datetime import date, timedelta
from itertools import product
from typing import Any, Final

from esdemo import Decider, Event, Rejected
from esdemo.checks.verdicts import NOT_YET, Proved, untouched
from esdemo.domains import loans
from esdemo.domains.bank import (
    Account,
    AccountCommand,
    AccountEvent,
    AccountOpened,
    CompleteTransfer,
    Deposit,
    EntryReversed,
    FeeCharged,
    MoneyDeposited,
    MoneyWithdrawn,
    OpenAccount,
    ReturnTransfer,
    SendTransfer,
    TransferCompleted,
    TransferReceived,
    TransferSent,
    Withdraw,
    rules,
)

OPENED: Final = AccountOpened("Ann", 100_00)
DIPS: Final[list[AccountEvent]] = [
    OPENED,
    MoneyDeposited(50_00, "cash"),
    MoneyWithdrawn(120_00, "rent"),
    FeeCharged(5_00, "card"),
    MoneyDeposited(200_00, "salary"),
    MoneyWithdrawn(1_00, "bread"),
]
NEVER_BELOW_ZERO: Final[list[AccountEvent]] = [
    OPENED,
    MoneyDeposited(50_00, "cash"),
    MoneyWithdrawn(20_00, "rent"),
]
TRANSFERS: Final[list[AccountEvent]] = [
    OPENED,
    TransferReceived("t-1", "ben", 10_00),
    TransferSent("t-2", "ben", 40_00),
    TransferCompleted("t-2"),
    MoneyDeposited(90_00, "cash"),
    EntryReversed(5, -90_00, "typed twice"),
    MoneyWithdrawn(30_00, "rent"),
]
ALICE: Final = -72_50
"""The lowest balance of the account that the chapter shows, in cents."""


def exercise_1(lowest: Callable[[list[AccountEvent]], Any]) -> str | None:
    """A function from an account's events to the lowest balance, in cents, that it ever had."""
    answer = lowest(list(DIPS))
    if advice := _not_a_balance(answer) or _another_number(answer):
        return advice
    if lowest(list(NEVER_BELOW_ZERO)) == 30_00:
        return "a balance of 0 counts as well: the account begins there, and `not 0` is true"
    for history in (DIPS, NEVER_BELOW_ZERO, DIPS[:1]):
        if (answer := lowest(list(history))) != min(balances := _balances(history)):
            return f"of the balances {balances} the lowest is {min(balances)}, not {answer!r:.60}"
    answer, balances = lowest(list(TRANSFERS)), _balances(TRANSFERS)
    if answer == min(balances[:-1]):
        return "you leave out the state after the last event"
    if answer != min(balances):
        return "there are ten kinds of event, transfers and reversals too: evolve knows them all"
    return Proved("four histories, one of them with transfers and a reversal, gave their lowest")


def _balances(history: Sequence[AccountEvent]) -> list[int]:
    return [state.balance for state in rules.states(history)]


def _not_a_balance(answer: object) -> str | None:
    """What to say to an answer of another kind than a whole number."""
    match answer:
        case None:
            return "your function returned None: is a `return` missing at its end?"
        case Account():
            return "that is a whole account: return its balance"
        case tuple():
            return f"return the number only, without what you carried along: not {answer!r:.60}"
        case list() | set() | Iterator():
            return "those are many balances: return the lowest of them"
        case float() if answer == -75:
            return "that is in euros: amounts are whole cents here"
        case int() if type(answer) is int:
            return None
        case _:
            return f"return a balance in cents, a whole number, not {answer!r:.60}"


def _another_number(answer: int) -> str | None:
    """What to say to a number that answers another question about the same history."""
    balances = _balances(DIPS)
    if answer == balances[-1]:
        return "that is the last balance: look at every state on the way, not at the last one only"
    if answer == max(balances):
        return "that is the highest balance"
    if answer in (1_00, 5_00):
        return "that is the smallest amount: the amounts are the steps, fold them into states"
    if answer == 0:
        return (
            "0 is only where the account begins: keep the state that evolve returns, go on through "
            "all events, and look at the balance (not at what is available)"
        )
    if answer in (-120_00, 120_00):
        return (
            "that is the largest withdrawal: each event changes the state that the one before it "
            "left, so fold the amounts into balances first"
        )
    if answer == -70_00:
        return "a fee lowers the balance as well: let evolve do the arithmetic"
    if answer == ALICE:
        return "that is Alice's: fold the events that your function is given, not `history`"
    if answer in (75_00, 75):
        return "a balance below zero is a negative number"
    return "that is in euros: amounts are cents here" if answer == -75 else None


CHANGES: Final = {
    "a": "after a the same events give another balance, so a saved balance is wrong",
    "c": "after c a saved state lacks the new field, and nobody counted the deposits before it",
    "e": "after e the same events fold differently: a helper is part of the fold, seen or not",
}
"""The changes that make saved states worthless, and why."""


def exercise_2(answer: Any) -> str | None:
    """The set of those changes, by letter, that make saved states worthless."""
    if isinstance(answer, int):
        return "that is how many: which ones?"
    if not isinstance(answer, (set, frozenset, list, tuple, str)):
        return f"give a set of letters, such as {{'b', 'd'}}, not {answer!r:.60}"
    letters = set("".join(map(str, answer)).lower()) - set(", ")
    if unknown := letters - set("abcde"):
        return f"the letters are a to e, such as {{'b', 'd'}}; {min(unknown)!r} is none of them"
    if not letters:
        return "it is not none: ask of each whether the same events would fold differently now"
    if "b" in letters:
        return "b changes what may happen next, not what the recorded events add up to"
    if "d" in letters:
        return "d only makes the tail longer: the saved state is right for its version"
    missing = CHANGES.keys() - letters
    return CHANGES[min(missing)] if missing else Proved("only a, c and e change what a fold gives")


OPENINGS: Final = (OpenAccount("Ann"), OpenAccount("Ann", overdraft=1))
MOVES: Final[tuple[AccountCommand, ...]] = (
    Deposit(1),
    Withdraw(1),
    SendTransfer("t", "ben", 1),
    CompleteTransfer("t"),
    ReturnTransfer("t", "refused"),
)
LONGEST: Final = 4  # moves between the opening and the closing


def exercise_3(may_close: Callable[[Account], Any]) -> str | None:
    """Whether an open account may be closed; tried after every story of a few commands."""
    tried = 0
    for story, account in _open_accounts():
        answer = _asked(may_close, account)
        told = ", ".join(map(str, story))
        if not isinstance(answer, bool):
            return f"after {told} your rule returned {answer!r:.60}: return True or False"
        empty = account.balance == 0 and not account.pending
        if answer and not empty:
            return f"{told}, CloseAccount(): {_left_behind(account)}"
        if empty and not answer:
            return (
                f"your rule refuses to close the account after {told}, although its balance is 0 "
                f"and its pending transfers are {account.pending!r}"
            )
        tried += 1
    return Proved(f"{tried} stories, and no cent was left on a closed account or on its way to one")


def _open_accounts() -> Iterator[tuple[tuple[AccountCommand, ...], Account]]:
    """Every story in which no command is refused, shortest first, and the account after it."""
    for length in range(LONGEST + 1):
        for story in product(OPENINGS, *[MOVES] * length):
            account: Account | None = rules.initial
            for command in story:
                account = account and _after_command(command, account)
            if account:
                yield story, account


def _after_command(command: AccountCommand, account: Account) -> Account | None:
    """The account after a command; None when it is refused."""
    outcome = rules.outcome(command, account)
    return None if isinstance(outcome, Rejected) else rules.fold(outcome, account)


def _asked(may_close: Callable[[Account], Any], account: Account) -> Any:
    """What the rule says; raising Rejected, as `decide` does, is a way to say no."""
    try:
        return may_close(account)
    except Rejected:
        return False


def _left_behind(account: Account) -> str:
    """What is wrong with closing this account."""
    cents = abs(account.balance)
    if cents:
        verb = "holds" if account.balance > 0 else "owes"
        return f"the closed account still {verb} {cents} {'cent' if cents == 1 else 'cents'}"
    return "a transfer is still on its way, and may come back to the closed account"


DAY: Final = date(2025, 3, 3)


def exercise_4(answer: Any) -> str | None:
    """An initial state and an evolve whose states count the days that returns came late."""
    if isinstance(answer, Decider):
        answer = answer.initial, answer.evolve
    if not isinstance(answer, (tuple, list)) or len(answer) != 2 or not callable(answer[1]):
        return 'give the initial state and the function: check("4.4", (Lateness(), late))'
    initial, evolve = answer
    if isinstance(initial, type):
        return f"give a state to begin with, {initial.__name__}(), not the class"
    if untouched(evolve):
        return NOT_YET
    for story, commands, days in _stories():
        history = list(_lived(commands))
        if advice := _folded_wrongly(initial, evolve, history, story, days):
            return advice
        if advice := _goes_on_from_anywhere(initial, evolve, history):
            return advice
    return Proved("the days of seven copies, and a fold that goes on from any saved state")


def _folded_wrongly(
    initial: Any, evolve: Callable[[Any, Any], Any], history: list[Any], story: str, days: int
) -> str | None:
    """The sentence for a fold that ends elsewhere than this story does."""
    state, moved = deepcopy(initial), False
    for event in history:
        state = _stepped(evolve, state, event)
        if isinstance(state, Event):
            return "evolve returned the event: its arguments are (state, event), in this order"
        if state is None:
            return f"evolve returned None for {event}: return the state for every event"
        if isinstance(state, str):
            return state
        if not hasattr(state, "days"):
            return f"for {event} evolve returned {state!r:.60}: return a Lateness"
        moved = moved or state != initial
    if type(state.days) is not int:
        return f"`days` became {state.days!r:.60}: the difference of two dates has .days, a number"
    if days and not moved:
        return "evolve changes nothing yet: begin with CopyLent, which says what is due when"
    if state.days != days:
        return f"{story}: {days} days late, not {state.days}"
    return None


def _stepped(evolve: Callable[[Any, Any], Any], state: Any, event: Any) -> Any:
    """The next state, or the sentence for an evolve that objects to an event of no importance."""
    try:
        return evolve(state, event)
    except TypeError as error:  # it may also be a function of other arguments
        if "'str'" in str(error):
            return "CopyLent(due) takes the first field, the member: write CopyLent(due=due)"
        if "timedelta" in str(error):
            return "the difference of two dates is a timedelta: its .days is the number"
        raise
    except Exception as error:
        if isinstance(event, (loans.CopyAdded, loans.CopyReserved, loans.CopyLost)):
            return f"evolve raised {type(error).__name__} for {event}: return the old state for it"
        raise


def _goes_on_from_anywhere(
    initial: Any, evolve: Callable[[Any, Any], Any], history: list[Any]
) -> str | None:
    """Whether a saved state and the tail give what the whole gives, wherever it was saved."""
    state = deepcopy(initial)
    for event in history:
        saved = deepcopy(state)
        following = evolve(state, event)
        if state != saved:
            return "evolve changes the state that it was given: return a new one"
        if evolve(saved, event) != following:
            return "evolve gives another answer the second time: it may use state and event only"
        state = following
    return None


def _lived(commands: list[loans.LoanCommand]) -> Iterator[loans.LoanEvent]:
    state = loans.rules.initial
    for command in commands:
        events = loans.rules.decide(command, state)
        state = loans.rules.fold(events, state)
        yield from events


def _stories() -> list[tuple[str, list[loans.LoanCommand], int]]:
    add, lend = loans.AddCopy("Emma"), loans.LendCopy("ann", DAY)
    late, early = loans.ReturnCopy(_after(31)), loans.ReturnCopy(_after(20))
    renew, again = loans.RenewLoan(_after(20)), loans.ReturnCopy(_after(40))
    lend_again, late_again = loans.LendCopy("ben", _after(40)), loans.ReturnCopy(_after(70))
    overdue = loans.ReturnCopy(_after(50))
    reserve, lose = loans.ReserveCopy("cy"), loans.ReportLoss(_after(90))
    return [
        ("lent for 28 days and back after 31", [add, lend, late], 3),
        ("back 8 days before it was due", [add, lend, early], 0),
        ("renewed on day 20 for 28 more, and back on day 40", [add, lend, renew, again], 0),
        ("two loans, 3 and 2 days over", [add, lend, late, lend_again, late_again], 5),
        ("reserved, then lost, so never returned", [add, lend, reserve, lose], 0),
        ("renewed on day 20 for 28 more, and back on day 50", [add, lend, renew, overdue], 2),
        (
            "3 days late, then lent, renewed, reserved by somebody, and lost",
            [add, lend, late, lend_again, loans.RenewLoan(_after(50)), reserve, lose],
            3,
        ),
    ]


def _after(days: int) -> date:
    return DAY + timedelta(days=days)
