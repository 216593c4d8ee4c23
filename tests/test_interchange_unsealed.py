"""Events as text without a proof: out and back, and never taken for a whole history."""

import msgspec
import pytest
from conftest import START

from esdemo import Application, MemoryStore
from esdemo.clocks import numbered, ticking
from esdemo.domains import bank
from esdemo.errors import Unreadable
from esdemo.interchange import FORMS, NotImported, export_history, import_history, unsealed


@pytest.fixture
def small():
    """Alice's first day."""
    store = MemoryStore(bank.BankMessage, ticking(START))
    application = Application(bank.rules, store, ids=numbered("cmd"))
    for command in (bank.OpenAccount("Alice", 100_00), bank.Deposit(500_00), bank.Withdraw(3_00)):
        application.handle("alice", command, actor="teller-1")
    return store


def test_events_go_out_and_come_back(small):
    history = list(small.recorded())
    text = unsealed.write(history)
    assert text.count("\n") == 3
    back = unsealed.read(text, small.vocabulary)
    assert back == [msgspec.structs.replace(fact, hash="") for fact in history]


@pytest.mark.parametrize("letter", ["\u2028", "\u2029", "\u0085", "\x0b", "\x0c", "\x1c"])
def test_a_letter_that_some_take_for_a_line_end_is_a_letter(letter, small):
    small.append("bob", [bank.AccountOpened(f"Bob{letter}Junior", 0)], expected_version=0)
    history = list(small.recorded())
    back = unsealed.read(unsealed.write(history), small.vocabulary)
    assert [fact.event for fact in back] == [fact.event for fact in history]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('"type":"AccountOpened"', '"type":"AccountMade"', "AccountMade"),
        ('"overdraft":10000', '"overdraft":"much"', "overdraft"),
        ('"overdraft":10000', '"limit":1,"overdraft":10000', "limit"),
        ('"actor":"teller-1",', "", "actor"),
        ('"actor":"teller-1"', '"actor":"teller-1","colour":1', "colour"),
        ("+00:00", "", "timezone"),
        ("{", "(", "JSON"),
        ('"event":{', '"event":' + "[" * 100_000, "recursion"),
    ],
)
def test_a_line_that_does_not_fit_is_named(small, old, new, why):
    text = unsealed.write(small.recorded()).replace(old, new, 1)
    with pytest.raises(Unreadable, match=rf"line 1 cannot be read: (?s:.*){why}"):
        unsealed.read(text, small.vocabulary)


def test_a_line_may_be_spelled_by_hand(small):
    text = unsealed.write(small.recorded()).replace(",", ", ").replace("\n", "\r\n\n")
    assert len(unsealed.read(text, small.vocabulary)) == 3


@pytest.mark.parametrize("form", FORMS)
def test_a_whole_history_is_not_taken_for_bare_events(form, small, tmp_path):
    export_history(small, tmp_path / "history", form)
    text = (tmp_path / "history").read_text("utf-8")
    with pytest.raises(Unreadable, match=r"line 1 .* give the file to interchange\.import_history"):
        unsealed.read(text, small.vocabulary)


def test_bare_events_are_not_taken_for_a_whole_history(small, tmp_path):
    (tmp_path / "events").write_text(unsealed.write(small.recorded()), "utf-8", newline="\n")
    with pytest.raises(NotImported, match=r"line 1: .* page has saved, without decisions"):
        import_history(tmp_path / "events", MemoryStore(bank.BankMessage))
