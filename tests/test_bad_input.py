"""Bad input: each kind gives a named exception with a sentence that helps, and changes nothing."""

import errno
import os
import re
import shutil
import sqlite3
import tempfile
from contextlib import closing, contextmanager
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import independent
import pytest
from conftest import START, contents
from tally import Add, Added, Take, TallyMessage, tally

from esdemo import Application, Conflict, Event, SQLiteStore, Vocabulary
from esdemo.clocks import numbered, ticking
from esdemo.domains.bank import BankMessage, Deposit, MoneyDeposited, OpenAccount, Withdraw, rules
from esdemo.errors import (
    Busy,
    Damaged,
    EsdemoError,
    Full,
    InvalidMoment,
    InvalidStream,
    NotAFact,
    NotAStore,
    NothingToAppend,
    ReadOnly,
    StoreError,
    UnknownType,
    Unreadable,
)


@contextmanager
def refused(kind, words, *stores):
    """The block raises `kind` with these words in its sentence; the stores stay as they are."""
    before = [contents(store) for store in stores]
    with pytest.raises(kind, match=words) as caught:
        yield
    assert isinstance(caught.value, EsdemoError)
    assert len(str(caught.value)) > 20
    assert [contents(store) for store in stores] == before


@pytest.fixture
def bank(new_store):
    """A bank where ann has 100 cents."""
    application = Application(rules, new_store(BankMessage), ids=numbered("cmd"))
    application.handle("ann", OpenAccount("Ann"))
    application.handle("ann", Deposit(100))
    return application


# Events that cannot be facts.


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (MoneyDeposited("100", "cash"), r"MoneyDeposited\(amount='100'.*Expected `int`.*amount"),
        (MoneyDeposited(1.5, "cash"), "Expected `int`, got `float`"),
        (MoneyDeposited(True, "cash"), "Expected `int`, got `bool`"),
        (MoneyDeposited(None, "cash"), "Expected `int`, got `null`"),
        (MoneyDeposited([1], "cash"), "Expected `int`, got `array`"),
        (MoneyDeposited({}, "cash"), "Expected `int`, got `object`"),
        (MoneyDeposited(len, "cash"), "cannot be stored"),
        (MoneyDeposited(1, 7), "Expected `str`, got `int`.*source"),
        (MoneyDeposited(1, "\ud800"), "surrogate"),
    ],
    ids=ascii,
)
def test_an_event_with_a_wrong_field_type(bank, event, words):
    with refused(NotAFact, words, bank.store):
        bank.store.append("ann", [event], expected_version=2)


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (float, "such as cents"),
        (list[int], "can change; use tuple"),
        (dict, "change"),
    ],
    ids=str,
)
def test_an_event_class_with_a_float_or_a_field_that_can_change(annotation, words):
    with refused(NotAFact, f"'amount' of Paid.*{words}"):
        type("Paid", (Event,), {"__annotations__": {"amount": annotation}})


def test_an_event_of_a_type_that_was_not_registered(bank):
    class Stranger(Event):
        amount: int

    with refused(UnknownType, "Stranger.*vocabulary.*add it to the union", bank.store):
        bank.store.append("ann", [Stranger(1)], expected_version=2)


# Payloads in the database.

DAMAGE = {
    "truncated": ('{"type":"Added","amou', "Input data was truncated"),
    "empty": ("", "truncated"),
    "no JSON": ("\x00\x01", "malformed"),
    "another encoding": ('{"type":"Added","amount":"ü"}', "Expected `int`"),
    "unknown type": ('{"type":"Stolen","amount":1}', "Stolen"),
    "no type": ('{"amount":1}', "type"),
    "future schema": ('{"type":"Added","amount":1,"currency":"EUR"}', "currency"),
    "future type": ('{"type":"Added.2","cents":1}', r"Added\.2"),
    "field missing": ('{"type":"Added"}', "amount"),
    "wrong type": ('{"type":"Added","amount":"1"}', "Expected `int`, got `str`"),
    "a list": ("[]", "array"),
    "two in one": ('{"type":"Added","amount":1},{"type":"Added","amount":1}', "trailing"),
}


