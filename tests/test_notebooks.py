"""What a notebook must keep to so that comparing its outputs means something, and teaches.

`pytest --nbval` runs the notebooks; these rules read them. Each rule is a function from a notebook
to its complaints, and has below it, in BREAKS, a change to a good notebook that it must notice.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from statistics import median
from urllib.parse import unquote

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
PATHS = sorted(FOLDER.glob("*.ipynb"))

LARGEST = 1_000_000  # bytes
WORDS = range(500, 2_001)
WORDS_OF_SHORT_ONES = range(300, 2_001)
SHORT_ONES = ("00", "11")
IGNORED_CELLS = 2  # a notebook
CODE_IN_A_ROW = 3
LONGEST_CELL = 20  # lines
USUAL_CELL = 8  # lines, for nine cells in ten
MEDIAN_CELL = 4  # lines
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
    chapters = [text for _, level, text in headings(book) if level == 2]
    if chapters[:1] != ["Objectives"]:
        yield "does not begin in '## Objectives'"
    if chapters[-3:] != ENDING:
        yield f"does not end in headings of level 2 {ENDING}"


@rule
def gives_each_exercise_a_hint_and_a_solution(path, book):
    exercises = {h: text for h, text in sections(book).items() if h.startswith("Exercise ")}
    if not exercises and not path.name.startswith(SHORT_ONES):
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
    lengths = {name: lines(cell) for name, cell in cells(book, "code")}
    for name, length in lengths.items():
        if not 0 < length <= LONGEST_CELL:
            yield f"{name} has {length} lines: 1 to {LONGEST_CELL}; longer code goes into esdemo"
    usual = sum(length <= USUAL_CELL for length in lengths.values())
    if usual < 0.9 * len(lengths):
        longer = [name for name, length in lengths.items() if length > USUAL_CELL]
        yield f"has {usual} of {len(lengths)} code cells within {USUAL_CELL} lines: {longer}"
    if lengths and median(lengths.values()) > MEDIAN_CELL:
        yield f"has {median(lengths.values())} lines in its median cell: at most {MEDIAN_CELL}"


@rule
def says_enough_and_not_too_much(path, book):
    text = " ".join(prose(cell) for _, cell in cells(book, "markdown"))
    count = len(re.sub(r"<[^>]*>", " ", text).split())
    allowed = WORDS_OF_SHORT_ONES if path.name.startswith(SHORT_ONES) else WORDS
    if count not in allowed:
        yield f"has {count} words of prose: {allowed[0]} to {allowed[-1]}"


# --- the tests ---


@pytest.mark.parametrize("keeps", RULES, ids=lambda keeps: keeps.__name__)
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_notebook(path, keeps):
    complaints = [f"{path.name} {complaint}" for complaint in keeps(path, read(path))]
    assert not complaints, "\n".join(complaints)


def good_path() -> Path:
    """Where the good notebook pretends to be."""
    return FOLDER.parent / "tests" / "04-replay.ipynb"


def good_book() -> NotebookNode:
    """A notebook that no rule complains about."""
    objectives = "\n".join(["- fold", "- replay", "- measure"])
    solution = "<details><summary>Solution</summary>\n\n```python\n# no title\n```\n</details>"
    code = new_code_cell(
        "print(1)", execution_count=1, outputs=[new_output("stream", name="stdout", text="1\n")]
    )
    book = new_notebook(
        cells=[
            new_markdown_cell("# Rebuild any state\n\n30 minutes. Prerequisites: none."),
            new_markdown_cell(f"## Objectives\n\n{objectives}\n\n{'word ' * 500}"),
            code,
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
        cell = new_code_cell(source, execution_count=2, outputs=outputs, metadata=metadata)
        book.cells.insert(4, cell)

    return change


def say(text: str) -> Callable:
    """Adds a markdown cell to a notebook."""
    return lambda book: book.cells.insert(3, new_markdown_cell(text))


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
    (says_minutes_and_prerequisites_first, replace(0, "30 minutes", "Soon")),
    (says_minutes_and_prerequisites_first, replace(0, "Prerequisites: none", "")),
    (promises_three_to_five_things_and_recaps_them, replace(1, "- fold\n", "")),
    (promises_three_to_five_things_and_recaps_them, replace(4, "- fold\n", "")),
    (ends_in_recap_roads_not_taken_and_next, replace(4, "## Roads", "### Roads")),
    (ends_in_recap_roads_not_taken_and_next, replace(1, "## Objectives", "## Aims")),
    (gives_each_exercise_a_hint_and_a_solution, replace(3, "Exercise", "Task")),
    (gives_each_exercise_a_hint_and_a_solution, replace(3, "Hint", "Help")),
    (gives_each_exercise_a_hint_and_a_solution, replace(3, "5 minutes", "short")),
    (alternates_prose_and_code, lambda book: [add("x")(book) for _ in range(4)]),
    (keeps_code_cells_short, add("x\n" * 21)),
    (keeps_code_cells_short, add("x\n" * 9)),
    (keeps_code_cells_short, add("")),
    (says_enough_and_not_too_much, replace(1, "word", "")),
    (says_enough_and_not_too_much, say("word " * 1_500)),
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
    ):
        change(book)
    for keeps in (
        links_to_what_is_there,
        takes_nothing_from_clock_or_chance,
        needs_no_network,
        names_no_absolute_path,
    ):
        assert list(keeps(good_path(), book)) == []


def test_every_rule_is_tried():
    assert {keeps for keeps, _ in BREAKS} | {is_named_by_number_and_words} == set(RULES)
