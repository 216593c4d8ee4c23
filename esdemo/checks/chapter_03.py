"""What the exercises of chapter 03, the event store, ask for."""

import inspect
from collections.abc import Callable, Sequence
from datetime import date
from itertools import count
from types import FunctionType
from typing import Any, Final

from esdemo.application import Application
from esdemo.checks.verdicts import Proved, untouched
from esdemo.commands import Decision, Rejected
from esdemo.domains.bank import BankMessage, Deposit, MoneyWithdrawn, OpenAccount, rules
from esdemo.domains.loans import CopyAdded, CopyLent, CopyReturned, LendCopy, LoanMessage
from esdemo.errors import CommandIdReused, Conflict, NothingToAppend, UnknownType
from esdemo.events import Event
from esdemo.stores import EventStore, MemoryStore
from esdemo.stores.home import T
from esdemo.stores.memory import MemoryHome
from esdemo.stores.rows import DecisionRow, EventRow

Pay = Callable[[Any, str, int], Any]
Handle = Callable[[Any, str, Any, str], Any]


# Exercise 1: count the versions.


def exercise_1(answer: Any) -> str | None:
    """(version, conflicts) after three tellers who read version 2, one of whom reads again."""
    match answer:
        case (5, 2):
            return Proved("what is stored counts, and what meets a conflict does not")
        case (2, 5):
            return "that is the other way round: first the version, then the conflicts"
        case (version, conflicts) if untouched(conflicts):
            begun = "the version is right" if version == 5 else "that is one half"
            return f"{begun}; and how many appends met a conflict?"
        case (version, conflicts) if untouched(version):
            begun = "the conflicts are right" if conflicts == 2 else "that is one half"
            return f"{begun}; and at which version does the stream end?"
        case (int(version), int(conflicts)):
            return _miscounted(version, conflicts)
        case _:
            return "give two whole numbers: the version, and how many appends met a conflict"


def _miscounted(version: int, conflicts: int) -> str:
    match version, conflicts:
        case _, 0:
            return (
                "Ann moves the stream on from 2, so an append that still expects 2 meets a conflict"
            )
        case _, 1:
            return (
                "the stream has moved on from 2 when Ben comes, and when Cem comes the first time"
            )
        case _, 3:
            return "once Cem has read again, he expects the version that is there"
        case 4, 2:
            return "4 is where Ann left the stream: Cem's event, after reading again, comes next"
        case ((6 | 7), 2):
            return "an append that meets a conflict stores nothing, so its event does not count"
        case _, 2:
            return (
                "a version counts events: the two before Ann, and all that are stored from hers on"
            )
        case _:
            return "there are four appends, and Ann finds what she expects: count the others"


# Exercise 2: pay once.


def exercise_2(pay: Pay) -> str | None:
    """pay(bank, receipt, amount): a withdrawal that is sent twice is made once."""
    receipt, another = (f"receipt-{next(_receipts)}-of-2026" for _ in range(2))
    bank, later = _bank(), restarted(pay)
    try:
        first, again, second = (pay(bank, each, 5_00) for each in (receipt, receipt, another))
    except CommandIdReused:
        return (
            "two receipts got the same id, and they are two payments, whatever the amount: make "
            "the id from the whole receipt"
        )
    if advice := _not_each_once(bank) or _not_after_a_restart(pay, later, bank, receipt):
        return advice
    if not isinstance(second, Decision) or first != again:
        return "return what `handle` returns, so that a repeated payment gets the first decision"
    return Proved("each receipt was paid once, however often it came, and after a restart")


OPENING: Final = 2  # decisions, before anything is paid
_receipts = count(1)  # none is used twice, whatever a function remembers of an earlier check


class _OwnIds:
    """Names the commands that come without an id, and counts them."""

    used = 0

    def __call__(self) -> str:
        self.used += 1
        return f"own-{self.used}"


def _bank() -> Any:
    bank = Application(rules, MemoryStore(BankMessage), ids=_OwnIds())
    bank.handle("alice", OpenAccount("Alice"), command_id="opened")
    bank.handle("alice", Deposit(100_00), command_id="deposited")
    return bank


def _withdrawn(bank: Any) -> list[int]:
    """The amounts that were taken from Alice, in cents."""
    events = bank.store.events("alice")
    return [event.amount for event in events if isinstance(event, MoneyWithdrawn)]


def _payments(bank: Any) -> list[Decision]:
    """What became of the commands after the opening, in order."""
    return [decision for decision in bank.store.decisions() if decision.number > OPENING]


