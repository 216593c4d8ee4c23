"""History in one SQLite file, which itself refuses to let it be changed."""

import os
from typing import Any

from esdemo import errors
from esdemo.clocks import Clock, utc_now
from esdemo.stores.sqlite.file import SQLiteFile, Survives
from esdemo.stores.sqlite.home import SQLiteHome
from esdemo.stores.store import EventStore

__all__ = ["SQLiteFile", "SQLiteHome", "SQLiteStore"]


class SQLiteStore(EventStore):
    """Events and decisions in an SQLite file, in WAL mode.

    survives: "power loss" (synchronous=FULL: what was acknowledged is on the disk) or "crash"
    (NORMAL: several times faster; a killed process loses nothing, a power cut may take the last
    few). busy_timeout: seconds to wait for another writer. read_only: never write, nor create.

    The file and the two that SQLite puts beside it (NAME-wal, NAME-shm) get the permissions that
    the process gives to new files (its umask): everybody who may read the folder may read them.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        vocabulary: Any,
        clock: Clock = utc_now,
        *,
        survives: Survives = "power loss",
        busy_timeout: float = 10.0,
        read_only: bool = False,
    ) -> None:
        self.path = os.path.expanduser(os.fspath(path))
        file = SQLiteFile(self.path, survives, busy_timeout, read_only)
        super().__init__(SQLiteHome(file), vocabulary, clock)

    def __repr__(self) -> str:
        try:
            return super().__repr__()
        except errors.StoreError:
            return f"SQLiteStore({self.path}, closed or unreadable)"
