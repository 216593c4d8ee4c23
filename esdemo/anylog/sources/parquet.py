"""Parquet: read by pyarrow, a batch at a time."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Final

from esdemo.anylog.entries import CannotRead
from esdemo.anylog.sources.source import Source

BATCH: Final = 5_000  # rows


def opened(path: str, until: ExitStack) -> Source:
    """The rows of a file. CannotRead where pyarrow is missing, or cannot read it."""
    try:
        import pyarrow
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise CannotRead(f"{path} is Parquet, which needs pyarrow: pip install pyarrow") from error
    try:
        file = until.enter_context(ParquetFile(path))
    except (pyarrow.ArrowException, OSError) as error:
        raise CannotRead(f"{path} is a damaged Parquet file: {error}") from error
    size = file.metadata.num_rows
    return Source(os.path.basename(path), "Parquet", enumerate(_rows(path, file), 1), size=size)


def _rows(path: str, file: Any) -> Iterator[dict[str, Any]]:
    import pyarrow

    try:
        for batch in file.iter_batches(BATCH):
            yield from batch.to_pylist()
    except (pyarrow.ArrowException, OSError) as error:
        raise CannotRead(f"{path} is a damaged Parquet file: {error}") from error
