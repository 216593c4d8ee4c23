"""Measuring: which part of a store takes how many bytes."""

from collections import Counter

from esdemo.stores import SQLiteStore
from esdemo.stores.rows import EventRow
from esdemo.stores.sqlite.home import SQLiteHome

_SIZE = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
_PARTS = {"data": "payload", "hash": "hash", "recorded_at": "times", "effective_at": "times"}


def bytes_by_part(store: SQLiteStore) -> dict[str, int]:
    """The bytes of a store in its file: of its events by part, its decisions, and the rest.

    The rest is what SQLite needs to find things: indexes, which hold each stream's and command's
    name once more, and pages that are not full.
    """
    if not isinstance(store.home, SQLiteHome):
        raise TypeError(f"{store!r} has no file whose bytes could be counted: give an SQLiteStore")
    parts = Counter[str]()
    for event in store.event_rows():
        for name, value in zip(EventRow._fields, event, strict=True):
            parts[_PARTS.get(name, "names and places")] += _bytes(value)
    for decision in store.decision_rows():
        parts["decisions"] += sum(map(_bytes, decision))
    ((size,),) = store.home.file.rows(_SIZE)
    parts["indexes and pages"] = size - sum(parts.values())
    return dict(parts)


def _bytes(value: object) -> int:
    """What SQLite keeps of a value: a string's UTF-8, and two bytes or more for a number."""
    if isinstance(value, str):
        return len(value.encode())
    return max(1, (value.bit_length() + 8) // 8) if isinstance(value, int) else 0
