"""The exercise of chapter 00: when was Dave's account closed?"""

from esdemo.domains.bank import AccountClosed, simulate


def exercise_1(answer: object) -> str | None:
    """The position of the event that closed Dave's account."""
    history = list(simulate(accounts=4).store.recorded())
    closed = next(fact.position for fact in history if isinstance(fact.event, AccountClosed))
    if answer is None:
        return "move the explorer until Dave's status turns to closed, and put its position here"
    if type(answer) is not int:
        return f"a position is a whole number from 1 to {len(history)}, not {answer!r}"
    if not 1 <= answer <= len(history):
        return f"the positions of this year go from 1 to {len(history)}"
    if answer == closed - 1:
        return "one event too early: Dave's account is empty there, and still open"
    if answer < closed:
        return "Dave's account is still open there: move on"
    if answer > closed:
        return "Dave's account is closed there already: move back to the event that closed it"
    return None
