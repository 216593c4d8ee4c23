"""Histories as files: equal when read back, and refused when anything about them is wrong."""

import errno
import json
import os
import re
import secrets
import stat
import subprocess
import sys
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from conftest import START, contents
from forgery import unguarded
from hypothesis import given, settings
from hypothesis import strategies as st
from tally import Add, Added, TallyMessage, tally

from esdemo import Application, Event, MemoryStore, Rejected, SQLiteStore, audit
from esdemo.clocks import numbered, ticking
from esdemo.domains import bank
from esdemo.domains.bank import BankMessage
from esdemo.errors import Misfit, Unreadable
from esdemo.events import GENESIS
from esdemo.interchange import FORMS, NotExported, NotImported, export_history, import_history
from esdemo.stores.rows import Transaction

every_form = pytest.mark.parametrize("form", FORMS)
BANK_EVENTS = bank.AccountEvent.__args__
BANK_COMMANDS = bank.AccountCommand.__args__


def raw(store):
    """Everything that a store holds, as stored."""
    return list(store.event_rows()), list(store.decision_rows()), store.streams()


@pytest.fixture(scope="module")
def small():
    """Some weeks of a small bank, with refusals and transfers that came back."""
    return bank.simulate(accounts=4, days=24, seed=2).store


@pytest.fixture
def file(tmp_path):
    return tmp_path / "history.jsonl"


def refused(file, store, line=None, words="nothing was imported$"):
    """Imports in vain, and sees that the store is as it was."""
    before = raw(store)
    with pytest.raises(NotImported, match=words) as found:
        import_history(file, store)
    assert raw(store) == before
    assert f"line {found.value.line}: " in str(found.value)
    assert line is None or found.value.line == line
    return found.value


# There and back.


@every_form
def test_a_round_trip_gives_an_equal_store_and_the_same_bytes(form, small, new_store, file):
    seal = export_history(small, file, form)
    store = new_store(BankMessage)
    assert import_history(file, store, seal=seal) == seal
    assert raw(store) == raw(small)
    assert contents(store) == contents(small)
    again = file.with_name("again")
    assert export_history(store, again, form) == seal
    assert again.read_bytes() == file.read_bytes()
    assert audit.verify(store).seal == seal


@every_form
def test_an_empty_history_is_a_history(form, new_store, file):
    seal = export_history(new_store(), file, form)
    assert len(file.read_text("utf-8").splitlines()) == 2
    assert import_history(file, new_store()) == seal


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=6)
amounts = st.integers(1, 10**15) | st.just(10**15)
names = texts.filter(str.isprintable)
envelopes = st.fixed_dictionaries(
    {"correlation_id": st.just("") | texts, "actor": st.just("") | texts},
    optional={"effective_at": st.datetimes(timezones=st.just(UTC))},
)


def messages(kinds):
    """Any message of these types, with any texts and the largest amounts."""
    fields = {"amount": amounts, "overdraft": st.integers(0, 10**15), "entry": st.integers()}
    fields |= {"change": st.integers(-(10**15), 10**15)}
    fields["entry"] = st.sampled_from([0, 1, 2**63 - 1, -(2**63)])

    def build(kind):
        return st.builds(kind, **{name: fields.get(name, texts) for name in kind.__struct_fields__})

    return st.one_of(map(build, kinds))


steps = st.one_of(
    st.tuples(st.just("append"), names, st.lists(messages(BANK_EVENTS), min_size=1, max_size=3)),
    st.tuples(st.just("record"), names, messages(BANK_COMMANDS), st.none() | texts,
              st.lists(messages(BANK_EVENTS), max_size=3)),
)  # fmt: skip


