"""The numbers that chapter 08 shows, computed once more in another way, and equal to its outputs.

Balances come from pandas' running sums instead of the fold, scores from scoringrules and plain
quantiles instead of `scores`, what a branch changed from the decisions of both stores, and files
from the set of paths that exist.
"""

import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import nbformat
import numpy as np
import pytest
import scoringrules

from esdemo import Decider, Rejected, forecast, frames, timeline
from esdemo.domains import git
from esdemo.domains.bank import Account, Withdraw, decide, evolve, rules, simulate, transfers

CHAPTER = Path(__file__).parent.parent / "notebooks" / "08-what-if-and-what-next.ipynb"
AUTUMN = date(2025, 9, 30)
EFFECTS = {
    **dict.fromkeys(("MoneyDeposited", "TransferReceived", "TransferReturned"), "amount"),
    **dict.fromkeys(("MoneyWithdrawn", "FeeCharged", "TransferSent"), "-amount"),
    "EntryReversed": "change",
}


def shown(cell: str) -> str:
    """What a cell of the chapter has stored, as text."""
    (found,) = (each for each in nbformat.read(CHAPTER, 4).cells if each.id == cell)
    return "\n".join(each.get("text") or each["data"]["text/plain"] for each in found.outputs)


def numbers(text: str) -> list[float]:
    """Every number in it, in order."""
    return [float(each.replace(",", "")) for each in re.findall(r"-?[\d,]*\.?\d+", text)]


def scores_shown(cell: str) -> dict[str, list[float]]:
    """A table of scores by method: CRPS, skill, covered and error, without the number of trials."""
    lines = re.findall(r"^([a-z]+)((?: +-?[\d.]+){4,5})$", shown(cell), re.MULTILINE)
    return {name: [float(each) for each in row.split()][-4:] for name, row in lines}


@pytest.fixture(scope="module")
def year():
    return simulate(accounts=4)


@pytest.fixture(scope="module")
def days(year):
    return forecast.calendar(year.store.history())


@pytest.fixture(scope="module")
def balances(year):
    """The balance of each account in the evening of each day, without any fold."""
    states = frames.running(frames.log(year.store), EFFECTS, name="balance")
    return frames.by_day(states, "balance").astype(float)


# The branch.


def at_most(limit):
    """The rule of the chapter's branch."""

    def stricter(command, account):
        spends = isinstance(command, Withdraw) and command.purpose != "rent"
        if spends and command.amount > limit:
            raise Rejected("too much")
        return decide(command, account)

    return Decider(stricter, evolve, Account())


def test_what_a_branch_changed_is_what_the_decisions_of_both_stores_say(year):
    """A transfer that fails now causes another command under the same id: one less, one more."""
    branch = timeline.with_rules(year, at_most(60_00), transfers)
    before, after = (
        {(each.command_id, each.stream, each.command): each.refused for each in store.decisions()}
        for store in (year.store, branch.store)
    )
    both = before.keys() & after.keys()
    counted = {
        "now refused": sum(after[name] and not before[name] for name in both),
        "now allowed": sum(before[name] and not after[name] for name in both),
        "not asked": len(before.keys() - after.keys()),
        "newly asked": len(after.keys() - before.keys()),
    }
    assert counted == dict(Counter(row.kind for row in branch.changed))
    found = re.findall(r"^ *(\d+) (\w+ \w+)$", shown("08-branch-count"), re.MULTILINE)
    assert counted == {kind: int(count) for count, kind in found}


def test_the_balances_of_three_branches_are_running_sums(year):
    stores = [
        year.store,
        *(timeline.with_rules(year, at_most(limit), transfers).store for limit in (100_00, 60_00)),
    ]
    logs = [frames.running(frames.log(store), EFFECTS) for store in stores]
    ends = [int(log.loc[log["stream"] == "alice", "total"].iloc[-1]) for log in logs]
    lines = shown("08-branch-tables").splitlines()[:3]
    assert ends == [int(numbers(line)[-1]) for line in lines]


def test_the_two_histories_by_mental_arithmetic():
    east, west, rebased = 10_000 - 7_000, 10_000 - 6_000 + 500, 10_000 - 7_000 - 6_000 + 500
    assert numbers(shown("08-join-counters"))[1::2] == [east, west]
    assert numbers(shown("08-join-facts-hand"))[-1] == rebased < 0
    assert numbers(shown("08-join-commands-hand"))[-1] == 10_000 - 7_000 + 500
    assert numbers(shown("08-join-once")) == [10_000 - 2 * 2_000 + 500, 10_000 - 2_000 + 500]


# What is known, and its future.


def test_the_calendar_counts_what_pandas_counts(year, days):
    asked = frames.decisions(year.store)
    on = asked["recorded_at"].dt.date
    counts = on[on <= AUTUMN].value_counts()
    known = (AUTUMN - date(2025, 1, 1)).days + 1
    text = shown("08-next-days")
    assert f"{known} days, 2025-01-01 to {AUTUMN}" in text
    assert f"{counts.sum() / known:.2f} commands a day, none on {known - len(counts)} days" in text


