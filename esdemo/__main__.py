"""The command line: `python -m esdemo explore orders.csv` opens a log in the explorer."""

import argparse
import os
import sys
import tempfile
import webbrowser
from collections.abc import Sequence
from pathlib import Path

from esdemo.errors import EsdemoError


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says. 0 when it was done, 1 with a sentence when it was not."""
    given = _parser().parse_args(arguments)
    try:
        explore(given)
    except (EsdemoError, OSError) as error:
        print(f"Nothing was opened: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("Nothing was opened: it was interrupted", file=sys.stderr)
    except Exception as error:  # theirs, raised by the function that they named
        if not given.evolve:
            raise
        where = "; ".join(getattr(error, "__notes__", []))
        text = f"{given.evolve} raised {type(error).__name__}: {error}"
        print(f"Nothing was opened: {text} {where}".rstrip(), file=sys.stderr)
    else:
        return 0
    return 1


def explore(given: argparse.Namespace) -> None:
    """Read the log, say what was guessed, and write the page or open it."""
    from esdemo import anylog, explorer
    from esdemo.anylog.folding import named

    target = _wanted(given)
    log = anylog.read(
        given.log,
        stream=given.stream,
        type=given.type,
        time=given.time,
        actor=given.actor,
        caused_by=given.caused_by,
        id=given.id,
        query=given.query,
        table=given.table,
        evolve=named(given.evolve) if given.evolve else None,
        begin=given.begin,
        end=given.end,
        last=given.last,
        time_format=given.time_format,
        encoding=given.encoding,
    )
    print(*(f"{sentence}." for sentence in log.said), sep="\n")
    page = explorer.explore(log)
    place = target or Path(tempfile.mkdtemp(prefix="esdemo-")) / "explorer.html"
    page.save(place)
    print(place)
    if not target:
        webbrowser.open(place.as_uri())


def _wanted(given: argparse.Namespace) -> Path | None:
    """Where the page was asked for, which is never the log; None for a page that is opened."""
    from esdemo.anylog import CannotRead

    if not given.save:
        return None
    path = Path(given.save).expanduser().absolute()
    if path.is_dir() or not path.parent.is_dir():
        raise CannotRead(f"{given.save} cannot be a file: name one in a folder that is there")
    if path.exists() and os.path.exists(given.log) and path.samefile(given.log):
        raise CannotRead(f"{given.save} is the log itself: name another file")
    return path


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m esdemo", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="explore")
    one = commands.add_parser("explore", help="open anybody's log as a history")
    one.add_argument(
        "log",
        metavar="FILE",
        help="CSV, JSON Lines, CloudEvents, Parquet, SQLite (also an esdemo store, or one of the "
        "eventsourcing library), or postgresql://...",
    )
    columns = one.add_argument_group("its columns, guessed where their names are obvious")
    columns.add_argument("--stream", metavar="NAME", help="what it happened to: an order, a case")
    columns.add_argument("--type", metavar="NAME", help="what happened")
    columns.add_argument("--time", metavar="NAME", help="when")
    columns.add_argument("--actor", metavar="NAME", help="who did it")
    columns.add_argument("--id", metavar="NAME", help="what a row is called by others")
    columns.add_argument("--caused-by", metavar="NAME", help="the id of the row that led to it")
    columns.add_argument("--time-format", metavar="FORM", help='such as "%%d/%%m/%%Y %%H:%%M"')
    columns.add_argument("--encoding", default="utf-8-sig", help="of a CSV file: UTF-8")
    source = one.add_argument_group("of a database").add_mutually_exclusive_group()
    source.add_argument("--table", metavar="NAME", help="a table or a view")
    source.add_argument("--query", metavar="SQL", help="a SELECT; it is not able to write")
    window = one.add_argument_group("what is shown: the last 100,000 rows, or")
    window.add_argument("--from", dest="begin", metavar="TIME", help="those from then on")
    window.add_argument("--to", dest="end", metavar="TIME", help="those until then")
    window.add_argument("--last", type=int, metavar="N", help="the last N, at most a million")
    one.add_argument(
        "--evolve",
        metavar="MODULE:FUNCTION",
        help="folds the state, (state, entry) -> state; else it is each field's last value",
    )
    one.add_argument("--save", metavar="PAGE", help="write the page there, and open no browser")
    return parser


if __name__ == "__main__":
    sys.exit(main())
