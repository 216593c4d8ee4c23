"""The exercises of chapter 07: money by purpose, a hostile world withstood, copies on a screen."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from functools import cache
from random import Random
from typing import Any, Final

from esdemo.application import Application
from esdemo.checks.verdicts import NOT_YET, Proved, untouched
from esdemo.clocks import numbered, ticking
from esdemo.domains import bank, loans
from esdemo.events import Event, RecordedEvent
from esdemo.projections import hostile
from esdemo.stores import MemoryStore

NINE: Final = datetime(2025, 3, 3, 9, tzinfo=UTC)
WORLDS: Final = 100


@cache
def _business() -> tuple[RecordedEvent, ...]:
    """Some weeks at a bank, in which everything happens."""
    return tuple(bank.simulate(accounts=4, days=40, seed=7).store.recorded())


# 7.1


def exercise_1(answer: Any) -> str | None:
    """A row, a key and an evolve that add up what was withdrawn for each purpose."""
    if not isinstance(answer, (tuple, list)) or len(answer) != 3:
        return 'give the class and both functions: check("7.1", (Spent, purpose, spend))'
    row, key, evolve = answer
    if untouched(key) or untouched(evolve):
        return NOT_YET
    if not isinstance(row, type):
        return f"the first of the three is the class of the rows, Spent, not {row!r:.60}"
    rows: dict[str, Any] = {}
    expected: dict[str, list[int]] = {}
    for fact in _business():
        name = key(fact)
        if advice := _wrong_key(name, fact):
            return advice
        if name is None:
            continue
        before = deepcopy(rows.get(name))
        rows[name] = evolve(before, fact)
        amounts = expected.setdefault(name, [])
        amounts.append(fact.event.amount)  # type: ignore[attr-defined]
        if advice := _wrong_spent(row, rows[name], amounts, fact):
            return advice
    together = len(_business())
    return Proved(f"{len(rows)} purposes in {together} events, each row right after every event")


def _wrong_key(name: Any, fact: RecordedEvent) -> str | None:
    event = fact.event
    wanted = event.purpose if isinstance(event, bank.MoneyWithdrawn) else None
    if name == wanted and type(name) is type(wanted):
        return None
    if name is ...:
        return "purpose still returns `...` for some events: return the purpose, or None"
    if name == fact.stream:
        return "the stream is the account: the row that is asked for is that of a purpose"
    if wanted is None and isinstance(event, (bank.FeeCharged, bank.TransferSent)):
        return f"{event} is not a withdrawal: purpose returns None for it, not {name!r:.40}"
    if wanted is None:
        return f"{event} is about no row: purpose returns None for it, not {name!r:.40}"
    if name is None:
        return f"purpose returned None for {event}: the event is fact.event, and has a purpose"
    return f"purpose returned {name!r:.40} for {event}: its row is {wanted!r}"


def _wrong_spent(row: Any, after: Any, amounts: list[int], fact: RecordedEvent) -> str | None:
    if after is None or after is ...:
        return f"spend returned {after!r} for {fact.event}: return the next row"
    if isinstance(after, Event):
        return "spend returned the event: return a Spent"
    if not (hasattr(after, "cents") and hasattr(after, "times")):
        return f"spend returned {after!r:.60}: return a Spent"
    found, wanted = (after.cents, after.times), (sum(amounts), len(amounts))
    if found == wanted:
        return None if isinstance(after, row) else f"spend returned {after!r:.60}, not a Spent"
    if len(amounts) > 1 and found == (amounts[-1], 1):
        return "each row begins anew: add to the row before, when there is one"
    if found[0] == wanted[0]:
        return f"the cents are right, and `times` is {found[1]} after {wanted[1]} withdrawals"
    return f"after {len(amounts)} withdrawals of {wanted[0]} cents together, cents is {found[0]}"


# 7.2


def _change(fact: RecordedEvent) -> int:
    """The cents that an event adds to the sum of all balances."""
    event: Any = fact.event
    match event:
        case bank.MoneyDeposited() | bank.TransferReceived() | bank.TransferReturned():
            return int(event.amount)
        case bank.MoneyWithdrawn() | bank.FeeCharged() | bank.TransferSent():
            return -int(event.amount)
        case bank.EntryReversed():
            return int(event.change)
        case _:
            return 0


def exercise_2(receive: Callable[[Any, int, int], Any]) -> str | None:
    """A receiver of (reached, total) that takes each event once, in order."""
    if advice := _by_hand(receive):
        return advice
    facts = _business()[:40]
    truth = len(facts), sum(map(_change, facts))

    def take(state: Any, fact: RecordedEvent) -> Any:
        return receive(state, fact.position, _change(fact))

    for seed in range(1, WORLDS + 1):
        try:
            state = hostile.live(take, (0, 0), facts, seed)
        except RuntimeError as error:
            if "never acknowledged" not in str(error):
                raise
            return "an event is refused for ever: None is for one that comes too early only"
        if tuple(state) != truth:
            return f"in world {seed} the end is {tuple(state)!r:.60}, and it should be {truth}"
    return Proved(f"right in {WORLDS} hostile worlds of {len(facts)} events each")


def _by_hand(receive: Callable[[Any, int, int], Any]) -> str | None:
    """The first events, one at a time: the three cases, each with its sentence."""
    start, one, two = (0, 0), (1, 50_00), (2, 30_00)
    is_next = "the next event is taken: its position is reached, and its cents are added"
    forever = "an event came twice: return the state as it is, as None would bring it for ever"
    for state, position, cents, wanted, why in (
        (start, 1, 50_00, one, is_next),
        (one, 2, -20_00, two, is_next),
        (two, 2, -20_00, two, "an event came twice: return the state as it is"),
        (two, 1, 50_00, two, "an old event came late once more: return the state as it is"),
        (one, 3, 5_00, None, "position 2 is missing: return None, and 3 is brought again"),
        (start, 2, -20_00, None, "position 1 is missing: return None, and 2 is brought again"),
    ):
        found = receive(state, position, cents)
        if found is ...:
            return NOT_YET if state == start else f"{why}; receive still returns `...`"
        if found is not None and (not isinstance(found, (tuple, list)) or len(found) != 2):
            return f"receive returned {found!r:.60}: return (reached, total), or None"
        if receive(state, position, cents) != found:
            return (
                "asked the same once more, it answered otherwise: a crash forgets whatever a "
                "receiver keeps beside its state, so it may use nothing else"
            )
        if found is None and wanted == state:
            return f"{forever}; receive({state}, {position}, {cents}) returned None"
        if (None if found is None else tuple(found)) != wanted:
            return f"{why}; receive({state}, {position}, {cents}) returned {found!r:.60}"
    return None


# 7.3


def exercise_3(answer: Any) -> str | None:
    """A row and an evolve for the screen of a library."""
    if not isinstance(answer, (tuple, list)) or len(answer) != 2 or not callable(answer[1]):
        return 'give the class and the function: check("7.3", (OnScreen, on_screen))'
    row, evolve = answer
    if untouched(evolve):
        return NOT_YET
    if not isinstance(row, type):
        return f"the first of the two is the class of the rows, OnScreen, not {row!r:.60}"
    for facts in _stories():
        rows: dict[str, Any] = {}
        for fact in facts:
            before = rows.get(fact.stream)
            after = evolve(deepcopy(before), fact)
            if after is ... and not rows:
                return NOT_YET  # the stub, which has one case without an answer
            if advice := _wrong_screen(row, before, after, fact):
                return advice
            rows[fact.stream] = after
    if advice := _withstands(evolve):
        return advice
    return Proved("five copies and their whole lives, also when delivered by a hostile world")


def _wrong_screen(row: Any, before: Any, after: Any, fact: RecordedEvent) -> str | None:
    event = fact.event
    wanted = _screen(before, event)
    if wanted is None and after is None:
        return None
    if after is ... or isinstance(after, (Event, RecordedEvent)):
        return f"for {event} you returned {after!r:.40}: return the row of the copy"
    if wanted is None:
        return f"{event}: a lost copy leaves the screen, so the row is None, not {after!r:.60}"
    if after is None and isinstance(event, loans.CopyAdded):
        return f"{event}: with fact.event a new copy comes onto the screen, and you returned None"
    if after is None:
        return f"{event}: you returned None, so the copy left the screen: return its row"
    if not isinstance(after, row):
        return f"for {event} you returned {after!r:.60}: return an OnScreen"
    found = (after.title, after.member, after.due)
    if found == wanted:
        return None
    title, member, due = wanted
    if after.title != title:
        return f"{event}: the title is {title!r}, not {after.title!r:.40}"
    if isinstance(event, loans.CopyReturned):
        return f"{event}: the copy is back, so nobody has it and nothing is due; you have {after!r}"
    if isinstance(event, loans.CopyReserved):
        return (
            f"{event}: a reservation is not a loan, so the row stays as it was; you have {after!r}"
        )
    if isinstance(event, loans.CopyLent) and after.due == event.on:
        return "CopyLent has two dates: it was lent `on` one, and is `due` on the other"
    if after.member != member:
        return f"{event}: {member} has the copy, not {after.member!r:.40}"
    return f"{event}: it is due on {due}, not {after.due!r:.40}"


def _screen(before: Any, event: Any) -> tuple[str, str | None, date | None] | None:
    """What the screen should show, without the learner's function."""
    if isinstance(event, loans.CopyAdded):
        return event.title, None, None
    if isinstance(event, loans.CopyLost):
        return None
    member, due = before.member, before.due
    match event:
        case loans.CopyLent():
            member, due = event.member, event.due
        case loans.LoanRenewed():
            due = event.due
        case loans.CopyReturned():
            member, due = None, None
    return before.title, member, due


