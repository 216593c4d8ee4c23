"""How much memory does a long log need, and how long does it take? A table, by its rows.

    python tests/benchmarks/long_logs.py [ROWS ...]

A generated process-mining log as CSV, a tenth as many cases as rows, three random words in each.
Each size is read in a process of its own, as it comes and with a third of its rows too late. The
window is the last 100,000 rows, and the peak is that of the process less that of its imports.
"""

import csv
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

SIZES: Final = (10_000, 100_000, 1_000_000)
HEADER: Final = (
    "rows",
    "CSV, MB",
    "order",
    "read, s",
    "peak, MB",
    "page, MB",
    "made in, s",
    "peak, MB",
)
START: Final = datetime(2025, 1, 1, tzinfo=UTC)


def main(sizes: list[int]) -> None:
    """Print a row for each size and order."""
    print(f"| {' | '.join(HEADER)} |\n|{' --- |' * len(HEADER)}")
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            for late in (False, True):
                file = Path(folder) / "log.csv"
                write(file, size, late=late)
                found = measured(file)
                cells = [f"{size:,}", megabytes(file.stat().st_size), "late" if late else "by time"]
                cells += [f"{found['read']:.1f}", megabytes(found["reading"])]
                cells += [megabytes(found["page"]), f"{found['made']:.1f}", megabytes(found["all"])]
                print(f"| {' | '.join(cells)} |", flush=True)


def megabytes(size: int) -> str:
    """Millions of bytes."""
    return f"{size / 1e6:,.1f}"


def write(file: Path, size: int, *, late: bool, seed: int = 7) -> None:
    """The log, the same for the same seed."""
    with file.open("w", newline="", encoding="utf-8") as text:
        writer = csv.writer(text)
        writer.writerow(["case", "activity", "timestamp", "resource", "amount", "note"])
        writer.writerows(rows(size, random.Random(seed), late=late))


def rows(size: int, chance: random.Random, *, late: bool) -> Iterator[list[Any]]:
    """Cases that overlap; late: a third of them is written up to two minutes after the others."""
    words = [f"w{chance.randrange(10**6)}" for _ in range(5_000)]
    now = START
    for number in range(size):
        now += timedelta(seconds=chance.randrange(60))
        at = now - timedelta(seconds=chance.randrange(120)) if late and number % 3 == 0 else now
        case = max(0, number // 10 - chance.randrange(min(3_000, size // 20 + 1)))
        activity = chance.choice(["create", "approve", "pay", "ship", "close"])
        note = " ".join(chance.choices(words, k=3))
        amount = chance.randrange(10**6) / 100
        yield [f"c{case:07}", activity, at.isoformat(), chance.choice("abcdefgh"), amount, note]


def measured(file: Path, last: int = 100_000) -> dict[str, Any]:
    """Seconds and bytes of one reading, in a process of its own."""
    command = [sys.executable, __file__, "--child", str(file), str(last)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def child(file: Path, last: int) -> dict[str, Any]:
    """Read it, make the page, and say what that took. Peaks are as the system counts them."""
    import resource

    from esdemo import anylog
    from esdemo.explorer import explore

    def peak() -> int:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit

    before, began = peak(), time.perf_counter()
    log = anylog.read(file, last=last)
    read, reading = time.perf_counter() - began, peak() - before
    began = time.perf_counter()
    target = file.with_suffix(".html")
    explore(log).save(target)
    made = time.perf_counter() - began
    size = target.stat().st_size
    return {"read": read, "reading": reading, "made": made, "page": size, "all": peak() - before}


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        print(json.dumps(child(Path(sys.argv[2]), int(sys.argv[3]))))
    else:
        main([int(size) for size in sys.argv[1:]] or list(SIZES))
