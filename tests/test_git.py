"""Git's history folded into trees, judged by `git ls-tree`."""

import gzip
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
import record_history
from generated_repository import (
    AWKWARD,
    FILE,
    NFC,
    NFD,
    ODD_NAMES,
    PROGRAM,
    START,
    SUBMODULE,
    SYMLINK,
    Commit,
    git,
    make,
    text,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from esdemo import Application, Conflict, MemoryStore, SQLiteStore
from esdemo.clocks import ManualClock
from esdemo.commands import Command
from esdemo.domains.git import (
    Committed,
    FileAdded,
    FileDeleted,
    FileModified,
    FileTypeChanged,
    Folder,
    GitEvent,
    GitFailed,
    GitMissing,
    HistoryDoesNotFit,
    NoCommits,
    NotARepository,
    Recording,
    Repository,
    ShallowHistory,
    Tree,
    UnknownCommit,
    append_history,
    history,
    rules,
    trees,
)
from esdemo.domains.git.repository import parse_commits, parse_tree, path_text

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT.parent / "shared" / "git-histories"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
A, B, C = "a" * 40, "b" * 40, "c" * 40


@pytest.fixture(scope="module")
def awkward(tmp_path_factory) -> Repository:
    return Repository(make(tmp_path_factory.mktemp("awkward"), AWKWARD))


def facts(source: Repository | Recording, **line: bool) -> Iterator[GitEvent]:
    """The events of all commits, without the brackets around each."""
    return (event for commit in source.commits(**line) for event in commit)


def assert_git_agrees(source: Repository | Recording) -> int:
    """At every first-parent commit the fold is what git lists. How many commits that were."""
    folded = list(trees(facts(source)))
    for state in folded:
        assert state.entries == source.ls_tree(state.commit), state.commit
        assert rules.violated(state) == []
    assert folded[-1].commit == source.commit
    return len(folded)


def careless(source: Repository | Recording, **line: bool) -> list[bool]:
    """Whether git agrees after each commit with a fold that does not look at what was before."""
    entries, agrees = {}, []
    for header, *changes in source.commits(**line):
        for change in changes:
            entries.pop(change.path, None)
            if not isinstance(change, FileDeleted):
                entries[change.path] = change.mode, change.blob
        agrees.append(entries == source.ls_tree(header.commit))
    return agrees


# --- the judge agrees ---


def test_the_fold_is_gits_own_tree_at_every_commit_of_an_awkward_repository(awkward):
    count = git(awkward.path, "rev-list", "--first-parent", "--count", "HEAD")
    assert assert_git_agrees(awkward) == int(count) == 25


def test_the_awkward_repository_has_every_kind_of_event(awkward):
    kinds = {Committed, FileAdded, FileModified, FileTypeChanged, FileDeleted}
    assert {type(event) for event in facts(awkward)} == kinds
    modes = {event.mode for event in facts(awkward) if isinstance(event, FileAdded | FileModified)}
    assert modes == {FILE, PROGRAM, SYMLINK, SUBMODULE}


def test_an_empty_commit_is_one_event(awkward):
    assert [len(commit) for commit in awkward.commits()].count(1) == 1


def test_a_rename_is_a_deletion_and_an_addition_of_the_same_blob(awkward):
    _, *changes = list(awkward.commits())[4]
    assert [type(change) for change in changes] == [FileDeleted, FileAdded]
    assert changes[0].old_blob == changes[1].blob


def test_an_octopus_merge_has_more_than_two_parents_and_follows_the_first(awkward):
    headers = [header for header, *_ in awkward.commits()]
    assert sorted(len(header.parents) for header in headers)[-2:] == [2, 3]
    for before, header in pairwise(headers):
        assert header.parents[0] == before.commit


def test_a_submodule_that_asks_to_be_ignored_is_not(tmp_path):
    """Even plumbing obeys `ignore = all`, in a work tree that has the .gitmodules."""
    make(tmp_path, AWKWARD[:14], bare=False)
    git(tmp_path, "checkout", "HEAD", "--", ".gitmodules")
    assert git(tmp_path, "diff-tree", "-r", "--no-commit-id", "HEAD") == b""
    repository = Repository(tmp_path)
    moved = [event for event in facts(repository) if getattr(event, "mode", "") == SUBMODULE]
    assert [event.blob[0] for event in moved] == ["1", "2"]
    assert assert_git_agrees(repository) == 12


def test_odd_names_stay_apart_and_survive_the_store(awkward):
    names = [path_text(name) for name in ODD_NAMES]
    assert len(set(names)) == len(ODD_NAMES)
    store = MemoryStore(GitEvent)
    append_history(store, "repository", awkward.commits())
    added = {event.path for event in store.events("repository") if isinstance(event, FileAdded)}
    assert added.issuperset(names)
    assert path_text(NFC) != path_text(NFD)


@given(st.binary(), st.binary())
@settings(max_examples=300)
def test_two_paths_never_become_the_same_text(one, other):
    assert (path_text(one) == path_text(other)) == (one == other)
    path_text(one).encode()  # no lone surrogates


PATHS = (b"a", b"a/b", b"a/b/c", b"d", b"d/\xff", b"-x", NFC, NFD, b"new\nline", b'"\\')
CONTENTS = st.one_of(
    st.none(),
    st.tuples(st.sampled_from([FILE, PROGRAM, SYMLINK]), st.sampled_from([b"1", b"2"])),
    st.tuples(st.just(SUBMODULE), st.sampled_from([b"1" * 40, b"2" * 40])),
)


@st.composite
def histories(draw) -> list[Commit]:
    """Up to ten commits with any parents among those before, any changes and any clock."""
    commits = []
    for number in range(draw(st.integers(1, 10))):
        earlier = range(max(0, number - 4), number)
        parents = (
            draw(st.lists(st.sampled_from(earlier), max_size=3, unique=True)) if number else ()
        )
        changes = draw(st.dictionaries(st.sampled_from(PATHS), CONTENTS, max_size=4))
        commits.append(Commit(changes, tuple(parents), START + draw(st.integers(-9, 9))))
    return commits


@given(commits=histories())
@settings(max_examples=30)
def test_the_fold_is_gits_own_tree_for_any_history(tmp_path_factory, commits):
    assert_git_agrees(Repository(make(tmp_path_factory.mktemp("any"), commits)))


def test_a_repository_made_by_hand_agrees_too(tmp_path):
    """Everyday commands in a work tree, with a real merge of two changes to one file."""

    def commit(name: str, *lines: str) -> None:
        (tmp_path / name).write_text("".join(f"{line}\n" for line in lines), "utf-8")
        git(tmp_path, "add", "--all")
        git(tmp_path, "commit", "--quiet", "--message", name)

    git(tmp_path, "init", "--quiet")
    commit("README", *"abcdefgh")
    main = git(tmp_path, "symbolic-ref", "--short", "HEAD").decode().strip()
    git(tmp_path, "checkout", "--quiet", "-b", "branch")
    commit("README", "A", *"bcdefgh")
    git(tmp_path, "mv", "README", "README.md")
    git(tmp_path, "commit", "--quiet", "--message", "rename")
    git(tmp_path, "checkout", "--quiet", main)
    commit("README", *"abcdefg", "H")
    git(tmp_path, "merge", "--quiet", "--no-ff", "--no-edit", "branch")
    folder = tmp_path / "some" / "folder"
    folder.mkdir(parents=True)
    assert assert_git_agrees(Repository(folder)) == 3
    assert Repository(tmp_path, "branch").commit != Repository(tmp_path).commit


def test_many_commits_are_asked_for_in_portions(awkward, monkeypatch):
    whole = list(awkward.commits())
    monkeypatch.setattr("esdemo.domains.git.repository.COMMITS_AT_A_TIME", 7)
    assert list(awkward.commits()) == whole


@pytest.mark.parametrize("name", ["flask", "requests"])
def test_a_repository_of_the_world_agrees(name):
    if not SAMPLES.exists():
        pytest.skip("needs recorded histories in ../shared/git-histories")
    lines, before = [], ""
    for line in (
        gzip.decompress((SAMPLES / f"{name}.commits.txt.gz").read_bytes()).decode().split("\n")
    ):
        if line:
            commit, time = line.split()
            lines.append(f"{time} {commit} {before}\n")
            before = commit
    diff_tree = gzip.decompress((SAMPLES / f"{name}.diff-tree.z.gz").read_bytes())
    commits = parse_commits("".join(lines).encode(), diff_tree)
    folded = trees(event for commit in commits for event in commit)
    judged = judgements(gzip.decompress((SAMPLES / f"{name}.ls-tree.z.gz").read_bytes()))
    states = {state.commit: state.entries for state in folded}
    assert len(states) == len(lines) > 2_000
    assert len(judged) == 13
    for commit, entries in judged.items():
        assert states[commit] == entries


def judgements(answers: bytes) -> dict[str, dict[str, tuple[str, str]]]:
    """The trees in a file of `commit ID NUL`, each followed by what ls-tree said."""
    listed: dict[str, list[bytes]] = {}
    for row in answers.split(b"\0")[:-1]:
        if row.startswith(b"commit "):
            rows = listed.setdefault(row.split()[1].decode(), [])
        else:
            rows.append(row)
    return {commit: parse_tree(rows) for commit, rows in listed.items()}


# --- the traps ---


def test_all_branches_in_one_line_are_right_only_at_the_end(awkward):
    agrees = careless(awkward, first_parent=False)
    assert agrees[-1]
    assert not all(agrees)
    assert all(careless(awkward))  # first parents: carelessness is not what went wrong


def test_all_branches_in_one_line_do_not_fit_and_the_fold_says_so(awkward):
    with pytest.raises(HistoryDoesNotFit, match="is a commit missing"):
        rules.fold(facts(awkward, first_parent=False))


def test_a_merge_without_its_changes_loses_what_the_branch_did(awkward):
    """What `git diff-tree` says of a merge unless it is told which parent to compare with."""
    unmerged = (
        event
        for header, *changes in awkward.commits()
        for event in (header, *(changes if len(header.parents) < 2 else ()))
    )
    with pytest.raises(HistoryDoesNotFit, match=r"changes 'notes' .* nothing there"):
        rules.fold(unmerged)


def test_a_committer_clock_goes_backwards_and_the_log_keeps_its_order(awkward):
    store = MemoryStore(GitEvent, ManualClock(NOON))
    append_history(store, "repository", awkward.commits())
    log = list(store.recorded("repository"))
    effective = [row.effective_at for row in log]
    assert effective != sorted(effective)
    by_clock = sorted(log, key=lambda row: row.effective_at)
    with pytest.raises(HistoryDoesNotFit):
        rules.fold(row.event for row in by_clock)
    assert rules.fold(row.event for row in log).entries == awkward.ls_tree("HEAD")


def test_a_shallow_clone_is_reported_and_folds_from_the_root_it_fakes(awkward, tmp_path):
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--bare", "--depth=3", awkward.path.as_uri(), str(clone))
    with pytest.warns(ShallowHistory, match="begins in the middle"):
        shallow = history(clone)
    assert shallow.shallow
    assert not awkward.shallow
    assert assert_git_agrees(shallow) == 3
    first = next(shallow.commits())
    assert first[0].parents == ()
    assert len(first) > 20


# --- an ordinary log ---


class Push(Command):
    """Something that git is asked for, not we."""


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_the_log_is_a_plain_log_in_any_store(kind, awkward, tmp_path):
    clock = ManualClock(NOON)
    home = (
        MemoryStore(GitEvent | Push, clock)
        if kind == "memory"
        else SQLiteStore(tmp_path / "git.db", GitEvent | Push, clock, survives="crash")
    )
    with home as store:
        count = append_history(store, "repository", awkward.commits())
        assert store.position == count
        recorded = list(store.recorded("repository"))
        assert [row.event for row in recorded] == list(facts(awkward))
        assert {row.recorded_at for row in recorded} == {NOON}
        header = recorded[0]
        assert header.correlation_id == header.event.commit
        assert header.effective_at == datetime.fromtimestamp(START, UTC)
        app = Application(rules, store)
        assert app.state("repository").entries == awkward.ls_tree("HEAD")
        assert app.state("repository", version=4).entries == awkward.ls_tree(header.event.commit)
        assert app.handle("repository", Push()).reason.startswith("git decides")


def test_the_envelope_says_who_committed(awkward):
    store = MemoryStore(GitEvent)
    append_history(store, "repository", awkward.commits())
    heads = [fact for fact in store.recorded() if isinstance(fact.event, Committed)]
    assert [fact.actor for fact in heads] == [fact.event.committer for fact in heads]
    assert [fact.actor for fact in heads[13:18]] == ["Ada", "Ben", "Ben", "Ben", "Ada"]


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        *((b"", ""), (b"Zo\xc3\xab", "Zo\u00eb"), (b"Zo\xeb", r"Zo\xeb"), (b"a\tb", "a\tb")),
        *((b"a\rb", "a\rb"), (b"commit " + b"a" * 40, f"commit {A}"), (b"C:\\", r"C:\\")),
    ],
)
def test_a_committer_is_read_as_it_was_typed(typed, read, tmp_path):
    make(tmp_path, [Commit({b"a": text("1")}, committer=typed), Commit({b"a": text("2")})])
    repository = Repository(tmp_path)
    assert [header.committer for header, *_ in repository.commits()] == [read, "Ada"]
    assert assert_git_agrees(repository) == 2
    assert assert_git_agrees(Recording.of(repository)) == 2


