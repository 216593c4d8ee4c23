"""Can this kernel run the course? Each package against the bounds that esdemo itself declares."""

import platform
import sys
from collections.abc import Iterator
from importlib import metadata
from importlib.util import find_spec

from packaging.requirements import Requirement  # in every kernel, since ipykernel needs it
from packaging.specifiers import SpecifierSet

__all__ = ["report"]


def report(distribution: str = "esdemo") -> None:
    """Print nothing when all is well; otherwise what Python or packages lack, and how to fix it.

    distribution: whose metadata says which Python and which packages are needed.
    """
    about = metadata.metadata(distribution)
    bounds = SpecifierSet(",".join(about.get_all("Requires-Python") or ()))
    python = platform.python_version()
    if python_is_unfit := not bounds.contains(python, prereleases=True):
        print(_line("python", bounds, f"this kernel runs {python}"))
    unfit = {package: why for package in requirements(distribution) if (why := trouble(package))}
    for package, why in unfit.items():
        print(_line(package.name, package.specifier, why))
    if python_is_unfit:
        print("\nIn a terminal, in the folder of the project, name a Python that fits:\n")
        print("    make lab PYTHON=python3.12")
    elif unfit:
        print("\nRun this in a terminal, then choose Kernel > Restart Kernel:\n")
        print(f"    {remedy(list(unfit))}")


def requirements(distribution: str) -> Iterator[Requirement]:
    """What an installed package needs on this machine, as its own metadata says."""
    for text in metadata.requires(distribution) or ():
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield requirement


def trouble(requirement: Requirement) -> str | None:
    """Why what is installed does not do; None when it does."""
    try:
        installed = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return "it is not installed"
    fits = requirement.specifier.contains(installed, prereleases=True)
    return None if fits else f"{installed} is installed"


def remedy(unfit: list[Requirement]) -> str:
    """The command that installs what is unfit into the very Python that asks."""
    python = f'"{sys.executable}"' if " " in sys.executable else sys.executable
    # An environment without pip was made by uv, which does not need it there.
    install = f"{python} -m pip install" if find_spec("pip") else f"uv pip install -p {python}"
    return " ".join([install, *(f'"{package}"' for package in unfit)])


def _line(name: str, bounds: SpecifierSet, why: str) -> str:
    lowest = [bound.version for bound in bounds if bound.operator in (">=", "==", "~=")]
    wanted = f"{name} {lowest[0]} or newer" if lowest else name
    return f"not yet  {wanted}: {why}"
