"""Where the history comes from, and how it becomes an ordinary log."""

import os
import warnings
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from tqdm import tqdm

from esdemo.domains.git.recording import Recording
from esdemo.domains.git.repository import Repository
from esdemo.domains.git.tree import CommitEvents
from esdemo.errors import EsdemoError
from esdemo.stores import EventStore

OWN_CLONE: Final = Path(__file__).parents[3]
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = 253_402_300_799  # the last second of the year 9999; git knows later ones


class ShallowHistory(UserWarning):
    """Git has cut the history off: the first commit seems to add all that was there before."""


def history(
    repository: str | os.PathLike[str] | None = None, commit: str = "HEAD"
) -> Repository | Recording:
    """The history of a repository up to a commit; by default, this project's own.

    The default ends at a fixed commit, so that it is the same for everybody: it is asked of git in
    a clone of the project, and read from a recording where there is none (a ZIP, a shallow clone).
    """
    if repository is None:
        return _own_history()
    found = Repository(repository, commit)
    if found.shallow:
        warnings.warn(
            f"{found.path} is a shallow clone, its history begins in the middle: the first commit "
            "seems to add every file (`git fetch --unshallow` brings the rest)",
            ShallowHistory,
            stacklevel=2,
        )
    return found


def _own_history() -> Repository | Recording:
    recording = Recording.shipped("esdemo")
    try:
        clone = Repository(OWN_CLONE, recording.commit)
    except EsdemoError:
        return recording
    return recording if clone.shallow else clone


def append_history(store: EventStore, stream: str, commits: Iterable[CommitEvents]) -> int:
    """Append the events of each commit, all or none of it, to a new stream. Returns how many.

    They are facts that no command led to. Each has its commit's id as correlation id, the committer
    as actor and the committer's time as effective time, which may go backwards: the order is the
    log's. Shows a progress bar when it takes longer than two seconds.
    """
    version = 0
    for events in tqdm(commits, desc="storing", unit=" commits", delay=2, leave=False):
        store.append(
            stream,
            events,
            expected_version=version,
            correlation_id=events[0].commit,
            actor=events[0].committer,
            effective_at=EPOCH + timedelta(seconds=min(events[0].time, LATEST)),
        )
        version += len(events)
    return version
