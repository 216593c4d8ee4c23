"""Applications that are not ours are followed into a mirror: all of it, once, and as it was."""

import os
import sqlite3
import sys
import tracemalloc
from collections import Counter as Tally
from contextlib import closing
from datetime import datetime, timedelta
from threading import Thread
from uuid import UUID

import pytest
from conftest import contents
from eventsourcing.cipher import AESCipher
from eventsourcing.domain import Aggregate, CanCreateTimestamp, event
from eventsourcing.system import SingleThreadedRunner, System
from eventsourcing.utils import clear_topic_cache, register_topic
from foreign import START, accounts, cargo, content, search, timed

from esdemo import MemoryStore, SQLiteStore, audit, graduate
from esdemo.graduate import (
    OtherDatabase,
    SourceRewritten,
    UnknownTopic,
    UnreadableState,
)
from esdemo.graduate.foreign import stored

KEY = AESCipher.create_key(16)
SHAPES = {
    "accounts": (accounts.Accounts, accounts.live, None, 8),
    "cargo": (cargo.Shipping, cargo.live, None, 5),
    "content": (content.Wiki, content.live, None, 10),
    "search": (search.Library, search.live, search.project, 4),
}
WRAPPINGS = {
    "plain": {},
    "compressed": {"COMPRESSOR_TOPIC": "zlib"},
    "encrypted": {"CIPHER_KEY": KEY},
    "both": {"COMPRESSOR_TOPIC": "eventsourcing.compressor:ZlibCompressor", "CIPHER_KEY": KEY},
}


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """The library warns where an application is closed twice; its clock ticks from START."""
    timed(monkeypatch)


@pytest.fixture
def database(tmp_path):
    """Where an application keeps its events: an SQLite file."""
    path = tmp_path / "theirs.db"
    return {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(path)}


@pytest.fixture
def app(database):
    """A stranger's bank, after a day of business."""
    with accounts.Accounts(database) as app:
        accounts.live(app)
        yield app


def mirror_of(app):
    """A new mirror, in memory."""
    return MemoryStore(graduate.vocabulary(app))


def edit(database, *statements):
    """Change their database behind their back."""
    with closing(sqlite3.connect(database["SQLITE_DBNAME"])) as db, db:
        for statement in statements:
            db.execute(*statement if isinstance(statement, tuple) else (statement,))


# Everything, once, and as it was.


@pytest.mark.parametrize("home", ["memory", "file"])
@pytest.mark.parametrize("wrapping", WRAPPINGS)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_mirror_is_their_log_and_folds_to_their_aggregates(shape, wrapping, home, database):
    kind, live, projector, events = SHAPES[shape]
    with kind(WRAPPINGS[wrapping] | (database if home == "file" else {})) as app:
        live(app)
        mirror = mirror_of(app)
        assert graduate.follow(app, mirror) == (events, events, False)
        assert graduate.differences(app, mirror, projector=projector) == []
        rows = [fact.event.row for fact in mirror.recorded()]
        if home == "file":
            theirs = list(graduate.read(database["SQLITE_DBNAME"]))
            assert [row[2:] for row in rows] == [row[2:] for row in theirs]
        assert [row.notification_id for row in rows] == list(range(1, events + 1))
        assert audit.verify(mirror).wrong is None


def test_their_times_are_kept_and_their_order_too(app):
    mirror = mirror_of(app)
    graduate.follow(app, mirror)
    facts = list(mirror.recorded())
    assert [fact.effective_at for fact in facts] == sorted(fact.effective_at for fact in facts)
    for fact in facts:
        theirs = next(iter(app.events.get(UUID(fact.stream), gt=fact.version - 1)))
        assert fact.effective_at == theirs.timestamp
    assert [fact.recorded_at for fact in facts] == [fact.effective_at for fact in facts]


