"""Once more: recorded commands decided again, saved states folded again.

Whoever makes a history fit together after a change has to keep to the rules, too: what a command
led to follows from the events before it. So deciding again is a judge of its own, beside hashes,
books and seals, and it needs nothing that was kept outside.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

import msgspec
from tqdm import tqdm

from esdemo.application import Application
from esdemo.checkpoints import Checkpoints
from esdemo.commands import C, Command, Decision, Rejected
from esdemo.errors import Unreadable
from esdemo.events import E, Event, RecordedEvent
from esdemo.handlers import Decider, S
from esdemo.stores import EventStore

LIMIT: Final = 10  # an early lie may contradict all that follows it


class Contradiction(msgspec.Struct, frozen=True):
    """A command whose recorded outcome is not what the rules make of the events before it.

    `print` says it in a sentence.
    """

    number: int  # of the decision
    stream: str
    version: int  # of the stream, once the recorded events are in it
    position: int  # of the log, then
    command: Command
    recorded: str  # its events, or why it was refused, in words
    decided: str  # the same, decided again

    def __str__(self) -> str:
        return (
            f"decision {self.number} ({self.stream!r}, version {self.version}): deciding "
            f"{self.command} again gives {self.decided}; recorded is {self.recorded}"
        )


def contradictions(application: Application[C, E, S], *, limit: int = LIMIT) -> list[Contradiction]:
    """Every recorded command decided again, on what the recorded events before it add up to.

    Returns the first decisions (`limit` of them) that come out otherwise: an edited payload,
    reason or command, an event that was removed, invented or put elsewhere, even when all hashes
    were made to fit. One lie may contradict many decisions after it; the first is where to look.
    Facts that no command led to are taken as they are. None means that these rules lead to this
    history; rules that have changed since contradict it, too, and that is no evidence.

    Raises Unreadable for a payload that is not an event that `evolve` takes. Shows a progress bar
    when it takes longer than two seconds.
    """
    return list(islice(_contradictions(application.decider, application.store), limit))


def _contradictions(decider: Decider[Any, Any, Any], store: EventStore) -> Iterator[Contradiction]:
    states, (_, total) = dict[str, Any](), store.counts()
    bar = tqdm(store.history(), "deciding again", total, unit=" decisions", delay=2, leave=False)
    for decision, facts in bar:
        stream = (decision or facts[0]).stream
        before = states[stream] if stream in states else decider.start()
        if decision:
            outcome = _decided(decider, decision.command, before)
            if not _agree(outcome, decision):
                yield _contradiction(decision, outcome)
        states[stream] = _folded(decider, facts, before)


def _decided(
    decider: Decider[Any, Any, Any], command: Command, state: Any
) -> Sequence[Event] | Exception:
    try:
        return decider.outcome(command, state)
    except Exception as error:  # the rules never met a state like this one
        return error


def _agree(outcome: Sequence[Event] | Exception, decision: Decision) -> bool:
    if isinstance(outcome, Exception):
        return isinstance(outcome, Rejected) and str(outcome) == decision.reason
    recorded = [fact.event for fact in decision.events]
    return decision.reason is None and list(outcome) == recorded


def _contradiction(decision: Decision, outcome: Sequence[Event] | Exception) -> Contradiction:
    recorded: Sequence[Event] | Exception = [fact.event for fact in decision.events]
    if decision.reason is not None:
        recorded = Rejected(decision.reason)
    return Contradiction(
        decision.number,
        decision.stream,
        decision.version,
        decision.position,
        decision.command,
        _told(recorded),
        _told(outcome),
    )


def _told(outcome: Sequence[Event] | Exception) -> str:
    """What became of a command, in words."""
    if isinstance(outcome, Rejected):
        return f"refused: {outcome}"
    if isinstance(outcome, Exception):
        return f"the error {outcome!r}"
    return ", ".join(map(repr, outcome)) or "nothing"


def _folded(decider: Decider[Any, Any, Any], facts: Iterable[RecordedEvent], state: Any) -> Any:
    for fact in facts:
        try:
            if not isinstance(fact.event, Event):
                raise TypeError(f"{fact.event!r} is not an event")
            state = decider.evolve(state, fact.event)
        except Exception as error:
            place = f"position {fact.position} ({fact.stream!r}, version {fact.version})"
            raise Unreadable(place, f"{fact.event!r:.200} gives {error!r:.200}") from error
    return state


def wrong_checkpoints(checkpoints: Checkpoints[Any], store: EventStore) -> list[str]:
    """The saved states that are not what the events before them add up to; empty when all are.

    A checkpoint is outside the log, so no hash and no seal covers it, and an application goes on
    from it: whoever changes one changes a balance. `Application.replay` uses none.
    """
    return [wrong for stream in store.streams() for wrong in _wrong(checkpoints, store, stream)]


def _wrong(checkpoints: Checkpoints[Any], store: EventStore, stream: str) -> Iterator[str]:
    state, at = checkpoints.decider.start(), 0
    for saved, version in reversed(_saved(checkpoints, store, stream)):
        state, at = checkpoints.decider.fold(store.events(stream, at, version), state), version
        if saved != state:
            yield (
                f"the checkpoint of {stream!r} at version {version} says {saved!r:.200}, its "
                f"events add up to {state!r:.200}"
            )


def _saved(checkpoints: Checkpoints[Any], store: EventStore, stream: str) -> list[tuple[Any, int]]:
    """Every state of a stream that may be gone on from, with its version, the last one first."""
    found, version = list[tuple[Any, int]](), store.version(stream)
    while version:
        state, at = checkpoints.latest(store, stream, version)
        if at:
            found.append((state, at))
        version = (at or version) - 1
    return found
