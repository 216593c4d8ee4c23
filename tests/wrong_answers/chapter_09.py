"""Answers to the exercises of chapter 09: wrong ones with words of their help, and right ones."""

CARDS = """
from datetime import date, datetime, timedelta

from esdemo.checks import check
from esdemo.domains.loans import CopyLent, CopyReturned


def lent(payload):
    due = date.fromisoformat(payload["on"]) + timedelta(days=28)
    return {
        "type": "CopyLent",
        "member": payload["who"] or "unknown",
        "on": payload["on"],
        "due": due.isoformat(),
    }


def returned(payload):
    return {"type": "CopyReturned", "on": payload["on"]}


upcasters = {"Lent": lent, "Returned": returned}

check("9.1", upcasters)
"""


def cards(*changes):
    """The right answer to 9.1 with some things changed: (old, new) pairs."""
    text = CARDS
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


PLACES = """
from esdemo.checks import check


def places_of(decision, name):
    parts = {
        "stream": decision.stream,
        "actor": decision.actor,
        "command": str(decision.command),
        "reason": decision.reason or "",
        "events": str([fact.event for fact in decision.events]),
    }
    return {part for part, text in parts.items() if name.lower() in text.lower()}


check("9.2", places_of)
"""


def places(*changes):
    text = PLACES
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


def box(body):
    """An answer to 9.3 as the body of its function."""
    lines = "".join(f"    {line}\n" for line in body.strip("\n").splitlines())
    return f"from esdemo.checks import check\n\n\ndef evolve(balance, event):\n{lines}\n\n" + (
        "check('9.3', evolve)\n"
    )


BOX = """
kind, cents = event
if kind == "opened":
    return cents
return balance + cents if kind == "in" else balance - cents
"""

WRONG = {
    "9.1": [
        (cards(('payload["who"] or "unknown"', 'payload["who"]')), "length >= 1"),
        (cards(('"unknown"', '"nobody"')), "for an empty `who`"),
        (cards(("days=28", "days=30")), "a loan was 28 days"),
        (cards(("due.isoformat()", "due")), "a payload is JSON"),
        (cards(('payload["on"]) + timedelta', 'payload["date"]) + timedelta')), "KeyError: 'date'"),
        (cards(('"type": "CopyReturned"', '"type": "Returned"')), "is still called 'Returned'"),
        (cards(('"type": "CopyReturned"', '"type": "CopyLost"')), "became a CopyLost"),
        (cards(('"type": "CopyLent"', '"type": "Lent.2"')), "nor one that a further upcaster"),
        (
            cards(
                ('"member": payload["who"] or "unknown"', '**payload, "member": payload["who"]'),
            ),
            "the later one wins",
        ),
        (cards(("due.isoformat()", 'due.strftime("%d.%m.%Y")')), "such as '2015-03-30'"),
        (cards(("def returned(payload)", "def returned()")), "takes one argument"),
        (cards(('"Returned": returned', '"Returned": CopyReturned')), "is a function"),
        (cards(('payload["who"] or "unknown"', 'payload.get("who", "unknown")')), "length >= 1"),
        (cards(('"on": payload["on"]}', '"on": payload["on"], "member": ""}')), "unknown field"),
        (cards(('        "type": "CopyLent",\n', "")), "needs its name, under 'type'"),
        (cards((', "Returned": returned', "")), "no upcaster for the old name 'Returned'"),
        (cards(('"Returned": returned', '"Returned": ...')), "'Returned' still does nothing"),
        (cards(('"Returned": returned', '"Returned": "returned"')), "is a function"),
        (
            cards(('"Lent": lent, "Re', '"CopyLent": lent, "Lent": lent, "Re')),
            "stands under an old name",
        ),
        (cards(('return {"type": "CopyR', 'x = {"type": "CopyR')), "return the new payload"),
        (
            cards(
                (
                    'return {"type": "CopyReturned", "on": payload["on"]}',
                    'return CopyReturned(payload["on"])',
                )
            ),
            "returns a dict, as JSON would hold it",
        ),
        (
            cards(
                (
                    'return {"type": "CopyReturned", "on": payload["on"]}',
                    'payload["type"] = "CopyReturned"\n    return payload',
                )
            ),
            "changed the payload that it was given",
        ),
        (
            cards(('payload["on"]) + timedelta(days=28)', 'payload["on"] + timedelta(days=28))')),
            "raised TypeError",
        ),
        (
            cards(
                (
                    'return {"type": "CopyReturned", "on": payload["on"]}',
                    'return [{"type": "CopyReturned", "on": payload["on"]}]',
                )
            ),
            "return one dict",
        ),
        (cards(('check("9.1", upcasters)', 'check("9.1", lent)')), "give the dict"),
        (cards(('check("9.1", upcasters)', 'check("9.1", [lent, returned])')), "give the dict"),
    ],
    "9.2": [
        (places(('"reason": decision.reason or "",', "")), "a reason is a sentence"),
        (places(('"stream": decision.stream,', "")), "in the stream"),
        (places(('"actor": decision.actor,', "")), "in the actor"),
        (places(('"command": str(decision.command),', "")), "in the command"),
        (
            places(('"events": str([fact.event for fact in decision.events]),', "")),
            "look at the event of each fact",
        ),
        (places(("name.lower() in text.lower()", "name in text")), "the name can be read"),
        (places(('decision.reason or ""', "decision.reason")), "raised AttributeError"),
        (
            places(
                ("name.lower() in text.lower()", 'any(w in text.lower() for w in ("ann", "weber"))')
            ),
            "there is no name in the",
        ),
        (
            places(
                (
                    "name.lower() in text.lower()",
                    'name.lower().replace(" ", "-") in text.lower().replace(" ", "-")',
                )
            ),
            "there is no name in the stream",
        ),
        (places(("return {part", "return {text")), "is not one of the parts"),
        (places(("return {part", "x = {part")), "return a set, an empty one where nothing is"),
        (
            places(
                ("return {part for", "return ', '.join(part for"),
                ("in text.lower()}", "in text.lower())"),
            ),
            "return a set of strings",
        ),
        (places(("return {part for", "return True or {part for")), "return a set of strings"),
        (places(("[fact.event for fact in decision.events]", "decision.events[:1]")), "in the"),
        (places(('"actor"', '"who"')), "is not one of the parts"),
        (
            places(("str([fact.event for fact in decision.events])", "str(decision.events)")),
            "search only its `.event`",
        ),
        (places(("def places_of(decision, name)", "def places_of(decision)")), "2 were given"),
        (
            places(("[fact.event for fact in decision.events]", "decision.events.event")),
            "raised AttributeError",
        ),
        (
            places(('check("9.2", places_of)', 'check("9.2", {"stream"})')),
            "a function is asked for",
        ),
    ],
    "9.3": [
        (box(BOX.replace("return cents", "return balance + cents")), "counts the money twice"),
        (box(BOX.replace("return cents", "return balance")), "the box opens with"),
        (box(BOX.replace("return cents", "return 0")), "the box opens with"),
        (box(BOX.replace("balance - cents", "balance + cents")), "and should return"),
        (box(BOX.replace('"in"', '"out"')), "and should return"),
        (box(BOX.replace("return balance + cents", "balance + cents")), "return the balance"),
        (box("kind, cents = event\nreturn balance + cents"), "and should return"),
        (box(BOX.replace("return cents", "return event")), "a number of cents"),
        (box(BOX.replace("return cents", 'return f"{cents}"')), "a number of cents"),
        (box(BOX.replace("return cents", "return cents / 1")), "a number of cents"),
        (box(BOX.replace("return cents", "return ...")), "return the balance"),
        (box("return balance + event.cents"), "raised AttributeError"),
        (box(BOX.replace('"opened"', '"open"')), "the box opens with"),
        (
            box(BOX).replace("check('9.3', evolve)", "check('9.3', evolve(0, ('in', 5)))"),
            "function",
        ),
    ],
}

