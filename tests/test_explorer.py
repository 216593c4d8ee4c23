"""The explorer as Python sees it: columns, patches, text, files. Its page: see browser/."""

import base64
import dataclasses
import json
import re
import threading
import zlib
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from itertools import count
from uuid import UUID

import msgspec
import pytest
import tqdm.std
from conftest import START
from hypothesis import given
from hypothesis import strategies as st

from esdemo import Application, Decider, Event, MemoryStore, Vocabulary
from esdemo.clocks import ManualClock, numbered, ticking
from esdemo.domains import bank, loans
from esdemo.errors import InvalidMoment, NotFound, UnknownType, Unreadable
from esdemo.explorer import explore, widget
from esdemo.explorer import page as page_module
from esdemo.explorer.history import gather
from esdemo.explorer.page.columns import pack, times
from esdemo.explorer.page.patches import ADD, REMOVE, SET, TAIL, changes, plain
from esdemo.explorer.questions import CannotAsk, answer
from esdemo.interchange import unsealed
from esdemo.timeline import effective


def small_bank():
    """Alice and Bob: a refusal, a transfer that comes back, a backdated deposit."""
    clock = ManualClock(START)
    store = MemoryStore(bank.BankMessage, clock)
    application = Application(bank.rules, store, ids=numbered("cmd"))
    asked = [
        ("alice", bank.OpenAccount("Alice", 100_00), "teller-1"),
        ("alice", bank.Deposit(500_00), "teller-1"),
        ("bob", bank.OpenAccount("Bob"), "teller-2"),
        ("alice", bank.Withdraw(900_00), "card"),
        ("alice", bank.Withdraw(200_00, "rent"), "card"),
        ("bob", bank.Deposit(50_00), "teller-2"),
        ("alice", bank.Withdraw(450_00, "trip"), "card"),
    ]
    for stream, command, actor in asked:
        clock.advance(minutes=5)
        application.handle(stream, command, actor=actor)
    clock.advance(days=3)
    early = START - timedelta(days=1)
    application.handle("bob", bank.Deposit(1), actor="teller-2", effective_at=early)
    return application


@pytest.fixture
def small():
    return small_bank()


def page_of(explorer):
    return json.loads(explorer._page)


# Columns.


def unpacked(column):
    """What pack() wrote, read back: as history/columns.js of the page does it."""
    match column:
        case list():
            return column
        case {"r": runs}:
            pairs = zip(runs[::2], runs[1::2], strict=True)
            return [value for value, count in pairs for _ in range(count)]
        case {"d": steps}:
            found = []
            for step in unpacked(steps):
                found.append((found[-1] if found else 0) + step)
            return found
        case {"k": keys, "i": numbers}:
            return [keys[number] for number in unpacked(numbers)]
        case {"u": digits}:
            found = (digits[at : at + 32] for at in range(0, len(digits), 32))
            return [str(UUID(one)) for one in found]
        case {"n": names}:
            triples = zip(names[::3], names[1::3], names[2::3], strict=True)
            return [
                prefix if first < 0 else f"{prefix}{first + step}"
                for prefix, first, count in triples
                for step in range(count)
            ]


NAMES = st.sampled_from(["cmd-1", "cmd-2", "cmd-3", "cmd-03", "7", "", "x", "cmd-9", "cmd-10"])
VALUES = st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.text(max_size=2))


@given(st.lists(st.integers(-9, 9)) | st.lists(NAMES) | st.lists(VALUES))
def test_a_column_is_read_back_as_it_was(values):
    assert json.dumps(unpacked(pack(values))) == json.dumps(values)


@pytest.mark.parametrize(
    ("values", "packed"),
    [
        ([7, 7, 7, 7, 7, 7], {"r": [7, 6]}),
        (list(range(1, 400)), {"d": {"r": [1, 399]}}),
        ([f"cmd-{n}" for n in range(1, 400)], {"n": ["cmd-", 1, 399]}),
        (["card", "rent"] * 3, {"k": ["card", "rent"], "i": [0, 1, 0, 1, 0, 1]}),
        ([], []),
    ],
)
def test_a_column_is_written_in_the_shortest_way(values, packed):
    assert pack(values) == packed


