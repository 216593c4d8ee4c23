"""What a page asks its kernel: what-ifs, commands, two times, an import. Nothing is written."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import msgspec

from esdemo.anylog import AnyVocabulary
from esdemo.commands import Command, Rejected
from esdemo.errors import EsdemoError, InvalidMoment, UnknownType
from esdemo.events import Event, RecordedEvent, Vocabulary
from esdemo.explorer import branches
from esdemo.explorer.branches import NEW, Branched
from esdemo.explorer.history import History, commands_of, gather, name_of, payload
from esdemo.explorer.page.columns import EPOCH, pack
from esdemo.explorer.page.patches import plain
from esdemo.interchange import unsealed
from esdemo.processes import Reaction
from esdemo.timeline import ChangedOutcome, broken_rules, changed_outcomes, replica
from esdemo.timeline.what_if import decided_again

NO_DECIDER: Final = "no decider was given: explore(history, decider=...) knows how to decide"

NO_RULES: Final = "The others are folded again; nobody here knows the rules that this may break."
EXPECTED: Final = re.compile(r"Expected `(\w+)`, got `")
WORDS: Final = {"int": "a whole number", "float": "a number", "bool": "true or false"}

Answer = dict[str, Any]
Told = Callable[[float], None]
"""Hears how much of a long answer is done, from 0 to 1; what it raises ends the work."""

T = TypeVar("T")


class CannotAsk(EsdemoError, ValueError):
    """A question that this history cannot answer: it has no decider, or is empty."""


class Cancelled(EsdemoError):
    """Nobody waits for this answer any more."""


def answer(
    history: History,
    question: dict[str, Any],
    react: Reaction | None = None,
    tell: Told = lambda share: None,
) -> Answer:
    """The answer to one of the page's questions. Raises EsdemoError with what is wrong."""
    if history.decider is None:
        raise CannotAsk(NO_DECIDER)
    match question:
        case {"ask": "without_events", "positions": [int(), *_] as positions}:
            return skip_events(history, positions)
        case {"ask": "without_commands", "decisions": [int(), *_] as numbers}:
            return skip_commands(history, numbers, react, tell)
        case {"ask": "command", "position": int(position), **asked}:
            return try_command(history, position, asked)
        case {"ask": "go_on", "position": int(position), "commands": [{}, *_] as commands}:
            return go_on(history, position, commands)
        case {"ask": "two_times", "stream": str(stream), "known": known, "true": true}:
            return two_times(history, stream, known, true)
        case {"ask": "import", "lines": str(text)}:
            return imported(history, text)
        case _:
            raise CannotAsk(f"{question!r:.80} is not a question that the explorer knows")


def skip_events(history: History, positions: list[int]) -> Answer:
    """History without some facts: the others folded again, and the rules that this breaks."""
    events, chosen = history.events, sorted(set(positions))
    for position in chosen:
        if not 1 <= position <= len(events):
            raise InvalidMoment(f"there are events 1 to {len(events)}, not {position}")
    branch = branches.without(history, set(chosen))
    names = [f"#{n} {name_of(events[n - 1].event)}" for n in chosen]
    streams = dict.fromkeys(events[n - 1].stream for n in chosen)
    rules = [] if history.foreign else list(_broken(history, branch, streams))
    broken = counted(len(rules), "rule is broken.", "rules are broken.")
    gone = [int(n in set(chosen)) for n in range(len(events) + 1)]
    return {
        "label": f"Without event{'s' if len(names) > 1 else ''} {', '.join(names)}",
        "summary": NO_RULES if history.foreign else broken,
        "notes": rules,
        "align": pack([n - sum_ for n, sum_ in enumerate(_sums(gone))]),
        "delta": branches.delta(history, branch),
    }


def skip_commands(
    history: History, numbers: list[int], react: Reaction | None, tell: Told = lambda share: None
) -> Answer:
    """History without some commands: the others decided again, and what came out otherwise."""
    decider, last = history.decider, len(history.decisions) - 1
    assert decider is not None  # `answer` has looked
    for number in numbers:
        if not 0 <= number <= last:
            raise InvalidMoment(f"there are decisions 0 to {last}, not {number}")
    if history.foreign:
        raise CannotAsk("nobody here knows how the commands of this log were decided")
    asked = [history.decisions[number] for number in sorted(set(numbers))]
    left = {taken.command_id: None for taken in asked}
    written = telling(branches.written(history), len(history.rows), tell)
    store = decided_again(decider, written, vocabulary(history), left, react)
    outcomes = changed_outcomes(branches.Shown(history), store)
    changed = [row for row in outcomes if row.command_id not in left]
    names = [f"{name_of(taken.command)} ({taken.command_id})" for taken in asked]
    return {
        "label": f"Without command{'s' if len(names) > 1 else ''} {', '.join(names)}",
        "summary": f"Of the other commands, {_kinds(changed)}.",
        "notes": [_noted(row) for row in changed],
        "align": pack(branches.aligned(history, store)),
        "delta": branches.delta(history, branches.recognized(history, store)),
    }


