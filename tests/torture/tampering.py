"""The manipulations of `test_audit_tampering`, on banks of many sizes.

A seal that was pinned before finds all of them; what the chains inside the file are said to show,
`verify` finds without one.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import test_audit_tampering as kinds
from forgery import rows

from esdemo import EsdemoError, SQLiteStore, audit
from esdemo.domains.bank import BankMessage, MoneyDeposited, simulate
from torture.results import Try, objection

Manipulation = Callable[[Path, Random], None]


def campaign(seed: int, times: int, folder: Path) -> Iterator[Try]:
    """Every kind on one bank, then every kind on the next, until there were so many."""
    every: list[Manipulation] = [*kinds.FOUND, *kinds.HIDDEN]
    for number in range(times):
        if number % len(every) == 0:
            path = folder / f"bank-{number}.db"
            seal = bank(path, Random(f"{seed} bank {number}"))
        manipulation = every[number % len(every)]
        chance, name = Random(f"{seed} tampering {number}"), manipulation.__name__.replace("_", " ")
        found, failures = tampered(path, seal, manipulation, chance)
        yield Try(
            name, found, tuple(f"{name}, try {number}, {path.name}: {why}" for why in failures)
        )


def bank(path: Path, chance: Random) -> audit.Seal:
    """Some weeks of a bank, with imported facts, and the seal over it."""
    size = {"accounts": chance.randrange(3, 9), "days": chance.randrange(12, 40)}

    def new_store(clock):
        return SQLiteStore(path, BankMessage, clock, survives="crash")

    with closing(simulate(**size, seed=chance.randrange(10**6), store=new_store).store) as store:
        for _ in range(chance.randrange(1, 4)):
            stream = chance.choice(store.streams())
            fact = MoneyDeposited(7_00, "import")
            store.append(stream, [fact], expected_version=store.version(stream))
        return audit.verify(store).seal


def tampered(
    path: Path, seal: audit.Seal, manipulation: Manipulation, chance: Random
) -> tuple[str, list[str]]:
    """Manipulate a copy, look at it with the seal and without: what was found, what was not."""
    before, copy = rows(path), path.with_name("copy.db")
    shutil.copy(path, copy)
    try:
        manipulation(copy, chance)
    except sqlite3.IntegrityError:
        return "refused by the file itself", []
    except Exception as error:
        return "could not be done", [objection(error)]
    failures = ["it changed nothing"] if unchanged(copy, before) else []
    with_seal = shown(copy, lambda store: audit.compare(store, seal), failures)
    without = shown(copy, lambda store: audit.verify(store).wrong, failures)
    if not with_seal:
        failures.append("the seal does not show it")
    if not without and manipulation in kinds.FOUND:
        failures.append("verify does not find it")
    for file in copy.parent.glob(f"{copy.name}*"):
        file.unlink()
    found = "found by verify and by the seal" if without else "found by the seal"
    return ("failed" if failures else found), failures


def unchanged(path: Path, before: object) -> bool:
    """Whether the rows are what they were; some are not even text any more."""
    try:
        return rows(path) == before
    except Exception:
        return False


def shown(path: Path, look: Callable[[SQLiteStore], object], failures: list[str]) -> bool:
    """Whether a look at the file finds something; an error that has a name is a finding."""
    try:
        with SQLiteStore(path, BankMessage, survives="crash") as store:
            return bool(look(store))
    except EsdemoError:
        return True
    except Exception as error:
        failures.append(f"fails with {objection(error)}")
        return True
