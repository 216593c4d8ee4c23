"""The contract: what every store promises, each test run in every home."""

import sqlite3
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import independent
import msgspec
import pandas
import psycopg
import pytest
from conftest import START, contents
from hypothesis import given
from hypothesis import strategies as st
from tally import Add, Added, Take, Taken, TallyMessage, tally

from esdemo import Application, Conflict, MemoryStore, Rejected, SQLiteStore, audit
from esdemo.clocks import ManualClock, numbered, ticking, to_text
from esdemo.errors import (
    Busy,
    CommandIdReused,
    EsdemoError,
    InvalidMoment,
    InvalidStream,
    NothingToAppend,
    UnknownType,
    WrongOwner,
)
from esdemo.events import GENESIS
from esdemo.stores import Unless
from esdemo.stores.postgres import queries as postgres_queries
from esdemo.stores.rows import EventRow, Transaction
from esdemo.stores.sqlite import queries as sqlite_queries

MINUTE = timedelta(minutes=1)
TOKYO = timezone(timedelta(hours=9))


def add(store, stream, *amounts, **options):
    """Appends one Added per amount at the stream's end."""
    events = [Added(amount) for amount in amounts]
    return store.append(stream, events, expected_version=store.version(stream), **options)


# Appending and reading.


def test_a_new_store_is_empty(store):
    assert (store.position, store.version("a"), store.streams()) == (0, 0, [])
    assert contents(store) == ([], [], [])
    assert list(store.events("a")) == []
    assert store.decision("nobody") is None


def test_append_returns_what_is_stored(store):
    stored = add(store, "a", 1, 2) + add(store, "b", 3)
    assert stored == tuple(store.recorded())
    assert [fact.event for fact in stored] == [Added(1), Added(2), Added(3)]
    assert [(fact.position, fact.stream, fact.version) for fact in stored] == [
        (1, "a", 1),
        (2, "a", 2),
        (3, "b", 1),
    ]


def test_an_envelope_keeps_who_and_why(store):
    yesterday = datetime(2026, 1, 4, 12, tzinfo=TOKYO)
    why = {"command_id": "c", "correlation_id": "k", "actor": "ann"}
    (fact,) = add(store, "a", 1, effective_at=yesterday, **why)
    assert (fact.command_id, fact.correlation_id, fact.actor) == ("c", "k", "ann")
    assert (fact.recorded_at, fact.effective_at) == (START, yesterday)
    assert fact.effective_at.tzinfo is UTC or fact.effective_at.utcoffset() == timedelta(0)


def test_what_happened_when_it_was_recorded_is_effective_then(store):
    (fact,) = add(store, "a", 1)
    assert fact.effective_at == fact.recorded_at == START


def test_a_short_repr_names_the_fact(store):
    add(store, "a", 1)
    (fact,) = add(store, "a", 2)
    assert repr(fact) == "#2 a/2 Added(amount=2)"
    assert repr(store).endswith("Store(2 events in 1 streams)")


@pytest.mark.parametrize("after", [0, 1, 4, 5, 9])
@pytest.mark.parametrize("until", [None, 0, 1, 4, 5, 9])
def test_a_slice_of_a_stream_is_the_slice_of_a_list(store, after, until):
    add(store, "b", 100)
    add(store, "a", 1, 2, 3, 4, 5)
    expected = [Added(n) for n in (1, 2, 3, 4, 5)][after:until]
    assert list(store.events("a", after, until)) == expected
    assert [fact.event for fact in store.recorded("a", after, until)] == expected
    assert [fact.position for fact in store.recorded(None, after, until)] == [*range(1, 7)][
        after:until
    ]


def test_a_place_before_the_beginning_is_the_same_in_every_home(new_store):
    """A negative version is refused, or means 0; it never counts from the end."""
    store = new_store()
    add(store, "a", 1, 2, 3)
    for read in (store.events, store.recorded):
        try:
            found = [len(list(read("a", -1))), len(list(read("a", 0, -1)))]
        except EsdemoError:
            continue
        assert found == [3, 0]
    store.record("a", Take(9), Rejected("no"), expected_version=3, command_id="c")
    assert len(list(store.decisions(None, -1))) == len(list(store.decisions("a", -1))) == 1
    assert list(store.decisions(None, 0, -1)) == []


