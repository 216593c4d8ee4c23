"""Copying: a log under another shape, with the same balances, whole, and with a map."""

import hashlib

import msgspec
import pytest
from conftest import START
from hypothesis import given
from hypothesis import strategies as st
from tally import Add, Added, Take, Taken, TallyMessage, tally

from esdemo import Application, MemoryStore, audit, errors
from esdemo.clocks import numbered, ticking
from esdemo.domains import bank
from esdemo.domains.bank import ledger
from esdemo.transforming import HistoryCopied, Move, copy

ORDERS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c"]),
        st.lists(st.integers(1, 9), max_size=3).map(lambda some: Add(tuple(some)))
        | st.integers(1, 30).map(Take),
    ),
    max_size=25,
)


def lived(orders):
    application = Application(tally, MemoryStore(TallyMessage, ticking(START)), ids=numbered("c"))
    for stream, command in orders:
        application.handle(stream, command)
    application.store.append("d", [Added(3)], expected_version=0)  # a fact without a decision
    return application


def as_it_is(fact, places):
    return [fact.event]


def in_ones(fact, places):
    """Each addition in two parts, each even taking in two, and what is 1 stays."""
    amount, kind = fact.event.amount, type(fact.event)
    return [fact.event] if amount == 1 else [kind(1), kind(amount - 1)]


def without_ones(fact, places):
    return [] if fact.event == Added(1) else [fact.event]


def empty(vocabulary=TallyMessage | HistoryCopied):
    return MemoryStore(vocabulary, ticking(START))


@given(ORDERS)
def test_a_copy_that_changes_nothing_has_the_same_rows_and_seal(orders):
    source, target = lived(orders).store, empty()
    copied = copy(source, target, as_it_is)
    assert copied.source == copied.target
    assert list(target.transactions()) == list(source.transactions())


@given(ORDERS)
def test_a_log_that_is_split_folds_to_the_same_states_and_is_whole(orders):
    source, target = lived(orders), empty()
    copied = copy(source.store, target, in_ones)
    split = Application(tally, target)
    for stream in source.store.streams():
        assert split.state(stream) == source.state(stream)
    assert audit.verify(target).wrong is None
    assert audit.verify(target).seal == copied.target
    before, now = list(source.store.decisions()), list(target.decisions())
    assert [each.command for each in before] == [each.command for each in now]
    assert [each.reason for each in before] == [each.reason for each in now]


@given(ORDERS)
def test_the_map_leads_from_every_old_place_to_its_new_ones(orders):
    source, target = lived(orders).store, empty()
    copied = copy(source, target, in_ones)
    new = {fact.position: fact for fact in target.recorded()}
    old = list(source.recorded())
    assert [(move.stream, move.version, move.hash) for move in copied.moves] == [
        (fact.stream, fact.version, fact.hash) for fact in old
    ]
    for move, fact in zip(copied.moves, old, strict=True):
        found = [new[position] for position in move.positions]
        assert [each.event for each in found] == in_ones(fact, {})
        assert tuple(each.version for each in found) == move.versions
        assert tuple(each.hash for each in found) == move.hashes
        for each in found:
            assert (each.recorded_at, each.actor, each.command_id) == (
                fact.recorded_at,
                fact.actor,
                fact.command_id,
            )
    assert sum(len(move.positions) for move in copied.moves) == len(new)


@given(ORDERS)
def test_what_is_left_out_is_on_the_map_too(orders):
    source, target = lived(orders).store, empty()
    copied = copy(source, target, without_ones)
    gone = [move for move in copied.moves if not move.versions]
    ones = [fact for fact in source.recorded() if fact.event == Added(1)]
    assert [move.hash for move in gone] == [fact.hash for fact in ones]
    assert audit.verify(target).wrong is None


def halves(fact, places):
    """Each deposit in two, and each reversal of what is still one, where that is now."""
    event = fact.event
    if isinstance(event, bank.MoneyDeposited) and event.source == "salary":
        return [bank.MoneyDeposited(event.amount - 1, event.source), bank.MoneyDeposited(1, "rest")]
    if isinstance(event, bank.EntryReversed):
        (entry,) = places[fact.stream, event.entry]
        return [msgspec.structs.replace(event, entry=entry)]
    return [event]


