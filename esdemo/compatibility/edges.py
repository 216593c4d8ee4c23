"""Messages to try: a plain one of each type, and one with each value at an edge of each field."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from itertools import chain
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import inspect

from esdemo.events import Message, Vocabulary

Edges = tuple[int, ...]
_NOON: Final = datetime(2026, 1, 5, 12, 30, 15, 250_000, UTC)
_WORDS: Final = ("a", "", "é", "0", "a b", "2026-01-05", "A", "abc-1", "\U0001f600", "null")
_LONG: Final = 100_000  # characters: an edge that is further out is not tried
_DEEP: Final = 3  # messages in messages
_NEAR: Final = range(-2, 65)


def messages(
    cls: type[msgspec.Struct], edges: Iterable[int], depth: int = 0
) -> Iterator[tuple[str, Any]]:
    """A plain message ("" for its field), then those in which one field is at an edge."""
    values = {}
    for field in msgspec.structs.fields(cls):
        values[field.name] = list(_values(inspect.type_info(field.type), tuple(edges), depth))
        if not values[field.name]:
            return
    plain = {name: some[0] for name, some in values.items()}
    names = {field.name: field.encode_name for field in msgspec.structs.fields(cls)}
    yield "", cls(**plain)
    for name, some in values.items():
        yield from ((names[name], cls(**plain | {name: value})) for value in some)


def _values(kind: inspect.Type, edges: Edges, depth: int) -> Iterable[Any]:
    """Values of a type, the plainest first."""
    match kind:
        case inspect.Metadata():
            return _values(kind.type, edges, depth)
        case inspect.IntType():
            return _ints(kind, edges)
        case inspect.StrType():
            return _strings(kind, edges)
        case inspect.BytesType() | inspect.ByteArrayType():
            return (b"a" * length for length in _lengths(kind, edges))
        case inspect.UnionType():
            return chain.from_iterable(_values(each, edges, depth) for each in kind.types)
        case inspect.VarTupleType():
            return _tuples(kind, edges, depth)
        case inspect.TupleType():
            return _pairs(kind, edges, depth)
        case inspect.StructType():
            deeper = messages(kind.cls, edges, depth + 1) if depth < _DEEP else iter(())
            return (message for _, message in deeper)
        case inspect.EnumType():
            return list(kind.cls)
        case inspect.LiteralType():
            return kind.values
        case _:
            return _OTHERS.get(type(kind), ())


_OTHERS: Final[dict[type[inspect.Type], tuple[Any, ...]]] = {
    inspect.BoolType: (True, False),
    inspect.NoneType: (None,),
    inspect.UUIDType: (UUID(int=1), UUID(int=2**128 - 1)),
    inspect.DateType: (date(2026, 1, 5), date.min, date.max),
    inspect.DateTimeType: (
        _NOON,
        datetime.min.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
        _NOON.astimezone(timezone(timedelta(hours=2))),
    ),
    inspect.DecimalType: tuple(map(Decimal, ("1", "0", "-1", "1.5", "1e-9", "123456789012345678"))),
}


def _ints(kind: inspect.IntType, edges: Edges) -> list[int]:
    low = max([-(2**63), *_given(kind.ge), *(bound + 1 for bound in _given(kind.gt))])
    high = min([2**63 - 1, *_given(kind.le), *(bound - 1 for bound in _given(kind.lt))])
    step = kind.multiple_of or 1
    first, last = -(-low // step) * step, high // step * step
    ends = chain((first + step * n for n in range(65)), (last - step * n for n in range(3)))
    near = (step * n for n in _NEAR)
    about = (edge // step * step + step * n for edge in edges for n in (-1, 0, 1))
    return sorted({each for each in chain(ends, near, about) if first <= each <= last}, key=_plain)


def _plain(number: int) -> tuple[bool, int]:
    """Small numbers above zero first."""
    return number <= 0, abs(number)


def _strings(kind: inspect.StrType, edges: Edges) -> list[str]:
    longer = ("a" * length for length in _lengths(kind, edges))
    fits = re.compile(kind.pattern or "").search
    least, most = kind.min_length or 0, _LONG if kind.max_length is None else kind.max_length
    some = dict.fromkeys(chain(_WORDS, longer))
    return [word for word in some if least <= len(word) <= most and fits(word)]


def _lengths(kind: Any, edges: Edges) -> list[int]:
    """Lengths at the edges, the shortest first that is not empty."""
    least, most = kind.min_length or 0, _LONG if kind.max_length is None else kind.max_length
    about = (edge + n for edge in edges for n in (-1, 0, 1))
    wanted = {least, least + 1, least + 2, *_given(kind.max_length), *about}
    return sorted((n for n in wanted if least <= n <= min(most, _LONG)), key=_plain)


def _tuples(kind: inspect.VarTupleType, edges: Edges, depth: int) -> Iterator[tuple[Any, ...]]:
    some = list(_values(kind.item_type, edges, depth))
    for length in _lengths(kind, edges):
        yield from ((each, *some[:1] * (length - 1))[:length] for each in some or [None])


def _pairs(kind: inspect.TupleType, edges: Edges, depth: int) -> Iterator[tuple[Any, ...]]:
    some = [list(_values(each, edges, depth)) for each in kind.item_types]
    if all(some):
        plain = tuple(each[0] for each in some)
        yield plain
        for place, each in enumerate(some):
            yield from ((*plain[:place], value, *plain[place + 1 :]) for value in each)


def _given(bound: int | float | None) -> list[int]:
    return [] if bound is None else [int(bound)]


_BOUNDS: Final = ("gt", "ge", "lt", "le", "multiple_of", "min_length", "max_length")


def edges_of(reader: Vocabulary) -> Edges:
    """The numbers at which the reader begins or ceases to take a value."""
    found = set[int]()
    for kind in _kinds(reader.types):
        found.update(*(_given(getattr(kind, bound, None)) for bound in _BOUNDS))
        if isinstance(kind, inspect.LiteralType):
            found.update(value for value in kind.values if isinstance(value, int))
        if isinstance(kind, inspect.EnumType):
            found.update(each.value for each in kind.cls if isinstance(each.value, int))
    return tuple(sorted(found))


def _kinds(types: Iterable[type[Message]]) -> Iterator[Any]:
    """The types of all fields, and the types within them."""
    waiting = [inspect.type_info(cls) for cls in types]
    seen = set[type]()
    while waiting:
        kind: Any = waiting.pop()
        yield kind
        if isinstance(kind, inspect.StructType):
            if kind.cls in seen:
                continue
            seen.add(kind.cls)
            waiting += [field.type for field in kind.fields]
        waiting += getattr(kind, "types", ()) or getattr(kind, "item_types", ())
        waiting += [each for each in (getattr(kind, "item_type", None),) if each]
        waiting += [kind.type] if isinstance(kind, inspect.Metadata) else []
