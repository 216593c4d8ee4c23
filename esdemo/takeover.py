"""Takeover: an existing table comes along, without inventing a history that nobody recorded.

A row says what is, and not how it came about. So it becomes one honest opening fact ("this balance
was taken over from that table"), and history begins there. While both systems run, the table stays
the truth and `reconcile` shows each night where they differ; when it has shown nothing for long
enough, the table is closed for writing and the log is the truth.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from esdemo.application import Application
from esdemo.commands import Command, Decision

Row = Mapping[str, Any]
"""A row of the table by its columns, as `sqlite3.Row` or a dict."""


class Brought(msgspec.Struct, frozen=True):
    """What became of the rows."""

    new: int  # rows that were decided now
    known: int  # rows that had been brought before, just as they are
    refused: tuple[Decision, ...]  # of the new ones

    def __repr__(self) -> str:
        return f"Brought({self.new} new, {self.known} known, {len(self.refused)} refused)"


class Difference(msgspec.Struct, frozen=True):
    """Something that the table and the log do not say alike."""

    stream: str
    field: str  # "" where only one of them knows the stream at all
    table: Any
    log: Any


def bring(
    application: Application[Any, Any, Any],
    rows: Iterable[Row],
    command: Callable[[Row], tuple[str, Command]],
    *,
    name: str,
    actor: str = "takeover",
) -> Brought:
    """Give each row to the log as a command, once, however often this is run.

    command: from a row to the stream it belongs to and the command that takes it over. Its id is
    made of `name`, the stream and the command, so a row that has not changed is known, after a
    crash half-way too; one that has changed is another command, and your `decide` says what that
    means.
    """
    new = known = 0
    refused = list[Decision]()
    for row in rows:
        stream, asked = command(row)
        id_ = _id(name, stream, asked)
        if application.store.decision(id_):
            known += 1
            continue
        new += 1
        decision = application.handle(stream, asked, actor=actor, command_id=id_)
        if decision.refused:
            refused.append(decision)
    return Brought(new, known, tuple(refused))


def reconcile(
    application: Application[Any, Any, Any],
    rows: Iterable[Row],
    expected: Callable[[Row], tuple[str, Mapping[str, Any]]],
) -> list[Difference]:
    """Where table and log differ, in the order of the table; nothing when they agree.

    expected: from a row to its stream and the fields that the state must have. Streams that only
    one of them has are differences too. Read the table and the log while nobody writes to either,
    or a booking that is on its way between them is shown as a difference.
    """
    found, seen = list[Difference](), set[str]()
    streams = dict.fromkeys(application.store.streams())
    for row in rows:
        stream, fields = expected(row)
        seen.add(stream)
        if stream not in streams:
            found.append(Difference(stream, "", "a row", None))
            continue
        state = application.state(stream)
        for field, value in fields.items():
            if getattr(state, field) != value:
                found.append(Difference(stream, field, value, getattr(state, field)))
    only = (stream for stream in streams if stream not in seen)
    return found + [Difference(stream, "", None, "a stream") for stream in only]


def _id(name: str, stream: str, command: Command) -> str:
    """The same for the same row on every run, and on every machine."""
    made_of = msgspec.json.encode((stream, command))
    return f"{name} {hashlib.sha256(made_of).hexdigest()[:32]}"
