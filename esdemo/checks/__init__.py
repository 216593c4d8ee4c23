"""What the exercises call: one sentence of help, or "ok".

The check of exercise 3.1 is `exercise_1` in `chapter_03.py`: it takes the learner's answer and
returns None when it is right, otherwise the sentence that helps.
"""

from importlib import import_module
from typing import Any

__all__ = ["check"]


def check(exercise: str, answer: Any) -> None:
    """Print "ok" or "not yet: ..." for an answer. Never raises: a mistake is part of learning.

    exercise: chapter and number, such as "3.1". answer: what the exercise asks for, often a
    function, sometimes a value.
    """
    try:
        advice = _find(exercise)(answer)
    except Exception as error:
        advice = f"your answer raised {type(error).__name__}: {error}"
    print(f"not yet: {advice}" if advice else "ok")


def _find(exercise: str) -> Any:
    try:
        chapter, number = exercise.split(".")
        return getattr(import_module(f"{__name__}.chapter_{int(chapter):02}"), f"exercise_{number}")
    except (ValueError, ImportError, AttributeError):
        raise LookupError(f"there is no exercise {exercise!r}; they are named like '3.1'") from None
