"""JSON Lines: a history as text, a line for each event in its envelope, and back.

The hash is left out: it is over the bytes as one store wrote them, and another store makes its own.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from esdemo.clocks import to_text
from esdemo.errors import Unreadable
from esdemo.events import RecordedEvent, Vocabulary

TIMES = ("recorded_at", "effective_at")


def write(history: Iterable[RecordedEvent]) -> str:
    """A line for each event. The page's export is the same, character for character."""
    return "".join(msgspec.json.encode(_row(fact)).decode() + "\n" for fact in history)


def read(text: str, vocabulary: Vocabulary) -> list[RecordedEvent]:
    """The events of these lines. Unreadable, with the line's number, for what does not fit."""
    history = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                history.append(_recorded(line, vocabulary))
            except (msgspec.MsgspecError, TypeError, ValueError) as error:
                raise Unreadable(f"line {number}", str(error)) from error
    return history


def _row(fact: RecordedEvent) -> dict[str, Any]:
    row = msgspec.structs.asdict(fact)
    del row["hash"]
    return row | {name: to_text(row[name]) for name in TIMES}


def _recorded(line: str, vocabulary: Vocabulary) -> RecordedEvent:
    row = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    event = vocabulary.decode(bytes(row.pop("event", b"null")).decode())
    kinds = {field.name: field.type for field in msgspec.structs.fields(RecordedEvent)}
    if unknown := row.keys() - kinds.keys():
        raise ValueError(f"unknown fields {sorted(unknown)}")
    known = {name: msgspec.json.decode(raw, type=kinds[name]) for name, raw in row.items()}
    return RecordedEvent(**{"hash": "", **known}, event=event)
