"""Our tools on an application that we did not write: tables, time travel, what-ifs, seals."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest
from eventsourcing.domain import Aggregate, event
from foreign import START, accounts, cargo, content, search, timed

from esdemo import MemoryStore, SQLiteStore, audit, forecast, frames, graduate, timeline
from esdemo.errors import CannotForecast, UnknownType
from esdemo.explorer import explore
from esdemo.graduate.viewing import AggregateState, plain
from esdemo.interchange import export_history, import_history
from esdemo.projections import Projection, View


@pytest.fixture(autouse=True)
def ticking(monkeypatch):
    """Their clock ticks a day at a time."""
    timed(monkeypatch, timedelta(days=1))


@pytest.fixture
def app():
    """A stranger's bank, after a week of business."""
    with accounts.Accounts() as app:
        yield app


@pytest.fixture
def people(app):
    """The streams of Ann and Ben."""
    return [str(account_id) for account_id in accounts.live(app)]


@pytest.fixture
def view(app, people):
    """Its mirror, as an application of ours."""
    mirror = MemoryStore(graduate.vocabulary(app))
    graduate.follow(app, mirror)
    rule = {"never below the limit": lambda state: _available(state) >= 0}
    return graduate.view(app, mirror, invariants=rule)


def _available(state):
    return state.get("balance", 0) + state.get("overdraft", 0)


def test_a_state_shows_the_fields_of_the_aggregate(view, people):
    ann, ben = people
    assert view.state(ann)["balance"] == Decimal("69.50")
    assert view.state(ben) == {
        "aggregate": "Account",
        "holders": ("ben", "bea"),
        "email": "ben@example.com",
        "balance": Decimal("-39.50"),
        "overdraft": Decimal("50.00"),
        "is_closed": False,
    }
    assert view.state("nobody") == {}


def test_a_state_in_the_past_stays_as_it_was(view, people):
    ann, _ = people
    before = view.state(ann, version=2)
    view.state(ann)
    assert before["balance"] == Decimal("100.00")
    assert view.state(ann, as_of=START + timedelta(days=3))["balance"] == Decimal("69.50")
    assert view.state(ann, as_of=START + timedelta(days=2, hours=23))["balance"] == 100


def test_the_timeline_knows_all_aggregates_at_any_moment(view, people):
    ann, ben = people
    then = timeline.states(view, as_of=START + timedelta(days=4))
    assert {name: state["balance"] for name, state in then.items()} == {
        ann: Decimal("69.50"),
        ben: Decimal("30.50"),
    }
    changes = timeline.diff(then[ben], view.state(ben))
    assert {change.path for change in changes} == {("holders",), ("balance",), ("overdraft",)}


def test_the_life_of_a_field_is_told(view, people):
    _, ben = people
    told = timeline.field_history(view, ben, "balance")
    assert [(turn.before, turn.after) for turn in told] == [
        (None, Decimal("0.00")),
        (Decimal("0.00"), Decimal("30.50")),
        (Decimal("30.50"), Decimal("-39.50")),
    ]


def test_a_fact_left_out_shows_which_rule_breaks(view, people):
    _, ben = people
    without = timeline.without_event(view, ben, 4)  # the overdraft that was allowed
    assert [broken.rule for broken in without.broken_rules] == ["never below the limit"]
    assert [fact.version for fact in without.store.recorded(ben)] == [1, 2, 3, 4]


def test_tables_have_their_fields_as_columns(view, people):
    log = frames.log(view.store)
    assert list(log["event"].unique()) == [
        "Account.Opened",
        "Account.TransactionAppended",
        "Account.HolderAdded",
        "Account.OverdraftLimitSet",
    ]
    assert log["amount"].dropna().astype(float).sum() == pytest.approx(30)
    assert set(log["actor"]) == {"(not in their log)"}
    states = frames.states(view, people[1])
    assert list(states["balance"].dropna().astype(float)) == [0, 30.5, 30.5, 30.5, -39.5]
    assert states["aggregate"].iloc[0] is not states["aggregate"].iloc[1]
    assert frames.decisions(view.store).empty


def test_the_trail_says_what_each_event_changed_and_what_their_log_does_not_say(view, people):
    entries = audit.trail(view, people[0])
    changes = [[(c.path, c.before, c.after) for c in entry.changes] for entry in entries[1:]]
    assert changes == [
        [(("balance",), Decimal("0.00"), Decimal("100.00"))],
        [(("balance",), Decimal("100.00"), Decimal("69.50"))],
    ]
    assert {(entry.actor, entry.command) for entry in entries} == {("(not in their log)", None)}
    assert "balance: 0.00 -> 100.00" in frames.trail(entries)["changes"].iloc[1]


def test_a_mirror_has_hashes_a_seal_and_receipts(app, view, people):
    mirror = view.store
    seal = audit.verify(mirror).seal
    receipt = audit.receipt(mirror, 3, seal)
    app.add(UUID(people[0]), "1.00")
    graduate.follow(app, mirror)
    assert audit.compare(mirror, seal) == []
    assert receipt.holds(seal)
    assert audit.verify(mirror).wrong is None


