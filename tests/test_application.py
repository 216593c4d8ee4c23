"""The application: load, decide, append; and decide again when somebody else was faster."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from conftest import START, contents
from hypothesis import given
from hypothesis import strategies as st
from tally import Add, Added, Take, Taken, TallyEvent, TallyMessage, decide, evolve, tally

from esdemo import (
    Application,
    Command,
    Conflict,
    Decider,
    Event,
    MemoryStore,
    Rejected,
    SQLiteStore,
    audit,
    timeline,
)
from esdemo.clocks import numbered, ticking
from esdemo.errors import CommandIdReused, InvalidMoment, InvalidStream, NotAFact, UnknownType

MINUTE = timedelta(minutes=1)


def deciding(decide, evolve=evolve, initial=0):
    """The tally with another rule."""
    return Decider(decide, evolve, initial)


# Handling a command.


def test_an_accepted_command_is_kept_with_its_events(application, store):
    decision = application.handle("a", Add((1, 2)), actor="ann", correlation_id="k")
    assert not decision.refused
    assert [fact.event for fact in decision.events] == [Added(1), Added(2)]
    assert (decision.command_id, decision.actor, decision.correlation_id) == ("cmd-1", "ann", "k")
    assert store.decision("cmd-1") == decision
    assert application.state("a") == 3


def test_a_refused_command_leaves_the_stream_as_it_was(application, store):
    application.handle("a", Add((1,)))
    before = list(store.recorded())
    decision = application.handle("a", Take(2))
    assert (decision.refused, decision.reason) == (True, "2 is more than 1")
    assert list(store.recorded()) == before
    assert application.state("a") == 1


def test_a_refusal_is_a_kept_fact(application, store):
    refusal = application.handle("a", Take(2), actor="eve")
    assert list(store.decisions("a")) == [refusal]
    assert refusal.actor == "eve"


def test_a_command_that_changes_nothing_is_kept_too(application, store):
    decision = application.handle("a", Add(()))
    assert (decision.refused, decision.events, store.position) == (False, (), 0)
    assert store.decision(decision.command_id) == decision


def test_effective_time_and_causes_are_passed_on(application):
    decision = application.handle("a", Add((1,)), causation_id="c-0", effective_at=START - MINUTE)
    assert decision.causation_id == "c-0"
    assert decision.effective_at == decision.events[0].effective_at == START - MINUTE
    assert decision.recorded_at == START


def test_ids_come_from_the_given_source_unless_the_caller_names_the_command(application):
    ids = [application.handle("a", Add(()), command_id=name).command_id for name in ("", "x", "")]
    assert ids == ["cmd-1", "x", "cmd-2"]


def test_ids_are_random_by_default(store):
    application = Application(tally, store)
    ids = {application.handle("a", Add(())).command_id for _ in range(20)}
    assert len(ids) == 20
    assert all(len(name) == 32 for name in ids)


# A command id is handled once.


def test_a_repeated_command_is_answered_with_its_first_outcome(application, store):
    first = application.handle("a", Add((1,)), command_id="x")
    refused = application.handle("a", Take(9), command_id="y")
    application.handle("a", Add((100,)))
    before = contents(store)
    assert application.handle("a", Add((1,)), command_id="x") == first
    assert application.handle("a", Take(9), command_id="y") == refused
    assert contents(store) == before
    assert application.state("a") == application.replay("a") == 101


def test_a_repeated_command_is_known_to_another_application_too(application, store):
    first = application.handle("a", Add((1,)), command_id="x")
    again = Application(tally, store).handle("a", Add((1,)), command_id="x")
    assert again == first


@pytest.mark.parametrize(("stream", "command"), [("b", Add((1,))), ("a", Add((2,)))])
def test_a_command_id_means_one_command_on_one_stream(application, store, stream, command):
    application.handle("a", Add((1,)), command_id="x")
    before = contents(store)
    with pytest.raises(CommandIdReused):
        application.handle(stream, command, command_id="x")
    assert contents(store) == before
    assert application.state("a") == 1


def test_a_repeated_id_whose_rule_has_changed_leaves_the_memory_right(store):
    """The new rule would accept; the first outcome, a refusal, stands."""
    Application(tally, store).handle("a", Take(5), command_id="x")
    lenient = Application(deciding(lambda command, total: [Taken(5)]), store)
    assert lenient.handle("a", Take(5), command_id="x").refused
    assert lenient.state("a") == lenient.replay("a") == 0


def test_a_repeated_id_that_another_rule_decided_meanwhile_leaves_the_memory_right(store):
    """Both use one id at one version; what counts is what is stored."""
    rival = Application(deciding(lambda command, total: [Added(7)]), store)

    def overtaken(command, total):
        rival.handle("a", Add((1,)), command_id="x")
        return [Added(1)]

    application = Application(deciding(overtaken), store)
    assert application.handle("a", Add((1,)), command_id="x").events[0].event == Added(7)
    assert application.state("a") == application.replay("a") == 7


# Conflicts.


def interfering(times, rival):
    """A decide that is overtaken by a rival's command, so many times."""
    left = [times]

    def overtaken(command, total):
        if left[0]:
            left[0] -= 1
            rival.handle("a", Take(4))
        return decide(command, total)

    return deciding(overtaken)


