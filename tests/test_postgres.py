"""PostgreSQL as a home: what is its own, beside the contract that `test_stores.py` holds it to."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import msgspec
import psycopg
import pytest
from conftest import START, contents
from forking import told_in_a_child
from proxy import Proxy
from psycopg_pool import ConnectionPool
from tally import Add, Added, Take, TallyMessage, tally

from esdemo import Application, Conflict, audit
from esdemo.clocks import ticking
from esdemo.errors import (
    Busy,
    NotAStore,
    ReadOnly,
    StoreError,
    Unanswered,
    Unreachable,
)
from esdemo.stores import open_store
from esdemo.stores.postgres import PostgresStore
from esdemo.stores.postgres.schema import described, expected

ROW = "(2, 'a', 2, '{}', '', '', '', '2027-01-01', '2027-01-01', '')"
INSERT = f"INSERT INTO events VALUES {ROW}"


@pytest.fixture
def store(postgres_store):
    """A store with one event in it."""
    store = postgres_store()
    store.append("a", [Added(1)], expected_version=0)
    return store


@pytest.fixture
def admin(store, postgres):
    """A superuser's connection, of another program, with the store's tables before it."""
    with psycopg.connect(postgres, autocommit=True) as other:
        other.execute(f"SET search_path TO {store.connection.schema}")
        yield other


@pytest.fixture
def proxy(postgres):
    """A proxy before the server, and the address that leads through it."""
    folder = parse_qs(urlsplit(postgres).query)["host"][0]
    proxy = Proxy(os.path.join(folder, ".s.PGSQL.5432"))
    yield proxy, f"postgresql://postgres@127.0.0.1:{proxy.port}/postgres"
    proxy.close()


# The schema.


def test_a_new_schema_is_what_the_package_says_it_is(store):
    assert described(store.connection) == expected()
    assert store.home.faults() == []


def test_numbers_that_a_superuser_shifted_are_found(store, admin):
    admin.execute("SET session_replication_role = replica")
    admin.execute("UPDATE events SET position = 5")
    assert store.home.faults() == ["1 events do not stand at position 1 to 1: [5, 5]"]


@pytest.mark.parametrize(
    ("meddle", "odd"),
    [
        ("DROP TRIGGER events_are_kept ON events", "trigger events_are_kept on events"),
        ("ALTER TABLE events DISABLE TRIGGER events_are_appended", "trigger events_are_appended"),
        ("ALTER TABLE events ADD COLUMN note TEXT", "column events note"),
        ("ALTER TABLE events DROP CONSTRAINT events_stream_version_key", "constraint events_st"),
        ("CREATE VIEW more AS SELECT 1", "table more"),
        ("DROP INDEX decisions_by_stream", "index decisions_by_stream"),
        (
            "CREATE OR REPLACE FUNCTION history_is_kept() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN RETURN NULL; END'",
            "function history_is_kept",
        ),
        ("CREATE RULE nothing AS ON UPDATE TO events DO INSTEAD NOTHING", "table events"),
    ],
)
def test_a_schema_that_somebody_changed_is_told(store, admin, meddle, odd):
    admin.execute(meddle)
    assert any(fault.startswith(odd) for fault in store.home.faults())
    assert "is not as esdemo makes it" in audit.verify(store).wrong


def test_eight_programs_make_one_schema(postgres):
    def work(_):
        with PostgresStore(postgres, TallyMessage, schema="made_by_eight") as store:
            return store.home.faults()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == [[]] * 8


def test_two_schemas_are_two_stores(postgres_store):
    one, other = postgres_store(schema="one_of_two"), postgres_store(schema='the "other" ü')
    one.append("a", [Added(1)], expected_version=0)
    assert (one.position, other.position) == (1, 0)
    assert other.home.faults() == []


# The database itself refuses.


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET data = ''",
        "DELETE FROM events",
        "TRUNCATE events",
        "UPDATE decisions SET reason = ''",
        "TRUNCATE decisions",
        f"{INSERT.replace('(2,', '(1,')} ON CONFLICT (position) DO UPDATE SET data = ''",
    ],
)
def test_history_is_not_changed_even_by_a_superuser(store, admin, statement):
    before = contents(store)
    with pytest.raises(psycopg.Error):
        admin.execute(statement)
    assert contents(store) == before


@pytest.mark.parametrize(
    "wrong",
    [
        INSERT.replace("(2,", "(3,"),
        INSERT.replace("'a', 2", "'a', 3"),
        INSERT.replace("2027", "2025"),
        INSERT.replace("(2,", "(NULL,"),
    ],
)
def test_only_the_next_place_and_no_earlier_time_is_taken(store, admin, wrong):
    with pytest.raises(psycopg.Error, match="history only grows"):
        admin.execute(wrong)
    admin.execute(INSERT)
    assert store.position == 2


def test_who_cannot_see_what_was_committed_while_waiting_may_not_write(store, admin):
    admin.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    with pytest.raises(psycopg.Error, match="READ COMMITTED"):
        admin.execute(INSERT)
    admin.execute("ROLLBACK")


def test_a_role_that_may_only_append_needs_no_more(store, admin, postgres):
    schema = store.connection.schema
    admin.execute("DROP ROLE IF EXISTS teller")
    admin.execute("CREATE ROLE teller LOGIN")
    try:
        admin.execute(f"GRANT USAGE ON SCHEMA {schema} TO teller")
        admin.execute("GRANT SELECT, INSERT ON events, decisions TO teller")
        address = postgres.replace("postgres:@", "teller@")
        with PostgresStore(address, TallyMessage, ticking(START), schema=schema) as teller:
            application = Application(tally, teller)
            assert application.handle("a", Add((4,))).version == 2
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                teller.connection.db.execute("UPDATE events SET data = ''")
        admin.execute("REVOKE INSERT ON events FROM teller")
        with PostgresStore(address, TallyMessage, ticking(START), schema=schema) as teller:
            with pytest.raises(ReadOnly, match="ask the owner"):
                teller.append("a", [Added(1)], expected_version=2)
            assert teller.position == 2
    finally:
        admin.execute("DROP OWNED BY teller")
        admin.execute("DROP ROLE teller")


# Many writers.


def test_eight_writers_lose_nothing_and_leave_no_hole(postgres, postgres_store):
    store = postgres_store()
    schema, each, writers = store.connection.schema, 12, 8
    seen, over = [], threading.Event()

    def write(number):
        with PostgresStore(postgres, TallyMessage, schema=schema) as mine:
            application = Application(tally, mine)
            for _ in range(each):
                application.handle(f"s{number % 2}", Add((1,)))

    def read():
        """Whoever reads up to a position has missed none: nothing earlier appears later."""
        with PostgresStore(postgres, TallyMessage, schema=schema) as mine:
            while not over.is_set() or len(seen) < each * writers:
                seen.extend(fact.position for fact in mine.recorded(after=len(seen)))

    reader = threading.Thread(target=read)
    reader.start()
    with ThreadPoolExecutor(writers) as pool:
        list(pool.map(write, range(writers)))
    over.set()
    reader.join()
    assert seen == list(range(1, each * writers + 1))
    assert [Application(tally, store).state(name) for name in ("s0", "s1")] == [48, 48]
    assert not audit.verify(store).wrong


def test_a_refusal_that_was_decided_on_an_old_state_is_a_conflict(store, postgres_store):
    other = postgres_store()
    other.version("a")
    store.append("a", [Added(1)], expected_version=1)
    with pytest.raises(Conflict):
        other.record("a", Take(9), tally.outcome(Take(9), 1), expected_version=1, command_id="c")


def test_a_writer_that_is_kept_waiting_says_so(store, postgres_store, admin):
    impatient = postgres_store(busy_timeout=0.1)
    with admin.transaction():
        admin.execute(INSERT)
        with pytest.raises(Busy, match="busy_timeout"):
            impatient.append("b", [Added(1)], expected_version=0)
    assert impatient.append("b", [Added(1)], expected_version=0)[0].position == 3


def test_a_question_that_takes_too_long_says_so(postgres_store):
    store = postgres_store(statement_timeout=0.05)
    with pytest.raises(Busy, match="statement_timeout"):
        store.connection.rows("SELECT pg_sleep(2)")
    assert store.position == 0


# A server that is not there, or not ours.


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("postgresql://ann:s3cret@127.0.0.1:1/bank", "is the server up"),
        ("postgresql://ann:s3cret@no-such-host.invalid/bank", "is the server up"),
        ("postgresql://ann:s3cret@host:99999x/bank", "is the server up"),
        ("postgresql://ann:s3cret@host/bank?user=x&nonsense=s3cret", "address cannot be read"),
        ("postgresql://ann:s3cret@[::1/bank", "address cannot be read"),
        ("host=/nowhere password=s3cret", "is the server up"),
    ],
)
def test_a_server_that_does_not_answer_is_named_without_the_password(address, words):
    with pytest.raises(Unreachable, match=words) as caught:
        PostgresStore(address, TallyMessage)
    trouble = caught.value
    while trouble:
        assert "s3cret" not in str(trouble)
        trouble = trouble.__cause__


def test_a_wrong_password_or_database_is_told(store, admin, postgres):
    admin.execute("DROP ROLE IF EXISTS locked")
    admin.execute("CREATE ROLE locked NOLOGIN")
    with pytest.raises(Unreachable, match="user, password and database right"):
        PostgresStore(postgres.replace("postgres:@", "locked:s3cret@"), TallyMessage)
    with pytest.raises(Unreachable, match="user, password and database right"):
        PostgresStore(postgres.replace("/postgres?", "/nobodys?"), TallyMessage)


def test_tables_of_another_program_are_refused(store, admin, postgres):
    admin.execute("CREATE SCHEMA theirs CREATE TABLE events (id INT)")
    try:
        with pytest.raises(NotAStore, match="another program"):
            PostgresStore(postgres, TallyMessage, schema="theirs")
        assert admin.execute("SELECT count(*) FROM theirs.events").fetchone() == (0,)
    finally:
        admin.execute("DROP SCHEMA theirs CASCADE")


def test_another_layout_is_refused(store, admin, postgres):
    schema = store.connection.schema
    admin.execute(f"COMMENT ON SCHEMA {schema} IS 'esdemo layout 9'")
    with pytest.raises(NotAStore, match="layout 9, this esdemo reads 2"):
        PostgresStore(postgres, TallyMessage, schema=schema)


def test_a_read_only_store_reads_and_makes_nothing(store, postgres_store, postgres):
    reading = postgres_store(read_only=True)
    assert contents(reading) == contents(store)
    with pytest.raises(ReadOnly):
        reading.append("a", [Added(1)], expected_version=1)
    with pytest.raises(NotAStore, match="no schema"):
        PostgresStore(postgres, TallyMessage, schema="not_there", read_only=True)


def test_an_old_server_is_refused(store, monkeypatch):
    monkeypatch.setattr("esdemo.stores.postgres.connection.OLDEST", 99)
    with pytest.raises(NotAStore, match="PostgreSQL 18, and esdemo needs 99"):
        store.connection._connect()


# A connection that is lost.


def lose(store, admin):
    """The server ends the store's connection, as a restart or a network would."""
    pid = store.connection.db.info.backend_pid
    admin.execute("SELECT pg_terminate_backend(%s)", (pid,))
    while admin.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", (pid,)).fetchone():
        time.sleep(0.005)


