"""What goes wrong while an answer is checked, and whose trouble it is.

A learner's function may raise, or never return; a check may meet a kind of answer that its author
did not think of. The first is the answer's, the last is not, and each gets its own sentence.
"""

import _thread
import re
import signal
import sysconfig
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from traceback import FrameSummary, extract_tb
from typing import Any, Final

from esdemo.checks.predictions import shown

__all__ = ["ENOUGH", "Endless", "advice_on", "limited"]

ENOUGH: Final = 10.0  # seconds of work: ten times what the slowest check needs

_PATHS = sysconfig.get_paths()
_LIBRARIES: Final = (
    *(_PATHS[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")),
    str(Path(__file__).resolve().parent.parent),
    "<frozen",
)


class Endless(Exception):
    """The answer was still at work when its time was over."""


def advice_on(error: BaseException, answer: Any) -> str:
    """The sentence for an answer that could not be checked to the end."""
    if isinstance(error, Endless):
        return str(error)
    what = f"{type(error).__name__}: {error}"[:200].rstrip(": ")
    if step := _last_step_of_the_learner(error):
        return f"your answer raised {what}" + (f", in the line `{step.line}`" if step.line else "")
    return _advice_on_kind(str(error), what, answer)


def _advice_on_kind(text: str, what: str, answer: Any) -> str:
    """The sentence for a kind of answer that a check did not expect, perhaps by its own fault."""
    kind = type(answer).__name__
    functions = answer if type(answer) is tuple else (answer,)
    if "object is not callable" in text and (f"'{kind}'" in text or not callable(answer)):
        return f"a function is asked for; give its name, without calling it: not {_short(answer)}"
    if f"non-iterable {kind} object" in text or (not callable(answer) and "to unpack" in text):
        return f"give all that is asked for together, as the stub does: not {_short(answer)}"
    if not all(map(callable, functions)):
        return f"the check cannot read {_short(answer)}, which is not what the stub gives: {what}"
    if re.search(r"\bargument", text):
        return f"your function is called with what the stub's function takes: {what}"
    return f"the check cannot read what your function returns: {what}"


def _last_step_of_the_learner(error: BaseException) -> FrameSummary | None:
    """Where the learner's own code was when it failed; None when it was not at work at all."""
    steps = extract_tb(error.__traceback__)
    own = [step for step in steps if not step.filename.startswith(_LIBRARIES)]
    return own[-1] if own else None


def _short(answer: Any) -> str:
    text = shown(answer)
    return text if len(text) <= 60 else f"{text[:57]}..."


@contextmanager
def limited(seconds: float = ENOUGH) -> Iterator[None]:
    """Raise Endless in the block once this process has worked on it for so many seconds.

    Processor time is counted, so that a busy machine does not shorten it. Only the main thread can
    be interrupted; elsewhere, and where there are no threads, there is no limit.
    """
    over, told, lock = threading.Event(), threading.Event(), threading.Lock()

    def watch() -> None:
        end = time.process_time() + seconds
        while not over.wait(0.1):
            with lock:
                if time.process_time() > end and not over.is_set():
                    told.set()
                    _thread.interrupt_main()

    watcher = threading.Thread(target=watch, daemon=True)
    if not _can_be_interrupted() or not _starts(watcher):
        yield
        return
    try:
        try:
            yield
        finally:
            with lock:
                over.set()
            watcher.join()  # an interrupt that is under way comes out here, not later
    except KeyboardInterrupt:
        over.set()
        if not told.is_set():
            raise
        late = f"your answer was still at work after {seconds:g} seconds: does a loop never end?"
        raise Endless(late) from None


def _can_be_interrupted() -> bool:
    is_main = threading.current_thread() is threading.main_thread()
    return is_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler


def _starts(thread: threading.Thread) -> bool:
    try:
        thread.start()
    except RuntimeError:  # as in a browser
        return False
    return True
