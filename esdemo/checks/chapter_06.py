"""The exercises of chapter 06: money that left at night, a theft undone, a copy brought back."""

import sqlite3
import tempfile
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from esdemo.application import Application
from esdemo.audit import NotAProof, Receipt, Seal, receipt, verify
from esdemo.clocks import ManualClock, numbered, ticking
from esdemo.commands import Decision
from esdemo.domains import bank, loans
from esdemo.stores import EventStore, MemoryStore, SQLiteStore

MIDNIGHT = datetime(2025, 8, 10, tzinfo=UTC)
THIEF = "teller-13"


def exercise_1(paid_at_night: Callable[[list[Decision], str], Any]) -> str | None:
    """A function from decisions and an actor to the cents that he paid out at night, by stream."""
    answer = paid_at_night(_nights(), THIEF)
    if not isinstance(answer, dict):
        return f"return a dict from stream to cents, not {answer!r}"
    if not answer:
        return "start with the decisions of this actor, and add up what left, stream by stream"
    hints = {
        410_00: "a refused command paid nothing: look at decision.refused",
        70_00: "six o'clock is day again: the night is from 22:00 to before 06:00",
        80_00: "what was deposited came in: only Withdraw pays out",
        90_00: "a fee is charged, not paid out: only Withdraw is cash over the counter",
        105_00: "deposits and fees have an amount, too: only Withdraw is cash over the counter",
        100_00: "somebody else's withdrawal is in it: compare decision.actor with actor",
    }
    total = sum(answer.values())
    if total in hints:
        return hints[total]
    right = {"alice": 60_00, "bob": 5_00}
    if total < sum(right.values()):
        return "some of the night is missing: it begins at 22:00 and goes on after midnight"
    return None if answer == right else f"for the check's nights it is {right}, not {answer}"


def _nights() -> list[Decision]:
    """Two nights in which every mistake changes the sum in a way of its own."""
    clock = ManualClock(MIDNIGHT - timedelta(days=1))
    office: Application[Any, Any, Any] = Application(
        bank.rules, MemoryStore(bank.BankMessage, clock), ids=numbered("cmd")
    )
    for name in ("alice", "bob"):
        office.handle(name, bank.OpenAccount(name, 300_00), actor="teller-2")
    for minutes, stream, command, actor in (
        (-121, "alice", bank.Withdraw(10_00), THIEF),  # 21:59
        (-120, "alice", bank.Withdraw(40_00), THIEF),  # 22:00
        (-50, "alice", bank.Withdraw(345_00), THIEF),  # refused
        (-48, "alice", bank.Withdraw(20_00), THIEF),
        (-30, "bob", bank.Deposit(15_00), THIEF),
        (-20, "bob", bank.ChargeFee(25_00, "card"), THIEF),
        (10, "bob", bank.Withdraw(35_00), "teller-2"),
        (359, "bob", bank.Withdraw(5_00), THIEF),  # 05:59
        (360, "bob", bank.Withdraw(5_00), THIEF),  # 06:00
    ):
        clock.now = MIDNIGHT + timedelta(minutes=minutes)
        office.handle(stream, command, actor=actor)
    return list(office.store.decisions())


def exercise_2(statements: object) -> str | None:
    """SQL statements that undo the last command of a log without a trace."""
    if isinstance(statements, str):
        statements = [statements]
    if not isinstance(statements, (list, tuple)) or not all(isinstance(s, str) for s in statements):
        return f"give a list of SQL statements, each a text, not {statements!r}"
    if not statements:
        return "begin with the event: DELETE FROM events WHERE ..."
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder, "bank.db")
        with SQLiteStore(path, bank.BankMessage, ticking(MIDNIGHT)) as store:
            before = _robbed(store)
            if trouble := _without_triggers(path, statements):
                return trouble
            return _traces(store, before)


