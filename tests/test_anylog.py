"""Anybody's log as a history: its columns, its order, its window, and every sentence about it."""

import csv
import json
import math
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from agreement import Page, needs_node
from hypothesis import given, settings
from hypothesis import strategies as st

from esdemo import Decider, anylog
from esdemo.anylog import COUNTS, Before, CannotRead, Entry
from esdemo.anylog.moments import moment, reader
from esdemo.errors import InvalidMoment
from esdemo.explorer import explore
from esdemo.explorer.history import gather
from esdemo.explorer.questions import CannotAsk, answer
from esdemo.interchange import unsealed

HEAD = "order,event_type,timestamp,user,amount\n"
ORDERS = HEAD + (
    "o-1,Placed,2025-01-01T10:00:00Z,ann,12.50\n"
    "o-2,Placed,2025-01-01T10:05:00Z,bob,7\n"
    "o-1,Paid,2025-01-01T10:06:00Z,ann,\n"
    "o-1,Changed,2025-01-01T10:07:00Z,ann,9\n"
)


@pytest.fixture
def write(tmp_path):
    """Writes a file and returns its path."""

    def make(content, name="log.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make


@pytest.fixture
def refused(write):
    """Reading this content raises CannotRead with these words."""

    def check(content, words, name="log.csv", **options):
        with pytest.raises(CannotRead, match=words) as caught:
            anylog.read(write(content, name), **options)
        assert len(str(caught.value)) > 20
        return str(caught.value)

    return check


def states(log, events=None):
    """The last states of a log, by stream, as its decider has them."""
    found = {}
    for event, _ in log.rows[:events]:
        before = found.get(event.stream, log.decider.initial)
        found[event.stream] = log.decider.evolve(before, event.event)
    return found


# Its columns.


def test_columns_with_obvious_names_are_guessed_and_said(write):
    log = anylog.read(write(ORDERS), stream="order")
    first = log.rows[0][0]
    assert (first.stream, first.actor, first.version) == ("o-1", "ann", 1)
    assert first.event == Entry("Placed", {"amount": 12.5})
    assert first.recorded_at == datetime(2025, 1, 1, 10, tzinfo=UTC)
    assert log.said == [
        "log.csv is text separated by commas, with 5 columns",
        "'event_type' is taken for the type (--type)",
        "'timestamp' is taken for the time (--time)",
        "'user' is taken for the actor (--actor)",
    ]


def test_the_names_of_process_mining_are_known(write):
    text = "case:concept:name,concept:name,time:timestamp,org:resource\n1,A,2025-01-01,x\n"
    event = anylog.read(write(text)).rows[0][0]
    assert (event.stream, event.event.type, event.actor) == ("1", "A", "x")


def test_what_no_column_says_is_said(write):
    log = anylog.read(write("colour,size\nred,1\nblue,2\n"))
    assert [event.recorded_at.second for event, _ in log.rows] == [1, 2]
    assert [(event.stream, event.event.type) for event, _ in log.rows] == [("log.csv", "row")] * 2
    assert [sentence.rpartition("(")[2] for sentence in log.said[1:]] == [
        "--stream)",
        "--type)",
        "--time)",
    ]


def test_a_name_of_a_time_in_which_durations_stand_is_not_taken(write):
    log = anylog.read(write("case,event,time,at\n1,A,12,2025-01-01\n1,B,13,2025-01-02\n"))
    assert log.rows[0][0].event.data == {"time": 12}
    assert log.rows[1][0].recorded_at.day == 2


def test_a_dot_reaches_into_a_record(write):
    line = {"at": "2025-01-01", "who": {"id": 7}, "event": {"kind": "seen", "page": "/"}}
    log = anylog.read(write(json.dumps(line), "log.jsonl"), stream="who.id", type="event.kind")
    event = log.rows[0][0]
    assert (event.stream, event.event) == ("7", Entry("seen", {"event": {"page": "/"}}))


def test_an_empty_cell_is_not_there_but_a_null_of_json_is_a_value(write):
    log = anylog.read(write(ORDERS), stream="order")
    assert states(log)["o-1"] == {"amount": 9, COUNTS: {"Placed": 1, "Paid": 1, "Changed": 1}}
    assert states(log, 3)["o-1"]["amount"] == 12.5
    lines = '{"case":1,"event":"A","owner":"ann"}\n{"case":1,"event":"B","owner":null}\n'
    log = anylog.read(write(lines, "log.jsonl"))
    assert states(log)["1"]["owner"] is None


def test_a_column_that_is_not_there_is_named_with_those_that_are(refused):
    text = refused(ORDERS, "no column 'ordr' in log.csv for --stream", stream="ordr")
    assert "did you mean 'order'? there are order, event_type, timestamp, user, amount" in text


def test_a_cause_without_ids_is_refused(refused):
    refused("case,event,why\n1,A,0\n", "say which column has it, with --id", caused_by="why")


def test_what_led_to_what_can_be_followed_within_each_stream(write):
    text = "run,event,id,parent_id\na,A,1,\nb,A,1,\na,B,2,1\nb,B,2,1\n"
    log = anylog.read(write(text), stream="run")
    assert [(taken.command_id, taken.causation_id) for taken in log.decisions] == [
        ("a/1", ""),
        ("b/1", ""),
        ("a/2", "a/1"),
        ("b/2", "b/1"),
    ]
    page = json.loads(explore(log)._page)
    assert page["decision"]["cause"] in ([0, 0, 2, 2], {"r": [0, 2, 2, 2]})


def test_ten_thousand_types_are_no_types(refused):
    rows = "".join(f"1,took {n} ms\n" for n in range(10_000))
    text = refused(f"case,message\n{rows}", "line 1002", type="message")
    assert "1,001th type" in text
    assert "name another column with --type" in text


def test_names_that_are_values_are_refused(refused):
    rows = "".join(f'{{"case": 1, "event": "A", "user-{n}": 1}}\n' for n in range(2_500))
    refused(rows, "line 2001 .* 2,001th name of a field", name="log.jsonl")


def test_rows_without_a_stream_are_counted(write):
    log = anylog.read(write("case,event\n1,A\n,B\n,C\n"))
    assert log.rows[2][0].stream == "(none)"
    assert "2 rows say no stream (case): it is “(none)” there" in log.said


# Its times and its order.


@pytest.mark.parametrize(
    "text",
    [
        "2025-03-28T10:05:00Z",
        "2025-03-28 12:05:00+02:00",
        "2025-03-28 10:05:00,000",
        "20250328T100500",
        "28/Mar/2025:10:05:00 +0000",
        "2025/03/28 10:05:00",
        "28.03.2025 10:05",
        "28/03/2025 10:05",
        "03/28/2025 10:05:00",
        "Fri, 28 Mar 2025 10:05:00 +0000",
        1743156300,
        "1743156300",
        1743156300.0,
        1743156300_000,
        1743156300_000_000,
        "1743156300000000000",
        datetime(2025, 3, 28, 10, 5),
        pd.Timestamp("2025-03-28 10:05", tz="UTC"),
    ],
)
def test_a_time_is_read_in_the_forms_that_logs_have(text):
    assert moment(reader([text])(text)) == datetime(2025, 3, 28, 10, 5, tzinfo=UTC)


def test_a_date_of_two_meanings_is_not_guessed(refused):
    text = refused("case,event,date\n1,A,03/04/2025\n", "line 2 of log.csv: 'date' is not a time")
    assert "'03/04/2025' may be %d/%m/%Y or %m/%d/%Y: say which with --time-format" in text


def test_a_later_row_tells_days_from_months(write):
    log = anylog.read(write("case,event,date\n1,A,03/04/2025\n1,B,03/28/2025\n"))
    assert log.rows[0][0].recorded_at == datetime(2025, 3, 4, tzinfo=UTC)


def test_a_form_that_is_given_is_used(write):
    path = write("case,event,date\n1,A,03/04/2025\n")
    log = anylog.read(path, time_format="%d/%m/%Y")
    assert log.rows[0][0].recorded_at == datetime(2025, 4, 3, tzinfo=UTC)


@pytest.mark.parametrize("bad", ["soon", "2025-02-30", "", "17"])
def test_the_line_of_a_time_that_cannot_be_read_is_named(refused, bad):
    text = f'case,event,timestamp\n1,A,2025-01-01\n"1\n2",B,2025-01-02\n1,C,{bad}\n'
    refused(text, "line 5 of log.csv: .* in 'timestamp' is not a time")


def test_a_time_beyond_the_calendar_is_named(refused):
    refused("case,event,timestamp\n1,A,1e21\n", "line 2 .* is not a time", time="timestamp")


def test_rows_out_of_order_are_put_in_order_of_time_and_ties_stay_as_they_were(write):
    days = [3, 1, 3, 2, 1]
    rows = "".join(f"1,{n},2025-01-0{day}\n" for n, day in enumerate(days))
    log = anylog.read(write(f"case,event,timestamp\n{rows}"), type="event")
    assert [event.event.type for event, _ in log.rows] == ["1", "4", "3", "0", "2"]
    assert [event.position for event, _ in log.rows] == [1, 2, 3, 4, 5]
    assert any("3 of 5 rows stood after one of a later time" in each for each in log.said)


# Its window.

DAYS = "case,event,timestamp,value\n" + "".join(
    f"{'ab'[day % 2]},E,2025-01-{day:02},{day}\n" for day in range(1, 31)
)


def shown(log):
    """The values of the events that a window shows, without what stands before it."""
    return [e.event.data["value"] for e, _ in log.rows if not isinstance(e.event, Before)]


@pytest.mark.parametrize(
    ("window", "values"),
    [
        ({}, range(1, 31)),
        ({"last": 3}, range(28, 31)),
        ({"begin": "2025-01-10", "end": "2025-01-12"}, range(10, 13)),
        ({"begin": "2025-01-10"}, range(10, 31)),
        ({"end": datetime(2025, 1, 3, tzinfo=UTC)}, range(1, 4)),
        ({"begin": "2025-01-10", "last": 2}, range(29, 31)),
        ({"end": "2025-01-12", "last": 2}, range(11, 13)),
    ],
)
def test_a_window_is_the_last_rows_or_a_stretch_of_time(write, window, values):
    assert shown(anylog.read(write(DAYS), **window)) == list(values)


def test_a_window_begins_with_what_came_before_it(write):
    log = anylog.read(write(DAYS), last=3)
    opening = [event for event, _ in log.rows if isinstance(event.event, Before)]
    assert [(e.stream, e.position, e.version) for e in opening] == [("a", 26, 13), ("b", 27, 14)]
    assert opening[1].event.state == {"value": 27, COUNTS: {"E": 14}}
    assert states(log) == states(anylog.read(write(DAYS)))
    versions = [(event.position, event.version) for event, _ in log.rows[2:]]
    assert versions == [(28, 14), (29, 15), (30, 15)]
    assert log.said[-2:] == [
        "rows 28 to 30 of 30 are shown, in order of time (--from, --to and --last choose others)",
        "before them stands what 2 of their streams had come to by then",
    ]


@pytest.mark.parametrize("window", [{"begin": "2026-01-01"}, {"end": "2024-12-31"}])
def test_a_window_without_a_row_is_refused(refused, window):
    refused(DAYS, "no row is of that time: choose another --from or --to", **window)


def test_a_window_that_is_no_window_is_refused(refused):
    refused(DAYS, "1 to 1,000,000 rows can be shown, not 0", last=0)
    refused(DAYS, "not 2,000,000", last=2_000_000)
    refused(DAYS, "'yesterday' is not a time such as", begin="yesterday")


# Their own evolve.


def test_a_function_of_theirs_folds_and_may_change_its_state_in_place(write):
    def total(state, event):
        state["total"] = state.get("total", 0) + event.data["value"]
        return state

    log = anylog.read(write(DAYS), evolve=total, last=10)
    assert states(log) == {"a": {"total": sum(range(2, 31, 2))}, "b": {"total": 15 * 15}}
    assert states(log, 2) == {"a": {"total": 110}, "b": {"total": 100}}


def test_a_decider_of_theirs_folds_from_its_own_beginning(write):
    rules = Decider(lambda command, state: [], lambda state, event: state + 1, 100)
    log = anylog.read(write(DAYS), evolve=rules, last=2)
    assert states(log) == {"a": 115, "b": 115}
    assert log.rows[0][0].event.data == {"state": 114}


def test_what_their_evolve_raises_says_where(write):
    with pytest.raises(KeyError) as caught:
        explore(anylog.read(write(DAYS), evolve=lambda state, event: event.data["cents"]))
    assert "number 1 of this history, in b" in caught.value.__notes__[0]
    with pytest.raises(KeyError) as caught:
        anylog.read(write(DAYS), evolve=lambda state, event: event.data["cents"], last=1)
    assert "position 2, in a" in caught.value.__notes__[0]


# What the explorer can do with it.


def test_an_event_is_left_out_and_the_others_are_folded_again(write):
    history = gather(anylog.read(write(ORDERS), stream="order"))
    found = answer(history, {"ask": "without_events", "positions": [4]})
    assert found["label"] == "Without event #4 Changed"
    assert "nobody here knows the rules" in found["summary"]
    assert found["delta"]
    with pytest.raises(InvalidMoment, match="events 1 to 4, not 5"):
        answer(history, {"ask": "without_events", "positions": [5]})


def test_commands_that_nobody_knows_are_not_decided_again(write):
    text = "case,event,id,parent_id\n1,A,1,\n1,B,2,1\n"
    history = gather(anylog.read(write(text)))
    with pytest.raises(CannotAsk, match="nobody here knows how the commands"):
        answer(history, {"ask": "without_commands", "decisions": [0]})


def test_what_the_page_saves_of_it_is_imported_beside_it(write):
    log = anylog.read(write(ORDERS), stream="order")
    history = gather(log)
    text = unsealed.write(event for event, _ in log.rows)
    found = answer(history, {"ask": "import", "lines": text.replace("12.5", "13.5")})
    assert found["label"] == "Imported: 4 events"
    schema = json.loads(explore(log)._page)["schema"]
    assert schema["Placed"] == {"amount": "any"}


def test_a_field_that_only_some_events_have_is_said_to_be_missing_in_others(write):
    lines = '{"case":1,"event":"A","x":1}\n{"case":1,"event":"A","y":1}\n'
    schema = json.loads(explore(anylog.read(write(lines, "log.jsonl")))._page)["schema"]
    assert schema == {"A": {"x": "any|missing", "y": "any|missing"}}


def test_the_first_number_that_the_log_has_brought_is_drawn(write):
    log = anylog.read(write(ORDERS), stream="order")
    assert (explore(log).field, explore(log, field="(how often).Paid").field) == (
        "amount",
        "(how often).Paid",
    )


# What is not a log.


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b" \n\n", "only blank lines"),
        (HEAD.encode(), "has no rows"),
        (b"one\n1\n", "only one column"),
        (b"a,b,a\n1,2,3\n", "two columns 'a'"),
        (b"a,b\n1,2\n1,2,3\n", "line 3 .* has 3 cells, and the first line names 2"),
        (b"a,b\r1,2\r", "line 1 .* is not CSV: new-line character"),
        (b'a,b\n1,"2\n', "line 2 .* is not CSV: unexpected end of data"),
        (b"a,b\n1," + b"x" * 200_000 + b"\n", "line 2 .* field larger than"),
        (b"a,b\n1,caf\xe9\n", "line 2 .* is not utf-8 .byte 0xe9, the 6th.*--encoding latin-1"),
        ("a,b\n1,2\n".encode("utf-16"), "is UTF-16: turn it into UTF-8"),
        (bytes(range(256)) * 40, "is a binary file"),
        (b"\x1f\x8b\x08\x00abc", "is compressed"),
        (b"PK\x03\x04abc", "a spreadsheet"),
        (b"<?xml version='1.0'?>", "is XML"),
        (b'[{"a": 1}]', "jq -c"),
        (b'{"a": 1}\n{"a": \n', "line 2 .* is not JSON"),
        (b'{"a": 1}\n[1]\n', "line 2 .* is not an object"),
        (b"PAR1 and then nothing", "damaged Parquet"),
        (b"a,b\n" + b"x" * 2**24 + b"\n", "line 2 .* more than 16 MB"),
    ],
)
def test_what_is_not_a_log_is_refused_with_advice(refused, content, words):
    refused(content, words)


