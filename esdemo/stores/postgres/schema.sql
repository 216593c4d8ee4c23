-- The tables of an esdemo store, and the triggers that make them append-only.
-- Whatever writes here, ours or not, must bring the next position, the next version of its stream
-- and a time that does not go back; so a writer may guess where history ends, and is refused when
-- somebody else was faster. One writer at a time: positions are given in the order of commits, so
-- whoever reads up to a position has missed none. (A sequence would number rows before they are
-- committed, and 12 could be seen before 11 is.) The lock is an advisory one, because locking the
-- table would need the right to change what stands in it.

CREATE TABLE events (
    position       BIGINT           PRIMARY KEY,
    stream         TEXT COLLATE "C" NOT NULL,
    version        BIGINT           NOT NULL,
    data           TEXT COLLATE "C" NOT NULL,
    command_id     TEXT COLLATE "C" NOT NULL,
    correlation_id TEXT COLLATE "C" NOT NULL,
    actor          TEXT COLLATE "C" NOT NULL,
    recorded_at    TEXT COLLATE "C" NOT NULL,
    effective_at   TEXT COLLATE "C" NOT NULL,
    hash           TEXT COLLATE "C" NOT NULL,
    UNIQUE (stream, version)
);

CREATE TABLE decisions (
    number         BIGINT           PRIMARY KEY,
    stream         TEXT COLLATE "C" NOT NULL,
    version        BIGINT           NOT NULL,
    position       BIGINT           NOT NULL,
    data           TEXT COLLATE "C" NOT NULL,
    reason         TEXT COLLATE "C",
    events         BIGINT           NOT NULL,
    command_id     TEXT COLLATE "C" NOT NULL UNIQUE,
    correlation_id TEXT COLLATE "C" NOT NULL,
    causation_id   TEXT COLLATE "C" NOT NULL,
    actor          TEXT COLLATE "C" NOT NULL,
    recorded_at    TEXT COLLATE "C" NOT NULL,
    effective_at   TEXT COLLATE "C" NOT NULL,
    hash           TEXT COLLATE "C" NOT NULL
);

CREATE INDEX decisions_by_stream ON decisions (stream, number);

CREATE FUNCTION only_writer() RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'history is written in READ COMMITTED: another isolation would not see '
            'what was committed while it waited' USING ERRCODE = 'ES002';
    END IF;
    PERFORM pg_advisory_xact_lock(1702061157, 'events'::regclass::oid::int);  -- "esde"
END $$;

CREATE FUNCTION events_are_appended() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM only_writer();
    IF NEW.position IS DISTINCT FROM (SELECT coalesce(max(position), 0) + 1 FROM events)
      OR NEW.version IS DISTINCT FROM
         (SELECT coalesce(max(version), 0) + 1 FROM events WHERE stream = NEW.stream)
      OR NEW.recorded_at < (SELECT recorded_at FROM events ORDER BY position DESC LIMIT 1)
      OR NEW.recorded_at < (SELECT recorded_at FROM decisions ORDER BY number DESC LIMIT 1)
    THEN
        RAISE EXCEPTION 'history only grows: an event takes the next position and version'
            USING ERRCODE = 'ES001';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION decisions_are_appended() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM only_writer();
    IF NEW.number IS DISTINCT FROM (SELECT coalesce(max(number), 0) + 1 FROM decisions)
      OR NEW.position IS DISTINCT FROM (SELECT coalesce(max(position), 0) FROM events)
      OR NEW.version IS DISTINCT FROM
         (SELECT coalesce(max(version), 0) FROM events WHERE stream = NEW.stream)
      OR NEW.recorded_at < (SELECT recorded_at FROM events ORDER BY position DESC LIMIT 1)
      OR NEW.recorded_at < (SELECT recorded_at FROM decisions ORDER BY number DESC LIMIT 1)
    THEN
        RAISE EXCEPTION 'history only grows: a decision takes the next number and a new id'
            USING ERRCODE = 'ES001';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION history_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'history is not rewritten: append an event that corrects or reverses this one'
        USING ERRCODE = 'ES002';
END $$;

CREATE FUNCTION something_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify(TG_TABLE_SCHEMA, '');
    RETURN NULL;
END $$;

CREATE TRIGGER events_are_appended BEFORE INSERT ON events
FOR EACH ROW EXECUTE FUNCTION events_are_appended();

CREATE TRIGGER decisions_are_appended BEFORE INSERT ON decisions
FOR EACH ROW EXECUTE FUNCTION decisions_are_appended();

CREATE TRIGGER events_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON events
FOR EACH STATEMENT EXECUTE FUNCTION history_is_kept();

CREATE TRIGGER decisions_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON decisions
FOR EACH STATEMENT EXECUTE FUNCTION history_is_kept();

CREATE TRIGGER something_new AFTER INSERT ON events
FOR EACH STATEMENT EXECUTE FUNCTION something_new();

CREATE TRIGGER something_new AFTER INSERT ON decisions
FOR EACH STATEMENT EXECUTE FUNCTION something_new();

-- Who made the tables may do all, so these rights are taken from the owner too: changing history
-- then takes a GRANT, and a trigger switched off, and neither happens by mistake.
REVOKE UPDATE, DELETE, TRUNCATE ON events, decisions FROM PUBLIC, CURRENT_USER;
