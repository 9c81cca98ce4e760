"""What one measurement says: a figure of ours, and where there is one the reference beside it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of the benchmark table.

    `ours` and `reference` are medians in `unit`, measured in turn in one run. A goal is stated either as
    a ratio to the reference (`goal_ratio`) or as an upper bound on our own figure (`goal_ours`).
    """

    name: str
    ours: float
    reference: float | None = None
    unit: str = "ms"
    goal_ratio: float | None = None
    goal_ours: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours divided by the reference; None where nothing stands beside us."""
        return self.ours / self.reference if self.reference else None

    @property
    def goal(self) -> str:
        """The goal in words, empty where there is none."""
        if self.goal_ratio is not None:
            return f"≤ {self.goal_ratio:g}×"
        return f"≤ {self.goal_ours:g} {self.unit}" if self.goal_ours is not None else ""

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None where there is no goal or nothing to compare with."""
        if self.goal_ratio is not None:
            return None if self.ratio is None else self.ratio <= self.goal_ratio
        return None if self.goal_ours is None else self.ours <= self.goal_ours
