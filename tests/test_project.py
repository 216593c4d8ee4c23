"""The project's own papers agree with each other: pyproject.toml, the lock, environment.yml."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from rattler import MatchSpec

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))

COURSE = [Requirement(text) for text in PROJECT["project"]["dependencies"]]
DEV = [Requirement(text) for text in PROJECT["dependency-groups"]["dev"]]
CONDA_SPECS = [spec for spec in CONDA["dependencies"] if isinstance(spec, str)]


def locked() -> list[tuple[Requirement, list[str]]]:
    """Every requirement of the lock with its hashes."""
    entries = re.split(r"\n(?=\S)", re.sub(r"^ *#.*\n", "", LOCK, flags=re.MULTILINE))
    parts = [entry.replace("\\\n", " ").split("--hash=") for entry in entries]
    return [(Requirement(first.strip()), hashes) for first, *hashes in parts]


def bounds(requirements: list[Requirement]) -> dict[str, SpecifierSet]:
    """What each requirement allows, by its normal name."""
    return {normal(each.name): each.specifier for each in requirements}


def normal(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_environment_yml_has_the_names_and_bounds_of_pyproject():
    conda = bounds([Requirement(spec) for spec in CONDA_SPECS if spec != "pip"])
    python = {"python": SpecifierSet(PROJECT["project"]["requires-python"])}
    assert conda == bounds(COURSE) | python


def test_environment_yml_installs_the_project_itself():
    assert {"pip": ["--editable ."]} in CONDA["dependencies"]


@pytest.mark.parametrize("spec", CONDA_SPECS)
def test_conda_can_parse_each_spec(spec):
    assert MatchSpec(spec, strict=True).name.normalized == re.split("[<>=]", spec)[0]


def test_lock_names_no_host_and_no_path():
    stray = r"//|file:|\.(?:com|org|net|io)\b|^-|@ |index-url|find-links"
    found = re.findall(rf"^.*(?:{stray}).*$", LOCK, flags=re.MULTILINE)
    assert found == []


def test_lock_pins_and_hashes_every_requirement():
    for requirement, hashes in locked():
        pins = [specifier.operator for specifier in requirement.specifier]
        assert pins == ["=="], requirement
        assert hashes, requirement
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}\s*", each) for each in hashes), requirement


@pytest.mark.parametrize("wanted", COURSE + DEV, ids=lambda wanted: wanted.name)
def test_lock_satisfies_pyproject(wanted):
    versions = [
        specifier.version
        for requirement, _ in locked()
        if normal(requirement.name) == normal(wanted.name)
        for specifier in requirement.specifier
    ]
    assert versions
    assert all(version in wanted.specifier for version in versions)


@pytest.mark.parametrize(("name", "ceiling"), [("pandas", "3.0.2"), ("matplotlib", "3.10.8")])
def test_bounds_allow_what_the_browser_has(name, ceiling):
    assert ceiling in bounds(COURSE)[name]


def test_citation_is_of_this_version_and_licence():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["cff-version"] == "1.2.0"
    assert citation["title"].startswith(PROJECT["project"]["name"])
    assert citation["version"] == PROJECT["project"]["version"]
    assert citation["license"] == PROJECT["project"]["license"]
    assert {"name": "the esdemo authors"} in citation["authors"]
