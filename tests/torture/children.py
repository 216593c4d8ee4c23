"""The child processes of the campaigns: `python -m torture.children ROLE ARGUMENT...`.

Each says "ready" when it has imported everything, and begins when it gets a line. What it says
after that is told in `speaking`, or is a `Try` as a line of JSON.
"""

import logging
import sqlite3
import sys
import time
from contextlib import closing
from itertools import count
from pathlib import Path
from random import Random

from tally import Add, Added, TallyMessage, tally

from esdemo import Application, Decider, EsdemoError, SQLiteStore
from esdemo.stores import open_store
from torture.backups import back_up, copy, look, visit
from torture.following import follow
from torture.forks import fork, pool
from torture.moving import move
from torture.racing import redeem, register
from torture.speaking import ask, impatient, keep_asking, opened, say


def write(path: str, name: str) -> None:
    """A writer like any other."""
    if Random(f"{name} impatient").random() < 0.5:
        impatient()
    say("now")
    keep_asking(opened(path, name), name)


def hold(path: str) -> None:
    """Take SQLite's write lock for 0 to 2 milliseconds, again and again, without end."""
    chance = Random(path)
    with closing(sqlite3.connect(path, isolation_level=None, timeout=60)) as db:
        while True:
            db.execute("BEGIN IMMEDIATE")
            time.sleep(chance.random() * 0.002)
            db.execute("ROLLBACK")
            time.sleep(chance.random() * 0.002)


def ask_server(address: str, place: str, name: str) -> None:
    """Commands without end on a server, each under its id until it is answered."""
    logging.getLogger("psycopg").setLevel(logging.ERROR)  # it warns when a connection is lost
    where = "stream" if address.startswith("nats:") else "schema"
    application = None
    for number in count():
        while True:
            try:
                if application is None:
                    store = open_store(address, TallyMessage, **{where: place})
                    application = Application(tally, store)
                ask(application, name, number, insist=True)
                break
            except EsdemoError as error:
                say(f"failed {name}-{number} {type(error).__name__}")
                time.sleep(0.02)


def contend(path: str, name: str, times: str, milliseconds: str) -> None:
    """Commands on the one stream that all want. Each event says which number it thinks it is."""

    def decide(command: Add, last: int) -> list[Added]:
        time.sleep(int(milliseconds) / 1000)
        return [Added(last + 1)]

    counter = Decider(decide, lambda _, event: event.amount, 0)
    survives = Random(name).choice(["crash", "power loss"])
    with SQLiteStore(path, TallyMessage, survives=survives) as store:
        application = Application(counter, store)
        for number in range(int(times)):
            try:
                application.handle("hot", Add(()), command_id=f"{name}-{number}")
                say(f"kept {name}-{number}")
            except EsdemoError as error:
                say(f"failed {name}-{number} {type(error).__name__}")


# Tries that are made in a child, since they may never end. What they need is imported only here.


def flips(first: str, times: str, path: str, seed: str) -> None:
    from torture import flips as campaign

    for number in range(int(first), int(times)):
        say(campaign.flipped(Path(path), seed, number).to_line())


def saved(first: str, times: str, path: str, seed: str) -> None:
    from torture import saved as campaign

    for number in range(int(first), int(times)):
        say(campaign.damaged(Path(path), seed, number).to_line())


def mirror(theirs: str, ours: str, seed: str) -> None:
    from torture import mirrors as campaign

    campaign.mirror(theirs, ours, seed)


def interrupts(path: str, mode: str, seed: str, times: str) -> None:
    from torture import interrupts as campaign

    for each in campaign.interrupted(path, mode, seed, int(times)):
        say(each.to_line())
    say("done")


ROLES = (
    write,
    follow,
    fork,
    pool,
    back_up,
    copy,
    visit,
    look,
    hold,
    ask_server,
    contend,
    move,
    register,
    redeem,
    flips,
    saved,
    interrupts,
    mirror,
)

if __name__ == "__main__":
    name, *arguments = sys.argv[1:]
    (role,) = (each for each in ROLES if each.__name__ == name)
    say("ready")
    sys.stdin.readline()
    role(*arguments)
