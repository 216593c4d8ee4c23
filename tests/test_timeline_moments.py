"""Any moment: the fold of a beginning, in recorded time; of a selection, in effective time."""

from datetime import UTC, datetime, timedelta, timezone
from functools import partial

import pytest
from conftest import START
from hypothesis import given
from hypothesis import strategies as st
from tally import Added, Taken, TallyMessage, tally

from esdemo import Application, Checkpoints, MemoryStore, SQLiteStore, timeline
from esdemo.clocks import ManualClock
from esdemo.domains import bank
from esdemo.errors import InvalidMoment

FACT = st.builds(Added, st.integers(-99, 99)) | st.builds(Taken, st.integers(-99, 99))
HISTORIES = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        FACT,
        st.integers(0, 2),  # minutes since the fact before: often none
        st.integers(-5, 5),  # minutes from being recorded to being effective
    ),
    max_size=30,
)
MINUTES = st.integers(-6, 70)


def moment(minutes):
    return START + timedelta(minutes=minutes)


def lived(history, checkpoints=None):
    """The tally, after these facts."""
    clock = ManualClock(START)
    store = MemoryStore(TallyMessage, clock)
    for stream, fact, minutes, ahead in history:
        clock.advance(minutes=minutes)
        effective_at = clock.now + timedelta(minutes=ahead)
        expected = store.version(stream)
        store.append(stream, [fact], expected_version=expected, effective_at=effective_at)
    return Application(tally, store, checkpoints=checkpoints)


def amount(event):
    return event.amount if isinstance(event, Added) else -event.amount


def totals(facts):
    """The tallies by stream, without esdemo's fold."""
    by_stream = {}
    for fact in facts:
        by_stream[fact.stream] = by_stream.get(fact.stream, 0) + amount(fact.event)
    return by_stream


# Laws of recorded time.


@given(history=HISTORIES)
def test_the_state_at_a_version_is_the_fold_of_so_many_events(history):
    application = lived(history)
    for stream in application.store.streams():
        events = list(application.store.events(stream))
        for version in range(len(events) + 1):
            expected = sum(map(amount, events[:version]))
            assert application.state(stream, version=version) == expected
        assert application.state(stream) == sum(map(amount, events))


@given(history=HISTORIES)
def test_the_application_after_a_position_is_the_fold_of_so_many_facts(history):
    application = lived(history)
    facts = list(application.store.recorded())
    for position in range(len(facts) + 1):
        expected = totals(facts[:position])
        assert timeline.states(application, position=position) == expected
        for stream in "abc":
            found = application.state(stream, position=position)
            assert found == expected.get(stream, 0)
    assert timeline.states(application) == totals(facts)


@given(history=HISTORIES, minutes=MINUTES)
def test_the_application_as_of_a_moment_knows_what_was_recorded_by_then(history, minutes):
    application = lived(history)
    known = [fact for fact in application.store.recorded() if fact.recorded_at <= moment(minutes)]
    assert timeline.states(application, as_of=moment(minutes)) == totals(known)
    for stream in "abc":
        found = application.state(stream, as_of=moment(minutes))
        assert found == totals(known).get(stream, 0)


@given(history=HISTORIES, one=MINUTES, other=MINUTES)
def test_a_later_moment_never_knows_less(history, one, other):
    store = lived(history).store
    earlier, later = sorted((moment(one), moment(other)))
    assert store.position_at(earlier) <= store.position_at(later)
    for stream in "abc":
        assert store.version_at(stream, earlier) <= store.version_at(stream, later)


@given(facts=st.lists(st.tuples(st.sampled_from("ab"), FACT), min_size=1, max_size=9))
def test_facts_of_one_moment_are_known_together_or_not_at_all(facts):
    application = lived([(stream, fact, 0, 0) for stream, fact in facts])
    assert timeline.states(application, as_of=START) == timeline.states(application)
    just_before = START - timedelta(microseconds=1)
    assert timeline.states(application, as_of=just_before) == {}


@given(history=HISTORIES, every=st.integers(1, 7), places=st.lists(st.integers(0, 30)))
def test_checkpoints_change_nothing_wherever_one_looks_and_in_which_order(history, every, places):
    saved = Checkpoints(tally, every=every)
    with_them, without = lived(history, saved), lived(history)
    for place in places:
        position = min(place, without.store.position)
        expected = timeline.states(without, position=position)
        assert timeline.states(with_them, position=position) == expected
        assert timeline.states(with_them, as_of=moment(place)) == (
            timeline.states(without, as_of=moment(place))
        )
    saved.close()


def test_checkpoints_on_disk_serve_a_whole_bank_at_any_position(path, tmp_path):
    place = partial(SQLiteStore, path, bank.BankMessage, survives="crash")
    with bank.simulate(accounts=5, days=90, seed=3, store=place).store as store:
        saved = Checkpoints(bank.rules, tmp_path / "checkpoints.db", every=10)
        quick = Application(bank.rules, store, checkpoints=saved)
        plain = Application(bank.rules, store)
        for position in (store.position, 0, 1, 7, 60, store.position - 1, 60):
            assert timeline.states(quick, position=position) == (
                timeline.states(plain, position=position)
            )
        assert len(saved) > 10
        saved.close()


@given(history=HISTORIES, position=st.integers(0, 30))
def test_a_projection_at_a_moment_is_a_fold_over_envelopes(history, position):
    store = lived(history).store
    position = min(position, store.position)
    facts = list(store.recorded())[:position]

    def actors(seen, fact):
        return (*seen, (fact.stream, fact.version))

    expected = tuple((fact.stream, fact.version) for fact in facts)
    assert timeline.project(store, actors, (), position=position) == expected
    if facts:
        found = timeline.project(store, actors, (), as_of=facts[-1].recorded_at)
        assert found[:position] == expected


