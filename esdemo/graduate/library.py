"""The library itself, imported in one place: one sentence says what to install if it is missing."""

from esdemo.graduate.troubles import NotInstalled

try:
    from eventsourcing.application import AggregateNotFoundError, Application
    from eventsourcing.domain import Aggregate, DomainEvent, event
except ImportError as error:
    raise NotInstalled(
        f"this room needs the `eventsourcing` library, which is not there ({error}): "
        "pip install 'eventsourcing>=9.5,<9.6'"
    ) from error

__all__ = ["Aggregate", "AggregateNotFoundError", "Application", "DomainEvent", "event"]
