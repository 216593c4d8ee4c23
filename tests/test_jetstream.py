"""JetStream as a home: what is its own, beside the contract that `test_stores.py` holds it to."""

import os
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import msgspec
import pytest
import servers
from conftest import START, contents
from forking import told_in_a_child
from nats.js.errors import APIError
from proxy import Proxy
from tally import Add, Added, TallyMessage, tally

from esdemo import Application, Conflict, MemoryStore, SQLiteStore, audit
from esdemo.clocks import ticking
from esdemo.errors import (
    Busy,
    Damaged,
    Full,
    NotAStore,
    ReadOnly,
    StoreError,
    Unanswered,
    Unreachable,
)
from esdemo.interchange import copy_history
from esdemo.stores import open_store
from esdemo.stores.jetstream import JetStreamStore

pytestmark = pytest.mark.skipif(not shutil.which("nats-server"), reason=servers.NATS_IS_MISSING)


@pytest.fixture
def store(jetstream_store):
    """A store with one event in it."""
    store = jetstream_store()
    store.append("a", [Added(1)], expected_version=0)
    return store


@pytest.fixture
def proxy(jetstream):
    """A proxy before the server, and the address that leads through it."""
    with closing(Proxy(("127.0.0.1", int(jetstream.rpartition(":")[2])))) as proxy:
        yield proxy, f"nats://127.0.0.1:{proxy.port}"


def asked(store, what, *arguments, **options):
    """What the client library itself says."""
    connection = store.connection
    return connection._run(getattr(connection._js, what)(*arguments, **options))


# Messages.


def test_a_decision_is_one_message_and_what_is_done_alone_is_one_too(store):
    application = Application(tally, store)
    application.handle("a", Add((2, 3, 4)), command_id="c")
    assert asked(store, "stream_info", store.connection.stream).state.last_seq == 2
    message = asked(store, "get_msg", store.connection.stream, 2)
    assert message.headers["Nats-Msg-Id"] == "c"
    ((events, decision),) = msgspec.json.decode(message.data)
    assert (len(events), decision[0]) == (3, 1)

    def work():
        for number in range(5):
            application.handle("b", Add((number,)))

    store.alone(work)
    assert asked(store, "stream_info", store.connection.stream).state.last_seq == 3
    assert store.version("b") == 5


@pytest.mark.parametrize("command_id", ["two\r\nlines", "ü: \x1b", " spaces ", "x" * 2_000])
def test_any_command_id_can_be_the_id_of_a_message(store, command_id):
    first = store.record("b", Add((1,)), [Added(1)], expected_version=0, command_id=command_id)
    assert store.record("b", Add((1,)), [], expected_version=1, command_id=command_id) == first


def test_a_command_id_that_the_servers_have_forgotten_is_found_in_the_history(jetstream_store):
    """They remember an id for two minutes; for this stream they remember it for a moment."""
    store = jetstream_store()
    config = asked(store, "stream_info", store.connection.stream).config
    config.duplicate_window = 0.1
    asked(store, "update_stream", config)
    first = store.record("a", Add((1,)), [Added(1)], expected_version=0, command_id="c")
    time.sleep(0.5)
    other = jetstream_store()
    assert other.record("a", Add((1,)), [], expected_version=1, command_id="c") == first
    assert other.counts() == (1, 1)


def test_a_client_that_comes_late_reads_many_messages_and_then_a_few(store, jetstream_store):
    late = jetstream_store()
    late.position  # noqa: B018
    for number in range(1, 60):
        store.append("a", [Added(number)], expected_version=number)
        if number % 20 == 0:
            assert late.position == number + 1
    assert contents(late) == contents(jetstream_store()) == contents(store)


def test_history_moves_to_a_stream_and_back(store, path):
    Application(tally, store).handle("b", Add((1, 2)))
    with SQLiteStore(path, TallyMessage) as file:
        seal = copy_history(store, file)
        back = MemoryStore(TallyMessage)
        assert copy_history(file, back) == seal
    assert contents(back) == contents(store)


# Many writers.


def test_eight_writers_lose_nothing_and_leave_no_hole(jetstream, jetstream_store):
    store = jetstream_store()
    stream, each, writers = store.connection.stream, 12, 8

    def write(number):
        with JetStreamStore(jetstream, TallyMessage, stream=stream, replicas=1) as mine:
            application = Application(tally, mine)
            for _ in range(each):
                application.handle(f"s{number}", Add((1,)))

    with ThreadPoolExecutor(writers) as pool:
        list(pool.map(write, range(writers)))
    assert store.position == each * writers
    assert {store.version(f"s{number}") for number in range(writers)} == {each}
    assert not audit.verify(store).wrong


def test_eight_programs_make_one_stream(jetstream):
    def work(_):
        options = {"stream": "made_by_eight", "replicas": 1}
        with JetStreamStore(jetstream, TallyMessage, **options) as store:
            return store.home.faults()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == [[]] * 8


