"""A PostgreSQL log is followed while others write: no event is missed, and none comes twice.

A place in such a log is given when a row is inserted, not when it is committed. So the tests force
what a busy day brings by chance: places that stay empty, and events that come late.
"""

from contextlib import ExitStack, closing
from itertools import count
from random import Random
from threading import Event, Thread
from time import sleep
from uuid import uuid5

import psycopg
import pytest
from eventsourcing.persistence import StoredEvent
from foreign import accounts, content
from servers import environment
from test_graduate_following import SHAPES

from esdemo import MemoryStore, graduate
from esdemo.graduate import OtherDatabase

PLACE = accounts.PLACE


@pytest.fixture
def url(postgres):
    """The server of these tests."""
    return postgres


@pytest.fixture
def schema(url, request):
    """A schema of its own for each test: `name` and the library's environment for it."""
    name = f"test_{uuid5(PLACE, request.node.name).hex[:12]}"
    with psycopg.connect(url) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
    return name


@pytest.fixture
def new_app(url, schema):
    """Opens applications on that schema; all are closed at the end."""
    with ExitStack() as opened:

        def make(kind=accounts.Accounts, **env):
            return opened.enter_context(kind(environment(url, POSTGRES_SCHEMA=schema, **env)))

        yield make


@pytest.fixture
def app(new_app):
    """A stranger's bank, empty."""
    return new_app()


@pytest.fixture
def connect(url, schema):
    """Plain connections beside the library, with that schema in front."""
    with ExitStack() as opened:

        def make():
            options = f"-c search_path={schema}"
            return opened.enter_context(closing(psycopg.connect(url, options=options)))

        yield make


def followed(app):
    """A mirror of an application, as far as it has come."""
    mirror = MemoryStore(graduate.vocabulary(app))
    graduate.follow(app, mirror, patience=0)
    return mirror


def insert(connection, app, holder):
    """An account, as a program that does not use the library would write it: no table lock."""
    account = accounts.Account(holder, "")
    (event,) = account.collect_events()
    stored = app.mapper.to_stored_event(event)
    row = stored.originator_id, stored.originator_version, stored.topic, stored.state
    sql = (
        "INSERT INTO accounts_events (originator_id, originator_version, topic, state) "
        "VALUES (%s, %s, %s, %s) RETURNING notification_id"
    )
    return connection.execute(sql, row).fetchone()[0]


def holders(mirror):
    """Whose accounts are in the mirror, in order."""
    return [fact.event.holder for fact in mirror.recorded()]


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_application_is_followed_from_postgres(shape, new_app):
    kind, live, projector, events = SHAPES[shape]
    app = new_app(kind)
    live(app)
    mirror = followed(app)
    assert mirror.position == events
    assert graduate.differences(app, mirror, projector=projector) == []


def test_a_log_is_read_by_its_url_and_of_several_applications_one_is_named(new_app, url, schema):
    bank, wiki = new_app(), new_app(content.Wiki)
    accounts.live(bank)
    content.live(wiki)
    found = [name for name in graduate.tables(url) if name.startswith(f"{schema}.")]
    assert found == [f"{schema}.accounts_events", f"{schema}.wiki_events"]
    rows = list(graduate.read(url, f"{schema}.accounts_events"))
    mirror = followed(bank)
    assert [fact.event.row for fact in mirror.recorded()] == rows
    with pytest.raises(OtherDatabase, match=f"has no table .*{schema}.accounts_events"):
        list(graduate.read(url, f"{schema}.missing"))


def test_a_place_that_a_rollback_left_empty_is_passed(app, connect):
    with connect() as other:
        insert(other, app, "never")
        other.rollback()
    app.open("ann")
    mirror = followed(app)
    assert [fact.event.notification_id for fact in mirror.recorded()] == [2]
    assert graduate.differences(app, mirror) == []


def test_a_late_commit_is_waited_for_and_the_librarys_own_reader_misses_it(app, connect):
    slow, quick = connect(), connect()
    app.open("ann")
    assert insert(slow, app, "late") == 2
    assert insert(quick, app, "ben") == 3
    quick.commit()

    by_the_library = app.notification_log.select(start=1, limit=10)
    assert [each.id for each in by_the_library] == [1, 3]
    mirror = MemoryStore(graduate.vocabulary(app))
    done = graduate.follow(app, mirror, patience=0.05)
    assert (done.events, done.notification_id, done.waiting) == (1, 1, True)
    assert repr(done).endswith("behind a transaction that is still open")

    slow.commit()
    assert app.notification_log.select(start=4, limit=10) == []  # it goes on behind the last
    assert graduate.follow(app, mirror) == (2, 3, False)
    assert holders(mirror) == ["ann", "late", "ben"]
    assert graduate.differences(app, mirror) == []