@pytest.mark.parametrize("far", [2**63 - 1, 2**63, 2**100])
def test_a_place_behind_every_end_is_no_error(store, far):
    store.record("a", Take(9), Rejected("no"), expected_version=0, command_id="c")
    for read in (store.recorded, store.decisions):
        assert list(read(None, far)) == list(read("a", far)) == list(read(None, 0, -far)) == []
        assert list(read(None, 0, far)) == list(read(None))


def test_pages_are_joined_without_a_seam(store):
    amounts = range(2_500)
    add(store, "a", *amounts)
    assert [event.amount for event in store.events("a")] == list(amounts)
    assert [event.amount for event in store.events("a", 999, 2_001)] == list(range(999, 2_001))
    assert [fact.version for fact in store.recorded("a")] == list(range(1, 2_501))


def test_decisions_of_one_stream_are_found_among_thousands_of_others(new_store):
    store = new_store()
    busy = Application(tally, store, ids=numbered("cmd"))
    for number in range(2_100):
        busy.handle("rare" if number in (3, 1_500, 2_050) else "common", Take(1))
    assert [decision.number for decision in store.decisions("rare")] == [4, 1_501, 2_051]
    assert [decision.number for decision in store.decisions("rare", 4, 1_501)] == [1_501]
    assert len(list(store.decisions())) == 2_100


def test_a_reader_in_the_middle_may_see_what_is_appended_meanwhile_and_skips_nothing(store):
    add(store, "a", *range(1_500))
    reader = store.events("a")
    first = [next(reader).amount for _ in range(10)]
    add(store, "a", 1_500, 1_501)
    assert first + [event.amount for event in reader] == list(range(1_502))


def test_a_reader_that_is_left_half_way_holds_nothing_up(store):
    add(store, "a", *range(1_500))
    next(store.events("a"))
    next(store.recorded())
    add(store, "a", 7)
    assert store.version("a") == 1_501


def test_streams_are_listed_in_the_order_of_their_first_event(store):
    for stream in ("b", "a", "b", "c", "a"):
        add(store, stream, 1)
    assert store.streams() == ["b", "a", "c"]


LOOKALIKES = [
    *("a", "A", "a ", " a", "a\u0301", "\u00e1", "\u0430", "a%", "a_", "a*", "a'", 'a"', "a;--"),
    *(
        "1",
        "01",
        "1.0",
        "None",
        "\uff21",
        "東京",
        "\U0001f600",
        "x" * 255,
        "position",
        "a/b",
        "a\\b",
    ),
]


def test_streams_with_names_that_look_alike_are_kept_apart(store):
    for number, stream in enumerate(LOOKALIKES):
        add(store, stream, number)
    assert store.streams() == LOOKALIKES
    for number, stream in enumerate(LOOKALIKES):
        assert list(store.events(stream)) == [Added(number)]


def test_a_payload_of_many_megabytes_comes_back(new_store):
    store = new_store()
    many = tuple(range(300_000))
    store.record("a", Add(many), Rejected("x" * 10_000_000), expected_version=0, command_id="big")
    assert store.decision("big").command == Add(many)
    assert len(store.decision("big").reason) == 10_000_000


@pytest.mark.parametrize("text", ["", "\u2028\x7f\x1b[31m", "'; DROP TABLE events; --"])
def test_any_text_can_be_an_actor_or_a_reason(store, text):
    (fact,) = add(store, "a", 1, actor=text, correlation_id=text, command_id=text)
    assert (fact.actor, fact.correlation_id, fact.command_id) == (text,) * 3
    decision = store.record("a", Take(5), Rejected(text), expected_version=1, command_id="c")
    assert store.decision("c") == decision
    assert decision.reason == text
    assert decision.refused


# The expected version.


@pytest.mark.parametrize("expected", [0, 1, 3, 10**18])
def test_any_version_but_the_last_is_a_conflict_that_says_where_the_stream_is(store, expected):
    add(store, "a", 1, 2)
    before = contents(store)
    with pytest.raises(Conflict, match=f"'a' is at version 2, not {expected}"):
        store.append("a", [Added(1)], expected_version=expected)
    assert contents(store) == before


