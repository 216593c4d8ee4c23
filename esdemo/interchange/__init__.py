"""Interchange: a whole history as a file that other programs can read, and back again.

Two forms, both a line of JSON for each fact: our own columns (`json_lines`), or CloudEvents 1.0
(`cloud_events`), which brokers and other languages know. The same history always gives the same
bytes. The first line says how much follows and the last one carries the seal, so whoever reads it
knows that nothing was changed on the way, and that nothing is missing.
"""

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Final, Literal

from tqdm import tqdm

from esdemo.audit import Seal, Verifier, restore
from esdemo.errors import InvalidStream, Misfit, Unreadable
from esdemo.interchange import cloud_events, json_lines
from esdemo.interchange.copying import copy_history
from esdemo.interchange.files import NotExported, belongs, check_place, whole
from esdemo.interchange.lines import Begins, Ends, rows_of
from esdemo.interchange.reading import NotImported, Reading, opened
from esdemo.stores import EventStore
from esdemo.stores.rows import Transaction

__all__ = [
    "FORMS",
    "NotExported",
    "NotImported",
    "copy_history",
    "export_history",
    "import_history",
]

FORMS: Final[dict[str, ModuleType]] = {"json lines": json_lines, "cloud events": cloud_events}
LATE: Final = {"unit": " lines", "delay": 2, "leave": False}  # a progress bar after two seconds


def export_history(
    store: EventStore,
    path: str | os.PathLike[str],
    form: Literal["json lines", "cloud events"] = "json lines",
) -> Seal:
    """Write everything that the store holds to a file, and return the seal in its last line.

    Verifies as it goes: raises Misfit at the first thing that does not fit together, and
    NotExported for a form that there is not, or onto the store itself. The file is there, and on
    the disk, only once it is whole; until then an older one of its name stays as it was. Needs as
    much memory as there are streams, however long they are. Shows a progress bar when it takes
    longer than two seconds.
    """
    if form not in FORMS:
        raise NotExported(f"there is no form {form!r}: choose one of {', '.join(FORMS)}")
    file = Path(path).expanduser()
    check_place(store, file)
    encode = FORMS[form].encode
    counted, verifier = store.counts(), Verifier()
    history = store.transactions(until=counted)
    with whole(file) as lines, tqdm(desc="exporting", total=sum(counted), **LATE) as bar:
        lines.write(encode(Begins(*counted)) + b"\n")
        while batch := list(islice(history, 1_000)):
            if wrong := verifier.read(batch).wrong:
                raise Misfit(wrong)
            rows = [encode(row) for transaction in batch for row in rows_of(transaction)]
            lines.writelines(row + b"\n" for row in rows)
            bar.update(len(rows))
        known = verifier.known
        if (known.events.size, known.decisions.size) != counted:
            raise Misfit(f"the store has only {known!r} in their places, and {counted} in all")
        lines.write(encode(Ends(str(known.seal))) + b"\n")
    return known.seal


def import_history(
    path: str | os.PathLike[str], store: EventStore, *, seal: Seal | None = None
) -> Seal:
    """Read a file of either form into a store, all of it or nothing, and return its seal.

    The store is empty, or holds the beginning of the same history; then the rest is added. Every
    line is checked: that it is one that we would write, its vocabulary, its hash, its place, and at
    the end the counts and the seal. Raises NotImported with the number of the first line that is
    wrong. That shows what happened to a file, not who made it: `seal`, pinned by somebody you
    trust, must be the file's.
    """
    if belongs(store, path):
        raise NotImported(1, f"{path} belongs to the store itself: name a file that was exported")
    with opened(path) as file:
        reading = Reading(file, store.vocabulary)
        try:
            restore(store, _news(reading, store, seal))
        except (InvalidStream, Misfit, Unreadable) as error:
            raise NotImported(reading.began, error) from error
    return reading.known.seal


def _news(reading: Reading, store: EventStore, seal: Seal | None) -> Iterator[Transaction]:
    """What the file holds beyond what the store has, once both are known to agree so far."""
    held = store.transactions()
    for transaction in reading:
        mine = next(held, None)
        if mine is None:
            yield transaction
        elif mine != transaction:
            raise reading.objection("the store holds something else in this place")
    if seal and seal != reading.known.seal:
        raise reading.objection(f"the file holds another history than that of {seal}")
