-- What most programs would keep of the bank: one row per account, overwritten by UPDATE.
-- moment() and actor() are given by the program: when it is, and who is asking.

CREATE TABLE IF NOT EXISTS accounts (
    id         TEXT    PRIMARY KEY,
    owner      TEXT    NOT NULL,
    overdraft  INTEGER NOT NULL CHECK (overdraft >= 0),           -- cents
    balance    INTEGER NOT NULL CHECK (balance + overdraft >= 0), -- cents
    status     TEXT    NOT NULL CHECK (status IN ('open', 'closed')),
    version    INTEGER NOT NULL,                                  -- how often it was written
    updated_at TEXT    NOT NULL,
    updated_by TEXT    NOT NULL
) STRICT;

-- Transfers on their way. A row lives until its transfer has arrived or come back.
CREATE TABLE IF NOT EXISTS transfers (
    account TEXT    NOT NULL REFERENCES accounts,
    id      TEXT    NOT NULL,
    amount  INTEGER NOT NULL,
    PRIMARY KEY (account, id)
) STRICT;

-- Which entries were undone, so that none is undone twice.
CREATE TABLE IF NOT EXISTS reversals (
    account TEXT    NOT NULL REFERENCES accounts,
    entry   INTEGER NOT NULL,
    PRIMARY KEY (account, entry)
) STRICT;
