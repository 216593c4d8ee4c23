"""Events: what can be a fact, and how facts become bytes and come back."""

import datetime as dt
import enum
import json
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import independent
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esdemo import Command, EsdemoError, Event, Vocabulary
from esdemo.errors import NotAFact, UnknownType
from esdemo.events import GENESIS, chain

UTC = dt.UTC
HALF_PAST = dt.timezone(dt.timedelta(hours=5, minutes=30))


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Point(Event):
    x: int
    y: int = 0


class Everything(Event):
    """One field of each type that a fact may have."""

    number: int
    text: str
    flag: bool
    raw: bytes
    day: dt.date
    moment: dt.datetime
    price: Decimal
    key: UUID
    nothing: None
    maybe: int | None
    word: Literal["a", "b", 3]
    colour: Colour
    point: Point
    points: tuple[Point, ...]
    pair: tuple[int, str]
    small: Annotated[int, msgspec.Meta(ge=0, le=9)]


class Move(Command):
    to: Point


VOCABULARY = Vocabulary(Everything | Point | Move)


def everything(**changes: Any) -> Everything:
    values = {
        "number": -(2**63),
        "text": "naïve \0 \u2028 \U0001f600 \x7f",
        "flag": True,
        "raw": b"\0\xff",
        "day": dt.date(2026, 2, 28),
        "moment": dt.datetime(2026, 1, 5, 9, 0, 0, 1, HALF_PAST),
        "price": Decimal("1.50"),
        "key": UUID(int=7),
        "nothing": None,
        "maybe": None,
        "word": 3,
        "colour": Colour.BLUE,
        "point": Point(1),
        "points": (Point(1), Point(2, 3)),
        "pair": (1, "one"),
        "small": 9,
    }
    return Everything(**values | changes)


# A fact is frozen, compared by value, named after its class.


def test_an_event_cannot_be_changed():
    with pytest.raises(AttributeError):
        Point(1).x = 2


def test_events_are_compared_by_value_and_can_be_keys():
    assert Point(1) == Point(1, 0) != Point(2)
    assert {Point(1), Point(1, 0)} == {Point(1)}


def test_the_stored_name_is_the_name_of_the_class():
    assert json.loads(VOCABULARY.encode(Point(1))) == {"type": "Point", "x": 1, "y": 0}


def test_the_stored_name_can_carry_the_version_of_the_shape():
    class Point2(Event, tag="Point.2"):
        x: int

    assert json.loads(Vocabulary(Point2).encode(Point2(1)))["type"] == "Point.2"


def test_an_event_of_every_permitted_type_comes_back_equal():
    fact = everything()
    assert VOCABULARY.decode(VOCABULARY.encode(fact)) == fact


@given(
    fact=st.builds(
        everything,
        number=st.integers(-(2**63), 2**63 - 1),
        text=st.text(),
        flag=st.booleans(),
        raw=st.binary(),
        day=st.dates(),
        moment=st.datetimes(timezones=st.just(UTC)),
        price=st.decimals(allow_nan=False, allow_infinity=False),
        key=st.uuids(),
        maybe=st.none() | st.integers(-(2**63), 2**63 - 1),
        colour=st.sampled_from(Colour),
        points=st.lists(st.builds(Point, st.integers(0, 9), st.integers(0, 9))).map(tuple),
    )
)
def test_whatever_is_accepted_comes_back_equal(fact):
    assert VOCABULARY.decode(VOCABULARY.encode(fact)) == fact


def test_annotations_that_are_text_work_too():
    from postponed import Lent, Member

    fact = Lent(1, dt.date(2026, 1, 31), Member("ann", Member("bob")))
    vocabulary = Vocabulary(Lent)
    assert vocabulary.decode(vocabulary.encode(fact)) == fact


# What cannot be a fact is refused when its class is defined.


@pytest.mark.parametrize(
    ("annotation", "advice"),
    [
        (float, "cents"),
        (float | None, "cents"),
        (tuple[int, float], "cents"),
        (Annotated[float, "metres"], "cents"),
        (list, "tuple"),
        (list[int], "tuple"),
        (tuple[list[int], ...], "tuple"),
        (set[int], "tuple"),
        (dict[str, int], "pairs"),
        (bytearray, "bytes"),
        (Any, "immutable"),
        (object, "immutable"),
        (tuple, "immutable"),
        (frozenset[int], "immutable"),
        (dt.time, "immutable"),
    ],
    ids=str,
)
def test_a_field_type_that_can_change_or_differ_is_refused_at_definition(annotation, advice):
    with pytest.raises(NotAFact, match=advice) as refused:
        type("Bad", (Event,), {"__annotations__": {"field": annotation}})
    assert "'field' of Bad" in str(refused.value)


