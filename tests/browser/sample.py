"""The history that the browser tests explore: a small bank, the same on every run."""

from datetime import UTC, datetime, timedelta

from esdemo import Application, MemoryStore
from esdemo.clocks import ManualClock, numbered
from esdemo.domains import bank
from esdemo.processes import follow

START = datetime(2026, 1, 5, 9, tzinfo=UTC)


def small_bank():
    """14 events of 3 accounts, 3 refusals, a transfer that arrives and one that comes back."""
    clock = ManualClock(START)
    application = Application(bank.rules, MemoryStore(bank.BankMessage, clock), ids=numbered("cmd"))
    followed = 0
    asked = [
        (0, "alice", bank.OpenAccount("Alice", 100_00), "teller-1"),
        (5, "alice", bank.Deposit(500_00, "salary"), "payroll"),
        (5, "bob", bank.OpenAccount("Bob"), "teller-2"),
        (60, "alice", bank.Withdraw(900_00), "card"),
        (60, "alice", bank.Withdraw(200_00, "rent"), "standing order"),
        (60, "alice", bank.SendTransfer("t-1", "bob", 50_00), "alice"),
        (7 * 1440, "bob", bank.Deposit(25_00), "teller-2"),
        (60, "alice", bank.Withdraw(360_00, "trip"), "card"),
        (60, "carol", bank.OpenAccount("Carol"), "teller-1"),
        (60, "carol", bank.CloseAccount(), "teller-1"),
        (60, "bob", bank.SendTransfer("t-2", "carol", 10_00), "bob"),
    ]
    for minutes, stream, command, actor in asked:
        clock.advance(minutes=minutes)
        application.handle(stream, command, actor=actor)
        followed = follow(application, bank.transfers, after=followed)
    early = START + timedelta(days=1)
    application.handle("alice", bank.Deposit(1_00, "found"), actor="teller-1", effective_at=early)
    return application