@pytest.mark.parametrize(
    ("head", "words"), [(b"", "is a binary file"), (b"a,b\n" + b"1,2\n" * 4_000, "more than 16 MB")]
)
def test_two_gigabytes_of_nothing_are_refused_before_they_are_read(tmp_path, head, words):
    path = tmp_path / "sparse.csv"
    with path.open("wb") as file:
        file.write(head)
        file.truncate(2 * 2**30)
    with pytest.raises(CannotRead, match=words):
        anylog.read(path)


def test_a_folder_a_pipe_and_nothing_are_not_files(tmp_path):
    import os

    os.mkfifo(tmp_path / "pipe")
    for name, words in [(".", "is a folder"), ("pipe", "what a pipe gives"), ("no", "no file")]:
        with pytest.raises(CannotRead, match=words):
            anylog.read(tmp_path / name)
    with pytest.raises(CannotRead, match="neither a file nor a DataFrame"):
        anylog.read(7)
    with pytest.raises(CannotRead, match="null"):
        anylog.read("a\0b")


def test_another_encoding_is_read_when_it_is_named(write, refused):
    text = "case,event\n1,café\n".encode("latin-1")
    assert anylog.read(write(text), encoding="latin-1").rows[0][0].event.type == "café"
    refused(text, "no encoding 'latin-99'", encoding="latin-99")


