"""Viewing: our tools on their aggregates, folded by their own code.

`view` gives an `esdemo.Application`, which is what the timeline, the explorer, the trail and the
frames ask for. Its evolve is their `mutate`; its state is the aggregate, field by field, as values
that do not change any more.
"""

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import msgspec

from esdemo.application import Application
from esdemo.commands import Command, Rejected
from esdemo.events import Event
from esdemo.graduate.foreign import Foreign
from esdemo.graduate.sources import Source
from esdemo.handlers import Decider
from esdemo.stores import EventStore

if TYPE_CHECKING:
    from eventsourcing.application import Application as TheirApplication

Projector = Callable[[Any, Iterable[Any]], Any]
"""(aggregate or None, their events) -> aggregate or None, as the library's repositories take it."""

More = Callable[[Any], Mapping[str, Any]]
State = dict[str, Any]
Invariants = Mapping[str, Callable[[State], bool]]


class AggregateState(dict[str, Any]):
    """An aggregate's fields by name, as plain values. Empty before its first event, and when gone.

    aggregate: the object itself, for their code to go on from; None when there is none.
    """

    aggregate: Any = None

    @classmethod
    def of(cls, aggregate: Any, more: More | None = None) -> "AggregateState":
        """The fields of an aggregate, under the names that its own methods use, and `more`."""
        state = cls()
        if aggregate is not None:
            state.aggregate = aggregate
            state["aggregate"] = type(aggregate).__qualname__
            state |= {_public(name): plain(value) for name, value in _parts(aggregate).items()}
            state |= more(aggregate) if more else {}
        return state


def view(
    application: "TheirApplication[Any]",
    store: EventStore,
    *,
    projector: Projector | None = None,
    invariants: Invariants | None = None,
    more: More | None = None,
) -> "Application[Command, Event, AggregateState]":
    """The mirror of an application as an `esdemo.Application`: states at any moment, by field.

    projector: as its `repository.get` takes it, where events do not mutate aggregates themselves.
    invariants: what must hold in every state, by name, for `timeline.broken_rules`. more: further
    fields that are computed from an aggregate, such as a Decimal as whole cents, which can be drawn
    as a curve: `lambda account: {"cents": int(account.balance * 100)}`. Commands are not taken:
    their rules are in their methods.
    """
    rules = decider(application, projector=projector, invariants=invariants, more=more)
    return Application(rules, store)


def decider(
    application: "TheirApplication[Any]",
    *,
    projector: Projector | None = None,
    invariants: Invariants | None = None,
    more: More | None = None,
) -> "Decider[Command, Event, AggregateState]":
    """Their fold as one of ours.

    An event is applied to a copy of the aggregate, so a state once seen stays as it was. It is
    given the version that comes next, so that a history from which a fact was left out can be
    folded too. An event that their code does not fold, such as one of a log without aggregates,
    leaves the state as it is.
    """
    source, projected = Source(application), projector or project

    def mutated(state: AggregateState, event: Event) -> AggregateState:
        """The state after one of their events."""
        if not isinstance(event, Foreign):
            raise TypeError(f"{event!r:.200} is not an event of a followed log")
        row, aggregate = event.row, state.aggregate
        if isinstance(version := getattr(aggregate, "version", None), int):
            row = row._replace(originator_version=version + 1)
        return AggregateState.of(projected(deepcopy(aggregate), [source.event(row)]), more)

    return Decider(_refuse, mutated, AggregateState(), invariants or {})


def project(aggregate: Any, events: Iterable[Any]) -> Any:
    """The library's own projector, which leaves out the events that mutate nothing."""
    for event in events:
        if hasattr(event, "mutate"):
            aggregate = event.mutate(aggregate)
    return aggregate


def bare(application: "TheirApplication[Any]", store: EventStore, stream: str) -> Iterable[Any]:
    """A stream of the mirror as their own events, as they were."""
    source = Source(application)
    return (source.event(event.row) for event in store.events(stream))


def plain(value: Any) -> Any:
    """A value of theirs as one that can be compared, shown and kept: by field, by key, by item."""
    if value is None or isinstance(value, _PLAIN):
        return value
    if isinstance(value, Mapping):
        return {_key(key): plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return tuple(map(plain, value))
    if isinstance(value, (set, frozenset)):
        return tuple(sorted(map(plain, value), key=repr))
    found = _parts(value)
    return {name: plain(part) for name, part in found.items()} if found else repr(value)


_PLAIN: Final = (str, int, float, bytes, Decimal, datetime, date, UUID, Enum)
_BASE: Final = {"_id", "_version", "_created_on", "_modified_on", "_pending_events"}
"""What every aggregate of the library has: the envelope of its last event says the same."""


def _key(key: Any) -> str:
    return key if isinstance(key, str) else str(plain(key))


def _public(name: str) -> str:
    return name.lstrip("_") or name


def _parts(value: Any) -> dict[str, Any]:
    """The named parts of an object, however it keeps them."""
    if isinstance(value, msgspec.Struct):
        return {name: getattr(value, name) for name in value.__struct_fields__}
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, type) or callable(value):
        return {}
    return {
        name: part for name, part in getattr(value, "__dict__", {}).items() if name not in _BASE
    }


def _refuse(command: Command, state: AggregateState) -> list[Event]:
    raise Rejected("this is a mirror of their log: give the command to the application itself")
