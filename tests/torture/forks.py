"""Roles of processes that fork while a store is open, and go on with it in both halves."""

import multiprocessing
import os
import time
from collections.abc import Iterable
from functools import partial
from itertools import count, islice
from random import Random

from esdemo import Application, EsdemoError
from torture.speaking import ask, keep_asking, opened, say


def fork(path: str, name: str) -> None:
    """A process with an open store forks, and each of the two does something with the file."""
    chance = Random(name)
    application = opened(path, name)
    keep_asking(application, name, range(5))
    in_the_child = chance.choice(
        [own_for_ever, own_for_ever, own_and_end, inherited, inherited_too]
    )
    in_the_parent = chance.choice([close, close, go_on, close_and_open_again, end])
    if not os.fork():
        in_the_child(application, path, f"{name}child")
        return
    time.sleep(chance.random() * 0.03)
    in_the_parent(application, path, name)


def own_for_ever(
    _: Application, path: str, name: str, numbers: Iterable[int] | None = None
) -> None:
    """As the documentation asks: a store of its own."""
    try:
        own = opened(path, name)
    except EsdemoError as error:
        say(f"failed {name}-0 {type(error).__name__}")
        return
    keep_asking(own, name, numbers)


def own_and_end(application: Application, path: str, name: str) -> None:
    """A store of its own, and then a normal end of the interpreter."""
    own_for_ever(application, path, name, range(20))


def inherited(application: Application, path: str, name: str) -> None:
    """The store that the parent opened."""
    keep_asking(application, name, range(20))


def inherited_too(application: Application, path: str, name: str) -> None:
    """The parent's store, and then one of its own."""
    keep_asking(application, f"{name}first", range(3))
    own_for_ever(application, path, name)


def close(application: Application, path: str, name: str) -> None:
    """Close the store and live on."""
    application.store.close()
    say("now")
    time.sleep(60)


def go_on(application: Application, path: str, name: str) -> None:
    """Write as if there were no child."""
    say("now")
    keep_asking(application, name, count(5))


def close_and_open_again(application: Application, path: str, name: str) -> None:
    """Close the store, and write through a new one."""
    application.store.close()
    say("now")
    keep_asking(opened(path, name), name, count(5))


def end(application: Application, path: str, name: str) -> None:
    """A normal end of the interpreter, with the store still open."""
    say("now")


APPLICATION = None  # a module-level store, as in a script or a web application


def pool(path: str, name: str) -> None:
    """A `multiprocessing.Pool` under a module-level store, which the parent may close."""
    global APPLICATION
    chance = Random(name)
    APPLICATION = opened(path, name)
    keep_asking(APPLICATION, name, range(5))
    forking = multiprocessing.get_context("fork")
    with forking.Pool(3, open_own, (path, name)) as workers:
        answers = workers.imap_unordered(partial(in_a_worker, name), range(10**6))
        for number, _ in enumerate(islice(answers, chance.randrange(1, 20)), 5):
            ask(APPLICATION, name, number)
        if chance.random() < 0.7:
            APPLICATION.store.close()
        say("now")
        time.sleep(60)


def open_own(path: str, name: str) -> None:
    """In a worker: as the documentation asks, a store of its own."""
    global APPLICATION
    try:
        APPLICATION = opened(path, f"{name}worker{os.getpid()}")
    except EsdemoError as error:
        say(f"failed {name}worker{os.getpid()}-0 {type(error).__name__}")
        APPLICATION = None


def in_a_worker(name: str, number: int) -> int:
    """One command in a worker that could open its store."""
    if APPLICATION:
        ask(APPLICATION, f"{name}worker{os.getpid()}", number)
    else:
        time.sleep(0.01)
    return number
