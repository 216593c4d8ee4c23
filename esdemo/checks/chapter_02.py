"""The checks of chapter 02: a handler without faults, a model of a library, a copy on loan."""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from datetime import date, timedelta
from typing import Any, Final

from esdemo.checks import modelling
from esdemo.checks.verdicts import NOT_YET, Proved
from esdemo.commands import Command, Rejected
from esdemo.domains import loans
from esdemo.events import Event
from esdemo.handlers import Decider

# Exercise 1: a handler.

RICH: Final = {"balance": 10_00, "last_used": None}
TAKEN: Final = {"amount": 3_00, "on": date(2026, 3, 3)}
TOO_MUCH: Final = {"amount": 30_00, "on": date(2026, 3, 3)}


def exercise_1(take_out: Any) -> str | None:
    """A pure `take_out(account, event)`: no rule, no clock, nothing changed in place."""
    if not callable(take_out):
        return "give the function itself: check('2.1', take_out)"
    account, event = {**RICH}, {**TAKEN}
    first = take_out(account, event)  # it has the money: whatever is raised here is no rule
    if not isinstance(first, dict):
        return f"take_out gave {first!r}: it returns the account after the event, a dictionary"
    if event != TAKEN:
        return "the event was changed: it has happened, so read it and leave it as it is"
    refusal = _refusal(take_out)
    if account != RICH and refusal == "not enough money" and first.get("last_used") != TAKEN["on"]:
        return NOT_YET  # all three faults of the stub
    if refusal is not None:
        return (
            f"take_out refused a withdrawal of 3000 from 1000 ({refusal}). Yet it has happened: "
            "a rule belongs where the command is decided, so take it out of here"
        )
    if account != RICH:
        return (
            "the account that came in was changed, so nobody has the one of yesterday any more: "
            "return a new one, {**account, ...}"
        )
    return _returns_the_right_account(take_out)


def _refusal(take_out: Any) -> str | None:
    """What it says to a withdrawal that no rule would have allowed; None when it takes it."""
    try:
        take_out({**RICH}, {**TOO_MUCH})
    except Exception as error:
        return str(error) or type(error).__name__
    return None


def _returns_the_right_account(take_out: Any) -> str | None:
    found = take_out({**RICH}, {**TOO_MUCH})
    if not isinstance(found, dict):
        return (
            f"for a withdrawal of 3000 from 1000 it gave {found!r:.40}, which refuses it in "
            "silence: it has happened, so return the account after it"
        )
    day = TOO_MUCH["on"]
    expected = {"balance": -20_00, "last_used": day}
    if found != expected and found | {"last_used": day} == expected and found.get("last_used"):
        return f"last_used became {found['last_used']}: the day is in event['on'], so ask no clock"
    if found != expected:
        return f"after {_plain(TOO_MUCH)}, {RICH} should be {_plain(expected)}, not {_plain(found)}"
    if type(found["balance"]) is not int:
        return f"the balance became {found['balance']!r}: money is a whole number of cents, an int"
    if _asks_a_clock(take_out):
        return "for an event without a date, take_out makes one up: let no clock be asked in here"
    return Proved("it refuses nothing, makes up no date, and changes nothing that it is given")


def _asks_a_clock(take_out: Any) -> bool:
    try:
        found = take_out({**RICH}, {"amount": 3_00})
    except KeyError:
        return False
    return found.get("last_used") is not None


# Exercise 2: a model.


def exercise_2(story: Any) -> str | None:
    """A story of six sentences: for each a command and its events, in the learner's own classes.

    Prints the model as a table, and each question to it with the answer that was found in it.
    """
    model = modelling.read(story)
    if isinstance(model, str):
        return model
    if set(model) <= {modelling.LENT}:
        return NOT_YET
    print(f"{modelling.drawn(model)}\n")
    if advice := modelling.advice_on_form(model):
        return advice
    if modelling.LENT not in model:
        return "begin with sentence 1: the others are compared with it"
    found = list(modelling.questions(model))
    for answer in found:
        if not isinstance(answer, str):
            print("{}\n   {}".format(*answer))
    if advice := next((answer for answer in found if isinstance(answer, str)), None):
        return advice
    if still := set(modelling.SENTENCES) - set(model):
        return f"good so far; next comes sentence {min(still)}"
    return Proved("six questions, and each answer was found in your classes and events alone")


# Exercise 3: a copy of a book on loan.

START: Final = date(2026, 1, 5)
WEEK: Final = timedelta(days=7)
DEPTH: Final = 6  # events: enough to lend, renew twice, return, lend again and renew