def written_down(store, history):
    """The steps in the store: facts, accepted and refused commands, whatever the rules say."""
    for number, ((kind, stream, *what), envelope) in enumerate(history):
        version = {"expected_version": store.version(stream)}
        if kind == "append":
            store.append(stream, what[0], **version, **envelope)
        else:
            command, reason, events = what
            outcome = events if reason is None else Rejected(reason)
            known = {"command_id": f"c\x7f%{number}", "causation_id": envelope["actor"]}
            store.record(stream, command, outcome, **version, **known, **envelope)
    return store


@every_form
@given(history=st.lists(st.tuples(steps, envelopes), max_size=8))
def test_any_history_of_the_bank_comes_back_equal(form, history):
    store = written_down(MemoryStore(BankMessage, ticking(START)), history)
    with TemporaryDirectory() as folder:
        file, again = Path(folder, "a"), Path(folder, "b")
        seal = export_history(store, file, form)
        other = MemoryStore(BankMessage)
        assert import_history(file, other, seal=seal) == seal
        assert raw(other) == raw(store)
        assert contents(other) == contents(store)
        export_history(other, again, form)
        assert again.read_bytes() == file.read_bytes()
        if form == "cloud events":
            for line in file.read_bytes().splitlines():
                assert_cloud_event(line)


@every_form
@pytest.mark.parametrize("kind", BANK_EVENTS, ids=lambda kind: kind.__name__)
def test_every_event_of_the_bank_comes_back_equal(form, kind, file):
    store = MemoryStore(BankMessage, ticking(START))
    values = {"amount": 10**15, "overdraft": 10**15, "entry": 2**63 - 1, "change": -(10**15)}
    event = kind(**{name: values.get(name, "ß🙂\u2028\x00") for name in kind.__struct_fields__})
    store.append("Grüße/🙂", [event], expected_version=0)
    export_history(store, file, form)
    other = MemoryStore(BankMessage)
    import_history(file, other)
    assert raw(other) == raw(store)
    assert [fact.event for fact in other.recorded()] == [event]


@every_form
def test_a_long_history_needs_no_more_memory_than_a_short_one(form, tmp_path):
    peaks = []
    for length in (1_500, 6_000):
        file, source, target = (tmp_path / f"{length}.{end}" for end in ("jsonl", "a.db", "b.db"))
        with SQLiteStore(source, TallyMessage, ticking(START), survives="crash") as store:
            for version in range(0, length, 500):
                store.append("a", [Added(1)] * 500, expected_version=version)
            tracemalloc.start()
            seal = export_history(store, file, form)
        with SQLiteStore(target, TallyMessage, survives="crash") as store:
            assert import_history(file, store) == seal
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]


# CloudEvents.


