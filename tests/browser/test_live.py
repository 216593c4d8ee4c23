"""The explorer live: a real JupyterLab, a real kernel, a real browser, and a hand on it."""

import shutil
from pathlib import Path

import nbformat
import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from hands import Hand, Watch, open_notebook, start_lab
from playwright.sync_api import expect
from sample import small_bank

from esdemo.interchange import unsealed

pytest_plugins = ["browsing"]

CELLS = [
    "from sample import small_bank\n"
    "from esdemo.domains import bank\n"
    "from esdemo.explorer import explore",
    "explorer = explore(small_bank(), react=bank.transfers, height=620)\nexplorer",
]
KERNEL = """(code) => {
    const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    const asked = kernel.requestExecute({ code });
    let text = "";
    asked.onIOPub = ({ content }) => { text += content.text ?? content.evalue ?? ""; };
    return asked.done.then(() => text);
}"""


@pytest.fixture(scope="module")
def notebook(browser, tmp_path_factory):
    """A page on which JupyterLab has run a notebook with an explorer in it."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copy(Path(__file__).with_name("sample.py"), folder)
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in CELLS])
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
    nbformat.write(book, folder / "explore.ipynb")
    process, address = start_lab(folder)
    try:
        context = browser.new_context(viewport={"width": 1280, "height": 960})
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.watch = Watch(page)
        open_notebook(page, address, "explore.ipynb")
        yield page
        context.close()
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def hand(notebook):
    """The explorer, back at its end, with nothing pinned or asked; no trouble heard after."""
    hand = Hand(notebook, notebook.locator(".jp-NotebookPanel .esdemo-explorer"))
    hand.root.wait_for()
    hand.root.scroll_into_view_if_needed()
    hand.tab("Now")
    hand.go(13)
    yield hand
    assert notebook.watch.troubles == []


@pytest.fixture
def kernel(notebook):
    """Runs code in the notebook's kernel and returns what it prints."""
    return lambda code: notebook.evaluate(KERNEL, code).strip()


def test_running_all_cells_shows_the_explorer(hand):
    expect(hand.root).to_contain_text("13 events · 3 streams · 3 refused commands")
    assert hand.position() == 13
    assert hand.rows(hand.tab("Now"), "State of alice")[0][:2] == ["balance", "25,100"]


def test_the_slider_follows_the_mouse_and_the_kernel_follows_the_slider(hand, kernel):
    box = hand.slider().bounding_box()
    y = box["y"] + box["height"] / 2
    hand.page.mouse.move(box["x"] + box["width"] - 8, y)
    hand.page.mouse.down()
    for step in range(20):
        hand.page.mouse.move(box["x"] + box["width"] * (19 - step) / 20, y)
    hand.page.mouse.up()
    assert hand.position() == 0
    hand.page.mouse.click(box["x"] + 8 + (box["width"] - 16) * 4 / 13, y)
    assert hand.position() == 4
    hand.page.wait_for_timeout(300)
    assert kernel("print(explorer.position)") == "4"
    assert hand.rows(hand.tab("Now"), "State of alice")[0] == ["balance", "30,000", "● was 50,000"]


def test_the_cursor_of_the_chart_is_dragged(hand):
    box = hand.root.locator(".chart").bounding_box()
    y = box["y"] + 40

    def at(place):
        return box["x"] + 8 + (box["width"] - 16) * place / 13

    hand.page.mouse.move(at(2), y)
    hand.page.mouse.down()
    assert hand.position() == 2
    hand.page.mouse.move(at(9), y, steps=5)
    hand.page.mouse.up()
    assert hand.position() == 9


def test_the_kernel_moves_the_page(hand, kernel):
    kernel("explorer.position = 6")
    expect(hand.slider()).to_have_value("6")
    kernel("explorer.pin = 2")
    expect(hand.root.locator("line.pin")).to_have_count(1)
    kernel("explorer.pin = None")
    expect(hand.root.locator("line.pin")).to_have_count(0)


def test_keys_move_while_the_explorer_has_the_focus(hand):
    moves = [
        (("Home",), 0),
        (("ArrowRight", "ArrowRight"), 2),
        (("ArrowLeft",), 1),
        (("}",), 2),  # the next of alice
        (("}",), 4),
        (("{",), 2),
        (("]",), 8),  # the next deposit
        (("End",), 13),
        (("PageUp",), 12),
        (("[",), 12),  # no earlier transfer came back
    ]
    for keys, position in moves:
        hand.press(*keys)
        assert hand.position() == position, keys


