"""Projections: a table is the fold of the first events, whatever happens on the way."""

import sqlite3
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import islice
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tally import Added, Taken, TallyMessage

from esdemo import Event, MemoryStore, SQLiteStore, frames
from esdemo.clocks import ticking
from esdemo.domains import bank
from esdemo.errors import Busy, NotAStore, NotFound, StoreError, Unreadable, WrongOwner
from esdemo.projections import (
    Beside,
    NotThisLog,
    Outdated,
    Poisoned,
    Projection,
    TooLate,
    View,
    by_stream,
    hostile,
)

START = datetime(2026, 1, 5, 9, tzinfo=UTC)


class Total(msgspec.Struct, frozen=True):
    """What is there, and how many events made it."""

    amount: int = 0
    events: int = 0


def add(row, fact):
    """The next row."""
    before = row or Total()
    amount = fact.event.amount if isinstance(fact.event, Added) else -fact.event.amount
    return Total(before.amount + amount, before.events + 1)


def strictly(row, fact):
    """The same, and it cannot take a 13."""
    if fact.event.amount == 13:
        raise ValueError("unlucky")
    return add(row, fact)


def doubled(row, fact):
    """Another version of the code."""
    before = row or Total()
    return Total(before.amount + 2 * fact.event.amount, before.events + 1)


def shout(before, after, fact):
    """A message when somebody passes 10."""
    if (before.amount if before else 0) <= 10 < after.amount:
        yield f"{fact.stream} has {after.amount}"


TOTALS = Projection("totals", Total, add)
STRICT = Projection("totals", Total, strictly)
DOUBLED = Projection("totals", Total, doubled)
SHOUTING = Projection("totals", Total, add, tells=shout)


@pytest.fixture
def log():
    """A store with eight events in three streams, in which b has a 13."""
    store = MemoryStore(TallyMessage, ticking(START))
    for stream, amount in zip("abacbabc", (5, 1, 7, 2, 13, 4, 3, 6), strict=True):
        append(store, stream, amount)
    return store


def append(store, stream, *amounts):
    events = [Added(amount) for amount in amounts]
    return store.append(stream, events, expected_version=store.version(stream))[-1].position


@pytest.fixture
def views(tmp_path, log):
    """Opens views in one file; all are closed at the end."""
    opened = []

    def make(projection=TOTALS, store=log, **options):
        opened.append(View(projection, store, tmp_path / "views.db", **options))
        return opened[-1]

    yield make
    for view in opened:
        view.close()


# The fold, and its table.


def test_a_view_is_the_fold_of_the_log(views, log):
    view = views()
    assert (view.position, view.rows()) == (0, {})
    assert view.catch_up() == 8
    assert view.rows() == {"a": Total(16, 3), "b": Total(17, 3), "c": Total(8, 2)}
    assert view.rows() == TOTALS.fold(log.recorded())
    assert view.get("b") == Total(17, 3)
    assert view.get("z") is None


def test_a_view_can_be_asked_in_sql_by_its_name(views):
    views().catch_up()
    found = views().file.rows("SELECT key, amount FROM totals WHERE amount > 10 ORDER BY key")
    assert found == [("a", 16), ("b", 17)]


def test_a_view_goes_up_to_a_position_and_on_from_there(views, log):
    view = views()
    assert view.catch_up(until=3) == 3
    assert view.rows() == TOTALS.fold(log.recorded(until=3))
    assert view.catch_up(until=2) == 0
    assert view.catch_up() == 5
    assert view.catch_up() == 0


@pytest.mark.parametrize("size", [1, 2, 3, 8, 1_000])
def test_the_size_of_a_batch_changes_nothing(views, log, size):
    view = views()
    assert view.catch_up(batch=size) == 8
    assert view.rows() == TOTALS.fold(log.recorded())


def test_rows_are_by_any_key_and_an_event_may_be_about_none(views, log):
    def parity(fact):
        return None if fact.event.amount == 13 else "odd" if fact.event.amount % 2 else "even"

    view = views(Projection("parity", Total, add, key=parity))
    view.catch_up()
    assert view.rows() == {"odd": Total(5 + 1 + 7 + 3, 4), "even": Total(2 + 4 + 6, 3)}
    assert view.position == 8


