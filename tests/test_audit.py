"""Auditing: the trail, the causes, and the hash chains."""

import sys
from collections import Counter
from contextlib import closing

import pytest
from conftest import START
from forgery import forge, transactions, unguarded
from msgspec.structs import replace
from tally import Add, Added, Take, TallyMessage, tally

from esdemo import Application, EventStore, MemoryStore, SQLiteStore, audit
from esdemo.audit import Verification
from esdemo.clocks import numbered, ticking
from esdemo.domains.bank import (
    Account,
    AccountOpened,
    MoneyWithdrawn,
    TransferSent,
    Withdraw,
    simulate,
)
from esdemo.errors import NotFound
from esdemo.timeline import Change


@pytest.fixture(scope="module")
def bank():
    """Some weeks of a small bank, in memory."""
    return simulate(accounts=5, days=24, seed=3)


def filled(store):
    """Four decisions in two streams, one of them a refusal, and a fact that nobody decided."""
    application = Application(tally, store, ids=numbered("cmd"))
    application.handle("a", Add((1, 2)), actor="ann")
    application.handle("b", Add((5,)), actor="bob", correlation_id="order")
    store.append("a", [Added(10)], expected_version=2, actor="import")
    application.handle("a", Take(50), actor="ann", correlation_id="order", causation_id="cmd-2")
    application.handle("a", Add(()), actor="ann")
    return application


@pytest.fixture
def tallies(store):
    return filled(store)


def lines(entries):
    return [(e.number, e.stream, e.actor, e.event, e.reason, e.before, e.after) for e in entries]


# The trail.


def test_a_trail_tells_commands_refusals_and_events_with_their_effect(tallies):
    assert lines(audit.trail(tallies)) == [
        (1, "a", "ann", Added(1), None, 0, 1),
        (1, "a", "ann", Added(2), None, 1, 3),
        (2, "b", "bob", Added(5), None, 0, 5),
        (None, "a", "import", Added(10), None, 3, 13),
        (3, "a", "ann", None, "50 is more than 13", 13, 13),
        (4, "a", "ann", None, None, 13, 13),
    ]


def test_a_trail_follows_a_stream_an_actor_or_a_correlation(tallies):
    everything = audit.trail(tallies)
    assert audit.trail(tallies, "a") == [e for e in everything if e.stream == "a"]
    assert audit.trail(tallies, actor="ann") == [e for e in everything if e.actor == "ann"]
    of_order = [e for e in everything if e.correlation_id == "order"]
    assert audit.trail(tallies, correlation="order") == of_order
    assert [e.command_id for e in audit.trail(tallies, "a", correlation="order")] == ["cmd-3"]
    assert audit.trail(tallies, actor="nobody") == []


def test_a_trail_of_a_stream_without_history_is_a_mistake(tallies):
    with pytest.raises(NotFound, match="'c' has no history"):
        audit.trail(tallies, "c")


def test_a_trail_says_where_its_events_stand_and_what_they_changed(bank):
    withdrawn = next(e for e in audit.trail(bank, "bob") if isinstance(e.event, MoneyWithdrawn))
    (fact,) = bank.store.recorded("bob", withdrawn.version - 1, withdrawn.version)
    assert (fact.position, fact.event) == (withdrawn.position, withdrawn.event)
    assert withdrawn.before == bank.state("bob", version=withdrawn.version - 1)
    assert withdrawn.after == bank.state("bob", version=withdrawn.version)
    before = withdrawn.before.balance
    after = before - withdrawn.event.amount
    assert Change(("balance",), "changed", before, after) in withdrawn.changes
    assert isinstance(withdrawn.command, Withdraw)


def test_the_trails_of_all_streams_are_the_trail(bank):
    everything = audit.trail(bank)
    parts = [entry for stream in bank.store.streams() for entry in audit.trail(bank, stream)]
    assert sorted(map(repr, parts)) == sorted(map(repr, everything))
    assert [e.event for e in everything if e.event] == [f.event for f in bank.store.recorded()]
    first = next(entry for entry in everything if entry.event == AccountOpened("Bob", 500_00))
    assert (first.before, first.after.owner) == (Account(), "Bob")


