"""A forked child that has its parent's store, as a pool of workers has."""

import gc
import multiprocessing
from multiprocessing.queues import Queue

from esdemo import EventStore
from esdemo.errors import WrongOwner


def told_in_a_child(store: EventStore) -> str:
    """What a forked child is told that uses the store, and then lets go of it."""
    context = multiprocessing.get_context("fork")
    told = context.Queue()
    child = context.Process(target=_use, args=(store, told))
    child.start()
    try:
        return str(told.get(timeout=30))
    finally:
        child.join()


def _use(store: EventStore, told: "Queue[str]") -> None:
    try:
        store.streams()
    except WrongOwner as error:
        told.put(str(error))
    del store
    gc.collect()
