"""Checks values that are evaluated: payload templates, Assign, and JSONata expressions.

In a JSONPath payload template a key that ends in `.$` holds a path or an intrinsic call. In a JSONata state
every string that begins with `{%` and ends with `%}` is an expression, at any depth. AWS reports a template's
fault at the field of the state that holds the template, and an expression's fault at the very string.
"""

from collections.abc import Mapping
from typing import Any, Final

from offline_cloud.engines.states_language.diagnostics import (
    INVALID_JSONATA,
    NO_DOLLAR,
    RESULT_IS_STATIC,
    Findings,
    Place,
)
from offline_cloud.engines.states_language.jsonata_references import NO_ERROR_OUTPUT, expression_faults
from offline_cloud.engines.states_language.references import (
    is_expression,
    looks_like_path,
    template_value_fault,
    variable_name_fault,
)

_CONTAINERS: Final = (dict, list)


def check_template(place: Place, name: str, value: Any) -> None:
    """Check all that will be evaluated in the value of field `name`."""
    if place.language == "JSONata":
        _check_jsonata(place.inside(f"/{name}"), value)
    elif name == "Result":
        _check_static(place.findings, value, f"{place.location}/Result")
    elif isinstance(value, _CONTAINERS):
        _check_payload(place.findings, value, f"{place.location}/{name}")
    elif isinstance(value, str) and looks_like_path(value):
        place.findings.warning(
            NO_DOLLAR,
            f"The field '{name}' has a value that looks like a JSONPath or an intrinsic function call",
            f"{place.location}/{name}",
            f'As it stands {name} is the text {value}. Write an object with keys ending in ".$".',
        )


def check_assign(place: Place, variables: Mapping[str, Any]) -> None:
    """Check the names and the values of the variables that a state assigns."""
    for key in variables:
        name = key.removesuffix(".$") if place.language == "JSONPath" else key
        if fault := variable_name_fault(name):
            place.findings.schema(
                f"Variable name '{name}' is not valid", f"{place.location}/Assign", f"Rename {name}: {fault}."
            )
    check_template(place, "Assign", variables)


def check_expression(place: Place, text: str) -> None:
    """Check the JSONata expression at `place`, written with its `{% %}`."""
    for fault in expression_faults(text):
        if not (place.catcher and fault.message == NO_ERROR_OUTPUT):
            place.findings.error(fault.code, fault.message, place.location, fault.advice)


def _check_payload(findings: Findings, node: Any, location: str) -> None:
    """Walk a JSONPath template; `location` stays the state's field, as AWS has it."""
    if isinstance(node, list):
        for item in node:
            if isinstance(item, _CONTAINERS):
                _check_payload(findings, item, location)
        return
    for key, value in node.items():
        if key.endswith(".$"):
            fault = template_value_fault(value) if isinstance(value, str) else "it is no text"
            if fault:
                findings.schema(
                    f"The value for the field '{key}' must be a valid JSONPath "
                    "or a valid intrinsic function call",
                    location,
                    f'A key that ends in ".$" is evaluated; {key} can\'t be: {fault}.',
                )
        elif isinstance(value, _CONTAINERS):
            _check_payload(findings, value, location)
        elif isinstance(value, str) and value[:1] in ("$", "S") and looks_like_path(value):
            findings.warning(
                NO_DOLLAR,
                f"The field '{key}' has a value that looks like a JSONPath or an intrinsic function call, "
                "but its name does not end with '.$'",
                location,
                f'As it stands {key} is the text {value}. Write "{key}.$" if it should be evaluated.',
            )


def _check_static(findings: Findings, value: Any, location: str) -> None:
    """Warn of a Pass state's Result that looks as if it should be evaluated; it never is."""
    pending = [value]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            pending.extend(node.values())
            if not any(key.endswith(".$") for key in node):
                continue
        elif isinstance(node, list):
            pending.extend(node)
            continue
        elif not (isinstance(node, str) and looks_like_path(node)):
            continue
        findings.warning(
            RESULT_IS_STATIC,
            "The value of the field 'Result' is static, but it contains what looks like a JSONPath",
            location,
            "Result is passed on as it stands: write Parameters if parts of it should be evaluated.",
        )
        return


def _check_jsonata(place: Place, node: Any) -> None:
    if isinstance(node, str):
        if is_expression(node):
            check_expression(place, node)
        elif "{%" in node or "%}" in node:
            place.findings.warning(
                INVALID_JSONATA,
                "The string has the marks of a JSONata expression but is not one",
                place.location,
                "An expression is a whole string, from {% to %} without blanks around: "
                "write {% 'Hello ' & $states.input.name %}.",
            )
    elif isinstance(node, dict):
        for key, value in node.items():
            if key.endswith(".$") and isinstance(value, str) and looks_like_path(value):
                place.findings.warning(
                    INVALID_JSONATA,
                    f"The field '{key}' ends with '.$', but the QueryLanguage is 'JSONata'",
                    f"{place.location}/{key}",
                    f'This state speaks JSONata: write "{key[:-2]}" with an expression between {{% and %}}.',
                )
            _check_jsonata(place.inside(f"/{key}"), value)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            _check_jsonata(place.inside(f"[{index}]"), value)
