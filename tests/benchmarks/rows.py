"""A line of the benchmark's table, and the line below it that describes the machine."""

import os
import platform
import re
import sqlite3
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

HEADER: Final = ("work", "esdemo, ms", "beside", "its ms", "esdemo is", "target", "met")


@dataclass(frozen=True)
class Row:
    """Milliseconds of esdemo and of what stands beside it, and the target."""

    work: str
    ours: float
    beside: str
    theirs: float
    at_least: float | None = None  # times as fast as the other
    at_most: float | None = None  # times the other's time
    at_most_ms: float | None = None

    def cells(self) -> tuple[str, ...]:
        """The texts of the line, numbers with three digits that count."""
        faster, longer = self.theirs / self.ours, self.ours / self.theirs
        ratio = f"{faster:.3g}x as fast" if faster >= 1 else f"{longer:.3g}x as long"
        times = digits(self.ours), self.beside, digits(self.theirs)
        return (self.work, *times, ratio, *self._target(faster, longer))

    def _target(self, faster: float, longer: float) -> tuple[str, str]:
        told, met = list[str](), list[bool]()
        if self.at_least:
            told.append(f"at least {self.at_least:g}x as fast")
            met.append(faster >= self.at_least)
        if self.at_most:
            told.append(f"at most {self.at_most:g}x as long")
            met.append(longer <= self.at_most)
        if self.at_most_ms:
            told.append(f"at most {self.at_most_ms:g} ms")
            met.append(self.ours <= self.at_most_ms)
        return ", ".join(told), ("yes" if all(met) else "no") if met else ""


def digits(number: float) -> str:
    """Three digits that count, and never an exponent: 0.0312, 4.51, 1234."""
    return f"{number:.0f}" if number >= 100 else f"{number:#.3g}"


def machine() -> str:
    """What the numbers were measured on, without its name."""
    return (
        f"Measured on {os.cpu_count()} cores of {_processor()}, {platform.system()}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"msgspec {version('msgspec')}, eventsourcing {version('eventsourcing')}{_load()}."
    )


def _processor() -> str:
    known = Path("/proc/cpuinfo")
    model = known.exists() and re.search(r"model name\s*: (.+)", known.read_text("utf-8"))
    return model[1] if model else platform.processor() or platform.machine()


def _load() -> str:
    """How busy the machine was; Windows does not say."""
    return f", load average {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
