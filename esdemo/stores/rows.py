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
    reason: str | None
    events: int
    command_id: str
    correlation_id: str
    causation_id: str
    actor: str
    recorded_at: str
    effective_at: str


Written = tuple[Sequence[EventRow], DecisionRow | None]
"""What one transaction wrote: events, and the decision that led to them (None for an import)."""


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


def misfit(head: Head, rows: Sequence[EventRow], decision: DecisionRow | None) -> str | None:
    """Why these rows, written together, cannot come next; None when they can.

    head: of the decision's stream, or of the first row's when there is no decision.
    """
    version, digest, position, number, last = head
    stream = decision.stream if decision else rows[0].stream
    for row in rows:
        if row.position != position + 1:
            why = f"position {position + 1} is missing"
        elif row.stream != stream:
            why = f"decision {number + 1} has an event of {stream!r} here"
        elif row.version != version + 1:
            why = f"version {version + 1} of the stream is missing"
        elif row.hash != chain(digest, *row[1:9]):
            why = "its hash is not that of its content and the hash before it"
        elif row.recorded_at < last:
            why = "it was recorded before what stands in front of it"
        else:
            version, digest, position, last = row.version, row.hash, row.position, row.recorded_at
            continue
        return f"position {row.position} ({row.stream!r}, version {row.version}): {why}"
    return decision and _misjudged(decision, head, rows)


def _misjudged(decision: DecisionRow, head: Head, rows: Sequence[EventRow]) -> str | None:
    """Why this decision cannot come next, nor have led to these rows."""
    why, position = decision[7:9] + decision[10:13], head.position + len(rows)
    if decision.number != head.number + 1:
        wrong = f"decision {head.number + 1} is missing"
    elif decision.recorded_at < head.recorded_at:
        wrong = "it was recorded before what stands in front of it"
    elif decision.position > position:
        wrong = f"position {position + 1} is missing"
    elif decision.version != head.version:
        wrong = f"the stream was at version {head.version}, not {decision.version}"
    elif (decision.position, decision.events) != (position, len(rows)):
        wrong = "its events are not where it says"
    elif any(row[4:9] != why for row in rows):
        wrong = "its command, correlation, actor or times are not those of its events"
    elif decision.reason is not None and rows:
        wrong = "it was refused, and yet it has events"
    else:
        return None
    return f"decision {decision.number} ({decision.stream!r}): {wrong}"
