"""kill -9 of processes that move money between accounts and send a mail about each arrival.

There are three files and a folder, and no transaction around any two of them: the bank, the
transfers, the views with their outbox, and the mails. The judge reads the bank with sqlite3 and
json, and adds up for itself. Money is conserved after every event; nothing arrives twice; no mail
is there for what did not happen. And when somebody goes on, all that was sent arrives or comes
back, and each arrival has one mail.
"""

import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random

import independent
import msgspec

from esdemo import Application, SQLiteStore
from esdemo.domains import bank
from esdemo.domains.bank import (
    CloseAccount,
    Deposit,
    OpenAccount,
    SendTransfer,
    TransferMessage,
    TransferReceived,
    TransferReturned,
    transferring,
)
from esdemo.effects import Postbox, post
from esdemo.processes import Instances
from esdemo.projections import Projection, View
from torture.company import Company
from torture.results import Try, objection
from torture.speaking import say

NAMES = ("alice", "bob", "carol", "dave")
RICH = 1_000_00
SIGNS = {"MoneyDeposited": 1, "TransferSent": -1, "TransferReceived": 1, "TransferReturned": 1}
"""What an event does to the balance of its stream; the amount stands in it."""
ARRIVALS = ("TransferReceived", "TransferReturned")


class Last(msgspec.Struct, frozen=True):
    """How many transfers have arrived at an account."""

    count: int


def arrived(row, fact):
    """One more, when something arrives."""
    if not isinstance(fact.event, TransferReceived | TransferReturned):
        return row
    return Last((row.count if row else 0) + 1)


def tell(before, after, fact):
    """A mail about each arrival."""
    if before != after:
        yield f"{fact.stream} version {fact.version}"


MAILS = Projection("mails", Last, arrived, tells=tell)


class House:
    """All four places, opened; leaving it closes them."""

    def __init__(self, folder: Path) -> None:
        self._opened = ExitStack()
        accounts = SQLiteStore(folder / "bank.db", bank.BankMessage, survives="crash")
        own = SQLiteStore(folder / "transfers.db", TransferMessage, survives="crash")
        self.bank = Application(bank.rules, self._opened.enter_context(accounts))
        self.transfers = Instances(transferring(), self._opened.enter_context(own), self.bank)
        self.view = self._opened.enter_context(View(MAILS, accounts, folder / "views.db"))
        self.box = Postbox(folder / "mail")

    def __enter__(self):
        return self

    def __exit__(self, *error: object) -> None:
        self._opened.close()

    def work(self) -> None:
        """What a worker does in a round."""
        self.transfers.follow(self.transfers.heard())
        self.view.catch_up(batch=7)
        post(self.view, self.box)


def move(folder: str, seed: str) -> None:
    """Send transfers and carry them through without end; some go to nobody, or a closed account."""
    chance = Random(seed)
    with House(Path(folder)) as house:
        say("now")
        house.transfers.resume_all()
        while True:
            for _ in range(chance.randrange(3)):
                sender, receiver = chance.choice(NAMES), chance.choice((*NAMES, "nobody", "shut"))
                transfer = SendTransfer(f"t{chance.random()}", receiver, chance.randrange(1, 50_00))
                house.bank.handle(sender, transfer)
            house.work()
            say("a round")


def campaign(seed: int, times: int, folder: Path) -> Iterator[Try]:
    """Kills of one or two such processes, one after the other in the same house."""
    chance = Random(f"{seed} moving")
    with House(folder) as house:
        for name in (*NAMES, "shut"):
            house.bank.handle(name, OpenAccount(name))
            if name in NAMES:
                house.bank.handle(name, Deposit(RICH))
        house.bank.handle("shut", CloseAccount())
    for number in range(times):
        what, names = ("one moves", "a") if number % 3 else ("two move", "ab")
        with Company(*(("move", folder, f"{seed}x{number}{name}") for name in names)) as company:
            rounds = killed(company, chance)
            complaint = company.complaint()
        failures = [complaint] * bool(complaint) + judged(folder, finished=False)
        found = "failed" if failures else met(folder)
        if not failures and (number % 10 == 9 or number + 1 == times):
            failures = goes_on(folder)
        figures = {"kills": len(names), "rounds": rounds}
        told = tuple(f"{what}, try {number}: {why}" for why in failures)
        yield Try(what, "failed" if failures else found, told, figures)


