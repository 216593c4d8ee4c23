"""How a notebook shows tables: whole, words at the left, numbers at the right."""

import re
from collections.abc import Sequence
from typing import Any, Final

import pandas as pd

CELL: Final = re.compile(r"<(t[dh])\b")
"""Where a cell of an HTML table begins."""


def words_left() -> None:
    """Have this notebook show its tables whole: words at the left, numbers at the right.

    pandas cuts a text at 50 characters, and Jupyter moves every cell to the right. Outside a
    notebook only the cutting is ended. What `html` gives stands in the output itself, so it also
    holds where the notebook is read without being run.
    """
    from IPython.core.getipython import get_ipython

    pd.options.display.max_colwidth = None
    shell = get_ipython()
    if shell and shell.display_formatter:
        shell.display_formatter.formatters["text/html"].for_type(pd.DataFrame, html)


def html(table: pd.DataFrame) -> str:
    """The table as HTML: columns of numbers at the right, everything else at the left.

    Each cell says its side twice. Jupyter's style sheet overrules `align`, so `style` is there for
    it; GitHub leaves styles out, and `align` is what its own tables use.
    """
    sides = ["right" if _is_number(dtype) else "left" for dtype in table.dtypes]
    first, *rows = table.to_html(max_rows=pd.options.display.max_rows).split("<tr")
    return "<tr".join([first, *(_aligned(row, sides) for row in rows)])


def _is_number(dtype: Any) -> bool:
    return pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype)


def _aligned(row: str, sides: Sequence[str]) -> str:
    """A row whose last cells have these sides; those before them are the index, at the left."""
    names = len(CELL.findall(row)) - len(sides)
    side = iter(["left"] * names + list(sides))
    return CELL.sub(
        lambda cell: '<{} align="{s}" style="text-align: {s}"'.format(cell[1], s=next(side)), row
    )
