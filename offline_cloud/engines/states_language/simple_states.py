"""States that do their work at once or wait for a time: Pass, Succeed, Fail, Choice, Wait."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from offline_cloud.engines.states_language.choice import compile_rule, instant
from offline_cloud.engines.states_language.data_flow import DataFlow, compile_data_flow
from offline_cloud.engines.states_language.errors import StatesError
from offline_cloud.engines.states_language.expected_values import (
    boolean_result,
    compile_text,
    jsonata_expression,
    number_result,
    text_result,
)
from offline_cloud.engines.states_language.paths import compile_path
from offline_cloud.engines.states_language.payload_size import json_text
from offline_cloud.engines.states_language.retry import RUNTIME, Failure
from offline_cloud.engines.states_language.state import Common, State

if TYPE_CHECKING:
    from offline_cloud.engines.states_language.branch import Branch
    from offline_cloud.engines.states_language.interpreter import Interpreter

__all__ = ["ChoiceState", "FailState", "PassState", "SucceedState", "WaitState"]

_NOTHING: Final = object()


class PassState(State):
    """Passes its input on, or a fixed result."""

    __slots__ = ("result",)

    def __init__(self, common: Common, state: Mapping[str, Any]) -> None:
        super().__init__(common)
        self.result = state.get("Result", _NOTHING)

    def run(self, execution: Interpreter, branch: Branch) -> bool:
        data = self.data
        if data.jsonata:
            output, assigned = data.pass_on(execution, branch)
        else:
            result = self.result
            if result is _NOTHING:
                result = data.arguments(execution, branch)
            output, assigned = data.conclude(execution, branch, result)
        return execution.leave(branch, output, assigned, self.next)


class SucceedState(State):
    """Ends its flow."""

    __slots__ = ()

    def run(self, execution: Interpreter, branch: Branch) -> bool:
        output, assigned = self.data.pass_on(execution, branch)
        return execution.leave(branch, output, assigned, None)


class FailState(State):
    """Fails what it is in; it is never left."""

    __slots__ = ("cause", "error")

    def __init__(self, common: Common, state: Mapping[str, Any]) -> None:
        super().__init__(common)
        jsonata = common.data.jsonata
        self.error = compile_text(state, "Error", jsonata)
        self.cause = compile_text(state, "Cause", jsonata)

    def run(self, execution: Interpreter, branch: Branch) -> bool:
        error = None if self.error is None else self.error(execution, branch)
        cause = None if self.cause is None else self.cause(execution, branch)
        execution.fail(branch, Failure(error, cause))
        return False


# ---- Choice ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rule of a Choice: its test is applied to the state's effective input."""

    test: Callable[[Interpreter, Branch, Any], bool]
    next: str
    data: DataFlow


class ChoiceState(State):
    """Goes on with the first rule that matches; the state's own Assign and Output are for Default."""

    __slots__ = ("default", "rules")

    def __init__(self, common: Common, state: Mapping[str, Any]) -> None:
        super().__init__(common)
        jsonata = common.data.jsonata
        self.default = state.get("Default")
        self.rules = tuple(
            _compile_rule(state, rule, at, jsonata) for at, rule in enumerate(state["Choices"])
        )

    def run(self, execution: Interpreter, branch: Branch) -> bool:
        data = self.data.effective_input(execution, branch)
        for rule in self.rules:
            if rule.test(execution, branch, data):
                output, assigned = rule.data.pass_on(execution, branch)
                return execution.leave(branch, output, assigned, rule.next)
        if self.default is None:
            raise StatesError(
                RUNTIME, "Failed to transition out of the state. The state does not point to a next state."
            )
        output, assigned = self.data.pass_on(execution, branch)
        return execution.leave(branch, output, assigned, self.default)


def _compile_rule(state: Mapping[str, Any], rule: Mapping[str, Any], at: int, jsonata: bool) -> _Rule:
    if jsonata:
        field = f"Choices[{at}]"
        test = _condition(rule["Condition"], f"{field}/Condition")
        return _Rule(test, rule["Next"], compile_data_flow(rule, jsonata, f"{field}/"))
    matches = compile_rule(rule).matches
    # A rule has its own Assign; the paths around it are the state's.
    paths = {name: state[name] for name in ("InputPath", "OutputPath") if name in state}
    own = {name: rule[name] for name in ("Assign",) if name in rule}
    return _Rule(
        lambda execution, branch, data: matches(data, execution.scope(branch)),
        rule["Next"],
        compile_data_flow({**paths, **own}, jsonata),
    )