def test_who_was_overtaken_while_alone_has_stored_nothing(store, jetstream_store):
    other, done = jetstream_store(), []

    def work():
        done.append("once")
        store.append("b", [Added(1)], expected_version=0)
        other.append("c", [Added(2)], expected_version=0)

    with pytest.raises(Conflict, match="nothing was stored"):
        store.alone(work)
    assert done == ["once"]
    assert store.streams() == ["a", "c"]


def test_who_is_overtaken_without_end_says_so(store, monkeypatch):
    monkeypatch.setattr(store.connection, "publish", lambda *message: False)
    with pytest.raises(Busy, match="others were faster"):
        store.append("b", [Added(1)], expected_version=0)
    monkeypatch.undo()
    assert store.append("b", [Added(1)], expected_version=0)[0].position == 2


def test_an_interrupt_at_any_line_leaves_what_is_stored(store, monkeypatch):
    publish = store.connection.publish

    def interrupted(*message):
        publish(*message)
        raise KeyboardInterrupt

    monkeypatch.setattr(store.connection, "publish", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store.append("a", [Added(2)], expected_version=1)
    monkeypatch.undo()
    assert list(store.events("a")) == [Added(1), Added(2)]
    store.append("a", [Added(3)], expected_version=2)
    assert not audit.verify(store).wrong


# A server that is not there, or not ours.


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("nats://ann:s3cret@127.0.0.1:1", "are the servers up"),
        ("nats://ann:s3cret@no-such-host.invalid", "are the servers up"),
        ("nats://ann:s3cret@host:99999x", "address cannot be read"),
        ("nats://ann:s3cret@[::1", "address cannot be read"),
    ],
)
def test_a_server_that_does_not_answer_is_named_without_the_password(address, words):
    with pytest.raises(Unreachable, match=words) as caught:
        JetStreamStore(address, TallyMessage, patience=0.3)
    trouble = caught.value
    while trouble:
        assert "s3cret" not in str(trouble)
        trouble = trouble.__cause__


def test_a_password_that_is_wrong_is_told_and_not_shown(tmp_path):
    users = 'authorization { users: [ { user: "ann", password: "right" } ] }'
    with servers.Nats(tmp_path, more=users) as server:
        address = server.address.replace("//", "//ann:s3cret@")
        with pytest.raises(Unreachable, match="password and rights") as caught:
            JetStreamStore(address, TallyMessage, patience=5.0)
        assert "s3cret" not in str(caught.value)
        address = server.address.replace("//", "//ann:right@")
        with JetStreamStore(address, TallyMessage, replicas=1) as store:
            assert store.position == 0


def test_who_may_only_read_is_told_when_writing(tmp_path):
    users = """authorization { users: [ { user: "ann", password: "right", permissions: {
        publish: { deny: ["esdemo"] } } } ] }"""
    with servers.Nats(tmp_path, more=users) as server:
        address = server.address.replace("//", "//ann:right@")
        with JetStreamStore(address, TallyMessage, replicas=1, patience=5.0) as store:
            store.connection._patience = 0.5
            with pytest.raises(ReadOnly, match="right to publish"):
                store.append("a", [Added(1)], expected_version=0)
            assert store.position == 0


def test_a_server_without_jetstream_is_told(tmp_path):
    with (
        servers.Nats(tmp_path, jetstream=False) as server,
        pytest.raises(StoreError, match="JetStream"),
    ):
        JetStreamStore(server.address, TallyMessage, patience=1.0)


def test_a_server_that_was_to_keep_three_replicas_says_that_it_is_alone(jetstream):
    with pytest.raises(NotAStore, match="replicas=1"):
        JetStreamStore(jetstream, TallyMessage, stream="three")


def test_a_stream_of_another_program_is_refused(store, jetstream):
    asked(store, "add_stream", name="theirs", subjects=["theirs.*"])
    with pytest.raises(NotAStore, match="another program"):
        JetStreamStore(jetstream, TallyMessage, stream="theirs")


def test_a_name_that_no_stream_can_have_is_refused(jetstream):
    with pytest.raises(StoreError):
        JetStreamStore(jetstream, TallyMessage, stream="a b.c", replicas=1)


def test_another_layout_is_refused(store, jetstream):
    asked(store, "add_stream", name="newer", description="esdemo layout 9")
    with pytest.raises(NotAStore, match="layout 9, this esdemo reads 1"):
        JetStreamStore(jetstream, TallyMessage, stream="newer")


def test_an_old_server_is_refused(store, jetstream, monkeypatch):
    monkeypatch.setattr("esdemo.stores.jetstream.connection.OLDEST", (99, 0))
    with pytest.raises(NotAStore, match=r"and esdemo needs 99\.0"):
        JetStreamStore(jetstream, TallyMessage)


