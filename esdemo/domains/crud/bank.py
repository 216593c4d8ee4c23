"""The bank as most programs keep it: a table of accounts, changed by UPDATE.

The same commands as `esdemo.domains.bank`, the same answers, and rules written a second time, in
SQL: neither `decide` nor `evolve` is used. So it is the rival of chapter 01 and the independent
ledger that tests compare the fold with.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any, Final, Literal, Self, assert_never

from esdemo.clocks import Clock, to_text, utc_now
from esdemo.commands import Rejected
from esdemo.domains.bank import (
    AccountCommand,
    ChargeFee,
    CloseAccount,
    CompleteTransfer,
    Deposit,
    OpenAccount,
    ReceiveTransfer,
    ReturnTransfer,
    ReverseEntry,
    SendTransfer,
    Withdraw,
)
from esdemo.events import Vocabulary

BY_HAND: Final = "by hand"
"""The actor of a statement that went past the program."""

UPDATE: Final = """
UPDATE accounts
SET balance = balance + :cents, status = :status, version = version + 1,
    updated_at = moment(), updated_by = actor()
WHERE id = :account AND balance + overdraft + :cents >= 0
"""
"""The statement that gives CRUD its name. The rule is in its WHERE."""

SNAPSHOT: Final = (
    """
UPDATE account_versions
SET valid_to = (SELECT updated_at FROM accounts WHERE accounts.id = account_versions.id)
WHERE valid_to = '9999' AND version < (
    SELECT version FROM accounts WHERE accounts.id = account_versions.id)
""",
    """
INSERT INTO account_versions
SELECT id, owner, overdraft, balance, status, version, updated_by, updated_at, '9999'
FROM accounts
WHERE id NOT IN (SELECT id FROM account_versions WHERE valid_to = '9999')
""",
)
"""One run of the job that keeps a slowly changing dimension: close what changed, open what is new.

