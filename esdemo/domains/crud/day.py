"""One day of business, 25 requests long, as chapter 01 gives it to every bank."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from esdemo.clocks import ManualClock
from esdemo.commands import Rejected
from esdemo.domains.bank import (
    AccountCommand,
    ChargeFee,
    CloseAccount,
    CompleteTransfer,
    Deposit,
    OpenAccount,
    ReceiveTransfer,
    ReturnTransfer,
    ReverseEntry,
    SendTransfer,
    Withdraw,
)


class Request(NamedTuple):
    """Who asked when for what, of which account."""

    at: datetime
    stream: str
    command: AccountCommand
    actor: str


def moment(clock_time: str) -> datetime:
    """That time of the day ("12:00"), UTC."""
    return datetime.fromisoformat(f"2026-03-02T{clock_time}").replace(tzinfo=UTC)


DAY: Final = tuple(
    Request(moment(at), stream, command, actor)
    for at, stream, command, actor in (
        ("08:00", "alice", OpenAccount("Alice"), "teller-2"),
        ("08:05", "bob", OpenAccount("Bob", overdraft=50_00), "teller-2"),
        ("08:10", "carol", OpenAccount("Carol"), "teller-2"),
        ("09:00", "alice", Deposit(500_00), "teller-2"),
        ("09:10", "bob", Deposit(120_00), "teller-7"),
        ("09:20", "carol", Deposit(80_00), "teller-2"),
        ("09:40", "bob", Withdraw(45_00, "groceries"), "card"),
        ("10:05", "alice", Deposit(20_00), "teller-7"),  # it was 200.00 that Alice gave
        ("10:30", "bob", Withdraw(200_00, "rent"), "standing order"),  # refused
        ("10:45", "bob", SendTransfer("t-1", "carol", 25_00), "bob"),
        ("10:46", "carol", ReceiveTransfer("t-1", "bob", 25_00), "process"),
        ("10:47", "bob", CompleteTransfer("t-1"), "process"),
        ("11:15", "alice", Withdraw(40_00), "card"),
        ("12:30", "alice", ReverseEntry(3, -20_00, "typed 20 instead of 200"), "teller-2"),
        ("12:31", "alice", Deposit(200_00), "teller-2"),
        ("13:00", "bob", ChargeFee(5_00, "card"), "card"),
        ("13:20", "carol", Withdraw(5_00, "coffee"), "card"),
        ("14:10", "bob", Withdraw(98_00, "shoes"), "card"),  # refused
        ("15:10", "bob", Withdraw(60_00, "tickets"), "card"),
        ("16:10", "carol", Withdraw(100_00), "teller-7"),
        ("16:15", "carol", CloseAccount(), "teller-7"),
        ("16:40", "bob", SendTransfer("t-2", "carol", 10_00), "bob"),
        ("16:41", "carol", ReceiveTransfer("t-2", "bob", 10_00), "process"),  # refused
        ("16:42", "bob", ReturnTransfer("t-2", "the account is closed"), "process"),
        ("17:00", "bob", Deposit(300_00, "salary"), "payroll"),
    )
)
"""Two things that the people at the counter know and nobody typed in: at 10:05 teller-7 meant 200,
and at 15:00 teller-2 looked at Alice's balance.
"""


RUNS: Final = tuple(moment(f"{hour:02}:50") for hour in range(8, 18))
"""When the hourly job runs that keeps a slowly changing dimension."""


def live(
    bank: Any,
    clock: ManualClock,
    day: Iterable[Request] = DAY,
    *,
    job: Callable[[], None] | None = None,
) -> list[str]:
    """Give a day to a bank, CRUD or events, each request at its time: why each was refused.

    "" for an accepted one. The clock is the bank's own, and is set to each request's time. job: is
    called in between, at each of RUNS.
    """
    outcomes = []
    runs = list(RUNS) if job else []
    for request in day:
        while runs and runs[0] < request.at:
            _run(job, clock, runs.pop(0))
        outcomes.append(_outcome(bank, clock, request))
    for at in runs:
        _run(job, clock, at)
    return outcomes


def _run(job: Callable[[], None] | None, clock: ManualClock, at: datetime) -> None:
    clock.now = at
    if job:
        job()


def _outcome(bank: Any, clock: ManualClock, request: Request) -> str:
    clock.now = request.at
    try:
        decision = bank.handle(request.stream, request.command, actor=request.actor)
    except Rejected as refusal:  # CRUD's way: it has nowhere to keep it
        return str(refusal)
    return decision.reason or "" if decision else ""
