"""A history without its names behaves as the one that it was made from."""

from datetime import timedelta

import pytest
from conftest import START

from esdemo import Application, MemoryStore, Vocabulary, audit
from esdemo.clocks import ManualClock, numbered
from esdemo.domains import bank
from esdemo.domains.bank import OpenAccount, SendTransfer, TransferMessage, transferring
from esdemo.domains.bank.transferring import LARGE, NoteSent, Transfer, react
from esdemo.processes import Instances
from esdemo.timeline import pseudonyms, renamed, sanitised, with_rules

FIELDS = {"transfer", "sender", "receiver", "stream", "by"}


@pytest.fixture
def yesterday():
    """A day of transfers: large, small, to nobody."""
    clock = ManualClock(START)
    accounts = Application(bank.rules, MemoryStore(bank.BankMessage, clock), ids=numbered("cmd"))
    for name in ("alice", "bob"):
        accounts.handle(name, OpenAccount(name, 10 * LARGE))
    for number, (receiver, amount) in enumerate([("bob", 5), ("bob", LARGE), ("nobody", 7)]):
        clock.advance(minutes=1)
        accounts.handle("alice", SendTransfer(f"private {number}", receiver, amount))
    instances = Instances(
        transferring(START + timedelta(days=1)), MemoryStore(TransferMessage, clock), accounts
    )
    instances.follow()
    return instances.application


def test_no_name_is_left_and_the_outcomes_are_the_same(yesterday):
    clean = sanitised(yesterday.decider, yesterday.store, FIELDS, pseudonyms())
    told = "".join(row.data + row.stream for row in clean.event_rows())
    told += "".join(str(tuple(row)) for row in clean.decision_rows())
    assert not [name for name in ("alice", "bob", "nobody", "private", "cmd-") if name in told]
    before, after = (
        [[type(fact.event) for fact in each.events] for each in store.decisions()]
        for store in (yesterday.store, clean)
    )
    assert before == after
    assert audit.verify(clean).wrong is None
    assert [each.recorded_at for each in clean.decisions()] == [
        each.recorded_at for each in yesterday.store.decisions()
    ]


def test_a_sanitised_history_is_a_gate_for_new_rules(yesterday):
    clean = sanitised(yesterday.decider, yesterday.store, FIELDS, pseudonyms())
    recorded = Application(yesterday.decider, clean)
    assert with_rules(recorded, transferring().decider).changed == []


def test_messages_within_messages_are_renamed_and_types_are_not():
    sent = NoteSent("t", "alice", "bob", 5, START.date(), 1)
    *_, asked = react(sent, Transfer())
    other = renamed(asked, FIELDS, str.upper)
    assert (other.stream, other.command.sender, other.step) == ("BOB", "ALICE", "receive")
    assert Vocabulary(TransferMessage).encode(other)


def test_the_same_string_always_gets_the_same_name():
    rename = pseudonyms("p")
    assert [rename(each) for each in ("x", "y", "x")] == ["p1", "p2", "p1"]
