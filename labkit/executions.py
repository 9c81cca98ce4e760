"""What the pictures of state machines are drawn from: definitions and histories, asked of the cloud.

A learner's slip (a wrong ARN, an Express execution, which keeps no history) is a sentence, not a traceback.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labkit.errors import refuse

_STATES = "arn:aws:states:"


@dataclass(frozen=True, slots=True)
class Subject:
    """What to draw: a definition, a name for it, and perhaps the ARN of an execution."""

    definition: dict[str, Any]
    name: str
    execution: str | None


@dataclass(frozen=True, slots=True)
class Record:
    """All events of an execution and the answer of DescribeExecution, with `mapRuns` where there are any."""

    events: list[dict[str, Any]]
    described: dict[str, Any]


def find_machine(client: Any, machine: Mapping[str, Any] | str, execution: Any = None) -> Subject:
    """The definition that is meant: given itself, by a machine's name or ARN, or by an execution's ARN."""
    if isinstance(machine, Mapping) and "executionArn" in machine:
        machine = str(machine["executionArn"])
    if isinstance(machine, Mapping) and "stateMachineArn" in machine:
        machine = str(machine["stateMachineArn"])
    run = None if execution is None else execution_arn(execution)
    if isinstance(machine, Mapping):
        return Subject(dict(machine), str(machine.get("Comment") or "State machine"), run)
    if not isinstance(machine, str):
        refuse(f"a state machine is its definition, its name or its ARN (this was {machine!r}).")
    if machine.lstrip().startswith("{"):
        definition = _definition(machine)
        return Subject(definition, str(definition.get("Comment") or "State machine"), run)
    if machine.startswith(_STATES) and ":execution:" in machine:
        run = machine
    if run is not None:
        # The definition as it was when the execution began: the machine may have been changed since.
        answer = _asked(client.describe_state_machine_for_execution, run, executionArn=run)
    else:
        arn = machine if machine.startswith(_STATES) else _arn_of(client, machine)
        answer = _asked(client.describe_state_machine, machine, stateMachineArn=arn)
    return Subject(_definition(str(answer["definition"])), str(answer["name"]), run)


def read_record(client: Any, execution: Any) -> Record:
    """An execution's whole history, page by page."""
    arn = execution_arn(execution)
    if ":express:" in arn:
        refuse("an Express execution keeps no history: run it on a STANDARD machine to see its steps.")
    described = _asked(client.describe_execution, arn, executionArn=arn)
    events: list[dict[str, Any]] = []
    more: dict[str, Any] = {"executionArn": arn, "maxResults": 1000}
    while True:
        page = _asked(client.get_execution_history, arn, **more)
        events += page["events"]
        if not page.get("nextToken"):
            break
        more["nextToken"] = page["nextToken"]
    runs = [
        event["mapRunStartedEventDetails"]["mapRunArn"]
        for event in events
        if "mapRunStartedEventDetails" in event
    ]
    if runs:
        counts = {run: client.describe_map_run(mapRunArn=run)["itemCounts"] for run in runs}
        described = {**described, "mapRuns": counts}
    return Record(events, described)


def execution_arn(execution: Any) -> str:
    """The ARN in what people have at hand: the ARN itself, or an answer with `executionArn` in it."""
    if isinstance(execution, Mapping) and "executionArn" in execution:
        execution = execution["executionArn"]
    if not isinstance(execution, str) or not execution.startswith(_STATES):
        refuse(
            "name the execution by its ARN, or give the answer of start_execution "
            f"(this was {str(execution)[:80]!r})."
        )
    return execution


def _arn_of(client: Any, name: str) -> str:
    machines = [
        machine
        for page in client.get_paginator("list_state_machines").paginate()
        for machine in page["stateMachines"]
    ]
    found = next((machine["stateMachineArn"] for machine in machines if machine["name"] == name), None)
    if found is None:
        known = ", ".join(machine["name"] for machine in machines) or "none yet"
        refuse(f"there is no state machine {name!r}: there is {known}.")
    return str(found)


def _definition(text: str) -> dict[str, Any]:
    try:
        definition = json.loads(text)
    except ValueError as error:
        refuse(f"this definition is no JSON: {error}.")
    if not isinstance(definition, dict):
        refuse("a definition is a JSON object with StartAt and States.")
    return definition


def _asked(call: Any, what: str, **parameters: Any) -> dict[str, Any]:
    from botocore.exceptions import ClientError

    try:
        answer: dict[str, Any] = call(**parameters)
    except ClientError as error:
        refuse(f"{what}: {error.response['Error'].get('Message') or error}")
    return answer
