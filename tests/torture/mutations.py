"""What can happen to the bytes and lines of an export, whatever they say.

Each is a function of the file, of chance, and of the export of another history. What somebody can
do who reads the lines is in `edits`.
"""

from collections.abc import Callable
from random import Random

Mutation = Callable[[bytes, Random, bytes], bytes]


# Bytes.


def flip_a_bit(file: bytes, chance: Random, _: bytes) -> bytes:
    place = chance.randrange(len(file))
    return file[:place] + bytes([file[place] ^ 1 << chance.randrange(8)]) + file[place + 1 :]


def change_a_byte(file: bytes, chance: Random, _: bytes) -> bytes:
    place = chance.randrange(len(file))
    return file[:place] + chance.choice([b"0", b"9", b'"', b"\0", b"\xff"]) + file[place + 1 :]


def remove_bytes(file: bytes, chance: Random, _: bytes) -> bytes:
    place = chance.randrange(len(file))
    return file[:place] + file[place + chance.choice([1, 1, 2, 10, 1000]) :]


def insert_bytes(file: bytes, chance: Random, _: bytes) -> bytes:
    place = chance.randrange(len(file))
    return (
        file[:place]
        + chance.choice([b" ", b"\n", b"\r", b"0", b"{", chance.randbytes(5)])
        + file[place:]
    )


def repeat_a_piece(file: bytes, chance: Random, _: bytes) -> bytes:
    start, end = sorted(chance.randrange(len(file)) for _ in range(2))
    return file[:end] + file[start:end] + file[end:]


def cut_the_end_off(file: bytes, chance: Random, _: bytes) -> bytes:
    return file[: chance.randrange(len(file))]


def go_on_after_the_end(file: bytes, chance: Random, another: bytes) -> bytes:
    return file + chance.choice([b"\n", b" ", b"{}\n", file, another])


def begin_with_a_mark(file: bytes, chance: Random, _: bytes) -> bytes:
    return chance.choice([b"\xef\xbb\xbf", b"\n", b" ", b"\x1e"]) + file


def other_encoding(file: bytes, chance: Random, _: bytes) -> bytes:
    return file.decode().encode(chance.choice(["utf-16", "utf-32", "utf-8-sig"]))


def carriage_returns(file: bytes, chance: Random, _: bytes) -> bytes:
    return file.replace(b"\n", chance.choice([b"\r\n", b"\r", b"\n\n"]), chance.choice([-1, 1]))


# Lines.


def remove_a_line(file: bytes, chance: Random, _: bytes) -> bytes:
    lines = file.splitlines(True)
    lines.pop(chance.randrange(len(lines)))
    return b"".join(lines)


def repeat_a_line(file: bytes, chance: Random, _: bytes) -> bytes:
    lines = file.splitlines(True)
    lines.insert(chance.randrange(len(lines)), chance.choice(lines))
    return b"".join(lines)


def exchange_two_lines(file: bytes, chance: Random, _: bytes) -> bytes:
    lines = file.splitlines(True)
    one, other = (chance.randrange(len(lines)) for _ in range(2))
    lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


def shuffle_the_lines(file: bytes, chance: Random, _: bytes) -> bytes:
    lines = file.splitlines(True)
    middle = chance.sample(lines[1:-1], len(lines) - 2)
    return b"".join([lines[0], *middle, lines[-1]])


def a_line_of_another_history(file: bytes, chance: Random, another: bytes) -> bytes:
    lines, others = file.splitlines(True), another.splitlines(True)
    lines[chance.randrange(len(lines))] = chance.choice(others)
    return b"".join(lines)


def the_end_of_another_history(file: bytes, chance: Random, another: bytes) -> bytes:
    lines, others = file.splitlines(True), another.splitlines(True)
    place = chance.randrange(1, min(len(lines), len(others)))
    return b"".join(lines[:place] + others[place:])


def another_history_as_if_it_were_this_one(_: bytes, __: Random, another: bytes) -> bytes:
    return another


ALL: list[Mutation] = [
    *(flip_a_bit, change_a_byte, remove_bytes, insert_bytes, repeat_a_piece, cut_the_end_off),
    *(go_on_after_the_end, begin_with_a_mark, other_encoding, carriage_returns, remove_a_line),
    *(repeat_a_line, exchange_two_lines, shuffle_the_lines, a_line_of_another_history),
    *(the_end_of_another_history, another_history_as_if_it_were_this_one),
]