def test_a_row_can_go_away_and_come_back(views, log):
    def open_only(row, fact):
        after = add(row, fact)
        return None if after.amount == 0 else after

    projection = Projection("open_only", Total, open_only)
    view = views(projection)
    log.append("z", [Added(5), Taken(5)], expected_version=0)
    view.catch_up()
    assert view.get("z") is None
    assert "z" not in projection.fold(log.recorded())
    append(log, "z", 2)
    view.catch_up(batch=1)
    assert view.get("z") == Total(2, 1)


def test_a_row_keeps_dates_truths_and_what_is_missing(views, log):
    class Row(msgspec.Struct, frozen=True):
        day: date
        at: datetime
        big: bool
        share: float
        note: str | None = None

    def last(row, fact):
        amount = fact.event.amount
        return Row(fact.recorded_at.date(), fact.recorded_at, amount > 5, amount / 2)

    projection = Projection("kinds", Row, last)
    view = views(projection)
    view.catch_up()
    assert view.rows() == projection.fold(log.recorded())
    assert view.get("c") == Row(date(2026, 1, 5), START + timedelta(minutes=7), True, 3.0)


def test_many_views_share_a_file_and_two_processes_a_view(views):
    first, second = views(), views()
    other = views(Projection("again", Total, add))
    assert first.catch_up(until=4) == 4
    assert second.catch_up() == 4
    assert first.catch_up() == 0
    assert other.catch_up() == 8
    assert first.rows() == second.rows() == other.rows()


def test_a_view_beside_a_log_in_a_file_follows_its_other_connections(tmp_path):
    with (
        SQLiteStore(tmp_path / "log.db", TallyMessage) as writer,
        SQLiteStore(tmp_path / "log.db", TallyMessage, read_only=True) as reader,
        View(TOTALS, reader, tmp_path / "views.db") as view,
    ):
        view.wait_for(append(writer, "a", 1, 2), sleep=lambda _: view.catch_up())
        assert view.rows() == {"a": Total(3, 2)}


# Following, lag, reading one's own writes.


def test_lag_counts_events_and_says_since_when(views, log):
    view = views()
    assert view.lag() == (8, START)
    view.catch_up(until=6)
    assert view.lag() == (2, START + timedelta(minutes=6))
    view.catch_up()
    assert view.lag() == (0, None)


def test_following_takes_what_comes_and_sleeps_when_nothing_does(views, log):
    view, pauses = views(), []
    rounds = view.follow(pause=0.5, batch=3, sleep=pauses.append)
    assert [next(rounds), next(rounds)] == [8, 0]
    append(log, "a", 1, 1)
    assert [next(rounds), next(rounds)] == [2, 0]
    assert pauses == [0.5]


def test_one_can_wait_for_what_one_has_written(views, log):
    view = views()
    position = append(log, "z", 9)
    assert view.wait_for(position, sleep=lambda _: view.catch_up(until=view.position + 2)) == 9
    assert view.get("z") == Total(9, 1)


def test_waiting_ends_in_a_sentence_when_nobody_projects(views):
    with pytest.raises(TooLate, match="at 0, not at 8, after 0 seconds: does somebody run"):
        views().wait_for(8, timeout=0)
    assert issubclass(TooLate, TimeoutError)


# The hostile world. What is right is counted without the projection: from the log's own columns.


def by_counting(store):
    """Every total as a plain sum over the stored payloads."""
    sums, counts = Counter(), Counter()
    for row in store.event_rows():
        payload = msgspec.json.decode(row.data)
        sums[row.stream] += payload["amount"] * (1 if payload["type"] == "Added" else -1)
        counts[row.stream] += 1
    return {stream: Total(sums[stream], counts[stream]) for stream in counts}


class Crash(BaseException):
    """The process ends here."""


HISTORY = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 20), st.booleans()), max_size=40
)
WORLD = st.builds(
    hostile.World, st.integers(0, 60), st.integers(0, 90), st.integers(0, 60), st.integers(0, 12)
)