Changes are dated by `updated_at`, as in the timestamp strategy of dbt's snapshots.
"""

History = Literal["none", "bookings", "audit", "temporal", "scd2", "feed"]


class CrudBank:
    """Accounts in one SQLite table: each command overwrites a row, in a transaction of its own.

    history: what is kept besides. "bookings" (a line for each movement of money, as on a
    statement, written by the program), "audit" (a trigger copies each row before and after),
    "temporal" (a system-versioned table), "scd2" (a slowly changing dimension, kept by a job that
    somebody has to run: `snapshot`) or "feed" (the messages of change data capture). A bank
    belongs to the thread that opened it.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] = ":memory:",
        clock: Clock = utc_now,
        *,
        history: History = "none",
    ) -> None:
        self.clock = clock
        self.history = history
        self._commands = Vocabulary(AccountCommand)
        self._moment, self._actor = "", ""
        self._db = sqlite3.connect(os.fspath(path), isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA trusted_schema = ON")  # triggers may call the two functions
        self._db.create_function("moment", 0, lambda: self._moment)
        self._db.create_function("actor", 0, lambda: self._actor)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.executescript(_sql("schema"))
        if history != "none":
            self._db.executescript(_sql(history))

    def handle(self, stream: str, command: AccountCommand, actor: str = "") -> None:
        """Do what the command asks. Rejected with the reason, and nothing is changed or kept.

        NotAFact for an amount that is not a whole number of cents above zero.
        """
        self._commands.encode(command)
        with self._transaction(actor):
            self._apply(stream, command)

    def transfer(self, sender: str, receiver: str, amount: int, actor: str = "") -> None:
        """Both UPDATEs in one transaction: the money is never on its way, nothing to give back.

        This is CRUD's real advantage. The commands of a transfer, which need no transaction
        around two accounts, can be given to `handle` instead, one by one.
        """
        take, give = Withdraw(amount), Deposit(amount)
        self._commands.encode(take)
        with self._transaction(actor):
            self._apply(sender, take)
            self._apply(receiver, give)

    def snapshot(self) -> None:
        """One run of the job of a slowly changing dimension: it copies the rows that changed.

        What came and went since the last run has left no trace in the row, so it leaves none here.
        """
        with self._transaction("job"):
            for statement in SNAPSHOT:
                self._db.execute(statement)

    def balances(self) -> dict[str, int]:
        """What every account holds, in cents."""
        return {row["id"]: row["balance"] for row in self.query("SELECT id, balance FROM accounts")}

    def query(self, sql: str, **values: Any) -> list[dict[str, Any]]:
        """The rows that a statement gives. An UPDATE is done too: nobody is asked, as in a shell.

        >>> with CrudBank() as bank:
        ...     bank.query("SELECT count(*) AS accounts FROM accounts")
        [{'accounts': 0}]
        """
        self._moment, self._actor = to_text(self.clock()), BY_HAND
        return [dict(row) for row in self._db.execute(sql, values)]

    def ask(self, sql: str, **values: Any) -> Any:
        """What a statement answers: the value when it is only one, otherwise a list of tuples."""
        rows = [tuple(row.values()) for row in self.query(sql, **values)]
        return rows[0][0] if len(rows) == 1 and len(rows[0]) == 1 else rows

    def contents(self) -> dict[str, list[dict[str, Any]]]:
        """Every row of every table: all that this bank knows."""
        tables = self.query("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {row["name"]: self.query(f"SELECT * FROM {row['name']}") for row in tables}

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @contextmanager
    def _transaction(self, actor: str) -> Iterator[None]:
        self._moment, self._actor = to_text(self.clock()), actor
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise

    # The rules. What was done before a Rejected is undone with the transaction.

    def _apply(self, account: str, command: AccountCommand) -> None:
        if isinstance(command, OpenAccount):
            insert = "INSERT INTO accounts VALUES (?, ?, ?, 0, 'open', 1, moment(), actor())"
            opened = (account, command.owner, command.overdraft)
            return self._once("the account exists already", insert, *opened)
        self._must_be_open(account)
        match command:
            case Deposit(amount, source):
                self._book(account, amount, "deposit", source)
            case Withdraw(amount, purpose):
                self._book(account, -amount, "withdrawal", purpose)
            case ChargeFee(amount, service):
                self._book(account, -amount, "fee", service)
            case ReceiveTransfer(transfer, sender, amount):
                self._book(account, amount, "transfer", transfer, sender)
            case SendTransfer(transfer, receiver, amount):
                self._book(account, -amount, "transfer", transfer, receiver)
                refusal = f"transfer {transfer} is already on its way"
                self._once(
                    refusal, "INSERT INTO transfers VALUES (?, ?, ?)", account, transfer, amount
                )
            case CompleteTransfer(transfer):
                self._arrive(account, transfer)
                self._change(account, 0)
            case ReturnTransfer(transfer, reason):
                self._book(account, self._arrive(account, transfer), "return", reason)
            case ReverseEntry(entry, change, reason):
                self._reverse(account, entry)
                self._book(account, change, "reversal", reason)
            case CloseAccount():
                self._close(account)
            case _:
                assert_never(command)

    def _once(self, refusal: str, insert: str, *values: Any) -> None:
        """An INSERT that is refused when there is such a row already."""
        if not self._db.execute(f"{insert} ON CONFLICT DO NOTHING", values).rowcount:
            raise Rejected(refusal)

    def _must_be_open(self, account: str) -> None:
        status = self._value("SELECT status FROM accounts WHERE id = ?", account)
        if status != "open":
            raise Rejected(f"the account is {status}" if status else "there is no such account")

    def _book(
        self, account: str, cents: int, kind: str, purpose: str, counterparty: str = ""
    ) -> None:
        """Money that moves: the row is changed, and a bank with bookings writes a line."""
        self._change(account, cents)
        if self.history == "bookings":
            self._db.execute(
                "INSERT INTO bookings SELECT id, version, moment(), actor(), ?, ?, ?, ? "
                "FROM accounts WHERE id = ?",
                (kind, cents, purpose, counterparty, account),
            )

    def _change(self, account: str, cents: int, status: str = "open") -> None:
        changed = self._db.execute(UPDATE, {"account": account, "cents": cents, "status": status})
        if not changed.rowcount:
            available = self._value(
                "SELECT balance + overdraft FROM accounts WHERE id = ?", account
            )
            raise Rejected(f"{-cents} is more than the available {available}")

    def _arrive(self, account: str, transfer: str) -> int:
        """A transfer that is not on its way any more, and its amount."""
        amount = self._value(
            "DELETE FROM transfers WHERE account = ? AND id = ? RETURNING amount", account, transfer
        )
        if amount is None:
            raise Rejected(f"transfer {transfer} is not on its way")
        return int(amount)

    def _reverse(self, account: str, entry: int) -> None:
        """The table has kept no entries: that `entry` exists is all that can be checked."""
        if not 1 <= entry <= self._value("SELECT version FROM accounts WHERE id = ?", account):
            raise Rejected(f"there is no entry {entry}")
        refusal = f"entry {entry} is reversed already"
        self._once(refusal, "INSERT INTO reversals VALUES (?, ?)", account, entry)

    def _close(self, account: str) -> None:
        if balance := self._value("SELECT balance FROM accounts WHERE id = ?", account):
            raise Rejected(f"the balance is {balance}, not 0")
        if self._value("SELECT count(*) FROM transfers WHERE account = ?", account):
            raise Rejected("a transfer is still on its way")
        self._change(account, 0, status="closed")

    def _value(self, sql: str, *values: Any) -> Any:
        row = self._db.execute(sql, values).fetchone()
        return row[0] if row else None


def _sql(name: str) -> str:
    return files("esdemo.domains.crud").joinpath(f"{name}.sql").read_text("utf-8")
