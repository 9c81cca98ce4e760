"""Which functions an invocation follows from: how Lambda finds a loop, and stops it.

Source: Lambda developer guide, "Use Lambda recursive loop detection to prevent infinite loops".

The count rides in the trace header, as on AWS: `Root=…;Parent=…;Sampled=0;Lineage=1f0c2a9e:0|8d11b3c4:2`, a
short name for each function of the chain, and how often it ran before. A request of a function hands it on:
by Invoke, by a message to a queue or a topic, by an object in a bucket.

Rule: what a thread does for a function follows from that function's invocation (`of`); what it does for
anybody else follows from nothing.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache

__all__ = ["MOST", "current", "deepest", "followed", "of"]

MOST = 16
"""So often a function may run in one chain of requests."""
_LINEAGE = "Lineage="
_here = threading.local()


def current() -> str:
    """The trace header of the invocation for which this thread works; empty if it works for none."""
    trace: str = getattr(_here, "trace", "")
    return trace


@contextmanager
def of(trace: str) -> Iterator[None]:
    """Inside, this thread works for the invocation with that trace header."""
    before, _here.trace = current(), trace
    try:
        yield
    finally:
        _here.trace = before


def followed(trace: str, function_arn: str) -> tuple[str, int]:
    """The trace header of an invocation that follows from `trace`, and how often the function ran before."""
    head, found, lineage = trace.partition(f";{_LINEAGE}")
    name = _name(function_arn)
    if not found:
        return f"{head};{_LINEAGE}{name}:0", 0
    counts = _counts(lineage)
    before = counts.get(name, -1) + 1
    counts[name] = before
    shown = "|".join(f"{each}:{count}" for each, count in counts.items())
    return f"{head};{_LINEAGE}{shown}", before


def deepest(traces: Iterable[str]) -> str:
    """Of the trace headers of a batch the one with the longest chain; empty without any."""
    return max(
        traces, key=lambda trace: max(_counts(trace.partition(_LINEAGE)[2]).values(), default=-1), default=""
    )


def _counts(lineage: str) -> dict[str, int]:
    pairs = (each.partition(":") for each in lineage.split("|"))
    return {name: int(count) for name, _, count in pairs if count.isdecimal()}


@lru_cache(maxsize=1024)
def _name(function_arn: str) -> str:
    return hashlib.sha256(function_arn.encode()).hexdigest()[:8]
