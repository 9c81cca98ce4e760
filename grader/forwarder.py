"""Lead connections from a learner's own network to its cloud.

Needed only when a learner's process had to be started again: the first one's door (a listening socket of its
network) was given to the cloud when the cloud was made, and a cloud takes no more doors afterwards.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from urllib.parse import urlsplit

_PIECE = 1 << 16


class Forwarder:
    """Copies bytes both ways between connections to `listener` and the endpoint. Takes `listener` over."""

    def __init__(self, listener: socket.socket, endpoint: str) -> None:
        at = urlsplit(endpoint)
        self._address = (at.hostname or "localhost", at.port or 80)
        self._listener = listener
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, name="forwarder", daemon=True).start()

    def close(self) -> None:
        """Close the door and every connection."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            connections, self._open = self._open, set()
        for connection in connections:
            _hang_up(connection)

    def _accept(self) -> None:
        while True:
            try:
                inside, _ = self._listener.accept()
            except OSError:
                return
            try:
                outside = socket.create_connection(self._address)
            except OSError:
                inside.close()
                continue
            with self._lock:
                self._open |= {inside, outside}
            for pair in ((inside, outside), (outside, inside)):
                threading.Thread(target=self._copy, args=pair, daemon=True).start()

    def _copy(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(_PIECE):
                target.sendall(piece)
        with self._lock:
            self._open -= {source, target}
        _hang_up(source)
        _hang_up(target)


def _hang_up(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
