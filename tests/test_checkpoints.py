"""Checkpoints: caches that must never be able to change an answer."""

import functools
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from conftest import START
from hypothesis import given
from hypothesis import strategies as st
from tally import Add, Added, TallyMessage, decide, tally

from esdemo import (
    Application,
    Checkpoints,
    Decider,
    EsdemoError,
    Event,
    MemoryStore,
    SQLiteStore,
    Vocabulary,
)
from esdemo.checkpoints import tag
from esdemo.clocks import ticking
from esdemo.domains import bank


@pytest.fixture
def cache(tmp_path):
    """A file for checkpoints."""
    return tmp_path / "checkpoints.db"


def history(*amounts, stream="a"):
    """A store in memory with one stream of additions."""
    store = MemoryStore(TallyMessage, ticking(START))
    store.append(stream, [Added(amount) for amount in amounts], expected_version=0)
    return store


def wrong(total, event):
    return total + event.amount + 100


def right(total, event):
    return total + event.amount


def folding(evolve, initial=0):
    """The tally with another memory."""
    return Decider(decide, evolve, initial)


# Equal to a full replay, for every cut.


@pytest.mark.parametrize("every", [1, 2, 3, 7, 10, 11, 100])
def test_the_state_at_every_version_equals_the_full_replay(every):
    store = history(*range(1, 24))
    for last in reversed(range(24)):
        with closing(Checkpoints(tally, every=every)) as checkpoints:
            checkpoints.state(store, "a", last)
            for version in range(24):
                expected = tally.fold(store.events("a", until=version))
                assert checkpoints.state(store, "a", version) == expected


@given(asked=st.lists(st.integers(0, 60)), every=st.integers(1, 9))
def test_the_order_of_the_questions_makes_no_difference(asked, every):
    store = history(*range(60))
    with closing(Checkpoints(tally, every=every)) as checkpoints:
        for version in asked:
            assert checkpoints.state(store, "a", version) == sum(range(version))


def test_a_bank_account_comes_back_as_it_was():
    year = bank.simulate(accounts=3, days=120)
    for every in 1, 10:
        with closing(Checkpoints(bank.rules, every=every)) as checkpoints:
            application = Application(bank.rules, year.store, checkpoints=checkpoints)
            for stream in year.store.streams():
                for version in range(year.store.version(stream) + 1):
                    ask = {"version": version}
                    assert application.state(stream, **ask) == year.replay(stream, **ask)


def test_checkpoints_save_reading():
    """That they are used at all: the events after the last one are the only ones read."""
    store = history(*range(250))
    read = []
    store.events = lambda stream, after=0, until=None: (
        read.append(after) or type(store).events(store, stream, after, until)
    )
    with closing(Checkpoints(tally, every=100)) as checkpoints:
        for _ in range(2):
            assert checkpoints.state(store, "a", 230) == sum(range(230))
        assert read == [0, 100, 200, 200]
        assert len(checkpoints) == 2
        assert checkpoints.latest(store, "a", 199) == (sum(range(100)), 100)
        assert checkpoints.latest(store, "a", 99) == (0, 0)


def test_an_application_fills_and_uses_its_checkpoints():
    store = history(*range(25))
    with closing(Checkpoints(tally, every=10)) as checkpoints:
        application = Application(tally, store, checkpoints=checkpoints)
        assert application.state("a", version=21) == sum(range(21))
        assert len(checkpoints) == 2
        checkpoints.save(store, "a", 20, -1_000)  # only a lie shows that it is read
        fresh = Application(tally, store, checkpoints=checkpoints)
        assert fresh.state("a", version=20) == -1_000
        assert fresh.state("a") == -1_000 + sum(range(20, 25))
        assert fresh.replay("a") == sum(range(25))


def test_an_application_that_only_handles_commands_reads_its_checkpoints_after_a_restart(cache):
    store = MemoryStore(TallyMessage, ticking(START))
    with closing(Checkpoints(tally, cache, every=5)) as checkpoints:
        application = Application(tally, store, checkpoints=checkpoints)
        for _ in range(12):
            application.handle("a", Add((1,)))
    with closing(Checkpoints(tally, cache, every=5)) as checkpoints:
        again = Application(tally, store, checkpoints=checkpoints)
        assert again.state("a") == again.state("a", version=12) == 12
        assert len(checkpoints) == 2


def test_checkpoints_of_another_decider_are_refused(store):
    others = Checkpoints(folding(right))
    with closing(others), pytest.raises(ValueError, match="another decider"):
        Application(tally, store, checkpoints=others)


