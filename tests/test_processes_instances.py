"""A process with a stream of its own: crashes, duplicates and late news cost no money."""

from collections import Counter
from contextlib import suppress
from datetime import date, timedelta

import pytest
from conftest import START, contents
from hypothesis import given
from hypothesis import strategies as st

from esdemo import Application, MemoryStore, SQLiteStore, audit
from esdemo.clocks import ManualClock, numbered, ticking
from esdemo.domains import bank
from esdemo.domains.bank import (
    CloseAccount,
    Deposit,
    OpenAccount,
    SendTransfer,
    TransferMessage,
    TransferReceived,
    TransferReturned,
    TransferSent,
    ledger,
    transferring,
)
from esdemo.domains.bank.transferring import (
    LARGE,
    Approve,
    Asked,
    NoteDay,
    NoteSent,
    Transfer,
    TransferBegun,
    TransferEnded,
    TransferHeld,
)
from esdemo.errors import CommandIdReused, WrongOwner
from esdemo.processes import Ask, Instances, Process
from esdemo.projections import hostile


def opened(store, **balances):
    """A bank with these accounts."""
    application = Application(bank.rules, store, ids=numbered("cmd"))
    for name, balance in balances.items():
        application.handle(name, OpenAccount(name))
        if balance:
            application.handle(name, Deposit(balance))
    return application


@pytest.fixture
def bank_(new_store):
    """alice has 100, bob nothing."""
    return opened(new_store(bank.BankMessage), alice=100, bob=0)


@pytest.fixture
def transfers(bank_, new_store):
    """The process at work on it, in a store of its own."""
    return Instances(transferring(), new_store(TransferMessage), bank_)


def balances(application):
    return {name: application.state(name).balance for name in application.store.streams()}


def notes(instances, stream):
    return list(instances.application.store.events(stream))


# How an instance ends.


def test_an_instance_remembers_the_way_of_a_transfer(bank_, transfers):
    sent = bank_.handle("alice", SendTransfer("t", "bob", 30), correlation_id="k", actor="ann")
    transfers.follow()
    assert balances(bank_) == {"alice": 70, "bob": 30}
    assert not bank_.state("alice").pending
    stream = f"transfer {sent.number}"
    kinds = [type(each) for each in notes(transfers, stream)]
    assert kinds == [TransferBegun, Asked, Asked, TransferEnded]
    assert notes(transfers, stream)[-1].how == "arrived"
    *_, received, completed = bank_.store.decisions()
    assert received.command_id == f"{stream} asks receive"
    assert received.causation_id == sent.command_id
    assert completed.causation_id == received.command_id
    assert {received.correlation_id, completed.correlation_id} == {"k"}
    heard = list(transfers.application.store.decisions())
    assert [each.causation_id for each in heard] == [
        sent.command_id,
        received.command_id,
        completed.command_id,
    ]


@pytest.mark.parametrize(("receiver", "reason"), [("carol", "no such"), ("bob", "closed")])
def test_a_transfer_that_is_refused_comes_back_with_the_reason(bank_, transfers, receiver, reason):
    bank_.handle("bob", CloseAccount())
    sent = bank_.handle("alice", SendTransfer("t", receiver, 30))
    transfers.follow()
    assert balances(bank_)["alice"] == 100
    ended = notes(transfers, f"transfer {sent.number}")[-1]
    assert ended == TransferEnded("came back")
    (returned,) = (e for e in bank_.store.events("alice") if isinstance(e, TransferReturned))
    assert reason in returned.reason


def test_a_refused_transfer_begins_no_instance(bank_, transfers):
    bank_.handle("alice", SendTransfer("t", "bob", 101))
    transfers.follow()
    assert transfers.application.store.streams() == []


def test_a_name_that_no_account_can_have_is_refused_and_stops_nobody(bank_, transfers):
    """It would be the stream of the next command, which raises: nothing behind it would go on."""
    assert bank_.handle("alice", SendTransfer("t", "two\nlines", 30)).refused
    bank_.handle("alice", SendTransfer("u", "bob", 30))
    transfers.follow()
    assert balances(bank_)["bob"] == 30


@pytest.mark.parametrize(
    "command_id", ["x" * 300, "two\nlines", "transfer 7 asks receive", "' asks "]
)
def test_any_command_id_can_begin_an_instance(bank_, transfers, command_id):
    bank_.handle("alice", SendTransfer("t", "bob", 30), command_id=command_id, actor="ann")
    transfers.follow()
    assert balances(bank_) == {"alice": 70, "bob": 30}
    assert not bank_.state("alice").pending


def test_one_name_can_be_used_for_two_transfers_one_after_the_other(bank_, transfers):
    for _ in range(2):
        bank_.handle("alice", SendTransfer("t", "bob", 30))
        transfers.follow()
    assert balances(bank_) == {"alice": 40, "bob": 60}
    assert not bank_.state("alice").pending


