"""Auditing: who did this, when, why, in answer to what; and has anybody touched the record?

The trail and the causation graph answer the first four from the log and its decisions (`trails`,
`causes`). For the last one there are several judges, of whom each finds what others miss. The hash
chains inside the store show what does not fit together (`verify`). A seal kept outside of it shows
what is no longer what it was (`compare`). Deciding again shows what the rules would never have led
to (`contradictions`), folding again which saved state lies (`wrong_checkpoints`). Proofs convince
somebody who has only the seal (`receipt`, `decision_receipt`, `consistency`).
"""

from esdemo.audit.again import Contradiction, contradictions, wrong_checkpoints
from esdemo.audit.causes import Causation, Edge, Node, causation
from esdemo.audit.proofs import (
    Consistency,
    DecisionReceipt,
    NotAProof,
    Receipt,
    consistency,
    decision_receipt,
    receipt,
)
from esdemo.audit.restoring import restore
from esdemo.audit.seals import NotASeal, Seal, compare
from esdemo.audit.trails import Entry, trail
from esdemo.audit.verifying import Verification, Verifier, verify

__all__ = [
    "Causation",
    "Consistency",
    "Contradiction",
    "DecisionReceipt",
    "Edge",
    "Entry",
    "Node",
    "NotAProof",
    "NotASeal",
    "Receipt",
    "Seal",
    "Verification",
    "Verifier",
    "causation",
    "compare",
    "consistency",
    "contradictions",
    "decision_receipt",
    "receipt",
    "restore",
    "trail",
    "verify",
    "wrong_checkpoints",
]
