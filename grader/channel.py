"""JSON messages over a socket pair, between the grader and a process that it doesn't trust.

Rule: the other end may send anything, at any time, or nothing. A message has a length before it and a size
limit; whatever is not one JSON object closes the channel (`ChannelClosed`). Nothing is ever unpickled.
"""

from __future__ import annotations

import array
import json
import select
import socket
import struct
import time
from typing import Any

_LENGTH = struct.Struct("!I")
LARGEST = 32 * 2**20
SEND_SECONDS = 10.0


class ChannelClosed(Exception):
    """The other end is gone, or has sent what is no message."""


class Channel:
    """One end. `largest`: bytes of the largest message that this end accepts."""

    def __init__(self, end: socket.socket, largest: int = LARGEST) -> None:
        self._socket = end
        self._largest = largest
        self._buffer = b""

    def fileno(self) -> int:
        """For `select`."""
        return self._socket.fileno()

    def send(self, message: dict[str, Any]) -> None:
        """Send one message. Raises `ChannelClosed`."""
        data = json.dumps(message).encode()
        self._socket.settimeout(SEND_SECONDS)
        try:
            self._socket.sendall(_LENGTH.pack(len(data)) + data)
        except OSError as error:
            raise ChannelClosed from error

    def receive(self, timeout: float | None = None) -> dict[str, Any] | None:
        """One message; None if none is complete after `timeout` seconds. Raises `ChannelClosed`."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            message = self._complete()
            if message is not None:
                return message
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            if not select.select([self._socket], [], [], left)[0]:
                return None
            try:
                self._socket.settimeout(None)
                part = self._socket.recv(1 << 16)
            except OSError as error:
                raise ChannelClosed from error
            if not part:
                raise ChannelClosed
            self._buffer += part

    def send_descriptor(self, descriptor: int | None) -> None:
        """Send a descriptor, or that there is none, before any message: the other end asks for it first."""
        rights = (
            [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [descriptor]))] if descriptor else []
        )
        self._socket.sendmsg([b"d"], rights)

    def receive_descriptor(self, timeout: float) -> int | None:
        """What the other end sends with `send_descriptor`.

        Raises `ChannelClosed`, also if nothing comes in time.
        """
        if not select.select([self._socket], [], [], timeout)[0]:
            raise ChannelClosed
        try:
            data, rights, _, _ = self._socket.recvmsg(1, socket.CMSG_SPACE(array.array("i").itemsize))
        except OSError as error:
            raise ChannelClosed from error
        if not data:
            raise ChannelClosed
        for level, kind, given in rights:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                found = array.array("i")
                found.frombytes(given[: len(given) - len(given) % found.itemsize])
                return found[0]
        return None

    def close(self) -> None:
        """Let go of this end."""
        self._socket.close()

    def _complete(self) -> dict[str, Any] | None:
        if len(self._buffer) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(self._buffer)
        if length > self._largest:
            raise ChannelClosed
        if len(self._buffer) < _LENGTH.size + length:
            return None
        data = self._buffer[_LENGTH.size : _LENGTH.size + length]
        self._buffer = self._buffer[_LENGTH.size + length :]
        try:
            message = json.loads(data)
        except (ValueError, RecursionError):
            raise ChannelClosed from None
        if not isinstance(message, dict):
            raise ChannelClosed
        return message
