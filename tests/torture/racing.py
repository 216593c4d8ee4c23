"""What the rivals of a race do: eight processes want one address, or one coupon.

They say `kept` or `refused` for each command. See `test_boundaries`.
"""

import time
from pathlib import Path

from members import MemberMessage, MemberRegistered, Redeem, Register, about, members, tags

from esdemo import Application, SQLiteStore
from esdemo.boundaries import Boundary
from torture.speaking import say

ADDRESS = "a@x"
PATIENCE = 60  # seconds to wait for the others


def register(path: str, name: str, way: str, rivals: str) -> None:
    """Want the one address, after a check before the write lock, within it, or by a boundary."""
    with SQLiteStore(path, MemberMessage) as store:
        if way == "bounded":
            boundary = Boundary(members, store, tags=tags, about=about)
            kept = not boundary.handle(name, Register(name, ADDRESS)).refused
        elif way == "checked inside":
            kept = store.alone(lambda: is_free(store) and write(store, name))
        else:
            free = is_free(store)
            wait_for_all(Path(path), name, int(rivals))
            kept = free and write(store, name)
        say("kept" if kept else "refused")


def is_free(store: SQLiteStore) -> bool:
    """The check that everybody writes first."""
    return not any(fact.event.address == ADDRESS for fact in store.recorded())


def write(store: SQLiteStore, name: str) -> bool:
    """Store the registration without looking."""
    event = MemberRegistered(name, ADDRESS)
    return bool(store.append(name, [event], expected_version=0))


def wait_for_all(path: Path, name: str, rivals: int) -> None:
    """Go on once everybody has looked: what a slow network would do by chance."""
    path.with_name(f"{name}.looked").touch()
    give_up = time.monotonic() + PATIENCE
    while len(list(path.parent.glob("*.looked"))) < rivals and time.monotonic() < give_up:
        time.sleep(0.005)


def redeem(path: str, name: str, way: str, times: str, limit: str) -> None:
    """Want one coupon many times, each use in a stream of its own or all in the coupon's."""
    with SQLiteStore(path, MemberMessage, survives="crash") as store:
        one = Application(members, store)
        many = Boundary(members, store, tags=tags, about=about)
        command = Redeem(name, "summer", int(limit))
        for number in range(int(times)):
            if way == "bounded":
                decision = many.handle(f"{name} {number}", command)
            else:
                decision = one.handle("coupon summer", command)
            say("refused" if decision.refused else "kept")
