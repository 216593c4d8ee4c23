"""Make the course's own environment in .venv, and open JupyterLab in it.

    python scripts/environment.py setup
    python scripts/environment.py lab [PORT]

It needs nothing but the standard library, and parses on Python 3.6, so that it can say in a
sentence that an interpreter is too old. Whatever stops it is said in one sentence.
"""

import hashlib
import importlib.util
import os
import platform
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "esdemo-stamp"
LOG = VENV / "install.log"
LOCK = ROOT / "requirements.lock"
FIRST_NOTEBOOK = "my-course/00-start-here.ipynb"
FIRST_PORT = 8888
OLDEST, NEWEST = (3, 11), (3, 14)

# What installers write when something outside of the project fails, and what to do about it.
# The first row that matches wins: a refused certificate is also a failed connection.
REMEDIES = [
    (
        ("CERTIFICATE_VERIFY_FAILED", "invalid peer certificate", "UnknownIssuer"),
        "The package server's certificate was refused: if your network inspects its traffic, "
        "name its certificate file in SSL_CERT_FILE and PIP_CERT, then run the same command again.",
    ),
    (
        (
            "NewConnectionError",
            "NameResolutionError",
            "ConnectTimeoutError",
            "ReadTimeoutError",
            "ProxyError",
            "(from versions: none)",
            "Connection refused",
            "Network is unreachable",
            "dns error",
            "tcp connect error",
            "error sending request",
            "client error (Connect)",
            "operation timed out",
        ),
        "The packages could not be downloaded: connect to the network (or correct the proxy or "
        "package index that pip and uv are set to), then run the same command again.",
    ),
    (
        ("No space left on device", "os error 28"),
        "The disk is full: free about 1 GB, then run the same command again.",
    ),
]


class Stopped(Exception):
    """The one sentence that says what stopped us and what to do."""


def main(arguments):
    """Do what the arguments ask; return the exit status."""
    try:
        require_suitable(sys.version_info[:3])
        if arguments[:1] not in (["setup"], ["lab"]):
            raise Stopped(__doc__.strip())
        port = choose_port(arguments[1] if len(arguments) > 1 else "") if "lab" in arguments else 0
        set_up()
        if not port:
            return 0
        copy_the_course()
        return lab(port)
    except Stopped as reason:
        print(reason, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The same command starts it again.", file=sys.stderr)
        return 130


# --- the environment ------------------------------------------------------------------------


def require_suitable(version):
    """Raise Stopped unless the course runs on this version of Python."""
    if not OLDEST <= tuple(version[:2]) <= NEWEST:
        raise Stopped(
            "The course needs Python {}.{} to {}.{}, and {} is Python {}: install one of them, or "
            "name one that you have, as in `make lab PYTHON=python3.12`.".format(
                *OLDEST, *NEWEST, sys.executable, ".".join(map(str, version))
            )
        )


def set_up():
    """Make .venv unless it is there, complete and of this lock, interpreter and folder."""
    wanted = fingerprint()
    if STAMP.exists() and STAMP.read_text(encoding="utf-8") == wanted:
        return
    uv = shutil.which("uv")
    if not uv:
        require_venv_module()
    if VENV.exists():
        print("The environment in .venv is incomplete or out of date: making it again.")
        shutil.rmtree(str(VENV))
    for title, command in installation(uv):
        run(title, command)
    STAMP.write_text(wanted, encoding="utf-8")


def fingerprint():
    """What .venv depends on, as a hash; a virtual environment cannot be moved, so also where."""
    import tomllib  # not before Python 3.11

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    parts = [ROOT, platform.python_version(), sys.base_prefix, LOCK.read_text(encoding="utf-8")]
    parts += [project["project"], project["build-system"]]
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()


def require_venv_module():
    """Raise Stopped where Python came without venv, as Debian's does, or without its pip."""
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        raise Stopped(
            "This Python came without its venv module: install it (on Debian and Ubuntu: "
            "`sudo apt install python{}.{}-venv`), then run the same command "
            "again.".format(*sys.version_info[:2])
        )


def installation(uv):
    """The commands that make .venv, each with a title: with uv if it is there, else with pip."""
    # Inside .venv, sys.executable is the very file that is about to be deleted.
    base = getattr(sys, "_base_executable", None) or sys.executable
    python = str(executable("python"))
    if uv:
        make = [uv, "venv", "--python", base, str(VENV)]
        install = [uv, "pip", "install", "--python", python]
    else:
        make = [base, "-m", "venv", str(VENV)]
        install = [python, "-m", "pip", "--disable-pip-version-check", "install"]
    tool = "uv" if uv else "pip"
    return [
        ("Making .venv with Python " + platform.python_version(), make),
        (
            "Installing packages with " + tool,
            [*install, "--require-hashes", "-r", str(LOCK)],
        ),
        (
            "Installing esdemo",
            [*install, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)],
        ),
    ]


def executable(name):
    """Where .venv keeps a command."""
    return VENV / "Scripts" / (name + ".exe") if os.name == "nt" else VENV / "bin" / name


def run(title, command):
    """Run a step of the installation, showing that it moves; raise Stopped if it fails."""
    # pip trusts the certificates that the machine trusts; uv does so when told.
    environment = dict({"UV_SYSTEM_CERTS": "1"}, **os.environ)
    environment["PYTHONUNBUFFERED"] = "1"
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=str(ROOT), env=environment
    )
    lines = []
    reader = threading.Thread(target=collect, args=(process.stdout, lines))
    reader.start()
    try:
        show_progress(title, reader, lines)
    except KeyboardInterrupt:
        process.terminate()
        raise
    finally:
        reader.join()
    output = "".join(lines)
    if VENV.exists():
        with LOG.open("a", encoding="utf-8") as log:
            log.write(output)
    if process.wait() != 0:
        raise Stopped(explain(title, output))


