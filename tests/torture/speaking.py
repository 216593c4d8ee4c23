"""What a child process does and says: commands, one after another, and what came of each.

The parent kills it at some moment and knows from these lines what had been promised by then:

- `kept ID`: the store has acknowledged this command;
- `failed ID KIND`: the store refused it by name, so nothing was promised;
- `backing PATH`, then `backed PATH` or `unbacked PATH KIND`: a backup has begun, and is said to be
  complete, or was refused by name;
- `now`: the dangerous thing has just been done.

An error without a name of esdemo's is not caught: its traceback is a failure of the campaign.
"""

import os
import sqlite3
import time
from collections.abc import Iterable
from itertools import count
from random import Random

from tally import Add, Take, TallyMessage, tally

from esdemo import Application, EsdemoError, SQLiteStore
from esdemo.checkpoints import Checkpoints


def say(text: str) -> None:
    """A line that can be read at once; one write, so that lines of many processes do not mix."""
    os.write(1, f"{text}\n".encode())


def impatient() -> None:
    """From now on SQLite copies its write-ahead log back every 10 pages, not every 1,000."""
    connect = sqlite3.connect

    def connect_and_copy_often(*arguments: object, **options: object) -> sqlite3.Connection:
        db = connect(*arguments, **options)
        db.execute("PRAGMA wal_autocheckpoint = 10")
        return db

    sqlite3.connect = connect_and_copy_often


def opened(path: str, name: str) -> Application:
    """The tally on a file; durability, and checkpoints beside it or not, follow from the name."""
    chance = Random(name)
    survives = chance.choice(["crash", "power loss"])
    beside = chance.random() < 0.5
    checkpoints = Checkpoints(tally, f"{path}.checkpoints", every=5) if beside else None
    store = SQLiteStore(path, TallyMessage, survives=survives)
    return Application(tally, store, checkpoints=checkpoints)


def ask(application: Application, name: str, number: int, insist: bool = False) -> None:
    """One command, mostly with several events, sometimes refused; say what came of it.

    insist: raise the error instead, for somebody who asks again.
    """
    chance = Random(f"{name}-{number}")
    command = Take(10**9) if chance.random() < 0.2 else Add(tuple(range(chance.randrange(1, 5))))
    try:
        application.handle(chance.choice("abc"), command, command_id=f"{name}-{number}")
    except EsdemoError as error:
        if insist:
            raise
        say(f"failed {name}-{number} {type(error).__name__}")
        time.sleep(0.001)
    else:
        say(f"kept {name}-{number}")


def keep_asking(application: Application, name: str, numbers: Iterable[int] | None = None) -> None:
    """Commands without end, or those with these numbers."""
    for number in numbers or count():
        ask(application, name, number)
