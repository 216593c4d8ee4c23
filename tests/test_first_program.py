"""The bank's first program: what it stored is read by today's, on the real path, to the cent."""

from importlib.resources import files

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esdemo import Application, Event, MemoryStore, SQLiteStore, Vocabulary, audit, errors
from esdemo.checkpoints import Checkpoints
from esdemo.clocks import numbered
from esdemo.compatibility import compare
from esdemo.domains import bank
from esdemo.domains.bank import first
from esdemo.interchange import NotImported, export_history
from esdemo.projections import Projection, View

SHIPPED = files("esdemo.domains.bank").joinpath("recordings", "2019.jsonl").read_bytes()


@pytest.fixture
def old():
    """The first program with its file of 2019."""
    store = MemoryStore(first.FirstMessage)
    first.read(store)
    return Application(first.rules, store)


@pytest.fixture
def today():
    """Today's bank with the same file."""
    store = MemoryStore(first.TODAY)
    first.read(store)
    return Application(bank.rules, store, ids=numbered("today"))


def test_the_file_is_what_the_first_program_still_writes(tmp_path):
    """Nobody can have edited it, nor the shapes and rules that wrote it."""
    first.record(tmp_path / "again.jsonl")
    written = (tmp_path / "again.jsonl").read_bytes()
    assert written == SHIPPED


def test_every_state_is_what_the_first_program_said_in_cents(old, today):
    for stream in old.store.streams():
        for version in range(old.store.version(stream) + 1):
            then = old.state(stream, version=version)
            now = today.state(stream, version=version)
            assert (now.owner, now.balance, now.overdraft) == (
                then.name,
                then.euros * 100,
                then.limit * 100,
            )


def test_refusals_and_commands_have_come_along(old, today):
    before, now = list(old.store.decisions()), list(today.store.decisions())
    assert [each.refused for each in now] == [each.refused for each in before]
    assert any(each.refused for each in now)
    assert {type(each.command) for each in now} == {bank.OpenAccount, bank.Deposit, bank.Withdraw}


def test_hashes_and_seal_are_those_of_2019(old, today):
    assert audit.verify(today.store).wrong is None
    assert audit.verify(today.store).seal == audit.verify(old.store).seal
    assert list(today.store.transactions()) == list(old.store.transactions())


def test_today_goes_on_where_2019_ended(today):
    before = today.state("olga").balance
    assert not today.handle("olga", bank.Withdraw(1_50)).refused
    assert today.state("olga").balance == before - 1_50
    assert audit.verify(today.store).wrong is None


def test_every_upcaster_is_called_on_the_way():
    """An upcaster that no stored payload ever meets is dead code, or one that is forgotten."""
    called = set()

    def noted(name, step):
        def note(payload):
            called.add(name)
            return step(payload)

        return note

    steps = {name: noted(name, step) for name, step in first.UPCASTERS.items()}
    store = MemoryStore(Vocabulary(bank.BankMessage, steps))
    first.read(store)
    list(store.decisions())
    assert called == set(first.UPCASTERS)


def test_everything_that_2019_could_store_can_be_read():
    found = compare(first.FirstMessage, first.TODAY, first.payloads())
    assert found.verdict == "backward"
    assert found.untried == ()


@pytest.mark.parametrize("missing", first.UPCASTERS)
def test_without_one_step_the_file_is_refused_by_line_and_the_comparison_says_so(missing):
    steps = {name: step for name, step in first.UPCASTERS.items() if name != missing}
    vocabulary = Vocabulary(bank.BankMessage, steps)
    with pytest.raises(NotImported, match=r"^line \d+: .*cannot be read"):
        first.read(MemoryStore(vocabulary))
    assert compare(first.FirstMessage, vocabulary).backward != ()


def test_an_export_of_what_was_read_is_the_same_file(today, tmp_path):
    export_history(today.store, tmp_path / "again.jsonl")
    assert (tmp_path / "again.jsonl").read_bytes() == SHIPPED


def test_saved_states_of_an_older_vocabulary_are_not_used(tmp_path):
    """A wrong upcaster leaves checkpoints; with the one that is right they are not found."""
    wrong = first.UPCASTERS | {
        "PaidIn": lambda old: {"type": "PaidIn.2", "cents": old["euros"]},
    }
    states = []
    for steps in (wrong, first.UPCASTERS, wrong):
        with SQLiteStore(tmp_path / "bank.db", Vocabulary(bank.BankMessage, steps)) as store:
            if not store.position:
                first.read(store)
            saved = Checkpoints(bank.rules, tmp_path / "saved.db", every=2)
            application = Application(bank.rules, store, checkpoints=saved)
            states.append(application.state("olga", version=store.version("olga")))
            assert states[-1] == application.replay("olga")
            saved.close()
    assert states[0] == states[2] != states[1]


def test_a_view_of_an_older_vocabulary_says_that_it_is_outdated(tmp_path):
    class Balance(msgspec.Struct, frozen=True):
        cents: int

    def counted(row, fact):
        change = fact.event.amount if isinstance(fact.event, bank.MoneyDeposited) else 0
        return Balance((row.cents if row else 0) + change)

    projection = Projection("paid_in", Balance, counted)
    wrong = first.UPCASTERS | {"PaidIn": lambda old: {"type": "PaidIn.2", "cents": old["euros"]}}
    with SQLiteStore(tmp_path / "bank.db", Vocabulary(bank.BankMessage, wrong)) as store:
        first.read(store)
        with View(projection, store, tmp_path / "views.db") as view:
            view.catch_up()
            assert not view.is_outdated
    with (
        SQLiteStore(tmp_path / "bank.db", first.TODAY) as store,
        View(projection, store, tmp_path / "views.db") as view,
    ):
        assert view.is_outdated


@given(st.text(min_size=1, max_size=40))
def test_a_name_that_nobody_knows_is_refused_by_place(name):
    if name in {*first.TODAY.names, *first.UPCASTERS}:
        return
    store = MemoryStore(Vocabulary(first.FirstMessage | unknown(name)))
    store.append("olga", [unknown(name)()], expected_version=0)
    today = MemoryStore(first.TODAY)
    today.home.insert(list(store.event_rows()), None)
    with pytest.raises(errors.Unreadable, match="'olga', version 1"):
        list(today.events("olga"))


def unknown(name, made={}):  # noqa: B006
    """A class of an event with this stored name, the same at each call."""
    return made.setdefault(
        name, msgspec.defstruct("Unknown", [], bases=(Event,), frozen=True, tag=name)
    )