def _condition(text: Any, field: str) -> Callable[[Interpreter, Branch, Any], bool]:
    if isinstance(text, bool):
        return lambda execution, branch, data: text
    evaluate = jsonata_expression(text, field, boolean_result)
    return lambda execution, branch, data: evaluate(execution, branch)


# ---- Wait ------------------------------------------------------------------------------------------

When = Callable[["Interpreter", "Branch"], float]


class WaitState(State):
    """Waits for some seconds or until a time."""

    __slots__ = ("when",)

    def __init__(self, common: Common, state: Mapping[str, Any]) -> None:
        super().__init__(common)
        self.when = _compile_when(state, common.data)

    def run(self, execution: Interpreter, branch: Branch) -> bool:
        # A time that has passed is now.
        when = max(self.when(execution, branch), execution.now)
        execution.set_timer(branch, when, "wait", "wait")
        return False

    def timer(self, execution: Interpreter, branch: Branch, purpose: str) -> bool:
        output, assigned = self.data.pass_on(execution, branch)
        return execution.leave(branch, output, assigned, self.next)

    def aborted(self, execution: Interpreter, branch: Branch) -> None:
        execution.note(branch, "WaitStateAborted")


def _compile_when(state: Mapping[str, Any], data: DataFlow) -> When:
    if data.jsonata:
        if "Seconds" in state:
            seconds = jsonata_expression(state["Seconds"], "Seconds", number_result)
            return lambda execution, branch: execution.now + _whole_seconds(seconds(execution, branch))
        text = jsonata_expression(state["Timestamp"], "Timestamp", text_result)
        return lambda execution, branch: _moment(
            text(execution, branch), lambda: f"Timestamp == {text(execution, branch)}", "Timestamp"
        )
    if "Seconds" in state:
        fixed = state["Seconds"]
        return lambda execution, branch: execution.now + fixed
    if "Timestamp" in state:
        stamp = state["Timestamp"]
        return lambda execution, branch: _moment(stamp, lambda: stamp, "Timestamp")
    if "SecondsPath" in state:
        return partial(_seconds_at, state["SecondsPath"], compile_path(state["SecondsPath"]).read, data)
    return partial(_moment_at, state["TimestampPath"], compile_path(state["TimestampPath"]).read, data)


def _whole_seconds(value: Any) -> float:
    if value < 0 or value > 99_999_999:
        raise StatesError(
            "States.QueryEvaluationError",
            f"The field 'Seconds' must be a number from 0 to 99999999, but was {json_text(value)}",
        )
    return int(value)


def _seconds_at(text: str, read: Any, data: DataFlow, execution: Interpreter, branch: Branch) -> float:
    searched = data.effective_input(execution, branch)
    try:
        value = read(searched, execution.scope(branch))
    except StatesError:
        raise StatesError(
            RUNTIME, f"The SecondsPath parameter does not reference an input value: {text}"
        ) from None
    if isinstance(value, bool) or not isinstance(value, int):
        raise StatesError(
            RUNTIME,
            f"The SecondsPath parameter cannot be parsed as a long value: {text} == {_plain(value)}",
        )
    if value < 0:
        raise StatesError(
            RUNTIME, f"The SecondsPath parameter references a negative value: {text} == {_plain(value)}"
        )
    return execution.now + value


def _moment_at(text: str, read: Any, data: DataFlow, execution: Interpreter, branch: Branch) -> float:
    searched = data.effective_input(execution, branch)
    try:
        value = read(searched, execution.scope(branch))
    except StatesError:
        raise StatesError(
            RUNTIME, f"The TimestampPath parameter does not reference an input value: {text}"
        ) from None
    return _moment(value, lambda: f"{text} == {_plain(value)}", "TimestampPath")


def _moment(value: Any, described: Callable[[], str], field: str) -> float:
    nanoseconds = instant(value) if isinstance(value, str) else None
    if nanoseconds is None:
        raise StatesError(
            RUNTIME,
            f"The {field} parameter does not reference a valid ISO-8601 extended offset date-time format "
            f"string: {described()}",
        )
    return nanoseconds / 1e9


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json_text(value)
