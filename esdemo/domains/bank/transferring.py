"""A transfer as a process: it remembers how far it has come, and what it still waits for.

    sent -> asks the receiver -> received -> asks the sender to complete -> ended: arrived
                              -> refused  -> asks the sender to take back -> ended: came back

By the second terms a large transfer first waits for a person, up to a deadline:

    sent -> held -> approved   -> asks the receiver, as above
                 -> day is due -> asks the sender to take back, as above

The policy beside it (`transfers`) does the first half without remembering anything, since all that
it needs stands in each decision. A process is for what a single decision does not know: which terms
were agreed on, that somebody has approved, what day it is.
"""

from datetime import date, datetime, timedelta
from typing import Final, Literal, assert_never

import msgspec
from msgspec.structs import replace

from esdemo.commands import Command, Decision, Rejected
from esdemo.domains.bank.account import (
    Cents,
    CompleteTransfer,
    ReceiveTransfer,
    ReturnTransfer,
    SendTransfer,
    Text,
)
from esdemo.events import Event
from esdemo.processes import Ask, Process

LARGE: Final = 10_000_00  # cents from which a transfer waits for a person, by the second terms
PATIENCE: Final = timedelta(days=3)

Terms = Literal[1, 2]
"""The version marker: by which rules an instance began, and so by which it ends."""
Stage = Literal["new", "held", "receive", "complete", "return", "ended"]


# What it hears.


class NoteSent(Command):
    transfer: Text
    sender: Text
    receiver: Text
    amount: Cents
    day: date
    terms: Terms


class NoteReceived(Command):
    pass


class NoteRefused(Command):
    reason: str


class NoteSettled(Command):
    """The sender has completed the transfer, or taken it back."""


class Approve(Command):
    by: Text


class NoteDay(Command):
    """A day has begun."""

    day: date


TransferNews = NoteSent | NoteReceived | NoteRefused | NoteSettled | Approve | NoteDay


# What it notes.


class TransferBegun(Event):
    transfer: Text
    sender: Text
    receiver: Text
    amount: Cents
    terms: Terms


class TransferHeld(Event):
    due: date


class TransferApproved(Event):
    by: Text


class Asked(Event):
    """The outbox: who is asked for what, and the name under which it is asked once."""

    step: Literal["receive", "complete", "return"]
    stream: Text
    command: ReceiveTransfer | CompleteTransfer | ReturnTransfer


class TransferEnded(Event):
    how: Literal["arrived", "came back"]


TransferNote = TransferBegun | TransferHeld | TransferApproved | Asked | TransferEnded


TransferMessage = TransferNews | TransferNote
"""The vocabulary of the store in which transfers are kept."""


class Transfer(msgspec.Struct, frozen=True):
    """What an instance knows."""

    stage: Stage = "new"
    terms: Terms = 1
    transfer: str = ""
    sender: str = ""
    receiver: str = ""
    amount: int = 0
    due: date | None = None
    asked: Asked | None = None  # and not answered


TransferProcess = Process[TransferNews, TransferNote, Transfer]


def react(news: TransferNews, state: Transfer) -> list[TransferNote]:
    """What is noted when news come. Rejected for an approval that nothing waits for."""
    match news, state.stage:
        case NoteSent(transfer, sender, receiver, amount, day, terms), "new":
            begun = TransferBegun(transfer, sender, receiver, amount, terms)
            if terms == 2 and amount >= LARGE:
                return [begun, TransferHeld(day + PATIENCE)]
            return [begun, _receive(evolve(state, begun))]
        case Approve(by), "held":
            return [TransferApproved(by), _receive(state)]
        case Approve(), _:
            raise Rejected("no transfer waits for an approval here")
        case NoteDay(day), "held" if state.due and day >= state.due:
            return [_return(state, f"nobody approved it by {state.due}")]
        case NoteReceived(), "receive":
            return [Asked("complete", state.sender, CompleteTransfer(state.transfer))]
        case NoteRefused(reason), "receive":
            return [_return(state, reason)]
        case NoteSettled(), "complete":
            return [TransferEnded("arrived")]
        case NoteSettled(), "return":
            return [TransferEnded("came back")]
        case _:
            return []  # known already, or too late to matter


def evolve(state: Transfer, event: TransferNote) -> Transfer:
    """What each note changes."""
    match event:
        case TransferBegun(transfer, sender, receiver, amount, terms):
            return Transfer("new", terms, transfer, sender, receiver, amount)
        case TransferHeld(due):
            return replace(state, stage="held", due=due)
        case TransferApproved():
            return state
        case Asked():
            return replace(state, stage=event.step, asked=event)
        case TransferEnded():
            return replace(state, stage="ended", asked=None)
        case _:
            assert_never(event)


def resume(state: Transfer) -> dict[str, Ask]:
    """What is asked for and not answered: nothing, or the last entry of the outbox."""
    asked = state.asked
    return {asked.step: Ask(asked.stream, asked.command)} if asked else {}


def transferring(second_terms_from: datetime | None = None) -> TransferProcess:
    """The process. Transfers that are sent from a moment on have the second terms.

    The moment is compared with the time of the decision, which never changes. So whoever hears the
    same decision again, in ten years or by other code, hears the same terms.
    """

    def hears(decision: Decision) -> TransferNews | None:
        match decision.command:
            case SendTransfer(transfer, receiver, amount) if not decision.refused:
                sent, later = decision.recorded_at, second_terms_from
                terms: Terms = 2 if later and sent >= later else 1
                return NoteSent(transfer, decision.stream, receiver, amount, sent.date(), terms)
            case ReceiveTransfer() if decision.reason is not None:
                return NoteRefused(decision.reason)
            case ReceiveTransfer():
                return NoteReceived()
            case CompleteTransfer() | ReturnTransfer() if not decision.refused:
                return NoteSettled()
            case _:
                return None

    return Process("transfer", hears, react, evolve, resume, Transfer())


def _receive(state: Transfer) -> Asked:
    command = ReceiveTransfer(state.transfer, state.sender, state.amount)
    return Asked("receive", state.receiver, command)


def _return(state: Transfer, reason: str) -> Asked:
    return Asked("return", state.sender, ReturnTransfer(state.transfer, reason[:200] or "refused"))