def test_an_id_that_somebody_else_has_taken_does_not_stop_the_process(bank_, transfers):
    sent = bank_.store.position + 1
    for number in (sent, sent + 1):
        taken = f"transfer {number} asks receive"
        bank_.handle("bob", Deposit(1), command_id=taken, actor="mallory")
    bank_.handle("alice", SendTransfer("t", "bob", 30))
    bank_.handle("alice", SendTransfer("u", "bob", 30))
    transfers.follow()
    assert balances(bank_) == {"alice": 40, "bob": 62}
    transfers.follow()
    transfers.resume_all()
    assert balances(bank_) == {"alice": 40, "bob": 62}


# Crashes, duplicates, and a queue.


class Crash(Exception):
    """The process is killed here."""


class Crashing:
    """A store whose process is killed before or after its nth write, counted over all stores."""

    def __init__(self, left):
        self.left = left

    def around(self, store):
        """Have the writes of this store counted."""
        record = store.record

        def counted(*args, **options):
            self.die()
            done = record(*args, **options)
            self.die()
            return done

        store.record = counted
        return lambda: setattr(store, "record", record)

    def die(self):
        if self.left == 0:
            raise Crash
        self.left -= 1


@pytest.mark.parametrize("receiver", ["bob", "nobody"])
@pytest.mark.parametrize("writes", range(12))
def test_a_crash_before_or_after_any_write_is_made_good(bank_, transfers, writes, receiver):
    bank_.handle("alice", SendTransfer("t", receiver, 30))
    crashing = Crashing(writes)
    undo = [crashing.around(store) for store in (bank_.store, transfers.application.store)]
    with suppress(Crash):  # the highest numbers are never reached
        transfers.follow()
    for each in undo:
        each()
    assert list(ledger.imbalances(bank_.store.recorded())) == []
    again = Instances(transferring(), transfers.application.store, bank_)
    again.resume_all()
    again.follow()
    expected = {"alice": 70, "bob": 30} if receiver == "bob" else {"alice": 100, "bob": 0}
    assert balances(bank_) == expected
    assert not bank_.state("alice").pending
    arrived = [
        fact
        for fact in bank_.store.recorded()
        if isinstance(fact.event, TransferReceived | TransferReturned)
    ]
    assert len(arrived) == 1


def test_a_crash_between_note_and_ask_is_made_good_by_resuming_alone(bank_, transfers):
    """A worker that starts where the last one stopped does not hear the same news again."""
    sent = bank_.handle("alice", SendTransfer("t", "bob", 30))
    news = transfers.process.hears(sent)
    transfers.tell(
        transfers.stream(sent), news, f"transfer {sent.number} hears {sent.number}", sent
    )
    assert balances(bank_) == {"alice": 70, "bob": 0}
    transfers.resume_all()
    assert balances(bank_) == {"alice": 70, "bob": 30}
    transfers.follow(after=sent.number)
    assert not bank_.state("alice").pending


def test_following_again_and_resuming_again_add_nothing(bank_, transfers):
    for number in range(3):
        bank_.handle("alice", SendTransfer(f"t{number}", "bob" if number else "carol", 10))
    last = transfers.follow()
    before = contents(bank_.store), contents(transfers.application.store)
    for after in range(last + 1):
        assert transfers.follow(after) == last
    transfers.resume_all()
    other = Instances(transferring(), transfers.application.store, bank_)
    other.follow()
    assert (contents(bank_.store), contents(transfers.application.store)) == before


SENDS = st.lists(
    st.tuples(
        st.sampled_from(["alice", "bob", "carol"]),
        st.sampled_from(["alice", "bob", "carol", "nobody"]),
        st.integers(1, 60),
    ),
    max_size=8,
)


@given(sends=SENDS, seed=st.integers(0, 10**6), writes=st.lists(st.integers(0, 30), max_size=4))
def test_money_is_conserved_at_every_position_whatever_the_world_does(sends, seed, writes):
    """News come twice, late, in any order; the worker dies before and after any write."""
    store = MemoryStore(bank.BankMessage, ticking(START))
    application = opened(store, alice=100, bob=50, carol=0)
    own = MemoryStore(TransferMessage, ticking(START))
    for number, (sender, receiver, amount) in enumerate(sends):
        application.handle(sender, SendTransfer(f"t{number}", receiver, amount))
    for left in writes:
        instances = Instances(transferring(), own, application)
        undo = [Crashing(left).around(each) for each in (store, own)]
        try:
            brought(instances, store, seed)
        except Crash:
            seed += 1
        finally:
            for each in undo:
                each()
    instances = Instances(transferring(), own, application)
    instances.resume_all()
    while brought(instances, store, seed):
        seed += 1
    assert list(ledger.imbalances(store.recorded())) == []
    assert sum(balances(application).values()) == 150
    assert not any(application.state(name).pending for name in ("alice", "bob", "carol"))
    ends = Counter(type(fact.event) for fact in store.recorded())
    assert ends[TransferSent] == ends[TransferReceived] + ends[TransferReturned]
    assert audit.verify(store).wrong is None
    assert audit.verify(own).wrong is None


def brought(instances, store, seed):
    """Every decision of the bank, by a hostile queue; whether that led to others."""
    known = list(store.decisions())

    def take(decision, crash):
        if crash == "before":
            return False
        instances.receive(decision)
        return True

    hostile.deliver(known, take, seed)
    return store.counts()[1] > len(known)


