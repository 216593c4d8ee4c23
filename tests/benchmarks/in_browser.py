"""The explorer in a browser: first paint, jumps and frames at 1,000, 10,000 and 100,000 events.

    python tests/benchmarks/in_browser.py [--quick]

The saved file is opened from disk in headless Chromium, which draws without a graphics card: a
reader's own browser is faster. First paint is the browser's own measure, from the start of the
navigation, so it holds reading the file and parsing it. A jump is to a random moment, with list,
chart, state and all drawn and laid out again: the median, and what 19 in 20 take at most. Frames
are counted for a second in which every frame is one event further.
"""

import argparse
import os
import shutil
import statistics
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from esdemo import RecordedEvent
from esdemo.domains import bank
from esdemo.explorer import explore

CHROMIUM: Final = os.environ.get("CHROMIUM") or shutil.which("chromium")
FLAGS: Final = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
HEADER: Final = (
    "events",
    "streams",
    "make",
    "file",
    "first paint",
    "jump",
    "19 in 20",
    "frames a s",
)
JUMPS: Final = """(number) => {
    const view = document.querySelector(".esdemo-explorer").explorer;
    const took = [];
    for (let i = 1, place = 7; i <= number; i++) {
        place = (place * 7919 + 104729) % (view.log.count + 1);
        const start = performance.now();
        view.move(place, { quiet: true });
        view.draw();
        view.root.offsetHeight;  // lay it out
        took.push(performance.now() - start);
    }
    return took;
}"""
FRAMES: Final = """(milliseconds) => new Promise((done) => {
    const view = document.querySelector(".esdemo-explorer").explorer;
    view.move(0, { quiet: true });
    const start = performance.now();
    let frames = 0;
    const next = (now) => {
        if (now - start > milliseconds) return done((frames * 1000) / (now - start));
        frames++;
        view.move(view.position + 1, { quiet: true });
        requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
})"""
PAINT: Final = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def history(events: int, streams: int) -> list[RecordedEvent]:
    """Deposits and withdrawals by turns, spread evenly over the streams."""
    facts = []
    for n in range(events):
        version, number = divmod(n, streams)
        amount = 1 + n * 7919 % 500_00
        event: Any = bank.MoneyDeposited(amount, "cash")
        if version == 0:
            event = bank.AccountOpened(f"Owner {number}", 0)
        elif version % 2 == 0:
            event = bank.MoneyWithdrawn(amount, "cash")
        at = START + timedelta(minutes=n)
        name = (f"cmd-{n + 1}", f"cmd-{n + 1}", "card")
        facts.append(
            RecordedEvent(n + 1, f"account-{number}", version + 1, event, *name, at, at, "")
        )
    return facts


def measured(quick: bool) -> Iterator[tuple[str, ...]]:
    """A row for each size, and for each number of streams."""
    from playwright.sync_api import sync_playwright

    sizes = [(1_000, 1)] if quick else [(n, s) for n in (1_000, 10_000, 100_000) for s in (1, 100)]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for events, streams in sizes:
            facts = history(events, streams)
            start = perf_counter()
            explorer = explore(facts, decider=bank.rules)
            made = perf_counter() - start
            path = Path(folder) / f"{events}-{streams}.html"
            explorer.save(path)
            yield row(browser, path, events, streams, made, rounds=1 if quick else 5)
        browser.close()


def row(
    browser: Any, path: Path, events: int, streams: int, made: float, *, rounds: int
) -> tuple[str, ...]:
    """The medians of some rounds, each in a fresh page; and what 19 in 20 jumps take at most."""
    paints, jumps, frames = [], [], []
    for _ in range(rounds):
        page = browser.new_page(viewport={"width": 1100, "height": 720})
        page.goto(path.as_uri())
        page.wait_for_function(PAINT)
        paints.append(page.evaluate(PAINT))
        jumps += page.evaluate(JUMPS, 200)
        frames.append(page.evaluate(FRAMES, 1000))
        page.close()
    return (
        f"{events:,}",
        f"{streams:,}",
        f"{made:.2f} s",
        f"{path.stat().st_size / 1e6:.2f} MB",
        f"{statistics.median(paints):.0f} ms",
        f"{statistics.median(jumps):.1f} ms",
        f"{statistics.quantiles(jumps, n=20)[-1]:.1f} ms",
        f"{statistics.median(frames):.0f}",
    )


def main() -> None:
    """Print the table; say so where there is no browser."""
    parser = argparse.ArgumentParser(description="Measure the explorer in a browser.")
    parser.add_argument("--quick", action="store_true", help="a smoke test: one small size")
    quick = parser.parse_args().quick
    if not CHROMIUM:
        print("There is no Chromium here (CHROMIUM names one): the explorer was not measured.")
        return
    for line in [HEADER, ("---",) * len(HEADER)]:
        print(f"| {' | '.join(line)} |")
    for line in measured(quick):
        print(f"| {' | '.join(line)} |", flush=True)


if __name__ == "__main__":
    main()
