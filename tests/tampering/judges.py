"""Who looks at a file that may have been tampered with."""

from contextlib import closing
from pathlib import Path

from esdemo import Application, EsdemoError, audit
from esdemo.domains.bank import ledger, rules
from tampering.bank import checkpoints, opened

JUDGES = {
    "o": "opening",  # the file is refused
    "v": "verify",  # the chains, and the home: audit.verify
    "s": "the seal",  # pinned before it happened: audit.compare
    "a": "deciding again",  # audit.contradictions
    "b": "the books",  # ledger.imbalances
    "c": "folding again",  # what was saved: audit.wrong_checkpoints
}


def judged(path: Path, seal: audit.Seal) -> str:
    """The letters of the judges that find something, in the order above."""
    try:
        store = opened(path)
    except EsdemoError:
        return "o"
    with closing(store), closing(checkpoints(path)) as saved:
        looks = {
            "v": lambda: audit.verify(store).wrong,
            "s": lambda: audit.compare(store, seal),
            "a": lambda: audit.contradictions(Application(rules, store), limit=1),
            "b": lambda: any(ledger.imbalances(store.recorded())),
            "c": lambda: audit.wrong_checkpoints(saved, store),
        }
        return "".join(letter for letter, look in looks.items() if finds(look))


def finds(look) -> bool:
    """Whether there is a finding. An error that has a name is one.

    So are assert_never, of which the books know no more, and rows of other columns than ours.
    """
    try:
        return bool(look())
    except (EsdemoError, AssertionError, TypeError):
        return True
