"""Wrong answers to the exercises of chapter 02, with words that must help, and right ones."""

from typing import Final

# Exercise 1.

_TAKE_OUT: Final = """
from datetime import UTC, date, datetime

from esdemo import Rejected
from esdemo.checks import check
from esdemo.clocks import ticking

now = ticking(datetime(2026, 1, 5, tzinfo=UTC))


def take_out({arguments}):
    {body}


check("2.1", {given})
"""
_RIGHT_BALANCE: Final = 'account["balance"] - event["amount"]'


def _take_out(body: str, arguments: str = "account, event", given: str = "take_out") -> str:
    return _TAKE_OUT.format(body=body.strip(), arguments=arguments, given=given)


def _account(balance: str = _RIGHT_BALANCE, day: str = 'event["on"]') -> str:
    """An answer that returns a new account, with these two values."""
    return _take_out(f'return {{**account, "balance": {balance}, "last_used": {day}}}')


# Exercise 2.

_CLASSES: Final = {
    "LendCopy(Command)": "member: str; on: date",
    "CopyLent(Event)": "member: str; due: date",
    "RenewLoan(Command)": "on: date",
    "LoanRenewed(Event)": "due: date",
    "ReserveCopy(Command)": "member: str",
    "CopyReserved(Event)": "member: str",
    "ReturnCopy(Command)": "on: date",
    "CopyReturned(Event)": "on: date",
    "FeeCharged(Event)": "amount: int",
    "WaiveFee(Command)": "reason: str",
    "FeeWaived(Event)": "amount: int; reason: str",
}
_STORY: Final = {
    1: '(LendCopy("ada", on(5, 1)), [CopyLent("ada", on(2, 2))])',
    2: "(RenewLoan(on(20, 1)), [LoanRenewed(on(17, 2))])",
    3: '(LendCopy("bob", on(21, 1)), [])',
    4: '(ReserveCopy("bob"), [CopyReserved("bob")])',
    5: "(ReturnCopy(on(20, 2)), [CopyReturned(on(20, 2)), FeeCharged(60)])",
    6: '(WaiveFee("closed"), [FeeWaived(60, "closed")])',
}
_MODEL: Final = """
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from esdemo import Command, Event
from esdemo.checks import check


def on(day, month):
    return date(2026, month, day)


{classes}

story = {{
{story}
}}
check("2.2", story)
"""


def _model(story: dict[int, str] | None = None, **classes: str) -> str:
    """A model: the right one, with other classes (fields by "Name_Base") and other sentences."""
    fields = _CLASSES | {
        "{}({})".format(*name.rsplit("_", 1)): text for name, text in classes.items()
    }
    told = _STORY | (story or {})
    return _MODEL.format(
        classes="\n".join(f"class {name}: {text or 'pass'}" for name, text in fields.items()),
        story="\n".join(f"    {number}: {text}," for number, text in told.items()),
    )


# Exercise 3.

_LOAN: Final = """
{imports}


def decide_loan(command, copy):
    match command:
        case loans.LendCopy() if {on_loan}:
            raise Rejected("somebody has the copy")
        case loans.LendCopy(member, on):
            return [loans.CopyLent(member, on, on + loans.LOAN)]
        case loans.RenewLoan() | loans.ReturnCopy() if {not_on_loan}:
            raise {refusal}("the copy is not on loan")
        case loans.RenewLoan(on) if {overdue}:
            raise {refusal}("the loan is overdue")
        case loans.RenewLoan() if {too_often}:
            raise {refusal}("renewed too often")
        case loans.RenewLoan(on):
            return {renewed}
        case loans.ReturnCopy(on):
            return [loans.CopyReturned(on)]
        case _:
            {unknown}


def evolve_loan(copy, event):
    match event:
        case loans.CopyLent():
            return {lent}
        case loans.LoanRenewed():
            return {after}
        {last}


check("2.3", {given})
"""
_IMPORTS: Final = """
from dataclasses import dataclass
from datetime import date, timedelta
from typing import assert_never

from msgspec.structs import replace

from esdemo import Decider, Rejected
from esdemo.checks import check
from esdemo.domains import loans
"""


