-- A slowly changing dimension of type 2, as a data warehouse keeps it: a row for each version of an
-- account that a run of the job found, from valid_from (inclusive) to valid_to (exclusive).
-- The columns are those of the temporal table. What differs is who writes them, and when.

CREATE TABLE IF NOT EXISTS account_versions (
    id         TEXT    NOT NULL,
    owner      TEXT    NOT NULL,
    overdraft  INTEGER NOT NULL,
    balance    INTEGER NOT NULL,
    status     TEXT    NOT NULL,
    version    INTEGER NOT NULL,
    actor      TEXT    NOT NULL,
    valid_from TEXT    NOT NULL,
    valid_to   TEXT    NOT NULL
) STRICT;
