"""Answers to the exercise of chapter 00: the wrong with words of their help, and the right."""

START = """
from esdemo.checks import check
from esdemo.domains.bank import AccountClosed, simulate

bank = simulate(accounts=4)
log = list(bank.store.recorded())
"""

EXPLORER = """
from esdemo.explorer import explore

explorer = explore(bank)
"""

WRONG = {
    "0.1": [
        (START + answer, words)
        for answer, words in [
            ("check('0.1', 489)\n", "one event too early"),
            (
                "closed = [isinstance(fact.event, AccountClosed) for fact in log]\n"
                "check('0.1', closed.index(True))\n",
                "the places of a list in Python from 0",
            ),
            ("check('0.1', 125)\n", "that is its version"),
            ("check('0.1', 400)\n", "still open"),
            ("check('0.1', 491)\n", "move back"),
            ("check('0.1', 824)\n", "move back"),
            ("check('0.1', 0)\n", "from 1 to 824"),
            ("check('0.1', -1)\n", "from 1 to 824"),
            ("check('0.1', True)\n", "whole number"),
            ("check('0.1', 490.5)\n", "whole number"),
            ("check('0.1', [490])\n", "the number alone"),
            ("check('0.1', (490, 824))\n", "whole number"),
            ("check('0.1', 'after')\n", "whole number"),
            ("check('0.1', '2 July')\n", "that is a time"),
            ("check('0.1', '00:02')\n", "that is a time"),
            ("check('0.1', 'dave')\n", "that is the stream"),
            ("check('0.1', AccountClosed)\n", "that is the event"),
            ("check('0.1', '490')\n", "without quotes"),
            ("check('0.1', '#490')\n", "without quotes"),
            ("check('0.1', 'dave/125')\n", "the position stands before them"),
            ("check('0.1', '2025-07-02')\n", "that is a time"),
            ("check('0.1', log[489].recorded_at)\n", "that is a time"),
            ("check('0.1', log[489])\n", "its attribute `.position`"),
            ("check('0.1', log[489].event)\n", "the number behind the #"),
            ("check('0.1', lambda: 490)\n", "whole number"),
            (EXPLORER + "explorer.position = 490\ncheck('0.1', explorer)\n", "`.position`"),
        ]
    ]
}

RIGHT = {
    "0.1": [
        START + "check('0.1', 490)\n",
        START + "check('0.1', log[489].position)\n",
        START + "import numpy\n\ncheck('0.1', numpy.int64(490))\n",
        START + "check('0.1', 490.0)\n",
        START + EXPLORER + "explorer.position = 490\ncheck('0.1', explorer.position)\n",
    ]
}
