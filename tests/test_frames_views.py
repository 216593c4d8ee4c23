"""What pandas people need from a log: every state at once, no future, empty days, and back."""

from datetime import UTC, datetime, timedelta

import msgspec
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from esdemo import Application, Event, MemoryStore, frames
from esdemo.clocks import ManualClock, numbered, ticking
from esdemo.domains.bank import BankMessage, Deposit, OpenAccount, Withdraw, rules, simulate
from esdemo.errors import NotFound

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
DAY = timedelta(days=1)
EFFECTS = {
    **dict.fromkeys(("MoneyDeposited", "TransferReceived", "TransferReturned"), "amount"),
    **dict.fromkeys(("MoneyWithdrawn", "FeeCharged", "TransferSent"), "-amount"),
    "EntryReversed": "change",
}


@pytest.fixture
def bank():
    """Two accounts: on day 0 both, then Ann on day 3, Bob on day 4."""
    clock = ManualClock(START)
    bank = Application(rules, MemoryStore(BankMessage, clock), ids=numbered("cmd"))
    for name, amount in (("ann", 10_00), ("bob", 20_00)):
        bank.handle(name, OpenAccount(name), actor="teller-1")
        bank.handle(name, Deposit(amount))
    clock.advance(days=3)
    bank.handle("ann", Withdraw(4_00), effective_at=START)
    clock.advance(days=1)
    bank.handle("bob", Deposit(1_00))
    bank.handle("bob", Withdraw(5_00))
    return bank


@pytest.fixture
def balances(bank):
    return frames.running(frames.log(bank.store), EFFECTS, name="balance")


# Every state at once.


@settings(max_examples=15)
@given(seed=st.integers(0, 10**6), accounts=st.integers(1, 5), days=st.integers(1, 40))
def test_running_sums_are_the_states_of_the_fold(seed, accounts, days):
    bank = simulate(accounts, days, seed)
    log = frames.log(bank.store)
    effects = {kind: name for kind, name in EFFECTS.items() if kind in set(log["event"])}
    table = frames.running(log, effects, name="balance")
    for stream, rows in table.groupby("stream"):
        folded = [state.balance for state in rules.states(bank.store.events(stream))]
        assert [0, *rows["balance"]] == folded


def test_cents_stay_whole_numbers(balances):
    assert balances.dtypes[["balance_change", "balance"]].astype(str).tolist() == ["Int64", "Int64"]
    assert list(balances["balance_change"]) == [0, 10_00, 0, 20_00, -4_00, 1_00, -5_00]


def test_an_effect_needs_its_column_and_a_value_in_it(bank):
    log = frames.log(bank.store)
    with pytest.raises(NotFound, match="no column 'cents'"):
        frames.running(log, {"MoneyDeposited": "cents"})
    with pytest.raises(ValueError, match="AccountOpened at position 1 has nothing to add"):
        frames.running(log, {"AccountOpened": "amount"})


def test_a_column_of_the_log_is_not_overwritten(bank):
    log = frames.log(bank.store)
    for name, taken in (("amount", log), ("sum", log.assign(sum_change=0))):
        with pytest.raises(ValueError, match=r"has a column .* already: choose another name"):
            frames.running(taken, EFFECTS, name=name)


def test_an_effect_of_an_event_that_never_came_is_no_trouble():
    assert frames.running(frames.log(MemoryStore(BankMessage)), EFFECTS).empty


# As of, without the future.


def asked(*moments):
    table = pd.DataFrame(moments, columns=["stream", "recorded_at"])
    return table.astype({"stream": "str", "recorded_at": "datetime64[us, UTC]"})


def test_as_of_gives_what_was_known_and_not_what_was_true(balances):
    questions = asked(("bob", START + DAY), ("ann", START + DAY), ("ann", START + 3 * DAY))
    found = frames.as_of(questions, balances[["recorded_at", "stream", "balance"]])
    assert list(found["stream"]) == ["bob", "ann", "ann"]
    assert list(found["balance"]) == [20_00, 10_00, 6_00]  # ann's withdrawal was true on day 0
    assert str(found["balance"].dtype) == "Int64"


