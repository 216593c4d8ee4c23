"""The exercises of chapter 06: money that left at night, a theft undone, a copy brought back."""

import inspect
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from numbers import Integral
from pathlib import Path
from typing import Any, Final, NamedTuple

from esdemo.application import Application
from esdemo.audit import NotAProof, NotASeal, Receipt, Seal, receipt, verify
from esdemo.checks.predictions import plain, shown
from esdemo.checks.verdicts import NOT_YET, Proved, untouched
from esdemo.clocks import ManualClock, numbered, ticking
from esdemo.commands import Decision
from esdemo.domains import bank, loans
from esdemo.errors import EsdemoError, InvalidMoment
from esdemo.stores import EventStore, MemoryStore, SQLiteStore

MIDNIGHT: Final = datetime(2025, 8, 10, tzinfo=UTC)
THIEF: Final = "teller-13"
OTHER: Final = "teller-2"


class Asked(NamedTuple):
    """A command over the counter, and what it is there for."""

    kind: str
    minute: int  # from midnight on
    stream: str
    command: bank.AccountCommand
    actor: str = THIEF
    effective: int | None = None  # in minutes, when another time than that of recording


NIGHTS: Final = (
    Asked("paid", -120, "alice", bank.Withdraw(40_00)),  # 22:00
    Asked("paid", -48, "alice", bank.Withdraw(20_00)),
    Asked("paid", 359, "bob", bank.Withdraw(5_00)),  # 05:59
    Asked("by day", -121, "alice", bank.Withdraw(10_00)),  # 21:59
    Asked("by day", 360, "bob", bank.Withdraw(6_00)),  # 06:00
    Asked("by day", 720, "bob", bank.Withdraw(7_00)),
    Asked("refused", -50, "alice", bank.Withdraw(2_345_00)),
    Asked("deposited", -30, "bob", bank.Deposit(15_00)),
    Asked("charged", -20, "bob", bank.ChargeFee(25_00, "card")),
    Asked("late", 600, "alice", bank.Withdraw(8_00), effective=-60),
    Asked("others", 10, "bob", bank.Withdraw(35_00), OTHER),
)
"""Two nights, in which every mistake has a command of its own."""
NOTHING: Final = {
    "refused": "a refused command paid nothing: look at decision.refused",
    "deposited": "what was deposited came in: only Withdraw pays out",
    "charged": "a fee is charged, and not paid out: only Withdraw pays out",
    "others": "somebody else's withdrawal is in it: compare decision.actor with actor",
    "by day": "21:59, 06:00 and noon are day: the night is from 22:00 to before 06:00",
    "late": "night is by recorded_at: effective_at says when it was true, not when it was asked",
}
"""What is not to be counted, and the sentence when it is."""


def exercise_1(paid_at_night: Callable[[list[Decision], str], Any]) -> str | None:
    """A function from decisions and an actor to the cents that he paid out at night, by stream."""
    if untouched(paid_at_night):
        return NOT_YET
    decisions = _nights()
    every = [decision for made in decisions.values() for decision in made]
    every.sort(key=lambda decision: decision.number)
    try:
        answer = paid_at_night(list(decisions["paid"]), THIEF)
    except (AttributeError, TypeError) as error:
        if "list" not in str(error):
            raise
        return (
            "decisions is a list of objects and not a table: go through it with a loop, or make a "
            "table of it with frames.decisions(decisions)"
        )
    if advice := _paid(answer, {"alice": 60_00, "bob": 5_00}):
        return advice
    for kind, sentence in NOTHING.items():
        if _cents(paid_at_night(list(decisions[kind]), THIEF)):
            return sentence
    if _cents(paid_at_night(every, OTHER)) != {"bob": 35_00}:
        return "another actor paid out other money: use the argument actor"
    if _cents(paid_at_night(every, THIEF)) != {"alice": 60_00, "bob": 5_00}:
        return "right for each kind of command alone, but not for all of them together"
    return Proved("money that left at night, and not what was refused, paid in or done by others")


def _nights() -> dict[str, list[Decision]]:
    """The decisions about NIGHTS, by their kind."""
    clock = ManualClock(MIDNIGHT - timedelta(days=1))
    office = _bank(MemoryStore(bank.BankMessage, clock))
    for name in ("alice", "bob"):
        office.handle(name, bank.OpenAccount(name, 300_00), actor=OTHER)
    decisions: dict[str, list[Decision]] = {}
    for asked in sorted(NIGHTS, key=lambda asked: asked.minute):
        clock.now = MIDNIGHT + timedelta(minutes=asked.minute)
        effective = clock.now
        if asked.effective is not None:
            effective = MIDNIGHT + timedelta(minutes=asked.effective)
        made = office.handle(asked.stream, asked.command, actor=asked.actor, effective_at=effective)
        decisions.setdefault(asked.kind, []).append(made)
    return decisions


