"""Folders that share what did not change: as good as a dict by path, without its copies."""

from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise

import pytest
from generated_repository import FILE, SYMLINK
from hypothesis import given
from hypothesis import strategies as st

from esdemo import Checkpoints, MemoryStore, timeline
from esdemo.domains.git import (
    Committed,
    FileAdded,
    FileDeleted,
    FileModified,
    Folder,
    GitEvent,
    Recording,
    Tree,
    append_history,
    rules,
    trees,
)

A, B, C = "a" * 40, "b" * 40, "c" * 40
BEGUN = Committed(C, (), 0)

PATHS = st.sampled_from(["a", "b", "a/b", "a/b/c", "a/c", "b/a", "", "/", "a/", "/a", "a//b"])
CHANGES = st.lists(st.tuples(PATHS, st.none() | st.tuples(st.just(FILE), st.sampled_from([A, B]))))


def files(number: int) -> Iterator[GitEvent]:
    """A commit for each file: 20 files lie in a folder, and 20 such folders in one above."""
    commit = ""
    for n in range(number):
        before, commit = commit, f"{n + 1:040x}"
        yield Committed(commit, (before,) if before else (), n)
        yield FileAdded(f"{n // 400}/{n // 20 % 20}/{n}", FILE, A)


def copied(before: Folder, after: Folder) -> int:
    """How many names stand in those dicts of a folder and all below it that are not shared."""
    if after is before:
        return 0
    pairs = (before.files, after.files), (before.folders, after.folders)
    here = sum(len(new) for old, new in pairs if new is not old)
    inside = (copied(before.folders.get(k, Folder()), part) for k, part in after.folders.items())
    return here + sum(inside)


def copied_by_fold(number: int) -> int:
    """How many names are copied by the fold of so many files, step by step."""
    return sum(
        copied(before.root, after.root) for before, after in pairwise(rules.states(files(number)))
    )


@given(CHANGES)
def test_a_folder_answers_as_a_dict_by_path_does(changes):
    folder, model = Folder(), {}
    for path, entry in changes:
        folder = folder.put(path, entry)
        model.pop(path, None)
        if entry:
            model[path] = entry
        assert folder.get(path) == entry
        assert Tree(C, len(model), folder).entries == model


@given(CHANGES)
def test_the_same_files_make_equal_folders_whatever_came_before(changes):
    folder, last = Folder(), dict(changes)
    for path, entry in changes:
        folder = folder.put(path, entry)
    straight = Folder()
    for path, entry in last.items():
        straight = straight.put(path, entry) if entry else straight
    assert folder == straight


def test_a_folder_goes_with_its_last_file():
    kept, gone = FileAdded("a/kept", FILE, A), FileAdded("a/b/c/gone", FILE, A)
    tree = rules.fold([BEGUN, kept, gone, FileDeleted("a/b/c/gone", FILE, A)])
    assert tree == rules.fold([BEGUN, kept])
    assert tree.root == Folder(folders={"a": Folder({"kept": (FILE, A)})})


def test_a_change_shares_every_folder_that_is_not_on_its_way():
    before = rules.fold(FileAdded(path, FILE, A) for path in ("a/b/1", "a/c/2", "d/3", "4"))
    after = rules.evolve(before, FileModified("a/b/1", FILE, A, FILE, B))
    old, new = before.root, after.root
    assert new.folders["d"] is old.folders["d"]
    assert new.folders["a"].folders["c"] is old.folders["a"].folders["c"]
    assert new.files is old.files
    assert old.get("a/b/1") == (FILE, A)
    assert new.get("a/b/1") == (FILE, B)


def test_a_commit_copies_nothing():
    before = rules.fold(files(3))
    assert rules.evolve(before, Committed(C, (before.commit,), 0)).root is before.root


def test_four_times_the_files_cost_about_four_times_the_copies():
    """A tree that is copied whole at each event would cost sixteen times as much."""
    assert 3 < copied_by_fold(3_200) / copied_by_fold(800) < 5


@pytest.mark.parametrize(
    ("tree", "violated"),
    [
        (Tree(C, 1, Folder({"a": (FILE, A)})), []),
        (Tree(C, 2, Folder({"a": (FILE, A)})), ["every file is counted"]),
        (
            Tree(
                C, 2, Folder({}, {"b": Folder({"a": (FILE, A)}, {"a": Folder({"c": (FILE, A)})})})
            ),
            ["no file is a folder too"],
        ),
    ],
)
def test_a_tree_that_cannot_be_is_told(tree, violated):
    assert rules.violated(tree) == violated


def test_a_file_and_a_folder_change_places_within_a_commit():
    """Git lists the new file before what lay in the folder: for a moment both are there."""
    history = [
        BEGUN,
        FileAdded("a/b", FILE, A),
        Committed(B, (C,), 0),
        FileAdded("a", SYMLINK, B),
        FileDeleted("a/b", FILE, A),
    ]
    assert [tree.entries for tree in trees(history)] == [{"a/b": (FILE, A)}, {"a": (SYMLINK, B)}]


def test_checkpoints_and_differences_look_into_a_tree():
    store = MemoryStore(GitEvent)
    append_history(store, "awkward", Recording.shipped("awkward").commits())
    events = list(store.events("awkward"))
    with closing(Checkpoints(rules, every=5)) as checkpoints:
        checkpoints.state(store, "awkward", len(events))
        for version, (before, after) in enumerate(pairwise(rules.states(events)), 1):
            assert checkpoints.state(store, "awkward", version) == after
            assert timeline.apply(before, timeline.diff(before, after)) == after
        assert len(checkpoints) == len(events) // 5
