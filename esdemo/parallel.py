"""Replay in parallel: the streams in partitions, each folded in a process of its own.

A stream needs nothing of another one to be folded, so the work can be divided between the
processors of a machine, or the machines of a Dask cluster; the `evolve` is the same. Worth it when
one fold takes minutes: to start a process and to open a store there takes a second or two.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from multiprocessing import get_context
from typing import Any, Generic, Protocol, TypeVar
from zlib import crc32

from tqdm import tqdm

from esdemo.archives import seal_of
from esdemo.errors import NotFound
from esdemo.events import Vocabulary
from esdemo.handlers import Decider
from esdemo.stores import EventStore, open_store

S = TypeVar("S")


class Source(Protocol):
    """Where a history is, as something that can be sent to another process."""

    def now(self) -> tuple[list[str], int]:
        """The names of its streams, and the last position."""

    def each(self, streams: list[str], position: int) -> Iterator[tuple[str, Iterable[Any]]]:
        """Each stream with its events up to a position. What is wrong with one is said by its
        events, as they are read, and not before.
        """


@dataclass(frozen=True)
class Place:
    """A store in any home: what `open_store` needs, so that each process opens it for itself.

    vocabulary: a union of types, which can be sent to a process by name.
    """

    address: str
    vocabulary: Any
    options: Mapping[str, Any] = field(default_factory=dict)

    def open(self) -> EventStore:
        """A store of one's own."""
        return open_store(self.address, self.vocabulary, **self.options)

    def now(self) -> tuple[list[str], int]:
        with self.open() as store:
            position = store.position
            return store.streams(), position

    def each(self, streams: list[str], position: int) -> Iterator[tuple[str, Iterable[Any]]]:
        with self.open() as store:
            for stream in streams:
                yield stream, _until(store, stream, position)


def _until(store: EventStore, stream: str, position: int) -> Iterator[Any]:
    yield from store.events(stream, until=store.version_after(stream, position))


@dataclass(frozen=True)
class Archive:
    """A Parquet file that `archives.freeze` wrote. Each process reads its own streams out of it.

    Nothing is verified here: that takes the whole chain, which `archives.facts` reads in order.
    """

    path: str
    vocabulary: Any

    def now(self) -> tuple[list[str], int]:
        rows = self._table(["stream", "position"])
        return list(dict.fromkeys(rows["stream"].to_pylist())), rows.num_rows

    def each(self, streams: list[str], position: int) -> Iterator[tuple[str, Iterable[Any]]]:
        wanted = ("stream", "in", streams), ("position", "<=", position)
        rows = self._table(["stream", "data"], *wanted).to_pydict()
        found: dict[str, list[str]] = {stream: [] for stream in streams}
        for stream, data in zip(rows["stream"], rows["data"], strict=True):
            found[stream].append(data)
        decode = Vocabulary(self.vocabulary).decode
        for stream in streams:
            yield stream, map(decode, found[stream])

    def _table(self, columns: list[str], *wanted: tuple[str, str, Any]) -> Any:
        """The rows of events, in the order of the log."""
        seal_of(self.path)  # the file is ours, or this says what it is
        parquet = import_module("pyarrow.parquet")
        return parquet.read_table(
            self.path, columns=columns, filters=[("line", "=", "event"), *wanted]
        )


@dataclass(frozen=True)
class Replayed(Generic[S]):
    """The state of every stream at a position, and a sentence for each one that has none."""

    position: int
    states: dict[str, S]
    troubles: dict[str, str]


def replay(
    source: Source,
    decider: Decider[Any, Any, S],
    *,
    partitions: int = 16,
    executor: Executor | None = None,
    workers: int | None = None,
) -> Replayed[S]:
    """Fold every stream, as the history is now: what others write meanwhile is not in it.

    executor: where the partitions are folded: `on_dask(address)`, or any other; processes of this
    machine by default, as many as `workers` says or the machine has. A stream that cannot be read
    or folded is named in `troubles`, with its partition, and the others are all there. When a
    process dies, that is said of each stream that was not folded yet. Shows a progress bar when it
    takes longer than two seconds.
    """
    streams, position = source.now()
    parts = divided(streams, partitions)
    if executor is None:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as processes:
            return _replayed(source, decider, position, parts, processes)
    return _replayed(source, decider, position, parts, executor)


def divided(streams: Sequence[str], partitions: int) -> list[list[str]]:
    """The streams by partition: the same names are together on every machine and every day."""
    if partitions < 1:
        raise ValueError(f"a replay needs a partition or more, not {partitions}")
    parts: list[list[str]] = [[] for _ in range(partitions)]
    for stream in streams:
        parts[crc32(stream.encode()) % partitions].append(stream)
    return parts


def _replayed(
    source: Source,
    decider: Decider[Any, Any, S],
    position: int,
    parts: list[list[str]],
    executor: Executor,
) -> Replayed[S]:
    found = Replayed[S](position, {}, {})
    waited: dict[Future[Any], int] = {
        executor.submit(folded, source, decider, position, names): number
        for number, names in enumerate(parts)
        if names
    }
    with tqdm(desc="replaying", total=sum(map(len, parts)), unit=" streams", delay=2) as bar:
        for future in as_completed(waited):
            number = waited[future]
            states, troubles = _outcome(future, parts[number])
            found.states.update(states)
            for stream, why in troubles.items():
                found.troubles[stream] = f"partition {number} of {len(parts)}, {stream!r}: {why}"
            bar.update(len(parts[number]))
    return found


def _outcome(future: Future[Any], names: list[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """What a partition gave; when it gave nothing, why, for each of its streams."""
    try:
        states, troubles = future.result()
    except Exception as error:
        return {}, dict.fromkeys(names, _sentence(error))
    return states, troubles


def folded(
    source: Source, decider: Decider[Any, Any, S], position: int, names: list[str]
) -> tuple[dict[str, S], dict[str, str]]:
    """The states of some streams at a position, and what is wrong with the rest: one partition."""
    states: dict[str, S] = {}
    troubles: dict[str, str] = {}
    for stream, events in source.each(names, position):
        try:
            states[stream] = decider.fold(events)
        except Exception as error:
            troubles[stream] = _sentence(error)
    return states, troubles


def _sentence(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


@contextmanager
def on_dask(address: str) -> Iterator[Executor]:
    """The workers of a Dask cluster ("tcp://host:8786"), for the `executor` of a replay.

    They need the same packages, and must reach the place where the history is.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise NotFound(f"{error}: Dask needs  pip install 'esdemo[parallel]'") from error
    with Client(address) as client:  # type: ignore[no-untyped-call]
        yield client.get_executor(pure=False)
