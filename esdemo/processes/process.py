"""A process with a stream of its own, which is its inbox and its outbox.

What it hears is kept as a command of its stream, under an id that derives from what was heard: the
inbox. What it asks of others is kept as events, before anybody is asked: the outbox. So a crash
between any two steps loses nothing, because `resume` reads in the stream what is still to be done.

The shape is Yves Reynhout's workflow ("The Workflow Pattern", 2022): a decider whose commands are
the news and whose events are its plans. It knows nothing of clocks, streams and stores.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, NamedTuple

from esdemo.application import Application
from esdemo.commands import C, Command, Decision
from esdemo.events import E
from esdemo.handlers import Decider, S
from esdemo.stores import EventStore

PAGE: Final = 1_000  # decisions read at once
ASKS: Final = " asks "


class Ask(NamedTuple):
    """What a process wants of somebody: a command for a stream of the outside."""

    stream: str
    command: Command


@dataclass(frozen=True)
class Process(Generic[C, E, S]):
    """Three pure functions, what they start from, and an ear.

    react: (news, state) -> what is noted: what was learnt, and what is now to be asked. News that
    come too late mean nothing any more: []. evolve: (state, event) -> the state. resume: (state) ->
    what has been asked for and not been answered, each under a name of its own. The name is what
    makes an ask idempotent: under one name an instance asks once.

    hears: what a decision outside means, in the process's own words; None when it means nothing. It
    must say the same of the same decision for ever. name: of the kind, first in the name of each
    instance's stream.
    """

    name: str
    hears: Callable[[Decision], C | None]
    react: Callable[[C, S], list[E]]
    evolve: Callable[[S, E], S]
    resume: Callable[[S], Mapping[str, Ask]]
    initial: S

    @property
    def decider(self) -> Decider[C, E, S]:
        """The same as rules, for everything that works on deciders: replay, what-ifs, audits."""
        return Decider(self.react, self.evolve, self.initial)


class Instances(Generic[C, E, S]):
    """All instances of a process, at work between a store of their own and an application outside.

    The answer to an ask belongs to the instance that asked. Any other decision that means something
    begins an instance, which is called by its number: "transfer 7" is about decision 7.

    The two stores may be one file or two banks: no transaction holds them together, and none needs
    to. Whatever is repeated here, after a crash, by a second worker, or because a queue brings its
    message twice, has the same ids as the first time, and so has no effect.
    """

    def __init__(
        self,
        process: Process[C, E, S],
        store: EventStore,
        outside: Application[Any, Any, Any],
        *,
        actor: str = "",
    ) -> None:
        self.process, self.outside = process, outside
        self.application: Application[C, E, S] = Application(process.decider, store)
        self.actor = actor or process.name

    def receive(self, decision: Decision) -> bool:
        """Take in what was decided outside: perhaps again, perhaps late, perhaps out of order.

        True: it is noted, and what it calls for has been asked, so it may be acknowledged. Raises
        what `handle` raises; then nothing is lost, and the same decision is to be brought again.
        """
        news = self.process.hears(decision)
        if news is not None:
            stream = self.stream(decision)
            self.tell(stream, news, f"{stream} hears {decision.number}", decision)
            self.resume(stream)
        return True

    def follow(self, after: int = 0) -> int:
        """Receive every decision outside numbered above `after`, and those that this sets off.

        Returns the number of the last one: `follow` from there, or from any number before it, such
        as `heard` after a crash. What was noted and not asked is what `resume_all` is for.
        """
        store = self.outside.store
        while decisions := list(store.decisions(after=after, until=after + PAGE)):
            for decision in decisions:
                self.receive(decision)
                after = decision.number
        return after

    def heard(self) -> int:
        """The number of the decision that was heard last: where a worker that follows goes on.

        Those before it have been heard too, because whoever follows hears them in order. A queue
        that brings decisions in another order (`receive`) makes no such promise.
        """
        store = self.application.store
        last = store.counts()[1]
        for note in store.decisions(after=last - 1):
            if heard := self.outside.store.decision(note.causation_id):
                return heard.number
        return 0

    def resume_all(self, streams: Iterable[str] | None = None) -> None:
        """Ask again what is unanswered, in these streams or in all: the first thing after a start.

        A to-do list (a view of the instances that are open) says which streams are worth it.
        """
        for stream in self.application.store.streams() if streams is None else streams:
            self.resume(stream)

    def resume(self, stream: str) -> None:
        """Ask everything that an instance has noted to ask, and that nobody has answered.

        Raises CommandIdReused when the process now asks for another thing under an old name.
        """
        asks = self.process.resume(self.application.state(stream))
        if not asks:
            return
        causation_id, correlation_id = self._cause(stream)
        for name, ask in asks.items():
            self.outside.handle(
                ask.stream,
                ask.command,
                actor=self.actor,
                command_id=self._free(f"{stream}{ASKS}{name}"),
                causation_id=causation_id,
                correlation_id=correlation_id,
            )

    def tell(
        self, stream: str, news: C, command_id: str, cause: Decision | None = None
    ) -> Decision:
        """Note news in an instance's stream, once for each id; nobody is asked anything yet.

        cause: the decision outside that is the news; None when nobody decided it, as when a
        deadline has passed. Then the news belongs to whatever began the instance.
        """
        first = next(self.application.store.recorded(stream, until=1), None)
        correlation_id = cause.correlation_id if cause else first.correlation_id if first else ""
        return self.application.handle(
            stream,
            news,
            actor=self.actor,
            command_id=command_id,
            causation_id=cause.command_id if cause else "",
            correlation_id=correlation_id,
        )

    def stream(self, decision: Decision) -> str:
        """The stream of the instance that a decision outside is about."""
        asker, asks, _ = decision.command_id.rpartition(ASKS)
        if asks and decision.actor == self.actor and asker.startswith(f"{self.process.name} "):
            return asker
        return f"{self.process.name} {decision.number}"

    def _free(self, command_id: str) -> str:
        """The id itself, or when somebody else has taken it, one that nobody has."""
        store = self.outside.store
        while (taken := store.decision(command_id)) and taken.actor != self.actor:
            command_id += "'"
        return command_id

    def _cause(self, stream: str) -> tuple[str, str]:
        """The decision outside that was heard last, and what it belongs to."""
        store = self.application.store
        last = next(store.recorded(stream, after=store.version(stream) - 1))
        heard = store.decision(last.command_id)
        return heard.causation_id if heard else "", last.correlation_id
