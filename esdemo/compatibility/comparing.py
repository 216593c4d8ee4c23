"""Comparing: what one vocabulary writes is read by the other, on the path of a store."""

from collections.abc import Iterable, Iterator
from typing import Any, Literal

import msgspec
from msgspec import NODEFAULT

from esdemo.compatibility.edges import edges_of, messages
from esdemo.errors import NotAFact
from esdemo.events import Message, Vocabulary

Kind = Literal[
    "unknown name", "unknown field", "missing field", "narrower values", "upcaster fails"
]


class Break(msgspec.Struct, frozen=True):
    """Something that one side writes and the other cannot read."""

    name: str  # the stored name of the message
    field: str  # "" where it is the message as a whole
    kind: Kind
    why: str  # in the words of the reader
    example: str  # a stored text that cannot be read

    def __repr__(self) -> str:
        where = f"{self.name}.{self.field}" if self.field else self.name
        return f"{where}: {self.kind} ({self.why})"


class Comparison(msgspec.Struct, frozen=True):
    """What became of two vocabularies' messages in each other's hands."""

    backward: tuple[Break, ...]  # what old code wrote and new code cannot read
    forward: tuple[Break, ...]  # what new code writes and old code cannot read
    quiet: tuple[str, ...]  # what is read without an error, and as something else
    untried: tuple[str, ...]  # what nothing could be said about, and what would help

    @property
    def verdict(self) -> Literal["full", "backward", "forward", "none"]:
        """Which way messages can be read."""
        if self.backward:
            return "none" if self.forward else "forward"
        return "backward" if self.forward else "full"

    def __str__(self) -> str:
        lines = [f"compatible: {self.verdict}"]
        lines += [f"new code cannot read the old {each!r}" for each in self.backward]
        lines += [f"old code cannot read the new {each!r}" for each in self.forward]
        lines += [f"read as something else: {each}" for each in self.quiet]
        return "\n".join(lines + [f"not tried: {each}" for each in self.untried])


def compare(old: Any, new: Any, stored: Iterable[str] = ()) -> Comparison:
    """Two vocabularies, as unions of types or as Vocabulary objects: who can read whom?

    stored: payloads that are really kept somewhere, as JSON text, such as those of a file that the
    oldest code wrote. Only with them can an upcaster be tried for a name that `old`, too, knows
    by an upcaster alone. A `pattern` of strings is tried with a few strings, not with all.
    """
    old, new = _vocabulary(old), _vocabulary(new)
    kept = list(stored)
    names = {_name(text) for text in kept}
    return Comparison(
        (*_breaks(old, new), *_gone(old, new), *_unread(kept, new)),
        tuple(_breaks(new, old)),
        tuple(_quiet(old, new)),
        (*_silent(old), *_silent(new), *_unseen(old, new, names)),
    )


def _vocabulary(types: Any) -> Vocabulary:
    return types if isinstance(types, Vocabulary) else Vocabulary(types)


# Trying.


def _breaks(writer: Vocabulary, reader: Vocabulary) -> Iterator[Break]:
    """The first message of each kind of trouble that the reader has with the writer's messages."""
    edges = edges_of(reader)
    for cls in writer.types:
        found = dict[tuple[str, Kind], Break]()
        for field, message in messages(cls, edges):
            text = _written(writer, message)
            for each in _troubles(reader, cls, field, text) if text else ():
                found.setdefault((each.field, each.kind), each)
            if found and not field:
                break  # it is the shape, whatever the values
        yield from found.values()


def _written(writer: Vocabulary, message: Message) -> str | None:
    """The message as stored; None for one that no store would take."""
    try:
        return writer.encode(message)
    except NotAFact:
        return None


def _troubles(reader: Vocabulary, cls: type[Message], field: str, text: str) -> Iterator[Break]:
    """What the reader says to a text, field by field where it is the shape that does not fit."""
    why = objection(reader, text)
    if why is None:
        return
    name = _tag(cls)
    if name in reader.upcasters:
        yield Break(name, field, "upcaster fails", why, text)
    elif name not in reader.names:
        yield Break(name, "", "unknown name", why + _renamed(cls, reader), text)
    elif shape := list(_shape(cls, reader.types[reader.names.index(name)])):
        yield from (Break(name, each, kind, why, text) for each, kind, why in shape)
    else:
        yield Break(name, field, "narrower values", why, text)


