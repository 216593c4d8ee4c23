"""Somebody changes rows, and nothing else: no hash is made again but where it is said."""

from contextlib import closing
from pathlib import Path
from random import Random

from forgery import unguarded
from independent import DECIDED, HASHED, link

from tampering.bank import pick, pick_two

NUMBERS = {"position", "version", "number", "events"}
PLACE = {"events": "position", "decisions": "number"}
EVENT = (*("position", *HASHED), "hash")
DECISION = (*("number", *DECIDED), "hash")
GENESIS = "0" * 64


def change(db, table, key, column, value):
    db.execute(f"UPDATE {table} SET {column} = ? WHERE {PLACE[table]} = ?", (value, key))


def rows_of(db, table, where="TRUE"):
    return db.execute(f"SELECT * FROM {table} WHERE {where} ORDER BY {PLACE[table]}").fetchall()


def last(db, table):
    return db.execute(f"SELECT max({PLACE[table]}) FROM {table}").fetchone()[0]


def insert(db, table, row):
    db.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", [*row.values()])


def edited(chance: Random, value, column):
    """Another value of the same type, near or far."""
    if column in NUMBERS:
        return value + chance.choice([-1, 1, 100_000, -(10**6), 2**40])
    place = chance.randrange(len(value)) if value else 0
    letter = pick(chance, [each for each in "0aZé\x00🙂" if each != value[place : place + 1]])
    return value[:place] + letter + value[place + 1 :]


def an_edit(table, column):
    """The manipulation that edits this column of a row."""

    def edit(path: Path, chance: Random):
        with closing(unguarded(path)) as db:
            where = "reason IS NOT NULL" if column == "reason" else "TRUE"
            row = pick(chance, rows_of(db, table, where))
            value = edited(chance, row[column], column)
            taken = f"SELECT 1 FROM {table} WHERE {PLACE[table]} = ?"
            if column == PLACE[table] and db.execute(taken, (value,)).fetchone():
                value += 10_000
            if (table, column) == ("events", "version"):
                taken = "SELECT 1 FROM events WHERE (stream, version) = (?, ?)"
                value += 10_000 if db.execute(taken, (row["stream"], value)).fetchone() else 0
            if column in ("stream", "command_id"):  # surely one that nobody has
                value += "'s"
            change(db, table, row[PLACE[table]], column, value)

    edit.__name__ = f"edit_the_{column}_of_{'an_event' if table == 'events' else 'a_decision'}"
    return edit


def edit_an_event_and_make_its_own_hash_again(path, chance):
    with closing(unguarded(path)) as db:
        row = dict(pick(chance, rows_of(db, "events", "command_id <> ''")))
        row["data"] = row["data"].replace('"amount":', '"amount":1') + " "
        before = db.execute(
            "SELECT hash FROM events WHERE (stream, version) = (?, ?)",
            (row["stream"], row["version"] - 1),
        ).fetchone()
        digest = link(before[0] if before else GENESIS, *(row[column] for column in HASHED))
        change(db, "events", row["position"], "data", row["data"])
        change(db, "events", row["position"], "hash", digest)


def edit_a_decision_and_make_its_own_hash_again(path, chance):
    with closing(unguarded(path)) as db:
        rows = list(map(dict, rows_of(db, "decisions")))
        place = chance.randrange(1, len(rows) - 1)
        row = rows[place] | {"causation_id": "nothing"}
        tip = db.execute(
            "SELECT hash FROM events WHERE (stream, version) = (?, ?)",
            (row["stream"], row["version"]),
        ).fetchone()
        columns = (row[column] for column in DECIDED)
        digest = link(rows[place - 1]["hash"], *columns, tip[0] if tip else GENESIS)
        change(db, "decisions", row["number"], "causation_id", "nothing")
        change(db, "decisions", row["number"], "hash", digest)


def write_a_hash_in_capitals(path, chance):
    with closing(unguarded(path)) as db:
        row = pick(chance, rows_of(db, "events"))
        change(db, "events", row["position"], "hash", row["hash"].upper())


