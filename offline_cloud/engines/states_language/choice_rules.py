"""Checks the rules of a Choice state, JSONPath's comparisons and JSONata's conditions alike."""

from collections.abc import Mapping
from typing import Any

from offline_cloud.engines.states_language.diagnostics import Place
from offline_cloud.engines.states_language.field_values import check_fields
from offline_cloud.engines.states_language.state_fields import (
    COMBINERS,
    COMPARATORS,
    NESTED_RULE,
    RULE,
)


def check_choices(place: Place, state: Mapping[str, Any]) -> None:
    """Check a Choice state's list of rules."""
    findings, location = place.findings, place.location
    rules = state.get("Choices")
    if not isinstance(rules, list):
        return
    if not rules:
        findings.schema(
            "Minimum number of items is 1",
            f"{location}/Choices",
            "A Choice needs at least one rule in Choices.",
        )
    for index, rule in enumerate(rules):
        where = f"{location}/Choices[{index}]"
        if not isinstance(rule, dict):
            findings.wrong_type("OBJECT", where, 'A rule is an object: {"Variable": ..., "Next": ...}.')
            continue
        inside = place.inside(f"/Choices[{index}]")
        check_fields(inside, rule, RULE, "a Choice rule")
        if place.language == "JSONata":
            lacking = [name for name in ("Condition", "Next") if name not in rule]
            if lacking:
                findings.missing(lacking, where, _lacking_advice(lacking))
            continue
        if "Next" not in rule:
            findings.missing(["Next"], where, _lacking_advice(["Next"]))
        _check_comparison(inside, rule)


def _lacking_advice(lacking: list[str]) -> str:
    advice = {
        "Condition": 'say when the rule applies: "Condition": "{% $states.input.x > 1 %}"',
        "Next": "say where the rule leads: Next stands inside each rule",
    }
    text = "; ".join(advice[name] for name in lacking)
    return f"{text[0].upper()}{text[1:]}."


def _check_comparison(place: Place, rule: Mapping[str, Any]) -> None:
    """Check that a rule makes one comparison, or combines others that do."""
    findings, location = place.findings, place.location
    tests = [name for name in rule if name in COMPARATORS]
    combiners = [name for name in rule if name in COMBINERS]
    if len(tests) + len(combiners) > 1:
        findings.exclusive([*combiners, *tests], location)
    elif not tests and not combiners:
        findings.schema(
            "Exactly one comparison operator or one of [And, Or, Not] is required",
            location,
            'Add the comparison, such as "NumericGreaterThan": 10.',
        )
    if tests and "Variable" not in rule:
        findings.missing(["Variable"], location, 'Say what is compared: "Variable": "$.order.total".')
    if combiners and "Variable" in rule and not tests:
        findings.unsupported(
            "Variable",
            location,
            (),
            f"Beside {combiners[0]} there is nothing to compare: a rule with {combiners[0]}",
        )
    for name in combiners:
        _check_operands(place, name, rule[name])


def _check_operands(place: Place, name: str, value: Any) -> None:
    findings, location = place.findings, place.location
    if name == "Not":
        if isinstance(value, dict):
            _check_nested(place.inside("/Not"), value)
        return
    if not isinstance(value, list):
        return
    if not value:
        findings.too_few(f"{location}/{name}", f"{name} needs at least one rule.")
    for index, rule in enumerate(value):
        where = f"{location}/{name}[{index}]"
        if isinstance(rule, dict):
            _check_nested(place.inside(f"/{name}[{index}]"), rule)
        else:
            findings.wrong_type("OBJECT", where, 'A rule is an object: {"Variable": ..., ...}.')


def _check_nested(place: Place, rule: Mapping[str, Any]) -> None:
    check_fields(place, rule, NESTED_RULE, "a rule inside And, Or or Not")
    _check_comparison(place, rule)
