"""What is seen of a history: the axis, large states, many streams, units, room for all of it."""

import json

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from hands import Hand
from playwright.sync_api import expect
from sample import START, small_bank

from esdemo import Decider, Event, MemoryStore
from esdemo.clocks import ticking
from esdemo.domains import bank
from esdemo.explorer import explore

pytest_plugins = ["browsing"]


class Became(Event):
    """A stream's state became this JSON."""

    text: str


became = Decider(lambda command, state: [], lambda state, event: json.loads(event.text), None)


@pytest.fixture
def show(new_page, tmp_path):
    """Opens a saved file of a history."""

    def make(history, link="", decider=None, **options):
        path = tmp_path / "history.html"
        explore(history, decider=decider).save(path)
        page = new_page(offline=True, **options)
        page.goto(path.as_uri() + link)
        hand = Hand(page, page.locator(".esdemo-explorer"))
        hand.root.wait_for()
        hand.settle()
        return hand

    return make


@pytest.fixture
def states(show):
    """Opens a history of one stream that has these states, one after the other."""

    def make(*values, **options):
        store = MemoryStore(Became, ticking(START))
        events = [Became(json.dumps(value)) for value in values]
        store.append("thing", events, expected_version=0)
        return show(store, decider=became, **options)

    return make


def window(hand):
    slider = hand.slider()
    return int(slider.get_attribute("min")), int(slider.get_attribute("max"))


def test_the_axis_has_ticks_with_dates_and_zooms_by_keys_wheel_and_drag(show):
    hand = show(bank.simulate(accounts=3, days=120), "#position=100")
    ticks = hand.root.locator(".axis text").all_text_contents()
    assert ticks[0] == "0"
    assert all(" · 2025-" in tick for tick in ticks[1:])
    whole = window(hand)
    hand.press("+", "+")
    low, high = window(hand)
    assert low <= 100 <= high
    assert high - low == pytest.approx(whole[1] / 4, abs=2)
    hand.press(">")
    assert window(hand)[0] > low
    hand.press("0")
    assert window(hand) == whole
    box = hand.root.locator(".axis").bounding_box()
    y = box["y"] + 10
    hand.page.mouse.move(box["x"] + box["width"] * 0.25, y)
    hand.page.mouse.down()
    hand.page.mouse.move(box["x"] + box["width"] * 0.5, y, steps=4)
    hand.page.mouse.up()
    hand.settle()
    low, high = window(hand)
    assert (low, high) == (
        pytest.approx(whole[1] * 0.25, abs=4),
        pytest.approx(whole[1] * 0.5, abs=4),
    )
    hand.page.mouse.wheel(0, 100)
    hand.settle()
    assert window(hand)[1] - window(hand)[0] > high - low
    hand.root.locator(".axis").dblclick()
    hand.settle()
    assert window(hand) == whole


def test_by_time_the_axis_has_dates_and_the_cursor_comes_along(show):
    hand = show(small_bank(), "#position=8&axis=time")
    ticks = hand.root.locator(".axis text").all_text_contents()
    assert "2026-01-08" in ticks
    chart = hand.root.locator(".chart").bounding_box()
    hand.page.mouse.move(chart["x"] + 10, chart["y"] + 30)
    expect(hand.root.locator(".pointed")).to_contain_text("2026-01-05")
    hand.page.mouse.click(chart["x"] + chart["width"] * 0.5, chart["y"] + 30)
    assert hand.position() == 7  # nothing was recorded in between


def test_several_streams_are_drawn_and_can_be_taken_away(show):
    hand = show(small_bank())
    expect(hand.root.locator("path.step")).to_have_count(3)
    hand.root.locator("button.chip", has_text="bob").click()
    expect(hand.root.locator("path.step")).to_have_count(2)
    hand.root.get_by_label("Draw another stream too", exact=True).select_option("bob")
    expect(hand.root.locator("path.step")).to_have_count(3)


def test_no_value_is_a_gap_and_large_numbers_are_whole(states):
    hand = states({"price": None}, {"price": 500}, {"price": None}, {"price": 500})
    line = hand.root.locator(".line .about")
    expect(line).to_have_text("from 500 to 500 · no value at 2 of 4 steps")
    moves = hand.root.locator("path.step").get_attribute("d").count("M")
    assert moves == 2
    hand = states({"total": 1}, {"total": 2**63 - 1})
    expect(hand.root.locator(".line .about")).to_contain_text("rounded where drawn")
    assert hand.rows(hand.tab("Now"), "State of thing")[0][:2] == [
        "total",
        "9,223,372,036,854,775,807",
    ]