def test_times_are_exact_to_the_microsecond():
    moments = [START, START + timedelta(microseconds=1), START + timedelta(days=400)]
    packed = times(moments, [START] * 3)
    assert packed["unit"] == 1
    step = timedelta(microseconds=1)
    origin = datetime(1970, 1, 1, tzinfo=UTC) + packed["start"] * step
    assert [origin + n * step for n in unpacked(packed["at"])] == moments
    assert unpacked(packed["lag"]) == [0, -1, -400 * 86_400_000_000]


# Patches.


class Colour(Enum):
    RED = "red"


@dataclasses.dataclass
class Point:
    x: int
    y: int


class Shelf(msgspec.Struct):
    books: dict[str, int]
    tags: tuple[str, ...] = ()
    note: str | None = None


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (Shelf({"a": 1}), Shelf({"a": 3}), [(ADD, ("books", "a"), 2)]),
        (
            Shelf({"a": 1}),
            Shelf({"b": 1}),
            [(REMOVE, ("books", "a"), None), (SET, ("books", "b"), 1)],
        ),
        (Shelf({}), Shelf({}, ("x", "y")), [(TAIL, ("tags",), [0, "x", "y"])]),
        (Shelf({}, ("x", "y", "z")), Shelf({}, ("x", "z")), [(TAIL, ("tags",), [1, "z"])]),
        (Shelf({}), Shelf({}, note="hm"), [(SET, ("note",), "hm")]),
        (Point(1, 2), Point(1, 5), [(ADD, ("y",), 3)]),
        (1, True, [(SET, (), True)]),
        ((1,), (True,), [(TAIL, (), [0, True])]),
        (0, 2**60, [(SET, (), {"$int": str(2**60)})]),
        (None, Shelf({}), [(SET, (), {"books": {}, "tags": [], "note": None})]),
        ({1: "a"}, {1: "a", 2: "b"}, [(SET, ("2",), "b")]),
        ("same", "same", []),
    ],
)
def test_changes_are_as_small_as_they_can_be(before, after, found):
    assert list(changes(before, after)) == found


def test_anything_can_be_written_plainly():
    value = {"c": Colour.RED, 3: date(2026, 1, 5), "s": {"b", "a"}, "d": datetime(2026, 1, 5)}
    assert plain(value) == {
        "c": "red",
        "3": "2026-01-05",
        "s": ["a", "b"],
        "d": "2026-01-05T00:00:00",
    }


def test_a_state_that_json_cannot_say_is_shown_by_its_repr():
    assert plain([complex(1, 2)]) == ["(1+2j)"]


def test_what_evolve_raises_passes_through_with_a_note_on_where(small):
    broken = Decider(bank.decide, lambda state, event: state[event], {})
    with pytest.raises(KeyError) as raised:
        explore(small.store, decider=broken)
    assert "number 1 of this history, in alice" in raised.value.__notes__[0]


# What is there to explore.


def test_refused_commands_are_rows_between_the_events(small):
    history = gather(small)
    refused = [number for number, row in enumerate(history.rows) if row.event is None]
    assert refused == [3, 6]
    assert [row.event.position for row in history.rows if row.event] == [1, 2, 3, 4, 5, 6]
    assert page_of(explore(small))["row"]["type"] == [0, 1, 0, -1, 2, 1, -1, 1]


def test_imported_facts_are_rows_without_a_decision(small):
    small.store.append("carol", [bank.AccountOpened("Carol", 0)], expected_version=0)
    small.handle("carol", bank.Deposit(5))
    rows = gather(small).rows
    assert [row.decision for row in rows] == [0, 1, 2, 3, 4, 5, 6, 7, -1, 8]


def test_a_plain_list_of_events_will_do(small):
    facts = list(small.store.recorded())
    page = page_of(explore(facts))
    assert page["events"] == 6
    assert page["state"] is None
    assert page_of(explore(facts, decider=bank.rules))["state"]["initial"]["status"] == "new"


def test_a_part_of_a_log_keeps_its_own_positions(small):
    page = page_of(explore(list(small.store.recorded("bob")), decider=bank.rules))
    assert unpacked(page["position"]) == [3, 5, 6]
    assert page["version"] is None


def test_a_limit_is_said(small):
    explorer = explore(small, limit=3)
    assert (page_of(explorer)["events"], page_of(explorer)["of"]) == (3, 6)
    assert "3 events (the first of 6)" in repr(explorer)