def assert_cloud_event(line):
    """The official SDK reads it, finds nothing to object to, and writes the same."""
    event = JSONFormat().read(CloudEvent, line)
    attributes = event.get_attributes()
    forbidden = re.compile("[\x00-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
    for name, value in attributes.items():
        assert re.fullmatch("[a-z0-9]{1,20}", name)
        assert not isinstance(value, str) or (value and not forbidden.search(value))
    written = json.loads(JSONFormat().write(event))
    expected = json.loads(line)
    given, kept = expected.pop("time", None), written.pop("time")  # the SDK gives one to all
    assert given is None or datetime.fromisoformat(given) == datetime.fromisoformat(kept)
    assert written == expected
    return event


def test_every_line_is_a_cloud_event_of_its_own(small, file):
    export_history(small, file, "cloud events")
    lines = [assert_cloud_event(line) for line in file.read_bytes().splitlines()]
    assert len({(each.get_source(), each.get_id()) for each in lines}) == len(lines)
    events = [each for each in lines if each.get_source() == "/esdemo/events"]
    decisions = [each for each in lines if each.get_source() == "/esdemo/decisions"]
    assert (len(events), len(decisions)) == small.counts()
    for source in (events, decisions):
        sequences = [each.get_extension("sequence") for each in source]
        assert sequences == sorted(sequences)
        assert {len(sequence) for sequence in sequences} == {20}
    for each, fact in zip(events, small.recorded(), strict=True):
        assert each.get_id() == f"{fact.stream}/{fact.version}"
        assert each.get_type() == f"esdemo.event.{type(fact.event).__name__}"
        assert (each.get_subject(), each.get_time()) == (fact.stream, fact.effective_at)
        recorded = datetime.fromisoformat(each.get_extension("recordedtime"))
        assert recorded == fact.recorded_at
        assert each.get_extension("hash") == fact.hash
        assert each.get_data()["type"] == type(fact.event).__name__
    for each, decision in zip(decisions, small.decisions(), strict=True):
        assert each.get_data()["reason"] == decision.reason
        assert (each.get_extension("causationid") or "") == decision.causation_id


# What is already there.


@every_form
@pytest.mark.parametrize("days", [0, 1, 5])
def test_a_store_with_the_beginning_gets_the_rest(form, days, new_store, file):
    store, other = new_store(), new_store()
    application = Application(tally, store, ids=numbered("cmd"))
    for amount in range(days):
        application.handle("a", Add((amount, 1)))
        store.append("b", [Added(amount)], expected_version=amount)
    export_history(store, file, form)
    import_history(file, other)
    application.handle("c", Add((1,)))
    application.handle("a", Add(()))
    seal = export_history(store, file, form)
    assert import_history(file, other) == seal
    assert raw(other) == raw(store)
    assert import_history(file, other) == seal, "again changes nothing"
    assert raw(other) == raw(store)


@every_form
def test_a_store_with_another_history_is_left_alone(form, new_store, file):
    store, other = new_store(), new_store()
    for each, amounts_ in ((store, [1, 2, 3]), (other, [1, 5])):
        for version, amount in enumerate(amounts_):
            each.append("a", [Added(amount)], expected_version=version)
    export_history(store, file, form)
    refused(file, other, 3, "something else in this place")


def test_a_store_that_goes_on_where_the_file_ends_stays_as_it_is(new_store, file):
    store = new_store()
    store.append("a", [Added(1)], expected_version=0)
    seal = export_history(store, file)
    store.append("a", [Added(2)], expected_version=1)
    before = raw(store)
    assert import_history(file, store) == seal
    assert raw(store) == before


# What is wrong with a file.


@every_form
def test_a_file_that_ends_early_is_refused_wherever_it_ends(form, small, file):
    export_history(small, file, form)
    lines = file.read_bytes().splitlines(keepends=True)
    store = MemoryStore(BankMessage)
    for count in range(0, len(lines), 7):
        file.write_bytes(b"".join(lines[:count]))
        refused(file, store, count + 1, "cut off|begins with")
    file.write_bytes(b"".join(lines)[:-10])
    refused(file, store, len(lines))


@every_form
@pytest.mark.parametrize("line", [2, 3, 40, 100])
def test_a_removed_doubled_or_exchanged_line_is_refused_by_its_number(form, line, small, file):
    export_history(small, file, form)
    lines = file.read_bytes().splitlines(keepends=True)
    store = MemoryStore(BankMessage)
    at = line - 1
    for wrong, where in (
        (lines[:at] + lines[at + 1 :], range(line, line + 2)),
        ([*lines[:at], lines[at], *lines[at:]], range(line, line + 2)),
        ([*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]], range(line, line + 3)),
    ):
        file.write_bytes(b"".join(wrong))
        assert refused(file, store).line in where


@every_form
def test_an_edited_line_is_refused_by_its_number(form, small, file):
    export_history(small, file, form)
    lines = file.read_text("utf-8").splitlines(keepends=True)
    store = MemoryStore(BankMessage)
    events = [n for n, line in enumerate(lines) if '"hash":' in line and '"amount":' in line]
    for at in events[::9]:
        edited = lines[at].replace('"amount":', '"amount":1')
        file.write_text("".join([*lines[:at], edited, *lines[at + 1 :]]), "utf-8", newline="\n")
        refused(file, store, at + 1, "its hash is not that of its content")


