"""How soon a fresh cloud answers its first call, beside moto's own server, and what it weighs when idle."""

from __future__ import annotations

import statistics

from benchmarks.rows import Row
from benchmarks.servers import memory_mb, offline_cloud, plain_moto, process_tree


def run(*, quick: bool = False) -> list[Row]:
    """Spawn to first answered `sts` call (seconds), and memory of the idle process tree (MB)."""
    ours: list[tuple[float, float]] = []
    theirs: list[tuple[float, float]] = []
    for _ in range(2 if quick else 9):
        for figures, start in ((ours, offline_cloud), (theirs, plain_moto)):
            with start() as server:
                figures.append((server.seconds_to_answer, memory_mb(process_tree(server.process.pid))))
    ready, moto_ready = (statistics.median(seconds for seconds, _ in figures) for figures in (ours, theirs))
    memory, moto_memory = (statistics.median(size for _, size in figures) for figures in (ours, theirs))
    return [
        Row("cloud ready", ready, moto_ready, "s", goal_ratio=1.3),
        Row("memory of an idle cloud, all its processes", memory, moto_memory, "MB"),
    ]