def _not_each_once(bank: Any) -> str | None:
    match _withdrawn(bank):
        case [500, 500]:
            return None
        case [_, *_] if not _payments(bank):
            return "store.append asks no rule and knows no command by its id: call bank.handle(...)"
        case [500, 500, 500] if bank.ids.used:
            return "one receipt, sent twice, took money twice: give `handle` a command_id"
        case [500, 500, 500]:
            return "you made a new id for the same receipt: it must be the same when sent again"
        case [500]:
            return (
                "two receipts over the same amount are two payments: make the id from the receipt"
            )
        case []:
            return _nothing_taken(bank)
        case amounts:
            return f"two receipts over 500 cents came, and the withdrawals were {amounts}"


def _nothing_taken(bank: Any) -> str:
    """Help when no money left Alice's account, from what became of the first payment."""
    match _payments(bank):
        case []:
            return "nothing was taken from Alice's account: call bank.handle(...) in your function"
        case [Decision(stream=stream), *_] if stream != "alice":
            return f"the money is Alice's, so the stream is 'alice', not {stream!r}"
        case [Decision(command=command, reason=str(reason)), *_]:
            return f"the bank refused {command!r}: {reason}"
        case [Decision(command=command), *_]:
            return f"money is taken out by a Withdraw, not by {command!r}"
        case other:
            raise AssertionError(other)


def _not_after_a_restart(pay: Pay, later: Pay, bank: Any, receipt: str) -> str | None:
    """The same receipt again, when the function has forgotten; and at a bank that is new to it."""
    later(bank, receipt, 5_00)
    if _withdrawn(bank) != [500, 500]:
        return (
            "after a restart of the program the receipt was paid again: what Python remembers is "
            "gone by then, and `hash` and `id` give other numbers; make the id from the receipt"
        )
    new = _bank()
    pay(new, receipt, 5_00)
    if _withdrawn(new) != [500]:
        return (
            "a bank that had never seen the receipt was not paid, because your function remembers "
            "it by itself: leave that to the store, by a command_id"
        )
    if bank.ids.used:
        return (
            "you look whether it is paid, and then pay: two programs that look at once both pay; "
            "give `handle` a command_id, and the store looks and pays in one step"
        )
    if any(date.today().isoformat() in payment.command_id for payment in _payments(new)):
        return "tomorrow the same receipt would get another id: leave the date out of it"
    return None


def restarted(function: Any) -> Any:
    """The function as it is now, in a process of its own: what it remembers from here on is apart.

    So it stands for the program after a restart. A new process has another `hash` of a string and
    other addresses, too. Functions that it calls and that stand beside it come along.
    """
    function = inspect.unwrap(function)
    if not isinstance(function, FunctionType):
        return function
    beside = function.__globals__
    fresh: dict[str, Any] = {"hash": _another(hash), "id": _another(id)}
    fresh |= {name: _apart(value) for name, value in beside.items()}
    for name, value in beside.items():
        inner = inspect.unwrap(value) if callable(value) else value
        if isinstance(inner, FunctionType) and inner.__globals__ is beside:
            fresh[name] = _moved(inner, fresh)
    return _moved(function, fresh)


def _moved(function: FunctionType, beside: dict[str, Any]) -> FunctionType:
    defaults = tuple(map(_apart, function.__defaults__ or ()))
    name, closure = function.__name__, function.__closure__
    moved = FunctionType(function.__code__, beside, name, defaults, closure)
    moved.__kwdefaults__ = function.__kwdefaults__ and {**function.__kwdefaults__}
    moved.__dict__.update({key: _apart(value) for key, value in function.__dict__.items()})
    return moved


def _apart(value: Any) -> Any:
    return value.copy() if type(value) in (dict, list, set) else value


def _another(number_of: Callable[[object], int]) -> Callable[[object], int]:
    return lambda value: number_of(value) ^ 1


# Exercise 3: two members want one copy.


