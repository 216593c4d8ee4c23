"""A portable export: all that is kept about one person, in a form that other programs read."""

from collections.abc import Collection, Iterator
from typing import Any

import msgspec

from esdemo.clocks import to_text
from esdemo.commands import Decision
from esdemo.events import Message, RecordedEvent
from esdemo.forgetting.keys import Keys, is_token, owner_of
from esdemo.stores import EventStore

OTHERS = "[somebody else]"
"""What stands for a token of another person: an export must not give away third parties."""


def portable(store: EventStore, keys: Keys, person: str, streams: Collection[str] = ()) -> str:
    """What is kept about a person as JSON, readable, in the order in which it was recorded.

    That is every fact and every refusal in one of `streams`, or with a token of theirs. Tokens
    are revealed (FORGOTTEN where a key was destroyed), those of others are not.
    """
    entries = []
    for decision, facts in store.history():
        for what in facts or [decision]:
            if what and (what.stream in streams or person in _persons(_message(what))):
                entries.append(_entry(what, keys, person))
    document = {"format": "esdemo personal data", "version": 1, "person": person, "facts": entries}
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode()


def _message(what: RecordedEvent | Decision) -> Message:
    return what.event if isinstance(what, RecordedEvent) else what.command


def _entry(what: RecordedEvent | Decision, keys: Keys, person: str) -> dict[str, Any]:
    message = _message(what)
    fields = msgspec.to_builtins(message)
    name = fields.pop("type")
    told = {
        "stream": what.stream,
        "recorded_at": to_text(what.recorded_at),
        "effective_at": to_text(what.effective_at),
        "fact" if isinstance(what, RecordedEvent) else "asked": name,
        "data": _revealed(fields, keys, person),
    }
    return told if isinstance(what, RecordedEvent) else told | {"refused": what.reason}


def _revealed(value: Any, keys: Keys, person: str) -> Any:
    """The value with tokens made readable, at any depth."""
    if is_token(value):
        return keys.shown(value) if _person(value) == person else OTHERS
    if isinstance(value, dict):
        return {name: _revealed(each, keys, person) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_revealed(each, keys, person) for each in value]
    return value


def _persons(message: Message) -> set[str]:
    """Whose tokens a message holds."""
    return {_person(value) for value in _leaves(msgspec.to_builtins(message)) if is_token(value)}


def _person(token: str) -> str:
    return owner_of(token).partition("/")[0]


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for each in value:
            yield from _leaves(each)
    else:
        yield value
