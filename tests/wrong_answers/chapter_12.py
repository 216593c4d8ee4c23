"""Answers to the exercises of chapter 12: wrong ones with words of their help, and right ones."""

SPEND = """
if points > card.points:
    raise ValueError("not enough points")
card.record(points)
card.mail(f"you spent {points}")
"""


def function(head, body):
    """A function from its first line and its body."""
    lines = "".join(f"    {line}\n" for line in body.strip("\n").splitlines())
    return f"\ndef {head}:\n{lines}\n"


def card(spend=SPEND, spent="card.points -= points", answer="(spend, spent)", before=""):
    """An answer to 12.1 from the bodies of its two functions."""
    return (
        "from esdemo.checks import check\n"
        f"{before}{function('spend(card, points)', spend)}{function('spent(card, points)', spent)}"
        f"check('12.1', {answer})\n"
    )


RULES = [
    'if copy.due is None:\n    raise Rejected("the copy is not on loan")',
    'if on > copy.due:\n    raise Rejected(f"the loan was due on {copy.due}")',
    "if copy.renewals == RENEWALS:\n"
    '    raise Rejected(f"a loan is renewed at most {RENEWALS} times")',
    'if copy.reserved:\n    raise Rejected(f"{copy.reserved[0]} is waiting for the copy")',
]
RENEWED = "copy.renewed(on + LOAN)"


def renew(*rules, end=RENEWED, answer="renew"):
    """An answer to 12.2 from its rules, in this order."""
    return (
        "from datetime import timedelta\n\nfrom esdemo import Rejected\n"
        "from esdemo.checks import check\nfrom esdemo.domains.loans import LOAN, RENEWALS\n"
        f"{function('renew(copy, on)', chr(10).join([*rules, end]))}check('12.2', {answer})\n"
    )


BELOW = """
mirror = MemoryStore(graduate.vocabulary(application))
graduate.follow(application, mirror)
states = timeline.states(graduate.view(application, mirror), as_of=moment)
return sorted(state["name"] for state in states.values() if state["balance"] < 0)
"""


def below(old="", new="", body=BELOW, answer="below"):
    """An answer to 12.3: the right one, with one thing changed."""
    assert old in body
    body = body.replace(old, new) if old else body
    return (
        "from datetime import timedelta\n\n"
        "from esdemo import MemoryStore, graduate, timeline\nfrom esdemo.checks import check\n"
        f"{function('below(application, moment)', body)}check('12.3', {answer})\n"
    )


