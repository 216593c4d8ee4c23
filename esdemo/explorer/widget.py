"""The explorer as Python sees it: where it stands, what is there, and how it is kept."""

import html
import os
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import anywidget
import msgspec
import traitlets

from esdemo.anylog import COUNTS, Log
from esdemo.application import Application
from esdemo.errors import EsdemoError, InvalidMoment, NotFound
from esdemo.events import Event, RecordedEvent
from esdemo.explorer import page, questions, schema
from esdemo.explorer.history import (
    AnyDecider,
    History,
    commands_of,
    encoded,
    gather,
    gather_more,
    name_of,
    payload,
    rest,
    span,
)
from esdemo.explorer.page.patches import plain
from esdemo.interchange.files import whole
from esdemo.processes import Reaction
from esdemo.stores import EventStore

if TYPE_CHECKING:
    import pandas as pd

Source = Application[Any, Any, Any] | EventStore | Iterable[RecordedEvent] | Log

SHOWN: Final = 12  # streams in the text that stands for the explorer
LONGEST: Final = 24  # letters of a cell in it
LONG: Final = 2_000  # rows, from which on a question is answered by a thread of its own
MOST_STORED: Final = 2_000_000  # letters of a page that is stored in a notebook
KEPT: Final = ("without_events", "without_commands", "go_on")  # answers that a saved file has


def explore(
    history: "Source | pd.DataFrame",
    *,
    decider: AnyDecider | None = None,
    stream: str | None = None,
    field: str | None = None,
    height: int = 680,
    limit: int = 100_000,
    react: Reaction | None = None,
) -> "Explorer":
    """An explorer of any history, as it is now. *Follow* shows what a store records from then on.

    history: also what `anylog.read` makes of a file or a database, or a DataFrame, whose columns
    are guessed. decider: folds events into states (an Application and a Log bring their own);
    without one there are only events. stream, field: what to watch first, by default the stream of
    the event at the position and the first field. height: in pixels. limit: at most so many events,
    the first ones, since a fold needs the beginning; the page says when there are more (a Log has a
    window already). react: what follows from a decision that comes out otherwise in a what-if (such
    as `bank.transfers`).

    Raises CannotAsk for an empty history, NotFound for a stream or a field that is not there,
    InvalidMoment for events out of order, UnknownType for what is not a history. What evolve
    raises passes through.
    """
    if limit < 1 or height < 200:
        raise ValueError(f"limit is 1 or more and height 200 or more, not {limit} and {height}")
    found = gather(history, decider, limit)
    if not found.rows:
        raise questions.CannotAsk("there is nothing to explore yet: handle a command first")
    return Explorer(found, stream=stream, field=field, height=height, react=react)


