"""Proofs for somebody who has only a seal: one row is in there; one seal continues another.

A proof is a handful of hashes, about log2 of the number of rows, so it fits into a letter. It
needs no database: `Receipt.parse(text).holds(seal)`. It shows that something was recorded, and
never that nothing followed it.
"""

from collections.abc import Sequence
from typing import Annotated, Self

import msgspec

from esdemo.audit import merkle
from esdemo.audit.fitting import Row, check_types
from esdemo.audit.seals import Seal, check_seal, leaves, row_leaf
from esdemo.errors import Damaged, EsdemoError, InvalidMoment, Misfit
from esdemo.stores import EventStore
from esdemo.stores.rows import DecisionRow, EventRow

Path = tuple[Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)], ...]
"""The hashes on the way to a root, nearest first; Base64 when written as JSON."""


class NotAProof(EsdemoError, ValueError):
    """Something else where a receipt, or a proof of consistency, belongs."""


class _Proof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    def __str__(self) -> str:
        """The proof as JSON text; `parse` reads it again."""
        return msgspec.json.encode(self).decode()

    @classmethod
    def parse(cls, text: str) -> Self:
        """The proof that a text holds. Raises NotAProof for anything else."""
        try:
            return msgspec.json.decode(text, type=cls)
        except (ValueError, TypeError, RecursionError) as error:
            raise NotAProof(f"{text!r:.80} is not a {cls.__name__}: {error}") from error


class Receipt(_Proof, frozen=True):
    """One event as stored, and the way from it to the root of a seal (an inclusion proof)."""

    event: EventRow
    path: Path

    def __post_init__(self) -> None:
        _check(self, self.path)
        _check_row(self, self.event, EventRow)

    def holds(self, seal: Seal) -> bool:
        """Whether this very event, at this position, is in the sealed history."""
        check_seal(seal)
        index, root = self.event.position - 1, bytes.fromhex(seal.events_root)
        return merkle.includes(self.path, index, seal.events, row_leaf(self.event), root)


class DecisionReceipt(_Proof, frozen=True):
    """One decision as stored, accepted or refused, and the way from it to the root of a seal."""

    decision: DecisionRow
    path: Path

    def __post_init__(self) -> None:
        _check(self, self.path)
        _check_row(self, self.decision, DecisionRow)

    def holds(self, seal: Seal) -> bool:
        """Whether this very decision, with this number, is in the sealed history."""
        check_seal(seal)
        index, root = self.decision.number - 1, bytes.fromhex(seal.decisions_root)
        return merkle.includes(self.path, index, seal.decisions, row_leaf(self.decision), root)


class Consistency(_Proof, frozen=True):
    """That the history under a later seal begins with all that is under an earlier one."""

    events: Path
    decisions: Path

    def __post_init__(self) -> None:
        _check(self, self.events)
        _check(self, self.decisions)

    def holds(self, old: Seal, new: Seal) -> bool:
        """Whether nothing was changed, removed or inserted between the two seals."""
        check_seal(old)
        check_seal(new)
        events = [bytes.fromhex(seal.events_root) for seal in (old, new)]
        decided = [bytes.fromhex(seal.decisions_root) for seal in (old, new)]
        return merkle.consistent(
            self.events, old.events, events[0], new.events, events[1]
        ) and merkle.consistent(
            self.decisions, old.decisions, decided[0], new.decisions, decided[1]
        )


def _check(proof: _Proof, path: Path) -> None:
    """NotAProof for a path that somebody made by hand of something else."""
    if type(path) is not tuple or any(type(node) is not bytes or len(node) != 32 for node in path):
        raise NotAProof(f"the path of a {type(proof).__name__} is a tuple of hashes of 32 bytes")


def _check_row(proof: _Proof, row: Row, kind: type[Row]) -> None:
    """The same for the row that it proves."""
    try:
        if not isinstance(row, kind):
            raise TypeError(f"{row!r:.80} is not an {kind.__name__}")
        check_types(row)
    except (TypeError, Misfit) as error:
        raise NotAProof(f"this is not a {type(proof).__name__}: {error}") from error


def receipt(store: EventStore, position: int, seal: Seal) -> Receipt:
    """The receipt of the event at a position, for whoever has the seal.

    Reads all sealed events. Raises InvalidMoment for a position that the seal does not cover or
    the store no longer has, and Damaged when the store has a gap.
    """
    check_seal(seal)
    rows = list(store.event_rows(until=seal.events))
    path = _path("positions", rows, position, seal.events)
    return Receipt(rows[position - 1], path)


def decision_receipt(store: EventStore, number: int, seal: Seal) -> DecisionReceipt:
    """The same for the decision of a number: so a refusal, which is in no stream, is proved."""
    check_seal(seal)
    rows = list(store.decision_rows(until=seal.decisions))
    path = _path("decisions", rows, number, seal.decisions)
    return DecisionReceipt(rows[number - 1], path)


def _path(what: str, rows: Sequence[Row], number: int, sealed: int) -> Path:
    """The way from one of the sealed rows, the first of which is number 1, to their root."""
    if type(number) is not int or not 1 <= number <= min(sealed, len(rows)):
        has = "" if len(rows) == sealed else f", of which the store has {len(rows)}"
        raise InvalidMoment(f"the seal covers {what} 1 to {sealed}{has}, not {number!r}")
    if rows[number - 1][0] != number:
        raise Damaged(f"there is a gap before {what} {number}: verify the store")
    return merkle.inclusion_proof(leaves(rows), number - 1)


def consistency(store: EventStore, old: Seal, new: Seal) -> Consistency:
    """The proof that nothing before the old seal had changed when the new one was made.

    Reads all events and decisions under the new seal. Raises InvalidMoment when the old seal
    covers more than the new one, or the store has less.
    """
    check_seal(old)
    check_seal(new)
    events = leaves(store.event_rows(until=new.events))
    decisions = leaves(store.decision_rows(until=new.decisions))
    if old.events > len(events) or old.decisions > len(decisions):
        raise InvalidMoment("the old seal covers more than the new one, or than the store has")
    return Consistency(
        merkle.consistency_proof(events, old.events),
        merkle.consistency_proof(decisions, old.decisions),
    )
