"""How well are the files of a real repository forecast? A table of back-tests.

    python tests/benchmarks/files.py [--window DAYS] PATH ...

Each PATH is a git repository, or a recorded `NAME.diff-tree.z.gz` (what `git diff-tree --stdin
--root -r -z --raw --no-renames` said of each first-parent commit) beside `NAME.commits.txt.gz`
(each commit with its committer's time in seconds). The number of files at the end of each day, UTC,
is forecast 90 days ahead from every 90th day on, two years after the first commit at the earliest.

--window: how many of the last known days a method learns from; all of them by default.
"""

import argparse
import gzip
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Final

import numpy as np

from esdemo import forecast
from esdemo.domains import git
from esdemo.forecast import Floats, Method

AHEAD: Final = 90  # days
FIRST: Final = 730
SIGNS: Final = {"A": 1, "D": -1}
HEADER: Final = (
    *("repository", "days", "back-tests", "covered by Poisson, %", "by blocks, %", "± s.e."),
    *("skill of drift", "of Poisson", "of blocks", "the leak's gain, %"),
)

Commit = tuple[int, int]
"""The committer's time in seconds since 1970, and files added less files deleted."""


def main(paths: list[Path], window: int) -> None:
    """Print a row for each history."""
    print(f"| {' | '.join(HEADER)} |\n|{' --- |' * len(HEADER)}")
    for path in paths:
        recorded = path.suffix == ".gz"
        name = path.resolve().name.partition(".")[0]
        files = by_day(commits_recorded(path) if recorded else commits_of(path))
        print(f"| {' | '.join((name, *row(files, window)))} |", flush=True)


def commits_of(path: Path) -> Iterator[Commit]:
    """The first-parent commits of a repository."""
    signs = {git.FileAdded: 1, git.FileDeleted: -1}
    for first, *changes in git.history(path).commits():
        yield first.time, sum(signs.get(type(change), 0) for change in changes)


def commits_recorded(path: Path) -> Iterator[Commit]:
    """The same of a recording."""
    listed = path.with_name(path.name.replace("diff-tree.z", "commits.txt"))
    lines = gzip.decompress(listed.read_bytes()).decode().splitlines()
    times = dict(line.split() for line in lines)
    changes = dict.fromkeys(times, 0)
    commit = ""
    answer = gzip.decompress(path.read_bytes()).decode("utf-8", "surrogateescape")
    fields = iter(answer.split("\0"))
    for field in fields:
        if field.startswith(":"):
            changes[commit] += SIGNS.get(field[-1], 0)
            next(fields)  # the path
        elif field:
            commit = field.strip()
    yield from ((int(time), changes[commit]) for commit, time in times.items())


def by_day(commits: Iterator[Commit]) -> Floats:
    """The number of files at the end of each day; a clock that goes back is taken to stand."""
    times, changes = zip(*commits, strict=True)
    days = [datetime.fromtimestamp(time, UTC).date().toordinal() for time in accumulate(times, max)]
    return np.bincount(np.array(days) - days[0], changes).cumsum()


def row(files: Floats, window: int) -> tuple[str, ...]:
    """What the back-tests say."""
    methods = {
        "persistence": forecast.persistence,
        "drift": forecast.drift,
        "poisson": forecast.poisson,
        "blocks": forecast.resampled,
    }
    recent = {name: partial(lately, method, window) for name, method in methods.items()}
    recent["leaky"] = partial(leaky, files, window)
    cuts = forecast.rolling(len(files), AHEAD, first=FIRST)
    trials = forecast.backtest(files, files, recent, cuts, ahead=AHEAD)
    by_name = {score.method: score for score in forecast.scores(trials)}
    honest, leak = by_name["blocks"], by_name["leaky"]
    return (
        f"{len(files):,}",
        str(honest.trials),
        f"{by_name['poisson'].covered:.0%}".rstrip("%"),
        f"{honest.covered:.0%}".rstrip("%"),
        f"{100 * honest.error:.1f}",
        *(f"{by_name[name].skill:+.2f}" for name in ("drift", "poisson", "blocks")),
        f"{100 * forecast.skill(leak.crps, honest.crps):+.0f}",
    )


def lately(
    method: Method, window: int, known: Floats, ahead: int, chance: np.random.Generator
) -> Floats:
    """A method that looks at the last days only."""
    return method(known[-window:], ahead, chance)


def leaky(
    files: Floats, window: int, known: Floats, ahead: int, chance: np.random.Generator
) -> Floats:
    """Blocks from as many days around the cut, the future among them: what must not be done."""
    cut = len(known)
    around = files[max(0, cut - window // 2) : cut + window // 2]
    return known[-1] + forecast.resampled(around, ahead, chance) - around[-1]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Forecast the files of repositories.")
    parser.add_argument("paths", nargs="+", type=Path, help="repositories, or *.diff-tree.z.gz")
    parser.add_argument("--window", type=int, default=10**6, help="days to learn from")
    chosen = parser.parse_args()
    main(chosen.paths, chosen.window)
