"""JavaScript and Python agree: the same log, folded on both sides, gives the same states."""

import json
import subprocess
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path

import msgspec
import pytest
from conftest import START
from hypothesis import given, settings
from hypothesis import strategies as st
from tools import NODE

import esdemo.explorer
from esdemo import Application, Decider, Event, MemoryStore
from esdemo.clocks import ManualClock, numbered, ticking, to_text
from esdemo.domains import bank, git, loans
from esdemo.explorer import explore
from esdemo.explorer.history import gather
from esdemo.explorer.page.columns import EXACT, pack, times
from esdemo.explorer.page.patches import plain
from esdemo.explorer.questions import answer
from esdemo.interchange import unsealed
from esdemo.timeline import decide_again, replica

MODULES = Path(esdemo.explorer.__file__).parent / "page" / "js"
FOLD = Path(__file__).with_name("fold.mjs")

pytestmark = pytest.mark.skipif(not NODE, reason="there is no node here: install the dev group")


@pytest.fixture(scope="module")
def javascript():
    """Asks one node process for the states of an explorer's page at some positions."""
    command = [NODE, str(FOLD), str(MODULES)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, encoding="utf-8") as node:

        def ask(question):
            node.stdin.write(json.dumps(question) + "\n")
            node.stdin.flush()
            return json.loads(node.stdout.readline())

        yield ask
        node.stdin.close()


class Became(Event):
    """A stream's state became this JSON: any state can follow any other."""

    text: str


became = Decider(lambda command, state: [], lambda state, event: json.loads(event.text), None)

KEYS = st.sampled_from(["a", "b", "0", "__proto__", "constructor", "", "a.b"]) | st.text(max_size=3)
WHOLE = st.integers(-9, 9) | st.integers(-(2**63), 2**63 - 1) | st.sampled_from([2**53, -(2**53)])
LEAF = st.none() | st.booleans() | WHOLE | st.text(max_size=3)
STATE = st.recursive(
    LEAF, lambda part: st.lists(part, max_size=4) | st.dictionaries(KEYS, part, max_size=4)
)
LOG = st.lists(st.tuples(st.sampled_from("xyz"), STATE), min_size=1, max_size=40)


def strict(value):
    """Text that tells True from 1, whatever the order of keys."""
    return json.dumps(value, sort_keys=True)


def states_in_python(decider, history, positions):
    """What the page should say: the states of all streams at each of these positions."""
    states, found = {}, [[]]
    for fact in history:
        states[fact.stream] = decider.evolve(states.get(fact.stream, decider.initial), fact.event)
        found.append([[stream, plain(state)] for stream, state in states.items()])
    return [found[position] for position in positions]


def agree(javascript, explorer, decider, history, positions):
    answer = javascript({"page": json.loads(explorer._page), "positions": positions})
    expected = states_in_python(decider, history, positions)
    for position, mine, theirs in zip(positions, expected, answer["states"], strict=True):
        assert strict(dict(mine)) == strict(dict(theirs)), f"at position {position}"
    assert answer["lines"] == unsealed.write(history)
    assert answer["problems"] == ([] if history else ["there is no event in it"])
    assert answer["equal"] == []
    assert answer["same"]


NUMBERS = st.integers(-EXACT, EXACT) | st.integers(-9, 9) | st.sampled_from([EXACT, -EXACT])
NAMES = st.sampled_from(["cmd-1", "cmd-2", "cmd-3", "cmd-03", "7", "", "x", "cmd-9", "cmd-10"])
COLUMN = (
    st.lists(NUMBERS) | st.lists(NAMES) | st.lists(LEAF.map(plain)) | st.lists(st.uuids().map(str))
)


@settings(max_examples=300)
@given(column=COLUMN)
def test_any_column_is_read_back_as_it_was(javascript, column):
    found = javascript({"column": json.loads(msgspec.json.encode(pack(column)))})
    assert strict(found) == strict(column)


MOMENT = st.datetimes(max_value=datetime(9999, 12, 31, 23, 59, 59, 999_999)).map(
    lambda moment: moment.replace(tzinfo=UTC)
)


@given(moments=st.lists(MOMENT, min_size=1, max_size=6), lags=st.data())
def test_any_moment_is_written_to_the_microsecond(javascript, moments, lags):
    effective = [lags.draw(st.sampled_from([moment, moments[0]])) for moment in moments]
    found = javascript({"times": json.loads(msgspec.json.encode(times(moments, effective)))})
    pairs = zip(moments, effective, strict=True)
    assert found == [[to_text(recorded), to_text(true)] for recorded, true in pairs]


@settings(max_examples=150)
@given(log=LOG, order=st.randoms(use_true_random=False))
def test_any_log_folds_to_the_same_states_at_every_position(javascript, log, order):
    store = MemoryStore(Became, ticking(START))
    for stream, state in log:
        store.append(
            stream, [Became(json.dumps(state))], expected_version=store.version(stream), actor="é<"
        )
    positions = list(range(len(log) + 1))
    order.shuffle(positions)
    explorer = explore(store, decider=became)
    agree(javascript, explorer, became, list(store.recorded()), positions)


