"""Graduate: the `eventsourcing` library, and our tools on its logs."""

from esdemo.graduate.reading import LogRow, json_fields, read, tables
from esdemo.graduate.troubles import (
    NotFollowed,
    NotInstalled,
    OtherDatabase,
    SourceRewritten,
    UnknownTopic,
    UnreadableState,
)

__all__ = [
    "LogRow",
    "NotFollowed",
    "NotInstalled",
    "OtherDatabase",
    "SourceRewritten",
    "UnknownTopic",
    "UnreadableState",
    "json_fields",
    "read",
    "tables",
]
