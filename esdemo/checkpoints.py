"""Checkpoints (snapshots): a fold saved part-way. A cache of the log, never a second truth."""

import dis
import hashlib
import logging
import os
import sqlite3
import weakref
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache, partial
from types import CodeType, FunctionType
from typing import Any, Final, Generic, TypeVar

import msgspec

from esdemo.errors import EsdemoError
from esdemo.events import Vocabulary
from esdemo.handlers import Decider, S
from esdemo.stores import EventStore

EVERY: Final = 100
APPLICATION_ID: Final = 0x65736463  # "esdc": a file of checkpoints, and of nothing else
_LOG: Final = logging.getLogger(__name__)
T = TypeVar("T")


class Checkpoints(Generic[S]):
    """States saved every so many events, in an SQLite file of their own that may be deleted.

    A checkpoint is tagged with what made it: the state's shape, the initial state, the events'
    shapes, upcasters and defaults, and the code of `evolve` with what it closes over and the
    functions and constants that it names. When one of them changes, the old checkpoints are not
    found any more and the fold starts afresh: a corrected rule must not go on from a wrong sum.
    What is named as an attribute (`module.helper`), or is an object of another class, is not seen;
    after changing it, call `clear`.

    It also carries the hash of the event that it stands on, so a file that was made beside another
    store is of no use, and a digest over all of this and the state, so a damaged one is none.
    Whatever is wrong with the file, the answer comes from the log: `trouble` then says why, and so
    does the log of the module `logging`.

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
        self.trouble: str | None = None
        self._shape = state or type(decider.initial)
        self._decoder = msgspec.json.Decoder(self._shape)
        self._tag = tag(decider, self._shape)
        self._encoded(decider.initial)
        self._path = os.path.expanduser(os.fspath(path))
        self._db = sqlite3.connect(":memory:", isolation_level=None)
        _make(self._db)  # what there is when the file cannot be used
        self._quietly(self._open)
        weakref.finalize(self, self._db.close)  # closing it twice does no harm

    def latest(self, store: EventStore, stream: str, version: int) -> tuple[S, int]:
        """The last saved state at or before a version, and its version; the initial one and 0."""
        found = self._quietly(lambda: self._latest(store, stream, version))
        return found or (self.decider.start(), 0)

    def state(self, store: EventStore, stream: str, version: int) -> S:
        """The state at a version: from the last checkpoint, saving those that it passes."""
        state, reached = self.latest(store, stream, version)
        while reached < version:
            stop = min(version, reached - reached % self.every + self.every)
            state = self.decider.fold(store.events(stream, reached, stop), state)
            reached = stop
            if reached % self.every == 0:
                self._quietly(partial(self.save, store, stream, reached, state))
        return state

    def save(self, store: EventStore, stream: str, version: int, state: S) -> None:
        """Keep the state that the stream had at a version.

        ValueError when JSON would turn it into another one (a tuple in a tuple into a list).
        """
        tag, stored = self._tag + tag_of_events(store.vocabulary), self._encoded(state)
        stands_on = _hash(store, stream, version) or ""
        digest = _digest(tag, stream, version, stands_on, stored)
        self._db.execute(
            "INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?, ?, ?, ?)",
            (stream, version, tag, stands_on, stored, digest),
        )

    def clear(self) -> None:
        """Forget everything. The next fold starts at the first event."""
        self._db.execute("DELETE FROM checkpoints")

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def __len__(self) -> int:
        """How many checkpoints are of use to this decider."""
        sql = "SELECT count(*) FROM checkpoints WHERE substr(tag, 1, ?) = ?"
        return int(self._db.execute(sql, (len(self._tag), self._tag)).fetchone()[0])

    def _open(self) -> None:
        # A cache does not wait long for others, and one that a power cut takes is only slow.
        db = sqlite3.connect(self._path, isolation_level=None, timeout=0.1)
        try:
            db.execute("BEGIN")  # both answers of one moment: somebody else may be making it
            (made_by,) = db.execute("PRAGMA application_id").fetchone()
            (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
            db.execute("COMMIT")
            if made_by != APPLICATION_ID and (made_by or tables):
                raise ValueError("it was made by another program: name another file")
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = OFF")
            _make(db)
        except BaseException:
            db.close()
            raise
        self._db.close()
        self._db = db

    def _latest(self, store: EventStore, stream: str, version: int) -> tuple[S, int] | None:
        tag = self._tag + tag_of_events(store.vocabulary)
        row = self._db.execute(
            "SELECT version, hash, state, digest FROM checkpoints "
            "WHERE stream = ? AND version <= ? AND tag = ? ORDER BY version DESC LIMIT 1",
            (stream, version, tag),
        ).fetchone()
        if row is None:
            return None
        found, stands_on, stored, digest = row
        if digest != _digest(tag, stream, found, stands_on, stored):
            raise ValueError(f"the state at version {found} of {stream!r} is not what was saved")
        if stands_on != _hash(store, stream, found):
            return None
        return self._decoder.decode(stored), found

    def _encoded(self, state: S) -> bytes:
        stored = msgspec.json.encode(state)
        if self._decoder.decode(stored) != state:
            raise ValueError(
                f"{state!r:.80} is read back as another state: give its type, such as "
                "Checkpoints(decider, state=tuple[tuple[str, int], ...])"
            )
        return stored

    def _quietly(self, work: Callable[[], T]) -> T | None:
        """The work's result; None, and why, when the file did not allow it."""
        try:
            return work()
        except EsdemoError:
            raise  # the store's own trouble
        except (sqlite3.Error, msgspec.MsgspecError, ValueError, TypeError, OSError) as error:
            self.trouble = f"{self._path} is of no use as a cache: {error}"
            _LOG.warning("%s", self.trouble)
            return None