ASKED = st.lists(
    st.tuples(
        st.sampled_from("ab"),
        st.sampled_from(
            [
                loans.AddCopy("Emma"),
                loans.LendCopy("ann", START.date()),
                loans.LendCopy("bob", START.date()),
                loans.RenewLoan(START.date()),
                loans.ReserveCopy("bob"),
                loans.ReserveCopy("cleo"),
                loans.ReturnCopy(START.date()),
                loans.ReportLoss(START.date()),
            ]
        ),
        st.integers(0, 10**7),  # microseconds until then
    ),
    min_size=1,
    max_size=40,
)


@given(asked=ASKED)
def test_whatever_is_asked_of_a_library_folds_to_the_same_states(javascript, asked):
    clock = ManualClock(START)
    library = Application(loans.rules, MemoryStore(loans.LoanMessage, clock), ids=numbered("cmd"))
    for stream, command, later in asked:
        clock.advance(microseconds=later)
        library.handle(stream, command, actor="desk")
    history = list(library.store.recorded())
    positions = list(range(len(history) + 1))
    agree(javascript, explore(library), loans.rules, history, positions)


def test_a_year_at_the_bank_folds_to_the_same_states(javascript):
    year = bank.simulate(accounts=5, days=120)
    history = list(year.store.recorded())
    positions = [len(history), 0, *range(0, len(history), 7)]
    agree(javascript, explore(year), bank.rules, history, positions)


def test_a_git_history_folds_to_the_same_trees(javascript):
    store = MemoryStore(git.GitEvent, ManualClock(START))
    git.append_history(store, "awkward", git.Recording.shipped("awkward").commits())
    history = list(store.recorded())
    positions = list(range(len(history) + 1))
    agree(javascript, explore(store, decider=git.rules), git.rules, history, positions)


def facts_of(history):
    """What a fact is, wherever it stands."""
    return [(fact.stream, fact.version, fact.event, fact.recorded_at) for fact in history]


YEAR = bank.simulate(accounts=3, days=60)
SHOWN = gather(YEAR)


@settings(max_examples=25)
@given(left=st.sets(st.integers(1, len(SHOWN.events)), min_size=1, max_size=4))
def test_a_branch_by_reference_is_the_history_without_some_facts(javascript, left):
    others = [fact for n, fact in enumerate(SHOWN.events, 1) if n not in left]
    store = replica(others, YEAR.store.vocabulary)
    question = {"ask": "without_events", "positions": sorted(left)}
    same_branch(javascript, question, store)


@settings(max_examples=15)
@given(left=st.sets(st.integers(0, len(SHOWN.decisions) - 1), min_size=1, max_size=3))
def test_a_branch_by_reference_is_the_history_without_some_commands(javascript, left):
    instead = dict.fromkeys(SHOWN.decisions[number].command_id for number in left)
    store = decide_again(bank.rules, YEAR.store, instead=instead, react=bank.transfers)
    question = {"ask": "without_commands", "decisions": sorted(left)}
    same_branch(javascript, question, store)


def same_branch(javascript, question, store):
    """The page makes of an answer what Python has: the same events, and the same last states."""
    page = json.loads(explore(YEAR)._page)
    found = answer(SHOWN, question, bank.transfers)
    branch = javascript({"page": page, "branch": json.loads(msgspec.json.encode(found))})
    facts = list(store.recorded())
    states = {
        name: bank.rules.fold(f.event for f in store.recorded(name)) for name in store.streams()
    }
    assert strict(branch["states"]) == strict({name: plain(one) for name, one in states.items()})
    assert facts_of(unsealed.read(branch["lines"], store.vocabulary)) == facts_of(facts)
    pairs = zip(facts_of(facts), facts_of(SHOWN.events), strict=False)
    assert branch["prefix"] <= sum(1 for _ in takewhile(lambda two: two[0] == two[1], pairs))


@given(log=LOG, cut=st.integers(0, 40))
def test_a_history_that_has_grown_is_what_it_would_be_as_a_whole(javascript, log, cut):
    store = MemoryStore(Became, ticking(START))

    def write(part):
        for stream, state in part:
            event = Became(json.dumps(state))
            store.append(stream, [event], expected_version=store.version(stream))

    write(log[:cut] or log[:1])
    before = explore(store, decider=became)
    page, rows = json.loads(before._page), len(before._history.rows)
    write(log[max(1, cut) :])
    more = before._grown(rows)
    grown = javascript({"page": page, "more": json.loads(msgspec.json.encode(more)) or None})
    states = {name: became.fold(f.event for f in store.recorded(name)) for name in store.streams()}
    assert strict(grown["states"]) == strict({name: plain(one) for name, one in states.items()})
    assert grown["lines"] == unsealed.write(store.recorded())
