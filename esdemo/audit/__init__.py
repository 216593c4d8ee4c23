"""Auditing: who did this, when, why, in answer to what; and has anybody touched the record?

The trail and the causation graph answer the first four from the log and its decisions (`trails`,
`causes`). For the last one, the hash chains inside the store show what does not fit together
(`verify`), and a seal kept outside of it shows what is no longer what it was (`compare`). Proofs
convince somebody who has only the seal (`receipt`, `consistency`).
"""

from esdemo.audit.causes import Causation, Edge, Node, causation
from esdemo.audit.proofs import Consistency, NotAProof, Receipt, consistency, receipt
from esdemo.audit.restoring import restore
from esdemo.audit.seals import NotASeal, Seal, compare
from esdemo.audit.trails import Entry, trail
from esdemo.audit.verifying import Verification, Verifier, verify

__all__ = [
    "Causation",
    "Consistency",
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
    "receipt",
    "restore",
    "trail",
    "verify",
]
