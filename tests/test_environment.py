"""What stops the set-up is said in one sentence that helps, and what is set up stays set up."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import environment
import pytest

ROOT = Path(__file__).resolve().parent.parent
NOWHERE = "http://127.0.0.1:9/simple"  # the discard port, where nothing listens


def copy_of_the_project(folder: Path) -> Path:
    """A checkout without its environment, holding what the set-up reads."""
    for name in ("pyproject.toml", "requirements.lock", "Makefile", "scripts"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    return folder


def run(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A command's status and what it said."""
    return subprocess.run(
        command, env=os.environ | variables, capture_output=True, text=True, timeout=60, check=False
    )


def old_interpreters() -> list[str]:
    """Pythons of this machine that the course does not run on, if there are any."""
    names = [shutil.which(f"python3.{minor}") for minor in range(6, 11)]
    files = map(str, Path.home().glob(".pyenv/versions/3.[6-9]*/bin/python"))
    found = [path for path in [*names, *files] if path]
    return [path for path in found if run(path, "-c", "pass").returncode == 0]


def assert_one_sentence(error: str) -> None:
    """A line, not a traceback."""
    assert "Traceback" not in error
    assert error.strip().count("\n") == 0
    assert error.strip().endswith(".")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """The helper, working on a copy of the project."""
    folder = copy_of_the_project(tmp_path)
    for name in ("ROOT", "VENV", "STAMP", "LOG", "LOCK"):
        place = folder / getattr(environment, name).relative_to(ROOT)
        monkeypatch.setattr(environment, name, place)
    return folder


