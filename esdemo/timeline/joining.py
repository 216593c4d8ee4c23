"""Joining: two histories with one beginning become one, as after two tellers were offline.

The first stays as it is. The second follows, and there are two ways. Its *facts* can be appended as
they are: the histories then agree, but nobody decided on what the other side did, so rules may be
broken. Or its *commands* can be decided again: no rule is broken, but some may now be refused, and
somebody must be told. (The first is a rebase of events; for the second see the command replay that
the authors of LiveStore propose, github.com/livestorejs/livestore, pull request 945, 2025.)
"""

from itertools import chain, islice, takewhile
from typing import Any

from esdemo.handlers import Decider
from esdemo.processes import Reaction
from esdemo.stores import EventStore
from esdemo.timeline.consequences import broken_rules, changed_outcomes
from esdemo.timeline.what_if import Redecided, Refolded, decided_again, replica


def parting(ours: EventStore, theirs: EventStore) -> int:
    """How many of the things written are the same in both, from the first one on.

    They are counted as `store.history()` gives them: a decision with its events, an imported fact.
    """
    pairs = zip(ours.history(), theirs.history(), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def join_facts(decider: Decider[Any, Any, Any], ours: EventStore, theirs: EventStore) -> Refolded:
    """Their facts behind ours, as they are, and the rules that the joined history breaks.

    Each keeps its effective time, and is recorded no earlier than our last fact. There are no
    decisions in this history: nobody decided on it.
    """
    since = islice(theirs.history(), parting(ours, theirs), None)
    new = chain.from_iterable(facts for _, facts in since)
    store = replica(chain(ours.recorded(), new), ours.vocabulary)
    broken = [row for stream in store.streams() for row in broken_rules(decider, store, stream)]
    return Refolded(store, broken)


def join_commands(
    decider: Decider[Any, Any, Any],
    ours: EventStore,
    theirs: EventStore,
    react: Reaction | None = None,
) -> Redecided:
    """Their commands decided again behind ours, and which of them came out otherwise.

    A command that is now refused carries the reason, in its row and in the history. What it had
    caused is not asked; `react` says what follows instead. A command that both sides were given
    under one id is handled once; CommandIdReused when it was not the same command. Imported facts
    of theirs follow as they are.
    """
    new = list(islice(theirs.history(), parting(ours, theirs), None))
    store = decided_again(decider, chain(ours.history(), new), ours.vocabulary, react=react)
    known = {decision.command_id for decision in ours.decisions()}
    known -= {decision.command_id for decision, _ in new if decision}
    changed = changed_outcomes(theirs, store)
    return Redecided(store, [row for row in changed if row.command_id not in known])
