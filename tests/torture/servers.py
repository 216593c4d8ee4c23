"""kill -9 of a PostgreSQL server, of its clients, and answers that are lost on the way.

Eight writers ask at once, and ask again under the same id until they are answered. Nothing that
was acknowledged may be lost or be there twice, and no decision by half. The judge (`independent`)
does not know esdemo; it reads a copy in an SQLite file, which takes only what fits together.
"""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import psycopg
from proxy import Proxy
from servers import Postgres
from tally import TallyMessage

from esdemo import EsdemoError, SQLiteStore
from esdemo.interchange import copy_history
from esdemo.stores.postgres import PostgresStore
from torture.company import Company
from torture.kills import complaints, objections
from torture.results import Try, objection

SCENES = ("writers are killed", "answers are lost", "the server is killed")
WRITERS = 8
ROUND = 6  # tries that go on with one schema


def campaign(seed: int, times: int, folder: Path) -> Iterator[Try]:
    """Scenes in turn on one server, each judged when its writers are dead."""
    with Postgres(folder / "server") as server, closing(Proxy(server.socket)) as proxy:
        said: dict[str, list[str]] = defaultdict(list)
        for number in range(times):
            scene, schema = SCENES[number % len(SCENES)], f"round_{number // ROUND}"
            lines, failures = played(scene, server, proxy, schema, f"{seed}x{number}")
            said[schema] += lines
            file = folder / f"{number}.db"
            failures += judged(server.address, schema, file, said[schema])
            kept = sum(line.startswith("kept") for line in lines)
            again = sum(line.startswith("failed") for line in lines)
            yield Try(
                scene,
                "failed" if failures else "all kept, each once",
                tuple(f"{scene}, {schema}, try {number}: {why}" for why in failures),
                {"acknowledged": kept, "asked again": again},
            )


def played(
    scene: str, server: Postgres, proxy: Proxy, schema: str, name: str
) -> tuple[list[str], list[str]]:
    """Let eight writers work, do what the scene is called, kill them; what they said."""
    chance = Random(name)
    address = server.through(proxy.port) if scene == "answers are lost" else server.address
    calls = [("ask_server", address, schema, f"{name}w{each}") for each in range(WRITERS)]
    with Company(*calls) as company:
        company.go()
        said = list(company.during(20, at_most=chance.randrange(10, 60)))
        if scene == "answers are lost":
            for _ in range(10):
                proxy.lose_answers()
                said += company.during(0.05)
        elif scene == "the server is killed":
            server.kill()
            said += company.during(0.1)
            server.start()
            said += company.during(20, at_most=WRITERS * 3)
        time.sleep(chance.random() * 0.001)
        said += company.kill()
        return said, complaints(company)


def judged(address: str, schema: str, file: Path, said: list[str]) -> list[str]:
    """What is wrong with the schema in the light of what was said."""
    try:
        with (
            PostgresStore(address, TallyMessage, schema=schema) as store,
            SQLiteStore(file, TallyMessage, survives="crash") as copy,
        ):
            faults = store.home.faults()
            copy_history(store, copy)
        acknowledged = [line for line in said if line.startswith("kept")]
        return faults + list(objections(file, acknowledged))
    except (AssertionError, EsdemoError, psycopg.Error) as error:
        return [objection(error)]
