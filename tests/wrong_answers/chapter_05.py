"""Answers to the exercises of chapter 05: the wrong with words of their help, and the right."""

STATEMENT = """
from esdemo import timeline
from esdemo.checks import check


def statement(bank, stream, moment):
    said = bank.state(stream, as_of=moment)
    true = timeline.effective(bank, stream, moment)
    return {}


check("5.1", statement)
"""

BY_HAND = """
from esdemo.checks import check
from esdemo.domains.bank import rules


def statement(bank, stream, moment):
    log = list(bank.store.recorded({stream}))
    known = [fact for fact in log if fact.recorded_at {before} moment]
    in_effect = sorted(log, key=lambda fact: (fact.effective_at, fact.version))
    true = [fact for fact in {effective} if fact.effective_at {before} moment]
    return [rules.fold(fact.event for fact in facts).balance for facts in (known, true)]


check("5.1", statement)
"""

CLOSING = """
from datetime import UTC, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from esdemo.checks import check

BERLIN = ZoneInfo("Europe/Berlin")
WINTER = timezone(timedelta(hours=1))
SUMMER = timezone(timedelta(hours=2))


def closing(bank, stream, day):
    return {}


check("5.2", closing)
"""

QUESTIONS = """
from esdemo.checks import check

answers = dict(a="known", b="true", c="fact", d="command", e="rule", f="command")
{}
check("5.3", answers)
"""

MATTERS = """
from esdemo import timeline
from esdemo.checks import check


def matters(library):
    decisions = list(library.store.decisions())
    ids = [decision.command_id for decision in decisions]
    rows = {{name: timeline.without_command(library, name).changed for name in ids}}
    others = {{n: [row for row in rows[n] if row.command_id != n] for n in ids}}
    return {}


check("5.4", matters)
"""


def as_of(moment):
    """A closing balance as of a moment."""
    return CLOSING.format(f"bank.state(stream, as_of={moment}).balance")


def at_midnight(zone, earlier=""):
    """A closing balance as of the midnight after the day."""
    return as_of(f"datetime.combine(day + timedelta(days=1), time(), tzinfo={zone}){earlier}")


def by_hand(stream="stream", before="<=", effective="in_effect"):
    """Two statements from the list itself."""
    return BY_HAND.format(stream=stream, before=before, effective=effective)


TICK = " - timedelta(microseconds=1)"