class Explorer(anywidget.AnyWidget):
    """A history, a place in it, and a view of both. Make it with `explore`.

    `position` is how many events have happened, and `pin` a second place to compare with, or None.
    Both can be set, and observed: `explorer.observe(print, "position")`.
    """

    _esm = page.SCRIPT
    _css = page.STYLE
    _page = traitlets.Bytes(b"").tag(sync=True)
    position = traitlets.Int(0).tag(sync=True)
    pin = traitlets.Int(None, allow_none=True).tag(sync=True)
    stream = traitlets.Unicode("", read_only=True).tag(sync=True)
    field = traitlets.Unicode("", read_only=True).tag(sync=True)
    height = traitlets.Int(680, read_only=True).tag(sync=True)

    def __init__(
        self,
        history: History,
        *,
        stream: str | None,
        field: str | None,
        height: int,
        react: Reaction | None,
    ) -> None:
        self._history = history
        self._react = react
        self._asking: dict[str, dict[str, Any]] = {}  # what was asked and not yet answered
        self._answers: list[tuple[dict[str, Any], dict[str, Any]]] = []
        self._page_is_old = False  # once the store has grown and was followed
        content, states = _content(history)
        _check_stream(stream, content["streams"])
        if field is not None:
            _check_field(field, history, states)
        super().__init__(_page=encoded(content), position=len(history.events))
        self.set_trait("stream", stream or "")
        self.set_trait("field", field or (_telling(states) if history.foreign else ""))
        self.set_trait("height", height)
        self.on_msg(self._asked)

    def table(self) -> "pd.DataFrame":
        """The state of every stream at the position: a row for each stream that had begun."""
        import pandas as pd

        rows = [{"stream": stream, **state} for stream, state in self._states().items()]
        return pd.DataFrame(rows or {"stream": [], "version": []}).convert_dtypes()

    def save(self, path: str | os.PathLike[str]) -> None:
        """One HTML file with everything in it: opens anywhere, needs no kernel and no network.

        It opens at the present position. What-ifs that were asked before are in it. It takes its
        name only when it is whole.
        """
        options = {**self._options(), "link": True, "answers": self._answers}
        text = page.document(
            self._whole_page(), options, title=self._headline(), fallback=self._as_table()
        )
        with whole(Path(path).expanduser()) as file:
            file.write(text.encode())

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        live = super()._repr_mimebundle_(**kwargs)
        data, metadata = live if isinstance(live, tuple) else (live or {}, {})
        text = {"text/plain": repr(self), "text/html": self._repr_html_()}
        return {**data, **text}, metadata

    def _repr_html_(self) -> str:
        """The page in a frame, unless it is too large to be stored; and the same as a table."""
        data, title = self._whole_page(), self._headline()
        stored = page.document(data, self._options(), title=title)
        framed = page.frame(stored, height=self.height + 4, title="History explorer")
        if len(framed) > MOST_STORED:
            framed = (
                f"<p>The explorer of this history has {len(framed) / 1e6:.0f} MB, too much for a "
                "notebook: run the cell again, or save it as a file with explorer.save(path).</p>"
            )
        return (
            f"{framed}<details><summary>{html.escape(title)}</summary>"
            f"<p>To see the explorer, run this cell, or trust the notebook.</p>"
            f"{self._as_table()}</details>"
        )

    def _as_table(self) -> str:
        """What is there at the position, as HTML that needs no script."""
        head, *rows = self._summary()
        lines = [
            f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in rows
        ]
        heads = "".join(f"<th>{html.escape(cell)}</th>" for cell in head)
        return (
            f"<p>{html.escape(self._headline())}. {html.escape(self._place())}</p>"
            f"<table><tr>{heads}</tr>{''.join(lines)}</table>"
        )

    def __repr__(self) -> str:
        rows = self._summary()
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        table = "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        )
        told = "".join(f"\n{sentence}." for sentence in self._history.said)
        return f"{self._headline()}\n{self._place()}{told}\n\n{table}"

    @traitlets.validate("position", "pin")
    def _in_history(self, proposal: Any) -> int | None:
        value, last = proposal["value"], len(self._history.events)
        if value is None or 0 <= value <= last:
            return value  # type: ignore[no-any-return]
        raise InvalidMoment(f"this history has positions 0 to {last}, not {value}")

    def _asked(self, _: Any, content: dict[str, Any], __: Any) -> None:
        """A question from the page. A long one is answered beside, so that it can be cancelled."""
        name = str(content.get("id"))
        question = {key: value for key, value in content.items() if key != "id"}
        if question.get("ask") == "cancel":
            self._asking.pop(str(question.get("of")), None)
            return
        self._asking[name] = question
        if len(self._history.rows) < LONG:
            self._reply(name, question)
        else:
            threading.Thread(target=self._reply, args=(name, question), daemon=True).start()

    def _reply(self, name: str, question: dict[str, Any]) -> None:
        """The answer, or what goes wrong, told on the page: nobody reads a kernel's log."""
        reply: dict[str, Any] = {"id": name}
        try:
            reply["answer"] = self._answered(name, question)
        except questions.Cancelled:
            return
        except EsdemoError as error:
            reply["error"] = str(error)
        except Exception as error:  # a learner's own decide or evolve
            reply["error"] = f"{type(error).__name__}: {error}"
        if self._asking.pop(name, None):
            self.send(reply)

    def _answered(self, name: str, question: dict[str, Any]) -> dict[str, Any]:
        def tell(share: float) -> None:
            if name not in self._asking:
                raise questions.Cancelled
            self.send({"id": name, "progress": share})

        if question.get("ask") == "grown":
            return self._grown(int(question["rows"]))
        found = questions.answer(self._history, question, self._react, tell)
        if question["ask"] in KEPT:
            self._answers = [kept for kept in self._answers if kept[0] != question]
            self._answers.append((question, found))
        return found

    def _grown(self, rows: int) -> dict[str, Any]:
        """What the store has recorded behind the rows that the page has; {} when nothing."""
        if self._history.store is None or self._history.total > len(self._history.events):
            raise questions.CannotAsk("only a whole store can be followed, not a list or a part")
        self._history = gather_more(self._history)
        if len(self._history.rows) <= rows:
            return {}
        self._page_is_old = True
        return rest(self._history, rows)

    def _whole_page(self) -> bytes:
        """The page's JSON with all that has been followed."""
        if self._page_is_old:
            self._page_is_old = False
            self._page = encoded(_content(self._history)[0])
        return self._page

    def _options(self) -> dict[str, Any]:
        names = ("position", "pin", "stream", "field")
        return {name: getattr(self, name) for name in names}

    def _headline(self) -> str:
        history = self._history
        events, refused = len(history.events), sum(taken.refused for taken in history.decisions)
        streams = len({history.envelope(row).stream for row in history.rows})
        cut = f" (the first of {history.total:,})" if history.total > events else ""
        parts = [questions.counted(events, "event") + cut, questions.counted(streams, "stream")]
        if history.decisions:
            parts.append(questions.counted(refused, "refused command"))
        days = dict.fromkeys(f"{moment:%Y-%m-%d}" for moment in span(history) or ())
        return f"History of {', '.join([*parts, ' to '.join(days)])}"

    def _place(self) -> str:
        if not self.position:
            return "At position 0, before the first event."
        fact = self._history.events[self.position - 1]
        kind = name_of(fact.event)
        return f"At position {self.position:,}: {kind} of {fact.stream}, version {fact.version}."

    def _states(self) -> dict[str, dict[str, Any]]:
        """By stream: its version, and the fields of its state, at the position."""
        decider, states, found = self._history.decider, dict[str, Any](), dict[str, Any]()
        for fact in self._history.events[: self.position]:
            fields = {}
            if decider is not None:
                before = states.get(fact.stream, decider.initial)
                fields = states[fact.stream] = decider.evolve(before, fact.event)
            found[fact.stream] = (fact.version, fields)
        return {
            stream: {"version": version, **_fields(plain(state))}
            for stream, (version, state) in found.items()
        }

    def _summary(self) -> list[list[str]]:
        """The table as text: a head, and a row for each of the first streams."""
        states = self._states()
        names = dict.fromkeys(name for state in states.values() for name in state)
        head = ["stream", *(names or ["version"])][:7]
        rows = [
            [_cell(stream), *(_cell(state.get(name)) for name in head[1:])]
            for stream, state in list(states.items())[:SHOWN]
        ]
        if len(states) > SHOWN:
            rows.append([f"and {len(states) - SHOWN:,} more", *[""] * (len(head) - 1)])
        return [head, *rows]