@every_form
@pytest.mark.parametrize(
    ("truth", "lie"),
    [
        ("is more than the available", "is less than the available"),
        ('"Withdraw","amount":', '"Withdraw","amount":1'),
        ('"actor":"', '"actor":"not '),
    ],
)
def test_an_edited_decision_is_refused_by_its_number(form, truth, lie, small, file):
    export_history(small, file, form)
    lines = file.read_text("utf-8").splitlines(keepends=True)
    refusals = [n for n, line in enumerate(lines) if '"reason":"' in line and truth in line]
    assert refusals
    for at in refusals[:3]:
        edited = [*lines[:at], lines[at].replace(truth, lie, 1), *lines[at + 1 :]]
        file.write_text("".join(edited), "utf-8", newline="\n")
        refused(file, MemoryStore(BankMessage), at + 1, "its hash is not that of its content")


@every_form
def test_a_history_that_was_made_to_fit_is_found_by_the_seal_at_the_end(form, small, file):
    export_history(small, file, form)
    *lines, seal = file.read_bytes().splitlines(keepends=True)
    other = bank.simulate(accounts=4, days=24, seed=3).store
    export_history(other, file, form)
    *lines, _ = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join([*lines, seal]))
    refused(file, MemoryStore(BankMessage), len(lines) + 1, "the seal is not that of the lines")


@every_form
def test_a_file_of_another_vocabulary_is_refused_at_its_first_strange_line(form, small, file):
    export_history(small, file, form)
    refused(file, MemoryStore(TallyMessage), 2, "cannot be read")

    class MoneyDeposited(Event):
        amount: str

    refused(file, MemoryStore(bank.AccountCommand | bank.AccountOpened | MoneyDeposited))


@every_form
def test_an_event_where_a_command_belongs_is_refused(form, file):
    store = MemoryStore(TallyMessage, ticking(START))
    Application(tally, store, ids=numbered("cmd")).handle("a", Add((1,)))
    export_history(store, file, form)
    text = file.read_text("utf-8").replace(
        '{"type":"Add","amounts":[1]}', '{"type":"Added","amount":1}'
    )
    text = text.replace("esdemo.decision.Add", "esdemo.decision.Added")
    file.write_text(text, "utf-8", newline="\n")
    refused(file, MemoryStore(TallyMessage), 2, "is not a Command")


@every_form
def test_a_first_line_that_promises_something_else_is_refused(form, small, file):
    export_history(small, file, form)
    events, _ = small.counts()
    text = file.read_text("utf-8").replace(f'"events":{events}', f'"events":{events + 1}', 1)
    text = text.replace(f"begins {events} ", f"begins {events + 1} ")
    file.write_text(text, "utf-8", newline="\n")
    refused(file, MemoryStore(BankMessage), text.count("\n"), "the first line promised")


@pytest.mark.parametrize(
    ("truth", "lie"),
    [
        ('"type":"esdemo.event.AccountOpened"', '"type":"esdemo.event.MoneyDeposited"'),
        ('"id":"alice/1"', '"id":"bob/1"'),
        ('"source":"/esdemo/events"', '"source":"/elsewhere"'),
        ('"sequence":"00000000000000000001"', '"sequence":"1"'),
    ],
)
def test_a_cloud_event_whose_attributes_contradict_its_data_is_refused(truth, lie, small, file):
    export_history(small, file, "cloud events")
    first, decision, event, *rest = file.read_text("utf-8").splitlines(keepends=True)
    assert truth in event
    lines = [first, decision, event.replace(truth, lie), *rest]
    file.write_text("".join(lines), "utf-8", newline="\n")
    refused(file, MemoryStore(BankMessage), 3, "contradict")


