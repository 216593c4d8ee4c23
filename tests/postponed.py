"""Events in a module whose annotations are text until somebody asks."""

from __future__ import annotations

from datetime import date

from esdemo import Event


class Lent(Event):
    copy: int
    until: date
    to: Member


class Member(Event):
    name: str
    guarantor: Member | None = None


class Fined(Event):
    euros: float
    member: Later  # a name that is not there yet hides what is beside it


class Later(Event):
    name: str
