"""Questions to a model of a library's day: the classes are the learner's, and so are the names.

A model is a story: for each of six sentences, the command that somebody gave and the events that
it led to, as instances of the learner's own classes. Nothing is known of the names of classes or
fields. What can be asked all the same is what years later somebody will ask of the log: does the
class say what happened, and is the answer in the event?
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec

from esdemo.commands import Command
from esdemo.errors import EsdemoError
from esdemo.events import Event, Message, Vocabulary

__all__ = ["LENT", "SENTENCES", "Model", "advice_on_form", "drawn", "questions", "read"]

SENTENCES: Final = range(1, 7)
LENT, RENEWED, REFUSED, RESERVED, RETURNED, UNDONE = SENTENCES
"""What the six sentences are about."""

FIRST_DUE: Final = date(2026, 2, 2)
DUE: Final = date(2026, 2, 17)  # after the renewal
BROUGHT_BACK: Final = date(2026, 2, 20)
FEE: Final = 60  # cents

Answer = tuple[str, str]
"""A question and the answer that was read from the model."""


@dataclass(frozen=True)
class Step:
    """What a learner made of one sentence."""

    commands: tuple[Command, ...]
    events: tuple[Event, ...]

    @property
    def kinds(self) -> tuple[type[Event], ...]:
        """The classes of its events."""
        return tuple(map(type, self.events))


Model = Mapping[int, Step]
"""The sentences that are told so far, by number."""


# Reading what the learner wrote.


def read(story: Any) -> Model | str:
    """The model that a story tells, or what is wrong with its form.

    Commands and events may be nested or in any order: their base classes tell them apart. A
    sentence that is still `...` is left out.
    """
    if isinstance(story, (list, tuple)):
        story = dict(enumerate(story, start=1))
    if not isinstance(story, Mapping):
        return "give the story: check('2.2', story), a dictionary from 1 to 6"
    if others := [key for key in story if str(key) not in map(str, SENTENCES)]:
        return f"the story has no sentence {others[0]!r}: its keys are the numbers 1 to 6"
    model = {}
    for number in SENTENCES:
        parts = list(_flat(story.get(number, story.get(str(number), ...))))
        if ... in parts:
            continue
        if advice := next(filter(None, map(_not_a_message, parts)), None):
            return f"sentence {number}: {advice}"
        model[number] = Step(
            tuple(part for part in parts if isinstance(part, Command)),
            tuple(part for part in parts if isinstance(part, Event)),
        )
    return model


def _flat(value: Any) -> Iterator[Any]:
    """The parts of nested lists and tuples; None stands for no part."""
    if isinstance(value, (list, tuple)):
        for part in value:
            yield from _flat(part)
    elif value is not None:
        yield value


def _not_a_message(part: Any) -> str | None:
    """Why this is neither a command nor an event that can be kept; None when it is one."""
    if isinstance(part, type):
        return (
            f"{part.__name__} is the class; write what it says of this day, "
            f"as in {part.__name__}({', '.join(getattr(part, '__struct_fields__', ()))})"
        )
    if not isinstance(part, (Command, Event)):
        return (
            f"{part!r:.80} is neither a command nor an event: "
            f"begin with `class {_class_name(part)}(Event):` or (Command)"
        )
    try:
        Vocabulary(type(part)).encode(part)
    except EsdemoError as error:
        return str(error)
    return None


def _class_name(part: object) -> str:
    name = type(part).__name__
    return "SomethingHappened" if type(part).__module__ == "builtins" else name


def advice_on_form(model: Model) -> str | None:
    """What each sentence needs before anything can be asked: a command, and its facts."""
    for number, step in model.items():
        advices = (
            *map(_advice_on_command, step.commands),
            _advice_on_parts(step, number),
            *(_advice_on_name(event, model) for event in step.events),
            *map(_advice_on_fields, step.events),
        )
        if advice := next(filter(None, advices), None):
            return f"sentence {number}: {advice}"
    return None


def _advice_on_parts(step: Step, number: int) -> str | None:
    if not step.commands:
        first = f" ({_name(step.events[0])} is an Event)" if step.events else ""
        return f"there is no Command{first}; somebody asked for this, so who asks for what?"
    if not step.events and number != REFUSED:
        return f"{_name(step.commands[0])} leaves no Event, so nobody will know that it happened"
    return None


# Names and fields.


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_IRREGULAR: Final = _set(
    "begun borne bought broken brought chosen come cut dealt done drawn fallen forgiven forgotten "
    "forgone found given gone got gotten gave had held kept known laid left lent let lost made met "
    "overdue overrun paid put quit read returned risen said seen sent set shut sold spent stood "
    "struck taken thought told took torn undone went withdrawn withheld won written wrote"
)
_NOT_PAST: Final = _set("bed deed feed need red seed shed speed weed")
_VAGUE: Final = _set(
    "updated changed modified edited altered saved set processed handled happened done"
)
_NOT_UNDER_WAY: Final = _set("thing nothing building evening morning king ring spring string")
_TOTALS: Final = _set(
    "total totals balance count counter sum cumulative remaining renewals outstanding"
)
_ASKING: Final = _set(
    "ask declare enter flag get have let log make mark note put record register report request "
    "set try want"
)


def _name(message: object) -> str:
    return type(message).__name__


def _words(message: object) -> list[str]:
    """The words of a class's name, in lower case, without a closing Event or Command."""
    found = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", _name(message))
    words = [word.lower() for word in found]
    return [word for word in words if word not in ("event", "command")] or words or [""]