def _bank(store: EventStore) -> Application[Any, Any, Any]:
    return Application(bank.rules, store, ids=numbered("cmd"))


def _paid(answer: Any, right: dict[str, int]) -> str | None:
    """Help for what was paid on the nights that have nothing else in them."""
    if answer is None:
        return "it returns None: is there a `return` at the end?"
    if hasattr(answer, "to_dict") and not isinstance(answer, Mapping):
        return "that is a Series or a table: its to_dict() makes the dict"
    if not isinstance(answer, Mapping):
        return f"return a dict from stream to cents, such as {{'bob': 500}}, not {_short(answer)}"
    if not all(isinstance(cents, Integral) for cents in answer.values()):
        return f"the cents are whole numbers, as they are stored, not {_short(answer)}"
    found = _cents(answer)
    if found == right:
        return None
    if not found:
        return (
            "nothing was counted, and teller-13 paid out three times in the check's nights: try "
            "each part of the condition alone, such as isinstance(decision.command, Withdraw)"
        )
    if strange := found.keys() - right.keys():
        return f"the keys are streams, such as 'bob', and not {_short(sorted(strange)[0])}"
    if found == {"alice": 2, "bob": 1}:
        return "that is how often something was paid: how many cents?"
    if any(cents < 0 for cents in found.values()):
        return "what was paid out is counted upwards, from 0"
    if found == {stream: cents // 100 for stream, cents in right.items()}:
        return "in cents, as they are stored: 60 euros are 6000"
    if found == {"alice": 40_00}:
        return (
            "only the first payment was counted: is the `return` inside the loop, or does the "
            "night end at 23:00?"
        )
    if found in ({"alice": 60_00}, {"alice": 20_00}):
        return "some of the night is missing: it goes on after midnight, to before 06:00"
    if sum(found.values()) < sum(right.values()):
        return (
            "some of the night is missing: it begins at 22:00, goes on after midnight, and an "
            "account may be paid from more than once"
        )
    return f"for the check's nights it is {right}, not {_short(answer)}"


def _cents(answer: Any) -> Any:
    """The cents by stream, without those of whom nothing was counted."""
    if not isinstance(answer, Mapping):
        return answer
    return {str(stream): int(cents) for stream, cents in answer.items() if cents}


def exercise_2(statements: object) -> str | None:
    """SQL statements that undo the last command of a log without a trace."""
    if isinstance(statements, str):
        statements = [each for each in statements.split(";") if each.strip()]
    if not isinstance(statements, (list, tuple)) or not all(isinstance(s, str) for s in statements):
        return f"give a list of SQL statements, each a string, not {_short(statements)}"
    if not any(statement.strip() for statement in statements):
        return NOT_YET
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder, "bank.db")
        with SQLiteStore(path, bank.BankMessage, ticking(MIDNIGHT)) as store:
            before = _robbed(store)
            if trouble := _without_triggers(path, statements):
                return trouble
            if traces := _traces(store, before):
                return traces
    return Proved("no hash tells of the theft; only a seal that was pinned in time would")


def _robbed(store: EventStore) -> Seal:
    """A small bank, sealed just before its last command, the theft."""
    office = _bank(store)
    for name in ("alice", "bob"):
        office.handle(name, bank.OpenAccount(name.capitalize()), actor=OTHER)
        office.handle(name, bank.Deposit(900_00), actor="teller-7")
    office.handle("alice", bank.Withdraw(1_000_00), actor=THIEF)
    before = verify(store).seal
    office.handle("alice", bank.Withdraw(500_00), actor=THIEF, command_id="theft")
    return before


def _without_triggers(path: Path, statements: Iterable[str]) -> str | None:
    """Do as the administrator does, and put the triggers back; SQLite's words when it cannot."""
    schema = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        triggers: list[tuple[str, str]] = db.execute(schema).fetchall()
        settings = _settings(db)
        for name, _ in triggers:
            db.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            try:
                db.execute(statement).fetchall()
            except sqlite3.Error as error:
                return _refused(statement, error)
        db.commit()
        missing = sorted(set(triggers) - set(db.execute(schema)))
        return _put_back(db, missing) or _set_anew(settings, _settings(db))