def test_a_lost_connection_is_opened_again(store, admin):
    lose(store, admin)
    assert store.position == 1
    lose(store, admin)
    with pytest.raises(Unanswered, match="under the same id"):
        store.append("a", [Added(2)], expected_version=1)
    store.append("a", [Added(2)], expected_version=1)
    assert list(store.events("a")) == [Added(1), Added(2)]


def test_nothing_is_stored_when_the_connection_is_lost_in_a_transaction(store, admin):
    def work():
        store.append("a", [Added(2)], expected_version=1)
        lose(store, admin)
        store.append("a", [Added(3)], expected_version=2)

    with pytest.raises(StoreError):
        store.alone(work)
    assert list(store.events("a")) == [Added(1)]
    store.append("a", [Added(4)], expected_version=1)


@pytest.mark.parametrize("number", range(8))
def test_a_command_whose_answer_was_lost_is_kept_once(proxy, store, number):
    """Cut after it was written and before the answer came, or (even numbers) before it was."""
    proxy, address = proxy
    with PostgresStore(
        address, TallyMessage, ticking(START), schema=store.connection.schema
    ) as through:
        application = Application(tally, through)
        application.handle("b", Add((1,)))
        insert = through.home.insert

        def lose_the_answer(*rows):
            through.home.insert = insert
            proxy.lose_answers() if number % 2 else proxy.cut()
            return insert(*rows)

        through.home.insert = lose_the_answer
        with pytest.raises(Unanswered, match="under the same id"):
            application.handle("b", Add((2,)), command_id="the same")
        assert store.version("b") == 1 + number % 2
        application.handle("b", Add((2,)), command_id="the same")
        assert list(store.events("b")) == [Added(1), Added(2)]
        assert application.state("b") == 3


