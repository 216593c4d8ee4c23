"""A history without its names: what may leave the house, and still shows how its rules behave."""

from collections.abc import Callable, Collection
from typing import Any

import msgspec

from esdemo.application import Application
from esdemo.clocks import ManualClock
from esdemo.events import Message
from esdemo.handlers import Decider
from esdemo.stores import EventStore, MemoryStore
from esdemo.timeline.what_if import BEGINNING


def pseudonyms(prefix: str = "name-") -> Callable[[str], str]:
    """A function that gives each string a name that tells nothing, always the same for the same."""
    known: dict[str, str] = {}
    return lambda text: known.setdefault(text, f"{prefix}{len(known) + 1}")


def sanitised(
    decider: Decider[Any, Any, Any],
    history: EventStore,
    fields: Collection[str],
    rename: Callable[[str], str],
) -> MemoryStore:
    """The same commands, with other names in them, decided again by the rules that decided them.

    fields: the fields of commands and imported events whose strings are renamed, also in messages
    that they hold. Streams are renamed too, and command ids, correlations and actors; times and
    amounts stay. The hashes are another history's, and right. A refusal's reason and an event's
    text are what the rules now say, so a name that is in no field does not come along.
    """
    clock = ManualClock(BEGINNING)
    store = MemoryStore(history.vocabulary, clock)
    application = Application(decider, store)
    for decision, facts in history.history():
        if decision is None:
            for fact in facts:
                clock.now = fact.recorded_at
                event = renamed(fact.event, fields, rename)
                stream = rename(fact.stream)
                store.append(stream, [event], expected_version=store.version(stream))
            continue
        clock.now = decision.recorded_at
        application.handle(
            rename(decision.stream),
            renamed(decision.command, fields, rename),
            command_id=rename(decision.command_id),
            correlation_id=rename(decision.correlation_id),
            causation_id=decision.causation_id and rename(decision.causation_id),
            effective_at=decision.effective_at,
        )
    return store


def renamed(message: Any, fields: Collection[str], rename: Callable[[str], str]) -> Any:
    """A message with other strings in these fields. The type's own name is not a field."""

    def other(value: Any, name: str) -> Any:
        if isinstance(value, Message):
            return renamed(value, fields, rename)
        if isinstance(value, tuple):
            return tuple(other(part, name) for part in value)
        return rename(value) if isinstance(value, str) and name in fields else value

    values = {name: getattr(message, name) for name in message.__struct_fields__}
    changed = {name: other(value, name) for name, value in values.items()}
    return msgspec.structs.replace(message, **changed)