@pytest.mark.parametrize("stream", [None, "a"])
def test_a_trail_is_of_one_moment_however_much_is_written_between_two_pages(
    stream, store, monkeypatch
):
    application = filled(store)
    for _ in range(5):
        application.handle("a", Add((1, 2)))
    expected = lines(audit.trail(application, stream))
    for cls in (EventStore, type(store.home), MemoryStore):  # JetStream's rows are in memory too
        module = sys.modules[cls.__module__]
        monkeypatch.setattr(module, "PAGE", 2)
    pages = Counter()
    for what in ("events", "decisions"):
        monkeypatch.setattr(store.home, what, interrupted(store, what, pages))
    assert lines(audit.trail(application, stream)) == expected
    assert min(pages["events"], pages["decisions"]) > 3
    assert len(audit.trail(application, stream)) > len(expected)


def interrupted(store, what, pages):
    """The home's own method, and a command and an import by somebody else before each page."""
    read, path = getattr(store.home, what), getattr(store, "path", None)
    other = SQLiteStore(path, TallyMessage, ticking(START)) if path else store
    writer = Application(tally, other, ids=numbered(f"{what} meanwhile"))

    def reading(*where):
        if pages.total() < 40 and not pages["writing"]:  # in memory the writer reads here, too
            pages.update([what, "writing"])
            writer.handle("a", Add((7,)))
            other.append("a", [Added(9)], expected_version=other.version("a"))
            del pages["writing"]
        return read(*where)

    return reading


# Causes.


def test_the_causes_of_a_transfer_lead_from_the_request_to_both_accounts(bank):
    sent = next(f for f in bank.store.recorded() if isinstance(f.event, TransferSent))
    graph = audit.causation(bank.store, sent.correlation_id)
    kinds = [(node.kind, node.label, node.depth) for node in graph.nodes]
    assert kinds == [
        ("command", "SendTransfer", 0),
        ("event", "TransferSent", 1),
        ("command", "ReceiveTransfer", 1),
        ("event", "TransferReceived", 2),
        ("command", "CompleteTransfer", 2),
        ("event", "TransferCompleted", 3),
    ]
    ids = [node.id for node in graph.nodes]
    joined = [(ids.index(edge.cause), ids.index(edge.effect), edge.kind) for edge in graph.edges]
    led, caused = "led to", "caused"
    assert joined == [(0, 1, led), (0, 2, caused), (2, 3, led), (2, 4, caused), (4, 5, led)]
    assert f"event {sent.position}" in ids


def test_a_refusal_is_a_node_with_its_reason_and_a_cause_elsewhere_is_none(tallies):
    graph = audit.causation(tallies.store, "order")
    refused = graph.nodes[-1]
    assert (refused.kind, refused.label, refused.stream) == ("refusal", "Take", "a")
    assert refused.detail == "Take(amount=50): 50 is more than 13"
    assert [(edge.cause, edge.effect) for edge in graph.edges] == [
        ("command cmd-2", "event 3"),
        ("command cmd-2", "command cmd-3"),
    ]
    assert audit.causation(tallies.store, "cmd-1").edges[-1].effect == "event 2"
    assert audit.causation(tallies.store, "nothing").nodes == ()


# Verifying.


def test_a_store_that_nobody_touched_fits_together(bank, tallies):
    for store in (bank.store, tallies.store, MemoryStore(TallyMessage)):
        verified = audit.verify(store)
        assert verified.wrong is None
        assert (verified.events.size, verified.decisions.size) == store.counts()
        assert audit.compare(store, verified.seal) == []
    assert repr(audit.verify(tallies.store)) == (
        "Verification(4 events and 4 decisions fit together)"
    )


def test_a_seal_made_in_steps_is_the_seal_of_all(tallies):
    known = Verification()
    for _ in range(3):
        tallies.handle("b", Add((1, 1)))
        tallies.handle("b", Take(1_000))
        known = audit.verify(tallies.store, known)
        everything = audit.verify(tallies.store)
        assert replace(known, read=everything.read) == everything


def test_verifying_the_tail_reads_the_tail_only_and_leaves_what_it_was_given(tallies, monkeypatch):
    known = audit.verify(tallies.store)
    tips = dict(known.tips)
    tallies.handle("new", Add((1,)))
    read, stored = [], type(tallies.store).event_rows

    def counting(self, *where):
        for row in stored(self, *where):
            read.append(row.position)
            yield row

    monkeypatch.setattr(type(tallies.store), "event_rows", counting)
    assert audit.verify(tallies.store, known).events.size == 5
    assert read == [5]
    assert known.tips == tips


