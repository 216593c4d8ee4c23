"""Plausible wrong answers to the exercises of chapter 02, and words that must help."""

from typing import Final

_TAKE_OUT: Final = """
from esdemo.checks import check


def take_out(account, event):
    {body}


check("2.1", take_out)
"""

_INTEREST: Final = """
from typing import assert_never

from esdemo import Rejected
from esdemo.checks import check
from esdemo.checks.chapter_02 import InterestPaid, PayInterest


def decide_interest(command, balance):
    amount = {amount}
    if {too_little}:
        raise {refusal}("there is no interest to pay")
    return {events}


def evolve_interest(balance, event):
    match event:
        case InterestPaid():
            return {after}
        case _:
            {unknown}


check("2.2", (decide_interest, evolve_interest))
"""

_LOAN: Final = """
from typing import assert_never

from msgspec.structs import replace

from esdemo import Decider, Rejected
from esdemo.checks import check
from esdemo.domains import loans


def decide_loan(command, copy):
    match command:
        case loans.LendCopy() if {on_loan}:
            raise Rejected("somebody has the copy")
        case loans.LendCopy(member, on):
            return [loans.CopyLent(member, on, on + loans.LOAN)]
        case loans.RenewLoan() | loans.ReturnCopy() if copy.member is None:
            raise Rejected("the copy is not on loan")
        case loans.RenewLoan(on) if {overdue}:
            raise Rejected("the loan is overdue")
        case loans.RenewLoan() if copy.renewals == loans.RENEWALS:
            raise Rejected("renewed too often")
        case loans.RenewLoan(on):
            return [loans.LoanRenewed({renewed})]
        case loans.ReturnCopy(on):
            return [loans.CopyReturned(on)]
        case _:
            assert_never(command)


def evolve_loan(copy, event):
    match event:
        case loans.CopyLent():
            return {lent}
        case loans.LoanRenewed():
            return replace(copy, due=event.due, renewals=copy.renewals + 1)
        {last}


check("2.3", Decider(decide_loan, evolve_loan, loans.Copy()))
"""


def _interest(**changed: str) -> str:
    right = {
        "amount": "balance * command.hundredths // 10_000",
        "too_little": "amount < 1",
        "refusal": "Rejected",
        "events": "[InterestPaid(amount)]",
        "after": "balance + event.amount",
        "unknown": "assert_never(event)",
    }
    return _INTEREST.format(**(right | changed))


def _loan(**changed: str) -> str:
    right = {
        "on_loan": "copy.member",
        "overdue": "on > copy.due",
        "renewed": "on + loans.LOAN",
        "lent": "replace(copy, member=event.member, due=event.due, renewals=0)",
        "last": "case loans.CopyReturned():\n"
        "            return replace(copy, member=None, due=None)",
    }
    return _LOAN.format(**(right | changed))


WRONG: Final = {
    "2.1": [
        (  # the rule is gone, the rest stays
            _TAKE_OUT.format(
                body='account["balance"] -= event["amount"]\n'
                '    account["last_used"] = event["on"]\n'
                "    return account"
            ),
            "the account that came in was changed",
        ),
        (  # changed, and not returned
            _TAKE_OUT.format(body='account["balance"] -= event["amount"]'),
            "returns the account after the event",
        ),
        (  # the clock is still asked
            """
from datetime import UTC, datetime

from esdemo.checks import check
from esdemo.clocks import ticking

now = ticking(datetime(2026, 1, 5, tzinfo=UTC))


def take_out(account, event):
    balance = account["balance"] - event["amount"]
    return {**account, "balance": balance, "last_used": now()}


check("2.1", take_out)
""",
            "two replays gave two answers",
        ),
        (  # the rule refuses in silence
            _TAKE_OUT.format(
                body='if event["amount"] > account["balance"]:\n'
                "        return account\n"
                '    balance = account["balance"] - event["amount"]\n'
                '    return {**account, "balance": balance, "last_used": event["on"]}'
            ),
            "should be {'balance': -2000",
        ),
        (  # the date is forgotten
            _TAKE_OUT.format(
                body='return {**account, "balance": account["balance"] - event["amount"]}'
            ),
            "'last_used': date(2026, 3, 3)",
        ),
        (  # the call instead of the function
            'from esdemo.checks import check\n\ncheck("2.1", {"balance": 700})',
            "give the function itself",
        ),
    ],
    "2.2": [
        (_interest(amount="balance * command.hundredths / 10_000"), "divide by //"),
        (_interest(amount="int(balance * command.hundredths / 10_000)"), "multiply, then divide"),
        (_interest(amount="round(balance * command.hundredths / 10_000)"), "multiply, then divide"),
        (
            _interest(amount="balance // 10_000 * command.hundredths"),
            "and decide refused",
        ),
        (_interest(events="InterestPaid(amount)"), "returns a list of events"),
        (_interest(events="balance + amount"), "decide should give [InterestPaid(1500)]"),
        (_interest(too_little="False"), "is less than a cent"),
        (_interest(too_little="amount == 0"), "1.5 % of -10000"),
        (_interest(refusal="ValueError"), "raise Rejected(reason)"),
        (_interest(after="balance + balance * 150 // 10_000"), "computes nothing again"),
        (_interest(unknown="pass"), "gave None"),
        (_interest(unknown="return balance"), "does not know gave 100000"),
    ],
    "2.3": [
        (_loan(on_loan="False"), "the library refuses"),
        (_loan(overdue="on >= copy.due"), "and you refuse (the loan is overdue)"),
        (_loan(overdue="False"), "the library refuses"),
        (_loan(renewed="copy.due + loans.LOAN"), "the library says [LoanRenewed(due="),
        (
            _loan(lent="replace(copy, member=event.member, due=event.due)"),
            "and you refuse (renewed too often)",
        ),
        (_loan(lent="copy"), "the library refuses"),
        (_loan(last=""), "gave None for CopyReturned"),
        (_loan(last="case _:\n            assert_never(event)"), "needs a case for CopyReturned"),
    ],
}
