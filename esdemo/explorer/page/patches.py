"""States as patches: what each event changed, so that any page can fold them without Python.

A fold needs `evolve`, and a browser has no Python. So the fold is done once, here, and what each
event did to its stream's state is written down: `balance` plus 100, `pending` from its second
entry on. Folding the patches gives the same states at every version.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from esdemo.explorer.page.columns import EXACT, exact, pack
from esdemo.handlers import Decider

SET, REMOVE, TAIL, ADD = range(4)
"""Put a value there; take it away; keep the first k of a list, then these; add a whole number."""

Path = tuple[str, ...]
Change = tuple[int, Path, Any]

SCALARS: Final = (str, bool, type(None))


def plain(value: Any) -> Any:
    """The value as JSON has it: Structs as objects, tuples as lists, dates as text.

    Sets are sorted, what JSON cannot say becomes its repr, and a whole number that JavaScript
    would round becomes `{"$int": "9007199254740993"}`.
    """
    if type(value) in SCALARS:
        return value
    if type(value) is int:
        return exact(value)
    if isinstance(value, dict):
        return {_key(key): plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    builtin = msgspec.to_builtins(value, str_keys=True, order="deterministic", enc_hook=repr)
    return plain(builtin) if isinstance(builtin, (dict, list, int)) else builtin


def changes(before: Any, after: Any, path: Path = ()) -> Iterator[Change]:
    """What must be done to the one, as plain data, to get the other. Nothing when they agree."""
    if before is after:
        return
    old, new = _parts(before), _parts(after)
    if old is not None and new is not None:
        for name in old:
            if name not in new:
                yield REMOVE, (*path, name), None
        for name, part in new.items():
            if name not in old:
                yield SET, (*path, name), plain(part)
            elif part is not old[name]:
                yield from changes(old[name], part, (*path, name))
    elif isinstance(before, (list, tuple)) and isinstance(after, (list, tuple)):
        kept = _common(before, after)
        if kept < max(len(before), len(after)):
            yield TAIL, path, [kept, *map(plain, after[kept:])]
    elif not _same(before, after):
        step = _step(before, after)
        yield (SET, path, plain(after)) if step is None else (ADD, path, step)


class Patches:
    """What each event changed, as columns.

    Events that change the same paths in the same way have one shape; a shape has a column of
    values for each of its paths.
    """

    def __init__(self) -> None:
        self._paths: dict[Path, int] = {}
        self._shapes: dict[tuple[tuple[int, int], ...], int] = {}
        self._columns: list[list[list[Any]]] = []
        self._shape_of: list[int] = []

    def __len__(self) -> int:
        return len(self._shape_of)

    def add(self, before: Any, after: Any) -> None:
        """What the next event did to the state of its stream."""
        done = list(changes(before, after))
        paths = self._paths
        shape = tuple((kind, paths.setdefault(path, len(paths))) for kind, path, _ in done)
        number = self._shapes.setdefault(shape, len(self._shapes))
        if number == len(self._columns):
            self._columns.append([[] for _ in shape])
        for column, (_, _, value) in zip(self._columns[number], done, strict=True):
            column.append(value)
        self._shape_of.append(number)

    def packed(self, initial: Any) -> dict[str, Any]:
        """All of them for the page, which starts from the initial state."""
        return {
            "initial": plain(initial),
            "paths": list(self._paths),
            "shapes": list(self._shapes),
            "shape": pack(self._shape_of),
            "values": [[pack(column) for column in slots] for slots in self._columns],
        }


def fold(
    decider: Decider[Any, Any, Any],
    history: Iterable[tuple[str, Any]],
    states: dict[str, Any] | None = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The patches of (stream, event) pairs as columns, and the last state of each stream.

    states: from which to go on, by stream; they are left as they are. Whatever evolve raises
    passes through, with a note on where.
    """
    states, patches = dict(states or {}), Patches()
    for place, (stream, event) in enumerate(history, 1):
        before = states.get(stream, decider.initial)
        try:
            after = states[stream] = decider.evolve(before, event)
        except Exception as error:
            error.add_note(f"while folding {event!r}, number {place} of this history, in {stream}")
            raise
        patches.add(before, after)
    return patches.packed(decider.initial), states


def _key(key: Any) -> str:
    return key if isinstance(key, str) else str(plain(key))


def _parts(value: Any) -> Mapping[str, Any] | None:
    """The named parts of a value, as far as a patch can reach into it."""
    if isinstance(value, dict):
        return value if all(type(key) is str for key in value) else plain(value)
    if isinstance(value, msgspec.Struct):
        config = value.__struct_config__
        if config.tag is None and not config.array_like and not config.omit_defaults:
            names = zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True)
            return {encoded: getattr(value, name) for encoded, name in names}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return None


def _common(before: Any, after: Any) -> int:
    """How many first elements two lists share."""
    pairs = enumerate(zip(before, after, strict=False))
    shorter = min(len(before), len(after))
    return next((n for n, (a, b) in pairs if a is not b and not _same(a, b)), shorter)


def _same(before: Any, after: Any) -> bool:
    """Equal as JSON: True is not 1."""
    if type(before) is type(after) and isinstance(before, (*SCALARS, int)):
        return bool(before == after)
    return msgspec.json.encode(plain(before)) == msgspec.json.encode(plain(after))


def _step(before: Any, after: Any) -> int | None:
    """What is added, when both are whole numbers that JavaScript counts exactly."""
    if type(before) is not int or type(after) is not int:
        return None
    counted = all(-EXACT <= number <= EXACT for number in (before, after, after - before))
    return after - before if counted else None