def test_a_mark_of_utf_8_is_not_a_letter(write):
    assert anylog.read(write(b"\xef\xbb\xbfcase,event\n1,A\n")).rows[0][0].stream == "1"


def test_a_table_is_asked_of_databases_only(refused):
    refused(ORDERS, "is not a database", table="orders")


def test_where_there_is_no_room_to_sort_in_it_is_said(write, monkeypatch):
    import esdemo.anylog.staging as staging

    class Small(staging.Stage):
        def __init__(self):
            super().__init__()
            self._db.execute("PRAGMA max_page_count = 3")

    monkeypatch.setattr(anylog, "Stage", Small)
    path = write(DAYS + "a,E,2025-02-01,1\n" * 2_000)
    with pytest.raises(CannotRead, match=r"no room to sort the log in .* SQLITE_TMPDIR"):
        anylog.read(path)


# What the page says is what pandas says.

NAMES = ["amount", "status", "note", "__proto__", "constructor", "a.b", ""]
VALUES = (
    st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=4)
    | st.booleans()
)


@st.composite
def frames(draw):
    """A log as a frame: uneven, out of order, with holes; its columns are mixed."""
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=4))
    count = draw(st.integers(1, 25))
    row = st.fixed_dictionaries({name: st.none() | VALUES for name in names})
    rows = draw(st.lists(row, min_size=count, max_size=count))
    frame = pd.DataFrame(rows, columns=names, index=range(count), dtype=object)
    column = st.sampled_from
    frame["case"] = draw(st.lists(column("xyz"), min_size=count, max_size=count))
    frame["event"] = draw(st.lists(column(["A", "B", "C d"]), min_size=count, max_size=count))
    hours = draw(st.lists(st.integers(0, 9), min_size=count, max_size=count))
    start = datetime(2025, 1, 1, tzinfo=UTC)
    frame["time"] = [start + timedelta(hours=hour) for hour in hours]
    return frame