def _is_past(word: str) -> bool:
    return word in _IRREGULAR or (word.endswith("ed") and word not in _NOT_PAST)


def _advice_on_command(command: Command) -> str | None:
    first, *_, last = _words(command) * 2
    if not _is_past(last) or first in _ASKING:
        return None
    return (
        f"{_name(command)} is a Command, and reads as if it had happened already: name it by what "
        "is asked, as in Withdraw, or make it an Event if it is the fact"
    )


def _advice_on_name(event: Event, model: Model) -> str | None:
    name, words = _name(event), _words(event)
    past = [word for word in words if _is_past(word)]
    if past and _VAGUE.issuperset(past):
        return (
            f"{name} says that something changed, and not what happened: the next reader needs "
            "the reason in the name, as in MoneyWithdrawn"
        )
    if past:
        return None
    if any(word.endswith("ing") and word not in _NOT_UNDER_WAY for word in words):
        return f"{name} sounds as if it were still going on: a fact is over, so use the past tense"
    asked = {_words(command)[0] for step in model.values() for command in step.commands}
    if words[0] in asked:
        return f"{name} reads like a request: name the fact in the past tense, as in MoneyWithdrawn"
    return None


def _advice_on_fields(event: Event) -> str | None:
    for field in event.__struct_fields__:
        if _TOTALS.intersection(re.split(r"[^a-z]+", field.lower())):
            return (
                f"{_name(event)} keeps a total, `{field}`: a total is computed from the events, "
                "and one that is stored beside them may disagree; keep what this event added "
                "(if it is only that, call it by another name, such as amount)"
            )
    return None


def _values(messages: Iterable[object]) -> Iterator[Any]:
    """All that these messages hold, one value at a time."""
    for message in messages:
        if isinstance(message, Message):
            yield from _values(msgspec.structs.astuple(message))
        elif isinstance(message, (tuple, list)):
            yield from _values(message)
        else:
            yield message


def _plain(event: Event) -> str:
    return str(event).replace("datetime.date", "date")


def _where(step: Step, says: Callable[[Any], bool]) -> str:
    """The event and field of this step that say so, as "CopyLent: member='ada'"; "" for none."""
    for event in step.events:
        for field in event.__struct_fields__:
            if any(says(value) for value in _values([getattr(event, field)])):
                value = str(getattr(event, field))
                return f"{_name(event)}.{field} is {value}"
    return ""


# The questions, each a function from the model to an answer or to a sentence of advice.


def questions(model: Model) -> Iterator[Answer | str]:
    """Each question that can be asked so far: with its answer, or what to do about it."""
    asked: list[tuple[int, Callable[[Model], Answer | str]]] = [
        (RENEWED, _renewal),
        (RENEWED, _due),
        (REFUSED, _refusal),
        (RESERVED, _who_waits),
        (RETURNED, _what_it_cost),
        (UNDONE, _what_is_undone),
    ]
    for number, question in asked:
        if number in model:
            yield question(model)


def _own(model: Model, number: int) -> list[str]:
    """The classes that say this sentence, and no other one that was granted."""
    granted = [step for n, step in model.items() if n not in (number, REFUSED)]
    others = {kind for step in granted for kind in step.kinds}
    return [kind.__name__ for kind in model[number].kinds if kind not in others]


def _first(model: Model, number: int) -> str:
    return model[number].kinds[0].__name__


def _renewal(model: Model) -> Answer | str:
    if not (_own(model, LENT) and _own(model, RENEWED)):
        return (
            "how would you count the loans of a year? A renewal cannot be told from a new loan by "
            f"its class: {_first(model, RENEWED)} stands for more than one thing. One class for "
            "each reason"
        )
    return "Can a renewal be told from a new loan?", f"yes, it is a {_own(model, RENEWED)[0]}"


def _refusal(model: Model) -> Answer | str:
    step, lent = model[REFUSED], model[LENT]
    accepted = {kind for n, other in model.items() if n != REFUSED for kind in other.kinds}
    if wrong := [kind.__name__ for kind in step.kinds if kind in accepted]:
        return f"sentence 3 was refused, and your log says {wrong[0]}, as if it had been granted"
    if not {type(command) for command in step.commands} & {type(c) for c in lent.commands}:
        return (
            f"Bob asks for what Ada asked for, and cannot know that he will be refused: "
            f"sentence 3 begins with a {_name(lent.commands[0])} as well"
        )
    question = "Is there a fact for the refusal?"
    if step.events:
        return question, f"yes, {_name(step.events[0])}; evolve will have nothing to do for it"
    return question, "no, nothing happened; the store keeps the command and the reason beside it"


