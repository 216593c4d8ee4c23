"""The exercises of chapter 08: letters after a join, a chance, a leak, and a back-test."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Final

import numpy as np

from esdemo import forecast
from esdemo.application import Application
from esdemo.checks.predictions import shown
from esdemo.checks.verdicts import NOT_YET, Proved, untouched
from esdemo.clocks import ManualClock, numbered
from esdemo.commands import Command, Decision
from esdemo.domains.bank import BankMessage, Deposit, OpenAccount, Withdraw, rules
from esdemo.stores import EventStore, MemoryStore
from esdemo.timeline import ChangedOutcome

NO_RETURN: Final = "it returns None: is there a `return` at the end?"
FRIDAY: Final = datetime(2025, 9, 26, 9, tzinfo=UTC)
Asked = tuple[str, Command]


def exercise_1(letters: Callable[[EventStore, EventStore], Any]) -> str | None:
    """letters(ours, theirs): why each command of theirs is now refused, by its id."""
    if untouched(letters):
        return NOT_YET
    ours = [Withdraw(70_00), Withdraw(60_00)]
    theirs = [Withdraw(500_00), Withdraw(60_00), Deposit(5_00), Withdraw(40_00), Withdraw(20_00)]
    answer = _bare(letters(_counter("our", ours), _counter("their", theirs)))
    if advice := _letters(answer):
        return advice
    quiet = _counter("our", [Withdraw(1_00)]), _counter("their", [Withdraw(2_00)])
    if letters(*quiet) != {}:
        return "where nothing is newly refused, nobody gets a letter: return an empty dict"
    richer = _counter("our", [Withdraw(95_00)]), _counter("their", [Withdraw(10_00)])
    if _bare(letters(*richer)) != {"their-1": "1000 is more than the available 500"}:
        return "on other histories the letters are others: use the arguments `ours` and `theirs`"
    return Proved("each command that was accepted and is now refused gets one letter, with why")


def exercise_2(chance: Callable[[Any, float], Any]) -> str | None:
    """chance(values, cents): the share of futures that are below it on some day."""
    if untouched(chance):
        return NOT_YET
    values = np.array([[300.0, 50, 300], [300, 300, 20], [300, 300, 100], [10, 20, 30], [300] * 3])
    answer = chance(values.copy(), 100)
    if advice := _share(answer):
        return advice
    others = [(values, 1_000, 1.0), (values, 5, 0.0), (values[:, :1], 100, 0.2)]
    if any(not np.isclose(chance(each.copy(), cents), right) for each, cents, right in others):
        return "with other futures or other cents it is another share: use both arguments"
    return Proved("a future counts when one of its days does, and a day at the limit does not")


def exercise_3(honest: Callable[[Any, int, int], Any]) -> str | None:
    """honest(values, cut, ahead): a line on from what is known at the cut."""
    if untouched(honest):
        return NOT_YET
    values = np.random.default_rng(3).integers(-50, 80, 60).cumsum() * 100.0
    answer = honest(values, 40, 5)
    if advice := _line(answer, values, 40, 5):
        return advice
    for cut, ahead in ((20, 5), (40, 12)):
        if not np.allclose(honest(values, cut, ahead), forecast.drift(values[:cut], ahead)[0]):
            return (
                f"right at the cut 40 for 5 days, but not at {cut} for {ahead}: use the arguments"
            )
    if forecast.peeks(lambda known, cut: honest(known, cut, 5), values, 40):
        return "the numbers are right, but it reads values after the cut: begin with values[:cut]"
    return Proved("with the future taken away it says the same")


def exercise_4(covered: Callable[[Any, Any, int, int], Any]) -> str | None:
    """covered(values, method, first, ahead): the share of hits and its standard error."""
    if untouched(covered):
        return NOT_YET
    values = np.random.default_rng(4).integers(0, 9, 400).cumsum() * 1.0
    given = list[tuple[int, int]]()
    answer = covered(values, _method(values, 100, given), 100, 30)
    if advice := _cuts(given, range(100, 371, 30), 30, len(values)):
        return advice
    if advice := _two_numbers(answer, hits=7, trials=10):
        return advice
    again = np.array(covered(values, _method(values, 40, []), 40, 90), float)
    if not np.allclose(again, (3 / 4, forecast.standard_error(0.8, 4))):
        return "right for first=100 and ahead=30, but not for 40 and 90: use the arguments"
    return Proved("it stands where nothing overlaps, sees what was known, and knows its own error")


def _bare(answer: Any) -> Any:
    """Letters by their reasons: with "refused: " before it, as in a row's `after`, is as good."""
    if not isinstance(answer, dict):
        return answer
    return {
        name: why.removeprefix("refused: ") if isinstance(why, str) else why
        for name, why in answer.items()
    }


