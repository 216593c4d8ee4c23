"""kill -9 of the nodes of a NATS cluster, its leader and its followers, while eight writers ask.

Three nodes keep three replicas. Nothing that was acknowledged may be lost or be there twice, and
no decision by half. The judge (`independent`) does not know esdemo; it reads a copy in an SQLite
file, which takes only what fits together.
"""

import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from random import Random

from servers import Nats
from tally import TallyMessage

from esdemo import EsdemoError, SQLiteStore
from esdemo.errors import Unreachable
from esdemo.interchange import copy_history
from esdemo.stores.jetstream import JetStreamStore
from torture.company import Company
from torture.kills import complaints, objections
from torture.results import Try, objection

SCENES = ("the leader is killed", "a follower is killed")
NODES = 3
WRITERS = 8
ROUND = 10  # tries that go on with one stream


def campaign(seed: int, times: int, folder: Path) -> Iterator[Try]:
    """Scenes in turn on one cluster, each judged when its writers are dead."""
    with Nats(folder / "servers", NODES) as cluster:
        said: dict[str, list[str]] = defaultdict(list)
        for number in range(times):
            scene, stream = SCENES[number % len(SCENES)], f"round_{number // ROUND}"
            lead = leader(cluster, stream)
            lines, stall, failures = played(scene, cluster, lead, stream, f"{seed}x{number}")
            said[stream] += lines
            failures += judged(cluster.address, stream, folder / f"{number}.db", said[stream])
            kept = sum(line.startswith("kept") for line in lines)
            again = sum(line.startswith("failed") for line in lines)
            yield Try(
                scene,
                "failed" if failures else "all kept, each once",
                tuple(f"{scene}, {stream}, try {number}: {why}" for why in failures),
                {"acknowledged": kept, "asked again": again, f"ms until one was, {scene}": stall},
            )


def leader(cluster: Nats, stream: str) -> int:
    """The number of the node that leads; the cluster may still be finding itself."""
    for _ in range(20):
        try:
            with JetStreamStore(cluster.address, TallyMessage, stream=stream) as store:
                name: str = store.connection.leader()
                return int(name.removeprefix("node"))
        except Unreachable:
            time.sleep(1)
    raise TimeoutError("the cluster has no leader")


def played(
    scene: str, cluster: Nats, lead: int, stream: str, name: str
) -> tuple[list[str], int, list[str]]:
    """Let eight writers work, kill a node, start it again, kill the writers; what they said, and
    how many milliseconds it took until something was acknowledged again.
    """
    chance = Random(name)
    calls = [("ask_server", cluster.address, stream, f"{name}w{each}") for each in range(WRITERS)]
    with Company(*calls) as company:
        company.go()
        said = list(company.during(60, at_most=chance.randrange(20, 100)))
        node = lead if scene == SCENES[0] else (lead + chance.randrange(1, NODES)) % NODES
        cluster.kill(node)
        start = time.monotonic()
        said += company.during(0.02)  # what was answered before
        for line in company.during(60):
            said.append(line)
            if line.startswith("kept"):
                break
        stall = round(1000 * (time.monotonic() - start))
        said += company.during(60, at_most=WRITERS * 3)
        cluster.start(node)
        said += company.during(60, at_most=WRITERS * 3)
        said += company.kill()
        return said, stall, complaints(company)


def judged(address: str, stream: str, file: Path, said: list[str]) -> list[str]:
    """What is wrong with the stream in the light of what was said."""
    try:
        with (
            JetStreamStore(address, TallyMessage, stream=stream) as store,
            SQLiteStore(file, TallyMessage, survives="crash") as copy,
        ):
            faults = store.home.faults()
            copy_history(store, copy)
        acknowledged = [line for line in said if line.startswith("kept")]
        return faults + list(objections(file, acknowledged))
    except (AssertionError, EsdemoError) as error:
        return [objection(error)]