def test_work_inside_of_other_work_is_undone_alone(store):
    add(store, "a", 1)

    def part():
        add(store, "a", 2)
        add(store, "b", 3, 4)
        raise KeyError("a bug")

    def work():
        with suppress(KeyError):
            store.alone(part)
        add(store, "b", 5)

    store.alone(work)
    assert [fact.event.amount for fact in store.recorded()] == [1, 5]
    assert audit.verify(store).wrong is None


def test_nothing_follows_a_fact_that_was_undone(sqlite_store):
    """Another store fills its place meanwhile; the next hash must stand on what is there."""
    first, second = sqlite_store(), sqlite_store()

    def work():
        first.append("a", [Added(1)], expected_version=0)
        raise KeyError("a bug")

    with suppress(KeyError):
        first.alone(work)
    second.append("a", [Added(50)], expected_version=0)
    first.append("a", [Added(2)], expected_version=1)
    assert audit.verify(first).wrong is None


def test_a_refusal_decided_on_a_stale_state_is_a_conflict_not_a_fact(store):
    add(store, "a", 1)
    with pytest.raises(Conflict):
        store.record("a", Take(1), Rejected("no"), expected_version=0, command_id="late")
    assert store.decision("late") is None


def test_a_decision_without_events_is_checked_too(store):
    add(store, "a", 1)
    with pytest.raises(Conflict):
        store.record("a", Add(()), [], expected_version=0, command_id="late")
    store.record("a", Add(()), [], expected_version=1, command_id="now")
    assert store.decision("now").events == ()


def test_the_expected_version_cannot_be_left_out(store):
    with pytest.raises(TypeError, match="expected_version"):
        store.append("a", [Added(1)])


@pytest.mark.parametrize("expected", [None, -1, True, False, 0.0, "0"])
def test_an_expected_version_is_a_whole_number(store, expected):
    with pytest.raises(InvalidMoment, match="expected_version"):
        store.append("a", [Added(1)], expected_version=expected)
    assert contents(store) == ([], [], [])


# Decisions.


def test_a_decision_keeps_command_outcome_and_causes(store):
    decision = store.record(
        *("a", Add((1, 2)), [Added(1), Added(2)]),
        expected_version=0,
        command_id="c-2",
        correlation_id="k",
        causation_id="c-1",
        actor="ann",
    )
    assert store.decision("c-2") == decision == next(store.decisions())
    assert (decision.number, decision.stream, decision.version, decision.position) == (1, "a", 2, 2)
    assert (decision.command, decision.reason, decision.refused) == (Add((1, 2)), None, False)
    assert decision.events == tuple(store.recorded())
    assert (decision.correlation_id, decision.causation_id, decision.actor) == ("k", "c-1", "ann")
    assert {fact.command_id for fact in decision.events} == {"c-2"}
    assert {fact.correlation_id for fact in decision.events} == {"k"}


def test_a_first_cause_starts_a_correlation_of_its_own(store):
    decision = store.record("a", Add(()), [], expected_version=0, command_id="c")
    assert (decision.correlation_id, decision.causation_id) == ("c", "")


def test_a_refusal_is_in_no_stream(store):
    refusal = store.record("a", Take(1), Rejected("no"), expected_version=0, command_id="c")
    assert (refusal.refused, refusal.reason, refusal.events) == (True, "no", ())
    assert (store.version("a"), store.streams(), store.position) == (0, [], 0)


def test_a_repeated_command_id_gives_back_the_first_outcome_and_stores_nothing(store):
    ask = {"expected_version": 0, "command_id": "c"}
    first = store.record("a", Add((1,)), [Added(1)], **ask)
    before = contents(store)
    assert store.record("a", Add((1,)), [Added(1)], **ask) == first
    assert store.record("a", Add((1,)), Rejected("too late"), **ask) == first
    assert contents(store) == before


