"""A small proxy on the loopback that can lose the server's answers, as a network does."""

import contextlib
import selectors
import socket
import threading


class Proxy:
    """Forwards bytes both ways, to a UNIX socket or an address, until it is told otherwise."""

    def __init__(self, target: str | tuple[str, int]) -> None:
        self._target = target
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._lose_answers = threading.Event()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def lose_answers(self) -> None:
        """What the server says next is thrown away, and all connections are closed with it."""
        self._lose_answers.set()

    def cut(self) -> None:
        """Close all connections now. New ones come through."""
        pairs, self._pairs = self._pairs, []
        for end in (end for pair in pairs for end in pair):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._listening.close()
        self.cut()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                client, _ = self._listening.accept()
                server = socket.socket(
                    socket.AF_UNIX if isinstance(self._target, str) else socket.AF_INET
                )
                server.connect(self._target)
                self._pairs.append((client, server))
                forward = threading.Thread(target=self._forward, args=(client, server))
                forward.daemon = True
                forward.start()

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        others = {client: server, server: client}
        with selectors.DefaultSelector() as ready, client, server, contextlib.suppress(OSError):
            for end in others:
                ready.register(end, selectors.EVENT_READ)
            while True:
                for key, _ in ready.select():
                    end = client if key.fileobj is client else server
                    said = end.recv(65_536)
                    if not said:
                        return
                    if end is server and self._lose_answers.is_set():
                        self._lose_answers.clear()
                        self.cut()
                        return
                    others[end].sendall(said)
