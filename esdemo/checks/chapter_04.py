"""The exercises of chapter 04: a fold of one's own, what makes a saved state stale, days late."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import date, timedelta
from typing import Any

from esdemo.domains import loans
from esdemo.domains.bank import (
    AccountEvent,
    AccountOpened,
    FeeCharged,
    MoneyDeposited,
    MoneyWithdrawn,
    rules,
)


def exercise_1(lowest: Callable[[list[AccountEvent]], Any]) -> str | None:
    """A function from an account's events to the lowest balance, in cents, that it ever had."""
    dips: list[AccountEvent] = [
        AccountOpened("Ann", 100_00),
        MoneyDeposited(50_00, "cash"),
        MoneyWithdrawn(120_00, "rent"),
        FeeCharged(5_00, "card"),
        MoneyDeposited(200_00, "salary"),
        MoneyWithdrawn(1_00, "bread"),
    ]
    answer = lowest(dips)
    if answer is None:
        return "return a number: account.states(history) gives every state, one after the other"
    if type(answer) is not int:
        return f"return a balance in cents, a whole number, not {answer!r}"
    if answer == rules.fold(dips).balance:
        return "that is the last balance: look at every state on the way, not at the last one only"
    if answer == max(state.balance for state in rules.states(dips)):
        return "that is the highest balance"
    if answer in (1_00, 5_00):
        return "that is the smallest amount: the amounts are the steps, fold them into states"
    if answer != -75_00:
        return f"for {dips} the lowest balance is {-75_00}, not {answer}"
    if lowest(dips[:1]) != 0:
        return "an account that was only opened has had the balance 0 and no other"
    return None


CHANGES = {
    "a": True,  # evolve subtracts fees
    "b": False,  # decide refuses more
    "c": True,  # a field is added to the state
    "d": False,  # an event is appended
    "e": True,  # a helper of evolve is corrected
}


def exercise_2(answer: object) -> str | None:
    """The set of those changes, by letter, that make saved states worthless."""
    if not isinstance(answer, (set, frozenset)) or not answer <= CHANGES.keys():
        return f"give a set of letters from a to e, such as {{'b', 'd'}}, not {answer!r}"
    if not answer:
        return "ask of each change: would the fold of the same events come out differently now?"
    if "b" in answer:
        return "b changes what may happen next, not what the recorded events add up to"
    if "d" in answer:
        return "d only makes the tail longer: the saved state is right for its version"
    if "e" not in answer:
        return "a helper is part of the fold, even where the tag does not see it"
    missing = {letter for letter, stale in CHANGES.items() if stale} - answer
    return f"{min(missing)} changes what the fold of the same events gives" if missing else None


DAY = date(2025, 3, 3)


def exercise_3(answer: tuple[Any, Callable[[Any, loans.LoanEvent], Any]]) -> str | None:
    """An initial state and an evolve whose states count the days that returns came late."""
    initial, evolve = answer
    for story, commands, days in _stories():
        history = list(_lived(commands))
        state = deepcopy(initial)
        for event in history:
            state = evolve(state, event)
            if state is None:
                return f"evolve returned None for {event}: return the state for every event"
        if state == initial and days:
            return "evolve changes nothing yet: begin with CopyLent, which says what is due when"
        if state.days != days:
            return f"{story}: {days} days late, not {state.days}"
        if sentence := _goes_on_from_anywhere(initial, evolve, history):
            return sentence
    return None


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
    reserve, lose = loans.ReserveCopy("cy"), loans.ReportLoss(_after(90))
    return [
        ("lent for 28 days and back after 31", [add, lend, late], 3),
        ("back 8 days before it was due", [add, lend, early], 0),
        ("renewed on day 20 for 28 more, and back on day 40", [add, lend, renew, again], 0),
        ("two loans, 3 and 2 days over", [add, lend, late, lend_again, late_again], 5),
        ("reserved, then lost, so never returned", [add, lend, reserve, lose], 0),
    ]


def _after(days: int) -> date:
    return DAY + timedelta(days=days)