def test_keys_that_are_not_ours_are_left_to_the_page(hand):
    cells = hand.page.locator(".jp-NotebookPanel .jp-Cell")
    count = cells.count()
    hand.go(5)
    hand.press("b", "a", "x", "Control+ArrowRight", "Alt+ArrowRight")
    hand.root.get_by_role("tab", name="Now").press("b")
    assert cells.count() == count  # nor do JupyterLab's own keys act while we have the focus
    assert hand.position() == 5
    taken = hand.root.get_by_role("listbox").evaluate(
        """(list) => ["s", "Tab", "Escape", "F5"].map((key) => {
            const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
            return !list.dispatchEvent(event);
        })"""
    )
    assert taken == [False] * 4


def test_it_plays_to_the_end_and_says_that_long_gaps_are_shortened(hand):
    hand.go(6)
    hand.root.get_by_label("Speed", exact=True).select_option("2")
    hand.root.get_by_label("Pace", exact=True).select_option("real")
    hand.button("Play").click()
    expect(hand.root).to_contain_text("a gap of 7 days is shortened")
    expect(hand.slider()).to_have_value("13")
    expect(hand.button("Play")).to_be_visible()
    hand.root.get_by_label("Pace", exact=True).select_option("even")
    hand.root.get_by_label("Speed", exact=True).select_option("8")
    hand.go(0)
    hand.press(" ")
    expect(hand.button("Pause")).to_be_visible()
    hand.page.wait_for_function("(s) => s.value > 2", arg=hand.slider().element_handle())
    hand.press(" ")
    stopped = hand.position()
    hand.page.wait_for_timeout(300)
    assert 2 < stopped == hand.position()


def test_a_pinned_moment_is_compared_with_another(hand):
    hand.go(2)
    hand.button("Pin this moment as A, to compare").click()
    hand.go(13)
    panel = hand.tab("Compare")
    assert hand.rows(panel, "State of alice") == [
        ["balance", "50,000", "25,100", "-24,900"],
        ["entries", "2", "6", "+4"],
    ]
    panel.get_by_label("Compare").select_option("all")
    hand.settle()
    assert ["bob", "owner", '""', "Bob", "changed"] in hand.rows(panel, "All streams")
    panel.get_by_role("button", name="Swap").click()
    hand.settle()
    assert hand.position() == 2
    hand.press("p", "p")
    expect(hand.root.locator("line.pin")).to_have_count(0)


def test_a_refused_command_is_a_row_with_its_reason(hand):
    hand.go(8)  # rows are drawn anew while the list scrolls: have this one in view first
    option = (
        hand.root.get_by_role("listbox")
        .get_by_role("option")
        .filter(has_text="36000 is more than the available")
    )
    option.click()
    hand.settle()
    assert hand.position() == 8
    expect(hand.tab("Now")).to_contain_text("Refused: 36000 is more than the available 35000")
    why = hand.tab("Why")
    expect(why).to_contain_text('"reason": "36000 is more than the available 35000"')


def test_from_a_command_to_everything_it_set_off(hand):
    hand.go(12)
    why = hand.tab("Why")
    story = why.locator("ul.tree").inner_text().split("\n")
    assert [line.strip() for line in story if line.strip()] == [
        "SendTransfer bob, by bob",
        "TransferSent #11",
        "ReceiveTransfer carol, by process",
        "refused: the account is closed",
        "ReturnTransfer bob, by process",
        "TransferReturned #12",
    ]
    why.get_by_role("button", name="TransferSent").click()
    hand.settle()
    assert hand.position() == 11
    expect(why).to_contain_text('"transfer": "t-2"')


def test_without_an_event_rules_break(hand):
    hand.go(2)
    panel = hand.tab("What if")
    panel.get_by_role("button", name="Without event #2 MoneyDeposited").click()
    expect(panel).to_contain_text("1 rule is broken")
    expect(panel).to_contain_text("breaks “never below the overdraft limit”")
    expect(panel).to_contain_text("Both begin with the same 1 event.")
    hand.go(4)
    assert ["alice", "balance", "30,000", "-20,000"] in hand.rows(panel, "States that differ")
    assert hand.root.locator("path.other").count() == 1
    panel.get_by_role("button", name="Close").click()
    hand.settle()
    assert hand.root.locator("path.other").count() == 0


