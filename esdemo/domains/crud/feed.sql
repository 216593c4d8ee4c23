-- Change data capture: a message for each change of a row, in the order of the changes, with the
-- fields that Debezium gives its messages: op is c (created), u (updated) or d (deleted).
-- A database with a log of rows writes them from that log. SQLite's log holds pages, so triggers do.

CREATE TABLE IF NOT EXISTS feed (
    number INTEGER PRIMARY KEY,
    op     TEXT NOT NULL,
    before TEXT, -- the row as JSON, NULL when it was created
    after  TEXT  -- the row as JSON, NULL when it was deleted
) STRICT;

CREATE TRIGGER IF NOT EXISTS feed_created AFTER INSERT ON accounts BEGIN
    INSERT INTO feed (op, before, after) VALUES ('c', NULL,
        json_object('id', NEW.id, 'owner', NEW.owner, 'overdraft', NEW.overdraft,
        'balance', NEW.balance, 'status', NEW.status, 'version', NEW.version,
        'updated_at', NEW.updated_at, 'updated_by', NEW.updated_by));
END;

CREATE TRIGGER IF NOT EXISTS feed_updated AFTER UPDATE ON accounts BEGIN
    INSERT INTO feed (op, before, after) VALUES ('u',
        json_object('id', OLD.id, 'owner', OLD.owner, 'overdraft', OLD.overdraft,
        'balance', OLD.balance, 'status', OLD.status, 'version', OLD.version,
        'updated_at', OLD.updated_at, 'updated_by', OLD.updated_by),
        json_object('id', NEW.id, 'owner', NEW.owner, 'overdraft', NEW.overdraft,
        'balance', NEW.balance, 'status', NEW.status, 'version', NEW.version,
        'updated_at', NEW.updated_at, 'updated_by', NEW.updated_by));
END;

CREATE TRIGGER IF NOT EXISTS feed_deleted AFTER DELETE ON accounts BEGIN
    INSERT INTO feed (op, before, after) VALUES ('d',
        json_object('id', OLD.id, 'owner', OLD.owner, 'overdraft', OLD.overdraft,
        'balance', OLD.balance, 'status', OLD.status, 'version', OLD.version,
        'updated_at', OLD.updated_at, 'updated_by', OLD.updated_by),
        NULL);
END;

-- The same, ready to be asked, with the columns that the audit's view has.
CREATE VIEW IF NOT EXISTS account_changes AS
SELECT number, json_extract(after, '$.updated_at') AS at,
       json_extract(after, '$.updated_by') AS actor,
       json_extract(coalesce(after, before), '$.id') AS account,
       json_extract(after, '$.version') AS version,
       json_extract(after, '$.status') AS status,
       json_extract(after, '$.balance') AS balance,
       json_extract(after, '$.balance') - coalesce(json_extract(before, '$.balance'), 0) AS change
FROM feed;