def test_a_command_is_held_to_the_same_types():
    with pytest.raises(NotAFact, match="cents"):
        type("Pay", (Command,), {"__annotations__": {"amount": float}})


def test_a_class_defined_in_a_function_is_checked():
    with pytest.raises(NotAFact):

        class Local(Event):
            values: "list[int]"


def test_a_name_defined_further_down_does_not_hide_a_float():
    from postponed import Fined

    with pytest.raises(NotAFact, match="cents"):
        Vocabulary(Fined)


def test_a_class_cannot_be_made_changeable():
    def loose():
        class Loose(Event, frozen=False):
            x: int

        return Vocabulary(Loose)

    with pytest.raises(EsdemoError):
        loose()


# What is wrong in a value is found before it is written.


@pytest.mark.parametrize(
    "change",
    [
        {"number": 1.5},
        {"number": 1.0},
        {"number": True},
        {"number": "1"},
        {"number": None},
        {"number": 2**63},
        {"number": -(2**63) - 1},
        {"number": 10**40},
        {"maybe": 2**63},
        {"text": 1},
        {"text": "\ud800"},
        {"flag": 1},
        {"raw": "abc!"},
        {"day": "2026-02-28"},
        {"moment": dt.datetime(2026, 1, 5)},
        {"moment": "2026-01-05T09:00:00Z"},
        {"price": 1.5},
        {"price": "1.50"},
        {"key": "no key"},
        {"nothing": 0},
        {"word": "c"},
        {"colour": "green"},
        {"point": Point("one")},
        {"point": {"type": "Point", "x": 1, "y": 0}},
        {"points": [Point(1)]},
        {"points": (Point(1), Point(2.5))},
        {"pair": (1,)},
        {"pair": (1, 2)},
        {"small": 10},
    ],
    ids=str,
)
def test_a_value_of_another_type_is_refused_before_it_is_stored(change):
    with pytest.raises(NotAFact):
        VOCABULARY.encode(everything(**change))


def test_a_moment_is_kept_to_the_microsecond_whatever_its_offset():
    """An offset with seconds is legal in Python, not in ISO 8601."""
    odd = dt.timezone(dt.timedelta(hours=5, minutes=30, seconds=15))
    fact = everything(moment=dt.datetime(2026, 1, 5, tzinfo=odd))
    try:
        stored = VOCABULARY.encode(fact)
    except NotAFact:
        return
    assert VOCABULARY.decode(stored) == fact


def test_a_type_outside_the_vocabulary_is_named_with_the_way_out():
    class Stranger(Event):
        x: int

    with pytest.raises(UnknownType, match=r"Stranger is not in .*\(Everything, Point, Move\).*add"):
        VOCABULARY.encode(Stranger(1))


@pytest.mark.parametrize("message", [None, 1, "Point", {"type": "Point", "x": 1}, Point])
def test_what_is_no_message_at_all_is_refused(message):
    with pytest.raises(UnknownType):
        VOCABULARY.encode(message)


def test_a_class_that_was_defined_again_is_told_from_the_first():
    def define():
        class Again(Event):
            x: int

        return Again

    first, second = define(), define()
    with pytest.raises(UnknownType, match="defined again"):
        Vocabulary(first).encode(second(1))


# The vocabulary itself.


@pytest.mark.parametrize("types", [int, Point | int, "Point", None, [Point], Point(1)], ids=str)
def test_a_vocabulary_of_something_else_is_refused(types):
    with pytest.raises(UnknownType, match="neither an Event nor a Command"):
        Vocabulary(types)


def test_two_types_with_one_name_are_refused():
    class Other(Event, tag="Point"):
        z: int

    with pytest.raises(EsdemoError, match="Point"):
        Vocabulary(Point | Other)


def test_a_type_that_msgspec_cannot_read_is_refused_by_name():
    class Ratio(enum.Enum):
        HALF = 0.5

    def shared():
        class Shared(Event):
            ratio: Ratio

        return Vocabulary(Shared)

    with pytest.raises(EsdemoError):
        shared()