def _robbed(store: EventStore) -> Seal:
    """A small bank, sealed just before its last command, the theft."""
    office: Application[Any, Any, Any] = Application(bank.rules, store, ids=numbered("cmd"))
    for name in ("alice", "bob"):
        office.handle(name, bank.OpenAccount(name.capitalize()), actor="teller-2")
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
        for name, _ in triggers:
            db.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            try:
                db.execute(statement).fetchall()
            except sqlite3.Error as error:
                return f"SQLite says of {statement!r}: {error}"
        db.commit()
        return _put_back(db, sorted(set(triggers) - set(db.execute(schema))))


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
    if wrong := verify(store).wrong:
        return f"verify says: {wrong}"
    if events > before.events:
        return "the withdrawal is still in the table events, and in Alice's balance"
    if decisions > before.decisions:
        return "the command is still in the table decisions"
    return None if verify(store).seal == before else "what was there before is not as it was"


def exercise_3(
    answer: tuple[Callable[[EventStore, Seal, str], Any], Callable[[str, str, str], Any]],
) -> str | None:
    """A function that proves that a copy was returned, and one that judges such a proof."""
    prove, judge = answer
    store = MemoryStore(loans.LoanMessage, ticking(MIDNIGHT))
    library: Application[Any, Any, Any] = Application(loans.rules, store, ids=numbered("cmd"))
    for stream in ("emma-1", "emma-2", "ulysses-1"):
        library.handle(stream, loans.AddCopy(stream))
        library.handle(stream, loans.LendCopy("ann", date(2025, 8, 1)))
    for stream in ("emma-1", "emma-2"):
        library.handle(stream, loans.ReturnCopy(date(2025, 8, 9)))
    seal = verify(store).seal
    library.handle("emma-1", loans.LendCopy("ben", date(2025, 8, 10)))
    library.handle("emma-1", loans.ReturnCopy(date(2025, 8, 11)))
    return _proves(prove, store, seal) or _judges(judge, store, seal)


def _proves(prove: Callable[..., Any], store: EventStore, seal: Seal) -> str | None:
    if prove(store, seal, "ulysses-1") is not None:
        return "prove: ulysses-1 never came back, so there is nothing to prove: return None"
    paper = prove(store, seal, "emma-1")
    if paper is None:
        return "prove: emma-1 came back on 9 August: find the position of its CopyReturned"
    if not isinstance(paper, str):
        return f"prove: return the receipt as text, str(receipt(...)), not {type(paper).__name__}"
    try:
        shown = Receipt.parse(paper)
    except NotAProof as error:
        return f"prove: {error}"
    if shown.event.stream != "emma-1" or "CopyReturned" not in shown.event.data:
        return f"prove: that is the receipt of {shown.event.data} of {shown.event.stream}"
    return None if shown.holds(seal) else "prove: the receipt does not hold under the seal"


def _judges(judge: Callable[..., Any], store: EventStore, seal: Seal) -> str | None:
    facts = {(f.stream, type(f.event).__name__): f.position for f in store.recorded(until=8)}
    papers = {what: str(receipt(store, place, seal)) for what, place in facts.items()}
    genuine = papers["emma-1", "CopyReturned"]
    forged = genuine.replace("2025-08-09", "2025-08-01")
    other = Seal(seal.events, "0" * 64, seal.decisions, seal.decisions_root)
    for paper, line, expected, why in (
        (genuine, seal, True, "a genuine receipt of the return must be believed"),
        (forged, seal, False, "the date on a receipt was changed: does it hold under the seal?"),
        (genuine, other, False, "the receipt belongs to another seal: does it hold under this?"),
        (papers["emma-2", "CopyReturned"], seal, False, "it holds, for another copy of the book"),
        (papers["emma-1", "CopyLent"], seal, False, "it holds, but proves that the copy was lent"),
        ("I brought it back, honestly", seal, False, "a text that is no receipt proves nothing"),
    ):
        try:
            verdict = judge(str(line), paper, "emma-1")
        except NotAProof:
            return "judge: a text that is no receipt raised NotAProof: catch it, return False"
        if verdict is not expected:
            return f"judge: {why}; you returned {verdict!r}"
    return None
