"""Ask a damaged file a question: the answer in words, however it comes, or does not come."""

import signal
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import msgspec

from esdemo import EsdemoError
from torture.results import objection

PATIENCE = 5.0  # seconds of processor time for one question
ENDLESS = 2_500  # an answer of so many parts will not end: ten times all that there is


class Hangs(BaseException):
    """A question that took all of its time."""


def some(parts: Iterator[object]) -> list[object]:
    """All parts of an answer, unless there is no end to them."""
    found = list(islice(parts, ENDLESS))
    if len(found) == ENDLESS:
        raise Hangs
    return found


def answered(get: Callable[[], object]) -> str:
    """The answer, or how it failed."""
    try:
        return f"is {msgspec.json.encode(patiently(get)).decode()}"  # a repr leaves much out
    except EsdemoError as error:
        return f"raises {type(error).__name__}"
    except (Exception, Hangs) as error:
        return unnamed(error)


def unnamed(error: BaseException) -> str:
    """What must never happen."""
    return "hangs" if isinstance(error, Hangs) else f"fails with {objection(error)}"


def patiently(get: Callable[[], Any]) -> Any:
    """The answer, or Hangs after so much processor time (which a busy machine does not use up)."""

    def give_up(*_: object) -> None:
        raise Hangs

    signal.signal(signal.SIGPROF, give_up)
    signal.setitimer(signal.ITIMER_PROF, PATIENCE)
    try:
        return get()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
