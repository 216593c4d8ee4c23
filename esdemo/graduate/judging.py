"""Judging: is the mirror what their log says, and does it fold to their aggregates?"""

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from esdemo.graduate.following import last_row
from esdemo.graduate.reading import LogRow
from esdemo.graduate.sources import Source, place
from esdemo.graduate.viewing import Projector, bare, project
from esdemo.stores import EventStore

if TYPE_CHECKING:
    from eventsourcing.application import Application

LIMIT = 10  # one lost event may be the first of many


def differences(
    application: "Application[Any]",
    store: EventStore,
    *,
    projector: Projector | None = None,
    limit: int = LIMIT,
) -> list[str]:
    """What the mirror and their log do not agree in, in words; empty when all is well.

    Every event up to where the mirror is, byte for byte. Then every aggregate, folded by their own
    code from the mirror, beside what their repository gives at that version. Only the first
    differences (`limit` of them). Whether the mirror's own hashes fit is `audit.verify`'s to say.
    Raises what `follow` does for a log that cannot be read. Shows a progress bar when it takes
    longer than two seconds.
    """
    found = list(islice(_events(application, store), limit))
    if found:
        return found
    return list(islice(_aggregates(application, store, projector or project), limit))


def _events(application: "Application[Any]", store: EventStore) -> Iterator[str]:
    last = last_row(store)
    theirs = _log(Source(application), last.notification_id if last else 0)
    ours = (fact.event.row for fact in store.recorded())  # type: ignore[attr-defined]
    bar = tqdm(desc="comparing", total=store.position, unit=" events", delay=2, leave=False)
    with bar:
        for mine, their in _paired(ours, theirs):
            bar.update()
            if mine is None:
                yield f"{place(their)}: the mirror does not have it"
            elif their is None:
                yield f"{place(mine)}: their log does not have it"
            elif mine != their:
                yield f"{place(mine)}: their log has {their!r:.200} there"


def _paired(ours: Iterator[LogRow], theirs: Iterator[LogRow]) -> Iterator[tuple[Any, Any]]:
    """What stands in the same place, side by side; None where one of them has nothing there."""
    mine, their = next(ours, None), next(theirs, None)
    while mine or their:
        ahead = (mine.notification_id if mine else None, their.notification_id if their else None)
        first = min(number for number in ahead if number is not None)
        yield (mine if ahead[0] == first else None, their if ahead[1] == first else None)
        mine = next(ours, None) if ahead[0] == first else mine
        their = next(theirs, None) if ahead[1] == first else their


def _log(source: Source, until: int) -> Iterator[LogRow]:
    after = 0
    while rows := source.rows(after, until):
        yield from rows
        after = rows[-1].notification_id


def _aggregates(
    application: "Application[Any]", store: EventStore, projector: Projector
) -> Iterator[str]:
    bar = tqdm(store.streams(), "folding", unit=" aggregates", delay=2, leave=False)
    for stream in bar:
        events = list(bare(application, store, stream))
        mine = projector(None, events)
        theirs = _theirs(application, events[-1], projector)
        if not _alike(mine, theirs):
            yield f"{stream}: the mirror folds to {mine!r:.200}, they have {theirs!r:.200}"


def _theirs(application: "Application[Any]", last: Any, projector: Projector) -> Any:
    """The aggregate as their repository gives it; None for one that is gone, or never was."""
    from eventsourcing.application import AggregateNotFoundError

    try:
        return application.repository.get(
            last.originator_id, version=last.originator_version, projector_func=projector
        )
    except AggregateNotFoundError:
        return None


def _alike(mine: Any, theirs: Any) -> bool:
    """Equal by their own `==`; or by their fields, where they are compared by address."""
    if mine == theirs:
        return True
    by_address = "__eq__" not in {name for cls in type(mine).__mro__[:-1] for name in vars(cls)}
    return by_address and type(mine) is type(theirs) and vars(mine) == vars(theirs)
