"""Files: an export takes its name only when it is whole, and touches nothing else."""

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from esdemo.errors import EsdemoError
from esdemo.stores import EventStore, SQLiteStore


class NotExported(EsdemoError, ValueError):
    """A form that we do not write, or a place where no export may stand. Nothing was written."""


def belongs(store: EventStore, path: str | os.PathLike[str]) -> bool:
    """Whether a file is one of the store's own, found without opening it.

    To open and close it would be enough for SQLite to lose its locks: see `stores.sqlite.log`.
    """
    if isinstance(store, SQLiteStore):
        for end in ("", "-wal", "-shm", "-journal"):
            with suppress(OSError, ValueError):  # not there, or cannot be
                if os.path.samefile(path, f"{store.path}{end}"):
                    return True
    return False


def check_place(store: EventStore, path: Path) -> None:
    """NotExported where an export would replace the store itself, or what is not a file."""
    try:
        kind = os.stat(path).st_mode
    except OSError:  # nothing is there, or we shall hear of it when we write
        return
    except ValueError as error:
        raise NotExported(f"{path!r} cannot name a file: {error}") from error
    if belongs(store, path):
        raise NotExported(f"{path} belongs to the store itself: name another file")
    if not stat.S_ISREG(kind):
        raise NotExported(f"{path} is not a file that could be replaced: name another one")


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """A file to write that takes its name at the end, or is gone when something went wrong.

    Until then it stands beside it under a name of chance, which it must be the first to have: a
    link that waits there is not followed, and nobody's file is overwritten. Nor is a link followed
    that has the name itself: it is replaced. The file gets the permissions that the process gives
    to new files. A process that is killed leaves the unfinished one behind.
    """
    part = path.with_name(f".esdemo-{secrets.token_hex(8)}.part")
    try:
        with open(part, "xb") as file:  # tempfile would let nobody else read it
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except FileExistsError:
        raise  # that one is not ours
    except BaseException:
        with suppress(FileNotFoundError):
            os.remove(part)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """The new name, too, is on the disk; Windows keeps no folder open, and does so by itself."""
    with suppress(PermissionError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
