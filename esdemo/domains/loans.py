"""Library loans: the domain of the exercises. One stream is one copy of a book.

A rule that needs today's date finds it in the command: `decide` asks no clock, and `evolve` sees
no envelope.
"""

from datetime import date, timedelta
from typing import Annotated, Final, assert_never

import msgspec
from msgspec.structs import replace

from esdemo.commands import Command, Rejected
from esdemo.events import Event
from esdemo.handlers import Decider

LOAN: Final = timedelta(days=28)
RENEWALS: Final = 2

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
"""A title or a member: never empty, because the rules read an empty one as nobody."""


class CopyAdded(Event):
    title: Name


class CopyLent(Event):
    member: Name
    on: date
    due: date


class LoanRenewed(Event):
    due: date


class CopyReserved(Event):
    member: Name


class CopyReturned(Event):
    on: date


class CopyLost(Event):
    on: date


LoanEvent = CopyAdded | CopyLent | LoanRenewed | CopyReserved | CopyReturned | CopyLost


class AddCopy(Command):
    title: Name


class LendCopy(Command):
    member: Name
    on: date


class RenewLoan(Command):
    on: date


class ReserveCopy(Command):
    member: Name


class ReturnCopy(Command):
    on: date


class ReportLoss(Command):
    on: date


LoanCommand = AddCopy | LendCopy | RenewLoan | ReserveCopy | ReturnCopy | ReportLoss
LoanMessage = LoanEvent | LoanCommand
"""The vocabulary of a library's store."""


class Copy(msgspec.Struct, frozen=True):
    """A copy of a book: where it is and who waits for it."""

    title: str = ""
    member: str | None = None  # who has it
    due: date | None = None
    renewals: int = 0
    reserved: tuple[str, ...] = ()  # who waits, first come first
    loans: int = 0
    lost: bool = False


def decide(command: LoanCommand, copy: Copy) -> list[LoanEvent]:
    """The rules of the library. Raises Rejected with the reason."""
    match command:
        case AddCopy() if copy.title:
            raise Rejected("the copy is in the catalogue already")
        case AddCopy(title):
            return [CopyAdded(title)]
        case _ if not copy.title:
            raise Rejected("there is no such copy")
        case _ if copy.lost:
            raise Rejected("the copy is lost")
        case LendCopy() if copy.member:
            raise Rejected(f"{copy.member} has the copy")
        case LendCopy(member) if copy.reserved and member != copy.reserved[0]:
            raise Rejected(f"the copy is reserved for {copy.reserved[0]}")
        case ReserveCopy(member) if member == copy.member or member in copy.reserved:
            raise Rejected(f"{member} has or awaits the copy already")
        case ReserveCopy(member):
            return [CopyReserved(member)]
        case LendCopy(member, on):
            return [CopyLent(member, on, on + LOAN)]
        case ReportLoss(on):
            return [CopyLost(on)]
        case RenewLoan() | ReturnCopy() if copy.due is None:
            raise Rejected("the copy is not on loan")
        case RenewLoan(on) if copy.due and on > copy.due:
            raise Rejected(f"the loan was due on {copy.due}")
        case RenewLoan() if copy.renewals == RENEWALS:
            raise Rejected(f"a loan is renewed at most {RENEWALS} times")
        case RenewLoan() if copy.reserved:
            raise Rejected(f"{copy.reserved[0]} is waiting for the copy")
        case RenewLoan(on):
            return [LoanRenewed(on + LOAN)]
        case ReturnCopy(on):
            return [CopyReturned(on)]
        case _:
            assert_never(command)


def evolve(copy: Copy, event: LoanEvent) -> Copy:
    """What each fact changes."""
    match event:
        case CopyAdded():
            return replace(copy, title=event.title)
        case CopyLent():
            waiting = tuple(member for member in copy.reserved if member != event.member)
            lent = replace(copy, member=event.member, due=event.due, reserved=waiting)
            return replace(lent, renewals=0, loans=copy.loans + 1)
        case LoanRenewed():
            return replace(copy, due=event.due, renewals=copy.renewals + 1)
        case CopyReserved():
            return replace(copy, reserved=(*copy.reserved, event.member))
        case CopyReturned():
            return replace(copy, member=None, due=None, renewals=0)
        case CopyLost():
            return replace(copy, member=None, due=None, lost=True)
        case _:
            assert_never(event)


rules = Decider(
    decide,
    evolve,
    Copy(),
    invariants={
        "who has the copy does not wait for it": lambda copy: copy.member not in copy.reserved,
        "a copy on loan is due some day": lambda copy: (copy.member is None) == (copy.due is None),
        "nobody waits twice": lambda copy: len(set(copy.reserved)) == len(copy.reserved),
        "renewed at most twice": lambda copy: copy.renewals <= RENEWALS,
    },
)
