"""The exercises of chapter 11: changes counted, the tree of a commit, renames guessed."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, Final, NamedTuple

from esdemo.checks.predictions import shown
from esdemo.checks.verdicts import NOT_YET, Proved, untouched
from esdemo.domains.git import (
    CommitEvents,
    Committed,
    FileAdded,
    FileDeleted,
    FileModified,
    FileTypeChanged,
    GitEvent,
    HistoryDoesNotFit,
    Recording,
    Tree,
    UnknownCommit,
    trees,
)

FILE, PROGRAM, SYMLINK = "100644", "100755", "120000"
A, B, C = "a" * 40, "b" * 40, "c" * 40
BEGUN: Final = Committed("1" * 40, (), 0)

NOTES, README = "docs/notes", "docs/readme"
EDITED: Final[tuple[tuple[GitEvent, dict[str, int]], ...]] = (
    (BEGUN, {}),
    (FileAdded(NOTES, FILE, A), {NOTES: 1}),
    (FileAdded(README, FILE, A), {NOTES: 1, README: 1}),
    (Committed("2" * 40, ("1" * 40,), 0), {NOTES: 1, README: 1}),
    (FileModified(NOTES, FILE, A, FILE, B), {NOTES: 2, README: 1}),
    (FileDeleted(README, FILE, A), {NOTES: 2, README: 2}),
    (FileTypeChanged(NOTES, FILE, B, SYMLINK, C), {NOTES: 3, README: 2}),
    (FileAdded(README, FILE, B), {NOTES: 3, README: 3}),
)
"""Events, each with the counts after it."""


Changes = Callable[[dict[str, int], GitEvent], Any]


def exercise_1(changes: Changes) -> str | None:
    """changes(counts, event): an evolve whose state says how many events each path has had."""
    if untouched(changes):
        return NOT_YET
    counts: Any = {}
    for event, expected in EDITED:
        before = dict(counts)
        if advice := _failed(changes, before, event):
            return advice
        following = changes(counts, event)
        if counts != before:
            return "the counts that it was given have changed: return a new dictionary"
        if changes(before, event) != following:
            return "asked the same twice, it gives two answers: all that it may use is `counts`"
        if advice := _counted(following, event, expected, before):
            return advice
        counts = following
    return Proved("every event with a path is counted, and no state was changed in place")


def _failed(changes: Changes, counts: dict[str, int], event: GitEvent) -> str | None:
    """Help for an answer that stumbles over this event; None when it gets through."""
    try:
        changes(dict(counts), event)
    except AttributeError:
        if isinstance(event, Committed):
            return "a Committed has no path: for that event return the counts as they are"
        raise
    except KeyError as error:
        if error.args != (getattr(event, "path", None),):
            raise
        return f"{error} is a new path: until now it has had no event, so start from 0"
    return None


def _counted(answer: Any, event: GitEvent, expected: dict[str, int], before: Any) -> str | None:
    """Help for the counts after one event."""
    kind = type(event).__name__
    if answer is None:
        return f"it returned None for a {kind}: return the counts for every event"
    if not isinstance(answer, Mapping):
        return f"return a dictionary from path to a number, not {_short(answer)}"
    if isinstance(event, Committed):
        if answer == before:
            return None
        return f"a Committed changes no path: return the counts as they are, not {_short(answer)}"
    if isinstance(event, FileDeleted) and event.path not in answer:
        return "a deleted path has a history too: count its events, and keep it"
    if answer == expected:
        return None
    if not answer.keys() <= expected.keys():
        return f"its keys are paths, such as {event.path!r}, and not as in {_short(answer)}"
    if answer == before:
        return (
            f"a {kind} of {event.path!r} was not counted: for every event with a path, add one to "
            "the number that is there"
        )
    if answer.keys() < expected.keys():
        return f"a {kind} of {event.path!r} has lost the other paths: {_short(answer)}"
    return (
        f"a {kind} of {event.path!r} adds one to the {before.get(event.path, 0)} of before: "
        f"{expected}, not {_short(answer)}"
    )


def exercise_2(tree_at: Callable[[Iterable[GitEvent], str], Any]) -> str | None:
    """tree_at(events, commit): from all events and a commit's id, the tree at its end."""
    if untouched(tree_at):
        return NOT_YET
    events, expected = _awkward()
    asked = expected[3]
    try:
        answer = tree_at(list(events), asked.commit)
    except UnknownCommit:
        return "that asks the repository: all that it may use are the events that it is given"
    except HistoryDoesNotFit as error:
        return (
            f"{error} Each commit changes the tree of the one before it: fold from the first event"
        )
    if advice := _tree(answer, expected, asked):
        return advice
    try:
        last = tree_at(list(events), expected[-1].commit)
    except (LookupError, StopIteration) as error:
        kind = type(error).__name__
        return f"right in the middle, but {kind} for the last commit, which no other follows"
    if last == asked:
        return "it gives the same tree for every commit: use the argument `commit`"
    if last != expected[-1]:
        return "right in the middle, but not for the last commit, which no other follows"
    for other in (expected[0], expected[2]):  # 2 changed nothing
        if (answer := tree_at(list(events), other.commit)) != other:
            return (
                f"right for {asked.commit:.7}, but at the end of {other.commit:.7} the tree is "
                f"{other}, and not {_short(answer)}: a commit has any number of changes, also none"
            )
    return Proved("a commit is complete when the next one begins, or the events are over")


