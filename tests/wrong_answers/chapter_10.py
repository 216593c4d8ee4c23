"""Answers to the exercises of chapter 10: wrong ones with words of their help, and right ones."""

TRIP = """
from esdemo.checks import check


def trip(state, news):
    match state, news:
        case "new", "ordered":
            return "flight", ["book flight"]
        case "flight", "flight booked":
            return "hotel", ["book hotel"]
        case "flight", "flight full":
            return "failed", []
        case "hotel", "hotel booked":
            return "done", []
        case "hotel", "hotel full":
            return "cancel", ["cancel flight"]
        case "cancel", "flight cancelled":
            return "failed", []
    return state, []


check("10.1", trip)
"""

STUCK = """
from esdemo import timeline
from esdemo.checks import check


def stuck(recorded, rules):
    other = timeline.with_rules(recorded, rules).store
    found = set()
    for stream in recorded.store.streams():
        before, after = recorded.state(stream), rules.fold(other.events(stream))
        if before.stage == "ended" and after.stage != "ended":
            found.add(stream)
    return found


check("10.2", stuck)
"""

COUPON = """
from esdemo import Command, Event, Rejected
from esdemo.checks import check


class Used(Event):
    coupon: str
    member: str


class Use(Command):
    coupon: str
    member: str


def tags(event):
    return [f"coupon {event.coupon}"]


def about(command):
    return [f"coupon {command.coupon}"]


def decide(command, state):
    if len(state) >= 3:
        raise Rejected("the coupon is used up")
    if command.member in state:
        raise Rejected(f"{command.member} has used it")
    return [Used(command.coupon, command.member)]


def evolve(state, event):
    return (*state, event.member)


check("10.3", (Used, Use, tags, about, decide, evolve))
"""

FEES = """
from esdemo.checks import check
from esdemo.domains.bank import ChargeFee


def fees(days, accounts):
    found = {}
    for event in days:
        if event.begins_month:
            for account in accounts:
                found[f"fee {event.day} {account}"] = account, ChargeFee(2_50, "account")
    return found


check("10.4", fees)
"""


def but(source, *changes):
    """The right answer with something else in some places."""
    for old, new in zip(changes[::2], changes[1::2], strict=True):
        assert old in source, old
        source = source.replace(old, new)
    return source