def write_all_hashes_in_capitals(path, chance):
    with closing(unguarded(path)) as db:
        for table in PLACE:
            db.execute(f"UPDATE {table} SET hash = upper(hash)")


def exchange(db, table, column, one, other):
    """Two rows take each other's value of a column."""
    change(db, table, one[PLACE[table]], column, other[column])
    change(db, table, other[PLACE[table]], column, one[column])


def exchange_the_hashes_of_two_events(path, chance):
    with closing(unguarded(path)) as db:
        exchange(db, "events", "hash", *pick_two(chance, rows_of(db, "events")))


def exchange_the_contents_of_two_events(path, chance):
    with closing(unguarded(path)) as db:
        first = pick(chance, rows_of(db, "events"))
        others = [row for row in rows_of(db, "events") if row["data"] != first["data"]]
        exchange(db, "events", "data", first, pick(chance, others))


def exchange_the_times_of_all_events(path, chance):
    with closing(unguarded(path)) as db:
        other = "replace(recorded_at, '2025', '2024')"
        db.execute(f"UPDATE events SET (recorded_at, effective_at) = (effective_at, {other})")


def exchange_the_places_of_two_events(path, chance):
    with closing(unguarded(path)) as db:
        one, other = chance.sample(range(1, last(db, "events") + 1), 2)
        for old, new in ((one, -1), (other, one), (-1, other)):
            change(db, "events", old, "position", new)


def exchange_the_versions_of_two_events(path, chance):
    with closing(unguarded(path)) as db:
        stream = pick(chance, rows_of(db, "events"))["stream"]
        rows = [row for row in rows_of(db, "events") if row["stream"] == stream]
        one, other = pick_two(chance, rows)
        for row, version in ((one, -1), (other, one["version"]), (one, other["version"])):
            change(db, "events", row["position"], "version", version)


def exchange_two_decisions_with_events(path, chance):
    with closing(unguarded(path)) as db:
        one, other = (row["number"] for row in pick_two(chance, rows_of(db, "decisions", "events")))
        for old, new in ((one, -1), (other, one), (-1, other)):
            change(db, "decisions", old, "number", new)


def remove_an_event(path, chance):
    with closing(unguarded(path)) as db:
        place = chance.randrange(1, last(db, "events"))
        db.execute("DELETE FROM events WHERE position = ?", (place,))


def remove_an_event_and_close_the_gap(path, chance):
    with closing(unguarded(path)) as db:
        place = pick(chance, rows_of(db, "events", "command_id <> ''"))["position"]
        db.execute("DELETE FROM events WHERE position = ?", (place,))
        db.execute("UPDATE events SET position = -position + 1 WHERE position > ?", (place,))
        db.execute("UPDATE events SET position = -position WHERE position <= 0")


def remove_a_decision_before_the_last(path, chance):
    with closing(unguarded(path)) as db:
        place = chance.randrange(1, last(db, "decisions"))
        db.execute("DELETE FROM decisions WHERE number = ?", (place,))


def remove_the_last_decisions_and_leave_their_events(path, chance):
    """What remains fits: events that nobody asked for are imports."""
    with closing(unguarded(path)) as db:
        place = chance.randrange(1, last(db, "decisions"))
        db.execute("DELETE FROM decisions WHERE number >= ?", (place,))


def remove_all_decisions(path, chance):
    with closing(unguarded(path)) as db:
        db.execute("DELETE FROM decisions")


def cut_events_off_and_leave_their_decisions(path, chance):
    with closing(unguarded(path)) as db:
        (place,) = db.execute("SELECT max(position) FROM decisions").fetchone()
        db.execute("DELETE FROM events WHERE position >= ?", (chance.randint(1, place),))


def remove_the_rows_of_a_stream(path, chance):
    with closing(unguarded(path)) as db:
        stream = pick(chance, rows_of(db, "events"))["stream"]
        db.execute("DELETE FROM events WHERE stream = ?", (stream,))
        if chance.randrange(2):
            db.execute("DELETE FROM decisions WHERE stream = ?", (stream,))


