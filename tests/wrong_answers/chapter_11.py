"""Answers to the exercises of chapter 11: the wrong with words of their help, and the right."""

START = """
from collections import Counter
from functools import reduce
from itertools import groupby, pairwise, takewhile

from esdemo.checks import check
from esdemo.domains import git

PATHS = git.FileAdded | git.FileModified | git.FileTypeChanged | git.FileDeleted

"""


def changes(*body: str) -> str:
    """An answer to 11.1 with this body."""
    return START + "\n    ".join(["def changes(counts, event):", *body, ""]) + _call("1", "changes")


def tree_at(*body: str) -> str:
    """An answer to 11.2 with this body."""
    return (
        START + "\n    ".join(["def tree_at(events, commit):", *body, ""]) + _call("2", "tree_at")
    )


def renames(*body: str) -> str:
    """An answer to 11.3 with this body, in which the deleted and the added events have names."""
    first = [
        "gone = sorted((e.path, e.old_blob) for e in events if isinstance(e, git.FileDeleted))",
        "new = sorted((e.path, e.blob) for e in events if isinstance(e, git.FileAdded))",
    ]
    text = "\n    ".join(["def renames(events):", *first, *body, ""])
    return START + text + _call("3", "renames")


def _call(number: str, function: str) -> str:
    return f'\n\ncheck("11.{number}", {function})\n'


GREEDY = (
    "pairs = []",
    "for path, blob in new:",
    "    for old, old_blob in gone:",
    "        if old_blob == blob:",
    "            gone.remove((old, old_blob))",
    "            pairs.append((old, path))",
    "            break",
)
IN_ORDER = (
    "gone = [(e.path, e.old_blob) for e in events if isinstance(e, git.FileDeleted)]",
    "new = [(e.path, e.blob) for e in events if isinstance(e, git.FileAdded)]",
)