def careless(fact, places):
    """The same, with the old versions in the reversals."""
    return [fact.event] if isinstance(fact.event, bank.EntryReversed) else halves(fact, places)


def test_a_fact_that_names_a_version_is_led_to_the_new_one():
    """A reversal of the wrong entry leaves the balance right, and the books wrong."""
    year = bank.simulate(accounts=4, days=120)
    right, wrong = (MemoryStore(bank.BankMessage) for _ in range(2))
    copy(year.store, right, halves)
    copy(year.store, wrong, careless)
    assert right.position > year.store.position
    assert list(ledger.imbalances(right.recorded())) == []
    assert list(ledger.imbalances(wrong.recorded())) != []
    for stream in year.store.streams():
        balance = year.state(stream).balance
        assert Application(bank.rules, right).state(stream).balance == balance
        assert Application(bank.rules, wrong).state(stream).balance == balance


def masked(message):
    """The same without the owner's name."""
    if isinstance(message, (bank.AccountOpened, bank.OpenAccount)):
        return msgspec.structs.replace(message, owner="somebody")
    return message


@pytest.mark.parametrize("commands", [None, masked])
def test_a_masked_copy_holds_no_name_once_its_commands_are_masked_too(commands):
    """The alternative to keys: the new file is clean, the old one is what it was."""
    year = bank.simulate(accounts=4, days=60)
    target = MemoryStore(bank.BankMessage)
    copied = copy(year.store, target, lambda fact, _: [masked(fact.event)], commands=commands)
    assert copied.source != copied.target
    assert audit.verify(target).wrong is None
    assert list(ledger.imbalances(target.recorded())) == []
    told = [row.data for row in (*target.event_rows(), *target.decision_rows())]
    assert any("Alice" in text for text in told) == (commands is None)


def test_the_new_log_says_what_it_was_made_of():
    source, target = lived([("a", Add((5,)))]).store, empty()
    copied = copy(source, target, in_ones)
    copied.record(target, "each addition in two parts")
    (fact,) = target.recorded("history")
    assert fact.event == HistoryCopied(
        str(audit.verify(source).seal),
        hashlib.sha256(copied.text.encode()).hexdigest(),
        "each addition in two parts",
    )
    lines = copied.text.splitlines()
    assert tuple(msgspec.json.decode(line, type=Move) for line in lines) == copied.moves


def test_a_copy_goes_from_file_to_file(sqlite_store, tmp_path):
    source = sqlite_store(path=tmp_path / "old.db")
    application = Application(tally, source, ids=numbered("c"))
    application.handle("a", Add((1, 2, 3)))
    target = sqlite_store(TallyMessage | HistoryCopied, path=tmp_path / "new.db")
    copied = copy(source, target, in_ones)
    assert Application(tally, target).state("a") == 6
    assert audit.compare(target, copied.target) == []


def test_nothing_is_written_over_a_history(store):
    source = lived([]).store
    store.append("a", [Added(1)], expected_version=0)
    with pytest.raises(errors.Misfit, match="into an empty store"):
        copy(source, store, as_it_is)


def test_a_log_that_does_not_fit_together_is_not_copied():
    source, target = lived([("a", Add((1, 2)))]).store, empty()
    source.home._log[0] = source.home._log[0]._replace(actor="somebody else")
    with pytest.raises(errors.Misfit, match="position 1"):
        copy(source, target, as_it_is)
    assert target.counts() == (0, 0)


@pytest.mark.parametrize(
    ("transform", "error"),
    [
        (lambda fact, places: [Add((1,))], errors.UnknownType),
        (lambda fact, places: [Taken("much")], errors.NotAFact),
        (lambda fact, places: None, TypeError),
        (lambda fact, places: 1 / 0, ZeroDivisionError),
        (lambda fact, places: [bank.AccountClosed()], errors.UnknownType),
    ],
)
def test_a_transform_that_fails_writes_nothing(transform, error):
    source, target = lived([("a", Add((1, 2)))]).store, empty()
    with pytest.raises(error):
        copy(source, target, transform)
    assert target.counts() == (0, 0)
