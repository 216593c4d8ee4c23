"""Answers to the exercises of chapter 08: the wrong with words of their help, and the right."""

LETTERS = """
from esdemo import timeline
from esdemo.checks import check
from esdemo.domains.bank import rules, transfers


def letters(ours, theirs):
    joined = timeline.join_commands(rules, {sides}, transfers)
    new = [row for row in joined.changed if row.kind == "now refused"]
    return {answer}


check("8.1", letters)
"""

CHANCE = """
from esdemo.checks import check


def chance(values, cents):
    return {}


check("8.2", chance)
"""

HONEST = """
import numpy as np

from esdemo.checks import check


def honest(values, cut, ahead):
    known = values[:cut]
    slope = np.diff(known).mean()
    steps = np.arange(1, ahead + 1)
    return {}


check("8.3", honest)
"""

COVERED = """
from esdemo import forecast
from esdemo.checks import check


def covered(values, method, first, ahead):
    hits = []
    for cut in range({cuts}):
        low, high = forecast.interval(method({given}))
        hits.append({hit})
    share = sum(hits) / len(hits)
    return {answer}


check("8.4", covered)
"""


def letters(answer, sides="ours, theirs"):
    """Letters after a join."""
    return LETTERS.format(answer=answer, sides=sides)


def covered(
    cuts="first, len(values) - ahead + 1, ahead",
    given="values[:cut], ahead, cut",
    hit="low[-1] <= values[cut + ahead - 1] <= high[-1]",
    answer="share, (0.16 / len(hits)) ** 0.5",
):
    """A back-test, with one part done otherwise."""
    return COVERED.format(cuts=cuts, given=given, hit=hit, answer=answer)


REASON = "joined.store.decision(row.command_id).reason"

