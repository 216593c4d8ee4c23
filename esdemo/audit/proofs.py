"""Proofs for somebody who has only a seal: one event is in there; one seal continues another.

A proof is a handful of hashes, about log2 of the number of events, so it fits into a letter. It
needs no database: `Receipt.parse(text).holds(seal)`.
"""

from typing import Annotated, Self

import msgspec

from esdemo.audit import merkle
from esdemo.audit.seals import Seal, row_leaf
from esdemo.errors import EsdemoError, InvalidMoment
from esdemo.stores import EventStore
from esdemo.stores.rows import EventRow

Path = tuple[Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)], ...]
"""The hashes on the way to a root, nearest first; Base64 when written as JSON."""


class NotAProof(EsdemoError, ValueError):
    """A text that is no receipt, or no proof of consistency."""


class _Proof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    def __str__(self) -> str:
        """The proof as JSON text; `parse` reads it again."""
        return msgspec.json.encode(self).decode()

    @classmethod
    def parse(cls, text: str) -> Self:
        """The proof that a text holds. Raises NotAProof for anything else."""
        try:
            return msgspec.json.decode(text, type=cls)
        except (ValueError, RecursionError) as error:
            raise NotAProof(f"{text!r:.80} is no {cls.__name__}: {error}") from error


class Receipt(_Proof, frozen=True):
    """One event as stored, and the way from it to the root of a seal (an inclusion proof)."""

    event: EventRow
    path: Path

    def holds(self, seal: Seal) -> bool:
        """Whether this very event, at this position, is in the sealed history."""
        return merkle.includes(
            self.path,
            self.event.position - 1,
            seal.events,
            row_leaf(self.event),
            bytes.fromhex(seal.events_root),
        )


class Consistency(_Proof, frozen=True):
    """That the history under a later seal begins with all that is under an earlier one."""

    events: Path
    decisions: Path

    def holds(self, old: Seal, new: Seal) -> bool:
        """Whether nothing was changed, removed or inserted between the two seals."""
        roots = [bytes.fromhex(seal.events_root) for seal in (old, new)]
        decided = [bytes.fromhex(seal.decisions_root) for seal in (old, new)]
        return merkle.consistent(
            self.events, old.events, roots[0], new.events, roots[1]
        ) and merkle.consistent(
            self.decisions, old.decisions, decided[0], new.decisions, decided[1]
        )


def receipt(store: EventStore, position: int, seal: Seal) -> Receipt:
    """The receipt of the event at a position, for whoever has the seal.

    Reads all sealed events. Raises InvalidMoment for a position that the seal does not cover or
    the store no longer has.
    """
    if not 1 <= position <= min(seal.events, store.position):
        raise InvalidMoment(f"the seal covers positions 1 to {seal.events}, not {position!r}")
    leaves = list(map(row_leaf, store.event_rows(until=seal.events)))
    (event,) = store.event_rows(position - 1, position)
    return Receipt(event, merkle.inclusion_proof(leaves, position - 1))


def consistency(store: EventStore, old: Seal, new: Seal) -> Consistency:
    """The proof that nothing before the old seal had changed when the new one was made.

    Reads all events and decisions under the new seal. Raises InvalidMoment when the old seal
    covers more than the new one, or the store has less.
    """
    events = list(map(row_leaf, store.event_rows(until=new.events)))
    decisions = list(map(row_leaf, store.decision_rows(until=new.decisions)))
    if old.events > len(events) or old.decisions > len(decisions):
        raise InvalidMoment("the old seal covers more than the new one, or than the store has")
    return Consistency(
        merkle.consistency_proof(events, old.events),
        merkle.consistency_proof(decisions, old.decisions),
    )