SETTINGS: Final = ("application_id", "user_version", "journal_mode", "auto_vacuum", "encoding")
"""The pragmas that SQLite stores in the file."""


def _settings(db: sqlite3.Connection) -> dict[str, object]:
    return {name: db.execute(f"PRAGMA {name}").fetchone()[0] for name in SETTINGS}


def _set_anew(before: dict[str, object], after: dict[str, object]) -> str | None:
    """Help for an administrator who left the rows, and changed what the file says of itself."""
    for name, value in before.items():
        if after[name] != value:
            return (
                f"the theft apart, the file is to be as it was: PRAGMA {name} was {value}, and is "
                f"{after[name]}"
            )
    return None


def _refused(statement: str, error: sqlite3.Error) -> str:
    """SQLite's words, and what to do where they do not say it."""
    if "one statement at a time" in str(error):
        return "SQLite takes one statement at a time: make each of them a string in the list"
    return f"SQLite says of {statement!r}: {error}"


def _put_back(db: sqlite3.Connection, triggers: Iterable[tuple[str, str]]) -> str | None:
    for name, trigger in triggers:
        try:
            db.execute(trigger)
        except sqlite3.Error as error:
            return f"the trigger {name} cannot be put back, and everybody would notice: {error}"
    return None


def _traces(store: EventStore, before: Seal) -> str | None:
    """What still tells of the theft, or of somebody who hid it."""
    events, decisions = store.counts()
    if events < before.events or decisions < before.decisions:
        return "that removed more than the theft: name it by its command_id"
    if events > before.events and decisions > before.decisions and not verify(store).wrong:
        return "nothing was removed: the theft is still in both tables"
    if wrong := verify(store).wrong:
        return f"verify says: {wrong}"
    if events > before.events:
        return "the withdrawal is still in the table events, and in Alice's balance"
    if decisions > before.decisions:
        return "the command is still in the table decisions"
    return None if verify(store).seal == before else "what was there before is not as it was"


COPY: Final = "emma-1"
"""The copy that was brought back twice before the evening, and once after it."""


def exercise_3(answer: tuple[Callable[..., Any], Callable[..., Any]]) -> str | None:
    """A function that proves that a copy was returned, and one that judges such a proof."""
    if untouched(answer):
        return NOT_YET
    prove, judge = answer
    if _names(prove)[:1] == ["line"] or _names(judge)[:1] == ["store"]:
        return "the two are the other way round: check('6.3', (prove, judge))"
    if _names(prove)[1:] == ["stream", "seal"]:
        return "prove gets its arguments in the order of the stub: prove(store, seal, stream)"
    if _names(judge)[:2] == ["paper", "line"]:
        return "judge gets its arguments in the order of the stub: judge(line, paper, stream)"
    if untouched(prove):
        return "judge is there, and prove is still to be written"
    store, seal = _library()
    if advice := _proves(prove, store, seal):
        return advice
    if untouched(judge):
        return "prove is right; now judge"
    return _judges(judge, store, seal) or Proved(
        "a return is proved to anybody who has the line, and nothing else passes for one"
    )


def _names(function: Any) -> list[str]:
    try:
        return list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return []


def _library() -> tuple[EventStore, Seal]:
    """A library, and the seal of an evening after which it went on."""
    store = MemoryStore(loans.LoanMessage, ticking(MIDNIGHT))
    library: Application[Any, Any, Any] = Application(loans.rules, store, ids=numbered("cmd"))
    for stream, title in ((COPY, "CopyReturned"), ("emma-10", "Emma"), ("ulysses-1", "Ulysses")):
        library.handle(stream, loans.AddCopy(title))
        library.handle(stream, loans.LendCopy("ann", date(2025, 8, 1)))
    for stream in (COPY, "emma-10"):
        library.handle(stream, loans.ReturnCopy(date(2025, 8, 5)))
    library.handle(COPY, loans.LendCopy("cy", date(2025, 8, 6)))
    library.handle(COPY, loans.ReturnCopy(date(2025, 8, 9)))
    seal = verify(store).seal
    library.handle(COPY, loans.LendCopy("ben", date(2025, 8, 10)))
    library.handle(COPY, loans.ReturnCopy(date(2025, 8, 11)))
    return store, seal