WRONG = {
    "5.1": [
        (STATEMENT.format("true.balance, true.balance"), "before it was known"),
        (STATEMENT.format("true.balance, said.balance"), "the other way round"),
        (STATEMENT.format("said.balance, said.balance"), "the old answer again"),
        (
            STATEMENT.format(
                "said.balance, timeline.effective(bank, stream, moment, known_at=moment).balance"
            ),
            "timeline.effective, without known_at",
        ),
        (STATEMENT.format("said.balance, bank.state(stream).balance"), "not about today"),
        (STATEMENT.format("bank.state(stream).balance, true.balance"), "what was said at that"),
        (STATEMENT.format("[bank.state(stream).balance] * 2"), "both are about today"),
        (STATEMENT.format("said, true"), "the balance of each"),
        (STATEMENT.format("said.balance / 100, true.balance / 100"), "in cents"),
        (STATEMENT.format("true.balance"), "return two numbers"),
        (STATEMENT.format("said.available, true.available"), "with the overdraft"),
        (
            "from datetime import timedelta\n"
            + STATEMENT.format(
                "said.balance, bank.state(stream, as_of=moment + timedelta(days=14)).balance"
            ),
            "once a correction is known",
        ),
        (STATEMENT.format("said.balance, true.balance - said.balance"), "not the difference"),
        (STATEMENT.format("str(said.balance), str(true.balance)"), "two whole numbers of cents"),
        (STATEMENT.format("print(said.balance, true.balance)"), "is there a `return`"),
        (STATEMENT.format("20_00, 200_00"), "use the argument `moment`"),
        (by_hand(stream=""), "the facts of all accounts"),
        (by_hand(before="<"), "<=, not <"),
        (by_hand(effective="known"), "the old answer again"),
        (by_hand(stream="'ann'"), "use the argument `stream`"),
    ],
    "5.2": [
        (as_of("datetime.combine(day, time(), tzinfo=BERLIN)"), "the beginning of the day"),
        (at_midnight("BERLIN"), "belongs to the next day"),
        (at_midnight("UTC", TICK), "in UTC"),
        (as_of("datetime.combine(day, time.max, tzinfo=UTC)"), "in UTC"),
        (as_of("datetime.combine(day, time(23, 59, 59), BERLIN)"), "last microsecond"),
        (as_of("datetime.combine(day, time(23, 59), BERLIN)"), "last microsecond"),
        (as_of("datetime.combine(day, time.max)"), "does not name an instant"),
        (as_of("None"), "give as_of"),
        (
            as_of("datetime.combine(day, time.max, BERLIN)").replace(".balance", ".available"),
            "the balance is asked for",
        ),
        (
            as_of("datetime.combine(day, time.max, SUMMER if 4 <= day.month <= 10 else WINTER)"),
            "summer time does not begin with a month",
        ),
        (
            CLOSING.format(
                "timeline.states(bank, as_of=datetime.combine(day, time.max, BERLIN))"
                "[stream].balance"
            ).replace("from esdemo.checks", "from esdemo import timeline\nfrom esdemo.checks"),
            "its balance was 0",
        ),
        (as_of("datetime.combine(day, time.max, UTC) + timedelta(hours=1)"), "too late"),
        (as_of("datetime(2025, 3, 3, 23, 59, tzinfo=BERLIN)"), "or of another day"),
        (at_midnight("WINTER", TICK), "you are an hour late"),
        (at_midnight("SUMMER", TICK), "one hour ahead of UTC on that day"),
        (as_of("datetime(2026, 3, 3, 22, 59, 59, 999999, UTC)"), "use the argument `day`"),
        (
            CLOSING.format(
                "bank.state('ann', as_of=datetime.combine(day, time.max, BERLIN)).balance"
            ),
            "use the argument `stream`",
        ),
        (
            CLOSING.format("bank.state(stream, as_of=datetime.combine(day, time.max, BERLIN))"),
            "return its balance",
        ),
        (
            as_of("datetime.combine(day, time.max, BERLIN)").replace(".balance", ".balance / 100"),
            "a whole number of cents",
        ),
    ],
    "5.3": [
        (QUESTIONS.format('answers["a"] = "true"'), "a: what was learned later"),
        (QUESTIONS.format('answers["b"] = "known"'), "b: interest is owed"),
        (QUESTIONS.format('answers["c"] = "command"'), "c: what Dave asked for later"),
        (QUESTIONS.format('answers["c"] = "true"'), "c: look at his balance with and without"),
        (QUESTIONS.format('answers["d"] = "fact"'), "d: then the rent is paid all the same"),
        (QUESTIONS.format('answers["d"] = "rule"'), "d: the rules stay"),
        (QUESTIONS.format('answers["e"] = "command"'), "e: no command is left out"),
        (QUESTIONS.format('answers["f"] = "fact"'), "f: whether a later payment goes through"),
        (QUESTIONS.format('answers["f"] = "event"'), "f: 'event' is not one of the words"),
        (QUESTIONS.format('answers["a"] = "command"'), "a: nothing is changed here"),
        (QUESTIONS.format("del answers['e']; answers['f'] = ''"), "still to do: e, f"),
        (QUESTIONS.format("answers['g'] = 'fact'"), "there is no question 'g'"),
        (QUESTIONS.format("answers = list(answers.values())"), "keep the dict"),
    ],
    "5.4": [
        (MATTERS.format("ids"), "in its own list"),
        (MATTERS.format("[n for n in ids if rows[n]]"), "in its own list"),
        (
            MATTERS.format("[n for n in ids if any(r.kind == 'now refused' for r in rows[n])]"),
            "now allowed",
        ),
        (
            MATTERS.format("[n for n in ids if any(r.kind == 'now allowed' for r in rows[n])]"),
            "what is now refused has come out otherwise too",
        ),
        (MATTERS.format("[d.command_id for d in decisions if d.refused]"), "nothing is different"),
        (MATTERS.format("len(ids)"), "a list of command ids"),
        (MATTERS.format("[]"), "Leave each command out in turn"),
        (MATTERS.format("[d for d in decisions if others[d.command_id]]"), "those are decisions"),
        (MATTERS.format("[r for n in ids for r in others[n]]"), "the outcomes that changed"),
        (MATTERS.format("[r.command_id for n in ids for r in others[n]]"), "were refused"),
        (MATTERS.format("[d.command_id for d in decisions if not d.refused]"), "without c-5"),
        (MATTERS.format("[n for n in ids[1:] if others[n]][:1]"), "now refused"),
        (MATTERS.format("[d.number for d in decisions if others[d.command_id]]"), "is a string"),
        (MATTERS.format("['c-1', 'c-2', 'c-4']"), "the ids come from"),
        (MATTERS.format("'c-1, c-2, c-4'"), "a list of command ids"),
    ],
}

RIGHT = {
    "5.1": [
        by_hand(),
        STATEMENT.format("[said.balance, true.balance]"),
        STATEMENT.format(
            "tuple(state.balance for state in (said, "
            "timeline.effective(bank, stream, moment, known_at=None)))"
        ),
    ],
    "5.2": [
        at_midnight("BERLIN", TICK),
        as_of("datetime.combine(day, time(23, 59, 59, 999_999), BERLIN).astimezone(UTC)"),
        as_of("datetime(day.year, day.month, day.day, 23, 59, 59, 999999, tzinfo=BERLIN)"),
    ],
    "5.3": [
        QUESTIONS.format("answers = {k.upper(): v.title() for k, v in answers.items()}"),
        QUESTIONS.format("answers = dict(sorted(answers.items(), reverse=True))"),
    ],
    "5.4": [
        MATTERS.format("{n for n in ids if others[n]}"),
        MATTERS.format("(n for n in ids if len(rows[n]) > 1)"),
        MATTERS.format("[d.command_id for d in decisions if others[d.command_id]]"),
    ],
}