def killed(company: Company, chance: Random) -> int:
    """Let them work, kill them at a moment that nobody chose; the rounds that they had done."""
    company.go()
    rounds = 0
    for line in company.lines():
        rounds += line == "a round"
        if line == "now":
            break
    rounds += sum(line == "a round" for line in company.during(0.15, at_most=chance.randrange(6)))
    time.sleep(chance.random() * 0.005)
    return rounds + sum(line == "a round" for line in company.kill())


def met(folder: Path) -> str:
    """What the kill interrupted."""
    if any(on_the_way(folder).values()):
        return "money on its way"
    waiting = independent.query(folder / "views.db", "SELECT count(*) AS n FROM outbox")[0]["n"]
    return "mails in the outbox" if waiting else "nothing"


def facts(folder: Path) -> Iterator[tuple[int, str, str, dict[str, object]]]:
    """Position, stream, type and payload of every event of the bank."""
    for row in independent.events(folder / "bank.db"):
        data = json.loads(row["data"])
        yield row["position"], row["stream"], data["type"], data


def on_the_way(folder: Path) -> Counter[tuple[str, str]]:
    """Cents that have left an account and arrived nowhere, by sender and transfer."""
    way = Counter[tuple[str, str]]()
    for _, stream, kind, data in facts(folder):
        if kind == "TransferSent":
            way[stream, data["transfer"]] += data["amount"]
        elif kind in ARRIVALS:
            way[data.get("sender", stream), data["transfer"]] -= data["amount"]
    return way


def judged(folder: Path, finished: bool) -> list[str]:
    """What is wrong with the house after a kill, or once everything should have arrived."""
    try:
        for name in ("bank.db", "transfers.db"):
            independent.assert_whole(folder / name)
        return list(objections(folder, finished))
    except AssertionError as error:
        return [objection(error)]


def objections(folder: Path, finished: bool) -> Iterator[str]:
    """A sentence for each cent and each mail that is not where it should be."""
    balances, way, arrivals = Counter[str](), Counter[str](), set[str]()
    for position, stream, kind, data in facts(folder):
        if kind in SIGNS:
            balances[stream] += SIGNS[kind] * data["amount"]
        if kind in ("TransferSent", *ARRIVALS):
            way[data["transfer"]] -= SIGNS[kind] * data["amount"]
        if kind in ARRIVALS:
            arrivals.add(f"mails/{position}/1")
        if balances.total() + way.total() not in range(0, len(NAMES) * RICH + 1, RICH):
            yield f"after position {position} there are {balances.total() + way.total()} cents"
    lowest = min(way.values(), default=0)
    if lowest < 0 or min(balances.values()) < 0:
        yield "something was paid out that was not there, or arrived twice"
    mails = [each for each, _ in Postbox(folder / "mail").mails()]
    if len(mails) > len(set(mails)) or set(mails) - arrivals:
        different = len(set(mails))
        yield f"{len(mails)} mails, {different} of them different, for {len(arrivals)} arrivals"
    if finished and (any(way.values()) or set(mails) != arrivals):
        lost, unsent = sum(map(bool, way.values())), len(arrivals - set(mails))
        yield f"{lost} transfers and {unsent} mails lost"


def goes_on(folder: Path) -> list[str]:
    """Somebody starts again and finishes; twice, since the second time must change nothing."""
    try:
        with House(folder) as house:
            for _ in range(2):
                house.transfers.resume_all()
                house.work()
                before = house.bank.store.counts()
            house.transfers.follow()
            if house.bank.store.counts() != before:
                return ["following everything again added something"]
    except Exception as error:
        return [f"afterwards the house does not work: {objection(error)}"]
    return judged(folder, finished=True)