def test_the_first_key_of_an_empty_record_is_the_only_change(states):
    hand = states({"words": {}}, {"words": {"k": 1}})
    assert hand.rows(hand.tab("Now"), "State of thing") == [["words.k", "1", "● new"]]


def test_six_thousand_fields_are_reachable_and_searched(states):
    many = {f"field-{n}": n for n in range(6_000)}
    hand = states({"many": many, "other": 1}, {"many": many | {"field-4321": -7}, "other": 1})
    panel = hand.tab("Now")
    rows = hand.rows(panel, "State of thing")
    assert rows == [
        ["▸ many", "6,000 fields", ""],
        ["many.field-4321", "-7", "● was 4,321"],
        ["other", "1", ""],
    ]
    panel.get_by_role("button", name="▸ many").click()
    hand.settle()
    assert len(hand.rows(panel, "State of thing")) == 100
    for _ in range(6):
        panel.get_by_role("button", name="Show").click()
        hand.settle()
    assert len(hand.rows(panel, "State of thing")) == 6_002
    panel.get_by_role("searchbox").fill("nothing like it")
    hand.settle()
    assert [row[0] for row in hand.rows(panel, "State of thing")] == []
    panel.get_by_role("searchbox").fill("field-4321")
    hand.settle()
    assert hand.rows(panel, "State of thing") == [["many.field-4321", "-7", "● was 4,321"]]


def test_five_thousand_streams_are_reachable_sorted_and_searched(show):
    store = MemoryStore(bank.BankMessage, ticking(START))
    for n in range(5_000):
        store.append(f"account-{n}", [bank.AccountOpened(f"Owner {n}", n)], expected_version=0)
    hand = show(store, decider=bank.rules)
    panel = hand.tab("Streams")
    assert len(hand.rows(panel, "All streams")) == 100
    expect(panel).to_contain_text("and 4,900 more")
    panel.get_by_role("searchbox").fill("account-4999")
    hand.settle()
    assert hand.rows(panel, "All streams")[0][:4] == ["account-4999", "1", "0", "4,999"]
    panel.get_by_role("searchbox").fill("")
    panel.get_by_label("Order", exact=True).select_option(label="by owner")
    hand.settle()
    assert hand.rows(panel, "All streams")[3][0] == "account-100"
    box = hand.root.locator(".line").get_by_label("Stream", exact=True)
    box.fill("account-4998")
    box.press("Enter")
    hand.tab("Now")
    expect(hand.root.locator(".chart")).to_have_attribute(
        "aria-label", "balance of account-4998 over the log: 0 at position 5000"
    )
    box.fill("nobody")
    box.press("Tab")
    expect(box).to_have_value("account-4998")


def test_the_state_is_that_of_the_event_unless_one_chooses(show):
    hand = show(small_bank(), "#position=9")
    assert hand.rows(hand.tab("Now"), "State of carol")[2][:2] == ["owner", "Carol"]
    hand.root.locator(".line").get_by_label("Stream", exact=True).select_option("alice")
    hand.settle()
    assert hand.rows(hand.tab("Now"), "State of alice")[0][:2] == ["balance", "25,000"]


def test_cents_are_money_where_one_wants_and_times_are_local(show):
    hand = show(small_bank(), timezone_id="Asia/Tokyo")
    hand.root.get_by_label("Amounts", exact=True).select_option("money")
    hand.settle()
    assert hand.rows(hand.tab("Now"), "State of alice")[0][:2] == ["balance", "251.00"]
    assert hand.rows(hand.tab("Now"), "State of alice")[4][:2] == ["entries", "6"]  # no amount
    hand.root.get_by_label("Times", exact=True).select_option("local")
    hand.settle()
    expect(hand.root.locator(".moves")).to_contain_text("2026-01-13 01:10:00 local time")
    hand.root.get_by_role("searchbox", name="Find in all").fill("251")
    expect(hand.root.locator(".find")).to_contain_text("0 found")
    hand.root.get_by_role("searchbox", name="Find in all").fill("500.00")
    expect(hand.root.locator(".find")).to_contain_text("1 found")


def test_a_condition_on_the_state_finds_the_first_event_after_which_it_holds(show):
    hand = show(small_bank())
    panel = hand.tab("When")
    box = panel.get_by_label("A condition on the state")
    box.fill("balance < 30000 and owner = alice")
    box.press("Enter")
    expect(panel).to_contain_text("Since #1 AccountOpened of alice, version 1.")
    box.fill("balance >= 25000 and entries > 4")
    box.press("Enter")
    expect(panel).to_contain_text("Since #7 TransferCompleted of alice")
    assert hand.position() == 7
    box.fill("status = closed")
    panel.get_by_role("button", name="Find the first").click()
    expect(panel).to_contain_text("Since #10 AccountClosed of carol")
    panel.get_by_role("button", name="Find the next").click()
    expect(panel.get_by_role("alert").first).to_have_text("Not again after this.")
    box.fill("blance < 0")
    box.press("Enter")
    expect(panel.get_by_role("alert").first).to_contain_text("No state has a field blance")


