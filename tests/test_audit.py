"""Auditing: the trail, the causes, the chain, the seal and the proofs."""

from contextlib import closing

import pytest
from conftest import START
from forgery import forge, transactions, unguarded
from hypothesis import given
from hypothesis import strategies as st
from tally import Add, Added, Take, TallyMessage, tally

from esdemo import Application, MemoryStore, SQLiteStore, audit
from esdemo.audit import NotAProof, NotASeal, Receipt, Seal, Verification
from esdemo.clocks import numbered, ticking
from esdemo.domains.bank import (
    Account,
    AccountOpened,
    MoneyWithdrawn,
    TransferSent,
    Withdraw,
    simulate,
)
from esdemo.errors import InvalidMoment, NotFound
from esdemo.events import chain
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
        assert known == audit.verify(tallies.store)


def test_verifying_the_tail_reads_the_tail_only_and_leaves_what_it_was_given(tallies, monkeypatch):
    known = audit.verify(tallies.store)
    heads = dict(known.heads)
    tallies.handle("new", Add((1,)))
    read, stored = [], type(tallies.store).event_rows

    def counting(self, *where):
        for row in stored(self, *where):
            read.append(row.position)
            yield row

    monkeypatch.setattr(type(tallies.store), "event_rows", counting)
    assert audit.verify(tallies.store, known).events.size == 5
    assert read == [5]
    assert known.heads == heads


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
    store._log[1] = earlier._replace(hash=chain(first.hash, *earlier[1:9]))
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
        assert audit.compare(store, seal) == [
            "the first 4 decisions are not those that were sealed"
        ]


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


def test_one_seal_shows_that_a_decision_was_changed_and_the_events_were_not(path):
    with SQLiteStore(path, TallyMessage, ticking(START)) as store:
        seal = audit.verify(filled(store).store).seal
    with closing(unguarded(path)) as db:
        db.execute("UPDATE decisions SET reason = 'because' WHERE number = 3")
    with SQLiteStore(path, TallyMessage) as store:
        assert audit.verify(store).wrong is None
        found = ["the first 4 decisions are not those that were sealed"]
        assert audit.compare(store, seal) == found


# Seals and proofs as text.


def test_a_seal_is_one_line_of_text(bank):
    seal = audit.verify(bank.store).seal
    text = str(seal)
    assert "\n" not in text
    assert Seal.parse(f"  {text}\n") == seal
    assert text.startswith(f"esdemo seal: {bank.store.position} events ")


@pytest.mark.parametrize("text", ["", "esdemo seal: 1 events ab, 1 decisions cd", "²", "esdemo"])
def test_a_text_that_is_no_seal_is_refused_by_name(text):
    with pytest.raises(NotASeal, match="is no seal"):
        Seal.parse(text)


@given(st.data())
def test_a_changed_seal_is_another_or_none(bank, data):
    seal = audit.verify(bank.store).seal
    text = str(seal)
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.characters().filter(lambda letter: letter != text[place]))
    try:
        other = Seal.parse(text[:place] + letter + text[place + 1 :])
    except NotASeal:
        return
    assert other != seal
    assert audit.compare(bank.store, other) != [] or other.events < seal.events


def test_a_receipt_proves_one_event_to_somebody_who_has_only_the_seal(bank):
    seal = audit.verify(bank.store).seal
    for fact in bank.store.recorded():
        receipt = audit.receipt(bank.store, fact.position, seal)
        sent = str(receipt)
        assert Receipt.parse(sent) == receipt
        assert Receipt.parse(sent).holds(seal)
        assert receipt.event.data == bank.store.vocabulary.encode(fact.event)
        assert len(receipt.path) <= seal.events.bit_length()


def test_a_receipt_for_anything_else_does_not_hold(bank):
    seal = audit.verify(bank.store).seal
    receipt = audit.receipt(bank.store, 9, seal)
    older = audit.Verification().seal
    assert not receipt.holds(older)
    for column, value in receipt.event._asdict().items():
        changed = value + 1 if isinstance(value, int) else f"{value} "
        other = receipt.event._replace(**{column: changed})
        assert not Receipt(other, receipt.path).holds(seal)
    for position in (0, -1, 2**70):
        assert not Receipt(receipt.event._replace(position=position), receipt.path).holds(seal)
    assert not Receipt(receipt.event, receipt.path[1:]).holds(seal)


@pytest.mark.parametrize("position", [0, -1, 10**6])
def test_there_is_no_receipt_for_what_is_not_sealed(bank, position):
    seal = audit.verify(bank.store).seal
    with pytest.raises(InvalidMoment, match="the seal covers positions 1 to"):
        audit.receipt(bank.store, position, seal)


@pytest.mark.parametrize("kind", [Receipt, audit.Consistency])
@pytest.mark.parametrize("text", ["", "{}", "[" * 100_000, '{"path": ["AA=="]}', "\ud800", "null"])
def test_a_text_that_is_no_proof_is_refused_by_name(kind, text):
    with pytest.raises(NotAProof, match=f"is no {kind.__name__}"):
        kind.parse(text)


def test_a_later_seal_is_proven_to_continue_an_earlier_one(tallies):
    seals = [audit.Verification().seal]
    for amount in range(5):
        seals.append(audit.verify(tallies.store).seal)
        tallies.handle("a", Add((amount,)))
        tallies.handle("b", Take(1_000))
    for earlier, old in enumerate(seals):
        for later, new in enumerate(seals):
            if earlier > later:
                with pytest.raises(InvalidMoment, match="covers more than"):
                    audit.consistency(tallies.store, old, new)
                continue
            proof = audit.consistency(tallies.store, old, new)
            assert audit.Consistency.parse(str(proof)) == proof
            assert proof.holds(old, new)
            assert earlier == later or not proof.holds(new, old)


def test_no_proof_leads_from_a_seal_to_the_seal_of_a_rewritten_history(path):
    with SQLiteStore(path, TallyMessage, ticking(START)) as store:
        application = filled(store)
        old = audit.verify(store).seal
        application.handle("a", Add((7,)))
    history = transactions(path)
    history[0][1][0]["data"] = '{"type":"Added","amount":3}'
    forge(path, history)
    with SQLiteStore(path, TallyMessage) as store:
        verified = audit.verify(store)
        assert verified.wrong is None
        new = verified.seal
        assert not audit.consistency(store, old, new).holds(old, new)
