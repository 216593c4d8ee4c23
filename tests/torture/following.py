"""kill -9 of a process that follows a log: while it projects, rebuilds beside, and switches.

The judge reads the two files with sqlite3 and json, and counts for itself. Each table must be the
sum of exactly the events up to the position that it names; no position that was said may be lost;
every message is there once, whichever code told it; and after the kill the view goes on.
"""

import json
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from random import Random

import independent
import msgspec
from tally import Added, TallyMessage

from esdemo import SQLiteStore
from esdemo.errors import NotFound
from esdemo.projections import Beside, Outdated, Projection, View
from torture.company import Company
from torture.results import Try, objection
from torture.speaking import say

STREAMS = "abcdefgh"


class Total(msgspec.Struct, frozen=True):
    """What a stream has added, and in how many events."""

    amount: int
    events: int


def add(row, fact):
    """The first version of the code."""
    before = row or Total(0, 0)
    return Total(before.amount + fact.event.amount, before.events + 1)


def double(row, fact):
    """The second version: everything counts twice."""
    before = row or Total(0, 0)
    return Total(before.amount + 2 * fact.event.amount, before.events + 1)


def shout(before, after, fact):
    """A message for every event of a round amount, in both versions."""
    if fact.event.amount % 5 == 0:
        yield f"{fact.stream} {fact.version}"


VERSIONS = {
    1: Projection("totals", Total, add, tells=shout),
    2: Projection("totals", Total, double, tells=shout),
}
"""By the factor that an amount counts with."""


def follow(log: str, views: str, seed: str) -> None:
    """Project without end, in batches of any size; now and then with the other version.

    Another process may do the same, and put the other version in place of ours at any time.
    """
    chance = Random(seed)
    with SQLiteStore(log, TallyMessage, read_only=True) as store:
        say("now")
        while True:
            version = VERSIONS[chance.choice((1, 2))]
            with View(version, store, views) as view, suppress(Outdated, NotFound):
                follow_for_a_while(view, chance)


def follow_for_a_while(view: View[Total], chance: Random) -> None:
    """Take over if another version is live, then catch up in some steps."""
    if view.is_outdated:
        beside = Beside(view)
        for _ in range(chance.randrange(6)):
            beside.catch_up(batch=chance.randrange(1, 60), until=beside.position + 60)
            say(f"built {beside.position}")
        say(f"reached {beside.switch()}")
    for _ in range(chance.randrange(1, 4)):
        until = view.position + chance.randrange(1, 60)
        view.catch_up(batch=chance.randrange(1, 20), until=until)
        say(f"reached {view.position}")


def campaign(seed: int, times: int, folder: Path) -> Iterator[Try]:
    """Kills of one or two processes that follow one long log with one file of views."""
    log, views, chance = folder / "log.db", folder / "views.db", Random(f"{seed} following")
    with SQLiteStore(log, TallyMessage, survives="crash") as store:
        reached = 0
        for number in range(times):
            append(store, chance.randrange(60), chance)
            what, names = ("one follows", "a") if number % 2 else ("two follow", "ab")
            calls = [("follow", log, views, f"{seed}x{number}{name}") for name in names]
            with Company(*calls) as company:
                said = killed(company, chance)
                complaint = company.complaint()
            reached = max([reached, *positions(said)])
            met, failures = judged(log, views, reached)
            failures += [complaint] * bool(complaint)
            failures += goes_on(store, views) if not failures else []
            failures = [f"{what}, try {number}: {why}" for why in failures]
            figures = {"kills": len(names), "steps": len(said)}
            yield Try(what, "failed" if failures else met, tuple(failures), figures)


def append(store: SQLiteStore, number: int, chance: Random) -> None:
    """So many events more, in streams that chance chooses."""
    for _ in range(number):
        stream = chance.choice(STREAMS)
        event = Added(chance.randrange(1, 50))
        store.append(stream, [event], expected_version=store.version(stream))