def test_a_mirror_is_exported_and_imported(view, tmp_path):
    path = tmp_path / "mirror.jsonl"
    seal = export_history(view.store, path)
    again = MemoryStore(graduate.vocabulary())
    assert import_history(path, again) == seal
    assert [fact.event for fact in again.recorded()] == [f.event for f in view.store.recorded()]


class Turnover(msgspec.Struct, frozen=True):
    """How much went through an account, in hundredths."""

    hundredths: int


def turnover(row, fact):
    """A read model over events of theirs."""
    amount = getattr(fact.event, "amount", None)
    if amount is None:
        return row
    before = row.hundredths if row else 0
    return Turnover(before + abs(int(Decimal(amount) * 100)))


def test_a_projection_follows_a_mirror(app, view, people):
    with View(Projection("turnover", Turnover, turnover), view.store) as rows:
        rows.catch_up()
        assert {key: row.hundredths for key, row in rows.rows().items()} == {
            people[0]: 130_50,
            people[1]: 100_50,
        }
        app.add(UUID(people[0]), "9.50")
        graduate.follow(app, view.store)
        rows.catch_up()
        assert rows.rows()[people[0]].hundredths == 140_00


def test_a_forecast_is_made_from_what_their_log_has(view):
    days = forecast.calendar(view.store.history())
    assert len(days) == 8

    def total(states):
        return float(sum(state["balance"] for state in states.values()))

    known = forecast.values(view.decider, days, total)
    assert list(known) == [0, 0, 100, 69.5, 100, 100, 100, 30]
    futures = forecast.resampled(known, 3, futures=50, draw=forecast.blocks(1))
    assert futures.shape == (50, 3)
    with pytest.raises(CannotForecast, match="no commands to ask again, only imported facts"):
        forecast.decided(view.decider, days, total, 3)


def test_the_explorer_opens_on_their_application(app, view, people):
    in_cents = graduate.view(app, view.store, more=lambda one: {"cents": int(one.balance * 100)})
    explorer = explore(in_cents, stream=people[1], field="cents")
    assert explorer.position == 8
    table = explorer.table().set_index("stream")
    assert table.loc[people[1], "holders"] == ["ben", "bea"]
    assert table.loc[people[1], "cents"] == -39_50
    assert "8 events" in repr(explorer)


def test_commands_are_refused_with_a_sentence_that_says_where_to_give_them(view, people):
    from tally import Add

    with pytest.raises(UnknownType, match="give commands to the application itself"):
        view.handle(people[0], Add((1,)))
    outcome = view.decider.outcome(Add((1,)), view.state(people[0]))
    assert "give the command to the application itself" in str(outcome)


def test_an_aggregate_that_is_gone_has_an_empty_state_until_it_comes_again():
    with content.Wiki() as app:
        _, rules = map(str, content.live(app))
        mirror = MemoryStore(graduate.vocabulary(app))
        graduate.follow(app, mirror)
        view = graduate.view(app, mirror)
    titles = [view.state(rules, version=n).get("title") for n in range(6)]
    assert titles == [None, "Rules", "Rules", None, "New rules", "New rules"]


def test_value_objects_are_shown_by_field():
    with cargo.Shipping() as app:
        shipped, _ = map(str, cargo.live(app))
        mirror = MemoryStore(graduate.vocabulary(app))
        graduate.follow(app, mirror)
        state = graduate.view(app, mirror).state(shipped)
    assert state["route"]["legs"][1]["ship"] == "V2"
    assert state["seen"] == {"received": cargo.Port.HONGKONG, "claimed": cargo.Port.ROTTERDAM}


def test_frozen_aggregates_are_folded_by_their_projector():
    with search.Library() as app:
        search.live(app)
        mirror = MemoryStore(graduate.vocabulary(app))
        graduate.follow(app, mirror)
        view = graduate.view(app, mirror, projector=search.project)
    assert view.state("news/today")["text"] == "Something after all!"
    assert view.state("news/today", version=2)["tags"] == ("dull",)


def test_a_state_does_not_change_with_the_aggregate_it_was_made_from():
    class Basket(Aggregate):
        @event("Begun")
        def __init__(self) -> None:
            self.items = [{"a": [1]}]

    basket = Basket()
    state = AggregateState.of(basket)
    basket.items[0]["a"].append(2)
    assert state == {"aggregate": Basket.__qualname__, "items": ({"a": (1,)},)}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({2, 1}, (1, 2)),
        ({1: "a", "b": None}, {"1": "a", "b": None}),
        (cargo.Port.NEW_YORK, cargo.Port.NEW_YORK),
        (Turnover(5), {"hundredths": 5}),
        (len, repr(len)),
        (int, repr(int)),
        (object, repr(object)),
    ],
)
def test_any_value_is_made_plain(value, shown):
    assert plain(value) == shown


def test_a_mirror_in_a_file_is_read_without_their_application(app, people, path):
    with SQLiteStore(path, graduate.vocabulary(app)) as mirror:
        graduate.follow(app, mirror)
    with SQLiteStore(path, graduate.vocabulary(), read_only=True) as mirror:
        assert [fact.event.row.topic for fact in mirror.recorded(people[0])] == [
            "foreign.accounts:Account.Opened",
            "foreign.accounts:Account.TransactionAppended",
            "foreign.accounts:Account.TransactionAppended",
        ]
