"""A condition of an append: unless something that matters has come since.

An expected version guards one stream. What a rule looked at may be spread over several, so here the
guard is a question to the log (Sara Pellegrini and Milan Savic, "Kill Aggregate", 2023: the dynamic
consistency boundary). It is asked of what came after the decision's own look, never of everything.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from esdemo.errors import Conflict, InvalidMoment
from esdemo.events import RecordedEvent


class Unless(NamedTuple):
    """Append, unless a fact that matches has been stored behind this position.

    since: the last position that the decision has seen. matches: whether a fact would have mattered
    to it. It is asked in the store's transaction while other writers wait, so it should be quick.
    """

    since: int
    matches: Callable[[RecordedEvent], bool]

    def check(self, come: Iterable[RecordedEvent], end: int) -> None:
        """Conflict when one of the facts that have come since, up to the end of the log, matters.

        InvalidMoment for a position that the log has not reached: it was read somewhere else.
        """
        if type(self.since) is not int or not 0 <= self.since <= end:
            raise InvalidMoment(f"the log has positions 0 to {end}, not {self.since!r}")
        for fact in come:
            if self.matches(fact):
                raise Conflict(
                    f"{fact!r:.200} has come since position {self.since}: read again, decide "
                    "again, append again"
                )