def test_an_interrupt_leaves_nobody_locked_out(store, postgres_store):
    def interrupted():
        store.append("b", [Added(1)], expected_version=0)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.alone(interrupted)
    other = postgres_store(busy_timeout=0.2)
    other.append("b", [Added(2)], expected_version=0)
    assert list(store.events("b")) == [Added(2)]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_is_told_and_does_not_close_its_parents_connection(store):
    assert "in each" in told_in_a_child(store)
    pid = store.connection.db.info.backend_pid
    assert store.connection.rows("SELECT pg_backend_pid()") == [(pid,)]


# A pool, an address, and the news.


def test_stores_take_their_connections_from_a_pool(store, postgres):
    schema = store.connection.schema
    with ConnectionPool(postgres, min_size=1, max_size=1, open=True) as pool:
        for version in (1, 2, 3):
            with PostgresStore(pool, TallyMessage, ticking(START), schema=schema) as pooled:
                pooled.append("a", [Added(1)], expected_version=version)
                with pytest.raises(Unreachable):
                    PostgresStore(pool, TallyMessage, schema=schema, busy_timeout=0.05)
        with pool.connection() as plain:
            assert plain.execute("SHOW search_path").fetchone() == ('"$user", public',)
            assert not plain.autocommit
    assert store.version("a") == 4


def test_an_address_says_where_a_store_is(store, postgres, tmp_path):
    found = open_store(postgres, TallyMessage, schema=store.connection.schema)
    with found:
        assert contents(found) == contents(store)
    with open_store(tmp_path / "bank.db", TallyMessage) as file:
        assert file.position == 0
    assert open_store(":memory:", TallyMessage).position == 0
    with pytest.raises(NotAStore, match="nobody keeps events at mongodb://"):
        open_store("mongodb://localhost", TallyMessage)


def test_waiting_ends_when_somebody_writes_and_not_before(store, postgres):
    start = time.monotonic()
    store.wait(0.2)
    assert time.monotonic() - start >= 0.2

    def write():
        schema = store.connection.schema
        with PostgresStore(postgres, TallyMessage, schema=schema) as mine:
            mine.append("a", [Added(2)], expected_version=1)

    writing = threading.Thread(target=write)
    start = time.monotonic()
    writing.start()
    store.wait(20)
    writing.join()
    assert time.monotonic() - start < 15
    assert store.position == 2


def test_the_description_of_the_schema_is_kept_sorted(store):
    text = msgspec.json.encode(dict(sorted(expected().items())))
    assert msgspec.json.decode(text) == expected()
