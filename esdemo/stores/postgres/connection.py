"""A PostgreSQL server and our one connection to it: opened, lost, opened again, closed."""

import contextlib
import time
from collections.abc import Callable
from typing import Any, Final

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import ConnectionPool, PoolTimeout

from esdemo import errors
from esdemo.stores.home import T
from esdemo.stores.owner import Owner
from esdemo.stores.postgres import queries
from esdemo.stores.postgres.troubles import explained, lost

LAYOUT: Final = 2
OLDEST: Final = 13  # the oldest server whose makers still mended it when this was written
MARK: Final = f"esdemo layout {LAYOUT}"
WHOLE: Final = "BEGIN ISOLATION LEVEL READ COMMITTED", "COMMIT", "ROLLBACK"
PART: Final = "SAVEPOINT part", "RELEASE part", "ROLLBACK TO part", "RELEASE part"
ONE: Final = 1702061157  # "esde", the first half of the advisory lock's name


class Connection:
    """One connection, for the thread and process that made it, opened again when it is lost."""

    def __init__(
        self,
        address: str | ConnectionPool[Any],
        schema: str,
        busy_timeout: float,
        statement_timeout: float,
        read_only: bool,
    ) -> None:
        self.schema, self.read_only = schema, read_only
        self._address, self._patience = address, busy_timeout
        self._statement_timeout = statement_timeout
        self.name, self._secret = _name(address)
        self._owner = Owner()
        self._closed = self._inside = False
        self._db = self._connect()

    # What is asked of it.

    def rows(self, query: str, values: Any = ()) -> list[Any]:
        """The rows of a question, which is asked once more when the connection was lost."""
        try:
            return self._ask(query, values)
        except psycopg.Error as error:
            if not lost(error) or self._inside:
                raise self.explained(error) from error
        try:
            return self._ask(query, values)
        except psycopg.Error as error:
            raise self.explained(error) from error

    def _ask(self, query: str, values: Any) -> list[Any]:
        return self.db.execute(query, values, prepare=True).fetchall()

    def transaction(self, work: Callable[[], T]) -> T:
        """Do the work while nobody else writes to this schema; it is kept as a whole, or not."""
        outer = self._inside
        begin, keep, *undo = PART if outer else WHOLE
        db = self.db
        try:
            db.execute(begin)
            self._inside = True
            if not outer:
                db.execute("SELECT only_writer()")
            done = work()
        except BaseException as error:
            self._undo(db, undo)
            if isinstance(error, psycopg.Error):
                raise self.explained(error) from error
            raise
        finally:
            self._inside = outer
        try:
            db.execute(keep)
        except psycopg.Error as error:
            self._undo(db, undo)
            raise self.unanswered(error) from error
        return done

    def insert(self, statements: list[tuple[str, Any]]) -> None:
        """Insert these rows, all or none, in one journey to the server. Raises psycopg's errors."""
        db = self.db
        if len(statements) == 1 and not self._inside:
            db.execute(*statements[0], prepare=True)
            return
        begin, keep, *undo = PART if self._inside else WHOLE
        try:
            with db.pipeline():
                db.execute(begin)
                for statement, values in statements:
                    db.execute(statement, values, prepare=True)
                db.execute(keep)
        except BaseException:
            self._undo(db, undo)
            raise

    def _undo(self, db: psycopg.Connection[Any], statements: list[str]) -> None:
        """Roll back. A server that is gone, or a connection that broke, has done it already."""
        with contextlib.suppress(psycopg.Error):
            for statement in statements:
                if db.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                    db.execute(statement)

    def wait(self, seconds: float) -> None:
        """Wait until somebody has written, or so many seconds have passed.

        A connection that is lost meanwhile shortens the wait: whoever follows asks again anyway.
        """
        db = self.db
        try:
            db.execute(sql.SQL("LISTEN {}").format(sql.Identifier(self.schema)))
            for _ in db.notifies(timeout=seconds, stop_after=1):
                pass
        except psycopg.OperationalError as error:
            if not lost(error):
                raise self.explained(error) from error
            time.sleep(min(seconds, 0.05))

    def close(self) -> None:
        self._owner.check(self.name, "PostgresStore")
        self._closed = True
        self._let_go(self._db)

    @property
    def db(self) -> psycopg.Connection[tuple[Any, ...]]:
        """The connection; a new one when the old was lost."""
        self._owner.check(self.name, "PostgresStore")
        if self._closed:
            raise errors.StoreError(f"{self.name} is closed: open it again")
        if self._db.closed:
            if self._inside:
                raise errors.Unreachable(
                    f"{self.name}: the connection was lost, and nothing was written: do it again"
                )
            self._let_go(self._db)
            self._db = self._connect()
        return self._db

    def explained(self, error: Exception) -> errors.StoreError:
        return explained(self.name, error, self._secret)

    def unanswered(self, error: Exception) -> errors.StoreError:
        """What to say when a COMMIT failed: perhaps it was done, and only the answer is missing."""
        if not lost(error):
            return self.explained(error)
        return errors.Unanswered(
            f"{self.name}: the connection was lost before the answer came, so the last write may "
            "be stored, or not: give the same command again under the same id; it is kept once"
        )

    # How a connection is made.

    def _connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        give_up = time.monotonic() + self._patience
        while True:
            try:
                db = self._new()
                break
            except (psycopg.Error, PoolTimeout, UnicodeError) as error:
                starting = "starting up" in str(error) or "shutting down" in str(error)
                if not starting or time.monotonic() > give_up:
                    raise self.explained(error) from error
                time.sleep(0.05)
        try:
            self._prepare(db)
        except BaseException as error:
            self._let_go(db)
            if isinstance(error, psycopg.Error):
                raise self.explained(error) from error
            raise
        return db

    def _new(self) -> psycopg.Connection[tuple[Any, ...]]:
        if isinstance(self._address, str):
            return psycopg.connect(self._address, autocommit=True, application_name="esdemo")
        db: psycopg.Connection[tuple[Any, ...]]
        db = self._address.getconn(timeout=self._patience)
        db.autocommit = True
        return db

    def _let_go(self, db: psycopg.Connection[tuple[Any, ...]]) -> None:
        """Close the connection, or give it back to its pool as it was."""
        if isinstance(self._address, str):
            db.close()
            return
        with contextlib.suppress(psycopg.Error):
            if not db.closed:
                db.execute("DISCARD ALL")
                db.autocommit = False
        self._address.putconn(db)

    def _prepare(self, db: psycopg.Connection[tuple[Any, ...]]) -> None:
        if db.info.server_version < OLDEST * 10_000:
            raise errors.NotAStore(
                f"{self.name} is PostgreSQL {db.info.server_version // 10_000}, and esdemo needs "
                f"{OLDEST} or newer"
            )
        replica = db.execute("SELECT pg_is_in_recovery()").fetchone() == (True,)
        if replica and not self.read_only:
            raise errors.ReadOnly(
                f"{self.name} is a replica, which may be behind: name the primary, or open this "
                "one with read_only=True for questions about the past"
            )
        settings = {
            "search_path": sql.Identifier(self.schema).as_string(db),
            "lock_timeout": f"{self._patience * 1000:.0f}",
            "statement_timeout": f"{self._statement_timeout * 1000:.0f}",
            "default_transaction_read_only": str(self.read_only),
        }
        for setting, value in settings.items():
            db.execute("SELECT set_config(%s, %s, false)", (setting, value))
        if not self._recognise(db):
            self._create(db)

    def _recognise(self, db: psycopg.Connection[tuple[Any, ...]]) -> bool:
        """True for a schema of ours, False for one that is empty or not there."""
        found = db.execute(
            "SELECT obj_description(oid, 'pg_namespace'), "
            "EXISTS (SELECT 1 FROM pg_class WHERE relnamespace = n.oid) "
            "FROM pg_namespace n WHERE nspname = %s",
            (self.schema,),
        ).fetchone()
        mark, tables = found or (None, False)
        if mark == MARK and tables:
            return True
        if not tables:
            return False
        if mark and mark.startswith("esdemo layout "):
            raise errors.NotAStore(
                f"{self.name}: the schema {self.schema!r} has {mark.removeprefix('esdemo ')}, this "
                f"esdemo reads {LAYOUT}: use the esdemo that made it"
            )
        raise errors.NotAStore(
            f"{self.name}: the schema {self.schema!r} has tables of another program: name another "
            "schema"
        )

    def _create(self, db: psycopg.Connection[tuple[Any, ...]]) -> None:
        if self.read_only:
            raise errors.NotAStore(f"{self.name}: there is no schema {self.schema!r} to read")
        name = sql.Identifier(self.schema)
        with db.transaction():
            # Eight programs may do this at once; the lock ends with the transaction.
            db.execute("SELECT pg_advisory_xact_lock(%s, 0)", (ONE,))
            if self._recognise(db):
                return
            db.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(name))
            db.execute(queries.schema())
            db.execute(sql.SQL("COMMENT ON SCHEMA {} IS {}").format(name, sql.Literal(MARK)))


def _name(address: str | ConnectionPool[Any]) -> tuple[str, str]:
    """What to call a server in a sentence, and the password, which is in no sentence."""
    try:
        parts = conninfo_to_dict(address if isinstance(address, str) else str(address.conninfo))
    except psycopg.ProgrammingError:  # its words may hold a part of the password
        raise errors.Unreachable(
            "the address cannot be read: write postgresql://user@host:5432/database"
        ) from None
    host = parts.get("host") or parts.get("hostaddr") or "localhost"
    port = f":{parts['port']}" if parts.get("port") else ""
    user = f"{parts['user']}@" if parts.get("user") else ""
    return f"postgresql://{user}{host}{port}/{parts.get('dbname') or ''}", str(
        parts.get("password") or ""
    )
