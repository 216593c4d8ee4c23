"""The exercises of chapter 11: changes counted, the tree of a commit, renames guessed."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from esdemo.domains.git import (
    CommitEvents,
    Committed,
    FileAdded,
    FileDeleted,
    FileModified,
    GitEvent,
    Recording,
    trees,
)

FILE: Final = "100644"
A, B = "a" * 40, "b" * 40

EDITED: Final[tuple[GitEvent, ...]] = (
    Committed("1" * 40, (), 0),
    FileAdded("notes", FILE, A),
    FileAdded("readme", FILE, A),
    Committed("2" * 40, ("1" * 40,), 0),
    FileModified("notes", FILE, A, FILE, B),
    FileDeleted("readme", FILE, A),
)


def exercise_1(evolve: Callable[[dict[str, int], GitEvent], Any]) -> str | None:
    """An evolve whose state says how many events each path has had."""
    counts: Any = {}
    for event in EDITED:
        before = dict(counts)
        if isinstance(event, Committed) and not _can(evolve, counts, event):
            return "a Committed has no path: for that event return the counts as they are"
        following = evolve(counts, event)
        if following is None:
            return f"evolve returned None for {event}: return the counts for every event"
        if counts != before:
            return "the counts that evolve was given have changed: return a new dict"
        counts = following
    if not counts:
        return "the counts are still empty: add one for event.path, for every event that has one"
    if "readme" not in counts:
        return "a deleted path has a history too: count its events, and keep it"
    if counts != {"notes": 2, "readme": 2}:
        return f"after {len(EDITED)} events notes and readme have 2 changes each, not {counts}"
    return None


def _can(evolve: Callable[[dict[str, int], GitEvent], Any], counts: Any, event: Committed) -> bool:
    try:
        evolve(dict(counts), event)
    except AttributeError:
        return False
    return True


def exercise_2(tree_at: Callable[[Iterable[GitEvent], str], Any]) -> str | None:
    """A function from all events and a commit's id to the tree at the end of that commit."""
    events = [event for commit in Recording.shipped("awkward").commits() for event in commit]
    expected = list(trees(events))
    began = expected[3].commit
    answer = tree_at(iter(events), began)
    if answer is None:
        return "return a Tree: git.trees(events) gives that of every commit, one after the other"
    if answer == expected[-1]:
        return "that is the last tree: stop when the commit that was asked for is complete"
    if answer == expected[2]:
        return "that is the tree before the commit: its own changes come after its Committed"
    if getattr(answer, "commit", None) == began and answer != expected[3]:
        return "the commit has only begun: its changes come after its Committed, fold them too"
    if answer != expected[3]:
        return f"for commit {began:.7} the tree is {expected[3]}, not {answer!r:.80}"
    if tree_at(iter(events), expected[-1].commit) != expected[-1]:
        return "right in the middle, but not for the last commit, which no other follows"
    return None


def exercise_3(renames: Callable[[CommitEvents], Any]) -> str | None:
    """A function from a commit's events to its renames: sorted pairs of old and new path."""
    for story, gone, new, expected in _STORIES:
        changes: list[GitEvent] = [FileDeleted(path, FILE, blob) for path, blob in gone.items()]
        changes += [FileAdded(path, mode, blob) for path, (mode, blob) in new.items()]
        answer = renames((Committed(A, (), 0), *changes))
        if answer is None:
            return "return a list of pairs (old path, new path), empty when there are none"
        try:
            pairs = [tuple(pair) for pair in answer]
        except TypeError:
            return f"return a list of pairs (old path, new path), not {answer!r}"
        if len({old for old, _ in pairs}) < len(pairs):
            return f"{story}: a deleted file can be renamed to one path only, not to {pairs}"
        if len({new for _, new in pairs}) < len(pairs):
            return f"{story}: an added file can come from one path only, not {pairs}"
        if pairs != expected:
            return f"{story}: {expected}, not {pairs}"
    return None


_STORIES: Final[tuple[tuple[str, dict[str, str], dict[str, Any], list[tuple[str, str]]], ...]] = (
    ("one file has moved", {"a": A}, {"b": (FILE, A)}, [("a", "b")]),
    ("a copy, and nothing was deleted", {}, {"b": (FILE, A)}, []),
    ("one is deleted, and another content added", {"a": A}, {"b": (FILE, B)}, []),
    ("moved and made a program", {"a": A}, {"b": ("100755", A)}, [("a", "b")]),
    (
        "two files with one content have moved",
        {"a": A, "c": A},
        {"b": (FILE, A), "d": (FILE, A)},
        [("a", "b"), ("c", "d")],
    ),
    ("moved, and copied", {"a": A}, {"b": (FILE, A), "c": (FILE, A)}, [("a", "b")]),
)
