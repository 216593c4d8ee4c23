"""The exercises of chapter 09: an old shape, where a name hides, a year that is carried over."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from inspect import signature
from random import Random
from typing import Any, Final

import msgspec

from esdemo.application import Application
from esdemo.checks.verdicts import NOT_YET, Proved, untouched
from esdemo.clocks import numbered, ticking
from esdemo.commands import Command, Decision, Rejected
from esdemo.domains import loans
from esdemo.errors import UnknownType
from esdemo.events import Event, Vocabulary
from esdemo.handlers import Decider
from esdemo.stores import MemoryStore

NINE: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)


# 9.1


def exercise_1(answer: Any) -> str | None:
    """Upcasters from a library's old cards to its events of today."""
    if not isinstance(answer, Mapping):
        return "give the dict from each old name to its function: check('9.1', upcasters)"
    if all(untouched(step) for step in answer.values()) and answer:
        return NOT_YET
    if advice := _wrong_names(answer):
        return advice
    try:
        vocabulary = Vocabulary(loans.LoanMessage, dict(answer))
    except UnknownType:
        return "an upcaster stands under an old name, 'Lent' or 'Returned', not one of today's"
    for payload, wanted in _cards():
        before = dict(payload)
        if advice := _wrong_card(vocabulary, answer, payload, wanted):
            return advice
        if payload != before:
            return "your function changed the payload that it was given: make a new dict"
    return Proved("twelve years of cards are loans of today, those without a name too")


def _wrong_names(answer: Mapping[Any, Any]) -> str | None:
    for name in ("Lent", "Returned"):
        if name not in answer:
            return f"there is no upcaster for the old name {name!r}"
        if untouched(answer[name]):
            return f"the upcaster for {name!r} still does nothing"
        step = answer[name]
        if not callable(step) or isinstance(step, type):
            return f"an upcaster is a function from a payload to a payload: see {name!r}"
        try:
            signature(step).bind({})
        except TypeError:
            return f"the upcaster for {name!r} takes one argument, the old payload"
    return None


def _wrong_card(
    vocabulary: Vocabulary, steps: Mapping[Any, Any], payload: dict[str, Any], wanted: Event
) -> str | None:
    made = steps[payload["type"]](dict(payload))
    if made is None or made is ...:
        return f"for {payload} the upcaster returned {made!r}: return the new payload"
    if isinstance(made, Event):
        return "an upcaster returns a dict, as JSON would hold it; the store makes the event of it"
    if not isinstance(made, dict):
        return f"for {payload} the upcaster returned {made!r:.60}: return one dict"
    if "type" not in made:
        return "the new payload needs its name, under 'type'"
    if made["type"] == payload["type"]:
        return (
            f"the new payload is still called {made['type']!r}: give it the new name (of two "
            "entries with one name, the later one wins)"
        )
    if advice := _wrong_values(made):
        return advice
    found = _decoded(vocabulary, payload)
    if isinstance(found, str):
        hint = ": a date is a string such as '2015-03-30'" if "RFC3339" in found else ""
        if "Invalid value" in found:
            hint = ": that is neither a name of today nor one that a further upcaster stands under"
        return f"{payload} cannot be read: {found}{hint}"
    if found != wanted:
        return _difference(payload, found, wanted)
    steps[payload["type"]](payload)  # on the one that is compared with what it was
    return None


def _wrong_values(made: dict[str, Any]) -> str | None:
    for name, value in made.items():
        if isinstance(value, (date, timedelta)):
            return (
                f"{name!r} is {value!r}: it would be read, but a payload is JSON, so give a "
                "string such as '2015-03-30', with isoformat()"
            )
    return None


def _decoded(vocabulary: Vocabulary, payload: dict[str, Any]) -> Any:
    try:
        return vocabulary.decode(msgspec.json.encode(payload).decode())
    except msgspec.MsgspecError as error:
        return str(error)


def _difference(payload: dict[str, Any], found: Any, wanted: Event) -> str:
    if type(found) is not type(wanted):
        return f"{payload} became a {type(found).__name__}, and is a {type(wanted).__name__}"
    for field in wanted.__struct_fields__:
        mine, right = getattr(found, field), getattr(wanted, field)
        if mine != right:
            hint = ""
            if field == "due":
                hint = ": a loan was 28 days"
            elif field == "member" and not payload["who"]:
                hint = ": for an empty `who`"
            return f"{payload}: `{field}` is {mine!s}, and should be {right!s}{hint}"
    return f"{payload} became {found!r}"


def _cards() -> Iterator[tuple[dict[str, Any], Event]]:
    """Old cards and what they are today, at ends of months and of years too."""
    chance = Random(9)
    days = [date(2015, 3, 2), date(2016, 2, 10), date(2019, 12, 20)]
    days += [date(2015, 1, 1) + timedelta(days=chance.randrange(4_000)) for _ in range(30)]
    for number, day in enumerate(days):
        who = "" if number % 4 == 3 else f"Member {number}"
        lent = {"type": "Lent", "who": who, "on": f"{day}"}
        yield lent, loans.CopyLent(who or "unknown", day, day + timedelta(days=28))
        back = day + timedelta(days=9)
        yield {"type": "Returned", "on": f"{back}"}, loans.CopyReturned(back)


# 9.2


class Said(Event):
    text: str


class Say(Command):
    text: str


PARTS: Final = ("stream", "actor", "command", "reason", "events")


