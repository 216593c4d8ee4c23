"""Unsealed: events as text, a line of JSON for each in its envelope, and nothing to prove them by.

What a page of the explorer saves and loads. It has no decisions, no hashes and no seal, so it may
be edited by hand, and nobody can tell; another store makes hashes of its own. The whole history
with its proof is what `export_history` writes.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Raw

from esdemo.clocks import to_text
from esdemo.errors import Unreadable
from esdemo.events import RecordedEvent, Vocabulary
from esdemo.interchange.lines import is_sealed

Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A RecordedEvent without its hash."""

    position: int
    stream: str
    version: int
    event: Raw
    command_id: str
    correlation_id: str
    actor: str
    recorded_at: Moment
    effective_at: Moment


def write(history: Iterable[RecordedEvent]) -> str:
    """A line for each event. The page's export is the same, character for character."""
    return "".join(msgspec.json.encode(_columns(fact)).decode() + "\n" for fact in history)


def read(text: str, vocabulary: Vocabulary) -> list[RecordedEvent]:
    """The events of these lines. Unreadable, with the line's number, for what does not fit."""
    history = []
    for number, line in enumerate(text.split("\n"), 1):  # str.splitlines would break at U+2028
        if line.strip():
            try:
                history.append(_recorded(line, vocabulary))
            except Exception as error:  # msgspec's own, or whatever an upcaster stumbled over
                why = f"{error}"
                if is_sealed(line):
                    why = "it is of a whole history: give the file to interchange.import_history"
                raise Unreadable(f"line {number}", why) from error
    return history


def _columns(fact: RecordedEvent) -> dict[str, Any]:
    columns = msgspec.structs.asdict(fact)
    del columns["hash"]
    times = {name: to_text(columns[name]) for name in ("recorded_at", "effective_at")}
    return columns | times


def _recorded(text: str, vocabulary: Vocabulary) -> RecordedEvent:
    line = msgspec.json.decode(text, type=_Line)
    event = vocabulary.decode(bytes(line.event).decode())
    return RecordedEvent(**msgspec.structs.asdict(line) | {"event": event}, hash="")