def test_the_loans_and_their_dates_can_be_explored():
    library = Application(loans.rules, MemoryStore(loans.LoanMessage, ticking(START)))
    library.handle("emma", loans.AddCopy("Emma"))
    library.handle("emma", loans.LendCopy("ann", START.date()))
    explorer = explore(library, field="loans")
    assert page_of(explorer)["schema"]["CopyLent"] == {
        "member": "string",
        "on": "string",
        "due": "string",
    }
    assert "2026-02-02" in repr(explorer)


# Bad input.


def test_an_empty_history_is_refused_in_a_sentence():
    with pytest.raises(CannotAsk, match="nothing to explore yet"):
        explore(MemoryStore(bank.BankMessage, ticking(START)))
    with pytest.raises(CannotAsk, match="nothing to explore yet"):
        explore([])


def test_a_history_of_refusals_alone_can_be_explored():
    application = Application(bank.rules, MemoryStore(bank.BankMessage, ticking(START)))
    application.handle("alice", bank.Withdraw(1))
    explorer = explore(application)
    assert "0 events, 1 stream, 1 refused command" in repr(explorer)
    assert explorer.position == 0


@pytest.mark.parametrize("wrong", [7, "bank", [1, 2], None])
def test_what_is_no_history_is_refused(wrong):
    with pytest.raises(UnknownType, match="not a history"):
        explore(wrong)


def test_a_stream_or_field_that_is_not_there_is_refused(small):
    with pytest.raises(NotFound, match="'carol' here; there are alice, bob"):
        explore(small, stream="carol")
    with pytest.raises(NotFound, match="'owner'; there are balance, overdraft"):
        explore(small, field="owner")
    with pytest.raises(CannotAsk, match="give a decider"):
        explore(list(small.store.recorded()), field="balance")


def test_events_out_of_order_or_without_their_beginning_are_refused(small):
    facts = list(small.store.recorded())
    with pytest.raises(InvalidMoment, match="sort the events by position"):
        explore(facts[::-1])
    with pytest.raises(InvalidMoment, match="give all of its events, or no decider"):
        explore(facts[2:], decider=bank.rules)
    assert page_of(explore(facts[2:]))["version"] is not None


@pytest.mark.parametrize("options", [{"limit": 0}, {"height": 10}])
def test_a_size_that_shows_nothing_is_refused(small, options):
    with pytest.raises(ValueError, match="limit is 1 or more"):
        explore(small, **options)


@pytest.mark.parametrize("name", ["position", "pin"])
def test_a_place_outside_of_the_history_is_refused(small, name):
    explorer = explore(small)
    for wrong in (-1, 7):
        with pytest.raises(InvalidMoment, match="positions 0 to 6"):
            setattr(explorer, name, wrong)
    assert explorer.position == 6


# Where it stands.


def test_the_position_is_observed_and_moves_the_table(small):
    explorer, seen = explore(small), []
    explorer.observe(lambda change: seen.append(change["new"]), "position")
    explorer.position = 2
    assert seen == [2]
    table = explorer.table()
    assert list(table["stream"]) == ["alice"]
    assert table["balance"].dtype == "Int64"
    assert list(table["balance"]) == [500_00]
    explorer.position = 0
    assert list(explorer.table()["stream"]) == []


@given(position=st.integers(0, 6))
def test_the_table_says_what_the_application_says(position):
    small = small_bank()
    explorer = explore(small)
    explorer.position = position
    for row in explorer.table().to_dict("records"):
        state = small.state(row["stream"], version=row["version"])
        assert (row["balance"], row["owner"]) == (state.balance, state.owner)


# What is stored.


def bundle(explorer):
    data = explorer._repr_mimebundle_()[0]
    return {kind: data[kind] for kind in ("text/plain", "text/html")}


def test_the_output_is_the_same_every_time():
    assert bundle(explore(small_bank())) == bundle(explore(small_bank()))


def test_the_output_has_a_live_view_a_page_and_a_text(small):
    data, _ = explore(small)._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/html"].startswith('<iframe sandbox="allow-scripts')
    assert data["text/plain"].splitlines()[:2] == [
        "History of 6 events, 2 streams, 2 refused commands, 2026-01-05 to 2026-01-08",
        "At position 6: MoneyDeposited of bob, version 3.",
    ]


