"""Specifications by example, in Greg Young's three words: given, when, then.

rules.given(opened, salary).when(Withdraw(50_00)).then(MoneyWithdrawn(50_00))
rules.given(opened).when(Withdraw(50_00)).then_refused("5000 is more than 0")
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic

from esdemo.commands import C, Command, Rejected
from esdemo.events import E


@dataclass(frozen=True)
class Given(Generic[C, E]):
    """What has happened so far: the beginning of a specification.

    outcome: what the rules say to a command, after that.
    """

    outcome: Callable[[C], Sequence[E] | Rejected]

    def when(self, command: C) -> "When[E]":
        """The command, decided on what the given events add up to."""
        return When(command, self.outcome(command))


@dataclass(frozen=True)
class When(Generic[E]):
    """A command and its outcome, to be compared with what was expected."""

    command: Command
    outcome: Sequence[E] | Rejected

    def then(self, *events: E) -> None:
        """AssertionError unless just these events came out; no argument means none."""
        if isinstance(self.outcome, Rejected):
            raise AssertionError(f"{self.command} was refused: {self.outcome}")
        if list(self.outcome) != list(events):
            raise AssertionError(f"{self.command} led to {self.outcome}, not {list(events)}")

    def then_refused(self, reason: str | None = None) -> None:
        """AssertionError unless the command was refused, and for this reason when one is given."""
        if not isinstance(self.outcome, Rejected):
            raise AssertionError(f"{self.command} was accepted and led to {self.outcome}")
        if reason is not None and str(self.outcome) != reason:
            raise AssertionError(
                f"{self.command} was refused for {str(self.outcome)!r}, not {reason!r}"
            )
