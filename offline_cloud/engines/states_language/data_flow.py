"""How data goes into a state and out of it, in the two query languages.

JSONPath: InputPath, Parameters, (the work), ResultSelector, ResultPath, OutputPath. JSONata: Arguments,
(the work), Output. Assign is evaluated with the variables as they were: it and Output don't see each other.
A data flow is compiled once per state and never changes; what a state doesn't have costs nothing.
https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from offline_cloud.engines.states_language.jsonata import compile_template as compile_jsonata
from offline_cloud.engines.states_language.paths import Path, Reference, compile_path, compile_reference
from offline_cloud.engines.states_language.payload_template import Template, compile_template

if TYPE_CHECKING:
    from offline_cloud.engines.states_language.branch import Branch
    from offline_cloud.engines.states_language.interpreter import Interpreter

__all__ = [
    "Assigned",
    "DataFlow",
    "JsonataFlow",
    "JsonpathFlow",
    "compile_data_flow",
    "is_jsonata",
]

#: New values of variables by name; None if the state assigns none.
Assigned = Mapping[str, Any] | None


class DataFlow(Protocol):
    """What a state does with data besides its own work."""

    @property
    def jsonata(self) -> bool:
        """Which language it is."""

    def effective_input(self, execution: Interpreter, branch: Branch) -> Any:
        """What expressions of the state see as its input."""

    def arguments(self, execution: Interpreter, branch: Branch) -> Any:
        """What the state works on."""

    def conclude(self, execution: Interpreter, branch: Branch, result: Any) -> tuple[Any, Assigned]:
        """Output and assignments of a state that has a result."""

    def pass_on(self, execution: Interpreter, branch: Branch) -> tuple[Any, Assigned]:
        """Output and assignments of a state without a result: Choice, Wait, Succeed."""

    def caught(
        self, execution: Interpreter, branch: Branch, error_output: Mapping[str, str]
    ) -> tuple[Any, Assigned]:
        """Output and assignments of a catcher."""


def is_jsonata(state: Mapping[str, Any], inherited: bool) -> bool:
    """Whether a state (or a machine) speaks JSONata."""
    language = state.get("QueryLanguage")
    return inherited if language is None else language == "JSONata"


def compile_data_flow(state: Mapping[str, Any], jsonata: bool, field: str = "") -> DataFlow:
    """The data flow of a state, a Choice rule or a catcher; `field` is its place in the state."""
    if jsonata:
        return JsonataFlow.compile(state, field)
    return JsonpathFlow.compile(state)


# ---- JSONPath --------------------------------------------------------------------------------------


def _path(state: Mapping[str, Any], name: str) -> Path | None:
    """None if it takes everything."""
    text = state.get(name, "$")
    return None if text is None or text == "$" else compile_path(text)


@dataclass(frozen=True, slots=True)
class JsonpathFlow:
    """The JSONPath fields of a state; None where a field is absent or changes nothing."""

    no_input: bool
    input_path: Path | None
    parameters: Template | None
    result_selector: Template | None
    no_result: bool
    result_path: Reference | None
    assign: Template | None
    no_output: bool
    output_path: Path | None

    @classmethod
    def compile(cls, state: Mapping[str, Any]) -> JsonpathFlow:
        def template(name: str) -> Template | None:
            return compile_template(state[name]) if name in state else None

        result_path = state.get("ResultPath", "$")
        # A Map's Parameters are an older name of ItemSelector: they are not for the whole state.
        own = "Iterator" not in state and "ItemProcessor" not in state
        return cls(
            no_input=state.get("InputPath", "$") is None,
            input_path=_path(state, "InputPath"),
            parameters=template("Parameters") if own else None,
            result_selector=template("ResultSelector"),
            no_result=result_path is None,
            result_path=None if result_path in (None, "$") else compile_reference(result_path),
            assign=template("Assign"),
            no_output=state.get("OutputPath", "$") is None,
            output_path=_path(state, "OutputPath"),
        )

    @property
    def jsonata(self) -> bool:
        return False

    def effective_input(self, execution: Interpreter, branch: Branch) -> Any:
        if self.input_path is not None:
            return self.input_path.read(branch.input, execution.scope(branch))
        return {} if self.no_input else branch.input

    def arguments(self, execution: Interpreter, branch: Branch) -> Any:
        data = self.effective_input(execution, branch)
        if self.parameters is None:
            return data
        return self.parameters.evaluate(data, execution.scope(branch))

    def conclude(self, execution: Interpreter, branch: Branch, result: Any) -> tuple[Any, Assigned]:
        assigned = None
        if self.assign is not None:
            assigned = self.assign.evaluate(result, execution.scope(branch))
        if self.result_selector is not None:
            result = self.result_selector.evaluate(result, execution.scope(branch))
        return self._output(execution, branch, self._place(branch, result)), assigned

    def pass_on(self, execution: Interpreter, branch: Branch) -> tuple[Any, Assigned]:
        data = self.effective_input(execution, branch)
        assigned = None
        if self.assign is not None:
            assigned = self.assign.evaluate(data, execution.scope(branch))
        return self._output(execution, branch, data), assigned

    def caught(
        self, execution: Interpreter, branch: Branch, error_output: Mapping[str, str]
    ) -> tuple[Any, Assigned]:
        assigned = None
        if self.assign is not None:
            assigned = self.assign.evaluate(error_output, execution.scope(branch))
        return self._place(branch, error_output), assigned

    def _place(self, branch: Branch, result: Any) -> Any:
        if self.result_path is not None:
            return self.result_path.write(branch.input, result)
        return branch.input if self.no_result else result

    def _output(self, execution: Interpreter, branch: Branch, data: Any) -> Any:
        if self.output_path is not None:
            return self.output_path.read(data, execution.scope(branch))
        return {} if self.no_output else data


# ---- JSONata ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class JsonataFlow:
    """The JSONata fields of a state; None where a field is absent."""

    arguments_template: Any
    output: Any
    assign: Any

    @classmethod
    def compile(cls, state: Mapping[str, Any], field: str = "") -> JsonataFlow:
        def template(name: str) -> Any:
            return compile_jsonata(state[name], field + name) if name in state else None

        return cls(template("Arguments"), template("Output"), template("Assign"))

    @property
    def jsonata(self) -> bool:
        return True

    def effective_input(self, execution: Interpreter, branch: Branch) -> Any:
        return branch.input

    def arguments(self, execution: Interpreter, branch: Branch) -> Any:
        if self.arguments_template is None:
            return branch.input
        return self.arguments_template.evaluate(execution.states_scope(branch))

    def conclude(self, execution: Interpreter, branch: Branch, result: Any) -> tuple[Any, Assigned]:
        if self.assign is None and self.output is None:
            return result, None
        return self._evaluate(execution.states_scope(branch, result=result), result)

    def pass_on(self, execution: Interpreter, branch: Branch) -> tuple[Any, Assigned]:
        if self.assign is None and self.output is None:
            return branch.input, None
        return self._evaluate(execution.states_scope(branch), branch.input)

    def caught(
        self, execution: Interpreter, branch: Branch, error_output: Mapping[str, str]
    ) -> tuple[Any, Assigned]:
        if self.assign is None and self.output is None:
            return error_output, None
        return self._evaluate(execution.states_scope(branch, errorOutput=error_output), error_output)

    def _evaluate(self, scope: Any, default: Any) -> tuple[Any, Assigned]:
        assigned = None if self.assign is None else self.assign.evaluate(scope)
        output = default if self.output is None else self.output.evaluate(scope)
        return output, assigned