@settings(max_examples=60)
@given(history=HISTORY, world=WORLD, seed=st.integers(0, 10**6))
def test_whatever_the_world_does_the_view_is_what_a_count_gives(history, world, seed):
    store = MemoryStore(TallyMessage, ticking(START))
    for stream, amount, added in history:
        event = Added(amount) if added else Taken(amount)
        store.append(stream, [event], expected_version=store.version(stream))
    with View(TOTALS, store) as view:
        delivered = hostile.deliver(store.recorded(), receiving(view), seed, world)
        assert view.rows() == by_counting(store)
        assert view.position == len(history)
    assert {each.fact.position for each in delivered} == set(range(1, len(history) + 1))


def receiving(view):
    """A receiver that crashes when it is told to: in the middle of its transaction, or after it."""

    def receive(fact, crash):
        if crash != "before":
            return view.receive(fact)
        crashing(view, lambda: view.receive(fact))
        return False

    return receive


def crashing(view, work):
    """Work that ends with the process, after the rows were written and before the position was.

    Unless there is nothing to write. Either way, nothing has changed.
    """
    seen = view.position, view.rows()
    with pytest.MonkeyPatch.context() as patch, suppress(Crash):
        patch.setattr("esdemo.projections.tables.Table.reach", _crash)
        work()
    assert (view.position, view.rows()) == seen


def _crash(*_):
    raise Crash


class Cents(msgspec.Struct, frozen=True):
    """A balance, for a bank."""

    cents: int


def balance(row, fact):
    """By the rules' own evolve, from a state that has nothing but the balance."""
    account = bank.Account(row.cents if row else 0)
    return Cents(bank.evolve(account, fact.event).balance)


BALANCES_IN_SQL = """
WITH effect(kind, field, sign) AS (VALUES
    ('MoneyDeposited', 'amount', 1), ('TransferReceived', 'amount', 1),
    ('TransferReturned', 'amount', 1), ('EntryReversed', 'change', 1),
    ('MoneyWithdrawn', 'amount', -1), ('FeeCharged', 'amount', -1), ('TransferSent', 'amount', -1))
SELECT stream, sum(coalesce(sign * (data ->> field), 0))
FROM events LEFT JOIN effect ON kind = data ->> 'type' GROUP BY stream
"""
EFFECTS = {
    **dict.fromkeys(("MoneyDeposited", "TransferReceived", "TransferReturned"), "amount"),
    **dict.fromkeys(("MoneyWithdrawn", "FeeCharged", "TransferSent"), "-amount"),
    "EntryReversed": "change",
}


@settings(max_examples=10)
@given(accounts=st.integers(2, 5), days=st.integers(1, 40), seed=st.integers(0, 10**6), world=WORLD)
def test_a_view_in_a_hostile_world_pandas_and_sql_give_the_same_balances(
    accounts, days, seed, world
):
    with TemporaryDirectory() as folder:
        path = f"{folder}/bank.db"
        life = bank.simulate(
            accounts, days, seed, store=lambda clock: SQLiteStore(path, bank.BankMessage, clock)
        )
        with life.store as store, View(Projection("balances", Cents, balance), store) as view:
            hostile.deliver(store.recorded(), receiving(view), seed, world)
            by_view = {name: row.cents for name, row in view.rows().items()}
            log = frames.log(store)
        known = {kind: name for kind, name in EFFECTS.items() if kind in set(log["event"])}
        by_pandas = frames.running(log, known)["total"].groupby(log["stream"]).last().to_dict()
        with closing(sqlite3.connect(path)) as db:
            by_sql = dict(db.execute(BALANCES_IN_SQL).fetchall())
    assert by_view == by_pandas == by_sql


@settings(max_examples=40)
@given(history=HISTORY, stops=st.lists(st.integers(1, 7), max_size=12), size=st.integers(1, 9))
def test_pulling_with_crashes_between_batches_gives_what_a_count_gives(history, stops, size):
    store = MemoryStore(TallyMessage, ticking(START))
    waiting = iter(history)
    with View(TOTALS, store) as view:
        for stop in stops:
            for stream, amount, _ in islice(waiting, stop):
                append(store, stream, amount)
            crashing(view, lambda: view.catch_up(batch=size))
            view.catch_up(batch=size, until=view.position + stop - 1)
        view.catch_up(batch=size)
        assert view.rows() == by_counting(store)