def test_the_values_of_each_day_are_running_sums(days, balances):
    for name in ("alice", "dave"):
        folded = forecast.values(rules, days, lambda states, name=name: states[name].balance)
        assert folded.tolist() == balances[name].tolist()


# The scores.


def by_commands(name):
    """The method of the chapter."""

    def method(known, ahead, seed):
        return forecast.decided(
            rules,
            known,
            lambda states: states[name].balance,
            ahead,
            futures=200,
            seed=seed,
            draw=forecast.alike(date(2025, 1, 1), lambda day: day.day),
            react=transfers,
        ).values

    return method


def plain(values):
    """The rivals that need no package: from what is known to a sample of the last step."""
    return {
        "persistence": lambda cut, ahead: values[cut - 1 : cut],
        "drift": lambda cut, ahead: (
            values[cut - 1 : cut] + ahead * (values[cut - 1] - values[0]) / (cut - 1)
        ),
    }


def drawn(values, days, name):
    """The rivals that draw, each at its cut with its own chance."""
    alike = forecast.alike(date(2025, 1, 2), lambda day: day.day)
    methods = {
        "poisson": (forecast.poisson, values),
        "blocks": (partial(forecast.resampled, draw=forecast.blocks(30)), values),
        "alike": (partial(forecast.resampled, draw=alike), values),
        "commands": (by_commands(name), days),
    }

    def last(method, history, cut, ahead):
        return method(history[:cut], ahead, np.random.default_rng([0, cut]))[:, -1]

    return {key: partial(last, *each) for key, each in methods.items()}


def scored(values, samples, cuts, ahead):
    """CRPS by scoringrules, coverage by quantiles, skill and error by their definitions."""
    came = values[np.array(cuts) + ahead - 1]
    found = {}
    for name, sample in samples.items():
        made = [sample(cut, ahead) for cut in cuts]
        crps = np.mean(
            [
                scoringrules.crps_ensemble(c, m, estimator="nrg")
                for c, m in zip(came, made, strict=True)
            ]
        )
        ends = [np.quantile(each, [0.1, 0.9]) for each in made]
        inside = [low <= c <= high for c, (low, high) in zip(came, ends, strict=True)]
        found[name] = [crps, np.mean(inside)]
    lazy = found["persistence"][0]
    error = (0.8 * 0.2 / len(cuts)) ** 0.5
    return {name: [crps, 1 - crps / lazy, held, error] for name, (crps, held) in found.items()}


@pytest.mark.parametrize(
    ("cell", "name", "ahead"), [("08-rivals", "alice", 10), ("08-dave", "dave", 30)]
)
def test_every_score_of_every_rival(days, balances, cell, name, ahead):
    values = balances[name].to_numpy()
    samples = plain(values) | drawn(values, days, name)
    again = scored(values, samples, range(120, len(values) - ahead + 1, ahead), ahead)
    stored = scores_shown(cell)
    assert stored.keys() == again.keys()
    for method, row in stored.items():
        assert row == pytest.approx(again[method], abs=0.51 if row[0] > 100 else 0.006)
        assert row[1:] == pytest.approx(again[method][1:], abs=0.0051)


def test_the_interval_by_hand_and_its_error(days, balances):
    values, hits = balances["alice"].to_numpy(), 0
    cuts = range(120, 356, 10)
    for cut in cuts:
        sample = by_commands("alice")(days[:cut], 10, cut)[:, -1]
        hits += np.quantile(sample, 0.1) <= values[cut + 9] <= np.quantile(sample, 0.9)
    assert shown("08-believe-hand-run").startswith(f"{hits} of {len(cuts)} inside")
    error = round(100 * (0.16 / len(cuts)) ** 0.5)
    assert f"covered {hits / len(cuts):.0%}" in shown("08-believe-error")
    assert shown("08-believe-error").rstrip().endswith(f"here: {error}")


def test_the_files_of_the_repository_are_the_paths_that_exist():
    paths, files = set(), [0]
    for changes in git.history().commits():
        for change in changes:
            if isinstance(change, git.FileAdded):
                paths.add(change.path)
            if isinstance(change, git.FileDeleted):
                paths.remove(change.path)
        files.append(len(paths))
    values = np.array(files, float)
    again = scored(values, plain(values), range(10, len(values) - 4, 5), 5)
    stored = scores_shown("08-git")
    for method in ("persistence", "drift"):
        crps, *others = again[method]
        assert stored[method] == pytest.approx([round(crps), *others], abs=0.0051)


def test_the_forecast_that_is_published_is_the_last_day_of_the_fan():
    fan = shown("08-fan-table").splitlines()[-1].split()
    said = dict(re.findall(r"(\w+)=(\d+)", shown("08-out-published")))
    assert (int(fan[1]), int(fan[3])) == (int(said["low"]), int(said["high"]))
    assert fan[0] == str(AUTUMN + timedelta(days=92))
    assert datetime(2025, 12, 31, tzinfo=UTC).date() == AUTUMN + timedelta(days=92)