@every_form
@pytest.mark.parametrize("extra", [b"\n", b"{}\n", b"\x00", b" "])
def test_nothing_may_follow_the_seal(form, extra, small, file):
    export_history(small, file, form)
    lines = file.read_bytes().count(b"\n")
    file.write_bytes(file.read_bytes() + extra)
    refused(file, MemoryStore(BankMessage), lines + 1, "nothing may follow")


@pytest.mark.parametrize(
    "text",
    [b"", b"\n", b"null\n", b"[]\n", b"\xff\xfe\n", b"[" * 100_000, b'{"line":"begins"}\n', b"{}",
     b'{"line":"event"}', b'{"specversion":"1.0"}\n', b'{"line":"ends","seal":""}\n',
     b'{"line":"begins","format":"a history","version":2,"events":0,"decisions":0}\n'],
)  # fmt: skip
def test_a_file_of_something_else_is_refused_at_line_1(text, file):
    file.write_bytes(text)
    refused(file, MemoryStore(TallyMessage), 1)


@every_form
def test_a_command_id_that_comes_twice_is_refused(form, new_store, file):
    store = MemoryStore(TallyMessage, ticking(START))
    application = Application(tally, store, ids=numbered("cmd"))
    for _ in range(2):
        application.handle("a", Add(()))
    first, second = store.decision_rows()
    forged = second._replace(command_id=first.command_id)
    store.home._decided[1] = forged._replace(hash=forged.link(first.hash, GENESIS))
    export_history(store, file, form)
    refused(file, new_store(), 3, "used twice")


def test_another_file_than_the_pinned_one_is_refused(small, file):
    seal = export_history(small, file)
    other = bank.simulate(accounts=4, days=24, seed=3).store
    export_history(other, file)
    store = MemoryStore(BankMessage)
    with pytest.raises(NotImported, match="another history"):
        import_history(file, store, seal=seal)
    assert raw(store) == ([], [], [])


def test_a_store_that_somebody_was_in_is_not_exported_over_an_older_file(small, path, file):
    seal = export_history(small, file)
    older = file.read_bytes()
    with SQLiteStore(path, BankMessage, survives="crash") as store:
        import_history(file, store)
    with closing(unguarded(path)) as db:
        db.execute("UPDATE events SET actor = 'eve' WHERE position = 30")
    wrong = pytest.raises(Misfit, match=r"position 30 .*: its hash is not")
    with SQLiteStore(path, BankMessage) as store, wrong:
        export_history(store, file)
    assert file.read_bytes() == older
    assert import_history(file, MemoryStore(BankMessage)) == seal
    assert list(file.parent.glob("*.part")) == []


# Fuzzing.


@pytest.fixture(scope="module", params=FORMS)
def exported(request, small, tmp_path_factory):
    """The bytes of a real export."""
    file = tmp_path_factory.mktemp("exported") / "history"
    export_history(small, file, request.param)
    return file.read_bytes()


def import_bytes(data, folder):
    """What a store holds after the bytes were read, or None when they were refused."""
    file = folder / "fuzzed"
    file.write_bytes(data)
    store = MemoryStore(BankMessage)
    try:
        import_history(file, store)
    except NotImported:
        assert refused(file, store).line in range(1, data.count(b"\n") + 3)
        return None
    return raw(store)


def test_a_flipped_bit_is_refused_or_changes_nothing(exported, small, tmp_path):
    chance, accepted = Random(1), 0
    for _ in range(300):
        data = bytearray(exported)
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        found = import_bytes(bytes(data), tmp_path)
        accepted += found is not None
        assert found in (None, raw(small))
    assert accepted < 30


def test_a_cut_anywhere_is_refused(exported, small, tmp_path):
    chance = Random(2)
    for _ in range(60):
        assert import_bytes(exported[: chance.randrange(len(exported) - 1)], tmp_path) is None
    assert import_bytes(exported[:-1], tmp_path) is None, "its last line, too, has an end"


