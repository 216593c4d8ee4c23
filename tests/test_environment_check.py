"""Can this kernel run the course, and if not, what fixes it? Silent when all is well."""

import sys

import pytest

from esdemo.checks.environment import report, requirements


@pytest.fixture
def install(tmp_path, monkeypatch):
    """A function that makes this Python see a package of a name and version, as pip records it."""
    monkeypatch.syspath_prepend(tmp_path)

    def install(name: str, version: str, *headers: str) -> None:
        folder = tmp_path / f"{name}-{version}.dist-info"
        folder.mkdir()
        lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *headers]
        (folder / "METADATA").write_text("\n".join(lines) + "\n", encoding="utf-8")

    return install


def test_the_environment_of_the_tests_is_in_order(capsys):
    report()
    assert capsys.readouterr().out == ""
    names = {package.name for package in requirements("esdemo")}
    assert names >= {"msgspec", "pandas", "matplotlib", "ipywidgets"}


def test_a_missing_package_is_named_with_the_command_that_installs_it(install, capsys):
    install("course", "1.0", "Requires-Dist: esdemo-nowhere>=2.5", "Requires-Dist: msgspec>=0.1")
    report("course")
    said = capsys.readouterr().out
    assert "not yet  esdemo-nowhere 2.5 or newer: it is not installed" in said
    assert "msgspec" not in said
    command = said.splitlines()[-1]
    assert sys.executable in command
    assert command.endswith('"esdemo-nowhere>=2.5"')


def test_a_package_that_is_too_old_is_named_with_the_version_that_is_there(install, capsys):
    install("msgspec", "0.1.0")
    report()
    said = capsys.readouterr().out
    assert "not yet  msgspec" in said
    assert "0.1.0 is installed" in said
    assert '"msgspec>=' in said.splitlines()[-1]


def test_a_package_that_is_too_new_is_named(install, capsys):
    install("course", "1.0", "Requires-Dist: msgspec>=0.1,<0.2")
    report("course")
    assert "not yet  msgspec 0.1 or newer: " in capsys.readouterr().out


def test_a_python_that_does_not_fit_asks_for_another_one(install, capsys):
    install("course", "1.0", "Requires-Python: >=99")
    report("course")
    said = capsys.readouterr().out
    assert "not yet  python 99 or newer: this kernel runs 3." in said
    assert said.endswith("make lab PYTHON=python3.12\n")


def test_what_another_system_or_an_extra_needs_is_not_asked_for(install, capsys):
    install(
        "course",
        "1.0",
        "Requires-Dist: esdemo-nowhere; sys_platform == 'nowhere'",
        "Requires-Dist: esdemo-nowhere; extra == 'more'",
    )
    report("course")
    assert "nowhere" not in capsys.readouterr().out


def test_the_command_quotes_a_folder_with_a_space_and_bounds_that_a_shell_would_read(
    install, capsys, monkeypatch
):
    monkeypatch.setattr(sys, "executable", "some folder/python")
    install("course", "1.0", "Requires-Dist: esdemo-nowhere>=1")
    report("course")
    command = capsys.readouterr().out.splitlines()[-1]
    assert '"some folder/python"' in command
    assert command.endswith('"esdemo-nowhere>=1"')
