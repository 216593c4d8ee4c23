"""CloudEvents 1.0 in JSON (cloudevents.io): an envelope that brokers and other languages know.

Three sources, since ids and sequences count within a source: events, decisions, and the file
itself. `time` is when it was true in the world, `recordedtime` (a documented extension, like
`sequence`, `correlationid` and `causationid`) when we learnt it. What is empty is left out.
"""

import re
from typing import Final, Literal
from urllib.parse import quote, unquote

import msgspec
from msgspec import Raw

from esdemo.interchange.lines import Begins, Ends, Line
from esdemo.stores.rows import DecisionRow, EventRow

SOURCE: Final = "/esdemo/"
EVENT: Final = "esdemo.event."  # and the stored name of the event's type
DECISION: Final = "esdemo.decision."  # and that of the command's
BEGINS: Final = "esdemo.history.begins"
ENDS: Final = "esdemo.history.ends"


class _CloudEvent(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    specversion: Literal["1.0"]
    id: str
    source: str
    type: str
    datacontenttype: Literal["application/json"]
    data: Raw
    subject: str = ""
    time: str = ""
    sequence: str = ""
    recordedtime: str = ""
    commandid: str = ""
    correlationid: str = ""
    causationid: str = ""
    actor: str = ""
    hash: str = ""


class _Decided(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The data of a decision."""

    command: Raw
    reason: str | None
    version: int
    position: int
    events: int


class _Named(msgspec.Struct, frozen=True):
    """All that is read of a payload: the stored name of its type."""

    type: str


_DECODER: Final = msgspec.json.Decoder(_CloudEvent)


def encode(line: Line) -> bytes:
    """The line as JSON, without its end."""
    return msgspec.json.encode(_event(line))


def decode(text: bytes) -> Line:
    """What a line says, when it is a line that we would have written.

    Raises ValueError for any other, and RecursionError for brackets without end.
    """
    event = _DECODER.decode(text)
    line = _line(event)
    if _event(line) != event:
        raise ValueError("its attributes contradict each other or the data")
    return line


def _event(line: Line) -> _CloudEvent:
    match line:
        case EventRow():
            return _CloudEvent(
                "1.0",
                id=f"{line.stream}/{line.version}",
                source=f"{SOURCE}events",
                type=EVENT + _name(line.data),
                datacontenttype="application/json",
                data=Raw(line.data),
                subject=line.stream,
                time=line.effective_at,
                sequence=f"{line.position:020}",
                recordedtime=line.recorded_at,
                commandid=_attribute(line.command_id),
                correlationid=_attribute(line.correlation_id),
                actor=_attribute(line.actor),
                hash=line.hash,
            )
        case DecisionRow():
            became = _Decided(Raw(line.data), line.reason, line.version, line.position, line.events)
            return _CloudEvent(
                "1.0",
                id=f"{line.number}",
                source=f"{SOURCE}decisions",
                type=DECISION + _name(line.data),
                datacontenttype="application/json",
                data=Raw(msgspec.json.encode(became)),
                subject=line.stream,
                time=line.effective_at,
                sequence=f"{line.number:020}",
                recordedtime=line.recorded_at,
                commandid=_attribute(line.command_id),
                correlationid=_attribute(line.correlation_id),
                causationid=_attribute(line.causation_id),
                actor=_attribute(line.actor),
                hash=line.hash,
            )
        case Begins(events, decisions):
            name, kind, data = f"begins {events} {decisions}", BEGINS, line._asdict()
        case Ends(seal):
            name, kind, data = f"ends {seal}", ENDS, line._asdict()
    plain = Raw(msgspec.json.encode(data))
    return _CloudEvent("1.0", name, f"{SOURCE}history", kind, "application/json", plain)


def _line(event: _CloudEvent) -> Line:
    data = bytes(event.data).decode()
    if event.type == BEGINS:
        return Begins(**msgspec.json.decode(data, type=dict[str, int]))
    if event.type == ENDS:
        return Ends(**msgspec.json.decode(data, type=dict[str, str]))
    command, correlation = _text(event.commandid), _text(event.correlationid)
    who = _text(event.actor), event.recordedtime, event.time
    number = int(event.sequence)
    if event.type.startswith(DECISION):
        became = msgspec.json.decode(data, type=_Decided)
        place = number, event.subject, became.version, became.position
        asked = bytes(became.command).decode(), became.reason, became.events
        why = command, correlation, _text(event.causationid), *who, event.hash
        return DecisionRow(*place, *asked, *why)
    version = int(event.id.rpartition("/")[2])
    return EventRow(number, event.subject, version, data, command, correlation, *who, event.hash)


def _name(data: str) -> str:
    return msgspec.json.decode(data, type=_Named).type


_FORBIDDEN: Final = re.compile(
    "[%\x00-\x1f\x7f-\x9f\ufdd0-\ufdef"
    + "".join(
        f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
    )
    + "]"
)
"""What an attribute must not hold (CloudEvents 1.0.2, type system), and the mark in its place."""


def _attribute(text: str) -> str:
    """The text with what an attribute must not hold percent-encoded, as in CloudEvents' HTTP."""
    return _FORBIDDEN.sub(lambda found: quote(found[0]), text)


def _text(attribute: str) -> str:
    """What was written by `_attribute`."""
    return unquote(attribute, errors="strict")