def test_a_history_is_appended_once(awkward):
    store = MemoryStore(GitEvent)
    count = append_history(store, "repository", awkward.commits())
    with pytest.raises(Conflict):
        append_history(store, "repository", awkward.commits())
    assert store.position == count


def test_a_commit_later_than_the_year_9999_is_kept(tmp_path):
    far = 2**40
    store = MemoryStore(GitEvent)
    append_history(store, "far", Repository(make(tmp_path, [Commit(time=far)])).commits())
    (row,) = store.recorded()
    assert row.event.time == far
    assert row.effective_at == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def test_a_commit_before_1970_is_kept(tmp_path):
    old = b"commit refs/heads/main\ncommitter Ada <a@example.org> -5 +0000\ndata 0\n\n"
    repository = make(tmp_path, [])
    git(repository, "fast-import", "--quiet", "--date-format=raw-permissive", stdin=old)
    store = MemoryStore(GitEvent)
    append_history(store, "old", Repository(repository).commits())
    (row,) = store.recorded()
    assert (row.event.time, row.actor) == (-5, "Ada")
    assert row.effective_at == datetime(1969, 12, 31, 23, 59, 55, tzinfo=UTC)


def test_evolve_leaves_the_tree_before_as_it_was():
    before = rules.fold([Committed(C, (), 0), FileAdded("a", FILE, A)])
    entries = dict(before.entries)
    after = rules.evolve(before, FileDeleted("a", FILE, A))
    assert before.entries == entries
    assert after.entries == {}


