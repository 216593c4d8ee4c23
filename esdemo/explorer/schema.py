"""What messages may look like, in the words of JSON: for an import's check and a command's form."""

import typing
from collections.abc import Iterable
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal

import msgspec

from esdemo.anylog import Entry
from esdemo.events import Message
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
