"""All campaigns, with their full size."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from torture import (
    clusters,
    contention,
    flips,
    following,
    forgetting,
    imports,
    interrupts,
    kills,
    logs,
    mirrors,
    moving,
    past,
    saved,
    servers,
    tampering,
    values,
)
from torture.results import Try

Campaign = Callable[[int, int, Path], Iterator[Try]]

FULL: Final[dict[str, tuple[Campaign, int]]] = {
    "kills": (kills.campaign, 300),
    "following": (following.campaign, 200),
    "mirrors": (mirrors.campaign, 100),
    "moving": (moving.campaign, 200),
    "forgetting": (forgetting.campaign, 80),
    "flips": (flips.campaign, 600),
    "saved": (saved.campaign, 200),
    "interrupts": (interrupts.campaign, 5_000),
    "contention": (contention.campaign, 8_000),
    "tampering": (tampering.campaign, 2_000),
    "imports": (imports.campaign, 4_000),
    "logs": (logs.campaign, 1_200),
    "values": (values.campaign, 1_500),
    "past": (past.campaign, 20_000),
    "servers": (servers.campaign, 100),
    "clusters": (clusters.campaign, 30),
}
"""The name of each campaign, and how many tries it makes at full size."""
