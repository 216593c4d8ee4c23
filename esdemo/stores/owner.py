"""Who may use a store: the thread and the process that opened it."""

import os
import threading

from esdemo.errors import WrongOwner

_forks = 0  # counted here, since asking the system for the process costs as much as an insert


class Owner:
    """The thread and process that made this object."""

    def __init__(self) -> None:
        self.thread = threading.get_ident()
        self._made_by = (_forks, self.thread)

    def check(self, what: str, kind: str) -> None:
        """WrongOwner for anybody else."""
        if self._made_by != (_forks, threading.get_ident()):
            raise WrongOwner(
                f"another thread or process opened {what}: open a {kind} of its own in each"
            )


def _forked() -> None:
    global _forks
    _forks += 1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
