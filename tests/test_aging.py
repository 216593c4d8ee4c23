"""Aging: random shapes, changed again and again; old bytes are read by the newest code.

What new code folds out of old bytes is what old code folded, translated; or, where a step is
missing, an error that names the place. Hashes do not change, since no stored byte does.
"""

from typing import NamedTuple

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esdemo import Decider, Event, MemoryStore, Vocabulary, audit, errors

FIELDS = [f"f{number}" for number in range(8)]


class Step(NamedTuple):
    """A change of a shape: its fields before and after, of a payload, and of what was summed."""

    fields: tuple[str, ...]
    upcast: object
    translate: object


def added(fields, name, value):
    """A field that older events get a value for."""
    return Step(
        (*fields, name),
        lambda payload: payload | {name: value},
        lambda sums, count: sums | {name: value * count},
    )


def renamed(fields, old, new):
    """A field under another name."""

    def moved(values):
        return {new if name == old else name: value for name, value in values.items()}

    return Step(tuple(moved(dict.fromkeys(fields))), moved, lambda sums, count: moved(sums))


def scaled(fields, name, factor):
    """A field in another unit."""

    def times(values):
        return values | {name: values[name] * factor}

    return Step(fields, times, lambda sums, count: times(sums))


def removed(fields, name):
    """A field that nobody wants any more."""

    def without(values):
        return {key: value for key, value in values.items() if key != name}

    return Step(tuple(without(dict.fromkeys(fields))), without, lambda sums, count: without(sums))


@st.composite
def chains(draw):
    """The fields of version 1, and the steps to the newest version."""
    fields = tuple(draw(st.lists(st.sampled_from(FIELDS), min_size=1, max_size=4, unique=True)))
    first, steps = fields, []
    for _ in range(draw(st.integers(1, 6))):
        free = [name for name in FIELDS if name not in fields]
        kinds = ["renamed", "scaled", "added"] + ["removed"] * (len(fields) > 1)
        kind = draw(st.sampled_from(kinds))
        name = draw(st.sampled_from(fields))
        if kind == "added":
            step = added(fields, draw(st.sampled_from(free)), draw(st.integers(-9, 9)))
        elif kind == "renamed":
            step = renamed(fields, name, draw(st.sampled_from(free)))
        elif kind == "scaled":
            step = scaled(fields, name, draw(st.integers(-100, 100)))
        else:
            step = removed(fields, name)
        steps.append(step)
        fields = step.fields
    return first, steps


def shape(fields, version):
    """The class of an event of some version."""
    tag = "Booked" if version == 1 else f"Booked.{version}"
    declared = [(name, int) for name in fields]
    return msgspec.defstruct("Booked", declared, bases=(Event,), frozen=True, tag=tag)


def next_name(step, version):
    """The upcaster from one version to the next."""

    def upcast(payload):
        values = {name: value for name, value in payload.items() if name != "type"}
        return step.upcast(values) | {"type": f"Booked.{version + 1}"}

    return upcast


def adding(fields):
    """A fold that sums each field."""

    def evolve(sums, event):
        return {name: sums[name] + getattr(event, name) for name in fields}

    return Decider(lambda command, state: [], evolve, dict.fromkeys(fields, 0))


def upcasters(steps):
    names = ["Booked", *(f"Booked.{version}" for version in range(2, len(steps) + 2))]
    return {names[nth]: next_name(step, nth + 1) for nth, step in enumerate(steps)}


@st.composite
def stories(draw):
    """A chain, and what a program of some age has stored: of each version up to its own."""
    first, steps = draw(chains())
    written = draw(
        st.lists(
            st.tuples(
                st.integers(1, len(steps) + 1), st.lists(st.integers(-(10**6), 10**6), min_size=8)
            ),
            min_size=1,
            max_size=8,
        )
    )
    return first, steps, sorted((version, values[:8]) for version, values in written)


def stored(first, steps, written):
    """Events as each version's own code stored them, and the sums that it would have had."""
    store = MemoryStore(shape(first, 1))
    sums, count, fields = dict.fromkeys(first, 0), 0, first
    version = 1
    for wanted, values in written:
        while version < wanted:
            step = steps[version - 1]
            sums, fields, version = step.translate(sums, count), step.fields, version + 1
            store.vocabulary = Vocabulary(
                shape(fields, version), dict(list(upcasters(steps).items())[: version - 1])
            )
        cls = store.vocabulary.types[0]
        (kept,) = store.append(
            "s", [cls(*values[: len(fields)])], expected_version=store.version("s")
        )
        sums, count = adding(fields).fold([kept.event], sums), count + 1
    for step in steps[version - 1 :]:
        sums, fields = step.translate(sums, count), step.fields
    return store, sums, fields


@given(stories())
def test_new_code_folds_old_bytes_to_what_old_code_had_translated(story):
    first, steps, written = story
    store, sums, fields = stored(first, steps, written)
    sealed = audit.verify(store).seal
    store.vocabulary = Vocabulary(shape(fields, len(steps) + 1), upcasters(steps))
    assert adding(fields).fold(store.events("s")) == sums
    assert audit.compare(store, sealed) == []
    assert audit.verify(store).wrong is None


@given(stories(), st.data())
def test_where_a_step_is_missing_the_place_is_named_and_the_rest_is_read(story, data):
    first, steps, written = story
    store, _, fields = stored(first, steps, written)
    lost = data.draw(st.integers(1, len(steps)))
    known = upcasters(steps)
    del known["Booked" if lost == 1 else f"Booked.{lost}"]
    store.vocabulary = Vocabulary(shape(fields, len(steps) + 1), known)
    old = [number for number, (version, _) in enumerate(written, 1) if version <= lost]
    for number in range(1, len(written) + 1):
        if number in old:
            with pytest.raises(errors.Unreadable, match=f"'s', version {number} cannot be read"):
                list(store.events("s", number - 1, number))
        else:
            assert len(list(store.events("s", number - 1, number))) == 1


@given(stories())
def test_old_code_refuses_a_newer_name_by_place(story):
    first, steps, written = story
    store, _, _ = stored(first, steps, written)
    store.vocabulary = Vocabulary(shape(first, 1))
    newer = [number for number, (version, _) in enumerate(written, 1) if version > 1]
    if not newer:
        assert len(list(store.events("s"))) == len(written)
        return
    with pytest.raises(errors.Unreadable, match=f"version {newer[0]} cannot be read"):
        list(store.events("s"))
