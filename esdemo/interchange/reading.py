"""Reading a file line by line, trusting none of them."""

import os
from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO

from tqdm import tqdm

from esdemo.audit import Verification, Verifier
from esdemo.audit.fitting import place
from esdemo.clocks import to_text
from esdemo.commands import Command
from esdemo.errors import EsdemoError
from esdemo.events import Event, Message, Vocabulary
from esdemo.interchange import cloud_events, json_lines
from esdemo.interchange.lines import Begins, Ends, Line, is_unsealed
from esdemo.stores.rows import DecisionRow, EventRow, Transaction


class NotImported(EsdemoError, ValueError):
    """A file that is no history as we would write it, or none that this store can take.

    `line` is the number of the line, from 1. Nothing was imported.
    """

    def __init__(self, line: int, why: object) -> None:
        super().__init__(f"line {line}: {why}; nothing was imported")
        self.line = line


def opened(path: str | os.PathLike[str]) -> BinaryIO:
    """The file, to be read from its beginning. NotImported for a folder or a pipe."""
    file = os.path.expanduser(path)
    if os.path.exists(file) and not os.path.isfile(file):
        raise NotImported(1, f"{file} is not a file: write what a pipe gives into one first")
    try:
        return open(file, "rb")
    except ValueError as error:
        raise NotImported(1, f"{file!r} cannot name a file: {error}") from error


class Reading:
    """The transactions of a file, each checked before it is handed on. Raises NotImported.

    known: the history so far, verified. number: of the last line that was read. began: of the
    first line of the last transaction.
    """

    def __init__(self, file: BinaryIO, vocabulary: Vocabulary) -> None:
        self._verifier = Verifier()
        self.number = self.began = 0
        self._file = file
        self._vocabulary = vocabulary
        self._form = json_lines

    def __iter__(self) -> Iterator[Transaction]:
        begins = self._first()
        total = begins.events + begins.decisions
        with tqdm(desc="importing", total=total, unit=" lines", delay=2, leave=False) as bar:
            while not isinstance(line := self._next(), Ends):
                self.began = self.number
                transaction = self._transaction(line)
                self._check(transaction)
                bar.update(self.number - 1 - bar.n)
                yield transaction
        if (self.known.events.size, self.known.decisions.size) != begins:
            raise self.objection(f"the first line promised {begins}, not {self.known!r}")
        if line.seal != str(self.known.seal):
            raise self.objection("the seal is not that of the lines before it")
        if self._file.readline():
            self.number += 1
            raise self.objection("nothing may follow the seal")

    def objection(self, why: object, line: int | None = None) -> NotImported:
        """The error for the line read last, or for another."""
        return NotImported(line or self.number, why)

    def _first(self) -> Begins:
        text = self._file.readline()
        self._file.seek(0)
        if is_unsealed(text):
            raise self.objection(
                "these are events that an explorer's page has saved, without decisions, hashes or "
                "a seal: load them there, or read them with interchange.unsealed.read",
                1,
            )
        self._form = cloud_events if b'"specversion"' in text else json_lines
        line = self._next()
        if not isinstance(line, Begins):
            raise self.objection("a history begins with the line that says how much is to come")
        return line

    def _next(self) -> Line:
        text = self._file.readline()
        self.number += 1
        if not text:
            raise self.objection("the file was cut off: its last line, with the seal, is missing")
        if not text.endswith(b"\n"):
            raise self.objection("the file was cut off: this line has no end")
        try:
            line = self._form.decode(text[:-1])
            if isinstance(line, (EventRow, DecisionRow)):
                self._read(line)
        except (ValueError, TypeError, RecursionError) as error:
            raise self.objection(error) from error
        return line

    def _read(self, row: EventRow | DecisionRow) -> None:
        """ValueError unless its times are as stored, and its payload of the store's vocabulary."""
        for moment in (row.recorded_at, row.effective_at):
            if to_text(datetime.fromisoformat(moment)) != moment:
                raise ValueError(f"{moment!r} is not in UTC with microseconds")
        kind: type[Message] = Event if isinstance(row, EventRow) else Command
        try:
            message = self._vocabulary.decode(row.data)
        except Exception as error:  # msgspec's, or whatever an upcaster stumbled over
            raise ValueError(f"{row.data[:80]!r} cannot be read: {error}") from error
        if not isinstance(message, kind):
            raise ValueError(f"{message!r:.80} is not a {kind.__name__}")

    def _transaction(self, line: Line) -> Transaction:
        if isinstance(line, EventRow):
            return Transaction((line,))
        if not isinstance(line, DecisionRow):
            raise self.objection("a history begins only once")
        events = list[EventRow]()
        while len(events) < line.events:
            event = self._next()
            if not isinstance(event, EventRow):
                raise self.objection(f"decision {line.number} has {line.events} events")
            events.append(event)
        return Transaction(tuple(events), line)

    def _check(self, transaction: Transaction) -> None:
        """Verify it, and when it does not fit name the line of the row that is wrong."""
        if wrong := self._verifier.read([transaction]).wrong:
            first = self.number - len(transaction.events) + 1
            lines = {f"{place(row)}:": line for line, row in enumerate(transaction.events, first)}
            found = (line for where, line in lines.items() if wrong.startswith(where))
            raise self.objection(wrong, next(found, self.began))

    @property
    def known(self) -> Verification:
        """The history so far, verified."""
        return self._verifier.known