def objection(reader: Vocabulary, text: str) -> str | None:
    """Why a stored text cannot be read, on the path that a store uses; None when it can."""
    try:
        reader.decode(text)
    except Exception as error:  # msgspec's own, or whatever an upcaster stumbled over
        return f"{error}" if isinstance(error, msgspec.MsgspecError) else f"{error!r}"
    return None


def _shape(written: type[Message], read: type[Message]) -> Iterator[tuple[str, Kind, str]]:
    """The fields that only one of two classes of one stored name has, and must have."""
    theirs, ours = _fields(written), _fields(read)
    for name in sorted(theirs.keys() - ours.keys()):
        alike = (
            each for each in sorted(ours.keys() - theirs.keys()) if _alike(ours[each], theirs[name])
        )
        new = ours.get(next(alike, ""))
        hint = f"; was it renamed? Then rename={{{new.name!r}: {name!r}}}" if new else ""
        yield name, "unknown field", f"the reader has no such field{hint}"
    for name in sorted(ours.keys() - theirs.keys()):
        if ours[name].required:
            yield name, "missing field", "the reader needs it; give it a default"


def _alike(one: msgspec.structs.FieldInfo, other: msgspec.structs.FieldInfo) -> bool:
    return bool(one.type == other.type)


def _renamed(cls: type[Message], reader: Vocabulary) -> str:
    """Advice, where the reader has the same fields under another name."""
    fields = {name: field.type for name, field in _fields(cls).items()}
    for other in reader.types:
        theirs = {name: field.type for name, field in _fields(other).items()}
        if fields and fields == theirs and other.__name__ != cls.__name__:
            return f"; was it renamed? Then class {other.__name__}(..., tag={_tag(cls)!r})"
    return ""


def _fields(cls: type[Message]) -> dict[str, msgspec.structs.FieldInfo]:
    """The fields by the names that they have in a stored text."""
    return {field.encode_name: field for field in msgspec.structs.fields(cls)}


def _gone(old: Vocabulary, new: Vocabulary) -> Iterator[Break]:
    """Names that old code knew by an upcaster and new code does not know at all."""
    for name in sorted(old.upcasters.keys() - new.upcasters.keys() - set(new.names)):
        text = msgspec.json.encode({"type": name}).decode()
        yield Break(name, "", "unknown name", objection(new, text) or "", text)


def _unread(stored: Iterable[str], new: Vocabulary) -> Iterator[Break]:
    """Texts that are kept and that new code cannot read."""
    for text in stored:
        if why := objection(new, text):
            name = _name(text)
            kind: Kind = "narrower values" if name in new.names else "unknown name"
            yield Break(name, "", "upcaster fails" if name in new.upcasters else kind, why, text)


def _name(text: str) -> str:
    """The stored name of the message in a text; "" where there is none."""
    try:
        return str(msgspec.json.decode(text)["type"])
    except (msgspec.MsgspecError, KeyError, TypeError):
        return ""


def _tag(cls: type[Message]) -> str:
    return str(cls.__struct_config__.tag)


# What no error would tell.


def _quiet(old: Vocabulary, new: Vocabulary) -> Iterator[str]:
    """Defaults that changed: what was stored before the field came is read as another fact."""
    for name in sorted(set(old.names) & set(new.names)):
        before, now = (_fields(each.types[each.names.index(name)]) for each in (old, new))
        for field in sorted(before.keys() & now.keys()):
            was, is_ = before[field].default, now[field].default
            if was is not NODEFAULT and is_ is not NODEFAULT and was != is_:
                yield f"{name}.{field} is {is_!r} where it was {was!r}, when it was not stored"


def _silent(vocabulary: Vocabulary) -> Iterator[str]:
    """Types that no message could be made of."""
    for cls in vocabulary.types:
        if not any(_written(vocabulary, message) for _, message in messages(cls, ())):
            yield f"{_tag(cls)}: no message could be made of it; give some that are stored"


def _unseen(old: Vocabulary, new: Vocabulary, seen: set[str]) -> Iterator[str]:
    """Names that both know from long ago, and that no stored text was given for."""
    known = new.upcasters.keys() | set(new.names)
    for name in sorted((old.upcasters.keys() & known) - seen):
        yield f"{name}: older than both; give payloads of it that are stored"