@pytest.mark.parametrize(("stream", "command"), [("b", Add((1,))), ("a", Add((2,)))])
def test_a_command_id_used_for_something_else_is_an_error_that_names_both(store, stream, command):
    store.record("a", Add((1,)), [Added(1)], expected_version=0, command_id="c")
    before = contents(store)
    with pytest.raises(CommandIdReused) as error:
        store.record(stream, command, [], expected_version=0, command_id="c")
    said = str(error.value)
    assert "'a'" in said
    assert f"{stream!r}" in said
    assert f"{command}" in said
    assert contents(store) == before


def test_a_command_needs_an_id(store):
    with pytest.raises(CommandIdReused, match="id"):
        store.record("a", Add(()), [], expected_version=0, command_id="")


# What is refused before anything is written.


@pytest.mark.parametrize(
    "stream", ["", "x" * 256, "a\nb", "a\0", "\ud800", "\u200b", None, 7, b"a", ("a",)], ids=ascii
)
def test_a_stream_name_is_short_printable_text(store, stream):
    with pytest.raises(InvalidStream, match="1 to 255"):
        store.append(stream, [Added(1)], expected_version=0)
    with pytest.raises(InvalidStream):
        store.record(stream, Add(()), [], expected_version=0, command_id="c")
    assert contents(store) == ([], [], [])


@pytest.mark.parametrize("nothing", [[], (), iter(())], ids=["list", "tuple", "iterator"])
def test_appending_nothing_is_an_error(store, nothing):
    with pytest.raises(NothingToAppend, match="nothing to append to 'a'"):
        store.append("a", nothing, expected_version=0)


def test_one_bad_event_keeps_its_whole_batch_out(store):
    with pytest.raises(EsdemoError):
        store.append("a", [Added(1), Added(1.5), Added(2)], expected_version=0)
    assert contents(store) == ([], [], [])


def test_a_command_is_no_event(store):
    """What a decide that returns its command by mistake would leave in the stream for ever."""
    with pytest.raises(UnknownType):
        store.append("a", [Take(1)], expected_version=0)
    with pytest.raises(UnknownType):
        store.record("a", Take(1), [Take(1)], expected_version=0, command_id="c")
    assert contents(store) == ([], [], [])


def test_an_event_is_no_command(store):
    with pytest.raises(UnknownType):
        store.record("a", Taken(1), [Taken(1)], expected_version=0, command_id="c")
    assert contents(store) == ([], [], [])


@pytest.mark.parametrize("field", ["actor", "command_id", "correlation_id"])
@pytest.mark.parametrize("value", [7, None, b"ann", "\ud800", True, "a\0b"], ids=ascii)
def test_the_envelope_is_text(store, field, value):
    """A number would be turned into text by SQLite, after its hash was made."""
    with pytest.raises(EsdemoError):
        store.append("a", [Added(1)], expected_version=0, **{field: value})
    with pytest.raises(EsdemoError):
        store.record(
            "a", Add((1,)), [Added(1)], expected_version=0, **{"command_id": "c", field: value}
        )
    assert contents(store) == ([], [], [])


def test_a_reason_that_cannot_be_stored_is_refused_by_name(store):
    with pytest.raises(EsdemoError):
        store.record("a", Take(1), Rejected("\ud800"), expected_version=0, command_id="c")
    assert contents(store) == ([], [], [])


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 1, 5),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))),
        datetime.min.replace(tzinfo=TOKYO),
        "2026-01-05",
        20260105,
        START.date(),
        START.timetz(),
        pandas.NaT,
    ],
    ids=str,
)
def test_a_moment_is_an_aware_datetime(store, moment):
    add(store, "a", 1)
    before = contents(store)
    with pytest.raises(InvalidMoment):
        store.append("a", [Added(1)], expected_version=1, effective_at=moment)
    with pytest.raises(InvalidMoment):
        store.version_at("a", moment)
    with pytest.raises(InvalidMoment):
        store.position_at(moment)
    assert contents(store) == before


def broken_clock():
    raise OSError("no battery")


