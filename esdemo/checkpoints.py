"""Checkpoints (snapshots): a fold saved part-way. A cache of the log, never a second truth."""

import contextlib
import hashlib
import os
import sqlite3
from types import CodeType
from typing import Any, Final, Generic

import msgspec

from esdemo.handlers import Decider, S
from esdemo.stores import EventStore

EVERY: Final = 100


class Checkpoints(Generic[S]):
    """States saved every so many events, in an SQLite file of their own that may be deleted.

    A checkpoint is tagged with what made it: the state's shape, the initial state and the code of
    `evolve`. When one of them changes, the old checkpoints are not found any more and the fold
    starts afresh: a corrected rule must not go on from a wrong sum. What `evolve` calls or closes
    over is not seen; after changing a helper, call `clear`. It also carries the hash of the event
    that it stands on, so a file that was made beside another store is of no use, and no harm.

    state: the type of the state, when it is not simply that of `decider.initial`.
    """

    def __init__(
        self,
        decider: Decider[Any, Any, S],
        path: str | os.PathLike[str] = ":memory:",
        *,
        every: int = EVERY,
        state: Any = None,
    ) -> None:
        if every < 1:
            raise ValueError(f"a checkpoint is saved every 1 or more events, not {every}")
        self.decider = decider
        self.every = every
        self._decoder = msgspec.json.Decoder(state or type(decider.initial))
        self._tag = tag(decider, state or type(decider.initial))
        self._db = sqlite3.connect(os.fspath(path), isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = OFF")  # a lost cache is only slow
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS checkpoints (stream TEXT, version INTEGER, tag TEXT, "
            "hash TEXT, state BLOB, PRIMARY KEY (stream, version)) STRICT, WITHOUT ROWID"
        )

    def latest(self, store: EventStore, stream: str, version: int) -> tuple[S, int]:
        """The last saved state at or before a version, and its version; the initial one and 0."""
        row = self._db.execute(
            "SELECT state, version, hash FROM checkpoints "
            "WHERE stream = ? AND version <= ? AND tag = ? ORDER BY version DESC LIMIT 1",
            (stream, version, self._tag),
        ).fetchone()
        if row and row[2] == _hash(store, stream, row[1]):
            with contextlib.suppress(msgspec.MsgspecError):  # a damaged cache is not worth an error
                return self._decoder.decode(row[0]), row[1]
        return self.decider.initial, 0

    def state(self, store: EventStore, stream: str, version: int) -> S:
        """The state at a version: from the last checkpoint, saving those that it passes."""
        state, reached = self.latest(store, stream, version)
        while reached < version:
            stop = min(version, reached - reached % self.every + self.every)
            state = self.decider.fold(store.events(stream, reached, stop), state)
            reached = stop
            if reached % self.every == 0:
                self.save(store, stream, reached, state)
        return state

    def save(self, store: EventStore, stream: str, version: int, state: S) -> None:
        """Keep the state that the stream had at a version.

        ValueError when JSON would turn it into another one (a tuple in a tuple into a list).
        """
        stored = msgspec.json.encode(state)
        if self._decoder.decode(stored) != state:
            raise ValueError(
                f"{state!r:.80} is read back as another state: give its type, such as "
                "Checkpoints(decider, state=tuple[tuple[str, int], ...])"
            )
        self._db.execute(
            "INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?, ?, ?)",
            (stream, version, self._tag, _hash(store, stream, version), stored),
        )

    def clear(self) -> None:
        """Forget everything. The next fold starts at the first event."""
        self._db.execute("DELETE FROM checkpoints")

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def __len__(self) -> int:
        """How many checkpoints are of use to this decider."""
        sql = "SELECT count(*) FROM checkpoints WHERE tag = ?"
        return int(self._db.execute(sql, (self._tag,)).fetchone()[0])


def _hash(store: EventStore, stream: str, version: int) -> str | None:
    """The hash of the event that brought a stream to a version; None when there is none."""
    return next((fact.hash for fact in store.recorded(stream, version - 1, version)), None)


def tag(decider: Decider[Any, Any, Any], state: Any) -> str:
    """A name for the fold that a decider makes: it changes when the fold could.

    TypeError for an evolve that is no plain function (a partial): its code cannot be seen.
    """
    evolve: Any = decider.evolve
    if not hasattr(evolve, "__code__"):
        raise TypeError(
            f"{evolve!r} is no plain function: write one with def, then it can be saved"
        )
    made_of = (
        msgspec.json.schema(state),
        msgspec.json.encode(decider.initial),
        (_instructions(evolve.__code__), evolve.__defaults__, evolve.__kwdefaults__),
    )
    return hashlib.sha256(repr(made_of).encode()).hexdigest()[:16]


def _instructions(code: CodeType) -> tuple[object, ...]:
    """What a function does, without where it is written (a code object's own repr says where)."""
    return code.co_code, tuple(map(_constant, code.co_consts)), code.co_names


def _constant(value: object) -> object:
    if isinstance(value, CodeType):
        return _instructions(value)
    if isinstance(value, frozenset):  # its repr differs from one process to the next
        return sorted(map(repr, value))
    return value
