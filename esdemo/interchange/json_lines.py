"""JSON Lines (jsonlines.org): an object a line, a field for each column of the store.

The payload of an event or command stands under `data`, byte for byte as stored, since its hash is
over these bytes.
"""

from typing import Any, Final, Literal, get_type_hints

import msgspec
from msgspec import Raw

from esdemo.interchange.lines import VERSION, Begins, Ends, Line, check_spelling, check_version
from esdemo.stores.rows import DecisionRow, EventRow

FORMAT: Final = "esdemo history"


class _Begins(
    msgspec.Struct, frozen=True, tag_field="line", tag="begins", forbid_unknown_fields=True
):
    format: Literal["esdemo history"]
    version: int
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
_ROWS: Final[dict[Any, type[Line]]] = {_Event: EventRow, _Decision: DecisionRow, _Ends: Ends}
_DECODER: Final = msgspec.json.Decoder(_Begins | _Event | _Decision | _Ends)


def encode(line: Line) -> bytes:
    """The line as JSON, without its end."""
    columns: dict[str, Any] = line._asdict()
    match line:
        case EventRow():
            columns = {"line": "event"} | columns | {"data": Raw(line.data)}
        case DecisionRow():
            columns = {"line": "decision"} | columns | {"data": Raw(line.data)}
        case Begins():
            columns = {"line": "begins", "format": FORMAT, "version": VERSION} | columns
        case Ends():
            columns = {"line": "ends"} | columns
    return msgspec.json.encode(columns)


def decode(text: bytes) -> Line:
    """What a line says, when it is a line that we would have written.

    Raises ValueError for any other, and RecursionError for brackets without end.
    """
    kept = _DECODER.decode(text)
    if isinstance(kept, _Begins):
        check_version(kept.version)
        line: Line = Begins(kept.events, kept.decisions)
    else:
        columns = {name: getattr(kept, name) for name in kept.__struct_fields__}
        if "data" in columns:
            columns["data"] = bytes(kept.data).decode()
        line = _ROWS[type(kept)](**columns)
    check_spelling(text, encode(line))
    return line