WITHOUT_ITS_PAST = (
    FileAdded("a", FILE, B),
    FileModified("a", FILE, B, FILE, C),
    FileModified("a", PROGRAM, A, FILE, C),
    FileTypeChanged("b", FILE, A, SYMLINK, C),
    FileDeleted("a", FILE, B),
    FileDeleted("b", FILE, A),
    Committed(B, (A,), 0),
    Committed(B, (), 0),
)


@pytest.mark.parametrize("event", WITHOUT_ITS_PAST, ids=lambda event: type(event).__name__)
def test_an_event_that_starts_from_another_state_is_named(event):
    place = repr(event.path) if hasattr(event, "path") else "the tree is at ccccccc"
    with pytest.raises(HistoryDoesNotFit, match=place):
        rules.evolve(Tree(C, 1, Folder({"a": (FILE, A)})), event)


# --- bad input ---


def test_a_path_that_is_no_repository_is_said_to_be_none(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(NotARepository, match="not a git repository"):
        Repository(tmp_path)
    with pytest.raises(NotARepository, match="nowhere"):
        Repository(tmp_path / "nowhere")
    with pytest.raises(NotARepository, match="null"):
        Repository("a\0b")


def test_a_repository_without_commits_is_said_to_have_none(tmp_path):
    git(tmp_path, "init", "--quiet")
    with pytest.raises(NoCommits, match="no commits yet"):
        Repository(tmp_path)


def test_a_head_that_names_no_commit_is_said_to_need_another_name(tmp_path):
    make(tmp_path, [Commit()])
    git(tmp_path, "symbolic-ref", "HEAD", "refs/heads/gone")
    with pytest.raises(UnknownCommit, match=r"'HEAD' names no commit of .*history\(path, 'main'\)"):
        Repository(tmp_path)
    assert assert_git_agrees(Repository(tmp_path, "main")) == 1


@pytest.mark.parametrize(
    "name",
    [
        *("nowhere", "", "-1", "--all", "^HEAD", "HEAD..HEAD", "HEAD HEAD", "a\nb", "a\0b"),
        *("\udcff", A, "HEAD:README", "HEAD; touch x", "$(touch x)", "refs/heads"),
    ],
)
def test_a_name_that_is_no_commit_is_refused(awkward, name):
    with pytest.raises(UnknownCommit):
        Repository(awkward.path, name)
    with pytest.raises(UnknownCommit):
        awkward.ls_tree(name)


@pytest.mark.parametrize("name", ["HEAD", "main", "refs/heads/main", "HEAD~3", "@", "-dash"])
def test_any_name_of_a_commit_will_do(awkward, name):
    if name == "-dash":
        git(awkward.path, "update-ref", "refs/heads/-dash", "HEAD")
    assert Repository(awkward.path, name).commit in {
        header.commit for header, *_ in awkward.commits()
    }


def test_without_git_the_error_says_what_to_do_and_the_recording_serves(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitMissing, match="install it"):
        history(".")
    assert isinstance(history(), Recording)


def test_variables_of_a_git_hook_do_not_lead_astray(awkward, tmp_path, monkeypatch):
    other = make(tmp_path, [Commit()])
    for name in ("GIT_DIR", "GIT_OBJECT_DIRECTORY", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.setenv(name, str(other))
    assert Repository(awkward.path).commit == awkward.commit


def test_a_replaced_commit_is_read_as_it_was_recorded(tmp_path):
    make(tmp_path, [Commit({b"a": text("1")}), Commit({b"a": text("2")})])
    before = list(Repository(tmp_path).commits())
    git(tmp_path, "replace", "HEAD", "HEAD~1")
    assert list(Repository(tmp_path).commits()) == before


def test_a_path_may_begin_in_the_home_folder(tmp_path, monkeypatch):
    make(tmp_path / "project", [Commit()])
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    assert Repository("~/project").path == tmp_path / "project"


def test_configuration_changes_nothing(awkward, tmp_path, monkeypatch):
    settings_of_someone = tmp_path / "config"
    settings_of_someone.write_text(
        "[diff]\n renames = copies\n noprefix = true\n relative = true\n external = false\n"
        " ignoreSubmodules = all\n orderFile = nowhere\n[core]\n quotepath = true\n"
        " abbrev = 4\n pager = false\n fsmonitor = true\n[log]\n showSignature = true\n",
        "utf-8",
    )
    before = list(awkward.commits())
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings_of_someone))
    monkeypatch.setenv("GIT_PAGER", "false")
    assert list(awkward.commits()) == before
    assert assert_git_agrees(awkward) == 25


