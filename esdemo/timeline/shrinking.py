"""Shrinking: of all the commands of a history, the few that show a bug.

The method is Andreas Zeller's delta debugging ("Yesterday, my program worked. Today, it does not.
Why?", 1999; "Simplifying and isolating failure-inducing input", with Ralf Hildebrandt, 2002): leave
a part out, and keep what is left whenever it still shows the bug. Large parts are tried first, so
most of a history goes in a few steps.
"""

from collections.abc import Callable
from typing import Any

from esdemo.handlers import Decider
from esdemo.stores import EventStore, MemoryStore
from esdemo.timeline.what_if import decide_again


def shrink(
    decider: Decider[Any, Any, Any], history: EventStore, shows: Callable[[EventStore], bool]
) -> MemoryStore:
    """The history of as few recorded commands as it takes for `shows` to stay true.

    decider: the rules under suspicion, with which each attempt is decided again.
    shows: whether a history shows the bug, such as
    `lambda history: timeline.broken_rules(rules, history, "alice") != []`.

    No single command can be left out of the result; that no smaller selection exists at all is
    not promised. Commands are left out, never changed, and with a command goes what it caused.
    Imported facts stay. `history` is only read. Raises ValueError when all its commands, decided
    again, do not show the bug.
    """
    smallest = decide_again(decider, history)
    if not shows(smallest):
        raise ValueError("decided again by these rules, the history does not show it")
    parts = 2
    while commands := [decision.command_id for decision in smallest.decisions()]:
        size = -(-len(commands) // parts)  # rounded up
        for start in range(0, len(commands), size):
            without = dict.fromkeys(commands[start : start + size])
            attempt = decide_again(decider, smallest, instead=without)
            if shows(attempt):
                smallest, parts = attempt, max(parts - 1, 2)
                break
        else:
            if size == 1:
                break
            parts = min(2 * parts, len(commands))
    return smallest
