"""Checks the values of fields against the tables of `state_fields`."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from offline_cloud.engines.states_language.diagnostics import NO_PATH, Place
from offline_cloud.engines.states_language.evaluated_values import (
    check_assign,
    check_expression,
    check_template,
)
from offline_cloud.engines.states_language.references import (
    is_expression,
    looks_like_path,
    path_fault,
    reference_fault,
    template_value_fault,
)
from offline_cloud.engines.states_language.state_fields import Field, Fields, Kind, QueryLanguage

_TIMESTAMP: Final = re.compile(
    r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?"
    r"(?:Z|[+-]\d{2}:\d{2})",
    re.ASCII,
)
_WORDS: Final[Mapping[Kind, str]] = {
    Kind.STRING: "STRING",
    Kind.TIMESTAMP: "STRING",
    Kind.PATH: "STRING",
    Kind.REFERENCE: "STRING",
    Kind.PATH_OR_INTRINSIC: "STRING",
    Kind.BOOLEAN: "BOOLEAN",
    Kind.INTEGER: "INTEGER",
    Kind.NUMBER: "NUMBER",
    Kind.OBJECT: "OBJECT",
    Kind.ASSIGN: "OBJECT",
    Kind.ARRAY: "ARRAY",
}
_EXAMPLES: Final[Mapping[Kind, str]] = {
    Kind.STRING: "text in double quotes",
    Kind.TIMESTAMP: 'a time such as "2026-03-14T01:59:00Z"',
    Kind.PATH: 'a path such as "$.order.id"',
    Kind.REFERENCE: 'a path such as "$.order.id"',
    Kind.PATH_OR_INTRINSIC: 'a path such as "$.order.id"',
    Kind.BOOLEAN: "true or false, without quotes",
    Kind.INTEGER: "a whole number, without quotes",
    Kind.NUMBER: "a number, without quotes",
    Kind.OBJECT: "an object: {...}",
    Kind.ASSIGN: 'an object of variables: {"name": ...}',
    Kind.ARRAY: "a list: [...]",
}


def check_fields(
    place: Place, node: Mapping[str, Any], fields: Fields, where: str, *, other_language: bool = True
) -> None:
    """Check that `node` has only fields of the table, of its query language, with values that they may have.

    `where` names the node in advice ("a Pass state"). `other_language` False leaves fields of the other query
    language unnamed.
    """
    findings, language = place.findings, place.language
    for name, value in node.items():
        field = fields.get(name)
        if field is None:
            known = [key for key, each in fields.items() if each.language in (None, language)]
            findings.unsupported(name, place.location or "/", known, where)
        elif field.language is None or field.language == language:
            check_value(place, name, value, field)
        elif other_language:
            findings.schema(
                f"The QueryLanguage is set to '{language}', but field '{name}' is only supported for the "
                f"'{field.language}' QueryLanguage",
                place.location or "/",
                _other_language_advice(name, language),
            )


def _other_language_advice(name: str, language: QueryLanguage) -> str:
    twin = {
        "Parameters": "Arguments",
        "ItemsPath": "Items",
        "OutputPath": "Output",
        "ResultSelector": "Output",
        "ResultPath": "Output",
        "Result": "Output",
        "Variable": "Condition",
        "Arguments": "Parameters",
        "Items": "ItemsPath",
        "Output": "OutputPath, ResultSelector or ResultPath",
        "Condition": "Variable with a comparison",
    }.get(name) or (name.removesuffix("Path") if language == "JSONata" and name.endswith("Path") else None)
    instead = f"Write {twin} instead" if twin else f"Remove {name}"
    other = "JSONata" if language == "JSONPath" else "JSONPath"
    return f'{instead}, or set "QueryLanguage": "{other}" where it is allowed.'


def check_value(place: Place, name: str, value: Any, field: Field) -> None:
    """Check the value of the field `name` of the node at `place`."""
    _CHECKS[field.kind](place, name, value, field)


def _check_other(place: Place, name: str, value: Any, field: Field) -> None:
    """Check a value that is not of the field's own type: null, an expression, or simply wrong."""
    if value is None and field.nullable:
        return
    if place.language == "JSONata" and field.expression and isinstance(value, str) and is_expression(value):
        check_expression(place.inside(f"/{name}"), value)
        return
    place.findings.wrong_type(
        _WORDS[field.kind], f"{place.location}/{name}", f"{name} must be {_EXAMPLES[field.kind]}."
    )


def _check_any(place: Place, name: str, value: Any, _: Field) -> None:
    if place.language == "JSONata" or name == "Result":
        check_template(place, name, value)


