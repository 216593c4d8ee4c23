"""The rival of event sourcing: the same bank in a table, with its own ways to keep history."""

from esdemo.domains.crud.bank import SNAPSHOT, UPDATE, CrudBank
from esdemo.domains.crud.costs import bytes_of_a_quarter
from esdemo.domains.crud.day import DAY, RUNS, Request, live, moment
from esdemo.domains.crud.questions import (
    BANKS,
    QUESTIONS,
    TABLES,
    Question,
    all_banks,
    ask,
    can_answer,
    can_tell,
    everything,
    rows_kept,
)

__all__ = [
    "BANKS",
    "DAY",
    "QUESTIONS",
    "RUNS",
    "SNAPSHOT",
    "TABLES",
    "UPDATE",
    "CrudBank",
    "Question",
    "Request",
    "all_banks",
    "ask",
    "bytes_of_a_quarter",
    "can_answer",
    "can_tell",
    "everything",
    "live",
    "moment",
    "rows_kept",
]
