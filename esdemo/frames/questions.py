"""What is asked of a log as a table: every state at once, as of a moment, by day, between two."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
import pandas as pd

from esdemo.errors import NotFound


def running(
    log: pd.DataFrame, effects: Mapping[str, str], *, by: str = "stream", name: str = "total"
) -> pd.DataFrame:
    """Every state of every stream at once, where the state is a sum: a row for each event.

    log: a table of `log`, in its order. effects: from the name of an event to the column that it
    adds, `"amount"`, or takes away, `"-amount"`; other events change nothing. Adds two columns:
    `name`, the sum of its stream so far, and `name_change`, what the event added to it. No `evolve`
    is called, so it takes a few times as long as pandas needs for a cumulative sum. ValueError
    when the log has a column of that name.
    """
    if taken := {name, f"{name}_change"} & set(log.columns):
        raise ValueError(f"the log has a column {min(taken)!r} already: choose another name")
    change = changes(log, effects)
    total = change.astype("int64").groupby(log[by], sort=False).cumsum().astype("Int64")
    return log.assign(**{f"{name}_change": change, name: total})


def changes(log: pd.DataFrame, effects: Mapping[str, str]) -> pd.Series:
    """By how much each event changes a sum: see `running`. NotFound for a column that is not there.

    ValueError when an event that has an effect has no value in its column.
    """
    codes, names = pd.factorize(log["event"])
    change, lacks = np.zeros(len(log), "int64"), np.zeros(len(log), bool)
    for signed in dict.fromkeys(effects.values()):
        kinds = [effects.get(kind) == signed for kind in names]
        if not any(kinds):
            continue
        column = signed.removeprefix("-")
        if column not in log:
            raise NotFound(f"the log has no column {column!r}: it has {', '.join(log.columns)}")
        here = np.array(kinds, bool)[codes]
        values = log[column].array
        amounts = values.to_numpy("int64", na_value=0)
        change += np.where(here, -amounts if signed.startswith("-") else amounts, 0)
        lacks |= here & np.asarray(values.isna())
    if lacks.any():
        row = log.iloc[int(lacks.argmax())]
        raise ValueError(f"{row['event']} at position {row['position']} has nothing to add")
    return pd.Series(change, index=log.index, dtype="Int64")


def as_of(
    questions: pd.DataFrame, facts: pd.DataFrame, *, by: str | Sequence[str] | None = "stream"
) -> pd.DataFrame:
    """Beside each question what was known when it was asked: the last fact recorded by then.

    Both tables have a column `recorded_at`; `by` names columns that must agree. A fact of the same
    microsecond was known, as everywhere in esdemo, and of several the last in `facts` counts. What
    was recorded later is never seen. So do not join on `effective_at`: a fact that was typed in
    late would be known before anybody knew it, and a forecast would look better than it is. Rows
    stay in the order of the questions; where nothing was known yet, the columns of `facts` are
    missing.
    """
    on = "recorded_at"
    asked = questions.reset_index(drop=True)
    order = asked[on].argsort(kind="stable")
    joined = pd.merge_asof(
        asked.iloc[order],
        facts.sort_values(on, kind="stable"),
        on=on,
        by=by,
        suffixes=("", "_known"),
    )
    return joined.set_axis(order).sort_index().set_axis(questions.index)


def by_day(
    table: pd.DataFrame,
    column: str,
    *,
    by: str = "stream",
    on: str = "recorded_at",
    how: str = "last",
) -> pd.DataFrame:
    """A row for each day from the first to the last, also those on which nothing happened.

    A column for each value of `by`. how: "last" is the state at the end of the day (UTC), which an
    empty day has from the day before, and is missing before the first; "sum" adds up the changes
    of the day, and an empty day has 0.
    """
    if how not in ("last", "sum"):
        raise ValueError(f"a day has its 'last' state or the 'sum' of its changes, not {how!r}")
    days = table[on].dt.floor("D").rename("day")
    found = getattr(table.groupby([days, by])[column], how)().unstack()
    every = pd.date_range(days.min(), days.max(), freq="D", name="day") if len(table) else days[:0]
    found = found.reindex(every)
    return found.ffill() if how == "last" else found.fillna(0)


def between(
    table: pd.DataFrame, column: str, first: datetime, last: datetime, *, by: str = "stream"
) -> pd.DataFrame:
    """What a column of states was at two moments, inclusive, and the change; a row for each `by`.

    Before the first event of a stream it is 0.
    """
    if not first <= last:
        raise ValueError(f"{first} is after {last}: give the earlier moment first")
    known = {
        name: table[table["recorded_at"] <= moment].groupby(by)[column].last()
        for name, moment in (("first", first), ("last", last))
    }
    found = pd.DataFrame(known).fillna(0).astype(table[column].dtype)
    return found.assign(change=found["last"] - found["first"])
