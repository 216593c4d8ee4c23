"""Answers to the exercises of chapter 03: wrong ones with words of their help, and right ones."""

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
from esdemo import Application, Conflict, Rejected
from esdemo.checks import check
from esdemo.domains.loans import rules


{body}

check("3.3", handle)
"""


def _count(answer: str) -> str:
    return COUNT.format(answer=answer)


def _pay(body: str) -> str:
    return PAY.format(body=body)


def _pay_with(command_id: str, before: str = "") -> str:
    return _pay(f"""
{before}


def pay(bank, receipt, amount):
    return bank.handle("alice", Withdraw(amount, receipt), command_id={command_id})
""")


def _handle(body: str) -> str:
    return HANDLE.format(body=body)


LOOP = _handle("""
def handle(store, stream, command, command_id):
    for attempt in range(10):
        events = list(store.events(stream))
        outcome = rules.outcome(command, rules.fold(events))
        try:
            return store.record(
                stream, command, outcome, expected_version=len(events), command_id=command_id
            )
        except Conflict:
            if attempt == 9:
                raise
""")


def _loop(old: str, new: str) -> str:
    assert old in LOOP
    return LOOP.replace(old, new)


WRONG = {
    "3.1": [
        (_count("(7, 0)"), "an append that still expects 2"),
        (_count("(6, 1)"), "when Ben comes, and when Cem comes the first time"),
        (_count("(4, 3)"), "the version that is there"),
        (_count("(4, 2)"), "4 is where Ann left the stream"),
        (_count("(6, 2)"), "so its event does not count"),
        (_count("(3, 2)"), "a version counts events"),
        (_count("(5, 4)"), "Ann finds what she expects"),
        (_count("(2, 5)"), "the other way round"),
        (_count("(5, ...)"), "the version is right; and how many appends met a conflict?"),
        (_count("(5, None)"), "the version is right; and how many appends met a conflict?"),
        (_count("(4, ...)"), "that is one half; and how many"),
        (_count("(..., 2)"), "the conflicts are right; and at which version"),
        (_count("5"), "two whole numbers"),
        (_count("('5', '2')"), "two whole numbers"),
        (_count("(5, 2, 1)"), "two whole numbers"),
        (_count("{'version': 5}"), "two whole numbers"),
    ],
    "3.2": [
        (
            _pay("""
def pay(bank, receipt, amount):
    return bank.handle("alice", Withdraw(amount, receipt))
"""),
            "give `handle` a command_id",
        ),
        (
            _pay("""
def pay(bank, receipt, amount):
    return bank.handle("alice", Withdraw(amount, receipt), correlation_id=receipt)
"""),
            "give `handle` a command_id",
        ),
        (
            _pay("""
def pay(bank, receipt, amount):
    bank.handle("alice", Withdraw(amount, receipt), command_id=receipt)
"""),
            "return what `handle` returns",
        ),
        (_pay_with('f"pay-{amount}"'), "make the id from the whole receipt"),
        (_pay_with('"payment"'), "make the id from the whole receipt"),
        (_pay_with("receipt[:7]"), "make the id from the whole receipt"),
        (_pay_with("receipt[-1]"), "make the id from the whole receipt"),
        (_pay_with('"payment"').replace("(amount, receipt)", "(amount)"), "same amount"),
        (_pay_with("str(uuid4())", "from uuid import uuid4"), "a new id for the same receipt"),
        (
            _pay_with(
                'f"{receipt}-{next(numbers)}"', "import itertools; numbers = itertools.count()"
            ),
            "a new id for the same receipt",
        ),
        (_pay_with('f"{receipt}-{bank.store.position}"'), "a new id for the same receipt"),
        (
            _pay_with(
                "ids.setdefault(receipt, str(uuid4()))", "from uuid import uuid4\n\nids = {}"
            ),
            "after a restart of the program the receipt was paid again",
        ),
        (_pay_with("str(hash(receipt))"), "after a restart"),
        (_pay_with('f"{abs(hash(receipt)):x}"'), "after a restart"),
        (
            _pay_with(
                "name(receipt)",
                """
from functools import cache
from uuid import uuid4


