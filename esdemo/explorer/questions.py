"""What a page asks its kernel: the two what-ifs, a new command, an import. Nothing is written."""

from itertools import accumulate
from typing import Any, Final

import msgspec

from esdemo.anylog import AnyVocabulary
from esdemo.application import Application
from esdemo.commands import Decision, Rejected
from esdemo.errors import EsdemoError, InvalidMoment, UnknownType
from esdemo.events import RecordedEvent, Vocabulary
from esdemo.explorer.history import (
    AnyDecider,
    History,
    Row,
    commands_of,
    gather,
    name_of,
    payload,
)
from esdemo.explorer.page.columns import pack
from esdemo.explorer.page.patches import plain
from esdemo.interchange import unsealed
from esdemo.processes import Reaction
from esdemo.stores import EventStore
from esdemo.timeline import replica, without_command, without_event

NO_DECIDER: Final = "no decider was given: explore(history, decider=...) knows how to decide"

Answer = dict[str, Any]


class CannotAsk(EsdemoError, ValueError):
    """A question that this history cannot answer: it has no decider, is empty, or has grown."""


def answer(history: History, question: dict[str, Any], react: Reaction | None = None) -> Answer:
    """The answer to one of the page's questions. Raises EsdemoError with what is wrong."""
    if history.decider is None:
        raise CannotAsk(NO_DECIDER)
    match question:
        case {"ask": "without_event", "position": int(position)}:
            return skip_event(history, position)
        case {"ask": "without_command", "decision": int(number)}:
            return skip_command(history, number, react)
        case {"ask": "command", "position": int(position), **asked}:
            return try_command(history, position, asked)
        case {"ask": "import", "lines": str(text)}:
            return imported(history, text)
        case _:
            raise CannotAsk(f"{question!r:.80} is not a question that the explorer knows")


def skip_event(history: History, position: int) -> Answer:
    """History without one fact: the others folded again, and the rules that this breaks."""
    events = history.events
    if not 1 <= position <= len(events):
        raise InvalidMoment(f"there are events 1 to {len(events)}, not {position}")
    fact = events[position - 1]
    skipped: Answer = {
        "label": f"Without event #{position} {name_of(fact.event)}",
        "align": pack([n - (n >= position) for n in range(len(events) + 1)]),
    }
    if history.foreign:
        return skipped | _refolded(history, events[: position - 1] + events[position:])
    found = without_event(_application(history), fact.stream, fact.version)
    rules = [
        f"{row.stream}, version {row.version}: breaks “{row.rule}”" for row in found.broken_rules
    ]
    return skipped | {
        "summary": counted(len(rules), "rule is broken.", "rules are broken."),
        "notes": rules,
        "history": _page(found.store, history.decider),
    }


def skip_command(history: History, number: int, react: Reaction | None) -> Answer:
    """History without one command: the others decided again, and what came out otherwise."""
    if not 0 <= number < len(history.decisions):
        raise InvalidMoment(f"there are decisions 0 to {len(history.decisions) - 1}, not {number}")
    if history.foreign:
        raise CannotAsk("nobody here knows how the commands of this log were decided")
    asked = history.decisions[number]
    found = without_command(_application(history), asked.command_id, react)
    rows = [row for row in found.changed if row.command_id != asked.command_id]
    kinds = list(dict.fromkeys(row.kind for row in rows))
    counts = [f"{sum(row.kind == kind for row in rows)} {kind}" for kind in kinds]
    return {
        "label": f"Without command {name_of(asked.command)} ({asked.command_id})",
        "summary": f"Of the other commands, {', '.join(counts) or 'none comes out otherwise'}.",
        "notes": [
            f"{row.kind}: {row.command!r} of {row.stream}"
            + (f" ({row.after})" if row.after else "")
            for row in rows
        ],
        "align": pack(_aligned(history, found.store)),
        "history": _page(found.store, history.decider),
    }


def try_command(history: History, position: int, asked: dict[str, Any]) -> Answer:
    """A new command decided on the state at a position: accepted or refused, and why."""
    decider, stream = history.decider, asked.get("stream", "")
    assert decider is not None  # `answer` has looked
    cls = next((c for c in commands_of(history) if c.__name__ == asked.get("type")), None)
    if cls is None:
        raise UnknownType(f"{asked.get('type')!r} is not a command of this history")
    try:
        command = msgspec.convert(asked.get("fields", {}), cls, strict=False)
    except msgspec.ValidationError as error:
        raise CannotAsk(f"this is not a {cls.__name__}: {error}") from error
    facts = [fact.event for fact in history.events[:position] if fact.stream == stream]
    before = decider.fold(facts)
    outcome: Answer = {"accepted": True, "reason": None, "version": len(facts), "broken": []}
    events = decider.outcome(command, before)
    if isinstance(events, Rejected):
        return outcome | {"accepted": False, "reason": str(events), "events": []}
    after = decider.fold(events, before)
    return outcome | {
        "events": [plain(event) for event in events],
        "before": plain(before),
        "after": plain(after),
        "broken": [
            rule for rule in decider.violated(after) if rule not in decider.violated(before)
        ],
    }


def imported(history: History, text: str) -> Answer:
    """Another history from JSON Lines, folded by the same decider."""
    facts = unsealed.read(text, vocabulary(history))
    other = gather(facts, history.decider)
    page, _ = payload(other)
    return {
        "label": f"Imported: {counted(len(facts), 'event')}",
        "summary": "",
        "notes": [],
        "align": None,
        "history": page,
    }


def _refolded(history: History, events: list[RecordedEvent]) -> Answer:
    """The branch of a log whose rules nobody knows: the other events, folded again."""
    rows = tuple(Row(fact, -1) for fact in events)
    branch = History(rows, (), history.decider, None, len(events))
    summary = "The others are folded again; nobody here knows the rules that this may break."
    return {"summary": summary, "notes": [], "history": payload(branch)[0]}


def _page(store: EventStore, decider: AnyDecider | None) -> dict[str, Any]:
    return payload(gather(store, decider))[0]


def _aligned(history: History, branch: EventStore) -> list[int]:
    """For each position, how far the branch is once the same command has been decided."""
    again = {taken.command_id: taken for taken in branch.decisions()}
    steps, reached, imports = [0], 0, 0
    for row in history.rows:
        if row.event is None:
            continue
        taken: Decision | None = None
        if row.decision < 0:
            imports += 1
            reached += 1
        else:
            taken = again.get(history.decisions[row.decision].command_id)
        if taken is not None:
            reached = max(reached, taken.position)
        steps.append(reached)
    steps[-1] = branch.position
    return list(accumulate(steps, max))


def _application(history: History) -> Application[Any, Any, Any]:
    """An application that is only read: on the history's store, or on a copy of its events."""
    assert history.decider is not None
    store = history.store or replica(history.events, vocabulary(history))
    if store.position != len(history.events):
        raise CannotAsk(
            "the store has grown, or is longer than what is shown here: make the explorer again"
        )
    return Application(history.decider, store)


def vocabulary(history: History) -> Vocabulary:
    """The store's, or the types that are there."""
    if history.store is not None:
        return history.store.vocabulary
    if history.foreign:
        return AnyVocabulary()
    union: Any = None
    for cls in dict.fromkeys(type(fact.event) for fact in history.events):
        union = cls if union is None else union | cls
    return Vocabulary(union)


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its word: 1 event, 2,000 events."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