@pytest.mark.parametrize(
    ("clock", "error"), [(broken_clock, OSError), (lambda: datetime(2026, 1, 5), InvalidMoment)]
)
def test_a_clock_that_fails_leaves_nothing_behind(new_store, clock, error):
    store = new_store(clock=clock)
    with pytest.raises(error):
        store.append("a", [Added(1)], expected_version=0)
    assert contents(store) == ([], [], [])
    store.clock = ticking(START)
    assert add(store, "a", 1)[0].position == 1


# Time.


def test_recorded_at_never_goes_backwards(new_store):
    clock = ManualClock(START)
    store = new_store(clock=clock)
    moments = []
    for minutes in (5, -60, 2, 59, 1):
        clock.advance(minutes=minutes)
        moments += [fact.recorded_at for fact in add(store, "a", 1)]
    expected = [START + minutes * MINUTE for minutes in (5, 5, 5, 6, 7)]
    assert moments == expected


def test_a_refusal_moves_time_on_too(new_store):
    clock = ManualClock(START)
    store = new_store(clock=clock)
    store.record("a", Take(1), Rejected("no"), expected_version=0, command_id="c")
    clock.advance(hours=-1)
    assert add(store, "b", 1)[0].recorded_at == START


def test_a_clock_in_another_zone_is_kept_in_utc(new_store):
    store = new_store(clock=lambda: datetime(2026, 1, 5, 18, tzinfo=TOKYO))
    (fact,) = add(store, "a", 1)
    assert (fact.recorded_at, fact.recorded_at.utcoffset()) == (START, timedelta(0))


def test_as_of_is_inclusive(store):
    for amount in (1, 2, 3):
        add(store, "a", amount)
    assert store.version_at("a", START - timedelta(microseconds=1)) == 0
    assert store.version_at("a", START) == 1
    assert store.version_at("a", START + MINUTE - timedelta(microseconds=1)) == 1
    assert store.version_at("a", (START + MINUTE).astimezone(TOKYO)) == 2
    assert store.version_at("a", START + 99 * MINUTE) == 3
    assert store.version_at("nobody", START) == 0
    assert store.position_at(START + MINUTE) == 2


@given(
    steps=st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(-2, 2), st.integers(1, 3)), max_size=25
    ),
    offset=st.integers(-3, 40),
)
def test_moments_are_found_as_a_search_through_all_would_find_them(steps, offset):
    """Many events share a time: the clock stands still, goes back, and appends are batches."""
    for make in (MemoryStore, lambda *args: SQLiteStore(":memory:", *args)):
        clock = ManualClock(START)
        with make(TallyMessage, clock) as store:
            for stream, minutes, count in steps:
                clock.advance(minutes=minutes)
                add(store, stream, *range(count))
            moment = START + offset * MINUTE
            before = [fact for fact in store.recorded() if fact.recorded_at <= moment]
            assert store.position_at(moment) == len(before)
            for stream in "abc":
                expected = sum(fact.stream == stream for fact in before)
                assert store.version_at(stream, moment) == expected


@given(moments=st.lists(st.datetimes(timezones=st.timezones()), min_size=2))
def test_moments_as_text_sort_as_moments(moments):
    try:
        texts = [to_text(moment) for moment in moments]
    except InvalidMoment:  # the first or last day of all, in another zone
        return
    assert len({len(text) for text in texts}) == 1
    assert sorted(texts) == [to_text(moment) for moment in sorted(moments)]


# The hash chain.


def test_each_stream_has_a_chain_of_its_own(store):
    for stream, amount in [("a", 1), ("b", 1), ("a", 2)]:
        add(store, stream, amount, actor="ann")
    heads = defaultdict(lambda: "0" * 64)
    for fact in store.recorded():
        data = f'{{"type":"Added","amount":{fact.event.amount}}}'
        moment = fact.recorded_at.isoformat(timespec="microseconds")
        columns = (fact.stream, fact.version, data, "", "", "ann", moment, moment)
        heads[fact.stream] = independent.link(heads[fact.stream], *columns)
        assert fact.hash == heads[fact.stream]


# Two programs in one place.


