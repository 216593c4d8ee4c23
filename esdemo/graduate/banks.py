"""What both banks of the library share: names, and the way between their events and ours.

Their events carry the names and fields of ours, so that each is the other in another envelope.
What the library's envelope has no place for does not come along: who asked, in answer to what,
when it was true, and every refusal. An application that needs it puts it into its events.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
from tqdm import tqdm

from esdemo.clocks import ManualClock
from esdemo.commands import Rejected
from esdemo.domains.bank import AccountCommand, AccountEvent, AccountOpened, BankMessage
from esdemo.events import RecordedEvent
from esdemo.graduate.library import Application
from esdemo.specifications import Given
from esdemo.stores import EventStore, MemoryStore
from esdemo.timeline.what_if import BEGINNING

FACTS: Final = {cls.__name__: cls for cls in AccountEvent.__args__}
BATCH: Final = 1_000
IN_MEMORY: Final = {
    "PERSISTENCE_MODULE": "eventsourcing.popo",
    "CIPHER_KEY": "",
    "COMPRESSOR_TOPIC": "",
}
"""Whatever the environment says."""


class Bank(Application[UUID]):
    """A bank on the library: `handle` takes our commands, and answers with the library's events."""

    def handle(self, name: str, command: AccountCommand) -> Sequence[Any]:
        """Decide a command and save what it leads to. Raises Rejected, which is kept nowhere."""
        raise NotImplementedError

    def recorded(self, fact: RecordedEvent) -> Any:
        """One of our events as one of theirs, with its version and its time."""
        raise NotImplementedError


def account_id(name: str) -> UUID:
    """The id of an account: the same for the same name, as the library's manual advises."""
    return uuid5(NAMESPACE_URL, f"/accounts/{name}")


def envelope(fact: RecordedEvent) -> dict[str, Any]:
    """What every event of the library has, and the fields of ours."""
    return {
        "originator_id": account_id(fact.stream),
        "originator_version": fact.version,
        "timestamp": fact.recorded_at,
        **msgspec.structs.asdict(fact.event),
        **({"name": fact.stream} if isinstance(fact.event, AccountOpened) else {}),
    }


def our_fact(event: Any) -> AccountEvent:
    """One of their events as one of ours."""
    kind = FACTS[type(event).__name__]
    fact: AccountEvent = kind(*(getattr(event, name) for name in kind.__struct_fields__))
    return fact


def carry_over(history: EventStore, bank: Bank) -> int:
    """Put a history of ours into their store, in order, and return how many events it has.

    Versions and positions stay what they are when the bank is empty. A batch of 1,000 is one
    transaction. Shows a progress bar when it takes longer than two seconds.
    """
    facts, total = history.recorded(), history.position
    with tqdm(desc="carrying over", total=total, unit=" events", delay=2, leave=False) as bar:
        while some := [bank.recorded(fact) for fact in islice(facts, BATCH)]:
            bank.events.put(some)
            bar.update(len(some))
    return total


def bring_back(bank: Bank) -> MemoryStore:
    """Their whole log as a history of ours again, in memory: streams, versions, events, times."""
    clock, names = ManualClock(BEGINNING), dict[UUID, str]()
    store = MemoryStore(BankMessage, clock)
    for event in _log(bank):
        fact = our_fact(event)
        name = names.setdefault(event.originator_id, getattr(event, "name", ""))
        clock.now = event.timestamp
        store.append(name, [fact], expected_version=event.originator_version - 1)
    return store


def given(kind: type[Bank], *history: AccountEvent) -> Given[AccountCommand, AccountEvent]:
    """The first line of a specification, which runs on a bank of the library.

    `given(classic.ClassicBank, opened).when(Deposit(5_00)).then(MoneyDeposited(5_00, "cash"))`
    is the same sentence as `bank.rules.given(opened)...`, with the library in the middle.
    """
    return Given(lambda command: _outcome(kind, history, command))


def _outcome(
    kind: type[Bank], history: Iterable[AccountEvent], command: AccountCommand
) -> Sequence[AccountEvent] | Rejected:
    before = MemoryStore(BankMessage)
    for version, fact in enumerate(history):
        before.append("it", [fact], expected_version=version)
    with kind(IN_MEMORY) as bank:
        carry_over(before, bank)
        try:
            return [our_fact(event) for event in bank.handle("it", command)]
        except Rejected as refusal:
            return refusal


def _log(bank: Bank) -> Iterator[Any]:
    last = 0
    while some := bank.recorder.select_notifications(last, BATCH, inclusive_of_start=False):
        yield from map(bank.mapper.to_domain_event, some)
        last = some[-1].id
