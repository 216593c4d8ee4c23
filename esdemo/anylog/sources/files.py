"""Files: what kind one is by what is in it, and its lines as text. Nothing is guessed by a name."""

import contextlib
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import ExitStack
from enum import Enum
from pathlib import Path
from typing import BinaryIO, Final

from esdemo.anylog.entries import CannotRead

LONGEST: Final = 2**24  # bytes of a line

Kind = Enum("Kind", ["SQLITE", "PARQUET", "JSON_LINES", "TEXT"])

FOREIGN: Final = {
    b"\x1f\x8b": "is compressed: unpack it first, as with gunzip",
    b"PK": "is a zip or a spreadsheet: save the sheet as CSV first",
    b"[": "is a single list of JSON, not a line of JSON for each event: "
    "write it anew, as with `jq -c '.[]' FILE > FILE.jsonl`",
    b"<": "is XML or HTML: turn it into CSV or JSON Lines first",
    b"\xff\xfe": "is UTF-16: turn it into UTF-8 first, as with iconv -f UTF-16 -t UTF-8",
    b"\xfe\xff": "is UTF-16: turn it into UTF-8 first, as with iconv -f UTF-16 -t UTF-8",
}


def kind_of(path: str) -> Kind:
    """What a file is. CannotRead for what is not a file, is empty, or is of no kind known here."""
    _check_place(path)
    if _is_sqlite(path):
        return Kind.SQLITE
    try:
        with open(path, "rb") as file:
            head = file.read(8192)
    except OSError as error:
        raise CannotRead(f"{path} cannot be read: {error.strerror}") from error
    if head.startswith(b"PAR1"):
        return Kind.PARQUET
    for mark, advice in FOREIGN.items():
        if head.lstrip().startswith(mark):
            raise CannotRead(f"{path} {advice}")
    if b"\0" in head:
        raise CannotRead(
            f"{path} is a binary file, and none of those known here: CSV, JSON Lines, Parquet, "
            "SQLite"
        )
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        raise CannotRead(f"{path} has only blank lines: there is nothing to read")
    return Kind.JSON_LINES if text.startswith(b"{") else Kind.TEXT


def _check_place(path: str) -> None:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        raise CannotRead(f"there is no file {path}") from None
    except (OSError, ValueError) as error:
        raise CannotRead(f"{path!r} cannot be read: {error}") from error
    if stat.S_ISDIR(found.st_mode):
        raise CannotRead(f"{path} is a folder: name a file in it")
    if not stat.S_ISREG(found.st_mode):
        raise CannotRead(f"{path} is not a file: write what a pipe gives into one first")
    if found.st_size == 0:
        raise CannotRead(f"{path} is empty: there is nothing to read")


def _is_sqlite(path: str) -> bool:
    """Asked of SQLite: if this process has a store in it, open() and close() would take its locks.

    See "How To Corrupt An SQLite Database File", 2.2.
    """
    with contextlib.closing(connect(path)) as db:
        try:
            db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except (sqlite3.Error, UnicodeError) as error:
            return getattr(error, "sqlite_errorcode", 0) != sqlite3.SQLITE_NOTADB
    return True


def connect(path: str) -> sqlite3.Connection:
    """A connection that can only read, and waits two seconds for a writer.

    Where nobody writes at the moment the file is taken as it is: otherwise SQLite would leave two
    files beside one in WAL mode, and could not open it in a folder that is only read.
    """
    how = "mode=ro" if in_use(path) else "mode=ro&immutable=1"
    try:
        address = f"{Path(path).absolute().as_uri()}?{how}"
        return sqlite3.connect(address, uri=True, timeout=2, isolation_level=None)
    except (sqlite3.Error, ValueError) as error:
        raise CannotRead(f"{path} cannot be opened: {error}") from error


def in_use(path: str) -> bool:
    """Whether an SQLite file has the file beside it that a writer has."""
    return any(os.path.exists(f"{path}{end}") for end in ("-wal", "-journal"))


class Lines:
    """The lines of a file as text, each decoded by itself, so that a bad one can be named."""

    def __init__(self, path: str, until: ExitStack, encoding: str = "utf-8-sig") -> None:
        self.number = 0
        self._path = path
        self._file: BinaryIO = until.enter_context(open(path, "rb"))  # noqa: SIM115
        self.size = os.fstat(self._file.fileno()).st_size
        self._encoding = encoding

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._file.readline(LONGEST)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) == LONGEST:
            raise CannotRead(
                f"line {self.number} of {self._path} has more than 16 MB: is it a log?"
            )
        try:
            return line.decode(self._encoding)
        except UnicodeDecodeError as error:
            bad = line[error.start : error.start + 1].hex()
            raise CannotRead(
                f"line {self.number} of {self._path} is not {self._encoding.removesuffix('-sig')} "
                f"(byte 0x{bad}, the {error.start + 1}th): name its encoding, as with "
                "--encoding latin-1"
            ) from None
        except LookupError:
            raise CannotRead(f"there is no encoding {self._encoding!r}") from None

    def place(self) -> int:
        """How many bytes have been read."""
        return self._file.tell()
