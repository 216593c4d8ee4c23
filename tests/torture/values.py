"""Event classes and values that nobody thought of.

A class is refused by name when it is defined or put into a vocabulary, or its values are kept: as
they were given, in the state that is remembered, in a replay, in an export and after an import. A
value that cannot be kept so is refused by name, and nothing is stored.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from esdemo import (
    Application,
    Command,
    Decider,
    EsdemoError,
    Event,
    MemoryStore,
    SQLiteStore,
    Vocabulary,
    audit,
    interchange,
)
from esdemo.stores import EventStore
from torture.kinds import any_field, changeable
from torture.results import Try, objection

FORMS = ("json lines", "cloud events")


def campaign(seed: int, times: int, folder: Path) -> Iterator[Try]:
    """A class, a command with the same fields, some values; one class in six cannot be a fact."""
    for number in range(times):
        chance = Random(f"{seed} values {number}")
        may_be = chance.random() < 5 / 6
        what = "a class of facts" if may_be else "a class with a field that can change"
        study = Study(chance, folder)
        try:
            found = study.define(may_be) or study.live()
        except Exception as error:
            study.failures.append(objection(error))
        failures = [f"try {number}, {study.hints!s:.200}: {why}" for why in study.failures[:2]]
        figures = {"stored": study.stored, "refused": study.refused}
        yield Try(what, "failed" if failures else found, tuple(failures), figures)


class Study:
    """One class of events: made, used, exported, imported."""

    def __init__(self, chance: Random, folder: Path) -> None:
        self.chance, self.folder = chance, folder
        self.hints: list[Any] = []
        self.failures: list[str] = []
        self.stored = self.refused = 0

    def define(self, may_be: bool) -> str | None:
        """Make the classes and the vocabulary; what became of them when that was refused."""
        fields = [any_field(self.chance) for _ in range(self.chance.randrange(1, 5))]
        try:
            if not may_be:
                fields.insert(self.chance.randrange(len(fields) + 1), changeable(self.chance))
            self.hints = [hint for hint, _ in fields]
            self.values = [value for _, value in fields]
            named = [(f"field_{nth}", hint) for nth, hint in enumerate(self.hints)]
            self.fact = msgspec.defstruct("Happened", named, bases=(Event,))
            self.ask = msgspec.defstruct("Ask", named, bases=(Command,))
            self.types = self.fact | self.ask
            Vocabulary(self.types)
        except EsdemoError:
            return "refused by name"
        if not may_be:
            self.failures.append("a class that can change was accepted as a fact")
        return None

    def live(self) -> str:
        """Handle commands with values of all sorts, then look at what was kept."""
        in_memory = self.chance.random() < 0.5
        make = MemoryStore if in_memory else partial(SQLiteStore, ":memory:")
        with make(self.types) as store:
            application = Application(self.decider(), store)
            for number in range(5):
                self.handle(application, [value(self.chance) for value in self.values], number)
            self.check_copies(store)
        return "kept as given, or refused by name"

    def decider(self) -> Decider[Any, Any, Any]:
        """Whatever is asked for happens, and is remembered as it was."""

        def decide(command: Any) -> list[Any]:
            return [self.fact(*msgspec.structs.astuple(command))]

        return Decider(lambda command, _: decide(command), lambda state, e: (*state, e), ())

    def handle(self, application: Application[Any, Any, Any], values: list[Any], n: int) -> None:
        before, store = contents(application.store), application.store
        try:
            decision = application.handle("stream", self.ask(*values), command_id=f"id-{n}")
        except EsdemoError:
            self.refused += 1
            if contents(store) != before:
                self.failures.append(f"{values!s:.200} was refused, and something was stored")
            return
        self.stored += 1
        if decision.events[0].event != self.fact(*values):
            self.failures.append(f"{values!s:.200} was kept as {decision.events[0].event!s:.200}")
        state, replay = application.state("stream"), application.replay("stream")
        if repr(state) != repr(replay):
            self.failures.append(f"the state is {state[-1]!s:.200}, a replay {replay[-1]!s:.200}")
        again = application.handle("stream", self.ask(*values), command_id=f"id-{n}")
        if again != decision:
            self.failures.append(f"the same command with the same id became {again!s:.200}")

    def check_copies(self, store: EventStore) -> None:
        """The hashes are right, and an import of an export is the same history."""
        if wrong := audit.verify(store).wrong:
            self.failures.append(f"verify: {wrong}")
        for form in FORMS:
            interchange.export_history(store, self.folder / "export", form)
            copy = MemoryStore(self.types)
            interchange.import_history(self.folder / "export", copy)
            if contents(copy) != contents(store):
                self.failures.append(f"an import of the {form} is another history")


def contents(store: EventStore) -> object:
    """All that a store holds."""
    return list(store.recorded()), list(store.decisions())
