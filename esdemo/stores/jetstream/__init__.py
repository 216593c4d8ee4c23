"""History in a JetStream stream, which a cluster of NATS servers keeps on several disks."""

from collections.abc import Callable
from typing import Any

from esdemo import errors
from esdemo.clocks import Clock, utc_now
from esdemo.stores.home import T
from esdemo.stores.jetstream.connection import Connection
from esdemo.stores.jetstream.home import JetStreamHome
from esdemo.stores.store import EventStore

__all__ = ["JetStreamHome", "JetStreamStore"]


class JetStreamStore(EventStore):
    """Events and decisions in a stream of NATS JetStream (2.9 or newer).

    address: "nats://host:4222", or several with commas between them. stream: its name, of letters,
    digits, "-" and "_"; it is made when it is not there, with so many replicas. patience: seconds
    in which the servers may choose a new leader before we give up. read_only: never write, nor
    create.

    The guard is the stream's last sequence: a message is taken only as the next of the whole
    history. The guard by subject would let writers of different streams work side by side, but
    positions, the chain of decisions and a time that does not go backwards need one order of all.
    What that costs, on three nodes of one small machine: alone nothing (580 microseconds a message
    against 560), and with eight writers at once 380 messages a second against 2,950, since three
    of four attempts are refused; with 32 writers 80 against 4,300. Let one process write.

    Every client keeps the whole history in its memory, and reads what is new before each answer.
    A decision is one message, which is at most as large as the servers' `max_payload` (1 MB by
    default); so is everything that is done in one `alone`.

    What a cluster cannot promise:

    - A server acknowledges before it has flushed to its disk. One that is killed loses nothing,
      since the system still writes; all replicas that lose power at once may lose what they had
      acknowledged. From 2.10 on `sync_interval: always` in each server's configuration forbids
      that; 2.9 does not know the setting.
    - Jepsen found in NATS 2.12.1 (December 2025) that damage to the files of a minority of the
      nodes, and a loss of power at one node, could lose acknowledged messages, or make replicas
      disagree for good. A history that has become shorter than we knew it is Damaged here; one
      that we did not know is not noticed, so keep a seal elsewhere (`esdemo.audit`).
    - A leader that does not know yet that it was replaced may answer a question from the past.
      Never a decision: what was decided on an old state is refused.
    - The servers do not look into a message. Whoever may publish to the subject can make the
      history unreadable, and whoever may delete the stream can lose it: give the right to few.
    """

    def __init__(
        self,
        address: str,
        vocabulary: Any,
        clock: Clock = utc_now,
        *,
        stream: str = "esdemo",
        replicas: int = 3,
        patience: float = 20.0,
        read_only: bool = False,
    ) -> None:
        self.connection = Connection(address, stream, replicas, patience, read_only)
        super().__init__(JetStreamHome(self.connection), vocabulary, clock)

    def alone(self, work: Callable[[], T]) -> T:
        """Do the work; all that it stores is kept in one message, or none of it.

        Nobody can be kept out of a cluster. When somebody else has written meanwhile it is a
        Conflict, and nothing was stored: load again, decide again, do it again. The work itself is
        done once, as in every home.
        """
        done = False

        def once() -> T:
            nonlocal done
            if done:
                raise errors.Conflict(
                    f"{self.connection.name}: somebody else has written meanwhile, and nothing was "
                    "stored: load it again, decide again, append again"
                )
            done = True
            return work()

        return super().alone(once)

    def __repr__(self) -> str:
        try:
            return super().__repr__()
        except errors.StoreError:
            return f"JetStreamStore({self.connection.name}, closed or unreadable)"
