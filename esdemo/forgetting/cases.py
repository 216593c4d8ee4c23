"""A case: what is decided when somebody asks to be forgotten, and why not, in a stream of its own.

The duty to erase meets duties to keep (invoices for ten years, say). So a person's data is hidden
under one key for each purpose, and a purpose that must be kept is erased later. Dates come in the
commands: `decide` asks no clock. No name is in here: the stream is named by the person's number.
"""

from datetime import date
from typing import Annotated, assert_never

import msgspec
from msgspec.structs import replace

from esdemo.commands import Command, Rejected
from esdemo.events import Event
from esdemo.handlers import Decider

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class DataKept(Event):
    purpose: Name
    until: date  # the last day on which it must be kept
    reason: Name


class ErasureOrdered(Event):
    purposes: tuple[str, ...]  # whose keys are destroyed, now or when this is read again
    on: date


class ErasurePostponed(Event):
    purpose: Name
    until: date
    reason: Name


class ErasureCompleted(Event):
    cleared: tuple[str, ...]  # the places that were made anew or emptied
    on: date


class KeepUntil(Command):
    purpose: Name
    until: date
    reason: Name


class RequestErasure(Command):
    purposes: tuple[str, ...]
    on: date


class ReportErased(Command):
    cleared: tuple[str, ...]
    on: date


CaseEvent = DataKept | ErasureOrdered | ErasurePostponed | ErasureCompleted
CaseCommand = KeepUntil | RequestErasure | ReportErased
CaseMessage = CaseEvent | CaseCommand
"""The vocabulary of a store of cases."""


class Case(msgspec.Struct, frozen=True):
    """What must be kept, what was ordered, and whether that was done."""

    kept: tuple[tuple[str, date, str], ...] = ()  # purpose, last day, reason
    ordered: tuple[str, ...] = ()
    open: bool = False

    def duty(self, purpose: str, on: date) -> tuple[date, str] | None:
        """Until when and why a purpose must be kept on a day; None when it need not."""
        held = [(until, why) for name, until, why in self.kept if name == purpose and until >= on]
        return max(held, default=None)


def decide(command: CaseCommand, case: Case) -> list[CaseEvent]:
    """What may be erased. Raises Rejected with the reason."""
    match command:
        case KeepUntil(purpose) if purpose in case.ordered:
            raise Rejected(f"{purpose} is erased already")
        case KeepUntil(purpose, until, reason):
            return [DataKept(purpose, until, reason)]
        case RequestErasure(purposes, on):
            return _ordered([each for each in purposes if each not in case.ordered], on, case)
        case ReportErased() if not case.open:
            raise Rejected("no erasure is under way")
        case ReportErased(cleared, on):
            return [ErasureCompleted(cleared, on)]
        case _:
            assert_never(command)


def _ordered(purposes: list[str], on: date, case: Case) -> list[CaseEvent]:
    """Order what is due and postpone the rest. Rejected when nothing is due."""
    if not purposes:
        raise Rejected("there is nothing left to erase")
    duties = {each: duty for each in purposes if (duty := case.duty(each, on))}
    due = tuple(each for each in purposes if each not in duties)
    if not due:
        until, why = max(duties.values())
        raise Rejected(f"{', '.join(duties)} must be kept until {until}: {why}")
    postponed = [ErasurePostponed(each, *duty) for each, duty in duties.items()]
    return [ErasureOrdered(due, on), *postponed]


def evolve(case: Case, event: CaseEvent) -> Case:
    """What each fact changes."""
    match event:
        case DataKept():
            return replace(case, kept=(*case.kept, (event.purpose, event.until, event.reason)))
        case ErasureOrdered():
            return replace(case, ordered=(*case.ordered, *event.purposes), open=True)
        case ErasurePostponed():
            return case
        case ErasureCompleted():
            return replace(case, open=False)
        case _:
            assert_never(event)


rules = Decider(
    decide,
    evolve,
    Case(),
    invariants={
        "nothing is ordered twice": lambda case: len(set(case.ordered)) == len(case.ordered),
    },
)
