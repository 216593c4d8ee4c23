"""Tampering with the file itself: what is found, with a pinned seal and without one.

Each manipulation works on a copy of a small bank, over a connection of its own that has dropped
the triggers. The two lists at the end of this file are the claim that notebook 06 makes.
"""

import shutil
from collections import Counter
from contextlib import closing
from random import Random

import pytest
from forgery import forge, rows, transactions, unguarded

from esdemo import SQLiteStore, audit
from esdemo.domains.bank import BankMessage, MoneyDeposited, simulate

ROUNDS = 45  # manipulations of each kind
COLUMNS = {
    "events": [
        *("position", "stream", "version", "data", "command_id", "correlation_id", "actor"),
        *("recorded_at", "effective_at", "hash"),
    ],
    "decisions": [
        *("number", "stream", "version", "position", "events", "command_id"),
        *("correlation_id", "actor", "recorded_at", "effective_at"),
    ],
}
NUMBERS = {"position", "version", "number", "events"}


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    """A file with some weeks of a small bank, an imported fact, and the seal over all of it."""
    path = tmp_path_factory.mktemp("bank") / "bank.db"

    def new_store(clock):
        return SQLiteStore(path, BankMessage, clock, survives="crash")

    with closing(simulate(accounts=4, days=24, seed=2, store=new_store).store) as store:
        version = store.version("bob")
        store.append("bob", [MoneyDeposited(7_00, "import")], expected_version=version)
        known = audit.verify(store)
        assert known.wrong is None
        assert audit.compare(store, known.seal) == []
        seal = known.seal
    return path, seal


# Somebody changes rows, and nothing else.


def change(db, table, key, column, value):
    place = "position" if table == "events" else "number"
    db.execute(f"UPDATE {table} SET {column} = ? WHERE {place} = ?", (value, key))


def edited(chance, value, column):
    """Another value of the same type, near or far."""
    if column in NUMBERS:
        return value + chance.choice([-1, 1, 100_000, -(10**6), 2**40])
    place = chance.randrange(len(value)) if value else 0
    letter = chance.choice([each for each in "0aZé\x00🙂" if each != value[place : place + 1]])
    return value[:place] + letter + value[place + 1 :]


def edit_a_field_of_an_event(path, chance):
    with closing(unguarded(path)) as db:
        row = chance.choice(db.execute("SELECT * FROM events").fetchall())
        column = chance.choice(COLUMNS["events"])
        value = edited(chance, row[column], column)
        taken = "SELECT 1 FROM events WHERE position = ? OR (stream, version) = (?, ?)"
        if column in NUMBERS and db.execute(taken, (value, row["stream"], value)).fetchone():
            value += 10_000
        change(db, "events", row["position"], column, value)


def write_bytes_that_are_no_text(path, chance):
    with closing(unguarded(path)) as db:
        table = chance.choice(["events", "decisions"])
        place = "position" if table == "events" else "number"
        (last,) = db.execute(f"SELECT max({place}) FROM {table}").fetchone()
        db.execute(
            f"UPDATE {table} SET actor = CAST(x'ff' AS TEXT) WHERE {place} = ?",
            (chance.randint(1, last),),
        )


def remove_an_event(path, chance):
    with closing(unguarded(path)) as db:
        (last,) = db.execute("SELECT max(position) FROM events").fetchone()
        db.execute("DELETE FROM events WHERE position = ?", (chance.randrange(1, last),))


def exchange_the_places_of_two_events(path, chance):
    with closing(unguarded(path)) as db:
        (last,) = db.execute("SELECT max(position) FROM events").fetchone()
        one, other = chance.sample(range(1, last + 1), 2)
        for old, new in ((one, -1), (other, one), (-1, other)):
            change(db, "events", old, "position", new)


def exchange_the_contents_of_two_events(path, chance):
    with closing(unguarded(path)) as db:
        first = chance.choice(db.execute("SELECT * FROM events").fetchall())
        others = "SELECT * FROM events WHERE data <> ?"
        second = chance.choice(db.execute(others, (first["data"],)).fetchall())
        change(db, "events", first["position"], "data", second["data"])
        change(db, "events", second["position"], "data", first["data"])


