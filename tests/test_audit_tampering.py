"""Tampering with the file itself: which judge finds what, as `tampering.FOUND_BY` claims it.

`make test` tries each kind a few times on one bank; `make torture` goes on with many banks.
"""

from contextlib import closing
from random import Random

import pytest
from tampering import FOUND_BY, KINDS, contradicted, copied, judged, made
from tampering.bank import checkpoints, opened

from esdemo import Application, audit
from esdemo.domains.bank import rules

ROUNDS = 8  # manipulations of each kind


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    """A file with some weeks of a small bank, and the seal over all of it."""
    path = tmp_path_factory.mktemp("bank") / "bank.db"
    return path, made(path)


def contents(path):
    """What stands in the files of a bank, to see whether anything was changed."""
    return {file.name: file.read_bytes() for file in path.parent.glob(f"{path.stem}.*")}


def test_no_judge_finds_anything_in_a_file_that_nobody_touched(bank, tmp_path):
    path, seal = bank
    assert judged(copied(path, tmp_path / "copy"), seal) == ""


@pytest.mark.parametrize("kind", KINDS)
def test_just_those_judges_find_a_manipulation_that_the_table_names(kind, bank, tmp_path):
    path, seal = bank
    verdicts = []
    for number in range(ROUNDS):
        copy = copied(path, tmp_path / "copy")
        before = contents(copy)
        KINDS[kind](copy, Random(f"{kind} {number}"))
        assert contents(copy) != before, f"round {number} changed nothing"
        verdicts.append(judged(copy, seal))
    assert [each for each in verdicts if contradicted(kind, each)] == []


def test_the_table_is_about_a_thousand_manipulations_of_these_kinds_and_no_others():
    assert list(FOUND_BY) == list(KINDS)
    assert len(KINDS) >= 90
    assert ROUNDS * len(KINDS) >= 1_000


def test_whether_the_chains_or_a_seal_find_something_is_no_matter_of_chance():
    for kind, letters in FOUND_BY.items():
        assert set(letters) <= set("OVSAabBCc-"), kind
        assert len(letters) == 6


# Four forgeries that once passed the seal, the chains and the books, and a fifth that only the
# seal passed: each found, and by the words that say what is wrong.


def forged(kind, bank, tmp_path):
    path, _ = bank
    copy = copied(path, tmp_path / "copy")
    KINDS[kind](copy, Random(1))
    return opened(copy)


def test_a_name_turned_into_bytes_that_json_writes_alike_is_found(bank, tmp_path):
    with forged("turn the name of a stream into bytes", bank, tmp_path) as store:
        assert store.version("dave") == 0, "the application has lost him"
        rows = [row for row in store.event_rows() if type(row.stream) is bytes]
        assert rows
        assert audit.verify(store).wrong.endswith("its stream is of type bytes, not str")
        found = audit.compare(store, bank[1])
    assert sum("cannot be read" in each for each in found) == 2
    assert any("SQLite says: non-TEXT value in events.stream" in each for each in found)


def test_an_index_that_leaves_an_event_out_is_found(bank, tmp_path):
    with forged("leave an event out of the index", bank, tmp_path) as store:
        assert audit.verify(store).wrong
        found = audit.compare(store, bank[1])
    assert [each for each in found if "missing from index sqlite_autoindex_events_1" in each]


def test_a_view_that_shows_the_truth_to_auditors_is_found(bank, tmp_path):
    kind = "put a view with a switch in the place of the events"
    with forged(kind, bank, tmp_path) as store:
        assert audit.contradictions(Application(rules, store)) == []
        assert audit.verify(store).wrong.endswith("is not as esdemo makes it")
        found = audit.compare(store, bank[1])
    assert {"table events is not as esdemo makes it", "view events is not as esdemo makes it"} <= {
        *found
    }


def test_an_edited_checkpoint_is_found(bank, tmp_path):
    with forged("edit a saved state", bank, tmp_path) as store:
        assert audit.verify(store).wrong is None
        assert audit.compare(store, bank[1]) == []
        with closing(checkpoints(tmp_path / "copy" / "bank.db")) as saved:
            (wrong,) = audit.wrong_checkpoints(saved, store)
    assert "its events add up to" in wrong


def test_an_event_in_front_of_the_first_is_found_by_the_seal_alone(bank, tmp_path):
    kind = "hide an event before the first and leave a gap behind the last"
    with forged(kind, bank, tmp_path) as store:
        (found,) = audit.compare(store, bank[1])
        assert found.startswith(f"{store.counts()[0]} events do not stand at position 1 to ")
