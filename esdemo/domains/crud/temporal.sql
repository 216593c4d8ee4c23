-- A system-versioned (temporal) table, as in SQL:2011, built from triggers.
-- Each version of a row holds from valid_from (inclusive) to valid_to (exclusive). As of :t is
--     SELECT * FROM account_versions WHERE valid_from <= :t AND :t < valid_to

CREATE TABLE IF NOT EXISTS account_versions (
    id         TEXT    NOT NULL,
    owner      TEXT    NOT NULL,
    overdraft  INTEGER NOT NULL,
    balance    INTEGER NOT NULL,
    status     TEXT    NOT NULL,
    version    INTEGER NOT NULL,
    actor      TEXT    NOT NULL,
    valid_from TEXT    NOT NULL,
    valid_to   TEXT    NOT NULL DEFAULT '9999' -- later than every moment: it holds now
) STRICT;

CREATE INDEX IF NOT EXISTS account_versions_by_id ON account_versions (id, valid_from);

CREATE TRIGGER IF NOT EXISTS version_begins AFTER INSERT ON accounts BEGIN
    INSERT INTO account_versions (id, owner, overdraft, balance, status, version, actor, valid_from)
    VALUES (NEW.id, NEW.owner, NEW.overdraft, NEW.balance, NEW.status, NEW.version,
            actor(), moment());
END;

CREATE TRIGGER IF NOT EXISTS version_follows AFTER UPDATE ON accounts BEGIN
    UPDATE account_versions SET valid_to = moment() WHERE id = OLD.id AND valid_to = '9999';
    INSERT INTO account_versions (id, owner, overdraft, balance, status, version, actor, valid_from)
    VALUES (NEW.id, NEW.owner, NEW.overdraft, NEW.balance, NEW.status, NEW.version,
            actor(), moment());
END;

CREATE TRIGGER IF NOT EXISTS version_ends AFTER DELETE ON accounts BEGIN
    UPDATE account_versions SET valid_to = moment() WHERE id = OLD.id AND valid_to = '9999';
END;