def killed(company: Company, chance: Random) -> list[str]:
    """Let it work, kill it at a moment that nobody chose; everything that it had said."""
    company.go()
    said = []
    for line in company.lines():
        said.append(line)
        if line == "now":
            break
    said += company.during(0.3, at_most=chance.randrange(25))
    time.sleep(chance.random() * 0.003)
    return said + company.kill()


def positions(said: list[str]) -> list[int]:
    """The positions that the rows were said to have reached."""
    return [int(line.split()[1]) for line in said if line.startswith("reached ")]


def judged(log: Path, views: Path, reached: int) -> tuple[str, list[str]]:
    """What the kill met, and what is wrong with the views in the light of what was said."""
    if not views.exists() or not independent.query(views, "SELECT * FROM sqlite_master"):
        return "before the first table", []
    try:
        return found(log, views, reached)
    except (AssertionError, sqlite3.Error) as error:
        return "failed", [objection(error)]


def found(log: Path, views: Path, reached: int) -> tuple[str, list[str]]:
    """The same, when the file can be read."""
    failures = list[str]()
    generations = independent.query(views, "SELECT * FROM generations ORDER BY live")
    if not generations:
        return "before the first table", []
    for generation in generations:
        table = f'"totals__{generation["generation"]}"'
        rows = independent.query(views, f"SELECT * FROM {table}")
        kept = {row["key"]: (row["amount"], row["events"]) for row in rows}
        if kept != counted(log, generation["position"], factor(generation["tag"])):
            failures.append(f"{table} is not the sum up to position {generation['position']}")
    live = generations[-1]
    if not live["live"] or sum(each["live"] for each in generations) != 1:
        failures.append("not exactly one table is live")
    if live["position"] < reached:
        failures.append(f"the rows are at {live['position']}, and had been at {reached}")
    told = [row["position"] for row in independent.query(views, "SELECT * FROM outbox")]
    if Counter(told) != Counter(round_amounts(log, live["position"])):
        failures.append("the messages are not one for each event that is worth one")
    (check,) = independent.query(views, "PRAGMA integrity_check")
    failures += [f"SQLite says: {check[0]}"] if check[0] != "ok" else []
    return ("while building beside" if len(generations) > 1 else "while following"), failures


def factor(tag: str) -> int:
    """Which version made a table."""
    (number,) = (each for each, version in VERSIONS.items() if tag.startswith(version.tag))
    return number


def amounts(log: Path, until: int) -> Iterator[tuple[int, str, int]]:
    """Position, stream and amount of the first events, as they stand in the file."""
    for row in independent.query(log, "SELECT * FROM events WHERE position <= ?", until):
        yield row["position"], row["stream"], json.loads(row["data"])["amount"]


def counted(log: Path, until: int, times: int) -> dict[str, tuple[int, int]]:
    """What a table should hold at a position."""
    sums, events = Counter[str](), Counter[str]()
    for _, stream, amount in amounts(log, until):
        sums[stream] += times * amount
        events[stream] += 1
    return {stream: (sums[stream], events[stream]) for stream in events}


def round_amounts(log: Path, until: int) -> list[int]:
    """The positions of the events that both versions shout about."""
    return [position for position, _, amount in amounts(log, until) if amount % 5 == 0]


def goes_on(store: SQLiteStore, views: Path) -> list[str]:
    """Whether the first version takes over and reaches the end; on a copy, for the next try."""
    copy = views.with_name("copy.db")
    copy.unlink(missing_ok=True)
    try:
        if views.exists():
            with closing(sqlite3.connect(views)) as db:
                db.execute("VACUUM INTO ?", (str(copy),))
        with View(VERSIONS[1], store, copy) as view:
            if view.is_outdated:
                Beside(view).switch()
            view.catch_up()
            kept = {key: (row.amount, row.events) for key, row in view.rows().items()}
    except Exception as error:
        return [f"afterwards the view does not work: {objection(error)}"]
    wanted = counted(Path(store.path), store.position, 1)
    return [] if kept == wanted else ["after catching up the rows are not the sum of the log"]