def test_without_a_command_others_are_decided_again(hand):
    hand.go(2)
    panel = hand.tab("What if")
    panel.get_by_role("button", name="Without command Deposit").click()
    expect(panel).to_contain_text("now refused")
    expect(panel).to_contain_text("20000 is more than the available 10000")
    sides = hand.rows(panel, "Side by side")
    assert ["#4 MoneyWithdrawn alice amount 20,000 · purpose rent", "nothing"] in sides
    panel.get_by_role("button", name="Close").click()


def test_a_new_command_is_accepted_or_refused_and_nothing_is_written(hand, kernel):
    hand.go(13)
    panel = hand.tab("What if")
    panel.get_by_label("Command").select_option("Withdraw")
    panel.get_by_label("Stream").fill("alice")
    panel.get_by_label("amount").fill("30000")
    panel.get_by_role("button", name="Ask", exact=True).click()
    expect(panel).to_contain_text("Accepted by alice at version 6.")
    assert ["balance", "25,100", "-4,900"] in hand.rows(panel, "It would change")
    panel.get_by_label("amount").fill("40000")
    panel.get_by_label("amount").press("Enter")
    expect(panel).to_contain_text("Refused by alice at version 6: 40000 is more than the available")
    panel.get_by_label("amount").fill("many")
    panel.get_by_label("amount").press("Enter")
    expect(panel).to_contain_text("this is not a Withdraw")
    assert kernel("print(explorer._history.store.position)") == "13"


def test_the_labels_of_the_form_stand_beside_their_boxes(hand):
    panel = hand.tab("What if")
    panel.get_by_label("Command").select_option("OpenAccount")
    tops = panel.locator(".form label").evaluate_all(
        """(labels) => labels.map((label) => [...label.children].map((part) => {
            const box = part.getBoundingClientRect();
            return Math.round(box.top + box.height / 2);
        }))"""
    )
    assert len(tops) == 3
    for text, box, _ in tops:
        assert abs(text - box) <= 3


def test_a_verdict_is_never_that_of_another_command_or_place(hand):
    hand.go(13)
    panel = hand.tab("What if")
    panel.get_by_label("Command").select_option("Withdraw")
    panel.get_by_label("Stream").fill("alice")
    panel.get_by_label("amount").fill("30,000")
    panel.get_by_role("button", name="Ask", exact=True).click()
    expect(panel).to_contain_text("Accepted by alice at version 6.")
    panel.get_by_label("amount").fill("12.34")
    panel.get_by_label("amount").press("Enter")
    expect(panel).to_contain_text("this is not a Withdraw: amount must be a whole number")
    expect(panel).not_to_contain_text("Accepted by alice")
    panel.get_by_label("amount").fill("1000")
    panel.get_by_label("amount").press("Enter")
    expect(panel).to_contain_text("Accepted by alice at version 6.")
    hand.tab("Now")
    panel = hand.tab("What if")
    expect(panel.get_by_label("amount")).to_have_value("1000")
    hand.go(4)
    expect(panel).not_to_contain_text("Accepted by alice")


def test_one_goes_on_from_a_place_with_one_command_after_the_other(hand):
    hand.go(2)
    panel = hand.tab("What if")
    panel.get_by_label("Command").select_option("Withdraw")
    panel.get_by_label("Stream").fill("alice")
    panel.get_by_label("amount").fill("40000")
    panel.get_by_role("button", name="Ask", exact=True).click()
    panel.get_by_role("button", name="Go on from position 2").click()
    expect(panel).to_contain_text("Withdraw amount 40000, purpose cash of alice: accepted")
    panel.get_by_role("button", name="Ask", exact=True).click()
    panel.get_by_role("button", name="Add it to the branch").click()
    expect(panel).to_contain_text("of alice: refused: 40000 is more than the available 20000")
    hand.go(13)
    assert ["alice", "balance", "25,100", "10,000"] in hand.rows(panel, "States that differ")
    panel.get_by_role("button", name="Close").click()


