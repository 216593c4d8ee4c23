"""The checks of chapter 02: a handler without faults, interest, and a copy of a book on loan."""

from collections.abc import Sequence
from copy import deepcopy
from datetime import date
from typing import Any, Final

from esdemo.commands import Command, Rejected
from esdemo.domains import loans
from esdemo.events import Event
from esdemo.handlers import Decider


def exercise_1(take_out: Any) -> str | None:
    """A pure `take_out(account, event)`: no rule, no clock, nothing changed in place."""
    if not callable(take_out):
        return "give the function itself: check('2.1', take_out)"
    account = {"balance": 10_00, "last_used": None}
    event = {"amount": 30_00, "on": date(2026, 3, 3)}
    try:
        first, second = take_out({**account}, event), take_out({**account}, event)
    except Exception as error:
        return (
            f"a withdrawal of 3000 from 1000 has happened, and take_out refused it ({error}): "
            "a rule belongs where the command is decided, so take it out of here"
        )
    given = {**account}
    if not isinstance(take_out(given, event), dict):
        return f"take_out gave {first!r}: it returns the account after the event, a dictionary"
    if given != account:
        return "the account that came in was changed: return a new one, {**account, ...}"
    if first != second:
        return f"two replays gave two answers, {first} and {second}: the date is in event['on']"
    expected = {"balance": -20_00, "last_used": event["on"]}
    if first != expected:
        return f"after {_plain(event)}, {account} should be {_plain(expected)}, not {_plain(first)}"
    return None


class PayInterest(Command):
    """Pay interest at a rate in hundredths of a percent: 150 is 1.5 %."""

    hundredths: int


class InterestPaid(Event):
    amount: int  # cents


class _AccountAudited(Event):
    """A fact that the savings account of the exercise does not know."""


def exercise_2(answer: Any) -> str | None:
    """(decide, evolve) of a savings account whose state is its balance."""
    if not (isinstance(answer, tuple) and len(answer) == 2 and all(map(callable, answer))):
        return "give both functions: check('2.2', (decide_interest, evolve_interest))"
    decide, evolve = answer
    return _decides_interest(decide) or _evolves_interest(evolve)


def _decides_interest(decide: Any) -> str | None:
    for balance, amount in [(1_000_00, 15_00), (1_99, 2), (10**18 + 67, 15 * 10**15 + 1)]:
        given = f"1.5 % of {balance}"
        try:
            found = decide(PayInterest(150), balance)
        except Rejected:
            return f"{given} is {amount}, and decide refused: multiply, then divide by // 10_000"
        if isinstance(found, InterestPaid):
            return "decide returns a list of events, here with one in it: [InterestPaid(...)]"
        if not isinstance(found, list) or [type(event) for event in found] != [InterestPaid]:
            return f"{given} is {amount}: decide should give [InterestPaid({amount})], not {found}"
        if type(found[0].amount) is not int:
            return f"{given} gave {found}: not whole cents; divide by // instead of /"
        if found[0].amount != amount:
            return f"{given} is {amount}, not {found[0].amount}: multiply, then divide by // 10_000"
    for balance in (0, 66, -100_00):
        try:
            found = decide(PayInterest(150), balance)
        except Rejected:
            continue
        except Exception as error:
            return f"a refusal is `raise Rejected(reason)`, not {type(error).__name__}"
        return f"1.5 % of {balance} is less than a cent: raise Rejected(...), do not give {found}"
    return None


def _evolves_interest(evolve: Any) -> str | None:
    for balance, amount in [(1_000_00, 15_00), (1_000_00, 7)]:
        found = evolve(balance, InterestPaid(amount))
        if found != balance + amount:
            return (
                f"a balance of {balance} after InterestPaid({amount}) is {balance + amount}, "
                f"not {found}: evolve adds the event's amount and computes nothing again"
            )
    try:
        found = evolve(1_000_00, _AccountAudited())
    except AssertionError:
        return None
    except AttributeError:
        found = "an AttributeError"
    return (
        f"an event that evolve does not know gave {found}: "
        "match on InterestPaid() and end in `case _: assert_never(event)`"
    )


REQUESTS: Final = (
    loans.LendCopy("ada", date(2026, 1, 5)),
    loans.LendCopy("bob", date(2026, 1, 6)),
    loans.RenewLoan(date(2026, 1, 20)),
    loans.RenewLoan(date(2026, 2, 2)),  # the day on which ada's first loan is due
    loans.RenewLoan(date(2026, 6, 1)),
    loans.ReturnCopy(date(2026, 1, 30)),
)
DEPTH: Final = 6  # events: enough to lend, renew twice, return, lend again and renew


def exercise_3(answer: Any) -> str | None:
    """A decider for a copy on loan; compared with the package's over every short history.

    Breadth first, so the sentence is about the shortest history that shows the mistake.
    """
    if not isinstance(answer, Decider):
        return "give a decider: check('2.3', Decider(decide_loan, evolve_loan, loans.Copy()))"
    untouched = deepcopy(answer.initial)
    comparable = answer.initial == untouched
    histories: list[tuple[Event, ...]] = [()]
    for history in histories:  # grows while it is read
        for command in REQUESTS:
            facts = _by_package(history, command)
            if advice := _advice(answer, history, command, facts):
                return advice
            if comparable and answer.initial != untouched:
                return "evolve changed the state that it was given: return a new one, by replace"
            if facts and len(history) < DEPTH:
                histories.append((*history, *facts))
    return None


def _by_package(history: Sequence[Event], command: Any) -> list[Any]:
    """What the package decides; [] for a refusal."""
    copy: Any = loans.rules.fold([loans.CopyAdded("Emma"), *history])  # type: ignore[list-item]
    try:
        return list(loans.rules.decide(command, copy))
    except Rejected:
        return []


def _advice(
    decider: Decider[Any, Any, Any], history: Sequence[Event], command: Command, facts: list[Any]
) -> str | None:
    given = f"given {_plain(list(history)) if history else 'a new copy'}, when {_plain(command)}"
    says = f"the library says {_plain(facts)}"
    state = decider.initial
    for event in history:
        try:
            state = decider.evolve(state, event)
        except Exception as error:
            return f"evolve needs a case for {type(event).__name__}: {_short(error)}"
        if state is None:
            return f"evolve gave None for {_plain(event)}: return the next state"
    try:
        found = decider.decide(command, state)
    except Rejected as refusal:
        if facts:
            return f"{given}: {says}, and you refuse ({refusal})"
        return None
    except Exception as error:
        return f"{given}: decide raised {_short(error)}"
    if not facts:
        return f"{given}: the library refuses (raise Rejected), and you gave {_plain(found)}"
    if found != facts:
        return f"{given}: {says}, and you gave {_plain(found)}"
    return None


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {_plain(error)}"[:120]


def _plain(value: object) -> str:
    return str(value).replace("datetime.date", "date")
