"""Values: what a cell holds, as JSON has it."""

import math
import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

WHOLE: Final = re.compile(r"-?(0|[1-9]\d{0,17})")
FRACTION: Final = re.compile(r"-?(0|[1-9]\d*)\.\d+")
DIGITS: Final = 15  # what a float keeps of a decimal number, always


def of_text(text: str) -> Any:
    """A cell of a file of text: a number where it is written as one, else the text itself.

    >>> [of_text(text) for text in ("12", "-1.50", "007", "1e3", "12 EUR")]
    [12, -1.5, '007', '1e3', '12 EUR']
    """
    if WHOLE.fullmatch(text):
        return int(text)
    if FRACTION.fullmatch(text) and sum(map(str.isdigit, text)) <= DIGITS:
        return float(text)
    return text


def plain(value: Any) -> Any:
    """A value of a database or a frame as JSON has it; None for what is not there.

    >>> plain(Decimal("12.50")), plain(float("nan")), plain(b"\\xff")
    (12.5, None, '0xff')
    """
    match value:
        case None | bool() | str() | int():
            return value
        case float():
            return value if math.isfinite(value) else None if math.isnan(value) else str(value)
        case Decimal():
            return of_text(f"{value:f}")
        case bytes() | bytearray() | memoryview():
            return _of_bytes(bytes(value))
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case Mapping():
            return {str(key): plain(part) for key, part in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(part) for part in value]
        case _:
            return plain(value.item()) if hasattr(value, "item") else str(value)


def _of_bytes(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return f"0x{value.hex()}"