def test_a_verification_says_what_it_read_and_what_it_proved_and_what_not(tallies):
    known = audit.verify(tallies.store)
    assert (known.read, known.whole) == ((4, 4), True)
    assert f"{known}".splitlines() == [
        "Read: 4 events and 4 decisions. Each has the hash of its content and of what stands "
        "before it, no place is missing, no time runs backwards, and each decision led to just the "
        "events that stand with it.",
        "The home as a whole is as esdemo makes it.",
        "Not proved: that this is the history that was written (compare it with a seal), nor that "
        "the rules led to it (look for contradictions).",
    ]
    tallies.handle("new", Add((1, 2)))
    tallies.handle("new", Take(9))
    later = audit.verify(tallies.store, known)
    assert later.read == (2, 2)
    assert repr(later) == (
        "Verification(6 events and 6 decisions fit together, 2 and 2 of them read now)"
    )
    assert "Read: 2 events and 2 decisions." in f"{later}"
    assert "Taken as known, and not read again: the 4 events and 4 decisions before" in f"{later}"


def test_what_was_known_is_not_read_again_so_an_edit_of_it_is_not_found_and_it_says_so(path):
    with SQLiteStore(path, TallyMessage, ticking(START)) as store:
        application = filled(store)
        known = audit.verify(store)
        application.handle("new", Add((1,)))
    with closing(unguarded(path)) as db:
        db.execute("UPDATE events SET data = replace(data, '2', '3') WHERE position = 2")
    with SQLiteStore(path, TallyMessage) as store:
        later = audit.verify(store, known)
        assert later.wrong is None
        assert later.read == (1, 1)
        assert audit.verify(store).wrong.startswith("position 2 ")
        assert audit.compare(store, later.seal) != []


def test_a_verification_says_where_it_stopped(path):
    with SQLiteStore(path, TallyMessage, ticking(START)) as store:
        filled(store)
    with closing(unguarded(path)) as db:
        db.execute("UPDATE events SET actor = 'eve' WHERE position = 4")
    with SQLiteStore(path, TallyMessage) as store:
        found = audit.verify(store)
    assert not found.whole
    assert f"Then it no longer fits: {found.wrong}." in f"{found}"
    assert repr(found) == (
        f"Verification(3 events and 2 decisions fit together; then {found.wrong})"
    )
    assert found.wrong.startswith("position 4 ")


WRONG = {
    "UPDATE events SET data = replace(data, '2', '3') WHERE position = 2": (
        "position 2 ('a', version 2): its hash is not that of its content and the hash before it"
    ),
    "UPDATE events SET version = 7 WHERE position = 4": (
        "position 4 ('a', version 7): version 3 of the stream is missing"
    ),
    "DELETE FROM events WHERE position = 3": ("decision 2 ('b'): position 3 is missing"),
    "UPDATE events SET position = 50 WHERE position = 4": (
        "decision 3 ('a'): position 4 is missing"
    ),
    "DELETE FROM events WHERE position = 2": "position 3 ('b', version 1): position 2 is missing",
    "DELETE FROM decisions WHERE number = 2": ("decision 3 ('a'): decision 2 is missing"),
    "UPDATE decisions SET number = 50 WHERE number = 4": "decision 4 is missing",
    "UPDATE decisions SET reason = 'because' WHERE number = 3": (
        "decision 3 ('a'): its hash is not that of its content and the hash before it"
    ),
    "UPDATE decisions SET actor = 'eve' WHERE number = 3": (
        "decision 3 ('a'): its hash is not that of its content and the hash before it"
    ),
    "UPDATE decisions SET causation_id = '' WHERE number = 3": (
        "decision 3 ('a'): its hash is not that of its content and the hash before it"
    ),
    "UPDATE decisions SET data = replace(data, '5', '6') WHERE number = 2": (
        "decision 2 ('b'): its hash is not that of its content and the hash before it"
    ),
    "UPDATE decisions SET reason = NULL WHERE number = 3": (
        "decision 3 ('a'): its hash is not that of its content and the hash before it"
    ),
    "UPDATE decisions SET actor = 'eve' WHERE number = 2": (
        "decision 2 ('b'): its command, correlation, actor or times are not those of its events"
    ),
    "UPDATE decisions SET version = 2 WHERE number = 3": (
        "decision 3 ('a'): the stream was at version 3, not 2"
    ),
    "UPDATE decisions SET reason = 'no' WHERE number = 2": (
        "decision 2 ('b'): it was refused, and yet it has events"
    ),
    "UPDATE decisions SET events = 1 WHERE number = 3": "decision 3",
    "UPDATE decisions SET events = 0 WHERE number = 2": "decision 2",
    "UPDATE decisions SET stream = 'z' WHERE number = 2": (
        "position 3 ('b', version 1): decision 2 has an event of 'z' here"
    ),
    "UPDATE decisions SET recorded_at = '2000' WHERE number = 3": (
        "decision 3 ('a'): it was recorded before what stands in front of it"
    ),
    "UPDATE events SET actor = CAST(x'ff' AS TEXT) WHERE position = 1": (
        "after position 0, decision 0: "
    ),
}