def _make(db: sqlite3.Connection) -> None:
    """The table and the mark of whose it is, both or neither."""
    db.executescript(
        "BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS checkpoints (stream TEXT, version INTEGER, "
        "tag TEXT, hash TEXT, state BLOB, digest TEXT, PRIMARY KEY (stream, version, tag)) "
        f"STRICT, WITHOUT ROWID; PRAGMA application_id = {APPLICATION_ID}; COMMIT"
    )


def _hash(store: EventStore, stream: str, version: int) -> str | None:
    """The hash of the event that brought a stream to a version; None when there is none."""
    return next((row.hash for row in store.event_rows(version - 1, version, stream)), None)


def _digest(*columns: str | int | bytes) -> str:
    return hashlib.sha256(msgspec.json.encode(columns)).hexdigest()


def tag(decider: Decider[Any, Any, Any], state: Any) -> str:
    """A name for the fold that a decider makes, whatever the events: it changes when evolve does.

    TypeError for an evolve that is not a plain function, or closes over what cannot be seen.
    """
    if not isinstance(decider.evolve, FunctionType):
        raise TypeError(
            f"{decider.evolve!r} is not a plain function: write one with def, then it can be saved"
        )
    made_of = msgspec.json.schema(state), msgspec.json.encode(decider.initial)
    return _short(*made_of, _seen(decider.evolve))


@lru_cache(maxsize=16)
def tag_of_events(vocabulary: Vocabulary) -> str:
    """The same for what stored events are read as: their shapes, defaults and upcasters."""
    shapes = msgspec.json.schema_components(vocabulary.types)
    return _short(shapes, {name: _seen(step) for name, step in vocabulary.upcasters.items()})


def _short(*made_of: object) -> str:
    return hashlib.sha256(repr(made_of).encode()).hexdigest()[:16]


def _seen(value: object, inside: frozenset[object] = frozenset()) -> object:
    """What a function is made of: its code, its defaults, what it closes over, and its helpers."""
    if isinstance(value, dict):
        return [(_seen(key, inside), _seen(each, inside)) for key, each in value.items()]
    if not isinstance(value, FunctionType):
        return _constant(value)
    if value in inside:
        return value.__qualname__  # it calls itself
    inside |= {value}
    named = (value.__globals__.get(name) for name in sorted(_names(value.__code__)))
    helpers = (getattr(each, "__wrapped__", each) for each in named)  # behind an lru_cache, say
    return (
        _instructions(value.__code__),
        repr((value.__defaults__, value.__kwdefaults__)),
        [_seen(cell.cell_contents, inside) for cell in value.__closure__ or ()],
        [
            _seen(each, inside)
            for each in helpers
            if isinstance(each, (FunctionType, dict, *_PLAIN))
        ],
    )


def _names(code: CodeType) -> set[str]:
    """The global names that a function looks up, also in a lambda or a generator inside of it."""
    own = {each.argval for each in dis.get_instructions(code) if each.opname == "LOAD_GLOBAL"}
    return own.union(*(_names(part) for part in code.co_consts if isinstance(part, CodeType)))


_PLAIN: Final = (int, str, bytes, float, tuple, frozenset, date, timedelta, Decimal, type(None))


def _instructions(code: CodeType) -> tuple[object, ...]:
    """What a function does, without where it is written (a code object's own repr says where)."""
    return code.co_code, tuple(map(_constant, code.co_consts)), code.co_names


def _constant(value: object) -> object:
    if isinstance(value, CodeType):
        return _instructions(value)
    if isinstance(value, frozenset):  # its repr differs from one process to the next
        return sorted(map(repr, value))
    if isinstance(value, type):
        return value.__qualname__
    if isinstance(value, _PLAIN) or value is Ellipsis:
        return value
    raise TypeError(f"evolve closes over {value!r:.80}, which a checkpoint cannot see: pass it on")
