"""The glossary has the words of the course, a line or two each, and every link resolves."""

import re
from pathlib import Path

import nbformat
import pytest
from words import GLOSSARY, RIDDLES

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8")
WORDS = {
    *("stream", "version", "position", "event", "command", "fact", "decision", "envelope", "fold"),
    *("pure", "projection", "checkpoint", "expected version", "conflict", "upcaster"),
    *("correlation", "causation", "process manager", "aggregate", "decider", "CQRS"),
    *("event-driven", "streaming", "change data capture", "outbox", "saga", "seal", "hash chain"),
    *("recorded time", "effective time", "idempotent"),
}
LINK = re.compile(r"\]\(([^)\s]+)\)")
PAGES = [*sorted((ROOT / "notebooks").glob("*.ipynb")), *sorted(ROOT.glob("*.md"))]


def entries() -> dict[str, str]:
    """What the glossary says of each word."""
    _, *parts = re.split(r"^### (.+)$", TEXT, flags=re.MULTILINE)
    return {
        word: text.partition("\n## ")[0].strip()
        for word, text in zip(parts[::2], parts[1::2], strict=True)
    }


def anchor(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def cell_ids(path: Path) -> set[str]:
    """Where a link into a notebook may lead: JupyterLab scrolls to the cell of that id."""
    return {f"cell-id={cell.id}" for cell in nbformat.read(path, as_version=4).cells}


def test_every_word_of_the_course_is_explained():
    assert entries().keys() >= WORDS


def test_every_word_that_a_chapter_explains_has_a_place_to_link_to():
    assert {word.replace(" ", "-") for word in GLOSSARY} <= set(map(anchor, entries()))


def test_each_word_is_explained_once_in_a_line_or_three():
    found = re.findall(r"^### (.+)$", TEXT, flags=re.MULTILINE)
    assert len(found) == len({anchor(word) for word in found})
    for word, text in entries().items():
        said = LINK.sub("]", text.partition("```")[0].partition("[Chapter")[0])
        assert 8 <= len(said.split()) <= 60, word


def test_each_word_leads_to_its_chapter_or_to_the_code():
    for word, text in entries().items():
        assert re.search(r"^\[.+\]\((notebooks/\d\d-|esdemo/)", text, re.MULTILINE), word


def test_every_link_of_the_glossary_resolves():
    for link in LINK.findall(TEXT):
        file, _, fragment = link.partition("#")
        assert (ROOT / file).exists(), link
        if fragment and file.endswith(".ipynb"):
            assert fragment in cell_ids(ROOT / file), link


def test_a_chapter_is_called_by_its_number():
    for number, file in re.findall(r"\[Chapter (\d\d)\]\(notebooks/([^)]+)\)", TEXT):
        assert file.startswith(f"{number}-")


@pytest.mark.parametrize("path", sorted(ROOT.glob("*.md")), ids=lambda path: path.stem)
def test_the_pages_speak_plainly(path):
    assert [found[0] for found in RIDDLES.finditer(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_link_to_the_glossary_leads_to_a_word(path):
    found = re.findall(r"GLOSSARY\.md#([^)\s\"\\]+)", path.read_text(encoding="utf-8"))
    assert set(found) <= set(map(anchor, entries()))