def test_time_that_goes_backwards_is_effective_time_and_recorded_time_waits(monkeypatch, database):
    moments = iter([START, START - timedelta(hours=1), START + timedelta(hours=1)])
    monkeypatch.setattr(CanCreateTimestamp, "create_timestamp", staticmethod(moments.__next__))
    with accounts.Accounts(database) as app:
        for holder in ("a", "b", "c"):
            app.open(holder)
        mirror = mirror_of(app)
        graduate.follow(app, mirror)
    facts = list(mirror.recorded())
    hours = [(fact.effective_at - START).total_seconds() / 3600 for fact in facts]
    assert hours == [0, -1, 1]
    assert [fact.recorded_at for fact in facts] == [START, START, START + timedelta(hours=1)]


def test_an_event_without_a_time_takes_that_of_the_one_before(monkeypatch, database):
    moments = iter([START, datetime(2030, 1, 1)])  # naive: it names no instant
    monkeypatch.setattr(CanCreateTimestamp, "create_timestamp", staticmethod(moments.__next__))
    with accounts.Accounts(database) as app:
        app.open("a")
        app.open("b")
        mirror = mirror_of(app)
        graduate.follow(app, mirror)
    assert [fact.effective_at for fact in mirror.recorded()] == [START, START]


def test_nothing_is_invented_about_who_and_why(app):
    mirror = mirror_of(app)
    graduate.follow(app, mirror)
    assert {fact.actor for fact in mirror.recorded()} == {graduate.NOT_IN_THE_LOG}
    assert {fact.command_id + fact.correlation_id for fact in mirror.recorded()} == {""}
    assert list(mirror.decisions()) == []


def test_who_did_it_is_found_where_their_events_say_so():
    with content.Wiki() as app:
        content.live(app)
        mirror = mirror_of(app)
        graduate.follow(app, mirror, actor=lambda theirs: getattr(theirs, "user", "the system"))
    assert Tally(fact.actor for fact in mirror.recorded()) == {"ann": 3, "ben": 5, "the system": 2}


def test_following_again_adds_only_what_is_new(app):
    mirror = mirror_of(app)
    graduate.follow(app, mirror)
    before = contents(mirror)
    assert graduate.follow(app, mirror) == (0, 8, False)
    assert contents(mirror) == before
    app.open("cem")
    assert repr(graduate.follow(app, mirror)) == "1 events followed, up to notification 9"
    assert graduate.differences(app, mirror) == []


def test_a_log_of_several_batches_is_followed_to_its_end(database):
    with accounts.Accounts(database) as app:
        account = accounts.Account("ann", "ann@example.com")
        for _ in range(2_345):
            account.append(1)
        app.save(account)
        mirror = mirror_of(app)
        assert graduate.follow(app, mirror) == (2_346, 2_346, False)
        assert graduate.differences(app, mirror) == []


def test_a_mirror_may_live_in_any_home(app, new_store):
    mirror = new_store(graduate.vocabulary(app))
    assert graduate.follow(app, mirror, batch=3) == (8, 8, False)
    assert graduate.differences(app, mirror) == []
    assert audit.verify(mirror).wrong is None


def test_a_mirror_that_was_asked_before_knows_what_was_followed_since(app, new_store):
    mirror, ann = new_store(graduate.vocabulary(app)), accounts.Account.create_id("ann")
    graduate.follow(app, mirror)
    view = graduate.view(app, mirror)
    assert (mirror.version(str(ann)), str(view.state(str(ann))["balance"])) == (3, "69.50")
    app.add(ann, "1.00")
    graduate.follow(app, mirror)
    assert (mirror.version(str(ann)), str(view.state(str(ann))["balance"])) == (4, "70.50")
    assert mirror.version_at(str(ann), START + timedelta(days=1)) == 4


def test_a_long_log_takes_no_more_memory_than_a_batch(app, sqlite_store, tmp_path):
    def peak(name):
        mirror = sqlite_store(graduate.vocabulary(app), path=tmp_path / name, survives="crash")
        tracemalloc.start()
        try:
            graduate.follow(app, mirror, batch=100)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    account = accounts.Account("cem", "")
    for _ in range(500):
        account.append(1)
    app.save(account)
    short = max(peak("first.db"), peak("second.db"))  # the first one fills some caches
    for _ in range(3_000):
        account.append(1)
    app.save(account)
    assert peak("long.db") < 2.5 * short  # of a log that is seven times as long


