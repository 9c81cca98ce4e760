"""Checks what is Task's own: what it calls, with which parameters, and how long it may take."""

from collections.abc import Mapping
from typing import Any

from offline_cloud.engines.states_language.diagnostics import SCHEMA, Findings, Place, did_you_mean
from offline_cloud.engines.states_language.resources import (
    INTEGRATIONS,
    Kind,
    Parameters,
    Pattern,
    Resource,
    ServiceCatalogue,
    UnknownResource,
    not_recognised,
    parse_resource,
)


def check_task(
    place: Place,
    state: Mapping[str, Any],
    *,
    express: bool,
    catalogue: ServiceCatalogue | None,
) -> None:
    """Check a Task state beyond its fields."""
    findings, location = place.findings, place.location
    _check_limits(findings, state, location)
    text = state.get("Resource")
    if not isinstance(text, str):
        return
    where = f"{location}/Resource"
    try:
        resource = parse_resource(text)
    except UnknownResource as error:
        findings.schema(str(error), where, error.advice)
        return
    if catalogue is not None and (lack := catalogue.lack(resource)):
        findings.schema(
            not_recognised(text),
            where,
            lack,
        )
        return
    if catalogue is not None and (sentence := catalogue.unfinished(resource)):
        findings.warning(SCHEMA, sentence, where, "It runs on AWS; here the task fails.")
    if express:
        _check_express(findings, resource, where)
    if resource.pattern is Pattern.TOKEN:
        _check_token(place, state, where)
    if expected := _expected(resource, catalogue):
        _check_parameters(place, state, resource, expected)


def _check_limits(findings: Findings, state: Mapping[str, Any], location: str) -> None:
    limit, heartbeat = state.get("TimeoutSeconds"), state.get("HeartbeatSeconds")
    if (
        isinstance(limit, int)
        and isinstance(heartbeat, int)
        and not isinstance(limit, bool)
        and not isinstance(heartbeat, bool)
        and 1 <= limit <= heartbeat
    ):
        findings.schema(
            "'HeartbeatSeconds' must be smaller than 'TimeoutSeconds'",
            f"{location}/HeartbeatSeconds",
            f"A worker is given {limit} s in all: ask for a sign of life within less.",
        )


def _check_express(findings: Findings, resource: Resource, location: str) -> None:
    advice = "Make it a Standard machine, or call the service by request-response."
    if resource.kind is Kind.ACTIVITY:
        findings.schema("Express state machine does not support Activity ARN", location, advice)
    elif resource.pattern is not Pattern.REQUEST:
        findings.schema(
            f"Express state machine does not support '.{resource.pattern}' service integration",
            location,
            advice,
        )


def _check_token(place: Place, state: Mapping[str, Any], location: str) -> None:
    """Warn of a task that waits for its token and gives it to nobody."""
    jsonata = place.language == "JSONata"
    name, token = ("Arguments", "$states.context.Task.Token") if jsonata else ("Parameters", "$$.Task.Token")
    pending = [state.get(name)]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            pending.extend(node.values())
        elif isinstance(node, list):
            pending.extend(node)
        elif isinstance(node, str) and ("context" in node if jsonata else "$$" in node):
            return
    place.findings.warning(
        SCHEMA,
        f"The task waits for its token, but '{name}' does not contain '{token}'",
        location,
        f"Whoever is to answer needs the token: pass {token} on in {name}.",
    )


def _check_parameters(
    place: Place, state: Mapping[str, Any], resource: Resource, expected: Parameters
) -> None:
    jsonata = place.language == "JSONata"
    name = "Arguments" if jsonata else "Parameters"
    given = state.get(name)
    if not isinstance(given, dict):
        return
    keys = set(given) if jsonata else {key.removesuffix(".$") for key in given}
    findings, where = place.findings, f"{place.location}/{name}"
    call = f"{resource.service}:{resource.action}"
    known = expected.known or expected.required
    if expected.known:
        for key in sorted(keys - expected.known):
            findings.schema(
                f'The field "{key}" is not supported by Step Functions',
                where,
                did_you_mean(key, known) or f"{call} takes {', '.join(sorted(known))}.",
            )
    for key in sorted(expected.required - keys):
        near = next((each for each in keys if each.casefold() == key.casefold()), None)
        findings.schema(
            f'The field "{key}" is required but was missing',
            where,
            f"Write {key}, not {near}: names of parameters begin with a capital."
            if near
            else f"{call} needs {key}.",
        )


def _expected(resource: Resource, catalogue: ServiceCatalogue | None) -> Parameters | None:
    if resource.kind is Kind.OPTIMIZED:
        return INTEGRATIONS[resource.service][resource.action].parameters
    if resource.kind is Kind.SDK and catalogue is not None:
        return catalogue.parameters(resource)
    return None