def test_on_conflict_the_command_is_decided_again_on_the_new_state(store):
    rival = Application(tally, store, ids=numbered("rival"))
    rival.handle("a", Add((10,)))
    slow = Application(interfering(1, rival), store, ids=numbered("slow"))
    decision = slow.handle("a", Take(8))
    assert decision.reason == "8 is more than 6"
    assert slow.state("a") == rival.state("a") == 6


def test_the_tenth_attempt_keeps_others_out_and_is_stored(store):
    rival = Application(tally, store, ids=numbered("rival"))
    rival.handle("a", Add((100,)))
    assert not Application(interfering(9, rival), store).handle("a", Take(1)).refused
    assert store.position == 11


def test_where_a_home_cannot_keep_others_out_ten_conflicts_in_a_row_are_the_callers(store):
    rival = Application(tally, store, ids=numbered("rival"))
    rival.handle("a", Add((100,)))
    store.alone = lambda work: work()
    before = store.position
    with pytest.raises(Conflict):
        Application(interfering(10, rival), store).handle("a", Take(1), command_id="lost")
    assert store.decision("lost") is None
    assert store.position == before + 10


def test_what_is_undone_is_not_remembered(store):
    """The memory would be ahead of the log, and nothing that follows would put it right."""
    application = Application(tally, store, ids=numbered("cmd"))
    application.handle("a", Add((1,)))

    def work():
        application.handle("a", Add((100,)))
        raise KeyError("a bug")

    with pytest.raises(KeyError):
        store.alone(work)
    assert application.state("a") == application.replay("a") == 1
    assert application.handle("a", Take(50)).reason == "50 is more than 1"


def test_an_attempt_that_keeps_others_out_meets_no_conflict(sqlite_store):
    """A refusal elsewhere moves the decision log on, and no position of an event."""
    first, second = sqlite_store(), sqlite_store()
    single = Application(tally, first, ids=numbered("first"), attempts=1)
    single.handle("a", Add((1,)))
    assert Application(tally, second, ids=numbered("second")).handle("b", Take(5)).refused
    assert single.handle("a", Add((2,))).version == 2
    assert audit.verify(second).wrong is None


def test_between_attempts_there_are_pauses_by_the_given_rule(store):
    rival, asked = Application(tally, store, ids=numbered("rival")), []
    rival.handle("a", Add((100,)))

    def pause(attempt, seconds):
        asked.append(attempt)
        assert seconds > 0
        return 0

    Application(interfering(3, rival), store, pause=pause).handle("a", Take(1))
    assert asked == [2, 3, 4]


