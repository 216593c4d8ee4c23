"""PostgreSQL's troubles by our names, each with what to do, and without a password in any."""

from typing import Final

import psycopg

from esdemo import errors

TROUBLE: Final[dict[str, tuple[type[errors.StoreError], str]]] = {
    "08": (
        errors.Unreachable,
        "is the server up, and are the address, user, password and database right?",
    ),
    "25006": (errors.ReadOnly, "name the server that takes writes, or open it with read_only"),
    "3F000": (errors.NotAStore, "name another schema, or open it once without read_only"),
    "42P01": (errors.NotAStore, "a table is missing: name another schema"),
    "42501": (errors.ReadOnly, "ask the owner for USAGE on the schema, SELECT and INSERT"),
    "53100": (errors.Full, "make room; what was acknowledged is safe"),
    "53": (errors.Full, "the server is out of a resource"),
    "55P03": (errors.Busy, "another process is writing; wait or raise busy_timeout"),
    "57014": (errors.Busy, "it took too long: raise statement_timeout"),
    "57": (errors.Unreachable, "the server is stopping or starting: try again"),
    "58": (errors.StoreError, "the server's disk failed"),
    "XX001": (errors.Damaged, "restore a backup; nothing was written"),
    "XX002": (errors.Damaged, "rebuild the index with REINDEX"),
}
"""By SQLSTATE, or its first two: https://www.postgresql.org/docs/current/errcodes-appendix.html."""


def explained(name: str, error: Exception, secret: str = "") -> errors.StoreError:
    """The same trouble by name. secret: what must not be in the sentence."""
    code = getattr(error, "sqlstate", None) or ("08" if lost(error) else "")
    kind, advice = errors.StoreError, "those are the server's own words"
    for length in (5, 2):
        if code[:length] in TROUBLE:
            kind, advice = TROUBLE[code[:length]]
            break
    words = " ".join(str(error).split())
    if secret:
        words = words.replace(secret, "***")
    return kind(f"{name}: {words}: {advice}")


def lost(error: BaseException) -> bool:
    """Whether the server did not answer: then what was sent may be stored, or not."""
    code = getattr(error, "sqlstate", None) or "08"
    return isinstance(error, psycopg.OperationalError) and code.startswith(("08", "57P"))
