"""Forgetting a person: the facts stay, and what names somebody becomes unreadable for ever.

Whatever names a person is encrypted before it becomes a fact, with a key that only this person and
this purpose have, kept apart from the log. Destroy the key, and every copy of the fact is forgotten
at once, in the log, its backups and its exports; hashes, chain, seal and sums do not change, since
no stored byte does (Mathias Verraes, "Throw away the key", 2019).

That works for what was encrypted. What was not, a name in a stream's name, an actor, a reason or a
saved page, stays, and is only found by looking: see `search`.
"""

from esdemo.forgetting.cases import (
    Case,
    CaseMessage,
    DataKept,
    ErasureCompleted,
    ErasureOrdered,
    ErasurePostponed,
    KeepUntil,
    ReportErased,
    RequestErasure,
    rules,
)
from esdemo.forgetting.copies import Copy, compact, search
from esdemo.forgetting.erasing import case_of, erase, obey
from esdemo.forgetting.exporting import portable
from esdemo.forgetting.keys import FORGOTTEN, Forgotten, Keys, NotAToken, Token, seeded

__all__ = [
    "FORGOTTEN",
    "Case",
    "CaseMessage",
    "Copy",
    "DataKept",
    "ErasureCompleted",
    "ErasureOrdered",
    "ErasurePostponed",
    "Forgotten",
    "KeepUntil",
    "Keys",
    "NotAToken",
    "ReportErased",
    "RequestErasure",
    "Token",
    "case_of",
    "compact",
    "erase",
    "obey",
    "portable",
    "rules",
    "search",
    "seeded",
]
