"""What runs: a branch steps through the states of a flow; a join waits for its branches.

The main line of an execution is a branch without a parent. A Parallel or Map state makes a join, whose
children are branches with this join as parent. Branches share data and variables with their parent and never
change either in place, so that a child costs a few hundred bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from offline_cloud.engines.states_language.interpreter import Interpreter
    from offline_cloud.engines.states_language.retry import Failure
    from offline_cloud.engines.states_language.state import State

__all__ = ["Branch", "Flow", "Join", "Step"]

#: One step of a branch; True if the branch can take its next step at once.
Step = Callable[["Interpreter", "Branch"], bool]


@dataclass(frozen=True, slots=True)
class Flow:
    """States that belong together: a machine's, a branch's or an item processor's."""

    start_at: str
    states: Mapping[str, State]


class Join(Protocol):
    """What waits for branches; it is kept by the branch that made it (`Branch.join`)."""

    @property
    def children(self) -> Mapping[int, Branch]:
        """The branches that have begun and not succeeded, by their index."""

    def child_succeeded(self, execution: Interpreter, child: Branch, output: Any) -> None:
        """A branch has reached its end."""

    def child_failed(self, execution: Interpreter, child: Branch, failure: Failure) -> None:
        """A branch has failed and nothing in it caught that."""

    def child_aborted(self, execution: Interpreter, child: Branch) -> None:
        """A branch was stopped because a sibling failed."""

    def step(self, execution: Interpreter) -> object:
        """Start what may be started."""

    def redrive(self, execution: Interpreter) -> None:
        """Run what has not succeeded again."""


@dataclass(slots=True, eq=False)
class Branch:
    """One line of states.

    `previous` is the id of the last event of this line, `entered` that of the current state's entry;
    `pending` are the keys of effects whose answers it waits for, with what each is for. `heartbeat` is the
    longest time (seconds) between two signs of life of its task.
    """

    flow: Flow
    state: State
    input: Any
    variables: Mapping[str, Any]
    step: Step
    parent: Join | None = None
    index: int = 0
    previous: int = 0
    entered: int = 0
    entered_at: float = 0.0
    map_item: Mapping[str, Any] | None = None
    token: str | None = None
    heartbeat: float | None = None
    attempts: list[int] | None = None
    retry_count: int = 0
    pending: dict[int, str] = field(default_factory=dict)
    join: Join | None = None
    stopped: bool = False
