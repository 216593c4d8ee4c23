"""How long a chapter takes, by a rule that is the same for all of them.

    python scripts/minutes.py

Reading takes a minute for 130 words of prose and half a minute for each code cell, rounded to five
minutes. Exercises are apart, since each says its own minutes in its heading: what stands between
that heading and the next one is not counted as reading.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbformat import NotebookNode

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
WORDS_A_MINUTE = 130
MINUTES_A_CELL = 0.5
LONGEST = 60  # minutes, reading and exercises together

HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*$", re.MULTILINE)
FENCED = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)


class Minutes(NamedTuple):
    """A chapter's minutes: counted by the rule, in its exercises' headings, in its first cell."""

    counted: float
    exercises: int
    said: int | None

    @property
    def reading(self) -> int:
        """The minutes that the first cell should say."""
        return max(5, round(self.counted / 5) * 5)

    @property
    def together(self) -> int:
        """Reading and exercises."""
        return self.reading + self.exercises


def minutes(book: NotebookNode) -> Minutes:
    """How long a notebook takes, and how long it says that it takes."""
    read = [text for is_exercise, text in parts(book) if not is_exercise]
    words = sum(len(text.split()) for text in read if text is not None)
    counted = words / WORDS_A_MINUTE + read.count(None) * MINUTES_A_CELL
    found = re.search(r"(\d+) minutes", book.cells[0].source)
    exercises = re.findall(r"^#+\s+Exercise .*?(\d+) minutes?", prose(book), re.MULTILINE)
    return Minutes(counted, sum(map(int, exercises)), int(found[1]) if found else None)


def parts(book: NotebookNode) -> Iterator[tuple[bool, str | None]]:
    """Stretches of prose between headings, and None for each code cell; whether of an exercise."""
    is_exercise = False
    for cell in book.cells:
        if cell.cell_type == "code":
            yield is_exercise, None
        elif cell.cell_type == "markdown":
            first, *rest = HEADING.split(text_of(cell.source))
            yield is_exercise, first
            for heading, text in zip(rest[::2], rest[1::2], strict=True):
                is_exercise = heading.startswith("Exercise ")
                yield is_exercise, f"{heading} {text}"


def text_of(source: str) -> str:
    """Markdown as it is read: without blocks of code, tags, pictures and the targets of links."""
    text = FENCED.sub("", source)
    text = re.sub(r"!\[[^\]]*\]\([^)]*\)|<[^>]*>", " ", text)
    return re.sub(r"\]\([^)]*\)", "]", text)


def prose(book: NotebookNode) -> str:
    """All markdown of a notebook."""
    return "\n\n".join(cell.source for cell in book.cells if cell.cell_type == "markdown")


def chapters(folder: Path = NOTEBOOKS) -> dict[str, Minutes]:
    """The minutes of every chapter, by its file's name."""
    paths = sorted(folder.glob("*.ipynb"))
    return {path.name: minutes(nbformat.read(path, as_version=4)) for path in paths}


def main() -> None:
    """Print what each chapter takes and says."""
    for name, chapter in chapters().items():
        print(
            f"{name:40} reading {chapter.reading:3} (counted {chapter.counted:4.1f}, "
            f"says {chapter.said}), exercises {chapter.exercises:2}, together {chapter.together:3}"
        )


if __name__ == "__main__":
    main()
