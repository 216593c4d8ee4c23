"""The timeline: history as something to stand in, to compare, and to ask "what if?".

A moment is a beginning of history, folded (`moments`). What lies between two of them is a
difference (`differences`). A what-if is an edited history: facts folded again, or commands decided
again (`what_if`). Shrinking leaves out commands for as long as a bug still shows (`shrinking`).
"""

from esdemo.timeline.consequences import BrokenRule, ChangedOutcome, broken_rules, changed_outcomes
from esdemo.timeline.differences import Change, FieldChange, apply, diff, field_history
from esdemo.timeline.joining import join_commands, join_facts, parting
from esdemo.timeline.moments import (
    bitemporal,
    effective,
    effective_facts,
    project,
    states,
)
from esdemo.timeline.sanitising import pseudonyms, renamed, sanitised
from esdemo.timeline.shrinking import shrink
from esdemo.timeline.what_if import (
    Redecided,
    Refolded,
    decide_again,
    replica,
    with_command,
    with_rules,
    without_command,
    without_event,
)

__all__ = [
    "BrokenRule",
    "Change",
    "ChangedOutcome",
    "FieldChange",
    "Redecided",
    "Refolded",
    "apply",
    "bitemporal",
    "broken_rules",
    "changed_outcomes",
    "decide_again",
    "diff",
    "effective",
    "effective_facts",
    "field_history",
    "join_commands",
    "join_facts",
    "parting",
    "project",
    "pseudonyms",
    "renamed",
    "replica",
    "sanitised",
    "shrink",
    "states",
    "with_command",
    "with_rules",
    "without_command",
    "without_event",
]
