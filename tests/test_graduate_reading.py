"""Somebody else's log is read as it lies there, without their classes."""

import sqlite3
from contextlib import closing
from decimal import Decimal

import pytest

from esdemo import graduate
from esdemo.graduate import OtherDatabase

CREATE = (
    'CREATE TABLE "{}" (originator_id TEXT, originator_version INTEGER, topic TEXT, state BLOB, '
    "PRIMARY KEY (originator_id, originator_version)){}"
)
ROWS = [("a1", 1, "shop:Cart.Opened", b'{"n":1}'), ("a1", 2, "shop:Cart.Paid", b"\x00\xff")]


@pytest.fixture
def log(tmp_path):
    """An SQLite file as the library makes it, with snapshots beside the events."""
    path = tmp_path / "their log.db"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(CREATE.format("stored_events", ""))
        db.execute(CREATE.format("stored_snapshots", " WITHOUT ROWID"))
        db.executemany("INSERT INTO stored_events VALUES (?, ?, ?, ?)", ROWS)
    return path


def test_rows_come_as_they_lie_there(log):
    rows = list(graduate.read(log))
    assert [tuple(row) for row in rows] == [(1, *ROWS[0]), (2, *ROWS[1])]
    assert [row.fields for row in rows] == [{"n": 1}, None]


def test_the_table_is_found_and_snapshots_are_not_taken_for_events(log):
    assert graduate.tables(str(log)) == ["stored_events"]


def test_a_log_longer_than_a_page_is_read_to_its_end(log):
    with closing(sqlite3.connect(log)) as db, db:
        more = [("b", number, "t:T", b"{}") for number in range(2_500)]
        db.executemany("INSERT INTO stored_events VALUES (?, ?, ?, ?)", more)
    assert [row.notification_id for row in graduate.read(log)] == list(range(1, 2_503))


def test_of_several_tables_one_is_named(log):
    with closing(sqlite3.connect(log)) as db, db:
        db.execute(CREATE.format('odd ""name""', ""))
    with pytest.raises(OtherDatabase, match='name one of odd "name", stored_events'):
        list(graduate.read(log))
    assert list(graduate.read(log, 'odd "name"')) == []
    assert len(list(graduate.read(log, "stored_events"))) == 2
    with pytest.raises(OtherDatabase, match="no table 'missing'"):
        list(graduate.read(log, "missing"))


def test_reading_changes_nothing(log):
    before = log.read_bytes()
    list(graduate.read(log))
    assert log.read_bytes() == before
    assert [path.name for path in log.parent.iterdir()] == [log.name]


@pytest.mark.parametrize("content", [None, b"not a database at all", b""])
def test_what_is_not_such_a_database_is_told_by_name(tmp_path, content):
    path = tmp_path / "other.db"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(OtherDatabase, match=r"other\.db") as caught:
        list(graduate.read(path))
    assert caught.value.place == "other.db"


def test_json_is_shown_by_values_that_can_be_kept():
    state = b"""{"at": {"_type_": "datetime_iso", "_data_": "2026-01-05T09:00:00+00:00"},
        "price": {"_type_": "decimal_str", "_data_": "9.99"}, "rate": 0.1, "count": 3, "no": null,
        "big": 18446744073709551616, "tags": ["a", 1], "owner": {"name": "Ann"}, "ok": true}"""
    assert graduate.json_fields(state) == {
        "at": "2026-01-05T09:00:00+00:00",
        "price": "9.99",
        "rate": Decimal("0.1"),
        "count": 3,
        "no": None,
        "big": "18446744073709551616",
        "tags": '["a",1]',
        "owner": '{"name":"Ann"}',
        "ok": True,
    }


@pytest.mark.parametrize("state", [b"[1]", b"\xff", b"", b"[" * 100_000])
def test_what_is_not_a_json_object_has_no_fields(state):
    assert graduate.json_fields(state) is None