WRONG = {
    "11.1": [
        (
            changes("return {**counts, event.path: counts.get(event.path, 0) + 1}"),
            "a Committed has no path",
        ),
        (
            changes(
                "if not isinstance(event, git.Committed):",
                "    counts[event.path] = counts.get(event.path, 0) + 1",
                "return counts",
            ),
            "return a new dictionary",
        ),
        (
            changes(
                "match event:",
                "    case git.FileDeleted(path):",
                "        return {name: n for name, n in counts.items() if name != path}",
                "    case git.Committed():",
                "        return counts",
                "return {**counts, event.path: counts.get(event.path, 0) + 1}",
            ),
            "a deleted path has a history too",
        ),
        (
            changes(
                "if isinstance(event, PATHS):",
                "    return {**counts, event.path: counts.get(event.path, 0) + 1}",
            ),
            "it returned None for a Committed",
        ),
        (
            changes("return counts"),
            "a FileAdded of 'docs/notes' was not counted",
        ),
        (
            changes(
                "if isinstance(event, git.Committed):",
                "    return counts",
                "return {**counts, event.path: 1}",
            ),
            "add one to the number that is there",
        ),
        (
            changes(
                "if isinstance(event, git.FileAdded | git.FileModified | git.FileDeleted):",
                "    return {**counts, event.path: counts.get(event.path, 0) + 1}",
                "return counts",
            ),
            "a FileTypeChanged of 'docs/notes' was not counted",
        ),
        (
            changes(
                "path = getattr(event, 'path', None)",
                "return {**counts, path: counts.get(path, 0) + 1}",
            ),
            "a Committed changes no path",
        ),
        (
            changes(
                "if isinstance(event, git.Committed):",
                "    return counts",
                "return {event.path: counts.get(event.path, 0) + 1}",
            ),
            "has lost the other paths",
        ),
        (
            changes(
                "if isinstance(event, git.Committed):",
                "    return counts",
                "key = type(event).__name__",
                "return {**counts, key: counts.get(key, 0) + 1}",
            ),
            "its keys are paths",
        ),
        (
            changes(
                "if isinstance(event, git.Committed):",
                "    return counts",
                "return sum(counts.values()) + 1",
            ),
            "return a dictionary",
        ),
        (
            changes(
                "if isinstance(event, git.Committed):",
                "    return counts",
                "return {**counts, event.path: counts.get(event.path, 1) + 1}",
            ),
            "adds one to the 0 of before",
        ),
        (
            changes(
                "if isinstance(event, git.Committed):",
                "    return counts",
                "name = event.path.split('/')[-1]",
                "return {**counts, name: counts.get(name, 0) + 1}",
            ),
            "its keys are paths",
        ),
        (
            changes(
                "if isinstance(event, git.Committed):",
                "    return counts",
                "before = 0 if isinstance(event, git.FileAdded) else counts[event.path]",
                "return {**counts, event.path: before + 1}",
            ),
            "adds one to the 2 of before",
        ),
        (
            changes(
                "if isinstance(event, git.Committed):",
                "    return counts",
                "return {**counts, event.path: counts[event.path] + 1}",
            ),
            "is a new path",
        ),
        (
            START
            + """
seen = Counter()


def changes(counts, event):
    if isinstance(event, PATHS):
        seen[event.path] += 1
    return dict(seen)
"""
            + _call("1", "changes"),
            "asked the same twice",
        ),
        (START + _call("1", "{}"), "a function is asked for"),
        (
            START
            + "def changes(counts, event):\n    return {**counts, event.name: 1}\n"
            + _call("1", "changes"),
            "a Committed has no path",
        ),
    ],
    "11.2": [
        (tree_at("return git.rules.fold(events)"), "that is the last tree"),
        (
            tree_at(
                "heads = [n for n, e in enumerate(events) if isinstance(e, git.Committed)]",
                "place = [events[n].commit for n in heads].index(commit)",
                "return git.rules.fold(events[: heads[place + 1]])",
            ),
            "IndexError for the last commit",
        ),
        (
            tree_at(
                "begun = [getattr(e, 'commit', '') for e in events].index(commit)",
                "return git.rules.fold(events[: begun + 2])",
            ),
            "any number of changes",
        ),
        (tree_at("return git.history().ls_tree(commit)"), "asks the repository"),
        (
            tree_at(
                "for tree in git.trees(events):",
                "    if tree.commit == commit:",
                "        return git.Tree(commit, 0, tree.root)",
            ),
            "the files are right, but not their number",
        ),
        (
            tree_at(
                "begun = [getattr(e, 'commit', '') for e in events].index(commit)",
                "return git.rules.fold(events[begun:])",
            ),
            "fold from the first event",
        ),
        (
            tree_at(
                "for state in git.rules.states(events):",
                "    if state.commit == commit:",
                "        return state",
            ),
            "the commit has only begun",
        ),
        (
            tree_at(
                "before = takewhile(lambda e: getattr(e, 'commit', '') != commit, events)",
                "return git.rules.fold(before)",
            ),
            "that is the tree before the commit",
        ),
        (
            tree_at(
                "state = None",
                "for after in git.rules.states(events):",
                "    if state and state.commit == commit and after.commit != commit:",
                "        return state",
                "    state = after",
            ),
            "not for the last commit",
        ),
        (
            tree_at(
                "for before, after in pairwise(git.trees(events)):",
                "    if before.commit == commit:",
                "        return after",
            ),
            "the tree of the commit after it",
        ),
        (
            tree_at(
                "seen = False",
                "tree = git.Tree()",
                "for event in events:",
                "    tree = git.evolve(tree, event)",
                "    if seen and isinstance(event, git.Committed):",
                "        return tree",
                "    seen = seen or getattr(event, 'commit', '') == commit",
                "return tree",
            ),
            "the next commit has begun there",
        ),
        (
            tree_at("return [tree for tree in git.trees(events) if tree.commit == commit]"),
            "return one Tree",
        ),
        (
            tree_at(
                "for tree in git.trees(events):",
                "    if tree.commit == commit:",
                "        return tree.entries",
            ),
            "those are the entries",
        ),
        (
            tree_at(
                "for tree in git.trees(events):",
                "    if tree.commit == commit[:7]:",
                "        return tree",
            ),
            "it returned None",
        ),
        (tree_at("return git.trees(events)"), "return one Tree"),
        (tree_at("return {t.commit: t for t in git.trees(events)}"), "the trees of all commits"),
        (tree_at("return list(git.trees(events))[3]"), "use the argument `commit`"),
        (
            tree_at("return next(t for t in git.trees(events) if t.commit != commit)"),
            "the tree is Tree(",
        ),
        (tree_at("return commit in [t.commit for t in git.trees(events)]"), "return one Tree"),
        (START + _call("2", "git.Tree()"), "a function is asked for"),
    ],
    "11.3": [
        (
            renames("return sorted((a, b) for a, old in gone for b, blob in new if old == blob)"),
            "can be renamed to one path only",
        ),
        (
            renames("return [(a, b) for (a, _), (b, _) in zip(gone, new, strict=False)]"),
            "another content added",
        ),
        (
            renames(
                "old = {blob: path for path, blob in gone}",
                "by_blob = {blob: path for path, blob in new}",
                "return sorted((old[b], by_blob[b]) for b in old.keys() & by_blob.keys())",
            ),
            "two files with one content have moved",
        ),
        (
            START
            + """
def renames(events):
    gone = {(e.old_mode, e.old_blob): e.path for e in events if isinstance(e, git.FileDeleted)}
    new = {(e.mode, e.blob): e.path for e in events if isinstance(e, git.FileAdded)}
    return sorted((gone[entry], new[entry]) for entry in gone.keys() & new.keys())
"""
            + _call("3", "renames"),
            "made a program",
        ),
        (renames(*IN_ORDER, *GREEDY, "return sorted(pairs)"), "the events are not in order"),
        (renames(*GREEDY, "return pairs"), "sort the pairs"),
        (
            renames(
                "pairs = []",
                "for old, blob in gone:",
                "    same = [path for path, its in new if its == blob]",
                "    if same:",
                "        new.remove((same[-1], blob))",
                "        pairs.append((old, same[-1]))",
                "return pairs",
            ),
            "take the first path where there is a choice",
        ),
        (renames("return []"), "expected [('a', 'b')]"),
        (
            renames(
                "pairs = [(old, path) for old, _ in gone for path, _ in new]",
                "names = [(a, b) for a, b in pairs if a.split('/')[-1] == b.split('/')[-1]]",
                "return sorted(names)",
            ),
            "compare the blobs and not the names",
        ),
        (
            renames(
                "both = [e for e in events if isinstance(e, git.FileDeleted | git.FileAdded)]",
                "pairs = pairwise(both)",
                "follows = [(a, b) for a, b in pairs if isinstance(a, git.FileDeleted)]",
                "follows = [(a, b) for a, b in follows if a.old_blob == getattr(b, 'blob', '')]",
                "return [(a.path, b.path) for a, b in follows]",
            ),
            "collect both first",
        ),
        (
            renames(
                "gone = [e for e in events if isinstance(e, git.FileDeleted)]",
                "new = [e for e in events if isinstance(e, git.FileAdded)]",
                "same = [(a, b) for a in gone for b in new if a.old_blob == b.blob]",
                "return [(a.path, b.path) for a, b in same if a.old_mode == b.mode]",
            ),
            "whatever the mode",
        ),
        (renames(*GREEDY, "return sorted(pairs, key=lambda pair: pair[1])"), "sort the pairs"),
        (renames(*GREEDY, "return set(pairs)"), "a set has no order"),
        (renames(*GREEDY, "return dict(pairs)"), "return a list of pairs"),
        (renames(*GREEDY, "return sorted(pairs) or None"), "it returned None"),
        (
            renames(*GREEDY, "return sorted((new, old) for old, new in pairs)"),
            "the old path comes first",
        ),
        (
            renames(
                "paths = dict((blob, path) for path, blob in gone)",
                "return sorted((paths[b], p) for p, b in new if b in paths)",
            ),
            "only",
        ),
        (
            START
            + """
def renames(events):
    old = {e.old_blob: e.path for e in events if hasattr(e, "old_blob")}
    return sorted((old.pop(e.blob), e.path) for e in by_path(events) if e.blob in old)


def by_path(events):
    found = [e for e in events if isinstance(e, git.FileAdded)]
    return sorted(found, key=lambda event: event.path)
"""
            + _call("3", "renames"),
            "two files with one content have moved",
        ),
        (
            START
            + """
def renames(events):
    gone = [e for e in events if hasattr(e, "old_blob")]
    pairs = []
    for new in sorted((e for e in events if isinstance(e, git.FileAdded)), key=lambda e: e.path):
        for old in sorted(gone, key=lambda event: event.path):
            if old.old_blob == new.blob:
                gone.remove(old)
                pairs.append((old.path, new.path))
                break
    return sorted(pairs)
"""
            + _call("3", "renames"),
            "it was not deleted",
        ),
        (
            START
            + """
def renames(events):
    gone = [e for e in events if isinstance(e, git.FileDeleted)]
    new = [e for e in events if isinstance(e, git.FileAdded)]
    return [(a, b) for a in gone for b in new if a.old_blob == b.blob]
"""
            + _call("3", "renames"),
            "the pairs are of paths",
        ),
    ],
}

