"""The exercise of chapter 00: when was Dave's account closed?"""

from collections.abc import Collection
from datetime import date
from functools import cache
from operator import index
from typing import Any, Final

from esdemo.checks.verdicts import NOT_YET, Proved, untouched
from esdemo.domains.bank import AccountClosed, simulate
from esdemo.events import RecordedEvent


def exercise_1(answer: Any) -> str | None:
    """The position of the event that closed Dave's account."""
    if untouched(answer):
        return NOT_YET
    closed, last = _year()
    position = _whole_number(answer)
    if position is None:
        return _advice_on_kind(answer, last)
    if not 1 <= position <= last:
        return f"the positions of this year go from 1 to {last}"
    if position == closed.position - 1:
        return (
            "one event too early: Dave's account is empty there, and still open "
            "(positions count from 1, and the places of a list in Python from 0)"
        )
    if position == closed.version:
        return "that is its version, the number in Dave's stream: positions count all events"
    if position < closed.position:
        return "Dave's account is still open there: move on"
    if position > closed.position:
        return "Dave's account is closed there already: move back to the event that closed it"
    return Proved("one event before, the account was open; a state changes at an event")


@cache
def _year() -> tuple[RecordedEvent, int]:
    """The fact that closed Dave's account, and the last position of the year."""
    history = list(simulate(accounts=4).store.recorded())
    return next(fact for fact in history if isinstance(fact.event, AccountClosed)), len(history)


def _whole_number(answer: Any) -> int | None:
    if isinstance(answer, bool):
        return None
    try:
        return index(answer)
    except TypeError:
        return int(answer) if isinstance(answer, float) and answer.is_integer() else None


def _advice_on_kind(answer: Any, last: int) -> str:
    if hasattr(answer, "position"):  # a fact, or the explorer
        return "nearly: give the number, which is its attribute `.position`"
    if isinstance(answer, AccountClosed) or answer is AccountClosed:
        return "that is the event: its position is the number behind the #"
    if isinstance(answer, date):
        return _A_TIME
    if isinstance(answer, str):
        return _advice_on_text(answer, last)
    if isinstance(answer, Collection) and len(answer) == 1:
        return "give the number alone, without brackets around it"
    return f"a position is a whole number from 1 to {last}, not {answer!r:.60}"


_A_TIME: Final = "that is a time: the position is the number at the right of the event in the list"


def _advice_on_text(text: str, last: int) -> str:
    if text.strip().lstrip("#").isdecimal():
        return "a number is written without quotes"
    if "/" in text:
        return "that names a stream and a version: the position stands before them, behind the #"
    if any(map(str.isdecimal, text)):
        return _A_TIME
    if "dave" in text.lower():
        return (
            "that is the stream: the position is the number at the right of the event in the list"
        )
    return f"a position is a whole number from 1 to {last}, not {text!r:.60}"