@pytest.fixture
def damaged(path, sqlite_store):
    """Writes a payload at position 2 (a, version 2) of a file; then reads on as a store."""

    def damage(data, vocabulary=TallyMessage):
        with SQLiteStore(path, TallyMessage, ticking(START)) as store:
            application = Application(tally, store, ids=numbered("cmd"))
            for stream, amount in [("a", 1), ("a", 2), ("b", 3), ("a", 4)]:
                application.handle(stream, Add((amount,)))
        with closing(sqlite3.connect(path)) as db, db:
            db.execute("DROP TRIGGER events_are_never_updated")
            db.execute("UPDATE events SET data = ? WHERE position = 2", (data,))
        return sqlite_store(vocabulary)

    return damage


@pytest.mark.parametrize(("data", "words"), DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_payload_is_named_by_its_position_and_the_rest_stays_readable(
    damaged, data, words
):
    store = damaged(data)
    here = re.escape("position 2 ('a', version 2)")
    log = store.recorded()
    assert next(log).event == Added(1)
    with pytest.raises(Unreadable, match=f"{here} cannot be read: .*{words}"):
        next(log)
    with pytest.raises(Unreadable, match=f"'a', version 2 cannot be read: .*{words}"):
        list(store.events("a"))
    with pytest.raises(Unreadable, match=here):
        list(store.decisions())
    assert [fact.event for fact in store.recorded(after=2)] == [Added(3), Added(4)]
    assert list(store.events("a", until=1)) == [Added(1)]
    assert list(store.events("a", after=2)) == [Added(4)]
    assert list(store.events("b")) == [Added(3)]
    assert store.version("a") == 3
    assert [each.number for each in store.decisions(after=2)] == [3, 4]


def test_a_command_on_a_damaged_stream_is_refused_and_on_others_it_is_not(damaged, path):
    store = damaged("{")
    application = Application(tally, store, ids=numbered("new"))
    for ask in (
        lambda: application.handle("a", Add((1,))),
        lambda: application.state("a"),
        lambda: application.state("a", version=2),
        lambda: application.replay("a", as_of=START + timedelta(days=1)),
    ):
        with pytest.raises(Unreadable, match="version 2") as error:
            ask()
        assert "'a', version 2" in error.value.place
    assert len(independent.events(path)) == 4
    assert application.state("a", version=1) == 1
    assert application.handle("b", Add((1,))).events[0].version == 2


def test_a_damaged_command_is_named_by_its_number(damaged, path):
    store = damaged('{"type":"Added","amount":2}')
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DROP TRIGGER decisions_are_never_updated")
        db.execute("""UPDATE decisions SET data = '{"type":"Add.9"}' WHERE number = 3""")
    with pytest.raises(Unreadable, match=r"decision 3 \('b'\) cannot be read: .*Add\.9"):
        list(store.decisions())
    assert [each.number for each in store.decisions(after=3)] == [4]
    assert list(store.events("b")) == [Added(3)]


UPCASTERS = {
    "half-way": lambda old: {**old, "type": "Added.1"},
    "itself": lambda old: old,
    "nothing": lambda old: None,
    "no JSON": lambda old: {**old, "type": "Added", "amount": {1}},
    "wrong shape": lambda old: {"type": "Added"},
    "raises": lambda old: old["cents"],
}


@pytest.mark.parametrize("upcaster", UPCASTERS.values(), ids=UPCASTERS)
def test_an_upcaster_that_fails_is_named_by_the_position_of_its_event(damaged, upcaster):
    store = damaged(
        '{"type":"Added.0","amount":2}', Vocabulary(TallyMessage, {"Added.0": upcaster})
    )
    with pytest.raises(Unreadable, match=r"position 2 \('a', version 2\) cannot be read: .*Added"):
        list(store.recorded())
    with pytest.raises(Unreadable, match="'a', version 2"):
        list(store.events("a"))
    assert list(store.events("a", after=2)) == [Added(4)]


def test_upcasters_that_go_round_in_a_circle_come_to_an_end(damaged):
    circle = {
        "Added.0": lambda old: {**old, "type": "Added.1"},
        "Added.1": lambda old: {**old, "type": "Added.0"},
    }
    store = damaged('{"type":"Added.0","amount":2}', Vocabulary(TallyMessage, circle))
    with pytest.raises(Unreadable, match="Added"):
        list(store.events("a"))


def test_an_old_event_is_read_through_its_upcaster_and_its_hash_is_left_alone(damaged):
    upcast = {"Added.0": lambda old: {"type": "Added", "amount": old["euros"] * 100}}
    store = damaged('{"type":"Added.0","euros":2}', Vocabulary(TallyMessage, upcast))
    assert [event.amount for event in store.events("a")] == [1, 200, 4]
    assert list(store.recorded("a"))[1].hash == list(store.recorded())[1].hash
    assert Application(tally, store).state("a") == 205


# Appends that are too late, or of nothing, or to nowhere.


@pytest.mark.parametrize("version", [0, 1, 3, 99])
def test_a_stale_expected_version(bank, version):
    with refused(Conflict, f"version 2, not {version}.*load it again", bank.store):
        bank.store.append("ann", [MoneyDeposited(1, "x")], expected_version=version)


@pytest.mark.parametrize("nothing", [[], ()], ids=str)
def test_appending_nothing(bank, nothing):
    with refused(NothingToAppend, "nothing to append to 'ann': give an event", bank.store):
        bank.store.append("ann", nothing, expected_version=2)


@pytest.mark.parametrize(
    "stream", ["", "x" * 256, "x" * 10**6, "a\nb", None], ids=lambda s: str(s)[:5]
)
def test_a_stream_name_that_is_empty_or_huge_or_no_text(bank, stream):
    with refused(InvalidStream, "is not a stream name: use 1 to 255 printable", bank.store):
        bank.handle(stream, OpenAccount("Ann"))
    with pytest.raises(InvalidStream) as error:
        bank.store.append(stream, [MoneyDeposited(1, "x")], expected_version=0)
    assert len(str(error.value)) < 200


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 1, 5),
        date(2026, 1, 5),
        "2026-01-05T09:00:00Z",
        1767603600,
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))),
    ],
    ids=str,
)
def test_a_naive_datetime_or_none_at_all(bank, moment):
    ask = [
        lambda: bank.handle("ann", Deposit(1), effective_at=moment),
        lambda: bank.state("ann", as_of=moment),
        lambda: bank.replay("ann", as_of=moment),
        lambda: bank.store.position_at(moment),
    ]
    for question in ask:
        with refused(InvalidMoment, "datetime|year", bank.store):
            question()


