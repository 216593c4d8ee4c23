"""Write the three sample logs of samples/: the same bytes each time, since the seed is fixed.

    python scripts/make_samples.py [FOLDER]

They look like logs that people have, and nobody's data is in them.
"""

import csv
import io
import json
import random
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

SAMPLES: Final = Path(__file__).resolve().parent.parent / "samples"
START: Final = datetime(2025, 3, 3, 8, tzinfo=UTC)
Rows = list[dict[str, Any]]


def permits() -> str:
    """A process-mining log as CSV: applications for a building permit, and who worked on them."""
    chance = random.Random(20250303)
    rows = [row for number in range(1, 61) for row in _permit(chance, f"BP-{number:03}")]
    rows.sort(key=lambda row: row["time:timestamp"])
    text = io.StringIO()
    names = dict.fromkeys(name for row in rows for name in row)
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _permit(chance: random.Random, case: str) -> Iterator[dict[str, Any]]:
    """One application: checked, perhaps sent back and checked again, then decided."""
    now = START + timedelta(minutes=chance.randrange(40 * 24 * 60))
    clerk = chance.choice(["Ines", "Jonas", "Mira"])

    def row(activity: str, who: str, **fields: Any) -> dict[str, Any]:
        nonlocal now
        now += timedelta(minutes=chance.randrange(20, 3_000))
        envelope = {"case:concept:name": case, "concept:name": activity}
        times = {"time:timestamp": f"{now:%Y-%m-%d %H:%M:%S}", "org:resource": who}
        return {**envelope, **times, **fields}

    area = chance.randrange(20, 400)
    yield row("Apply", "web form", status="new", area_m2=area, fee=None)
    yield row("Check documents", clerk, status="in check")
    for _ in range(chance.choice([0, 0, 0, 1, 1, 2])):
        yield row("Ask for documents", clerk, status="incomplete")
        yield row("Receive documents", "web form", status="in check")
        area += chance.choice([0, 0, -5, 10])
        yield row("Check documents", clerk, status="in check", area_m2=area)
    if chance.random() < 0.15:
        yield row("Withdraw", "web form", status="withdrawn")
        return
    yield row("Charge the fee", clerk, status="to pay", fee=80 + 2 * area)
    if chance.random() < 0.1:
        yield row("Waive the fee", "Karl", status="to pay", fee=0)
    yield row("Decide", "Karl", status=chance.choice(["granted"] * 4 + ["refused"]))


def web_shop() -> str:
    """The log of a web application as JSON Lines: sessions, their carts, and an hour of trouble."""
    chance = random.Random(20250401)
    rows: Rows = []
    for number in range(1, 41):
        rows += _session(chance, f"s-{number:02}")
    rows.sort(key=lambda row: row["timestamp"])
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _session(chance: random.Random, session: str) -> Iterator[dict[str, Any]]:
    """One visitor: looks, fills a cart, pays or leaves. Payments fail between ten and eleven."""
    now = START + timedelta(days=29, seconds=chance.randrange(4 * 3600))
    user = chance.choice([None, f"user-{chance.randrange(1, 13)}"])
    items, total = 0, 0

    def row(event: str, **fields: Any) -> dict[str, Any]:
        nonlocal now
        now += timedelta(milliseconds=chance.randrange(2_000, 90_000))
        ms = round(chance.lognormvariate(3.5, 0.8), 1)
        envelope = {"timestamp": now.isoformat().replace("+00:00", "Z"), "session_id": session}
        return {**envelope, "event": event, "user": user, **fields, "ms": ms}

    yield row("session_started", browser=chance.choice(["Firefox", "Chrome", "Safari"]))
    for _ in range(chance.randrange(1, 6)):
        yield row("page_viewed", page=f"/lamps/{chance.randrange(1, 30)}")
        if chance.random() < 0.5:
            items, total = items + 1, total + chance.randrange(900, 9_000)
            yield row("item_added", cart={"items": items, "cents": total})
    if items and user is None:
        user = f"user-{chance.randrange(1, 13)}"
        yield row("signed_in")
    while items and chance.random() < 0.8:
        if now.hour != 10 or chance.random() < 0.3:
            yield row("payment_accepted", cart={"items": 0, "cents": 0}, paid=total)
            return
        yield row("payment_failed", error="gateway timeout")


def agent_run() -> str:
    """The trace of an agent as JSON Lines: model calls, tool calls, and what led to what."""
    chance = random.Random(20250402)
    rows: Rows = []
    goals = ["find the cheapest train", "summarise the minutes", "book a room for eight"]
    for number, goal in enumerate(goals, 1):
        rows += _run(chance, f"run-{number}", goal)
    return "".join(json.dumps(row) + "\n" for row in rows)


def _run(chance: random.Random, run: str, goal: str) -> Iterator[dict[str, Any]]:
    """One run: the model asks for tools, a tool fails and is tried again, an answer ends it."""
    now = START + timedelta(days=30, minutes=chance.randrange(600))
    spans = spent = 0

    def row(kind: str, agent: str, parent: str | None, **fields: Any) -> dict[str, Any]:
        nonlocal now, spans
        now += timedelta(milliseconds=chance.randrange(80, 4_000))
        spans += 1
        ids = {"run_id": run, "span_id": f"{run}.{spans}", "parent_span_id": parent}
        return {"ts": now.timestamp(), **ids, "agent": agent, "event": {"kind": kind}, **fields}

    yield (cause := row("run_started", "user", None, goal=goal, status="running"))
    for turn in range(1, chance.randrange(3, 6)):
        spent += chance.randrange(300, 2_000)
        yield (call := row("model_called", "planner", cause["span_id"], tokens=spent, turn=turn))
        tool = chance.choice(["search", "calendar", "fetch"])
        yield (asked := row("tool_called", "planner", call["span_id"], tool=tool))
        while chance.random() < 0.3:
            yield (failed := row("tool_failed", tool, asked["span_id"], error="timed out"))
            yield (asked := row("tool_called", "planner", failed["span_id"], tool=tool))
        found = chance.randrange(0, 9)
        yield (cause := row("tool_returned", tool, asked["span_id"], results=found))
    yield row(
        "run_finished",
        "planner",
        cause["span_id"],
        status=chance.choice(["done", "done", "gave up"]),
    )


FILES: Final[dict[str, Callable[[], str]]] = {
    "permits.csv": permits,
    "web-shop.jsonl": web_shop,
    "agent-run.jsonl": agent_run,
}


def main(folder: Path = SAMPLES) -> None:
    """Write all of them."""
    for name, make in FILES.items():
        (folder / name).write_text(make(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
