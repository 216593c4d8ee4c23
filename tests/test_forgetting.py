"""Forgetting: what a key hid is gone with it, everywhere; what was not hidden is found."""

import html
import json
import os
import re
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from conftest import START
from hypothesis import given
from hypothesis import strategies as st

from esdemo import Application, Command, Decider, Event, MemoryStore, Rejected, SQLiteStore, audit
from esdemo import forgetting as f
from esdemo.checkpoints import Checkpoints
from esdemo.clocks import numbered, ticking
from esdemo.errors import Busy, CommandIdReused, NotAFact, NotAStore, NotFound
from esdemo.forgetting.keys import NONCE, owner_of
from esdemo.forgetting.searching import spellings
from esdemo.interchange import export_history

OWNERS = st.from_regex(r"[A-Za-z0-9_.-]{1,9}/[a-z]{1,9}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)


class MemberJoined(Event):
    name: f.Token
    friends: tuple[f.Token, ...] = ()


class FeePaid(Event):
    cents: int


class Join(Command):
    name: f.Token
    friends: tuple[f.Token, ...] = ()


class Pay(Command):
    cents: int


def decide(command, member):
    match command:
        case Join(name, friends):
            return [MemberJoined(name, friends)]
        case Pay(cents) if cents <= 0:
            raise Rejected(f"{cents} is nothing to pay")
        case Pay(cents):
            return [FeePaid(cents)]


def evolve(member, event):
    name, paid = member
    match event:
        case MemberJoined():
            return event.name, paid
        case FeePaid():
            return name, paid + event.cents


club = Decider(decide, evolve, ("", 0))
CLUB = MemberJoined | FeePaid | Join | Pay | f.CaseMessage


@pytest.fixture
def keys():
    with f.Keys(random=f.seeded(1)) as found:
        yield found


@pytest.fixture
def members(new_store):
    return Application(club, new_store(CLUB), ids=numbered("m"))


@pytest.fixture
def cases(members):
    return Application(f.rules, members.store, ids=numbered("k"))


# Keys and tokens.


@given(OWNERS, TEXTS)
def test_what_is_hidden_is_revealed_until_its_key_is_destroyed(owner, text):
    with f.Keys(random=f.seeded(1)) as keys:
        token = keys.hide(owner, text)
        assert owner_of(token) == owner
        assert keys.reveal(token) == text
        assert keys.shown(token) == text
        assert keys.destroy(owner)
        assert keys.reveal(token) is None
        assert keys.shown(token) == f.FORGOTTEN


@given(st.lists(TEXTS, min_size=2, max_size=20))
def test_no_nonce_is_used_twice_and_equal_texts_do_not_look_alike(texts):
    with f.Keys() as keys:
        tokens = [keys.hide("p-1/contact", text) for text in [*texts, *texts]]
    codes = [token.rpartition(":")[2] for token in tokens]
    assert len(set(codes)) == len(codes)
    assert len({code[: NONCE * 4 // 3] for code in codes}) == len(codes)


@given(TEXTS.filter(lambda text: len(text) > 3))
def test_a_token_does_not_hold_the_text_and_tells_little_of_its_length(text):
    with f.Keys(random=f.seeded(1)) as keys:
        token = keys.hide("p-1/contact", text)
        shorter = keys.hide("p-1/contact", "")
    assert text not in token.rpartition(":")[2]
    assert len(token) == len(shorter) or len(text.encode()) > 31


@given(st.data())
def test_a_changed_token_is_refused_and_never_read_as_something_else(data):
    with f.Keys(random=f.seeded(1)) as keys:
        token = keys.hide("p-1/contact", "Ann Smith")
        place = data.draw(st.integers(token.rindex(":") + 1, len(token) - 2))
        letter = data.draw(st.sampled_from("AZaz09-_").filter(lambda each: each != token[place]))
        with pytest.raises(f.NotAToken, match="was changed"):
            keys.reveal(token[:place] + letter + token[place + 1 :])


def test_a_token_is_bound_to_its_owner(keys):
    ann, bob = keys.hide("p-1/contact", "Ann"), keys.hide("p-2/contact", "Bob")
    with pytest.raises(f.NotAToken, match="hidden with another key"):
        keys.reveal(ann.replace("p-1/", "p-2/"))
    assert keys.reveal(bob) == "Bob"


def test_each_purpose_has_a_key_of_its_own(keys):
    contact, books = keys.hide("p-1/contact", "Ann"), keys.hide("p-1/books", "Ann Smith")
    keys.destroy("p-1/contact")
    assert keys.reveal(contact) is None
    assert keys.reveal(books) == "Ann Smith"
    assert keys.owners("p-1") == ["p-1/books", "p-1/contact"]
    assert keys.destroyed() == {"p-1/contact"}
    assert repr(keys) == "Keys(1 of 2 still there)"


def test_nothing_new_is_hidden_for_somebody_who_was_forgotten(keys):
    keys.hide("p-1/contact", "Ann")
    keys.destroy("p-1/contact")
    assert not keys.destroy("p-1/contact")
    with pytest.raises(f.Forgotten, match="a person who comes back is new"):
        keys.hide("p-1/contact", "Ann")


def test_a_key_can_be_destroyed_before_it_was_ever_used(keys):
    assert not keys.destroy("p-9/contact")
    with pytest.raises(f.Forgotten):
        keys.hide("p-9/contact", "Zoe")


def test_another_key_file_is_a_mistake_and_nobody_forgotten(keys):
    with f.Keys() as others, pytest.raises(NotFound, match="is it the right file"):
        others.reveal(keys.hide("p-1/contact", "Ann"))


@pytest.mark.parametrize(
    "owner",
    ["", "p-1", "/x", "p-1/", "p 1/x", "p-1/x/y", "Zoë/x", None, 5, "p" * 61 + "/x", "a:b/x"],
)
def test_what_is_not_an_owner_is_refused_with_an_example(keys, owner):
    for use in (lambda: keys.hide(owner, "Ann"), lambda: keys.destroy(owner)):
        with pytest.raises(f.NotAToken, match="such as 'p-17/contact'"):
            use()
    assert keys.owners() == []


@pytest.mark.parametrize("text", [None, 5, b"Ann", "\ud800"])
def test_what_is_not_a_text_cannot_be_hidden_and_makes_no_key(keys, text):
    with pytest.raises(f.NotAToken):
        keys.hide("p-1/contact", text)
    assert keys.owners() == []


@pytest.mark.parametrize("token", [None, 5, "", "Ann", "private:p-1/contact:short", "x" * 200])
def test_what_is_not_a_token_cannot_be_revealed(keys, token):
    with pytest.raises(f.NotAToken, match="is not a token"):
        keys.reveal(token)


def test_the_same_seed_gives_the_same_tokens_and_no_seed_gives_others():
    def token(**options):
        with f.Keys(**options) as keys:
            return keys.hide("p-1/contact", "Ann")

    assert token(random=f.seeded(3)) == token(random=f.seeded(3)) != token(random=f.seeded(4))
    assert token() != token()


def test_keys_are_kept_in_their_file_and_a_destroyed_one_leaves_no_byte(tmp_path):
    path = tmp_path / "keys.db"
    with f.Keys(path) as keys:
        token = keys.hide("p-1/contact", "Ann")
        for number in range(2, 60):
            keys.hide(f"p-{number}/contact", "x")
        ((key,),) = keys._rows("SELECT key FROM keys WHERE owner = 'p-1/contact'")
    parts = [key[place : place + 8] for place in range(len(key) - 7)]
    assert all(path.read_bytes().count(part) == 1 for part in parts)
    with f.Keys(path) as keys:
        assert keys.reveal(token) == "Ann"
        keys.destroy("p-1/contact")
    left = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    assert [part for part in parts if part in left] == []


def test_a_key_that_another_process_destroys_is_gone_here_at_once(tmp_path):
    with f.Keys(tmp_path / "keys.db") as here, f.Keys(tmp_path / "keys.db") as there:
        token = here.hide("p-1/contact", "Ann")
        assert there.reveal(token) == "Ann"
        there.destroy("p-1/contact")
        assert here.reveal(token) is None


def test_two_processes_make_one_key(tmp_path):
    with f.Keys(tmp_path / "keys.db") as here, f.Keys(tmp_path / "keys.db") as there:
        tokens = [each.hide("p-1/contact", "Ann") for each in (here, there)]
        assert [here.reveal(token) for token in tokens] == ["Ann", "Ann"]


def test_somebody_elses_file_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "bank.db"
    with SQLiteStore(path, CLUB):
        pass
    for wrong in (path, tmp_path / "text"):
        if not wrong.exists():
            wrong.write_text("x" * 5_000)
        before = wrong.read_bytes()
        with pytest.raises(NotAStore):
            f.Keys(wrong)
        assert wrong.read_bytes() == before


# Facts that hold tokens.


def test_a_store_refuses_plain_text_where_a_token_belongs(members):
    with pytest.raises(NotAFact, match="matching regex"):
        members.handle("m-1", Join("Ann Smith"))
    assert members.store.counts() == (0, 0)


def test_a_fold_goes_on_without_the_name_and_with_every_sum(members, keys):
    members.handle("m-1", Join(keys.hide("p-1/contact", "Ann Smith")))
    members.handle("m-1", Pay(5_00))
    before, sealed = members.state("m-1"), audit.verify(members.store).seal
    keys.destroy("p-1/contact")
    name, paid = members.replay("m-1")
    assert (keys.shown(name), paid) == (f.FORGOTTEN, 5_00)
    assert members.replay("m-1") == before
    assert audit.verify(members.store).wrong is None
    assert audit.verify(members.store).seal == sealed
    assert audit.contradictions(members) == []


def test_a_command_that_is_sent_again_must_hold_the_same_token(members, keys):
    token = keys.hide("p-1/contact", "Ann")
    first = members.handle("m-1", Join(token), command_id="once")
    assert members.handle("m-1", Join(token), command_id="once") == first
    with pytest.raises(CommandIdReused):
        members.handle("m-1", Join(keys.hide("p-1/contact", "Ann")), command_id="once")


# A case, from the request to the report.

DAY = date(2026, 3, 2)


def joined(members, keys, person="p-1", name="Ann Smith"):
    token = keys.hide(f"{person}/contact", name)
    members.handle(f"member/{person}", Join(token))
    return token


def test_an_erasure_leaves_a_record_of_its_own(members, cases, keys):
    token, cleared = joined(members, keys), []
    decision = f.erase(
        cases, keys, "p-1", DAY, {"cache": lambda: cleared.append("cache")}, actor="officer"
    )
    assert not decision.refused
    assert keys.reveal(token) is None
    assert cleared == ["cache"]
    facts = list(members.store.recorded("erasure/p-1"))
    assert [fact.event for fact in facts] == [
        f.ErasureOrdered(("contact",), DAY),
        f.ErasureCompleted(("cache",), DAY),
    ]
    assert {fact.actor for fact in facts} == {"officer"}
    assert len({fact.correlation_id for fact in facts}) == 1


def test_a_duty_to_keep_refuses_the_erasure_and_says_until_when(members, cases, keys):
    token = joined(members, keys)
    cases.handle("erasure/p-1", f.KeepUntil("contact", date(2030, 12, 31), "open lawsuit"))
    decision = f.erase(cases, keys, "p-1", DAY, {"cache": lambda: 1 / 0})
    assert decision.reason == "contact must be kept until 2030-12-31: open lawsuit"
    assert keys.reveal(token) == "Ann Smith"
    assert f.erase(cases, keys, "p-1", date(2030, 12, 31), {}).refused
    assert not f.erase(cases, keys, "p-1", date(2031, 1, 1), {}).refused
    assert keys.reveal(token) is None


def test_what_is_due_goes_and_what_must_be_kept_is_postponed(members, cases, keys):
    token, invoice = joined(members, keys), keys.hide("p-1/books", "Ann Smith, Main St 1")
    cases.handle("erasure/p-1", f.KeepUntil("books", date(2036, 12, 31), "tax law"))
    decision = f.erase(cases, keys, "p-1", DAY, {})
    assert [fact.event for fact in decision.events] == [
        f.ErasureOrdered(("contact",), DAY),
        f.ErasurePostponed("books", date(2036, 12, 31), "tax law"),
    ]
    assert keys.reveal(token) is None
    assert keys.reveal(invoice) == "Ann Smith, Main St 1"
    assert f.erase(cases, keys, "p-1", date(2037, 1, 1), {}).events[0].event == f.ErasureOrdered(
        ("books",), date(2037, 1, 1)
    )
    assert keys.reveal(invoice) is None


def test_somebody_of_whom_nothing_is_known_cannot_be_erased(cases, keys):
    assert f.erase(cases, keys, "p-9", DAY, {}).reason == "there is nothing left to erase"


def test_the_same_day_twice_changes_nothing(members, cases, keys):
    joined(members, keys)
    first = f.erase(cases, keys, "p-1", DAY, {})
    position = members.store.position
    assert f.erase(cases, keys, "p-1", DAY, {}) == first
    assert members.store.position == position
    assert f.erase(cases, keys, "p-1", date(2026, 3, 3), {}).refused


def test_an_erasure_that_broke_off_is_finished_by_calling_it_again(members, cases, keys):
    token = joined(members, keys)
    calls = Counter()

    def stubborn():
        calls["stubborn"] += 1
        if calls["stubborn"] < 3:
            raise OSError("the disk is away")

    for _ in range(2):
        with pytest.raises(OSError, match="the disk is away"):
            f.erase(cases, keys, "p-1", DAY, {"cache": stubborn})
        assert keys.reveal(token) is None
        assert cases.state("erasure/p-1").open
    f.erase(cases, keys, "p-1", DAY, {"cache": stubborn})
    assert not cases.state("erasure/p-1").open
    events = [type(fact.event) for fact in members.store.recorded("erasure/p-1")]
    assert events == [f.ErasureOrdered, f.ErasureCompleted]


def test_keys_that_come_back_from_a_backup_are_destroyed_again(tmp_path, members, cases):
    path, backup = tmp_path / "keys.db", tmp_path / "backup.db"
    with f.Keys(path) as keys:
        token, other = joined(members, keys), joined(members, keys, "p-2", "Bob")
        with closing(sqlite3.connect(path)) as db:
            db.execute("VACUUM INTO ?", (str(backup),))
        f.erase(cases, keys, "p-1", DAY, {})
    with f.Keys(backup) as restored:
        assert restored.reveal(token) == "Ann Smith"
        assert f.obey(restored, members.store) == ["p-1/contact"]
        assert restored.reveal(token) is None
        assert restored.reveal(other) == "Bob"
        assert f.obey(restored, members.store) == []


def test_nothing_in_a_case_can_be_decided_out_of_order(cases):
    assert cases.handle("erasure/p-1", f.ReportErased((), DAY)).refused
    cases.handle("erasure/p-1", f.RequestErasure(("contact",), DAY))
    kept = cases.handle("erasure/p-1", f.KeepUntil("contact", DAY, "too late"))
    assert kept.reason == "contact is erased already"
    assert f.rules.violated(cases.state("erasure/p-1")) == []


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(1, 28), st.booleans()),
        max_size=12,
    )
)
def test_no_purpose_is_erased_while_a_duty_holds_or_twice(asked):
    application = Application(f.rules, MemoryStore(f.CaseMessage, ticking(START)))
    duties, gone = {}, set()
    for purpose, day, keep in asked:
        on = date(2026, 1, day)
        if keep:
            refused = application.handle("e", f.KeepUntil(purpose, on, "law")).refused
            assert refused == (purpose in gone)
            if not refused:
                duties[purpose] = max(on, duties.get(purpose, on))
        else:
            decision = application.handle("e", f.RequestErasure(("a", "b", "c"), on))
            due = {each for each in "abc" if each not in gone and duties.get(each, on) <= on}
            due -= {each for each in due if each in duties and duties[each] >= on}
            assert decision.refused == (not due)
            gone |= due
            assert set(application.state("e").ordered) == gone


# A portable export.


def test_an_export_has_every_fact_and_refusal_of_one_person_and_no_other_names(members, keys):
    ann, bob = (keys.hide(f"{p}/contact", name) for p, name in (("p-1", "Ann"), ("p-2", "Bob")))
    members.handle("m-1", Join(ann, (bob,)))
    members.handle("m-1", Pay(5))
    members.handle("m-1", Pay(-5))
    members.handle("m-2", Join(bob, (ann,)))
    members.handle("m-2", Pay(7))
    document = json.loads(f.portable(members.store, keys, "p-1", ["m-1"]))
    assert (document["format"], document["person"]) == ("esdemo personal data", "p-1")
    assert [
        (each["stream"], each.get("fact") or each["asked"], each["data"], each.get("refused"))
        for each in document["facts"]
    ] == [
        ("m-1", "MemberJoined", {"name": "Ann", "friends": ["[somebody else]"]}, None),
        ("m-1", "FeePaid", {"cents": 5}, None),
        ("m-1", "Pay", {"cents": -5}, "-5 is nothing to pay"),
        ("m-2", "MemberJoined", {"name": "[somebody else]", "friends": ["Ann"]}, None),
    ]


def test_after_the_erasure_the_export_shows_the_placeholder(members, keys):
    joined(members, keys)
    keys.destroy("p-1/contact")
    (fact,) = json.loads(f.portable(members.store, keys, "p-1"))["facts"]
    assert fact["data"]["name"] == f.FORGOTTEN


def test_of_a_stranger_there_is_nothing(members, keys):
    assert json.loads(f.portable(members.store, keys, "p-9"))["facts"] == []


# Copies.


def found(folder, *strings):
    return {copy.path: copy.found for copy in f.search(folder, strings)}


def test_every_file_is_looked_into_and_named_by_what_it_is(tmp_path, keys):
    with SQLiteStore(tmp_path / "club.db", CLUB, ticking(START)) as store:
        members = Application(club, store, ids=numbered("m"))
        saved = Checkpoints(club, tmp_path / "saved.db", every=1, state=tuple[str, int])
        members.handle("member/Ann Smith", Join(keys.hide("p-1/contact", "Ann Smith")))
        members.handle("member/Ann Smith", Pay(1))
        saved.state(store, "member/Ann Smith", 2)
        export_history(store, tmp_path / "club.jsonl")
        export_history(store, tmp_path / "club.events", "cloud events")
        store.backup(tmp_path / "backup.db")
    saved.close()
    (tmp_path / "page.html").write_text("<!doctype html><p>Ann Smith")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mail.txt").write_bytes("Dear Ann Smith".encode("utf-16-le"))
    (tmp_path / "old.zip").write_bytes(b"PK\x03\x04....")
    copies = {copy.path: copy for copy in f.search(tmp_path, ["Ann Smith"])}
    assert {path: copy.kind for path, copy in copies.items()} == {
        "club.db": "store",
        "backup.db": "store",
        "saved.db": "checkpoints",
        "club.jsonl": "export, JSON Lines",
        "club.events": "export, CloudEvents",
        "page.html": "page",
        "notes/mail.txt": "file",
        "old.zip": "file",
    }
    assert [path for path, copy in copies.items() if not copy.found] == ["old.zip"]
    assert [path for path, copy in copies.items() if not copy.readable] == ["old.zip"]


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), min_size=1))
def test_every_spelling_of_a_string_is_looked_for(text):
    forms = spellings(text)
    for written in (text, json.dumps(text)[1:-1], html.escape(text)):
        assert written.encode() in forms
    assert text.encode("utf-16-le") in forms