@cache
def _awkward() -> tuple[tuple[GitEvent, ...], tuple[Tree, ...]]:
    """A history, and its tree at each commit."""
    commits = Recording.shipped("awkward").commits()
    events = tuple(event for commit in commits for event in commit)
    return events, tuple(trees(events))


def _tree(answer: Any, expected: tuple[Tree, ...], asked: Tree) -> str | None:
    """Help for the tree of the commit that was asked for."""
    if answer is None:
        return "it returned None: git.trees(events) gives the tree of every commit, one by one"
    if isinstance(answer, dict) and asked.commit in answer:
        return "those are the trees of all commits: return the one of `commit`"
    if isinstance(answer, dict):
        return "those are the entries: return the Tree that has them"
    if isinstance(answer, bool) or not isinstance(answer, Tree):
        return f"return one Tree, that of the commit which was asked for, not {_short(answer)}"
    if answer == asked:
        return None
    if answer == expected[-1]:
        return "that is the last tree: stop when the commit that was asked for is complete"
    if answer == expected[2]:
        return "that is the tree before the commit: its own changes come after its Committed"
    if answer.commit == asked.commit and answer.entries == asked.entries:
        return f"the files are right, but not their number: {answer}, and not {asked}"
    if answer.commit == asked.commit:
        return "the commit has only begun: its changes come after its Committed, fold them too"
    if answer == expected[4]:
        return "that is the tree of the commit after it: you went one too far"
    if answer.commit == expected[4].commit:
        return "the next commit has begun there: stop before its Committed"
    return f"for commit {asked.commit:.7} the tree is {asked}, not {_short(answer)}"


class Story(NamedTuple):
    """What happened in a commit, its deleted and added paths, and the renames in it."""

    told: str
    gone: dict[str, str]  # path -> blob
    new: dict[str, tuple[str, str]]  # path -> mode, blob
    expected: list[tuple[str, str]]
    others: tuple[GitEvent, ...] = ()

    def events(self) -> CommitEvents:
        """The commit."""
        changes: list[GitEvent] = [*self.others]
        changes += [FileAdded(path, mode, blob) for path, (mode, blob) in self.new.items()]
        changes += [FileDeleted(path, FILE, blob) for path, blob in self.gone.items()]
        return (BEGUN, *changes)


