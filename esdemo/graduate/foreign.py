"""Foreign events: the events of an application that we did not write, as facts in an esdemo store.

A fact keeps what their log has: the notification's number, the aggregate's id and version, the
topic, and the payload byte for byte, encrypted or compressed if it is so there. The stored name of
the fact is the topic. What its payload says is read when the fact is read, so a mirror of an
encrypted log is as secret as the log.
"""

import base64
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import msgspec

from esdemo.errors import UnknownType
from esdemo.events import Event, Message, Vocabulary
from esdemo.graduate.reading import LogRow, json_fields

if TYPE_CHECKING:
    from eventsourcing.application import Application
    from eventsourcing.persistence import Mapper

Fields = Mapping[str, Any]
Opened = Callable[[bytes], Fields | None]
"""What a payload says: its fields; None where it does not say it to us."""

NOT_IN_THE_LOG: Final = "(not in their log)"
"""Stands where esdemo keeps who did it: the library's log does not say it."""


class Foreign(Event, frozen=True, dict=True, kw_only=True):
    """An event of theirs: first the fields of its payload, as far as they can be read.

    notification_id: its place in their log, which may have gaps. The class of a fact is made for
    the shape of its payload and is called by the last part of its topic, `Account.Opened`.
    """

    notification_id: int

    @property
    def row(self) -> LogRow:
        """The event as it lies in their log: all that this fact was made from."""
        found: LogRow = self.__dict__["row"]
        return found

    def __repr__(self) -> str:
        names = [name for name in self.__struct_fields__ if name not in _OWN]
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__name__}({fields})"


_OWN: Final = Foreign.__struct_fields__


class _Stored(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A fact as a mirror stores it."""

    type: str  # the topic
    notification_id: int
    originator_id: str
    originator_version: int
    state: str
    base64: bool = False  # whether that is how the bytes are written, which are not text


class ForeignVocabulary(Vocabulary):
    """Takes any event of theirs, whatever its topic, and no command: see `vocabulary`."""

    def __init__(self, opened: Opened) -> None:
        super().__init__(Foreign)
        self._opened = opened
        self._shapes: dict[tuple[Any, ...], type[Foreign]] = {}
        self._stored = msgspec.json.Decoder(_Stored)

    def encode(self, message: Message, kind: type[Message] = Message) -> str:
        """The fact as JSON. UnknownType for everything else: only `follow` adds to a mirror."""
        if not isinstance(message, Foreign):
            raise UnknownType(
                f"{message!r:.200} cannot be kept in a mirror of somebody else's log: give "
                "commands to the application itself, then follow it"
            )
        return stored(message.row)

    def decode(self, text: str) -> Foreign:
        """The fact that `text` holds. Raises msgspec's errors."""
        kept = self._stored.decode(text)
        state = base64.b64decode(kept.state) if kept.base64 else kept.state.encode()
        numbers = kept.notification_id, kept.originator_id, kept.originator_version
        return self.fact(LogRow(*numbers, kept.type, state))

    def fact(self, row: LogRow) -> Foreign:
        """A row of their log as a fact."""
        fields = self._opened(row.state) or {}
        kinds = tuple((name, type(value)) for name, value in fields.items())
        shape = (row.topic, *kinds)
        if shape not in self._shapes:
            self._shapes[shape] = _shaped(row.topic, kinds)
        fact = self._shapes[shape](*fields.values(), notification_id=row.notification_id)
        fact.__dict__["row"] = row
        return fact


def vocabulary(application: "Application[Any] | None" = None) -> ForeignVocabulary:
    """The vocabulary of a mirror: of any application.

    application: reads what its payloads say, where they are encrypted, compressed, or not JSON.
    Without it only plain JSON is read; everything else is there all the same, as bytes.
    """
    return ForeignVocabulary(json_fields if application is None else opener(application.mapper))


def stored(row: LogRow) -> str:
    """A row of their log as a mirror stores it."""
    names = row.topic, row.notification_id, row.originator_id, row.originator_version
    try:
        kept = _Stored(*names, row.state.decode())
    except UnicodeDecodeError:
        kept = _Stored(*names, base64.b64encode(row.state).decode(), True)
    return msgspec.json.encode(kept).decode()


def opener(mapper: "Mapper[Any]") -> Opened:
    """How an application's payloads are opened: its cipher, its compressor, then its JSON.

    A payload that is not JSON is read by its transcoder. None for one that cannot be opened.
    """

    def opened(state: bytes) -> Fields | None:
        try:
            if mapper.cipher:
                state = mapper.cipher.decrypt(state)
            if mapper.compressor:
                state = mapper.compressor.decompress(state)
            return json_fields(state) or _transcoded(mapper.transcoder.decode(state))
        except Exception:  # whatever a cipher or a transcoder of theirs stumbles over
            return None

    return opened


def _transcoded(found: Any) -> Fields | None:
    if not isinstance(found, dict):
        return None
    return {str(name): _kept(value) for name, value in found.items()}


def _kept(value: Any) -> Any:
    """The value where it can be a fact; a float as the Decimal that it is written as; its text."""
    if isinstance(value, float):
        return Decimal(repr(value))
    return value if type(value) in _FACTS else repr(value)


_FACTS: Final = {int, str, bool, bytes, type(None), Decimal}


def _shaped(topic: str, kinds: tuple[tuple[str, type], ...]) -> type[Foreign]:
    """A class for facts of one topic whose payloads have these fields.

    A field that has a name of ours gets a line behind it, and so does what is not a Python name.
    """
    fields = dict[str, type]()
    for name, kind in kinds:
        field = name if name.isidentifier() else re.sub(r"\W", "_", f"_{name}")
        while field in fields or field in _TAKEN:
            field += "_"
        fields[field] = kind
    name = topic.rpartition(":")[2] or topic
    return msgspec.defstruct(name, fields.items(), bases=(Foreign,), frozen=True, tag=topic)  # type: ignore[return-value]


_TAKEN: Final = {*dir(Foreign), "type"}
