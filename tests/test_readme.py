"""What the README says is true: its examples run, its links lead somewhere, its map is complete."""

import re
from pathlib import Path

import nbformat
import pytest
from minutes import chapters, prose

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BENCHMARKS = (ROOT / "BENCHMARKS.md").read_text(encoding="utf-8")
SENTENCE = "keep the list of everything that happened, and compute the present from it"
START = "00-start-here"
AVAILABLE = {"90 minutes": 90, "half a day": 210, "a day": 420}  # minutes, breaks not counted


def test_it_says_what_event_sourcing_is_before_anything_else():
    assert f"*{SENTENCE}.*" in README.partition("```")[0]


def test_the_ten_lines_run_and_print_what_their_comment_says(capsys):
    lines = re.search(r"```python\n(.*?)```", README, re.DOTALL)[1]
    assert "for event in history:\n    state = evolve(state, event)\n" in lines
    assert len([line for line in lines.splitlines() if line]) <= 10
    exec(compile(lines, "README.md", "exec"), {})
    assert capsys.readouterr().out.split() == re.findall(r"^print\(.*# (.*)$", lines, re.MULTILINE)


def test_the_example_runs_and_gives_what_its_comments_say(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _, example = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(example, "README.md", "exec"), names)
    bank = names["bank"]
    for call, said in re.findall(r"^(bank\.state\(.*?\))  # (\w+\(.*?\))", example, re.MULTILINE):
        assert eval(call, names) == eval(said, names)
    (refused,) = [decision for decision in bank.store.decisions() if decision.refused]
    assert refused.reason == "8000 is more than 5000"
    bank.store.close()


@pytest.mark.parametrize("page", ["README.md", "BENCHMARKS.md", "CONTRIBUTING.md", "GLOSSARY.md"])
def test_every_link_to_a_file_leads_somewhere(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    text = re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.DOTALL)
    links = re.findall(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)", text)
    assert links or page == "BENCHMARKS.md"
    assert [link for link in links if not (ROOT / link).exists()] == []


def rows(text: str) -> dict[str, tuple[int, ...]]:
    """The chapters of a table, each with the minutes to read it and those for its exercises."""
    found = re.findall(r"\((?:notebooks/)?(\d\d-[^)]+)\) \| (\d+) \| (\d+) \|", text)
    return {name: (int(reading), int(exercises)) for name, reading, exercises in found}


def paths(text: str) -> dict[str, list[str]]:
    """The ways through the course, by the time that there is: the numbers of their chapters."""
    found = re.findall(r"\*\*(90 minutes|half a day|a day)\*\*([^.\n]*)", text, re.IGNORECASE)
    return {
        time.lower(): re.findall(r"\b\d\d\b", way.split(" | ")[-2 if " | " in way else 0])
        for time, way in found
    }


def test_the_map_lists_every_notebook_with_the_minutes_it_says_itself():
    said = {name: (chapter.said, chapter.exercises) for name, chapter in chapters().items()}
    assert rows(README) == said


def test_each_way_through_the_course_takes_the_minutes_that_it_says_and_fits():
    together = {name[:2]: sum(minutes) for name, minutes in rows(README).items()}
    ways = paths(README)
    assert ways.keys() == AVAILABLE.keys()
    said = re.findall(r"^\| \*\*(.+?)\*\* \|.*\| (\d+) \|$", README, re.MULTILINE)
    assert {time.lower(): int(minutes) for time, minutes in said} == {
        time: sum(together[number] for number in numbers) for time, numbers in ways.items()
    }
    for time, numbers in ways.items():
        assert sum(together[number] for number in numbers) <= AVAILABLE[time]


def test_the_first_chapter_agrees():
    book = nbformat.read(ROOT / "notebooks" / f"{START}.ipynb", as_version=4)
    code = "\n".join(cell.source for cell in book.cells if cell.cell_type == "code")
    assert not re.search(r"\b(fold|reduce|class)\b", code.partition("for event in history:")[0])
    text = prose(book)
    assert SENTENCE in re.sub(r"\s+", " ", text).lower()
    said = rows(README)
    assert rows(text) == {name: said[name] for name in rows(text)}
    assert rows(text).keys() >= said.keys() - {f"{START}.ipynb"}
    assert paths(text) == paths(README)


def test_every_benchmark_that_it_shows_is_one_of_all():
    shown = [row.rstrip(" |") for row in re.findall(r"^\| .* \d.*x as .*$", README, re.MULTILINE)]
    assert len(shown) == 6
    measured = BENCHMARKS.splitlines()
    assert [row for row in shown if not any(line.startswith(row) for line in measured)] == []
