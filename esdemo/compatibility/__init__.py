"""Compatibility: can today's code read what yesterday's wrote, and yesterday's what today's writes?

The words are those of schema registries (Confluent, 2015): *backward* means that new code reads
old messages, which every replay needs; *forward* that old code reads new ones, which a deployment
needs while both run; *full* is both.

Nothing is concluded from the look of two classes. Messages with the values at the edges of every
field are written by one vocabulary and read by the other, on the path that a store uses, upcasters
included. So a break comes with the stored text that proves it.
"""

from esdemo.compatibility.comparing import Break, Comparison, compare, objection

__all__ = ["Break", "Comparison", "compare", "objection"]