def test_several_are_skipped_and_two_branches_are_laid_beside_each_other(hand):
    hand.go(2)
    panel = hand.tab("What if")
    panel.get_by_role("button", name="Without event #2 MoneyDeposited").click()
    expect(panel.get_by_label("Name of this branch")).to_have_value(
        "Without event #2 MoneyDeposited"
    )
    hand.go(4)
    panel.get_by_role("button", name="Also without event #4 MoneyWithdrawn").click()
    expect(panel.get_by_label("Branch", exact=True)).to_contain_text(
        "Without events #2 MoneyDeposited, #4 MoneyWithdrawn"
    )
    panel.get_by_label("Name of this branch").fill("neither")
    panel.get_by_label("Name of this branch").press("Enter")
    hand.go(13)
    panel.get_by_label("Compare with", exact=True).select_option(
        label="beside: Without event #2 MoneyDeposited"
    )
    rows = hand.rows(panel, "States that differ")
    assert ["alice", "balance", "-24,900", "-4,900"] in rows
    assert [row[1] for row in rows] == ["balance", "entries"]
    panel.get_by_role("button", name="Close").click()
    panel.get_by_role("button", name="Close").click()


def test_two_times_are_asked_of_python_where_the_facts_are_no_beginning(hand):
    hand.go(13)
    panel = hand.tab("When")
    panel.get_by_label("true by").fill("2026-01-06 10:00")
    panel.get_by_label("true by").press("Enter")
    panel.get_by_label("known by").fill("2026-01-13")
    panel.get_by_label("known by").press("Enter")
    hand.settle()
    expect(panel).to_contain_text("6 facts. True but not known yet: 0")
    panel.get_by_role("button", name="What was its state?").click()
    assert hand.rows(panel, "State of alice then")[0] == ["balance", "25,100"]


def test_what_takes_long_says_so_can_be_cancelled_and_is_never_thrown_away(hand, kernel):
    kernel(
        "import threading, esdemo.explorer.widget as widget\n"
        "from esdemo.explorer import questions\n"
        "widget.LONG, gate, plainly = 0, threading.Event(), questions.answer\n"
        "def slow(history, question, react, tell):\n"
        "    tell(0.25); gate.wait(30); tell(0.75)\n"
        "    return plainly(history, question, react, tell)\n"
        "questions.answer = slow"
    )
    try:
        hand.go(2)
        panel = hand.tab("What if")
        ask = panel.get_by_role("button", name="Without event #2 MoneyDeposited")
        ask.click()
        expect(panel).to_contain_text("still computing, 1 s")
        expect(panel.get_by_role("progressbar")).to_have_attribute("value", "0.25")
        expect(ask).to_be_disabled()
        panel.get_by_role("button", name="Cancel").click()
        expect(panel).to_contain_text("cancelled")
        expect(ask).to_be_enabled()
        kernel("gate.set()")
        ask.click()
        expect(panel).to_contain_text("1 rule is broken")
        panel.get_by_role("button", name="Close").click()
    finally:
        kernel("questions.answer, widget.LONG = plainly, 2000")


def test_shortcuts_of_jupyterlab_work_while_the_explorer_has_the_focus(hand):
    hand.go(5)
    hand.root.get_by_role("listbox").focus()
    dirty = "jupyterapp.shell.currentWidget.context.model.dirty"
    hand.page.evaluate(f"{dirty} = true")
    hand.page.keyboard.press("Control+s")
    hand.page.wait_for_function(f"!({dirty})")
    hand.press("ArrowRight")
    assert hand.position() == 6


def test_predict_first_hides_asks_reveals_and_keeps_score(hand):
    hand.go(7)
    panel = hand.tab("Predict")
    panel.get_by_role("button", name="Start here").click()
    expect(panel).to_contain_text("Next, bob is asked: Deposit")
    assert not any("Carol" in row for row in hand.items())
    panel.get_by_label("accepted").check()
    panel.get_by_label("balance afterwards").fill("7,500")
    panel.get_by_role("button", name="Reveal").click()
    expect(panel).to_contain_text("Right: it was accepted, and balance of bob is 7,500.")
    expect(panel).to_contain_text("Next, alice is asked: Withdraw")
    panel.get_by_label("accepted").check()
    panel.get_by_label("balance afterwards").fill("-6000")
    panel.get_by_label("balance afterwards").press("Enter")
    expect(panel).to_contain_text("Not quite: it was refused")
    expect(panel).to_contain_text("1 of 2 right")
    panel.get_by_role("button", name="Stop").click()
    expect(panel).to_contain_text("So far 1 of 2 right.")


