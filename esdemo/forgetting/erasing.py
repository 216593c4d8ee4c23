"""Erasing: from the request to the record that it was done, and again after a crash."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Any

from esdemo.application import Application
from esdemo.commands import Decision
from esdemo.forgetting.cases import ErasureOrdered, ReportErased, RequestErasure
from esdemo.forgetting.keys import Keys
from esdemo.stores import EventStore


def case_of(person: str) -> str:
    """The stream of a person's case."""
    return f"erasure/{person}"


def erase(
    cases: Application[Any, Any, Any],
    keys: Keys,
    person: str,
    on: date,
    places: Mapping[str, Callable[[], object]],
    *,
    actor: str = "",
) -> Decision:
    """Forget a person as far as no duty forbids it, and keep a record of both.

    First it is decided what may be erased, then the keys are destroyed, then each place that holds
    readable copies is cleared, and at last that is reported. Returns the decision: a refusal says
    what must be kept, and nothing is done then. After a crash, or when a place could not be cleared
    (its exception passes through), call it again with the same day: every step may be repeated.

    places: by name, what makes each copy go, such as `checkpoints.clear`, or a function that
    builds a view anew and drops the old one.
    """
    purposes = tuple(owner.partition("/")[2] for owner in keys.owners(person))
    give, id_ = partial(cases.handle, case_of(person), actor=actor), f"erase {person} {on}"
    first = cases.store.decision(id_)
    decision = first or give(RequestErasure(purposes, on), command_id=id_)
    if decision.refused:
        return decision
    for fact in decision.events:
        _destroy(keys, person, fact.event)
    for clear in places.values():
        clear()
    report = ReportErased(tuple(places), on)
    give(report, command_id=f"{id_} done", correlation_id=id_, causation_id=id_)
    return decision


def obey(keys: Keys, store: EventStore) -> list[str]:
    """Destroy again what was ever ordered to be destroyed. Returns the owners that were back.

    For after a backup of the keys was restored: the log remembers who is to be forgotten.
    """
    before = keys.destroyed()
    for fact in store.recorded():
        if fact.stream.startswith(case_of("")):
            _destroy(keys, fact.stream.removeprefix(case_of("")), fact.event)
    return sorted(keys.destroyed() - before)


def _destroy(keys: Keys, person: str, event: object) -> None:
    if isinstance(event, ErasureOrdered):
        for purpose in event.purposes:
            keys.destroy(f"{person}/{purpose}")
