"""Cargo shipping: explicit event classes, value objects with transcodings, and an upcast."""

from dataclasses import dataclass
from enum import Enum
from typing import Any
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate
from eventsourcing.persistence import JSONTranscoder, Transcoding


class Port(Enum):
    """Where a ship can call."""

    ROTTERDAM = "NLRTM"
    NEW_YORK = "USNYC"
    HONGKONG = "HKHKG"


@dataclass(frozen=True)
class Leg:
    """One ship from one port to another."""

    origin: Port
    destination: Port
    ship: str


@dataclass(frozen=True)
class Route:
    """All the way."""

    legs: tuple[Leg, ...]


class PortAsCode(Transcoding):
    """A port as its code."""

    type = Port
    name = "port"

    def encode(self, obj: Port) -> str:
        return obj.value

    def decode(self, data: str) -> Port:
        return Port(data)


class LegAsDict(Transcoding):
    """A leg as an object."""

    type = Leg
    name = "leg"

    def encode(self, obj: Leg) -> dict[str, Any]:
        return dict(vars(obj))

    def decode(self, data: dict[str, Any]) -> Leg:
        return Leg(**data)


class RouteAsList(Transcoding):
    """A route as the list of its legs."""

    type = Route
    name = "route"

    def encode(self, obj: Route) -> list[Leg]:
        return list(obj.legs)

    def decode(self, data: list[Leg]) -> Route:
        return Route(tuple(data))


class Cargo(Aggregate):
    """What is on its way."""

    class Event(Aggregate.Event):
        """Of a cargo."""

        def apply(self, aggregate: "Cargo") -> None:
            aggregate.when(self)

    class Booked(Event, Aggregate.Created):
        """From here to there. Its first version had no weight."""

        origin: Port
        destination: Port
        weight: int

        class_version = 2

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> None:
            """Nobody had weighed it."""
            state["weight"] = 0

    class Routed(Event):
        """A route was found."""

        route: Route

    class Handled(Event):
        """Somebody touched it."""

        port: Port
        what: str

    def __init__(self, origin: Port, destination: Port, weight: int) -> None:
        self._origin = origin
        self._destination = destination
        self._weight = weight
        self._route: Route | None = None
        self._seen: dict[str, Port] = {}

    @classmethod
    def book(cls, origin: Port, destination: Port, weight: int) -> "Cargo":
        """A new cargo."""
        return cls._create(cls.Booked, origin=origin, destination=destination, weight=weight)

    def when(self, event: Event) -> None:
        """What each event changes."""
        match event:
            case Cargo.Routed():
                self._route = event.route
            case Cargo.Handled():
                self._seen[event.what] = event.port


class Shipping(Application[UUID]):
    """The application."""

    def register_transcodings(self, transcoder: JSONTranscoder) -> None:
        super().register_transcodings(transcoder)
        for each in (PortAsCode(), LegAsDict(), RouteAsList()):
            transcoder.register(each)


class ForgetfulShipping(Shipping):
    """The same, by somebody who forgot the transcodings."""

    name = "Shipping"

    def register_transcodings(self, transcoder: JSONTranscoder) -> None:
        Application.register_transcodings(self, transcoder)


def live(app: Application[UUID]) -> list[UUID]:
    """One cargo all the way, and one that never left."""
    cargo = Cargo.book(Port.HONGKONG, Port.ROTTERDAM, 900)
    legs = Leg(Port.HONGKONG, Port.NEW_YORK, "V1"), Leg(Port.NEW_YORK, Port.ROTTERDAM, "V2")
    cargo.trigger_event(Cargo.Routed, route=Route(legs))
    cargo.trigger_event(Cargo.Handled, port=Port.HONGKONG, what="received")
    other = Cargo.book(Port.NEW_YORK, Port.HONGKONG, 5)
    app.save(cargo, other)
    cargo.trigger_event(Cargo.Handled, port=Port.ROTTERDAM, what="claimed")
    app.save(cargo)
    return [cargo.id, other.id]
