"""An application of the `eventsourcing` library, to be run by itself: two dogs and their tricks."""

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event


class Dog(Aggregate):
    @event("Registered")
    def __init__(self, name):
        self.name = name
        self.tricks = []

    @event("TrickAdded")
    def add_trick(self, trick):
        self.tricks.append(trick)


if __name__ == "__main__":
    kennel = Application()
    for name in ("Fido", "Rex"):
        dog = Dog(name)
        dog.add_trick({"name": "roll", "days": 3})
        kennel.save(dog)
