"""Tampering with the file of a bank: the kinds there are, and which judge finds each.

`KINDS` are the manipulations by name: each changes a copy of the bank, by chance. `FOUND_BY` is the
claim that is made for them. `made` builds a bank and `judged` says who finds what was done to it,
so a longer campaign can drive the same kinds over other banks.
"""

from tampering.bank import Impossible, copied, made
from tampering.judges import JUDGES, judged
from tampering.table import FOUND_BY, KINDS, contradicted

__all__ = ["FOUND_BY", "JUDGES", "KINDS", "Impossible", "contradicted", "copied", "judged", "made"]