@settings(max_examples=150)
@given(data=st.data())
def test_whatever_is_done_to_a_file_it_is_refused_or_changes_nothing(data, exported, small):
    start = data.draw(st.integers(0, len(exported)))
    end = data.draw(st.integers(start, min(len(exported), start + 200)))
    part = data.draw(st.binary(max_size=40) | st.sampled_from(exported.splitlines(keepends=True)))
    with TemporaryDirectory() as folder:
        found = import_bytes(exported[:start] + part + exported[end:], Path(folder))
    assert found in (None, raw(small))


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(data):
    with TemporaryDirectory() as folder:
        assert import_bytes(data, Path(folder)) is None


# The store's own part.


def test_a_store_restores_only_what_could_come_next(small, new_store):
    store = new_store(BankMessage)
    history = list(small.transactions())
    rows, decision = history[0]
    for wrong, words in (
        (history[1:], "position 2 .* position 1 is missing"),
        ([history[0], history[0]], "position 1 .* position 2 is missing"),
        ([Transaction(rows, decision._replace(version=3))], "was at version 1, not 3"),
        ([Transaction((rows[0]._replace(hash=GENESIS),), decision)], "its hash is not that"),
        ([Transaction((rows[0]._replace(actor=b"eve"),))], "its actor is of type bytes, not str"),
        ([Transaction((rows[0]._replace(version=1.0),))], "its version is of type float, not int"),
        (
            [Transaction((), decision._replace(reason=7, events=0, version=0))],
            "its reason is of type int, not str or None",
        ),
        ([Transaction(rows), Transaction((), decision)], "decision 1"),
    ):
        with pytest.raises(Misfit, match=words):
            audit.restore(store, wrong)
        assert raw(store) == ([], [], [])
    audit.restore(store, [*history[:10], Transaction(())])
    audit.restore(store, history[10:])
    assert raw(store) == raw(small)


def test_what_fails_on_the_way_restores_nothing(small, new_store):
    store = new_store(BankMessage)
    history = list(small.transactions())
    audit.restore(store, history[:5])
    before = raw(store)

    def interrupted():
        yield from history[5:20]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        audit.restore(store, interrupted())
    assert raw(store) == before
    audit.restore(store, history[5:])
    assert raw(store) == raw(small)


def test_a_payload_that_the_store_does_not_know_is_not_restored(small, new_store):
    store = new_store()
    with pytest.raises(Unreadable, match="position 1 "):
        audit.restore(store, small.transactions())
    assert raw(store) == ([], [], [])


def test_a_restored_store_goes_on(small, new_store, file):
    store = new_store(BankMessage, ticking(START + timedelta(days=9)))
    audit.restore(store, small.transactions())
    application = Application(bank.rules, store, ids=numbered("later"))
    assert not application.handle("alice", bank.Deposit(5)).refused
    assert audit.verify(store).wrong is None
    assert store.position == small.position + 1


# Where an export may stand.


def opened(path, **options):
    return SQLiteStore(path, BankMessage, survives="crash", **options)


@pytest.fixture
def in_file(small, path):
    """The small bank in a file, open."""
    with opened(path) as store:
        audit.restore(store, small.transactions())
        yield store


def aliases(path):
    """Other names of a file: as the store spells it, another spelling, two kinds of link."""
    symbolic, hard = path.with_name("symbolic"), path.with_name("hard")
    symbolic.symlink_to(path)
    hard.hardlink_to(path)
    return [path, path.parent / ".." / path.parent.name / path.name, symbolic, hard]


@every_form
def test_an_export_onto_the_store_itself_is_refused_by_whatever_name(form, in_file, path):
    before = raw(in_file)
    for name in [*aliases(path), f"{path}-wal", f"{path}-shm"]:
        with pytest.raises(NotExported, match="belongs to the store itself"):
            export_history(in_file, name, form)
    assert raw(in_file) == before
    assert audit.verify(in_file).wrong is None
    with opened(path) as store:
        assert raw(store) == before