WRONG = {
    "10.1": [
        (but(TRIP, "    return state, []\n\n\n", "\n\n"), "returned None"),
        (but(TRIP, 'return "cancel", ["cancel flight"]', 'return "failed", []'), "still booked"),
        (but(TRIP, 'return "cancel", [', 'return "failed", ['), "until then the flight is still"),
        (but(TRIP, "return state, []", 'return "failed", []'), "is not asked any more"),
        (but(TRIP, 'return "flight", ["book flight"]', 'return "flight", "book flight"'), "a list"),
        (
            but(TRIP, 'return "flight", ["book flight"]', 'return ["book flight"]'),
            "return a pair",
        ),
        (
            but(TRIP, 'case "new", "ordered"', 'case _, "ordered"'),
            "is asked twice",
        ),
        (
            but(TRIP, 'case "hotel", "hotel full"', 'case _, "hotel full"'),
            "is asked twice",
        ),
        (
            but(
                *(TRIP, 'return "flight", ["book flight"]'),
                'return "flight", ["book flight", "book hotel"]',
            ),
            "the asks were",
        ),
        (but(TRIP, 'return "done", []', 'return "hotel booked", []'), "the state is 'done'"),
        (
            but(TRIP, 'case "flight", "flight booked"', 'case _, "flight booked"'),
            "is asked twice",
        ),
        (
            but(
                TRIP,
                '"flight", "flight full":\n            return "failed", []',
                '"flight", "x":\n            return "failed", []',
            ),
            "the state is 'failed'",
        ),
        (
            but(TRIP, 'case "cancel", "flight cancelled"', 'case "x", "flight cancelled"'),
            "the state is 'failed'",
        ),
        (
            but(TRIP, 'check("10.1", trip)', 'check("10.1", trip("new", "ordered"))'),
            "a function is asked for",
        ),
    ],
    "10.2": [
        (but(STUCK, "    return found\n", "    found\n"), "return"),
        (but(STUCK, "return found", "return list(found)"), "as a set"),
        (but(STUCK, "return found", "return found.pop() if found else found"), "a set of streams"),
        (
            but(
                STUCK,
                'before.stage == "ended" and after.stage != "ended"',
                'after.stage != "ended"',
            ),
            "had not ended",
        ),
        (
            but(
                STUCK,
                'before.stage == "ended" and after.stage != "ended"',
                'before.stage == "ended"',
            ),
            "that is everybody",
        ),
        (
            but(STUCK, "other.events(stream)", "recorded.store.events(stream)"),
            "fold the other history",
        ),
        (
            but(
                STUCK,
                'before.stage == "ended" and after.stage != "ended"',
                'after.stage == "ended"',
            ),
            "ends in both",
        ),
        (
            but(STUCK, "return found", 'return {"transfer 4"}'),
            "nobody is stuck",
        ),
        (
            but(STUCK, "return found", "return {name: 1 for name in found}"),
            "return a set of streams",
        ),
        (
            """
from esdemo import timeline
from esdemo.checks import check


def stuck(recorded, rules):
    return {row.stream for row in timeline.with_rules(recorded, rules).changed}


check("10.2", stuck)
""",
            "still ends",
        ),
    ],
    "10.3": [
        (
            but(COUPON, 'return [f"coupon {command.coupon}"]', 'return f"coupon {command.coupon}"'),
            "a list",
        ),
        (
            but(
                COUPON,
                'return [f"coupon {command.coupon}"]',
                'return [f"member {command.member}"]',
                'return [f"coupon {event.coupon}"]',
                'return [f"coupon {event.coupon}", f"member {event.member}"]',
            ),
            "may still use winter",
        ),
        (
            but(
                COUPON,
                'return [f"coupon {command.coupon}"]',
                'return [f"{command.coupon} {command.member}"]',
                'return [f"coupon {event.coupon}"]',
                'return [f"{event.coupon} {event.member}"]',
            ),
            "a fourth use",
        ),
        (but(COUPON, "len(state) >= 3", "len(state) > 3"), "does `decide` stop at 3"),
        (but(COUPON, "len(state) >= 3", "len(state) >= 2"), "the third use"),
        (but(COUPON, "if command.member in state", "if False"), "twice"),
        (
            but(
                COUPON,
                'return [f"coupon {command.coupon}"]',
                'return ["coupon"]',
                'return [f"coupon {event.coupon}"]',
                'return ["coupon"]',
            ),
            "may still use winter",
        ),
        (
            but(
                COUPON,
                "return [Used(command.coupon, command.member)]",
                "return Used(command.coupon, command.member)",
            ),
            "list",
        ),
        (
            but(
                COUPON, "(Used, Use, tags, about, decide, evolve)", "(tags, about, decide, evolve)"
            ),
            "all six",
        ),
        (but(COUPON, "class Used(Event)", "class Used(Command)"), "Used is an Event"),
        (but(COUPON, 'return [f"coupon {event.coupon}"]', "return []"), "no tag"),
        (but(COUPON, "return (*state, event.member)", "return state"), "twice"),
        (but(COUPON, 'return [f"coupon {event.coupon}"]', "return [event]"), "a tag is a string"),
        (
            but(
                COUPON,
                "return [Used(command.coupon, command.member)]",
                "return [Used(command.member, command.coupon)]",
            ),
            "one Used",
        ),
    ],
    "10.4": [
        (but(FEES, "    return found\n", "    found\n"), "return"),
        (but(FEES, "if event.begins_month", "if True"), "for every day"),
        (but(FEES, 'f"fee {event.day} {account}"', 'f"fee {account}"'), "is the month in the id"),
        (
            but(FEES, 'f"fee {event.day} {account}"', 'f"fee {event.day}"'),
            "each account needs its own",
        ),
        (but(FEES, 'f"fee {event.day} {account}"', 'f"fee {len(found)}"'), "two fees have one id"),
        (
            but(
                *(FEES, 'f"fee {event.day} {account}"', "token_hex(8)"),
                *("from esdemo.checks", "from secrets import token_hex\n\nfrom esdemo.checks"),
            ),
            "paid twice",
        ),
        (but(FEES, "{event.day} {account}", "{event.day.month} {account}"), "put the year into it"),
        (but(FEES, "2_50", "2.50"), "the command is"),
        (but(FEES, "= account, Charge", '= "calendar", Charge'), "the name of the account"),
        (
            but(FEES, '= account, ChargeFee(2_50, "account")', '= ChargeFee(2_50, "account")'),
            "a pair",
        ),
        (but(FEES, "return found", "return list(found.values())"), "return a dict"),
        (but(FEES, 'f"fee {event.day} {account}"', "(event.day, account)"), "a string"),
    ],
}