def _withstands(evolve: Callable[[Any, Any], Any]) -> str | None:
    """The rows that a careful receiver makes with it in a hostile world."""
    (facts, *_) = _stories()

    def receive(state: Any, fact: RecordedEvent) -> Any:
        position, rows = state
        if fact.position != position + 1:
            return state if fact.position <= position else None
        return fact.position, rows | {fact.stream: evolve(rows.get(fact.stream), fact)}

    start: tuple[int, dict[str, Any]] = (0, {})
    in_order = hostile.live(receive, start, facts, 1, hostile.KIND)
    for seed in range(10):
        if hostile.live(receive, start, facts, seed) != in_order:
            return "the same events gave other rows the second time: evolve must be pure"
    return None


@cache
def _stories() -> tuple[tuple[RecordedEvent, ...], ...]:
    return tuple(_lived(seed) for seed in range(6))


def _lived(seed: int) -> tuple[RecordedEvent, ...]:
    """Five copies that are lent, renewed, reserved, returned and lost, by chance from a seed."""
    store = MemoryStore(loans.LoanMessage, ticking(NINE))
    library: Application[Any, Any, Any] = Application(loans.rules, store, ids=numbered("cmd"))
    chance, today = Random(seed), NINE.date()
    for number in range(1, 6):
        library.handle(f"copy-{number}", loans.AddCopy(f"Book {number}"))
    for stream, command in _requests(chance, today):
        library.handle(stream, command)
    for number in (1, 2):
        library.handle(f"copy-{number}", loans.ReportLoss(today + timedelta(days=200)))
    return tuple(store.recorded())


def _requests(chance: Random, today: date) -> Iterator[tuple[str, loans.LoanCommand]]:
    for number in range(60):
        day = today + timedelta(days=2 * number)
        member = chance.choice(("ann", "ben", "cleo"))
        yield (
            f"copy-{chance.randrange(1, 6)}",
            chance.choice(
                (
                    loans.LendCopy(member, day),
                    loans.LendCopy(member, day),
                    loans.RenewLoan(day),
                    loans.ReserveCopy(member),
                    loans.ReturnCopy(day),
                )
            ),
        )
