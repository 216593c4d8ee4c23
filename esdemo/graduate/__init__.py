"""Graduate: the `eventsourcing` library, and our tools on its logs.

`follow` mirrors an application that we did not write into an esdemo store, event for event.
`differences` proves that it did. `view` makes of the mirror what the timeline, the explorer, the
trail, projections and forecasts take. `read` needs nothing of theirs but the database.

The bank in the library's own style is in `classic` and `immutable`, and nothing here imports the
library before it is used.
"""

from esdemo.graduate.following import Followed, follow
from esdemo.graduate.foreign import NOT_IN_THE_LOG, Foreign, ForeignVocabulary, vocabulary
from esdemo.graduate.judging import differences
from esdemo.graduate.reading import LogRow, json_fields, read, tables
from esdemo.graduate.troubles import (
    NotFollowed,
    NotInstalled,
    OtherDatabase,
    SourceRewritten,
    UnknownTopic,
    UnreadableState,
)
from esdemo.graduate.viewing import AggregateState, decider, view

__all__ = [
    "NOT_IN_THE_LOG",
    "AggregateState",
    "Followed",
    "Foreign",
    "ForeignVocabulary",
    "LogRow",
    "NotFollowed",
    "NotInstalled",
    "OtherDatabase",
    "SourceRewritten",
    "UnknownTopic",
    "UnreadableState",
    "decider",
    "differences",
    "follow",
    "json_fields",
    "read",
    "tables",
    "view",
    "vocabulary",
]