_COPY_THAT_CHANGES: Final = """

@dataclass
class Copy:
    member: str = None
    due: date = None
    renewals: int = 0


def change(copy, **fields):
    copy.__dict__.update(fields)
    return copy
"""


def _loan(**changed: str) -> str:
    right = {
        "imports": _IMPORTS.strip(),
        "on_loan": "copy.member",
        "not_on_loan": "copy.member is None",
        "refusal": "Rejected",
        "overdue": "on > copy.due",
        "too_often": "copy.renewals == loans.RENEWALS",
        "renewed": "[loans.LoanRenewed(on + loans.LOAN)]",
        "unknown": "assert_never(command)",
        "lent": "replace(copy, member=event.member, due=event.due, renewals=0)",
        "after": "replace(copy, due=event.due, renewals=copy.renewals + 1)",
        "last": "case loans.CopyReturned():\n"
        "            return replace(copy, member=None, due=None)",
        "given": "Decider(decide_loan, evolve_loan, loans.Copy())",
    }
    return _LOAN.format(**(right | changed))


WRONG: Final = {
    "2.1": [
        (  # the rule and the clock are gone, the account is changed in place
            _take_out(
                'account["balance"] -= event["amount"]\n'
                '    account["last_used"] = event["on"]\n'
                "    return account"
            ),
            "the account that came in was changed",
        ),
        (  # a copy of the stub in which only the words of the refusal are others
            _take_out(
                'if event["amount"] > account["balance"]:\n'
                '        raise Rejected("that is too much")\n'
                '    return {**account, "balance": account["balance"] - event["amount"]}'
            ),
            "a rule belongs where the command is decided",
        ),
        (_take_out('account["balance"] -= event["amount"]'), "take_out gave None"),
        (_take_out('return account["balance"] - event["amount"]'), "take_out gave 700"),
        (_account(day="now().date()"), "so ask no clock"),
        (_account(day='event.get("on", now().date())'), "let no clock be asked"),
        (_account(balance=f"float({_RIGHT_BALANCE})"), "money is a whole number of cents"),
        (_account(balance=f"max({_RIGHT_BALANCE}, 0)"), "should be {'balance': -2000"),
        (_account(balance='account["balance"] + event["amount"]'), "should be {'balance': -2000"),
        (_account(day='str(event["on"])'), "last_used became 2026-03-03"),
        (  # the rule refuses in silence
            _take_out(
                'if event["amount"] > account["balance"]:\n        return account\n'
                f'    return {{**account, "balance": {_RIGHT_BALANCE}, "last_used": event["on"]}}'
            ),
            "should be {'balance': -2000",
        ),
        (  # the date is forgotten
            _take_out(f'return {{**account, "balance": {_RIGHT_BALANCE}}}'),
            "'last_used': date(2026, 3, 3)",
        ),
        (_take_out(f'return {{"balance": {_RIGHT_BALANCE}}}'), "'last_used': date(2026, 3, 3)"),
        (  # the event pays
            _take_out(
                'event["amount"] = 0\n'
                '    return {**account, "balance": account["balance"], "last_used": event["on"]}'
            ),
            "the event was changed",
        ),
        (
            _take_out(
                'if event["amount"] > account["balance"]:\n        return None\n'
                f'    return {{**account, "balance": {_RIGHT_BALANCE}, "last_used": event["on"]}}'
            ),
            "for a withdrawal of 3000 from 1000 it gave None, which refuses it in silence",
        ),
        (
            _take_out(
                'assert event["amount"] <= account["balance"]\n'
                f'    return {{**account, "balance": {_RIGHT_BALANCE}, "last_used": event["on"]}}'
            ),
            "take_out refused a withdrawal of 3000 from 1000 (AssertionError)",
        ),
        # Mistakes of the hand are named as such, and no rule is blamed.
        (_account(day='event["date"]'), "raised KeyError: 'date'"),
        (_account(balance='account["balance"] - event.amount'), "raised AttributeError"),
        (_account(balance='acount["balance"] - event["amount"]'), "raised NameError"),
        (
            _take_out("return event", given='{"balance": 700}'),
            "give the function itself",
        ),
        (
            _take_out('return {"balance": event["balance"]}', arguments="event, account"),
            "should be {'balance': -2000",
        ),
    ],
    "2.2": [
        # Names.
        (
            _model(
                {2: "(RenewLoan(on(20, 1)), [LoanUpdated(on(17, 2))])"},
                LoanUpdated_Event="due: date",
            ),
            "LoanUpdated says that something changed, and not what happened",
        ),
        (
            _model(
                {2: "(RenewLoan(on(20, 1)), [DueDateChanged(on(17, 2))])"},
                DueDateChanged_Event="due: date",
            ),
            "DueDateChanged says that something changed",
        ),
        (
            _model(
                {2: "(RenewLoan(on(20, 1)), [DueDateSet(on(17, 2))])"}, DueDateSet_Event="due: date"
            ),
            "DueDateSet says that something changed",
        ),
        (
            _model(
                {4: '(ReserveCopy("bob"), [ReservingCopy("bob")])'},
                ReservingCopy_Event="member: str",
            ),
            "ReservingCopy sounds as if it were still going on",
        ),
        (
            _model(
                {4: '(ReserveCopy("bob"), [ReserveTheCopy("bob")])'},
                ReserveTheCopy_Event="member: str",
            ),
            "ReserveTheCopy reads like a request",
        ),
        (
            _model(
                {4: '(CopyWasReserved("bob"), [CopyReserved("bob")])'},
                CopyWasReserved_Command="member: str",
            ),
            "CopyWasReserved is a Command, and reads as if it had happened",
        ),
        (  # both are commands
            _model({4: '(ReserveCopy("bob"), [Reserved("bob")])'}, Reserved_Command="member: str"),
            "or make it an Event",
        ),
        (  # both are events
            _model({4: '(Reserve("bob"), [CopyReserved("bob")])'}, Reserve_Event="member: str"),
            "there is no Command (Reserve is an Event)",
        ),
        # Totals.
        (
            _model(
                {5: "(ReturnCopy(on(20, 2)), [CopyBack(on(20, 2), 60)])"},
                CopyBack_Event="on: date; balance: int",
            ),
            "CopyBack keeps a total, `balance`",
        ),
        (
            _model(
                {2: "(RenewLoan(on(20, 1)), [LoanExtended(on(17, 2), 1)])"},
                LoanExtended_Event="due: date; renewals: int",
            ),
            "LoanExtended keeps a total, `renewals`",
        ),
        (
            _model(
                {5: "(ReturnCopy(on(20, 2)), [CopyReturned(on(20, 2)), Fee(60)])"},
                Fee_Event="total_fees: int",
            ),
            "Fee keeps a total, `total_fees`",
        ),
        # One class for two reasons.
        (
            _model({2: '(RenewLoan(on(20, 1)), [CopyLent("ada", on(17, 2))])'}),
            "A renewal cannot be told from a new loan by its class: CopyLent",
        ),
        (
            _model(
                {n: f'(LendCopy("ada", on(5, 1)), [Happening("{n}")])' for n in range(1, 7)},
                Happening_Event="payload: str",
            ),
            "Happening sounds as if it were still going on",
        ),
        (
            _model(
                {n: f'(LendCopy("ada", on(5, 1)), [LibraryFact("{n}")])' for n in range(1, 7)},
                LibraryFact_Event="payload: str",
            ),
            "A renewal cannot be told from a new loan by its class: LibraryFact",
        ),
        (
            _model({6: '(WaiveFee("closed"), [FeeCharged(-60)])'}),
            "FeeCharged stands for the fee and for taking it back",
        ),
        (
            _model({4: '(ReserveCopy("bob"), [CopyLent("bob", on(17, 2))])', 2: "..."}),
            "CopyLent stands for Bob's reservation and for something else",
        ),
        # What years later nobody could answer.
        (
            _model({2: "(RenewLoan(on(20, 1)), [LoanRenewed(on(20, 1))])"}),
            "by when is Ada to bring it back?",
        ),
        (
            _model({2: "(RenewLoan(on(20, 1)), [LoanRenewed()])"}, LoanRenewed_Event=""),
            "by when is Ada to bring it back?",
        ),
        (
            _model(
                {1: '(LendCopy("ada", on(5, 1)), [CopyLent("ada")])'}, CopyLent_Event="member: str"
            ),
            "CopyLent(member='ada') leaves that to a rule, and the rule may change: keep the day "
            "itself, 2 February",
        ),
        (
            _model({5: "(ReturnCopy(on(20, 2)), [CopyReturned(on(20, 2)), FeeCharged(60_00)])"}),
            "6000 is 60 euros: the fee is 60 cents, and in cents that is 60",
        ),
        (_model({4: '(ReserveCopy("bob"), [CopyReserved()])'}, CopyReserved_Event=""), "who waits"),
        (
            _model({4: '(ReserveCopy("bob"), [CopyReserved(1)])'}, CopyReserved_Event="place: int"),
            "who waits for the copy? CopyReserved(place=1) does not say that it is Bob",
        ),
        (
            _model({5: "(ReturnCopy(on(20, 2)), [CopyReturned(on(20, 2))])"}),
            "what was Ada charged?",
        ),
        (
            _model(
                {5: "(ReturnCopy(on(20, 2)), [CopyReturned(on(20, 2)), Fee(3, 20)])"},
                Fee_Event="days: int; cents_a_day: int",
            ),
            "No event of sentence 5 says 60 cents",
        ),
        (
            _model({6: '(WaiveFee("closed"), [FeeWaived("ada")])'}, FeeWaived_Event="member: str"),
            "which fee was taken back? Had Ada been charged twice, FeeWaived(member='ada')",
        ),
        (
            _model(
                {6: '(WaiveFee("closed"), [FeeWaived("closed")])'}, FeeWaived_Event="reason: str"
            ),
            "which fee was taken back?",
        ),
        # The refusal.
        (
            _model({3: '(LendCopy("bob", on(21, 1)), [CopyLent("bob", on(18, 2))])'}),
            "sentence 3 was refused, and your log says CopyLent",
        ),
        (
            _model({3: '(RefuseLoan("bob"), [])'}, RefuseLoan_Command="member: str"),
            "sentence 3 begins with a LendCopy as well",
        ),
        (_model({3: "[]"}), "sentence 3: there is no Command"),
        # Form.
        (_model({3: "None"}), "sentence 3: there is no Command"),
        (_model({4: '(ReserveCopy("bob"), [])'}), "ReserveCopy leaves no Event"),
        (_model({4: "(ReserveCopy, [CopyReserved])"}), "ReserveCopy is the class"),
        (_model({4: '("reserve", [CopyReserved("bob")])'}), "'reserve' is neither a command nor"),
        (
            _model({4: '(ReserveCopy("bob"), {"copy_reserved": "bob"})'}),
            "is neither a command nor an event",
        ),
        (
            _model({2: '(RenewLoan(on(20, 1)), [LoanRenewed("17 February")])'}),
            "cannot be stored",
        ),
        (_model({6: "..."}), "good so far; next comes sentence 6"),
        (_model({1: "..."}), "begin with sentence 1"),
        (_model().replace('check("2.2", story)', 'check("2.2", "story")'), "give the story"),
    ],
    "2.3": [
        (_loan(on_loan="False"), "the library refuses"),
        (_loan(not_on_loan="False"), "decide raised TypeError"),
        (_loan(overdue="on >= copy.due"), "and you refuse (the loan is overdue)"),
        (
            _loan(overdue="False"),
            "the library refuses (raise Rejected), and you gave [LoanRenewed(",
        ),
        (_loan(too_often="False"), "the library refuses"),
        (_loan(too_often="copy.renewals > loans.RENEWALS"), "the library refuses"),
        (_loan(too_often="copy.renewals"), "and you refuse (renewed too often)"),
        (
            _loan(renewed="[loans.LoanRenewed(copy.due + loans.LOAN)]"),
            "the library says [LoanRenewed(due=",
        ),
        (_loan(renewed="[loans.LoanRenewed(on)]"), "the library says [LoanRenewed(due="),
        (_loan(renewed="[]"), "and you gave []"),
        (_loan(renewed="loans.LoanRenewed(on + loans.LOAN)"), "it returns a list of events"),
        (
            _loan(renewed="[loans.CopyLent(copy.member, on, on + loans.LOAN)]"),
            "and you gave [CopyLent(",
        ),
        (_loan(renewed="[loans.LoanRenewed(on + timedelta(days=loans.LOAN))]"), "raised TypeError"),
        (
            _loan(lent="replace(copy, member=event.member, due=event.due)"),
            "and you refuse (renewed too often)",
        ),
        (_loan(lent="copy"), "the library refuses"),
        (_loan(after="replace(copy, due=event.due)"), "the library refuses"),
        (
            _loan(after="replace(copy, renewals=copy.renewals + 1)"),
            "and you refuse (the loan is overdue)",
        ),
        (_loan(after="None"), "evolve gave None for LoanRenewed"),
        (
            _loan().replace("case loans.LoanRenewed():", "case loans.LoanRenewed:"),
            "is there a case that fits whatever the state, such as `case loans.LoanRenewed():`",
        ),
        (
            _loan().replace("case loans.RenewLoan(on):", "case loans.RenewLoan:"),
            "no case of decide fits it, so `case _` is reached",
        ),
        (_loan(refusal="ValueError"), "raise Rejected(reason)"),
        (
            _loan().replace("raise Rejected", "return Rejected"),
            "you return the refusal; raise it",
        ),
        (_loan(last=""), "gave None for CopyReturned"),
        (_loan(last="case _:\n            assert_never(event)"), "needs a case for CopyReturned"),
        (_loan(last="case _:\n            raise Rejected('what?')"), "evolve refused CopyReturned"),
        (_loan(given="(decide_loan, evolve_loan)"), "give a decider"),
        (
            _loan(
                given="Decider(decide_loan, evolve_loan, Copy())",
                after="change(copy, due=event.due, renewals=copy.renewals + 1)",
                lent="change(copy, member=event.member, due=event.due, renewals=0)",
                last="case loans.CopyReturned():\n            return change(copy, member=None)",
                imports=_IMPORTS + _COPY_THAT_CHANGES,
            ),
            "changed the state that it was given",
        ),
    ],
}

