"""Git repositories made by real git from a description, the same on every machine.

`git fast-import` takes any history in one call: any parents, any clock, any bytes in a path, and
needs no work tree, so a Windows disk need not hold a file called `new<newline>line`.

Run as a program it records the awkward repository for the package, once.
"""

import os
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from esdemo.domains.git import Recording, Repository

FILE, PROGRAM, SYMLINK, SUBMODULE = "100644", "100755", "120000", "160000"
START = 1_767_603_600  # 5 January 2026, 9:00 UTC
HOUR = 3_600

Content = tuple[str, bytes] | None
"""A mode and the bytes (for a submodule, the id); None deletes."""


class Commit(NamedTuple):
    """What a commit changes in its first parent. Parents are numbers of earlier commits."""

    changes: Mapping[bytes, Content] = {}
    parents: tuple[int, ...] | None = None  # the commit before; () for a root
    time: int | None = None  # an hour after the start for each commit before
    committer: bytes = b"Ada"


def git(path: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """Real git, untouched by whoever's configuration is on this machine."""
    environment = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(path)}
    for who in ("AUTHOR", "COMMITTER"):
        environment |= {f"GIT_{who}_NAME": "Ada", f"GIT_{who}_EMAIL": "ada@example.org"}
        environment |= {f"GIT_{who}_DATE": f"{START} +0000"}
    outside = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    answer = subprocess.run(
        ["git", "-C", str(path), *arguments],
        input=stdin,
        capture_output=True,
        env=outside | environment,
    )
    assert answer.returncode == 0, answer.stderr.decode(errors="replace")
    return answer.stdout


def make(path: Path, commits: Iterable[Commit], *, bare: bool = True) -> Path:
    """A repository whose HEAD is the last of these commits."""
    path.mkdir(parents=True, exist_ok=True)
    git(path, "init", "--quiet", *(["--bare"] if bare else []))
    git(path, "symbolic-ref", "HEAD", "refs/heads/main")
    lines = [part for number, commit in enumerate(commits) for part in _lines(number, commit)]
    git(path, "fast-import", "--quiet", "--force", stdin=b"".join(lines))
    return path


def _lines(number: int, commit: Commit) -> Iterable[bytes]:
    before = (number - 1,) if number else ()
    first, *others = [*(before if commit.parents is None else commit.parents), None]
    time = START + HOUR * number if commit.time is None else commit.time
    yield b"reset refs/heads/main\n\n" if first is None else b""
    yield b"commit refs/heads/main\nmark :%d\n" % (number + 1)
    yield b"committer %s <a@example.org> %d +0000\ndata 0\n" % (commit.committer, time)
    if first is not None:
        yield b"from :%d\n" % (first + 1)
    yield from (b"merge :%d\n" % (other + 1) for other in others if other is not None)
    for path, content in commit.changes.items():
        quoted = b'"%s"' % b"".join(b"\\%03o" % byte for byte in path)
        match content:
            case None:
                yield b"D %s\n" % quoted
            case (mode, blob) if mode == SUBMODULE:
                yield b"M %s %s %s\n" % (mode.encode(), blob, quoted)
            case (mode, blob):
                yield b"M %s inline %s\ndata %d\n%s\n" % (mode.encode(), quoted, len(blob), blob)
    yield b"\n"


def text(*lines: str) -> Content:
    """A plain file."""
    return FILE, "".join(f"{line}\n" for line in lines).encode()


NFC, NFD = "caf\u00e9".encode(), "cafe\u0301".encode()
ODD_NAMES = (
    *(b"new\nline", b"tab\there", b'"quoted"', b"back\\slash", b"back\\\\slash", b"-dash", b" "),
    *(b"latin-\xe9", rb"latin-\xe9", b"\xed\xa0\x80", b":colon", b"a" * 40, NFC, NFD, b"\x01\x7f"),
)

BEN = b"Ben"
SUBMODULE_SETTINGS = ('[submodule "library"]', "path = library", "ignore = all")

AWKWARD: tuple[Commit, ...] = (
    Commit({b"README": text("one"), b"src/a.py": text("code"), b"run": text("echo")}),
    Commit({b"README": text("one", "two")}),
    Commit(),  # an empty commit
    Commit({b"run": (PROGRAM, b"echo\n")}),  # the mode only
    Commit({b"src/a.py": None, b"src/b.py": text("code")}),  # a rename
    Commit({b"src/c.py": text("code")}),  # a copy
    # 6, 7: a branch, while main goes on in 8; both touch README, 9 merges them
    Commit({b"README": text("draft", "two"), b"notes": text("branch")}),
    Commit({b"README": text("new", "two"), b"src/c.py": None}),
    Commit({b"README": text("one", "two", "three"), b"LICENSE": text("MIT")}, (5,)),
    Commit(
        {b"README": text("new", "two", "three"), b"notes": text("branch"), b"src/c.py": None},
        (8, 7),
    ),
    Commit({b"link": (SYMLINK, b"README")}),
    Commit({b"link": text("a file now"), b"run": (SYMLINK, b"src/b.py")}),  # the types change
    Commit({b"library": (SUBMODULE, b"1" * 40), b".gitmodules": text(*SUBMODULE_SETTINGS)}),
    Commit({b"library": (SUBMODULE, b"2" * 40)}),
    Commit({b"notes": None}),
    Commit({b"notes": text("branch")}),  # back again
    # 16 to 18: committed on a machine whose clock is a day behind, and two with the same time
    Commit({b"notes": text("yesterday")}, None, START - 8 * HOUR, BEN),
    Commit({b"notes": text("yesterday", "later")}, None, START - 7 * HOUR, BEN),
    Commit({b"notes": text("the same second")}, None, START - 7 * HOUR, BEN),
    Commit({name: (FILE, name) for name in ODD_NAMES}),
    Commit({NFD: text("not the other one"), b"-dash": None, b"latin-\xe9": text("changed")}),
    Commit({b"LICENSE": None, b"LICENSE/MIT": text("MIT"), b"LICENSE/prose": text("CC BY")}),
    Commit({b"LICENSE/MIT": None, b"LICENSE/prose": None, b"LICENSE": text("MIT")}),
    # 23, 24, 25: three heads; 26 merges them all: an octopus
    Commit({b"left": text("left")}),
    Commit({b"middle": text("middle")}, (22,)),
    Commit({b"right": text("right")}, (22,)),
    Commit({b"middle": text("middle"), b"right": text("right")}, (23, 24, 25)),
    Commit({b"elsewhere": text("another project")}, ()),  # a second root, merged by 28
    Commit({b"elsewhere": text("another project")}, (26, 27)),
    Commit({b"notes": text("the end")}),
)  # fmt: skip
"""Everything that has ever surprised a reader of git's log, in thirty commits."""


def _record() -> None:
    target = Path(__file__).parents[1] / "esdemo/domains/git/recordings/awkward.bin"
    with tempfile.TemporaryDirectory() as folder:
        recording = Recording.of(Repository(make(Path(folder), AWKWARD)))
    target.write_bytes(recording.dumps())
    print(f"{target.name}: {len(recording.trees)} commits, {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    _record()