def _content(history: History) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the page is given, with what messages may look like; and the last states."""
    content, states = payload(history)
    types = () if history.foreign else questions.vocabulary(history).types
    events = [cls for cls in types if issubclass(cls, Event)]
    foreign = history.foreign
    content["schema"] = schema.of_entries(history.entries) if foreign else schema.schema(events)
    content["forms"] = schema.forms(commands_of(history))
    content["units"] = schema.units(types, history.decider)
    content["code"] = {} if foreign else schema.code(types, history.decider)
    return content, states


def _check_stream(stream: str | None, streams: list[str]) -> None:
    if stream is not None and stream not in streams:
        some = ", ".join(streams[:8]) + (", ..." if len(streams) > 8 else "")
        raise NotFound(f"there is no stream {stream!r} here; there are {some}")


def _check_field(field: str, history: History, states: dict[str, Any]) -> None:
    """NotFound unless a number of that name is in the state of some stream."""
    if history.decider is None:
        raise questions.CannotAsk(f"there is no state, so no field {field!r}: give a decider")
    known: dict[str, Any] = {}
    for state in (history.decider.initial, *states.values()):
        known |= _numbers(plain(state))
    if field not in known:
        raise NotFound(f"no state has a number {field!r}; there are {', '.join(known)}")


def _numbers(value: Any, name: str = "") -> dict[str, int | float]:
    """What can be drawn of a state, by the name that the page has for it."""
    if isinstance(value, dict) and value:
        inner = (_numbers(part, f"{name}.{key}" if name else key) for key, part in value.items())
        return {key: number for part in inner for key, number in part.items()}
    if isinstance(value, (list, dict)):
        return {f"{name or 'state'} (how many)": len(value)}
    counted = isinstance(value, (int, float)) and not isinstance(value, bool)
    return {name or "state": value} if counted else {}


def _telling(states: dict[str, Any]) -> str:
    """The first number of a state that its log has brought, or "" for whatever the page takes."""
    names = (name for state in states.values() for name in _numbers(_own(state)))
    return next((name for name in names if not name.endswith(" (how many)")), "")


def _own(state: Any) -> Any:
    """A state as JSON, without the counts that last values have beside them."""
    found = plain(state)
    return {k: v for k, v in found.items() if k != COUNTS} if isinstance(found, dict) else found


def _fields(state: Any) -> dict[str, Any]:
    return state if isinstance(state, dict) else {"state": state}


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


__all__ = ["Explorer", "explore"]
