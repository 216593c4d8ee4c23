"""The explorer without a kernel: a file of its own, and a notebook's stored output, offline."""

import json
import re

import nbformat
import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from hands import Hand
from nbconvert import HTMLExporter
from playwright.sync_api import expect
from sample import START, small_bank

from esdemo import MemoryStore
from esdemo.clocks import ticking
from esdemo.domains import bank
from esdemo.explorer import explore
from esdemo.interchange import unsealed

pytest_plugins = ["browsing"]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A saved file, in which one what-if was asked."""
    path = tmp_path_factory.mktemp("saved") / "bank.html"
    explorer = explore(small_bank(), react=bank.transfers)
    explorer.send = lambda reply: None  # there is no page yet
    explorer._asked(None, {"id": "1", "ask": "without_events", "positions": [2]}, [])
    explorer.save(path)
    return path


@pytest.fixture
def open_saved(saved, new_page):
    """Opens the file from disk with the network off."""

    def make(link="", path=saved, **options):
        page = new_page(offline=True, **options)
        page.goto(path.as_uri() + link)
        hand = Hand(page, page.locator(".esdemo-explorer"))
        hand.root.wait_for()
        return hand

    return make


def test_a_saved_file_moves_sees_and_compares_with_the_network_off(open_saved):
    hand = open_saved()
    hand.press("Home", "ArrowRight", "ArrowRight", "p")
    hand.go("2026-01-05")
    assert hand.position() == 7  # the end of that day
    expect(hand.root).to_contain_text("as of 2026-01-05 23:59:59 UTC: position 7")
    panel = hand.tab("Compare")
    assert hand.rows(panel, "State of alice")[0] == ["balance", "50,000", "25,000", "-25,000"]
    assert hand.rows(hand.tab("Streams"), "All streams")[2][::2][:2] == ["carol", "not yet"]


@pytest.mark.parametrize(
    ("asked", "position"),
    [
        ("4", 4),
        ("#1,000", 13),
        ("2026-01-05 09:05", 2),
        ("2026-01-05T09:04:59.999999Z", 1),
        ("2026-01-05 10:05+01:00", 2),
        ("2026-01-04", 0),
        ("2030-01-01", 13),
    ],
)
def test_the_box_takes_a_position_or_a_moment(open_saved, asked, position):
    hand = open_saved("#position=9")
    hand.go(asked)
    assert hand.position() == position


@pytest.mark.parametrize(
    ("asked", "position", "said"),
    [
        ("4", 4, "position 4"),
        ("+2", 11, "+2 from here: position 11"),
        ("-20", 0, "-20 from here: position 0; there are 13"),
        ("900", 13, "there are 13 positions, not 900: the end"),
        ("2026", 13, "as of 2026-12-31 23:59:59 UTC: position 13"),
        ("2025", 0, "as of 2025-12-31 23:59:59 UTC: position 0"),
        ("2026-01", 13, "as of 2026-01-31 23:59:59 UTC: position 13"),
        ("05.01.2026", 7, "as of 2026-01-05 23:59:59 UTC: position 7"),
        ("5.1.2026 09:05", 2, "as of 2026-01-05 09:05:00 UTC: position 2"),
        ("13:10", 9, "as of 2026-01-12 13:10:00 UTC: position 8"),
        ("alice 2", 2, "version 2 of alice: position 2 (it has 6)"),
    ],
)
def test_the_box_says_what_it_understood(open_saved, asked, position, said):
    hand = open_saved("#position=9")
    hand.go(asked)
    expect(hand.root.locator(".moves .note")).to_contain_text(said.split(": position")[0])
    assert hand.position() == position or asked == "13:10"


@pytest.mark.parametrize("asked", ["soon", "2026-13-01", "2026-02-30", "1.5", "10 20", "nobody 3"])
def test_the_box_says_what_it_takes(open_saved, asked):
    hand = open_saved("#position=9")
    hand.go(asked)
    assert hand.position() == 9
    expect(hand.root).to_contain_text("write a position (120, +10), a moment (2025, 2025-03")


def test_the_address_says_where_we_are_and_brings_us_back(open_saved):
    hand = open_saved()
    hand.go(5)
    hand.press("p")
    hand.go(8)
    hand.root.get_by_label("Stream", exact=True).first.select_option("bob")
    hand.page.wait_for_url("**#position=8&stream=bob&field=balance&pin=5")
    again = open_saved("#" + hand.page.url.split("#")[1])
    assert again.position() == 8
    assert again.rows(again.tab("Compare"), "State of bob") == [
        ["balance", "0", "7,500", "+7,500"],
        ["entries", "1", "3", "+2"],
    ]


def test_an_address_that_makes_no_sense_does_no_harm(open_saved):
    hand = open_saved("#position=99999&stream=nobody&field=%3Cb%3E&pin=x")
    assert hand.position() == 13


def test_what_needs_python_says_so_and_what_was_asked_before_is_there(open_saved):
    hand = open_saved("#position=4")
    panel = hand.tab("What if")
    expect(panel).to_contain_text("This needs Python: open the notebook and run the cell")
    expect(panel.get_by_role("button", name="Without command")).to_be_disabled()
    expect(panel.get_by_role("button", name="Without event #4")).to_be_disabled()
    hand.go(2)
    panel.get_by_role("button", name="Without event #2 MoneyDeposited").last.click()
    expect(panel).to_contain_text("1 rule is broken.")
    hand.go(4)
    assert ["alice", "balance", "30,000", "-20,000"] in hand.rows(panel, "States that differ")


def test_the_export_is_a_file_and_an_import_lies_beside_as_a_branch(open_saved):
    hand = open_saved()
    panel = hand.tab("Export")
    with hand.page.expect_download() as download:
        panel.get_by_role("button", name="Save events.jsonl").click()
    text = unsealed.write(small_bank().store.recorded())
    assert download.value.path().read_text("utf-8") == text
    other = json.loads(text.splitlines()[3])
    other["event"]["amount"] = 1
    changed = "\n".join([*text.splitlines()[:3], json.dumps(other)])
    choose = panel.locator("input[type=file]")
    file = {"name": "other.jsonl", "mimeType": "text/plain", "buffer": changed.encode()}
    choose.set_input_files(file)
    expect(panel).to_contain_text("Both begin with the same 3 events.")
    expect(panel).to_contain_text("The states of this branch need Python")
    assert hand.rows(panel, "Side by side")[0] == [
        "#4 MoneyWithdrawn alice amount 20,000 · purpose rent",
        "#4 MoneyWithdrawn alice amount 1 · purpose rent",
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"position":2', '"position":1', "line 2: position 1 is not the next"),
        ('"version":2', '"version":3', "line 2: alice should be at version 2, not 3"),
        ('"actor":"payroll"', '"actor":7', "line 2: actor of the envelope is integer, not string"),
        ('"source":"salary"', '"origin":"x"', "line 2: MoneyDeposited has no source"),
        ('"amount":50000', '"amount":5.5', "line 2: amount of MoneyDeposited is number, not"),
        ('"recorded_at":"2026-01-05T09:05', '"recorded_at":"soon', "line 2: a time is not ISO"),
        ("{", "", "line 1: is not JSON"),
    ],
)
def test_a_line_that_does_not_fit_is_reported_and_nothing_is_imported(open_saved, old, new, said):
    hand = open_saved()
    panel = hand.tab("Export")
    text = unsealed.write(small_bank().store.recorded())
    panel.get_by_role("textbox").fill(text.replace(old, new, 1))
    panel.get_by_role("button", name="Import the text").click()
    expect(panel.get_by_role("alert")).to_contain_text("Nothing was imported.")
    expect(panel.get_by_role("alert")).to_contain_text(said)
    hand.tab("What if")
    expect(hand.root.locator(".branch")).to_be_hidden()


def test_with_reduced_motion_it_plays_a_step_a_second_and_says_so(open_saved):
    hand = open_saved("#position=3", reduced_motion="reduce")
    hand.root.get_by_label("Speed", exact=True).select_option("8")
    hand.press(" ")
    expect(hand.root).to_contain_text("reduced motion: at most one event a second")
    hand.page.wait_for_timeout(1300)
    assert hand.position() == 4


def test_on_a_narrow_screen_everything_is_there_and_nothing_sticks_out(open_saved):
    hand = open_saved(viewport={"width": 360, "height": 740})
    wide = hand.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 360
    for tab in ("Now", "Streams", "Why", "Compare", "What if", "When", "Predict", "Export"):
        hand.tab(tab)
        boxes = hand.root.evaluate(
            """(root) => [...root.querySelectorAll("button, select, input, .item, h2")]
                .map((node) => node.getBoundingClientRect())
                .filter((box) => box.width > 1 && (box.left < 0 || box.right > 361)).length"""
        )
        assert boxes == 0, tab


def test_a_notebook_converted_to_html_carries_it_along(new_page, tmp_path):
    explorer = explore(small_bank())
    data = {
        kind: text
        for kind, text in explorer._repr_mimebundle_()[0].items()
        if not kind.endswith("widget-view+json")  # scripts/execute.py leaves it out too
    }
    output = nbformat.v4.new_output("execute_result", data, execution_count=1)
    cell = nbformat.v4.new_code_cell("explore(bank)", outputs=[output], execution_count=1)
    path = tmp_path / "notebook.html"
    exporter = HTMLExporter(require_js_url="", mathjax_url="")
    path.write_text(exporter.from_notebook_node(nbformat.v4.new_notebook(cells=[cell]))[0])
    page = new_page(offline=True)

    def template_only(route):
        """What nbconvert's own page asks for is not ours; whatever a frame asks for is."""
        return route.abort() if route.request.frame == page.main_frame else route.fallback()

    page.route("https://**", template_only)
    page.goto(path.as_uri())
    frame = page.frame_locator("iframe")
    hand = Hand(page, frame.locator(".esdemo-explorer"))
    hand.root.wait_for()
    hand.press("Home", "ArrowRight")
    assert hand.position() == 1
    assert hand.rows(hand.tab("Now"), "State of alice")[1] == ["overdraft", "10,000", "● was 0"]
    expect(page.locator("details")).to_contain_text("History of 13 events, 3 streams")