def test_a_read_only_store_reads_and_makes_nothing(store, jetstream_store, jetstream):
    reading = jetstream_store(read_only=True)
    assert contents(reading) == contents(store)
    with pytest.raises(ReadOnly):
        reading.append("a", [Added(1)], expected_version=1)
    with pytest.raises(NotAStore, match="no such stream"):
        JetStreamStore(jetstream, TallyMessage, stream="not_there", read_only=True)


def test_more_than_a_server_takes_at_once_is_refused(store, monkeypatch):
    monkeypatch.setattr(type(store.connection._nats), "max_payload", 1_000)
    with pytest.raises(Full, match="max_payload"):
        store.append("a", [Added(1)] * 100, expected_version=1)
    assert store.append("a", [Added(2)], expected_version=1)[0].position == 2


def test_a_stream_that_is_full_says_so_and_forgets_nothing(store):
    config = asked(store, "stream_info", store.connection.stream).config
    config.max_msgs = 1
    asked(store, "update_stream", config)
    assert store.home.faults() == ["max_msgs is 1, so that history may be forgotten"]
    with pytest.raises(Full, match="raise it"):
        store.append("a", [Added(2)], expected_version=1)
    assert list(store.events("a")) == [Added(1)]


# What the servers themselves keep, and what they do not.


def test_a_message_is_not_deleted_and_the_stream_not_purged(store):
    for refuse in (
        lambda: asked(store, "delete_msg", store.connection.stream, 1),
        lambda: asked(store, "purge_stream", store.connection.stream),
    ):
        with pytest.raises(APIError):
            refuse()
    assert store.position == 1


@pytest.mark.parametrize(
    ("data", "why"), [(b"hello", "cannot be read"), (b"[]", ""), (b"[[[],null]]", "")]
)
def test_a_message_of_another_program_is_told(store, data, why):
    asked(store, "publish", store.connection.stream, data)
    if why:
        with pytest.raises(Damaged, match=f"message 2 {why}"):
            store.position  # noqa: B018
    else:
        assert store.position == 1  # it says nothing


def test_a_history_that_became_shorter_is_told(store, jetstream, jetstream_store):
    impatient = jetstream_store(patience=0.2)
    assert impatient.position == 1
    asked(store, "delete_stream", store.connection.stream)
    jetstream_store()
    with pytest.raises(Damaged, match="have lost history"):
        impatient.position  # noqa: B018


def test_the_server_of_the_distribution_cannot_be_told_to_flush_before_it_answers(tmp_path):
    """`sync_interval: always` came with 2.10. When this fails, measure what it costs."""
    with servers.Nats(tmp_path) as server:
        file = server.folder / "node0.conf"
    file.write_text(f'jetstream {{ store_dir: "{tmp_path}", sync_interval: always }}', "utf-8")
    command = ["nats-server", "-c", file, "-t"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    version = subprocess.run(
        ["nats-server", "--version"], capture_output=True, text=True, check=True
    )
    assert ("unknown field" in done.stderr) == (": v2.9." in version.stdout)


# A connection that is lost.


@pytest.mark.parametrize("number", range(6))
def test_a_message_whose_answer_was_lost_is_sent_again_and_kept_once(proxy, store, number):
    """Cut after it was written and before the answer came, or (even numbers) before it was."""
    proxy, address = proxy
    options = {"stream": store.connection.stream, "replicas": 1}
    with JetStreamStore(address, TallyMessage, ticking(START), **options) as through:
        application = Application(tally, through)
        application.handle("b", Add((1,)))
        publish = through.connection.publish

        def lose_the_answer(*message):
            through.connection.publish = publish
            proxy.lose_answers() if number % 2 else proxy.cut()
            return publish(*message)

        through.connection.publish = lose_the_answer
        application.handle("b", Add((2,)), command_id="the same")
        application.handle("b", Add((2,)), command_id="the same")
        assert list(through.events("b")) == [Added(1), Added(2)]
        assert contents(through) == contents(store)


def test_a_command_that_was_never_answered_is_healed_by_its_id(tmp_path):
    with (
        servers.Nats(tmp_path) as server,
        JetStreamStore(server.address, TallyMessage, replicas=1, patience=1.0) as store,
    ):
        application = Application(tally, store)
        application.handle("a", Add((1,)))
        server.kill(0)
        with pytest.raises(Unanswered, match="under the same id"):
            store.record("a", Add((2,)), [Added(2)], expected_version=1, command_id="c")
        with pytest.raises(Unreachable, match="are the servers up"):
            store.version("a")
        server.start(0)
        store.connection._patience = 20.0
        application.handle("a", Add((2,)), command_id="c")
        assert list(store.events("a")) == [Added(1), Added(2)]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_is_told_and_does_not_close_its_parents_connection(store):
    assert "in each" in told_in_a_child(store)
    assert store.position == 1


def test_an_address_says_where_a_store_is(store, jetstream):
    with open_store(jetstream, TallyMessage, stream=store.connection.stream) as found:
        assert contents(found) == contents(store)
