"""Reads as records: nothing is shown before it is on record who looked."""

import pytest
from conftest import START
from tally import Add, TallyMessage

from esdemo import MemoryStore, SQLiteStore, errors
from esdemo.clocks import ticking
from esdemo.reads import StateRead, WatchedReads


@pytest.fixture
def watched(application):
    application.handle("a", Add((1, 2)))
    application.handle("a", Add((3,)))
    return WatchedReads(application, MemoryStore(StateRead, ticking(START)))


def looks(watched, stream="a"):
    return [(fact.actor, fact.event) for fact in watched.looked(stream)]


def test_who_looked_at_what_and_why_is_on_record(watched):
    assert watched.state("a", actor="teller-7", purpose="question at the counter") == 6
    assert watched.state("a", actor="teller-2", purpose="audit", version=1) == 1
    moment = watched.application.store.recorded("a")
    first = next(moment).recorded_at
    assert watched.state("a", actor="teller-2", purpose="audit", as_of=first) == 3
    assert looks(watched) == [
        ("teller-7", StateRead(3, "question at the counter")),
        ("teller-2", StateRead(1, "audit")),
        ("teller-2", StateRead(2, "audit")),
    ]


def test_looking_changes_nothing_in_the_log_that_is_looked_at(watched):
    before = watched.application.store.position
    watched.state("a", actor="x", purpose="y")
    assert watched.application.store.position == before


def test_looking_for_what_is_not_there_is_on_record_too(watched):
    assert watched.state("nobody", actor="x", purpose="curiosity") == 0
    assert looks(watched, "nobody") == [("x", StateRead(0, "curiosity"))]


def test_nobody_and_no_purpose_see_nothing(watched):
    with pytest.raises(ValueError, match="say who is looking"):
        watched.state("a", actor="", purpose="audit")
    with pytest.raises(errors.NotAFact):
        watched.state("a", actor="x", purpose="")
    assert looks(watched) == []


def test_what_is_on_record_is_what_was_shown_also_when_somebody_writes_meanwhile(watched):
    application = watched.application
    look = application.state

    def slow_look(stream, **moment):
        if not moment:
            application.handle("a", Add((100,)))
        return look(stream, **moment)

    application.state = slow_look
    assert watched.state("a", actor="x", purpose="y") == 6
    assert looks(watched) == [("x", StateRead(3, "y"))]


def test_a_version_and_a_moment_exclude_each_other(watched):
    with pytest.raises(errors.InvalidMoment, match="give one of"):
        watched.state("a", actor="x", purpose="y", version=1, as_of=START)
    assert looks(watched) == []


def test_a_version_that_is_not_there_leaves_no_record(watched):
    with pytest.raises(errors.InvalidMoment):
        watched.state("a", actor="x", purpose="y", version=9)
    assert looks(watched) == []


def test_what_cannot_be_recorded_is_not_shown(application, tmp_path):
    SQLiteStore(tmp_path / "reads.db", StateRead).close()
    with SQLiteStore(tmp_path / "reads.db", StateRead, read_only=True) as log:
        watched = WatchedReads(application, log)
        with pytest.raises(errors.ReadOnly):
            watched.state("a", actor="x", purpose="y")


def test_two_who_look_at_once_are_both_on_record(application, tmp_path):
    with (
        SQLiteStore(tmp_path / "reads.db", StateRead) as one,
        SQLiteStore(tmp_path / "reads.db", StateRead) as other,
    ):
        for log in (one, other, one, other):
            WatchedReads(application, log).state("a", actor="x", purpose="y")
        assert one.version("a") == 4


def test_the_vocabulary_of_a_tally_is_not_that_of_reads(application):
    with pytest.raises(errors.UnknownType, match="StateRead is not in this store's vocabulary"):
        WatchedReads(application, MemoryStore(TallyMessage)).state("a", actor="x", purpose="y")
