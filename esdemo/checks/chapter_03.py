"""What the exercises of chapter 03, the event store, ask for."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, Final

from esdemo.application import Application
from esdemo.commands import Decision, Rejected
from esdemo.domains.bank import BankMessage, Deposit, MoneyWithdrawn, OpenAccount, rules
from esdemo.domains.loans import CopyAdded, CopyLent, CopyReturned, LendCopy, LoanMessage
from esdemo.errors import CommandIdReused, Conflict
from esdemo.events import Event
from esdemo.stores import MemoryStore

Pay = Callable[[Any, str, int], Any]
Handle = Callable[[Any, str, Any, str], Any]


def exercise_1(answer: Any) -> str | None:
    """(version, conflicts) after three tellers who read version 2, one of whom reads again."""
    match answer:
        case (5, 2):
            return None
        case (None, _) | (_, None):
            return "Ann expects version 2 and finds it: where do her two events leave the stream?"
        case (int(), 0):
            return "after Ann the stream is no longer at 2: whoever still expects 2 has a conflict"
        case (int(), 1):
            return "Ben's conflict stores nothing, so Cem expects 2 of a stream that is at 4"
        case (int(), 3):
            return "when Cem has read again he expects the version that is there"
        case (4, 2):
            return "4 is where Ann left the stream: Cem's event, after reading again, comes next"
        case (int(), 2):
            return "the version counts the events that were stored: 2 at first, 2 of Ann, 1 of Cem"
        case _:
            return "give two whole numbers: the version, and how many appends met a conflict"


def exercise_2(pay: Pay) -> str | None:
    """pay(bank, receipt, amount): a withdrawal that is sent twice is made once."""
    bank, other = _bank(), _bank()
    try:
        first, again, second = (pay(bank, receipt, 5_00) for receipt in ("r-1", "r-1", "r-2"))
        pay(other, "r-1", 5_00)
    except CommandIdReused:
        return "two receipts are two payments, whatever the amount: make the id from the receipt"
    taken = _withdrawals(bank)
    if taken == 3:
        return "one receipt, sent twice, took money twice: give `handle` a command_id"
    if taken == 1:
        return "two receipts over the same amount are two payments: make the id from the receipt"
    if _withdrawals(other) == 0:
        return "what your function remembers is lost in a crash: leave it to the store, by an id"
    if not isinstance(second, Decision) or first != again:
        return "return what `handle` returns, so that who sends again learns the first outcome"
    return None


def exercise_3(handle: Handle) -> str | None:
    """handle(store, stream, command, command_id): decide, record, and decide again on conflict."""
    try:
        return (
            _when_nobody_else_is_there(handle)
            or _when_the_copy_goes_to_another(handle)
            or _when_others_come_and_go(handle)
            or _when_others_are_always_faster(handle)
        )
    except Rejected:
        return "a refusal is an outcome, too: catch Rejected and record it in place of the events"
    except CommandIdReused:
        return "two commands got the same id: pass `command_id` on to the store as it comes"
    except _Endless:
        return "your function goes on for ever: return the decision as soon as it is recorded"
    except Conflict:
        return "another desk was faster: catch the Conflict, load again and decide again"


COPY: Final = "copy-1"
DAY: Final = date(2026, 3, 2)
TO_BO: Final = CopyLent("Bo", DAY, DAY)
ENOUGH: Final = 1_000  # calls of one answer, before it counts as endless


class _Endless(BaseException):
    """Not an Exception, lest a loop around `except Exception` swallow it."""


class _Library(MemoryStore):
    """One copy of a book, at which another desk acts each time that somebody has read it."""

    def __init__(self, facts: tuple[Event, ...] = (), times: int = 0) -> None:
        super().__init__(LoanMessage)
        self.append(COPY, [CopyAdded("Emma")], expected_version=0)
        self.facts, self.times, self.calls = facts, times, 0

    def events(self, stream: str, after: int = 0, until: int | None = None) -> Iterator[Any]:
        return self._then_another_acts(list(super().events(stream, after, until)))

    def recorded(
        self, stream: str | None = None, after: int = 0, until: int | None = None
    ) -> Iterator[Any]:
        return self._then_another_acts(list(super().recorded(stream, after, until)))

    def record(self, *values: Any, **options: Any) -> Decision:
        self._count()
        return super().record(*values, **options)

    def loans(self) -> list[str]:
        """Who the copy was lent to, in order."""
        facts = super().events(COPY)
        return [fact.member for fact in facts if isinstance(fact, CopyLent)]

    def _count(self) -> None:
        self.calls += 1
        if self.calls > ENOUGH:
            raise _Endless

    def _then_another_acts(self, found: list[Any]) -> Iterator[Any]:
        self._count()
        if self.times:
            self.times -= 1
            self.append(COPY, self.facts, expected_version=self.version(COPY))
        return iter(found)


def _when_nobody_else_is_there(handle: Handle) -> str | None:
    library = _Library()
    first = handle(library, COPY, LendCopy("Ada", DAY), "desk-1")
    if not isinstance(first, Decision):
        return "return the Decision that `store.record` returns"
    if library.loans() != ["Ada"]:
        return "Ada asked for a copy that nobody had, and it was not lent to her just once"
    if not handle(library, COPY, LendCopy("Bo", DAY), "desk-2").refused:
        return "Bo asked for a copy that Ada had, and was not refused"
    if handle(library, COPY, LendCopy("Ada", DAY), "desk-1") != first:
        return "the same command id came again and got another outcome: pass it on to the store"
    return None


def _when_the_copy_goes_to_another(handle: Handle) -> str | None:
    library = _Library((TO_BO,), times=1)
    handle(library, COPY, LendCopy("Ada", DAY), "desk-1")
    if "Ada" in library.loans():
        return (
            "one copy was lent to Bo and to Ada: decide again after a conflict, from what is "
            "there now, and expect the version that you decided on"
        )
    return None


def _when_others_come_and_go(handle: Handle) -> str | None:
    library = _Library((TO_BO, CopyReturned(DAY)), times=3)
    try:
        handle(library, COPY, LendCopy("Ada", DAY), "desk-1")
    except Conflict:
        return "three desks were faster, one after the other: try up to ten times"
    return None if "Ada" in library.loans() else "Bo had returned the copy, and Ada did not get it"


def _when_others_are_always_faster(handle: Handle) -> str | None:
    library = _Library((TO_BO, CopyReturned(DAY)), times=100)
    try:
        handle(library, COPY, LendCopy("Ada", DAY), "desk-1")
    except Conflict:
        return None
    return "when others are faster every time, give up after ten attempts: raise the Conflict"


def _bank() -> Any:
    bank = Application(rules, MemoryStore(BankMessage))
    bank.handle("alice", OpenAccount("Alice"))
    bank.handle("alice", Deposit(100_00))
    return bank


def _withdrawals(bank: Any) -> int:
    return sum(isinstance(fact, MoneyWithdrawn) for fact in bank.store.events("alice"))
