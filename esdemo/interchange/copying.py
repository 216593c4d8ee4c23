"""A history from one home into another: out of a file into a server, and back again."""

from itertools import islice
from typing import Final

from tqdm import tqdm

from esdemo.audit import Seal, Verifier, restore, verify
from esdemo.errors import Misfit
from esdemo.stores import EventStore

BATCH: Final = 1_000  # decisions and imports that are kept or lost together


def copy_history(source: EventStore, target: EventStore, *, batch: int = BATCH) -> Seal:
    """Copy all that the source holds now into the target, row for row, and return their seal.

    The target is empty, or holds the beginning of the same history, as after a copy that was
    stopped half-way; then the rest is added. Whoever copies again after the source has grown adds
    what is new, so two homes can run side by side until a cut-over. Both are verified as they are
    read, and the seals are equal in the end. Raises Misfit, with the place, when either does not
    fit together or the target holds something else; batches that were copied before that stay.
    Shows a progress bar when it takes longer than two seconds.
    """
    counted = source.home.end()
    held = verify(target)
    if held.wrong:
        raise Misfit(f"the target is not whole: {held.wrong}")
    known = Verifier()
    have = held.seal.events, held.seal.decisions
    begun = source.transactions(until=have)
    while rows := list(islice(begun, batch)):
        known.read(rows)
    if known.known.wrong or known.known.seal != held.seal:
        raise Misfit(
            f"the target holds {have[0]} events and {have[1]} decisions that are not the beginning "
            f"of the source: {known.known.wrong or 'their seals differ'}"
        )
    rest = source.transactions(*have, until=counted)
    with tqdm(desc="copying", total=counted[0] - have[0], unit=" events", delay=2) as bar:
        while rows := list(islice(rest, batch)):
            if wrong := known.read(rows).wrong:
                raise Misfit(f"the source is not whole: {wrong}")
            restore(target, rows)
            bar.update(sum(len(each.events) for each in rows))
    copied = verify(target, held).seal
    if copied != known.known.seal:
        raise Misfit(f"the target has become another history: {copied}, not {known.known.seal}")
    return copied