STORIES: Final = (
    Story("one file has moved", {"a": A}, {"b": (FILE, A)}, [("a", "b")]),
    Story("a copy, and nothing was deleted", {}, {"b": (FILE, A)}, []),
    Story("one is deleted, and another content added", {"a": A}, {"b": (FILE, B)}, []),
    Story("nothing was changed", {}, {}, []),
    Story("moved and made a program", {"a": A}, {"b": (PROGRAM, A)}, [("a", "b")]),
    Story(
        "two files with one content have moved",
        {"a": A, "c": A},
        {"b": (FILE, A), "d": (FILE, A)},
        [("a", "b"), ("c", "d")],
    ),
    Story("moved, and copied", {"a": A}, {"b": (FILE, A), "c": (FILE, A)}, [("a", "b")]),
    Story("one of two was kept", {"a": A, "b": A}, {"c": (FILE, A)}, [("a", "c")]),
    Story(
        "two files with one content have moved, and the events are not in order",
        {"c": A, "a": A},
        {"b": (FILE, A), "d": (FILE, A)},
        [("a", "b"), ("c", "d")],
    ),
    Story(
        "two files have moved crosswise",
        {"b": B, "a": A},
        {"x": (FILE, B), "y": (FILE, A)},
        [("a", "y"), ("b", "x")],
    ),
    Story(
        "a file has changed, and its old content is in a new one",
        {},
        {"b": (FILE, A)},
        [],
        (FileModified("a", FILE, A, FILE, B),),
    ),
    Story(
        "a file has taken the content of one that is deleted",
        {"b": A},
        {},
        [],
        (FileModified("a", FILE, B, FILE, A),),
    ),
)


def exercise_3(renames: Callable[[CommitEvents], Any]) -> str | None:
    """renames(events): from a commit's events its renames, sorted pairs of old and new path."""
    if untouched(renames):
        return NOT_YET
    for story in STORIES:
        if advice := _renamed(renames(story.events()), story):
            return advice
    return Proved(f"as git guesses from equal blobs, in {len(STORIES)} commits, copies among them")


def _renamed(answer: Any, story: Story) -> str | None:
    """Help for the renames of one story."""
    if answer is None:
        return f"{story.told}: it returned None; return a list, empty when there are none"
    if isinstance(answer, set | frozenset):
        return "a set has no order: return a sorted list"
    if not isinstance(answer, list | tuple):
        return f"return a list of pairs (old path, new path), not {_short(answer)}"
    if not all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in answer):
        return f"return a list of pairs (old path, new path), not {_short(answer)}"
    if not all(isinstance(path, str) for pair in answer for path in pair):
        return f"the pairs are of paths, which are event.path, not {_short(answer)}"
    pairs = [tuple(pair) for pair in answer]
    if pairs == story.expected:
        return None
    if [(new, old) for old, new in pairs] == story.expected:
        return f"{story.told}: the old path comes first, {story.expected}, not {pairs}"
    if sorted(pairs) == sorted(story.expected):
        return f"{story.told}: sort the pairs, {story.expected}, not {pairs}"
    if len({old for old, _ in pairs}) < len(pairs):
        return f"{story.told}: a deleted file can be renamed to one path only, not to {pairs}"
    if len({new for _, new in pairs}) < len(pairs):
        return f"{story.told}: an added file can come from one path only, not {pairs}"
    if story.others:
        return f"{story.told}: it was not deleted, so nothing was renamed, not {pairs}"
    if not story.expected:
        return f"{story.told}: nothing was renamed, not {pairs}"
    if len(pairs) == len(story.expected):
        return f"{story.told}: take the first path where there is a choice, {story.expected}"
    if not pairs and any(mode != FILE for mode, _ in story.new.values()):
        return f"{story.told}: the blobs are equal, so {story.expected}, whatever the mode"
    if not pairs:
        return (
            f"{story.told}: expected {story.expected}, and you found none: compare the blobs and "
            "not the names. An added path may come before the deleted one, so collect both first"
        )
    return f"{story.told}: expected {story.expected}, not {pairs}"


def _short(answer: Any) -> str:
    text = shown(answer)
    return text if len(text) <= 80 else f"{text[:77]}..."
