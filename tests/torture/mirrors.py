"""kill -9 of a process that follows somebody else's log, while that log goes on growing.

The judge reads both files with sqlite3 and json. The mirror must be the beginning of their log,
event for event and byte for byte, with every hash right; no place that was said to be reached may
be lost; and at the end it folds, by their own code, to their aggregates. At full size their log
has 100,000 events.
"""

import json
import sqlite3
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from random import Random
from uuid import UUID

import independent
from foreign.accounts import Account, Accounts

from esdemo import SQLiteStore, graduate
from torture.company import Company
from torture.results import Try, objection
from torture.speaking import say

GROWTH = 1_000  # events that their log has more at each try
AGGREGATES = 40


def mirror(theirs: str, ours: str, seed: str) -> None:
    """Follow without end, in batches of any size, opening the mirror again now and then."""
    chance = Random(seed)
    with Accounts(environment(theirs)) as application:
        say("now")
        while True:
            with SQLiteStore(ours, graduate.vocabulary(application), survives="crash") as store:
                for _ in range(chance.randrange(1, 4)):
                    done = graduate.follow(application, store, batch=chance.randrange(1, 400))
                    say(f"reached {done.notification_id}")


def campaign(seed: int, times: int, folder: Path) -> Iterator[Try]:
    """Kills of one or two processes that follow one long log into one mirror."""
    theirs, ours, chance = folder / "theirs.db", folder / "ours.db", Random(f"{seed} mirrors")
    with Accounts(environment(theirs)) as application:
        reached, known = 0, dict[str, Account]()
        for number in range(times):
            grow(application, known, chance)
            what, names = ("one follows", "a") if number % 3 else ("two follow", "ab")
            calls = [("mirror", theirs, ours, f"{seed}x{number}{name}") for name in names]
            with Company(*calls) as company:
                said = killed(company, chance)
                complaint = company.complaint()
            reached = max([reached, *places(said)])
            met, failures = judged(theirs, ours, reached)
            failures += [complaint] * bool(complaint)
            if number + 1 == times and not failures:
                failures += goes_on(application, ours)
            failures = [f"{what}, try {number}: {why}" for why in failures]
            figures = {"kills": len(names), "steps": len(said)}
            yield Try(what, "failed" if failures else met, tuple(failures), figures)


def environment(path: str | Path) -> dict[str, str]:
    """Where their application keeps its events."""
    return {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(path)}


def grow(application: Accounts, known: dict[str, Account], chance: Random) -> None:
    """So many events more, in aggregates that chance chooses; several in one transaction."""
    left = GROWTH
    while left:
        holder = f"holder {chance.randrange(AGGREGATES)}"
        account = known[holder] if holder in known else Account(holder, "")
        known[holder] = account
        for _ in range(min(left, chance.randrange(1, 60)) - len(account.pending_events)):
            account.append(Decimal(chance.randrange(1, 10_000)) / 100)
        left -= len(account.pending_events)
        application.save(account)


def killed(company: Company, chance: Random) -> list[str]:
    """Let it work, kill it at a moment that nobody chose; everything that it had said."""
    company.go()
    said = []
    for line in company.lines():
        said.append(line)
        if line == "now":
            break
    said += company.during(chance.random(), at_most=chance.randrange(4))
    time.sleep(chance.random() * 0.03)
    return said + company.kill()


def places(said: list[str]) -> list[int]:
    """The places in their log that were said to be reached."""
    return [int(line.split()[1]) for line in said if line.startswith("reached ")]


def judged(theirs: Path, ours: Path, reached: int) -> tuple[str, list[str]]:
    """What the kill met, and what is wrong with the mirror in the light of what was said."""
    if not ours.exists() or not independent.query(ours, "SELECT * FROM sqlite_master"):
        return "before the first table", []
    try:
        independent.assert_whole(ours)
        return found(theirs, ours, reached)
    except (AssertionError, sqlite3.Error) as error:
        return "failed", [objection(error)]


def found(theirs: Path, ours: Path, reached: int) -> tuple[str, list[str]]:
    """The same, when the file is whole."""
    truth = independent.query(theirs, "SELECT rowid, * FROM stored_events ORDER BY rowid")
    kept = [as_theirs(json.loads(row["data"])) for row in independent.events(ours)]
    failures = list[str]()
    if kept != [tuple(row) for row in truth[: len(kept)]]:
        failures.append("the mirror is not the beginning of their log")
    last = kept[-1][0] if kept else 0
    if last < reached:
        failures.append(f"the mirror is at {last}, and had been at {reached}")
    return ("at the end" if len(kept) == len(truth) else "on the way"), failures


def as_theirs(data: dict[str, object]) -> tuple[object, ...]:
    """A fact of the mirror as a row of their table."""
    originator = UUID(str(data["originator_id"])).hex
    state = str(data["state"]).encode()
    return data["notification_id"], originator, data["originator_version"], data["type"], state


def goes_on(application: Accounts, ours: Path) -> list[str]:
    """Whether the rest is followed as if nothing had happened, and folds to their aggregates."""
    try:
        with SQLiteStore(ours, graduate.vocabulary(application)) as store:
            graduate.follow(application, store)
            return graduate.differences(application, store)
    except Exception as error:
        return [f"afterwards the mirror does not work: {objection(error)}"]
