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
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from esdemo.errors import UnknownType
from esdemo.events import Event, Kept, Message, Vocabulary
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


_LIBRARYS: Final = ("timestamp", "originator_topic", "class_version")
"""What the library puts into every payload, or into the first one: shown last."""


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
        self._stored = msgspec.json.Decoder(_Stored)

    def kept(self, message: Message, kind: type[Message] = Message) -> Kept:
        """The fact as it is stored. UnknownType for everything else: only `follow` adds to it."""
        if not isinstance(message, Foreign):
            raise UnknownType(
                f"{message!r:.200} cannot be kept in a mirror of somebody else's log: give "
                "commands to the application itself, then follow it"
            )
        return Kept(stored(message.row), message)

    def decode(self, text: str) -> Foreign:
        """The fact that `text` holds. Raises msgspec's errors."""
        kept = self._stored.decode(text)
        state = base64.b64decode(kept.state) if kept.base64 else kept.state.encode()
        numbers = kept.notification_id, kept.originator_id, kept.originator_version
        return self.fact(LogRow(*numbers, kept.type, state))

    def fact(self, row: LogRow) -> Foreign:
        """A row of their log as a fact."""
        fields = self._opened(row.state) or {}
        kind, order = _shaped(row.topic, tuple(fields), tuple(map(type, fields.values())))
        fact = kind(*map(fields.__getitem__, order), notification_id=row.notification_id)
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


@lru_cache(maxsize=10_000)
def _shaped(
    topic: str, names: tuple[str, ...], kinds: tuple[type, ...]
) -> tuple[type[Foreign], list[str]]:
    """A class for facts of one topic whose payloads have these fields, and the order of them.

    A field that has a name of ours gets a line behind it, and so does what is not a Python name.
    """
    order = sorted(names, key=_LIBRARYS.__contains__)
    fields, kind_of = dict[str, type](), dict(zip(names, kinds, strict=True))
    for name in order:
        field = name if name.isidentifier() else re.sub(r"\W", "_", f"_{name}")
        while field in fields or field in _TAKEN:
            field += "_"
        fields[field] = kind_of[name]
    last = topic.rpartition(":")[2] or topic
    kind: Any = msgspec.defstruct(last, fields.items(), bases=(Foreign,), frozen=True, tag=topic)
    return kind, order


_TAKEN: Final = {*dir(Foreign), "type"}
