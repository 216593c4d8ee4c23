"""Plausible wrong answers to the exercises of chapter 03, and words of the help each gets."""

COUNT = """
from esdemo.checks import check

check("3.1", {answer})
"""

PAY = """
from esdemo.checks import check
from esdemo.domains.bank import Withdraw


{body}

check("3.2", pay)
"""

HANDLE = """
from esdemo import Conflict, Rejected
from esdemo.checks import check
from esdemo.domains.loans import rules


def decided(command, events):
    try:
        return rules.decide(command, rules.fold(events))
    except Rejected as refusal:
        return refusal


{body}

check("3.3", handle)
"""


def _count(answer: str) -> str:
    return COUNT.format(answer=answer)


def _pay(body: str) -> str:
    return PAY.format(body=body)


def _handle(body: str) -> str:
    return HANDLE.format(body=body)


UNTIL_STORED = _handle("""
def handle(store, stream, command, command_id):
    while True:
        events = list(store.events(stream))
        outcome = decided(command, events)
        try:
            return store.record(
                stream, command, outcome, expected_version=len(events), command_id=command_id
            )
        except Conflict:
            continue
""")

WRONG = {
    "3.1": [
        (_count("(7, 0)"), "whoever still expects 2"),
        (_count("(6, 1)"), "Ben's conflict stores nothing"),
        (_count("(4, 3)"), "the version that is there"),
        (_count("(4, 2)"), "4 is where Ann left the stream"),
        (_count("(3, 2)"), "counts the events that were stored"),
        (_count("5"), "two whole numbers"),
    ],
    "3.2": [
        (
            _pay("""
def pay(bank, receipt, amount):
    bank.handle("alice", Withdraw(amount, receipt), command_id=receipt)
"""),
            "return what `handle` returns",
        ),
        (
            _pay("""
def pay(bank, receipt, amount):
    return bank.handle("alice", Withdraw(amount, receipt), command_id=f"pay-{amount}")
"""),
            "make the id from the receipt",
        ),
        (
            _pay("""
def pay(bank, receipt, amount):
    return bank.handle("alice", Withdraw(amount), command_id=f"pay-{amount}")
"""),
            "two receipts over the same amount",
        ),
        (
            _pay("""
paid = {}


def pay(bank, receipt, amount):
    if receipt not in paid:
        paid[receipt] = bank.handle("alice", Withdraw(amount, receipt))
    return paid[receipt]
"""),
            "lost in a crash",
        ),
    ],
    "3.3": [
        (
            _handle("""
def handle(store, stream, command, command_id):
    outcome = decided(command, list(store.events(stream)))
    while True:  # blind: the old decision at the new version
        try:
            return store.record(
                stream,
                command,
                outcome,
                expected_version=store.version(stream),
                command_id=command_id,
            )
        except Conflict:
            pass
"""),
            "lent to Bo and to Ada",
        ),
        (
            _handle("""
def handle(store, stream, command, command_id):
    events = list(store.events(stream))
    outcome = decided(command, events)
    return store.record(
        stream, command, outcome, expected_version=len(events), command_id=command_id
    )
"""),
            "catch the Conflict",
        ),
        (
            _handle("""
def handle(store, stream, command, command_id):
    for _ in range(2):  # only one more attempt
        events = list(store.events(stream))
        outcome = decided(command, events)
        try:
            return store.record(
                stream, command, outcome, expected_version=len(events), command_id=command_id
            )
        except Conflict as conflict:
            last = conflict
    raise last
"""),
            "up to ten times",
        ),
        (UNTIL_STORED, "give up after ten attempts"),
        (UNTIL_STORED.replace("return store.record", "store.record"), "goes on for ever"),
        (
            UNTIL_STORED.replace(
                "command_id=command_id", "command_id=f'{command_id}-{len(events)}'"
            ),
            "the same command id came again",
        ),
        (
            UNTIL_STORED.replace("command_id=command_id", "command_id='desk'"),
            "pass `command_id` on to the store",
        ),
        (
            UNTIL_STORED.replace(
                "decided(command, events)\n", "rules.decide(command, rules.fold(events))\n"
            ),
            "catch Rejected and record it",
        ),
    ],
}