# The two stores need not be in one place.


def test_the_two_stores_can_be_two_files(tmp_path):
    with (
        SQLiteStore(tmp_path / "bank.db", bank.BankMessage, ticking(START)) as accounts,
        SQLiteStore(tmp_path / "transfers.db", TransferMessage, ticking(START)) as own,
    ):
        application = opened(accounts, alice=100, bob=0)
        application.handle("alice", SendTransfer("t", "bob", 30))
        Instances(transferring(), own, application).follow()
        assert balances(application) == {"alice": 70, "bob": 30}


def test_the_two_stores_can_be_one(new_store):
    store = new_store(bank.BankMessage | TransferMessage)
    application = opened(store, alice=100, bob=0)
    application.handle("alice", SendTransfer("t", "bob", 30))
    Instances(transferring(), store, application).follow()
    assert application.state("bob").balance == 30


# A version marker, and deadlines.

MONDAY = START + timedelta(days=7)


@pytest.fixture
def large(new_store):
    """A bank whose clock can be moved, and that has a large transfer on its way by new terms."""
    clock = ManualClock(START)
    application = opened(new_store(bank.BankMessage, clock), alice=5 * LARGE, bob=0)
    instances = Instances(transferring(MONDAY), new_store(TransferMessage, clock), application)
    return application, instances, clock


def test_terms_are_those_of_the_day_on_which_a_transfer_was_sent(large):
    application, instances, clock = large
    for days in (0, 7):
        clock.now = START + timedelta(days=days)
        application.handle("alice", SendTransfer(f"t{days}", "bob", LARGE))
    clock.advance(days=30)
    instances.follow()
    assert application.state("bob").balance == LARGE
    stages = [instances.application.state(name) for name in instances.application.store.streams()]
    assert [(state.terms, state.stage) for state in stages] == [(1, "ended"), (2, "held")]
    assert stages[1].due == (MONDAY + timedelta(days=3)).date()


def held(large):
    """The stream of a transfer that waits for a person."""
    application, instances, clock = large
    clock.now = MONDAY
    sent = application.handle("alice", SendTransfer("t", "bob", LARGE))
    instances.follow()
    return f"transfer {sent.number}"


def test_a_person_approves_and_the_transfer_goes_on(large):
    application, instances, _ = large
    stream = held(large)
    assert not instances.tell(stream, Approve("ann"), "approval 1").refused
    instances.resume(stream)
    instances.follow()
    assert application.state("bob").balance == LARGE
    assert instances.tell(stream, Approve("ben"), "approval 2").refused


def test_a_deadline_that_passes_sends_the_money_back_once_however_often_it_is_told(large):
    application, instances, _ = large
    stream = held(large)
    due = instances.application.state(stream).due
    for days in (-1, 0, 0, 4):
        day = due + timedelta(days=days)
        instances.tell(stream, NoteDay(day), f"{stream} day {day}")
        instances.resume_all()
    instances.follow()
    assert application.state("alice").balance == 5 * LARGE
    assert instances.tell(stream, Approve("ann"), "too late").refused
    kinds = [type(note) for note in instances.application.store.events(stream)]
    assert kinds == [TransferBegun, TransferHeld, Asked, TransferEnded]
    *_, back = application.store.decisions("alice")
    assert back.correlation_id == next(application.store.decisions("alice", 2)).correlation_id


def test_the_functions_are_a_decider_like_any_other():
    sent = NoteSent("t", "alice", "bob", LARGE, date(2026, 1, 12), 2)
    rules = transferring().decider
    begun = TransferBegun("t", "alice", "bob", LARGE, 2)
    rules.given().when(sent).then(begun, TransferHeld(date(2026, 1, 15)))
    rules.given(begun, TransferHeld(date(2026, 1, 15))).when(NoteDay(date(2026, 1, 14))).then()
    rules.given().when(Approve("ann")).then_refused()
    assert rules.fold([begun, TransferEnded("arrived")]).stage == "ended"


def test_a_process_that_asks_another_thing_under_an_old_name_is_told_so(bank_, new_store):
    store = new_store(TransferMessage)
    bank_.handle("alice", SendTransfer("t", "bob", 30))
    Instances(transferring(), store, bank_).follow()

    def generous(state: Transfer):
        return {"receive": Ask("bob", Deposit(99))}

    old = transferring()
    changed = Process("transfer", old.hears, old.react, old.evolve, generous, old.initial)
    with pytest.raises(CommandIdReused):
        Instances(changed, store, bank_).resume_all()


def test_what_handle_raises_passes_through_and_nothing_is_lost(bank_, transfers, monkeypatch):
    bank_.handle("alice", SendTransfer("t", "bob", 30))

    def broken(*args, **options):
        raise WrongOwner("elsewhere")

    monkeypatch.setattr(bank_, "handle", broken)
    with pytest.raises(WrongOwner):
        transfers.follow()
    monkeypatch.undo()
    transfers.follow()
    assert balances(bank_) == {"alice": 70, "bob": 30}
