"""Boundaries: a rule that no single stream holds, kept while others write."""

import secrets
from collections import Counter
from contextlib import suppress

import pytest
from conftest import START, contents
from hypothesis import given
from hypothesis import strategies as st
from members import MemberMessage, Redeem, Register, about, members, tags
from torture.company import started
from torture.racing import opened

from esdemo import Conflict, Decider, MemoryStore, SQLiteStore, audit
from esdemo.boundaries import Boundary
from esdemo.clocks import ticking
from esdemo.errors import CommandIdReused, NotAFact
from esdemo.stores import Unless

RACERS = 8


def bounded(store, **options):
    """The rules of the members at work on a store."""
    return Boundary(members, store, tags=tags, about=about, **options)


@pytest.fixture
def boundary(new_store):
    return bounded(new_store(MemberMessage))


def test_an_address_is_given_once_whatever_the_stream(boundary):
    assert not boundary.handle("ann", Register("ann", "a@x")).refused
    assert boundary.handle("ben", Register("ben", "a@x")).reason == "a@x is taken"
    assert not boundary.handle("ben", Register("ben", "b@x")).refused
    assert boundary.store.position == 2
    assert boundary.state("address a@x").addresses == {"a@x"}
    assert boundary.state("member ann", "member ben").addresses == {"a@x", "b@x"}
    assert boundary.state().addresses == frozenset()


def test_two_that_looked_at_once_do_not_both_write(sqlite_store):
    first, second = bounded(sqlite_store(MemberMessage)), bounded(sqlite_store(MemberMessage))
    first.state("address a@x")
    second.state("address a@x")
    assert not first.handle("ann", Register("ann", "a@x")).refused
    assert second.handle("ben", Register("ben", "a@x")).refused


def test_what_came_between_the_question_and_the_answer_is_seen(boundary):
    """Another writer is faster in every attempt but the last."""
    times = []

    def overtaken(command, known):
        times.append(known.uses)
        if len(times) < 4:
            bounded(boundary.store).handle(f"fast {len(times)}", Redeem("fast", "c", 99))
        return members.decide(command, known)

    slow = Boundary(
        Decider(overtaken, members.evolve, members.initial),
        boundary.store,
        tags=tags,
        about=about,
        pause=lambda number, seconds: 0,
    )
    assert not slow.handle("slow", Redeem("slow", "c", 4)).refused
    assert times == [0, 1, 2, 3]
    assert boundary.state("coupon c").uses == 4


def test_what_is_about_something_else_is_no_conflict(boundary):
    asked = []

    def overtaken(command, known):
        asked.append(known)
        bounded(boundary.store).handle(f"other {len(asked)}", Redeem("other", "d", 99))
        return members.decide(command, known)

    slow = Boundary(
        Decider(overtaken, members.evolve, members.initial), boundary.store, tags=tags, about=about
    )
    slow.handle("slow", Redeem("slow", "c", 1))
    assert len(asked) == 1


def test_the_last_attempt_keeps_others_out(boundary):
    """Somebody is faster in nine attempts; in the tenth nobody can be."""
    seen = []

    def overtaken(command, known):
        seen.append(known.uses)
        if not boundary.store.tentative:
            bounded(boundary.store).handle(f"fast {len(seen)}", Redeem("fast", "c", 99))
        return members.decide(command, known)

    slow = Boundary(
        Decider(overtaken, members.evolve, members.initial),
        boundary.store,
        tags=tags,
        about=about,
        pause=lambda number, seconds: 0,
    )
    assert not slow.handle("slow", Redeem("slow", "c", 99)).refused
    assert seen == list(range(10))


def test_a_repeated_id_is_handled_once_and_another_command_under_it_is_an_error(boundary):
    first = boundary.handle("ann", Register("ann", "a@x"), command_id="r")
    before = contents(boundary.store)
    assert boundary.handle("ann", Register("ann", "a@x"), command_id="r") == first
    with pytest.raises(CommandIdReused):
        boundary.handle("ann", Register("ann", "b@x"), command_id="r")
    assert contents(boundary.store) == before


