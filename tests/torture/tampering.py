"""The manipulations of `tampering`, on banks of many sizes, each found by the judges it names."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from random import Random

from tampering import FOUND_BY, JUDGES, KINDS, Impossible, contradicted, copied, judged, made

from esdemo import audit
from torture.results import Try, objection


def campaign(seed: int, times: int, folder: Path) -> Iterator[Try]:
    """Every kind on one bank, then every kind on the next, until there were so many."""
    kinds = list(KINDS)
    for number in range(times):
        if number % len(kinds) == 0:
            path = folder / f"{number}" / "bank.db"
            seal = bank(path, Random(f"{seed} bank {number}"))
        kind = kinds[number % len(kinds)]
        found, failures = tampered(path, seal, kind, Random(f"{seed} tampering {number}"))
        yield Try(
            kind, found, tuple(f"{kind}, try {number}, {path.parent}: {why}" for why in failures)
        )


def bank(path: Path, chance: Random) -> audit.Seal:
    """Some weeks of a bank, larger or smaller, and the seal over it."""
    path.parent.mkdir()
    size = {"accounts": chance.randrange(3, 9), "days": chance.randrange(12, 40)}
    return made(path, **size, seed=chance.randrange(10**6))


def tampered(path: Path, seal: audit.Seal, kind: str, chance: Random) -> tuple[str, list[str]]:
    """Manipulate a copy, and let all judges look at it: who found it, who should have."""
    copy = copied(path, path.parent / "copy")
    try:
        KINDS[kind](copy, chance)
    except Impossible:
        return "nothing to be done here", []
    except sqlite3.IntegrityError:
        return "refused by the file itself", []
    except Exception as error:
        return "could not be done", [objection(error)]
    try:
        verdict = judged(copy, seal)
    except Exception as error:
        return "failed", [f"a judge fails with {objection(error)}"]
    if contradicted(kind, verdict):
        return "failed", [f"found by {verdict or 'nobody'}, and not by {FOUND_BY[kind]}"]
    return "found by " + (" and ".join(JUDGES[letter] for letter in verdict) or "nobody"), []
