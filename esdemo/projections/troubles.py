"""What can go wrong with a view, by name, each with what to do."""

from esdemo.errors import EsdemoError


class Outdated(EsdemoError):
    """A view that other code made: going on would mix two answers in one table."""


class NotThisLog(EsdemoError):
    """A view that has seen what the log does not hold: an older backup was put in its place."""


class Poisoned(EsdemoError):
    """An event that the projection cannot take. `position` names it; what was before it is kept."""

    def __init__(self, name: str, position: int, why: str) -> None:
        super().__init__(
            f"{name!r} stops before position {position}: {why}. Correct the projection and rebuild "
            "it beside, or choose poison='park' or a function that repairs such an event"
        )
        self.position = position


class TooLate(EsdemoError, TimeoutError):
    """A view that did not reach a position in the time that there was."""
