"""The exercises of chapter 12: a bug in an event's body, a rule in an aggregate, a mirror asked."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID

from esdemo import Application, MemoryStore, timeline
from esdemo.checks.verdicts import NOT_YET, Proved, untouched
from esdemo.clocks import numbered, ticking
from esdemo.commands import Rejected
from esdemo.domains import bank, loans
from esdemo.graduate.banks import IN_MEMORY, carry_over
from esdemo.graduate.classic import ClassicBank
from esdemo.graduate.library import Aggregate, event
from esdemo.graduate.troubles import SourceRewritten
from esdemo.specifications import Given

# 12.1

SPENT: Final = Proved(
    "an old card opens again without a rule and without a mail; a new one is refused"
)


class Card(Aggregate):
    """A loyalty card whose spending is the learner's. The event's body asks `body`."""

    body: Callable[..., Any]
    mails: list[int]  # the version of the card at which each was sent

    @event("Issued")
    def __init__(self, points: int) -> None:
        self.points = points

    @event("PointsSpent")
    def record(self, points: int) -> None:
        """Make the event."""
        type(self).body(self, points)

    def mail(self, text: str) -> None:
        """Send a mail, which cannot be taken back."""
        type(self).mails.append(self.version)


def exercise_1(answer: Any) -> str | None:
    """A plain method with the rule and the mail, and a body with the change."""
    if not isinstance(answer, (tuple, list)) or len(answer) != 2 or not all(map(callable, answer)):
        return 'give both functions, the method first: check("12.1", (spend, spent))'
    spend, spent = answer
    if untouched(spend) or untouched(spent):
        return NOT_YET
    if getattr(spend, "__name__", "") == "spent":
        return 'the method stands first: check("12.1", (spend, spent))'
    Card.body, Card.mails = staticmethod(spent), []
    try:
        return _spends(spend) or _refuses(spend) or _replays(spend) or _mails_late(spend) or SPENT
    except RecursionError:
        return (
            "spent runs for every event, and makes one more: only spend calls card.record(points)"
        )


def _spends(spend: Callable[..., Any]) -> str | None:
    card = Card(50)
    spend(card, 20)
    if card.version == 1 and card.points != 50:
        return "spend changes the points itself, and no event tells of it: call card.record(points)"
    if card.version == 1:
        return "after spend there is no event: spend must call card.record(points)"
    if card.version > 2:
        return f"one spending made {card.version - 1} events: call card.record(points) once"
    if card.points == 10:
        return "the points were taken twice: the change belongs into spent alone"
    if card.points != 30:
        return f"a card of 50 points that spends 20 has 30, not {card.points}: what does spent do?"
    if len(Card.mails) != 1:
        return f"one spending sent {len(Card.mails)} mails: it is one, sent by spend"
    with suppress(ValueError, Rejected):
        spend(card, 30)
    return None if card.points == 0 else "all 30 points that are left may be spent, and were not"


def _refuses(spend: Callable[..., Any]) -> str | None:
    card, sent = Card(50), len(Card.mails)
    try:
        spend(card, 51)
    except (ValueError, Rejected):
        pass
    except Exception as error:
        return f"spend refused with {type(error).__name__}: callers know it by its ValueError"
    else:
        return "51 points of 50 were spent: spend must refuse that with a ValueError"
    if card.version > 1 or card.points != 50:
        return "a refused spending left an event behind: ask the rule before card.record(points)"
    return "a refused spending sent a mail" if len(Card.mails) > sent else None


def _replays(spend: Callable[..., Any]) -> str | None:
    """The card is loaded from its events, some of them from before the rule."""
    card = Card(50)
    spend(card, 20)
    sent = len(Card.mails)
    issued, spent = card.pending_events
    more = type(spent)(  # type: ignore[call-arg]
        originator_id=card.id, originator_version=3, timestamp=card.modified_on, points=500
    )
    loaded: Any = spent.mutate(issued.mutate(None))
    try:
        loaded = more.mutate(loaded)
    except (ValueError, Rejected):
        return (
            "an old card that once spent 500 points cannot be opened any more: the rule still "
            "stands in spent, which runs for every old event"
        )
    if len(Card.mails) > sent:
        return "loading the card sent its mails again: sending belongs into spend"
    if loaded.points != 50 - 20 - 500:
        return (
            "an old card that once spent 500 points is loaded with "
            f"{loaded.points} points, not {50 - 20 - 500}: spent takes what was spent, and asks "
            "nothing"
        )
    return None


def _mails_late(spend: Callable[..., Any]) -> str | None:
    """What cannot be taken back comes last."""
    card, sent = Card(50), len(Card.mails)
    spend(card, 20)
    if Card.mails[sent] == card.version:
        return None
    return "the mail left before its event was made: call card.record(points), and then card.mail"


# 12.2


class LentCopy(Aggregate):
    """A copy of a book as an aggregate: the facts of `loans` change it, the learner renews it."""

    @event("Began")
    def __init__(self, title: str) -> None:
        self.title = title
        self.due: date | None = None
        self.renewals = 0
        self.reserved: list[str] = []

    @event("Lent")
    def lent(self, due: str) -> None:
        """Somebody has it."""
        self.due, self.renewals = date.fromisoformat(due), 0

    @event("Reserved")
    def reserve(self, member: str) -> None:
        """Somebody waits."""
        self.reserved.append(member)

    @event("Returned")
    def returned(self) -> None:
        """It is back."""
        self.due, self.renewals = None, 0

    @event("Renewed")
    def renew_until(self, due: str) -> None:
        """What `renewed` makes."""
        self.due, self.renewals = date.fromisoformat(due), self.renewals + 1

    def renewed(self, due: date) -> None:
        """The loan lasts until then."""
        self.renew_until(due.isoformat())


START: Final = date(2026, 3, 2)


def exercise_2(renew: Callable[[Any, date], Any]) -> str | None:
    """A method that refuses and renews as our decide does."""
    count = 0
    for history, on in _stories():
        ours = loans.rules.given(*history).when(loans.RenewLoan(on)).outcome
        theirs = _renewal(renew, history).when(loans.RenewLoan(on)).outcome
        if advice := _unlike(history, on, ours, theirs) or _outside(renew, history, on):
            return advice
        count += 1
    return Proved(f"{count} specifications, each run on the decider and on your aggregate")


def _renewal(renew: Callable[[Any, date], Any], history: tuple[Any, ...]) -> Given[Any, Any]:
    """The first line of a specification on the aggregate."""

    def outcome(command: loans.RenewLoan) -> Any:
        copy = _copy(history)
        version = copy.version
        try:
            renew(copy, command.on)
        except (Rejected, ValueError) as refusal:
            return refusal
        except TypeError as error:
            if copy.due is None and "NoneType" in str(error):
                return None
            raise
        return [
            loans.LoanRenewed(date.fromisoformat(made.due))  # type: ignore[attr-defined]
            for made in copy.pending_events[version:]
        ]

    return Given(outcome)


def _copy(history: tuple[Any, ...]) -> LentCopy:
    copy = LentCopy("A book")
    for fact in history:
        match fact:
            case loans.CopyLent():
                copy.lent(fact.due.isoformat())
            case loans.LoanRenewed():
                copy.renewed(fact.due)
            case loans.CopyReserved():
                copy.reserve(fact.member)
            case loans.CopyReturned():
                copy.returned()
    return copy


def _unlike(history: tuple[Any, ...], on: date, ours: Any, theirs: Any) -> str | None:
    where = _where(history, on)
    if isinstance(theirs, ValueError):
        return f"{where}: {theirs!r:.80}: those who call it know a refusal by Rejected"
    if theirs is None:
        return f"{where}: due is None, and was compared with a date: ask first if it is on loan"
    if isinstance(ours, Rejected) and isinstance(theirs, Rejected):
        if str(ours) == str(theirs):
            return None
        return f"{where}: refused for {str(theirs)!r}, decide says {str(ours)!r}"
    if isinstance(ours, Rejected) and not theirs:
        return f"{where}: nothing happened, and nobody was told why: raise Rejected({str(ours)!r})"
    if isinstance(ours, Rejected):
        return f"{where}: renewed, and decide refuses: {ours}"
    if isinstance(theirs, Rejected):
        return f"{where}: refused for {str(theirs)!r}, and decide renews"
    if not theirs:
        return f"{where}: nothing happened: call copy.renewed with the new date"
    if len(theirs) > 1:
        return f"{where}: renewed {len(theirs)} times: call copy.renewed once"
    if list(theirs) != list(ours):
        return f"{where}: renewed to {theirs[-1].due}, and decide says {ours[0].due}"
    return None


def _outside(renew: Callable[[Any, date], Any], history: tuple[Any, ...], on: date) -> str | None:
    """A change that no event tells of is gone when the copy is loaded again."""
    copy, loaded = _copy(history), None
    with suppress(Rejected):
        renew(copy, on)
    for made in copy.pending_events:
        loaded = made.mutate(loaded)
    for field in ("due", "renewals", "reserved"):
        if (now := getattr(copy, field)) != (again := getattr(loaded, field)):
            return (
                f"{_where(history, on)}: {field} is {now}, and {again} when the copy is loaded "
                "again: only copy.renewed may change it"
            )
    return None


def _where(history: tuple[Any, ...], on: date) -> str:
    return f"after {', '.join(type(fact).__name__ for fact in history)}, on {on}"


def _stories() -> Iterator[tuple[tuple[Any, ...], date]]:
    added, due = loans.CopyAdded("A book"), START + loans.LOAN
    lent = loans.CopyLent("ann", START, due)
    once = loans.LoanRenewed(due + timedelta(days=3))
    twice = loans.LoanRenewed(due + timedelta(days=6))
    waits = loans.CopyReserved("ben")
    again = loans.CopyReserved("cleo")
    returned = loans.CopyReturned(START)
    for history in (
        (added,),
        (added, lent),
        (added, lent, once),
        (added, lent, once, twice),
        (added, lent, waits),
        (added, lent, waits, again),
        (added, lent, once, twice, waits),
        (added, lent, returned),
        (added, lent, once, twice, returned),
    ):
        for days in (0, 27, 28, 29, 34, 60):
            yield history, START + timedelta(days=days)


# 12.3


MOMENTS: Final = tuple(datetime(2025, month, 20, 12, tzinfo=UTC) for month in (1, 2, 3, 4))


@cache
def _cases() -> tuple[tuple[ClassicBank, Any, datetime], ...]:
    """Banks on the library, each with the same history in ours, and moments to ask for.

    Two live some months. At a small one the accounts are opened against the alphabet, and the
    moments are those of its events.
    """
    cases: list[tuple[ClassicBank, Any, datetime]] = []
    for seed in (3, 5):
        year = bank.simulate(accounts=5, days=111, seed=seed)
        cases += [(_carried(year), year, moment) for moment in MOMENTS]
    small = _small()
    cases += [(_carried(small), small, fact.recorded_at) for fact in small.store.recorded()]
    return tuple(cases)


@cache
def _carried(ours: Any) -> ClassicBank:
    theirs = ClassicBank(IN_MEMORY)
    carry_over(ours.store, theirs)
    return theirs


def _small() -> Any:
    clock = ticking(datetime(2025, 5, 5, 9, tzinfo=UTC))
    ours = Application(bank.rules, MemoryStore(bank.BankMessage, clock), ids=numbered("cmd"))
    for name in ("zoe", "adam"):
        ours.handle(name, bank.OpenAccount(name.title(), overdraft=100_00))
    for name in ("zoe", "adam"):
        ours.handle(name, bank.Withdraw(50_00, "rent"))
    ours.handle("zoe", bank.Deposit(80_00))
    return ours


def exercise_3(below: Callable[[Any, datetime], Any]) -> str | None:
    """The names of the accounts below zero at a moment, for any bank and any moment."""
    named = 0
    for theirs, ours, moment in _cases():
        try:
            found = below(theirs, moment)
        except SourceRewritten:
            return "a mirror follows one application: make a new store within below"
        except AttributeError as error:
            if type(error.obj).__name__ not in ATTRIBUTES:
                raise
            return ATTRIBUTES[type(error.obj).__name__]
        if advice := _wrong_names(found, ours, moment):
            return advice
        named += len(found)
    return Proved(f"{len(_cases())} moments at three banks, {named} accounts below zero found")


ATTRIBUTES: Final = {
    "MemoryStore": "timeline.states takes graduate.view(application, mirror), not the mirror",
    "AggregateState": "a state reads like a dictionary of fields: state['balance']",
}


def _below(ours: Any, moment: datetime | None = None) -> list[str]:
    states = timeline.states(ours, as_of=moment)
    return sorted(name for name, state in states.items() if state.balance < 0)


def _wrong_names(found: Any, ours: Any, moment: datetime) -> str | None:
    states, wanted, now = timeline.states(ours, as_of=moment), _below(ours, moment), _below(ours)
    if found is ...:
        return NOT_YET
    if not isinstance(found, (list, tuple)):
        return f"below returned {found!r:.60}: return a list of names"
    names = list(found)
    if names == wanted:
        return None
    at = f"at {moment:%Y-%m-%d %H:%M}"
    if any(not isinstance(name, (str, UUID)) for name in names):
        return f"below returned a list with {names[0]!r:.40}: a name is a string, state['name']"
    if any(isinstance(name, UUID) or "-" in str(name) for name in names):
        return f"{at}: {names[0]!r} is the id of an aggregate: its name is state['name']"
    if now != wanted and sorted(map(str, names)) == now:
        return f"those are the accounts below zero today: give `as_of=moment`; {at} it was {wanted}"
    if sorted(map(str, names)) == _below(ours, moment - timedelta(microseconds=1)):
        return f"{at}: what happened at that very moment counts too, as it does for as_of"
    if not names and wanted:
        return (
            f"{at} there were accounts below zero, and none was found: did you follow the log of "
            "`application`, and compare `balance` with 0?"
        )
    if set(names) == set(wanted):
        return f"{at} the names are right, and should be sorted, each once: {wanted}"
    if set(names) > set(wanted):
        zero = sorted(name for name in set(names) - set(wanted) if name in states)
        if zero and all(states[name].balance == 0 for name in zero):
            return f"{at}: {zero[0]} had exactly 0, which is not below zero"
        return f"{at}: {sorted(set(names) - set(wanted))[0]!r} was not below zero"
    if set(names) <= {state.owner for state in states.values()}:
        return f"{at}: {names[0]!r} is an owner: the account's name is state['name']"
    missing = sorted(set(wanted) - set(names))
    return f"{at}: {missing[0]!r} was below zero, and is missing"