def collect(stream, lines):
    """Keep what a process says, line by line."""
    with stream:
        for line in stream:
            lines.append(line.decode("utf-8", "replace"))


def show_progress(title, reader, lines):
    """Rewrite one line on a terminal, or write one every ten seconds elsewhere, to the end."""
    start = time.monotonic()
    terminal = sys.stdout.isatty()
    interval = 0.2 if terminal else 10
    alive = True
    print(title, end=" " if terminal else " ...\n", flush=True)
    while alive:
        reader.join(interval)
        alive = reader.is_alive()
        text = "{}: {}{:.0f} s".format(title, how_far(lines), time.monotonic() - start)
        print("\r\033[K" + text if terminal else text, end="" if terminal else "\n", flush=True)
    print(end="\n" if terminal else "", flush=True)


def how_far(lines):
    """What pip is at, in words; nothing for a tool that does not say."""
    if any(line.startswith("Installing collected") for line in lines):
        return "unpacking, "
    seen = sum(line.startswith(("Collecting ", "Ignoring ")) for line in lines)
    if not seen:
        return ""
    return "{} of {} fetched, ".format(seen, LOCK.read_text(encoding="utf-8").count("=="))


def explain(title, output):
    """The sentence for a failed step: what to do if we know, else the end of what it said."""
    for signs, remedy in REMEDIES:
        if any(sign in output for sign in signs):
            return remedy
    last = "".join(output.splitlines(True)[-12:])
    where = " (all of it is in {})".format(LOG.relative_to(ROOT)) if LOG.exists() else ""
    return "{} failed{}:\n{}".format(title, where, last.rstrip())


# --- JupyterLab -----------------------------------------------------------------------------


def choose_port(wanted):
    """The port asked for, or the first free one from 8888; raise Stopped if there is none."""
    if not wanted:
        for port in range(FIRST_PORT, FIRST_PORT + 100):
            if is_free(port):
                if port != FIRST_PORT:
                    print("Port {} is busy: taking {} instead.".format(FIRST_PORT, port))
                return port
        raise Stopped("The ports from 8888 to 8987 are busy: name one, as in `make lab PORT=9000`.")
    if not (wanted.isdigit() and 1024 <= int(wanted) <= 65535):
        raise Stopped(
            "PORT={} is not a port: choose a number from 1024 to 65535, as in "
            "`make lab PORT=9000`.".format(wanted)
        )
    if not is_free(int(wanted)):
        raise Stopped(
            "Port {} is busy: stop the program that uses it or choose another, as in "
            "`make lab PORT={}`.".format(wanted, int(wanted) % 65535 + 1)
        )
    return int(wanted)


def is_free(port):
    """Whether a server could listen on this port of this machine."""
    with socket.socket() as probe:
        if os.name != "nt":  # a port that was closed a moment ago is free; on Windows it shares
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def answers(port):
    """Whether a server listens on this port of this machine."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def has_screen():
    """Whether a browser could open: not under CI, nor on a Linux without a display."""
    if os.environ.get("CI"):
        return False
    displays = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return bool(displays) or not sys.platform.startswith("linux")


def copy_the_course():
    """Bring the learner's own copy up to date, and say what has changed."""
    import my_copy  # not before it is sure that this Python can read it

    try:
        for sentence in my_copy.refresh(ROOT):
            print(sentence, flush=True)
    except OSError as error:
        raise Stopped(
            "Your copy of the course cannot be written: {}. Correct that, then run the same "
            "command again.".format(error)
        ) from error


def lab(port):
    """Run JupyterLab until it is stopped; say its address once it answers."""
    token = os.environ.get("JUPYTER_TOKEN") or secrets.token_hex(16)
    page = "/tree/" + FIRST_NOTEBOOK if (ROOT / FIRST_NOTEBOOK).exists() else ""
    server = subprocess.Popen(lab_command(port, page), cwd=str(ROOT), env=lab_environment(token))
    try:
        while server.poll() is None and not answers(port):
            time.sleep(0.1)
        if server.poll() is None:
            address = "http://127.0.0.1:{}/lab{}?token={}".format(port, page, token)
            print("JupyterLab is at {}\nCtrl-C stops it.".format(address), flush=True)
        return server.wait()
    except KeyboardInterrupt:
        server.terminate()
        server.wait()
        return 0


def lab_command(port, page):
    """The command that starts JupyterLab in the project's folder, on this machine only."""
    command = [str(executable("python")), "-m", "jupyterlab"]
    command += ["--ServerApp.log_level=WARN", "--LabApp.log_level=WARN"]
    command += ["--ServerApp.ip=127.0.0.1", "--ServerApp.port={}".format(port)]
    command += ["--ServerApp.port_retries=0", "--ServerApp.root_dir={}".format(ROOT)]
    command += ["--LabApp.default_url=/lab" + page]
    if not has_screen():
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # the user of most containers
    return command


def lab_environment(token):
    """The variables JupyterLab starts with: our settings first, and the kernel of .venv."""
    settings = [str(ROOT / "scripts" / "jupyter"), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    return dict(
        os.environ,
        JUPYTER_TOKEN=token,  # not an argument, which every user of the machine could read
        JUPYTER_CONFIG_PATH=os.pathsep.join(filter(None, settings)),
        JUPYTER_PREFER_ENV_PATH="1",
    )


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends what we started, too
    sys.exit(main(sys.argv[1:]))