def test_the_crosshair_says_what_was_known_and_what_was_true(show):
    hand = show(small_bank())
    panel = hand.tab("When")
    expect(panel).to_contain_text("6 facts. True but not known yet: 0.")
    panel.get_by_label("true by").fill("2026-01-06 10:00")
    panel.get_by_label("true by").press("Enter")
    hand.settle()
    expect(panel).to_contain_text("6 facts. True but not known yet: 0. Known but not true yet: 0.")
    panel.get_by_label("known by").fill("2026-01-07")
    panel.get_by_label("known by").press("Enter")
    hand.settle()
    expect(panel).to_contain_text("5 facts. True but not known yet: 1.")
    assert hand.rows(panel, "State of alice then")[0] == ["balance", "25,000"]


@pytest.mark.parametrize(
    ("width", "height", "least"),
    [(1366, 768, 250), (1024, 720, 200), (592, 680, 300), (683, 384, 200), (341, 192, 300)],
)
def test_the_state_has_room_at_every_width_and_zoom(show, width, height, least):
    hand = show(small_bank(), viewport={"width": width, "height": height})
    for part in (".list", ".panel"):
        box = hand.root.locator(part).bounding_box()
        assert box["height"] >= (least if part == ".panel" else 120), part
        reach = hand.root.evaluate("(root) => root.scrollHeight")
        assert box["y"] + box["height"] <= reach + 1
    assert hand.page.evaluate("document.documentElement.scrollWidth") <= width


def test_all_icons_differ_and_have_no_stroke(show):
    hand = show(small_bank())
    icons = hand.root.locator(".moves svg path")
    shapes = icons.evaluate_all("(paths) => paths.map((path) => path.getAttribute('d'))")
    assert len(set(shapes)) == len(shapes) == 5
    # Each is an area, so that it is seen without a stroke; a bar alone would be none.
    filled = icons.evaluate_all(
        "(paths) => paths.map((path) => path.getAttribute('d').split('z').filter(Boolean).length)"
    )
    assert filled == [2, 1, 1, 1, 2]


def test_in_forced_colours_the_slider_and_the_chosen_row_are_seen(show):
    hand = show(small_bank(), forced_colors="active")
    chosen = hand.root.locator('.item[aria-selected="true"]')
    other = hand.root.locator('.item[aria-selected="false"]').first
    colour = "(node) => getComputedStyle(node).backgroundColor"
    assert chosen.evaluate(colour) != other.evaluate(colour)
    assert hand.slider().evaluate("(node) => getComputedStyle(node).appearance") == "auto"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_edge_of_what_can_be_used_stands_out(show, scheme):
    hand = show(small_bank(), color_scheme=scheme)
    contrast = hand.root.evaluate(
        """(root) => {
            const probe = root.appendChild(document.createElement("i"));
            const light = (name) => {
                probe.style.color = `var(${name})`;
                const parts = getComputedStyle(probe).color.match(/[\\d.]+/g).slice(0, 3);
                const [r, g, b] = parts.map((part) => part / 255).map((part) =>
                    part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const [a, b] = [light("--border"), light("--ground")].sort((x, y) => y - x);
            return (a + 0.05) / (b + 0.05);
        }"""
    )
    assert contrast >= 3


def test_without_scripts_there_is_a_table_and_print_shows_everything(show, tmp_path, browser):
    hand = show(small_bank())
    hand.page.emulate_media(media="print")
    assert (
        hand.root.locator(".panel").evaluate("(node) => getComputedStyle(node).overflow")
        == "visible"
    )
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((tmp_path / "history.html").as_uri())
    expect(page.locator("main")).to_contain_text("History of 13 events, 3 streams")
    assert page.locator("table tr").count() == 4
    context.close()


def test_a_large_history_is_deflated_in_the_page_and_opens(show, tmp_path):
    store = MemoryStore(bank.BankMessage, ticking(START))
    deposits = [
        bank.MoneyDeposited(1 + n % 977, f"{n * 7919 % 104729} wages") for n in range(20_000)
    ]
    store.append("alice", [bank.AccountOpened("Alice", 0), *deposits], expected_version=0)
    hand = show(store, decider=bank.rules)
    assert hand.position() == 20_001
    assert (tmp_path / "history.html").stat().st_size < 500_000
