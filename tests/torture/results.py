"""What a campaign reports: one `Try` for each attack, and the `Result` that they add up to."""

import json
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Self


@dataclass(frozen=True)
class Try:
    """One attack. what: its kind. found: what became of it, in the words of the final table.

    failures: a sentence for each promise that was broken. figures: what was counted on the way.
    """

    what: str
    found: str
    failures: tuple[str, ...] = ()
    figures: Mapping[str, int] = field(default_factory=dict)

    def to_line(self) -> str:
        """The same as a line of JSON, to be said by a child process."""
        return json.dumps(asdict(self))

    @classmethod
    def of_line(cls, line: str) -> Self:
        """What `to_line` said."""
        fields = json.loads(line)
        return cls(**fields | {"failures": tuple(fields["failures"])})


@dataclass(frozen=True)
class Result:
    """A whole campaign: how often each attack had each outcome, the figures, the failures."""

    tried: int
    found: Mapping[tuple[str, str], int]
    figures: Mapping[str, int]
    failures: tuple[str, ...]

    def table(self) -> Iterator[str]:
        """A line for each kind of attack, with what became of it."""
        for what in sorted({what for what, _ in self.found}):
            outcomes = [(found, n) for (kind, found), n in self.found.items() if kind == what]
            yield f"{what}: " + ", ".join(f"{found} {n:,}" for found, n in sorted(outcomes))
        if self.figures:
            yield ", ".join(f"{name} {count:,}" for name, count in self.figures.items())


def summed(tries: Iterable[Try]) -> Result:
    """All tries of a campaign as one result."""
    found, figures, failures = Counter[tuple[str, str]](), Counter[str](), list[str]()
    for each in tries:
        found[each.what, each.found] += 1
        figures.update(each.figures)
        failures += each.failures
    return Result(found.total(), dict(found), dict(figures), tuple(failures))


def objection(error: Exception) -> str:
    """An exception in a sentence, with the line of code that raised it.

    A bare `assert` of the judge has no words of its own: the line says what it wanted.
    """
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error!s:.300} (in {last.name}: {last.line})"