def test_a_search_does_not_take_the_locks_of_an_open_store_away(tmp_path):
    """SQLite's locks belong to the process: the search reads in another one."""
    path = tmp_path / "club.db"
    with SQLiteStore(path, CLUB, ticking(START), survives="crash") as store:
        store.append("a", [FeePaid(1)], expected_version=0)
        store.home.file.db.execute("BEGIN IMMEDIATE")
        f.search(tmp_path, ["Ann"])
        program = (
            "import sqlite3, sys; db = sqlite3.connect(sys.argv[1], timeout=0)\n"
            "try: db.execute('BEGIN IMMEDIATE')\n"
            "except sqlite3.OperationalError: print('locked')"
        )
        said = subprocess.run(
            [sys.executable, "-c", program, path], capture_output=True, text=True, check=True
        )
        store.home.file.db.execute("ROLLBACK")
    assert said.stdout == "locked\n"


def test_a_search_for_nothing_or_nowhere_is_refused(tmp_path):
    with pytest.raises(ValueError, match="give the strings to look for"):
        f.search(tmp_path, [""])
    with pytest.raises(NotFound, match="is not a folder"):
        f.search(tmp_path / "nowhere", ["Ann"])


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_stops_the_search(tmp_path):
    (tmp_path / "secret").write_text("Ann")
    (tmp_path / "secret").chmod(0)
    with pytest.raises(OSError, match="the search broke off"):
        f.search(tmp_path, ["Ann"])


def test_compacting_takes_the_bytes_of_what_was_deleted(tmp_path):
    path = tmp_path / "cache.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA secure_delete = OFF")
        db.execute("CREATE TABLE names (name TEXT)")
        db.executemany("INSERT INTO names VALUES (?)", [(f"Ann Smith {n}",) for n in range(500)])
        db.execute("DROP TABLE names")
        assert sum(found(tmp_path, "Ann Smith").values()) > 0
        f.compact(path)
        assert sum(found(tmp_path, "Ann Smith").values()) == 0
    with pytest.raises(NotFound):
        f.compact(tmp_path / "nothing.db")


def test_compacting_what_somebody_reads_is_refused_by_name(tmp_path):
    path = tmp_path / "cache.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("CREATE TABLE names (name TEXT)")
        db.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Busy):
            f.compact(path, patience=0.01)


def test_the_search_needs_nothing_but_python():
    source = Path(f.copies.searching.__file__).read_text("utf-8")
    assert set(re.findall(r"^(?:from|import) (\w+)", source, re.MULTILINE)) <= {
        "html",
        "json",
        "sys",
        "collections",
        "pathlib",
    }