@cache
def name(receipt):
    return str(uuid4())
""",
            ),
            "after a restart",
        ),
        (
            _pay_with(
                "name(receipt)",
                """
receipts = []


def name(receipt):
    if receipt not in receipts:
        receipts.append(receipt)
    return f"payment-{receipts.index(receipt)}-of-{len(receipts) and id(receipts)}"
""",
            ),
            "after a restart",
        ),
        (
            _pay("""
paid = {}


def pay(bank, receipt, amount):
    if receipt not in paid:
        paid[receipt] = bank.handle("alice", Withdraw(amount, receipt))
    return paid[receipt]
"""),
            "what Python remembers is gone by then",
        ),
        (
            _pay("""
def pay(bank, receipt, amount, paid={}):
    if receipt not in paid:
        paid[receipt] = bank.handle("alice", Withdraw(amount, receipt))
    return paid[receipt]
"""),
            "what Python remembers is gone by then",
        ),
        (
            _pay("""
def pay(bank, receipt, amount):
    if receipt not in pay.paid:
        pay.paid[receipt] = bank.handle("alice", Withdraw(amount, receipt))
    return pay.paid[receipt]


pay.paid = {}
"""),
            "what Python remembers is gone by then",
        ),
        (
            _pay("""
class Till:
    paid = {}


def pay(bank, receipt, amount):
    if receipt not in Till.paid:
        Till.paid[receipt] = bank.handle("alice", Withdraw(amount, receipt))
    return Till.paid[receipt]
"""),
            "leave that to the store",
        ),
        (
            _pay("""
def pay(bank, receipt, amount):
    command = Withdraw(amount, receipt)
    for decision in bank.store.decisions():
        if decision.command == command:
            return decision
    return bank.handle("alice", command)
"""),
            "two programs that look at once",
        ),
        (_pay("def pay(bank, receipt, amount):\n    return receipt\n"), "nothing was taken"),
        (_pay_with("receipt").replace("Withdraw(amount,", "Withdraw(amount * 100,"), "refused"),
        (_pay_with("receipt").replace("Withdraw", "Deposit"), "taken out by a Withdraw"),
        (_pay_with("receipt").replace('"alice"', '"bob"'), "the stream is 'alice', not 'bob'"),
        (
            _pay_with('f"{receipt} of {date.today()}"', "from datetime import date"),
            "leave the date out of it",
        ),
        (
            _pay("""
from esdemo.domains.bank import MoneyWithdrawn


def pay(bank, receipt, amount):
    version = bank.store.version("alice")
    paid = [MoneyWithdrawn(amount, receipt)]
    return bank.store.append("alice", paid, expected_version=version, command_id=receipt)
"""),
            "store.append asks no rule",
        ),
        (_pay_with("receipt").replace("Withdraw(amount,", "Withdraw(amount // 100,"), "[5, 5]"),
        (_pay_with("amount"), "raised NotAFact"),
        (_pay_with("receipt").replace('check("3.2", pay)', 'check("3.2", 7)'), "a function"),
    ],
    "3.3": [
        (
            _handle("""
def handle(store, stream, command, command_id):
    outcome = rules.outcome(command, rules.fold(store.events(stream)))
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
    outcome = rules.outcome(command, rules.fold(events))
    return store.record(
        stream, command, outcome, expected_version=len(events), command_id=command_id
    )
"""),
            "catch the Conflict",
        ),
        (
            _handle("""
def handle(store, stream, command, command_id):
    events = list(store.events(stream))
    outcome = rules.outcome(command, rules.fold(events))
    for attempt in range(10):
        try:
            return store.record(
                stream, command, outcome, expected_version=len(events), command_id=command_id
            )
        except Conflict:
            if attempt == 9:
                raise
"""),
            "load and decide inside the loop",
        ),
        (
            _handle("""
def handle(store, stream, command, command_id):
    for attempt in range(10):
        events = list(store.events(stream))
        outcome = rules.outcome(command, rules.fold(events))
        version = store.version(stream) if isinstance(outcome, Rejected) else len(events)
        try:
            return store.record(
                stream, command, outcome, expected_version=version, command_id=command_id
            )
        except Conflict:
            if attempt == 9:
                raise
