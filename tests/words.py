"""Words: those that the course does without, and those that a chapter explains."""

import re

# What the course has a plainer word for.
RIDDLES = re.compile(
    r"""\bmend(?:s|ed|ing)?\b | \bwhoever\b | \bwish(?:es)?\b | (?:^|[.!?]\s+)Nor\b
    | (?<!there\s)(?<!There\s)\b(?:is|are|was|were)\sno\b(?!\s(?:more|less|\w+er)\b)""",
    re.VERBOSE | re.MULTILINE,
)
# The words of the glossary that a chapter explains where it first uses them: how each is written,
# but not where it means something else.
GLOSSARY = {
    "stream": r"streams?",
    "version": r"(?<!python )(?<!first )versions?",
    "position": r"positions?",
    "event": r"events?(?! sourc| stor|-driven)",
    "command": r"commands?",
    "decision": r"decisions?",
    "envelope": r"envelopes?",
    "fold": r"folds?",
    "pure": r"pure",
    "projection": r"projections?|read models?",
    "checkpoint": r"checkpoints?",
    "expected version": r"expected versions?",
    "conflict": r"conflicts?",
    "upcaster": r"upcasters?",
    "correlation": r"correlations?",
    "causation": r"causations?",
    "process manager": r"process managers?",
    "aggregate": r"aggregates?",
    "decider": r"deciders?",
    "cqrs": r"cqrs",
    "event-driven": r"event-driven",
    "change data capture": r"change data capture",
    "outbox": r"outbox(?:es)?",
    "saga": r"sagas?",
    "seal": r"seals?",
    "hash chain": r"hash chains?",
    "idempotent": r"idempotent|idempotency",
}
