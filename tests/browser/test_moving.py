"""Finding, stepping, playing and linking in a saved file, with the network off."""

import json

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from hands import Hand
from playwright.sync_api import expect
from sample import small_bank

from esdemo.domains import bank
from esdemo.explorer import explore

pytest_plugins = ["browsing"]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A saved file, in which two what-ifs were asked."""
    path = tmp_path_factory.mktemp("saved") / "bank.html"
    explorer = explore(small_bank(), react=bank.transfers)
    explorer.send = lambda reply: None  # there is no page yet
    for number, positions in enumerate(([2], [2, 4])):
        explorer._asked(
            None, {"id": f"{number}", "ask": "without_events", "positions": positions}, []
        )
    explorer.save(path)
    return path


@pytest.fixture
def open_saved(saved, new_page):
    def make(link="", **options):
        page = new_page(offline=True, **options)
        page.goto(saved.as_uri() + link)
        hand = Hand(page, page.locator(".esdemo-explorer"))
        hand.root.wait_for()
        return hand

    return make


def found(hand, text):
    """What is said of a search, and the rows that are left."""
    hand.root.get_by_role("searchbox", name="Find in all").fill(text)
    hand.settle()
    hand.settle()
    return hand.root.locator(".find .bar .muted").inner_text()


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("amount", 11),
        ("90,000", 1),
        ("amount 20,000", 1),
        ("purpose rent", 1),
        ("refused", 3),
        ("cmd-3", 1),
        ("2026-01-12 13:10", 1),
        ("#8", 1),
        ("#80", 0),
        ("deposit -refused -alice", 1),
        ("amount>=50000", 2),
        ("actor=card amount<50,000", 1),
        ("time<=2026-01-05 stream=bob", 2),
        ('"found"', 1),
    ],
)
def test_what_the_page_shows_is_found(open_saved, text, rows):
    assert found(open_saved(), text) == f"{rows} found"


def test_steps_and_playing_stay_inside_what_was_found(open_saved):
    hand = open_saved()
    assert found(hand, "stream=bob") == "5 found"
    hand.press("Home")
    seen = []
    for _ in range(4):
        seen.append(hand.position())
        hand.press("ArrowRight")
    assert seen == [3, 6, 8, 11]
    hand.root.get_by_role("searchbox", name="Find in all").press("Enter")
    hand.press("Home")
    hand.root.get_by_label("Speed", exact=True).select_option("32")
    hand.button("Play").click()
    expect(hand.button("Play")).to_be_visible()
    assert hand.position() == 12  # the last of them, not the end of the log
    assert hand.root.locator('.item[aria-selected="true"]').count() == 1


def test_enter_goes_to_the_next_that_was_found(open_saved):
    hand = open_saved("#position=0")
    box = hand.root.get_by_role("searchbox", name="Find in all")
    found(hand, "transfer=t-1")
    for position in (5, 6, 7):
        box.press("Enter")
        assert hand.position() == position
    box.press("Shift+Enter")
    assert hand.position() == 6


def test_a_link_brings_back_all_that_is_seen(open_saved):
    hand = open_saved()
    hand.go(5)
    hand.press("p")
    found(hand, "refused")
    hand.press("Home")
    hand.tab("What if").get_by_role("button", name="Without events #2").click()
    hand.root.get_by_label("Times", exact=True).select_option("local")
    hand.button("Copy link").click()
    again = open_saved("#" + hand.page.url.split("#")[1])
    assert again.position() == 3
    expect(again.root.locator(".item")).to_have_count(3)
    expect(again.root.locator('.item[aria-selected="true"]')).to_contain_text("90000 is more")
    expect(again.root.get_by_role("tab", name="What if")).to_have_attribute("aria-selected", "true")
    expect(again.root.get_by_label("Branch", exact=True)).to_contain_text("Without events #2")
    expect(again.root.locator(".moves")).to_contain_text("local time")
    expect(again.root.locator("line.pin")).to_have_count(1)


def test_twenty_links_in_one_tab_cost_what_one_does(open_saved):
    hand = open_saved()
    go = """(n) => new Promise((done) => {
        const start = performance.now();
        location.hash = `#position=${n % 12}&stream=bob&field=${n % 2 ? "entries" : "balance"}`;
        setTimeout(() => requestAnimationFrame(() => done(performance.now() - start)), 0);
    })"""
    took = [hand.page.evaluate(go, n) for n in range(20)]
    assert max(took[15:]) < 500
    assert hand.position() == 7
    expect(hand.root.get_by_label("Field", exact=True)).to_have_value("entries")
    hand.page.evaluate("location.hash = '#position=7&stream=alice&field=entries'")
    expect(hand.root.locator(".chart")).to_have_attribute(
        "aria-label", "entries of alice over the log: 5 at position 7"
    )


def test_it_plays_by_the_clock(open_saved):
    hand = open_saved("#position=0")
    hand.root.get_by_label("Pace", exact=True).select_option("day")
    hand.root.get_by_label("Speed", exact=True).select_option("8")
    hand.button("Play").click()
    expect(hand.button("Play")).to_be_visible()
    assert hand.position() == 13


def test_the_future_stays_hidden_while_one_predicts(open_saved):
    hand = open_saved("#position=11")
    hand.tab("Predict").get_by_role("button", name="Start here").click()
    hand.settle()
    assert found(hand, "transfer") == "4 found"  # of those that there are
    found(hand, "")
    why = hand.tab("Why")
    expect(why).to_contain_text("SendTransfer")
    expect(why).not_to_contain_text("refused: the account is closed")
    hand.go(13)
    assert hand.position() == 11
    expect(hand.root).to_contain_text("the future is hidden: Stop first")
    expect(hand.root.locator(".line")).to_contain_text("what comes next is hidden")
    expect(hand.root.locator(".chart")).to_have_attribute(
        "aria-label", "balance of carol over the log: 0 at position 11"
    )
    hand.tab("Predict").get_by_role("button", name="Stop").click()
    hand.settle()
    assert found(hand, "transfer") == "6 found"


def test_what_was_typed_stays_when_one_looks_at_another_tab(open_saved):
    hand = open_saved()
    hand.tab("Export").get_by_role("textbox").fill("half a line")
    hand.tab("Now")
    expect(hand.tab("Export").get_by_role("textbox")).to_have_value("half a line")


def test_rows_go_out_as_csv_as_text_and_as_json_lines(open_saved):
    hand = open_saved()
    panel = hand.tab("Export")
    text = panel.get_by_role("textbox")
    panel.get_by_label("What", exact=True).select_option("refused")
    panel.get_by_label("Format", exact=True).select_option("csv")
    panel.get_by_role("button", name="Show as text").click()
    lines = text.input_value().splitlines()
    assert len(lines) == 4
    assert lines[1].split(",")[3:5] == ["Withdraw", "90000 is more than the available 60000"]
    panel.get_by_label("Format", exact=True).select_option("txt")
    panel.get_by_role("button", name="Show as text").click()
    assert text.input_value().startswith(
        "2026-01-05 10:10:00 refused alice: Withdraw amount 90,000 · purpose cash (90000 is more"
    )
    found(hand, "stream=carol")
    panel.get_by_label("What", exact=True).select_option("found")
    panel.get_by_label("Format", exact=True).select_option("jsonl")
    panel.get_by_role("button", name="Show as text").click()
    assert [json.loads(line).get("position") for line in text.input_value().splitlines()] == [
        9,
        10,
        None,
    ]


def test_a_decision_is_copied_as_a_test_that_passes(open_saved):
    hand = open_saved("#position=11")
    refuse = "() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }"
    hand.page.evaluate(refuse)
    for key in ("", "ArrowDown"):  # an accepted transfer, then one that is refused
        if key:
            hand.press(key)
        panel = hand.tab("Why")
        panel.get_by_role("button", name="Copy as test").click()
        code = panel.get_by_role("textbox", name="test").input_value()
        names = {}
        exec(compile(code, "copied", "exec"), names)
        tests = [name for name in names if name.startswith("test_")]
        assert tests == [
            f"test_{'receive_transfer_is_refused' if key else 'send_transfer_is_accepted'}"
        ]
        names[tests[0]]()
