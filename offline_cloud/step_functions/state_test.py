"""TestState: one state on its own, with what happened to its data on the way.

The state runs in an execution of its own that nobody else knows; what it leads to is an end.
A Wait is over at once, and a retry is told instead of waited for. What can't be run alone (Map, Parallel, an
activity, a job, a callback) needs a mock of its result.
https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from offline_cloud.engines.states_language import effects
from offline_cloud.engines.states_language.branch import Branch
from offline_cloud.engines.states_language.data_flow import JsonpathFlow
from offline_cloud.engines.states_language.definition import compile_machine
from offline_cloud.engines.states_language.diagnostics import Diagnostic
from offline_cloud.engines.states_language.execution import Execution
from offline_cloud.engines.states_language.payload_size import json_text
from offline_cloud.engines.states_language.resources import parse_resource
from offline_cloud.engines.states_language.retry import Failure
from offline_cloud.engines.states_language.validation import validate, validate_state
from offline_cloud.step_functions.executions import ExecutionRecord
from offline_cloud.step_functions.faults import ApiError, invalid
from offline_cloud.step_functions.integrations.faults import TaskFault
from offline_cloud.step_functions.map_look import MapLook
from offline_cloud.step_functions.mock_rules import check_mock
from offline_cloud.step_functions.names import check_role, parse_json, strict_json
from offline_cloud.step_functions.state_machines import Revision

if TYPE_CHECKING:
    from offline_cloud.engines.states_language.resources import ServiceCatalogue
    from offline_cloud.server import CloudContext
    from offline_cloud.step_functions.arns import Home
    from offline_cloud.step_functions.integrations import Integrations

__all__ = ["test_state"]

_ANYWHERE = {"Type": "Succeed"}
_MOCKED = "arn:aws:states:::lambda:invoke"  # whatever a mocked state did, it does as a task now
_MOCKED_FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:mocked"  # takes the state's input
_NOT_OF_TASKS = ("Branches", "ItemProcessor", "Iterator", "ItemSelector", "ItemReader", "ItemBatcher",
                 "ResultWriter", "ItemsPath", "Items", "MaxConcurrency", "MaxConcurrencyPath", "Label",
                 "ToleratedFailureCount", "ToleratedFailureCountPath", "ToleratedFailurePercentage",
                 "ToleratedFailurePercentagePath")  # fmt: skip


def test_state(
    context: CloudContext,
    integrations: Integrations,
    catalogue: ServiceCatalogue,
    home: Home,
    request: Mapping[str, Any],
) -> dict[str, Any]:
    """Answer a TestState. Raises ApiError."""
    if request.get("roleArn"):
        check_role(request["roleArn"])
    tested = _state_to_test(request, catalogue)
    mock = request.get("mock")
    check_mock(request, tested.state)
    value = parse_json(
        request.get("input") or "{}", "InvalidExecutionInput", "Invalid State Machine Execution Input"
    )
    begun = partial(_observed, context, home, request, value=value, integrations=integrations)
    mocked = mock is not None and tested.state["Type"] in ("Map", "Parallel", "Task")
    execution = begun(tested=replace(tested, state=_as_task(tested.state)) if mocked else tested)
    look = None
    if tested.state["Type"] == "Map":
        look = MapLook()
        look.take(begun(tested=tested), request.get("stateConfiguration") or {})
    flow: Any = _Flow(execution.root.state.data)
    execution.root.state.data = flow
    revision = Revision(execution.machine_arn, "TestState", "STANDARD", "{}", "", None, context.clock.now())
    if look is not None and look.failure is not None:
        mock = {"errorOutput": {"error": look.failure.error, "cause": look.failure.cause}}
    _run(context, integrations, ExecutionRecord(revision, execution, ""), execution, mock)
    seen = flow.seen if look is None else {**look.seen, **flow.seen}
    return _answer(request, execution, seen, {} if look is None else look.limits)


@dataclass(frozen=True, slots=True)
class _Tested:
    """The state to test, and what is around it in its definition."""

    name: str
    state: dict[str, Any]
    jsonata: bool = False
    in_map: bool = False


def _observed(
    context: CloudContext,
    home: Home,
    request: Mapping[str, Any],
    *,
    tested: _Tested,
    value: Any,
    integrations: Integrations,
) -> _Observed:
    """An execution of one state that has not begun."""
    name, state, jsonata = tested.name, tested.state, tested.jsonata
    states = {name: state, **{target: _ANYWHERE for target in _targets(state) if target != name}}
    machine = compile_machine(
        {"StartAt": name, "States": states, **({"QueryLanguage": "JSONata"} if jsonata else {})}
    )
    arn = f"{home.prefix}execution:TestState:{context.ids.uuid()}"
    execution = _Observed(
        machine,
        arn=arn,
        name=arn.rpartition(":")[2],
        role_arn=request.get("roleArn", ""),
        machine_arn=home.arn("stateMachine", "TestState"),
        machine_name="TestState",
        input=value,
        start=context.clock.now(),
        uuid=context.ids.uuid,
        random=context.ids.random,
        token=context.ids.uuid,
        # A mock stands for any answer, whatever was asked.
        refusal=integrations.refusal if request.get("mock") is None else None,
    )
    execution.tested = name
    execution.retries = (request.get("stateConfiguration") or {}).get("retrierRetryCount") or 0
    execution.given_context = _object(request, "context")
    if tested.in_map:
        # The state sees the first item, unless the request's context says which.
        execution.root.map_item = {"Index": 0, "Value": value}
    execution.root.variables = _object(request, "variables") or {}
    return execution


# ---- before --------------------------------------------------------------------------------------


def _state_to_test(request: Mapping[str, Any], catalogue: ServiceCatalogue) -> _Tested:
    """The state; raises InvalidDefinition."""
    text, name = request["definition"], request.get("stateName")
    if name is None:
        _refuse(validate_state(text, catalogue=catalogue))
        return _Tested("TestedState", strict_json(text))
    _refuse(validate(text, catalogue=catalogue))
    definition = strict_json(text)
    jsonata = definition.get("QueryLanguage") == "JSONata"
    found = next((each for each in _all_states(definition, jsonata) if each.name == name), None)
    if found is None:
        raise invalid(f"State name '{name}' does not exist in the definition.")
    return found


def _refuse(findings: list[Diagnostic]) -> None:
    errors = [finding for finding in findings if finding.severity == "ERROR"]
    if errors:
        said = ", ".join(finding.summary() for finding in errors)
        raise ApiError("InvalidDefinition", f"Invalid State Machine Definition: '{said}'")


def _all_states(machine: Mapping[str, Any], jsonata: bool, in_map: bool = False) -> Iterator[_Tested]:
    for name, state in machine["States"].items():
        yield _Tested(name, state, jsonata, in_map)
        for branch in state.get("Branches", ()):
            yield from _all_states(branch, jsonata, in_map)
        for field in ("ItemProcessor", "Iterator"):
            if field in state:
                yield from _all_states(state[field], jsonata, True)


def _as_task(state: Mapping[str, Any]) -> dict[str, Any]:
    """A state whose work is mocked, as a task: its data flow and its error handlers stay."""
    kept = {field: value for field, value in state.items() if field not in _NOT_OF_TASKS}
    if state["Type"] == "Map":
        kept.pop("Parameters", None)  # an older name of ItemSelector
    for field in ("TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath"):
        kept.pop(field, None)
    resource = _MOCKED
    if state["Type"] == "Parallel":
        resource = _MOCKED_FUNCTION
    elif state["Type"] == "Task" and state["Resource"].endswith(".waitForTaskToken"):
        resource = f"{_MOCKED}.waitForTaskToken"
    return {**kept, "Type": "Task", "Resource": resource}


def _targets(state: Mapping[str, Any]) -> Iterator[str]:
    for rule in (state, *state.get("Choices", ()), *state.get("Catch", ())):
        if isinstance(rule.get("Next"), str):
            yield rule["Next"]
    if isinstance(state.get("Default"), str):
        yield state["Default"]


def _object(request: Mapping[str, Any], member: str) -> dict[str, Any] | None:
    text = request.get(member)
    if text is None:
        return None
    value = parse_json(text, "ValidationException", f"Invalid {member}")
    if not isinstance(value, dict):
        raise invalid(f"The value of {member} is no JSON object.")
    return value


# ---- the run -------------------------------------------------------------------------------------


class _Observed(Execution):
    """An execution that remembers how its state failed, and stops there."""

    __slots__ = ("failure", "given_context", "retries", "retry_in", "tested")

    tested: str
    retries: int
    given_context: dict[str, Any] | None

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        self.failure: Failure | None = None
        self.given_context = None
        self.retry_in: float | None = None
        super().__init__(*arguments, **settings)

    def fail(self, branch: Branch, failure: Failure) -> None:
        self.failure = failure
        if self.retries and branch.attempts is None:
            branch.attempts = [self.retries] * len(branch.state.retriers)
        super().fail(branch, failure)

    def context(self, branch: Branch) -> dict[str, Any]:
        context: dict[str, Any] = super().context(branch)
        return context if self.given_context is None else {**context, **self.given_context}


class _Flow:
    """A data flow that remembers what passed; `seen` has the API's names."""

    def __init__(self, flow: Any) -> None:
        self._flow = flow
        self.jsonata = flow.jsonata
        self.seen: dict[str, Any] = {}

    def effective_input(self, execution: Any, branch: Any) -> Any:
        value = self._flow.effective_input(execution, branch)
        if not self.jsonata:
            self.seen["afterInputPath"] = value
        return value

    def arguments(self, execution: Any, branch: Any) -> Any:
        self.effective_input(execution, branch)
        value = self._flow.arguments(execution, branch)
        self.seen["afterArguments" if self.jsonata else "afterParameters"] = value
        return value

    def conclude(self, execution: Any, branch: Any, result: Any) -> Any:
        self.seen["result"] = result
        flow = self._flow
        if isinstance(flow, JsonpathFlow):
            if flow.result_selector is not None:
                result_after = flow.result_selector.evaluate(result, execution.scope(branch))
            else:
                result_after = result
            self.seen["afterResultSelector"] = result_after
            self.seen["afterResultPath"] = flow._place(branch, result_after)
        return self._concluded(flow.conclude(execution, branch, result))

    def pass_on(self, execution: Any, branch: Any) -> Any:
        self.effective_input(execution, branch)
        return self._concluded(self._flow.pass_on(execution, branch))

    def caught(self, execution: Any, branch: Any, error_output: Any) -> Any:
        return self._concluded(self._flow.caught(execution, branch, error_output))

    def _concluded(self, concluded: tuple[Any, Any]) -> tuple[Any, Any]:
        self.seen["variables"] = concluded[1]
        return concluded


