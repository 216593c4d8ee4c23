"""The child processes of the reliability tests: `python writers.py ROLE ARGUMENT...`.

Each says "ready" when it has imported everything and waits for a line before it begins, so that the
parent can start several at once, or have the next one ready before it kills this one.
"""

import sys
from itertools import count
from pathlib import Path
from random import Random

from tally import Add, Added, Take, TallyMessage, tally

from esdemo import Application, Conflict, SQLiteStore


def say(text: str) -> None:
    """A line that the parent can read at once."""
    print(text, flush=True)


def append_for_ever(path: str, run: str) -> None:
    """Commands with several events each, and some refusals, each said once it is acknowledged."""
    chance = Random(run)
    survives = "crash" if int(run) % 2 else "power loss"
    with SQLiteStore(path, TallyMessage, survives=survives) as store:
        application = Application(tally, store)
        for number in count():
            stream = chance.choice("abc")
            amounts = tuple(range(chance.randrange(1, 5)))
            command = Take(10**9) if chance.random() < 0.2 else Add(amounts)
            say(application.handle(stream, command, command_id=f"{run}-{number}").command_id)


def add_together(path: str, name: str, times: str) -> None:
    """Commands on a stream that all want, and on one of our own; the caller tries again too."""
    with SQLiteStore(path, TallyMessage, survives="crash") as store:
        application = Application(tally, store)
        for number in range(int(times)):
            for stream in "shared", name:
                handle_at_last(application, stream, f"{name}-{stream}-{number}")


def handle_at_last(application: Application, stream: str, command_id: str) -> None:
    """Ten conflicts in a row are the caller's: here it just asks again, with the same id."""
    while True:
        try:
            application.handle(stream, Add((1, 1)), command_id=command_id)
        except Conflict:
            continue
        return


def create_together(folder: str, name: str, times: str) -> None:
    """Opens files that are not there yet, all at the same time as others do."""
    for number in range(int(times)):
        with SQLiteStore(Path(folder) / f"{number}.db", TallyMessage, survives="crash") as store:
            store.append(name, [Added(1)], expected_version=0)


if __name__ == "__main__":
    role, *arguments = sys.argv[1:]
    say("ready")
    sys.stdin.readline()
    globals()[role](*arguments)
