-- What an ordinary bank keeps beside the balance: a line for each movement of money, as on a
-- statement. The program writes it, in the transaction that changes the row.

CREATE TABLE IF NOT EXISTS bookings (
    account      TEXT    NOT NULL REFERENCES accounts,
    number       INTEGER NOT NULL, -- the version of the row that it led to
    at           TEXT    NOT NULL,
    booked_by    TEXT    NOT NULL,
    kind         TEXT    NOT NULL, -- deposit, withdrawal, fee, transfer, return or reversal
    amount       INTEGER NOT NULL, -- cents, negative when money leaves
    purpose      TEXT    NOT NULL,
    counterparty TEXT    NOT NULL, -- the other account of a transfer, '' for anything else
    PRIMARY KEY (account, number)
) STRICT;
