"""Differences: rows that lead from one state to another, and the life of a field."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tally import Add, Added, Take, Taken

from esdemo import Application, Decider, frames, timeline
from esdemo.domains import bank
from esdemo.errors import NotFound
from esdemo.timeline import Change, apply, diff


class Point(msgspec.Struct, frozen=True):
    x: object = 0
    y: object = 0


class Other(msgspec.Struct, frozen=True):
    x: object = 0


PLAIN = (
    st.none()
    | st.booleans()
    | st.integers(-2, 2)
    | st.text(max_size=2)
    | st.tuples(st.integers(0, 1))
)
STATES = st.recursive(
    PLAIN,
    lambda inner: (
        st.builds(Point, inner, inner)
        | st.builds(Other, inner)
        | st.dictionaries(st.text("ab.", max_size=2) | st.integers(0, 2), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(before=STATES, after=STATES)
def test_a_difference_applied_to_the_first_gives_the_second(before, after):
    as_it_was = repr(before)
    assert apply(before, diff(before, after)) == after
    assert repr(before) == as_it_was, "apply changed the state that it was given"


@given(state=STATES)
def test_what_is_equal_has_no_difference(state):
    assert diff(state, state) == ()


@given(before=STATES, after=STATES)
def test_going_back_is_the_same_rows_the_other_way(before, after):
    there, back = diff(before, after), diff(after, before)
    assert {(row.path, row.before, row.after) for row in map(plain, there)} == {
        (row.path, row.after, row.before) for row in map(plain, back)
    }


def plain(change):
    """With its values as text, so that it can be in a set."""
    return Change(change.path, change.kind, repr(change.before), repr(change.after))


@given(before=STATES, after=STATES)
def test_a_difference_is_a_plain_value(before, after):
    rows = diff(before, after)
    assert rows == diff(before, after)
    assert all(row.kind in ("added", "removed", "changed") for row in rows)


def test_a_struct_is_compared_by_field_and_a_dict_by_key():
    before = {"ann": Point(1, (1, 2)), "bob": Point()}
    after = {"ann": Point(1, (1, 3)), "cem": Point()}
    assert diff(before, after) == (
        Change(("ann", "y"), "changed", (1, 2), (1, 3)),
        Change(("bob",), "removed", Point(), None),
        Change(("cem",), "added", None, Point()),
    )


def test_true_is_not_one_and_another_type_is_another_state():
    assert diff(Point(1), Point(True)) == (Change(("x",), "changed", 1, True),)
    assert diff(Point(1), Other(1)) == (Change((), "changed", Point(1), Other(1)),)


@pytest.mark.parametrize(
    ("state", "change"),
    [
        (Point(1), Change(("x",), "changed", 2, 3)),
        (Point(1), Change(("z",), "changed", 1, 3)),
        ({"a": 1}, Change(("a",), "added", None, 1)),
        ({"a": 1}, Change(("b",), "removed", 1, None)),
        ({"a": 1}, Change(("a",), "removed", 2, None)),
        ({"a": 1}, Change(("a", "b"), "changed", 2, 3)),
        (1, Change((), "changed", 2, 3)),
        (1, Change(("a",), "changed", 2, 3)),
    ],
)
def test_changes_are_not_applied_to_another_state(state, change):
    with pytest.raises(ValueError, match=r"does not start from .* made from"):
        apply(state, [change])


def test_two_moments_of_a_whole_bank_differ_by_what_happened_between_them():
    year = bank.simulate(accounts=4, days=40)
    before, after = (timeline.states(year, position=position) for position in (2, 60))
    rows = diff(before, after)
    assert apply(before, rows) == after
    assert {row.path[0] for row in rows if row.kind == "added"} == after.keys() - before.keys()
    assert all(row.path[0] in before for row in rows if row.kind == "changed")


def test_the_table_of_a_difference_has_a_row_for_each_change():
    rows = diff({"ann": Point(1), 2: 0}, {"ann": Point(5)})
    table = frames.diff(rows)
    assert list(table.columns) == ["path", "kind", "before", "after"]
    assert list(table["path"]) == ["ann.x", "2"]
    assert list(table["kind"]) == ["changed", "removed"]
    assert list(table["before"]) == [1, 0]
    assert frames.diff(()).empty
    assert list(frames.diff(()).columns) == list(table.columns)


# One field.


@pytest.fixture
def filled(application):
    for command in Add((5, 0)), Take(9), Take(2), Add((0,)), Add((2,)):
        application.handle("a", command, actor="ann")
    return application


def test_the_history_of_a_field_lists_the_events_that_changed_it(filled):
    rows = timeline.field_history(filled, "a", "real")
    assert [(row.version, row.event, row.before, row.after) for row in rows] == [
        (1, Added(5), 0, 5),
        (3, Taken(2), 5, 3),
        (5, Added(2), 3, 5),
    ]
    assert {row.actor for row in rows} == {"ann"}


def test_the_history_of_a_field_leads_from_the_first_value_to_the_last():
    year = bank.simulate(accounts=3, days=60)
    for stream in year.store.streams():
        rows = timeline.field_history(year, stream, "balance")
        assert [row.after for row in rows[:-1]] == [row.before for row in rows[1:]]
        assert rows[0].before == 0
        assert rows[-1].after == year.state(stream).balance
        for row in rows:
            assert year.state(stream, version=row.version).balance == row.after
            assert year.state(stream, version=row.version - 1).balance == row.before
    table = frames.table(rows)
    assert list(table.columns[:5]) == ["version", "position", "event", "before", "after"]
    assert table["version"].dtype == "Int64"


def test_a_property_and_a_key_have_a_history_too(filled):
    year = bank.simulate(accounts=1, days=30)
    rows = timeline.field_history(year, "alice", "available")
    assert rows[-1].after == year.state("alice").available

    def count(kinds, event):
        name = type(event).__name__
        return {**kinds, name: kinds.get(name, 0) + 1}

    kinds = Application(Decider(lambda command, state: [], count, {}), filled.store)
    taken = timeline.field_history(kinds, "a", "Taken")
    assert [(row.version, row.before, row.after) for row in taken] == [(3, None, 1)]


def test_a_field_that_is_not_there_is_an_error_that_names_those_that_are():
    year = bank.simulate(accounts=1, days=1)
    with pytest.raises(ValueError, match=r"no field 'balanc'; it has balance, overdraft"):
        timeline.field_history(year, "alice", "balanc")


def test_a_stream_without_events_has_no_field(filled):
    with pytest.raises(NotFound, match=r"'nobody' has no events.*streams"):
        timeline.field_history(filled, "nobody", "real")
