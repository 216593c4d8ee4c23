"""What the check of an exercise may return besides a sentence that helps.

An exercise is a function from the learner's answer to None or a `Proved` when it is right, to
NOT_YET when it is as the stub came, otherwise to the sentence that helps.
"""

import dis
from types import FunctionType
from typing import Any, Final

__all__ = ["NOT_YET", "Proved", "untouched"]

NOT_YET: Final = "not yet"
"""The verdict on an untouched stub: it gives nothing away, because nobody has asked for help."""


class Proved(str):
    """The verdict on a right answer: in a few words, what was proved of it."""

    __slots__ = ()


def untouched(answer: Any) -> bool:
    """Whether an answer is as an empty stub leaves it: `...`, None, a function without a body.

    A tuple, which is how several answers are given, is untouched when all of its parts are.
    """
    if type(answer) is tuple:
        return bool(answer) and all(map(untouched, answer))
    return answer is ... or answer is None or _is_empty(answer)


def _is_empty(answer: Any) -> bool:
    """Whether a function does nothing: its body is `...`, `pass`, `return None` or a docstring."""
    if not isinstance(answer, FunctionType):
        return False
    steps = [step for step in dis.get_instructions(answer) if step.opname not in _NO_WORK]
    return all(step.opname in _GIVING and step.argval in (None, ...) for step in steps)


_NO_WORK: Final = frozenset({"RESUME", "NOP", "CACHE", "COPY_FREE_VARS"})
_GIVING: Final = frozenset({"LOAD_CONST", "RETURN_VALUE", "RETURN_CONST"})