def by_pandas(frame, position):
    """The last values by stream after so many rows in order of time, by pandas alone."""
    rows = frame.sort_values("time", kind="stable").head(position)
    data = rows.drop(columns=["event", "time"])
    last = data.groupby("case", sort=False).last()  # of each field, where it is not missing
    counts = rows.groupby("case", sort=False)["event"].value_counts()
    found = {}
    for case, values in last.iterrows():
        fields = {name: value for name, value in values.items() if pd.notna(value)}
        found[case] = fields | {COUNTS: counts[case].to_dict()}
    return found


def exactly(states):
    """Text that tells 1 from True, and large whole numbers from floats.

    JavaScript writes a whole float without a point; whole numbers that it would round come as text.
    """

    def plain(value):
        if hasattr(value, "item"):
            value = value.item()
        if isinstance(value, dict) and value.keys() == {"$int"}:
            return value["$int"]
        if isinstance(value, dict):
            return {name: plain(part) for name, part in value.items()}
        return (
            float(value) if isinstance(value, (int, float)) and value is not bool(value) else value
        )

    return json.dumps(plain(states), sort_keys=True)


def large(states):
    """Whole numbers that JavaScript would round, as text, as the page has them."""
    if isinstance(states, dict):
        return {name: large(part) for name, part in states.items()}
    is_large = type(states) is int and abs(states) >= 2**53
    return {"$int": str(states)} if is_large else states


