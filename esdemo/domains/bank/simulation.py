"""A year at the bank: salaries, rent, cards, fees, transfers, a correction and a fraud.

Made by chance from a seed, so the same arguments always make the same log, hash for hash. Only
whole numbers are drawn: no float differs between two machines.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from tqdm import tqdm

from esdemo.application import Application
from esdemo.clocks import Clock, ManualClock, numbered
from esdemo.domains.bank.account import (
    Account,
    AccountCommand,
    AccountEvent,
    ChargeFee,
    CloseAccount,
    Deposit,
    OpenAccount,
    SendTransfer,
    Withdraw,
    reversal,
    rules,
)
from esdemo.domains.bank.transfers import transfers
from esdemo.processes import follow
from esdemo.stores import EventStore, MemoryStore

Bank = Application[AccountCommand, AccountEvent, Account]
Plan = tuple[int, str, AccountCommand, str]
"""Minute of the day, stream, command, actor."""

START: Final = datetime(2025, 1, 1, tzinfo=UTC)
OWNERS: Final = (
    *("alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy"),
    *("karl", "laura", "mike", "nina", "oscar", "peggy", "quinn", "ruth", "sybil", "trent"),
)
PRICES: Final = {"groceries": 45_00, "restaurant": 38_00, "fuel": 60_00, "clothes": 80_00}
TELLERS: Final = ("teller-2", "teller-7", "teller-13")
MACHINES: Final = ("payroll", "standing order", "bank")


def simulate(
    accounts: int = 12,
    days: int = 365,
    seed: int = 1,
    *,
    store: Callable[[Clock], EventStore] | None = None,
) -> Bank:
    """A bank that has lived `days` days with `accounts` accounts, from 1 January 2025 on.

    store: makes the store from the year's clock, in memory by default:
    `year(store=lambda clock: SQLiteStore("bank.db", BankMessage, clock))`. Shows a progress bar
    when it takes longer than two seconds. ValueError unless both sizes are at least 1.
    """
    if accounts < 1 or days < 1:
        raise ValueError(f"a year needs accounts and days, not {accounts} and {days}")
    clock = ManualClock(START)
    home = store(clock) if store else MemoryStore(AccountEvent | AccountCommand, clock)
    bank: Bank = Application(rules, home, ids=numbered("cmd"))
    names = [_name(number) for number in range(accounts)]
    chance = Random(seed)
    followed = 0
    for day in tqdm(range(days), desc="a year at the bank", unit="day", delay=2, leave=False):
        plans = [*_business(chance, day, days, names), *_closing(bank, day, days, names)]
        for minute, stream, command, actor in sorted(plans, key=lambda plan: plan[0]):
            if actor not in MACHINES and bank.state(stream).status == "closed":
                continue  # people stop using an account once it is closed, machines do not
            clock.now = START + timedelta(days=day, minutes=minute)
            bank.handle(stream, command, actor=actor)
            followed = follow(bank, transfers, after=followed)
        _correction(bank, clock, day, days, names)
        _fraud(bank, clock, chance, day, days, names)
    return bank


def _name(number: int) -> str:
    round_, place = divmod(number, len(OWNERS))
    return OWNERS[place] + (f"-{round_ + 1}" if round_ else "")


def _business(chance: Random, day: int, days: int, names: list[str]) -> Iterator[Plan]:
    """What happens on a day like any other."""
    date = START + timedelta(days=day)
    for number, name in enumerate(names):
        salary = 1_800_00 + 150_00 * (number % 7)
        if day == 0:
            yield 8 * 60, name, OpenAccount(name.capitalize(), 500_00 * (number % 3)), "teller-7"
            yield 9 * 60, name, Deposit(salary // 2), "teller-7"
        if date.day == 25:
            yield 6 * 60, name, Deposit(salary, "salary"), "payroll"
        if date.day == 1:
            yield 10 * 60, name, Withdraw(salary * 4 // 10, "rent"), "standing order"
            yield 11 * 60, name, ChargeFee(2_50, "account"), "bank"
        if chance.randrange(100) < 45:
            purpose = chance.choice(list(PRICES))
            amount = PRICES[purpose] * chance.randrange(20, 200) // 100
            yield chance.randrange(8 * 60, 21 * 60), name, Withdraw(amount, purpose), "card"
        if chance.randrange(100) < 5:
            amount = chance.randrange(2, 30) * 10_00
            minute = chance.randrange(9 * 60, 17 * 60)
            yield minute, name, Withdraw(amount), chance.choice(TELLERS)
        if len(names) > 1 and chance.randrange(100) < 4:
            receiver = chance.choice([other for other in names if other != name])
            amount = chance.randrange(1, 25) * 10_00
            send = SendTransfer(f"t-{day}-{number}", receiver, amount)
            yield chance.randrange(9 * 60, 20 * 60), name, send, name


def _closing(bank: Bank, day: int, days: int, names: list[str]) -> Iterator[Plan]:
    """Half-way the last account is emptied and closed; transfers to it come back from then on."""
    name = names[-1]
    if len(names) > 2 and day == days // 2:
        balance = bank.state(name).balance
        if balance < 0:
            yield 1, name, Deposit(-balance), "teller-2"
        if balance > 0:
            yield 1, name, Withdraw(balance), "teller-2"
        yield 2, name, CloseAccount(), "teller-2"


def _correction(bank: Bank, clock: ManualClock, day: int, days: int, names: list[str]) -> None:
    """A deposit is typed as 20 instead of 200; two weeks later that is put right, backdated."""
    typed, found = days // 5, days // 5 + 14
    if day == typed:
        clock.now = START + timedelta(days=day, hours=22)
        bank.handle(names[0], Deposit(20_00, "cash"), actor="teller-2", command_id="typing error")
    if day == found and (mistake := bank.store.decision("typing error")):
        clock.now = START + timedelta(days=day, hours=22)
        (entry,) = mistake.events
        why = {"actor": "teller-7", "correlation_id": "correction"}
        undo = reversal(entry, "typed 20 instead of 200")
        bank.handle(names[0], undo, effective_at=entry.effective_at, **why)
        put_right = Deposit(200_00, "cash")
        bank.handle(names[0], put_right, effective_at=entry.effective_at, **why)


def _fraud(
    bank: Bank, clock: ManualClock, chance: Random, day: int, days: int, names: list[str]
) -> None:
    """On some nights of the second half a teller feels out how much can be taken, and takes it."""
    if len(names) < 4 or day < days * 6 // 10 or day % 9 != 4:
        return
    victim = names[1 + chance.randrange(3)]
    clock.now = START + timedelta(days=day, hours=23, minutes=chance.randrange(30))
    amount = 4_096_00
    while amount >= 64_00:
        clock.advance(minutes=1)
        attempt = bank.handle(
            victim, Withdraw(amount), actor="teller-13", correlation_id=f"night-{day}"
        )
        if not attempt.refused:
            return
        amount //= 2
