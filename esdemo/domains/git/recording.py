"""What git once said about a repository, in a small file: for where there is no git to ask."""

import zlib
from collections.abc import Iterator
from importlib.resources import files
from typing import Final, Self

import msgspec

from esdemo.domains.git.folders import Entries
from esdemo.domains.git.repository import (
    Repository,
    UnknownCommit,
    lines_of,
    parse_commits,
    parse_tree,
)
from esdemo.domains.git.tree import CommitEvents

SHIPPED: Final = files("esdemo.domains.git").joinpath("recordings")


class Recording(msgspec.Struct, frozen=True):
    """Git's own answers about every commit that leads to `commit`; asked as a Repository is.

    Nothing in it is computed by the fold, so its `ls_tree` is as good a judge as git itself.
    """

    commit: str
    first_parent: bytes  # rev-list, first parents only
    every: bytes  # rev-list, all branches in one line
    diff_tree: bytes  # of all of them
    rows: tuple[bytes, ...]  # each different row of any ls-tree, once
    trees: dict[str, tuple[int, ...]]  # commit -> the rows of its ls-tree, in git's order

    def __repr__(self) -> str:
        return f"Recording({len(self.trees)} commits up to {self.commit:.7})"

    @classmethod
    def of(cls, repository: Repository) -> Self:
        """Ask git everything, once. It takes a moment for each commit of all branches."""
        every = repository.rev_list(first_parent=False)
        rows: dict[bytes, int] = {}
        trees = {}
        for commit in [line.split()[1].decode() for line in lines_of(every)]:
            listed = repository.ls_tree_rows(commit)
            trees[commit] = tuple(rows.setdefault(row, len(rows)) for row in listed)
        answers = repository.rev_list(), every, repository.diff_tree(every)
        return cls(repository.commit, *answers, tuple(rows), trees)

    @classmethod
    def shipped(cls, name: str) -> Self:
        """The recording of that name that comes with esdemo: "esdemo" itself, or "awkward"."""
        return cls.loads(SHIPPED.joinpath(f"{name}.bin").read_bytes())

    @classmethod
    def loads(cls, data: bytes) -> Self:
        """A recording from its bytes."""
        return msgspec.msgpack.decode(zlib.decompress(data), type=cls)

    def dumps(self) -> bytes:
        """The recording as bytes."""
        return zlib.compress(msgspec.msgpack.encode(self), level=9)

    def commits(self, *, first_parent: bool = True) -> Iterator[CommitEvents]:
        """The events of each commit, oldest first; as `Repository.commits`."""
        return parse_commits(self.first_parent if first_parent else self.every, self.diff_tree)

    def ls_tree(self, commit: str) -> Entries:
        """The tree of a commit as git listed it; as `Repository.ls_tree`, by its full id."""
        if commit not in self.trees:
            raise UnknownCommit(f"{commit!r} is not in this recording, which ends at {self.commit}")
        return parse_tree(self.rows[row] for row in self.trees[commit])