def test_the_crash_of_these_tests_is_one(log):
    """What was written is taken back: without the crash it would have stayed."""
    with View(TOTALS, log) as view:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("esdemo.projections.tables.Table.reach", _crash)
            with pytest.raises(Crash):
                view.catch_up()
        assert view.rows() == {}
        view.catch_up()
        assert view.position == 8


def test_the_world_is_the_same_for_the_same_seed_and_every_kind_of_trouble_comes(log):
    def yes(fact, crash):
        return True

    first, second = (hostile.deliver(log.recorded(), yes, 7) for _ in range(2))
    other = hostile.deliver(log.recorded(), yes, 8)
    assert first == second != other
    many = hostile.deliver((fact for _ in range(20) for fact in log.recorded()), yes, 1)
    assert {each.crash for each in many} == {"", "before", "after"}
    positions = [each.fact.position for each in first]
    assert positions != sorted(positions)
    assert max(Counter(positions).values()) > 1
    assert set(positions) == set(range(1, 9))


def test_a_kind_world_delivers_each_event_once_and_in_order(log):
    delivered = hostile.deliver(log.recorded(), lambda fact, crash: True, 1, hostile.KIND)
    assert [each.fact.position for each in delivered] == list(range(1, 9))
    assert {repr(each) for each in delivered} == {f"#{n} acknowledged" for n in range(1, 9)}


def test_a_receiver_that_refuses_for_ever_is_named(log):
    with pytest.raises(RuntimeError, match="brought 1000 times and never acknowledged"):
        hostile.deliver(log.recorded(), lambda fact, crash: False, 1, hostile.KIND)


def careless(total, fact):
    """Adds up whatever comes."""
    return total + fact.event.amount


def careful(state, fact):
    """Takes only the event that is next."""
    position, total = state
    if fact.position > position + 1:
        return None
    if fact.position <= position:
        return state
    return fact.position, total + fact.event.amount


def test_a_careless_receiver_is_found_out_by_the_world_and_a_careful_one_is_not(log):
    for amount in range(30):
        append(log, "d", amount)
    truth = sum(fact.event.amount for fact in log.recorded())
    assert hostile.live(careless, 0, log.recorded(), 1, hostile.KIND) == truth
    for seed in range(30):
        assert hostile.live(careless, 0, log.recorded(), seed) != truth
        assert hostile.live(careful, (0, 0), log.recorded(), seed) == (38, truth)


def test_a_state_that_is_changed_in_place_is_lost_in_a_crash_like_any_other(log):
    def in_place(state, fact):
        if fact.position != len(state) + 1:
            return state if fact.position <= len(state) else None
        state.append(fact.event.amount)
        return state

    for seed in range(20):
        amounts = hostile.live(in_place, [], log.recorded(), seed)
        assert amounts == [fact.event.amount for fact in log.recorded()]


def test_a_crash_before_the_commit_throws_the_work_away_and_one_after_it_does_not(log):
    def yes(fact, crash):
        return True

    def count(number, fact):
        return number + 1

    def note(notes, fact):
        notes.append(fact.position)
        return notes

    for seed in range(20):
        delivered = hostile.deliver(log.recorded(), yes, seed)
        committed = [each.fact.position for each in delivered if each.crash != "before"]
        assert hostile.live(count, 0, log.recorded(), seed) == len(committed)
        assert hostile.live(note, [], log.recorded(), seed) == committed


def test_delivered_events_are_taken_in_order_and_once(views, log):
    view, facts = views(), list(log.recorded())
    assert view.receive(facts[1]) is False
    assert view.position == 0
    assert [view.receive(facts[n]) for n in (0, 1, 0, 1, 3)] == [True, True, True, True, False]
    assert view.rows() == TOTALS.fold(facts[:2])


# Poison.