def test_two_followers_at_once_follow_each_event_once(app, database, path):
    app.save(*(accounts.Account(f"holder {number}", "") for number in range(1_500)))

    def run():
        with (
            accounts.Accounts(database) as same,
            SQLiteStore(path, graduate.vocabulary(same), survives="crash") as mirror,
        ):
            graduate.follow(same, mirror)

    threads = [Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with SQLiteStore(path, graduate.vocabulary(app)) as mirror:
        assert mirror.position == 1_508
        assert graduate.differences(app, mirror) == []


def test_several_applications_in_one_database_share_one_log(app, database):
    with content.Wiki(database) as wiki:
        content.live(wiki)
    mirror = mirror_of(app)
    assert graduate.follow(app, mirror).events == 18
    assert graduate.differences(app, mirror) == []


def test_a_process_is_followed_as_any_application(database):
    system = System(pipes=[[accounts.Accounts, search.Counters]])
    with SingleThreadedRunner(system) as runner:
        accounts.live(runner.get(accounts.Accounts))
        process = runner.get(search.Counters)
        mirror = mirror_of(process)
        assert graduate.follow(process, mirror).events == 3
        assert graduate.differences(process, mirror) == []
        (counter,) = mirror.streams()
        assert graduate.view(process, mirror).state(counter)["count"] == 2


def test_a_renamed_class_is_found_by_its_old_topic(app, database):
    edit(database, "UPDATE stored_events SET topic = replace(topic, 'foreign.', 'forgotten.')")
    mirror = mirror_of(app)
    with pytest.raises(UnknownTopic, match=r"notification 1 \(forgotten\.accounts:Account\.Opened"):
        graduate.follow(app, mirror)
    assert mirror.position == 0
    register_topic("forgotten.accounts", accounts)
    try:
        assert graduate.follow(app, mirror).events == 8
        assert graduate.differences(app, mirror) == []
        assert next(mirror.recorded()).event.row.topic == "forgotten.accounts:Account.Opened"
    finally:
        clear_topic_cache()


def test_an_event_of_an_old_version_is_kept_as_it_was_and_folded_as_they_upcast_it(database):
    with cargo.Shipping(database) as app:
        cargo.live(app)
        old = b',"weight":900,"class_version":2'
        (state,) = (
            row.state for row in graduate.read(database["SQLITE_DBNAME"]) if old in row.state
        )
        sql = "UPDATE stored_events SET state = ? WHERE rowid = 1"
        edit(database, (sql, (state.replace(old, b""),)))
        mirror = mirror_of(app)
        graduate.follow(app, mirror)
        first = next(mirror.recorded())
        assert "weight" not in first.event.__struct_fields__
        assert graduate.view(app, mirror).state(first.stream)["weight"] == 0
        assert graduate.differences(app, mirror) == []


def test_snapshots_are_not_in_the_log_and_a_wrong_one_is_found_out(database):
    with content.Wiki(database) as app:
        page, _ = content.live(app)
        mirror = mirror_of(app)
        graduate.follow(app, mirror)
        assert graduate.differences(app, mirror) == []
        swap = "UPDATE stored_snapshots SET state = CAST(replace(state, ?, ?) AS BLOB)"
        edit(database, (swap, ("Hello.", "Hullo.")))
        assert graduate.differences(app, mirror) == []  # its body was written once more since
        edit(database, (swap, ('"ann"', '"eve"')))
        (why, *_) = graduate.differences(app, mirror)
        assert why.startswith(f"{page}: the mirror folds to Page(")


# Named errors: the mirror unchanged, the place named.


def refuses(app, mirror, error, words):
    """Following raises this, and changes nothing."""
    before = contents(mirror)
    with pytest.raises(error, match=words) as caught:
        graduate.follow(app, mirror)
    assert contents(mirror) == before
    return caught.value


def test_the_wrong_key_is_told_by_name(database):
    with accounts.Accounts(database | {"CIPHER_KEY": KEY}) as app:
        accounts.live(app)
    wrong = database | {"CIPHER_KEY": AESCipher.create_key(16)}
    with accounts.Accounts(wrong) as app:
        refuses(
            app, mirror_of(app), UnreadableState, r"notification 1 .*has the application the key"
        )
    with accounts.Accounts(database) as app:
        refuses(app, mirror_of(app), UnreadableState, "notification 1 ")


def test_a_missing_transcoding_is_told_by_name(database):
    with cargo.Shipping(database) as app:
        cargo.live(app)
    with cargo.ForgetfulShipping(database) as app:
        refuses(app, mirror_of(app), UnreadableState, "'port' is not deserializable")


@pytest.mark.parametrize("topic", ["nowhere:A.B", "foreign.accounts:Account.Gone", "nonsense", ""])
def test_a_topic_that_leads_nowhere_is_told_by_name_and_what_is_before_it_stays(
    topic, app, database
):
    mirror = mirror_of(app)
    graduate.follow(app, mirror)
    app.open("cem")
    app.open("dea")
    edit(database, ("UPDATE stored_events SET topic = ? WHERE rowid = 10", (topic,)))
    error = refuses(app, mirror, graduate.NotFollowed, "notification 10 ")
    assert error.place.startswith(f"notification 10 ({topic} of ")


def test_an_upcast_of_theirs_that_fails_is_told_by_name(monkeypatch, database):
    with cargo.Shipping(database) as app:
        cargo.live(app)
        monkeypatch.setattr(cargo.Cargo.Booked, "class_version", 3)
        refuses(app, mirror_of(app), UnreadableState, "code gave AttributeError.*upcast_v2_v3")


@pytest.mark.parametrize(
    "schema",
    [
        "CREATE TABLE stored_events (id, topic); INSERT INTO stored_events VALUES (1, 'a')",
        "CREATE TABLE stored_events (originator_id PRIMARY KEY, topic) WITHOUT ROWID",
        "CREATE TABLE other (x)",
    ],
)
def test_a_database_of_another_release_is_told_by_name(schema, database):
    with closing(sqlite3.connect(database["SQLITE_DBNAME"])) as db:
        db.executescript(schema)
    with accounts.Accounts(database | {"CREATE_TABLE": "no"}) as app:
        error = refuses(app, mirror_of(app), OtherDatabase, "which release made its tables")
        assert error.place == "notifications behind 0"


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM stored_events WHERE rowid = 8",
        "DELETE FROM stored_events",
        "UPDATE stored_events SET state = x'7b7d' WHERE rowid = 8",
        "UPDATE stored_events SET topic = 'foreign.accounts:Account.Closed' WHERE rowid = 8",
        "UPDATE stored_events SET rowid = 88 WHERE rowid = 8",
    ],
)
def test_a_rewritten_source_is_found_out_at_the_last_event(change, app, database):
    mirror = mirror_of(app)
    graduate.follow(app, mirror)
    edit(database, change)
    error = refuses(app, mirror, SourceRewritten, "the last one that was followed")
    assert error.place.startswith("notification 8 (foreign.accounts:Account.TransactionAppended")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("DELETE FROM stored_events WHERE rowid = 3", "their log does not have it"),
        ("UPDATE stored_events SET state = x'00' WHERE rowid = 3", "their log has LogRow"),
        ("UPDATE stored_events SET originator_version = 9 WHERE rowid = 3", "their log has LogRow"),
    ],
)
def test_a_change_further_back_is_found_by_a_comparison(change, words, app, database):
    mirror = mirror_of(app)
    graduate.follow(app, mirror)
    edit(database, change)
    (why, *_) = graduate.differences(app, mirror)
    assert why.startswith("notification 3 (")
    assert words in why


