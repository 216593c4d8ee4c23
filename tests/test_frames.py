"""Tables of history: the same facts as the store, in dtypes that do not depend on the data."""

import json
import re
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell

from esdemo import Application, Event, MemoryStore, SQLiteStore, audit, forecast, frames, timeline
from esdemo.clocks import numbered, ticking
from esdemo.domains.bank import (
    BankMessage,
    Deposit,
    OpenAccount,
    Withdraw,
    rules,
    simulate,
)
from esdemo.errors import NotFound, Unreadable

START = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.fixture
def bank():
    bank = Application(rules, MemoryStore(BankMessage, ticking(START)), ids=numbered("cmd"))
    bank.handle("ann", OpenAccount("Ann"), actor="teller-1")
    bank.handle("ann", Deposit(10_00), effective_at=START - timedelta(days=3))
    bank.handle("ann", Withdraw(99_00))
    bank.handle("ann", Withdraw(4_00, "food"))
    return bank


def test_the_log_has_a_row_for_each_event_in_order(bank):
    log = frames.log(bank.store)
    assert list(log["position"]) == [1, 2, 3]
    assert list(log["event"]) == ["AccountOpened", "MoneyDeposited", "MoneyWithdrawn"]
    assert list(log["amount"].dropna()) == [10_00, 4_00]
    assert list(log["hash"]) == [fact.hash for fact in bank.store.recorded()]


def test_dtypes_keep_microseconds_zones_and_cents(bank):
    dtypes = frames.log(bank.store).dtypes.astype(str)
    assert dtypes["recorded_at"] == dtypes["effective_at"] == "datetime64[us, UTC]"
    assert dtypes["amount"] == dtypes["version"] == "Int64"
    assert dtypes["event"] == dtypes["stream"] == dtypes["owner"] == "str"


def test_dtypes_of_the_envelope_do_not_depend_on_there_being_rows(bank):
    full = frames.log(bank.store)
    empty = frames.log([])
    assert empty.empty
    assert list(empty.columns) == list(full.columns)[: len(empty.columns)]
    assert (empty.dtypes == full.dtypes[empty.columns]).all()
    assert (frames.decisions([]).dtypes == frames.decisions(bank.store).dtypes[:14]).all()


def test_decisions_show_refusals_as_rows(bank):
    decided = frames.decisions(bank.store)
    assert list(decided["command"]) == ["OpenAccount", "Deposit", "Withdraw", "Withdraw"]
    assert list(decided["reason"].notna()) == [False, False, True, False]
    assert decided["reason"][2] == "9900 is more than the available 1000"
    assert list(decided["events"]) == [1, 1, 0, 1]


def test_states_begin_before_the_first_event(bank):
    states = frames.states(bank, "ann")
    assert list(states["version"]) == [0, 1, 2, 3]
    assert list(states["balance"]) == [0, 0, 10_00, 6_00]
    assert states["event"].isna()[0]
    assert pd.isna(states["recorded_at"][0])
    assert states["balance"].dtype == "Int64"


def test_states_of_a_stream_that_does_not_exist_are_an_error(bank):
    with pytest.raises(NotFound, match=r"'bob' has no events.*streams"):
        frames.states(bank, "bob")


def test_a_state_that_is_no_struct_stands_in_one_column(bank):
    from esdemo import Decider

    count = Decider(lambda command, state: [], lambda state, event: state + 1, 0)
    counting = Application(count, bank.store)
    assert list(frames.states(counting, "ann")["state"]) == [0, 1, 2, 3]


def test_a_payload_field_named_like_the_envelope_keeps_both():
    class Renamed(Event):
        stream: str
        actor: str

    store = MemoryStore(Renamed, ticking(START))
    store.append("a", [Renamed("new", "who")], expected_version=0, actor="me")
    row = frames.log(store).iloc[0]
    assert (row["stream"], row["event.stream"]) == ("a", "new")
    assert (row["actor"], row["event.actor"]) == ("me", "who")


@settings(max_examples=10, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6), accounts=st.integers(1, 5), days=st.integers(1, 40))
def test_fold_and_pandas_agree_on_every_balance(seed, accounts, days):
    """The sum of signed amounts, from the table alone, against the fold."""
    bank = simulate(accounts, days, seed)
    log = frames.log(bank.store)
    sign = log["event"].map(
        {
            **dict.fromkeys(("MoneyDeposited", "TransferReceived", "TransferReturned"), 1),
            **dict.fromkeys(("MoneyWithdrawn", "FeeCharged", "TransferSent"), -1),
        }
    )
    amounts = log["amount"].fillna(0) if "amount" in log else 0
    signed = sign.fillna(0).astype("Int64") * amounts
    if "change" in log:
        signed += log["change"].fillna(0)
    by_pandas = signed.groupby(log["stream"]).sum()
    assert by_pandas.to_dict() == {s: bank.state(s).balance for s in bank.store.streams()}


def test_a_table_survives_json(bank):
    log = frames.log(bank.store)
    rows = json.loads(log.to_json(orient="records", date_format="iso"))
    assert [row["amount"] for row in rows] == [None, 10_00, 4_00]