def exercise_3(handle: Handle) -> str | None:
    """handle(store, stream, command, command_id): decide, record, and decide again on conflict."""
    names = getattr(getattr(handle, "__code__", None), "co_names", ())
    if "Application" in names:
        return "the package can do it, but the loop is for you to write: with store and rules"
    if "alone" in names:
        return "store.alone keeps all others out: here they may come, so catch the Conflict"
    try:
        return (
            _when_nobody_else_is_there(handle)
            or _when_the_copy_goes_to_another(handle)
            or _when_it_comes_back_during_a_refusal(handle)
            or _when_others_come_and_go(handle)
            or _when_others_are_always_faster(handle)
            or _when_the_disk_is_full(handle)
            or Proved("each attempt decides on what is there then, ten at most; refusals are kept")
        )
    except Rejected:
        return "a refusal is an outcome, too: rules.outcome gives it as a value to record"
    except CommandIdReused:
        return "two commands got the same id: pass `command_id` on to the store as it comes"
    except UnknownType:
        return (
            "record the outcome just as rules.outcome gives it, the list of events or the "
            "Rejected itself: not its text, and no list around it"
        )
    except NothingToAppend:
        return "a refusal has no events to append: store.record keeps it beside its command"
    except (TypeError, AttributeError) as error:
        return _misused(error)
    except AssertionError as error:
        if "CopyAdded" not in str(error):
            raise
        return "these rules know no books: take `rules` from esdemo.domains.loans"
    except _Endless:
        return "your function goes on for ever: return the decision as soon as it is recorded"


def _misused(error: TypeError | AttributeError) -> str:
    """Help for a part of the package that was called in another way than it is meant."""
    for words, advice in MISUSED.items():
        if words in str(error):
            return advice
    raise error


MISUSED: Final = {
    "'Rejected' object is not iterable": (
        "store.append takes events, and a refusal has none: store.record keeps either one"
    ),
    "'generator' has no len()": (
        "store.events yields the events one by one: make a list of them before you count them"
    ),
    "'generator' object has no attribute": (
        "rules.outcome decides on a state, and not on the events: fold them first"
    ),
    "'list' object has no attribute": (
        "rules.outcome decides on a state, and not on the events: fold them first"
    ),
    "record() takes 4 positional arguments": (
        "store.record takes these two by name: expected_version=..., command_id=..."
    ),
}
"""Words of Python's message, and the sentence that helps."""


COPY: Final = "copy-1"
DAY: Final = date(2026, 3, 2)
TO_BO: Final = CopyLent("Bo", DAY, DAY)
BACK: Final = CopyReturned(DAY)
ATTEMPTS: Final = 10
ENOUGH: Final = 2_000  # calls of one answer, before it counts as endless


class _Endless(BaseException):
    """Not an Exception, lest a loop around `except Exception` swallow it."""


class _Library(MemoryHome):
    """One copy of a book, at which another desk acts when somebody has read its stream to the end.

    facts: what the other desk does; times: how often.
    """

    def __init__(self, *facts: Event, times: int = 0, before: Sequence[Event] = ()) -> None:
        super().__init__()
        self.facts, self.times, self.calls = facts, 0, 0
        self.conflicts = 0
        self.last: Conflict | None = None
        self.store = EventStore(self, LoanMessage)
        self.other = EventStore(self, LoanMessage)
        self.other.append(COPY, [CopyAdded("Emma"), *before], expected_version=0)
        self.times = times

    def events(self, stream: str | None, after: int, until: int) -> list[EventRow]:
        self._count()
        found = super().events(stream, after, until)
        if not found and self.times:
            self.times -= 1
            self.other.append(COPY, self.facts, expected_version=self.other.version(COPY))
        return found

    def transaction(self, work: Callable[[], T]) -> T:
        self._count()
        try:
            return super().transaction(work)
        except Conflict as conflict:
            self.conflicts += conflict is not self.last  # one may leave two transactions
            self.last = conflict
            raise

    def lent_to(self) -> list[str]:
        """Who the copy was lent to, in order; the other desk has gone home."""
        self.times = 0
        return [fact.member for fact in self.other.events(COPY) if isinstance(fact, CopyLent)]

    def _count(self) -> None:
        self.calls += 1
        if self.calls > ENOUGH:
            raise _Endless


def _adas(handle: Handle, library: _Library) -> Any:
    """What becomes of it when Ada asks for the copy."""
    return handle(library.store, COPY, LendCopy("Ada", DAY), "desk-1")


def _when_nobody_else_is_there(handle: Handle) -> str | None:
    library = _Library()
    try:
        first = _adas(handle, library)
    except (Conflict, _Endless) as error:
        if not library.conflicts:
            raise
        if repr(COPY) not in str(error) and isinstance(error, Conflict):
            return "record the outcome in the stream that your function is given, as `stream`"
        return "a conflict, though nobody else was there: the version is how many events you folded"
    if advice := _not_kept(first):
        return advice
    if library.lent_to() != ["Ada"]:
        return "Ada asked for a copy that nobody had, and it was not lent to her just once"
    second = handle(library.store, COPY, LendCopy("Bo", DAY), "desk-2")
    if not isinstance(second, Decision):
        return "a refusal is recorded and returned as well: the Decision that store.record gives"
    if not second.refused:
        return "Bo asked for a copy that Ada had, and by your decision he was not refused"
    if _adas(handle, library) != first:
        return "the same command id came again and got another outcome: pass it on to the store"
    return None