def test_a_damaged_repository_is_an_error_with_gits_own_words(tmp_path):
    repository = Repository(make(tmp_path, AWKWARD[:3]))
    for packed in (tmp_path / "objects" / "pack").glob("*"):
        packed.chmod(0o600)
        packed.unlink()
    for loose in (tmp_path / "objects").glob("??/*"):
        loose.chmod(0o600)
        loose.unlink()
    with pytest.raises(GitFailed, match="fatal"):
        list(repository.commits())


def test_a_row_of_a_kind_that_git_does_not_have_is_an_error():
    row = f"{A}\0:{FILE} {FILE} {A} {B} Z\0a\0".encode()
    with pytest.raises(GitFailed, match="unknown status 'Z'"):
        list(parse_commits(f"0 {A}\n".encode(), row))


# --- recordings ---


def test_a_recording_says_what_git_says(awkward, monkeypatch, tmp_path):
    recording = Recording.loads(Recording.of(awkward).dumps())
    for first_parent in (True, False):
        said = list(awkward.commits(first_parent=first_parent))
        judged = [awkward.ls_tree(header.commit) for header, *_ in said]
        assert list(recording.commits(first_parent=first_parent)) == said
        assert [recording.ls_tree(header.commit) for header, *_ in said] == judged
    monkeypatch.setenv("PATH", str(tmp_path))  # no git any more
    assert assert_git_agrees(recording) == 25
    with pytest.raises(UnknownCommit, match="not in this recording"):
        recording.ls_tree("HEAD")