# Commands of the bank.


@pytest.mark.parametrize("command", [Deposit, Withdraw])
@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (-1, ">= 1"),
        (0, ">= 1"),
        (10**15 + 1, "<= 1000000000000000"),
        (10**18, "<= 1000000000000000"),
        (2**63, "int|64"),
        (10**40, "int|64|range"),
        (True, "got `bool`"),
        (False, "got `bool`"),
        (1.0, "got `float`"),
        ("1", "got `str`"),
        (None, "got `null`"),
        (float("nan"), "null|float|nan"),
    ],
)
def test_an_amount_that_is_negative_zero_huge_boolean_or_no_number(bank, command, amount, words):
    with refused(NotAFact, words, bank.store):
        bank.handle("ann", command(amount))
    assert bank.state("ann").balance == 100


def test_the_largest_amount_is_taken(bank):
    bank.handle("ann", Deposit(10**15))
    assert bank.state("ann").balance == 10**15 + 100


@pytest.mark.parametrize("command", [Deposit(1), Withdraw(1)])
def test_a_command_for_an_account_that_is_not_open(bank, command):
    """A business answer: no exception, but a kept refusal; the log is unchanged."""
    before = list(bank.store.recorded())
    decision = bank.handle("nobody", command)
    assert decision.reason == "there is no such account"
    assert list(bank.store.recorded()) == before


# Trouble with the file.


@pytest.fixture
def used(path, sqlite_store):
    """The path of a file with three events."""
    with SQLiteStore(path, TallyMessage) as store:
        store.append("a", [Added(1), Added(2), Added(3)], expected_version=0)
    return path


def append(store):
    return store.append("a", [Added(4)], expected_version=3)


@pytest.mark.parametrize("lock", ["IMMEDIATE", "EXCLUSIVE"])
def test_a_database_that_is_locked(used, sqlite_store, lock):
    store = sqlite_store(busy_timeout=0.05)
    with closing(sqlite3.connect(used, isolation_level=None)) as other:
        other.execute(f"BEGIN {lock}")
        with refused(Busy, "locked: another process is writing; wait", store):
            append(store)
        with refused(Busy, "raise busy_timeout", store):
            Application(tally, store).handle("a", Take(1))
        other.execute("ROLLBACK")
    assert append(store)[0].version == 4


