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

from esdemo.interchange.lines import VERSION, Begins, Ends, Line, check_spelling, check_version
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


class _Begun(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The data of the first line. Version 1 did not say its own."""

    version: int = 1
    events: int = 0
    decisions: int = 0


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
    again = _event(line)
    if again != event:
        raise ValueError("its attributes contradict each other or the data")
    check_spelling(text, msgspec.json.encode(again))
    return line


def _event(line: Line) -> _CloudEvent:
    match line:
        case EventRow():
            return _of_event(line)
        case DecisionRow():
            return _of_decision(line)
        case Begins(events, decisions):
            began = _Begun(VERSION, events, decisions)
            return _of_history(f"begins {events} {decisions}", BEGINS, began)
        case Ends(seal):
            return _of_history(f"ends {seal}", ENDS, line._asdict())


def _of_event(row: EventRow) -> _CloudEvent:
    return _CloudEvent(
        "1.0",
        id=f"{row.stream}/{row.version}",
        source=f"{SOURCE}events",
        type=EVENT + _name(row.data),
        datacontenttype="application/json",
        data=Raw(row.data),
        sequence=f"{row.position:020}",
        **_envelope(row),
    )


def _of_decision(row: DecisionRow) -> _CloudEvent:
    became = _Decided(Raw(row.data), row.reason, row.version, row.position, row.events)
    return _CloudEvent(
        "1.0",
        id=f"{row.number}",
        source=f"{SOURCE}decisions",
        type=DECISION + _name(row.data),
        datacontenttype="application/json",
        data=Raw(msgspec.json.encode(became)),
        sequence=f"{row.number:020}",
        causationid=_attribute(row.causation_id),
        **_envelope(row),
    )


def _envelope(row: EventRow | DecisionRow) -> dict[str, str]:
    """The attributes that an event and a decision share."""
    return {
        "subject": row.stream,
        "time": row.effective_at,
        "recordedtime": row.recorded_at,
        "commandid": _attribute(row.command_id),
        "correlationid": _attribute(row.correlation_id),
        "actor": _attribute(row.actor),
        "hash": row.hash,
    }


def _of_history(name: str, kind: str, data: object) -> _CloudEvent:
    """The first line or the last one: an event in the life of the file itself."""
    plain = Raw(msgspec.json.encode(data))
    return _CloudEvent("1.0", name, f"{SOURCE}history", kind, "application/json", plain)


def _line(event: _CloudEvent) -> Line:
    data = bytes(event.data).decode()
    if event.type == BEGINS:
        began = msgspec.json.decode(data, type=_Begun)
        check_version(began.version)
        return Begins(began.events, began.decisions)
    if event.type == ENDS:
        return Ends(**msgspec.json.decode(data, type=dict[str, str]))
    if event.type.startswith(DECISION):
        became = msgspec.json.decode(data, type=_Decided)
        return DecisionRow(
            number=int(event.sequence),
            version=became.version,
            position=became.position,
            data=bytes(became.command).decode(),
            reason=became.reason,
            events=became.events,
            causation_id=_text(event.causationid),
            **_columns(event),
        )
    version = int(event.id.rpartition("/")[2])
    return EventRow(position=int(event.sequence), version=version, data=data, **_columns(event))


def _columns(event: _CloudEvent) -> dict[str, str]:
    """The columns that an event and a decision share."""
    return {
        "stream": event.subject,
        "command_id": _text(event.commandid),
        "correlation_id": _text(event.correlationid),
        "actor": _text(event.actor),
        "recorded_at": event.recordedtime,
        "effective_at": event.time,
        "hash": event.hash,
    }


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
