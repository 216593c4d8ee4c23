"""Tables of a database: which one is meant."""

from collections.abc import Callable, Sequence

from esdemo.anylog.entries import CannotRead
from esdemo.anylog.sources.stores import LIBRARY


def choose(
    where: str, tables: Sequence[str], wanted: str | None, columns: Callable[[str], set[str]]
) -> str:
    """The table that was asked for, else the only one, else the one of the library's events."""
    some = ", ".join(tables[:20]) + (", ..." if len(tables) > 20 else "")
    if wanted is not None:
        if wanted not in tables:
            raise CannotRead(f"there is no table {wanted!r} in {where}; there are: {some}")
        return wanted
    if not tables:
        raise CannotRead(f"there is no table in {where}: there is nothing to read")
    of_library = [name for name in tables if columns(name) >= LIBRARY]
    for candidates in (of_library, tables):
        if len(candidates) == 1:
            return candidates[0]
    raise CannotRead(f"say which table of {where} with --table, or ask a --query: there are {some}")


def quoted(name: str) -> str:
    """A name as SQL takes it."""
    return '"{}"'.format(name.replace('"', '""'))


def check_columns(where: str, names: Sequence[str]) -> None:
    """CannotRead for two columns of one name, of which a row would keep only one."""
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise CannotRead(f"{where} gives two columns {twice!r}: name one otherwise, with AS")
