"""A pandas DataFrame: the rows of a table that is in memory already."""

import sys
from collections.abc import Iterator
from typing import Any, Final

from esdemo.anylog.entries import CannotRead
from esdemo.anylog.sources.source import Source

BATCH: Final = 5_000  # rows


def is_frame(value: Any) -> bool:
    """Whether it is a DataFrame. Where pandas was never imported, nothing is."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.DataFrame)


def opened(frame: Any) -> Source:
    """Its rows in their order; an index that has a name is a column too. NaN is not there."""
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    frame = frame.set_axis([str(name) for name in frame.columns], axis="columns")
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise CannotRead(f"the frame has two columns {twice!r}: give one of them another name")
    return Source("the frame", "a DataFrame", enumerate(_rows(frame), 1), size=len(frame))


def _rows(frame: Any) -> Iterator[dict[str, Any]]:
    for start in range(0, len(frame), BATCH):
        part = frame.iloc[start : start + BATCH].astype(object)
        yield from part.where(part.notna(), None).to_dict("records")
