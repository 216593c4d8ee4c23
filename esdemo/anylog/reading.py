"""Reading: rows of a source as lines, each checked, with the number of the one that is wrong."""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import Any, Final

import msgspec
from tqdm import tqdm

from esdemo.anylog import names as naming
from esdemo.anylog.entries import CannotRead, Line
from esdemo.anylog.moments import Reader, has_zone, moment, reader
from esdemo.anylog.names import Names
from esdemo.anylog.sources import Source
from esdemo.anylog.values import of_text

SAMPLE: Final = 1_000  # rows that are looked at before anything is decided
MOST_TYPES: Final = 1_000
MOST_FIELDS: Final = 2_000
SOME_TYPES: Final = 50  # that a column may have even if it has few rows
SOON: Final = 10**14  # microseconds: until March 1973 a number is a duration rather than a time
MISSING: Final = "(none)"


class Reading:
    """The lines of a source. Iterate it once; then `names` and `said` are complete."""

    def __init__(self, source: Source, given: Names, form: str | None) -> None:
        self._source = source
        rows = iter(source.rows)
        self._sample = list(islice(rows, SAMPLE))
        if not self._sample:
            raise CannotRead(f"{source.title} has no rows: there is nothing to read")
        self._rows = chain(self._sample, rows)
        known = naming.columns([row for _, row in self._sample])
        naming.check(given, known, source.title)
        wanted = given.over(source.names)
        self.names = wanted if source.names.fields else naming.guess(wanted, known, self._fits)
        self.said = [] if source.names.fields else naming.said(wanted, self.names)
        self.types: set[str] = set()
        self._fields: set[str] = set()
        self._missing = Counter[str]()
        self._moment = self._reader(form)
        self._roles = [name for name in self.names if name]

    def __iter__(self) -> Iterator[Line]:
        size, done = self._source.size, self._source.done
        unit = {"unit": "B", "unit_scale": True} if done else {"unit": f" {self._source.unit}s"}
        with tqdm(desc="reading", total=size, delay=2, leave=False, **unit) as bar:
            for nth, (number, row) in enumerate(self._rows, 1):
                yield self._line(nth, number, row)
                if nth % 1_000 == 0:
                    bar.update((done() if done else nth) - bar.n)
        for role, count in self._missing.items():
            self.said.append(f"{count:,} rows say no {role}: it is “{MISSING}” there")

    def _line(self, nth: int, number: int, row: Mapping[str, Any]) -> Line:
        names = self.names
        at = self._at(nth, number, row, names.time)
        data = self._data(number, row)
        kind = self._text(row, "type", "row") if data is not None else ""
        self._check_types(number, kind)
        return Line(
            at=at,
            effective=self._at(nth, number, row, names.effective) if names.effective else at,
            stream=self._text(row, "stream", self._source.title),
            type=kind,
            actor=_text(self._get(row, names.actor)),
            id=_text(self._get(row, names.id)),
            cause=_text(self._get(row, names.caused_by)),
            data=data,
            command=self._get(row, names.command),
            reason=self._get(row, names.reason),
        )

    def _get(self, row: Mapping[str, Any], name: str | None) -> Any:
        return None if name is None else naming.get(row, name)

    def _text(self, row: Mapping[str, Any], role: str, otherwise: str) -> str:
        """The stream or the type of a row; what stands for it where there is none is counted."""
        name = getattr(self.names, role)
        if name is None:
            return otherwise
        if text := _text(naming.get(row, name)):
            return text
        self._missing[f"{role} ({name})"] += 1
        return MISSING

    def _at(self, nth: int, number: int, row: Mapping[str, Any], name: str | None) -> int:
        """When it was. Without times, rows are a second apart."""
        if name is None:
            return nth * 1_000_000
        value = naming.get(row, name)
        try:
            at = self._moment(value)
            moment(at)
        except (ValueError, TypeError, OverflowError) as error:
            raise CannotRead(
                f"{self._source.unit} {number} of {self._source.title}: {value!r:.60} in {name!r} "
                f"is not a time: {error}"
            ) from error
        return at

    def _reader(self, form: str | None) -> Reader:
        """What reads the times, by the first ones; and what has to be said of it."""
        name = self.names.time
        if name is None:
            return lambda value: 0
        found = ((number, naming.get(row, name)) for number, row in self._sample)
        samples = [(number, value) for number, value in found if value is not None]
        try:
            read = reader([value for _, value in samples] or [None], form)
        except ValueError as error:
            number = samples[0][0] if samples else self._sample[0][0]
            place = f"{self._source.unit} {number} of {self._source.title}"
            raise CannotRead(f"{place}: {name!r} is not a time: {error}") from error
        if samples and not (form or "").endswith("%z") and not has_zone(samples[0][1]):
            self.said.append(f"the times in {name!r} have no zone: they are taken as UTC")
        return read

    def _data(self, number: int, row: Mapping[str, Any]) -> dict[str, Any] | None:
        """The fields of a row: all that is not in the envelope."""
        if self.names.fields is None:
            data = self._plain(naming.without(row, self._roles))
        else:
            found = row.get(self.names.fields)
            if found is None:
                return {} if not self.names.reason else None
            data = found if isinstance(found, dict) else {self.names.fields: found}
        self._fields |= data.keys()
        if len(self._fields) > MOST_FIELDS:
            raise CannotRead(
                f"{self._source.unit} {number} of {self._source.title} brings the "
                f"{len(self._fields):,}th name of a field: names that are values should be values"
            )
        return data

    def _plain(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A row as JSON has it, without the cells in which nothing is."""
        data = {name: self._source.value(cell) for name, cell in row.items() if cell is not None}
        if self._source.nulls:
            return {name: data.get(name) for name in row}
        return {name: value for name, value in data.items() if value is not None}

    def _fits(self, role: str, name: str) -> bool:
        """Whether what stands in a column, in the first rows, can play a role."""
        found = [naming.get(row, name) for _, row in self._sample]
        values = [value for value in found if value is not None]
        if not values or any(isinstance(value, (dict, list)) for value in values):
            return False
        if role == "type":
            return len(set(values)) <= max(SOME_TYPES, len(values) // 2)
        if role == "time":
            try:
                return abs(reader(values)(values[0])) > SOON
            except (ValueError, TypeError):  # it says that it is a time, so its row will be named
                return isinstance(of_text(str(values[0])), str)
        return True

    def _check_types(self, number: int, kind: str) -> None:
        self.types.add(kind)
        if len(self.types) > MOST_TYPES:
            raise CannotRead(
                f"{self._source.unit} {number} of {self._source.title} brings the "
                f"{len(self.types):,}th type: {self.names.type!r} is not what happened but a text "
                "of its own in each row; name another column with --type"
            )


def _text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # pandas makes floats of whole numbers beside a missing one
    return msgspec.json.encode(value).decode() if isinstance(value, (dict, list)) else str(value)