def test_the_zone_of_a_moment_does_not_matter():
    application = lived([("a", Added(1), 0, 0), ("a", Added(2), 1, 0)])
    tokyo = START.astimezone(timezone(timedelta(hours=9)))
    assert timeline.states(application, as_of=tokyo) == {"a": 1}
    assert timeline.effective(application, "a", tokyo, known_at=tokyo) == 1


# Laws of effective time.


@given(history=HISTORIES, at=MINUTES, known=MINUTES)
def test_what_was_true_is_the_fold_of_the_facts_effective_and_known_by_then(history, at, known):
    application = lived(history)
    for stream in "abc":
        facts = [
            fact
            for fact in application.store.recorded(stream)
            if fact.effective_at <= moment(at) and fact.recorded_at <= moment(known)
        ]
        found = timeline.effective_facts(
            application.store, stream, moment(at), known_at=moment(known)
        )
        assert sorted(fact.version for fact in found) == [fact.version for fact in facts]
        order = [(fact.effective_at, fact.version) for fact in found]
        assert order == sorted(order)
        total = sum(amount(fact.event) for fact in facts)
        state = timeline.effective(application, stream, moment(at), known_at=moment(known))
        assert state == total


@given(history=HISTORIES)
def test_without_backdating_both_times_tell_the_same(history):
    application = lived([(stream, fact, minutes, 0) for stream, fact, minutes, _ in history])
    for minutes in range(-1, 61, 7):
        for stream in application.store.streams():
            recorded = application.state(stream, as_of=moment(minutes))
            assert timeline.effective(application, stream, moment(minutes)) == recorded


@given(history=HISTORIES, known=st.lists(MINUTES, max_size=4), at=st.lists(MINUTES, max_size=4))
def test_each_cell_of_two_times_is_what_was_true_by_what_was_known(history, known, at):
    application = lived(history)
    rows = timeline.bitemporal(application, "a", [*map(moment, known)], [*map(moment, at)])
    assert rows == [
        [
            timeline.effective(application, "a", moment(column), known_at=moment(row))
            for column in at
        ]
        for row in known
    ]


def test_the_years_correction_is_true_from_the_day_of_the_mistake_once_it_is_known():
    year = bank.simulate(accounts=2, days=60)
    mistake = year.store.decision("typing error").events[0]
    day_after = mistake.recorded_at + timedelta(days=1)
    believed = timeline.effective(year, "alice", day_after, known_at=day_after)
    assert believed == year.state("alice", as_of=day_after)
    known_now = timeline.effective(year, "alice", day_after)
    assert known_now.balance - believed.balance == 200_00 - 20_00
    before = mistake.recorded_at - timedelta(days=1)
    assert timeline.effective(year, "alice", before) == year.state("alice", as_of=before)


def test_effective_time_is_never_answered_from_a_checkpoint():
    """A prefix saved at version 1 holds a fact that is not effective yet."""
    saved = Checkpoints(tally, every=1)
    application = lived([("a", Added(5), 0, 9), ("a", Added(1), 1, -1)], saved)
    assert application.state("a", version=2) == 6
    assert len(saved) == 2
    assert timeline.effective(application, "a", START) == 1
    saved.close()


# Bad input.


@pytest.fixture
def short():
    return lived([("a", Added(1), 0, 0), ("b", Added(2), 1, 0)])


@pytest.mark.parametrize("position", [-1, 3, 1.0, True, "1"])
def test_a_position_that_the_log_does_not_have_is_an_error_that_says_what_it_has(short, position):
    for ask in (
        lambda: timeline.states(short, position=position),
        lambda: short.state("a", position=position),
        lambda: timeline.project(short.store, lambda view, fact: view, 0, position=position),
        lambda: short.store.version_after("a", position),
    ):
        with pytest.raises(InvalidMoment, match="the log has positions 0 to 2, not"):
            ask()


def test_two_ways_to_name_one_moment_are_an_error(short):
    with pytest.raises(InvalidMoment, match="not both"):
        timeline.states(short, position=1, as_of=START)
    with pytest.raises(InvalidMoment, match="one of version, as_of and position"):
        short.state("a", position=1, as_of=START)
    with pytest.raises(InvalidMoment, match="one of version, as_of and position"):
        short.state("a", position=1, version=1)


@pytest.mark.parametrize("naive", [datetime(2026, 1, 5), START.date(), "2026-01-05"])
def test_a_moment_without_a_zone_is_an_error_in_every_question(short, naive):
    for ask in (
        lambda: timeline.states(short, as_of=naive),
        lambda: timeline.effective(short, "a", naive),
        lambda: timeline.effective(short, "a", START, known_at=naive),
        lambda: timeline.bitemporal(short, "a", [naive], [START]),
        lambda: timeline.bitemporal(short, "a", [START], [naive]),
    ):
        with pytest.raises(InvalidMoment, match="does not name an instant"):
            ask()


def test_a_stream_that_has_not_begun_is_not_in_the_whole_and_is_initial_alone(short):
    assert timeline.states(short, position=1) == {"a": 1}
    assert short.state("b", position=1) == 0
    assert short.state("nobody", position=2) == 0
    assert timeline.effective(short, "nobody", datetime(2030, 1, 1, tzinfo=UTC)) == 0
