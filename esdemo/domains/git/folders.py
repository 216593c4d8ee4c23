"""Files in folders, as git keeps them: values that share whatever did not change.

A change makes one folder anew, and those above it up to the root. All others are the same objects
in the tree before and in the tree after, as git's own tree objects are in two commits. So a change
costs what these few folders hold by name, however many files lie elsewhere. One folder of 20,000
files gains nothing: it is copied at every change, as git writes it again at every commit. Folders
may be nested a few hundred deep; beyond that Python raises RecursionError.

The road not taken is a persistent map of all paths, such as `rpds.HashTrieMap`. It would be quick
for that one folder too. But its order changes from process to process, and checkpoints, differences
and the explorer could not look into it: they read Structs and dicts.
"""

from collections.abc import Iterator
from typing import Final, TypeVar

import msgspec

TreeEntry = tuple[str, str]
"""A mode (100644 file, 100755 program, 120000 symlink, 160000 submodule) and an object's id."""

Entries = dict[str, TreeEntry]
"""A tree as `git ls-tree` lists it: path -> entry, folders only as part of the paths."""

Part = TypeVar("Part")


class Folder(msgspec.Struct, frozen=True):
    """What git calls a tree: the files and the folders that lie in one folder, by name."""

    files: dict[str, TreeEntry] = {}
    folders: dict[str, "Folder"] = {}

    def get(self, path: str) -> TreeEntry | None:
        """The entry at a path, or None when nothing is there."""
        name, slash, rest = path.partition("/")
        if not slash:
            return self.files.get(name)
        return self.folders.get(name, EMPTY).get(rest)

    def put(self, path: str, entry: TreeEntry | None) -> "Folder":
        """The folder with this entry at a path; None takes away what is there.

        A folder without files does not exist, for git: it goes with its last file.
        """
        name, slash, rest = path.partition("/")
        if not slash:
            return Folder(_put(self.files, name, entry), self.folders)
        below = self.folders.get(name, EMPTY).put(rest, entry)
        return Folder(self.files, _put(self.folders, name, None if below == EMPTY else below))

    def walk(self, above: str = "") -> Iterator[tuple[str, "Folder"]]:
        """This folder and all below it, each after its path, which ends in a slash."""
        yield above, self
        for name, folder in self.folders.items():
            yield from folder.walk(f"{above}{name}/")


EMPTY: Final = Folder()


def _put(parts: dict[str, Part], name: str, part: Part | None) -> dict[str, Part]:
    """A copy with another part of that name, or without one."""
    if part is None:
        return {other: parts[other] for other in parts if other != name}
    return {**parts, name: part}