def telling(items: Iterable[T], many: int, tell: Told) -> Iterator[T]:
    """The same items; of about a hundred of them it is told how far we are."""
    often = max(1, many // 100)
    for n, item in enumerate(items):
        if n % often == 0:
            tell(n / many)
        yield item


def _broken(history: History, branch: Branched, streams: Iterable[str]) -> Iterator[str]:
    assert history.decider is not None
    for stream in streams:
        facts = [fact for fact in branch.facts if fact.stream == stream]
        own = replica(facts, vocabulary(history))
        for row in broken_rules(history.decider, own, stream):
            yield f"{row.stream}, version {row.version}: breaks “{row.rule}”"


def _kinds(changed: list[ChangedOutcome]) -> str:
    kinds = dict.fromkeys(row.kind for row in changed)
    counts = [f"{sum(row.kind == kind for row in changed)} {kind}" for kind in kinds]
    return ", ".join(counts) or "none comes out otherwise"


def _noted(row: ChangedOutcome) -> str:
    """now refused: Withdraw of alice, amount 20000, purpose rent (refused: ...)"""
    after = f" ({row.after})" if row.after else ""
    return f"{row.kind}: {in_words(row.command)} of {row.stream}{after}"


def in_words(message: Command | Event) -> str:
    """A message as a person would write it down: its name, and its fields."""
    fields = plain(message)
    name = fields.pop("type")
    return f"{name} {', '.join(f'{key} {value}' for key, value in fields.items())}".strip()


def _sums(numbers: Iterable[int]) -> Iterator[int]:
    total = 0
    for number in numbers:
        total += number
        yield total


def try_command(history: History, position: int, asked: dict[str, Any]) -> Answer:
    """A new command decided on the state at a position: accepted or refused, and why."""
    decider, stream = history.decider, str(asked.get("stream", ""))
    assert decider is not None  # `answer` has looked
    command = _command(history, asked)
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


def go_on(history: History, position: int, commands: list[dict[str, Any]]) -> Answer:
    """History up to a position, and then these commands instead, one after the other."""
    decider, events = history.decider, history.events
    assert decider is not None  # `answer` has looked
    if not 0 <= position <= len(events):
        raise InvalidMoment(f"there are positions 0 to {len(events)}, not {position}")
    facts, notes = list(events[:position]), list[str]()
    for number, asked in enumerate(commands, 1):
        command, stream = _command(history, asked), str(asked.get("stream", ""))
        own = [fact.event for fact in facts if fact.stream == stream]
        outcome = decider.outcome(command, decider.fold(own))
        verdict = f"refused: {outcome}" if isinstance(outcome, Rejected) else "accepted"
        notes.append(f"{in_words(command)} of {stream}: {verdict}")
        if not isinstance(outcome, Rejected):
            at = facts[-1].recorded_at if facts else EPOCH
            facts += _imagined(outcome, stream, len(own), len(facts), f"tried-{number}", at)
    branch = Branched(facts, [*range(1, position + 1), *([NEW] * (len(facts) - position))])
    return {
        "label": f"From #{position} on: {in_words(_command(history, commands[-1]))}",
        "summary": "What was recorded after that is left out.",
        "notes": notes,
        "align": pack([min(n, position) for n in range(len(events))] + [len(facts)]),
        "delta": branches.delta(history, branch),
    }


def _imagined(
    events: Iterable[Event], stream: str, version: int, position: int, name: str, at: datetime
) -> Iterator[RecordedEvent]:
    """Events in envelopes, as if they had been recorded behind others."""
    for n, event in enumerate(events, 1):
        envelope = (name, name, "you", at, at, "")
        yield RecordedEvent(position + n, stream, version + n, event, *envelope)


def two_times(history: History, stream: str, known: Any, true: Any) -> Answer:
    """What was true in a stream at a moment, by what was known at another; in microseconds.

    Folded in order of effective time, as `timeline.effective` does.
    """
    decider = history.decider
    assert decider is not None  # `answer` has looked
    try:
        learnt, moment = (EPOCH + timedelta(microseconds=int(at)) for at in (known, true))
    except (OverflowError, TypeError, ValueError):
        raise InvalidMoment(f"{known!r} and {true!r} are not two moments") from None
    facts = [fact for fact in history.events if fact.stream == stream]
    then = [fact for fact in facts if fact.recorded_at <= learnt and fact.effective_at <= moment]
    then.sort(key=lambda fact: fact.effective_at)  # stable: ties stay by version
    return {"state": plain(decider.fold(fact.event for fact in then)), "facts": len(then)}


def _command(history: History, asked: dict[str, Any]) -> Command:
    """The command that a form was filled in for. UnknownType or CannotAsk where there is none."""
    cls = next((c for c in commands_of(history) if c.__name__ == asked.get("type")), None)
    if cls is None:
        raise UnknownType(f"{asked.get('type')!r} is not a command of this history")
    try:
        command = msgspec.convert(asked.get("fields", {}), cls, strict=False)
    except msgspec.ValidationError as error:
        raise CannotAsk(f"this is not a {cls.__name__}: {_complaint(error)}") from error
    assert isinstance(command, Command)
    return command


def _complaint(error: msgspec.ValidationError) -> str:
    """What msgspec says, with the field first and the type in words: "amount must be a number"."""
    what, _, where = str(error).partition(" - at `$.")
    wanted = EXPECTED.match(what)
    if wanted and wanted[1] in WORDS:
        what = f"must be {WORDS[wanted[1]]}"
    return f"{where.rstrip('`')} {what}" if where else what


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
