"""The house is as it is drawn: floors, a small core, a light import, folds without a gap."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HOUSE = ROOT / "esdemo"

FLOORS = [
    ["errors", "clocks", "events", "commands"],
    ["specifications", "handlers"],
    ["stores"],
    ["application"],
    ["checkpoints"],
    ["processes", "boundaries", "timeline", "audit", "interchange", "projections", "forecast"],
    ["compatibility", "transforming", "archives", "forgetting", "takeover", "reads", "parallel"],
    ["effects", "domains", "graduate", "anylog", "frames", "plots", "explorer"],
    ["checks", "__main__"],
]
"""A room imports only from floors below it, or from the rooms before it on its own floor."""

ORDER = {room: (floor, nth) for floor, rooms in enumerate(FLOORS) for nth, room in enumerate(rooms)}
FILES = sorted(HOUSE.rglob("*.py"))
HEAVY = ["pandas", "numpy", "matplotlib", "ipywidgets", "tqdm", "anywidget", "jupyterlab"]
HEAVY += ["psycopg", "nats", "dask", "cryptography"]


def room(file):
    """The room of a file: its module, or its folder."""
    return file.relative_to(HOUSE).parts[0].removesuffix(".py")


HOMES = {"memory.py": 110, "sqlite": 480, "postgres": 500, "jetstream": 500}
"""The homes of history, each with the most lines of code that it may take."""

DRIVERS = {"postgres": {"psycopg", "psycopg_pool"}, "jetstream": {"nats"}}
"""What the homes on servers need, which are imported when they are asked for."""

LEAN = [file for file in FILES if room(file) == "__init__" or ORDER.get(room(file), (9,)) < (5,)]
"""What needs the standard library and msgspec only."""

ASIDE = {"specifications.py", "checkpoints.py", "conditions.py", "opening.py", *HOMES}
CORE = [file for file in LEAN if not ASIDE & set(file.relative_to(HOUSE).parts)]
"""What every other room stands on: neither a home nor a cache, a condition or a help."""


def imports(file):
    """The modules that a file imports, anywhere in it; `from esdemo import frames` is one."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "esdemo":
            yield from (f"esdemo.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file.name} imports relatively"
            yield node.module


def rooms_used(file):
    """The other rooms that a file imports from. What `esdemo` itself exports is the core's top."""
    parts = [name.split(".") for name in imports(file) if name.split(".")[0] == "esdemo"]
    names = {part[1] if len(part) > 1 else "application" for part in parts}
    return {name if name in ORDER else "application" for name in names} - {room(file)}


def named(file):
    return str(file.relative_to(HOUSE))


@pytest.mark.parametrize("file", FILES, ids=named)
def test_every_room_has_a_floor(file):
    assert room(file) == "__init__" or room(file) in ORDER


@pytest.mark.parametrize("file", [file for file in FILES if room(file) != "__init__"], ids=named)
def test_a_room_imports_only_from_below(file):
    assert {other for other in rooms_used(file) if ORDER[other] >= ORDER[room(file)]} == set()


@pytest.mark.parametrize("file", LEAN, ids=named)
def test_the_core_needs_only_the_standard_library_and_msgspec(file):
    foreign = {name.split(".")[0] for name in imports(file)} - sys.stdlib_module_names
    asked_for = DRIVERS.get(file.parent.name, set())
    assert foreign <= {"esdemo", "msgspec"} | asked_for


def code_lines(file):
    """The lines of a module that hold code: no docstring, no comment, no blank line."""
    tree = ast.parse(file.read_text("utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    parts = [part for node in ast.walk(tree) if isinstance(node, documented) for part in node.body]
    told = {
        line
        for part in parts
        if isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant)
        for line in range(part.lineno, part.end_lineno + 1)
    }
    lines = enumerate(file.read_text("utf-8").splitlines(), 1)
    return sum(
        bool(line.strip()) and not line.lstrip().startswith("#")
        for number, line in lines
        if number not in told
    )


def test_the_core_has_fewer_than_900_lines_of_code():
    """Docstrings, comments and blank lines do not count, so no explanation is ever cut for it."""
    lines = {named(file): code_lines(file) for file in CORE}
    assert sum(lines.values()) < 900, lines


@pytest.mark.parametrize("home", HOMES)
def test_a_home_is_small(home):
    files = [file for file in LEAN if home in file.relative_to(HOUSE).parts]
    assert 0 < sum(map(code_lines, files)) < HOMES[home]


def test_the_core_is_formatted_at_100_columns():
    command = [sys.executable, "-m", "ruff", "format", "--check", "--isolated"]
    options = ["--line-length=100", "--target-version=py311", "--no-cache"]
    done = subprocess.run([*command, *options, *LEAN], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for file in LEAN:
        assert max(map(len, file.read_text("utf-8").splitlines())) <= 100


def test_the_core_is_all_there():
    names = {"__init__.py", "errors.py", "clocks.py", "events.py", "commands.py", "handlers.py"}
    names |= {"application.py", "stores/store.py", "stores/home.py", "stores/rows.py"}
    assert names <= {file.relative_to(HOUSE).as_posix() for file in CORE}


def test_importing_esdemo_loads_nothing_heavy():
    program = "import esdemo, sys, json; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = {name.split(".")[0] for name in json.loads(done.stdout)}
    assert "esdemo" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_everything_that_is_exported_is_there():
    import esdemo

    assert sorted(esdemo.__all__) == esdemo.__all__
    assert all(hasattr(esdemo, name) for name in esdemo.__all__)


# Folds without a gap.


def evolves():
    """Every packaged evolve that tells events apart by matching."""
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("evolve"):
                yield pytest.param(node, id=f"{named(file)}:{node.name}")


@pytest.mark.parametrize("function", list(evolves()))
def test_a_packaged_evolve_ends_in_assert_never(function):
    """A match that falls through returns None in silence, and the next fold stumbles over it."""
    last = function.body[-1]
    assert isinstance(last, ast.Match)
    case = last.cases[-1]
    assert ast.unparse(case.pattern) == "_"
    assert case.guard is None
    assert ast.unparse(case.body[-1]).startswith("assert_never(")


def test_there_is_an_evolve_to_look_at():
    assert len(list(evolves())) >= 1
