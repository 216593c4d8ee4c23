"""The causation graph: which command led to which events, and to which further commands."""

from collections.abc import Iterable
from typing import Literal

import msgspec

from esdemo.commands import Decision
from esdemo.stores import EventStore


class Node(msgspec.Struct, frozen=True):
    """A command that was accepted, one that was refused, or an event."""

    id: str  # "command <id>" or "event <position>"
    kind: Literal["command", "refusal", "event"]
    label: str  # the name of its type
    stream: str
    detail: str  # the command or event in full, with the reason when it was refused
    depth: int  # steps from the first cause: 0, 1, 2


class Edge(msgspec.Struct, frozen=True):
    """From a cause to what it led to."""

    cause: str  # a node's id
    effect: str
    kind: Literal["led to", "caused"]  # a command led to events; a command caused a command


class Causation(msgspec.Struct, frozen=True):
    """Causes and effects. As tables: `frames.table(graph.nodes)`, `frames.table(graph.edges)`."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def causation(store: EventStore, correlation: str) -> Causation:
    """Everything that one request set off: its commands and events, with causes and effects.

    Nodes come in the order in which it happened. Reads all decisions. A cause that belongs to
    another correlation has no node, so no edge.
    """
    decided = [each for each in store.decisions() if each.correlation_id == correlation]
    return graph(decided)


def graph(decisions: Iterable[Decision]) -> Causation:
    """The graph of these decisions, and of no others."""
    nodes, edges = dict[str, Node](), list[Edge]()
    for decision in decisions:
        name, cause = f"command {decision.command_id}", f"command {decision.causation_id}"
        depth = 0
        if cause in nodes:
            edges.append(Edge(cause, name, "caused"))
            depth = nodes[cause].depth + 1
        kind: Literal["command", "refusal"] = "refusal" if decision.refused else "command"
        detail = f"{decision.command}"
        if decision.reason is not None:
            detail += f": {decision.reason}"
        label = type(decision.command).__name__
        nodes[name] = Node(name, kind, label, decision.stream, detail, depth)
        for fact in decision.events:
            event = f"event {fact.position}"
            label, detail = type(fact.event).__name__, f"{fact.event}"
            nodes[event] = Node(event, "event", label, fact.stream, detail, depth + 1)
            edges.append(Edge(name, event, "led to"))
    return Causation(tuple(nodes.values()), tuple(edges))
