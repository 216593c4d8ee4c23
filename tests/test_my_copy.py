"""The learner's own copy: no answers in it, never overwritten, brought up to date after a pull."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.parse import quote, unquote
from urllib.request import Request, urlopen

import my_copy
import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

ROOT = Path(__file__).resolve().parent.parent
FIRST = "00-start-here.ipynb"
TITLE = "# Größe · a [fold](../GLOSSARY.md#fold), ![cycle](../images/cycle-all.svg)"


@pytest.fixture
def project(tmp_path):
    """A course of two chapters, in which every cell has been run."""
    (tmp_path / "notebooks").mkdir()
    publish(tmp_path, FIRST, "1 + 1")
    publish(tmp_path, "04-replay.ipynb", "2 + 2")
    explain(tmp_path, "A fold")
    return tmp_path


def publish(project, name, *sources):
    """Write a chapter as it is on GitHub: with its outputs."""
    result = new_output("execute_result", data={"text/plain": "the answer"}, execution_count=1)
    cells = [new_code_cell(source, execution_count=1, outputs=[result]) for source in sources]
    book = new_notebook(cells=[new_markdown_cell(TITLE), *cells])
    nbformat.write(book, project / "notebooks" / name)


def explain(project, text):
    """Write the glossary."""
    links = "[Chapter 04](notebooks/04-replay.ipynb#One-step), ![cycle](images/cycle-all.svg)"
    (project / "GLOSSARY.md").write_text(f"{text} {links}", encoding="utf-8")


def refresh(project):
    return list(my_copy.refresh(project))


def mine(project, name):
    return nbformat.read(project / "my-course" / name, as_version=4)


def work(project, name, source):
    """Do as a learner does: write into a cell, run it, save."""
    book = mine(project, name)
    book.cells[1].source = source
    run(project, name, book)


def run(project, name, book=None):
    """Run a cell, and save."""
    book = book or mine(project, name)
    book.cells[1].outputs = [new_output("stream", name="stdout", text="hers")]
    book.cells[1].execution_count = 7
    nbformat.write(book, project / "my-course" / name)


def files(project):
    return sorted(path.name for path in (project / "my-course").glob("*.ipynb"))


def test_a_first_copy_has_every_chapter_and_no_output(project):
    (sentence,) = refresh(project)
    assert "my-course" in sentence
    assert files(project) == [FIRST, "04-replay.ipynb"]
    for name in files(project):
        title, cell = mine(project, name).cells
        assert title.source == TITLE.replace("../GLOSSARY", "GLOSSARY")
        assert (cell.outputs, cell.execution_count) == ([], None)
    assert "the answer" in (project / "notebooks" / FIRST).read_text(encoding="utf-8")


def test_her_glossary_leads_to_her_own_chapters_in_which_no_answer_is_shown(project):
    refresh(project)
    assert (project / "my-course" / "GLOSSARY.md").read_text(encoding="utf-8") == (
        "A fold [Chapter 04](04-replay.ipynb#One-step), ![cycle](../images/cycle-all.svg)"
    )


def test_a_glossary_that_has_changed_is_refreshed_and_one_with_her_notes_is_kept(project):
    refresh(project)
    explain(project, "A fold, explained better")
    (sentence,) = refresh(project)
    assert sentence.startswith("GLOSSARY.md has a new version, which replaces your copy")
    mine = project / "my-course" / "GLOSSARY.md"
    mine.write_text("my notes", encoding="utf-8")
    explain(project, "A fold, explained best")
    (sentence,) = refresh(project)
    assert "'GLOSSARY (new).md'" in sentence
    assert mine.read_text(encoding="utf-8") == "my notes"
    assert refresh(project) == []


def test_a_second_time_nothing_is_written_and_nothing_said(project):
    refresh(project)
    before = [(project / "my-course" / name).stat().st_mtime_ns for name in files(project)]
    assert refresh(project) == []
    assert before == [(project / "my-course" / name).stat().st_mtime_ns for name in files(project)]


def test_what_she_has_answered_and_run_stays(project):
    refresh(project)
    work(project, FIRST, "my answer")
    run(project, "04-replay.ipynb")
    assert refresh(project) == []
    assert mine(project, FIRST).cells[1].source == "my answer"
    assert mine(project, "04-replay.ipynb").cells[1].outputs[0].text == "hers"


def test_a_chapter_that_is_new_is_added_and_said(project):
    refresh(project)
    publish(project, "07-read-models.ipynb", "3")
    assert refresh(project) == ["New in my-course: 07-read-models.ipynb."]
    assert files(project) == [FIRST, "04-replay.ipynb", "07-read-models.ipynb"]
    assert refresh(project) == []


def test_a_chapter_that_she_has_only_run_is_refreshed_and_said(project):
    refresh(project)
    run(project, FIRST)
    publish(project, FIRST, "better")
    (sentence,) = refresh(project)
    assert sentence.startswith(f"{FIRST} has a new version, which replaces your copy")
    assert mine(project, FIRST).cells[1].source == "better"
    assert mine(project, FIRST).cells[1].outputs == []
    assert refresh(project) == []


def test_a_chapter_that_both_have_changed_is_put_beside_hers(project):
    refresh(project)
    work(project, FIRST, "my answer")
    publish(project, FIRST, "better")
    (sentence,) = refresh(project)
    assert "yours is kept" in sentence
    assert "'00-start-here (new).ipynb'" in sentence
    assert mine(project, FIRST).cells[1].source == "my answer"
    assert mine(project, "00-start-here (new).ipynb").cells[1].source == "better"
    assert refresh(project) == []


def test_a_newer_version_replaces_the_one_beside_hers_unless_she_works_in_that_too(project):
    refresh(project)
    work(project, FIRST, "my answer")
    publish(project, FIRST, "better")
    refresh(project)
    publish(project, FIRST, "best")
    assert len(refresh(project)) == 1
    assert mine(project, "00-start-here (new).ipynb").cells[1].source == "best"
    work(project, "00-start-here (new).ipynb", "my second answer")
    assert refresh(project) == []
    publish(project, FIRST, "best of all")
    (sentence,) = refresh(project)
    assert "'00-start-here (new 2).ipynb'" in sentence
    assert mine(project, "00-start-here (new).ipynb").cells[1].source == "my second answer"
    assert mine(project, "00-start-here (new 2).ipynb").cells[1].source == "best of all"
    assert refresh(project) == []


def test_a_chapter_that_she_deletes_comes_afresh(project):
    refresh(project)
    work(project, FIRST, "my answer")
    (project / "my-course" / FIRST).unlink()
    assert refresh(project) == [f"New in my-course: {FIRST}."]
    assert mine(project, FIRST).cells[1].source == "1 + 1"


def test_outputs_that_are_stored_anew_change_nothing(project):
    refresh(project)
    book = nbformat.read(project / "notebooks" / FIRST, as_version=4)
    book.cells[1].outputs = []
    nbformat.write(book, project / "notebooks" / FIRST)
    assert refresh(project) == []


@pytest.mark.parametrize("record", [None, "", "[]", "{half"])
def test_without_a_record_hers_is_kept(project, record):
    refresh(project)
    work(project, FIRST, "my answer")
    path = project / "my-course" / my_copy.RECORD
    path.unlink() if record is None else path.write_text(record, encoding="utf-8")
    (sentence,) = refresh(project)
    assert "yours is kept" in sentence
    assert mine(project, FIRST).cells[1].source == "my answer"
    assert refresh(project) == []


@pytest.mark.parametrize("text", ["", "<<<<<<< HEAD", "[]", "{}", '{"cells": [{}]}'])
def test_a_chapter_that_is_damaged_is_left_out_and_said(project, text):
    refresh(project)
    (project / "notebooks" / FIRST).write_text(text, encoding="utf-8")
    assert refresh(project) == [
        f"notebooks/{FIRST} cannot be read as a notebook, so it was left out."
    ]
    assert mine(project, FIRST).cells[1].source == "1 + 1"


def test_a_copy_of_hers_that_is_damaged_is_kept(project):
    refresh(project)
    (project / "my-course" / FIRST).write_text("<<<<<<< HEAD", encoding="utf-8")
    publish(project, FIRST, "better")
    (sentence,) = refresh(project)
    assert "yours is kept" in sentence
    assert (project / "my-course" / FIRST).read_text(encoding="utf-8") == "<<<<<<< HEAD"


def test_an_interrupted_write_leaves_the_old_file_whole(project, monkeypatch):
    refresh(project)
    publish(project, FIRST, "better")
    monkeypatch.setattr(my_copy.os, "replace", lambda *paths: (_ for _ in ()).throw(OSError("off")))
    with pytest.raises(OSError, match="off"):
        refresh(project)
    assert mine(project, FIRST).cells[1].source == "1 + 1"
    monkeypatch.undo()
    assert len(refresh(project)) == 1


def test_file_names_are_safe_on_windows():
    names = my_copy.beside("04-replay.ipynb")
    for name in [next(names), next(names), next(names), my_copy.RECORD]:
        assert not set(name) & set('<>:"/\\|?*')
        assert not name.endswith((" ", "."))


# --- the real course ---


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The real chapters, and a copy of them."""
    root = tmp_path_factory.mktemp("course")
    for name in ("notebooks", "images", "GLOSSARY.md"):
        (root / name).symlink_to(ROOT / name, target_is_directory=(ROOT / name).is_dir())
    list(my_copy.refresh(root))
    return root


