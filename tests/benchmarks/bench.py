"""Esdemo beside the `eventsourcing` library and beside bare sqlite3, in one run: `make bench`.

Every row runs its sides in turn (A B A B), so that whatever else the machine does troubles all
alike; the medians of the rounds are compared. Every row ends with a proof that its sides did the
same work: equal balances, equal rows.

What is fair: one machine, one disk, WAL and the same `synchronous` for all, the same facts in
streams of the same names (UUIDs), one thread, garbage collection as Python has it.

What is not, against esdemo: it keeps the whole envelope (command, correlation, actor, two times),
a hash chain and, with each command, a decision. It proves that a fact can be read back before it
stores it, and its triggers refuse changes. The others do none of this.

The library appends in two ways: an event straight into its store (`events.put`), which is what our
`append` is measured against, and by an aggregate that applies the event and is then saved.

Bare sqlite3 stores less than any store of decisions must: an event, and no hash. So there is one
more row, in which it stores the decision beside the event, each with the hash of its chain, and
nothing else: no loading, no deciding, no reading back, no look at whether the files are still
there.

A random moment is asked of files that were written before and are opened again: esdemo has a
checkpoint every 100 events, the library none, or a snapshot every 1,000. It knows no time, so it is
given the quickest way there is, a bisection over its events.

A mirror of the library's log is compared with the least that the library itself does to read the
log, and the proof of a mirror with loading every aggregate. Both sides make the same objects.

On PostgreSQL both commit as durably as the server does by default, which costs most of the time.

A read model is compared with the steps of the library's projection runner, since the runner itself
needs subscriptions, which its SQLite recorder does not have. It has a transaction for each event;
esdemo is measured with the same, and with its own thousand.

What is not, for esdemo: it remembers the last state of each stream, and the library does so only
when asked. Hence two more rows: both without, and both with. The library also serves more than a
course needs: other databases, subclasses, threads.

    python tests/benchmarks/bench.py [--quick] [--folder FOLDER]

--quick: a smoke test of a few seconds, whose numbers mean nothing. --folder: the disk to measure
(`build/` in the project by default; the system's temporary folder may live in memory).
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aging
import agreeing
import chains
import imagined
import mirrors
import on_postgres
import trees
import views
import works
from rows import HEADER, Row, machine

ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Sizes:
    """How much work: some minutes of it, or as little as a test may take."""

    rounds: int = 25
    slow_rounds: int = 9  # of what takes a second
    streams: int = 100  # in a round of commands, one for each
    length: int = 100  # events in a stream
    long: int = 10_000  # events in the one long stream
    many: int = 1_000  # streams to replay
    table: int = 200  # streams in the frame
    histories: tuple[int, ...] = (100_000, 1_000_000)  # events in a stream to travel in
    journeys: int = 9  # rounds of random moments
    chain: int = 10_000  # events to hash, and to verify with their decisions
    audited: int = 1_000_000  # events to verify in a long log
    aged: int = 2_000  # events of an old shape, or with an encrypted field
    files: int = 20_000  # in a git history
    projected: int = 1_000  # streams in a read model
    views: int = 3  # rounds of views, in which the peer takes ten seconds
    summed: int = 1_000_000  # events whose states go into a frame
    futures: int = 1_000
    ahead: int = 90  # days


QUICK: Final = Sizes(
    2,
    2,
    streams=5,
    length=10,
    long=50,
    many=5,
    table=5,
    histories=(1_500,),
    journeys=2,
    chain=50,
    audited=2_000,
    aged=20,
    files=200,
    projected=5,
    views=2,
    summed=2_000,
    futures=3,
    ahead=5,
)


def main(arguments: list[str]) -> None:
    """Measure everything and print the table; progress goes to stderr."""
    parser = argparse.ArgumentParser(description="Measure esdemo beside its peers.")
    parser.add_argument("--quick", action="store_true", help="a smoke test: tiny sizes")
    parser.add_argument("--folder", type=Path, default=ROOT / "build", help="the disk to measure")
    chosen = parser.parse_args(arguments)
    chosen.folder.mkdir(parents=True, exist_ok=True)
    lines = [HEADER, ("---",) * len(HEADER)]
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        for row in measured(QUICK if chosen.quick else Sizes(), Path(folder)):
            lines.append(row.cells())
            print(*row.cells(), sep="; ", file=sys.stderr)
    print("\n".join(f"| {' | '.join(line)} |" for line in lines))
    print(f"\n{machine()}")


def measured(sizes: Sizes, folder: Path) -> Iterator[Row]:
    """All rows, with the targets that we set ourselves; each on files of its own."""
    number, length = sizes.streams, sizes.length
    for synchronous, faster, slower in (("NORMAL", 1.6, 1.45), ("FULL", 1.2, 1.15)):
        yield from works.append(folder, sizes.rounds, number, synchronous, faster, slower)
    for synchronous in ("NORMAL", "FULL"):
        yield from agreeing.conditions(folder, sizes.rounds, number, synchronous, longer=1.5)
    for synchronous, faster, cached in (("NORMAL", 20, 2.5), ("FULL", 10, None)):
        work = (folder, sizes.rounds, number, length, synchronous)
        yield works.handle(*work, ours="remembers", theirs="as it comes", faster=faster)
        yield works.handle(*work, ours="forgets", theirs="as it comes")
        yield works.handle(*work, ours="remembers", theirs="cache on", faster=cached)
        yield works.decide(folder, sizes.rounds, number, synchronous)
    yield works.replay(folder, sizes.slow_rounds, 1, sizes.long, faster=25)
    yield works.replay(folder, sizes.slow_rounds, sizes.many, length, faster=25)
    for history in sizes.histories:
        targets = {"faster": 100, "version_ms": 0.15, "time_ms": 0.35}
        yield from works.moments(folder, sizes.journeys, history, **targets)
    yield from works.frame(folder, sizes.slow_rounds, sizes.table, length, whole=3, some=6)
    yield from mirrors.mirrors(folder, sizes.slow_rounds, sizes.table, length)
    yield from views.project_and_rebuild(folder, sizes.views, sizes.projected, length, faster=5)
    yield from agreeing.effects(folder, sizes.slow_rounds, sizes.table, length)
    yield views.states(sizes.slow_rounds, sizes.summed, min(1_000, sizes.summed), longer=15)
    yield from chains.hashes(folder, sizes.slow_rounds, sizes.chain, sizes.audited)
    yield from aging.upcast(sizes.slow_rounds, sizes.aged)
    yield from aging.encrypted(folder, sizes.slow_rounds, sizes.aged)
    yield trees.fold(sizes.slow_rounds, sizes.files, faster=10)
    yield from imagined.futures(min(sizes.rounds, 3), sizes.futures, sizes.ahead, at_most_ms=10_000)
    work = (folder, sizes.slow_rounds, number, sizes.long)
    yield from on_postgres.contest(*work, append=2, load=10)
    yield works.imports(folder, sizes.slow_rounds, at_most_ms=10)


if __name__ == "__main__":
    main(sys.argv[1:])
