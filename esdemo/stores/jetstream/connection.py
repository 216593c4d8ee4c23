"""A cluster of NATS servers and our one connection to it, which has an event loop of its own."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final
from urllib.parse import quote, urlsplit

from nats.aio.client import Client
from nats.errors import Error
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    Header,
    RetentionPolicy,
    StorageType,
    StreamConfig,
    StreamInfo,
)
from nats.js.errors import APIError, NotFoundError

from esdemo import errors
from esdemo.stores.home import T
from esdemo.stores.jetstream.troubles import WRONG_SEQUENCE, explained, passing, refused
from esdemo.stores.owner import Owner

LAYOUT: Final = 1
OLDEST: Final = 2, 9
MARK: Final = f"esdemo layout {LAYOUT}"
ANSWER: Final = 2.0  # seconds for one answer, before we ask again: perhaps another server leads
FAILURES: Final = Error, OSError, ValueError, asyncio.TimeoutError
FEW: Final = 16  # messages that are asked for one by one


class Connection:
    """One connection, for the thread and process that made it. It finds another server when the
    one that it has goes away.

    nats-py is asynchronous and a store is not, so the connection lives in a thread that does
    nothing but turn its event loop, and whoever asks waits for the answer.
    """

    def __init__(
        self, address: str, stream: str, replicas: int, patience: float, read_only: bool
    ) -> None:
        self.stream, self.replicas = stream, replicas
        self.read_only, self._patience = read_only, patience
        self._servers = address.split(",")
        self._secret, server = _parted(self._servers)
        self.name = f"{server}, stream {stream!r}"
        self._said = ""  # the last complaint that came without a question
        self._owner = Owner()
        self._nats = Client()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    # What is asked of it.

    def publish(self, data: bytes, after: int, name: str) -> bool:
        """Store a message behind the sequence `after`, or return False when another stands there.

        Only one message can follow a sequence, so one that was not answered is sent again, and
        whether it is ours is seen in the stream.
        """
        if self.read_only:
            raise errors.ReadOnly(f"{self.name} was opened with read_only: open it without")
        if len(data) > self._nats.max_payload:
            raise errors.Full(
                f"{self.name}: {len(data):,} bytes are written together, and the server takes "
                f"{self._nats.max_payload:,}: raise its max_payload, or write fewer at once"
            )
        headers = {Header.EXPECTED_LAST_SEQUENCE.value: str(after)}
        if name:
            headers[Header.MSG_ID.value] = quote(name, safe="")
        seconds = ANSWER + len(data) / 1_000_000
        lost, give_up = False, time.monotonic() + self._patience
        while time.monotonic() < give_up:
            try:
                ack = self._run(self._js.publish(self.stream, data, seconds, self.stream, headers))
                return not ack.duplicate or (lost and self._is_ours(data, after + 1))
            except FAILURES as error:
                if isinstance(error, APIError) and error.err_code == WRONG_SEQUENCE:
                    return lost and self._is_ours(data, after + 1)
                if not passing(error):
                    raise explained(self.name, error, self._secret) from error
                lost = True
                time.sleep(0.05)
        if refused(self._said):
            raise errors.ReadOnly(f"{self.name}: {self._said}: ask for the right to publish")
        raise errors.Unanswered(
            f"{self.name}: no answer came in {self._patience:g} seconds, so the last write may be "
            "stored, or not: give the same command again under the same id; it is kept once"
        )

    def _is_ours(self, data: bytes, sequence: int) -> bool:
        return self.messages(sequence - 1, sequence) == [data]

    def last(self, known: int) -> int:
        """The sequence of the last message. A new leader may need a moment to know as much as we.

        Raises Damaged when it never does: then the cluster has lost what it had acknowledged.
        """
        give_up = time.monotonic() + self._patience
        while (last := self._info().state.last_seq) < known:
            if time.monotonic() > give_up:
                raise errors.Damaged(
                    f"{self.name} had {known} messages and has {last}: the servers have lost "
                    "history, or somebody made the stream anew: restore a backup"
                )
            time.sleep(0.05)
        return int(last)

    def messages(self, after: int, until: int) -> list[bytes]:
        """The messages after+1 to `until`; Damaged when one of them is gone."""
        try:
            return self._insist(lambda: self._messages(after, until))
        except errors.NotFound as error:
            raise errors.Damaged(
                f"{self.name}: a message of {after + 1} to {until} is gone: restore a backup"
            ) from error

    async def _messages(self, after: int, until: int) -> list[bytes]:
        found = await self._pulled(after, until) if until - after > FEW else {}

        async def one(sequence: int) -> bytes:
            if sequence in found:
                return found[sequence]
            return (await self._js.get_msg(self.stream, sequence)).data or b""

        return list(await asyncio.gather(*map(one, range(after + 1, until + 1))))

    async def _pulled(self, after: int, until: int) -> dict[int, bytes]:
        """The same by their sequence, many at a time; some may be missing."""
        config = ConsumerConfig(
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=after + 1,
            ack_policy=AckPolicy.NONE,
            mem_storage=True,
            num_replicas=1,
        )
        pulling = await self._js.pull_subscribe(self.stream, stream=self.stream, config=config)
        found = dict[int, bytes]()
        try:
            with contextlib.suppress(asyncio.TimeoutError):
                while after + len(found) < until:
                    for each in await pulling.fetch(until - after - len(found), ANSWER):
                        found[each.metadata.sequence.stream] = each.data
        finally:
            await pulling.unsubscribe()
        return found

    def leader(self) -> str:
        """The name of the server that leads the stream; nobody needs to know, but for a drill."""
        cluster = self._info().cluster
        return str(cluster.leader) if cluster and cluster.leader else ""

    def faults(self) -> list[str]:
        """What is not as we make it: the stream's configuration, and messages that are gone."""
        info, wanted = self._info(), self._wanted()
        names = ("subjects", "retention", "storage", "discard", "deny_delete", "deny_purge")
        limits = ("max_msgs", "max_bytes", "max_age", "max_msg_size", "max_msgs_per_subject")
        faults = [
            f"{name} is {getattr(info.config, name)}, not {getattr(wanted, name)}"
            for name in names
            if getattr(info.config, name) != getattr(wanted, name)
        ]
        faults += [
            f"{name} is {limit}, so that history may be forgotten"
            for name in limits
            if (limit := getattr(info.config, name) or -1) != -1
        ]
        if info.state.messages != info.state.last_seq:
            faults.append(f"{info.state.messages} messages are left of {info.state.last_seq}")
        return faults

    def close(self) -> None:
        self._owner.check(self.name, "JetStreamStore")
        if self._loop.is_closed():
            return
        closing = asyncio.run_coroutine_threadsafe(self._nats.close(), self._loop)
        with contextlib.suppress(Exception):
            closing.result(ANSWER)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    # How it is made.

    def _open(self) -> None:
        self._run(self._connect())
        if tuple(map(int, self._version.split(".")[:2])) < OLDEST:
            raise errors.NotAStore(
                f"{self.name} is NATS {self._version}, and esdemo needs "
                f"{'.'.join(map(str, OLDEST))} or newer"
            )
        self._js = self._nats.jetstream(timeout=ANSWER)
        try:
            info = self._info()
        except errors.NotFound:
            info = self._create()
        mark = info.config.description or ""
        if mark == MARK:
            return
        if mark.startswith("esdemo layout "):
            raise errors.NotAStore(
                f"{self.name} has {mark.removeprefix('esdemo ')}, this esdemo reads {LAYOUT}: use "
                "the esdemo that made it"
            )
        raise errors.NotAStore(f"{self.name} is another program's: name another stream")

    @property
    def _version(self) -> str:
        return str(self._nats._server_info.get("version", "0"))

    async def _connect(self) -> None:
        give_up = time.monotonic() + self._patience
        while True:
            self._nats = Client()
            try:
                await self._nats.connect(
                    self._servers,
                    error_cb=self._complain,
                    name="esdemo",
                    max_reconnect_attempts=1,  # here: -1 would try for ever, whatever we want
                    reconnect_time_wait=0.1,  # type: ignore[arg-type]  # asyncio.sleep takes it
                )
                break
            except Exception as error:
                if refused(f"{error} {self._said}") or time.monotonic() > give_up:
                    why = explained(self.name, error, self._secret, self._said)
                    raise why from None  # its words may hold the password
                await asyncio.sleep(0.05)
        self._nats.options["max_reconnect_attempts"] = -1
        self._said = ""

    async def _complain(self, error: Exception) -> None:
        self._said = " ".join(str(error).split()) or type(error).__name__

    def _create(self) -> StreamInfo:
        """Make the stream. Eight programs may do this at once; they want the same."""
        if self.read_only:
            raise errors.NotAStore(f"{self.name}: there is no such stream to read")
        return self._insist(lambda: self._js.add_stream(self._wanted()))

    def _wanted(self) -> StreamConfig:
        return StreamConfig(
            name=self.stream,
            description=MARK,
            subjects=[self.stream],
            retention=RetentionPolicy.LIMITS,
            storage=StorageType.FILE,
            discard=DiscardPolicy.NEW,
            num_replicas=self.replicas,
            deny_delete=True,
            deny_purge=True,
        )

    def _info(self) -> StreamInfo:
        return self._insist(lambda: self._js.stream_info(self.stream))

    # How asking works.

    def _insist(self, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Ask until there is an answer: the servers may be choosing a leader."""
        give_up = time.monotonic() + self._patience
        while True:
            try:
                return self._run(ask())
            except NotFoundError as error:
                raise errors.NotFound(f"{self.name}: {error}") from error
            except FAILURES as error:
                if not passing(error) or time.monotonic() > give_up:
                    raise explained(self.name, error, self._secret, self._said) from error
                time.sleep(0.05)

    def _run(self, asking: Coroutine[Any, Any, T]) -> T:
        """The answer, waited for. An interrupt ends the waiting, and the question with it."""
        try:
            self._owner.check(self.name, "JetStreamStore")
            if self._loop.is_closed():
                raise errors.StoreError(f"{self.name} is closed: open it again")
        except errors.StoreError:
            asking.close()
            raise
        answer = asyncio.run_coroutine_threadsafe(asking, self._loop)
        try:
            return answer.result()
        except BaseException:
            answer.cancel()
            raise


def _parted(servers: list[str]) -> tuple[str, str]:
    """The password, which is in no sentence, and what to call the servers in one."""
    try:
        parts = [urlsplit(server) for server in servers]
        names = [f"{part.scheme}://{part.hostname}:{part.port or 4222}" for part in parts]
    except ValueError:
        raise errors.Unreachable(
            "the address cannot be read: write nats://user:password@host:4222"
        ) from None
    secrets = [part.password or part.username or "" for part in parts]
    return max(secrets, default=""), ",".join(names)