def _letters(answer: Any) -> str | None:
    """Help for the first join: 30 are left of 100; 60, 40 and 20 are asked on the other side."""
    right = {
        "their-2": "6000 is more than the available 3000",
        "their-4": "4000 is more than the available 3500",
    }
    if answer is None:
        return NO_RETURN
    if not isinstance(answer, dict):
        if isinstance(answer, Iterable) and set(map(str, answer)) == set(right):
            return "those are the right commands; return a dict that also has the reason of each"
        return f"return a dict from command id to reason, not {_short(answer)}"
    if any(isinstance(value, (Decision, ChangedOutcome)) for value in answer.values()):
        return "the value is the reason alone, such as decision.reason"
    if answer == right:
        return None
    if any(value is None for value in answer.values()):
        return "a reason is None: that decision was taken at their counter; ask joined.store for it"
    if not answer:
        return "two of theirs are newly refused: look for rows whose kind is 'now refused'"
    if odd := [name for name in answer if not str(name).startswith(("our", "their"))]:
        return f"{_short(odd[0])} is not the id of a command, such as 'their-2' (row.command_id)"
    if any(str(name).startswith("our") for name in answer):
        if "their-2" in answer:
            return "ours stay as they are: take only rows of `changed` that are 'now refused'"
        return "ours stay as they are: the first argument of join_commands is `ours`"
    if "their-1" in answer:
        return "their-1 was already refused at their counter, so it is not a change"
    if extra := sorted(set(map(str, answer)) - set(right)):
        return f"{extra[0]} comes out as before, or is not refused: only the kind 'now refused'"
    if missing := sorted(set(right) - set(map(str, answer))):
        return f"{missing[0]} is newly refused too"
    return f"the reasons are those of the joined history, such as {right['their-2']!r}"


def _share(answer: Any) -> str | None:
    """Help for the share of five futures of three days: three of them fall below 100."""
    if answer is None:
        return NO_RETURN
    if np.ndim(answer):
        return "that is an answer for each: return one number, the mean over the futures"
    if isinstance(answer, (bool, np.bool_)):
        return "that says whether it happens at all: in which share of the futures does it?"
    if isinstance(answer, str) or not hasattr(answer, "__float__"):
        return f"return a number from 0 to 1, not {_short(answer)}"
    number = float(answer)
    helps = {
        0.6: None,
        3: "that is how many futures: divide by how many there are",
        60: "that is in percent: return a share from 0 to 1",
        0.4: "is that the share that stays above, or only one day? Any day is enough to count",
        5 / 15: "that is the share of all days: ask each future first, with any(axis=1)",
        0.8: "below 100 is `<`: neither `<=`, which takes 100 itself, nor `>`",
        0.2: "that asks for all days, or for their mean: one day is enough, so any, not all",
        1.0: "that asks each day whether some future is below: the futures are the rows, axis=1",
        5: "that is how many days, and the share of futures is asked for",
    }
    for known, sentence in helps.items():
        if np.isclose(number, known):
            return sentence
    return f"of five futures, three fall below: 0.6, not {_short(answer)}"


def _line(answer: Any, values: Any, cut: int, ahead: int) -> str | None:
    """Help for a line of five numbers from the 40th value on."""
    if answer is None:
        return NO_RETURN
    try:
        line = np.asarray(answer, float).ravel()
    except (TypeError, ValueError):
        return f"return an array of numbers, not {_short(answer)}"
    right = forecast.drift(values[:cut], ahead)[0]
    if line.shape == right.shape and np.allclose(line, right):
        return None
    if len(line) == 1:
        return "return all the numbers of the line, and not only one"
    if len(line) != ahead:
        return f"return {ahead} numbers, one for each day ahead, not {len(line)}"
    known, slope = values[:cut], np.diff(values[:cut]).mean()
    steps = np.arange(1, ahead + 1)
    helps = (
        (values[cut] + np.diff(values).mean() * steps, "that is your colleague's, with both leaks"),
        (values[cut] + slope * steps, "the line still starts at values[cut], which is to come"),
        (
            known[-1] + np.diff(values).mean() * steps,
            "the slope is still that of all values: take the mean of np.diff(values[:cut])",
        ),
        (known[-1] + slope * np.arange(ahead), "the first number is for one day ahead: from 1 on"),
        (np.full(ahead, known[-1]), "that stays at the last value: draw the line on from there"),
        (
            values[cut] + np.diff(values[: cut + 1]).mean() * steps,
            "values[:cut + 1] holds values[cut] too, and that is to come: values[:cut]",
        ),
        (values[-1] + slope * steps, "values[-1] is the last of all: begin with values[:cut]"),
        (
            slope * steps,
            "that is how far the line rises: add the last known value, where it starts",
        ),
        (known[0] + slope * steps, "the line starts at the last known value, not at the first"),
        (
            known.mean() + slope * steps,
            "the line starts at the last known value, not at the mean of all",
        ),
        (known[-2] + slope * steps, "when `cut` values are known, the last is values[cut - 1]"),
        (
            known[-1] + (known[-1] - known[0]) / cut * steps,
            "between 40 values there are 39 changes: the mean of np.diff divides by those",
        ),
    )
    for wrong, sentence in helps:
        if np.allclose(line, wrong):
            return sentence
    return "that is not the line from values[cut - 1] along the mean change of values[:cut]"


