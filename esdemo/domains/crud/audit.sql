-- Triggers that copy the row, before and after, into an audit table.

CREATE TABLE IF NOT EXISTS account_audit (
    number  INTEGER PRIMARY KEY,
    at      TEXT NOT NULL,
    actor   TEXT NOT NULL,
    account TEXT NOT NULL,
    old     TEXT,            -- the row as JSON, NULL when it was inserted
    new     TEXT             -- the row as JSON, NULL when it was deleted
) STRICT;

CREATE TRIGGER IF NOT EXISTS audit_insert AFTER INSERT ON accounts BEGIN
    INSERT INTO account_audit (at, actor, account, old, new)
    VALUES (moment(), actor(), NEW.id, NULL,
        json_object('owner', NEW.owner, 'overdraft', NEW.overdraft, 'balance', NEW.balance,
                    'status', NEW.status, 'version', NEW.version));
END;

CREATE TRIGGER IF NOT EXISTS audit_update AFTER UPDATE ON accounts BEGIN
    INSERT INTO account_audit (at, actor, account, old, new)
    VALUES (moment(), actor(), NEW.id,
        json_object('owner', OLD.owner, 'overdraft', OLD.overdraft, 'balance', OLD.balance,
                    'status', OLD.status, 'version', OLD.version),
        json_object('owner', NEW.owner, 'overdraft', NEW.overdraft, 'balance', NEW.balance,
                    'status', NEW.status, 'version', NEW.version));
END;

CREATE TRIGGER IF NOT EXISTS audit_delete AFTER DELETE ON accounts BEGIN
    INSERT INTO account_audit (at, actor, account, old, new)
    VALUES (moment(), actor(), OLD.id,
        json_object('owner', OLD.owner, 'overdraft', OLD.overdraft, 'balance', OLD.balance,
                    'status', OLD.status, 'version', OLD.version),
        NULL);
END;

-- The same, ready to be asked: what each change did to the balance.
CREATE VIEW IF NOT EXISTS account_changes AS
SELECT number, at, actor, account,
       json_extract(new, '$.version') AS version,
       json_extract(new, '$.status') AS status,
       json_extract(new, '$.balance') AS balance,
       json_extract(new, '$.balance') - coalesce(json_extract(old, '$.balance'), 0) AS change
FROM account_audit;
