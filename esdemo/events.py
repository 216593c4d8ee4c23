"""Events: facts in the past tense, and how they become bytes that can be trusted for ever."""

import contextlib
import hashlib
import re
import typing
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from types import UnionType
from typing import Any, Final, NamedTuple, TypeVar, dataclass_transform
from uuid import UUID

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
        with contextlib.suppress(NameError):  # defined further down: a Vocabulary looks again
            _check_class(cls)


class Event(Message, frozen=True):
    """A fact, in the past tense, with the reason in its name: `MoneyWithdrawn(amount=30_00)`."""


E = TypeVar("E", bound=Event)


class RecordedEvent(msgspec.Struct, frozen=True):
    """An event in its envelope: what the store knows about it. Named by (stream, version)."""

    position: int  # in the whole log, from 1
    stream: str
    version: int  # in its stream, from 1, without holes
    event: Event
    command_id: str  # the command that led to it, "" for an imported fact
    correlation_id: str  # shared by everything that one request set off
    actor: str
    recorded_at: datetime  # when we learned it: never goes backwards
    effective_at: datetime  # when it was true in the world
    hash: str  # hex SHA-256 over this event as stored and the stream's hash before it

    def __repr__(self) -> str:
        return f"#{self.position} {self.stream}/{self.version} {self.event}"


class Kept(NamedTuple):
    """A message that was proven to be a fact: as it is stored, and as it will be read back."""

    data: str
    message: Any


class Vocabulary:
    """The messages that a store may hold, as a union type, and how they are written and read.

    upcasters: old stored name -> function from the old payload (a dict with its name under
    "type") to a newer one, applied until the name is one of `types`.
    """

    def __init__(self, types: Any, upcasters: Mapping[str, Upcaster] | None = None) -> None:
        self.types: tuple[type[Message], ...] = typing.get_args(types) or (types,)
        self.upcasters = upcasters or {}
        for cls in self.types:
            if not (isinstance(cls, type) and issubclass(cls, Message)):
                raise UnknownType(f"{cls!r} is neither an Event nor a Command")
            if not cls.__struct_config__.frozen:
                raise NotAFact(f"{cls.__name__} can change: a fact is frozen")
            try:
                _check_class(cls)
            except NameError as error:
                raise NotAFact(
                    f"the type of a field of {cls.__name__} cannot be found: {error}; define it at "
                    "the top of a module"
                ) from error
        self.names = [str(cls.__struct_config__.tag) for cls in self.types]
        if len(set(self.names)) < len(self.names) or self.upcasters.keys() & set(self.names):
            raise UnknownType(f"two types, or a type and an upcaster, have one name: {self.names}")
        try:
            self._decoder = msgspec.json.Decoder(typing.Union[self.types])  # noqa: UP007
        except TypeError as error:
            raise NotAFact(str(error)) from error

    def encode(self, message: Message, kind: type[Message] = Message) -> str:
        """The message as JSON text, proven readable: see `kept`."""
        return self.kept(message, kind).data

    def kept(self, message: Message, kind: type[Message] = Message) -> Kept:
        """The message as it is stored and as it is read back: written, read again and compared.

        msgspec checks nothing when an object is made, so a wrong value would be found only by
        the one who reads it, years later. UnknownType or NotAFact, before anything is stored.
        kind: Event or Command, to refuse one where the other belongs.
        """
        if not isinstance(message, kind):
            raise UnknownType(f"{message!r:.200} is no {kind.__name__}")
        if type(message) not in self.types:
            raise UnknownType(
                f"{type(message).__name__} is not in this store's vocabulary "
                f"({', '.join(self.names)}): add it to the union and open the store after the "
                "class is defined (a class that is defined again is another class)"
            )
        try:
            stored = msgspec.json.encode(message)
            read_back = self._decoder.decode(stored)
            # Equal values are not enough: True == 1 == Decimal(1), and JSON writes each otherwise.
            if read_back != message or msgspec.json.encode(read_back) != stored:
                raise ValueError(f"it would be read back as {read_back!r}{_in_utc(message)}")
            if _suspicious(stored):  # 0.4 microseconds, where a look at each field takes 2
                _check_values(message)
        except (msgspec.MsgspecError, TypeError, ValueError, ArithmeticError) as error:
            raise NotAFact(f"{message!r:.200} cannot be stored: {error}") from error
        return Kept(stored.decode(), read_back)

    def decode(self, text: str) -> Any:
        """The message that `text` holds. Raises msgspec's errors, or an upcaster's own."""
        try:
            return self._decoder.decode(text)
        except msgspec.ValidationError:
            payload = msgspec.json.decode(text)
            if not isinstance(payload, dict) or payload.get("type") not in self.upcasters:
                raise
        for _ in self.upcasters:  # each at most once, so a circle of them ends in an error
            if step := self.upcasters.get(payload["type"]):
                payload = step(payload)
        return self._decoder.decode(msgspec.json.encode(payload))


