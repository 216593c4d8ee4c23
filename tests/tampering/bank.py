"""The bank that is tampered with: a file, saved states beside it, and the seal over it."""

import shutil
from contextlib import closing
from pathlib import Path
from random import Random

from esdemo import Checkpoints, SQLiteStore, audit
from esdemo.domains.bank import BankMessage, MoneyDeposited, Withdraw, rules, simulate

EVERY = 5  # versions between two saved states


class Impossible(Exception):
    """This bank has nothing that this kind of manipulation could change."""


def pick(chance: Random, options):
    """One of them by chance, or Impossible."""
    if not options:
        raise Impossible
    return chance.choice(options)


def pick_two(chance: Random, options):
    """Two of them that are not the same one."""
    if len(options) < 2:
        raise Impossible
    return chance.sample(options, 2)


def opened(path: Path) -> SQLiteStore:
    return SQLiteStore(path, BankMessage, survives="crash")


def saved_beside(path: Path) -> Path:
    """The file of the states that were saved for this bank."""
    return path.with_suffix(".checkpoints")


def made(path: Path, *, accounts: int = 4, days: int = 24, seed: int = 2) -> audit.Seal:
    """Some weeks of a bank, two imported facts, two more refusals, saved states; and the seal."""

    def new_store(clock):
        return SQLiteStore(path, BankMessage, clock, survives="crash")

    bank = simulate(accounts=accounts, days=days, seed=seed, store=new_store)
    with closing(bank.store) as store, closing(checkpoints(path)) as saved:
        for stream in [each for each in store.streams() if bank.state(each).status == "open"][:2]:
            fact = MoneyDeposited(7_00, "import")
            store.append(stream, [fact], expected_version=store.version(stream))
            assert bank.handle(stream, Withdraw(10**9), actor="card").refused
        for stream in store.streams():
            saved.state(store, stream, store.version(stream))
        known = audit.verify(store)
        assert known.wrong is None
        return known.seal


def checkpoints(path: Path) -> Checkpoints:
    return Checkpoints(rules, saved_beside(path), every=EVERY)


def copied(path: Path, folder: Path) -> Path:
    """A copy of the bank and of all that stands beside it, under the same names."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for file in path.parent.glob(f"{path.stem}.*"):
        shutil.copy(file, folder / file.name)
    return folder / path.name
