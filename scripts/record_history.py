"""Record this project's own history up to a commit, for where there is no git to ask.

    python scripts/record_history.py COMMIT [REPOSITORY]

REPOSITORY is this clone when not given. Writes esdemo/domains/git/recordings/esdemo.bin, which also
says where the default history of chapter 11 ends. Afterwards:

    make notebooks NOTEBOOKS=notebooks/11-git-is-event-sourced.ipynb
"""

import sys
from pathlib import Path

from esdemo.domains import git
from esdemo.errors import EsdemoError

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "esdemo/domains/git/recordings/esdemo.bin"


def main(arguments: list[str]) -> int:
    """Record and prove; 0 when the file was written."""
    if len(arguments) not in (1, 2):
        print(__doc__)
        return 2
    try:
        repository = git.Repository(arguments[1] if arguments[1:] else ROOT, arguments[0])
        recording = git.Recording.of(repository)
    except EsdemoError as error:
        print(error)
        return 1
    if repository.shallow or (complaint := objection(recording)):
        print("a shallow clone has no whole history" if repository.shallow else complaint)
        return 1
    TARGET.write_bytes(recording.dumps())
    print(f"{TARGET.relative_to(ROOT)}: {TARGET.stat().st_size:,} bytes, {recording.commit}")
    return 0


def objection(recording: git.Recording) -> str | None:
    """Why chapter 11 could not be shown on this history; None when it can."""
    events = (event for commit in recording.commits() for event in commit)
    wrong = [
        state for state in git.trees(events) if state.entries != recording.ls_tree(state.commit)
    ]
    if wrong:
        return f"the fold is wrong at {wrong[0].commit}: that is a bug"
    in_one_line: list[bool] = []
    entries: git.Entries = {}
    for header, *changes in recording.commits(first_parent=False):
        for change in changes:
            entries.pop(change.path, None)
            if not isinstance(change, git.FileDeleted):
                entries[change.path] = change.mode, change.blob
        in_one_line.append(entries == recording.ls_tree(header.commit))
    if all(in_one_line) or not in_one_line[-1]:
        return (
            "the merge trap does not show: it needs a commit on the main line, after a branch has "
            "begun, that leaves alone what the branch has changed, and later the branch's merge"
        )
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