def test_sources_show_themselves_in_a_line(awkward):
    assert repr(Recording.of(awkward)) == f"Recording(30 commits up to {awkward.commit:.7})"
    assert repr(awkward) == f"Repository({awkward.path.name!r}, up to {awkward.commit:.7})"


def test_the_shipped_awkward_recording_is_what_git_makes_today(awkward):
    assert Recording.shipped("awkward") == Recording.of(awkward)


def test_the_projects_own_history_shows_what_chapter_11_promises():
    own = history()
    recording = Recording.shipped("esdemo")
    assert own.commit == recording.commit
    assert list(own.commits()) == list(recording.commits())
    assert assert_git_agrees(own) > 10
    assert record_history.objection(recording) is None


def test_a_clone_of_the_project_is_read_itself_and_a_shallow_one_is_not(
    awkward, tmp_path, monkeypatch
):
    monkeypatch.setattr(Recording, "shipped", lambda name: Recording.of(awkward))
    monkeypatch.setattr("esdemo.domains.git.source.OWN_CLONE", awkward.path)
    assert isinstance(history(), Repository)
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--bare", "--depth=3", awkward.path.as_uri(), str(clone))
    monkeypatch.setattr("esdemo.domains.git.source.OWN_CLONE", clone)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert isinstance(history(), Recording)


def test_recording_a_history_is_one_command_that_refuses_what_shows_nothing(
    awkward, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(record_history, "ROOT", tmp_path)
    monkeypatch.setattr(record_history, "TARGET", tmp_path / "esdemo.bin")
    assert record_history.main(["HEAD", str(awkward.path)]) == 0
    assert Recording.loads((tmp_path / "esdemo.bin").read_bytes()).commit == awkward.commit
    assert record_history.main(["HEAD~28", str(awkward.path)]) == 1
    assert record_history.main([]) == 2
    straight = make(tmp_path / "straight", [Commit({b"a": text("a")}), Commit()])
    assert record_history.main(["HEAD", str(straight)]) == 1
    assert "does not show" in capsys.readouterr().out
