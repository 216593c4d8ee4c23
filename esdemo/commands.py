"""Commands: what somebody asks for, in the imperative, and what became of it."""

import datetime
from typing import TypeVar

import msgspec

from esdemo.errors import EsdemoError
from esdemo.events import Message, RecordedEvent


class Command(Message, frozen=True):
    """A request that may be refused, in the imperative: `Withdraw(amount=30_00)`."""


C = TypeVar("C", bound=Command)


class Rejected(EsdemoError):
    """The business says no. Raised by `decide` with the reason; kept as a fact, never a crash."""


class Decision(msgspec.Struct, frozen=True):
    """A command with its outcome: the only place where a refusal lives, it is in no stream."""

    number: int  # in the decision log, from 1
    stream: str
    version: int  # of the stream, once the decision's events are in it
    position: int  # of the log, once they are
    command: Command
    reason: str | None  # the reason; None when accepted
    events: tuple[RecordedEvent, ...]
    command_id: str
    correlation_id: str
    causation_id: str  # the command that led to this one, "" for a first cause
    actor: str
    recorded_at: datetime.datetime
    effective_at: datetime.datetime
    hash: str  # hex SHA-256 over this decision as stored, the one before, and its stream's hash

    @property
    def refused(self) -> bool:
        """True when the business said no."""
        return self.reason is not None

    def __repr__(self) -> str:
        outcome = f"refused: {self.reason}" if self.refused else list(self.events)
        return f"{self.stream}: {self.command} -> {outcome}"