def test_the_store_itself_is_not_even_opened_to_be_imported(in_file, path):
    """Another process that closes the file would take its log away then."""
    for name in [*aliases(path), f"{path}-wal", f"{path}-shm"]:
        with pytest.raises(NotImported, match="belongs to the store itself"):
            import_history(name, in_file)
    command = (
        "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); "
        "db.execute('SELECT 1 FROM events').fetchall(); db.close()"
    )
    subprocess.run([sys.executable, "-c", command, str(path)], check=True)
    assert audit.verify(in_file).wrong is None
    in_file.home.file.check()


def test_an_export_takes_no_place_but_a_files(small, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path, tmp_path / "pipe", "/dev/null"):
        with pytest.raises(NotExported, match="is not a file that could be replaced"):
            export_history(small, place)
    with pytest.raises(FileNotFoundError):
        export_history(small, tmp_path / "nowhere" / "file")
    assert [each.name for each in tmp_path.iterdir()] == ["pipe"]


@pytest.mark.parametrize("name", ["a\0b", "\ud800"])
def test_what_cannot_name_a_file_is_said_by_name(name, small, tmp_path):
    with pytest.raises(NotExported, match="cannot name a file"):
        export_history(small, tmp_path / name)
    with pytest.raises(NotImported, match="cannot name a file"):
        import_history(tmp_path / name, MemoryStore(BankMessage))


def test_the_home_folder_spaces_and_other_alphabets_are_places_like_others(
    small, tmp_path, monkeypatch
):
    monkeypatch.setenv("HOME", str(tmp_path))
    seal = export_history(small, "~/Geschichte für 北京 🙂")
    assert (tmp_path / "Geschichte für 北京 🙂").exists()
    assert import_history("~/Geschichte für 北京 🙂", MemoryStore(BankMessage), seal=seal) == seal


def test_an_export_replaces_a_link_and_not_what_it_leads_to(small, file):
    target = file.with_name("target")
    target.write_text("mine", "utf-8")
    file.symlink_to(target)
    export_history(small, file)
    assert target.read_text("utf-8") == "mine"
    assert not file.is_symlink()


@pytest.mark.parametrize("form", ["nonsense", "", None, "JSON Lines"])
def test_a_form_that_there_is_not_is_named_with_those_that_there_are(form, small, file):
    with pytest.raises(NotExported, match="choose one of json lines, cloud events"):
        export_history(small, file, form)
    assert not file.exists()


@every_form
def test_an_export_touches_nothing_that_stands_beside_it(form, small, file):
    theirs = {f"{file.name}.part": "mine", f".{file.name}.part": "mine", "target": "secret"}
    for name, text in theirs.items():
        file.with_name(name).write_text(text, "utf-8")
    link = file.with_name(f"{file.name}.link.part")
    link.symlink_to(file.with_name("target"))
    export_history(small, file, form)
    assert {name: file.with_name(name).read_text("utf-8") for name in theirs} == theirs
    assert link.is_symlink()
    assert len(list(file.parent.iterdir())) == len(theirs) + 2


def test_nobody_can_be_waiting_at_the_name_that_an_export_is_written_under(
    small, file, monkeypatch
):
    monkeypatch.setattr(secrets, "token_hex", lambda size: "known")
    waiting, target = file.with_name(".esdemo-known.part"), file.with_name("target")
    waiting.symlink_to(target)
    with pytest.raises(FileExistsError):
        export_history(small, file)
    assert waiting.is_symlink()
    assert not target.exists()
    assert not file.exists()


def test_exports_to_one_name_at_once_all_succeed_and_leave_one_whole_file(in_file, path, file):
    seal = export_history(in_file, file)
    expected = file.read_bytes()

    def export(number):
        with opened(path, read_only=True) as store:
            return [export_history(store, file) for _ in range(3)]

    with ThreadPoolExecutor(8) as pool:
        seals = [each for several in pool.map(export, range(8)) for each in several]
    assert set(map(str, seals)) == {str(seal)}
    assert file.read_bytes() == expected
    assert list(file.parent.glob("*.part")) + list(file.parent.glob(".*")) == []