def _who_waits(model: Model) -> Answer | str:
    if not _own(model, RESERVED):
        kind = _first(model, RESERVED)
        return f"{kind} stands for Bob's reservation and for something else: give it its own class"
    step = model[RESERVED]
    found = _where(step, _names("bob"))
    if not found and not _where(model[LENT], _names("ada")):  # members are numbers here
        found = _where(step, _is_id)
    if not found:
        return f"who waits for the copy? {_plain(step.events[0])} does not say that it is Bob"
    return "Who waits for the copy?", found


def _what_it_cost(model: Model) -> Answer | str:
    if not _own(model, RETURNED):
        kind = _first(model, RETURNED)
        return f"{kind} stands for the return and for something else: give it its own class"
    found = _where(model[RETURNED], lambda value: _is_number(value) and value in _AMOUNTS)
    if not found and _where(model[RETURNED], lambda value: value == FEE * 100):
        return f"{FEE * 100} is 60 euros: the fee is 60 cents, and in cents that is {FEE}"
    if not found:
        return (
            "what was Ada charged? No event of sentence 5 says 60 cents. Next year a day may cost "
            "more, so keep the amount (an int), and not only the days or the rate"
        )
    return "What was Ada charged, even if the rate changes?", found


def _what_is_undone(model: Model) -> Answer | str:
    if not _own(model, UNDONE):
        return (
            f"{_first(model, UNDONE)} stands for the fee and for taking it back. To undo is to add "
            "a fact, and that a mistake was corrected is a fact of its own: give it a class"
        )
    step = model[UNDONE]
    if not (found := _where(step, lambda value: _points(value, model))):
        return (
            f"which fee was taken back? Had Ada been charged twice, {_plain(step.events[0])} would "
            "fit both: keep its amount, its day, an id, or the version of the event that is undone"
        )
    return "Which fee was taken back?", found


def _due(model: Model) -> Answer | str:
    found = ""
    for number, day in ((LENT, FIRST_DUE), (RENEWED, DUE)):
        if not (found := _where(model[number], _says_when_due(day))):
            return (
                f"by when is Ada to bring it back? {_plain(model[number].events[0])} leaves that "
                f"to a rule, and the rule may change: keep the day itself, {day.day} February"
            )
    return "When is it due, even if the rule changes?", found


_AMOUNTS: Final = (FEE, Decimal(FEE) / 100)


def _names(person: str) -> Callable[[object], bool]:
    return lambda value: person in str(value).casefold()


def _is_number(value: object) -> bool:
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def _is_id(value: object) -> bool:
    return isinstance(value, UUID) or _is_number(value)


def _is_day(value: object, day: date) -> bool:
    return isinstance(value, date) and (value.month, value.day) == (day.month, day.day)


def _says_when_due(day: date) -> Callable[[object], bool]:
    """The day itself, as a date or a string, or the days or weeks that were agreed."""

    def says(value: object) -> bool:
        if isinstance(value, str):
            return _is_written(value, day)
        return _is_day(value, day) or (_is_number(value) and value in _AGREED)

    return says


_AGREED: Final = (28, 4, (DUE - FIRST_DUE).days)
"""How long: days, weeks, or the days by which the loan became longer."""


def _is_written(text: str, day: date) -> bool:
    """Whether a string has this day of February, in figures or in words."""
    return bool(
        re.search(rf"\b0?{day.day}(\b|[a-z]|T)", text) and re.search(r"\b0?2\b|[Ff]eb", text)
    )


def _points(value: object, model: Model) -> bool:
    """Whether a value of the last sentence tells which fee is meant.

    A number, an id, a name with a digit in it, the day of the fee. Who and which copy do not: they
    are the same for every fee, and stand in the first sentence too.
    """
    if value in set(_values(model[LENT].events)):
        return False
    if isinstance(value, str):
        known = RETURNED in model and value in set(_values(model[RETURNED].events))
        return known or any(character.isdigit() for character in value)
    return (_is_id(value) and value != 0) or _is_day(value, BROUGHT_BACK) or _is_day(value, DUE)


# The drawing.


def drawn(model: Model) -> str:
    """The model as a table: what is asked, and what is kept."""
    rows = [(str(number), *_row(model.get(number))) for number in SENTENCES]
    width = max(len(asked) for _, asked, _ in rows)
    return "\n".join(f"{number}  {asked:{width}}  ->  {kept}" for number, asked, kept in rows)


def _row(step: Step | None) -> tuple[str, str]:
    if step is None:
        return "...", "..."
    return _signatures(step.commands), _signatures(step.events) or "refused, no event"


def _signatures(messages: Iterable[Message]) -> str:
    return " + ".join(f"{_name(m)}({', '.join(m.__struct_fields__)})" for m in messages)
