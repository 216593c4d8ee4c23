"""Events: facts in the past tense, and how they become bytes that can be trusted for ever."""

import datetime
import decimal
import enum
import hashlib
import types
import typing
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Final, dataclass_transform

import msgspec

from esdemo.errors import NotAFact, UnknownType

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]

GENESIS: Final = "0" * 64
"""What stands in for the hash before the first event of a stream."""


@dataclass_transform(frozen_default=True)
class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    """What events and commands share: named, frozen, compared by value, stored as JSON.

    The stored name is the class's own. When its shape changes, give the new shape a new name:
    `class MoneyDeposited(Event, tag="MoneyDeposited.2")`, and an upcaster for the old one.
    Raises NotAFact where a field's type could change or means different things on two machines.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        try:
            hints = typing.get_type_hints(cls, include_extras=True)
        except NameError:
            return  # a name defined further down; msgspec complains if it never comes
        for field, hint in hints.items():
            if objection := _objection(hint):
                raise NotAFact(f"field {field!r} of {cls.__name__} cannot be a fact: {objection}")


class Event(Message, frozen=True):
    """A fact, in the past tense, with the reason in its name: `MoneyWithdrawn(amount=30_00)`."""


class RecordedEvent(msgspec.Struct, frozen=True):
    """An event in its envelope: what the store knows about it. Named by (stream, version)."""

    position: int  # in the whole log, from 1
    stream: str
    version: int  # in its stream, from 1, without holes
    event: Event
    command_id: str  # the command that led to it, "" for an imported fact
    correlation_id: str  # shared by everything that one request set off
    actor: str
    recorded_at: datetime.datetime  # when we learned it: never goes backwards
    effective_at: datetime.datetime  # when it was true in the world
    hash: str  # hex SHA-256 over this event as stored and the stream's hash before it

    def __repr__(self) -> str:
        return f"#{self.position} {self.stream}/{self.version} {self.event}"


class Vocabulary:
    """The messages that a store may hold, as a union type, and how they are written and read.

    upcasters: old stored name -> function from the old payload (a dict with its name under
    "type") to a newer one, applied until the name is one of `types`.
    """

    def __init__(
        self, types: Any, upcasters: Mapping[str, Upcaster] = types.MappingProxyType({})
    ) -> None:
        self.types: tuple[type[Message], ...] = typing.get_args(types) or (types,)
        for cls in self.types:
            if not (isinstance(cls, type) and issubclass(cls, Message)):
                raise UnknownType(f"{cls!r} is neither an Event nor a Command")
        self.names = {_tag(cls): cls for cls in self.types}
        if clash := self.names.keys() & upcasters.keys():
            raise UnknownType(f"an upcaster would replace a current type: {sorted(clash)}")
        self._upcasters = upcasters
        self._union = typing.Union[self.types]  # noqa: UP007
        self._one = msgspec.json.Decoder(self._union)
        self._many = msgspec.json.Decoder(list[self._union])  # type: ignore[name-defined]

    def encode(self, message: Message) -> str:
        """The message as JSON text, proven readable: written, read back and compared.

        msgspec checks nothing when an object is made, so a wrong value would be found only by
        whoever reads it, years later. UnknownType or NotAFact, before anything is stored.
        """
        if type(message) not in self.types:
            raise UnknownType(self._why_unknown(message))
        try:
            stored = msgspec.json.encode(message)
            if msgspec.json.encode(self._one.decode(stored)) != stored:
                raise NotAFact(f"{message!r} is read back as another value")
            _check_range(message)
        except (msgspec.MsgspecError, TypeError, ValueError, OverflowError) as error:
            raise NotAFact(f"{message!r} cannot be stored: {error}") from error
        return stored.decode()

    def decode(self, text: str) -> Any:
        """The message that `text` holds. ValueError (msgspec's) that names the trouble."""
        try:
            return self._one.decode(text)
        except msgspec.ValidationError:
            if not self._upcasters:
                raise
            return self._upcast(text)

    def decode_many(self, texts: Iterable[str]) -> list[Any]:
        """All of them in one call, which costs half as much as one by one."""
        try:
            return self._many.decode(f"[{','.join(texts)}]")  # type: ignore[no-any-return]
        except msgspec.MsgspecError:
            return [self.decode(text) for text in texts]

    def _upcast(self, text: str) -> Any:
        payload = msgspec.json.decode(text)
        if not isinstance(payload, dict):
            raise msgspec.ValidationError(f"expected an object, got {text[:40]!r}")
        for _ in range(len(self._upcasters)):
            if payload.get("type") not in self._upcasters:
                break
            payload = self._upcasters[payload["type"]](payload)
        return self._one.decode(msgspec.json.encode(payload))

    def _why_unknown(self, message: object) -> str:
        cls = type(message)
        if isinstance(message, Message) and _tag(cls) in self.names:
            return (
                f"{cls.__name__} was defined again after this store was opened: "
                "open the store in the cell that defines its events"
            )
        return (
            f"{cls.__name__} is not in this store's vocabulary ({', '.join(self.names)}): "
            "add it to the union that the store is opened with"
        )


def chain(previous: str, *stored: str | int) -> str:
    """The next hash of a stream: SHA-256 over the hash before it and the columns as stored.

    JSON marks where each column ends, so no two rows give the same bytes.
    """
    return hashlib.sha256(msgspec.json.encode((previous, *stored))).hexdigest()


def _tag(cls: type[Message]) -> str:
    return str(cls.__struct_config__.tag)


_PLAIN: Final = frozenset(
    {int, str, bool, bytes, type(None), datetime.date, datetime.datetime}
    | {decimal.Decimal, uuid.UUID}
)
_ADVICE: Final = {
    float: "a float differs between machines; use an int in the smallest unit, such as cents",
    list: "a list can change; use tuple[X, ...]",
    set: "a set can change and has no order; use tuple[X, ...]",
    dict: "a dict can change; use a tuple of pairs, or a Message of its own",
    bytearray: "a bytearray can change; use bytes",
}


def _objection(hint: Any) -> str | None:
    """Why values of this type cannot be facts; None when they can."""
    origin = typing.get_origin(hint)
    if hint in _PLAIN or origin in (ClassVar, typing.Literal):
        return None
    if isinstance(hint, type) and issubclass(hint, (Message, enum.Enum)):
        return None
    if origin is typing.Annotated:
        return _objection(typing.get_args(hint)[0])
    if origin in (tuple, typing.Union, types.UnionType):
        parts = [part for part in typing.get_args(hint) if part is not Ellipsis]
        return next(filter(None, map(_objection, parts)), None)
    return _ADVICE.get(origin or hint, f"{hint} is not one of the immutable types that JSON keeps")


def _check_range(value: object) -> None:
    """ValueError for what JSON keeps but a 64-bit column or a second machine would not."""
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError(f"{value} does not fit into 64 bits")
    if isinstance(value, datetime.datetime) and value.utcoffset() is None:
        raise ValueError(f"{value!r} has no time zone")
    if isinstance(value, tuple):
        for part in value:
            _check_range(part)
    elif isinstance(value, Message):
        for field in value.__struct_fields__:
            _check_range(getattr(value, field))
