"""What can be done to an export by somebody who reads its lines, and by somebody who means it.

Functions as in `mutations`, of the file, of chance, and of the export of another history.
"""

import json
import re
import unicodedata
from collections.abc import Callable
from random import Random
from typing import Any

from independent import HASHED, link

from torture.mutations import Mutation

VALUES = (0, -1, 1, 2**63, 10**30, 1.0, True, None, "", "0", [], {}, "\ud800", "é", "e\u0301")


def edited(file: bytes, chance: Random, edit: Callable[[dict[str, Any]], object]) -> bytes:
    """One line, read as JSON, changed and written again."""
    lines = file.splitlines()
    place = chance.randrange(len(lines))
    line = json.loads(lines[place])
    edit(line)
    lines[place] = written(line)
    return b"\n".join(lines) + b"\n"


def written(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode(errors="surrogatepass")


def any_object(line: dict[str, Any], chance: Random) -> dict[str, Any]:
    """The line, or an object inside of it."""
    inside = [value for value in line.values() if isinstance(value, dict) and value]
    return chance.choice([line, *inside])


def change_a_value(file: bytes, chance: Random, _: bytes) -> bytes:
    def edit(line: dict[str, Any]) -> None:
        place = any_object(line, chance)
        place[chance.choice([*place])] = chance.choice(VALUES)

    return edited(file, chance, edit)


def change_a_value_a_little(file: bytes, chance: Random, _: bytes) -> bytes:
    def edit(line: dict[str, Any]) -> None:
        place = any_object(line, chance)
        key = chance.choice([*place])
        place[key] = nearly(place[key], chance)

    return edited(file, chance, edit)


def nearly(value: Any, chance: Random) -> Any:
    """A value that somebody might overlook, of the same type."""
    if isinstance(value, int):
        return value + chance.choice([-1, 1, 2**32])
    if not isinstance(value, str) or not value:
        return chance.choice(VALUES)
    form = chance.choice(["NFC", "NFD", "NFKC"])
    place = chance.randrange(len(value))
    return chance.choice(
        [
            unicodedata.normalize(form, value),
            value.swapcase(),
            value[:place] + chance.choice("0Z \u200b") + value[place + 1 :],
            value.replace("+00:00", "Z"),
            value + " ",
        ]
    )


def drop_a_field(file: bytes, chance: Random, _: bytes) -> bytes:
    def edit(line: dict[str, Any]) -> None:
        place = any_object(line, chance)
        place.pop(chance.choice([*place]))

    return edited(file, chance, edit)


def add_a_field(file: bytes, chance: Random, _: bytes) -> bytes:
    def edit(line: dict[str, Any]) -> None:
        name = chance.choice(["note", "Data", "reason", "hash", "amount", "sequence", ""])
        any_object(line, chance)[name] = chance.choice(VALUES)

    return edited(file, chance, edit)


def exchange_two_values(file: bytes, chance: Random, _: bytes) -> bytes:
    def edit(line: dict[str, Any]) -> None:
        one, other = chance.choice([*line]), chance.choice([*line])
        line[one], line[other] = line[other], line[one]

    return edited(file, chance, edit)


def reorder_the_fields(file: bytes, chance: Random, _: bytes) -> bytes:
    def edit(line: dict[str, Any]) -> None:
        place = any_object(line, chance)
        items = chance.sample([*place.items()], len(place))
        place.clear()
        place.update(items)

    return edited(file, chance, edit)


def say_a_field_twice(file: bytes, chance: Random, _: bytes) -> bytes:
    """Some readers take the first, others the last."""
    lines = file.splitlines()
    place = chance.randrange(len(lines))
    key = chance.choice([*json.loads(lines[place])])
    again = written({key: chance.choice(VALUES)})[1:-1]
    lines[place] = chance.choice(
        [b"{" + again + b"," + lines[place][1:], lines[place][:-1] + b"," + again + b"}"]
    )
    return b"\n".join(lines) + b"\n"


def write_it_in_another_way(file: bytes, chance: Random, _: bytes) -> bytes:
    """The same JSON, or what some readers take for the same."""
    return chance.choice(
        [
            file.replace(b":", b": "),
            file.replace(b"/", b"\\/"),
            re.sub(rb"[a-z](?=\")", lambda found: b"\\u%04x" % ord(found[0]), file, count=3),
            re.sub(rb":(\d+)(?=[,}])", rb":\1.0", file, count=chance.randrange(1, 5)),
            re.sub(rb":(\d+)(?=[,}])", rb":\1e0", file, count=chance.randrange(1, 5)),
            re.sub(rb":(\d+)(?=[,}])", rb':"\1"', file, count=chance.randrange(1, 5)),
            re.sub(rb":0(?=[,}])", b":-0", file),
            re.sub(rb":(\d+)(?=[,}])", rb":0\1", file, count=1),
        ]
    )


def brackets_without_end(file: bytes, chance: Random, _: bytes) -> bytes:
    depth = chance.choice([100, 10_000])
    return re.sub(rb'"data":\{', lambda _: b'"data":' + b"[" * depth + b"{", file, count=1)


# Somebody who means it.


def edit_an_event_and_all_hashes(file: bytes, chance: Random, _: bytes) -> bytes:
    """All of them fit together again; only the seal in the last line does not. (JSON Lines.)"""
    lines = [json.loads(line) for line in file.splitlines()]
    events = [line for line in lines if line.get("line") == "event"] or lines
    event = chance.choice(events)
    event["data"] = {"type": "Added", "amount": chance.randrange(100)}
    heads: dict[str, str] = {}
    for line in events if "hash" in event and "line" in event else []:
        columns = line | {"data": written(line["data"]).decode()}
        previous = heads.get(line["stream"], "0" * 64)
        line["hash"] = heads[line["stream"]] = link(previous, *(columns[name] for name in HASHED))
    return b"".join(written(line) + b"\n" for line in lines)


def edit_a_reason(file: bytes, chance: Random, _: bytes) -> bytes:
    return file.replace(b" is more than ", b" is less than ", chance.randrange(1, 4))


def edit_who_it_was(file: bytes, chance: Random, _: bytes) -> bytes:
    return file.replace(b'"actor":"teller-7"', b'"actor":"teller-8"', chance.choice([-1, 1, 2]))


def promise_another_number(file: bytes, chance: Random, _: bytes) -> bytes:
    first, rest = file.split(b"\n", 1)
    return (
        re.sub(rb"\d+", lambda n: b"%d" % (int(n[0]) + chance.randrange(2)), first) + b"\n" + rest
    )


def edit_the_seal(file: bytes, chance: Random, _: bytes) -> bytes:
    start = file.rindex(b"esdemo seal")
    place = chance.randrange(start, len(file))
    return file[:place] + chance.choice([b"0", b"f", b" "]) + file[place + 1 :]


ALL: list[Mutation] = [
    *(change_a_value, change_a_value_a_little, drop_a_field, add_a_field, exchange_two_values),
    *(reorder_the_fields, say_a_field_twice, write_it_in_another_way, brackets_without_end),
    *(edit_an_event_and_all_hashes, edit_a_reason, edit_who_it_was, promise_another_number),
    edit_the_seal,
]