def _run(
    context: CloudContext,
    integrations: Integrations,
    record: ExecutionRecord,
    execution: _Observed,
    mock: Mapping[str, Any] | None,
) -> None:
    """Perform what the state asks for, until it has left or would be retried."""
    asked = list(execution.start(context.clock.now()))
    while asked:
        effect = asked.pop(0)
        if isinstance(effect, effects.StartTask):
            asked += _task(context, integrations, record, effect, mock)
        elif isinstance(effect, effects.SetTimer) and effect.kind == "wait":
            if execution.failure is not None:
                execution.retry_in = effect.when - context.clock.now()
                return
            asked += execution.timer_fired(effect.key, context.clock.now())


def _task(
    context: CloudContext,
    integrations: Integrations,
    record: ExecutionRecord,
    task: effects.StartTask,
    mock: Mapping[str, Any] | None,
) -> list[effects.Effect]:
    execution, now = record.execution, context.clock.now
    if mock is not None and mock.get("errorOutput") is not None:
        error = mock["errorOutput"]
        return execution.task_failed(task.key, error.get("error"), error.get("cause"), now())
    if mock is not None:
        result = parse_json(mock.get("result") or "null", "ValidationException", "Invalid mock result")
        return execution.task_succeeded(task.key, result, now())
    try:
        result = integrations.perform(record, task, parse_resource(task.resource))
    except TaskFault as fault:
        return execution.task_failed(task.key, fault.error, fault.cause, now())
    return execution.task_succeeded(task.key, result, now())