def test_find_by_type_stream_actor_text_and_changed_field(hand):
    box = hand.root.get_by_role("searchbox", name="Find in all")
    hand.button("Filter").click()
    cases = [
        ({"Type": "MoneyDeposited"}, "3 found"),
        ({"Type": "refused commands"}, "3 found"),
        ({"Stream": "carol"}, "3 found"),
        ({"Actor": "payroll"}, "1 found"),
        ({"Changes this field": "pending"}, "4 found"),
        ({"Stream": "alice", "Actor": "card"}, "2 found"),
    ]
    for chosen, found in cases:
        for label, value in chosen.items():
            hand.root.locator(".filters").get_by_label(label, exact=True).select_option(label=value)
        expect(hand.root.locator(".find")).to_contain_text(found)
        for label in chosen:
            hand.root.locator(".filters").get_by_label(label, exact=True).select_option(index=0)
    box.fill("TRIP alice")
    expect(hand.root.locator(".find")).to_contain_text("1 found")
    assert hand.items() == [
        "Withdraw alice refused: 36000 is more than the available 35000 2026-01-12 13:10"
    ]
    box.fill("no such thing")
    expect(hand.root.get_by_role("listbox")).to_contain_text("nothing found")
    box.fill("")
    hand.button("Filter").click()


def test_what_goes_out_is_what_python_writes_and_comes_back_folded(hand):
    panel = hand.tab("Export")
    panel.get_by_role("button", name="Show as text").click()
    text = panel.get_by_role("textbox").input_value()
    assert text == unsealed.write(small_bank().store.recorded())
    fewer = "".join(line + "\n" for line in text.splitlines()[:4])
    panel.get_by_role("textbox").fill(fewer.replace('"amount":20000', '"amount":10000'))
    panel.get_by_role("button", name="Import the text").click()
    expect(panel).to_contain_text("Both begin with the same 3 events.")
    hand.go(4)
    assert hand.rows(panel, "States that differ") == [["alice", "balance", "30,000", "40,000"]]
    panel.get_by_role("button", name="Close").click()


def test_an_import_that_differs_is_reported_and_not_guessed(hand):
    panel = hand.tab("Export")
    text = unsealed.write(small_bank().store.recorded())
    text = text.replace("AccountOpened", "AccountMade", 1).replace('"amount":50000', '"amount":"x"')
    panel.get_by_role("textbox").fill(text)
    panel.get_by_role("button", name="Import the text").click()
    expect(panel).to_contain_text("Nothing was imported.")
    expect(panel).to_contain_text("line 1: AccountMade is not an event type of this history")
    expect(panel).to_contain_text("line 2: amount of MoneyDeposited is string, not integer")


def test_in_a_dark_jupyterlab_it_is_dark(hand):
    change = "jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})"
    hand.page.evaluate(change)
    expect(hand.root).to_have_attribute("data-theme", "dark")
    hand.page.evaluate(change.replace("Dark", "Light"))
    expect(hand.root).to_have_attribute("data-theme", "light")


def test_a_store_that_grows_is_followed_until_one_pauses(hand, kernel):
    kernel(
        "application = small_bank()\n"
        "explorer._history = explore(application)._history  # the same, of a store that we have"
    )
    hand.go(13)
    hand.button("Follow").click()
    kernel("application.handle('carol', bank.OpenAccount('C'))")
    kernel("application.handle('dora', bank.OpenAccount('Dora'), actor='desk')")
    expect(hand.root).to_contain_text("14 events · 4 streams · 4 refused commands")
    assert hand.position() == 14
    assert hand.rows(hand.tab("Now"), "State of dora")[2][:2] == ["owner", "Dora"]
    kernel("application.handle('dora', bank.Deposit(7_00))")
    expect(hand.root).to_contain_text("15 events")
    assert hand.rows(hand.tab("Now"), "State of dora")[0] == ["balance", "700", "● was 0"]
    expect(hand.tab("Why")).to_contain_text('"position": 15')
    hand.button("Pause").last.click()
    kernel("application.handle('dora', bank.Deposit(1_00))")
    hand.page.wait_for_timeout(1500)
    expect(hand.root).to_contain_text("15 events")