def test_every_link_leads_somewhere_from_the_copy_too(course):
    links = re.compile(r"""\]\(\s*<?([^)\s>#]+)|\b(?:src|href)=["']([^"'#]+)""")
    mine = course / "my-course"
    for path in [*sorted(mine.glob("*.ipynb")), mine / "GLOSSARY.md"]:
        for target in filter(None, map("".join, links.findall(prose_of(path)))):
            if re.match(r"[a-z]+:", target):
                continue
            own = (mine / unquote(target)).resolve()
            out = Path(os.path.normpath(ROOT / "my-course" / unquote(target)))
            assert own.exists() or out.exists(), (path.name, target)


def prose_of(path):
    """The markdown of a page, without its blocks of code."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        cells = nbformat.reads(text, as_version=4).cells
        text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return re.sub(r"^(```|~~~).*?^\1\s*$", "", text, flags=re.MULTILINE | re.DOTALL)


def test_the_copy_is_ignored_by_git_and_by_ruff():
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert f"{my_copy.FOLDER}/" in ignored
    assert f'extend-exclude = ["{my_copy.FOLDER}"]' in (ROOT / "pyproject.toml").read_text("utf-8")


def test_no_copy_holds_an_output_and_each_is_a_valid_notebook(course):
    paths = sorted((course / "my-course").glob("*.ipynb"))
    assert [path.name for path in paths] == sorted(
        path.name for path in (ROOT / "notebooks").glob("*.ipynb")
    )
    for path in paths:
        book = nbformat.read(path, as_version=4)
        nbformat.validate(book)
        code = [cell for cell in book.cells if cell.cell_type == "code"]
        assert not any(cell.outputs or cell.execution_count for cell in code)


def test_a_copied_chapter_runs_where_it_is(course):
    book = nbformat.read(course / "my-course" / FIRST, as_version=4)
    resources = {"metadata": {"path": str(course / "my-course")}}
    NotebookClient(book, kernel_name="python3", timeout=120, resources=resources).execute()
    shown = [output for cell in book.cells for output in cell.get("outputs", [])]
    assert shown


# --- `make lab` ---


@pytest.fixture
def lab(project):
    """The helper's JupyterLab over the small course, in this very environment; (port, process)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = (
        "import environment, signal, sys; from pathlib import Path\n"
        "signal.signal(signal.SIGTERM, signal.default_int_handler)\n"
        f"environment.ROOT = Path({str(project)!r})\n"
        "environment.set_up = lambda: None\n"
        "environment.executable = lambda name: sys.executable\n"
        f"sys.exit(environment.main(['lab', '{port}']))"
    )
    variables = {
        "JUPYTER_TOKEN": "t0ken",
        "CI": "true",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "scripts"), os.environ.get("PYTHONPATH", "")]),
        "JUPYTER_RUNTIME_DIR": str(project / "runtime"),
    }
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    yield port, process
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)