RIGHT = {
    "10.1": [
        """
from esdemo.checks import check

STEPS = {
    ("new", "ordered"): (1, ["book flight"]),
    (1, "flight booked"): (2, ["book hotel"]),
    (1, "flight full"): ("failed", []),
    (2, "hotel booked"): ("done", []),
    (2, "hotel full"): (3, ("cancel flight",)),
    (3, "flight cancelled"): ("failed", []),
}


def trip(state, news):
    return STEPS.get((state, news), (state, []))


check("10.1", trip)
""",
        """
from esdemo.checks import check


def trip(state, news):
    if state == "new" and news == "ordered":
        return "waiting for the flight", ["book flight"]
    if state == "waiting for the flight":
        if news == "flight booked":
            return "waiting for the hotel", ["book hotel"]
        if news == "flight full":
            return "failed", []
    elif state == "waiting for the hotel":
        if news == "hotel booked":
            return "done", []
        if news == "hotel full":
            return "giving back", ["cancel flight"]
    elif state == "giving back" and news == "flight cancelled":
        return "failed", []
    return state, []


check("10.1", trip)
""",
    ],
    "10.2": [
        """
from esdemo import timeline
from esdemo.checks import check


def ended(rules, store):
    return {name for name in store.streams() if rules.fold(store.events(name)).stage == "ended"}


def stuck(recorded, rules):
    new = timeline.with_rules(recorded, rules).store
    return ended(recorded.decider, recorded.store) - ended(rules, new)


check("10.2", stuck)
""",
        """
from esdemo import Application, timeline
from esdemo.checks import check


def stuck(recorded, rules):
    new = Application(rules, timeline.decide_again(rules, recorded.store))
    return frozenset(
        name
        for name in recorded.store.streams()
        if recorded.state(name).stage == "ended" and new.state(name).stage != "ended"
    )


check("10.2", stuck)
""",
    ],
    "10.3": [
        """
from esdemo import Command, Event, Rejected
from esdemo.checks import check


class Used(Event):
    coupon: str
    member: str


class Use(Command):
    coupon: str
    member: str


def tags(event):
    yield f"coupon:{event.coupon}"
    yield f"member:{event.member}"


def about(command):
    return {f"coupon:{command.coupon}"}


def decide(command, state):
    match state:
        case _ if command.member in state:
            raise Rejected("once each")
        case (_, _, _):
            raise Rejected("used up")
    return (Used(coupon=command.coupon, member=command.member),)


def evolve(state, event):
    return state + (event.member,)


check("10.3", (Used, Use, tags, about, decide, evolve))
""",
    ],
    "10.4": [
        """
from itertools import product

from esdemo.checks import check
from esdemo.domains.bank import ChargeFee


def fees(days, accounts):
    months = [each.day.strftime("%Y-%m") for each in days if each.day.day == 1]
    return {
        f"{name}/{month}": (name, ChargeFee(250, service="account"))
        for name, month in product(accounts, months)
    }


check("10.4", fees)
""",
    ],
}