RIGHT: Final = {
    "2.1": [
        _take_out(
            "changed = dict(account)\n"
            '    changed["balance"] = changed["balance"] - event["amount"]\n'
            '    changed["last_used"] = event["on"]\n'
            "    return changed"
        ),
        _take_out(
            f'return account | {{"balance": {_RIGHT_BALANCE}, "last_used": event.get("on")}}'
        ),
        _take_out(
            f'return dict(account, balance={_RIGHT_BALANCE}, last_used=event["on"])',
            given="lambda account, event: take_out(account, event)",
        ),
    ],
    "2.2": [
        # Other names, in which nothing is to be recognised; a bare event; a fact for the refusal.
        _model(
            {
                1: '(Borrow("Ada"), Borrowed("Ada", "2 Feb"))',
                2: '(Prolong("Ada"), Prolonged("Ada", "17 Feb"))',
                3: '(Borrow("Bob"), TurnedAway("Bob", "Ada has it"))',
                4: '(Queue("Bob"), Queued("Bob"))',
                5: "(GiveBack(), [BroughtBack(), Fined(60)])",
                6: '(Forgive(60), FineForgiven(60, "closed"))',
            },
            Borrow_Command="who: str",
            Borrowed_Event="who: str; until: str",
            Prolong_Command="who: str",
            Prolonged_Event="who: str; until: str",
            TurnedAway_Event="who: str; why: str",
            Queue_Command="who: str",
            Queued_Event="who: str",
            GiveBack_Command="",
            BroughtBack_Event="",
            Fined_Event="cents: int",
            Forgive_Command="cents: int",
            FineForgiven_Event="cents: int; why: str",
        ),
        # Nouns; the fee in the return; the fee that is meant by its version; numbered members.
        _model(
            {
                1: "(TakeOut(17, 7), [Loan(17, 7, 28)])",
                2: "(Renew(7), [Renewal(7, 28)])",
                3: "(TakeOut(18, 7), [])",
                4: "(Wait(18, 7), [Reservation(18, 7)])",
                5: "(HandIn(7), [Return(7, Decimal('0.60'))])",
                6: "(Undo(5), [Correction(5)])",
            },
            TakeOut_Command="member: int; copy: int",
            Loan_Event="member: int; copy: int; days: int",
            Renew_Command="copy: int",
            Renewal_Event="copy: int; days: int",
            Wait_Command="member: int; copy: int",
            Reservation_Event="member: int; copy: int",
            HandIn_Command="copy: int",
            Return_Event="copy: int; fee: Decimal",
            Undo_Command="version: int",
            Correction_Event="version: int",
        ),
        # Two events for one sentence, one of them shared; a closing Event; two commands.
        _model(
            {
                1: '(LendCopy("ada", on(5, 1)), [LoanBegunEvent(), DueOn(on(2, 2))])',
                2: "(RenewLoan(on(20, 1)), [RenewedEvent(), DueOn(on(17, 2))])",
                5: "[ReturnCopy(on(20, 2)), Charge(60), CopyReturned(on(20, 2)), FeeCharged(60)]",
                6: '(WaiveFee("closed"), [FeeTakenBack(FeeCharged(60))])',
            },
            LoanBegunEvent_Event="",
            RenewedEvent_Event="",
            DueOn_Event="day: date",
            Charge_Command="amount: int",
            FeeTakenBack_Event="fee: FeeCharged",
        ),
        # A list of six; the fee that is meant by its day.
        _model({6: '(WaiveFee("closed"), [FeeWaived(on(20, 2))])'}, FeeWaived_Event="on: date")
        .replace("story = {", "story = dict(enumerate([")
        .replace('\n}\ncheck("2.2", story)', '\n], 1))\ncheck("2.2", list(story.values()))')
        .replace("    1: (", "    (")
        .replace("    2: (", "    (")
        .replace("    3: (", "    (")
        .replace("    4: (", "    (")
        .replace("    5: (", "    (")
        .replace("    6: (", "    ("),
        # The days by which the loan became longer.
        _model(
            {2: "(RenewLoan(on(20, 1)), [LoanExtended(15)])"},
            LoanExtended_Event="days: int",
        ),
        # An id for the fee; the reason for a refusal is an Enum.
        _model(
            {
                3: '(LendCopy("bob", on(21, 1)), LendingRefused("bob", Reason.LENT))',
                5: '(ReturnCopy(on(20, 2)), [CopyReturned(on(20, 2)), FeeCharged(60, "fee-1")])',
                6: '(WaiveFee("closed"), [FeeWaived("fee-1")])',
            },
            FeeCharged_Event="amount: int; fee: str",
            FeeWaived_Event="fee: str",
            LendingRefused_Event="member: str; reason: Reason",
        ).replace("class LendCopy", 'class Reason(Enum): LENT = "lent"\nclass LendCopy'),
    ],
    "2.3": [
        _loan(renewed="(loans.LoanRenewed(due=on + loans.LOAN),)", not_on_loan="not copy.member"),
        _loan(
            unknown='raise ValueError(f"unknown command {command}")',
            last="case loans.CopyReturned():\n            return loans.Copy()\n"
            '        case _:\n            raise ValueError(f"unknown event {event}")',
        ),
        _loan(
            too_often="copy.renewals >= 2",
            lent="loans.Copy(member=event.member, due=event.due)",
            renewed="[loans.LoanRenewed(on + timedelta(days=28))]",
        ),
        # A dictionary as the state.
        _loan(
            on_loan='copy["member"]',
            not_on_loan='not copy["member"]',
            overdue='on > copy["due"]',
            too_often='copy["renewals"] == 2',
            lent='{"member": event.member, "due": event.due, "renewals": 0}',
            after='{**copy, "due": event.due, "renewals": copy["renewals"] + 1}',
            last='case loans.CopyReturned():\n            return {**copy, "member": None}',
            given='Decider(decide_loan, evolve_loan, {"member": None, "due": None, "renewals": 0})',
        ),
    ],
}
