"""What it costs to fold a git history when trees share their folders, beside a dict by path."""

from collections.abc import Iterator
from functools import reduce

from rows import Row
from sides import in_turn

from esdemo.domains.git import Committed, Entries, FileAdded, GitEvent, rules


def fold(rounds: int, number: int, *, faster: float) -> Row:
    """One commit that adds so many files, 50 in a folder."""
    history = list(adding(number))
    own, its = in_turn(rounds, lambda: rules.fold(history), lambda: reduce(copying, history, {}))
    if rules.fold(history).entries != reduce(copying, history, {}):
        raise AssertionError("the two folds lead to different files")
    work = f"fold a git history of {number:,} files"
    return Row(work, own, "a dict copied at each event", its, at_least=faster)


def adding(number: int) -> Iterator[GitEvent]:
    """The events of that commit."""
    yield Committed("c" * 40, (), 0)
    for n in range(number):
        path = f"part-{n // 1_000}/unit-{n // 50 % 20}/file-{n}"
        yield FileAdded(path, "100644", f"{n:040x}")


def copying(entries: Entries, event: GitEvent) -> Entries:
    """The shortest pure evolve for these events, whose cost grows with what is there already."""
    if isinstance(event, FileAdded):
        return {**entries, event.path: (event.mode, event.blob)}
    return entries
