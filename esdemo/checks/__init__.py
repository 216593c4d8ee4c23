"""What the exercises call: one sentence of help, or "ok" with what it proved; and predictions.

The check of exercise 3.1 is `exercise_1` in `chapter_03.py`: it takes the learner's answer and
returns None when it is right, otherwise the sentence that helps. `verdicts` has two more answers:
`Proved("...")` prints "ok: ...", and NOT_YET prints only "not yet"; `check` itself gives NOT_YET to
an empty stub.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from esdemo.checks.predictions import predict, without_addresses
from esdemo.checks.trouble import advice_on, limited
from esdemo.checks.verdicts import NOT_YET, Proved, untouched

__all__ = ["check", "predict"]


def check(exercise: str, answer: Any = ..., *more: Any) -> None:
    """Print "ok", "not yet" or "not yet: ..." for an answer. Never raises: mistakes teach.

    exercise: chapter and number, such as "3.1". answer: what the exercise asks for, often a
    function, sometimes a value. What an empty stub gives (`...`, None, a function without a
    body) is an answer that has not been begun. more: an answer of several parts that was given
    without the parentheses around them.
    """
    print(_said(_verdict(exercise, (answer, *more) if more else answer)))


def _verdict(exercise: str, answer: Any) -> str | None:
    try:
        judge = _find(exercise)
    except LookupError as error:
        return str(error)
    if untouched(answer):
        return NOT_YET
    try:
        with limited():
            return judge(answer)
    except (Exception, SystemExit) as error:
        return advice_on(error, answer)


def _said(verdict: str | None) -> str:
    if not verdict:
        return "ok"
    if isinstance(verdict, Proved):
        return f"ok: {verdict}"
    return verdict if verdict == NOT_YET else f"not yet: {without_addresses(verdict)}"


def _find(exercise: str) -> Callable[[Any], str | None]:
    try:
        chapter, number = exercise.split(".")
        module = import_module(f"{__name__}.chapter_{int(chapter):02}")
        judge: Callable[[Any], str | None] = getattr(module, f"exercise_{number}")
    except (ValueError, ImportError, AttributeError):
        raise LookupError(f"there is no exercise {exercise!r}; they are named like '3.1'") from None
    return judge