def _not_kept(answer: object) -> str | None:
    match answer:
        case Decision(command_id="desk-1"):
            return None
        case Decision():
            return "pass `command_id` on to the store as it comes, since it may be sent again"
        case None:
            return "your function returned None: return the Decision that store.record gives"
        case (Decision(), *_):
            return "return the Decision alone"
        case tuple() | list():
            return "events do not say which command led to them: return what store.record gives"
        case _:
            return "return the Decision that store.record gives"


def _when_the_copy_goes_to_another(handle: Handle) -> str | None:
    library = _Library(TO_BO, times=1)
    try:
        decision = _adas(handle, library)
    except Conflict:
        if library.conflicts == 1:
            return "another desk was faster: catch the Conflict, load again and decide again"
        return (
            f"{library.conflicts} attempts, and each expected the version that you had loaded "
            "first: load and decide inside the loop"
        )
    if "Ada" in library.lent_to() and not library.conflicts:
        return (
            "one copy was lent to Bo and to Ada, because the version that you expected is not the "
            "one that you decided on: count the events that you folded"
        )
    if "Ada" in library.lent_to():
        return (
            "one copy was lent to Bo and to Ada: decide again after a conflict, from what is "
            "there now, and expect the version that you decided on"
        )
    if not isinstance(decision, Decision) or not decision.refused:
        return "Bo was faster, so Ada is refused: record that in the next attempt, and return it"
    return _not_the_same_id(decision)


def _not_the_same_id(decision: Decision) -> str | None:
    if decision.command_id != "desk-1":
        return "two attempts at one command are one command: give the store the same id each time"
    return None


def _when_it_comes_back_during_a_refusal(handle: Handle) -> str | None:
    library = _Library(BACK, times=1, before=[TO_BO])
    try:
        _adas(handle, library)
    except Conflict:
        return "a refusal may meet a conflict, too: load and decide again then as well"
    if "Ada" not in library.lent_to():
        return (
            "Bo brought the copy back while Ada was being refused: record a refusal, too, with "
            "the version that it was decided on"
        )
    return None


def _when_others_come_and_go(handle: Handle) -> str | None:
    library = _Library(TO_BO, BACK, times=ATTEMPTS - 1)
    try:
        decision = _adas(handle, library)
    except Conflict:
        return (
            f"nine desks were faster, one after the other, and you gave up after "
            f"{library.conflicts}: try up to ten times"
        )
    if "Ada" not in library.lent_to():
        return "Bo had returned the copy each time, and Ada did not get it in ten attempts"
    return _not_the_same_id(decision) if isinstance(decision, Decision) else _not_kept(decision)


def _when_others_are_always_faster(handle: Handle) -> str | None:
    library = _Library(TO_BO, BACK, times=ENOUGH)
    try:
        answer = _adas(handle, library)
    except Conflict:
        if library.conflicts == ATTEMPTS:
            return None
        if not library.conflicts:
            return "another desk may come in just after you looked: catch the Conflict of the store"
        return f"ten attempts in all are asked for, and you made {library.conflicts}"
    except _Endless:
        return "others were faster every time, and you never gave up: raise the tenth Conflict"
    except Exception as error:
        if library.conflicts != ATTEMPTS:
            raise
        return f"after ten attempts you raised {type(error).__name__}: let the Conflict through"
    return (
        f"after {library.conflicts} attempts your function returned {answer!r:.40}: let the "
        "Conflict through, so that the caller learns of it"
    )


class _FullDisk(OSError):
    """The other trouble that a store may have."""


class _FullLibrary(_Library):
    """A library whose disk takes nothing more."""

    attempts = 0

    def insert(self, events: Sequence[EventRow], decision: DecisionRow | None) -> bool:
        if decision is None:
            return super().insert(events, decision)
        self.attempts += 1
        raise _FullDisk("no space left on the disk")


def _when_the_disk_is_full(handle: Handle) -> str | None:
    library = _FullLibrary()
    try:
        _adas(handle, library)
    except _FullDisk:
        if library.attempts == 1:
            return None
        return (
            f"the disk was full, and you tried {library.attempts} times: a full disk is not a "
            "Conflict, so catch nothing else"
        )
    return "the disk was full, and nobody was told: catch the Conflict, and nothing else"
