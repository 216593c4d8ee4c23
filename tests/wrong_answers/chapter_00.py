"""Plausible wrong answers to the exercise of chapter 00, and words of the help that they get."""

WRONG = {
    "0.1": [
        ("from esdemo.checks import check\n\ncheck('0.1', 489)\n", "one event too early"),
        ("from esdemo.checks import check\n\ncheck('0.1', 400)\n", "still open"),
        ("from esdemo.checks import check\n\ncheck('0.1', 824)\n", "move back"),
        ("from esdemo.checks import check\n\ncheck('0.1', 0)\n", "from 1 to 824"),
        ("from esdemo.checks import check\n\ncheck('0.1', '2025-07-02')\n", "whole number"),
    ]
}
