"""The page that the command line writes of each sample: opened offline, and read."""

from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from hands import Hand
from playwright.sync_api import expect

from esdemo.__main__ import main

pytest_plugins = ["browsing"]

SAMPLES = Path(__file__).resolve().parent.parent.parent / "samples"


@pytest.fixture
def opened(new_page, tmp_path):
    """Opens the page of a sample as the command line wrote it, at a link."""

    def make(name, link="", *options):
        path = tmp_path / "page.html"
        assert main(["explore", str(SAMPLES / name), "--save", str(path), *options]) == 0
        page = new_page(offline=True)
        page.goto(path.as_uri() + link)
        hand = Hand(page, page.locator(".esdemo-explorer"))
        hand.root.wait_for()
        return hand

    return make


def test_a_process_mining_log_has_the_last_value_of_each_field(opened):
    hand = opened("permits.csv", "#position=369&stream=BP-035")
    assert hand.position() == 369
    state = {row[0]: row[1] for row in hand.rows(hand.tab("Now"), "State of BP-035")}
    fields = {name: state[name] for name in ("status", "area_m2", "fee", "(how often).Decide")}
    assert fields == {"status": "granted", "area_m2": "241", "fee": "0", "(how often).Decide": "1"}
    expect(hand.tab("Now")).to_contain_text("by Karl")


def test_a_web_log_has_records_in_its_states(opened):
    hand = opened("web-shop.jsonl")
    assert hand.position() == 281
    rows = hand.rows(hand.tab("Streams"), "")
    assert len(rows) == 40
    hand.root.get_by_role("searchbox").or_(hand.root.get_by_placeholder("find")).first.fill(
        "payment_failed"
    )
    expect(hand.root.locator(".item").first).to_contain_text("payment_failed")


def test_the_trace_of_an_agent_says_what_led_to_what(opened):
    hand = opened("agent-run.jsonl")
    panel = hand.tab("Why")
    expect(panel).to_contain_text("run_started")
    expect(panel).to_contain_text("tool_returned")
    assert panel.locator("ul.tree ul ul ul").count() > 0


def test_a_window_begins_with_what_came_before(opened):
    hand = opened("permits.csv", "#position=1", "--last", "20")
    panel = hand.tab("Now")
    expect(panel).to_contain_text("(before the window)")
    hand.press("End")
    last = hand.root.locator(".item").last
    expect(last).to_contain_text("BP-035")
    expect(last).to_contain_text("369")