def test_one_field_in_two_times_is_a_table_of_what_was_known_about_when(bank):
    moments = [START - timedelta(days=4), START - timedelta(days=1), START + timedelta(hours=1)]
    table = frames.bitemporal(bank, "ann", "balance", moments, moments)
    assert (table.index.name, table.columns.name) == ("recorded", "effective")
    assert list(table.index) == list(table.columns) == moments
    for known in moments:
        for at in moments:
            if at <= known:
                state = timeline.effective(bank, "ann", at, known_at=known)
                assert table.loc[known, at] == state.balance
    assert set(table.dtypes.astype(str)) == {"Int64"}


def test_what_had_not_come_yet_is_missing_from_a_table_in_two_times(bank):
    moments = [START - timedelta(days=4), START - timedelta(days=1), START + timedelta(hours=1)]
    table = frames.bitemporal(bank, "ann", "balance", moments, moments)
    assert table.isna().to_numpy().tolist() == [
        [False, True, True],
        [False, False, True],
        [False, False, False],
    ]


def test_a_day_that_no_row_knows_yet_is_a_column_of_missing_whole_numbers(bank):
    tomorrow = [START + timedelta(days=1)]
    table = frames.bitemporal(bank, "ann", "balance", [START], tomorrow)
    assert table.isna().all(axis=None)
    assert set(table.dtypes.astype(str)) == {"Int64"}


def sides(html: str) -> list[tuple[str, str]]:
    """What stands in each cell that is not empty, and the side that it says twice."""
    cell = r'<t[dh] align="(\w+)" style="text-align: (\w+)">([^<]+)<'
    found = re.findall(cell, html)
    assert all(align == style for align, style, _ in found)
    return [(text, align) for align, _, text in found]


def test_words_stand_at_the_left_and_numbers_at_the_right():
    table = pd.DataFrame({"who": ["ann", "<td"], "cents": [5, -7], "paid": [True, False]})
    assert sides(frames.html(table)) == [
        *(("who", "left"), ("cents", "right"), ("paid", "left")),
        *(("0", "left"), ("ann", "left"), ("5", "right"), ("True", "left")),
        *(("1", "left"), ("&lt;td", "left"), ("-7", "right"), ("False", "left")),
    ]


def test_every_cell_of_a_log_has_a_side_and_pandas_own_html_is_otherwise_unchanged(bank):
    log = frames.log(bank.store).set_index(["stream", "version"])
    html = frames.html(log)
    assert html.count(" align=") == html.count("<td") + html.count("<th ")
    assert re.sub(r' align="\w+" style="text-align: \w+"', "", html) == log.to_html()


def test_a_table_longer_than_pandas_shows_is_shortened_and_keeps_its_sides():
    html = frames.html(pd.DataFrame({"n": range(1_000)}))
    assert html.count("<tr") < 100
    assert ("999", "right") in sides(html)


@pytest.fixture
def shell():
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


LONG = "because " * 20 + "of that"


def test_a_notebook_shows_tables_whole_with_words_at_the_left(shell):
    table = pd.DataFrame({"reason": [LONG]})
    with pd.option_context("display.max_colwidth", 50):
        frames.words_left()
        shown, _ = shell.display_formatter.format(table)
    assert shown["text/html"] == frames.html(table)
    assert (LONG, "left") in sides(shown["text/html"])


def test_outside_a_notebook_only_the_cutting_ends():
    with pd.option_context("display.max_colwidth", 50):
        frames.words_left()
        assert LONG in str(pd.DataFrame({"reason": [LONG]}))


def test_tuples_in_a_payload_stay_tuples():
    class Pair(Event):
        numbers: tuple[int]
        names: tuple[str, ...]

    store = MemoryStore(Pair)
    store.append("a", [Pair((1,), ("x",)), Pair((2,), ())], expected_version=0)
    for table in (frames.log(store), frames.log(store.recorded())):
        assert table.numbers.tolist() == [(1,), (2,)]
        assert table.names.tolist() == [("x",), ()]


def test_a_log_from_stored_rows_is_the_log_from_recorded_events(bank):
    pd.testing.assert_frame_equal(frames.log(bank.store), frames.log(bank.store.recorded()))
    some = ["version", "event", "recorded_at"]
    pd.testing.assert_frame_equal(
        frames.log(bank.store, some), frames.log(bank.store.recorded(), some)
    )
    assert list(frames.log(bank.store, some).columns[:3]) == some


def test_a_log_with_a_damaged_row_names_its_place(tmp_path, bank):
    with SQLiteStore(tmp_path / "bank.db", BankMessage) as store:
        audit.restore(store, bank.store.transactions())
        db = store.home.file.db
        db.execute("DROP TRIGGER events_are_never_updated")
        db.execute("UPDATE events SET recorded_at = '2O26' WHERE position = 3")
        with pytest.raises(Unreadable, match="position 3"):
            frames.log(store)


def test_scores_are_a_table_of_numbers_that_can_be_rounded():
    rows = [forecast.Score("drift", 3, 1.25, 0.123, 0.8, 0.1)]
    table = frames.table(rows)
    assert table.dtypes.astype(str).tolist() == ["str", "Int64", *["float64"] * 4]
    assert table.round(2)["skill"].tolist() == [0.12]


@pytest.mark.parametrize("name", ["amount", "data", "position, data", "1; DROP TABLE events"])
def test_a_column_that_the_envelope_has_not_is_told_before_any_is_read(bank, name):
    for history in (bank.store, list(bank.store.recorded())):
        with pytest.raises(ValueError, match="the envelope has no"):
            frames.log(history, ["position", name])