@pytest.mark.parametrize("attempts", [0, -1])
def test_an_application_needs_an_attempt(store, attempts):
    with pytest.raises(ValueError, match="attempt"):
        Application(tally, store, attempts=attempts)


# What goes wrong in a rule leaves nothing behind.


def failing(command, total):
    raise ZeroDivisionError("a bug")


@pytest.mark.parametrize(
    ("decide", "error"),
    [
        (failing, ZeroDivisionError),
        (lambda command, total: None, TypeError),
        (lambda command, total: Added(1), TypeError),
        (lambda command, total: (Added(n) for n in range(2)), TypeError),
        (lambda command, total: {Added(1)}, TypeError),
        (lambda command, total: "text", TypeError),
        (lambda command, total: ["text"], UnknownType),
        (lambda command, total: [command], UnknownType),
        (lambda command, total: [Added(1), Added(0.5)], NotAFact),
        (lambda command, total: [None], UnknownType),
    ],
    ids=["bug", "None", "event", "generator", "set", "text", "texts", "command", "float", "[None]"],
)
def test_a_rule_that_returns_no_events_leaves_nothing_behind(store, decide, error):
    Application(tally, store, ids=numbered("ok")).handle("a", Add((5,)))
    before = contents(store)
    application = Application(deciding(decide), store)
    with pytest.raises(error):
        application.handle("a", Take(1))
    assert contents(store) == before
    assert application.state("a") == 5


def test_a_rule_may_return_a_tuple(store):
    application = Application(deciding(lambda command, total: (Added(1), Added(2))), store)
    assert len(application.handle("a", Take(1)).events) == 2


def test_a_rejection_of_the_users_own_class_is_a_refusal(store):
    class TooMuch(Rejected):
        pass

    def strict(command, total):
        raise TooMuch("never")

    assert Application(deciding(strict), store).handle("a", Take(1)).reason == "never"


@pytest.mark.parametrize("reason", [(), ("",), ("a", 1), (None,)])
def test_a_rejection_without_a_plain_reason_is_still_a_refusal(store, reason):
    def strict(command, total):
        raise Rejected(*reason)

    decision = Application(deciding(strict), store).handle("a", Take(1))
    assert decision.refused
    assert store.decision(decision.command_id) == decision


def test_an_event_that_evolve_cannot_take_is_not_kept(store):
    """ChangedOutcome one bug in a rule would make the account unreadable for ever."""

    def fragile(total, event):
        return 10 // event.amount

    application = Application(deciding(decide, fragile), store)
    with pytest.raises(ZeroDivisionError):
        application.handle("a", Add((0,)))
    assert contents(store) == ([], [], [])
    assert application.handle("a", Add((5,))).version == 1


@pytest.mark.parametrize("command", [Add((0.5,)), Add(None), Take("1"), Take(True), "Take", None])
def test_a_command_that_cannot_be_kept_is_refused_before_a_rule_sees_it(store, command):
    def unreachable(command, total):
        raise AssertionError("the rule has seen it")

    with pytest.raises((NotAFact, UnknownType)):
        Application(deciding(unreachable), store).handle("a", command)
    assert contents(store) == ([], [], [])


def test_an_event_is_not_handled_as_a_command(application, store):
    with pytest.raises(UnknownType):
        application.handle("a", Added(1))
    assert contents(store) == ([], [], [])


# States.


@pytest.fixture
def history(application):
    """Stream a: 1, 3, 6, 4; and somebody else's events in between."""
    application.handle("a", Add((1,)))
    application.handle("b", Add((50,)))
    application.handle("a", Add((2, 3)))
    application.handle("a", Take(2))
    return application


STATES = [0, 1, 3, 6, 4]


@pytest.mark.parametrize("version", range(5))
def test_the_state_at_a_version_is_the_fold_of_that_many_events(history, version):
    assert history.state("a", version=version) == STATES[version]
    assert history.replay("a", version=version) == STATES[version]


