"""Reliability: processes that are killed, processes that compete, homes that must agree."""

import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random

import independent
import pytest
from conftest import START, contents
from hypothesis import given
from hypothesis import strategies as st
from tally import Add, Added, Take, TallyMessage, tally

from esdemo import Application, EsdemoError, MemoryStore, SQLiteStore
from esdemo.clocks import ManualClock, numbered
from esdemo.errors import WrongOwner

TESTS = Path(__file__).parent
KILLS = 120
WRITERS = 8


@contextmanager
def writer(*arguments):
    """A child process that waits for `go`."""
    command = [sys.executable, str(TESTS / "writers.py"), *map(str, arguments)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as child:
        try:
            yield child
        finally:
            child.kill()


def go(*children):
    """Lets children begin, all at once, when the last one is ready."""
    for child in children:
        assert child.stdout.readline() == "ready\n"
    for child in children:
        child.stdin.write("go\n")
        child.stdin.flush()


def finish(child):
    """Waits for a child's own end, which must be a good one."""
    output, errors = child.communicate(timeout=120)
    assert (child.returncode, errors) == (0, "")
    return output


# kill -9.


def acknowledged(child, chance):
    """Kills the child after some acknowledgements and a moment more; what it had acknowledged.

    One in five is killed by the clock alone, in its first 20 milliseconds: while it opens or
    creates the file.
    """
    lines = []
    if chance.random() < 0.8:
        lines += [child.stdout.readline() for _ in range(chance.randrange(1, 16))]
        time.sleep(chance.random() * 0.001)
    else:
        time.sleep(chance.random() * 0.02)
    assert child.poll() is None, child.stderr.read()
    child.kill()
    lines += child.stdout.readlines()  # what was said before the end is still in the pipe
    assert child.stderr.read() == ""
    assert child.wait() != 0
    return [line.removesuffix("\n") for line in lines if line.endswith("\n")]


def test_whoever_is_killed_at_any_moment_loses_nothing_acknowledged(tmp_path):
    """120 kills. Every fourth run starts a new file, so that creating one is interrupted too."""
    chance = Random(2026)
    promised = {}
    with ExitStack() as waiting:
        following = waiting.enter_context(writer("append_for_ever", tmp_path / "0.db", 0))
        for run in range(KILLS):
            child, path = following, tmp_path / f"{file_of(run)}.db"
            if run + 1 < KILLS:  # the next one starts while this one works
                place = tmp_path / f"{file_of(run + 1)}.db"
                following = waiting.enter_context(writer("append_for_ever", place, run + 1))
            go(child)
            promised.setdefault(path, []).extend(acknowledged(child, chance))
            if chance.random() < 0.2:  # otherwise the next writer is the first to recover it
                assert_kept(path, promised[path])
    for path, ids in promised.items():
        assert_kept(path, ids)
        assert_goes_on(path)
    assert sum(map(len, promised.values())) > 5 * KILLS


def file_of(run):
    """Three runs in four go on with file 0; the others have a new one."""
    return 0 if run % 4 else run


def assert_kept(path, ids):
    """All that was acknowledged is there, in its order; what is there is whole."""
    if not independent.query(path, "SELECT * FROM sqlite_master"):
        assert ids == []  # killed before there were tables
        return
    independent.assert_whole(path)
    kept = [row["command_id"] for row in independent.decisions(path)]
    promised = set(ids)
    assert [name for name in kept if name in promised] == ids
    unsaid = Counter(name.split("-")[0] for name in kept if name not in promised)
    assert max(unsaid.values(), default=0) <= 1  # stored, but killed before it could say so


def assert_goes_on(path):
    """The store can be used as if nothing had happened."""
    with SQLiteStore(path, TallyMessage) as store:
        application = Application(tally, store)
        assert not application.handle("a", Add((1,))).refused
        for stream in store.streams():
            assert application.state(stream) == tally.fold(store.events(stream))
        assert len(list(store.recorded())) == store.position
    independent.assert_whole(path)


# Many processes, one file.


def test_eight_processes_on_one_file_lose_no_update_and_leave_no_hole(tmp_path):
    path, times = tmp_path / "store.db", 40
    with ExitStack() as running:
        children = [
            running.enter_context(writer("add_together", path, f"own-{number}", times))
            for number in range(WRITERS)
        ]
        go(*children)
        for child in children:
            finish(child)
    independent.assert_whole(path)
    counts = Counter(row["stream"] for row in independent.events(path))
    own = {f"own-{number}": 2 * times for number in range(WRITERS)}
    assert counts == {"shared": 2 * times * WRITERS} | own
    assert len(independent.decisions(path)) == 2 * times * WRITERS
    with SQLiteStore(path, TallyMessage) as store:
        assert Application(tally, store).state("shared") == 2 * times * WRITERS


def test_eight_processes_can_create_the_same_file_at_once(tmp_path):
    times = 30
    with ExitStack() as running:
        children = [
            running.enter_context(writer("create_together", tmp_path, f"own-{number}", times))
            for number in range(WRITERS)
        ]
        go(*children)
        for child in children:
            finish(child)
    for number in range(times):
        path = tmp_path / f"{number}.db"
        independent.assert_whole(path)
        streams = {row["stream"] for row in independent.events(path)}
        assert streams == {f"own-{writer}" for writer in range(WRITERS)}


@pytest.fixture
def hasty():
    """Threads that take turns thousands of times as often as usual."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def test_threads_on_one_store_are_refused_by_name_or_lose_nothing(new_store, hasty):
    store, refused, done = new_store(), [], []

    def work():
        application = Application(tally, store, attempts=10_000)
        try:
            done.extend(application.handle("a", Add((1,))) for _ in range(200))
        except EsdemoError as error:
            refused.append(type(error))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(refused) <= {WrongOwner}
    assert [fact.version for fact in store.recorded("a")] == list(range(1, len(done) + 1))
    assert Application(tally, store).state("a") == len(done)


# Two homes, one contract.

STREAMS = st.sampled_from(["a", "b", "ü", ""])
AMOUNTS = st.one_of(st.integers(-9, 9), st.sampled_from([2**63, -(2**63), 1.5, "1", True, None]))
COMMANDS = st.one_of(
    st.builds(Add, st.lists(AMOUNTS, max_size=3).map(tuple)),
    st.builds(Take, AMOUNTS),
    st.lists(st.builds(Added, AMOUNTS), max_size=3),
)


def attempt(application, stream, command, options):
    """What became of a command or an import: its result, or the kind of its error."""
    try:
        if isinstance(command, list):
            return application.store.append(
                stream, command, expected_version=options.pop("expected_version"), **options
            )
        options.pop("expected_version")
        return application.handle(stream, command, **options)
    except EsdemoError as error:
        return type(error)


@given(
    script=st.lists(
        st.tuples(
            STREAMS,
            COMMANDS,
            st.integers(-1, 2),
            st.fixed_dictionaries(
                {
                    "command_id": st.sampled_from(["", "", "x", "y", "naïve \0"]),
                    "correlation_id": st.sampled_from(["", "k"]),
                    "actor": st.text(max_size=3),
                    "expected_version": st.integers(0, 4),
                    "effective_at": st.sampled_from([None, START]),
                }
            ),
        ),
        max_size=15,
    )
)
def test_memory_and_sqlite_answer_alike_and_keep_equal_logs(script):
    """Also when the call is wrong: the same error from both, and the same nothing in the log."""
    clock = ManualClock(START)
    with SQLiteStore(":memory:", TallyMessage, clock) as on_disk:
        stores = MemoryStore(TallyMessage, clock), on_disk
        applications = [Application(tally, store, ids=numbered("cmd")) for store in stores]
        for stream, command, minutes, options in script:
            clock.advance(minutes=minutes)
            answers = [attempt(each, stream, command, dict(options)) for each in applications]
            assert answers[0] == answers[1]
        assert contents(stores[0]) == contents(stores[1])
        for stream in stores[0].streams():
            assert list(stores[0].events(stream)) == list(stores[1].events(stream))
