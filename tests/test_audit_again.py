"""Deciding again, and folding again: judges that need neither hashes nor seals."""

from contextlib import closing

import pytest
from conftest import START
from forgery import forge, transactions
from tally import Add, Added, Take, Taken, TallyMessage, tally
from test_audit import filled

from esdemo import Application, Checkpoints, Decider, MemoryStore, Rejected, SQLiteStore, audit
from esdemo.clocks import ticking
from esdemo.domains.bank import BankMessage, rules, simulate
from esdemo.errors import Unreadable


def tampered(path, change):
    """A tally in a file whose history was changed and made to fit; an application at work on it."""
    with SQLiteStore(path, TallyMessage, ticking(START)) as store:
        filled(store)
    history = transactions(path)
    change(history)
    forge(path, history)
    return Application(tally, SQLiteStore(path, TallyMessage))


def test_a_history_that_the_rules_led_to_is_not_contradicted(new_store):
    bank = simulate(accounts=5, days=24, seed=3)
    assert any(decision.refused for decision in bank.store.decisions())
    assert audit.contradictions(bank) == []
    assert audit.contradictions(filled(new_store())) == []
    assert audit.contradictions(Application(tally, new_store())) == []


def test_an_edited_payload_with_all_its_hashes_made_again_is_found_with_its_place(path):
    def change(history):
        history[1][1][0]["data"] = '{"type":"Added","amount":500}'

    with closing(tampered(path, change).store) as store:
        assert audit.verify(store).wrong is None
        (found,) = audit.contradictions(Application(tally, store))
    assert (found.number, found.stream, found.version, found.position) == (2, "b", 1, 3)
    assert found.command == Add((5,))
    assert (found.recorded, found.decided) == ("Added(amount=500)", "Added(amount=5)")
    assert str(found) == (
        "decision 2 ('b', version 1): deciding Add(amounts=(5,)) again gives Added(amount=5); "
        "recorded is Added(amount=500)"
    )


CHANGES = {
    "an excuse": (3, lambda log: log[3][0].update(reason="no connection")),
    "a refusal turned into nothing": (3, lambda log: log[3][0].update(reason=None)),
    "an acceptance turned into a refusal": (4, lambda log: log[4][0].update(reason="no")),
    "another command": (3, lambda log: log[3][0].update(data='{"type":"Take","amount":13}')),
    "an event removed": (1, lambda log: log[0][1].pop()),
    "an event doubled": (1, lambda log: log[0][1].append(log[0][1][0])),
    "events exchanged": (1, lambda log: log[0][1].reverse()),
    "an import removed, which a refusal speaks of": (3, lambda log: log.pop(2)),
    "an import edited": (3, lambda log: log[2][1][0].update(data='{"type":"Added","amount":1}')),
}


@pytest.mark.parametrize(("number", "change"), CHANGES.values(), ids=CHANGES)
def test_what_the_rules_would_not_have_led_to_is_found_though_all_hashes_fit(number, change, path):
    with closing(tampered(path, change).store) as store:
        assert audit.verify(store).wrong is None
        assert audit.contradictions(Application(tally, store))[0].number == number


def test_what_no_rule_speaks_of_is_not_found(path):
    def change(history):
        history[1][0]["actor"] = "eve"
        history.pop()

    with closing(tampered(path, change).store) as store:
        assert audit.contradictions(Application(tally, store)) == []


def test_a_lie_may_contradict_what_follows_and_the_first_ones_are_told(store):
    store.append("a", [Added(1_000)], expected_version=0)
    for number in range(30):
        store.record("a", Take(1), [Taken(5)], expected_version=number + 1, command_id=f"c{number}")
    found = audit.contradictions(Application(tally, store))
    assert [each.number for each in found] == list(range(1, 11))
    assert len(audit.contradictions(Application(tally, store), limit=100)) == 30
    assert len(audit.contradictions(Application(tally, store), limit=1)) == 1


def test_rules_that_fail_on_what_is_recorded_are_a_contradiction_and_no_crash(store):
    def unprepared(command, total):
        raise ZeroDivisionError("by nothing")

    filled(store)
    found = audit.contradictions(Application(Decider(unprepared, tally.evolve, 0), store))
    assert {each.decided for each in found} == {"the error ZeroDivisionError('by nothing')"}
    assert found[-2].recorded == "refused: 50 is more than 13"
    assert found[-1].recorded == "nothing"


def test_rules_that_have_changed_contradict_a_true_history(store):
    def stricter(command, total):
        if isinstance(command, Add):
            raise Rejected("closed")
        return tally.decide(command, total)

    filled(store)
    found = audit.contradictions(Application(Decider(stricter, tally.evolve, 0), store))
    assert [each.decided for each in found] == ["refused: closed"] * 3


def test_a_payload_that_is_not_an_event_is_named_with_its_place(path):
    def change(history):
        history[1][1][0]["data"] = '{"type":"Add","amounts":[5]}'

    place = r"position 3 \('b', version 1\) cannot be read: .*is not an event"
    with closing(tampered(path, change).store) as store, pytest.raises(Unreadable, match=place):
        audit.contradictions(Application(tally, store))


# Saved states.


@pytest.fixture
def saved(tmp_path):
    """A bank whose states were saved every five events, in a file."""
    bank = simulate(accounts=4, days=24, seed=2)
    file = tmp_path / "checkpoints.db"
    with closing(Checkpoints(rules, file, every=5)) as checkpoints:
        for stream in bank.store.streams():
            checkpoints.state(bank.store, stream, bank.store.version(stream))
        assert len(checkpoints) > 10
    return bank.store, file


def judged(store, file, **options):
    with closing(Checkpoints(rules, file, **options)) as checkpoints:
        return audit.wrong_checkpoints(checkpoints, store)


def test_saved_states_that_are_what_their_events_add_up_to_are_right(saved):
    store, file = saved
    assert judged(store, file, every=5) == []
    assert judged(store, file, every=7) == [], "however often they were saved"
    assert judged(MemoryStore(BankMessage), file) == [], "and no others are of any use"


def test_every_saved_state_that_is_another_is_named(saved):
    store, file = saved
    with closing(Checkpoints(rules, file, every=5)) as checkpoints:
        state = checkpoints.state(store, "alice", 9)
        for version in (5, 13):
            checkpoints.save(store, "alice", version, state)
        found = audit.wrong_checkpoints(checkpoints, store)
    assert len(found) == 2
    for wrong, version in zip(found, (5, 13), strict=True):
        expected = rules.fold(store.events("alice", until=version))
        assert wrong == (
            f"the checkpoint of 'alice' at version {version} says {state!r}, its events add up to "
            f"{expected!r}"
        )


def test_an_application_goes_on_from_a_lie_and_replay_does_not(saved):
    store, file = saved
    with closing(Checkpoints(rules, file, every=5)) as checkpoints:
        checkpoints.save(store, "alice", store.version("alice"), rules.initial)
        application = Application(rules, store, checkpoints=checkpoints)
        assert application.state("alice") != application.replay("alice")
        assert audit.contradictions(application) == []
        assert len(audit.wrong_checkpoints(checkpoints, store)) == 1
