"""History as pandas tables, what is asked of them, and a table back into a store."""

from esdemo.frames.appending import append
from esdemo.frames.questions import as_of, between, by_day, changes, running
from esdemo.frames.showing import html, words_left
from esdemo.frames.tables import (
    DTYPES,
    ENVELOPE,
    TIME,
    bitemporal,
    decisions,
    diff,
    log,
    rows,
    states,
    table,
    trail,
)

__all__ = [
    "DTYPES",
    "ENVELOPE",
    "TIME",
    "append",
    "as_of",
    "between",
    "bitemporal",
    "by_day",
    "changes",
    "decisions",
    "diff",
    "html",
    "log",
    "rows",
    "running",
    "states",
    "table",
    "trail",
    "words_left",
]
