"""The explorer in a browser, on uneven data: first paint, jumps, searches, frames, what-ifs.

    python tests/benchmarks/in_browser.py [--quick]

The saved file is opened from disk in headless Chromium, which draws without a graphics card: a
reader's own browser is faster. First paint is the browser's own measure, from the start of the
navigation, so it holds reading the file, inflating and parsing it. A jump is to a random moment,
with list, chart, state and all drawn and laid out again: the median, and what 19 in 20 take at
most. Frames are counted for a second in which every frame is one event further. The what-ifs are
Python's part of an answer, for an early event and an early command, as JSON.
"""

import argparse
import os
import random
import shutil
import statistics
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any, Final
from uuid import UUID

import msgspec

from esdemo import Application, MemoryStore
from esdemo.clocks import ManualClock
from esdemo.domains import bank
from esdemo.explorer import explore
from esdemo.explorer.history import gather
from esdemo.explorer.questions import answer

CHROMIUM: Final = os.environ.get("CHROMIUM") or shutil.which("chromium")
FLAGS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--enable-precise-memory-info",
]
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
SIZES: Final = [(100, 3), (10_000, 100), (100_000, 1_000), (300_000, 1_000)]
HEADER: Final = (
    "events",
    "streams",
    "explore()",
    "file",
    "first paint",
    "jump",
    "19 in 20",
    "first search",
    "next",
    "jump, Streams open",
    "frames a s",
    "heap",
    "skip event",
    "skip command",
)
TIMED: Final = """([what, number]) => {
    const view = document.querySelector(".esdemo-explorer").explorer;
    const took = [];
    for (let i = 1, place = 7; i <= number; i++) {
        place = (place * 7919 + 104729) % (view.log.count + 1);
        const start = performance.now();
        if (what === "jump") view.move(place, { quiet: true });
        else view.finder.look({ ...view.query, text: what });
        view.draw();
        view.root.offsetHeight;  // lay it out
        took.push(performance.now() - start);
    }
    return took;
}"""
OPEN: Final = """(tab) => {
    const view = document.querySelector(".esdemo-explorer").explorer;
    view.set({ tab, filtered: null });
    view.draw();
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
HEAP: Final = "() => performance.memory.usedJSHeapSize"


def history(events: int, streams: int, seed: int = 1) -> Application[Any, Any, Any]:
    """As uneven as real data: ids of uuids, random amounts, three random words, microseconds."""
    chance, clock = random.Random(seed), ManualClock(START)
    words = [
        "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=n % 7 + 3)) for n in range(5_000)
    ]

    def uuid() -> str:
        return str(UUID(int=chance.getrandbits(128), version=4))

    store = MemoryStore(bank.BankMessage, clock)
    application = Application(bank.rules, store, ids=uuid)
    names = [f"account-{uuid()}" for _ in range(streams)]
    for name in names:
        application.handle(name, bank.OpenAccount(" ".join(chance.choices(words, k=2)), 500_000))
    while store.position < events:
        clock.advance(microseconds=chance.randint(1, 60_000_000))
        asked = bank.Deposit if chance.random() < 0.5 else bank.Withdraw
        command = asked(chance.randint(1, 99_999), " ".join(chance.choices(words, k=3)))
        application.handle(chance.choice(names), command, actor=f"user-{chance.randint(1, 50)}")
    return application


def measured(quick: bool) -> Iterator[tuple[str, ...]]:
    """A row for each size."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for events, streams in SIZES[:1] if quick else SIZES:
            application = history(events, streams)
            start = perf_counter()
            explorer = explore(application, limit=events)
            made = perf_counter() - start
            path = Path(folder) / f"{events}.html"
            explorer.save(path)
            rounds = 1 if quick else 3
            yield (
                f"{events:,}",
                f"{streams:,}",
                f"{made:.1f} s",
                f"{path.stat().st_size / 1e6:.2f} MB",
                *row(browser, path, rounds),
                *what_ifs(application),
            )
        browser.close()


def row(browser: Any, path: Path, rounds: int) -> tuple[str, ...]:
    """The medians of some rounds, each in a fresh page; and what 19 in 20 jumps take at most."""
    found: dict[str, list[float]] = {}

    def keep(name: str, *milliseconds: float) -> None:
        found.setdefault(name, []).extend(milliseconds)

    for _ in range(rounds):
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(path.as_uri())
        page.wait_for_function(PAINT)
        page.locator(".esdemo-explorer").wait_for()
        keep("paint", page.evaluate(PAINT))
        keep("jump", *page.evaluate(TIMED, ["jump", 150]))
        keep("first", *page.evaluate(TIMED, ["amount>99000", 1]))
        keep("search", *page.evaluate(TIMED, ["user-7 deposited", 5]))
        page.evaluate(OPEN, "streams")
        keep("streams", *page.evaluate(TIMED, ["jump", 30]))
        page.evaluate(OPEN, "now")
        keep("frames", page.evaluate(FRAMES, 1000))
        keep("heap", page.evaluate(HEAP) / 1e6)
        page.close()
    middle = {name: statistics.median(values) for name, values in found.items()}
    slow = statistics.quantiles(found["jump"], n=20)[-1]
    times = ("first", "search", "streams")
    return (
        f"{middle['paint']:.0f} ms",
        f"{middle['jump']:.1f} ms",
        f"{slow:.1f} ms",
        *(f"{middle[name]:.0f} ms" for name in times),
        f"{middle['frames']:.0f}",
        f"{middle['heap']:.0f} MB",
    )


def what_ifs(application: Application[Any, Any, Any]) -> tuple[str, str]:
    """How long Python takes to leave out an early event and an early command, answers written."""
    shown, took = gather(application), []
    questions: list[dict[str, Any]] = [
        {"ask": "without_events", "positions": [shown.total // 50 + 1]},
        {"ask": "without_commands", "decisions": [shown.total // 50]},
    ]
    for question in questions:
        start = perf_counter()
        msgspec.json.encode(answer(shown, question))
        took.append(f"{perf_counter() - start:.2f} s")
    return took[0], took[1]


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