# ---- the answer ----------------------------------------------------------------------------------


def _answer(
    request: Mapping[str, Any], execution: _Observed, seen: Mapping[str, Any], limits: Mapping[str, Any]
) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    after, failure = execution.root.state.name, execution.failure
    moved = after != execution.tested
    left = moved or execution.status == "SUCCEEDED"
    if left:
        shown["output"] = json_text(execution.root.input if moved else execution.output)
    if moved:
        shown["nextState"] = after
    if failure is not None:
        shown |= {"error": failure.error, "cause": failure.cause}
    elif execution.status == "FAILED":
        shown |= {"error": execution.error, "cause": execution.cause}
    if left:
        shown["status"] = "SUCCEEDED" if failure is None else "CAUGHT_ERROR"
    else:
        shown["status"] = "RETRIABLE" if execution.status == "RUNNING" else "FAILED"
    if request.get("inspectionLevel") in ("DEBUG", "TRACE"):
        shown["inspectionData"] = _inspection(request, execution, seen, limits)
    return {name: value for name, value in shown.items() if value is not None}


def _inspection(
    request: Mapping[str, Any], execution: _Observed, seen: Mapping[str, Any], limits: Mapping[str, Any]
) -> dict[str, Any]:
    data: dict[str, Any] = {"input": request.get("input") or "{}"}
    for name, value in seen.items():
        if name != "variables":
            data[name] = json_text(value)
    data |= limits
    variables = {**execution.root.variables, **(seen.get("variables") or {})}
    if variables:
        data["variables"] = json_text(variables)
    if execution.failure is not None:
        details: dict[str, Any] = {}
        for field, index in (("Retry", "retryIndex"), ("Catch", "catchIndex")):
            rules = execution.machine.flow.states[execution.tested]
            handlers: Any = rules.retriers if field == "Retry" else rules.catchers
            place = next(
                (at for at, rule in enumerate(handlers) if rule.errors.match(execution.failure)), None
            )
            waits = execution.retry_in is not None
            if place is not None and (field == "Retry") == waits:
                details[index] = place
        if execution.retry_in is not None:
            details["retryBackoffIntervalSeconds"] = round(execution.retry_in)
        if details:
            data["errorDetails"] = details
    return data
