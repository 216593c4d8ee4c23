"""A new version of a view, built beside the live one, compared with it, and put in its place."""

from functools import partial
from typing import Any, Generic

from esdemo.errors import NotFound
from esdemo.projections.batches import Batch
from esdemo.projections.projection import KEY, R
from esdemo.projections.tables import Generation, Table, generations
from esdemo.projections.troubles import NotThisLog
from esdemo.projections.views import BATCH, View, check_log, show


class Beside(Generic[R]):
    """The rows that the code of `view` makes, in a table of their own, while readers see the old.

    It never goes further than the live rows, and it tells the world nothing. So both can be
    compared at one position, and at the switch they stand at one position: what comes after is
    told, once, by the new code. A rebuild that was interrupted goes on where it was.
    """

    def __init__(self, view: View[R]) -> None:
        self.view = view
        view.file.transaction(self._begin)

    def _begin(self) -> None:
        live, beside = self._both()
        if beside and beside.tag != self.view.tag:
            self._table(beside).drop()
            beside = None
        if beside is None:
            number = live.number + 1
            view = self.view
            Table.create(view.file, view.projection, number, view.tag, live=False)

    @property
    def position(self) -> int:
        """How far it has come."""
        return self._beside().position

    @property
    def goal(self) -> int:
        """How far it may go: as far as the live rows, or the log when they belong to another."""
        live, _ = self._both()
        return live.position if self._is_on_the_log(live) else self.view.store.position

    def catch_up(self, *, until: int | None = None, batch: int = BATCH) -> int:
        """Project up to the live rows' position, or another before it. Returns how many events."""
        check_log(self.view.store, self._beside())
        count = 0
        while done := self.view.file.transaction(partial(self._project, until, batch)):
            count += done.count
            if done.stopped:
                raise done.stopped
        return count

    def rows(self) -> dict[str, R]:
        """All its rows by key."""
        return self._table(self._beside()).all()

    def differences(self) -> dict[str, tuple[Any, Any]]:
        """The rows that the live view and this one do not have alike: (live, beside) by key.

        As dicts, because old code may have had other fields; None where a row is missing. Both are
        read in one transaction. ValueError unless both are at the same position: catch up first.
        """
        return self.view.file.transaction(self._differences)

    def switch(self) -> int:
        """Have readers see these rows from now on; the old ones are dropped. Returns the position.

        First it takes what the live rows have seen meanwhile. Nobody else can project while that
        is done, so no reader ever sees an older position than before. When the live rows belong to
        another log, it switches where it is: `catch_up` first, up to where the backup ended, so
        that what has been appended since is told.
        """
        return self.view.file.transaction(self._switch)

    def drop(self) -> None:
        """Give it up; the live rows stay."""
        self.view.file.transaction(lambda: self._table(self._beside()).drop())

    def _both(self) -> tuple[Generation, Generation | None]:
        return self.view.live(), generations(self.view.file, self.view.projection.name)[1]

    def _beside(self) -> Generation:
        beside = self._both()[1]
        if beside is None or beside.tag != self.view.tag:
            raise NotFound(f"nothing of this version is built beside {self.view!r} any more")
        return beside

    def _table(self, generation: Generation) -> Table[R]:
        return Table(self.view.file, self.view.projection, generation.number)

    def _is_on_the_log(self, live: Generation) -> bool:
        try:
            check_log(self.view.store, live)
        except NotThisLog:
            return False
        return True

    def _project(self, until: int | None, size: int) -> Batch[R] | None:
        beside = self._beside()
        end = self.goal if until is None else min(until, self.goal)
        if beside.position >= end:
            return None
        view, stop = self.view, min(end, beside.position + size)
        batch = Batch(view.projection, self._table(beside), view.poison, tell=False)
        batch.take(view.store.recorded(after=beside.position, until=stop))
        batch.save()
        return batch

    def _differences(self) -> dict[str, tuple[Any, Any]]:
        live, beside = self._both()[0], self._beside()
        if live.position != beside.position:
            raise ValueError(
                f"the live rows are at {live.position}, these at {beside.position}: catch up first"
            )
        old, new = (self._as_dicts(each) for each in (live, beside))
        pairs = ((key, (old.get(key), new.get(key))) for key in sorted(old.keys() | new.keys()))
        return {key: pair for key, pair in pairs if pair[0] != pair[1]}

    def _as_dicts(self, generation: Generation) -> dict[str, dict[str, Any]]:
        file, table = self.view.file, f'"{self.view.projection.name}__{generation.number}"'
        names = [name for _, name, *_ in file.rows(f"PRAGMA table_info({table})")]
        found = [dict(zip(names, row, strict=True)) for row in file.rows(f"SELECT * FROM {table}")]
        return {row.pop(KEY): row for row in found}

    def _switch(self) -> int:
        live = self._both()[0]
        if self._is_on_the_log(live):
            while done := self._project(live.position, BATCH):
                if done.stopped:
                    raise done.stopped
        beside = self._beside()
        file, name = self.view.file, self.view.projection.name
        show(file, name, beside.number)
        self._table(live).drop()
        file.rows("UPDATE generations SET live = 1 WHERE name = ?", (name,))
        return beside.position