@pytest.mark.parametrize("statement", WRONG)
def test_the_first_wrong_thing_is_named_with_its_place(statement, path):
    with SQLiteStore(path, TallyMessage, ticking(START)) as store:
        seal = audit.verify(filled(store).store).seal
    with closing(unguarded(path)) as db:
        assert db.execute(statement).rowcount == 1
    with SQLiteStore(path, TallyMessage) as store:
        assert audit.verify(store).wrong.startswith(WRONG[statement])
        assert audit.compare(store, seal) != []


def test_an_event_that_was_recorded_before_its_predecessor_is_wrong_even_with_a_right_hash():
    store = MemoryStore(TallyMessage, ticking(START))
    for version in range(2):
        store.append("a", [Added(1)], expected_version=version)
    first, second = store.event_rows()
    earlier = second._replace(recorded_at="2000-01-01T00:00:00.000000+00:00")
    store.home._log[1] = earlier._replace(hash=earlier.link(first.hash))
    assert audit.verify(store).wrong == (
        "position 2 ('a', version 2): it was recorded before what stands in front of it"
    )


def test_a_table_made_anew_without_its_types_is_wrong_and_no_crash(path):
    with SQLiteStore(path, TallyMessage, ticking(START)) as store:
        seal = audit.verify(filled(store).store).seal
    with closing(unguarded(path)) as db:
        db.execute("CREATE TABLE loose AS SELECT * FROM decisions")
        db.execute("UPDATE loose SET position = NULL, reason = x'ff' WHERE number = 2")
        db.execute("DROP TABLE decisions")
        db.execute("ALTER TABLE loose RENAME TO decisions")
    with SQLiteStore(path, TallyMessage) as store:
        assert audit.verify(store).wrong.startswith("after position 0, decision 0: ")
        unreadable, odd = audit.compare(store, seal)[:2]
        assert unreadable.startswith("the first 4 decisions cannot be read: ")
        assert "decision 2 ('b') has no number for its place" in unreadable
        assert odd == "index sqlite_autoindex_decisions_1 is not as esdemo makes it"


def test_a_history_cut_shorter_than_what_was_known_is_wrong(path):
    with SQLiteStore(path, TallyMessage, ticking(START)) as store:
        known = audit.verify(filled(store).store)
    forge(path, transactions(path)[:1])
    with SQLiteStore(path, TallyMessage) as store:
        assert audit.verify(store).wrong is None
        assert audit.verify(store, known).wrong == "position 3 is missing"
        assert audit.compare(store, known.seal) == [
            "2 of the 4 sealed events are missing",
            "3 of the 4 sealed decisions are missing",
        ]


def test_what_comes_after_a_seal_does_not_break_it(tallies):
    seal = audit.verify(tallies.store).seal
    tallies.handle("a", Add((1, 2, 3)))
    tallies.handle("c", Take(1))
    assert audit.compare(tallies.store, seal) == []


def test_a_seal_tells_events_and_decisions_apart(path):
    with SQLiteStore(path, TallyMessage, ticking(START)) as store:
        seal = audit.verify(filled(store).store).seal
    with closing(unguarded(path)) as db:
        db.execute("UPDATE decisions SET reason = 'because' WHERE number = 3")
    with SQLiteStore(path, TallyMessage) as store:
        found = ["the first 4 decisions are not those that were sealed"]
        assert audit.compare(store, seal) == found