def test_as_of_is_missing_before_anything_was_known_and_inclusive_then(balances):
    facts = balances[["recorded_at", "stream", "balance"]]
    moments = asked(("ann", START - timedelta(microseconds=1)), ("ann", START), ("zoe", START))
    found = frames.as_of(moments, facts)["balance"]
    assert found.isna().tolist() == [True, False, True]
    assert found[1] == 10_00  # the last of several at one time


@settings(max_examples=25)
@given(minutes=st.lists(st.integers(-5, 90), min_size=1, max_size=12), seed=st.integers(0, 99))
def test_as_of_agrees_with_a_replay_and_leaks_nothing(minutes, seed):
    bank = simulate(2, 3, seed)
    table = frames.running(frames.log(bank.store), EFFECTS, name="balance")
    moments = [table["recorded_at"].iloc[0] + timedelta(minutes=37 * each) for each in minutes]
    questions = asked(*(("alice", moment) for moment in moments))
    questions.index = [f"q{number}" for number in range(len(questions))]
    facts = table[["recorded_at", "stream", "balance"]]
    found = frames.as_of(questions, facts)
    assert list(found.index) == list(questions.index)
    for moment, balance in zip(moments, found["balance"], strict=True):
        assert (0 if pd.isna(balance) else balance) == bank.state("alice", as_of=moment).balance
    last = max(moments)
    future = facts.assign(balance=facts["balance"].where(facts["recorded_at"] <= last, 10**9))
    pd.testing.assert_frame_equal(frames.as_of(questions, future), found)


# Calendars.


def test_a_day_without_events_has_the_state_of_the_day_before(balances):
    table = frames.by_day(balances, "balance")
    assert table.index.tolist() == [
        pd.Timestamp("2026-01-05", tz="UTC") + n * DAY for n in range(5)
    ]
    assert list(table["ann"]) == [10_00, 10_00, 10_00, 6_00, 6_00]
    assert list(table["bob"]) == [20_00, 20_00, 20_00, 20_00, 16_00]
    assert set(table.dtypes.astype(str)) == {"Int64"}


def test_a_day_without_events_changes_nothing(balances):
    table = frames.by_day(balances, "balance_change", how="sum")
    assert list(table["ann"]) == [10_00, 0, 0, -4_00, 0]
    assert list(table["bob"]) == [20_00, 0, 0, 0, -4_00]
    assert (table.cumsum() == frames.by_day(balances, "balance")).all(axis=None)


def test_before_its_first_event_a_stream_has_no_state_of_the_day(bank, balances):
    bank.handle("cleo", OpenAccount("Cleo"))
    table = frames.running(frames.log(bank.store), EFFECTS, name="balance")
    assert frames.by_day(table, "balance")["cleo"].isna().tolist() == [True] * 4 + [False]
    assert frames.by_day(table, "balance_change", how="sum")["cleo"].tolist() == [0] * 5


def test_an_empty_log_has_no_days():
    table = frames.running(frames.log([]), EFFECTS, name="balance")
    assert frames.by_day(table, "balance").empty


def test_a_day_is_one_of_two_things(balances):
    with pytest.raises(ValueError, match="not 'mean'"):
        frames.by_day(balances, "balance", how="mean")


# Between two moments.


def test_the_change_between_two_moments_is_that_of_two_replays(bank, balances):
    first, last = START + DAY, START + 4 * DAY
    table = frames.between(balances, "balance", first, last)
    for stream, row in table.iterrows():
        before, after = (bank.state(stream, as_of=moment).balance for moment in (first, last))
        assert tuple(row) == (before, after, after - before)
    assert frames.between(balances, "balance", START - DAY, first).loc["ann", "change"] == 10_00


def test_the_later_moment_comes_last(balances):
    with pytest.raises(ValueError, match="give the earlier moment first"):
        frames.between(balances, "balance", START + DAY, START)


# Rows of a read model.


def test_rows_of_a_view_are_a_table_with_their_key():
    class Row(msgspec.Struct, frozen=True):
        total: int
        note: str | None = None

    table = frames.rows({"a": Row(1), "b": Row(2, "x")}, key="stream")
    assert list(table.columns) == ["stream", "total", "note"]
    assert table.dtypes.astype(str).tolist() == ["str", "Int64", "str"]
    assert frames.rows({}).empty


# And back.