def test_what_others_write_is_seen_at_once(two_stores):
    one, other = two_stores
    for number in range(1, 6, 2):
        add(one, "a", number)
        add(other, "a", number + 1)
        assert contents(one) == contents(other)
    assert [fact.event.amount for fact in one.recorded()] == [1, 2, 3, 4, 5, 6]
    assert audit.verify(other).wrong is None


def test_of_two_who_decide_on_the_same_version_one_meets_a_conflict(two_stores):
    one, other = two_stores
    add(one, "a", 1)
    assert other.version("a") == 1
    add(one, "a", 2)
    with pytest.raises(Conflict):
        other.append("a", [Added(9)], expected_version=1)
    assert contents(one) == contents(other)


def test_a_command_id_that_another_program_used_gives_back_its_outcome(two_stores):
    one, other = two_stores
    add(other, "b", 7)
    first = one.record("a", Add((1,)), [Added(1)], expected_version=0, command_id="c")
    again = other.record("a", Add((1,)), [Added(1)], expected_version=0, command_id="c")
    assert again == first
    assert one.position == 2


def test_who_does_work_alone_is_never_overtaken_unawares(two_stores):
    """The other is kept out, or all that was done alone is undone by name."""
    one, other = two_stores

    def work():
        add(one, "a", 1)
        with suppress(Busy):
            add(other, "b", 2)
        add(one, "a", 3)

    with suppress(Conflict):
        one.alone(work)
    assert [fact.event.amount for fact in one.recorded()] in ([1, 3], [2])
    assert contents(one) == contents(other)


def test_others_are_kept_out_while_work_is_done_alone(two_stores):
    one, other = two_stores

    def work():
        add(one, "a", 1)
        with pytest.raises(Busy):
            add(other, "b", 2)

    one.alone(work)
    assert one.position == 1


def test_the_place_itself_refuses_what_does_not_fit(two_stores):
    """Not the code above it: a program with a bug gets no further than one without."""
    one, other = two_stores
    add(one, "a", 1)
    time = to_text(START + MINUTE)
    row = EventRow(7, "a", 7, '{"type":"Added","amount":1}', "", "", "", time, time, "")
    unchecked(other, row)
    assert one.position == 1


def unchecked(store, row):
    """Insert a row past every check of ours, whatever the place says to it."""
    kind = type(store).__name__
    if kind == "SQLiteStore":
        with suppress(sqlite3.Error):
            store.home.file.db.execute(sqlite_queries.INSERT_EVENT, row)
    elif kind == "PostgresStore":
        with suppress(psycopg.Error):
            store.connection.db.execute(postgres_queries.INSERT_EVENT, row)
    else:
        store.connection.publish(msgspec.json.encode([Transaction([row])]), 1, "")


# Ends.


def test_a_store_can_be_closed_twice_and_is_a_context_manager(new_store):
    with new_store() as store:
        add(store, "a", 1)
    store.close()
    assert "Store" in repr(store)  # a notebook may still show it


# Restoring.


def test_another_thread_restores_nothing(new_store):
    history = new_store()
    add(history, "a", 1, 2)
    rows = list(history.transactions())
    store = MemoryStore(TallyMessage, ticking(START))
    with ThreadPoolExecutor(1) as pool, pytest.raises(WrongOwner, match="of its own in each"):
        pool.submit(audit.restore, store, rows).result()
    assert contents(store) == ([], [], [])


def test_a_name_that_append_refuses_is_not_restored_either(store):
    time = to_text(START)
    row = EventRow(1, "two\nlines", 1, '{"type":"Added","amount":1}', "", "", "", time, time, "")
    with pytest.raises(InvalidStream):
        audit.restore(store, [Transaction([row._replace(hash=row.link(GENESIS))])])
    assert contents(store) == ([], [], [])


# Conditions: unless something that matters has come since.


def of(*amounts):
    """What matters: events of these amounts."""
    return lambda fact: fact.event.amount in amounts


def test_a_condition_lets_through_what_nothing_has_come_in_the_way_of(store):
    add(store, "a", 1, 2)
    (fact,) = store.append("b", [Added(3)], expected_version=0, unless=Unless(2, of(3)))
    assert (fact.position, fact.stream) == (3, "b")