@pytest.fixture(scope="module")
def page():
    """Folds what explorers are made of, by their own JavaScript."""
    with Page() as open_page:
        yield open_page


@needs_node
@settings(max_examples=30)
@given(frame=frames(), data=st.data())
def test_at_any_position_the_page_has_the_last_values_that_pandas_computes(page, frame, data):
    log = anylog.read(frame, stream="case", type="event", time="time")
    position = data.draw(st.integers(1, len(frame)))
    assert exactly(page.folded(explore(log), position)) == exactly(
        large(by_pandas(frame, position))
    )


@needs_node
@settings(max_examples=30)
@given(frame=frames(), data=st.data())
def test_in_a_window_too_for_every_stream_that_is_in_it(page, frame, data):
    last = data.draw(st.integers(1, len(frame)))
    log = anylog.read(frame, stream="case", type="event", time="time", last=last)
    back = data.draw(st.integers(0, last - 1))
    inside = frame.sort_values("time", kind="stable").tail(last)["case"]
    expected = by_pandas(frame, len(frame) - back)
    found = page.folded(explore(log), len(log.rows) - back)
    assert exactly(found) == exactly(large({k: v for k, v in expected.items() if k in set(inside)}))


@settings(max_examples=30)
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from("xy"),
            st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=9),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_any_text_that_csv_can_hold_comes_through(rows, tmp_path_factory):
    path = tmp_path_factory.mktemp("csv") / "log.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("case", "note"), *rows])
    log = anylog.read(path, stream="case")
    for (event, _), (case, note) in zip(log.rows, rows, strict=True):
        found = event.event.data.get("note", "")
        assert event.stream == case
        same = note == found if isinstance(found, str) else math.isclose(float(note), found)
        assert same