@pytest.fixture
def busy_port():
    """A port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


# --- the interpreter ---


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 10, 13), (3, 15, 0), (4, 0, 0)])
def test_an_unsuitable_interpreter_is_refused(version):
    with pytest.raises(environment.Stopped, match=r"needs Python 3\.11 to 3\.14.*PYTHON="):
        environment.require_suitable(version)


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 12, 1), (3, 13, 0), (3, 14, 9)])
def test_a_suitable_interpreter_is_accepted(version):
    environment.require_suitable(version)


def test_a_real_old_interpreter_gets_the_sentence():
    found = old_interpreters()
    if not found:
        pytest.skip("no Python 3.6 to 3.10 on this machine")
    for python in found:
        ended = run(python, "-B", str(ROOT / "scripts" / "environment.py"), "setup")
        assert ended.returncode == 1
        assert_one_sentence(ended.stderr)


def test_make_says_when_there_is_no_interpreter():
    ended = run("make", "-C", str(ROOT), "setup", "PYTHON=/nowhere/python3")
    assert ended.returncode != 0
    assert ended.stderr.startswith("No usable Python found (/nowhere/python3): install Python 3.11")


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_a_missing_venv_module_is_said(project, monkeypatch, capsys, missing):
    find = environment.importlib.util.find_spec
    monkeypatch.setattr(
        environment.importlib.util,
        "find_spec",
        lambda name: None if name == missing else find(name),
    )
    monkeypatch.setattr(environment.shutil, "which", lambda name: None)
    assert environment.main(["setup"]) == 1
    error = capsys.readouterr().err
    assert_one_sentence(error)
    assert "-venv`" in error
    assert not (project / ".venv").exists()


# --- the network ---


@pytest.mark.parametrize("tool", ["pip", "uv"])
def test_no_network_is_said(project, monkeypatch, capsys, tool):
    if tool == "uv" and not shutil.which("uv"):
        pytest.skip("uv is not on the PATH")
    if tool == "pip":
        monkeypatch.setattr(environment.shutil, "which", lambda name: None)
    variables = {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": NOWHERE,
        "PIP_NO_CACHE_DIR": "1",
        "PIP_RETRIES": "0",
        "UV_NO_CONFIG": "1",
        "UV_DEFAULT_INDEX": NOWHERE,
        "UV_CACHE_DIR": str(project / "cache"),
        "UV_HTTP_RETRIES": "0",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "UV_INDEX", "UV_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)
    assert environment.main(["setup"]) == 1
    error = capsys.readouterr().err
    assert_one_sentence(error)
    assert error.startswith("The packages could not be downloaded: connect to the network")
    assert not environment.STAMP.exists()


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("SSLError(CERTIFICATE_VERIFY_FAILED): Connection refused", "certificate was refused"),
        ("ERROR: No matching distribution (from versions: none)", "could not be downloaded"),
        ("socket.gaierror NameResolutionError", "could not be downloaded"),
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("something else", "Making tea failed:\nsomething else"),
    ],
)
def test_failures_are_explained(project, output, sentence):
    assert sentence in environment.explain("Making tea", output)


def test_a_failing_step_stops_the_set_up(project, capsys):
    with pytest.raises(environment.Stopped, match="Making tea failed:\nno water"):
        environment.run("Making tea", [sys.executable, "-c", "exit('no water')"])
    assert capsys.readouterr().out.startswith("Making tea ...")


# --- once is enough ---


@pytest.fixture
def steps(project, monkeypatch):
    """The titles of the steps that the set-up takes, instead of their taking place."""
    taken = []

    def pretend(title, command):
        environment.VENV.mkdir(exist_ok=True)
        taken.append(title)

    monkeypatch.setattr(environment, "run", pretend)
    return taken


def test_a_second_set_up_does_nothing(steps):
    environment.set_up()
    assert len(steps) == 3
    environment.set_up()
    assert len(steps) == 3


def test_an_interrupted_set_up_is_made_again(steps, monkeypatch):
    environment.VENV.mkdir()
    (environment.VENV / "half-a-package").touch()
    environment.set_up()
    assert len(steps) == 3
    assert not (environment.VENV / "half-a-package").exists()


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("requirements.lock", "==", "==1!"),
        ("pyproject.toml", 'name = "esdemo"', 'name = "other"'),
    ],
)
def test_a_changed_lock_or_project_is_installed(steps, project, name, old, new):
    environment.set_up()
    text = (project / name).read_text(encoding="utf-8")
    (project / name).write_text(text.replace(old, new), encoding="utf-8")
    environment.set_up()
    assert len(steps) == 6


def test_a_changed_tool_setting_installs_nothing(steps, project):
    environment.set_up()
    with (project / "pyproject.toml").open("a", encoding="utf-8") as settings:
        settings.write("[tool.other]\nx = 1\n")
    environment.set_up()
    assert len(steps) == 3


def test_another_interpreter_or_folder_is_another_environment(project, monkeypatch):
    here = environment.fingerprint()
    monkeypatch.setattr(sys, "base_prefix", "/elsewhere")
    interpreter = environment.fingerprint()
    monkeypatch.undo()
    assert len({here, interpreter, environment.fingerprint()}) == 3


# --- the port ---


def test_a_busy_port_is_said(busy_port):
    with pytest.raises(environment.Stopped, match=f"Port {busy_port} is busy: .* choose another"):
        environment.choose_port(str(busy_port))


def test_the_default_port_gives_way_and_says_so(busy_port, monkeypatch, capsys):
    monkeypatch.setattr(environment, "FIRST_PORT", busy_port)
    port = environment.choose_port("")
    assert port > busy_port
    assert capsys.readouterr().out == f"Port {busy_port} is busy: taking {port} instead.\n"


@pytest.mark.parametrize("wanted", ["0", "80", "65536", "-1", "ninety", "8888x"])
def test_what_is_not_a_port_is_said(wanted):
    with pytest.raises(environment.Stopped, match=f"PORT={wanted} is not a port: choose"):
        environment.choose_port(wanted)


def test_make_lab_says_that_the_port_is_busy(busy_port):
    ended = run("make", "-C", str(ROOT), "lab", f"PORT={busy_port}", f"PYTHON={sys.executable}")
    assert ended.returncode != 0
    assert ended.stderr.startswith(f"Port {busy_port} is busy: stop the program")


# --- JupyterLab ---


@pytest.mark.parametrize(
    ("system", "variables", "screen"),
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("linux", {"DISPLAY": ":0", "CI": "true"}, False),
        ("darwin", {}, True),
        ("win32", {}, True),
    ],
)
def test_a_browser_opens_where_there_is_a_screen(monkeypatch, system, variables, screen):
    for name in ("CI", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", system)
    assert environment.has_screen() is screen
    assert ("--no-browser" in environment.lab_command(8888, "")) is not screen


def test_the_token_is_no_argument(monkeypatch):
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "/mine")
    variables = environment.lab_environment("s3cret")
    assert variables["JUPYTER_TOKEN"] == "s3cret"
    assert variables["JUPYTER_CONFIG_PATH"].endswith(os.pathsep + "/mine")
    assert not any("s3cret" in part for part in environment.lab_command(8888, ""))
