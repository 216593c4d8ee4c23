"""What a home keeps: rows of text and integers, the same in memory, in SQLite and on a cluster."""

from collections.abc import Sequence
from typing import NamedTuple

from esdemo.events import GENESIS, chain


class EventRow(NamedTuple):
    """An event as stored: the columns of the table `events`, in its order."""

    position: int
    stream: str
    version: int
    data: str
    command_id: str
    correlation_id: str
    actor: str
    recorded_at: str
    effective_at: str
    hash: str


class DecisionRow(NamedTuple):
    """A decision as stored: the columns of the table `decisions`, in its order."""

    number: int
    stream: str
    version: int
    position: int
    data: str
    rejected: str | None
    events: int
    command_id: str
    correlation_id: str
    causation_id: str
    actor: str
    recorded_at: str
    effective_at: str


class Head(NamedTuple):
    """Where a stream and the whole store end, read inside the writing transaction."""

    version: int = 0
    hash: str = GENESIS
    position: int = 0
    number: int = 0
    recorded_at: str = ""


def chained(
    head: Head, stream: str, data: Sequence[str], why: tuple[str, str, str, str, str]
) -> list[EventRow]:
    """The rows to insert, each with a hash over itself and the one before.

    why: command_id, correlation_id, actor, recorded_at and effective_at, the same for all.
    """
    rows = []
    previous = head.hash
    for count, payload in enumerate(data, 1):
        previous = chain(previous, stream, head.version + count, payload, *why)
        place = (head.position + count, stream, head.version + count)
        rows.append(EventRow(*place, payload, *why, previous))
    return rows