def test_without_scripts_the_same_stands_in_a_table(small):
    data = bundle(explore(small))
    table = re.sub(r"<iframe.*</iframe>", "", data["text/html"], flags=re.DOTALL)
    cells = re.findall(r"<t[hd]>(.*?)</t[hd]>", table)
    assert cells == data["text/plain"].split("\n\n")[1].split()
    assert "<td>30000</td>" in table


def test_a_few_hundred_events_are_small_enough_to_be_stored():
    months = bank.simulate(accounts=6, days=60)
    stored = bundle(explore(months))["text/html"]
    assert 200 <= months.store.position <= 400
    assert len(stored.encode()) < 200_000


def test_a_saved_file_is_whole_and_asks_nobody(small, tmp_path):
    path = tmp_path / "bank.html"
    explorer = explore(small)
    explorer.position = 3
    explorer.save(path)
    text = path.read_text("utf-8")
    assert text.startswith("<!doctype html>")
    assert '"position":3' in text
    addresses = set(re.findall(r"https?://[^\s\"'<]+", text))
    assert addresses == {"http://www.w3.org/2000/svg"}  # a name, not a place to fetch from
    assert not re.search(r"\bsrc=|@import|url\((?!#)|fetch\(", text)


def test_no_text_of_a_history_can_end_the_script_or_the_frame():
    class Said(Event):
        text: str

    evil = "</script><script>alert(1)</script><!-- ' \" & &lt; \u2028"
    store = MemoryStore(Said, ticking(START))
    store.append("a'b</script>", [Said(evil)], expected_version=0, actor="<img src=x>")
    stored = bundle(explore(store))["text/html"]
    assert stored.count("</script>") == 1
    frame = re.search(r"srcdoc='([^']*)'></iframe>(.*)$", stored, re.DOTALL)
    assert "<img" not in frame[2]
    assert "<script" not in frame[2]


# What a page asks its kernel.


def ask(application, **question):
    return answer(gather(application), question)


def test_without_an_event_rules_may_break(small):
    before = list(small.store.recorded())
    found = ask(small, ask="without_events", positions=[2])
    assert found["summary"] == "1 rule is broken."
    assert found["notes"] == ["alice, version 2: breaks “never below the overdraft limit”"]
    assert unpacked(found["align"]) == [0, 1, 1, 2, 3, 4, 5]
    assert found["delta"]["fresh"]["events"] == 0
    assert unpacked(found["delta"]["events"]) == [1, 3, 4, 5, 6]
    assert unpacked(found["delta"]["patches"]) == [1, 3, 7, 5, 6]  # alice's is folded again
    assert list(small.store.recorded()) == before


def test_without_a_command_others_are_decided_again(small):
    found = ask(small, ask="without_commands", decisions=[4])
    assert found["label"] == "Without command Withdraw (cmd-5)"
    assert found["summary"] == "Of the other commands, 1 now allowed."
    assert found["notes"][0].startswith("now allowed: Withdraw amount 45000, purpose trip of alice")
    assert unpacked(found["align"]) == [0, 1, 2, 3, 3, 4, 6]


def test_a_command_is_accepted_or_refused_on_the_state_at_the_position(small):
    draw = {"ask": "command", "stream": "alice", "type": "Withdraw", "fields": {"amount": "60000"}}
    yes = ask(small, **draw, position=2)
    assert (yes["accepted"], yes["version"]) == (True, 2)
    assert yes["events"] == [{"type": "MoneyWithdrawn", "amount": 600_00, "purpose": "cash"}]
    assert (yes["before"]["balance"], yes["after"]["balance"]) == (500_00, -100_00)
    no = ask(small, **draw, position=6)
    assert (no["accepted"], no["reason"]) == (False, "60000 is more than the available 40000")
    assert small.store.position == 6


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ({"ask": "without_events", "positions": [0]}, "events 1 to 6"),
        ({"ask": "without_commands", "decisions": [99]}, "decisions 0 to 7"),
        ({"ask": "command", "position": 1, "type": "Steal"}, "'Steal' is not a command"),
        (
            {"ask": "command", "position": 1, "type": "Withdraw", "fields": {"amount": "-1"}},
            "not a Withdraw: amount Expected `int` >= 1",
        ),
        ({"ask": "anything"}, "not a question"),
        ({"ask": "import", "lines": "{}"}, "line 1 cannot be read"),
    ],
)
def test_a_question_without_an_answer_is_refused_in_a_sentence(small, question, why):
    with pytest.raises((CannotAsk, InvalidMoment, UnknownType, Unreadable), match=why):
        answer(gather(small), question)


