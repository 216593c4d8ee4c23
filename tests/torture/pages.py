"""Where every byte of an SQLite file belongs, by the file format (sqlite.org/fileformat2.html).

Read from the bytes alone, since a library that is asked about a damaged file may answer anything.
Only for whole files, in which it must find every page that a table or an index has.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

HEADER, SCHEMA, FREE = "header", "schema", "free"
INTERIOR = {0x02: 12, 0x05: 12}  # page type: bytes of its header
LEAF = {0x0A: 8, 0x0D: 8}
TABLE = {0x05, 0x0D}


def places(path: Path) -> list[str]:
    """A name for each byte: header, schema, free, `NAME rows`, `NAME structure`, `NAME index`.

    The rows of a table are its records; what finds them (cell pointers, rowids, lengths, pointers
    to other pages) is its structure. All that an index holds is structure too: it is its `index`.
    """
    with closing(sqlite3.connect(path)) as db:
        (size,) = db.execute("PRAGMA page_size").fetchone()
        trees = db.execute(
            "SELECT type, tbl_name, rootpage FROM sqlite_master WHERE rootpage > 0"
        ).fetchall()
    file = _File(path.read_bytes(), size)
    file.walk(1, SCHEMA, SCHEMA)
    for kind, table, root in trees:
        if kind == "table":
            file.walk(root, f"{table} rows", f"{table} structure")
        else:
            file.walk(root, f"{table} index", f"{table} index")
    file.mark(0, 100, HEADER)
    return file.names


class _File:
    def __init__(self, data: bytes, size: int) -> None:
        self.data, self.size = data, size
        self.names = [FREE] * len(data)

    def mark(self, start: int, length: int, name: str) -> None:
        self.names[start : start + length] = [name] * length

    def walk(self, page: int, rows: str, structure: str) -> None:
        """Name the bytes of a tree's page, and of all pages below it."""
        base = (page - 1) * self.size
        start = base + (100 if page == 1 else 0)
        kind = self.data[start]
        length, count = (INTERIOR | LEAF)[kind], self._number(start + 3, 2)
        self.mark(start, length + 2 * count, structure)
        for nth in range(count):
            self._cell(base + self._number(start + length + 2 * nth, 2), kind, rows, structure)
        for child in self._children(base, start, kind):
            self.walk(child, rows, structure)

    def _children(self, base: int, start: int, kind: int) -> Iterator[int]:
        if kind in INTERIOR:
            for nth in range(self._number(start + 3, 2)):
                yield self._number(base + self._number(start + 12 + 2 * nth, 2), 4)
            yield self._number(start + 8, 4)

    def _cell(self, cell: int, kind: int, rows: str, structure: str) -> None:
        """A pointer to the page below, the payload's length, the rowid, and the payload."""
        at = cell + 4 * (kind in INTERIOR)
        length = 0
        if kind != 0x05:
            length, at = self._varint(at)
        if kind in TABLE:
            _, at = self._varint(at)
        self.mark(cell, at - cell, structure)
        local = self._local(length, kind)
        self.mark(at, local, rows)
        if local < length:
            self.mark(at + local, 4, structure)
            self._overflow(self._number(at + local, 4), length - local, rows, structure)

    def _overflow(self, page: int, length: int, rows: str, structure: str) -> None:
        """The pages that hold the rest of a long payload."""
        while length > 0:
            base = (page - 1) * self.size
            self.mark(base, 4, structure)
            self.mark(base + 4, min(length, self.size - 4), rows)
            page, length = self._number(base, 4), length - (self.size - 4)

    def _local(self, length: int, kind: int) -> int:
        """How much of a payload stands on its own page."""
        least = (self.size - 12) * 32 // 255 - 23
        most = self.size - 35 if kind in TABLE else (self.size - 12) * 64 // 255 - 23
        if length <= most:
            return length
        local = least + (length - least) % (self.size - 4)
        return local if local <= most else least

    def _number(self, at: int, length: int) -> int:
        return int.from_bytes(self.data[at : at + length], "big")

    def _varint(self, at: int) -> tuple[int, int]:
        """A number of one to nine bytes, and where it ends."""
        value = 0
        for byte in self.data[at : at + 8]:
            at += 1
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value, at
        return value << 8 | self.data[at], at + 1