"""),
            "record a refusal, too, with the version",
        ),
        (_loop("range(10)", "range(4)").replace("== 9", "== 3"), "gave up after 4"),
        (_loop("range(10)", "range(9)").replace("== 9", "== 8"), "gave up after 9"),
        (_loop("range(10)", "range(100)").replace("== 9", "== 99"), "you made 100"),
        (_loop("range(10)", "range(11)").replace("== 9", "== 10"), "you made 11"),
        (_loop("if attempt == 9:\n                raise", "continue"), "returned None"),
        (_loop("raise\n", "raise RuntimeError('busy')\n"), "you raised RuntimeError"),
        (
            _loop("for attempt in range(10)", "while True").replace(
                "if attempt == 9:\n                raise", "pass"
            ),
            "you never gave up",
        ),
        (
            _loop("for attempt in range(10)", "while True")
            .replace("if attempt == 9:\n                raise", "pass")
            .replace("return store.record", "store.record"),
            "goes on for ever",
        ),
        (_loop("return store.record", "store.record"), "your function returned None"),
        (
            _loop(
                "command_id=command_id\n            )",
                "command_id=command_id\n            ), events",
            ),
            "return the Decision alone",
        ),
        (
            _loop("command_id=command_id", "command_id=f'{command_id}-{attempt}'"),
            "pass `command_id` on",
        ),
        (
            _loop(
                "command_id=command_id",
                "command_id=command_id + '+' * attempt",
            ),
            "the same id each time",
        ),
        (_loop("command_id=command_id", "command_id='desk'"), "pass `command_id` on"),
        (
            _loop("outcome = rules.outcome(", "outcome = rules.decide("),
            "rules.outcome gives it as a value",
        ),
        (
            _loop(
                "        try:",
                "        if isinstance(outcome, Rejected):\n"
                "            return outcome\n        try:",
            ),
            "a refusal is recorded and returned as well",
        ),
        (
            _loop(
                "        try:",
                "        if isinstance(outcome, Rejected):\n            return None\n        try:",
            ),
            "a refusal is recorded and returned as well",
        ),
        (
            _loop(
                "        try:",
                "        if isinstance(outcome, Rejected):\n"
                "            outcome = str(outcome)\n        try:",
            ),
            "not its text",
        ),
        (
            _loop(
                "        try:",
                "        if isinstance(outcome, Rejected):\n"
                "            outcome = [outcome]\n        try:",
            ),
            "no list around it",
        ),
        (
            _loop(
                "        try:",
                "        if isinstance(outcome, Rejected):\n            outcome = []\n        try:",
            ),
            "by your decision he was not refused",
        ),
        (
            _handle("""
def handle(store, stream, command, command_id):
    events = list(store.events(stream))
    outcome = rules.outcome(command, rules.fold(events))
    return store.append(stream, outcome, expected_version=len(events), command_id=command_id)
"""),
            "events do not say which command led to them",
        ),
        (
            _handle("""
def handle(store, stream, command, command_id):
    return Application(rules, store).handle(stream, command, command_id=command_id)
"""),
            "the loop is for you to write",
        ),
        (_loop("except Conflict", "except Exception"), "the disk was full, and you tried 10 times"),
        (
            _loop("except Conflict", "except OSError:\n            pass\n        except Conflict"),
            "nobody was told",
        ),
        (
            _loop("store.record(\n                stream", "store.record(\n                'c'"),
            "as `stream`",
        ),
        (
            _loop(
                "return store.record",
                "store.append(stream, outcome, expected_version=len(events))\n"
                "            return store.record",
            ),
            "store.append takes events",
        ),
        (
            _loop("return store.record", "store.record").replace(
                "        except Conflict", "            return outcome\n        except Conflict"
            ),
            "return what store.record gives",
        ),
        (
            _loop("esdemo.domains.loans", "esdemo.domains.bank"),
            "these rules know no books",
        ),
        (
            _handle("""
