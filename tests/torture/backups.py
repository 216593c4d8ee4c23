"""Roles of processes that look at a file in use: visitors, and those who want a copy of it."""

import hashlib
import shutil
import subprocess
import sys
from itertools import count
from pathlib import Path
from random import Random

from tally import TallyMessage, tally

from esdemo import Application, EsdemoError, SQLiteStore
from torture.speaking import ask, keep_asking, opened, say

COPIES = (
    lambda path: shutil.copy(path, f"{path}.copy"),
    lambda path: hashlib.sha256(Path(path).read_bytes()).hexdigest(),
)
"""Ways to read a database file that make the system forget this process's locks on it."""


def back_up(path: str, name: str) -> None:
    """Backups without end while this process, and others, go on writing."""
    application = opened(path, name)
    for number in count():
        ask(application, name, number)
        target = f"{path}.{name}-{number}"
        say(f"backing {target}")
        say("now")
        try:
            application.store.backup(target)
        except EsdemoError as error:
            say(f"unbacked {target} {type(error).__name__}")
        else:
            say(f"backed {target}")


def copy(path: str, name: str) -> None:
    """A backup as people make it: the file is read in the process that has it open.

    The next process to open and close it then believes that it is the last one.
    """
    application = opened(path, name)
    keep_asking(application, name, range(5))
    Random(name).choice(COPIES)(path)
    look = [sys.executable, "-m", "torture.children", "look", path]
    subprocess.run(look, input=b"go\n", stdout=subprocess.DEVNULL, check=True)
    say("now")
    keep_asking(application, name, count(5))


def visit(path: str, name: str) -> None:
    """Somebody who opens the store and closes it again, without end, to look or to ask."""
    chance = Random(name)
    for number in count():
        try:
            read_only = chance.random() < 0.5
            with SQLiteStore(path, TallyMessage, read_only=read_only) as store:
                if not read_only and chance.random() < 0.2:
                    ask(Application(tally, store), name, number)
                else:
                    list(store.recorded())
        except EsdemoError:
            continue  # the file is not there yet


def look(path: str) -> None:
    """Open the store and close it again."""
    SQLiteStore(path, TallyMessage).close()