def test_an_upcaster_for_a_current_type_is_refused():
    with pytest.raises(UnknownType, match="Point"):
        Vocabulary(Point, upcasters={"Point": dict})


# Reading: old shapes, unknown ones, damaged ones.


class Deposited(Event, tag="Deposited.3"):
    cents: int
    source: str


def euros_to_cents(old: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Deposited.2", "cents": old["euros"] * 100}


def name_the_source(old: dict[str, Any]) -> dict[str, Any]:
    return {**old, "type": "Deposited.3", "source": "unknown"}


UPCASTERS = {"Deposited": euros_to_cents, "Deposited.2": name_the_source}


@pytest.mark.parametrize(
    ("stored", "fact"),
    [
        ('{"type":"Deposited","euros":7}', Deposited(700, "unknown")),
        ('{"type":"Deposited.2","cents":7}', Deposited(7, "unknown")),
        ('{"type":"Deposited.3","cents":7,"source":"cash"}', Deposited(7, "cash")),
    ],
)
def test_upcasters_are_applied_one_after_another_until_the_name_is_current(stored, fact):
    vocabulary = Vocabulary(Deposited | Point, UPCASTERS)
    assert vocabulary.decode(stored) == fact


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "{",
        "null",
        "7",
        "[]",
        '"Point"',
        '{"type":"Point","x":1',
        '{"x":1}',
        '{"type":"Point"}',
        '{"type":"Point","x":"1"}',
        '{"type":"Point","x":1.0}',
        '{"type":"Point","x":1,"z":2}',
        '{"type":"Unknown","x":1}',
        '{"type":7}',
        '{"type":["Deposited"]}',
        '{"type":"Point","x":1},{"type":"Point","x":2}',
    ],
)
@pytest.mark.parametrize("upcasters", [{}, UPCASTERS], ids=["plain", "upcasting"])
def test_what_is_damaged_unknown_or_from_the_future_is_never_read_as_something(stored, upcasters):
    vocabulary = Vocabulary(Point | Deposited, upcasters)
    with pytest.raises((ValueError, TypeError)):
        vocabulary.decode(stored)


# The hash.


@given(previous=st.text(), columns=st.lists(st.text() | st.integers(1, 2**63 - 1)))
def test_the_chain_is_sha256_over_a_json_array_and_nothing_else(previous, columns):
    assert chain(previous, *columns) == independent.link(previous, *columns)


def test_the_chain_tells_where_each_column_ends():
    assert len({chain(GENESIS, "a", "bc"), chain(GENESIS, "ab", "c"), chain(GENESIS, "abc")}) == 3
    assert chain(GENESIS, "1") != chain(GENESIS, 1)


# What hides in what is held.


def test_a_message_that_can_change_is_refused_inside_another_too():
    class Line(Event, frozen=False):
        n: int

    with pytest.raises(NotAFact, match="a Line can change"):

        class Order(Event):
            line: Line


def test_a_forward_reference_that_turns_out_to_be_a_float_is_refused():
    class Holder(Event):
        line: "Inner"

    class Inner(Event):
        price: "Price"  # noqa: F821

    globals().update(Inner=Inner, Price=float)
    with pytest.raises(NotAFact, match=r"'price' of Inner.*float"):
        Vocabulary(Holder)


def test_a_type_that_nobody_can_find_is_named():
    class Lost(Event):
        line: "NowhereToBeFound"  # noqa: F821

    with pytest.raises(NotAFact, match=r"NowhereToBeFound.*top of a module"):
        Vocabulary(Lost)


def test_two_shapes_may_hold_each_other():
    Vocabulary(Husband | Wife)


class Husband(Event):
    wife: "Wife | None"


class Wife(Event):
    husband: Husband | None


def test_a_signalling_nan_is_not_a_fact():
    class Priced(Event):
        price: Decimal

    with pytest.raises(NotAFact, match="cannot be stored"):
        Vocabulary(Priced).encode(Priced(Decimal("sNaN")))


def test_the_hour_that_the_clocks_repeat_comes_with_advice():
    class Seen(Event):
        at: dt.datetime

    twice = dt.datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    with pytest.raises(NotAFact, match="give its times in UTC"):
        Vocabulary(Seen).encode(Seen(twice))
    Vocabulary(Seen).encode(Seen(twice.astimezone(dt.UTC)))
