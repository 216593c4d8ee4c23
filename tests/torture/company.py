"""Child processes that work at the same time, are heard in one pipe, and can be killed."""

import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from torture.results import Try

TESTS = Path(__file__).resolve().parent.parent
SILENCE = 120  # seconds without a word after which a child is said to hang


class Company:
    """Some roles of `torture.children`, each in a process and a session of its own.

    What they and their forks say comes line by line out of one pipe, in the order in which it was
    said. They import everything, and wait until `go`. Leaving the block kills those that are left.
    """

    def __init__(self, *calls: tuple[object, ...]) -> None:
        reading, writing = os.pipe()
        command = [sys.executable, "-m", "torture.children"]
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        self._members = [
            subprocess.Popen(
                [*command, *map(str, call)],
                cwd=TESTS,
                stdin=subprocess.PIPE,
                stdout=writing,
                stderr=self._errors,
                start_new_session=True,
            )
            for call in calls
        ]
        os.close(writing)
        self._pipe = open(reading, encoding="utf-8")  # noqa: SIM115
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.kill()
        self._pipe.close()
        self._errors.close()

    def _read(self) -> None:
        for line in self._pipe:
            if line.endswith("\n"):  # half a line was not said
                self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def go(self) -> None:
        """Let all begin at once, when the last one is ready."""
        for _ in self._members:
            if (line := next(self.lines(), None)) != "ready":
                raise RuntimeError(f"a child said {line!r}, not 'ready': {self.complaint()}")
        for member in self._members:
            with suppress(BrokenPipeError):
                member.stdin.write(b"go\n")
                member.stdin.close()

    def line(self, seconds: float) -> str | None:
        """The next line, waited for so long; None when there is none. EOFError when all ended."""
        try:
            line = self._lines.get(timeout=seconds)
        except queue.Empty:
            return None
        if line is None:
            self._lines.put(None)  # the end stays the end
            raise EOFError
        return line

    def lines(self, seconds: float = SILENCE) -> Iterator[str]:
        """All lines until every child has ended. TimeoutError after so long without a word."""
        with suppress(EOFError):
            while True:
                line = self.line(seconds)
                if line is None:
                    raise TimeoutError(f"no child said anything in {seconds} seconds")
                yield line

    def during(self, seconds: float, at_most: int = 10**9) -> Iterator[str]:
        """What is said in so much time, up to so many lines."""
        end = time.monotonic() + seconds
        with suppress(EOFError):
            while at_most > 0 and (line := self.line(max(0.0, end - time.monotonic()))) is not None:
                at_most -= 1
                yield line

    def kill(self) -> list[str]:
        """kill -9 for all, forks included; what was said before and is still in the pipe."""
        for member in self._members:
            if member.returncode is None:  # not waited for yet: its id is nobody else's
                os.killpg(member.pid, signal.SIGKILL)
                member.wait()
            with suppress(BrokenPipeError):
                member.stdin.close()
        self._reader.join()
        return list(self.lines())

    def complaint(self) -> str:
        """The last line of what anybody wrote to stderr: a traceback ends in its exception."""
        self._errors.seek(0)
        said = self._errors.read().decode().strip().splitlines()
        return said[-1] if said else ""


@contextmanager
def started(*calls: tuple[object, ...]) -> Iterator[Company]:
    """A company that has begun."""
    with Company(*calls) as company:
        company.go()
        yield company


def relayed(role: str, times: int, *arguments: object) -> Iterator[Try]:
    """Tries numbered 0 to `times`, made in a child that says each: `ROLE FIRST TIMES ARGUMENT...`.

    A try that ends the child (a crash inside SQLite) or silences it (an endless loop in C) is a
    failure, and a new child goes on with the next one; after ten of them nobody goes on.
    """
    number, ended = 0, 0
    while number < times and ended < 10:
        with started((role, number, times, *arguments)) as company:
            try:
                for line in company.lines():
                    number += 1
                    yield Try.of_line(line)
                why = company.complaint() or "it ended without a word"
            except TimeoutError as error:
                why = str(error)
        if number < times:
            yield Try(role, "ended or silenced the process", (f"{role} {number}: {why}",))
            number, ended = number + 1, ended + 1