def remove_everything(path, chance):
    with closing(unguarded(path)) as db:
        for table in PLACE:
            db.execute(f"DELETE FROM {table}")


def insert_an_event_and_move_the_rest(path, chance):
    with closing(unguarded(path)) as db:
        row = dict(pick(chance, rows_of(db, "events")))
        position = row["position"]
        db.execute("UPDATE events SET position = -position - 1 WHERE position >= ?", (position,))
        db.execute("UPDATE events SET position = -position WHERE position < 0")
        insert(db, "events", row | {"version": row["version"] + 1_000})


def write_an_event_twice(path, chance):
    with closing(unguarded(path)) as db:
        row = dict(pick(chance, rows_of(db, "events")))
        place = {"position": last(db, "events") + 1, "version": row["version"] + 1_000}
        insert(db, "events", row | place)


def write_a_decision_twice(path, chance):
    with closing(unguarded(path)) as db:
        row = dict(pick(chance, rows_of(db, "decisions")))
        place = {"number": last(db, "decisions") + 1, "command_id": row["command_id"] + " again"}
        insert(db, "decisions", row | place)


def hide_an_event_before_the_first(path, chance):
    with closing(unguarded(path)) as db:
        row = dict(pick(chance, rows_of(db, "events")))
        row["position"] = chance.choice([0, -1, -(2**63)])
        row["stream"] = chance.choice([row["stream"], "nobody"])
        insert(db, "events", row | {"version": row["version"] + 1_000})


def hide_an_event_before_the_first_and_leave_a_gap_behind_the_last(path, chance):
    """So that there are as many as the last place says, and the sealed ones are all there."""
    with closing(unguarded(path)) as db:
        row, end = dict(rows_of(db, "events")[-1]), last(db, "events")
        hidden = chance.choice([0, -1, -(2**63)])
        for count, position in enumerate([hidden, end + 2], 1):
            insert(db, "events", row | {"position": position, "version": row["version"] + count})


def hide_a_decision_before_the_first(path, chance):
    with closing(unguarded(path)) as db:
        row = dict(pick(chance, rows_of(db, "decisions")))
        row["number"] = chance.choice([0, -1, -(2**63)])
        insert(db, "decisions", row | {"command_id": "hidden"})


def leave_a_gap_before_what_was_written_last(path, chance):
    with closing(unguarded(path)) as db:
        row = dict(rows_of(db, "decisions")[-1])
        place = {"number": row["number"] + 2, "command_id": "behind the gap"}
        insert(db, "decisions", row | place)


def give_an_event_to_another_decision(path, chance):
    with closing(unguarded(path)) as db:
        one, other = pick_two(chance, rows_of(db, "decisions", "events"))
        why = {"command_id", "correlation_id", "actor"}
        for column in why:
            change(db, "events", one["position"], column, other[column])
            if one[column] == other[column]:
                change(db, "events", one["position"], column, f"{one[column]}'s")


KINDS = [
    *(an_edit("events", column) for column in EVENT),
    *(an_edit("decisions", column) for column in DECISION),
    edit_an_event_and_make_its_own_hash_again,
    edit_a_decision_and_make_its_own_hash_again,
    write_a_hash_in_capitals,
    write_all_hashes_in_capitals,
    exchange_the_hashes_of_two_events,
    exchange_the_contents_of_two_events,
    exchange_the_times_of_all_events,
    exchange_the_places_of_two_events,
    exchange_the_versions_of_two_events,
    exchange_two_decisions_with_events,
    remove_an_event,
    remove_an_event_and_close_the_gap,
    remove_a_decision_before_the_last,
    remove_the_last_decisions_and_leave_their_events,
    remove_all_decisions,
    cut_events_off_and_leave_their_decisions,
    remove_the_rows_of_a_stream,
    remove_everything,
    insert_an_event_and_move_the_rest,
    write_an_event_twice,
    write_a_decision_twice,
    hide_an_event_before_the_first,
    hide_an_event_before_the_first_and_leave_a_gap_behind_the_last,
    hide_a_decision_before_the_first,
    leave_a_gap_before_what_was_written_last,
    give_an_event_to_another_decision,
]
