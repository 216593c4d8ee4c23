"""The exercise of chapter 15: a fold of a log that nobody here wrote."""

import copy
from typing import Any, Final

from esdemo.anylog import Entry
from esdemo.checks.verdicts import Proved

ASK: Final = "Ask for documents"
DONE: Final = ("Decide", "Withdraw")
CHECK, RECEIVE = "Check documents", "Receive documents"
STORIES: Final = (
    ("Apply", CHECK, "Charge the fee", "Decide"),
    ("Apply", CHECK, ASK, RECEIVE, CHECK, "Charge the fee", "Waive the fee", "Decide"),
    ("Apply", CHECK, ASK, RECEIVE, CHECK, ASK, RECEIVE, CHECK, "Withdraw"),
    ("Apply", CHECK, ASK, "Withdraw", RECEIVE),  # the letter came too late
)


def exercise_1(answer: Any) -> str | None:
    """An evolve with `rounds` and `open`, asked after each event of some stories."""
    if not callable(answer):
        return f"give the function itself: check('15.1', rounds), not {answer!r:.40}"
    for story in STORIES:
        state: dict[str, Any] = {}
        for count, kind in enumerate(story, 1):
            before = copy.deepcopy(state)
            state, again = answer(state, _entry(kind)), answer(copy.deepcopy(before), _entry(kind))
            if advice := _wrong(state, story[:count], before):
                return advice
            if again != state:
                return (
                    f"asked twice about {kind!r} after the same state, it says {state} and then "
                    f"{again}: what it knows must come from the state and the event alone"
                )
    return Proved(f"right after each of {sum(map(len, STORIES))} events of {len(STORIES)} stories")


def _entry(kind: str) -> Entry:
    return Entry(kind, {"status": "in check"})


def _wrong(state: Any, story: tuple[str, ...], before: dict[str, Any]) -> str | None:
    """What is wrong with the state after a story, in the words of an advice."""
    kind, told = story[-1], " → ".join(story)
    if state is None or state is ...:
        return f"it returned {state!r} for {kind!r}: return the state, also when it stays as it was"
    if not isinstance(state, dict):
        return f"the state is a dict with `rounds` and `open`, not {state!r:.60}"
    if missing := {"rounds", "open"} - state.keys():
        lost = " (it was there before)" if missing <= before.keys() else ""
        return f"after {told} the state has no {sorted(missing)[0]!r}{lost}: it is {state}"
    asked, still = story.count(ASK), not any(each in DONE for each in story)
    if state["rounds"] != asked:
        return f"after {told} documents were asked for {asked} times, not {state['rounds']!r}"
    if state["open"] is not still:
        if still or not before.get("open", True):
            return f"after {told} `open` is {still}, not {state['open']!r}"
        return (
            f"{kind!r} closes an application: after {told} `open` is False, not {state['open']!r}"
        )
    return None
