"""The command line: what it says, what it writes, and that it writes nothing when it cannot."""

import re
import subprocess
import sys
import webbrowser
from pathlib import Path

import make_samples
import pytest

from esdemo.__main__ import main

ROOT = Path(__file__).resolve().parent.parent
ORDERS = "case,event,timestamp,amount\no-1,Placed,2025-01-01T10:00:00Z,7\n"
RULES = """
def evolve(state, event):
    return {"paid": state.get("paid", 0) + event.data["amount"]}
def wrong(state, event):
    return event.data["cents"]
number = 7
"""


@pytest.fixture
def orders(tmp_path, monkeypatch):
    """A log and rules of theirs, in the folder where we stand."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "orders.csv").write_text(ORDERS)
    (tmp_path / "shop_rules.py").write_text(RULES)
    yield "orders.csv"
    sys.modules.pop("shop_rules", None)


def test_it_says_what_it_guessed_and_writes_the_page(orders, capsys):
    assert main(["explore", orders, "--save", "page.html"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "orders.csv is text separated by commas, with 4 columns."
    assert told[-1] == str(Path("page.html").absolute())
    assert "History of 1 event, 1 stream" in Path("page.html").read_text("utf-8")
    assert sorted(path.name for path in Path().iterdir() if path.is_file()) == [
        "orders.csv",
        "page.html",
        "shop_rules.py",
    ]


def test_without_a_place_for_it_the_page_is_opened(orders, monkeypatch, tmp_path):
    opened = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert main(["explore", orders]) == 0
    (page,) = tmp_path.glob("esdemo-*/explorer.html")
    assert opened == [page.as_uri()]


def test_their_own_function_folds(orders):
    arguments = ["explore", orders, "--save", "page.html", "--evolve", "shop_rules:evolve"]
    assert main(arguments) == 0
    assert '"paid"' in Path("page.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nope.csv"], "there is no file nope.csv"),
        (["orders.csv", "--stream", "ordr"], "no column 'ordr'"),
        (["orders.csv", "--last", "0"], "not 0"),
        (["orders.csv", "--from", "soon"], "'soon' is not a time"),
        (["orders.csv", "--query", "SELECT 1"], "is not a database"),
        (["orders.csv", "--evolve", "rules"], "should be module:function"),
        (["orders.csv", "--evolve", "shop_rulez:evolve"], "No module named 'shop_rulez'"),
        (["orders.csv", "--evolve", "shop_rules:evolves"], "has no attribute 'evolves'"),
        (["orders.csv", "--evolve", "shop_rules:number"], "neither a function"),
        (["orders.csv", "--evolve", "shop_rules:wrong"], "raised KeyError: 'cents' while folding"),
        (["orders.csv", "--save", "orders.csv"], "is the log itself"),
        (["orders.csv", "--save", "."], "cannot be a file"),
        (["orders.csv", "--save", "no/such/page.html"], "cannot be a file"),
    ],
)
def test_what_cannot_be_opened_is_told_in_a_sentence_and_leaves_nothing(
    orders, capsys, arguments, words
):
    save = [] if "--save" in arguments else ["--save", "page.html"]
    assert main(["explore", *arguments, *save]) == 1
    said = capsys.readouterr()
    assert words in said.err
    assert said.err.startswith("Nothing was opened: ")
    assert "Traceback" not in said.err
    assert not list(Path().glob("*.html")) + list(Path().glob(".esdemo-*"))
    assert Path("orders.csv").read_text() == ORDERS


def test_what_fails_or_is_interrupted_leaves_no_folder_behind(
    orders, monkeypatch, capsys, tmp_path
):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert main(["explore", orders, "--stream", "ordr"]) == 1

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("esdemo.anylog.read", interrupted)
    assert main(["explore", orders]) == 1
    assert "it was interrupted" in capsys.readouterr().err
    assert not list(tmp_path.glob("esdemo-*"))


def test_a_page_that_was_there_stays_when_the_new_one_cannot_be_made(orders):
    Path("page.html").write_text("the old one")
    assert main(["explore", orders, "--save", "page.html", "--stream", "ordr"]) == 1
    assert Path("page.html").read_text() == "the old one"


def test_no_password_is_in_what_it_says(capsys):
    pytest.importorskip("psycopg")
    assert main(["explore", "postgresql://ann:s3cret@127.0.0.1:1/shop"]) == 1
    assert "s3cret" not in capsys.readouterr().err


def test_it_runs_as_a_module_and_explains_itself():
    command = [sys.executable, "-m", "esdemo", "explore", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    for option in ("--stream", "--caused-by", "--query", "--evolve", "--last", "--save"):
        assert option in done.stdout


# The samples.


def test_the_samples_are_what_their_script_makes(tmp_path):
    make_samples.main(tmp_path)
    for name in make_samples.FILES:
        assert (ROOT / "samples" / name).read_bytes() == (tmp_path / name).read_bytes(), name


def test_each_sample_is_named_with_its_source_and_licence():
    text = (ROOT / "samples" / "README.md").read_text("utf-8")
    files = {path.name for path in (ROOT / "samples").iterdir()} - {"README.md"}
    assert set(re.findall(r"`([\w-]+\.\w+)`", text)) >= files == set(make_samples.FILES)
    assert "scripts/make_samples.py" in text
    assert "CC0" in text


@pytest.mark.parametrize("name", make_samples.FILES)
def test_each_sample_opens_without_a_word_about_its_columns(name, tmp_path, capsys):
    target = tmp_path / "page.html"
    assert main(["explore", str(ROOT / "samples" / name), "--save", str(target)]) == 0
    told = capsys.readouterr().out
    for option in ("--stream", "--type", "--time", "--actor"):
        assert f"({option})" in told
    assert "no column" not in told
    assert target.stat().st_size < 250_000
