"""What can stand in the way of reading somebody else's log, each with the place and what to do."""

from esdemo.errors import EsdemoError


class NotFollowed(EsdemoError):
    """Their log cannot be read from here on. A follower keeps nothing of the batch at hand.

    `place` names where it is: `"notification 7 (bank:Account.Opened of 5f2c..., version 1)"`.
    """

    def __init__(self, place: str, why: object) -> None:
        super().__init__(f"{place}: {why}")
        self.place = place


class UnknownTopic(NotFollowed):
    """A topic that leads to no class: a module that is not installed, a class that was renamed."""


class UnreadableState(NotFollowed):
    """A payload that the application itself cannot read: the wrong key, a missing transcoding."""


class SourceRewritten(NotFollowed):
    """Their log is no longer the one that was followed: an event is gone, changed, or out of order.

    A mirror is never rewritten. Find out who did it, and follow into a new, empty store.
    """


class OtherDatabase(NotFollowed):
    """Tables that the library's release 9.5 did not make, or another application's."""


class NotInstalled(EsdemoError, ImportError):
    """A library that this room needs and that is not there; the sentence says what to install."""
