"""What each memory costs on the disk: the same quarter of business, kept in every way."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

from esdemo.application import Application
from esdemo.clocks import ManualClock
from esdemo.commands import Decision
from esdemo.domains.bank import BankMessage, rules, simulate
from esdemo.domains.crud.bank import CrudBank, History
from esdemo.domains.crud.questions import BANKS, TABLES
from esdemo.stores import SQLiteStore

SIZE = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"


def bytes_of_a_quarter(accounts: int = 6, days: int = 90) -> dict[str, int]:
    """The bytes that each of BANKS needs for the accepted commands of so many days.

    The dimension's job runs once a day. Events and decisions are in one file: without its
    decisions there is no figure.
    """
    accepted = [
        decision
        for decision in simulate(accounts=accounts, days=days).store.decisions()
        if not decision.refused
    ]
    sizes = {
        name: _bytes_of_tables(history, accepted)
        for name, history in zip(TABLES, get_args(History), strict=True)
    }
    return sizes | {BANKS[-1]: _bytes_of_events(accepted)}


def _bytes_of_tables(history: Any, decisions: list[Decision]) -> int:
    clock = ManualClock(decisions[0].recorded_at)
    with CrudBank(clock=clock, history=history) as bank:
        for decision in decisions:
            if history == "scd2" and clock.now.date() < decision.recorded_at.date():
                bank.snapshot()
            clock.now = decision.recorded_at
            command: Any = decision.command
            bank.handle(decision.stream, command, decision.actor)
        return int(bank.ask(SIZE))


def _bytes_of_events(decisions: list[Decision]) -> int:
    clock = ManualClock(decisions[0].recorded_at)
    with TemporaryDirectory() as folder:
        path = Path(folder, "log.db")
        with SQLiteStore(path, BankMessage, clock, survives="crash") as store:
            bank: Any = Application(rules, store)
            for decision in decisions:
                clock.now = decision.recorded_at
                bank.handle(decision.stream, decision.command, actor=decision.actor)
        return path.stat().st_size
