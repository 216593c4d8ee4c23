"""History: the lines of a window as facts in their envelopes, with what came before it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from esdemo.anylog.entries import Before, Entry, Line
from esdemo.anylog.moments import moment
from esdemo.anylog.staging import Stage, Window
from esdemo.commands import Decision
from esdemo.events import RecordedEvent
from esdemo.handlers import Decider


class Kept(NamedTuple):
    """The last event of a stream before the window, and what it had led to."""

    position: int
    version: int
    line: Line
    state: Any


class Facts(NamedTuple):
    """What a window shows, in order: events, and commands that led to none (as None)."""

    rows: list[tuple[RecordedEvent | None, int]]  # each with the number of its decision, or -1
    decisions: list[Decision]


def facts(stage: Stage, window: Window, decider: Decider[Any, Any, Any], *, caused: bool) -> Facts:
    """The facts of a window. caused: whether the log says what led to what.

    If so, each row is shown as the answer to a request of its own name, unless the log knows the
    command, so that causes and effects can be followed.
    """
    kept = before(stage, window, decider)
    numbers = Numbers(stage.events_before(window), {one.line.stream: one.version for one in kept})
    lines = list(stage.lines(window))
    ids = _ids(lines)
    found = Facts([(_opening(one), -1) for one in kept], [])
    for line, name, cause in zip(lines, ids, _causes(lines, ids), strict=True):
        event = None if line.data is None else numbers.next(line, name)
        if caused and not _continues(found.decisions, line, name):
            found.decisions.append(_decision(line, name, cause, numbers, len(found.decisions)))
        found.rows.append((event, len(found.decisions) - 1 if caused else -1))
    return found


def before(stage: Stage, window: Window, decider: Decider[Any, Any, Any]) -> list[Kept]:
    """The state of each stream of the window when it begins, in the order of their last events.

    Needs as much memory as the window has streams, however many rows come before it.
    """
    found: dict[str, Kept] = {}
    for position, line in stage.before(window):
        last = found.pop(line.stream, None)  # and at the end again
        state, version = (decider.initial, 0) if last is None else (last.state, last.version)
        event = Entry(line.type, line.data or {})
        try:
            state = decider.evolve(state, event)
        except Exception as error:
            error.add_note(f"while folding {event!r}, position {position}, in {line.stream}")
            raise
        found[line.stream] = Kept(position, version + 1, line, state)
    return list(found.values())


class Numbers:
    """Counts positions and versions on, from where a window begins."""

    def __init__(self, position: int, versions: dict[str, int]) -> None:
        self.position = position
        self.versions = Counter(versions)

    def next(self, line: Line, name: str) -> RecordedEvent:
        """The next event of the log, which is the next of its stream."""
        self.position += 1
        self.versions[line.stream] += 1
        event = Entry(line.type, line.data or {})
        return _recorded(line, self.position, self.versions[line.stream], event, name)


def _opening(kept: Kept) -> RecordedEvent:
    fields = kept.state if isinstance(kept.state, dict) else {"state": kept.state}
    event = Before("(before the window)", fields, kept.state)
    return _recorded(kept.line, kept.position, kept.version, event, kept.line.id)


def _recorded(line: Line, position: int, version: int, event: Any, name: str) -> RecordedEvent:
    return RecordedEvent(
        position=position,
        stream=line.stream,
        version=version,
        event=event,
        command_id=name,
        correlation_id=name,
        actor=line.actor,
        recorded_at=moment(line.at),
        effective_at=moment(line.effective),
        hash="",
    )


def _decision(line: Line, name: str, cause: str, numbers: Numbers, number: int) -> Decision:
    asked = dict(line.command) if line.command else {"type": line.type}
    command: Any = Entry(asked.pop("type"), asked)
    return Decision(
        number=number + 1,
        stream=line.stream,
        version=numbers.versions[line.stream],
        position=numbers.position,
        command=command,
        reason=line.reason,
        events=(),
        command_id=name,
        correlation_id=name,
        causation_id=cause,
        actor=line.actor,
        recorded_at=moment(line.at),
        effective_at=moment(line.effective),
        hash="",
    )


def _continues(decisions: list[Decision], line: Line, name: str) -> bool:
    """Whether an event is a further one of the decision before it."""
    return bool(decisions and line.command and name and decisions[-1].command_id == name)


def _ids(lines: Iterable[Line]) -> list[str]:
    """The id of each line; with its stream where streams count their ids each for themselves."""
    streams: dict[str, str] = {}
    lines = list(lines)
    alone = all(
        streams.setdefault(line.id, line.stream) == line.stream for line in lines if line.id
    )
    return [line.id if alone or not line.id else f"{line.stream}/{line.id}" for line in lines]


def _causes(lines: Iterable[Line], ids: Iterable[str]) -> Iterator[str]:
    """The id of what led to each: of its own stream, else of any; "" where it is not known."""
    mine: dict[tuple[str, str], str] = {}
    anyones: dict[str, str] = {}
    for line, name in zip(lines, ids, strict=True):
        yield mine.get((line.stream, line.cause)) or anyones.get(line.cause, "")
        mine[line.stream, line.id] = anyones[line.id] = name
