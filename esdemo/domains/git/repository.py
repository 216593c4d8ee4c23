"""What git says about a repository, asked of the program or read from what it once said.

Only plumbing commands are used, which are made for this: NUL ends each field, so any path will do.
"""

import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from tqdm import tqdm

from esdemo.domains.git.folders import Entries
from esdemo.domains.git.tree import (
    CommitEvents,
    Committed,
    FileAdded,
    FileDeleted,
    FileModified,
    FileTypeChanged,
    GitEvent,
)
from esdemo.errors import EsdemoError

COMMITS_AT_A_TIME: Final = 1_000
COMMITTER: Final = "--format=%x09%cn"  # below the line "TIME commit ID PARENTS" of each
FULL_ID: Final = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
OTHER_REPOSITORY: Final = frozenset(
    {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_NAMESPACE"}
    | {"GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_SHALLOW_FILE"}
)
"""Variables that git sets for its hooks, and that would lead us away from the path given."""

SETTINGS: Final = {
    "LC_ALL": "C",  # messages in one language
    "GIT_OPTIONAL_LOCKS": "0",  # only read
    "GIT_NO_LAZY_FETCH": "1",  # no network for a partial clone
    "GIT_TERMINAL_PROMPT": "0",
}


class GitMissing(EsdemoError):
    """There is no git program here, or none may be run."""


class GitFailed(EsdemoError):
    """Git could not answer, for the reason that it gave."""


class NotARepository(GitFailed):
    """A path that is in no git repository, or in one that git does not trust."""


class NoCommits(GitFailed):
    """A repository in which nobody has committed yet."""


class UnknownCommit(GitFailed):
    """A name that is no commit of this repository."""


class Repository:
    """A git repository on this machine, bare or not, up to a commit.

    path: its folder, or any folder in it. commit: an id, branch, tag or other name. When `shallow`,
    git has cut the history off, and the first commit that it shows seems to add every file.
    Raises NotARepository, UnknownCommit, NoCommits or GitMissing.
    """

    def __init__(self, path: str | os.PathLike[str], commit: str = "HEAD") -> None:
        self.path = Path(path).expanduser()
        shallow = self._ask("rev-parse", "--is-shallow-repository", trouble=NotARepository)
        self.shallow = shallow.strip() == b"true"
        self.commit = self._resolve(commit)

    def __repr__(self) -> str:
        return f"Repository({self.path.name!r}, up to {self.commit:.7})"

    def commits(self, *, first_parent: bool = True) -> Iterator[CommitEvents]:
        """The events of each commit, oldest first: a Committed, then what it changed.

        Every commit is compared with its first parent. first_parent: follow only those, so that
        each commit continues the one before it; otherwise the commits of all branches come in one
        line, as most logs show them, and a fold over that is wrong.
        Shows a progress bar when it takes longer than two seconds.
        """
        lines = lines_of(self.rev_list(first_parent))
        portions = range(0, len(lines), COMMITS_AT_A_TIME)
        for start in tqdm(portions, desc="reading git, by the thousand", delay=2, leave=False):
            some = b"\n".join(lines[start : start + COMMITS_AT_A_TIME])
            yield from parse_commits(some, self.diff_tree(some))

    def ls_tree(self, commit: str) -> Entries:
        """The tree of a commit as git itself lists it: the judge of every fold."""
        return parse_tree(self.ls_tree_rows(commit))

    def ls_tree_rows(self, commit: str) -> list[bytes]:
        """That list as git prints it, a row for each file."""
        name = commit if FULL_ID.fullmatch(commit) else self._resolve(commit)
        question = ("ls-tree", "-r", "-z", "--full-tree", name)
        return self._ask(*question, trouble=UnknownCommit).split(b"\0")[:-1]

    def rev_list(self, first_parent: bool = True) -> bytes:
        """A line for each commit, oldest first: time, commit, parents; a tab, its committer."""
        order = "--first-parent" if first_parent else "--date-order"
        about = ("--reverse", "--parents", "--timestamp", "--encoding=UTF-8", COMMITTER)
        listed = lines_of(self._ask("rev-list", order, *about, self.commit))
        pairs = zip(listed[::2], listed[1::2], strict=True)
        return b"\n".join(head.replace(b" commit ", b" ") + name for head, name in pairs)

    def diff_tree(self, rev_list: bytes) -> bytes:
        """What each of these commits changed in its first parent, in git's raw form."""
        about = (line.partition(b"\t")[0].split() for line in lines_of(rev_list))
        pairs = b"\n".join(b" ".join(words[1:3]) for words in about)
        options = ("--root", "-r", "-z", "--raw", "--no-abbrev", "--no-renames")
        whole = ("--ignore-submodules=none",)  # or a .gitmodules could hide what was committed
        return self._ask("diff-tree", "--stdin", *options, *whole, stdin=pairs + b"\n")

    def _resolve(self, commit: str) -> str:
        question = ("rev-parse", "--verify", "--end-of-options", f"{commit}^{{commit}}")
        try:
            answer = self._ask(*question, trouble=UnknownCommit).decode().strip()
        except UnknownCommit:
            if self._ask("rev-list", "--all", "--max-count=1"):
                trouble = f"{commit!r} names no commit of {self.path}"
                raise UnknownCommit(f"{trouble}: try git.history(path, 'main')") from None
            raise NoCommits(f"{self.path} has no commits yet: make one, or name another") from None
        if not answer.isalnum():  # "^HEAD" means all commits but these
            raise UnknownCommit(f"{commit!r} is not the name of one commit")
        return answer

    def _ask(
        self, *question: str, stdin: bytes = b"", trouble: type[GitFailed] = GitFailed
    ) -> bytes:
        """Git's answer. No shell is involved, so nothing in a name can become a command."""
        environment = {k: v for k, v in os.environ.items() if k not in OTHER_REPOSITORY}
        command = ["git", "-C", str(self.path), "--no-pager", "--no-replace-objects", *question]
        try:
            answer = subprocess.run(
                command, input=stdin, capture_output=True, env=environment | SETTINGS
            )
        except OSError as error:  # not found, or no processes at all, as in a browser
            advice = "install it, or use a recording"
            raise GitMissing(f"git cannot be run here ({error}): {advice}") from error
        except ValueError as error:  # a NUL or a lone surrogate in a name
            raise trouble(f"{question[-1]!r} in {str(self.path)!r}: {error}") from error
        if answer.returncode:
            reason = answer.stderr.decode(errors="replace").strip() or "git gave no reason"
            raise trouble(f"{self.path}: {reason}")
        return answer.stdout


def parse_commits(rev_list: bytes, diff_tree: bytes) -> Iterator[CommitEvents]:
    """The events of each commit that `rev_list` names, from the rows that `diff_tree` has.

    diff_tree: `COMMIT NUL (:OLD_MODE MODE OLD_BLOB BLOB STATUS NUL PATH NUL)*` for each commit
    that changed something. A line of `rev_list` may do without the tab and the name.
    """
    changes: dict[str, list[GitEvent]] = {}
    rows: list[GitEvent] = []
    fields = iter(diff_tree.removesuffix(b"\0").split(b"\0"))
    for field in filter(None, fields):
        if field.startswith(b":"):
            rows.append(_change(field, next(fields, b"")))
        else:
            rows = changes.setdefault(field.decode(), [])
    for line in lines_of(rev_list):
        about, _, name = line.partition(b"\t")
        time, commit, *parents = about.decode().split()
        head = Committed(commit, tuple(parents), signed(int(time)), path_text(name))
        yield (head, *changes.get(commit, ()))


def lines_of(answer: bytes) -> list[bytes]:
    """The lines of git's answer, which a carriage return in somebody's name does not end."""
    return answer.removesuffix(b"\n").split(b"\n") if answer else []


def signed(time: int) -> int:
    """A time before 1970 as a negative number: git prints it as if it were far in the future."""
    return time - 2**64 if time >= 2**63 else time


def _change(row: bytes, path: bytes) -> GitEvent:
    old_mode, mode, old_blob, blob, status = row[1:].decode().split()
    name = path_text(path)
    match status:
        case "A":
            return FileAdded(name, mode, blob)
        case "M":
            return FileModified(name, old_mode, old_blob, mode, blob)
        case "T":
            return FileTypeChanged(name, old_mode, old_blob, mode, blob)
        case "D":
            return FileDeleted(name, old_mode, old_blob)
        case _:
            raise GitFailed(f"{name!r} has the unknown status {status!r} in {row!r}")


def parse_tree(rows: Iterable[bytes]) -> Entries:
    """The entries in rows of `git ls-tree`, each `MODE TYPE ID TAB PATH`."""
    entries: Entries = {}
    for row in rows:
        about, _, path = row.partition(b"\t")
        mode, _, blob = about.decode().split()
        entries[path_text(path)] = mode, blob
    return entries


def path_text(path: bytes) -> str:
    r"""A path as text, from which its bytes can be told: 0xFF becomes \xff, a backslash \\.

    >>> print(path_text(b"caf\xc3\xa9"), path_text(b"caf\xe9"), path_text(rb"caf\xe9"))
    café caf\xe9 caf\\xe9
    """
    return path.replace(b"\\", rb"\\").decode("utf-8", "backslashreplace")