def test_poison_stops_before_it_and_keeps_what_was_before(views, log):
    view = views(STRICT)
    with pytest.raises(Poisoned, match=r"stops before position 5: ValueError: unlucky") as stopped:
        view.catch_up()
    assert stopped.value.position == 5
    assert view.position == 4
    assert view.rows() == TOTALS.fold(log.recorded(until=4))
    with pytest.raises(Poisoned):
        view.catch_up()


@pytest.mark.parametrize("size", [2, 1_000])
def test_poison_is_parked_with_all_that_builds_on_it(views, log, size):
    view = views(STRICT, poison="park")
    assert view.catch_up(batch=size) == 8
    assert view.rows() == {"a": Total(16, 3), "b": Total(1, 1), "c": Total(8, 2)}
    first, second = view.set_aside()
    assert (first.position, first.key, first.repaired) == (5, "b", False)
    assert first.why.startswith("ValueError: unlucky in #5 b/2 Added(amount=13)")
    assert (second.position, second.key) == (7, "b")
    assert "waits behind" in second.why


def test_poison_is_repaired_by_choice_and_noted(views, log):
    view = views(STRICT, poison=lambda fact, error: Added(fact.event.amount - 1))
    view.catch_up()
    assert view.get("b") == Total(1 + 12 + 3, 3)
    (noted,) = view.set_aside()
    assert (noted.position, noted.repaired) == (5, True)


def test_poison_can_be_left_out_by_choice_and_is_noted(views):
    view = views(STRICT, poison=lambda fact, error: None)
    view.catch_up()
    assert view.get("b") == Total(1 + 3, 2)
    assert [each.position for each in view.set_aside()] == [5]


def test_a_repair_that_is_poison_itself_stops(views):
    view = views(STRICT, poison=lambda fact, error: fact.event)
    with pytest.raises(Poisoned, match=r"position 5: repaired as Added\(amount=13\) it is ValueE"):
        view.catch_up()
    assert view.position == 4


def test_an_evolve_that_returns_something_else_is_poison(views):
    def forgetful(row, fact):
        return 7

    with pytest.raises(Poisoned, match="TypeError: evolve returned 7, which is not a Total"):
        views(Projection("odd", Total, forgetful)).catch_up()


def test_poison_that_is_delivered_stops_too(views, log):
    view, facts = views(STRICT), list(log.recorded())
    for fact in facts[:4]:
        assert view.receive(fact)
    with pytest.raises(Poisoned):
        view.receive(facts[4])
    assert view.position == 4


def test_an_event_that_the_store_cannot_read_stops_the_view_before_it(tmp_path):
    class Later(Event):
        amount: int

    path = tmp_path / "log.db"
    with SQLiteStore(path, TallyMessage | Later) as store:
        append(store, "a", 1)
        store.append("b", [Later(2)], expected_version=0)
    with (
        SQLiteStore(path, TallyMessage) as store,
        View(TOTALS, store, poison="park") as view,
    ):
        with pytest.raises(Unreadable, match="position 2"):
            view.catch_up()
        assert view.rows() == {"a": Total(1, 1)}


def test_trouble_while_reading_a_row_is_not_poison(views, monkeypatch):
    def busy(table, key):
        raise Busy("somebody is writing")

    view = views(poison="park")
    monkeypatch.setattr("esdemo.projections.tables.Table.load", busy)
    with pytest.raises(Busy):
        view.catch_up()
    assert view.set_aside() == []
    assert view.position == 0


def test_trouble_with_the_table_is_not_poison(views):
    def wide(row, fact):
        return Total(2**70, 1)

    view = views(Projection("wide", Total, wide), poison="park")
    with pytest.raises(StoreError, match="too large"):
        view.catch_up()
    assert view.position == 0
    assert view.set_aside() == []


# Another version of the code, built beside.


def test_a_view_whose_code_changed_says_so_and_is_served_all_the_same(views):
    views().catch_up()
    view = views(DOUBLED)
    assert view.is_outdated
    for refused in (view.catch_up, view.rows):
        with pytest.raises(Outdated, match=r"another version of its code: build this one beside"):
            refused()
    assert view.file.rows("SELECT amount FROM totals WHERE key = 'a'") == [(16,)]


