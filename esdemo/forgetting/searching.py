"""The search for strings in files, as a program of its own: it needs nothing but Python.

It reads {"folder": ..., "strings": [...]} and writes a list of what `copies.Copy` is made of.
"""

import html
import json
import sys
from collections.abc import Iterator
from pathlib import Path

SQLITE = b"SQLite format 3\0"
MADE_BY = {
    b"esde": "store",
    b"esdc": "checkpoints",
    b"esdv": "views",
    b"esdk": "keys",
}
"""Whose a database is, by the application id in its header."""
BEGINNINGS = {
    b'{"line":': "export, JSON Lines",
    b'{"specversion":': "export, CloudEvents",
    b'{"position":': "events, unsealed",
    b"{": "JSON",
    b"<": "page",
    b"PAR1": "archive, Parquet",
}
COMPRESSED = (b"PAR1", b"\x1f\x8b", b"PK\x03\x04", b"\x28\xb5\x2f\xfd", b"BZh", b"\xfd7zXZ")
ENDINGS = {"-wal": "write-ahead log", "-shm": "index of a write-ahead log", "-journal": "journal"}


def spellings(string: str) -> set[bytes]:
    """The bytes that a string may have become."""
    escaped = {string, json.dumps(string)[1:-1], html.escape(string), html.escape(string, False)}
    return {each.encode() for each in escaped} | {string.encode("utf-16-le")}


def kind(path: Path, head: bytes) -> str:
    """What a file is, by its name's end and its first bytes."""
    for end, name in ENDINGS.items():
        if path.name.endswith(end):
            return name
    if head.startswith(SQLITE):
        return MADE_BY.get(head[68:72], "database")
    return next((name for begin, name in BEGINNINGS.items() if head.startswith(begin)), "file")


def look(folder: Path, strings: list[str]) -> Iterator[dict[str, object]]:
    """All files in the order of their names, each with what was found in it."""
    needles = sorted({spelling for string in strings for spelling in spellings(string)})
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            yield {
                "path": path.relative_to(folder).as_posix(),
                "kind": kind(path, data[:128]),
                "found": sum(map(data.count, needles)),
                "readable": not data.startswith(COMPRESSED),
            }


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    json.dump(list(look(Path(asked["folder"]), asked["strings"])), sys.stdout)