WRONG = {
    "8.1": [
        (letters(f"{{row.command_id: {REASON} for row in new}}", "theirs, ours"), "ours stay as"),
        (letters("{row.stream: row.after for row in new}"), "is not the id of a command"),
        (letters("{row.command_id: row.kind for row in new}"), "the reasons are those"),
        (letters("{row.command_id: row.before for row in new}"), "the reasons are those"),
        (
            letters("{row.command_id: row.after for row in joined.changed + new}", "theirs, ours"),
            "the first argument",
        ),
        (
            "from esdemo import timeline\nfrom esdemo.checks import check\n"
            "from esdemo.domains.bank import rules\n\n\ndef letters(ours, theirs):\n"
            "    joined = timeline.join_facts(rules, ours, theirs)\n"
            "    return {each.stream: each.rule for each in joined.broken_rules}\n\n\n"
            "check('8.1', letters)\n",
            "is not the id of a command",
        ),
        (letters("[row.command_id for row in new]"), "a dict that also has the reason"),
        (letters("{row.command_id for row in new}"), "a dict that also has the reason"),
        (letters("joined.changed"), "a dict from command id to reason"),
        (letters("len(new)"), "a dict from command id to reason"),
        (
            letters("{d.command_id: d.reason for d in joined.store.decisions() if d.refused}"),
            "ours stay as they are",
        ),
        (
            letters(
                "{d.command_id: d.reason for d in joined.store.decisions() "
                'if d.refused and d.command_id.startswith("their")}'
            ),
            "already refused at their counter",
        ),
        (letters("{d.command_id: d.reason for d in theirs.decisions() if d.refused}"), "already"),
        (
            letters("{row.command_id: theirs.decision(row.command_id).reason for row in new}"),
            "a reason is None",
        ),
        (
            letters("{row.command_id: joined.store.decision(row.command_id) for row in new}"),
            "the reason alone",
        ),
        (letters("{row.command_id: row for row in new}"), "the reason alone"),
        (letters("{}"), "look for rows whose kind"),
        (letters(f"{{row.command_id: {REASON} for row in new[:1]}}"), "their-4 is newly refused"),
        (letters("{row.command_id: 'no money' for row in new}"), "the reasons are those"),
        (letters(f"print({{row.command_id: {REASON} for row in new}})"), "is there a `return`"),
        (
            letters(
                "{'their-2': '6000 is more than the available 3000', "
                "'their-4': '4000 is more than the available 3500'}"
            ),
            "nobody gets a letter",
        ),
    ],
    "8.2": [
        (CHANCE.format("(values < cents).mean()"), "the share of all days"),
        (CHANCE.format("(values < cents).all(axis=1).mean()"), "any, not all"),
        (CHANCE.format("(values < cents).any(axis=0).mean()"), "the futures are the rows"),
        (CHANCE.format("(values <= cents).any(axis=1).mean()"), "which takes 100 itself"),
        (CHANCE.format("(values > cents).any(axis=1).mean()"), "nor `>`"),
        (CHANCE.format("(values.mean(axis=1) < cents).mean()"), "or for their mean"),
        (CHANCE.format("(values < cents).any(axis=1).sum()"), "divide by how many"),
        (CHANCE.format("(values < cents).any(axis=1)"), "the mean over the futures"),
        (CHANCE.format("(values < cents).any()"), "in which share"),
        (CHANCE.format("100 * (values < cents).any(axis=1).mean()"), "in percent"),
        (CHANCE.format("(values[:, -1] < cents).mean()"), "only one day"),
        (CHANCE.format("(values >= cents).all(axis=1).mean()"), "the share that stays above"),
        (CHANCE.format("(values < cents).sum()"), "how many days"),
        (CHANCE.format("print((values < cents).any(axis=1).mean())"), "is there a `return`"),
        (CHANCE.format("'60 %'"), "a number from 0 to 1"),
        (CHANCE.format("'0.6'"), "a number from 0 to 1"),
        (CHANCE.format("0.6"), "use both arguments"),
        (CHANCE.format("(values < 100).any(axis=1).mean()"), "use both arguments"),
    ],
    "8.3": [
        (HONEST.format("values[cut] + np.diff(values).mean() * steps"), "with both leaks"),
        (HONEST.format("values[cut] + slope * steps"), "starts at values[cut]"),
        (
            HONEST.replace("values[:cut]", "values[:cut + 1]").format("known[-1] + slope * steps"),
            "holds values[cut] too",
        ),
        (HONEST.format("values[-1] + slope * steps"), "the last of all"),
        (HONEST.format("slope * steps"), "how far the line rises"),
        (HONEST.format("known[0] + slope * steps"), "not at the first"),
        (HONEST.format("known.mean() + slope * steps"), "not at the mean"),
        (HONEST.format("known[-1] + np.diff(values).mean() * steps"), "of all values"),
        (HONEST.format("known[-1] + slope * np.arange(ahead)"), "for one day ahead"),
        (HONEST.format("np.full(ahead, known[-1])"), "stays at the last value"),
        (HONEST.format("known[-2] + slope * steps"), "the last is values[cut - 1]"),
        (HONEST.format("known[-1] + (known[-1] - known[0]) / cut * steps"), "39 changes"),
        (HONEST.format("known[-1] + slope * ahead"), "all the numbers of the line"),
        (HONEST.format("known[-1] + slope * np.arange(ahead + 1)"), "one for each day ahead"),
        (HONEST.format("print(known[-1] + slope * steps)"), "is there a `return`"),
        (HONEST.format("'a line'"), "an array of numbers"),
        (HONEST.format("known[-1] + np.median(np.diff(known)) * steps"), "not the line"),
        (HONEST.format("values[:40][-1] + np.diff(values[:40]).mean() * steps"), "use the arg"),
        (
            HONEST.format("known[-1] + slope * steps + 0 * values[cut + ahead]"),
            "begin with values[:cut]",
        ),
    ],
    "8.4": [
        (covered(given="values, ahead, cut"), "the future among them"),
        (covered(cuts="first, len(values) - ahead + 1"), "trials about the same days"),
        (covered(cuts="first, len(values) - ahead, ahead"), "room for one more"),
        (covered(cuts="0 + ahead, len(values) - ahead + 1, ahead"), "the first cut is at `first`"),
        (covered(cuts="first, len(values) - ahead + 1, 10"), "the cuts should be"),
        (covered(given="values[:cut], 1, cut"), "how many steps to look ahead"),
        (covered(given="values[:cut + 1], ahead, cut"), "the first cut is at `first`"),
        (covered(hit="low[0] <= values[cut + ahead - 1] <= high[0]"), "the last item of low"),
        (covered(hit="low[-1] <= values[cut] <= high[-1]"), "values[cut + ahead - 1]"),
        (covered(answer="sum(hits), (0.16 / len(hits)) ** 0.5"), "how many hits"),
        (covered(answer="100 * share, (0.16 / len(hits)) ** 0.5"), "not in percent"),
        (covered(answer="1 - share, (0.16 / len(hits)) ** 0.5"), "are the misses"),
        (
            covered(
                hit="all((low <= values[cut:cut + ahead]) & (values[cut:cut + ahead] <= high))"
            ),
            "of more than the last step",
        ),
        (covered(answer="share, 0.4 / len(hits)"), "the error is"),
        (covered(answer="share, 0.16 / len(hits)"), "the square root"),
        (covered(answer="share, (share * (1 - share) / len(hits)) ** 0.5"), "a *right* interval"),
        (covered(answer="share, 0.1"), "the error is"),
        (covered(answer="share"), "return two numbers"),
        (covered(answer="print(share)"), "is there a `return`"),
        (covered(answer="str(share), 'about 10 %'"), "return two numbers"),
        (
            COVERED.format(
                cuts="first, len(values) - ahead, ahead",
                given="values[:cut], ahead, cut",
                hit="low[-1] <= values[cut + ahead] <= high[-1]",
                answer="share, (0.16 / len(hits)) ** 0.5",
            ),
            "room for one more",
        ),
        (
            "import numpy as np\n"
            + covered().replace(
                "forecast.interval(", "(lambda s: np.quantile(s, [0.25, 0.75], axis=0))("
            ),
            "hold what came",
        ),
    ],
}