def test_an_outdated_view_writes_nothing_of_what_comes(views, log):
    views(SHOUTING).catch_up()
    view = views(DOUBLED)
    before = list(view.file._db.iterdump())
    append(log, "a", 100)
    fact = next(log.recorded(after=8))
    for refused in (view.catch_up, lambda: view.receive(fact), lambda: view.refold(["a"])):
        with pytest.raises(Outdated):
            refused()
    assert list(view.file._db.iterdump()) == before


@pytest.mark.parametrize("change", ["shape", "key", "tells", "events"])
def test_whatever_makes_the_rows_is_part_of_the_code(views, log, change):
    class Other(Total, frozen=True):
        more: str = ""

    def odd(fact):
        return str(fact.event.amount % 2)

    class More(Event):
        pass

    changed = {
        "shape": Projection("totals", Other, add),
        "key": Projection("totals", Total, add, key=odd),
        "tells": SHOUTING,
        "events": TOTALS,
    }[change]
    views()
    store = MemoryStore(TallyMessage | More) if change == "events" else log
    assert views(changed, store=store).is_outdated
    assert not views().is_outdated


def test_built_beside_compared_and_switched(views, log):
    old = views()
    old.catch_up()
    view = views(DOUBLED)
    new = Beside(view)
    assert new.catch_up() == 8
    assert new.differences()["a"] == ({"amount": 16, "events": 3}, {"amount": 32, "events": 3})
    assert old.rows()["a"] == Total(16, 3)
    assert new.switch() == 8
    assert view.rows() == DOUBLED.fold(log.recorded())
    assert view.file.rows("SELECT amount FROM totals WHERE key = 'a'") == [(32,)]
    with pytest.raises(Outdated):
        old.catch_up()
    tables = view.file.rows("SELECT name FROM sqlite_master WHERE name LIKE 'totals%'")
    assert sorted(tables) == [("totals",), ("totals__2",)]


def test_the_same_rows_have_no_differences(views):
    views().catch_up()

    def reworded(row, fact):
        return add(row, fact)

    new = Beside(views(Projection("totals", Total, reworded)))
    new.catch_up()
    assert new.differences() == {}


def test_beside_never_passes_the_live_rows_and_is_compared_where_they_are(views, log):
    views().catch_up(until=5)
    new = Beside(views(DOUBLED))
    assert new.goal == 5
    new.catch_up(until=3)
    with pytest.raises(ValueError, match="live rows are at 5, these at 3: catch up first"):
        new.differences()
    assert new.catch_up() == 2
    assert new.position == 5


def test_a_rebuild_that_was_interrupted_goes_on_where_it_was(views):
    views().catch_up()
    Beside(views(DOUBLED)).catch_up(until=3)
    again = Beside(views(DOUBLED))
    assert again.position == 3
    assert again.catch_up() == 5


def test_a_third_version_throws_the_second_away_while_it_is_built(views, log):
    def tripled(row, fact):
        return Total((row or Total()).amount + 3 * fact.event.amount, 0)

    views().catch_up()
    second = Beside(views(DOUBLED))
    second.catch_up(until=3)
    third = Beside(views(Projection("totals", Total, tripled)))
    assert third.position == 0
    with pytest.raises(NotFound, match="nothing of this version is built beside"):
        second.catch_up()


def test_a_naive_switch_would_go_back_in_time_and_ours_does_not(views, log):
    """The live rows go on between the rebuild and the switch, and a reader has seen them."""
    old = views()
    old.catch_up()
    new = Beside(views(DOUBLED))
    new.catch_up()
    position = append(log, "z", 4)
    old.catch_up()
    assert old.wait_for(position) == 9
    assert new.position == 8  # shown now, it would take the reader's own write away again
    assert new.switch() == 9
    assert views(DOUBLED).get("z") == Total(8, 1)


def test_a_build_can_be_given_up(views):
    view = views()
    view.catch_up()
    Beside(views(DOUBLED)).drop()
    assert view.rows()["a"] == Total(16, 3)
    assert len(view.file.rows("SELECT * FROM generations")) == 1


