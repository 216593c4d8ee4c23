"""What messages may look like, in the words of JSON: for an import's check and a command's form."""

import sys
import typing
from collections.abc import Iterable
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal

import msgspec

from esdemo.anylog import Entry
from esdemo.events import Message
from esdemo.explorer.history import AnyDecider
from esdemo.explorer.page.patches import plain

NAMES: Final = {int: "integer", bool: "boolean", NoneType: "null", tuple: "array"}


def schema(types: Iterable[type[Message]]) -> dict[str, dict[str, str]]:
    """stored name -> field -> what JSON kinds it may have, as "integer|null"."""
    return {
        str(cls.__struct_config__.tag): {
            field.encode_name: "|".join(dict.fromkeys(kinds(field.type)))
            for field in msgspec.structs.fields(cls)
        }
        for cls in types
    }


def of_entries(entries: Iterable[Entry]) -> dict[str, dict[str, str]]:
    """The same for a log without classes: what a field may be nobody knows, or whether it is there.

    A field that some events of a type have not may be "missing".
    """
    found: dict[str, dict[str, str]] = {}
    for entry in entries:
        fields = found.setdefault(entry.type, dict.fromkeys(entry.data, "any"))
        if fields.keys() != entry.data.keys():
            odd = fields.keys() ^ entry.data.keys()
            fields |= dict.fromkeys(odd, "any|missing")
    return found


def forms(types: Iterable[type[Message]]) -> dict[str, list[list[Any]]]:
    """class name -> [field, kinds, required, default as text or None], for commands to fill in."""
    return {
        cls.__name__: [
            [
                field.encode_name,
                "|".join(dict.fromkeys(kinds(field.type))),
                field.required,
                None if field.required else _text(field),
            ]
            for field in msgspec.structs.fields(cls)
        ]
        for cls in types
    }


def units(types: Iterable[type[Message]], decider: AnyDecider | None) -> dict[str, Any]:
    """What a number counts, where its type says so: `Annotated[int, Meta(extra={"unit": ...})]`.

    By stored name and field for messages; by field for the state, under "".
    """
    found = {str(cls.__struct_config__.tag): _units_of(cls) for cls in types}
    if decider is not None:
        found[""] = _units_of(type(decider.initial))
    return {name: fields for name, fields in found.items() if fields}


def _units_of(cls: type) -> dict[str, str]:
    try:
        hints = typing.get_type_hints(cls, include_extras=True)
    except (NameError, TypeError):  # a class of a notebook cell, or not a class with hints
        return {}
    return {name: unit for name, hint in hints.items() if (unit := _unit(hint))}


def _unit(hint: Any) -> str | None:
    metas = getattr(hint, "__metadata__", ())
    extras = (meta.extra or {} for meta in metas if isinstance(meta, msgspec.Meta))
    return next((str(extra["unit"]) for extra in extras if "unit" in extra), None)


def code(types: Iterable[type[Message]], decider: AnyDecider | None) -> dict[str, Any]:
    """How messages are written in Python: stored name -> [module, class, whether fields are plain].

    Under "" the module and the name of the decider, if its module has one. For "copy as test".
    """
    found: dict[str, Any] = {
        str(cls.__struct_config__.tag): [cls.__module__, cls.__name__, _is_plain(cls)]
        for cls in types
    }
    if decider is not None:
        module = getattr(decider.decide, "__module__", "__main__")
        names = vars(sys.modules.get(module, sys)).items()
        name = next((name for name, value in names if value is decider), "rules")
        found[""] = [module, name]
    return found


def _is_plain(cls: type[Message]) -> bool:
    """Whether each field is, in Python, what its JSON looks like."""
    plain_types = {int, str, bool, float, NoneType}
    return all(_bases(field.type) <= plain_types for field in msgspec.structs.fields(cls))


def _bases(hint: Any) -> set[Any]:
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        return _bases(parts[0])
    if origin is Literal:
        return {type(part) for part in parts}
    if origin in (typing.Union, UnionType):
        return {base for part in parts for base in _bases(part)}
    return {hint}


def kinds(hint: Any) -> list[str]:
    """The kinds of JSON value that a type is written as; dates, decimals and bytes are text."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        return kinds(parts[0])
    if origin in (typing.Union, UnionType):
        return [kind for part in parts for kind in kinds(part)]
    if origin is Literal:
        return [kind for part in parts for kind in kinds(type(part))]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return [kind for part in hint for kind in kinds(type(part.value))]
    if isinstance(hint, type) and issubclass(hint, Message):
        return ["object"]
    return [NAMES.get(origin or hint, "string")]


def _text(field: msgspec.structs.FieldInfo) -> str:
    value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    found = plain(value)
    return "" if found is None else str(found)
