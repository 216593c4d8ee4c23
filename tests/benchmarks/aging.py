"""What it costs to live with the past: an old shape that is upcast, a field that is encrypted."""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

from rows import Row
from sides import in_turn

from esdemo import Event, MemoryStore, SQLiteStore
from esdemo.domains import bank
from esdemo.domains.bank import first
from esdemo.forgetting import Keys, Token

PLAIN: Final = "the same in today's shape"
CLEAR: Final = "the same in clear text"
NAME: Final = "Ann Example, Main Street 1"


class Named(Event):
    name: str


class Hidden(Event):
    name: Token


def upcast(rounds: int, length: int) -> Iterator[Row]:
    """Events of 2019, each through one upcaster or two, beside the same facts of today."""
    facts = list[Any]([first.Opened("Olga", 0)])
    facts += [first.PaidIn(number) for number in range(1, length)]
    store, today = MemoryStore(first.FirstMessage), MemoryStore(bank.BankMessage)
    store.append("olga", facts, expected_version=0)
    store.vocabulary = first.TODAY
    today.append("olga", list(store.events("olga")), expected_version=0)
    if bank.rules.fold(store.events("olga")) != bank.rules.fold(today.events("olga")):
        raise AssertionError("the two sides read different facts")
    own, its = in_turn(rounds, reading(store), reading(today), each=length)
    yield Row("read an event through two upcasters", own, PLAIN, its)


def reading(store: MemoryStore) -> Callable[[], None]:
    """A round of reading a stream to its end."""

    def read() -> None:
        for _ in store.events("olga"):
            pass

    return read


def encrypted(folder: Path, rounds: int, length: int) -> Iterator[Row]:
    """A fact with a hidden name, stored; then read and revealed; beside the name in clear text."""
    home = Path(mkdtemp(dir=folder))
    with (
        Keys(home / "keys.db") as keys,
        SQLiteStore(home / "hidden.db", Hidden, survives="crash") as hidden,
        SQLiteStore(home / "clear.db", Named, survives="crash") as clear,
    ):

        def hide() -> None:
            facts = [Hidden(keys.hide(f"p-{nth % 100}/contact", NAME)) for nth in range(length)]
            hidden.append("p", facts, expected_version=hidden.version("p"))

        def write() -> None:
            facts = [Named(NAME) for _ in range(length)]
            clear.append("p", facts, expected_version=clear.version("p"))

        own, its = in_turn(rounds, hide, write, each=length)
        yield Row("store an event with an encrypted field", own, CLEAR, its)

        def reveal() -> list[str | None]:
            return [keys.reveal(event.name) for event in hidden.events("p", until=length)]

        def read() -> list[str]:
            return [event.name for event in clear.events("p", until=length)]

        if reveal() != read():
            raise AssertionError("the two sides read different names")
        own, its = in_turn(rounds, reveal, read, each=length)
        yield Row("read an event and reveal its field", own, CLEAR, its)
