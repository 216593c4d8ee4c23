"""Git as an event log: real history, and `git ls-tree` as a judge that nobody here wrote."""

from esdemo.domains.git.folders import Entries, Folder, TreeEntry
from esdemo.domains.git.recording import Recording
from esdemo.domains.git.repository import (
    GitFailed,
    GitMissing,
    NoCommits,
    NotARepository,
    Repository,
    UnknownCommit,
)
from esdemo.domains.git.source import ShallowHistory, append_history, history
from esdemo.domains.git.tree import (
    CommitEvents,
    Committed,
    FileAdded,
    FileDeleted,
    FileModified,
    FileTypeChanged,
    GitEvent,
    HistoryDoesNotFit,
    Tree,
    evolve,
    rules,
    trees,
)

__all__ = [
    "CommitEvents",
    "Committed",
    "Entries",
    "FileAdded",
    "FileDeleted",
    "FileModified",
    "FileTypeChanged",
    "Folder",
    "GitEvent",
    "GitFailed",
    "GitMissing",
    "HistoryDoesNotFit",
    "NoCommits",
    "NotARepository",
    "Recording",
    "Repository",
    "ShallowHistory",
    "Tree",
    "TreeEntry",
    "UnknownCommit",
    "append_history",
    "evolve",
    "history",
    "rules",
    "trees",
]
