"""The exercises of chapter 10: a trip, who would be stuck, a coupon, and the end of the month."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from esdemo.application import Application
from esdemo.boundaries import Boundary
from esdemo.checks.predictions import shown
from esdemo.checks.verdicts import NOT_YET, Proved, untouched
from esdemo.clocks import numbered, ticking
from esdemo.commands import Command
from esdemo.domains import bank
from esdemo.domains.bank.transferring import (
    LARGE,
    NoteReceived,
    NoteRefused,
    NoteSent,
    Transfer,
    evolve,
    react,
)
from esdemo.events import Event
from esdemo.handlers import Decider
from esdemo.processes import DayBegan, Instances
from esdemo.stores import EventStore, MemoryStore

MONDAY: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)
NO_RETURN: Final = "it returns None: is there a `return` at the end?"

# 10.1

WAYS: Final = {
    ("flight booked", "hotel booked"): ("done", ["book flight", "book hotel"]),
    ("flight booked", "hotel full", "flight cancelled"): (
        "failed",
        ["book flight", "book hotel", "cancel flight"],
    ),
    ("flight full",): ("failed", ["book flight"]),
}
"""What can happen after the order, and where that ends: the state, and all that is asked."""


def exercise_1(trip: Callable[[Any, str], Any]) -> str | None:
    """trip(state, news): the next state, and what to ask."""
    if untouched(trip):
        return NOT_YET
    for way, (end, asks) in WAYS.items():
        if advice := _travelled(trip, ("ordered", *way), end, asks):
            return advice
    if advice := _waiting(trip):
        return advice
    worlds = 0
    for way, (end, asks) in WAYS.items():
        for news in _twice_and_late(("ordered", *way)):
            worlds += 1
            if advice := _disturbed(trip, news, end, asks):
                return advice
    return Proved(f"three trips, and {worlds} in which news came twice or too late")


def _travelled(trip: Any, news: tuple[str, ...], end: str, asks: list[str]) -> str | None:
    state: Any = "new"
    asked = list[str]()
    for each in news:
        answer = trip(state, each)
        if advice := _pair(answer, state, each):
            return advice
        state, now = answer
        asked += now
    told = " and ".join(repr(each) for each in news)
    if asked == asks and state == end:
        return None
    if "hotel full" in news and "cancel flight" not in asked:
        return "when the hotel is full the flight is still booked: ask to 'cancel flight'"
    if "hotel full" in news and "book hotel" not in asked:
        return "ask to 'book hotel' on 'flight booked', not before and not never"
    if state != end and asked == asks:
        return f"after {told} the state is {end!r}, not {state!r}"
    return f"after {told} the asks were {asked}, and should be {asks}"


def _waiting(trip: Any) -> str | None:
    """Help when a trip has failed before its flight is given back."""
    state: Any = "new"
    for news in ("ordered", "flight booked", "hotel full"):
        state, _ = trip(state, news)
    if state != "failed":
        return None
    return (
        "'failed' comes with 'flight cancelled': from 'hotel full' until then the flight is "
        "still booked, and a state of its own says that it waits"
    )


def _pair(answer: Any, state: Any, news: str) -> str | None:
    if answer is None:
        return f"trip({state!r}, {news!r}) returned None: return (state, []) where nothing changes"
    if not isinstance(answer, tuple) or len(answer) != 2:
        return f"return a pair, the next state and a list, not {_short(answer)}"
    if isinstance(answer[1], str) or not isinstance(answer[1], (list, tuple)):
        return f"the second of the pair is a list, also for one ask: not {_short(answer[1])}"
    return None


def _twice_and_late(news: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The same news, with one to come again at every later place."""
    for first in range(len(news)):
        for second in range(first + 1, len(news) + 1):
            yield (*news[:second], news[first], *news[second:])


def _disturbed(trip: Any, news: tuple[str, ...], end: str, asks: list[str]) -> str | None:
    state: Any = "new"
    asked = list[str]()
    for each in news:
        answer = trip(state, each)
        if advice := _pair(answer, state, each):
            return advice
        state, now = answer
        asked += now
    if extra := Counter(asked) - Counter(asks):
        what = next(iter(extra))
        return f"when one of the news comes twice, as in {list(news)}, {what!r} is asked twice"
    if missing := Counter(asks) - Counter(asked):
        what = next(iter(missing))
        return (
            f"when one of the news comes twice, as in {list(news)}, {what!r} is not asked any "
            "more: news that are not expected leave the state as it is"
        )
    if state != end:
        return f"{list(news)} ends in {state!r}, not {end!r}: late news change nothing any more"
    return None


# 10.2