def handle(store, stream, command, command_id):
    def attempt():
        events = list(store.events(stream))
        outcome = rules.outcome(command, rules.fold(events))
        return store.record(
            stream, command, outcome, expected_version=len(events), command_id=command_id
        )

    return store.alone(attempt)
"""),
            "store.alone keeps all others out",
        ),
        (
            _handle("""
def handle(store, stream, command, command_id):
    for attempt in range(10):
        events = list(store.events(stream))
        outcome = rules.outcome(command, rules.fold(events))
        if store.version(stream) == len(events):
            return store.record(
                stream, command, outcome, expected_version=len(events), command_id=command_id
            )
    raise Conflict("busy")
"""),
            "just after you looked",
        ),
        (
            _handle("""
def once(store, stream, command, command_id):
    events = list(store.events(stream))
    outcome = rules.outcome(command, rules.fold(events))
    return store.record(
        stream, command, outcome, expected_version=len(events), command_id=command_id
    )


def handle(store, stream, command, command_id):
    return store.alone(lambda: once(store, stream, command, command_id))
"""),
            "catch the Conflict",
        ),
        (
            _loop("expected_version=len(events)", "expected_version=store.version(stream)"),
            "count the events that you folded",
        ),
        (
            _loop("events = list(store.events(stream))", "events = store.events(stream)"),
            "make a list of them",
        ),
        (_loop("rules.fold(events)", "events"), "fold them first"),
        (
            _loop("expected_version=len(events), command_id=", "len(events), "),
            "takes these two by name",
        ),
        (
            _loop("expected_version=len(events)", "expected_version=0"),
            "though nobody else was there",
        ),
        (
            _loop("len(events), command_id", "len(events) + 1, command_id"),
            "though nobody else was there",
        ),
    ],
}

RIGHT = {
    "3.1": [_count("[5, 2]"), _count("(2 + 2 + 1, 1 + 1)")],
    "3.2": [
        _pay_with("receipt"),
        _pay_with('"pay-" + receipt'),
        _pay_with('f"{receipt}/{amount}"'),
        _pay_with("str(uuid5(NAMESPACE_URL, receipt))", "from uuid import NAMESPACE_URL, uuid5"),
        _pay_with("sha256(receipt.encode()).hexdigest()", "from hashlib import sha256"),
        _pay("""
PREFIX = {"alice": "a"}


def name(account, receipt):
    return f"{PREFIX[account]}-{receipt}"


def pay(bank, receipt, amount):
    command_id = name("alice", receipt)
    if known := bank.store.decision(command_id):
        return known
    return bank.handle("alice", Withdraw(amount), command_id=command_id)
"""),
    ],
    "3.3": [
        LOOP,
        _handle("""
def outcome_of(command, events):
    try:
        return rules.decide(command, rules.fold(events))
    except Rejected as refusal:
        return refusal


def handle(store, stream, command, command_id, attempts=10):
    events = list(store.events(stream))
    outcome = outcome_of(command, events)
    try:
        return store.record(
            stream, command, outcome, expected_version=len(events), command_id=command_id
        )
    except Conflict:
        if attempts == 1:
            raise
        return handle(store, stream, command, command_id, attempts - 1)
"""),
        _handle("""
def attempt(store, stream, command, command_id):
    version, state = store.version(stream), rules.initial
    for recorded in store.recorded(stream, until=version):
        state = rules.evolve(state, recorded.event)
    outcome = rules.outcome(command, state)
    return store.record(stream, command, outcome, expected_version=version, command_id=command_id)


def handle(store, stream, command, command_id):
    tries = 1
    while True:
        try:
            return attempt(store, stream, command, command_id)
        except Conflict as conflict:
            if tries >= 10:
                raise conflict
        tries += 1
"""),
        _handle("""
def handle(store, stream, command, command_id):
    last = None
    for _ in range(10):
        facts = list(store.recorded(stream))
        state = rules.fold(fact.event for fact in facts)
        version = facts[-1].version if facts else 0
        try:
            return store.record(
                stream,
                command,
                rules.outcome(command, state),
                expected_version=version,
                command_id=command_id,
            )
        except Conflict as conflict:
            last = conflict
    raise last
"""),
    ],
}