RIGHT = {
    "9.1": [
        cards(
            (
                '"member": payload["who"] or "unknown"',
                '"member": payload["who"] if payload["who"] else "unknown"',
            ),
            ("due.isoformat()", "str(due)"),
        ),
        cards(
            ("date.fromisoformat", "datetime.fromisoformat"),
            ("due.isoformat()", "due.date().isoformat()"),
            (
                'return {"type": "CopyReturned", "on": payload["on"]}',
                'return payload | {"type": "CopyReturned"}',
            ),
        ),
        """
from datetime import date, timedelta

from esdemo.checks import check


def named(payload):
    return {"type": "Lent.2", "on": payload["on"], "member": payload["who"] or "unknown"}


def lent(payload):
    on = date.fromisoformat(payload["on"])
    return {**payload, "type": "CopyLent", "due": (on + timedelta(weeks=4)).isoformat()}


upcasters = {
    "Lent": named,
    "Lent.2": lent,
    "Returned": lambda payload: dict(payload, type="CopyReturned"),
}
check("9.1", upcasters)
""",
    ],
    "9.2": [
        places(
            ("return {part for", "return frozenset(part for"), ("text.lower()}", "text.lower())")
        ),
        """
from esdemo.checks import check


def places_of(decision, name):
    found = []
    name = name.casefold()
    if name in decision.stream.casefold():
        found.append("stream")
    if name in decision.actor.casefold():
        found.append("actor")
    if name in repr(decision.command).casefold():
        found.append("command")
    if decision.refused and name in decision.reason.casefold():
        found.append("reason")
    for fact in decision.events:
        if name in repr(fact.event).casefold():
            found.append("events")
    return found


check("9.2", places_of)
""",
    ],
    "9.3": [
        box(
            """
match event:
    case ("opened", cents):
        return cents
    case ("in", cents):
        return balance + cents
    case (_, cents):
        return balance - cents
"""
        ),
        box(
            'signs = {"in": 1, "out": -1, "opened": 1}\nkind, cents = event\n'
            'return (0 if kind == "opened" else balance) + signs[kind] * cents'
        ),
    ],
}
