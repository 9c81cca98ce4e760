"""Who is at the other end of a connection on this computer."""

from __future__ import annotations

import os
import socket
import sys

import pytest

from offline_cloud.function_host import connections

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux's tables")


def test_a_process_is_found_by_its_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname()) as client:
            link = connections.socket_of(client.getsockname()[1])
            assert link is not None
            assert connections.uses([os.getpid()], link)
            assert not connections.uses([1 if os.getpid() != 1 else 2], link)
        assert not connections.uses([os.getpid()], link)


def test_nobody_has_a_port_that_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert connections.socket_of(port) is None
    assert not connections.uses([2**22 + 1], "socket:[1]")