def _check_template(place: Place, name: str, value: Any, _: Field) -> None:
    check_template(place, name, value)


def _check_boolean(place: Place, name: str, value: Any, field: Field) -> None:
    if not isinstance(value, bool):
        _check_other(place, name, value, field)


def _check_array(place: Place, name: str, value: Any, field: Field) -> None:
    if not isinstance(value, list):
        _check_other(place, name, value, field)


def _check_object(place: Place, name: str, value: Any, field: Field) -> None:
    if not isinstance(value, dict):
        _check_other(place, name, value, field)
    elif field.kind is Kind.ASSIGN:
        check_assign(place, value)
    elif field.expression:
        check_template(place, name, value)


def _check_text(place: Place, name: str, value: Any, field: Field) -> None:
    if not isinstance(value, str):
        _check_other(place, name, value, field)
    elif field.values:
        if value not in field.values:
            place.findings.one_of(field.values, value, f"{place.location}/{name}")
    elif not field.expression:
        return
    elif place.language == "JSONata":
        if is_expression(value):
            check_expression(place.inside(f"/{name}"), value)
    elif looks_like_path(value):
        place.findings.warning(
            NO_PATH,
            f"The value of the field '{name}' looks like a path, but the field name does not end with 'Path'",
            f"{place.location}/{name}",
            f"As it stands {name} is the text {value}. Write {name}Path if the value should be looked up.",
        )


def _check_number(place: Place, name: str, value: Any, field: Field) -> None:
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not (whole or (field.kind is Kind.NUMBER and isinstance(value, float))):
        _check_other(place, name, value, field)
        return
    if field.minimum is not None and value < field.minimum:
        message, advice, limit = "Minimum value is", "must be at least", field.minimum
    elif field.maximum is not None and value > field.maximum:
        message, advice, limit = "Maximum value is", "must be at most", field.maximum
    else:
        return
    place.findings.schema(
        f"{message} {limit:.15g}", f"{place.location}/{name}", f"{name} {advice} {limit:.15g}."
    )


def _check_timestamp(place: Place, name: str, value: Any, field: Field) -> None:
    if not isinstance(value, str) or (place.language == "JSONata" and is_expression(value)):
        _check_other(place, name, value, field)
    elif not _TIMESTAMP.fullmatch(value):
        advice = f"Write {_EXAMPLES[Kind.TIMESTAMP]}, with T and with Z or an offset."
        if place.language == "JSONPath" and value.startswith("$"):
            advice += f" To look the time up, write {name}Path."
        place.findings.schema("Value must be a valid ISO-8601 timestamp", f"{place.location}/{name}", advice)


def _check_path(place: Place, name: str, value: Any, field: Field) -> None:
    if not isinstance(value, str):
        _check_other(place, name, value, field)
    elif fault := path_fault(value):
        place.findings.schema(
            "Value must be a valid JSONPath.",
            f"{place.location}/{name}",
            f"{value or 'An empty text'} is no path: {fault}.",
        )


def _check_reference(place: Place, name: str, value: Any, field: Field) -> None:
    if not isinstance(value, str):
        _check_other(place, name, value, field)
        return
    fault = reference_fault(value)
    if name == "ResultPath" and value.startswith("$") and not value.startswith(("$.", "$[")) and value != "$":
        fault = "ResultPath can't be set in the context object or in a variable"
    if fault:
        place.findings.schema(
            f"Value is not a Reference Path: {fault}",
            f"{place.location}/{name}",
            f"{name} must lead to one place, such as $.order.id or $.items[0].",
        )


def _check_path_or_call(place: Place, name: str, value: Any, field: Field) -> None:
    if not isinstance(value, str):
        _check_other(place, name, value, field)
    elif fault := template_value_fault(value):
        place.findings.schema(
            "Value must be a valid JSONPath or a valid intrinsic function call",
            f"{place.location}/{name}",
            f"{value or 'An empty text'} can't be evaluated: {fault}.",
        )


_CHECKS: Final[Mapping[Kind, Callable[[Place, str, Any, Field], None]]] = {
    Kind.ANY: _check_any,
    Kind.TEMPLATE: _check_template,
    Kind.STRING: _check_text,
    Kind.BOOLEAN: _check_boolean,
    Kind.INTEGER: _check_number,
    Kind.NUMBER: _check_number,
    Kind.OBJECT: _check_object,
    Kind.ASSIGN: _check_object,
    Kind.ARRAY: _check_array,
    Kind.TIMESTAMP: _check_timestamp,
    Kind.PATH: _check_path,
    Kind.REFERENCE: _check_reference,
    Kind.PATH_OR_INTRINSIC: _check_path_or_call,
}