WRONG = {
    "12.1": [
        (
            card(
                "card.record(points)\ncard.mail('')",
                "if points > card.points:\n    raise ValueError\ncard.points -= points",
            ),
            "the rule still stands in spent",
        ),
        (
            card(
                SPEND.replace('card.mail(f"you spent {points}")', ""),
                "card.points -= points\ncard.mail('')",
            ),
            "sending belongs into spend",
        ),
        (card("card.record(points)\ncard.mail('')"), "spend must refuse that with a ValueError"),
        (card(SPEND + "card.points -= points"), "the points were taken twice"),
        (
            card(SPEND.replace("card.record(points)", "card.points -= points")),
            "no event tells of it",
        ),
        (card(SPEND.replace("card.record(points)", "")), "there is no event"),
        (card(spent="card.points = card.points"), "what does spent do?"),
        (
            card(
                "card.record(points)\ncard.mail('')\nif card.points < 0:\n    raise ValueError",
            ),
            "left an event behind",
        ),
        (
            card("card.mail('')\n" + SPEND.replace('card.mail(f"you spent {points}")', "")),
            "a refused spending sent a mail",
        ),
        (card(SPEND.replace("points > card", "points >= card")), "all 30 points"),
        (card(SPEND.replace("card.mail", "str")), "sent 0 mails"),
        (card(answer="spend"), "give both functions"),
        (card(SPEND, "if points <= card.points:\n    card.points -= points"), "asks nothing"),
        (card(SPEND, "card.points = max(0, card.points - points)"), "asks nothing"),
        (card(SPEND.replace("ValueError", "Exception")), "refused with Exception"),
        (card(SPEND.replace("card.record(points)", "card.record(points)\ncard.record(0)")), "once"),
        (card(SPEND.replace("card.points:", "card.balance:")), "raised AttributeError"),
        (
            card(
                SPEND.replace("card.record(points)", "") + "card.record(points)",
            ),
            "the mail left before its event",
        ),
        (card(spent="card.points -= points\ncard.record(points)"), "only spend calls card.record"),
        (card(answer="(spent, spend)"), "the method stands first"),
    ],
    "12.2": [
        (renew(*RULES[1:]), "ask first if it is on loan"),
        (renew(RULES[0], *RULES[2:]), "decide refuses: the loan was due on"),
        (renew(*RULES[:2], RULES[3]), "decide refuses: a loan is renewed at most 2 times"),
        (renew(*RULES[:3]), "decide refuses: ben is waiting"),
        (renew(*RULES[:2], RULES[3], RULES[2]), "decide says 'a loan is renewed at most 2 times'"),
        (renew(*RULES, end="copy.renewed(copy.due + LOAN)"), "and decide says"),
        (renew(*RULES, end="return on + LOAN"), "call copy.renewed with the new date"),
        (renew(RULES[0], RULES[1].replace("on >", "on >="), *RULES[2:]), "and decide renews"),
        (
            renew(*RULES[:3], RULES[3].replace("copy.reserved[0]", "copy.reserved[-1]")),
            "decide says 'ben is waiting for the copy'",
        ),
        (renew(RULES[0].replace("the copy is", "it is"), *RULES[1:]), "refused for 'it is not"),
        (
            renew(*[rule.replace("Rejected", "ValueError") for rule in RULES]),
            "know a refusal by Rejected",
        ),
        (renew(*RULES, end=f"copy.renewals += 1\n{RENEWED}"), "when the copy is loaded again"),
        (renew(*RULES, end=f"{RENEWED}\ncopy.reserved.clear()\ncopy.due = on"), "due is"),
        (renew(*RULES, end=RENEWED.replace("renewed", "renewed_")), "raised AttributeError"),
        (renew(*RULES, answer="'renew'"), "a function is asked for"),
        (renew(*[rule.replace("raise", "return") for rule in RULES]), "raise Rejected('the copy"),
        (renew(*RULES, end=f"{RENEWED}\n{RENEWED}"), "call copy.renewed once"),
    ],
    "12.3": [
        (below("graduate.follow(application, mirror)", ""), "did you follow the log of"),
        (below(", as_of=moment", ""), "below zero today: give `as_of=moment`"),
        (below("< 0", "<= 0"), "had exactly 0"),
        (below("< 0", "> 0"), "was below zero, and is missing"),
        (below("< 0", "< 100_00"), "was not below zero"),
        (
            below(
                'sorted(state["name"] for state in states.values() if',
                "sorted(name for name, state in states.items() if",
            ),
            "is the id of an aggregate",
        ),
        (below("sorted(", "len(list(").replace("< 0)", "< 0))"), "return a list of names"),
        (below("return sorted(", "sorted("), "below returned None"),
        (below("return sorted(", "return set("), "return a list of names"),
        (below("sorted(", "sorted(2 * list(").replace("< 0)", "< 0))"), "each once"),
        (
            below("MemoryStore(graduate.vocabulary(application))", "MemoryStore(graduate)"),
            "raised",
        ),
        (below('state["balance"]', 'state["available"]'), "raised KeyError"),
        (below("return sorted(", "return list("), "should be sorted"),
        (below('state["name"] for', "dict(state) for").replace("sorted(", "list("), "is a string"),
        (
            below(
                "mirror = MemoryStore(graduate.vocabulary(application))",
                "mirror = below.__dict__.setdefault('m', MemoryStore(graduate.vocabulary()))",
            ),
            "a new store within below",
        ),
        (below('state["name"]', 'state["owner"]'), "is an owner"),
        (below("as_of=moment", "as_of=moment - timedelta(seconds=1)"), "at that very moment"),
        (below("< 0", '< -state["overdraft"]'), "compare `balance` with 0"),
        (below("graduate.view(application, mirror)", "mirror"), "takes graduate.view"),
        (below('state["balance"]', "state.balance"), "state['balance']"),
    ],
}

RIGHT = {
    "12.1": [
        card(),
        card(
            "if not points <= card.points:\n    raise Rejected('no')\n"
            "card.record(points)\ncard.mail('thank you')",
            "card.points = card.points - points",
            "[spend, spent]",
            "from esdemo import Rejected\n",
        ),
        card(answer="spend, spent"),
    ],
    "12.2": [
        renew(*RULES),
        renew(
            "reasons = {\n"
            "    'the copy is not on loan': copy.due is None,\n"
            "    f'the loan was due on {copy.due}': copy.due is not None and on > copy.due,\n"
            "    'a loan is renewed at most 2 times': copy.renewals >= 2,\n"
            "    f'{copy.reserved[:1]}'[2:-2] + ' is waiting for the copy': bool(copy.reserved),\n"
            "}\n"
            "for reason, holds in reasons.items():\n"
            "    if holds:\n"
            "        raise Rejected(reason)",
            end="copy.renewed(on + timedelta(days=28))",
        ),
    ],
    "12.3": [
        below(),
        below(
            body="""
found = []
for account in application.repository.event_store.recorder.select_notifications(1, 10**6):
    found.append(account.originator_id)
names = []
for account_id in dict.fromkeys(found):
    state = None
    for event in application.events.get(account_id):
        if event.timestamp <= moment:
            state = event.mutate(state)
    if state is not None and state.balance < 0:
        names.append(state.name)
names.sort()
return tuple(names)
"""
        ),
    ],
}
