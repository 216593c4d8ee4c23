"""Applications of the `eventsourcing` library that esdemo did not write, as strangers to it.

Each has the shape of one of the library's own examples, and something awkward: Decimals and two
aggregates in one save, value objects with transcodings and an upcast, deletion and re-creation and
a log without aggregates, frozen aggregates with a projector and text ids, and a process.
"""

from datetime import UTC, datetime, timedelta
from itertools import count

from eventsourcing.domain import CanCreateTimestamp

START = datetime(2026, 1, 5, 9, tzinfo=UTC)


def timed(monkeypatch, step=timedelta(minutes=1)):
    """Their clock ticks from START."""
    moments = (START + step * number for number in count())
    monkeypatch.setattr(CanCreateTimestamp, "create_timestamp", staticmethod(moments.__next__))
