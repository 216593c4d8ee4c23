"""The bank on the library, in two styles: the same rules, the same year, and back."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest
from eventsourcing.application import AggregateNotFoundError
from eventsourcing.persistence import IntegrityError
from foreign import timed
from hypothesis import given as examples
from hypothesis import strategies as st

from esdemo import MemoryStore, audit, graduate, timeline
from esdemo.commands import Rejected
from esdemo.domains import bank
from esdemo.domains.bank import (
    AccountClosed,
    AccountOpened,
    ChargeFee,
    CloseAccount,
    CompleteTransfer,
    Deposit,
    EntryReversed,
    FeeCharged,
    MoneyDeposited,
    MoneyWithdrawn,
    OpenAccount,
    ReceiveTransfer,
    ReturnTransfer,
    ReverseEntry,
    SendTransfer,
    TransferCompleted,
    TransferReceived,
    TransferReturned,
    TransferSent,
    Withdraw,
)
from esdemo.graduate.article import Command, EventSourcingApplication
from esdemo.graduate.banks import IN_MEMORY, bring_back, carry_over, given
from esdemo.graduate.classic import BankAccount, ClassicBank
from esdemo.graduate.immutable import ImmutableBank, project

OPENED = AccountOpened("Ann", 50_00)
RICH = (OPENED, MoneyDeposited(100_00, "salary"))
SENT = (*RICH, TransferSent("t", "ben", 30_00))

STYLES = {
    "decider": bank.rules.given,
    "classic": lambda *history: given(ClassicBank, *history),
    "immutable": lambda *history: given(ImmutableBank, *history),
}
BANKS = {"classic": ClassicBank, "immutable": ImmutableBank}


@pytest.fixture(params=STYLES)
def rules(request):
    """The first line of a specification, on the decider and on both banks of the library."""
    return STYLES[request.param]


@pytest.fixture(params=BANKS)
def their_bank(request):
    """An empty bank of the library, in either style."""
    with BANKS[request.param](IN_MEMORY) as app:
        yield app


# One specification, run on each.

ACCEPTED = [
    ((), OpenAccount("Ann", 50_00), [OPENED]),
    (RICH, Deposit(5_00), [MoneyDeposited(5_00, "cash")]),
    (RICH, Withdraw(150_00, "rent"), [MoneyWithdrawn(150_00, "rent")]),
    (RICH, ChargeFee(1_00, "card"), [FeeCharged(1_00, "card")]),
    (RICH, SendTransfer("t", "ben", 30_00), [TransferSent("t", "ben", 30_00)]),
    (RICH, ReceiveTransfer("t", "ben", 30_00), [TransferReceived("t", "ben", 30_00)]),
    (SENT, CompleteTransfer("t"), [TransferCompleted("t")]),
    (SENT, ReturnTransfer("t", "closed"), [TransferReturned("t", 30_00, "closed")]),
    (RICH, ReverseEntry(2, -100_00, "error"), [EntryReversed(2, -100_00, "error")]),
    ((OPENED,), CloseAccount(), [AccountClosed()]),
]


@pytest.mark.parametrize(("history", "command", "events"), ACCEPTED)
def test_the_same_command_leads_to_the_same_events(rules, history, command, events):
    rules(*history).when(command).then(*events)


REVERSED = (*RICH, EntryReversed(2, -100_00, "error"))
CLOSED = (OPENED, AccountClosed())
REFUSED = [
    ((), Deposit(1), "there is no such account"),
    ((OPENED,), OpenAccount("Ann"), "the account exists already"),
    (CLOSED, OpenAccount("Ann"), "the account exists already"),
    (CLOSED, Deposit(1), "the account is closed"),
    (CLOSED, Withdraw(1), "the account is closed"),
    (CLOSED, CloseAccount(), "the account is closed"),
    (CLOSED, ReverseEntry(1, 0, "error"), "the account is closed"),
    (CLOSED, CompleteTransfer("t"), "the account is closed"),
    (RICH, Withdraw(150_01), "15001 is more than the available 15000"),
    (RICH, ChargeFee(150_01, "card"), "15001 is more than the available 15000"),
    (RICH, SendTransfer("t", "ben", 150_01), "15001 is more than the available 15000"),
    (SENT, SendTransfer("t", "ben", 1), "transfer t is already on its way"),
    (RICH, CompleteTransfer("t"), "transfer t is not on its way"),
    (RICH, ReturnTransfer("t", "closed"), "transfer t is not on its way"),
    (RICH, ReverseEntry(3, 1, "error"), "there is no entry 3"),
    (RICH, ReverseEntry(0, 1, "error"), "there is no entry 0"),
    (REVERSED, ReverseEntry(2, -1, "error"), "entry 2 is reversed already"),
    (RICH, ReverseEntry(2, -150_01, "error"), "15001 is more than the available 15000"),
    (RICH, CloseAccount(), "the balance is 10000, not 0"),
    ((OPENED, TransferSent("t", "b", 1), MoneyDeposited(1, "x")), CloseAccount(), "a transfer is"),
]


@pytest.mark.parametrize(("history", "command", "reason"), REFUSED)
def test_the_same_command_is_refused_for_the_same_reason(rules, history, command, reason):
    when = rules(*history).when(command)
    when.then_refused(None if reason.endswith("is") else reason)
    assert str(when.outcome).startswith(reason)


COMMANDS = st.one_of(
    st.builds(Deposit, st.integers(1, 200_00)),
    st.builds(Withdraw, st.integers(1, 200_00)),
    st.builds(ChargeFee, st.integers(1, 9_00), st.just("card")),
    st.builds(SendTransfer, st.sampled_from("tu"), st.just("ben"), st.integers(1, 99_00)),
    st.builds(CompleteTransfer, st.sampled_from("tu")),
    st.builds(ReturnTransfer, st.sampled_from("tu"), st.just("closed")),
    st.builds(ReverseEntry, st.integers(0, 6), st.integers(-99, 99), st.just("error")),
    st.builds(CloseAccount),
)


@examples(st.lists(COMMANDS, max_size=12))
def test_any_story_goes_the_same_way_in_all_three(commands):
    state = bank.rules.fold([OPENED])
    with ClassicBank(IN_MEMORY) as classic, ImmutableBank(IN_MEMORY) as immutable:
        for each in (classic, immutable):
            each.handle("ann", OpenAccount("Ann", 50_00))
        for command in commands:
            outcome = bank.rules.outcome(command, state)
            for each in (classic, immutable):
                if isinstance(outcome, Rejected):
                    with pytest.raises(Rejected) as refused:
                        each.handle("ann", command)
                    assert str(refused.value) == str(outcome)
                else:
                    each.handle("ann", command)
            state = state if isinstance(outcome, Rejected) else bank.rules.fold(outcome, state)
        assert immutable.account("ann") == state
        assert classic.account("ann").balance == state.balance
        assert classic.account("ann").pending == dict(state.pending)


# A year there, and back.


@pytest.fixture(scope="module")
def year():
    """A year of business."""
    return bank.simulate(accounts=8, days=365)


def test_a_year_is_carried_over_and_comes_back_equal(year, their_bank):
    assert carry_over(year.store, their_bank) == year.store.position
    for name in year.store.streams():
        assert their_bank.account(name).balance == year.state(name).balance
    back = bring_back(their_bank)
    ours, again = list(year.store.recorded()), list(back.recorded())
    for name in ("position", "stream", "version", "event", "recorded_at"):
        assert [getattr(fact, name) for fact in ours] == [getattr(fact, name) for fact in again]
    states = {name: bank.rules.fold(back.events(name)) for name in back.streams()}
    assert states == timeline.states(year)
    assert audit.verify(back).wrong is None
    assert next(back.decisions(), None) is None  # refusals do not come along


def test_every_version_of_a_year_has_the_same_balance_there(year, their_bank):
    carry_over(year.store, their_bank)
    name = year.store.streams()[0]
    for version in range(1, year.store.version(name) + 1, 7):
        there = their_bank.account(name, version=version)
        assert there.balance == year.state(name, version=version).balance


def test_a_year_carried_over_is_followed_like_any_log_of_theirs(year, their_bank):
    carry_over(year.store, their_bank)
    mirror = MemoryStore(graduate.vocabulary(their_bank))
    graduate.follow(their_bank, mirror)
    projector = project if isinstance(their_bank, ImmutableBank) else None
    assert graduate.differences(their_bank, mirror, projector=projector) == []
    view = graduate.view(their_bank, mirror, projector=projector)
    noon = datetime(2025, 6, 30, 12, tzinfo=UTC)
    theirs = sorted(state["balance"] for state in timeline.states(view, as_of=noon).values())
    ours = sorted(state.balance for state in timeline.states(year, as_of=noon).values())
    assert theirs == ours


def test_two_who_decide_on_the_same_state_are_told_by_the_library(their_bank):
    their_bank.handle("ann", OpenAccount("Ann"))
    (first,) = their_bank.handle("ann", Deposit(5_00))
    with pytest.raises(IntegrityError):
        their_bank.events.put([first])


def test_an_account_that_is_not_there(their_bank):
    with pytest.raises(AggregateNotFoundError):
        their_bank.repository.get(BankAccount.create_id("nobody"))
    with pytest.raises(Rejected, match="there is no such account"):
        their_bank.handle("nobody", Deposit(1))


def test_a_classic_account_takes_no_amount_of_nothing(their_bank, monkeypatch):
    timed(monkeypatch)
    account = BankAccount("ann", "Ann", 0)
    for amount in (0, -1):
        with pytest.raises(ValueError, match="is not an amount"):
            account.deposit(amount)
    assert account.balance == 0
    assert account.version == 1


# The article's class.


@pytest.fixture
def article():
    """Running, empty."""
    with EventSourcingApplication(IN_MEMORY) as app:
        yield app


def test_the_articles_application_runs(article):
    article.handle_command(Command("Deposit", "ann", {"amount": 100_00}))
    state = article.handle_command(Command("Withdraw", "ann", {"amount": 30_00}))
    assert (state.balance, state.version) == (70_00, 2)
    assert article.state("ann").balance == 70_00
    assert article.state("ann", version=1).balance == 100_00
    assert article.state("ben").balance == 0


@pytest.mark.parametrize(("kind", "amount"), [("Withdraw", 1), ("Deposit", 0), ("Withdraw", -5)])
def test_the_articles_application_refuses(article, kind, amount):
    with pytest.raises(Rejected):
        article.handle_command(Command(kind, "ann", {"amount": amount}))
    assert article.state("ann").version == 0


def test_the_articles_application_is_followed_like_any_other(article):
    article.handle_command(Command("Deposit", "ann", {"amount": 100_00}))
    mirror = MemoryStore(graduate.vocabulary(article))
    graduate.follow(article, mirror)
    assert graduate.differences(article, mirror) == []
    (fact,) = mirror.recorded()
    assert (fact.event.name, fact.event.payload) == ("MoneyDeposited", '{"amount":10000}')


@pytest.mark.parametrize("room", ["classic", "immutable", "article"])
def test_without_the_library_one_sentence_says_what_to_install(room):
    program = f"import sys; sys.modules['eventsourcing'] = None; import esdemo.graduate.{room}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("esdemo.graduate.troubles.NotInstalled: this room needs")
    assert last.endswith("pip install 'eventsourcing>=9.5,<9.6'")
