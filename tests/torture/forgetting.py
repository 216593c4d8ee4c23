"""Erasure: people by chance under histories by chance; then no byte of their names is anywhere.

A club has members whose names and notes are hidden. Beside its log there are saved states, a view
that has the names in clear text, exports of both forms, a Parquet archive and a backup. Some people
are erased, with a break somewhere half-way, and it is done again. Then every file is searched for
what they were called, write-ahead logs and free pages too. Sums, hashes and the seal over what was
there before must be what they were.
"""

import shutil
import string
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from esdemo import (
    Application,
    Command,
    Decider,
    Event,
    Rejected,
    SQLiteStore,
    archives,
    audit,
    forgetting,
    interchange,
)
from esdemo.checkpoints import Checkpoints
from esdemo.clocks import numbered, ticking
from esdemo.forgetting import Keys, Token
from esdemo.projections import Projection, View
from torture.results import Try, objection

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
DAY = date(2026, 6, 1)
LETTERS = string.ascii_letters + "äéßñøłžשم漢😀'\"<&\\ "


class MemberJoined(Event):
    name: Token


class NoteTaken(Event):
    note: Token
    about: tuple[Token, ...]  # others who are named in it


class FeePaid(Event):
    cents: int


class Join(Command):
    name: Token


class TakeNote(Command):
    note: Token
    about: tuple[Token, ...]


class Pay(Command):
    cents: int


class Member(msgspec.Struct, frozen=True):
    name: str = ""
    notes: tuple[str, ...] = ()
    paid: int = 0


def decide(command: Any, member: Member) -> list[Event]:
    match command:
        case Join(name):
            return [MemberJoined(name)]
        case TakeNote(note, about):
            return [NoteTaken(note, about)]
        case Pay(cents) if cents > 500:
            raise Rejected(f"{cents} is more than anybody pays")
        case Pay(cents):
            return [FeePaid(cents)]
    raise AssertionError(command)


def evolve(member: Member, event: Any) -> Member:
    match event:
        case MemberJoined(name):
            return msgspec.structs.replace(member, name=name)
        case NoteTaken(note):
            return msgspec.structs.replace(member, notes=(*member.notes, note))
        case FeePaid(cents):
            return msgspec.structs.replace(member, paid=member.paid + cents)
    raise AssertionError(event)


club: Decider[Any, Any, Member] = Decider(decide, evolve, Member())
CLUB = MemberJoined | NoteTaken | FeePaid | Join | TakeNote | Pay | forgetting.CaseMessage


class Shown(msgspec.Struct, frozen=True):
    """A row with names in clear text, for those who look people up."""

    name: str
    notes: str
    paid: int


KEYS: list[Keys] = []  # of the try that is under way: a projection sees globals only


def shown(row: Shown | None, fact: Any) -> Shown | None:
    row = row or Shown("", "", 0)
    match fact.event:
        case MemberJoined(name):
            return msgspec.structs.replace(row, name=KEYS[-1].shown(name))
        case NoteTaken(note):
            return msgspec.structs.replace(row, notes=f"{row.notes}; {KEYS[-1].shown(note)}")
        case FeePaid(cents):
            return msgspec.structs.replace(row, paid=row.paid + cents)
    return None


MEMBERS = Projection("members", Shown, shown)


@dataclass
class Person:
    """Somebody by number, with all that must not be found once they are forgotten."""

    number: str
    strings: list[str]

    @property
    def stream(self) -> str:
        return f"member/{self.number}"


class BrokeOff(Exception):
    """A crash in the middle of an erasure."""


def campaign(seed: int, times: int, folder: Path) -> Iterator[Try]:
    """A club for each try."""
    for number in range(times):
        chance = Random(f"{seed} forgetting {number}")
        place = folder / f"club-{number}"
        place.mkdir(parents=True)
        yield attacked(place, number, chance)
        shutil.rmtree(place, ignore_errors=True)


def attacked(place: Path, number: int, chance: Random) -> Try:
    """Live, copy, forget, search."""
    people = [Person(f"p-{nth}", []) for nth in range(chance.randrange(2, 6))]
    try:
        failures, searched = lived_and_forgot(place, chance, people)
    except Exception as error:
        traceback.clear_frames(error.__traceback__)
        failures, searched = [objection(error)], 0
    finally:
        KEYS.clear()
    told = tuple(f"try {number}: {why}" for why in failures)
    return Try("erasure", "failed" if told else "forgotten", told, {"files searched": searched})


