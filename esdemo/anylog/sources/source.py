"""What every source is."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from esdemo.anylog.names import Names
from esdemo.anylog.values import plain


class Source(NamedTuple):
    """Rows that are read once, in the order that they have there."""

    title: str  # a name for it, without its folder or a password
    what: str  # "a CSV file, separated by commas"
    rows: Iterator[tuple[int, dict[str, Any]]]  # each with its number
    unit: str = "row"  # what is numbered: a line or a row
    names: Names = Names()  # the columns, where the form itself says which they are
    value: Callable[[Any], Any] = plain  # a field as JSON has it
    nulls: bool = False  # whether a null is a value; in a table it says that there is none
    size: int | None = None  # how much there is to read, in bytes or in rows
    done: Callable[[], int] | None = None  # how much has been read of that; else rows are counted