def test_versions_that_come_again_are_a_rewritten_source(app, database):
    mirror = mirror_of(app)
    graduate.follow(app, mirror)
    ann = accounts.Account.create_id("ann")
    edit(database, ("DELETE FROM stored_events WHERE originator_id = ?", (ann.hex,)))
    app.open("ann")  # under the same id, from version 1
    refuses(app, mirror, SourceRewritten, "the mirror has had version 3 of this aggregate already")


def test_what_is_no_application_cannot_be_followed(app):
    with pytest.raises(OtherDatabase, match="it has no notification log"):
        graduate.follow(object(), mirror_of(app))


def test_a_store_that_is_no_mirror_is_refused(app, store):
    with pytest.raises(OtherDatabase, match=r"graduate\.vocabulary"):
        graduate.follow(app, store)


def test_a_mirror_of_another_application_is_refused(app):
    with content.Wiki() as wiki:
        content.live(wiki)
        mirror = mirror_of(wiki)
        graduate.follow(wiki, mirror)
    refuses(app, mirror, SourceRewritten, "is now LogRow|is not there any more")


def test_an_id_that_cannot_name_a_stream_is_told_by_name(database):
    with search.Library(database) as app:
        app.write("a\nb", "text")
        mirror = mirror_of(app)
        error = refuses(app, mirror, graduate.NotFollowed, "is not a stream name")
        assert error.place.startswith("notification 1 (foreign.search:Written of a\nb")