def test_the_state_as_of_a_moment_includes_that_moment(history):
    by_minute = [1, 1, 6, 4, 4]  # versions 2 and 3 were recorded together
    states = [history.state("a", as_of=START + n * MINUTE) for n in range(5)]
    assert states == [history.replay("a", as_of=START + n * MINUTE) for n in range(5)] == by_minute
    assert history.state("a", as_of=START - MINUTE) == 0


def test_the_state_now_is_the_last(history):
    assert history.state("a") == history.replay("a") == 4
    assert history.state("nobody") == history.replay("nobody") == 0


@pytest.mark.parametrize("version", [5, -1, 10**30, True, 1.0, "1"])
def test_a_version_that_the_stream_does_not_have_is_an_error(history, version):
    for ask in (history.state, history.replay):
        with pytest.raises(InvalidMoment, match="'a' has versions 0 to 4"):
            ask("a", version=version)


def test_version_and_as_of_exclude_each_other(history):
    for ask in (history.state, history.replay):
        with pytest.raises(InvalidMoment, match="give one of"):
            ask("a", version=0, as_of=START)


@pytest.mark.parametrize("moment", [datetime(2026, 1, 5), "2026-01-05", 0])
def test_a_moment_needs_a_time_zone(history, moment):
    with pytest.raises(InvalidMoment):
        history.state("a", as_of=moment)


# What is remembered may be behind, never wrong.


def test_what_others_append_is_seen_at_once(application, store):
    application.handle("a", Add((1,)))
    store.append("a", [Added(10)], expected_version=1)
    assert application.state("a") == 11


def test_a_state_that_is_none_is_a_state(new_store):
    """An evolve may use None, for an account that is gone; it is not the initial state."""

    def gone(state, event):
        return None if isinstance(event, Taken) else (state or 0) + event.amount

    decider = Decider(lambda command, state: [Added(1)], gone, 100)
    application = Application(decider, new_store())
    application.store.append("a", [Taken(1)], expected_version=0)
    assert application.state("a") is application.replay("a") is None
    application.store.append("a", [Added(7)], expected_version=1)
    assert application.replay("a") == 7
    assert application.state("a") == 7


def test_a_decider_may_begin_with_none(store):
    application = Application(Decider(decide, lambda state, event: event.amount, None), store)
    assert application.handle("a", Add(())).events == ()
    assert application.state("a") is None
    application.handle("a", Add((1, 2)))
    assert application.state("a") == application.replay("a") == 2


def test_an_evolve_that_forgets_a_case_is_noticed_before_anything_is_kept(store):
    def forgetful(total, event):
        match event:
            case Added():
                return total + event.amount

    application = Application(deciding(decide, forgetful), store)
    application.handle("a", Add((5,)))
    before = contents(store)
    with pytest.raises(TypeError, match="evolve returned None"):
        application.handle("a", Take(1))
    assert contents(store) == before


def test_more_streams_than_are_remembered_are_still_right(new_store, monkeypatch):
    monkeypatch.setattr("esdemo.application.STATES_KEPT", 3)
    application = Application(tally, new_store())
    for number in range(30):
        application.handle(f"stream {number % 7}", Add((number,)))
    for number in range(7):
        assert application.state(f"stream {number}") == sum(range(number, 30, 7))
    assert len(application._remembered) <= 3


COMMANDS = st.one_of(
    st.builds(Add, st.lists(st.integers(-(10**18), 10**18), max_size=3).map(tuple)),
    st.builds(Take, st.integers(-5, 10**18)),
)


class Ledger:
    """The tally as a page of plain Python: no events, no fold."""

    def __init__(self):
        self.totals = {}
        self.refusals = 0

    def enter(self, stream, command):
        total = self.totals.get(stream, 0)
        if isinstance(command, Take):
            if command.amount > total:
                self.refusals += 1
                return
            total -= command.amount
        else:
            total += sum(command.amounts)
        self.totals[stream] = total


