"""The smallest domain that can refuse: a tally. For tests that are not about the bank.

Plain enough to be checked by `sum`. The child processes of the reliability tests import it too.
"""

from typing import assert_never

from esdemo import Command, Decider, Event, Rejected


class Added(Event):
    amount: int


class Taken(Event):
    amount: int


class Add(Command):
    amounts: tuple[int, ...]  # one event each, so that a decision can have many or none


class Take(Command):
    amount: int


TallyEvent = Added | Taken
TallyCommand = Add | Take
TallyMessage = TallyEvent | TallyCommand


def decide(command: TallyCommand, total: int) -> list[TallyEvent]:
    match command:
        case Add(amounts):
            return [Added(amount) for amount in amounts]
        case Take(amount) if amount > total:
            raise Rejected(f"{amount} is more than {total}")
        case Take(amount):
            return [Taken(amount)]
        case _:
            assert_never(command)


def evolve(total: int, event: TallyEvent) -> int:
    match event:
        case Added():
            return total + event.amount
        case Taken():
            return total - event.amount
        case _:
            assert_never(event)


tally = Decider(decide, evolve, 0)
