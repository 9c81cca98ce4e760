"""Keeps a process on this machine: whatever it tries to reach beyond loopback is refused, with a reason.

The guard is a Python audit hook, so it sees every library (boto3, urllib3, requests, a bare socket) before
a name is looked up and before a packet leaves. A hook can't be taken out again: once on, it stays on for
the life of the process. It protects a learner from a mistake, not a grader from an attacker; for that there
is `offline_cloud.isolation`.
"""

from __future__ import annotations

import ipaddress
import socket
import sys
from typing import Any

__all__ = ["OfflineError", "install", "is_local"]

# Where each audit event of the socket module keeps the address or the host name among its arguments.
_CONNECTIONS = {"socket.connect", "socket.sendto", "socket.sendmsg"}
_LOOKUPS = {"socket.getaddrinfo", "socket.gethostbyname"}

_installed = False


# Not an OSError on purpose: HTTP clients retry those and drop the sentence on the way.
class OfflineError(RuntimeError):
    """Something tried to leave this machine."""

    def __init__(self, target: str) -> None:
        super().__init__(
            f"labkit keeps this process offline and refused to contact {target}. "
            "Labs talk to the offline cloud only: make the client after labkit.open(), "
            "and leave endpoint_url and profile_name out."
        )


def install() -> None:
    """Switch the guard on for this process, for good; a second call changes nothing."""
    global _installed
    if not _installed:
        _installed = True
        sys.addaudithook(_refuse_what_leaves)


def is_local(host: str | bytes | None) -> bool:
    """Whether a host name or an address can only mean this machine; names are judged without a lookup."""
    if not host:  # the wildcard address, or none at all
        return True
    name = (host.decode("ascii", "replace") if isinstance(host, bytes) else host).rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):  # RFC 6761 §6.3
        return True
    try:
        address = ipaddress.ip_address(name.split("%")[0])
    except ValueError:
        return name == socket.gethostname().lower()
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.is_loopback or address.is_unspecified


def _refuse_what_leaves(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _CONNECTIONS:
        address = arguments[1]
        # A path or a number is a socket of another family (unix, netlink), which can't leave the machine;
        # None is a datagram on a socket that was connected, and so was judged, before.
        if isinstance(address, tuple) and not is_local(address[0]):
            raise OfflineError(f"{address[0]}:{address[1]}")
    elif event in _LOOKUPS and not is_local(arguments[0]):
        host = arguments[0]
        raise OfflineError(host.decode("ascii", "replace") if isinstance(host, bytes) else str(host))
