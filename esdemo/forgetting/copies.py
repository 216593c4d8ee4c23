"""Copies: every file in which somebody's name can still be read, found by looking at its bytes."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import msgspec

from esdemo.errors import NotFound
from esdemo.forgetting import searching
from esdemo.stores.sqlite.troubles import explained


class Copy(msgspec.Struct, frozen=True):
    """A file, what it is by its first bytes, and how often the strings stand in it."""

    path: str  # below the folder that was searched
    kind: str
    found: int
    readable: bool = True  # False: compressed or encrypted, so nothing can be found in it


def search(folder: str | os.PathLike[str], strings: Iterable[str]) -> list[Copy]:
    """Every file below a folder, and how often one of these strings stands in its bytes.

    Each string is looked for as UTF-8, as UTF-16, and as JSON and HTML escape it, also in pages of
    a database that are free and in write-ahead logs. Not found is what is compressed (it says so),
    a string that two pages of a database share, since a row of more than some 4,000 bytes goes on
    elsewhere, and what is in another folder, on another machine, or in a head.

    The files are read in a process of its own: to open and close a database in the one that uses
    it would take SQLite's locks away (see `stores.sqlite.log`).
    """
    if not os.path.isdir(folder):
        raise NotFound(f"{folder} is not a folder that could be searched")
    needles = [string for string in strings if string]
    if not needles:
        raise ValueError("give the strings to look for, such as a name and an address")
    asked = json.dumps({"folder": os.fspath(folder), "strings": needles})
    command = [sys.executable, "-I", searching.__file__]
    done = subprocess.run(command, input=asked, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"the search broke off: {done.stderr.strip().rpartition(chr(10))[2]}")
    return [Copy(**each) for each in json.loads(done.stdout)]


def compact(path: str | os.PathLike[str], *, patience: float = 5.0) -> None:
    """Write a database of caches anew, without the pages that are free and may remember.

    For files of views and of checkpoints. A table that is dropped leaves its bytes where they were
    until somebody writes over them; so does a row that is replaced. Raises Busy when somebody else
    is at work on it for longer than `patience`, in seconds.
    """
    if not Path(path).is_file():
        raise NotFound(f"there is no file {path}")
    try:
        db = sqlite3.connect(os.fspath(path), isolation_level=None, timeout=patience)
        try:
            db.execute("PRAGMA secure_delete = ON")
            db.execute("VACUUM")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            db.close()
    except sqlite3.Error as error:
        raise explained(os.fspath(path), error) from error
