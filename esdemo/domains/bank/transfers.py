"""A transfer: two accounts that must agree, without one transaction around both.

    SendTransfer -> TransferSent -> ReceiveTransfer -> TransferReceived -> CompleteTransfer
                                                    -> refused          -> ReturnTransfer

The money leaves the sender first. When the receiver refuses it, it is returned (a compensation:
another fact, no rollback).
"""

from esdemo.commands import Command, Decision
from esdemo.domains.bank.account import (
    CompleteTransfer,
    ReceiveTransfer,
    ReturnTransfer,
    SendTransfer,
)


def transfers(decision: Decision) -> list[tuple[str, Command]]:
    """What a decision calls for next, as (stream, command) pairs. For `processes.follow`."""
    match decision.command:
        case SendTransfer(transfer, receiver, amount) if not decision.refused:
            return [(receiver, ReceiveTransfer(transfer, decision.stream, amount))]
        case ReceiveTransfer(transfer, sender) if decision.reason:
            return [(sender, ReturnTransfer(transfer, decision.reason))]
        case ReceiveTransfer(transfer, sender):
            return [(sender, CompleteTransfer(transfer))]
        case _:
            return []