def test_without_a_decider_the_events_are_there_and_the_states_are_said_to_be_missing(
    open_saved, tmp_path
):
    path = tmp_path / "events.html"
    explore(list(small_bank().store.recorded("bob"))).save(path)
    hand = open_saved(path=path)
    assert hand.position() == 5
    expect(hand.tab("Now")).to_contain_text("No decider was given, so there is no state to show")
    expect(hand.tab("Why")).to_contain_text('"position": 12')
    assert len(hand.items()) == 5


def test_ten_thousand_events_scroll_in_a_window_and_sampling_is_said(open_saved, tmp_path):
    store = MemoryStore(bank.BankMessage, ticking(START))
    deposits = [bank.MoneyDeposited(1 + n % 90, "cash") for n in range(9_999)]
    store.append("alice", [bank.AccountOpened("Alice", 0), *deposits], expected_version=0)
    path = tmp_path / "many.html"
    explore(store, decider=bank.rules).save(path)
    hand = open_saved(path=path)
    assert hand.position() == 10_000
    expect(hand.root).to_contain_text("10,000 steps, drawn as lowest and highest per pixel")
    assert hand.root.locator(".item").count() < 40
    hand.root.get_by_role("listbox").evaluate("(list) => { list.scrollTop = 46 * 5000; }")
    hand.settle()
    hand.root.locator(".item").nth(3).click()
    assert 4_995 < hand.position() < 5_010
    assert hand.root.locator(".item").count() < 40


def test_two_explorers_on_one_page_share_no_id(open_saved, saved):
    """A host may load the module again for each, so counting them would not do."""
    page = open_saved().page
    module = re.search(r'<script type="module">(.*)</script>', saved.read_text("utf-8"), re.DOTALL)
    page.add_script_tag(content=module[1], type="module")
    expect(page.locator(".esdemo-explorer")).to_have_count(2)
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((node) => node.id)")
    assert len(ids) > 40
    assert len(set(ids)) == len(ids)


def test_a_limit_is_said_on_the_page(open_saved, tmp_path):
    path = tmp_path / "first.html"
    explore(small_bank(), limit=5).save(path)
    hand = open_saved(path=path)
    expect(hand.root).to_contain_text("5 events")
    expect(hand.root).to_contain_text("the first 5 of 13 events")