def test_poison_stops_the_switch_and_the_old_rows_stay(views, log):
    views().catch_up()
    view = views(STRICT)
    with pytest.raises(Poisoned):
        Beside(view).switch()
    assert view.file.rows("SELECT amount FROM totals WHERE key = 'b'") == [(17,)]


# What it tells the world.


def test_messages_are_stored_with_the_rows_and_sent_by_id(views, log):
    view = views(SHOUTING)
    view.catch_up(batch=3)
    first, second = view.messages()
    assert (first.id, first.text) == ("totals/3/1", "a has 12")
    assert (second.id, second.text) == ("totals/5/1", "b has 14")
    view.sent(first)
    assert view.messages() == [second]


def test_a_new_view_of_an_old_log_need_not_tell_its_past(views, log):
    view = views(SHOUTING)
    view.catch_up(tell=False)
    append(log, "c", 9)
    view.catch_up()
    assert [message.text for message in view.messages()] == ["c has 17"]


def test_a_rebuild_tells_nothing_again_and_leaves_nothing_out(views, log):
    """Whatever stands between the build, the switch and the events that come meanwhile."""
    old = views(SHOUTING)
    old.catch_up(until=4)
    shouting_too = Projection("totals", Total, doubled, tells=shout)
    view = views(shouting_too)
    new = Beside(view)
    new.catch_up(until=2)
    old.catch_up(until=6)
    new.catch_up()
    old.catch_up(until=7)
    new.switch()
    view.catch_up()
    assert [message.id for message in view.messages()] == [
        *("totals/3/1", "totals/5/1"),  # the old code's; a and b pass 10 in the new one's past
        "totals/8/1",  # c, by the new code
    ]


def test_a_stream_is_refolded_alone_and_nobody_is_told(views, log):
    view = views(SHOUTING)
    view.catch_up()
    told = view.messages()
    view.file.rows("UPDATE totals__1 SET amount = 999")
    append(log, "a", 100)
    view.refold(["a"])
    assert view.get("a") == Total(16, 3)
    assert view.get("b") == Total(999, 3)
    assert view.messages() == told
    view.refold(stream for stream in log.streams() if stream > "a")
    view.catch_up()
    assert view.rows() == TOTALS.fold(log.recorded())


@settings(max_examples=40)
@given(history=HISTORY, spoilt=st.sets(st.sampled_from("abc")), until=st.integers(0, 40))
def test_whichever_streams_are_spoilt_a_refold_makes_their_rows_right(history, spoilt, until):
    """At the position of the view, although the log has gone on, and what a plain count gives."""
    store, first = MemoryStore(TallyMessage, ticking(START)), MemoryStore(TallyMessage)
    for number, (stream, amount, _) in enumerate(history):
        append(store, stream, amount)
        if number < until:
            append(first, stream, amount)
    with View(TOTALS, store) as view:
        view.catch_up(until=until)
        for stream in spoilt:
            view.file.rows("UPDATE totals__1 SET amount = 999, events = 9 WHERE key = ?", (stream,))
        view.refold(spoilt)
        assert view.rows() == by_counting(first)
        assert view.position == min(until, len(history))


def test_what_was_parked_is_taken_when_its_stream_is_refolded_with_a_repair(views, log):
    views(STRICT, poison="park").catch_up()
    view = views(STRICT, poison=lambda fact, error: Added(12))
    view.refold(["b"])
    assert view.get("b") == Total(16, 3)
    assert [(each.position, each.repaired) for each in view.set_aside()] == [(5, True)]
    append(log, "b", 1)
    view.catch_up()
    assert view.get("b") == Total(17, 4)


def test_rows_that_mix_streams_cannot_be_refolded_alone(views):
    def one(fact):
        return "all"

    view = views(Projection("one", Total, add, key=one))
    with pytest.raises(ValueError, match="mixes streams: rebuild all of it beside"):
        view.refold(["a"])


# The log is another one.


def restored(log, until):
    """An older backup of a log."""
    older = MemoryStore(TallyMessage, ticking(START))
    for fact in log.recorded(until=until):
        older.append(fact.stream, [fact.event], expected_version=fact.version - 1)
    return older


