"""A tenth of every campaign against the store, with a fixed seed; `make torture` runs it all."""

import os
import re
import shutil
import sqlite3
import tempfile
from contextlib import closing

import independent
import pytest
import servers
from tally import Add, Added, TallyMessage, tally
from torture import flips, following, forgetting, kills, moving, pages
from torture.__main__ import main
from torture.campaigns import FULL
from torture.company import relayed
from torture.results import Try, summed

from esdemo import Application, SQLiteStore
from esdemo.domains.bank import (
    BankMessage,
    Deposit,
    MoneyDeposited,
    OpenAccount,
    SendTransfer,
    TransferReceived,
    TransferSent,
)
from esdemo.projections import Message, View

SEED = 2026

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and signals")


@pytest.mark.parametrize("name", FULL)
def test_a_tenth_of_a_campaign_breaks_no_promise(name, tmp_path):
    if name == "clusters" and not shutil.which("nats-server"):
        pytest.skip(servers.NATS_IS_MISSING)
    campaign, full = FULL[name]
    times = full // 10 if name != "clusters" else 1  # a leader that dies costs five seconds
    result = summed(campaign(SEED, times, tmp_path))
    assert list(result.failures) == []
    assert result.tried >= times


# The campaigns themselves: a judge that finds nothing must have looked.


@pytest.fixture
def kept(path):
    """A file with three decisions, and what their writer said."""
    with SQLiteStore(path, TallyMessage) as store:
        application = Application(tally, store)
        for number in range(3):
            application.handle("a", Add((1, 2)), command_id=f"me-{number}")
    return path, [f"kept me-{number}" for number in range(3)]


def test_the_judge_of_kills_is_content_with_what_was_kept(kept):
    path, said = kept
    assert kills.judged(path, said) == []
    assert kills.judged(path, said[:-1]) == []  # stored, and killed before it could say so


def test_the_judge_of_kills_misses_what_was_acknowledged_and_is_not_there(kept):
    path, said = kept
    (why,) = kills.judged(path, [*said, "kept me-3"])
    assert why == "1 of 4 acknowledged decisions are gone: me-3 ..."


def test_the_judge_of_kills_notices_what_nobody_said(kept):
    path, said = kept
    (why,) = kills.judged(path, said[:1])
    assert why.startswith("decisions that nobody acknowledged: ")


def test_the_judge_of_kills_notices_a_broken_hash(kept):
    path, said = kept
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DROP TRIGGER events_are_never_updated")
        db.execute("UPDATE events SET actor = 'x' WHERE position = 4")
    (why,) = kills.judged(path, said)
    assert why.startswith("AssertionError")
    assert "hash" in why


def test_the_judge_of_kills_notices_a_backup_that_is_not_whole_or_not_there(kept):
    path, said = kept
    backup = f"{path}.me-9"
    said += [f"backing {backup}", f"backed {backup}"]
    assert kills.judged(path, said) == ["store.db.me-9 was acknowledged and is not there"]
    SQLiteStore(backup, TallyMessage).close()
    (why,) = kills.judged(path, said)
    assert why == "store.db.me-9: 3 of 3 acknowledged decisions are gone: me-0 ..."


@pytest.fixture
def followed(tmp_path):
    """A log of seven events and a view that has seen five of them."""
    log, views = tmp_path / "log.db", tmp_path / "views.db"
    with SQLiteStore(log, TallyMessage) as store:
        store.append("a", [Added(5 * n) for n in range(1, 8)], expected_version=0)
        with View(following.VERSIONS[1], store, views) as view:
            view.catch_up(until=5)
    return log, views


def test_the_judge_of_followers_is_content_with_what_is_right(followed):
    assert following.judged(*followed, 5) == ("while following", [])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE totals__1 SET amount = 76", "is not the sum up to position 5"),
        ("UPDATE generations SET position = 6", "is not the sum up to position 6"),
        ("DELETE FROM outbox WHERE position = 3", "messages are not one for each"),
        ("UPDATE generations SET live = 0", "not exactly one table is live"),
        ("SELECT 1", "the rows are at 5, and had been at 6"),
    ],
)
def test_the_judge_of_followers_notices(followed, change, words):
    with closing(sqlite3.connect(followed[1])) as db, db:
        db.execute(change)
    _, failures = following.judged(*followed, 6)
    assert words in " ".join(failures)


@pytest.fixture
def moved(tmp_path):
    """A house in which one transfer has arrived and one has come back, with their mails."""
    with moving.House(tmp_path) as house:
        for name in ("alice", "bob"):
            house.bank.handle(name, OpenAccount(name))
            house.bank.handle(name, Deposit(moving.RICH))
        for receiver in ("bob", "nobody"):
            house.bank.handle("alice", SendTransfer(f"to {receiver}", receiver, 5_00))
        house.work()
    return tmp_path