def ask(port, path):
    request = Request(
        f"http://127.0.0.1:{port}/api/{path}", headers={"Authorization": "token t0ken"}
    )
    with urlopen(request, timeout=60) as answer:
        return json.load(answer)


def test_jupyterlab_opens_the_copy_and_its_answers_are_not_there_yet(project, lab):
    port, process = lab
    for _ in range(600):
        assert process.poll() is None, process.stdout.read()
        try:
            ask(port, "status")
        except URLError:
            time.sleep(0.2)
        else:
            break
    names = {entry["name"] for entry in ask(port, "contents/my-course")["content"]}
    assert names == {FIRST, "04-replay.ipynb", "GLOSSARY.md"}
    book = ask(port, f"contents/{quote(f'my-course/{FIRST}')}")["content"]
    assert [cell.get("outputs") for cell in book["cells"]] == [None, []]
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=60)
    assert "Your own copy of the course is in my-course" in said
    assert f"/lab/tree/my-course/{FIRST}?token=t0ken" in said


def test_a_copy_that_cannot_be_written_is_said_in_a_sentence(project, monkeypatch, capsys):
    import environment

    (project / "my-course").write_text("in the way", encoding="utf-8")
    monkeypatch.setattr(environment, "ROOT", project)
    with pytest.raises(environment.Stopped, match=r"^Your copy of the course cannot be written: "):
        environment.copy_the_course()