def test_waiting_ends_as_soon_as_the_late_one_is_there(app, connect):
    slow, quick = connect(), connect()
    insert(slow, app, "late")
    insert(quick, app, "ben")
    quick.commit()
    thread = Thread(target=lambda: (sleep(0.2), slow.commit()))
    thread.start()
    mirror = MemoryStore(graduate.vocabulary(app))
    assert graduate.follow(app, mirror, patience=60) == (2, 2, False)
    thread.join()
    assert holders(mirror) == ["late", "ben"]


def test_writers_that_come_after_the_gap_do_not_keep_the_follower_waiting(app, connect):
    slow, quick, newer = connect(), connect(), connect()
    insert(slow, app, "never")
    insert(quick, app, "ben")
    quick.commit()

    def others():
        insert(newer, app, "newer")  # and stays open
        slow.rollback()

    thread = Thread(target=lambda: (sleep(0.2), others()))
    thread.start()
    mirror = MemoryStore(graduate.vocabulary(app))
    done = graduate.follow(app, mirror, patience=60)
    thread.join()
    assert holders(mirror) == ["ben"]
    assert done.events == 1
    newer.rollback()


def test_the_librarys_database_functions_commit_out_of_order(new_app, connect):
    app = new_app(POSTGRES_ENABLE_DB_FUNCTIONS="y")
    slow = connect()
    (event,) = accounts.Account("late", "").collect_events()
    kept: StoredEvent = app.mapper.to_stored_event(event)
    row = kept.originator_id, kept.originator_version, kept.topic, kept.state
    sql = "SELECT * FROM es_insert_events_uuid(ARRAY[(%s,%s,%s,%s)::stored_event_uuid])"
    assert slow.execute(sql, row).fetchall() == [(1,)]
    app.open("ann")  # by the library itself: it does not wait for the other

    mirror = MemoryStore(graduate.vocabulary(app))
    assert graduate.follow(app, mirror, patience=0.05) == (0, 0, True)
    slow.commit()
    assert graduate.follow(app, mirror) == (2, 2, False)
    assert holders(mirror) == ["late", "ann"]


def test_the_librarys_own_lock_makes_writers_wait_in_order(app, new_app, connect):
    slow = connect()
    insert(slow, app, "first")
    done = Event()
    thread = Thread(target=lambda: (new_app().open("ann"), done.set()))
    thread.start()
    assert not done.wait(0.3)
    assert followed(app).position == 0
    slow.commit()
    thread.join()
    mirror = followed(app)
    assert holders(mirror) == ["first", "ann"]


def test_a_sequence_that_sets_places_aside_cannot_be_followed(app, connect):
    with connect() as other:
        other.execute("ALTER SEQUENCE accounts_events_notification_id_seq CACHE 20")
        other.commit()
    with pytest.raises(OtherDatabase, match="hands 20 places at once"):
        followed(app)


def test_tables_that_are_not_there_are_told_by_name(new_app):
    app = new_app(CREATE_TABLE="no")
    with pytest.raises(OtherDatabase, match="the log cannot be read"):
        followed(app)


def write(connection, app, name, times, chance):
    """Transactions of one to three accounts; one in four is rolled back, all take their time."""
    for number in range(times):
        for part in range(chance.randrange(1, 4)):
            insert(connection, app, f"{name} {number} {part}")
            sleep(chance.random() * 0.004)
        (connection.rollback if chance.random() < 0.25 else connection.commit)()


@pytest.mark.parametrize("functions", ["", "y"], ids=["locks", "functions"])
def test_nothing_is_missed_and_nothing_comes_twice_while_many_write(functions, new_app, connect):
    app = new_app(POSTGRES_ENABLE_DB_FUNCTIONS=functions)
    writers = [
        Thread(target=write, args=(connect(), app, f"w{n}", 25, Random(n))) for n in range(4)
    ]
    library = new_app(POSTGRES_ENABLE_DB_FUNCTIONS=functions)
    numbers = count()
    writers.append(Thread(target=lambda: [library.open(f"l{next(numbers)}") for _ in range(25)]))
    for writer in writers:
        writer.start()
    mirror, naive, last = MemoryStore(graduate.vocabulary(app)), list[int](), 0
    while any(writer.is_alive() for writer in writers):
        graduate.follow(app, mirror, patience=0.01)
        for each in app.recorder.select_notifications(last, 1_000, inclusive_of_start=False):
            naive.append(each.id)
            last = each.id
    for writer in writers:
        writer.join()
    graduate.follow(app, mirror)
    places = [fact.event.notification_id for fact in mirror.recorded()]
    with connect() as other:
        sql = "SELECT notification_id FROM accounts_events ORDER BY 1"
        truth = [number for (number,) in other.execute(sql)]
    assert places == truth
    assert len(truth) < truth[-1]  # there were gaps
    assert set(naive) <= set(truth)
    assert graduate.differences(app, mirror) == []
