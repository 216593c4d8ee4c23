"""JSON Lines (jsonlines.org): an object a line, a field for each column of the store.

The payload of an event or command stands under `data`, byte for byte as stored, since its hash is
over these bytes.
"""

from typing import Any, Final, Literal, get_type_hints

import msgspec
from msgspec import Raw

from esdemo.interchange.lines import Begins, Ends, Line
from esdemo.stores.rows import DecisionRow, EventRow


class _Begins(
    msgspec.Struct, frozen=True, tag_field="line", tag="begins", forbid_unknown_fields=True
):
    format: Literal["esdemo history"]
    version: Literal[1]
    events: int
    decisions: int


def _columns(row: type[EventRow | DecisionRow | Ends], tag: str) -> Any:
    """A Struct with the columns of a row, whose `line` says what it is."""
    hints = get_type_hints(row)
    columns = [(name, Raw if name == "data" else hint) for name, hint in hints.items()]
    return msgspec.defstruct(
        f"_{tag.title()}",
        columns,
        tag_field="line",
        tag=tag,
        frozen=True,
        forbid_unknown_fields=True,
    )


_Event: Final = _columns(EventRow, "event")
_Decision: Final = _columns(DecisionRow, "decision")
_Ends: Final = _columns(Ends, "ends")
_DECODER: Final = msgspec.json.Decoder(_Begins | _Event | _Decision | _Ends)


def encode(line: Line) -> bytes:
    """The line as JSON, without its end."""
    match line:
        case EventRow():
            kept: Any = _Event(*line[:3], Raw(line.data), *line[4:])
        case DecisionRow():
            kept = _Decision(*line[:4], Raw(line.data), *line[5:])
        case Begins():
            kept = _Begins("esdemo history", 1, *line)
        case Ends():
            kept = _Ends(*line)
    return msgspec.json.encode(kept)


def decode(text: bytes) -> Line:
    """What a line says. Raises ValueError, or RecursionError for brackets without end."""
    kept = _DECODER.decode(text)
    if isinstance(kept, _Begins):
        return Begins(kept.events, kept.decisions)
    columns = {name: getattr(kept, name) for name in kept.__struct_fields__}
    if "data" in columns:
        columns["data"] = bytes(kept.data).decode()
    rows: dict[Any, type[Line]] = {_Event: EventRow, _Decision: DecisionRow, _Ends: Ends}
    return rows[type(kept)](**columns)
