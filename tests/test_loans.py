"""The library: its rules, and the names that its rules must be able to rely on."""

from datetime import date, timedelta

import pytest
from conftest import contents

from esdemo import Application
from esdemo.clocks import numbered
from esdemo.domains.loans import (
    AddCopy,
    Copy,
    CopyAdded,
    CopyLent,
    CopyLost,
    CopyReserved,
    CopyReturned,
    LendCopy,
    LoanMessage,
    LoanRenewed,
    RenewLoan,
    ReportLoss,
    ReserveCopy,
    ReturnCopy,
    rules,
)
from esdemo.errors import NotAFact

LENT = date(2026, 1, 5)
DUE = date(2026, 2, 2)
LATER = DUE + timedelta(days=1)

EMMA = CopyAdded("Emma")
ADA_HAS_IT = CopyLent("ada", LENT, DUE)
RENEWED = LoanRenewed(DUE)
BOB_WAITS = CopyReserved("bob")
RETURNED = CopyReturned(DUE)
LOST = CopyLost(DUE)


# The rules.


@pytest.mark.parametrize(
    ("history", "command", "event"),
    [
        ([], AddCopy("Emma"), EMMA),
        ([EMMA], LendCopy("ada", LENT), ADA_HAS_IT),
        ([EMMA, BOB_WAITS], LendCopy("bob", LENT), CopyLent("bob", LENT, DUE)),
        ([EMMA, ADA_HAS_IT], ReserveCopy("bob"), BOB_WAITS),
        ([EMMA, ADA_HAS_IT], RenewLoan(DUE), LoanRenewed(date(2026, 3, 2))),
        ([EMMA, ADA_HAS_IT, RENEWED], RenewLoan(LENT), LoanRenewed(DUE)),
        ([EMMA, ADA_HAS_IT], ReturnCopy(LATER), CopyReturned(LATER)),
        ([EMMA, ADA_HAS_IT, RETURNED], LendCopy("ada", LENT), ADA_HAS_IT),
        ([EMMA, ADA_HAS_IT], ReportLoss(DUE), LOST),
    ],
    ids=str,
)
def test_what_the_library_allows(history, command, event):
    rules.given(*history).when(command).then(event)


@pytest.mark.parametrize(
    ("history", "command", "reason"),
    [
        ([], LendCopy("ada", LENT), "there is no such copy"),
        ([EMMA], AddCopy("Emma"), "the copy is in the catalogue already"),
        ([EMMA, LOST], LendCopy("ada", LENT), "the copy is lost"),
        ([EMMA, ADA_HAS_IT], LendCopy("bob", LENT), "ada has the copy"),
        ([EMMA, BOB_WAITS], LendCopy("ada", LENT), "the copy is reserved for bob"),
        ([EMMA, ADA_HAS_IT], ReserveCopy("ada"), "ada has or awaits the copy already"),
        ([EMMA, BOB_WAITS], ReserveCopy("bob"), "bob has or awaits the copy already"),
        ([EMMA], RenewLoan(LENT), "the copy is not on loan"),
        ([EMMA], ReturnCopy(LENT), "the copy is not on loan"),
        ([EMMA, ADA_HAS_IT], RenewLoan(LATER), "the loan was due on 2026-02-02"),
        ([EMMA, ADA_HAS_IT, RENEWED, RENEWED], RenewLoan(DUE), "a loan is renewed at most 2 times"),
        ([EMMA, ADA_HAS_IT, BOB_WAITS], RenewLoan(DUE), "bob is waiting for the copy"),
    ],
    ids=str,
)
def test_what_the_library_refuses_and_why(history, command, reason):
    rules.given(*history).when(command).then_refused(reason)


# Names.


@pytest.mark.parametrize(
    "command", [AddCopy(""), LendCopy("", LENT), ReserveCopy("")], ids=lambda c: type(c).__name__
)
def test_an_empty_name_is_refused_at_the_door_and_leaves_no_trace(new_store, command):
    """Lent to a member called "", a copy would count as free, and could be lent once more."""
    library = Application(rules, new_store(LoanMessage), ids=numbered("cmd"))
    library.handle("copy-1", AddCopy("Emma"))
    before = contents(library.store)
    with pytest.raises(NotAFact, match="length >= 1"):
        library.handle("copy-1", command)
    assert contents(library.store) == before


# Invariants.


@pytest.mark.parametrize(
    ("state", "name"),
    [
        (Copy(member="ada", due=DUE, reserved=("ada",)), "who has the copy does not wait for it"),
        (Copy(member="ada"), "a copy on loan is due some day"),
        (Copy(reserved=("ada", "ada")), "nobody waits twice"),
        (Copy(renewals=3), "renewed at most twice"),
    ],
)
def test_each_invariant_can_be_violated(state, name):
    assert rules.violated(state) == [name]