@given(script=st.lists(st.tuples(st.sampled_from("ab"), COMMANDS), max_size=20))
def test_after_each_command_the_fold_agrees_with_a_plain_ledger(script):
    """And with a fresh application, a replay, and a sum made by SQL."""
    ledger = Ledger()
    with SQLiteStore(":memory:", TallyMessage, ticking(START)) as store:
        application = Application(tally, store, ids=numbered("cmd"))
        for stream, command in script:
            application.handle(stream, command)
            ledger.enter(stream, command)
            total = ledger.totals.get(stream, 0)
            assert application.state(stream) == application.replay(stream) == total
            assert Application(tally, store).state(stream) == total
        refused = sum(decision.refused for decision in store.decisions())
        assert refused == ledger.refusals


@given(script=st.lists(st.tuples(st.sampled_from("ab"), COMMANDS), max_size=12))
def test_the_states_by_version_are_the_folds_of_the_slices(script):
    application = Application(tally, MemoryStore(TallyMessage, ticking(START)))
    for stream, command in script:
        application.handle(stream, command)
    for stream in "ab":
        events = list(application.store.events(stream))
        states = [tally.fold(events[:version]) for version in range(len(events) + 1)]
        assert states == list(tally.states(events))
        assert states == [application.state(stream, version=v) for v in range(len(events) + 1)]


# What is remembered is what was stored, and nobody else's.


class Opened(Event):
    at: datetime


class Open(Command):
    at: datetime