# What a fact of theirs is.


def test_a_fact_is_read_back_as_it_was_stored(app):
    vocabulary = graduate.vocabulary(app)
    for row in graduate.read(app.env["SQLITE_DBNAME"]):
        text = stored(row)
        fact = vocabulary.decode(text)
        assert fact.row == row
        assert vocabulary.encode(fact) == text
        assert fact == vocabulary.fact(row)


def test_an_encrypted_log_is_as_secret_in_the_mirror(database):
    secret = database | {"CIPHER_KEY": KEY}
    with accounts.Accounts(secret) as app:
        accounts.live(app)
        mirror = mirror_of(app)
        graduate.follow(app, mirror)
        assert next(mirror.recorded()).event.holder == "ann"
        assert not any("ann" in row.data for row in mirror.event_rows())
    without_key = MemoryStore(graduate.vocabulary())
    audit.restore(without_key, mirror.transactions())
    fact = next(without_key.recorded()).event
    assert repr(fact) == "Account.Opened()"
    assert len(fact.row.state) > 50


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (b'{"notification_id": 5, "type": 6, "row": 7}', "T(notification_id_=5, type_=6, row_=7)"),
        (b'{"a b": 1, "class": 2, "": 3}', None),
        (b"[]", "T()"),
        (b"\x00\xff", "T()"),
    ],
)
def test_any_payload_can_be_a_fact(state, shown):
    vocabulary = graduate.vocabulary()
    row = graduate.LogRow(1, "a", 1, "m:T", state)
    fact = vocabulary.decode(stored(row))
    assert fact.row == row
    assert shown is None or repr(fact) == shown


def test_a_mirror_takes_no_facts_and_no_commands_of_ours(app):
    from tally import Add, Added

    from esdemo.errors import UnknownType

    mirror = mirror_of(app)
    with pytest.raises(UnknownType, match="give commands to the application itself"):
        mirror.append("a", [Added(1)], expected_version=0)
    with pytest.raises(UnknownType, match="give commands to the application itself"):
        graduate.view(app, mirror).handle("a", Add((1,)))


class Restless(Aggregate):
    """Its version numbers begin at 0, as in logs of old."""

    INITIAL_VERSION = 0

    @event("Born")
    def __init__(self) -> None:
        self.steps = 0

    @event("Stepped")
    def step(self) -> None:
        """On."""
        self.steps += 1


def test_their_versions_are_kept_where_they_are_not_ours():
    with accounts.Accounts() as app:
        restless = Restless()
        restless.step()
        app.save(restless)
        mirror = mirror_of(app)
        graduate.follow(app, mirror)
        assert graduate.differences(app, mirror) == []
        facts = list(mirror.recorded())
        assert [fact.version for fact in facts] == [1, 2]
        assert [fact.event.row.originator_version for fact in facts] == [0, 1]
        state = graduate.view(app, mirror).state(str(restless.id))
        assert state == {"aggregate": "Restless", "steps": 1}


def test_importing_the_room_does_not_import_the_library():
    import subprocess

    program = "import esdemo.graduate, sys; print('eventsourcing' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("False\n", "")


def test_a_bar_is_shown_only_for_what_takes_long(app, capsys, monkeypatch):
    monkeypatch.delitem(os.environ, "TQDM_DISABLE", raising=False)
    graduate.follow(app, mirror_of(app))
    assert capsys.readouterr().err == ""
