"""kill -9 at any moment: of writers, of forks, in the middle of a backup.

Nothing that was acknowledged may be lost, no decision may be there by half, and every hash must be
right. The judge (`independent`) does not know esdemo. An append that cannot be kept safe, because
a fork or a careless copy of the file took SQLite's locks away, must have failed by name instead.
"""

import sqlite3
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import independent
from tally import Add, TallyMessage, tally

from esdemo import Application, Checkpoints, SQLiteStore
from torture.company import Company
from torture.results import Try, objection

SCENES = {
    "a writer": ["write"],
    "a writer that creates the file": ["write"],
    "three writers": ["write", "write", "write"],
    "a writer among visitors": ["write", "visit", "visit"],
    "a fork": ["fork"],
    "a pool of workers": ["pool"],
    "a backup beside a writer": ["back_up", "write"],
    "a copy of the file by other means": ["copy"],
}
ORDER = (
    *("a writer", "a writer that creates the file", "three writers", "a fork", "a writer"),
    *("a pool of workers", "a backup beside a writer", "a fork", "a writer among visitors"),
    *("a copy of the file by other means", "three writers", "a fork"),
)
"""The scenes in turn. Those of `LONG` go on with one file; the others get a new one each."""
LONG = ("a writer", "three writers", "a writer among visitors")


def campaign(seed: int, times: int, folder: Path) -> Iterator[Try]:
    """Scenes that end in kill -9, each judged then or, on the long file, some scenes later."""
    said: dict[Path, list[str]] = defaultdict(list)
    for number, company in in_turn(seed, times, folder):
        path, chance = place(number, folder), Random(f"{seed} kills {number}")
        lines = killed(company, scene(number), chance)
        said[path] += lines
        failures = complaints(company)
        if number + 1 == times or path not in upcoming(number, folder) or chance.random() < 0.3:
            failures += judged(path, said[path])
            failures += goes_on(path, f"judge{number}", said[path])
        failures = [f"{scene(number)}, {path.name}, try {number}: {why}" for why in failures]
        kept = sum(line.startswith("kept") for line in lines)
        figures = {"kills": len(SCENES[scene(number)]), "acknowledged": kept}
        yield Try(scene(number), became(lines, failures), tuple(failures), figures)


def in_turn(seed: int, times: int, folder: Path) -> Iterator[tuple[int, Company]]:
    """The company of each scene; the next one gets ready while it works."""
    following = cast(seed, 0, folder)
    try:
        for number in range(times):
            with following as company:
                following = cast(seed, number + 1, folder)
                yield number, company
    finally:
        with following:
            pass  # leaving ends it


def upcoming(number: int, folder: Path) -> set[Path]:
    """The files of the scenes that follow in this round."""
    return {place(later, folder) for later in range(number + 1, number + len(ORDER))}


def scene(number: int) -> str:
    """Which scene it is."""
    return ORDER[number % len(ORDER)]


def place(number: int, folder: Path) -> Path:
    """Some scenes go on with one long file, until it is the turn of a new one."""
    long = scene(number) in LONG
    return folder / f"{number // len(ORDER) if long else f'new-{number}'}.db"


def cast(seed: int, number: int, folder: Path) -> Company:
    """The children of a scene, with names of their own."""
    roles, path = SCENES[scene(number)], place(number, folder)
    return Company(*((role, path, f"{seed}x{number}{role}{n}") for n, role in enumerate(roles)))


def killed(company: Company, what: str, chance: Random) -> list[str]:
    """Let them work, kill them at a moment that nobody chose; everything that they had said."""
    company.go()
    if what == "a writer that creates the file":
        time.sleep(chance.random() * 0.02)
        return company.kill()
    said = []
    for line in company.during(20):
        said.append(line)
        if line == "now":
            break
    said += company.during(0.3, at_most=chance.randrange(1, 40))
    time.sleep(chance.random() * 0.001)
    return said + company.kill()