def exercise_2(stuck: Callable[[Any, Any], Any]) -> str | None:
    """stuck(recorded, rules): the streams that ended, and would not end by these rules."""
    if untouched(stuck):
        return NOT_YET
    recorded = _yesterday()
    names = recorded.store.streams()
    answer = stuck(recorded, Decider(_careless, evolve, Transfer()))
    if advice := _streams(answer, {names[1]}, names):
        return advice
    if stuck(recorded, Decider(react, evolve, Transfer())) != set():
        return "by the rules that made the history nobody is stuck: return an empty set"
    if stuck(recorded, Decider(_polite, evolve, Transfer())) != set():
        return "rules that give another reason change an outcome, and the transfer still ends"
    mean = Decider(_no_way_back, evolve, Transfer())
    if advice := _streams(stuck(recorded, mean), {names[2]}, names):
        return f"with rules that send nothing back: {advice}"
    return Proved("it names the instance that would be stuck, by two rules, and nobody else")


def _yesterday() -> Application[Any, Any, Any]:
    """Four transfers: small, large, one that comes back, and one that has not ended."""
    accounts = Application(bank.rules, MemoryStore(bank.BankMessage, ticking(MONDAY)))
    accounts.ids = numbered("cmd")
    for name in ("alice", "bob"):
        accounts.handle(name, bank.OpenAccount(name, 5 * LARGE))
    for name, receiver, amount in (("s", "bob", 5), ("l", "bob", LARGE), ("b", "nobody", 7)):
        accounts.handle("alice", bank.SendTransfer(name, receiver, amount))
    instances = Instances(
        bank.transferring(), MemoryStore(bank.TransferMessage, ticking(MONDAY)), accounts
    )
    instances.follow()
    sent = NoteSent("open", "alice", "bob", LARGE, date(2026, 1, 5), 1)
    instances.tell("transfer 99", sent, "open")
    return instances.application


def _careless(news: Any, state: Transfer) -> list[Any]:
    if isinstance(news, NoteReceived) and state.amount >= LARGE:
        return []
    return react(news, state)


def _polite(news: Any, state: Transfer) -> list[Any]:
    return react(NoteRefused("sorry") if isinstance(news, NoteRefused) else news, state)


def _no_way_back(news: Any, state: Transfer) -> list[Any]:
    return [] if isinstance(news, NoteRefused) else react(news, state)


def _streams(answer: Any, right: set[str], names: list[str]) -> str | None:
    if answer is None:
        return NO_RETURN
    if isinstance(answer, str):
        return "return a set of streams, also for one: {stream}"
    if not isinstance(answer, (set, frozenset)):
        if isinstance(answer, (list, tuple)) and set(map(str, answer)) == right:
            return "those are the right streams; return them as a set"
        return f"return a set of streams, not {_short(answer)}"
    if answer == right:
        return None
    if "transfer 99" in answer:
        return (
            "transfer 99 had not ended in the recorded history either, so it is not stuck by this"
        )
    if answer >= set(names[:3]):
        return "that is everybody: compare the stage before with the stage after"
    if not answer:
        return "somebody is stuck: fold the other history, with_rules(recorded, rules).store"
    if answer & right:
        extra = sorted(map(str, answer - right)) or sorted(right - answer)
        return f"look at {extra[0]} again: it ends in both histories, or in neither"
    return f"{sorted(map(str, answer))[0]} ends in both: who ended and does not end any more?"


# 10.3


def exercise_3(answer: Any) -> str | None:
    """Used, Use, tags, about, decide and evolve: at most 3 uses, one by each member."""
    if not isinstance(answer, (tuple, list)) or len(answer) != 6:
        return "give all six: (Used, Use, tags, about, decide, evolve)"
    used, use, *functions = answer
    if any(map(untouched, functions)):
        return NOT_YET
    if not (isinstance(used, type) and isinstance(use, type)):
        return "the first two are the classes Used and Use"
    if not (issubclass(used, Event) and issubclass(use, Command)):
        return "Used is an Event and Use a Command, as the stub has them"
    tags, about, decide, evolve_ = functions
    if advice := _tagged(tags, used("c", "m")) or _tagged(about, use("c", "m")):
        return advice
    rules: Decider[Any, Any, Any] = Decider(decide, evolve_, ())
    boundary: Boundary[Any, Any, Any] = Boundary(
        rules, MemoryStore(used | use, ticking(MONDAY)), tags=tags, about=about
    )
    return _coupons(boundary, use) or Proved(
        "two coupons in eight streams of their own: 3 uses each, and one by each member"
    )


def _tagged(function: Callable[[Any], Any], message: Any) -> str | None:
    found = function(message)
    if found is None or found is ...:
        return f"{function.__name__} returned {found}: return a list of tags"
    if isinstance(found, str):
        return (
            f"{function.__name__} returned a string, which is taken for many tags of a letter "
            "each: return a list"
        )
    found = list(found)
    if not all(isinstance(tag, str) for tag in found):
        return f"a tag is a string: {function.__name__} returned {_short(found)}"
    if not found:
        return f"{function.__name__} returned no tag, so nothing is seen"
    return None


