"""What a notebook must keep to so that comparing its outputs means something, and teaches.

`pytest --nbval` runs the notebooks; these rules read them. Each rule is a function from a notebook
to its complaints, and has below it, in BREAKS, a change to a good notebook that it must notice.
"""

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from statistics import median
from urllib.parse import unquote

import draw_cycle
import nbformat
import pytest
from minutes import LONGEST, minutes, text_of
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from words import GLOSSARY, RIDDLES

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
PATHS = sorted(FOLDER.glob("*.ipynb"))

LARGEST = 1_000_000  # bytes
IGNORED_CELLS = 2  # a notebook
CODE_IN_A_ROW = 3
LONGEST_CELL = 40  # lines: a screen
MOST_STATEMENTS = 20
USUAL_STATEMENTS = 8  # for nine cells in ten
MEDIAN_STATEMENTS = 5
CYCLE = f"The cycle: a{draw_cycle.DESCRIPTION[1:]}"
SYNOPSIS, FIRST_SYNOPSIS = SYNOPSES = "In five lines", "In ten lines"  # the first in chapter 00
SYNOPSIS_STATEMENTS = {SYNOPSIS: 6, FIRST_SYNOPSIS: 10}
IMPORTS = (ast.Import, ast.ImportFrom)
ENDING = ["Recap", "Roads not taken", "Next"]  # the last headings of level 2
ON_PURPOSE = "unseeded-on-purpose"

UNSEEDED = re.compile(
    r"""datetime\.(?:now|utcnow|today)\( | date\.today\( | time\.(?:time|time_ns|ctime)\(
    | uuid[14]\( | os\.urandom | \bsecrets\. | default_rng\(\s*\) | \bRandom\(\s*\)
    | \brandom\.(?!Random|default_rng|seed|Generator)[a-z_]+\( | ^\s*%%?time""",
    re.VERBOSE | re.MULTILINE,
)
NETWORK = re.compile(
    r"""https?://(?!localhost|127\.0\.0\.1) | \burlopen\b | \brequests\.(?:get|post)\b
    | ^\s*[%!]\s*(?:pip|conda|uv|curl|wget)\b | \bgit\s+clone\s+(?:https?|git|ssh): """,
    re.VERBOSE | re.MULTILINE,
)
ABSOLUTE = re.compile(
    r"""(?<![\w./:~-])/(?:home|root|Users|tmp|private|var|opt|mnt|usr|work|workspace|builds)/\w
    | \b[A-Z]:\\\w""",
    re.VERBOSE,
)
LINK = re.compile(r"""\]\(\s*<?([^)\s>]+) | \b(?:src|href)=["']([^"']+)""", re.VERBOSE)

Rule = Callable[[Path, NotebookNode], Iterator[str]]
RULES: list[Rule] = []


def rule(function: Rule) -> Rule:
    """Have every notebook asked for this."""
    RULES.append(function)
    return function


# --- reading a notebook ---


@cache
def read(path: Path) -> NotebookNode:
    """The notebook as it is stored."""
    return nbformat.read(path, as_version=4)


def cells(book: NotebookNode, kind: str) -> list[tuple[str, NotebookNode]]:
    """The cells of a kind, each with the name it has in complaints."""
    numbered = enumerate(book.cells, start=1)
    return [(f"cell {n} ({cell.id})", cell) for n, cell in numbered if cell.cell_type == kind]


def tags(cell: NotebookNode) -> list[str]:
    """A cell's tags."""
    return cell.metadata.get("tags", [])


def prose(cell: NotebookNode) -> str:
    """A markdown cell's text without its blocks of code."""
    return re.sub(r"^(```|~~~).*?^\1\s*$", "", cell.source, flags=re.MULTILINE | re.DOTALL)


def headings(book: NotebookNode) -> list[tuple[str, int, str]]:
    """Every heading: the cell it is in, its level, its text."""
    pattern = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$", re.MULTILINE)
    return [
        (name, len(marks), text)
        for name, cell in cells(book, "markdown")
        for marks, text in pattern.findall(prose(cell))
    ]