History = tuple[Event, ...]


def exercise_3(answer: Any) -> str | None:
    """A decider for a copy on loan; compared with the package's over every short history.

    Breadth first, so the sentence is about the shortest history that shows the mistake.
    """
    if not isinstance(answer, Decider):
        return "give a decider: check('2.3', Decider(decide_loan, evolve_loan, loans.Copy()))"
    if _is_not_begun(answer):
        return NOT_YET
    histories: list[tuple[History, date]] = [((), START)]
    for history, today in histories:  # grows while it is read
        for command in _requests(history, today):
            facts = _by_package(history, command)
            if advice := _advice(answer, history, command, facts):
                return advice
            if facts and len(history) < DEPTH:
                histories.append(((*history, *facts), getattr(command, "on", today) + WEEK))
    return Proved(f"decided as the library does after each of {len(histories)} histories")


def _is_not_begun(answer: Decider[Any, Any, Any]) -> bool:
    """Whether nothing of renewing is there yet, as in the stub."""
    lent = loans.CopyLent("ada", START, START + loans.LOAN)
    try:
        on_loan = answer.evolve(answer.start(), lent)
    except Exception:
        return False
    return _is_unreachable(answer.decide, loans.RenewLoan(START), on_loan) and _is_unreachable(
        answer.evolve, on_loan, loans.LoanRenewed(START + loans.LOAN)
    )


def _is_unreachable(function: Any, *arguments: object) -> bool:
    try:
        function(*arguments)
    except AssertionError:
        return True
    except Exception:
        return False
    return False


def _requests(history: History, today: date) -> Iterator[Any]:
    """What may be asked next. Time only goes on: today, on the day it is due, and a day late."""
    yield loans.LendCopy("ada", today)
    yield loans.LendCopy("bob", today)
    due = next((event.due for event in reversed(history) if hasattr(event, "due")), today)
    for day in sorted({today, max(today, due), max(today, due + timedelta(days=1))}):
        yield loans.RenewLoan(day)
    yield loans.ReturnCopy(today)


def _by_package(history: Sequence[Event], command: Any) -> list[Any]:
    """What the package decides; [] for a refusal."""
    copy: Any = loans.rules.fold([loans.CopyAdded("Emma"), *history])  # type: ignore[list-item]
    outcome = loans.rules.outcome(command, copy)
    return [] if isinstance(outcome, Rejected) else list(outcome)


def _advice(
    decider: Decider[Any, Any, Any], history: History, command: Command, facts: list[Any]
) -> str | None:
    given = f"given {_plain(list(history)) if history else 'a new copy'}, when {_plain(command)}"
    says = f"the library says {_plain(facts)}"
    state = decider.start()
    for event in history:
        before, content = state, _content(state)
        try:
            state = decider.evolve(state, event)
        except Rejected:
            return f"evolve refused {_plain(event)}: it has happened, and only decide may refuse"
        except Exception as error:
            kind = type(event).__name__
            return f"evolve needs a case for {kind} that works: it raised {_short(error)}"
        if state is None:
            return (
                f"evolve gave None for {_plain(event)}: is there a case that fits whatever the "
                f"state, such as `case loans.{type(event).__name__}():`, and does it return?"
            )
        if _content(before) != content:
            return "evolve changed the state that it was given: return a new one, by replace"
    try:
        found = decider.decide(command, state)
    except Rejected as refusal:
        return f"{given}: {says}, and you refuse ({refusal})" if facts else None
    except Exception as error:
        refuses = "" if facts else ". The library refuses, and that is `raise Rejected(reason)`"
        if "unreachable" in str(error):
            return f"{given}: no case of decide fits it, so `case _` is reached{refuses}"
        return f"{given}: decide raised {_short(error)}{refuses}"
    if isinstance(found, Rejected):
        return f"{given}: you return the refusal; raise it, by `raise Rejected(reason)`"
    if isinstance(found, Event):
        return f"decide gave {_plain(found)}: it returns a list of events, here with one in it"
    if not facts:
        return f"{given}: the library refuses (raise Rejected), and you gave {_plain(found)}"
    if not isinstance(found, (list, tuple)) or list(found) != facts:
        return f"{given}: {says}, and you gave {_plain(found)}"
    return None


def _content(state: Any) -> Any:
    """What a state holds, to be compared later with what it holds then."""
    return deepcopy(vars(state) if hasattr(state, "__dict__") else state)


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {_plain(error)}"[:120]


def _plain(value: object) -> str:
    return str(value).replace("datetime.date", "date")