def lived_and_forgot(place: Path, chance: Random, people: list[Person]) -> tuple[list[str], int]:
    with (
        Keys(place / "keys.db", random=chance.randbytes) as keys,
        SQLiteStore(place / "club.db", CLUB, ticking(START), survives="crash") as store,
        View(MEMBERS, store, place / "views.db") as view,
    ):
        KEYS.append(keys)
        saved = Checkpoints(club, place / "saved.db", every=2)
        members = Application(club, store, ids=numbered("m"), checkpoints=saved)
        live(members, keys, chance, people)
        copies(place, store, view, saved)
        gone = chance.sample(people, chance.randrange(1, len(people)))
        before = Before.of(members, people)
        erased(place, members, keys, view, saved, chance, gone)
        failures = before.broken(members)
        failures += readable(members, keys, people, gone)
        view.catch_up()  # afterwards, too, nothing may come back
        copies(place / "later", store, view, saved)
        strings = [each for person in gone for each in person.strings]
        while_open = forgetting.search(place, strings)
    saved.close()
    found = while_open + forgetting.search(place, strings)
    failures += [f"{copy.path}: {copy.found} times" for copy in found if copy.found]
    left = [each for person in people if person not in gone for each in person.strings[:1]]
    if left and not any(copy.found for copy in forgetting.search(place, left)):
        failures.append("nobody is found, not even those who were not forgotten: a blind search")
    return failures, len(found)


def live(members: Any, keys: Keys, chance: Random, people: list[Person]) -> None:
    """Names, notes about each other, fees and refusals."""
    for person in people:
        members.handle(person.stream, Join(hidden(keys, chance, person)))
    for _ in range(chance.randrange(5, 40)):
        person = chance.choice(people)
        if chance.randrange(3):
            members.handle(person.stream, Pay(chance.randrange(1, 600)))
        else:
            others = chance.sample(people, chance.randrange(3) % len(people))
            about = tuple(hidden(keys, chance, other) for other in others)
            members.handle(person.stream, TakeNote(hidden(keys, chance, person), about))


def hidden(keys: Keys, chance: Random, person: Person) -> str:
    """A string about somebody that nothing else can contain, and its token."""
    text = "".join(chance.choice(LETTERS) for _ in range(chance.randrange(8, 60))).strip()
    person.strings.append(f"{text}-{chance.getrandbits(32):08x}")
    return keys.hide(f"{person.number}/contact", person.strings[-1])


def copies(place: Path, store: SQLiteStore, view: View[Shown], saved: Checkpoints[Member]) -> None:
    """Everything that people make of a log."""
    place.mkdir(exist_ok=True)
    view.catch_up()
    for stream in store.streams():
        if stream.startswith("member/"):
            saved.state(store, stream, store.version(stream))
    interchange.export_history(store, place / "club.jsonl")
    interchange.export_history(store, place / "club.events", "cloud events")
    archives.freeze(store, place / "club.parquet")
    store.backup(place / "backup.db")


def erased(
    place: Path,
    members: Any,
    keys: Keys,
    view: View[Shown],
    saved: Checkpoints[Member],
    chance: Random,
    gone: list[Person],
) -> None:
    """Forget them, broken off at some step, and again."""
    cases = Application(forgetting.rules, members.store, ids=numbered("k"))
    for person in gone:

        def renewed(person: Person = person) -> None:
            view.refold([person.stream])
            forgetting.compact(place / "views.db")

        steps = {"saved states": saved.clear, "members": renewed}
        broken = dict(list(steps.items())[: chance.randrange(3)]) | {"a crash": crash}
        try:
            forgetting.erase(cases, keys, person.number, DAY, broken)
        except BrokeOff:
            forgetting.erase(cases, keys, person.number, DAY, steps)


def crash() -> None:
    raise BrokeOff


@dataclass
class Before:
    """What must be the same afterwards."""

    seal: audit.Seal
    paid: dict[str, int]

    @classmethod
    def of(cls, members: Any, people: list[Person]) -> "Before":
        paid = {person.stream: members.replay(person.stream).paid for person in people}
        return cls(audit.verify(members.store).seal, paid)

    def broken(self, members: Any) -> list[str]:
        failures = audit.compare(members.store, self.seal)
        failures += [wrong for wrong in (audit.verify(members.store).wrong,) if wrong]
        for stream, paid in self.paid.items():
            for state in (members.state(stream), members.replay(stream)):
                if state.paid != paid:
                    failures.append(f"{stream} had paid {paid}, and now {state.paid}")
        return failures


def readable(members: Any, keys: Keys, people: list[Person], gone: list[Person]) -> list[str]:
    """Those who are forgotten show the placeholder, and the others their names."""
    failures = list[str]()
    for person in people:
        name = keys.shown(members.replay(person.stream).name)
        wanted = forgetting.FORGOTTEN if person in gone else person.strings[0]
        if name != wanted:
            failures.append(f"{person.number} is shown as {name!r}")
        told = forgetting.portable(members.store, keys, person.number)
        if any(msgspec.json.encode(each).decode() in told for each in person.strings) == (
            person in gone
        ):
            failures.append(f"the export of {person.number} tells too much or too little")
    return failures
