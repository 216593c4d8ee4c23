"""The explorer on an application of the `eventsourcing` library, in a real browser."""

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from datetime import timedelta

from foreign import accounts, timed
from hands import Hand
from playwright.sync_api import expect

from esdemo import MemoryStore, graduate
from esdemo.explorer import explore

pytest_plugins = ["browsing"]


@pytest.fixture
def hand(new_page, tmp_path, monkeypatch):
    """A saved page over a stranger's bank, opened with the network off, and Ben's stream."""
    timed(monkeypatch, timedelta(days=1))
    with accounts.Accounts() as app:
        ann, ben = map(str, accounts.live(app))
        mirror = MemoryStore(graduate.vocabulary(app))
        graduate.follow(app, mirror)
        explore(graduate.view(app, mirror), stream=ben).save(tmp_path / "theirs.html")
    page = new_page(offline=True)
    page.goto((tmp_path / "theirs.html").as_uri())
    hand = Hand(page, page.locator(".esdemo-explorer"))
    hand.root.wait_for()
    hand.ben, hand.ann = ben, ann
    return hand


def test_their_aggregate_is_shown_by_field_at_any_moment(hand):
    expect(hand.root).to_contain_text("foreign.accounts:Account.TransactionAppended")
    panel = hand.tab("Now")
    expect(panel).to_contain_text("-39.50")
    hand.go("2026-01-09")
    assert hand.position() == 5
    expect(panel).to_contain_text("30.50")
    expect(panel).not_to_contain_text("bea")


def test_what_their_log_does_not_say_is_said_where_one_looks_for_it(hand):
    hand.go("8")
    expect(hand.root).to_contain_text(graduate.NOT_IN_THE_LOG)
