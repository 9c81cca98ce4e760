"""Small definitions for the tests of validation, and a short way to write what was found."""

from typing import Any

from offline_cloud.engines.states_language.diagnostics import Diagnostic
from offline_cloud.engines.states_language.validation import validate

END: dict[str, Any] = {"Type": "Pass", "End": True}
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:price"


def machine(states: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A machine that starts at the first of `states`."""
    return {"StartAt": next(iter(states)), "States": states, **fields}


def state(**fields: Any) -> dict[str, Any]:
    """A machine of one state, S, that ends."""
    if fields.get("Type") not in ("Choice", "Succeed", "Fail"):
        fields.setdefault("End", True)
    return machine({"S": fields})


def task(**fields: Any) -> dict[str, Any]:
    return state(**{"Type": "Task", "Resource": FUNCTION, **fields})


def errors(definition: Any, **options: Any) -> list[tuple[str, str | None]]:
    """Sentence and place of each error."""
    return [(each.message, each.location) for each in found(definition, "ERROR", **options)]


def found(definition: Any, severity: str, **options: Any) -> list[Diagnostic]:
    return [each for each in validate(definition, **options) if each.severity == severity]


def other_language(field: str, given: str, needed: str) -> str:
    """AWS's sentence about a field of the other query language."""
    return (
        f"The QueryLanguage is set to '{given}', "
        f"but field '{field}' is only supported for the '{needed}' QueryLanguage"
    )