def test_a_log_goes_through_a_table_into_another_store(bank):
    table = frames.log(bank.store)
    other = MemoryStore(BankMessage, ticking(START))
    assert frames.append(table, other) == 7
    again = frames.log(other)
    same = ["stream", "version", "event", "command_id", "actor", "effective_at", "amount", "owner"]
    pd.testing.assert_frame_equal(again[same], table[same])


@settings(max_examples=10)
@given(seed=st.integers(0, 10**6), days=st.integers(1, 25))
def test_a_year_comes_back_as_the_same_events(seed, days):
    bank = simulate(3, days, seed)
    other = MemoryStore(BankMessage, ticking(START))
    frames.append(frames.log(bank.store), other)
    assert [f.event for f in other.recorded()] == [f.event for f in bank.store.recorded()]
    assert rules.fold(other.events("alice")) == bank.state("alice")


@pytest.mark.parametrize("shape", ["Parquet", "JSON Lines"])
def test_old_events_in_a_file_and_young_ones_in_the_store_are_one_replay(tmp_path, shape):
    """Chapter 07 does it with the one or the other, by whether pyarrow is installed."""
    bank, path, cut = simulate(3, 40), tmp_path / "cold", 60
    cold = frames.log(bank.store.recorded(until=cut))
    cold = cold.drop(columns=["position", "hash", "recorded_at"])
    if shape == "Parquet":
        pytest.importorskip("pyarrow", reason="pyarrow is not installed")
        cold.to_parquet(path)
        read = pd.read_parquet(path)
    else:
        cold.to_json(path, orient="records", lines=True, date_format="iso")
        read = pd.read_json(path, lines=True, dtype_backend="numpy_nullable")
        read["effective_at"] = pd.to_datetime(read["effective_at"])
    archive = MemoryStore(BankMessage, ticking(START))
    assert frames.append(read, archive) == cut
    both = [*archive.recorded(), *bank.store.recorded(after=cut)]
    for fact, was in zip(both, bank.store.recorded(), strict=True):
        assert (fact.stream, fact.version, fact.event) == (was.stream, was.version, was.event)
        assert (fact.command_id, fact.effective_at) == (was.command_id, was.effective_at)


def test_a_table_needs_only_streams_events_and_fields():
    table = pd.DataFrame(
        {
            "stream": ["a", "a"],
            "event": ["AccountOpened", "MoneyDeposited"],
            "owner": ["Ann", None],
            "overdraft": [0, None],
            "amount": [None, 5_00],
            "source": [None, "cash"],
        },
    ).convert_dtypes()
    store = MemoryStore(BankMessage, ticking(START))
    assert frames.append(table, store) == 2
    assert store.version("a") == 2


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"event": "MoneyFound"}, "row 3 cannot be appended: 'MoneyFound' is not one of"),
        ({"event": pd.NA}, "row 3 cannot be appended: None is not one of"),
        ({"amount": pd.NA}, "row 3 cannot be appended: Object missing required field `amount`"),
        ({"amount": -1}, "row 3 cannot be appended: Expected `int` >= 1"),
        ({"overdraft": 5}, "MoneyDeposited has no field for the value in overdraft"),
        ({"version": 7}, "'bob' is at version 1, not 6"),
        ({"stream": ""}, "'' is not a stream name"),
    ],
)
def test_a_row_that_cannot_be_is_named_and_nothing_is_written(bank, changed, words):
    table = frames.log(bank.store)
    for column, value in changed.items():
        table.loc[3, column] = value
    store = MemoryStore(BankMessage, ticking(START))
    with pytest.raises(ValueError, match=words):
        frames.append(table, store)
    assert store.counts() == (0, 0)


def test_a_table_without_streams_is_not_one_of_events(bank):
    with pytest.raises(NotFound, match="no column event, stream"):
        frames.append(pd.DataFrame({"amount": [1]}), bank.store)


def test_a_field_called_like_the_envelope_comes_back_too():
    class Renamed(Event):
        stream: str
        actor: str

    store, other = (MemoryStore(Renamed, ticking(START)) for _ in range(2))
    store.append("a", [Renamed("new", "who")], expected_version=0, actor="me")
    frames.append(frames.log(store), other)
    (fact,) = other.recorded()
    assert (fact.event, fact.actor) == (Renamed("new", "who"), "me")
