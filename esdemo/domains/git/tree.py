"""What git records, as events, and the fold that gives the tree of files at a commit.

Git keeps a snapshot for each commit; `git diff-tree` derives from two of them what changed. Every
row also says what was there before, so a history that is not in order cannot be folded in silence.
"""

from collections.abc import Iterable, Iterator
from typing import assert_never

import msgspec

from esdemo.commands import Command, Rejected
from esdemo.domains.git.folders import EMPTY, Entries, Folder, TreeEntry
from esdemo.errors import EsdemoError
from esdemo.events import Event
from esdemo.handlers import Decider


class HistoryDoesNotFit(EsdemoError):
    """An event that starts from another state than the fold is in: a fact is missing or moved."""


class Committed(Event):
    """A commit begins; its changes follow. One without changes is an empty commit."""

    commit: str
    parents: tuple[str, ...]  # none for a root, two or more for a merge
    time: int  # of the committer's clock, in seconds since 1970; may go backwards
    committer: str = ""  # the name as it was typed: git does not ask who it is


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
    size: int = 0  # in files
    root: Folder = EMPTY

    @property
    def entries(self) -> Entries:
        """Every file, as `git ls-tree` lists it. Made when asked for, so it is yours to change."""
        return {
            path + name: entry
            for path, folder in self.root.walk()
            for name, entry in folder.files.items()
        }

    def __repr__(self) -> str:
        return f"Tree({self.commit[:7]!r}, {self.size} files)"


def evolve(tree: Tree, event: GitEvent) -> Tree:
    """What each row of git's log changes. HistoryDoesNotFit when it starts from another state.

    Pure: the tree before stays as it is. The new one shares with it every folder that does not lead
    to the file, so a step costs what the few that do lead there hold, not the whole repository.
    """
    match event:
        case Committed():
            parent = event.parents[0] if event.parents else ""
            if parent != tree.commit:
                raise HistoryDoesNotFit(
                    f"commit {event.commit:.7} follows {parent[:7] or 'nothing'}, "
                    f"but the tree is at {tree.commit[:7] or 'nothing'}: is a commit missing?"
                )
            return Tree(event.commit, tree.size, tree.root)
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
    found = tree.root.get(path)
    if found != before:
        raise HistoryDoesNotFit(
            f"commit {tree.commit:.7} changes {path!r} from {_short(before)}, "
            f"but the tree has {_short(found)} there"
        )
    more = (after is not None) - (before is not None)
    return Tree(tree.commit, tree.size + more, tree.root.put(path, after))


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
        "no file is a folder too": lambda tree: all(
            folder.files.keys().isdisjoint(folder.folders) for _, folder in tree.root.walk()
        ),
        "every file is counted": lambda tree: tree.size == len(tree.entries),
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
