"""What a reader predicts before a cell shows it, seen beside the result.

    guess = predict(...)  # type a value in place of the dots
    guess.beside(bank.state("alice").balance)

An untouched prediction is as welcome as any other: a notebook runs with none of them filled in.
"""

import re
from dataclasses import dataclass
from math import isclose
from typing import Any

__all__ = ["Comparison", "Prediction", "predict"]


def predict(*typed: Any) -> "Prediction":
    """Keep what was typed until the result is there. Never raises, whatever was typed.

    Several values are one answer of several parts: predict(2, 1) is compared with (2, 1).
    """
    return Prediction(typed)


@dataclass(frozen=True, repr=False)
class Prediction:
    """What was typed before the cell that shows the result."""

    typed: tuple[Any, ...]

    @property
    def is_untouched(self) -> bool:
        """Whether nothing was typed in place of the dots."""
        return all(value is ... for value in self.typed)

    @property
    def value(self) -> Any:
        """The one value that was typed, or all of them as a tuple."""
        return self.typed[0] if len(self.typed) == 1 else self.typed

    def beside(self, actual: Any) -> "Comparison":
        """The prediction beside the result; show it as the last thing of the cell."""
        return Comparison(self, actual)

    def __repr__(self) -> str:
        return f"you: {'(nothing typed yet)' if self.is_untouched else shown(self.value)}"


@dataclass(frozen=True, repr=False)
class Comparison:
    """A prediction and what came out; as text, one line with both."""

    prediction: Prediction
    actual: Any

    @property
    def is_right(self) -> bool:
        """Whether the result is as predicted."""
        return not self.prediction.is_untouched and agree(self.prediction.value, self.actual)

    def __repr__(self) -> str:
        result = shown(self.actual)
        verdict = "   as predicted" if self.is_right else ""
        return f"{self.prediction!r}   here:{_after_colon(result)}{verdict}"


def agree(typed: Any, actual: Any) -> bool:
    """Whether two values say the same, as a reader would judge; False when they cannot be compared.

    A list and a tuple may stand for each other, an error for its name. True is not 1.
    """
    if is_error(typed) or is_error(actual):
        names = name_of(typed), name_of(actual)
        return all(isinstance(name, str) for name in names) and names[0] == names[1]
    typed, actual = plain(typed), plain(actual)
    if isinstance(typed, (tuple, list)) and isinstance(actual, (tuple, list)):
        return len(typed) == len(actual) and all(map(agree, typed, actual))
    if isinstance(typed, bool) is not isinstance(actual, bool):
        return False
    if isinstance(typed, float) and isinstance(actual, (int, float)):
        return isclose(typed, actual, rel_tol=1e-9)
    try:
        return bool(typed == actual)
    except Exception:  # two tables, say, or an __eq__ that fails
        return False


def shown(value: Any) -> str:
    """A value as text that is the same in every run: without addresses, sets in order."""
    if value is ...:
        return "..."
    if is_error(value):
        return str(name_of(value))
    value = plain(value)
    if type(value) is tuple or type(value) is list:
        parts = ", ".join(map(shown, value))
        return f"[{parts}]" if type(value) is list else f"({parts}{',' * (len(value) == 1)})"
    if type(value) in (set, frozenset) and value:
        return "{" + ", ".join(sorted(map(shown, value))) + "}"
    try:
        return without_addresses(repr(value))
    except Exception:
        return f"<{type(value).__name__}>"


def _after_colon(text: str) -> str:
    """A table keeps its columns when it begins on a line of its own."""
    return f"\n{text}" if "\n" in text else f" {text}"


def without_addresses(text: str) -> str:
    """A text without the places in memory, which are others in each run."""
    return re.sub(r" at 0x[0-9A-Fa-f]+", "", text)


def plain(value: Any) -> Any:
    """A number of numpy as the number of Python that it is; anything else as it came."""
    is_scalar = type(value).__module__ == "numpy" and getattr(value, "shape", None) == ()
    return value.item() if is_scalar else value


def is_error(value: Any) -> bool:
    """Whether this is an exception or a class of exceptions."""
    kind = value if isinstance(value, type) else type(value)
    return issubclass(kind, BaseException)


def name_of(value: Any) -> Any:
    """The name of an error; a string is taken for one."""
    kind = value if isinstance(value, type) else type(value)
    return kind.__name__ if is_error(value) else value