def exercise_2(answer: Any) -> str | None:
    """The parts of a decision in which a name can be read."""
    if untouched(answer):
        return NOT_YET
    for decision, wanted in _decisions():
        found = answer(decision, "Ann Weber")
        if found is None or found is ...:
            return f"places_of returned {found!r}: return a set, an empty one where nothing is"
        if isinstance(found, (str, dict)) or not hasattr(found, "__iter__"):
            return f"places_of returned {found!r:.60}: return a set of strings such as {{'actor'}}"
        found = set(found)
        if unknown := found - set(PARTS):
            return f"{min(map(str, unknown))!r} is not one of the parts: {', '.join(PARTS)}"
        if advice := _wrong_places(decision, found, wanted):
            return advice
    return Proved("a name was found wherever it stood, and nowhere else")


def _wrong_places(decision: Decision, found: set[str], wanted: set[str]) -> str | None:
    for part in PARTS:
        if part in wanted and part not in found:
            hint = {
                "reason": ": a reason is a sentence, and holds names",
                "events": ": look at the event of each fact",
            }.get(part, "")
            return f"in {_told(decision, part)} the name can be read, in the {part}{hint}"
        if part in found and part not in wanted:
            why = _too_much(decision, part)
            return f"in {_told(decision, part)} there is no name in the {part}{why}"
    return None


def _too_much(decision: Decision, part: str) -> str:
    """What else was searched, where a name was found that is not there."""
    if part == "events" and "ann weber" in f"{decision.events}".lower():
        return ": a stored fact names its stream and actor too, so search only its `.event`"
    return "; None is not a name" if part == "reason" and decision.reason is None else ""


def _told(decision: Decision, part: str) -> str:
    where = {
        "stream": decision.stream,
        "actor": decision.actor,
        "command": decision.command,
        "reason": decision.reason,
        "events": [fact.event for fact in decision.events],
    }
    return f"{part}={where[part]!r}"


@cache
def _decisions() -> tuple[tuple[Decision, set[str]], ...]:
    store = MemoryStore(Said | Say, ticking(NINE))
    rules: Decider[Any, Any, Any] = Decider(_decide, lambda state, event: state, 0)
    talk: Application[Any, Any, Any] = Application(rules, store, ids=numbered("c"))
    cases = [
        ("m-17", "web", "hello", set[str]()),
        ("Ann Weber", "web", "hello", {"stream"}),
        ("m-17", "ANN WEBER", "hello", {"actor"}),
        ("m-17", "web", "I am ann weber", {"command", "events"}),
        ("m-17", "web", "no: ask Ann Weber", {"command", "reason"}),
        ("m-17", "web", "no: this is not for you", set[str]()),
        ("ann-weber", "ann.weber", "hello", set[str]()),
        ("m-17", "web", "twice Ann", set[str]()),
        ("m-18", "web", "refuse by name", {"reason"}),
        ("m-18", "web", "two facts", {"events"}),
    ]
    return tuple(
        (talk.handle(stream, Say(text), actor=actor), wanted)
        for stream, actor, text, wanted in cases
    )


def _decide(command: Say, state: int) -> list[Said]:
    if command.text.startswith("no: "):
        raise Rejected(f"refused: {command.text.removeprefix('no: ')}")
    if command.text == "refuse by name":
        raise Rejected("Ann Weber has said so already")
    if command.text == "two facts":
        return [Said("nobody"), Said("Ann Weber came in")]
    return [Said(command.text)]


# 9.3


def exercise_3(answer: Any) -> str | None:
    """A fold that an opening sets, and does not add to."""
    if untouched(answer):
        return NOT_YET
    for books in _books():
        if advice := _wrong_books(answer, books):
            return advice
    return Proved("two hundred boxes, each year alone and all years in a row")


def _wrong_books(
    evolve: Callable[[Any, Any], Any], books: list[list[tuple[str, int]]]
) -> str | None:
    row, cents = 0, 0
    for book in books:
        alone = 0
        for event in book:
            cents = event[1] if event[0] == "opened" else cents + _change(event)
            for before, name in ((alone, "alone"), (row, "row")):
                after = evolve(before, event)
                if advice := _wrong_balance(event, before, after, cents):
                    return advice
                if name == "alone":
                    alone = after
                else:
                    row = after
    return None


def _wrong_balance(event: tuple[str, int], before: int, after: Any, wanted: int) -> str | None:
    if after is None or after is ...:
        return f"evolve({before}, {event}) returned {after!r}: return the balance"
    if isinstance(after, bool) or not isinstance(after, int):
        return f"evolve({before}, {event}) returned {after!r:.40}: return a number of cents"
    if after == wanted:
        return None
    if event[0] == "opened" and after == before + event[1]:
        return (
            f"evolve({before}, {event}) returned {after}: an opening says what the balance is, so "
            "who folds both years counts the money twice"
        )
    if event[0] == "opened":
        return f"evolve({before}, {event}) returned {after}: the box opens with {event[1]}"
    return f"evolve({before}, {event}) returned {after}, and should return {wanted}"


def _change(event: tuple[str, int]) -> int:
    return event[1] if event[0] == "in" else -event[1]


def _books() -> Iterator[list[list[tuple[str, int]]]]:
    """Some years of a box, a list of events for each; every later one begins with an opening."""
    chance = Random(3)
    for _ in range(200):
        years, cents = list[list[tuple[str, int]]](), 0
        for year in range(chance.randrange(1, 4)):
            book = [("opened", cents)] if year else []
            for _ in range(chance.randrange(5)):
                event = (chance.choice(("in", "out")), chance.randrange(1, 100))
                cents += _change(event)
                book.append(event)
            years.append(book)
        yield years