def test_a_bug_in_evolve_stores_nothing(new_store):
    def broken(known, event):
        raise ZeroDivisionError

    store = new_store(MemberMessage)
    boundary = Boundary(
        Decider(members.decide, broken, members.initial), store, tags=tags, about=about
    )
    with pytest.raises(ZeroDivisionError):
        boundary.handle("ann", Register("ann", "a@x"))
    assert store.counts() == (0, 0)


def test_a_command_that_is_no_fact_is_refused_by_name(boundary):
    with pytest.raises(NotAFact):
        boundary.handle("ann", Register("ann", 7))
    assert boundary.store.counts() == (0, 0)


def test_what_was_undone_is_not_remembered(boundary):
    def work():
        boundary.handle("ann", Register("ann", "a@x"))
        assert boundary.handle("ben", Register("ben", "a@x")).refused
        raise KeyError("a bug")

    with suppress(KeyError):
        boundary.store.alone(work)
    assert not boundary.handle("ben", Register("ben", "a@x")).refused
    assert audit.verify(boundary.store).wrong is None


@given(
    steps=st.lists(
        st.tuples(st.integers(0, 1), st.booleans(), st.integers(0, 3), st.integers(0, 3)),
        max_size=30,
    )
)
def test_two_boundaries_by_turns_say_what_one_list_would(steps):
    store = MemoryStore(MemberMessage, ticking(START))
    both = [bounded(store), bounded(store)]
    taken, uses = set(), Counter()
    for number, (who, registers, member, what) in enumerate(steps):
        both[who].ids = lambda number=number: f"cmd-{number}"
        if registers:
            refused = both[who].handle(f"m{member}", Register(f"m{member}", f"{what}@x")).refused
            assert refused == (what in taken)
            taken.add(what)
        else:
            command = Redeem(f"m{member}", f"c{what}", 2)
            assert both[who].handle(f"m{member}", command).refused == (uses[what] >= 2)
            uses[what] = min(2, uses[what] + 1)


# Eight real processes, on every home that processes share.


@pytest.fixture(params=["sqlite", "postgres"])
def shared(request, tmp_path):
    """The address of an empty store that several processes can open, and its schema there."""
    if request.param == "sqlite":
        SQLiteStore(tmp_path / "members.db", MemberMessage).close()
        return str(tmp_path / "members.db"), "-"
    schema = f"s{secrets.token_hex(6)}"
    request.getfixturevalue("postgres_store")(MemberMessage, None, schema)
    return request.getfixturevalue("postgres"), schema


def raced(role, shared, *arguments):
    """What eight processes say that begin at once."""
    calls = [(role, *shared, f"racer{number}", *arguments) for number in range(RACERS)]
    with started(*calls) as company:
        said = list(company.lines())
        assert company.complaint() == ""
    return Counter(line.split(" ")[0] for line in said)


def whole(shared):
    """How many events there are, once every hash is found right."""
    with opened(*shared) as store:
        assert audit.verify(store).wrong is None
        return store.position


@pytest.mark.parametrize(
    ("way", "registered"), [("checked before", RACERS), ("checked inside", 1), ("bounded", 1)]
)
def test_eight_processes_want_one_address(shared, way, registered, tmp_path):
    """A check outside of the write lock lets all of them through."""
    said = raced("register", shared, way, tmp_path, RACERS)
    assert said["kept"] == registered
    assert said["kept"] + said["refused"] == RACERS
    assert whole(shared) == registered


@pytest.mark.parametrize("way", ["bounded", "one stream"])
def test_eight_processes_want_a_coupon_of_1_000_uses(shared, way):
    said = raced("redeem", shared, way, 140, 1_000)
    assert said == {"kept": 1_000, "refused": 120}
    assert whole(shared) == 1_000


def test_a_conflict_is_told_when_the_condition_is_given_by_hand(boundary):
    boundary.handle("ann", Register("ann", "a@x"))
    with pytest.raises(Conflict, match="has come since position 0"):
        boundary.store.append(
            "ben",
            [next(boundary.store.events("ann"))],
            expected_version=0,
            unless=Unless(0, lambda fact: True),
        )
