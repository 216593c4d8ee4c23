"""Where many articles end: a class `EventSourcingApplication(Application)`, and nothing in it.

Their four classes (an event with a name, a state made of a sequence of events, a command with a
type and a payload, a handler of events) are completed here in their own shape, and the library
keeps the events. What they lack stands in the comments, and in the rest of the course.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from esdemo.commands import Rejected
from esdemo.graduate.banks import account_id
from esdemo.graduate.library import Application, DomainEvent

SIGNS: Final = {"MoneyDeposited": 1, "MoneyWithdrawn": -1}
FACTS: Final = {"Deposit": "MoneyDeposited", "Withdraw": "MoneyWithdrawn"}


@dataclass(frozen=True)
class Event(DomainEvent):
    """What has happened: a name, and what the articles leave out, the payload."""

    name: str
    payload: dict[str, int]  # can change: nobody may, and the library does not see to it


@dataclass(frozen=True)
class Command:
    """What is asked for. It says whom it concerns."""

    type: str
    account: str
    payload: Mapping[str, int]


class State:
    """What a sequence of events adds up to."""

    def __init__(self, event_sequence: Iterable[Event] = ()) -> None:
        self.balance = 0
        self.version = 0
        handler = EventHandler(self)
        for event in event_sequence:
            handler.handle_event(event)


class EventHandler:
    """Changes the state by one event, and asks nothing."""

    def __init__(self, state: State) -> None:
        self.state = state

    def handle_event(self, event: Event) -> None:
        """The state afterwards. KeyError for an event that it does not know, not silence."""
        self.state.balance += SIGNS[event.name] * event.payload["amount"]
        self.state.version = event.originator_version


class EventSourcingApplication(Application[UUID]):
    """The class that such an article prints, running."""

    def handle_command(self, command: Command) -> State:
        """Load, decide, append; the state afterwards. Raises Rejected.

        Two at once are told apart by the version: the later one gets the library's
        IntegrityError, and has to be decided again by whoever called.
        """
        state, amount = self.state(command.account), command.payload["amount"]
        if amount <= 0:
            raise Rejected(f"{amount} is not an amount of money")
        if command.type == "Withdraw" and amount > state.balance:
            raise Rejected(f"{amount} is more than {state.balance}")
        event = Event(
            originator_id=account_id(command.account),
            originator_version=state.version + 1,
            timestamp=Event.create_timestamp(),
            name=FACTS[command.type],
            payload=dict(command.payload),
        )
        self.save(event)
        EventHandler(state).handle_event(event)
        return state

    def state(self, account: str, version: int | None = None) -> State:
        """An account now, or as it was at a version."""
        found: Iterable[Any] = self.events.get(account_id(account), lte=version)
        return State(found)