def _method(values: Any, first: int, given: list[tuple[int, int]]) -> Callable[..., Any]:
    """A method whose every third interval just misses what comes, and that notes its arguments.

    An interval of half the futures would miss two of three, and one of nine tenths would miss none.
    """

    def method(known: Any, ahead: int, seed: Any = 0) -> Any:
        given.append((len(known), ahead))
        line = known[-1] + 4.01 * np.arange(1, ahead + 1)  # never where it comes
        came = values[min(len(known) + ahead, len(values)) - 1]
        within = (0.3, 0.7, 0.85)[(len(known) - first) // ahead % 3]
        width = abs(came - line[-1]) / within
        return line + np.linspace(-width, width, 2_001)[:, None]

    return method


def _cuts(given: list[tuple[int, int]], wanted: range, ahead: int, known: int) -> str | None:
    """Help for what a method was called with, by how many values it was given."""
    cuts = [cut for cut, _ in given]
    if not given:
        return "it never calls `method`: ask it for futures at each cut"
    if any(each != ahead for _, each in given):
        return "the second argument of `method` is how many steps to look ahead: `ahead`"
    if len(cuts) > 1 and set(cuts) == {known}:
        return "the method is given all values, the future among them: values[:cut]"
    if set(cuts) == set(wanted):
        return None
    if len(cuts) > 1 and all(later - earlier == 1 for earlier, later in pairwise(cuts)):
        return "a cut at every step gives trials about the same days: go on by `ahead`"
    if cuts == list(wanted)[: len(cuts)]:
        return "there is room for one more trial: the last cut may be len(values) - ahead"
    if cuts[0] != wanted[0]:
        return f"the first cut is at `first`, so the method is given {wanted[0]} values there"
    return f"the cuts should be {list(wanted)[:3]} and so on, not {cuts[:3]}"


def _two_numbers(answer: Any, hits: int, trials: int) -> str | None:
    """Help for a share of hits and its error."""
    if answer is None:
        return NO_RETURN
    if not isinstance(answer, (tuple, list)) or len(answer) != 2:
        return f"return two numbers, the share of hits and its error, not {_short(answer)}"
    try:
        share, error = map(float, answer)
    except (TypeError, ValueError):
        return f"return two numbers, not {_short(answer)}"
    right = hits / trials
    if np.isclose(share, hits) and hits != right:
        return "that is how many hits: the share divides them by the trials"
    if np.isclose(share, 100 * right):
        return "in shares from 0 to 1, not in percent"
    if np.isclose(share, 1 - right):
        return (
            f"{trials - hits} of {trials} are the misses; if you counted hits, then of more than "
            "the last step, which is values[cut + ahead - 1], low[-1] and high[-1]"
        )
    if not np.isclose(share, right):
        return (
            f"{hits} of {trials} intervals hold what came, not {share * trials:.0f}: of "
            "forecast.interval(sample), which is one of 80 %, the last item of low and high is "
            "compared with values[cut + ahead - 1]"
        )
    if np.isclose(error, 0.16 / trials):
        return "the standard error is the square root of that"
    if np.isclose(error, (right * (1 - right) / trials) ** 0.5):
        return "the error that a *right* interval would show has 0.8 in it, not the share you found"
    if not np.isclose(error, forecast.standard_error(0.8, trials)):
        return f"with {trials} trials the error is {forecast.standard_error(0.8, trials):.3f}"
    return None


def _counter(name: str, commands: list[Any]) -> EventStore:
    """A counter that knows an account with 100 euros, and then worked alone."""
    store = MemoryStore(BankMessage, ManualClock(FRIDAY))
    office = Application(rules, store, ids=numbered("shared"))
    for command in (OpenAccount("Ann"), Deposit(100_00)):
        office.handle("ann", command)
    office.ids = numbered(name)
    for command in commands:
        office.handle("ann", command)
    return store


def _short(answer: Any) -> str:
    text = " ".join(shown(answer).split())
    return text if len(text) <= 60 else f"{text[:57]}..."
