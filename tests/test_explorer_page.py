"""The page's sources: many files to read, and one ES module to run. What it does: see browser/."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from esdemo.explorer import page

sys.path.insert(0, str(Path(__file__).with_name("browser")))
from tools import NODE, brought

FOLDER = Path(page.__file__).resolve().with_name("js")
UNITS = Path(__file__).with_name("browser") / "units"
IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.{1,2}/[^"]+)";$', re.MULTILINE)


def text(name):
    return (FOLDER / name).read_text("utf-8")


def imports(name):
    """source -> the names that one source imports from it."""
    folder = (FOLDER / name).parent
    return {
        (folder / path).resolve(): set(re.findall(r"\w+", names))
        for names, path in IMPORT.findall(text(name))
    }


def test_every_source_is_in_the_page_once():
    assert sorted(FOLDER / name for name in page.MODULES) == sorted(FOLDER.rglob("*.js"))


@pytest.mark.parametrize("name", page.MODULES)
def test_a_source_is_short(name):
    assert len(text(name).splitlines()) <= 400


@pytest.mark.parametrize("name", page.MODULES)
def test_a_source_imports_only_from_those_before_it(name):
    before = page.MODULES[: page.MODULES.index(name)]
    assert imports(name).keys() <= {FOLDER / other for other in before}
    assert len(imports(name)) == len(re.findall("^import", text(name), re.MULTILINE))


@pytest.mark.parametrize("name", page.MODULES)
def test_a_source_uses_what_it_imports(name):
    for imported in set().union(*imports(name).values()):
        assert len(re.findall(rf"\b{imported}\b", text(name))) > 1, imported


def test_the_joined_module_exports_its_default_and_imports_nothing():
    lines = page.SCRIPT.splitlines()
    assert [line for line in lines if line.startswith("export")] == ["export default {"]
    assert not [line for line in lines if line.startswith("import")]


def test_joining_keeps_all_but_imports_and_exports():
    first = "export const one = 1;\nexport function two() {\n  return 2;\n}\n"
    second = 'import {\n  one,\n  two,\n} from "./first.js";\n\nexport default { one, two };\n'
    assert page.joined([first, second]) == (
        "const one = 1;\nfunction two() {\n  return 2;\n}\n\n\nexport default { one, two };\n"
    )


def exports(module):
    """What a module exports, once it has run in node; the test is skipped where there is none."""
    if not NODE:
        pytest.skip("there is no node here: install Node.js")
    program = f"import({module.as_uri()!r}).then((all) => console.log(Object.keys(all).join()))"
    done = subprocess.run([NODE, "-e", program], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize("shown", [str, page._smaller], ids=["whole", "smaller"])
def test_the_joined_module_runs(shown, tmp_path):
    """So no name is in two sources, and nothing runs before what it needs."""
    module = tmp_path / "joined.mjs"
    module.write_text(shown(page.SCRIPT), "utf-8")
    assert exports(module) == ["default"]


def test_the_sources_run_on_their_own():
    assert exports(FOLDER / "live.js") == ["default"]


def run(*command):
    """What a program of node says, once it has ended well."""
    if not NODE:
        pytest.skip("there is no node here: install the dev group")
    done = subprocess.run([NODE, *map(str, command)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_what_needs_no_browser_is_right():
    """The units: words, times, queries, states, sheets, scales."""
    assert re.search(r"^# pass [1-9]", run("--test", *UNITS.glob("*.test.mjs")), re.MULTILINE)


TYPES = {
    "checkJs": True,
    "noEmit": True,
    "target": "es2023",
    "module": "es2022",
    "moduleResolution": "bundler",
    "lib": ["es2023", "dom", "dom.iterable"],
    "noUnusedLocals": True,
    "noUnusedParameters": True,
    "noImplicitReturns": False,
    "noFallthroughCasesInSwitch": True,
}


def test_the_types_of_the_sources_fit_and_nothing_is_unused(tmp_path):
    """TypeScript reads the JavaScript and its JSDoc; npm brings it, where it can."""
    tsc = brought("typescript", "5", "lib/tsc.js")
    config = tmp_path / "tsconfig.json"
    config.write_text(json.dumps({"compilerOptions": TYPES, "include": [f"{FOLDER}/**/*.js"]}))
    run(tsc, "-p", config)


def test_the_sources_are_formatted():
    prettier = brought("prettier", "3", "bin/prettier.cjs")
    run(prettier, "--check", "--print-width", "100", f"{FOLDER}/**/*.js")


def functions_of(text):
    """(name, lines) of the functions that stand at the margin, and of the methods of classes."""
    start = re.compile(
        r"^( {0,2})(?:export )?(?:async )?(?:static )?(?:function\*? )?([#\w]+)\(.*\{$"
    )
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if (found := start.match(line)) and found[2] not in {"if", "for", "while", "switch"}:
            end = next(n for n in range(number, len(lines)) if lines[n].startswith(found[1] + "}"))
            yield found[2], end - number + 1


@pytest.mark.parametrize("name", page.MODULES)
def test_a_function_is_short(name):
    long = {function: lines for function, lines in functions_of(text(name)) if lines > 40}
    assert long == {}
