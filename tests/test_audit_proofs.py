"""Seals and proofs, as text that is kept elsewhere, and against whoever makes them up."""

import json
from functools import partial
from hashlib import sha256

import independent
import pytest
from conftest import START
from forgery import forge, transactions
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tally import Add, Take, TallyMessage
from test_audit import filled
from test_audit_merkle import slow_root

from esdemo import SQLiteStore, audit
from esdemo.audit import DecisionReceipt, NotAProof, NotASeal, Receipt, Seal
from esdemo.clocks import ticking
from esdemo.domains.bank import simulate
from esdemo.errors import InvalidMoment


@pytest.fixture(scope="module")
def bank():
    """Some weeks of a small bank, in memory."""
    return simulate(accounts=5, days=24, seed=3)


@pytest.fixture
def tallies(store):
    return filled(store)


# Seals and proofs as text.


def test_a_seal_is_one_line_of_text(bank):
    seal = audit.verify(bank.store).seal
    text = str(seal)
    assert "\n" not in text
    assert Seal.parse(f"  {text}\n") == seal
    assert text.startswith(f"esdemo seal: {bank.store.position} events ")


@pytest.mark.parametrize(
    "text",
    ["", "esdemo seal: 1 events ab, 1 decisions cd", "²", "esdemo", 5, None, b"esdemo seal: 1"],
)
def test_a_text_that_is_no_seal_is_refused_by_name(text):
    with pytest.raises(NotASeal, match="is not a seal"):
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


def test_a_seal_is_what_a_stranger_makes_of_the_file_with_json_and_sha256(path):
    """RFC 9162 over the rows as JSON arrays, each with a null byte in front."""
    with SQLiteStore(path, TallyMessage, ticking(START)) as store:
        seal = audit.verify(filled(store).store).seal

    def root(rows):
        arrays = [json.dumps([*row], ensure_ascii=False, separators=(",", ":")) for row in rows]
        return slow_root([sha256(b"\x00" + array.encode()).digest() for array in arrays]).hex()

    assert seal.events_root == root(independent.events(path))
    assert seal.decisions_root == root(independent.decisions(path))


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


@pytest.mark.parametrize("place", [0, -1, 10**6, "1", None, 1.0, True])
def test_there_is_no_receipt_for_what_is_not_sealed(bank, place):
    seal = audit.verify(bank.store).seal
    with pytest.raises(InvalidMoment, match="the seal covers positions 1 to"):
        audit.receipt(bank.store, place, seal)
    with pytest.raises(InvalidMoment, match="the seal covers decisions 1 to"):
        audit.decision_receipt(bank.store, place, seal)


def test_a_receipt_proves_a_refusal_which_is_in_no_stream(bank):
    seal = audit.verify(bank.store).seal
    for decision in bank.store.decisions():
        receipt = audit.decision_receipt(bank.store, decision.number, seal)
        sent = DecisionReceipt.parse(str(receipt))
        assert sent == receipt
        assert sent.holds(seal)
        assert sent.decision.reason == decision.reason
        assert len(receipt.path) <= seal.decisions.bit_length()
    assert any(decision.refused for decision in bank.store.decisions())


def test_a_receipt_for_another_decision_does_not_hold(bank):
    seal = audit.verify(bank.store).seal
    refused = next(each.number for each in bank.store.decisions() if each.refused)
    receipt = audit.decision_receipt(bank.store, refused, seal)
    assert not receipt.holds(audit.Verification().seal)
    for column, value in receipt.decision._asdict().items():
        changed = value + 1 if isinstance(value, int) else f"{value} "
        other = receipt.decision._replace(**{column: changed})
        assert not DecisionReceipt(other, receipt.path).holds(seal)
    assert not DecisionReceipt(receipt.decision._replace(reason=None), receipt.path).holds(seal)
    assert not DecisionReceipt(receipt.decision, receipt.path[1:]).holds(seal)


def test_a_receipt_of_an_event_is_not_one_of_a_decision(bank):
    seal = audit.verify(bank.store).seal
    with pytest.raises(NotAProof, match=r"is not a Receipt: .* unknown field `decision`"):
        Receipt.parse(str(audit.decision_receipt(bank.store, 1, seal)))
    with pytest.raises(NotAProof, match=r"is not a DecisionReceipt: .* unknown field `event`"):
        DecisionReceipt.parse(str(audit.receipt(bank.store, 1, seal)))


def test_a_seal_or_a_proof_made_by_hand_of_something_else_is_refused_by_name(bank):
    seal = audit.verify(bank.store).seal
    receipt = audit.receipt(bank.store, 1, seal)
    for root in ("", "xyz", "g" * 64, "A" * 64, "0" * 63, "0" * 65, 5, None, b"0" * 64):
        with pytest.raises(NotASeal, match="is not a root"):
            Seal(1, root, 1, "0" * 64)
        with pytest.raises(NotASeal, match="is not a root"):
            replace(seal, decisions_root=root)
    for count in (-1, 2**63, 1.0, True, "1", None):
        with pytest.raises(NotASeal, match="is no count"):
            Seal(count, "0" * 64, 1, "0" * 64)
    for row in (receipt.event._replace(stream=b"alice"), (1,), None, "event"):
        with pytest.raises(NotAProof, match="not a Receipt"):
            Receipt(row, receipt.path)
    for path in ([], (b"short",), ("0" * 32,), None):
        with pytest.raises(NotAProof, match="hashes of 32 bytes"):
            Receipt(receipt.event, path)
        with pytest.raises(NotAProof, match="hashes of 32 bytes"):
            audit.Consistency((), path)


@pytest.mark.parametrize("line", ["esdemo seal: 1 events", 5, None])
def test_what_belongs_to_a_seal_asks_for_a_seal_and_not_for_its_text(bank, line):
    seal = audit.verify(bank.store).seal
    receipts = audit.receipt(bank.store, 1, seal), audit.decision_receipt(bank.store, 1, seal)
    asked = [partial(receipt.holds, line) for receipt in receipts]
    asked += [partial(audit.consistency(bank.store, seal, seal).holds, seal, line)]
    asked += [partial(audit.compare, bank.store, line)]
    asked += [partial(audit.receipt, bank.store, 1, line)]
    asked += [partial(audit.decision_receipt, bank.store, 1, line)]
    asked += [partial(audit.consistency, bank.store, line, seal)]
    for ask in asked:
        with pytest.raises(NotASeal, match=r"read a line of text with Seal\.parse"):
            ask()


@pytest.mark.parametrize("kind", [Receipt, DecisionReceipt, audit.Consistency])
@pytest.mark.parametrize(
    "text", ["", "{}", "[" * 100_000, '{"path": ["AA=="]}', "\ud800", "null", 5, None, object()]
)
def test_a_text_that_is_no_proof_is_refused_by_name(kind, text):
    with pytest.raises(NotAProof, match=f"is not a {kind.__name__}"):
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