def insert_an_event_and_move_the_rest(path, chance):
    with closing(unguarded(path)) as db:
        row = dict(chance.choice(db.execute("SELECT * FROM events").fetchall()))
        position = row["position"]
        db.execute("UPDATE events SET position = -position - 1 WHERE position >= ?", (position,))
        db.execute("UPDATE events SET position = -position WHERE position < 0")
        row["version"] += 1_000
        db.execute(f"INSERT INTO events VALUES ({', '.join('?' * len(row))})", [*row.values()])


def hide_an_event_before_the_first(path, chance):
    with closing(unguarded(path)) as db:
        row = dict(chance.choice(db.execute("SELECT * FROM events").fetchall()))
        row["position"] = chance.choice([0, -1, -(2**63)])
        row["stream"] = chance.choice([row["stream"], "nobody"])
        row["version"] += 1_000
        db.execute(f"INSERT INTO events VALUES ({', '.join('?' * len(row))})", [*row.values()])


def hide_a_decision_before_the_first(path, chance):
    with closing(unguarded(path)) as db:
        row = dict(chance.choice(db.execute("SELECT * FROM decisions").fetchall()))
        row["number"] = chance.choice([0, -1, -(2**63)])
        row["command_id"] = "hidden"
        db.execute(f"INSERT INTO decisions VALUES ({', '.join('?' * len(row))})", [*row.values()])


def cut_events_off_and_leave_their_decisions(path, chance):
    with closing(unguarded(path)) as db:
        (last,) = db.execute("SELECT max(position) FROM decisions").fetchone()
        db.execute("DELETE FROM events WHERE position >= ?", (chance.randint(1, last),))


def remove_the_rows_of_a_stream(path, chance):
    with closing(unguarded(path)) as db:
        (stream,) = chance.choice(db.execute("SELECT DISTINCT stream FROM events").fetchall())
        db.execute("DELETE FROM events WHERE stream = ?", (stream,))
        if chance.randrange(2):
            db.execute("DELETE FROM decisions WHERE stream = ?", (stream,))


def edit_the_place_or_envelope_of_a_decision_with_events(path, chance):
    with closing(unguarded(path)) as db:
        row = chance.choice(db.execute("SELECT * FROM decisions WHERE events > 0").fetchall())
        column = chance.choice(COLUMNS["decisions"])
        value = edited(chance, row[column], column)
        taken = "SELECT 1 FROM decisions WHERE number = ?"
        if column == "number" and db.execute(taken, (value,)).fetchone():
            value += 10_000
        change(db, "decisions", row["number"], column, value)


def remove_a_decision_before_the_last(path, chance):
    with closing(unguarded(path)) as db:
        (last,) = db.execute("SELECT max(number) FROM decisions").fetchone()
        db.execute("DELETE FROM decisions WHERE number = ?", (chance.randrange(1, last),))


def exchange_two_decisions_with_events(path, chance):
    with closing(unguarded(path)) as db:
        found = db.execute("SELECT number FROM decisions WHERE events > 0").fetchall()
        (one,), (other,) = chance.sample(found, 2)
        for old, new in ((one, -1), (other, one), (-1, other)):
            change(db, "decisions", old, "number", new)


# Somebody has read the documentation, and makes everything fit together again.


def rewrite_an_event_and_all_that_follows(path, chance):
    history = transactions(path)
    _, facts = chance.choice([each for each in history if each[1]])
    fact = chance.choice(facts)
    fact["data"] = '{"type":"MoneyDeposited","amount":99999900,"source":"cash"}'
    forge(path, history)


def rewrite_who_and_when(path, chance):
    history = transactions(path)
    decision, facts = chance.choice(history)
    for row in [*facts, *([decision] if decision else [])]:
        row["actor"] += " the second"
    forge(path, history)


def cut_the_end_off(path, chance):
    history = transactions(path)
    forge(path, history[: chance.randrange(len(history))])


def remove_a_stream_and_close_the_gaps(path, chance):
    history = transactions(path)
    streams = sorted({(decision or facts[0])["stream"] for decision, facts in history})
    gone = chance.choice(streams)
    forge(path, [each for each in history if (each[0] or each[1][0])["stream"] != gone])


