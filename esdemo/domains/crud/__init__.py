"""The rival of event sourcing: the same bank in a table, with its own ways to keep history."""

from esdemo.domains.crud.bank import CrudBank
from esdemo.domains.crud.day import DAY, Request, live, moment
from esdemo.domains.crud.questions import BANKS, QUESTIONS, Question, ask, four_banks

__all__ = [
    "BANKS",
    "DAY",
    "QUESTIONS",
    "CrudBank",
    "Question",
    "Request",
    "ask",
    "four_banks",
    "live",
    "moment",
]
