"""Run campaigns at full size: `make torture`, or `python -m torture [NAME...]` in tests/."""

import argparse
import logging
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from torture.campaigns import FULL
from torture.results import Result, objection, summed

SHOWN = 20  # failures of a campaign


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for, say what was found, and return 1 if any promise was broken."""
    asked = parsed(arguments)
    folder = Path(tempfile.mkdtemp(prefix="esdemo-torture-"))
    print(f"seed {asked.seed}, scale {asked.scale:g}")
    held = [run(name, asked.seed, asked.scale, folder / name) for name in asked.names or FULL]
    if all(held):
        shutil.rmtree(folder)
        return 0
    print(f"{held.count(False)} of {len(held)} campaigns found holes; their files are in {folder}")
    return 1


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m torture", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(FULL)}; or all")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="chance's own")
    parser.add_argument("--scale", type=float, default=1.0, help="1 is the full size")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.names) - set(FULL):
        parser.error(
            f"there is no campaign {', '.join(sorted(unknown))}: choose of {', '.join(FULL)}"
        )
    return asked


def run(name: str, seed: int, scale: float, folder: Path) -> bool:
    """One campaign: a bar while it goes on, then its table and verdict. True when all held."""
    campaign, full = FULL[name]
    times, start = max(1, round(full * scale)), time.monotonic()
    folder.mkdir()
    logging.getLogger("esdemo").setLevel(logging.ERROR)  # a cache in trouble says so, rightly
    try:
        tries = campaign(seed, times, folder)
        result = summed(tqdm(tries, name, total=times, unit=" tries", leave=False))
    except Exception as error:
        result = Result(0, {}, {}, (f"the campaign itself broke off: {objection(error)}",))
    report(name, result, time.monotonic() - start)
    return not result.failures


def report(name: str, result: Result, seconds: float) -> None:
    """What was found, in words and figures."""
    verdict = f"{len(result.failures)} BROKEN PROMISES" if result.failures else "held"
    print(f"\n{name}: {verdict} ({result.tried:,} tries, {seconds:.0f} s)")
    for line in result.table():
        print(f"  {line}")
    for failure in result.failures[:SHOWN]:
        print(f"  - {failure}")
    if len(result.failures) > SHOWN:
        print(f"  - and {len(result.failures) - SHOWN:,} more")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