RIGHT = {
    "11.1": [
        changes(
            "if not hasattr(event, 'path'):",
            "    return counts",
            "return {**counts, event.path: counts.get(event.path, 0) + 1}",
        ),
        changes(
            "match event:",
            "    case git.Committed():",
            "        return dict(counts)",
            "    case _:",
            "        new = dict(counts)",
            "        new[event.path] = new.get(event.path, 0) + 1",
            "        return new",
        ),
        changes(
            "new = Counter(counts)",
            "if isinstance(event, PATHS):",
            "    new[event.path] += 1",
            "return new",
        ),
    ],
    "11.2": [
        tree_at("return next(tree for tree in git.trees(events) if tree.commit == commit)"),
        tree_at("return {tree.commit: tree for tree in git.trees(events)}[commit]"),
        tree_at(
            "tree = git.Tree()",
            "for event in events:",
            "    if tree.commit == commit and isinstance(event, git.Committed):",
            "        return tree",
            "    tree = git.evolve(tree, event)",
            "return tree",
        ),
        tree_at(
            "heads = [n for n, e in enumerate(events) if isinstance(e, git.Committed)]",
            "place = [events[n].commit for n in heads].index(commit)",
            "end = [*heads, len(events)][place + 1]",
            "return git.rules.fold(events[:end])",
        ),
    ],
    "11.3": [
        renames(*GREEDY, "return sorted(pairs)"),
        renames(*GREEDY, "return tuple(sorted(map(list, pairs)))"),
        renames(
            "pairs = []",
            "for blob in {blob for _, blob in gone}:",
            "    old = [path for path, its in gone if its == blob]",
            "    added = [path for path, its in new if its == blob]",
            "    pairs += zip(old, added, strict=False)",
            "return sorted(pairs)",
        ),
    ],
}
