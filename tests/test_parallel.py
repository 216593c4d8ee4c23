"""Replay in parallel: the same states as one fold after another, wherever the history is."""

import os
import signal
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import pytest
from distributed import LocalCluster
from hypothesis import given
from hypothesis import strategies as st
from tally import Add, Added, TallyMessage, tally

from esdemo import Application, SQLiteStore
from esdemo.archives import NotAnArchive, freeze
from esdemo.clocks import numbered
from esdemo.parallel import Archive, Place, divided, on_dask, replay

STREAMS = 40


def filled(store):
    """A store with streams of different length, and their states by one fold after another."""
    application = Application(tally, store, ids=numbered("cmd"))
    for number in range(STREAMS):
        for amount in range(number % 7 + 1):
            application.handle(f"s{number}", Add((amount, number)))
    return {stream: application.replay(stream) for stream in store.streams()}


@pytest.fixture
def file(path):
    """The place of a file, and its states."""
    with SQLiteStore(path, TallyMessage) as store:
        return Place(str(path), TallyMessage), filled(store)


def test_processes_fold_a_file_as_one_does(file):
    place, states = file
    found = replay(place, tally, partitions=5, workers=2)
    assert found.states == states
    assert (found.troubles, found.position) == ({}, 310)


@pytest.fixture(scope="module")
def cluster():
    """A Dask cluster of two processes on the loopback."""
    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
    ) as cluster:
        yield cluster.scheduler_address


@pytest.fixture
def on_cluster(cluster):
    with on_dask(cluster) as executor:
        yield executor


def test_a_dask_cluster_folds_a_file_as_one_does(file, on_cluster):
    place, states = file
    assert replay(place, tally, executor=on_cluster).states == states


@pytest.mark.parametrize("home", ["postgres", "jetstream"])
def test_a_dask_cluster_folds_what_a_server_keeps_as_one_does(home, request, on_cluster):
    address = request.getfixturevalue(home)
    store = request.getfixturevalue(f"{home}_store")()
    name = "schema" if home == "postgres" else "stream"
    states = filled(store)
    place = Place(address, TallyMessage, {name: getattr(store.connection, name)})
    assert replay(place, tally, partitions=3, executor=on_cluster).states == states


def test_processes_fold_an_archive_as_one_does_the_store(file, tmp_path):
    place, states = file
    archive = str(tmp_path / "bank.parquet")
    with place.open() as store:
        freeze(store, archive)
    found = replay(Archive(archive, TallyMessage), tally, partitions=5, workers=2)
    assert (found.states, found.troubles, found.position) == (states, {}, 310)


def test_a_file_that_is_not_an_archive_is_told(file):
    with pytest.raises(NotAnArchive):
        replay(Archive(file[0].address, TallyMessage), tally)


def poison(total, event):
    """An evolve that stumbles over one event."""
    if event == Added(13):
        raise ZeroDivisionError("a bug")
    return tally.evolve(total, event)


def test_a_poisoned_stream_is_named_with_its_partition_and_the_others_are_there(file, on_cluster):
    place, states = file
    found = replay(place, replace(tally, evolve=poison), partitions=4, executor=on_cluster)
    (number,) = (n for n, names in enumerate(divided(list(states), 4)) if "s13" in names)
    assert found.troubles == {
        "s13": f"partition {number} of 4, 's13': ZeroDivisionError: a bug",
    }
    del states["s13"]
    assert found.states == states


def test_a_payload_that_cannot_be_read_is_named_too(file):
    place, states = file
    with closing(sqlite3.connect(place.address)) as db, db:
        db.execute("DROP TRIGGER events_are_never_updated")
        db.execute("UPDATE events SET data = '{' WHERE stream = 's7'")
    with ThreadPoolExecutor(2) as threads:
        found = replay(place, tally, executor=threads)
    assert list(found.troubles) == ["s7"]
    assert "Unreadable" in found.troubles["s7"]
    assert found.states.keys() == states.keys() - {"s7"}


def deadly(total, event):
    """An evolve that takes its process with it."""
    if event == Added(13):
        os.kill(os.getpid(), signal.SIGKILL)
    return tally.evolve(total, event)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no kill -9 here")
def test_when_a_process_dies_no_stream_is_lost_in_silence(file):
    place, states = file
    found = replay(place, replace(tally, evolve=deadly), partitions=4, workers=1)
    assert found.states.keys() | found.troubles.keys() == states.keys()
    assert "BrokenProcessPool" in found.troubles["s13"]
    assert all(states[stream] == state for stream, state in found.states.items())


def test_what_is_written_meanwhile_is_not_in_it(path):
    store = SQLiteStore(path, TallyMessage)
    states = filled(store)

    class Writing(Place):
        """Somebody writes once the replay has begun."""

        def open(self):
            opened = super().open()
            opened.append("late", [Added(1)], expected_version=opened.version("late"))
            opened.append("s0", [Added(1)], expected_version=opened.version("s0"))
            return opened

    with store, ThreadPoolExecutor(1) as thread:
        found = replay(Writing(str(path), TallyMessage), tally, partitions=3, executor=thread)
    assert found.states == states | {"late": 1, "s0": 1}
    assert found.position == 312


@given(st.lists(st.text(min_size=1), unique=True), st.integers(1, 20))
def test_every_stream_is_in_one_partition(streams, partitions):
    parts = divided(streams, partitions)
    assert len(parts) == partitions
    assert sorted(name for part in parts for name in part) == sorted(streams)


def test_a_replay_needs_a_partition(file):
    with pytest.raises(ValueError, match="a partition or more"):
        replay(file[0], tally, partitions=0)