def test_a_time_with_a_zone_of_summers_is_remembered_as_it_is_read_back(new_store):
    """March plus 180 days: the zone's rules would say 10:00, the instant that was stored 11:00."""

    def half_a_year_on(state, event):
        return (event.at + timedelta(days=180)).astimezone(UTC).isoformat()

    store = new_store(Opened | Open)
    application = Application(Decider(lambda c, s: [Opened(c.at)], half_a_year_on, ""), store)
    winter = datetime(2026, 1, 1, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    application.handle("a", Open(winter))
    assert application.state("a") == application.replay("a") == "2026-06-30T11:00:00+00:00"


def test_an_evolve_that_could_not_be_replayed_stores_nothing(new_store):
    """What is read back has an offset and no zone's name any more: better to be told at once."""

    class Opened(Event):
        at: datetime

    class Open(Command):
        at: datetime

    store = new_store(Opened | Open)
    decider = Decider(lambda c, s: [Opened(c.at)], lambda s, event: event.at.tzinfo.key, "")
    winter = datetime(2026, 1, 1, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    with pytest.raises(AttributeError):
        Application(decider, store).handle("a", Open(winter))
    assert store.counts() == (0, 0)


def test_a_rule_decides_on_the_command_that_is_kept(new_store):
    class Opened(Event):
        hour: int

    class Open(Command):
        at: datetime

    def half_a_year_on(command, _):
        return [Opened((command.at + timedelta(days=180)).astimezone(UTC).hour)]

    application = Application(Decider(half_a_year_on, lambda s, _: s, 0), new_store(Opened | Open))
    winter = datetime(2026, 1, 1, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    decision = application.handle("a", Open(winter))
    assert half_a_year_on(decision.command, 0) == [decision.events[0].event] == [Opened(11)]


# What is remembered of a stream's end, and who else may have moved it.


def test_a_name_that_was_asked_about_is_checked_all_the_same(store):
    assert store.version("a\nb") == 0
    with pytest.raises(InvalidStream):
        store.append("a\nb", [Added(1)], expected_version=0)
    assert store.counts() == (0, 0)


def test_two_applications_on_one_store_see_each_others_events(store):
    first, second = Application(tally, store), Application(tally, store)
    for total in range(1, 8, 2):
        assert first.handle("a", Add((1,))).version == total
        assert second.handle("a", Add((1,))).version == total + 1
        assert first.state("a") == second.state("a") == total + 1


def test_what_another_connection_writes_is_seen_at_once(sqlite_store):
    ours, others = Application(tally, sqlite_store()), Application(tally, sqlite_store())
    for total in range(1, 8, 2):
        ours.handle("a", Add((1,)))
        others.handle("a", Add((1,)))
        assert ours.state("a") == others.state("a") == total + 1
        assert ours.store.version("a") == others.store.version("a") == total + 1


def test_what_was_undone_is_not_remembered_and_what_was_done_alone_is_seen(store):
    application = Application(tally, store)
    application.handle("a", Add((1,)))

    def half():
        application.handle("a", Add((10,)))
        assert (application.state("a"), store.version("a")) == (11, 2)
        raise KeyError

    with pytest.raises(KeyError):
        store.alone(half)
    assert (application.state("a"), store.version("a")) == (1, 1)
    store.alone(lambda: application.handle("a", Add((100,))))
    assert (application.state("a"), store.version("a")) == (101, 2)
    assert application.handle("a", Take(101)).version == 3


def test_an_append_that_was_cut_off_once_it_was_stored_is_seen(store, monkeypatch):
    application = Application(tally, store)
    application.handle("a", Add((1,)))
    insert = type(store.home).insert

    def cut_off(home, *rows):
        assert insert(home, *rows)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(type(store.home), "insert", cut_off)
        with pytest.raises(KeyboardInterrupt):
            application.handle("a", Add((10,)))
    assert (application.state("a"), store.version("a")) == (11, 2)
    assert application.handle("a", Take(11)).version == 3


def careful(command, state):
    if isinstance(command, Take) and command.amount > state.get("n", 0):
        raise Rejected("too little")
    return decide(command, 10**9)


def test_a_state_that_a_caller_changes_is_not_what_the_next_command_is_decided_on(store):
    decider = Decider(careful, lambda s, event: {**s, "n": s.get("n", 0) + event.amount}, {})
    application = Application(decider, store)
    application.handle("a", Add((1,)))
    application.state("a")["n"] = 1_000
    assert application.handle("a", Take(2)).refused
    assert application.state("a") == application.replay("a") == {"n": 1}


def test_an_evolve_that_changes_its_state_in_place_leaks_nowhere(store):
    def evolve(state, event):
        state["n"] = state.get("n", 0) + event.amount
        return state

    application = Application(Decider(careful, evolve, {}), store)
    for _ in range(3):
        application.handle("a", Add((1,)))
    assert application.state("b") == {}
    assert application.state("a") == application.replay("a") == {"n": 3}
    assert timeline.states(application) == {"a": {"n": 3}}
    assert [entry.after["n"] for entry in audit.trail(application)][-1] == 3


# Command ids that come again.


def test_a_command_class_that_gains_a_field_with_a_default_knows_its_own_commands(path):
    class Pay(Command):
        n: int

    decider = Decider(lambda command, state: [Added(command.n)], evolve, 0)
    with SQLiteStore(path, TallyEvent | Pay) as store:
        first = Application(decider, store).handle("a", Pay(1), command_id="x")

    class Pay(Command):
        n: int
        note: str = ""

    with SQLiteStore(path, TallyEvent | Pay) as store:
        application = Application(decider, store)
        assert application.handle("a", Pay(1), command_id="x").events == first.events
        with pytest.raises(CommandIdReused, match="note='new'"):
            application.handle("a", Pay(1, "new"), command_id="x")


def test_a_repeated_id_is_answered_before_any_rule_is_asked(store):
    first = Application(tally, store).handle("a", Add((1,)), command_id="x")
    broken = Decider(lambda command, state: 1 / 0, evolve, 0)
    assert Application(broken, store).handle("a", Add((1,)), command_id="x") == first


@pytest.mark.parametrize("stream", [["a"], None, "", 7, {}])
def test_a_command_for_what_is_not_a_stream_is_refused_by_name(store, stream):
    with pytest.raises(InvalidStream, match="is not a stream name"):
        Application(tally, store).handle(stream, Add((1,)))
