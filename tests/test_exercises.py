"""Exercises both ways: a stub says "not yet", the published solution "ok", a mistake gets help.

Answers are given as a learner gives them, as the source of a cell, in
`wrong_answers/chapter_NN.py`. WRONG has by exercise the plausible mistakes, each with words of the
sentence that must help; RIGHT has by exercise right answers in another style than the solution's.
"""

import contextlib
import importlib
import io
import re
from pathlib import Path
from typing import NamedTuple

import matplotlib
import nbformat
import pytest

from esdemo.checks import check

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
CALL = re.compile(r'^check\("(\d+\.\d+)"', re.MULTILINE)
SOLUTION = re.compile(r"<summary>Solution</summary>.*?```python\n(.*?)```", re.DOTALL)


class Exercise(NamedTuple):
    """An exercise as a notebook publishes it."""

    name: str
    stub: str
    solution: str


def exercises() -> list[Exercise]:
    """Every exercise of every notebook, with the first solution below its stub."""
    return [found for path in sorted(NOTEBOOKS.glob("*.ipynb")) for found in exercises_in(path)]


def exercises_in(path: Path) -> list[Exercise]:
    cells = nbformat.read(path, as_version=4).cells
    found = []
    for place, cell in enumerate(cells):
        if cell.cell_type == "code" and (call := CALL.search(cell.source)):
            prose = "\n".join(after.source for after in cells[place:] if after.cell_type != "code")
            solution = SOLUTION.search(prose)
            text = solution[1] if solution else ""
            found.append(Exercise(call[1], cell.source, text))
    return found


def answers(source: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What running this source alone prints last."""
    monkeypatch.chdir(folder)
    matplotlib.use("agg")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(source, "<exercise>", "exec"), {"__name__": "__main__"})
    return printed.getvalue().strip().splitlines()[-1]


ALL = exercises()
by_name = pytest.mark.parametrize("exercise", ALL, ids=[exercise.name for exercise in ALL])


def given(name: str) -> tuple[list[tuple[str, str]], list[str]]:
    """The wrong answers to an exercise, each with words of its help, and the right ones."""
    module = importlib.import_module(f"wrong_answers.chapter_{int(name.split('.')[0]):02}")
    return module.WRONG.get(name, []), getattr(module, "RIGHT", {}).get(name, [])


@by_name
def test_an_untouched_stub_says_only_not_yet(exercise, tmp_path, monkeypatch):
    advice = answers(exercise.stub, tmp_path, monkeypatch)
    assert advice == "not yet"


@by_name
def test_the_published_solution_is_ok(exercise, tmp_path, monkeypatch):
    assert exercise.solution, "there is no ```python block in <summary>Solution</summary>"
    assert CALL.findall(exercise.solution) == [exercise.name]
    assert_ok(answers(exercise.solution, tmp_path, monkeypatch))


def assert_ok(advice: str) -> None:
    """It is right, and is told what was proved."""
    assert advice.startswith("ok: ")


@by_name
def test_plausible_wrong_answers_get_the_sentence_that_helps(exercise, tmp_path, monkeypatch):
    wrong, _ = given(exercise.name)
    assert len(wrong) >= 6
    for source, words in wrong:
        advice = answers(source, tmp_path, monkeypatch)
        assert advice.startswith("not yet: "), source
        assert words in advice, source


@by_name
def test_right_answers_in_another_style_are_ok(exercise, tmp_path, monkeypatch):
    _, right = given(exercise.name)
    assert right
    for source in right:
        assert_ok(answers(source, tmp_path, monkeypatch))


def test_every_exercise_has_a_name_of_its_own():
    names = [exercise.name for exercise in ALL]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("exercise", "words"),
    [
        ("9.9", "there is no exercise '9.9'"),
        ("three", "there is no exercise 'three'"),
        ("1", "there is no exercise '1'"),
        ("1.1.1", "there is no exercise '1.1.1'"),
        (None, "named like '3.1'"),
    ],
)
def test_check_never_raises_and_names_a_wrong_name(exercise, words, capsys):
    check(exercise, 1)
    assert words in capsys.readouterr().out


@pytest.mark.parametrize("error", [ValueError("boom"), KeyError("x"), RecursionError("deep")])
def test_an_answer_that_raises_is_told_so_and_not_punished(error, capsys, monkeypatch):
    def raising(answer):
        raise error

    monkeypatch.setattr("esdemo.checks._find", lambda name: raising)
    check("1.1", 1)
    printed = capsys.readouterr().out
    assert printed.startswith(f"not yet: your answer raised {type(error).__name__}: ")