def test_an_export_is_on_the_disk_before_it_has_its_name_and_then_its_name_is(
    small, file, monkeypatch
):
    done, fsync, replace = [], os.fsync, os.replace

    def synced(handle):
        done.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        fsync(handle)

    def renamed(old, new):
        done.append("renamed")
        assert Path(old).read_bytes().count(b"\n") == sum(small.counts()) + 2
        replace(old, new)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", renamed)
    export_history(small, file)
    assert done == ["file", "renamed", "folder"]


def test_an_export_gets_the_permissions_that_new_files_get(small, file):
    beside = file.with_name("beside")
    beside.touch()
    export_history(small, file)
    assert file.stat().st_mode == beside.stat().st_mode


def test_a_failure_on_the_way_leaves_nothing_behind(small, file, monkeypatch):
    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    export_history(small, file)
    before = file.read_bytes()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        export_history(small, file)
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


def test_what_is_not_a_file_is_not_imported_and_does_not_wait(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(NotImported, match=r"line 1: .* is not a file"):
            import_history(place, MemoryStore(TallyMessage))
    with pytest.raises(FileNotFoundError):
        import_history(tmp_path / "nowhere", MemoryStore(TallyMessage))


# A line that we would not have written.


def respelled(line):
    """The same line in other words: every JSON reader takes it, some for something else."""
    columns = json.loads(line)
    name = next(name for name, value in columns.items() if value and type(value) is str)
    other = json.dumps(columns, ensure_ascii=False, separators=(",", ":"))
    assert other == line
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in columns[name])
    yield "a name twice, the last one right", f'{{"{name}":"other",{line[1:]}'
    yield "a name twice, alike", f'{line[:-1]},"{name}":{json.dumps(columns[name])}}}'
    yield "another order", json.dumps(dict(reversed(columns.items())), separators=(",", ":"))
    yield "spaces", json.dumps(columns, ensure_ascii=False)
    yield "a space behind", f"{line} "
    yield "a space before", f" {line}"
    yield "the line end of Windows", f"{line}\r"
    yield "letters escaped", line.replace(f'"{columns[name]}"', f'"{escaped}"', 1)


@every_form
@pytest.mark.parametrize("at", [0, 1, 2, -1])
def test_a_line_in_another_spelling_is_refused_by_its_number(form, at, small, file):
    export_history(small, file, form)
    lines = file.read_text("utf-8").split("\n")[:-1]
    number = at % len(lines) + 1
    for what, line in respelled(lines[at]):
        assert line != lines[at], what
        changed = [line if n == number else each for n, each in enumerate(lines, 1)]
        file.write_text("\n".join([*changed, ""]), "utf-8", newline="\n")
        refused(file, MemoryStore(BankMessage), number)


@every_form
def test_a_file_of_another_version_is_refused_with_advice(form, small, file):
    export_history(small, file, form)
    text = file.read_text("utf-8")
    for older in ('"version":1,', ""):
        file.write_text(text.replace('"version":2,', older, 1), "utf-8", newline="\n")
        if older or form == "cloud events":
            refused(file, MemoryStore(BankMessage), 1, "has version 1, .* the esdemo that wrote it")
    file.write_text(text.replace('"version":2,', '"version":3,', 1), "utf-8", newline="\n")
    refused(file, MemoryStore(BankMessage), 1, "has version 3, .* update esdemo")


@every_form
def test_both_forms_carry_the_hash_of_each_decision(form, small, file):
    export_history(small, file, form)
    hashes = [row.hash for row in small.decision_rows()]
    lines = [json.loads(line) for line in file.read_bytes().splitlines()]
    decided = [
        line for line in lines if "decision" in (line.get("line"), line.get("source", "")[8:-1])
    ]
    assert [line["hash"] for line in decided] == hashes