def _coupons(boundary: Boundary[Any, Any, Any], use: Any) -> str | None:
    """Help for a story of two coupons, each use in a stream of its own."""
    story = [
        ("summer", "ann", True, "the first use of a coupon was refused"),
        ("summer", "ann", False, "ann has used the coupon summer twice"),
        ("winter", "ann", True, "ann has used summer, and may still use winter"),
        ("summer", "ben", True, "the second use of summer, by another member, was refused"),
        ("summer", "cem", True, "the third use of summer was refused: three are allowed"),
        (
            "summer",
            "dan",
            False,
            "a fourth use of summer was allowed: does `about` see the others, and does `decide` "
            "stop at 3?",
        ),
        ("winter", "dan", True, "winter was used once: the uses of summer do not count for it"),
        ("winter", "ann", False, "ann has used the coupon winter twice"),
    ]
    for number, (coupon, member, allowed, advice) in enumerate(story):
        decision = boundary.handle(f"use {number}", use(coupon, member))
        if decision.refused == allowed:
            return advice + (f" ({decision.reason})" if decision.refused else "")
        if allowed and [fact.event for fact in decision.events] != [_event(boundary, decision)]:
            return f"decide returns one Used for {decision.command}, not {_short(decision.events)}"
    return None


def _event(boundary: Boundary[Any, Any, Any], decision: Any) -> Any:
    used = next(cls for cls in boundary.store.vocabulary.types if issubclass(cls, Event))
    return used(decision.command.coupon, decision.command.member)


# 10.4

DAYS: Final = [date(2026, 1, 30) + timedelta(days=number) for number in range(33)]


def exercise_4(fees: Callable[[Any, Any], Any]) -> str | None:
    """fees(days, accounts): a fee for each account and month, by command id."""
    if untouched(fees):
        return NOT_YET
    accounts = ["alice", "bob", "carol"]
    answer = fees([DayBegan(day) for day in DAYS], accounts)
    if advice := _fees(answer, accounts):
        return advice
    if advice := _charged(fees, accounts):
        return advice
    ids = [set(fees([DayBegan(date(year, 2, 1))], accounts)) for year in (2026, 2027)]
    if ids[0] & ids[1]:
        return f"next February the id {min(ids[0] & ids[1])!r} is taken: put the year into it"
    if fees([DayBegan(date(2026, 3, 2))], accounts) != {}:
        return "when no month begins there is no fee: return an empty dict"
    return Proved("each account paid once for each month, though days and workers came twice")


def _fees(answer: Any, accounts: list[str]) -> str | None:
    if answer is None:
        return NO_RETURN
    if not isinstance(answer, Mapping):
        return f"return a dict from command id to (stream, command), not {_short(answer)}"
    for name, pair in answer.items():
        if not isinstance(name, str):
            return f"a command id is a string, not {_short(name)}"
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            return f"the value is a pair of stream and command, not {_short(pair)}"
        if pair[0] not in accounts:
            return f"the stream is the name of the account, not {_short(pair[0])}"
        if pair[1] != bank.ChargeFee(2_50, "account"):
            return f'the command is ChargeFee(2_50, "account"), not {_short(pair[1])}'
    wanted = 2 * len(accounts)
    if len(answer) == wanted:
        return None
    if len(answer) == len(accounts):
        return "two months begin in these 33 days, and each has a fee: is the month in the id?"
    if len(answer) == 2:
        return "one id for each month is not enough: each account needs its own"
    if len(answer) == len(DAYS) * len(accounts):
        return "that is a fee for every day: only when a month begins"
    return f"two months begin for {len(accounts)} accounts: {wanted} fees, not {len(answer)}"


def _charged(fees: Callable[[Any, Any], Any], accounts: list[str]) -> str | None:
    """Help when a bank is given them by workers that come twice, and at other times."""
    application = Application(bank.rules, MemoryStore(bank.BankMessage, ticking(MONDAY)))
    for name in accounts:
        application.handle(name, bank.OpenAccount(name, 100_00))
    for pieces in ([DAYS[:10], DAYS[:10], DAYS[10:]], [DAYS, DAYS[1:4], DAYS[20:]]):
        for name, (stream, command) in _each(fees, pieces, accounts):
            application.handle(stream, command, command_id=name)
        paid = [_fees_of(application.store, name) for name in accounts]
        if max(paid) > 2:
            return (
                "an account paid twice for one month: an id must be the same each time it is made"
            )
        if min(paid) < 2:
            return "an account did not pay for each month: two fees have one id"
    return None


def _each(fees: Any, pieces: list[list[date]], accounts: list[str]) -> Iterator[tuple[str, Any]]:
    """The fees for some days, and for some others, as workers make them."""
    for piece in pieces:
        yield from fees([DayBegan(day) for day in piece], accounts).items()


def _fees_of(store: EventStore, account: str) -> int:
    return sum(isinstance(event, bank.FeeCharged) for event in store.events(account))


def _short(answer: Any) -> str:
    text = " ".join(shown(answer).split())
    return text if len(text) <= 60 else f"{text[:57]}..."
