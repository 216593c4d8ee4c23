"""The cluster's troubles by our names, each with what to do, and without a password in any."""

import asyncio
from typing import Final

from nats.errors import (
    ConnectionClosedError,
    ConnectionReconnectingError,
    NoRespondersError,
    NoServersError,
    OutboundBufferLimitError,
    StaleConnectionError,
)
from nats.js.errors import APIError, NoStreamResponseError, ServiceUnavailableError

from esdemo import errors

WRONG_SEQUENCE: Final = 10071

NO_PEERS: Final = 10005

LOST: Final = (
    asyncio.TimeoutError,
    ConnectionClosedError,
    ConnectionReconnectingError,
    NoRespondersError,
    NoServersError,
    NoStreamResponseError,
    OutboundBufferLimitError,
    ServiceUnavailableError,
    StaleConnectionError,
    OSError,
)
"""No answer, or one that says no more than that there will be none."""

TROUBLE: Final[dict[int, tuple[type[errors.StoreError], str]]] = {
    NO_PEERS: (errors.Unreachable, "start more servers, or make the stream with fewer replicas"),
    10023: (errors.Full, "make room on the servers, or raise max_file_store"),
    10039: (errors.NotAStore, "switch JetStream on for this account"),
    10047: (errors.Full, "make room on the servers, or raise max_file_store"),
    10054: (errors.Full, "the stream's max_msg_size is too small"),
    10058: (errors.NotAStore, "another program made this stream: name another one"),
    10065: (errors.NotAStore, "another stream listens to this subject: name another one"),
    10074: (errors.NotAStore, "one server cannot keep replicas: open it with replicas=1"),
    10076: (errors.NotAStore, "switch JetStream on for this server"),
    10077: (errors.Full, "the stream has a limit of bytes or messages: raise it"),
}
"""By JetStream's err_code: https://github.com/nats-io/nats-server/blob/main/server/errors.json."""


def explained(name: str, error: Exception, secret: str = "", said: str = "") -> errors.StoreError:
    """The same trouble by name. said: what a server said unasked. secret: what must not be said."""
    kind, advice = errors.StoreError, "those are the server's own words"
    words = " ".join(f"{error or type(error).__name__} {said}".split())
    if isinstance(error, APIError) and error.err_code in TROUBLE:
        kind, advice = TROUBLE[error.err_code]
        words = error.description or words
    elif isinstance(error, ServiceUnavailableError):
        words = f"JetStream does not answer {error.description or ''}"
        kind, advice = errors.Unreachable, "is it switched on, and has the cluster a leader?"
    elif isinstance(error, LOST):
        kind, advice = errors.Unreachable, "are the servers up, and are address and password right?"
    if refused(words):
        kind, advice = errors.Unreachable, "are user, password and rights the right ones?"
    if secret:
        words = words.replace(secret, "***")
    return kind(f"{name}: {words}: {advice}")


def refused(words: str) -> bool:
    """Whether a server said that we may not."""
    return any(word in words.lower() for word in ("authorization", "authentication", "permissions"))


def passing(error: Exception) -> bool:
    """Whether it may be over in a moment: a server went away, or a leader is being chosen."""
    code = error.err_code if isinstance(error, APIError) else None
    return code == NO_PEERS or (isinstance(error, LOST) and code not in TROUBLE)
