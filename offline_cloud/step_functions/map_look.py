"""What TestState shows of a Map: its items, and its limits, on the way through the state's fields.

The Map doesn't run (its result is mocked); its items are read, selected and grouped as they would be.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from offline_cloud.engines.states_language.distributed_map import DistributedMapState, about_item
from offline_cloud.engines.states_language.errors import StatesError
from offline_cloud.engines.states_language.item_source import source_of
from offline_cloud.engines.states_language.map_run import batches
from offline_cloud.engines.states_language.map_state import MapState
from offline_cloud.engines.states_language.retry import Failure
from offline_cloud.step_functions.faults import invalid
from offline_cloud.step_functions.integrations.item_reader import items_of

if TYPE_CHECKING:
    from offline_cloud.engines.states_language.execution import Execution

__all__ = ["MapLook"]

_THRESHOLD = Failure(
    "States.ExceedToleratedFailureThreshold", "The specified tolerated failure threshold was exceeded"
)


class MapLook:
    """A Map's data: `seen` has the API's names and plain values, `failure` says how it failed, if it did."""

    def __init__(self) -> None:
        self.seen: dict[str, Any] = {}
        self.limits: dict[str, Any] = {}
        self.failure: Failure | None = None

    def take(self, execution: Execution, configuration: Mapping[str, Any]) -> None:
        """Look at the first state of an execution that has not begun; raises ApiError."""
        branch = execution.root
        state = branch.state
        assert isinstance(state, MapState | DistributedMapState)
        branch.entered, branch.entered_at = 2, execution.now
        try:
            items = self._items(execution, state, configuration)
        except StatesError as error:
            self.failure = execution.evaluation_failure(branch, error)
            return
        failed = configuration.get("mapIterationFailureCount") or 0
        if failed > len(items):
            raise invalid(
                f"mapIterationFailureCount ({failed}) must not exceed the number of items ({len(items)})."
            )
        if failed and not self._tolerated(failed, len(items)):
            self.failure = _THRESHOLD

    def _items(
        self, execution: Execution, state: MapState | DistributedMapState, configuration: Mapping[str, Any]
    ) -> list[Any]:
        branch, jsonata = execution.root, state.data.jsonata
        if not jsonata:
            self.seen["afterInputPath"] = state.data.effective_input(execution, branch)
        distributed = isinstance(state, DistributedMapState)
        source = source_of(None)
        self._limit("maxConcurrency", state.max_concurrency, execution)
        if isinstance(state, DistributedMapState):
            self._limit("toleratedFailureCount", state.tolerated_count, execution)
            self._limit("toleratedFailurePercentage", state.tolerated_percentage, execution)
        data = configuration.get("mapItemReaderData")
        if isinstance(state, DistributedMapState) and state.reader is not None:
            described, most = state.reader(execution, branch)
            source = source_of(described)
            if data is None:
                raise invalid("mapItemReaderData is needed to test a Map state that has an ItemReader.")
            try:
                items = list(items_of(data.encode(), described["ReaderConfig"]))[:most]
            except (ValueError, csv.Error) as error:
                raise StatesError("States.ItemReaderFailed", str(error)) from None
            if described["ReaderConfig"].get("ItemsPointer"):
                self.seen["afterItemsPointer"] = items
        else:
            if data is not None:
                raise invalid("mapItemReaderData is only for a distributed Map state with an ItemReader.")
            items = state.items(execution, branch)
            if not jsonata:
                self.seen["afterItemsPath"] = items
        inputs = items
        if state.selector is not None:
            inputs = [
                self._selected(
                    execution,
                    state.selector,
                    about_item(at, item, source) if distributed else {"Index": at, "Value": item},
                )
                for at, item in enumerate(items)
            ]
            self.seen["afterItemSelector"] = inputs
        if distributed and state.batching is not None:  # type: ignore[union-attr]
            grouped = batches(iter(inputs), state.batching(execution, branch))  # type: ignore[union-attr]
            self.seen["afterItemBatcher"] = [batch for batch, _ in grouped]
        return items

    @staticmethod
    def _selected(execution: Execution, selector: Callable[..., Any], about: Mapping[str, Any]) -> Any:
        execution.root.map_item = about
        try:
            return selector(execution, execution.root)
        finally:
            execution.root.map_item = None

    def _limit(self, name: str, value: Callable[..., Any] | None, execution: Execution) -> None:
        if value is not None:
            self.limits[name] = value(execution, execution.root)

    def _tolerated(self, failed: int, total: int) -> bool:
        count, percentage = (
            self.limits.get(name) for name in ("toleratedFailureCount", "toleratedFailurePercentage")
        )
        if count is None and percentage is None:
            return False
        return (count is None or failed <= count) and (
            percentage is None or failed * 100 <= percentage * total
        )
