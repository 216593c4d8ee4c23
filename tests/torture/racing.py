"""What the rivals of a race do: eight processes want one address, or one coupon.

They say `kept` or `refused` for each command. See `test_boundaries`.
"""

import logging
import time
from pathlib import Path

from members import MemberMessage, MemberRegistered, Redeem, Register, about, members, tags

from esdemo import Application, EventStore
from esdemo.boundaries import Boundary
from esdemo.stores import open_store
from torture.speaking import say

ADDRESS = "a@x"
PATIENCE = 60  # seconds to wait for the others


def opened(address: str, schema: str) -> EventStore:
    """The store that all share. schema: of a server; "-" for a file."""
    logging.getLogger("psycopg").setLevel(logging.ERROR)  # it warns when a conflict ends a pipeline
    options = {} if schema == "-" else {"schema": schema}
    return open_store(address, MemberMessage, **options)


def register(
    address: str, schema: str, name: str, way: str, waiting_room: str, rivals: str
) -> None:
    """Want the one address, after a check before the write lock, within it, or by a boundary."""
    with opened(address, schema) as store:
        if way == "bounded":
            boundary = Boundary(members, store, tags=tags, about=about)
            kept = not boundary.handle(name, Register(name, ADDRESS)).refused
        elif way == "checked inside":
            kept = store.alone(lambda: is_free(store) and write(store, name))
        else:
            free = is_free(store)
            wait_for_all(Path(waiting_room), name, int(rivals))
            kept = free and write(store, name)
        say("kept" if kept else "refused")


def is_free(store: EventStore) -> bool:
    """The check that everybody writes first."""
    return not any(fact.event.address == ADDRESS for fact in store.recorded())


def write(store: EventStore, name: str) -> bool:
    """Store the registration without looking."""
    event = MemberRegistered(name, ADDRESS)
    return bool(store.append(name, [event], expected_version=0))


def wait_for_all(room: Path, name: str, rivals: int) -> None:
    """Go on once everybody has looked: what a slow network would do by chance."""
    (room / f"{name}.looked").touch()
    give_up = time.monotonic() + PATIENCE
    while len(list(room.glob("*.looked"))) < rivals and time.monotonic() < give_up:
        time.sleep(0.005)


def redeem(address: str, schema: str, name: str, way: str, times: str, limit: str) -> None:
    """Want one coupon many times, each use in a stream of its own or all in the coupon's."""
    with opened(address, schema) as store:
        one = Application(members, store)
        many = Boundary(members, store, tags=tags, about=about)
        command = Redeem(name, "summer", int(limit))
        for number in range(int(times)):
            if way == "bounded":
                decision = many.handle(f"{name} {number}", command)
            else:
                decision = one.handle("coupon summer", command)
            say("refused" if decision.refused else "kept")