def test_the_judge_of_transfers_is_content_with_what_is_right(moved):
    assert moving.judged(moved, finished=True) == []
    assert moving.goes_on(moved) == []


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (TransferReceived("to bob", "alice", 5_00), "arrived twice"),
        (TransferSent("to carol", "carol", 7_00), "1 transfers and 0 mails lost"),
        (TransferReceived("out of nothing", "alice", 1), "arrived twice"),
        (MoneyDeposited(1, "cash"), "there are 200001 cents"),
    ],
)
def test_the_judge_of_transfers_notices_a_cent_that_is_not_where_it_should_be(moved, event, words):
    with SQLiteStore(moved / "bank.db", BankMessage) as store:
        store.append("bob", [event], expected_version=store.version("bob"))
    assert words in " ".join(moving.judged(moved, finished=True))


def test_the_judge_of_transfers_notices_mails_that_are_missing_or_of_nothing(moved):
    box = moving.Postbox(moved / "mail")
    box(Message("mails/1/1", "for nothing"))
    assert "3 mails" in moving.judged(moved, finished=False)[0]
    for mail in (moved / "mail" / "new").iterdir():
        mail.unlink()
    assert moving.judged(moved, finished=True) == ["0 transfers and 2 mails lost"]


def test_the_judge_of_erasures_notices_what_is_left_on_free_pages(tmp_path, monkeypatch):
    monkeypatch.setattr(forgetting.forgetting, "compact", lambda path: None)
    failures = summed(forgetting.campaign(SEED, 2, tmp_path)).failures
    assert any("views.db" in why for why in failures)


@pytest.mark.parametrize("everyday", [True, False])
def test_a_wrong_state_is_a_hole_unless_the_flip_was_in_a_row_and_verify_sees_it(everyday):
    known = {"state of a": "is 1", "verify": "is null", "open": "is open"}
    silent = known | {"state of a": "is 2"}
    found, failures = flips.compared(known, silent, facts_may_differ=everyday)
    assert (found, len(failures)) == ("failed", 1 if everyday else 2)
    seen = silent | {"verify": "raises Damaged"}
    found, failures = flips.compared(known, seen, facts_may_differ=everyday)
    assert (found == "failed", len(failures)) == (not everyday, 0 if everyday else 1)


def test_what_hangs_or_has_no_name_is_a_hole_wherever_the_flip_was():
    known = {"recorded": "is []", "verify": "is null"}
    for answer in ("hangs", "fails with ValueError"):
        now = {"recorded": answer, "verify": "raises Damaged"}
        assert flips.compared(known, now, facts_may_differ=True)[0] == "failed"


def test_a_try_that_ends_its_process_is_a_failure_and_the_next_one_is_made(tmp_path):
    missing = tmp_path / "missing.db"
    tries = list(relayed("flips", 2, missing, SEED))
    assert [each.found for each in tries] == ["ended or silenced the process"] * 2
    assert [each.failures[0].split(":")[0] for each in tries] == ["flips 0", "flips 1"]


def test_every_byte_of_a_file_has_its_place(tmp_path):
    path = tmp_path / "whole.db"
    flips.build(path)
    data, places = path.read_bytes(), pages.places(path)

    def found(text):
        """All places where this stands."""
        return [
            set(places[each.start() : each.end()])
            for each in re.finditer(re.escape(text.encode()), data)
        ]

    assert len(places) == len(data)
    assert found("SQLite format 3\0") == [{"header"}]
    assert found("CREATE TABLE events") == [{"schema"}]
    for row in independent.events(path):
        assert found(row["hash"]) == [{"events rows"}]
    ids = [where for where in found("cmd-7") if "free" not in where]
    assert {frozenset(where) for where in ids} == {
        frozenset({"events rows"}),
        frozenset({"decisions rows"}),
        frozenset({"decisions index"}),
    }


def test_a_result_counts_outcomes_and_figures_and_keeps_every_failure():
    tries = [Try("a", "held"), Try("a", "held"), Try("a", "failed", ("why",), {"kills": 2})]
    result = summed(Try.of_line(each.to_line()) for each in tries)
    assert result.tried == 3
    assert list(result.table()) == ["a: failed 1, held 2", "kills 2"]
    assert result.failures == ("why",)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Where the command puts the files of campaigns."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_the_command_says_its_seed_and_verdict(capsys, place):
    assert main(["past", "--seed", "7", "--scale", "0.01"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("seed 7, scale 0.01\n\npast: held (200 tries")
    assert list(place.iterdir()) == []


def test_the_command_fails_when_a_promise_was_broken_and_keeps_the_files(
    capsys, place, monkeypatch
):
    def campaign(seed, times, folder):
        yield Try("a", "failed", (f"{times} of {times} broke with seed {seed}",))

    monkeypatch.setitem(FULL, "past", (campaign, 10))
    assert main(["past", "--seed", "7"]) == 1
    assert "past: 1 BROKEN PROMISES (1 tries" in capsys.readouterr().out
    assert len(list(place.iterdir())) == 1


def test_the_command_refuses_a_campaign_that_is_not_there(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["floods"])
    assert ended.value.code != 0
    assert "there is no campaign floods" in capsys.readouterr().err