def test_a_new_file_that_is_locked(path, sqlite_store):
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Busy, match="locked"):
            sqlite_store(busy_timeout=0.05)
        other.execute("ROLLBACK")
    assert sqlite_store().position == 0


def test_a_store_opened_read_only(used, sqlite_store):
    store = sqlite_store(read_only=True)
    with refused(ReadOnly, "readonly database: open it without read_only", store):
        append(store)
    with refused(ReadOnly, "readonly", store):
        Application(tally, store).handle("a", Take(1))


def test_a_file_that_is_not_there_is_not_made_by_a_reader(path, sqlite_store):
    with refused(ReadOnly, "exist"):
        sqlite_store(read_only=True)
    assert not path.exists()


@contextmanager
def ordinary_user():
    """File permissions mean nothing to root: become somebody else for a while."""
    if not hasattr(os, "geteuid"):
        pytest.skip("this system has other permissions")
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


@pytest.fixture
def public():
    """A folder that other users may enter."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    yield folder
    folder.chmod(0o777)
    shutil.rmtree(folder)


def test_a_file_without_the_right_to_write(used, public):
    file = Path(shutil.copy(used, public / "store.db"))
    file.chmod(0o444)
    with ordinary_user(), SQLiteStore(file, TallyMessage) as store:
        with refused(ReadOnly, "readonly database: .*copy", store):
            append(store)
        assert store.version("a") == 3


def test_a_folder_without_the_right_to_write(public):
    public.chmod(0o555)
    with ordinary_user(), refused(ReadOnly, "may you write there"):
        SQLiteStore(public / "store.db", TallyMessage)
    assert list(public.iterdir()) == []


@pytest.mark.parametrize("place", ["missing/store.db", "", "a-file/store.db"])
def test_a_place_that_is_no_place(tmp_path, monkeypatch, place):
    monkeypatch.chdir(tmp_path)
    Path("a-file").touch()
    with refused(StoreError, "does the folder exist"):
        SQLiteStore(place, TallyMessage)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a-file"]


def test_a_disk_that_is_full(used, sqlite_store):
    """SQLite's own limit of pages stands for the disk's: it is the same answer."""
    store = sqlite_store()
    application = Application(tally, store)
    pages = store.home.file.rows("PRAGMA page_count")[0][0]
    store.home.file.rows(f"PRAGMA max_page_count = {pages}")
    with refused(Full, "full: make room; what was acknowledged is safe", store):
        application.handle("a", Add(tuple(range(2_000))))
    assert application.state("a") == 6
    store.home.file.rows("PRAGMA max_page_count = 100000")
    assert application.handle("a", Add((4,))).events[0].version == 4
    store.close()
    independent.assert_whole(used)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_the_systems_own_word_for_a_full_disk():
    """That the sentence above is about the right thing."""
    with pytest.raises(OSError, match="No space") as error, open("/dev/full", "wb", 0) as full:
        full.write(b"x")
    assert error.value.errno == errno.ENOSPC


def overwrite(path, start, stop):
    """Puts zeros into a file."""
    data = bytearray(path.read_bytes())
    data[start:stop] = bytes(len(data[start:stop]))
    path.write_bytes(data)


@pytest.mark.parametrize("start", [100, 4096, 8192])
def test_a_database_that_is_corrupt(used, sqlite_store, start):
    overwrite(used, start, None)
    damaged = used.read_bytes()
    with pytest.raises((Damaged, NotAStore), match=r"restore a backup|another program|not a"):
        append(sqlite_store())
    assert used.read_bytes() == damaged


def test_a_database_that_is_cut_short(used, sqlite_store):
    used.write_bytes(used.read_bytes()[:-9_000])
    with pytest.raises(Damaged, match="restore a backup"):
        append(sqlite_store())


@pytest.mark.parametrize(
    "content",
    [b"xy", b"not a database, but long enough to have a header " * 40, b"SQLite format 3\0"],
)
def test_a_file_that_is_not_sqlite(path, sqlite_store, content):
    path.write_bytes(content)
    with pytest.raises(NotAStore, match="name another"):
        sqlite_store()
    assert path.read_bytes() == content
    assert list(path.parent.iterdir()) == [path]


def test_a_database_of_another_program(path, sqlite_store):
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE events (id INTEGER PRIMARY KEY, cents REAL)")
    before = path.read_bytes()
    with pytest.raises(NotAStore, match="another program: name another file"):
        sqlite_store()
    assert path.read_bytes() == before
