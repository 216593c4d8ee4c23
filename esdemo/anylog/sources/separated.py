"""CSV: the standard library's reader, which knows the line that each row began on."""

import csv
import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Final

from esdemo.anylog.entries import CannotRead
from esdemo.anylog.sources.files import Lines
from esdemo.anylog.sources.source import Source
from esdemo.anylog.values import of_text

SEPARATORS: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


def opened(path: str, encoding: str, until: ExitStack) -> Source:
    """The rows below the first one, which names the columns. An empty cell is not there."""
    lines = Lines(path, until, encoding)
    first = next(lines)
    separator = max(SEPARATORS, key=first.count)
    if separator not in first:
        raise CannotRead(
            f"{path} has only one column, {first.strip()!r:.60}: it should be separated by "
            f"{', '.join(SEPARATORS.values())}"
        )
    head = _head(path, first, separator)
    what = f"text separated by {SEPARATORS[separator]}, with {len(head)} columns"
    rows = _rows(path, lines, head, separator)
    name = os.path.basename(path)
    return Source(name, what, rows, "line", value=of_text, size=lines.size, done=lines.place)


def _head(path: str, line: str, separator: str) -> list[str]:
    try:
        cells = next(csv.reader([line], delimiter=separator))
    except csv.Error as error:
        raise CannotRead(f"line 1 of {path} is not CSV: {error}") from error
    names = [cell.strip() or f"column {number}" for number, cell in enumerate(cells, 1)]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise CannotRead(f"{path} has two columns {twice!r}: give one of them another name")
    return names


def _rows(
    path: str, lines: Lines, head: list[str], separator: str
) -> Iterator[tuple[int, dict[str, Any]]]:
    reader = csv.reader(lines, delimiter=separator, strict=True)
    began = lines.number + 1
    try:
        for cells in reader:
            if len(cells) == len(head):
                pairs = zip(head, cells, strict=True)
                yield began, {name: cell for name, cell in pairs if cell != ""}
            elif cells:
                raise CannotRead(
                    f"line {began} of {path} has {len(cells)} cells, and the first line names "
                    f"{len(head)}"
                )
            began = lines.number + 1
    except csv.Error as error:
        raise CannotRead(f"line {began} of {path} is not CSV: {error}") from error