def sections(book: NotebookNode) -> dict[str, str]:
    """The prose under each heading, up to the next one of any level."""
    text = "\n\n".join(prose(cell) for _, cell in cells(book, "markdown"))
    _, *parts = re.split(r"^#{1,6}\s+(.+?)\s*$", text, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def items(text: str) -> list[str]:
    """The items of a list, numbered or not, that are not inside another."""
    return re.findall(r"^(?:[-*+]|\d+\.)\s+\S.*$", text, flags=re.MULTILINE)


def lines(cell: NotebookNode) -> int:
    """How many lines of a cell are not blank."""
    return sum(bool(line.strip()) for line in cell.source.splitlines())


def parsed(cell: NotebookNode) -> ast.Module:
    """A cell's code, without the lines that only IPython understands; nothing when it is wrong."""
    try:
        return ast.parse(re.sub(r"^\s*[%!].*$", "", cell.source, flags=re.MULTILINE))
    except SyntaxError:
        return ast.Module(body=[], type_ignores=[])


def statements(cell: NotebookNode) -> int:
    """How many statements a cell has, at any depth.

    Imports, docstrings and the declared fields of a class do not count; however many lines a
    literal or a call takes, it is part of one statement.
    """
    found = [node for node in ast.walk(parsed(cell)) if isinstance(node, ast.stmt)]
    return sum(not (isinstance(node, IMPORTS) or declares(node)) for node in found)


def declares(node: ast.stmt) -> bool:
    """Whether a statement only says something: a field with its type, a docstring."""
    if isinstance(node, ast.AnnAssign):
        return node.value is None
    is_constant = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_constant and isinstance(node.value.value, str)


def halves(book: NotebookNode) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The markdown up to the objectives, and what a chapter says after them, cell by cell."""
    found = [(name, text_with_links(cell)) for name, cell in cells(book, "markdown")]
    promised = [n for n, (_, text) in enumerate(found) if re.search(r"^## Objectives", text, re.M)]
    body = promised[0] + 1 if promised else 0
    return found[:body], found[body:]


def text_with_links(cell: NotebookNode) -> str:
    """A markdown cell without code, pictures and tags, its links kept."""
    text = re.sub(r"!\[[^\]]*\]\([^)]*\)|<[^>]*>|`[^`]*`", " ", prose(cell))
    return re.sub(r"^\|?[\s:|-]*$", "", text, flags=re.MULTILINE)


def sentences(text: str) -> list[str]:
    """The sentences of a text; a heading, an item of a list and a row of a table are one each."""
    blocks = re.split(r"\n\s*\n|\n(?=\s*(?:[-*+|#]|\d+\.)\s?)|(?<=\|)\n", text)
    found = [part for block in blocks for part in re.split(r"(?<=[.!?])[)\"*]*\s+", block)]
    return [re.sub(r"\s+", " ", part).strip() for part in found if part.strip()]


def texts(cell: NotebookNode) -> Iterator[str]:
    """A cell's source, and each of its outputs that is text."""
    yield cell.source
    for output in cell.get("outputs", []):
        yield output.get("text", "")
        yield output.get("evalue", "")
        for kind, value in output.get("data", {}).items():
            if kind.startswith("text/"):
                yield value


# --- the stored form ---


@rule
def is_a_valid_notebook(path, book):
    if (error := next(nbformat.validator.iter_validate(book), None)) is not None:
        yield f"is not a valid notebook: {error}"


@rule
def is_named_by_number_and_words(path, book):
    if not re.fullmatch(r"\d\d(-[a-z0-9]+)+\.ipynb", path.name):
        yield "should be called like 04-replay.ipynb"


@rule
def is_small(path, book):
    if (size := len(nbformat.writes(book).encode())) > LARGEST:
        yield f"has {size:,} bytes, more than {LARGEST:,}: smaller figures or tables"


@rule
def runs_in_the_kernel_that_everybody_has(path, book):
    if book.metadata.get("kernelspec", {}).get("name") != "python3":
        yield "names another kernel than python3: make notebooks"


@rule
def stores_no_widgets(path, book):
    if "widgets" in book.metadata:
        yield "stores widgets in its metadata: make notebooks"


@rule
def is_executed_from_top_to_bottom(path, book):
    counts = [cell.execution_count for _, cell in cells(book, "code")]
    if counts != list(range(1, len(counts) + 1)):
        yield f"has execution counts {counts}, so not all is compared: make notebooks"


@rule
def stores_no_stderr(path, book):
    for name, cell in cells(book, "code"):
        if any(output.get("name") == "stderr" for output in cell.outputs):
            yield f"{name} stores a warning or other stderr"


@rule
def stores_no_error_unless_it_says_so(path, book):
    for name, cell in cells(book, "code"):
        fails = any(output.output_type == "error" for output in cell.outputs)
        if fails and "raises-exception" not in tags(cell):
            yield f"{name} fails: mend it, or tag it raises-exception"
        if not fails and "raises-exception" in tags(cell):
            yield f"{name} is tagged raises-exception and raises none"


@rule
def skips_no_comparison(path, book):
    for name, cell in cells(book, "code"):
        if "nbval-skip" in tags(cell) or "NBVAL_" in cell.source:
            yield f"{name} is skipped, or marked by a comment: a tag, and not nbval-skip"


@rule
def ignores_few_outputs_and_says_why(path, book):
    ignored = [n for n, cell in enumerate(book.cells) if "nbval-ignore-output" in tags(cell)]
    if len(ignored) > IGNORED_CELLS:
        yield f"ignores the output of {len(ignored)} cells, more than {IGNORED_CELLS}"
    for n in ignored:
        before = book.cells[n - 1].source if n else ""
        if "differ" not in before and not book.cells[n].metadata.get("reason"):
            yield (
                f"cell {n + 1} ignores its output: say before it what will differ, "
                "or give a reason in its metadata"
            )


# --- the same on every machine, at any time ---


@rule
def ends_no_code_in_a_semicolon(path, book):
    for name, cell in cells(book, "code"):
        if cell.source.rstrip().endswith(";"):
            yield f"{name} ends in ';', which is not compared alike: end a plot in plt.show()"


@rule
def takes_nothing_from_clock_or_chance(path, book):
    for name, cell in cells(book, "code"):
        free = {ON_PURPOSE, "nbval-ignore-output"} & set(tags(cell))
        if not free and (found := UNSEEDED.search(cell.source)):
            yield f"{name} uses {found[0].strip()}: inject clock or seed, or tag it {ON_PURPOSE}"


@rule
def needs_no_network(path, book):
    for name, cell in cells(book, "code"):
        if found := NETWORK.search(cell.source):
            yield f"{name} uses the network: {found[0].strip()}"


@rule
def names_no_absolute_path(path, book):
    for name, cell in cells(book, "code") + cells(book, "markdown"):
        for text in texts(cell):
            if found := ABSOLUTE.search(text):
                yield f"{name} names an absolute path: {text[found.start() :][:40]!r}"


@rule
def links_to_what_is_there(path, book):
    for name, cell in cells(book, "markdown"):
        for pair in LINK.findall(prose(cell)):
            target = unquote("".join(pair).partition("#")[0])
            if re.match(r"[a-z]+:", target):
                continue
            if not (path.parent / target).exists():
                yield f"{name} links to {target}, which is not there"


# --- the shape ---


@rule
def has_one_title_in_its_first_cell(path, book):
    titles = [name for name, level, _ in headings(book) if level == 1]
    first = book.cells[0]
    if len(titles) != 1 or first.cell_type != "markdown" or not first.source.startswith("# "):
        yield f"has titles in {titles}: one, at the start of the first cell"


@rule
def skips_no_level_of_headings(path, book):
    level = 0
    for name, below, text in headings(book):
        if below > level + 1:
            yield f"{name} goes from level {level} to {below}: {text}"
        level = below


@rule
def says_minutes_and_prerequisites_first(path, book):
    opening = book.cells[0].source
    if not re.search(r"\d+ minutes", opening):
        yield "does not say in its first cell how many minutes it takes"
    if "prerequisite" not in opening.lower():
        yield "does not say in its first cell what its prerequisites are, be it none"


@rule
def promises_three_to_five_things_and_recaps_them(path, book):
    parts = sections(book)
    promised, kept = items(parts.get("Objectives", "")), items(parts.get("Recap", ""))
    if not 3 <= len(promised) <= 5:
        yield f"lists {len(promised)} things under '## Objectives': three to five"
    if len(kept) != len(promised):
        yield f"lists {len(kept)} things under '## Recap', and {len(promised)} objectives"


@rule
def ends_in_recap_roads_not_taken_and_next(path, book):
    chapters = [text for _, level, text in headings(book) if level == 2 and text not in SYNOPSES]
    if chapters[:1] != ["Objectives"]:
        yield "does not begin in '## Objectives', after the synopsis if there is one"
    if chapters[-3:] != ENDING:
        yield f"does not end in headings of level 2 {ENDING}"


@rule
def gives_each_exercise_a_hint_and_a_solution(path, book):
    exercises = {h: text for h, text in sections(book).items() if h.startswith("Exercise ")}
    if not exercises:
        yield "has no heading that begins in 'Exercise '"
    for heading, text in exercises.items():
        for part in ("Hint", "Solution"):
            if f"<summary>{part}" not in text:
                yield f"has no <details><summary>{part} under {heading!r}"
        if not re.search(r"\d+ minutes?", heading + text):
            yield f"does not say how many minutes {heading!r} takes"


@rule
def alternates_prose_and_code(path, book):
    numbered = enumerate(book.cells, start=1)
    for kind, run in groupby(numbered, key=lambda pair: pair[1].cell_type):
        run = list(run)
        if kind == "code" and len(run) > CODE_IN_A_ROW:
            yield f"has {len(run)} code cells in a row from cell {run[0][0]}: at most three"


@rule
def keeps_code_cells_short(path, book):
    code = dict(cells(book, "code"))
    for name, cell in code.items():
        if not 0 < lines(cell) <= LONGEST_CELL:
            yield f"{name} has {lines(cell)} lines: 1 to {LONGEST_CELL}; more goes into esdemo"
    counts = {name: statements(cell) for name, cell in code.items()}
    longest = [name for name, count in counts.items() if count > MOST_STATEMENTS]
    if longest:
        yield f"has more than {MOST_STATEMENTS} statements in {longest}"
    longer = [f"{name}: {count}" for name, count in counts.items() if count > USUAL_STATEMENTS]
    if len(longer) > 0.1 * len(counts):
        yield f"has more than {USUAL_STATEMENTS} statements in over a tenth of its cells: {longer}"
    if counts and median(counts.values()) > MEDIAN_STATEMENTS:
        yield f"has {median(counts.values())} statements in its median cell"


@rule
def cites_only_chapters_that_are_there(path, book):
    there = {path.name[:2] for path in PATHS}
    for name, cell in cells(book, "markdown"):
        for cited in re.findall(
            r"\bchapters?\s+((?:\d\d?(?:,| to| and| or)*\s*)+)", prose(cell), re.I
        ):
            missing = {f"{int(number):02}" for number in re.findall(r"\d+", cited)} - there
            if missing:
                yield f"{name} cites {sorted(missing)}, which is not there"


# --- how long it takes, and how it reads ---


@rule
def says_the_minutes_that_it_takes(path, book):
    chapter = minutes(book)
    if chapter.said != chapter.reading:
        yield (
            f"says {chapter.said} minutes, and by the rule takes {chapter.reading} to read "
            f"({chapter.counted:.1f} counted; see scripts/minutes.py)"
        )
    if chapter.together > LONGEST:
        yield (
            f"takes {chapter.reading} minutes to read and {chapter.exercises} for its exercises: "
            f"at most {LONGEST} together, so cut or split it"
        )


@rule
def begins_in_a_synopsis(path, book):
    heading = FIRST_SYNOPSIS if path.name.startswith("00-") else SYNOPSIS
    most = SYNOPSIS_STATEMENTS[heading]
    said, code = book.cells[1], book.cells[2]
    if not said.source.startswith(f"## {heading}") or code.cell_type != "code":
        yield f"has no '## {heading}' in its second cell, with a code cell below it"
        return
    if not 0 < statements(code) <= most:
        yield f"has {statements(code)} statements in its synopsis: 1 to {most}"
    if not code.outputs:
        yield "shows nothing in its synopsis"


@rule
def shows_the_cycle_with_its_part_marked(path, book):
    before = "\n\n".join(cell.source for cell in book.cells[:6] if cell.cell_type == "markdown")
    found = re.findall(r"!\[([^\]]*)\]\(\.\./images/cycle-([a-z]+)\.svg\)", before)
    if len(found) != 1:
        yield f"shows {len(found)} drawings of the cycle in its first cells: one, after Objectives"
    for told, part in found:
        if part not in draw_cycle.NAMES:
            yield f"shows cycle-{part}.svg, which is not one of {draw_cycle.NAMES}"
        if told.rstrip(".") != f"{CYCLE} In this chapter: {part}":
            yield f"describes the drawing as {told!r}: '{CYCLE} In this chapter: {part}'"


@rule
def uses_plain_words(path, book):
    for name, cell in cells(book, "markdown"):
        text = re.sub(r"`[^`]*`", "", text_of(cell.source))
        for found in RIDDLES.finditer(text):
            yield f"{name} says {found[0].strip()!r}: ...{around(text, found)}..."


def around(text: str, found: re.Match[str]) -> str:
    """What stands near to what was found, on one line."""
    return re.sub(r"\s+", " ", text[max(0, found.start() - 30) : found.end() + 20])


@rule
def puts_one_colon_at_most_into_a_sentence(path, book):
    for name, cell in cells(book, "markdown"):
        for sentence in sentences(re.sub(r"\]\([^)]*\)", "]", text_with_links(cell))):
            if "|" not in sentence and len(re.findall(r":(?=\s|$)", sentence)) > 1:
                yield f"{name} has two colons in a sentence: {sentence[:80]!r}"


@rule
def explains_a_word_of_the_glossary_where_it_first_stands(path, book):
    before, after = halves(book)
    promised = "".join(text for _, text in before)
    told = [(name, sentence) for name, text in after for sentence in sentences(text)]
    for word, written in GLOSSARY.items():
        link = f"GLOSSARY.md#{word.replace(' ', '-')}"
        uses = re.compile(rf"\b(?:{written})\b", re.I)
        set_off = re.compile(rf"\*[^*]*\b(?:{written})\b[^*]*\*", re.I)
        name, first = next((pair for pair in told if uses.search(visible(pair[1]))), ("", link))
        if f"{link})" not in promised + f"{first})" and not set_off.search(first):
            yield f"{name} uses {word!r} first, without a link to {link}: {first[:60]!r}"


def visible(text: str) -> str:
    """A sentence without the targets of its links; nothing for a heading."""
    return "" if text.startswith("#") else re.sub(r"\]\([^)]*\)", "]", text)


# --- code that is read ---


@rule
def documents_the_functions_that_it_defines(path, book):
    for name, cell in cells(book, "code"):
        for node in parsed(cell).body:
            if isinstance(node, ast.FunctionDef) and not ast.get_docstring(node):
                yield f"{name} defines {node.name} without a docstring"


@rule
def keeps_comprehensions_apart(path, book):
    kinds = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
    for name, cell in cells(book, "code"):
        for outer in (node for node in ast.walk(parsed(cell)) if isinstance(node, kinds)):
            if any(isinstance(node, kinds) for node in ast.walk(outer) if node is not outer):
                yield f"{name} has a comprehension in a comprehension: {ast.unparse(outer)[:60]}"


@rule
def uses_no_private_names(path, book):
    for name, cell in cells(book, "code"):
        for node in ast.walk(parsed(cell)):
            used = node.attr if isinstance(node, ast.Attribute) else ""
            if isinstance(node, ast.alias):
                used = node.name.rpartition(".")[2]
            if re.match(r"_(?!_)", used) and used not in PUBLIC_IN_SPITE_OF_IT:
                yield f"{name} uses {used}, which is private"


PUBLIC_IN_SPITE_OF_IT = {"_replace", "_asdict", "_fields"}  # of a NamedTuple


@rule
def stores_predictions_untyped_and_shows_them(path, book):
    guesses: dict[str, str] = {}
    for name, cell in cells(book, "code"):
        for node in ast.walk(parsed(cell)):
            if isinstance(node, ast.Attribute) and node.attr == "beside":
                guesses.pop(ast.unparse(node.value), None)
            if not (isinstance(node, ast.Call) and ast.unparse(node.func) == "predict"):
                continue
            if not all(
                isinstance(value, ast.Constant) and value.value is ... for value in node.args
            ):
                yield f"{name} gives a prediction away: {ast.unparse(node)}"
        for node in parsed(cell).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("predict("):
                guesses[ast.unparse(node.targets[0])] = name
    for guess, name in guesses.items():
        yield f"{name} asks for {guess} and never shows it: end a later cell in {guess}.beside(...)"


# --- the tests ---


ASKED = [
    pytest.param(path, keeps, id=f"{path.stem}-{keeps.__name__}")
    for path in PATHS
    for keeps in RULES
]


@pytest.mark.parametrize(("path", "keeps"), ASKED)
def test_notebook(path, keeps):
    complaints = [f"{path.name} {complaint}" for complaint in keeps(path, read(path))]
    assert not complaints, "\n".join(complaints)


def good_path() -> Path:
    """Where the good notebook pretends to be."""
    return FOLDER.parent / "tests" / "04-replay.ipynb"


def good_book() -> NotebookNode:
    """A notebook that no rule complains about."""
    objectives = "\n".join(["- fold", "- replay", "- measure"])
    cycle = f"![{CYCLE} In this chapter: evolve](../images/cycle-evolve.svg)"
    solution = "<details><summary>Solution</summary>\n\n```python\n# no title\n```\n</details>"
    ran = {"outputs": [new_output("stream", name="stdout", text="1\n")]}
    book = new_notebook(
        cells=[
            new_markdown_cell("# Rebuild any state\n\n*5 minutes · prerequisites: none*"),
            new_markdown_cell("## In five lines\n\nFor those who come back."),
            new_code_cell("from math import pi\n\nprint(1)", execution_count=1, **ran),
            new_markdown_cell(f"## Objectives\n\n{objectives}\n\n{cycle}"),
            new_markdown_cell(
                "A [fold](../GLOSSARY.md#fold) takes one event, an **event**, a time."
            ),
            new_code_cell("print(1)", execution_count=2, **ran),
            new_markdown_cell(f"### Exercise 1 · 5 minutes\n<summary>Hint</summary>\n{solution}"),
            new_markdown_cell(f"## Recap\n\n{objectives}\n\n## Roads not taken\n\n## Next"),
        ]
    )
    book.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    return book


def add(source: str, *its_tags: str, output: NotebookNode | None = None) -> Callable:
    """Adds a code cell to a notebook."""

    def change(book: NotebookNode) -> None:
        outputs = [output] if output else []
        metadata = {"tags": list(its_tags)}
        cell = new_code_cell(source, execution_count=3, outputs=outputs, metadata=metadata)
        book.cells.insert(7, cell)

    return change


def say(text: str) -> Callable:
    """Adds a markdown cell to a notebook."""
    return lambda book: book.cells.insert(6, new_markdown_cell(text))


def replace(n: int, old: str, new: str) -> Callable:
    """Changes the text of a cell."""

    def change(book: NotebookNode) -> None:
        assert old in book.cells[n].source
        book.cells[n].source = book.cells[n].source.replace(old, new)

    return change


BREAKS: list[tuple[Rule, Callable]] = [
    (is_a_valid_notebook, lambda book: book.cells[2].pop("outputs")),
    (is_small, say("word " * 200_000)),
    (runs_in_the_kernel_that_everybody_has, lambda book: book.metadata.kernelspec.update(name="x")),
    (stores_no_widgets, lambda book: book.metadata.update(widgets={})),
    (is_executed_from_top_to_bottom, lambda book: book.cells[2].update(execution_count=None)),
    (is_executed_from_top_to_bottom, lambda book: book.cells[2].update(execution_count=7)),
    (stores_no_stderr, add("x", output=new_output("stream", name="stderr", text="Warning"))),
    (stores_no_error_unless_it_says_so, add("x", output=new_output("error", ename="NameError"))),
    (stores_no_error_unless_it_says_so, add("x", "raises-exception")),
    (skips_no_comparison, add("x", "nbval-skip")),
    (skips_no_comparison, add("# NBVAL_SKIP\nx")),
    (ignores_few_outputs_and_says_why, add("x", "nbval-ignore-output")),
    (ends_no_code_in_a_semicolon, add("plt.plot(x);\n")),
    (takes_nothing_from_clock_or_chance, add("now = datetime.now(UTC)")),
    (takes_nothing_from_clock_or_chance, add("rng = np.random.default_rng()")),
    (takes_nothing_from_clock_or_chance, add("x = random.random()")),
    (takes_nothing_from_clock_or_chance, add("%time f()")),
    (needs_no_network, add("!pip install esdemo")),
    (needs_no_network, add("read_csv('https://example.org/a.csv')")),
    (names_no_absolute_path, add("open('/home/me/bank.db')")),
    (names_no_absolute_path, add("x", output=new_output("stream", text="in '/tmp/tmp1/a.db'"))),
    (links_to_what_is_there, say("[the next](05-nowhere.ipynb)")),
    (links_to_what_is_there, say('<img src="nowhere.svg">')),
    (has_one_title_in_its_first_cell, say("# Another title")),
    (skips_no_level_of_headings, say("#### Deep")),
    (says_minutes_and_prerequisites_first, replace(0, "5 minutes", "Soon")),
    (says_minutes_and_prerequisites_first, replace(0, "prerequisites: none", "")),
    (promises_three_to_five_things_and_recaps_them, replace(3, "- fold\n", "")),
    (promises_three_to_five_things_and_recaps_them, replace(7, "- fold\n", "")),
    (ends_in_recap_roads_not_taken_and_next, replace(7, "## Roads", "### Roads")),
    (ends_in_recap_roads_not_taken_and_next, replace(3, "## Objectives", "## Aims")),
    (gives_each_exercise_a_hint_and_a_solution, replace(6, "Exercise", "Task")),
    (gives_each_exercise_a_hint_and_a_solution, replace(6, "Hint", "Help")),
    (gives_each_exercise_a_hint_and_a_solution, replace(6, "5 minutes", "short")),
    (alternates_prose_and_code, lambda book: [add("x")(book) for _ in range(4)]),
    (keeps_code_cells_short, add("x\n" * 21)),
    (keeps_code_cells_short, add("x\n" * 9)),
    (keeps_code_cells_short, add("f(\n" + "1,\n" * 40 + ")")),
    (keeps_code_cells_short, add("")),
    (keeps_code_cells_short, lambda book: [add("x\n" * 6)(book) for _ in range(3)]),
    (cites_only_chapters_that_are_there, say("See chapter 99.")),
    (cites_only_chapters_that_are_there, say("That comes in chapters 04, 98 and 99.")),
    (says_the_minutes_that_it_takes, replace(0, "5 minutes", "10 minutes")),
    (says_the_minutes_that_it_takes, say("word " * 1_000)),
    (says_the_minutes_that_it_takes, replace(6, "5 minutes", "60 minutes")),
    (begins_in_a_synopsis, replace(1, "In five lines", "Five lines")),
    (begins_in_a_synopsis, replace(1, "In five lines", "In ten lines")),
    (begins_in_a_synopsis, replace(2, "print(1)", "print(1)\n" * 7)),
    (begins_in_a_synopsis, lambda book: book.cells[2].update(outputs=[])),
    (shows_the_cycle_with_its_part_marked, replace(3, "cycle-evolve", "explorer")),
    (shows_the_cycle_with_its_part_marked, replace(3, "cycle-evolve", "cycle-money")),
    (shows_the_cycle_with_its_part_marked, replace(3, "The cycle: a command", "A picture")),
    (uses_plain_words, say("We mend it.")),
    (uses_plain_words, say("That is no list.")),
    (uses_plain_words, say("Ask whoever knows.")),
    (uses_plain_words, say("It does not. Nor does this.")),
    (puts_one_colon_at_most_into_a_sentence, say("This: a list: of two.")),
    (explains_a_word_of_the_glossary_where_it_first_stands, say("A stream is read.")),
    (explains_a_word_of_the_glossary_where_it_first_stands, say("Two read models differ.")),
    (
        explains_a_word_of_the_glossary_where_it_first_stands,
        say("A [stream](../GLOSSARY.md#version) is read."),
    ),
    (documents_the_functions_that_it_defines, add("def f():\n    return 1")),
    (keeps_comprehensions_apart, add("[[x for x in y] for y in z]")),
    (keeps_comprehensions_apart, add("sum(x for x in {y for y in z})")),
    (uses_no_private_names, add("store._rows()")),
    (uses_no_private_names, add("from esdemo.stores import _rows")),
    (stores_predictions_untyped_and_shows_them, add("guess = predict(3000)\nguess.beside(1)")),
    (stores_predictions_untyped_and_shows_them, add("guess = predict(...)")),
]


@pytest.mark.parametrize("keeps", RULES, ids=lambda keeps: keeps.__name__)
def test_good_notebook_passes(keeps):
    assert list(keeps(good_path(), good_book())) == []


@pytest.mark.parametrize(("keeps", "spoil"), BREAKS, ids=[keeps.__name__ for keeps, _ in BREAKS])
def test_spoilt_notebook_is_noticed(keeps, spoil):
    book = good_book()
    spoil(book)
    assert list(keeps(good_path(), book))


def test_misnamed_notebook_is_noticed():
    assert list(is_named_by_number_and_words(Path("Replay.ipynb"), good_book()))


def test_what_is_allowed_is_not_noticed():
    book = good_book()
    for change in (
        say("[here](test_notebooks.py#x), [above](#Objectives), [site](https://example.org)"),
        say("What it prints will differ on your machine."),
        add("rng = np.random.default_rng(7)\nrandom = Random(7)\nrandom.seed(1)"),
        add("datetime.now(UTC)", ON_PURPOSE),
        add("'a; b; c'\n'a/b/tmp/c'\n'~/home/x'"),
        add("def f():\n    'Docstring.'\n    return guess.beside(row._replace(x=1))"),
        add("guess = predict(...)"),
        say("There is no list any more: it is no longer there. At 10:30 it was in chapter 04."),
        say("| a: b | c: d |\n|---|---|\n| e: f | g: h |"),
        say("A [stream](../GLOSSARY.md#stream) is read. A stream ends."),
        say("**Read models** are another matter. A projection is one. So is a *fold*."),
        say("## A position\n\nPython version 3.11 will do."),
    ):
        change(book)
    for keeps in (
        cites_only_chapters_that_are_there,
        explains_a_word_of_the_glossary_where_it_first_stands,
        puts_one_colon_at_most_into_a_sentence,
        stores_predictions_untyped_and_shows_them,
        uses_no_private_names,
        uses_plain_words,
        links_to_what_is_there,
        takes_nothing_from_clock_or_chance,
        needs_no_network,
        names_no_absolute_path,
    ):
        assert list(keeps(good_path(), book)) == []


def test_every_rule_is_tried():
    assert {keeps for keeps, _ in BREAKS} | {is_named_by_number_and_words} == set(RULES)
