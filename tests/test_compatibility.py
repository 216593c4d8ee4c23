"""Compatibility: what is called compatible is read, and what is called a break has its proof."""

import enum
import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec import Meta

from esdemo import Command, Event, Vocabulary
from esdemo.compatibility import compare, objection
from esdemo.domains import bank, loans
from esdemo.domains.bank import first
from esdemo.errors import NotAFact, UnknownType


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Two(enum.Enum):
    RED = "red"
    GREEN = "green"


class Size(enum.IntEnum):
    SMALL = 1
    LARGE = 12


class Seat(Event):
    row: int
    letter: str = "a"


def event(name, *fields, **options):
    """A class of an event, made when the test runs."""
    return msgspec.defstruct(name, fields, bases=(Event,), frozen=True, **options)


def between(low, high):
    return Annotated[int, Meta(ge=low, le=high)]


# By hand: each kind of change, in both directions.


AMOUNT = event("Paid", ("amount", int))
CHANGES = {
    "nothing": ([("amount", int)], {}, "full"),
    "a field with a default": ([("amount", int), ("note", str, "")], {}, "backward"),
    "a field without a default": ([("amount", int), ("note", str)], {}, "none"),
    "a field removed": ([], {}, "none"),
    "a field renamed": ([("cents", int)], {}, "none"),
    "a field renamed in the code alone": (
        [("cents", int)],
        {"rename": {"cents": "amount"}},
        "full",
    ),
    "narrower values": ([("amount", between(0, 100))], {}, "forward"),
    "wider values": ([("amount", int | str)], {}, "backward"),
    "another type": ([("amount", str)], {}, "none"),
    "a class renamed": ([("amount", int)], {"tag": "Settled"}, "none"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_each_kind_of_change_has_its_verdict(change):
    fields, options, verdict = CHANGES[change]
    assert compare(AMOUNT, event("Paid", *fields, **options)).verdict == verdict


def kinds(breaks):
    return [(each.name, each.field, each.kind) for each in breaks]


def test_every_field_that_does_not_fit_is_named_at_once():
    new = event("Paid", ("amount", between(1, 9)), ("to", str), ("on", date))
    old = event("Paid", ("amount", int), ("memo", bool))
    assert kinds(compare(old, new).backward) == [
        ("Paid", "memo", "unknown field"),
        ("Paid", "on", "missing field"),
        ("Paid", "to", "missing field"),
    ]


def test_every_field_whose_values_are_narrower_is_named_and_no_default_is_blamed():
    old = event("Paid", ("amount", int), ("to", str))
    new = event(
        "Paid",
        ("amount", between(1, 9)),
        ("to", Annotated[str, Meta(max_length=9)]),
        ("on", str, ""),
    )
    assert kinds(compare(old, new).backward) == [
        ("Paid", "amount", "narrower values"),
        ("Paid", "to", "narrower values"),
    ]


def test_a_hole_in_the_middle_of_many_values_is_found():
    some = tuple(number for number in range(100, 301) if number != 222)
    new = event("Paid", ("amount", Literal[some]))
    (broken,) = compare(event("Paid", ("amount", between(100, 300))), new).backward
    assert '"amount":222' in broken.example


def test_a_renamed_field_gets_the_advice_to_keep_its_stored_name():
    (gone, *_) = compare(AMOUNT, event("Paid", ("cents", int))).backward
    assert "rename={'cents': 'amount'}" in gone.why


def test_a_renamed_class_gets_the_advice_to_keep_its_stored_name():
    (gone,) = compare(AMOUNT, event("Settled", ("amount", int))).backward
    assert "class Settled(..., tag='Paid')" in gone.why
    assert compare(AMOUNT, event("Settled", ("amount", int), tag="Paid")).verdict == "full"


def test_an_upcaster_is_tried_with_values_at_the_edges():
    def scaled(payload):
        return {"type": "Paid.2", "percent": 100 // payload["share"]}

    new = event("Paid2", ("percent", int), tag="Paid.2")
    old = event("Paid", ("share", between(0, 50)))
    (broken,) = compare(old, Vocabulary(new, {"Paid": scaled})).backward
    assert (broken.kind, broken.field) == ("upcaster fails", "share")
    assert "ZeroDivisionError" in broken.why
    assert '"share":0' in broken.example


def test_a_chain_of_upcasters_is_walked_to_its_end():
    chain = {
        "Paid": lambda old: old | {"type": "Paid.2"},
        "Paid.2": lambda old: {"type": "Paid.3", "cents": old["amount"] * 100},
    }
    bounded = event("Paid", ("amount", between(0, 10**6)))
    new = event("Third", ("cents", int), tag="Paid.3")
    assert compare(bounded, Vocabulary(new, chain)).verdict == "backward"
    del chain["Paid.2"]
    (broken,) = compare(bounded, Vocabulary(new, chain)).backward
    assert "Invalid value 'Paid.2'" in broken.why


def test_a_number_that_an_upcaster_makes_too_large_is_found():
    """Int64 in euros is more than Int64 in cents: only a bound on the old field makes it safe."""
    new = Vocabulary(
        event("Third", ("cents", between(0, 10**9)), tag="Paid.2"),
        {"Paid": lambda old: {"type": "Paid.2", "cents": old["amount"] * 100}},
    )
    assert compare(event("Paid", ("amount", between(0, 10**8))), new).backward != ()
    assert compare(event("Paid", ("amount", between(0, 10**7))), new).backward == ()


def test_a_default_that_changed_is_said_though_nothing_fails():
    old = event("Paid", ("amount", int), ("currency", str, "EUR"))
    new = event("Paid", ("amount", int), ("currency", str, "USD"))
    found = compare(old, new)
    assert found.verdict == "full"
    assert found.quiet == ("Paid.currency is 'USD' where it was 'EUR', when it was not stored",)


def test_a_name_that_only_upcasters_know_is_tried_when_something_stored_is_given():
    step = {"Paid": lambda old: {"type": "Paid.2", "cents": old["amount"]}}
    second = event("Second", ("cents", int), tag="Paid.2")
    old = Vocabulary(second, step)
    assert compare(old, old).untried == (
        "Paid: older than both; give payloads of it that are stored",
    )
    assert compare(old, old, ['{"type":"Paid","amount":5}']).untried == ()
    careless = Vocabulary(second, {"Paid": lambda old: {"type": "Paid.2", "cents": old["Amount"]}})
    (broken,) = compare(old, careless, ['{"type":"Paid","amount":5}']).backward
    assert broken.kind == "upcaster fails"
    assert "KeyError('Amount')" in broken.why


def test_an_upcaster_that_was_thrown_away_is_missed():
    second = event("Second", ("cents", int), tag="Paid.2")
    old = Vocabulary(second, {"Paid": lambda old: {"type": "Paid.2", "cents": 1}})
    assert kinds(compare(old, second).backward) == [("Paid", "", "unknown name")]


def test_a_message_in_a_message_is_looked_into():
    old = event("Taken", ("seat", Seat))
    new = event("Taken", ("seat", event("Seat", ("row", between(1, 40)), ("letter", str, "a"))))
    assert compare(old, new).verdict == "forward"


def test_a_type_that_nothing_can_be_made_of_says_so():
    odd = event("Odd", ("code", Annotated[str, Meta(pattern="^[qz]{17}$")]))
    assert compare(odd, odd).untried[0] == (
        "Odd: no message could be made of it; give some that are stored"
    )


@pytest.mark.parametrize("messages", [bank.BankMessage, loans.LoanMessage, first.FirstMessage])
def test_every_packaged_vocabulary_is_compatible_with_itself(messages):
    found = compare(messages, messages)
    assert (found.verdict, found.quiet, found.untried) == ("full", (), ())


def test_the_comparison_says_everything_in_sentences():
    said = str(compare(AMOUNT, event("Paid", ("cents", int))))
    assert said.startswith("compatible: none\nnew code cannot read the old Paid.amount: unknown")


@pytest.mark.parametrize("wrong", [None, "Paid", 5, int, [AMOUNT], AMOUNT | int])
def test_what_is_not_a_vocabulary_is_refused_by_name(wrong):
    with pytest.raises((UnknownType, NotAFact)):
        compare(AMOUNT, wrong)


# By chance: shapes of every kind, changed in every way.


WORDS = st.text(max_size=12)
CODES = st.sampled_from(["a", "b", "c", "d"])
MOMENTS = st.datetimes(timezones=st.just(UTC))


@st.composite
def fields(draw):
    """A type of a field, with values of it."""
    low = draw(st.integers(-300, 300))
    high = low + draw(st.integers(0, 300))
    short = draw(st.integers(0, 4))
    long = short + draw(st.integers(0, 9))
    step = draw(st.integers(1, 7))
    few = tuple(sorted(draw(st.sets(CODES, min_size=1))))
    some = tuple(sorted(draw(st.sets(st.integers(0, 9), min_size=1))))
    sized = Meta(min_length=short, max_length=long)
    return draw(
        st.sampled_from(
            [
                (int, st.integers(-(2**63), 2**63 - 1)),
                (between(low, high), st.integers(low, high)),
                (Annotated[int, Meta(gt=low)], st.integers(low + 1, low + 10**6)),
                (Annotated[int, Meta(lt=high)], st.integers(high - 10**6, high - 1)),
                (Annotated[int, Meta(multiple_of=step)], st.integers(-99, 99).map(step.__mul__)),
                (str, WORDS),
                (Annotated[str, sized], st.text(min_size=short, max_size=long)),
                (Literal[few], st.sampled_from(few)),
                (Literal[some], st.sampled_from(some)),
                (bool, st.booleans()),
                (int | None, st.none() | st.integers(-9, 9)),
                (str | None, st.none() | WORDS),
                (int | str, st.integers(-9, 9) | WORDS),
                (tuple[int, ...], st.lists(st.integers(-9, 9), max_size=4).map(tuple)),
                (tuple[int, str], st.tuples(st.integers(-9, 9), WORDS)),
                (tuple[bool, ...], st.lists(st.booleans(), max_size=4).map(tuple)),
                (
                    Annotated[tuple[str, ...], sized],
                    st.lists(WORDS, min_size=short, max_size=long).map(tuple),
                ),
                (Colour, st.sampled_from(Colour)),
                (Two, st.sampled_from(Two)),
                (Size, st.sampled_from(Size)),
                (date, st.dates()),
                (datetime, MOMENTS),
                (Decimal, st.decimals(-999, 999, places=2)),
                (uuid.UUID, st.uuids()),
                (bytes, st.binary(max_size=6)),
                (Seat, st.builds(Seat, st.integers(-9, 9), WORDS)),
                (Seat | None, st.none() | st.builds(Seat, st.integers(-9, 9), WORDS)),
            ]
        )
    )


NAMES = st.sampled_from(["amount", "note", "source", "on"])


@st.composite
def shapes(draw):
    """A class of an event, and messages of it."""
    chosen = draw(st.dictionaries(NAMES, fields(), max_size=3))
    declared, values = [], {}
    for name, (hint, some) in chosen.items():
        with_default = draw(st.booleans())
        declared.append((name, hint, draw(some)) if with_default else (name, hint))
        values[name] = some
    declared.sort(key=len)  # those without a default first
    try:
        cls = event("Paid", *declared)
        Vocabulary(cls)
    except (NotAFact, TypeError):
        assume(False)
    return cls, st.fixed_dictionaries(values).map(lambda kept: cls(**kept))


@given(shapes(), shapes(), st.data())
@settings(max_examples=150)
def test_what_is_called_compatible_is_read_and_a_break_is_proved(one, other, data):
    (old, messages), (new, _) = one, other
    found = compare(old, new)
    for each in found.backward:
        assert objection(Vocabulary(old), each.example) is None
        assert objection(Vocabulary(new), each.example)
    for each in found.forward:
        assert objection(Vocabulary(new), each.example) is None
        assert objection(Vocabulary(old), each.example)
    if not found.backward and not found.untried:
        for _ in range(4):
            message = data.draw(messages)
            try:
                stored = Vocabulary(old).encode(message)
            except NotAFact:
                continue
            assert objection(Vocabulary(new), stored) is None


@st.composite
def narrowings(draw):
    """Two classes with one field, of types that are near to each other."""
    (hint, some), (other, _) = draw(fields()), draw(fields())
    return event("Paid", ("value", hint)), some, event("Paid", ("value", other))


@given(narrowings(), st.data())
@settings(max_examples=200)
def test_the_edges_of_a_field_are_enough_to_tell(case, data):
    old, some, new = case
    try:
        written, read = Vocabulary(old), Vocabulary(new)
    except NotAFact:
        assume(False)
    if compare(old, new).backward:
        return
    for _ in range(6):
        try:
            stored = written.encode(old(data.draw(some)))
        except NotAFact:
            continue
        assert objection(read, stored) is None


def test_commands_are_compared_as_events_are():
    old = msgspec.defstruct("Pay", [("amount", int)], bases=(Command,), frozen=True)
    new = msgspec.defstruct("Pay", [("amount", between(1, 9))], bases=(Command,), frozen=True)
    assert compare(old, new).verdict == "forward"