def became(lines: list[str], failures: list[str]) -> str:
    """The outcome in a word."""
    if failures:
        return "failed"
    refused = any(line.startswith("failed") and "Conflict" not in line for line in lines)
    return "refused by name" if refused else "all kept"


def complaints(company: Company) -> list[str]:
    """An error that has no name of esdemo's, or a false word about the checkpoint file.

    That the file is in use by somebody else is true at times, and harms nobody.
    """
    said = company.complaint()
    return [said] if said and "database is locked" not in said else []


# The judge.


def judged(path: Path, said: list[str]) -> list[str]:
    """What is wrong with a file, and with the backups of it, in the light of what was said."""
    try:
        found = list(objections(path, said))
        for line in said:
            if line.startswith("backing "):
                backup = Path(line.split(" ", 1)[1])
                found += backup_objections(
                    backup, said[: said.index(line)], f"backed {backup}" in said
                )
    except (AssertionError, sqlite3.Error) as error:
        return [objection(error)]
    return found


def objections(path: Path, said: list[str], process: str = "") -> Iterator[str]:
    """What was promised (by one process, or by all) and is not there; AssertionError for damage."""
    promised = [each for each in ids(said, "kept") if each.startswith(process)]
    kept = stored(path)
    if lost := set(promised) - set(kept):
        yield f"{len(lost)} of {len(promised)} acknowledged decisions are gone: {min(lost)} ..."
    in_doubt = set(ids(said, "failed")) | set(promised)
    unsaid = Counter(writer(each) for each in kept if each not in in_doubt)
    if not process and max(unsaid.values(), default=0) > 1:
        yield f"decisions that nobody acknowledged: {unsaid}"
    for name in set(map(writer, kept)):
        numbers = [int(each.rpartition("-")[2]) for each in kept if writer(each) == name]
        if numbers != sorted(numbers):
            yield f"the decisions of {name} are not in the order in which it asked"


def stored(path: Path) -> list[str]:
    """The command ids in a file, once it is found whole; none when there are no tables yet."""
    if not independent.query(path, "SELECT * FROM sqlite_master"):
        return []
    independent.assert_whole(path)
    return [row["command_id"] for row in independent.decisions(path)]


def ids(said: list[str], word: str) -> list[str]:
    """The command ids that were said with this word."""
    return [line.split(" ")[1] for line in said if line.startswith(f"{word} ")]


def writer(command_id: str) -> str:
    """Who gave this id."""
    return command_id.rpartition("-")[0]


def backup_objections(backup: Path, before: list[str], complete: bool) -> Iterator[str]:
    """A backup that is there is whole, and holds what its process was promised before it began.

    One that was not acknowledged need not be there, but must not look like one when it is half.
    """
    if not backup.exists():
        if complete:
            yield f"{backup.name} was acknowledged and is not there"
        return
    maker = backup.suffix.removeprefix(".").rpartition("-")[0]
    if complete or stored(backup):
        yield from (f"{backup.name}: {why}" for why in objections(backup, before, maker))
    else:
        yield f"{backup.name} was not finished, and stands there: opened, it is an empty store"


def goes_on(path: Path, name: str, said: list[str]) -> Iterator[str]:
    """The store can be used as if nothing had happened; what it then keeps is promised too."""
    try:
        with (
            SQLiteStore(path, TallyMessage) as store,
            closing(Checkpoints(tally, f"{path}.checkpoints", every=5)) as checkpoints,
        ):
            application = Application(tally, store, checkpoints=checkpoints)
            for stream in store.streams():
                if application.state(stream) != application.replay(stream):
                    yield f"the checkpoints of {stream!r} disagree with a replay"
            application.handle("a", Add((1,)), command_id=f"{name}-0")
            said.append(f"kept {name}-0")
    except Exception as error:
        yield f"afterwards the store does not work: {objection(error)}"
