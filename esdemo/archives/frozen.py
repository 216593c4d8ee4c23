"""Frozen: a whole history in one Parquet file (parquet.apache.org), column by column.

A row for each decision, and after it one for each of its events, as in our JSON Lines; payloads
stand in it byte for byte as stored, since the hashes are over these bytes. Needs pyarrow, which
nothing else in here needs.
"""

import os
from collections.abc import Iterator
from datetime import datetime
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any, Final

from esdemo.audit import Seal, Verifier, restore
from esdemo.audit.fitting import place
from esdemo.errors import EsdemoError, Misfit, Unreadable
from esdemo.events import RecordedEvent, Vocabulary
from esdemo.interchange.files import check_place, whole
from esdemo.interchange.lines import rows_of
from esdemo.stores import EventStore
from esdemo.stores.rows import DecisionRow, EventRow, Transaction

VERSION: Final = "1"
GROUP: Final = 10_000  # rows that are written, and read, at once
COLUMNS: Final = dict.fromkeys(("line", *DecisionRow._fields, *EventRow._fields))
NUMBERS: Final = {"number", "position", "version", "events"}
_TIMES: Final = ("recorded_at", "effective_at")
_ROWS: Final[dict[str, Any]] = {"decision": DecisionRow, "event": EventRow}


class NotAnArchive(EsdemoError, ValueError):
    """A file that `freeze` did not write, that was changed since, or that another seal is for."""


def freeze(store: EventStore, path: str | os.PathLike[str]) -> Seal:
    """Write everything that a store holds to a Parquet file, and return its seal.

    Verified as it goes: raises Misfit at the first thing that does not fit together. The file is
    there only once it is whole. The seal stands in it, and is worth more where it is kept
    elsewhere.
    """
    file = Path(path).expanduser()
    check_place(store, file)
    arrow, parquet = _library()
    schema = arrow.schema([(name, _type(arrow, name)) for name in COLUMNS])
    verifier, history = Verifier(), store.transactions(until=store.counts())
    with whole(file) as target, parquet.ParquetWriter(target, schema, compression="zstd") as to:
        while batch := list(islice(history, GROUP)):
            if wrong := verifier.read(batch).wrong:
                raise Misfit(wrong)
            rows = [_columns(row) for transaction in batch for row in rows_of(transaction)]
            to.write_table(arrow.Table.from_pylist(rows, schema))
        seal = verifier.known.seal
        to.add_key_value_metadata({"esdemo": VERSION, "seal": str(seal)})
    return seal


def seal_of(path: str | os.PathLike[str]) -> Seal:
    """The seal that an archive says it has. Nothing is verified: see `thaw` and `facts`."""
    return Seal.parse(_opened(path).metadata.metadata[b"seal"].decode())


def thaw(path: str | os.PathLike[str], store: EventStore, *, seal: Seal | None = None) -> Seal:
    """Read an archive into an empty store: all of it, verified, or nothing. Returns the seal.

    seal: the one that was kept elsewhere; the archive's must be the same.
    """
    if store.counts() != (0, 0):
        raise Misfit("an archive is read into an empty store, and this one has a history")
    verifier = Verifier()
    restore(store, _verified(path, verifier, seal or seal_of(path)))
    return verifier.known.seal


def facts(
    path: str | os.PathLike[str],
    vocabulary: Any,
    stream: str | None = None,
    *,
    seal: Seal | None = None,
) -> Iterator[RecordedEvent]:
    """The events of an archive in their envelopes, of one stream or all, one group at a time.

    So a fold goes over what is cold and what is hot: `chain(facts(path, ...), store.recorded())`.
    Everything that is read is verified, and at the end compared with the seal: NotAnArchive.
    """
    known = vocabulary if isinstance(vocabulary, Vocabulary) else Vocabulary(vocabulary)
    history, verifier = _transactions(path), Verifier()
    while batch := list(islice(history, GROUP)):
        _check(path, verifier, batch)
        rows = (row for transaction in batch for row in transaction.events)
        yield from (_recorded(row, known) for row in rows if stream in (None, row.stream))
    _compare(path, verifier, seal or seal_of(path))


def _recorded(row: EventRow, vocabulary: Vocabulary) -> RecordedEvent:
    """An event in its envelope, read as a store reads it: upcast where it is old."""
    try:
        event = vocabulary.decode(row.data)
    except Exception as error:  # msgspec's own, or whatever an upcaster stumbled over
        raise Unreadable(place(row), f"{error} in {row.data[:80]!r}") from error
    times = {name: datetime.fromisoformat(getattr(row, name)) for name in _TIMES}
    columns = row._asdict() | times | {"event": event}
    del columns["data"]
    return RecordedEvent(**columns)


def _verified(
    path: str | os.PathLike[str], verifier: Verifier, seal: Seal
) -> Iterator[Transaction]:
    history = _transactions(path)
    while batch := list(islice(history, GROUP)):
        _check(path, verifier, batch)
        yield from batch
    _compare(path, verifier, seal)


def _check(path: str | os.PathLike[str], verifier: Verifier, batch: list[Transaction]) -> None:
    if wrong := verifier.read(batch).wrong:
        raise NotAnArchive(f"{path}: {wrong}")


def _compare(path: str | os.PathLike[str], verifier: Verifier, seal: Seal) -> None:
    if verifier.known.seal != seal:
        raise NotAnArchive(f"{path} holds another history than that of {seal}")


def _transactions(path: str | os.PathLike[str]) -> Iterator[Transaction]:
    """What was written together, as stored."""
    rows = _rows(path)
    for row in rows:
        if isinstance(row, DecisionRow):
            events = tuple(islice(rows, row.events))
            yield Transaction(events, row)  # type: ignore[arg-type]  # the verifier looks
        else:
            yield Transaction((row,))


def _rows(path: str | os.PathLike[str]) -> Iterator[EventRow | DecisionRow]:
    for batch in _opened(path).iter_batches(GROUP):
        for columns in batch.to_pylist():
            row = _ROWS[columns["line"]]
            yield row(*(columns[name] for name in row._fields))


def _opened(path: str | os.PathLike[str]) -> Any:
    """The file, when it is one of ours."""
    arrow, parquet = _library()
    try:
        file = parquet.ParquetFile(os.path.expanduser(path))
    except arrow.ArrowInvalid as error:
        raise NotAnArchive(f"{path} is not a Parquet file: {error}") from error
    metadata = file.metadata.metadata or {}
    if metadata.get(b"esdemo") != VERSION.encode() or set(file.schema_arrow.names) != set(COLUMNS):
        raise NotAnArchive(f"{path} is Parquet, and not what `freeze` of this esdemo wrote")
    return file


def _columns(row: EventRow | DecisionRow) -> dict[str, Any]:
    line = "decision" if isinstance(row, DecisionRow) else "event"
    return {"line": line} | row._asdict()


def _type(arrow: Any, name: str) -> Any:
    return arrow.int64() if name in NUMBERS else arrow.string()


def _library() -> tuple[Any, Any]:
    """pyarrow and its parquet module."""
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as error:
        raise ImportError("archives need pyarrow: install it with pip install pyarrow") from error
