-- The tables of an esdemo store, and the triggers that make them append-only.
-- Whatever writes to the file, ours or not, must bring the next position, the next version of its
-- stream and a time that does not go back; so a writer may guess where history ends, and is
-- refused when somebody else was faster.
-- INSERT OR REPLACE deletes rows without firing a DELETE trigger; a BEFORE INSERT trigger that
-- demands the next free place is what stops it (https://www.sqlite.org/lang_conflict.html).

CREATE TABLE IF NOT EXISTS events (
    position       INTEGER PRIMARY KEY,
    stream         TEXT    NOT NULL,
    version        INTEGER NOT NULL,
    data           TEXT    NOT NULL,
    command_id     TEXT    NOT NULL,
    correlation_id TEXT    NOT NULL,
    actor          TEXT    NOT NULL,
    recorded_at    TEXT    NOT NULL,
    effective_at   TEXT    NOT NULL,
    hash           TEXT    NOT NULL,
    UNIQUE (stream, version)
) STRICT;

CREATE TABLE IF NOT EXISTS decisions (
    number         INTEGER PRIMARY KEY,
    stream         TEXT    NOT NULL,
    version        INTEGER NOT NULL,
    position       INTEGER NOT NULL,
    data           TEXT    NOT NULL,
    reason         TEXT,
    events         INTEGER NOT NULL,
    command_id     TEXT    NOT NULL UNIQUE,
    correlation_id TEXT    NOT NULL,
    causation_id   TEXT    NOT NULL,
    actor          TEXT    NOT NULL,
    recorded_at    TEXT    NOT NULL,
    effective_at   TEXT    NOT NULL,
    hash           TEXT    NOT NULL
) STRICT;

CREATE TRIGGER IF NOT EXISTS events_are_appended BEFORE INSERT ON events
WHEN NEW.position IS NOT (SELECT coalesce(max(position), 0) + 1 FROM events)
  OR NEW.version IS NOT (SELECT coalesce(max(version), 0) + 1 FROM events WHERE stream = NEW.stream)
  OR NEW.recorded_at < (SELECT recorded_at FROM events ORDER BY position DESC LIMIT 1)
  OR NEW.recorded_at < (SELECT recorded_at FROM decisions ORDER BY number DESC LIMIT 1)
BEGIN SELECT RAISE(ABORT, 'history only grows: an event takes the next position and version'); END;

CREATE TRIGGER IF NOT EXISTS events_are_never_updated BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'history is not rewritten: append an event that corrects this one'); END;

CREATE TRIGGER IF NOT EXISTS events_are_never_deleted BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'history is not deleted: append an event that reverses this one'); END;

CREATE TRIGGER IF NOT EXISTS decisions_are_appended BEFORE INSERT ON decisions
WHEN NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM decisions)
  OR NEW.position IS NOT (SELECT coalesce(max(position), 0) FROM events)
  OR NEW.version IS NOT (SELECT coalesce(max(version), 0) FROM events WHERE stream = NEW.stream)
  OR NEW.recorded_at < (SELECT recorded_at FROM events ORDER BY position DESC LIMIT 1)
  OR NEW.recorded_at < (SELECT recorded_at FROM decisions ORDER BY number DESC LIMIT 1)
  OR EXISTS (SELECT 1 FROM decisions WHERE command_id = NEW.command_id)
BEGIN SELECT RAISE(ABORT, 'history only grows: a decision takes the next number and a new id'); END;

CREATE TRIGGER IF NOT EXISTS decisions_are_never_updated BEFORE UPDATE ON decisions
BEGIN SELECT RAISE(ABORT, 'a decision is not rewritten'); END;

CREATE TRIGGER IF NOT EXISTS decisions_are_never_deleted BEFORE DELETE ON decisions
BEGIN SELECT RAISE(ABORT, 'a decision is not deleted'); END;

PRAGMA user_version = 2;
PRAGMA application_id = 0x65736465; -- "esde": an SQLite file says who made it
