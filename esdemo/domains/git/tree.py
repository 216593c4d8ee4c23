"""What git records, as events, and the fold that gives a tree: path -> (mode, blob id).

Git keeps a snapshot for each commit; `git diff-tree` derives from two of them what changed. Every
row also says what was there before, so a history that is not in order cannot be folded in silence.
"""

from collections.abc import Iterable, Iterator
from typing import assert_never

import msgspec

from esdemo.commands import Command, Rejected
from esdemo.errors import EsdemoError
from esdemo.events import Event
from esdemo.handlers import Decider

TreeEntry = tuple[str, str]
"""A mode (100644 file, 100755 program, 120000 symlink, 160000 submodule) and an object's id."""

Entries = dict[str, TreeEntry]
"""A tree as git lists it: path -> entry, folders only as part of the paths."""


class HistoryDoesNotFit(EsdemoError):
    """An event that starts from another state than the fold is in: a fact is missing or moved."""


class Committed(Event):
    """A commit begins; its changes follow. One without changes is an empty commit."""

    commit: str
    parents: tuple[str, ...]  # none for a root, two or more for a merge
    time: int  # of the committer's clock, in seconds since 1970; may go backwards


class FileAdded(Event):
    """A path that was not there is there."""

    path: str
    mode: str
    blob: str


class FileModified(Event):
    """Another content, another mode, or both."""

    path: str
    old_mode: str
    old_blob: str
    mode: str
    blob: str


class FileTypeChanged(Event):
    """A file became a symlink or a submodule, or the reverse."""

    path: str
    old_mode: str
    old_blob: str
    mode: str
    blob: str


class FileDeleted(Event):
    """A path is not there any more. A rename is this and a FileAdded: git keeps no renames."""

    path: str
    old_mode: str
    old_blob: str


GitEvent = Committed | FileAdded | FileModified | FileTypeChanged | FileDeleted

CommitEvents = tuple[Committed, *tuple[GitEvent, ...]]
"""All events of one commit."""


class Tree(msgspec.Struct, frozen=True):
    """The files of a repository at a commit."""

    commit: str = ""
    entries: Entries = msgspec.field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Tree({self.commit[:7]!r}, {len(self.entries)} files)"


def evolve(tree: Tree, event: GitEvent) -> Tree:
    """What each row of git's log changes. HistoryDoesNotFit when it starts from another state.

    Pure, so the entries are copied for each change: a step costs as much as the tree is large.
    """
    match event:
        case Committed():
            parent = event.parents[0] if event.parents else ""
            if parent != tree.commit:
                raise HistoryDoesNotFit(
                    f"commit {event.commit:.7} follows {parent[:7] or 'nothing'}, "
                    f"but the tree is at {tree.commit[:7] or 'nothing'}: is a commit missing?"
                )
            return Tree(event.commit, tree.entries)
        case FileAdded():
            return _changed(tree, event.path, None, (event.mode, event.blob))
        case FileModified() | FileTypeChanged():
            before, after = (event.old_mode, event.old_blob), (event.mode, event.blob)
            return _changed(tree, event.path, before, after)
        case FileDeleted():
            return _changed(tree, event.path, (event.old_mode, event.old_blob), None)
        case _:
            assert_never(event)


def _changed(tree: Tree, path: str, before: TreeEntry | None, after: TreeEntry | None) -> Tree:
    found = tree.entries.get(path)
    if found != before:
        raise HistoryDoesNotFit(
            f"commit {tree.commit:.7} changes {path!r} from {_short(before)}, "
            f"but the tree has {_short(found)} there"
        )
    entries = {**tree.entries, path: after or ("", "")}
    if after is None:
        del entries[path]
    return Tree(tree.commit, entries)


def _short(entry: TreeEntry | None) -> str:
    return f"{entry[0]} {entry[1]:.7}" if entry else "nothing"


def decide(command: Command, tree: Tree) -> list[GitEvent]:
    """Git has decided long ago: its facts are appended, no command of ours leads to them."""
    raise Rejected("git decides what goes into a repository: commit there, then read it again")


rules = Decider(
    decide,
    evolve,
    Tree(),
    invariants={
        "no file is a folder too": lambda tree: tree.entries.keys().isdisjoint(
            path[:place]
            for path in tree.entries
            for place, letter in enumerate(path)
            if letter == "/"
        ),
    },
)


def trees(events: Iterable[GitEvent]) -> Iterator[Tree]:
    """The tree at the end of every commit: the fold, looked at whenever the next one begins."""
    state = rules.initial
    for event in events:
        if isinstance(event, Committed) and state.commit:
            yield state
        state = rules.evolve(state, event)
    if state.commit:
        yield state
