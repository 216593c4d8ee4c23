"""For everyone: axe-core finds no serious fault, and everything is reached and worked by keys.

axe-core comes from npm when the test runs, into a folder that git ignores; without npm or its
registry these tests are skipped, and say so.
"""

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from hands import Hand
from playwright.sync_api import expect
from sample import small_bank
from tools import brought

from esdemo.domains import bank
from esdemo.explorer import explore

pytest_plugins = ["browsing"]

TABS = ["Now", "Streams", "Why", "Compare", "What if", "When", "Predict", "Export"]
RUN = """() => axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
    violations.filter(({ impact }) => ["moderate", "serious", "critical"].includes(impact))
        .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((n) => n.html).join(" | ")}`))"""


@pytest.fixture(scope="module")
def axe():
    """The source of axe-core."""
    return brought("axe-core", "4", "axe.min.js").read_text("utf-8")


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "bank.html"
    explorer = explore(small_bank(), react=bank.transfers)
    explorer.send = lambda reply: None  # there is no page yet
    explorer._asked(None, {"id": "1", "ask": "without_events", "positions": [2]}, [])
    explorer.save(path)
    return path


@pytest.fixture
def open_saved(saved, new_page):
    def make(**options):
        page = new_page(offline=True, **options)
        page.goto(saved.as_uri())
        hand = Hand(page, page.locator(".esdemo-explorer"))
        hand.root.wait_for()
        return hand

    return make


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_fault(open_saved, axe, scheme):
    hand = open_saved(color_scheme=scheme)
    expect(hand.root).to_have_attribute("data-theme", scheme)
    hand.page.evaluate(axe)
    hand.go(2)
    hand.press("p")
    hand.go(8)
    hand.press("ArrowDown")  # onto a refused command
    hand.button("Keys").click()
    hand.button("Filter").click()
    for tab in TABS:
        panel = hand.tab(tab)
        if tab == "What if":
            panel.get_by_role("button", name="Without event #2").last.click()
        if tab == "Predict":
            panel.get_by_role("button", name="Start here").click()
        hand.settle()
        assert hand.page.evaluate(RUN) == [], tab


def names_by_tab_key(hand):
    """The accessible name of everything that Tab stops at, in order, once around."""
    hand.page.evaluate("document.body.tabIndex = -1; document.body.focus()")
    found = []
    for _ in range(120):
        hand.page.keyboard.press("Tab")
        name = hand.page.evaluate(
            """() => {
                const at = document.activeElement;
                if (at === document.body) return null;
                const owner = at.getAttribute("aria-labelledby");
                return at.getAttribute("aria-label")
                    ?? (owner && document.getElementById(owner).textContent)
                    ?? (at.labels?.[0]?.textContent || at.textContent || at.title);
            }"""
        )
        if name is None:
            break
        found.append(name.strip())
    return found


def test_every_control_is_reached_by_tab_and_has_a_name(open_saved):
    hand = open_saved()
    hand.go(8)
    hand.button("Filter").click()
    for tab in TABS:
        hand.tab(tab)
        controls = hand.root.locator(
            "button:enabled:visible:not([tabindex='-1']), select:visible, input:visible, "
            "textarea:visible, .list"
        ).count()
        names = names_by_tab_key(hand)
        assert all(names), tab
        # More only by what scrolls: the panel, the stored text.
        assert controls <= len(names) <= controls + 3, tab


def test_the_whole_tour_by_keys_alone(open_saved):
    """Without a mouse: to the slider, a tab, a pin, the filter, a prediction, an import."""
    hand = open_saved()
    keys = hand.page.keyboard

    def to(name):
        for _ in range(80):
            keys.press("Tab")
            found = hand.page.evaluate(
                "() => document.activeElement.getAttribute('aria-label') ?? "
                "document.activeElement.textContent"
            )
            if found.startswith(name):
                return
        raise AssertionError(f"Tab never came to {name}")

    to("Position in the log")
    for key in ("Home", "ArrowRight", "ArrowRight"):
        keys.press(key)
    assert hand.position() == 2
    keys.press("p")
    to("Events and refused commands")
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    hand.settle()
    assert hand.position() == 3  # the refused command behind event 3
    expect(hand.root.get_by_role("tabpanel")).to_contain_text("Refused: 90000 is more than")
    to("Now")
    for _ in range(3):
        keys.press("ArrowRight")
    hand.settle()
    assert hand.position() == 3  # the arrows went from tab to tab
    expect(hand.root.get_by_role("tabpanel")).to_contain_text("lie between A (position 2)")
    for _ in range(3):
        keys.press("ArrowRight")
    to("Start here")
    keys.press("Enter")
    hand.settle()
    assert hand.page.evaluate("document.activeElement.closest('.esdemo-explorer') !== null")
    to("Reveal")
    keys.press("Enter")
    expect(hand.root.get_by_role("tabpanel")).to_contain_text("Not quite")
    keys.press("/")  # typed into the answer, which has the focus
    to("Stop")
    keys.press("Enter")
    to("Predict")
    keys.press("End")
    to("JSON Lines")
    keys.type("x")
    to("Import the text")
    keys.press("Enter")
    expect(hand.root.get_by_role("alert")).to_contain_text("line 1: is not JSON")


def test_what_happens_is_said_politely(open_saved):
    hand = open_saved()
    status = hand.root.get_by_role("status")
    expect(status).to_have_attribute("aria-live", "polite")
    hand.go(2)
    hand.press("ArrowRight")
    expect(status).to_have_text("position 3 of 13: AccountOpened of bob")
    expect(hand.slider()).to_have_attribute(
        "aria-valuetext", "position 3 of 13: AccountOpened of bob"
    )
    hand.press("ArrowDown")
    expect(status).to_have_text("position 3 of 13: Withdraw of alice, refused")
    chosen = hand.root.get_by_role("listbox").get_by_role("option", selected=True)
    expect(chosen).to_have_attribute("aria-posinset", "4")
    expect(chosen).to_have_attribute("aria-setsize", "16")
