"""Map runs: the children of a distributed Map, and what the API tells of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from offline_cloud.engines.states_language import effects
from offline_cloud.engines.states_language.payload_size import json_text
from offline_cloud.step_functions.arns import page, parts
from offline_cloud.step_functions.faults import invalid, resource_missing
from offline_cloud.step_functions.state_machines import Revision

if TYPE_CHECKING:
    from offline_cloud.step_functions.execution_driver import ExecutionDriver
    from offline_cloud.step_functions.executions import ExecutionRecord, Executions

__all__ = ["MapRuns"]


@dataclass(slots=True)
class _Run:
    """A map run of an execution; its counts are in `owner.execution.map_runs[key]`."""

    owner: ExecutionRecord
    key: int
    label: str
    express: bool
    revision: Revision | None = None


class MapRuns:
    """All map runs of a cloud."""

    def __init__(self, driver: ExecutionDriver) -> None:
        self._driver = driver
        self.executions: Executions
        self.by_arn: dict[str, _Run] = {}

    # ------------------------------------------------------------------ effects

    def open(self, record: ExecutionRecord, effect: effects.OpenMapRun) -> None:
        """A map run begins."""
        self.by_arn[effect.arn] = _Run(record, effect.key, effect.label, effect.execution_type == "EXPRESS")

    def close(self, record: ExecutionRecord, effect: effects.CloseMapRun) -> None:
        """A map run has ended; the execution has written down how."""

    def start_child(self, record: ExecutionRecord, effect: effects.StartChild) -> None:
        """Start a child, or let one go on that has failed."""
        there = self.executions.by_arn.get(effect.arn)
        if (
            there is not None
            and effect.again
            and there.execution.status in ("FAILED", "TIMED_OUT", "ABORTED")
        ):
            self._watch(record, effect.key, there)
            self._driver.redrive_soon(there)
            return
        run = self.by_arn[effect.map_run_arn]
        if run.revision is None:
            run.revision = _child_revision(record.revision, run, effect)
        child = self._driver.record(
            run.revision, effect.arn, effect.name, effect.input, json_text(effect.input)
        )
        child.map_run_arn = effect.map_run_arn
        child.label = run.label
        if not run.express:
            self.executions.keep(child, run.revision.arn)
        self._watch(record, effect.key, child)
        self._driver.start_soon(child)

    def stop_child(self, record: ExecutionRecord, effect: effects.StopChild) -> None:
        """Stop a child that nobody waits for any more."""
        child = record.children.pop(effect.key, None)
        if child is not None:
            self._driver.soon(child, lambda execution, now: execution.stop(None, None, now))

    def _watch(self, record: ExecutionRecord, key: int, child: ExecutionRecord) -> None:
        record.children[key] = child

        def ended(child: ExecutionRecord) -> None:
            if record.children.pop(key, None) is None:
                return
            end = child.execution
            self._driver.soon(
                record,
                lambda execution, now: execution.child_ended(
                    key, end.status, end.output, end.error, end.cause, now
                ),
            )

        child.listeners.append(ended)

    # ------------------------------------------------------------------ the API

    def describe(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """DescribeMapRun."""
        arn = request["mapRunArn"]
        found = self._find(arn)
        run = found.owner.execution.map_runs[found.key]
        shown: dict[str, Any] = {
            "mapRunArn": arn,
            "executionArn": found.owner.arn,
            "status": run.status,
            "startDate": round(run.start_date, 3),
            "maxConcurrency": run.max_concurrency,
            "toleratedFailurePercentage": float(run.tolerated_percentage or 0),
            "toleratedFailureCount": run.tolerated_count or 0,
            "itemCounts": run.items,
            "executionCounts": run.executions,
            "redriveCount": run.redrive_count,
        }
        for name, moment in (("stopDate", run.stop_date), ("redriveDate", run.redrive_date)):
            if moment is not None:
                shown[name] = round(moment, 3)
        return shown

    def list(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """ListMapRuns of an execution."""
        record = self.executions.find(request["executionArn"])
        runs = [(arn, found) for arn, found in self.by_arn.items() if found.owner is record]
        chosen, following = page(runs, dict(request))
        listed = []
        for arn, found in chosen:
            run = found.owner.execution.map_runs[found.key]
            shown: dict[str, Any] = {
                "executionArn": record.arn,
                "mapRunArn": arn,
                "stateMachineArn": found.revision.arn if found.revision else run.machine_arn,
                "startDate": round(run.start_date, 3),
            }
            if run.stop_date is not None:
                shown["stopDate"] = round(run.stop_date, 3)
            listed.append(shown)
        return {"mapRuns": listed, **({"nextToken": following} if following else {})}

    def update(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """UpdateMapRun: how many at once, and how many failures are tolerated, from now on."""
        found = self._find(request["mapRunArn"])
        settings = {
            "max_concurrency": request.get("maxConcurrency"),
            "tolerated_percentage": request.get("toleratedFailurePercentage"),
            "tolerated_count": request.get("toleratedFailureCount"),
        }
        given = {name: value for name, value in settings.items() if value is not None}
        if not given:
            raise invalid(
                "Must specify at least one of the following parameters: maxConcurrency, "
                "toleratedFailureCount, toleratedFailurePercentage."
            )
        if found.owner.execution.map_runs[found.key].status != "RUNNING":
            raise invalid("Map Run is not running and cannot be updated.")
        self._driver.step(
            found.owner, lambda execution, now: execution.update_map_run(found.key, now, **given)
        )
        return {}

    def _find(self, arn: str) -> _Run:
        parts(arn, "mapRun")
        found = self.by_arn.get(arn)
        if found is None:
            raise resource_missing(arn)
        return found


def _child_revision(parent: Revision, run: _Run, effect: effects.StartChild) -> Revision:
    """What a child runs: the item processor, under the machine's name and the Map's label."""
    revision = Revision(
        f"{parent.arn}/{run.label}",
        f"{parent.name}/{run.label}",
        effect.execution_type,
        json_text(effect.machine.definition),
        parent.role,
        parent.id,
        parent.date,
        parent.logging,
        parent.tracing,
        parent.encryption,
    )
    revision.__dict__["machine"] = effect.machine  # compiled already
    return revision
