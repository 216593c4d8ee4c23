"""Eight processes on one stream, with rules that take no time, 2 and 20 milliseconds to decide.

No update is lost and no hole is left: every event says which number its decider thought it was,
and they are 1, 2, 3 and so on. Fewer than 1 in 1,000 commands end in Conflict.
"""

from collections.abc import Iterator
from pathlib import Path

import independent
import msgspec
from tally import TallyMessage

from esdemo import SQLiteStore
from torture.company import started
from torture.results import Try, objection

WRITERS = 8
SHARES = {0: 0.5, 2: 0.375, 20: 0.125}
"""Milliseconds that decide takes, and the share of the commands."""


def campaign(seed: int, times: int, folder: Path) -> Iterator[Try]:
    """One file for each kind of rule; so many commands in all. (The order is the machine's.)"""
    for milliseconds, share in SHARES.items():
        path = folder / f"{milliseconds}.db"
        SQLiteStore(path, TallyMessage).close()
        each = round(times * share / WRITERS)
        names = [f"{seed}writer{number}" for number in range(WRITERS)]
        what, said = f"decide takes {milliseconds} ms", list[str]()
        with started(*(("contend", path, name, each, milliseconds) for name in names)) as company:
            try:
                for line in company.lines():
                    said.append(line)
                    yield Try(what, outcome(line))
                silent = []
            except TimeoutError as error:
                silent = [str(error)]
            complaint = company.complaint()
        failures = [*silent, *([complaint] if complaint else []), *objections(path, said, each)]
        found = "failed in the end" if failures else "nothing lost in the end"
        yield Try(what, found, tuple(f"{what}: {why}" for why in failures))


def outcome(line: str) -> str:
    """`kept`, or the name of the error that the caller got."""
    return line.split(" ")[-1] if line.startswith("failed") else "kept"


def objections(path: Path, said: list[str], each: int) -> Iterator[str]:
    """What was lost, and whether too many commands had no success."""
    try:
        independent.assert_whole(path)
    except AssertionError as error:
        yield objection(error)
    numbers = [msgspec.json.decode(row["data"])["amount"] for row in independent.events(path)]
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"an update was lost: {len(numbers)} events, but {len(set(numbers))} numbers"
    kept = [line.split(" ")[1] for line in said if line.startswith("kept")]
    if sorted(kept) != sorted(row["command_id"] for row in independent.decisions(path)):
        yield f"{len(kept)} commands were acknowledged, and others are stored"
    failed = [outcome(line) for line in said if line.startswith("failed")]
    if len(said) != WRITERS * each:
        yield f"{len(said)} of {WRITERS * each} commands were answered"
    if len(failed) > max(1, (len(said) - 1) // 1_000):  # one proves nothing about a small number
        yield f"{len(failed)} of {len(said)} commands failed: {sorted(set(failed))}"
