"""Task tokens: what a worker outside hands back to say how a task went. A token is good for one answer."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from offline_cloud.step_functions.faults import ApiError
from offline_cloud.step_functions.names import parse_json

if TYPE_CHECKING:
    from offline_cloud.server import CloudContext
    from offline_cloud.step_functions.executions import ExecutionRecord

__all__ = ["TaskTokens"]

_PREFIX = "AQCEAAAAKgAAAAMAAAAAAAAAA"
_RANDOM_DIGITS = 384


class TaskTokens:
    """All tokens that were given out, and whose they are. Used on the lane only."""

    def __init__(self, context: CloudContext) -> None:
        self._context = context
        self._open: dict[str, tuple[ExecutionRecord, int]] = {}
        self._closed: set[str] = set()

    def new(self) -> str:
        """A token that looks as AWS's do."""
        random = bytes.fromhex(self._context.ids.hex(_RANDOM_DIGITS))
        return _PREFIX + base64.b64encode(random).decode()

    def open(self, token: str, record: ExecutionRecord, key: int) -> None:
        """From now on this token answers for that task."""
        self._open[token] = (record, key)

    def close(self, token: str) -> None:
        """The task is over; its token says so from now on."""
        if self._open.pop(token, None) is not None:
            self._closed.add(token)

    def reset(self) -> None:
        """Forget all tokens."""
        self._open.clear()
        self._closed.clear()

    def owner(self, token: str) -> tuple[ExecutionRecord, int]:
        """The task that the token answers for. Raises InvalidToken or TaskTimedOut."""
        owner = self._open.get(token)
        if owner is not None:
            return owner
        if token in self._closed:
            raise ApiError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
        raise ApiError("InvalidToken", "Invalid Token: 'Invalid token'")


def read_output(request: Mapping[str, Any]) -> Any:
    """The output of a SendTaskSuccess; raises InvalidOutput."""
    return parse_json(request["output"], "InvalidOutput", "Invalid Output")
