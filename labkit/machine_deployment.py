"""Put a state machine into the open lab's cloud: read its definition, create or update it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labkit.deployment import role_for
from labkit.errors import refuse

if TYPE_CHECKING:
    from offline_cloud import Cloud

_SHOWN = 8


@dataclass(frozen=True)
class DeployedMachine:
    """What deploying did. `warnings`: what Step Functions says of a definition that it takes all the same."""

    arn: str
    created: bool
    states: tuple[str, ...]
    warnings: tuple[str, ...]


def definition_text(definition: Any) -> str:
    """A definition as text: from a file, from text that is one, from a dict. Raises `LabkitError`."""
    if isinstance(definition, Mapping):
        try:
            return json.dumps(definition, ensure_ascii=False)
        except (TypeError, ValueError) as error:
            refuse(f"the definition is no JSON: {error}.")
    if isinstance(definition, str) and definition.lstrip().startswith("{"):
        return definition
    if not isinstance(definition, (str, Path)):
        refuse("give a file, a dict or the text of a definition to deploy.")
    path = Path(definition)
    if not path.is_file():
        refuse(
            f"there is no file {path} beside the notebook: write it first (a cell with %%writefile {path})."
        )
    return path.read_text(encoding="utf-8")


def deploy_machine(cloud: Cloud, name: str, definition: str, kind: str) -> DeployedMachine:
    """Create the state machine, or update it. Raises `LabkitError` for a definition that isn't valid."""
    states = cloud.client("stepfunctions")
    findings = states.validate_state_machine_definition(definition=definition, type=kind)["diagnostics"]
    errors = [_line(one) for one in findings if one["severity"] == "ERROR"]
    if errors:
        more = [f"… and {len(errors) - _SHOWN} more"] if len(errors) > _SHOWN else []
        listed = "\n".join(f"  {line}" for line in [*errors[:_SHOWN], *more])
        refuse(f"{name} is not deployed, because its definition is not valid:\n{listed}")
    settings = {"definition": definition, "roleArn": role_for(cloud, "states.amazonaws.com")}
    arn = arn_of(cloud, name)
    created = arn is None
    if arn is None:
        arn = str(states.create_state_machine(name=name, type=kind, **settings)["stateMachineArn"])
    else:
        states.update_state_machine(stateMachineArn=arn, **settings)
    return DeployedMachine(
        arn,
        created,
        tuple(json.loads(definition)["States"]),
        tuple(_line(one) for one in findings if one["severity"] != "ERROR"),
    )


def arn_of(cloud: Cloud, name: str) -> str | None:
    """The ARN of the state machine with this name, None if there is none."""
    pages = cloud.client("stepfunctions").get_paginator("list_state_machines").paginate()
    found = (machine for page in pages for machine in page["stateMachines"])
    return next((str(machine["stateMachineArn"]) for machine in found if machine["name"] == name), None)


def _line(finding: Mapping[str, Any]) -> str:
    where = f" at {finding['location']}" if finding.get("location") else ""
    return f"{finding['code']}{where}: {finding['message']}"
