"""The bank's first program, of 2019: its shapes and rules as they were, kept to read its files.

Nobody gives it commands any more, but what it stored is still there. So its classes stay, beside a
file that it wrote (`recordings/2019.jsonl`), and `UPCASTERS` lead from its names to those of today.
It counted in whole euros, called things by other names, and did not ask what a payment was for.
"""

from importlib.resources import as_file, files
from os import PathLike
from random import Random
from typing import Annotated, Any, Final, assert_never

import msgspec
from msgspec.structs import replace

from esdemo.application import Application
from esdemo.audit import Seal
from esdemo.clocks import numbered, ticking
from esdemo.commands import Command, Rejected
from esdemo.domains.bank.account import AccountCommand, AccountEvent
from esdemo.domains.bank.simulation import START
from esdemo.events import Event, Upcaster, Vocabulary
from esdemo.handlers import Decider
from esdemo.interchange import export_history, import_history
from esdemo.stores import EventStore, MemoryStore

Euros = Annotated[int, msgspec.Meta(gt=0, le=10**9)]
Limit = Annotated[int, msgspec.Meta(ge=0, le=10**9)]


class Opened(Event):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    limit: Limit  # euros


class PaidIn(Event):
    euros: Euros


class PaidOut(Event):
    euros: Euros
    note: Annotated[str, msgspec.Meta(max_length=100)]  # often empty


class Open(Command):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    limit: Limit


class PayIn(Command):
    euros: Euros


class PayOut(Command):
    euros: Euros
    note: Annotated[str, msgspec.Meta(max_length=100)] = ""


FirstEvent = Opened | PaidIn | PaidOut
FirstCommand = Open | PayIn | PayOut
FirstMessage = FirstEvent | FirstCommand
"""The vocabulary of 2019."""


class Customer(msgspec.Struct, frozen=True):
    """All that the first program knew about an account."""

    name: str = ""
    euros: int = 0
    limit: int = 0


def decide(command: FirstCommand, customer: Customer) -> list[FirstEvent]:
    """The rules of 2019."""
    match command:
        case Open() if customer.name:
            raise Rejected("there is such a customer")
        case Open(name, limit):
            return [Opened(name, limit)]
        case PayIn(euros):
            return [PaidIn(euros)]
        case PayOut(euros) if euros > customer.euros + customer.limit:
            raise Rejected("not enough")
        case PayOut(euros, note):
            return [PaidOut(euros, note)]
        case _:
            assert_never(command)


def evolve(customer: Customer, event: FirstEvent) -> Customer:
    """What each fact changed."""
    match event:
        case Opened():
            return Customer(event.name, 0, event.limit)
        case PaidIn():
            return replace(customer, euros=customer.euros + event.euros)
        case PaidOut():
            return replace(customer, euros=customer.euros - event.euros)
        case _:
            assert_never(event)


rules = Decider(decide, evolve, Customer())


# From the names of 2019 to those of today, one step at a time.


def _in_cents(payload: dict[str, Any]) -> dict[str, Any]:
    """The second program, of 2021, counted in cents, and still called it the same."""
    return {"type": payload["type"] + ".2", "cents": payload["euros"] * 100} | {
        name: value for name, value in payload.items() if name not in ("type", "euros")
    }


def _opened(name: str) -> Upcaster:
    return lambda payload: {
        "type": name,
        "owner": payload["name"],
        "overdraft": payload["limit"] * 100,
    }


def _deposit(name: str) -> Upcaster:
    return lambda payload: {"type": name, "amount": payload["cents"], "source": "cash"}


def _withdrawal(name: str) -> Upcaster:
    return lambda payload: {
        "type": name,
        "amount": payload["cents"],
        "purpose": payload.get("note") or "cash",
    }


UPCASTERS: Final[dict[str, Upcaster]] = {
    "Opened": _opened("AccountOpened"),
    "PaidIn": _in_cents,
    "PaidIn.2": _deposit("MoneyDeposited"),
    "PaidOut": _in_cents,
    "PaidOut.2": _withdrawal("MoneyWithdrawn"),
    "Open": _opened("OpenAccount"),
    "PayIn": _in_cents,
    "PayIn.2": _deposit("Deposit"),
    "PayOut": _in_cents,
    "PayOut.2": _withdrawal("Withdraw"),
}
"""From each old stored name to a newer one; commands age as events do."""

TODAY: Final = Vocabulary(AccountEvent | AccountCommand, UPCASTERS)
"""The vocabulary of today's bank, which reads all that came before."""

_RECORDED: Final = files("esdemo.domains.bank").joinpath("recordings", "2019.jsonl")


def read(store: EventStore) -> Seal:
    """The file of 2019 in a store, every line verified. Its vocabulary is `TODAY`, or FirstMessage.

    Returns the file's seal.
    """
    with as_file(_RECORDED) as path:
        return import_history(path, store)


def payloads() -> list[str]:
    """What is stored in that file, event by event and command by command, as JSON text."""
    store = MemoryStore(FirstMessage)
    read(store)
    events = [row.data for row in store.event_rows()]
    return events + [row.data for row in store.decision_rows()]


def record(path: str | PathLike[str], seed: int = 2019) -> Seal:
    """Let the first program live a few weeks again, and write its file: always the same one."""
    store = MemoryStore(FirstMessage, ticking(START.replace(year=2019)))
    bank: Any = Application(rules, store, ids=numbered("2019"))
    chance = Random(seed)
    for stream in ("olga", "pavel", "quincy"):
        bank.handle(stream, Open(stream.title(), chance.randrange(3) * 100), actor="counter")
        for _ in range(10):
            euros, note = chance.randrange(1, 200), chance.choice(("", "rent", "bread"))
            command = PayIn(euros) if chance.randrange(2) else PayOut(euros, note)
            bank.handle(stream, command, actor="counter")
    return export_history(store, path)
