"""Folding: the state of a stream of anybody's log, by their evolve or as last values."""

import copy
import importlib
import os
import sys
from collections.abc import Callable
from typing import Any, Final, Never

from esdemo.anylog.entries import Before, CannotRead, Entry
from esdemo.handlers import Decider

Evolve = Callable[[Any, Any], Any]

COUNTS: Final = "(how often)"


def last_values(state: dict[str, Any], event: Entry) -> dict[str, Any]:
    """The last value of each field, and how many events of each type there were.

    >>> last_values({"status": "open"}, Entry("Paid", {"amount": 12}))
    {'status': 'open', 'amount': 12, '(how often)': {'Paid': 1}}
    """
    counts = state.get(COUNTS, {})
    counted = {**counts, event.type: counts.get(event.type, 0) + 1}
    return {**state, **event.data, COUNTS: counted}


def decider(evolve: Evolve | Decider[Any, Any, Any] | None) -> Decider[Any, Any, Any]:
    """What folds a log: only its evolve and its initial state are ever asked for.

    A function is given an empty dict at first. It may change what it is given: that is a copy.
    """
    if isinstance(evolve, Decider):
        return Decider(_refuse, _from_before(evolve.evolve), evolve.initial)
    if evolve is None:
        return Decider(_refuse, _from_before(last_values), {})
    return Decider(_refuse, _from_before(_careful(evolve)), {})


def named(name: str) -> Any:
    """What `module:name` means, such as `shop.rules:evolve`; modules here are found first."""
    module, colon, rest = name.partition(":")
    if not colon:
        raise CannotRead(f"{name!r} should be module:function, such as shop:evolve")
    sys.path.insert(0, os.getcwd())
    try:
        found = importlib.import_module(module)
        for part in rest.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as error:
        raise CannotRead(f"{name} is not there: {error}") from error
    finally:
        sys.path.remove(os.getcwd())
    if not (callable(found) or isinstance(found, Decider)):
        raise CannotRead(f"{name} is neither a function of state and event nor a Decider")
    return found


def _from_before(evolve: Evolve) -> Evolve:
    """The same, which also takes the state before a window as it is."""
    return lambda state, event: event.state if isinstance(event, Before) else evolve(state, event)


def _careful(evolve: Evolve) -> Evolve:
    """The same, on a copy: a function that changes its dict in place then does no harm."""
    return lambda state, event: evolve(copy.deepcopy(state), event)


def _refuse(command: Any, state: Any) -> Never:
    raise CannotRead("nobody knows how the commands of this log were decided")