def test_a_plain_list_can_be_asked_too(small):
    history = gather(list(small.store.recorded()), bank.rules)
    assert answer(history, {"ask": "without_events", "positions": [2]})["notes"] != []
    with pytest.raises(CannotAsk, match="no decider was given"):
        answer(gather(list(small.store.recorded())), {"ask": "without_events", "positions": [2]})


def test_an_import_is_folded_by_the_same_rules(small):
    text = unsealed.write(small.store.recorded())
    found = ask(small, ask="import", lines=text)
    page = page_of(explore(small))
    assert found["label"] == "Imported: 6 events"
    state = msgspec.to_builtins(found["history"]["state"])
    assert json.loads(json.dumps(state)) == page["state"]


def test_the_page_hears_what_went_wrong_and_answers_are_kept_for_the_file(small, tmp_path):
    explorer, sent = explore(small), []
    explorer.send = sent.append
    explorer._asked(None, {"id": "1", "ask": "without_events", "positions": [99]}, [])
    explorer._asked(None, {"id": "2", "ask": "without_events", "positions": [2]}, [])
    assert sent[0] == {"id": "1", "error": "there are events 1 to 6, not 99"}
    assert sent[1]["answer"]["summary"] == "1 rule is broken."
    explorer.save(tmp_path / "asked.html")
    assert "1 rule is broken." in (tmp_path / "asked.html").read_text("utf-8")


def test_a_mistake_in_a_learners_decide_is_told_on_the_page(small):
    clumsy = Decider(lambda command, state: 1 / 0, bank.account.evolve, bank.Account())
    explorer, sent = explore(small, decider=clumsy), []
    explorer.send = sent.append
    asked = {"id": "1", "ask": "command", "position": 0, "type": "CloseAccount", "stream": "x"}
    explorer._asked(None, asked, [])
    assert sent == [{"id": "1", "error": "ZeroDivisionError: division by zero"}]


def test_a_vocabulary_with_upcasters_is_explored_under_its_new_names():
    class Counted(Event, tag="Counted.2"):
        by: int

    old = {"Counted": lambda payload: {"type": "Counted.2", "by": payload["n"]}}
    store = MemoryStore(Vocabulary(Counted, old), ticking(START))
    store.append("a", [Counted(3)], expected_version=0)
    assert page_of(explore(store))["schema"] == {"Counted.2": {"by": "integer"}}


def test_several_facts_are_left_out_together(small):
    found = ask(small, ask="without_events", positions=[4, 2, 2])
    assert found["label"] == "Without events #2 MoneyDeposited, #4 MoneyWithdrawn"
    assert unpacked(found["align"]) == [0, 1, 1, 2, 2, 3, 4]
    assert unpacked(found["delta"]["events"]) == [1, 3, 5, 6]


def test_several_commands_are_left_out_together(small):
    found = ask(small, ask="without_commands", decisions=[0, 4])
    assert found["label"] == "Without commands OpenAccount (cmd-1), Withdraw (cmd-5)"
    assert "2 now refused" in found["summary"] or "1 now refused" in found["summary"]


def test_one_goes_on_from_a_position_with_other_commands(small):
    draw = {"stream": "alice", "type": "Withdraw", "fields": {"amount": "55000"}}
    found = ask(small, ask="go_on", position=2, commands=[draw, draw])
    assert found["notes"] == [
        "Withdraw amount 55000, purpose cash of alice: accepted",
        "Withdraw amount 55000, purpose cash of alice: refused: 55000 is more than the available "
        "5000",
    ]
    assert unpacked(found["delta"]["events"]) == [1, 2, 7]
    assert found["delta"]["fresh"]["events"] == 1
    assert small.store.position == 6
    with pytest.raises(InvalidMoment, match="positions 0 to 6"):
        ask(small, ask="go_on", position=9, commands=[draw])


