"""`python -m offline_cloud`: one cloud in the foreground, for programs; people use `labkit cloud`."""

from __future__ import annotations

import argparse
import os
import sys

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Run a cloud until SIGTERM, SIGINT or the end of its lifeline; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m offline_cloud",
        description="AWS on this machine. When it is ready it prints one JSON line: endpoint, pid, tokens.",
    )
    parser.add_argument("--port", type=int, default=0, help="port on loopback (default: any free one)")
    parser.add_argument(
        "--clock",
        choices=("live", "skip"),
        default="live",
        help="live: time passes and is moved by request; skip: waiting is skipped",
    )
    parser.add_argument("--seed", type=int, help="same seed, same calls, same ids")
    parser.add_argument(
        "--grant",
        action="append",
        default=[],
        choices=("clock", "reset"),
        help="what the learner's token may do",
    )
    parser.add_argument(
        "--concurrency", type=int, default=1_000, help="Lambda's concurrency limit of each account and Region"
    )
    parser.add_argument("--lifeline", action="store_true", help="end when standard input ends")
    given = parser.parse_args(arguments)
    if not 0 <= given.port <= 65535:
        parser.error(f"--port {given.port}: a port is a number up to 65535")
    if given.concurrency < 1:
        parser.error(f"--concurrency {given.concurrency}: at least 1 function must be able to run")

    from offline_cloud import server

    options = server.Options(
        port=given.port,
        mode=given.clock,
        seed=given.seed,
        grants=frozenset(given.grant),
        lifeline=given.lifeline,
        concurrency=given.concurrency,
    )
    try:
        return server.main(options)
    except OSError as error:
        print(f"The cloud can't listen on port {given.port}: {error}. Try another --port.", file=sys.stderr)
        return 2


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    # All is taken down by now; tidying up moto's modules one by one would take another 0.2 s.
    os._exit(code)