def chain(previous: str, *stored: str | int | None) -> str:
    """The next hash of a stream: SHA-256 over the hash before it and the columns as stored.

    JSON marks where each column ends, so no two rows give the same bytes.
    """
    return hashlib.sha256(msgspec.json.encode((previous, *stored))).hexdigest()


_PLAIN: Final = {int, str, bool, bytes, type(None), date, datetime, Decimal, UUID}
_ADVICE: Final = {
    float: "a float is seldom the number that was meant; use an int in small units, such as cents",
    list: "a list can change; use tuple[X, ...]",
    set: "a set can change and has no order; use tuple[X, ...]",
    dict: "a dict can change; use a tuple of pairs",
    bytearray: "a bytearray can change; use bytes",
}


def _check_class(cls: type[Message], seen: frozenset[type] = frozenset()) -> None:
    """NotAFact for a field that cannot be kept, here or in a message that this one holds.

    NameError for the name of a type that is not defined yet.
    """
    for field, hint in typing.get_type_hints(cls, include_extras=True).items():
        if objection := _objection(hint, seen | {cls}):
            raise NotAFact(f"field {field!r} of {cls.__name__} cannot be a fact: {objection}")


def _objection(hint: Any, seen: frozenset[type]) -> str | None:
    """Why values of this type cannot be facts; None when they can."""
    origin = typing.get_origin(hint)
    if hint in _PLAIN or hint in seen or origin in (typing.ClassVar, typing.Literal):
        return None
    if isinstance(hint, type) and issubclass(hint, Enum):
        return None
    if isinstance(hint, type) and issubclass(hint, Message):
        _check_class(hint, seen)
        return None if hint.__struct_config__.frozen else f"a {hint.__name__} can change"
    if origin in (typing.Annotated, tuple, typing.Union, UnionType):
        parts = typing.get_args(hint)[: 1 if origin is typing.Annotated else None]
        objections = (_objection(part, seen) for part in parts if part is not ...)
        return next(filter(None, objections), None)
    return _ADVICE.get(origin or hint, f"{hint} is not one of the immutable types that JSON keeps")


_suspicious: Final = re.compile(rb"\d(?:\d{18}|:\d\d[.\d]*\")").search


def _in_utc(message: Message) -> str:
    """Advice for the local hour that a change of the clocks repeats or leaves out."""
    dated = any(isinstance(value, datetime) for value in msgspec.structs.astuple(message))
    return "; give its times in UTC, as in moment.astimezone(UTC)" if dated else ""


def _check_values(value: object) -> None:
    """ValueError for what JSON keeps but a 64-bit column or a second machine would not."""
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError(f"{value} does not fit into 64 bits")
    if isinstance(value, datetime) and value.utcoffset() is None:
        raise ValueError(f"{value!r} has no time zone")
    if isinstance(value, Message):
        value = msgspec.structs.astuple(value)
    if isinstance(value, tuple):
        for part in value:
            _check_values(part)