def test_two_times_give_what_timeline_gives(small):
    known, true = START + timedelta(days=9), START - timedelta(hours=1)
    moments = {
        name: (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        for name, at in (("known", known), ("true", true))
    }
    found = ask(small, ask="two_times", stream="bob", **moments)
    state = effective(small, "bob", true, known_at=known)
    assert found == {"state": plain(state), "facts": 1}
    with pytest.raises(InvalidMoment, match="not two moments"):
        ask(small, ask="two_times", stream="bob", known="soon", true=None)


def test_the_page_is_told_what_counts_cents_and_how_messages_are_written(small):
    page = page_of(explore(small))
    assert page["units"]["MoneyDeposited"] == {"amount": "cents"}
    assert page["units"][""] == {"balance": "cents", "overdraft": "cents"}
    assert page["code"][""] == ["esdemo.domains.bank.account", "rules"]
    assert page["code"]["Withdraw"] == ["esdemo.domains.bank.account", "Withdraw", True]
    library = Application(loans.rules, MemoryStore(loans.LoanMessage, ticking(START)))
    library.handle("emma", loans.AddCopy("Emma"))
    lent = page_of(explore(library))["code"]["CopyLent"]
    assert lent[2] is False  # it has dates


def test_a_store_that_has_grown_is_told_from_where_the_page_is(small):
    explorer = explore(small)
    assert explorer._grown(8) == {}
    small.handle("alice", bank.Withdraw(999_00))
    small.store.append("carol", [bank.AccountOpened("Carol", 0)], expected_version=0)
    small.handle("bob", bank.Deposit(3_00))
    more = explorer._grown(8)
    assert (more["events"], more["streams"]) == (2, ["alice", "carol", "bob"])
    assert unpacked(more["row"]["decision"]) == [0, -1, 1]
    assert [row.decision for row in explorer._history.rows[8:]] == [8, -1, 9]
    explorer.position = 8
    assert "History of 8 events, 3 streams, 3 refused commands" in repr(explorer)
    assert page_of(explore(small)) == json.loads(explorer._whole_page())


def test_a_history_cut_by_a_limit_is_not_followed(small):
    explorer = explore(small, limit=3)
    small.handle("bob", bank.Deposit(3_00))
    with pytest.raises(CannotAsk, match="only a whole store can be followed"):
        explorer._grown(4)


def test_a_long_answer_tells_how_far_it_is_and_can_be_cancelled(small, monkeypatch):
    monkeypatch.setattr(widget, "LONG", 0)
    explorer, sent, done = explore(small), [], threading.Event()
    asked = {"ask": "without_commands", "decisions": [4]}

    def send(reply):
        sent.append(reply)
        if "answer" in reply:
            done.set()
        if reply.get("id") == "1":
            explorer._asked(None, {"id": "c", "ask": "cancel", "of": "1"}, [])

    explorer.send = send
    explorer._asked(None, {"id": "1", **asked}, [])
    explorer._asked(None, {"id": "2", **asked}, [])
    assert done.wait(30)
    assert [reply for reply in sent if "progress" in reply and reply["id"] == "2"]
    assert [reply["id"] for reply in sent if "answer" in reply] == ["2"]
    assert explorer._asking == {}


def test_what_is_too_large_for_a_notebook_is_told_instead_of_stored(small, monkeypatch):
    monkeypatch.setattr(widget, "MOST_STORED", 10_000)
    stored = bundle(explore(small))["text/html"]
    assert "too much for a notebook: run the cell again, or save it as a file" in stored
    assert "<td>30000</td>" in stored
    assert "<iframe" not in stored


def test_a_large_page_is_deflated_and_a_small_one_can_be_read(small, tmp_path, monkeypatch):
    explorer = explore(small)
    explorer.save(tmp_path / "small.html")
    assert '"owner"' in (tmp_path / "small.html").read_text("utf-8")
    monkeypatch.setattr(page_module, "LARGE", 10)
    explorer.save(tmp_path / "large.html")
    text = (tmp_path / "large.html").read_text("utf-8")
    packed = re.search(r'await inflated\("([^"]+)"\)', text)[1]
    assert zlib.decompress(base64.b64decode(packed)) == explorer._page


def test_a_long_history_shows_progress_while_it_is_read_and_folded(monkeypatch, capsys):
    monkeypatch.setattr(tqdm.std, "time", count().__next__)  # a second passes at each look
    explore(small_bank())
    shown = capsys.readouterr().err
    assert "reading" in shown
    assert "folding" in shown