@pytest.mark.parametrize("every", [0, -1])
def test_a_checkpoint_is_saved_every_so_many_events(every):
    with pytest.raises(ValueError, match="1 or more"):
        Checkpoints(tally, every=every)


# Stale ones are not found.


def test_a_fixed_rule_with_an_unchanged_shape_does_not_go_on_from_a_wrong_sum(cache):
    store = history(*range(20))
    with closing(Checkpoints(folding(wrong), cache, every=5)) as checkpoints:
        assert checkpoints.state(store, "a", 20) == sum(range(20)) + 2_000
    with closing(Checkpoints(folding(right), cache, every=5)) as checkpoints:
        assert len(checkpoints) == 0
        assert checkpoints.state(store, "a", 20) == sum(range(20))


def test_unchanged_checkpoints_are_found_by_another_process(cache):
    """Their tag does not depend on an address, a line number or the seed of string hashes."""
    program = (
        "from tally import tally; from esdemo.domains.bank import Account, rules; "
        "from esdemo.checkpoints import tag; print(tag(tally, int), tag(rules, Account))"
    )
    command = [sys.executable, "-c", program]
    here = f"{tag(tally, int)} {tag(bank.rules, bank.Account)}"
    for seed in "0", "1":
        done = subprocess.run(
            command,
            cwd=Path(__file__).parent,
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == here


def test_a_rule_that_has_run_a_thousand_times_keeps_its_tag():
    """CPython rewrites the bytecode of a warm function; the tag must not see that."""
    decider = folding(right)
    cold = tag(decider, int)
    decider.fold([Added(1)] * 1_000)
    assert tag(decider, int) == cold


def define(source, name="evolve"):
    """A function from its text."""
    namespace = {"Added": Added}
    exec(source, namespace)
    return namespace[name]


BASE = "def evolve(total, event, rate=1):\n    return total + event.amount * rate\n"
MATCH = "def evolve(total, event):\n    match event:\n        case Added():\n            return 1\n"
CHANGES = {
    "another constant": BASE.replace("* rate", "* rate + 1"),
    "another operator": BASE.replace("total +", "total -"),
    "other operands": BASE.replace("total + event.amount", "event.amount - total"),
    "another attribute": BASE.replace("amount", "size"),
    "another default": BASE.replace("rate=1", "rate=2"),
    "a keyword default": BASE.replace(" rate=1", " *, rate=2"),
    "another helper": "def evolve(total, event):\n    return max(total, event.amount)\n",
    "yet another helper": "def evolve(total, event):\n    return min(total, event.amount)\n",
    "an inner function": "def evolve(total, event):\n    return (lambda: total + 1)()\n",
    "a changed inner function": "def evolve(total, event):\n    return (lambda: total + 2)()\n",
    "a set": "def evolve(total, event):\n    return total + (event.amount in {1, 2})\n",
    "another set": "def evolve(total, event):\n    return total + (event.amount in {1, 3})\n",
    "a class": MATCH,
    "another class": MATCH.replace("Added", "Taken"),
    "one": "def evolve(total, event):\n    return total + 1\n",
    "true": "def evolve(total, event):\n    return total + True\n",
}


def test_every_change_of_a_rule_changes_its_tag():
    tags = {name: tag(folding(define(source)), int) for name, source in CHANGES.items()}
    tags["base"] = tag(folding(define(BASE)), int)
    assert len(set(tags.values())) == len(tags), tags


NAMED = {
    "a helper in a generator": ("sum(named(n) for n in [1])", define(BASE), define(MATCH)),
    "a helper in a lambda": ("(lambda n: named(n))(event.amount)", define(BASE), define(MATCH)),
    "a helper with a cache": (
        "named(1, event)",
        functools.lru_cache(define(BASE)),
        functools.lru_cache(define(MATCH)),
    ),
    "a decimal rate": ("int(named)", Decimal(1), Decimal(2)),
    "a date": ("named.year", date(2026, 1, 1), date(2027, 1, 1)),
    "a table of rates": ("named['a']", {"a": 1}, {"a": 2}),
    "a table of rules": ("named['a']", {"a": define(BASE)}, {"a": define(MATCH)}),
}


@pytest.mark.parametrize(("expression", "before", "after"), NAMED.values(), ids=NAMED)
def test_a_change_of_what_a_rule_names_changes_its_tag(expression, before, after):
    source = f"def evolve(total, event):\n    return total + {expression}\n"
    rules = [define(source), define(source), define(source)]
    for rule, named in zip(rules, (before, before, after), strict=True):
        rule.__globals__["named"] = named
    first, same, other = (tag(folding(rule), int) for rule in rules)
    assert first == same != other


def test_a_global_that_only_shares_its_name_with_a_field_is_not_asked():
    rule = define(BASE)
    before = tag(folding(rule), int)
    rule.__globals__["amount"] = 7
    assert tag(folding(rule), int) == before


def test_a_comment_a_blank_line_or_a_docstring_changes_nothing_but_perhaps_the_docstring():
    moved = "\n\n# a comment\n" + BASE.replace("\n    return", "\n    # another\n    return")
    assert tag(folding(define(moved)), int) == tag(folding(define(BASE)), int)


def test_another_initial_state_or_shape_changes_the_tag():
    class Before(msgspec.Struct, frozen=True):
        total: int = 0

    class After(msgspec.Struct, frozen=True):
        total: int = 0
        count: int = 0

    tags = {
        tag(folding(right, Before()), Before),
        tag(folding(right, Before(1)), Before),
        tag(folding(right, After()), After),
    }
    assert len(tags) == 3


@pytest.mark.parametrize(
    "disguise", [functools.partial, lambda rule: type("Rule", (), {"__call__": rule})()]
)
def test_a_rule_without_code_of_its_own_is_told_from_another_or_refused(disguise):
    """functools.partial and callable objects have no __code__ to look at."""

    def one(*args):
        return args[-2] + args[-1].amount

    def two(*args):
        return args[-2] - args[-1].amount

    try:
        tags = {tag(folding(disguise(rule)), int) for rule in (one, two)}
    except (EsdemoError, TypeError, ValueError):
        return
    assert len(tags) == 2


# Not even a wrong cache gives a wrong answer.


def test_deleting_the_file_changes_no_answer(cache):
    store = history(*range(50))
    answers = []
    for _ in range(2):
        with closing(Checkpoints(tally, cache, every=10)) as checkpoints:
            answers.append([checkpoints.state(store, "a", v) for v in range(51)])
        for file in cache.parent.iterdir():
            file.unlink()
    assert answers[0] == answers[1] == [sum(range(v)) for v in range(51)]


def test_clearing_forgets_everything():
    with closing(Checkpoints(tally, every=1)) as checkpoints:
        checkpoints.state(history(1, 2), "a", 2)
        checkpoints.clear()
        assert len(checkpoints) == 0
        assert checkpoints.state(history(1, 2), "a", 2) == 3


def test_one_file_for_two_stores_does_not_mix_their_histories(cache):
    """A notebook makes a fresh store each time it runs, beside the checkpoints of last time."""
    with closing(Checkpoints(tally, cache, every=2)) as checkpoints:
        assert checkpoints.state(history(1, 2, 3), "a", 3) == 6
        assert checkpoints.state(history(10, 20, 30), "a", 3) == 60


@pytest.mark.parametrize(
    "initial",
    [(), {}, {1: 2}, {"a": {1}}, frozenset(), None],
    ids=repr,
)
def test_a_state_that_json_would_change_is_refused_not_changed(initial):
    """A tuple of tuples comes back as a tuple of lists, an integer key as text."""

    def collecting(state, event):
        if isinstance(state, tuple):
            return (*state, (event.amount,))
        if isinstance(state, frozenset):
            return state | {event.amount}
        return {**(state or {}), event.amount: event.amount}

    decider = folding(collecting, initial)
    store = history(1, 2, 3)
    try:
        checkpoints = Checkpoints(decider, every=1)
    except (EsdemoError, TypeError, ValueError):
        return
    with closing(checkpoints):
        try:
            checkpoints.state(store, "a", 2)
        except (EsdemoError, TypeError, ValueError):
            return
        assert checkpoints.state(store, "a", 3) == decider.fold(store.events("a"))


def test_the_type_of_the_state_can_be_given():
    decider = folding(lambda state, event: (*state, (event.amount,)), ())
    store = history(1, 2, 3)
    with closing(Checkpoints(decider, every=1, state=tuple[tuple[int, ...], ...])) as checkpoints:
        for _ in range(2):
            assert checkpoints.state(store, "a", 3) == ((1,), (2,), (3,))


def test_a_damaged_checkpoint_is_not_believed(cache):
    store = history(1, 2, 3)
    with closing(Checkpoints(tally, cache, every=1)) as checkpoints:
        checkpoints.state(store, "a", 3)
    with closing(sqlite3.connect(cache)) as db:
        db.execute("UPDATE checkpoints SET state = x'78'")
        db.commit()
    with closing(Checkpoints(tally, cache, every=1)) as checkpoints:
        assert checkpoints.state(store, "a", 3) == 6


# A file that lies, or that cannot be used, changes no answer and stops nobody.


def saved(cache, decider=tally, store=None):
    """A store of ten additions, and an application with checkpoints in that file."""
    store = store or history(*[10] * 10)
    return Application(decider, store, checkpoints=Checkpoints(decider, cache, every=10))


def test_an_edited_checkpoint_is_none(cache, caplog):
    assert saved(cache).state("a") == 100
    with closing(sqlite3.connect(cache)) as db:
        db.execute("UPDATE checkpoints SET state = cast('900' AS BLOB)")
        db.commit()
    application = saved(cache)
    assert application.state("a") == 100
    assert "is not what was saved" in application.checkpoints.trouble
    assert "is not what was saved" in caplog.text


@pytest.mark.parametrize("content", [b"x" * 5_000, b"SQLite format 3\x00" + b"\xff" * 4_080])
def test_a_damaged_file_of_checkpoints_stops_nobody(cache, content):
    cache.write_bytes(content)
    application = saved(cache)
    assert application.state("a") == 100
    assert not application.handle("a", Add((1,))).refused
    assert "of no use as a cache" in application.checkpoints.trouble


def test_the_file_of_another_program_is_left_alone(cache):
    with closing(sqlite3.connect(cache)) as db:
        db.execute("CREATE TABLE precious (thing)")
    before = cache.read_bytes()
    application = saved(cache)
    assert application.state("a", version=10) == 100
    assert "another program" in application.checkpoints.trouble
    application.checkpoints.close()
    assert cache.read_bytes() == before


def test_a_locked_file_is_not_waited_for(cache):
    application = saved(cache)
    with closing(sqlite3.connect(cache, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert application.state("a") == 100
        assert not application.handle("a", Add((1,))).refused
    assert "locked" in application.checkpoints.trouble


def test_a_corrected_upcaster_is_not_served_the_old_sum(cache, tmp_path):
    with SQLiteStore(tmp_path / "old.db", Deposited1) as store:
        store.append("a", [Deposited1(1)] * 10, expected_version=0)
    decider = Decider(lambda command, total: [], lambda total, event: total + event.cents, 0)
    sums = []
    for factor in (1, 100):

        def upcast(old, factor=factor):
            return {"type": "Deposited.2", "cents": old["n"] * factor}

        vocabulary = Vocabulary(Deposited2, {"Deposited": upcast})
        with SQLiteStore(tmp_path / "old.db", vocabulary) as store:
            sums.append(saved(cache, decider, store).state("a", version=10))
    assert sums == [10, 1_000]


def test_another_default_in_an_event_is_not_served_the_old_sum(cache):
    sums = []
    for number in (1, 3):

        class Given(Event):
            worth: int = number

        store = MemoryStore(Given, ticking(START))
        store.append("a", [Given()] * 10, expected_version=0)
        decider = Decider(lambda command, total: [], lambda total, event: total + event.worth, 0)
        sums.append(saved(cache, decider, store).state("a", version=10))
    assert sums == [10, 30]


def test_two_deciders_on_one_file_never_get_each_others_states(cache):
    def times(factor):
        return Decider(tally.decide, lambda total, event: total + factor * event.amount, 0)

    once, twice = times(1), times(2)
    store = history(*[10] * 10)
    assert [saved(cache, each, store).state("a", version=10) for each in (once, twice, once)] == [
        *(100, 200, 100)
    ]


def test_a_changed_helper_is_seen(cache, monkeypatch):
    decider = Decider(tally.decide, evolve_by_helper, 0)
    store = history(*[10] * 10)
    assert saved(cache, decider, store).state("a", version=10) == 100
    monkeypatch.setitem(globals(), "helper", lambda amount: amount * 2)
    assert saved(cache, decider, store).state("a", version=10) == 200


def test_an_evolve_whose_parts_cannot_be_seen_is_refused():
    box = []
    with pytest.raises(TypeError, match="cannot see"):
        Checkpoints(Decider(tally.decide, lambda total, event: box and total, 0))


def test_an_initial_state_that_json_changes_is_refused_at_once():
    with pytest.raises(ValueError, match="give its type"):
        Checkpoints(Decider(tally.decide, lambda state, event: state, ((1, 2),)))


class Deposited1(Event, tag="Deposited"):
    n: int


class Deposited2(Event, tag="Deposited.2"):
    cents: int


def helper(amount):
    return amount


def evolve_by_helper(total, event):
    return total + helper(event.amount)
