"""What it costs to live a thousand futures, beside the bare calls of decide and evolve."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from rows import Row
from sides import in_turn

from esdemo import forecast
from esdemo.commands import Rejected
from esdemo.domains.bank import Account, decide, evolve, rules, simulate, transfers
from esdemo.forecast import Day


def futures(rounds: int, number: int, ahead: int, *, at_most_ms: float) -> Iterator[Row]:
    """So many futures of a bank with four accounts, without its process and with it."""
    days = forecast.calendar(simulate(accounts=4, days=max(3 * ahead, 60)).store.history())
    drawn = forecast.blocks()(len(days), ahead, number, np.random.default_rng(1))

    def ours(react: Any = None) -> forecast.Futures:
        return forecast.decided(rules, days, total, ahead, futures=number, seed=1, react=react)

    own, whole, its = in_turn(
        rounds, ours, lambda: ours(transfers), lambda: bare(days, drawn.tolist())
    )
    found = ours()
    if found.values[:, -1].tolist() != bare(days, drawn.tolist()):
        raise AssertionError("the futures differ")
    work = f"{number:,} futures of {ahead} days, {int(found.asked.sum()):,} commands"
    yield Row(work, own, "bare decide and evolve", its)
    work = f"the same with transfers, {int(ours(transfers).asked.sum()):,} commands"
    yield Row(work, whole, "bare decide and evolve", its, at_most_ms=at_most_ms)


def total(states: Any) -> float:
    """What all accounts hold, in cents."""
    return sum(account.balance for account in states.values())


def bare(days: Sequence[Day], drawn: list[list[int]]) -> list[int]:
    """The least that Python must do for the same: what is held at the end of each future."""
    asked = [
        [(each.stream, each.command) for each in day.decisions if not each.causation_id]
        for day in days
    ]
    known: dict[str, Account] = {}
    for day in days:
        for fact in day.facts:
            known[fact.stream] = evolve(known.get(fact.stream, Account()), fact.event)
    ends = []
    for places in drawn:
        states = dict(known)
        for place in places:
            for stream, command in asked[place]:
                try:
                    events = decide(command, states[stream])
                except Rejected:
                    continue
                for event in events:
                    states[stream] = evolve(states[stream], event)
        ends.append(sum(account.balance for account in states.values()))
    return ends