def insert_a_stream(path, chance):
    history = transactions(path)
    place = chance.randrange(len(history))
    decision, facts = chance.choice([each for each in history if each[0] and each[1]])
    forged = decision | {"stream": "nobody", "command_id": "forged"}
    history.insert(place, (forged, facts))
    forge(path, history)


def exchange_two_transactions(path, chance):
    history = transactions(path)
    place = chance.randrange(len(history) - 1)
    history[place], history[place + 1] = history[place + 1], history[place]
    forge(path, history)


def edit_a_reason(path, chance):
    with closing(unguarded(path)) as db:
        refused = db.execute("SELECT * FROM decisions WHERE reason IS NOT NULL").fetchall()
        row = chance.choice(refused)
        change(db, "decisions", row["number"], "reason", edited(chance, row["reason"], "") + "!")


def edit_what_was_asked_for_and_its_cause(path, chance):
    with closing(unguarded(path)) as db:
        row = chance.choice(db.execute("SELECT * FROM decisions").fetchall())
        column = chance.choice(["data", "causation_id"])
        change(db, "decisions", row["number"], column, row[column] + " ")


def edit_who_was_refused(path, chance):
    with closing(unguarded(path)) as db:
        refused = db.execute("SELECT * FROM decisions WHERE reason IS NOT NULL").fetchall()
        row = chance.choice(refused)
        column = chance.choice(["actor", "command_id", "correlation_id", "effective_at"])
        change(db, "decisions", row["number"], column, f"{row[column]}0")


def remove_a_refusal_and_close_the_gap(path, chance):
    history = transactions(path)
    refused = [each for each in history if each[0] and each[0]["reason"] is not None]
    history.remove(chance.choice(refused))
    forge(path, history)


def remove_a_decision_and_leave_its_events(path, chance):
    history = transactions(path)
    place = chance.choice([nth for nth, each in enumerate(history) if each[0] and each[1]])
    history[place : place + 1] = [(None, [fact]) for fact in history[place][1]]
    forge(path, history)


FOUND = [
    edit_a_field_of_an_event,
    write_bytes_that_are_no_text,
    remove_an_event,
    exchange_the_places_of_two_events,
    exchange_the_contents_of_two_events,
    insert_an_event_and_move_the_rest,
    hide_an_event_before_the_first,
    hide_a_decision_before_the_first,
    cut_events_off_and_leave_their_decisions,
    remove_the_rows_of_a_stream,
    edit_the_place_or_envelope_of_a_decision_with_events,
    remove_a_decision_before_the_last,
    exchange_two_decisions_with_events,
]
"""What the hashes and places inside the file show to everybody."""

HIDDEN = [
    rewrite_an_event_and_all_that_follows,
    rewrite_who_and_when,
    cut_the_end_off,
    remove_a_stream_and_close_the_gaps,
    insert_a_stream,
    exchange_two_transactions,
    edit_a_reason,
    edit_what_was_asked_for_and_its_cause,
    edit_who_was_refused,
    remove_a_refusal_and_close_the_gap,
    remove_a_decision_and_leave_its_events,
]
"""What only a seal shows, that was pinned outside before it happened."""


@pytest.mark.parametrize("manipulation", FOUND + HIDDEN, ids=lambda each: each.__name__)
def test_a_pinned_seal_finds_every_manipulation_and_the_chains_find_just_these(
    manipulation, bank, tmp_path
):
    original, seal = bank
    before, copy, found = rows(original), tmp_path / "copy.db", Counter()
    for number in range(ROUNDS):
        shutil.copy(original, copy)
        manipulation(copy, Random(f"{manipulation.__name__} {number}"))
        if manipulation is not write_bytes_that_are_no_text:
            assert rows(copy) != before, f"round {number} changed nothing"
        with SQLiteStore(copy, BankMessage, survives="crash") as store:
            found["with the seal"] += bool(audit.compare(store, seal))
            found["without"] += bool(audit.verify(store).wrong)
    assert found["with the seal"] == ROUNDS
    assert found["without"] == (ROUNDS if manipulation in FOUND else 0)


def test_there_are_a_thousand_manipulations():
    assert ROUNDS * len(FOUND + HIDDEN) >= 1_000