def _proves(prove: Callable[..., Any], store: EventStore, seal: Seal) -> str | None:
    try:
        never = prove(store, seal, "ulysses-1")
    except (LookupError, UnboundLocalError, ValueError) as error:  # as when a list is empty
        return (
            "prove: ulysses-1 never came back, so there is nothing to prove: return None. "
            f"It raised {type(error).__name__}: {error}"
        )
    if isinstance(never, bool):
        return f"prove: give the receipt as text, or None; you returned {never}"
    if never is not None:
        return "prove: ulysses-1 never came back, so there is nothing to prove: return None"
    try:
        paper = prove(store, seal, COPY)
    except InvalidMoment:
        return (
            "prove: the seal does not cover that position: take the last return that is not after "
            "seal.events"
        )
    if paper is None:
        return "prove: emma-1 came back on 9 August: find the position of its CopyReturned"
    if isinstance(paper, Receipt):
        return "prove: that is the receipt; its text is str(receipt)"
    if not isinstance(paper, str):
        return f"prove: return the receipt as text, str(receipt(...)), not {type(paper).__name__}"
    if paper.startswith("Receipt("):
        return "prove: that is the repr of the receipt; its text is str(receipt)"
    try:
        proof = Receipt.parse(paper)
    except NotAProof as error:
        return f"prove: {error}"
    if proof.event.stream != COPY or not _is_return(proof):
        return f"prove: that is the receipt of {proof.event.data} of {proof.event.stream}"
    if '"2025-08-05"' in proof.event.data:
        return "prove: that is the first return; the last under the seal, at seal.events, was later"
    return None if proof.holds(seal) else "prove: the receipt does not hold under the seal"


def _is_return(proof: Receipt) -> bool:
    vocabulary = MemoryStore(loans.LoanMessage).vocabulary
    return isinstance(vocabulary.decode(proof.event.data), loans.CopyReturned)


def _judges(judge: Callable[..., Any], store: EventStore, seal: Seal) -> str | None:
    for paper, line, expected, why in _cases(store, seal):
        try:
            verdict = plain(judge(line, paper, COPY))
        except (NotAProof, NotASeal) as error:
            kind = type(error).__name__
            if expected:
                return f"judge: {why} It raised {kind}: {error}"
            return f"judge: {why} {kind} was raised: catch it, and return False"
        except EsdemoError:
            raise
        except Exception as error:
            if expected:
                raise
            return f"judge: {why} It raised {type(error).__name__}: return False for all such"
        if verdict is None:
            return f"judge: each way through it ends in a bool. Return {expected}, and not None"
        if not isinstance(verdict, bool):
            return f"judge: {why} Return {expected}, and not {_short(verdict)}"
        if verdict is not expected:
            return f"judge: {why} You returned {verdict}"
    return None


def _cases(store: EventStore, seal: Seal) -> Sequence[tuple[Any, Any, bool, str]]:
    """Paper, line, whether it is a proof, and the sentence when the verdict is another."""
    facts = list(store.recorded(until=seal.events))
    kinds = [(fact.stream, type(fact.event).__name__, fact.position) for fact in facts]
    paper = {(stream, kind): str(receipt(store, at, seal)) for stream, kind, at in kinds}
    genuine, line = paper[COPY, "CopyReturned"], f"{seal}"
    forged = genuine.replace("2025-08-09", "2025-08-01")
    other = Seal(seal.events, "0" * 64, seal.decisions, seal.decisions_root)
    return (
        (genuine, line, True, "a genuine receipt of the return must be believed."),
        (forged, line, False, "the date on a receipt was changed: does it hold under the seal?"),
        (genuine, f"{other}", False, "the receipt belongs to another seal: does it hold here?"),
        (paper["emma-10", "CopyReturned"], line, False, "it holds, but for another copy, emma-10."),
        (paper[COPY, "CopyLent"], line, False, "it holds, but proves that the copy was lent."),
        (
            paper[COPY, "CopyAdded"],
            line,
            False,
            "the title of the book is 'CopyReturned', and it was not returned: decode the data, as "
            "Vocabulary(LoanMessage).decode does.",
        ),
        ("I brought it back", line, False, "a text that is not a receipt does not prove anything."),
        (None, line, False, "there is no paper at all."),
        (genuine, line[:-1], False, "the last digit of the line is missing."),
        (genuine, None, False, "there is no line at all."),
    )


def _short(answer: Any) -> str:
    text = shown(answer)
    return text if len(text) <= 60 else f"{text[:57]}..."
