"""The explorer: a history in the hand, live in a notebook, stored in one, or in a file of its own.

explore(bank)                                   # an Application: states, refusals, what-ifs
explore(store, decider=bank.rules)              # a store and the rules that fold it
explore(list(store.recorded()))                 # events alone
"""

from esdemo.explorer.widget import Explorer, explore

__all__ = ["Explorer", "explore"]