def test_a_condition_refuses_when_what_matters_has_come_in_whatever_stream(store):
    add(store, "a", 1, 2)
    before = contents(store)
    with pytest.raises(Conflict, match=r"#2 a/2 Added\(amount=2\) has come since position 1"):
        store.append("b", [Added(3)], expected_version=0, unless=Unless(1, of(2)))
    assert contents(store) == before
    store.append("b", [Added(3)], expected_version=0, unless=Unless(1, of(9)))
    store.append("b", [Added(4)], expected_version=1, unless=Unless(2, of(2)))


def test_a_condition_counts_for_refusals_and_for_decisions_without_events(store):
    add(store, "a", 1)
    stale = Unless(0, of(1))
    for outcome in (Rejected("no"), [], [Added(5)]):
        with pytest.raises(Conflict):
            store.record("b", Add((5,)), outcome, expected_version=0, command_id="c", unless=stale)
    assert store.decision("c") is None
    now = Unless(1, of(1))
    assert store.record(
        "b", Take(5), Rejected("no"), expected_version=0, command_id="c", unless=now
    )


def test_a_repeated_command_is_given_back_whatever_has_come(store):
    ask = {"expected_version": 0, "command_id": "c"}
    first = store.record("a", Add((1,)), [Added(1)], **ask, unless=Unless(0, of(1)))
    assert store.record("a", Add((1,)), [Added(1)], **ask, unless=Unless(0, of(1))) == first
    assert store.position == 1


def test_a_condition_beside_an_expected_version_is_one_more_and_not_one_less(store):
    add(store, "a", 1)
    with pytest.raises(Conflict, match="'a' is at version 1, not 0"):
        store.append("a", [Added(2)], expected_version=0, unless=Unless(1, of()))


@pytest.mark.parametrize("since", [-1, 3, 10**18, True, None, 1.0, "1"])
def test_a_condition_is_about_a_position_that_the_log_has_reached(store, since):
    add(store, "a", 1, 2)
    before = contents(store)
    with pytest.raises(InvalidMoment, match="positions 0 to 2"):
        store.append("a", [Added(3)], expected_version=2, unless=Unless(since, of()))
    assert contents(store) == before


def test_a_condition_that_breaks_leaves_nothing_behind(store):
    add(store, "a", 1)

    def broken(fact):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.append("a", [Added(2)], expected_version=1, unless=Unless(0, broken))
    assert store.position == 1
    add(store, "a", 2)
    assert audit.verify(store).wrong is None


def test_what_another_connection_has_stored_counts(sqlite_store):
    """This store remembers an end of the log that is not the end any more."""
    first, second = sqlite_store(), sqlite_store()
    add(first, "a", 1)
    add(second, "b", 2)
    for since, lets_through in ((1, False), (2, True)):
        try:
            first.append("a", [Added(3)], expected_version=1, unless=Unless(since, of(2)))
        except Conflict:
            assert not lets_through
        else:
            assert lets_through
    assert audit.verify(second).wrong is None


def test_a_condition_within_other_work_sees_what_that_work_has_stored(store):
    def work():
        add(store, "a", 1)
        with pytest.raises(Conflict):
            store.append("b", [Added(2)], expected_version=0, unless=Unless(0, of(1)))
        store.append("b", [Added(2)], expected_version=0, unless=Unless(1, of(1)))

    store.alone(work)
    assert store.position == 2


@given(
    steps=st.lists(
        st.tuples(st.sampled_from("ab"), st.integers(1, 4), st.integers(0, 6), st.integers(1, 4)),
        max_size=20,
    )
)
def test_a_condition_says_what_a_search_through_the_list_would_say(steps):
    for make in (MemoryStore, lambda *args: SQLiteStore(":memory:", *args)):
        log = []
        with make(TallyMessage, ticking(START)) as store:
            for stream, amount, back, matter in steps:
                since = max(0, len(log) - back)
                allowed = matter not in log[since:]
                try:
                    version = store.version(stream)
                    unless = Unless(since, of(matter))
                    store.append(stream, [Added(amount)], expected_version=version, unless=unless)
                except Conflict:
                    assert not allowed
                else:
                    assert allowed
                    log.append(amount)