def test_a_backup_restored_under_a_view_that_is_ahead_is_noticed(views, log):
    views().catch_up()
    view = views(store=restored(log, 5))
    for refused in (view.catch_up, lambda: view.refold(["a"])):
        with pytest.raises(NotThisLog, match="seen position 8, and this log, which has 5, is not"):
            refused()
    assert view.lag().events == -3


def test_a_log_that_went_on_after_the_restore_is_noticed_too(views, log):
    views().catch_up()
    older = restored(log, 5)
    append(older, "a", 50, 60, 70, 80)
    with pytest.raises(NotThisLog):
        views(store=older).catch_up()


def test_after_a_restore_the_view_is_built_anew_and_tells_what_came_since(views, log):
    views(SHOUTING).catch_up()
    older = restored(log, 5)
    append(older, "c", 50)
    view = views(SHOUTING, store=older)
    for message in view.messages():
        view.sent(message)
    assert Beside(view).goal == 6
    new = Beside(view)
    new.catch_up(until=5)
    assert new.switch() == 5
    view.catch_up()
    assert view.rows() == TOTALS.fold(older.recorded())
    assert [message.text for message in view.messages()] == ["c has 52"]


# Bad input.


@pytest.mark.parametrize("name", ["", "two words", "a;b", "1st", "a__2", "naïve"])
def test_a_projection_is_named_as_a_table_can_be(name):
    with pytest.raises(ValueError, match="cannot name a table"):
        Projection(name, Total, add)


def test_a_row_is_a_frozen_struct_of_plain_fields():
    class Changing(msgspec.Struct):
        amount: int

    class Nested(msgspec.Struct, frozen=True):
        parts: tuple[int, ...]

    class Keyed(msgspec.Struct, frozen=True):
        key: str

    for row, words in (
        (dict, "a row is a msgspec.Struct"),
        (Changing, "frozen=True"),
        (Nested, r"'parts' is tuple\[int, ...\]"),
        (Keyed, "call the field otherwise"),
    ):
        with pytest.raises(TypeError, match=words):
            Projection("odd", row, add)


def test_a_function_that_cannot_be_looked_into_is_refused():
    with pytest.raises(TypeError, match="not a plain function"):
        Projection("odd", Total, partial(add))


@pytest.mark.parametrize("poison", ["skip", None, 7])
def test_poison_is_never_swallowed(log, poison):
    with pytest.raises(ValueError, match="'stop', 'park' or a function"):
        View(TOTALS, log, poison=poison)


def test_a_batch_has_at_least_one_event(log):
    with View(TOTALS, log) as view, pytest.raises(ValueError, match="1 or more events, not 0"):
        view.catch_up(batch=0)


def test_a_file_of_somebody_else_is_not_touched(tmp_path, log):
    path = tmp_path / "log.db"
    SQLiteStore(path, TallyMessage).close()
    before = path.read_bytes()
    with pytest.raises(NotAStore, match="is a log, and views live in a file of their own"):
        View(TOTALS, log, path)
    assert path.read_bytes() == before
    with closing(sqlite3.connect(tmp_path / "other.db")) as db:
        db.execute("CREATE TABLE theirs (something)")
    with pytest.raises(NotAStore, match="made by another program"):
        View(TOTALS, log, tmp_path / "other.db")
    (tmp_path / "notes.txt").write_text("not a database, and long enough to be sure of it" * 9)
    with pytest.raises(NotAStore):
        View(TOTALS, log, tmp_path / "notes.txt")


def test_a_view_belongs_to_its_thread(log):
    with View(TOTALS, log) as view, ThreadPoolExecutor(1) as pool:
        elsewhere = pool.submit(view.rows)
        with pytest.raises(WrongOwner, match="open a View of its own in each"):
            elsewhere.result()


def test_a_view_says_what_it_is(log):
    with View(TOTALS, log) as view:
        view.catch_up(until=3)
        assert repr(view) == "View(totals at position 3)"
        assert by_stream(next(log.recorded())) == "a"
