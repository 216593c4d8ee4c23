"""Plausible wrong answers to the exercises of chapter 11, and words of the help that they get."""

START = """
from esdemo.checks import check
from esdemo.domains import git
"""

WRONG = {
    "11.1": [
        (
            START
            + """
def changes(counts, event):
    return {**counts, event.path: counts.get(event.path, 0) + 1}

check("11.1", changes)
""",
            "a Committed has no path",
        ),
        (
            START
            + """
def changes(counts, event):
    if not isinstance(event, git.Committed):
        counts[event.path] = counts.get(event.path, 0) + 1
    return counts

check("11.1", changes)
""",
            "return a new dict",
        ),
        (
            START
            + """
def changes(counts, event):
    match event:
        case git.FileAdded(path) | git.FileModified(path):
            return {**counts, path: counts.get(path, 0) + 1}
        case git.FileDeleted(path):
            return {name: count for name, count in counts.items() if name != path}
        case _:
            return counts

check("11.1", changes)
""",
            "a deleted path has a history too",
        ),
        (
            START
            + """
def changes(counts, event):
    if isinstance(event, git.FileModified):
        return {**counts, event.path: counts.get(event.path, 0) + 1}

check("11.1", changes)
""",
            "evolve returned None",
        ),
        (
            START
            + """
def changes(counts, event):
    if isinstance(event, git.Committed):
        return counts
    return {**counts, event.path: 1}

check("11.1", changes)
""",
            "have 2 changes each",
        ),
    ],
    "11.2": [
        (
            START
            + """
def tree_at(events, commit):
    return git.rules.fold(events)

check("11.2", tree_at)
""",
            "that is the last tree",
        ),
        (
            START
            + """
def tree_at(events, commit):
    for state in git.rules.states(events):
        if state.commit == commit:
            return state

check("11.2", tree_at)
""",
            "the commit has only begun",
        ),
        (
            START
            + """
from itertools import takewhile

def tree_at(events, commit):
    before = takewhile(lambda event: getattr(event, "commit", "") != commit, events)
    return git.rules.fold(before)

check("11.2", tree_at)
""",
            "that is the tree before the commit",
        ),
        (
            START
            + """
def tree_at(events, commit):
    state = None
    for state_after in git.rules.states(events):
        if state and state.commit == commit and state_after.commit != commit:
            return state
        state = state_after

check("11.2", tree_at)
""",
            "not for the last commit",
        ),
    ],
    "11.3": [
        (
            START
            + """
def renames(events):
    gone = [event for event in events if isinstance(event, git.FileDeleted)]
    new = [event for event in events if isinstance(event, git.FileAdded)]
    return sorted((a.path, b.path) for a in gone for b in new if a.old_blob == b.blob)

check("11.3", renames)
""",
            "can be renamed to one path only",
        ),
        (
            START
            + """
def renames(events):
    gone = [event.path for event in events if isinstance(event, git.FileDeleted)]
    new = [event.path for event in events if isinstance(event, git.FileAdded)]
    return list(zip(gone, new, strict=False))

check("11.3", renames)
""",
            "another content added",
        ),
        (
            START
            + """
def renames(events):
    gone = {e.old_blob: e.path for e in events if isinstance(e, git.FileDeleted)}
    new = {e.blob: e.path for e in events if isinstance(e, git.FileAdded)}
    return sorted((gone[blob], new[blob]) for blob in gone.keys() & new.keys())

check("11.3", renames)
""",
            "two files with one content have moved",
        ),
        (
            START
            + """
def renames(events):
    gone = {(e.old_mode, e.old_blob): e.path for e in events if isinstance(e, git.FileDeleted)}
    new = {(e.mode, e.blob): e.path for e in events if isinstance(e, git.FileAdded)}
    return sorted((gone[entry], new[entry]) for entry in gone.keys() & new.keys())

check("11.3", renames)
""",
            "made a program",
        ),
    ],
}