RIGHT = {
    "8.1": [
        letters(f"{{row.command_id: {REASON} for row in new}}"),
        letters("{row.command_id: row.after.removeprefix('refused: ') for row in new}"),
        letters("{row.command_id: row.after for row in new}"),
        letters(
            "{d.command_id: d.reason for d in joined.store.decisions() "
            "if d.refused and (first := theirs.decision(d.command_id)) and not first.refused}"
        ),
        LETTERS.replace(", transfers)", ")").format(
            answer=f"{{row.command_id: {REASON} for row in new}}", sides="ours, theirs"
        ),
    ],
    "8.2": [
        CHANCE.format("sum(row.min() < cents for row in values) / len(values)"),
        CHANCE.format("(values.min(axis=1) < cents).mean()"),
        CHANCE.format("1 - (values >= cents).all(axis=1).mean()"),
        CHANCE.format("values.sort(axis=1) or (values[:, 0] < cents).mean()"),
        CHANCE.format("len([row for row in values.tolist() if min(row) < cents]) / len(values)"),
    ],
    "8.3": [
        HONEST.format("[known[-1] + slope * day for day in range(1, ahead + 1)]"),
        HONEST.format("known[-1] + (known[-1] - known[0]) / (cut - 1) * steps"),
        "from esdemo import forecast\n" + HONEST.format("forecast.drift(known, ahead)[0]"),
        "from esdemo import forecast\n" + HONEST.format("forecast.drift(known, ahead)"),
    ],
    "8.4": [
        covered(),
        covered(answer="[share, forecast.standard_error(0.8, len(hits))]"),
        covered(cuts="first, len(values) + 1 - ahead, ahead"),
        covered(hit="low[-1] <= values[cut:cut + ahead][-1] <= high[-1]"),
        """
import numpy as np

from esdemo import forecast
from esdemo.checks import check


def covered(values, method, first, ahead):
    cuts = forecast.rolling(len(values), ahead, first=first)
    trials = forecast.backtest(values, values, {"it": method}, cuts, ahead=ahead)
    return np.mean([t.inside for t in trials]), forecast.standard_error(0.8, len(trials))


check("8.4", covered)
""",
    ],
}
