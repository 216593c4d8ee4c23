"""Keep in my-course/ a copy of the course that is the learner's own.

    python scripts/my_copy.py

`make lab` does so each time it starts. In the copy no cell has been run, so that no answer stands
below its question. A chapter that came or changed with `git pull` is added or refreshed. What the
learner has changed is never overwritten: then the new chapter is put beside hers.
"""

import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator
from itertools import chain, count
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOLDER = "my-course"
RECORD = ".given.json"  # by file, the digest of what was given to the learner


def refresh(root: Path = ROOT) -> Iterator[str]:
    """Bring the copy up to date, and say in a sentence each what is worth saying."""
    mine = root / FOLDER
    if is_new := not mine.exists():
        yield f"Your own copy of the course is in {FOLDER}: what you change there stays as it is."
    mine.mkdir(exist_ok=True)
    given = read_record(mine / RECORD)
    for page in [*sorted((root / "notebooks").glob("*.ipynb")), *root.glob("GLOSSARY.md")]:
        text = page.read_text(encoding="utf-8")
        try:
            offered = stripped(text) if page.suffix == ".ipynb" else linked(text)
        except (ValueError, KeyError, TypeError):
            yield f"notebooks/{page.name} cannot be read as a notebook, so it was left out."
            continue
        sentence = give(offered, page.name, mine, given)
        if sentence and not is_new:
            yield sentence
    write(mine / RECORD, json.dumps(given, indent=1) + "\n")


def give(text: str, name: str, mine: Path, given: dict[str, str]) -> str | None:
    """Put a chapter where the learner has nothing to lose; the sentence that says so, if it did.

    given: what the record says, which is brought up to date.
    """
    offered = digest(name, text)
    for file in chain([name], beside(name)):
        there = digest_of(mine / file)
        if there == offered or (there and given.get(file) == offered):
            given[file] = offered
            return None  # she has this one, changed or not
        if there is None or there == given.get(file):
            write(mine / file, text)
            given[file] = offered
            return told(name, file, there)
    raise AssertionError("unreachable: there is always another name")


def told(name: str, file: str, there: str | None) -> str:
    """What to say of a chapter, or of the glossary, that was put into a file."""
    if file != name:
        return (
            f"{name} has a new version, and you have changed yours: yours is kept, and the new "
            f"one is beside it as '{file}'."
        )
    if there is None:
        return f"New in {FOLDER}: {file}."
    return f"{file} has a new version, which replaces your copy, since you had not changed it."


def beside(name: str) -> Iterator[str]:
    """Names for a new version: '04-replay (new).ipynb', '04-replay (new 2).ipynb' and so on."""
    path = Path(name)
    yield f"{path.stem} (new){path.suffix}"
    for number in count(2):
        yield f"{path.stem} (new {number}){path.suffix}"


def stripped(text: str) -> str:
    """A notebook as it is before any cell has run; its glossary is the one beside it."""
    book = json.loads(text)
    for cell in book["cells"]:
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
        elif cell["cell_type"] == "markdown":
            cell["source"] = "".join(cell["source"]).replace("](../GLOSSARY.md", "](GLOSSARY.md")
    return json.dumps(book, indent=1, ensure_ascii=False) + "\n"


def linked(text: str) -> str:
    """The glossary with links to the learner's own chapters, where no answer is shown."""
    elsewhere = re.sub(r"\]\((?!notebooks/|https?:|#)", "](../", text)
    return elsewhere.replace("](notebooks/", "](")


def digest(name: str, text: str) -> str:
    """What a page says, as a hash. What a cell shows is left out: it can be run again."""
    if name.endswith(".ipynb"):
        cells = [
            [cell["cell_type"], "".join(cell["source"]), cell.get("metadata", {}).get("tags", [])]
            for cell in json.loads(text)["cells"]
        ]
        text = json.dumps(cells)
    return hashlib.sha256(text.encode()).hexdigest()


def digest_of(path: Path) -> str | None:
    """The digest of a file; None when it is not there, something of its own when it is damaged."""
    try:
        return digest(path.name, path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        return "not a notebook"


def read_record(path: Path) -> dict[str, str]:
    """What was given so far. Without a record whatever is there counts as changed, and is kept."""
    try:
        record: Any = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def write(path: Path, text: str) -> None:
    """Write a file whole, or not at all."""
    half = path.with_name(f".{path.name}.half")
    half.write_text(text, encoding="utf-8", newline="\n")
    os.replace(half, path)


if __name__ == "__main__":
    print(*refresh(), sep="\n")
    sys.exit()
