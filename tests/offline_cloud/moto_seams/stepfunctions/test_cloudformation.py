"""State machines of a stack are state machines."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import PASS, ROLE, Machines


def template(definition: dict[str, Any]) -> str:
    properties = {
        "StateMachineName": "of-a-stack",
        "RoleArn": ROLE,
        "DefinitionString": json.dumps(definition),
        "Tags": [{"Key": "team", "Value": "blue"}],
    }
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}
    return json.dumps({"Resources": {"Machine": machine}, "Outputs": {"Arn": {"Value": {"Ref": "Machine"}}}})


def test_a_stack_brings_its_machine_and_takes_it_away(machines: Machines) -> None:
    stacks = machines.cloud.client("cloudformation")
    stacks.create_stack(StackName="one", TemplateBody=template({"StartAt": "A", "States": {"A": PASS}}))
    arn = stacks.describe_stacks(StackName="one")["Stacks"][0]["Outputs"][0]["OutputValue"]
    execution = machines.sfn.start_execution(stateMachineArn=arn)["executionArn"]
    assert machines.ended(execution)["status"] == "SUCCEEDED"
    stacks.update_stack(StackName="one", TemplateBody=template({"StartAt": "B", "States": {"B": PASS}}))
    assert (
        json.loads(machines.sfn.describe_state_machine(stateMachineArn=arn)["definition"])["StartAt"] == "B"
    )
    stacks.delete_stack(StackName="one")
    with pytest.raises(ClientError, match="StateMachineDoesNotExist"):
        machines.sfn.describe_state_machine(stateMachineArn=arn)


def test_a_stack_with_a_bad_definition_says_so(machines: Machines) -> None:
    stacks = machines.cloud.client("cloudformation")
    with pytest.raises(ClientError, match="Invalid State Machine Definition"):
        stacks.create_stack(StackName="two", TemplateBody=template({"StartAt": "A"}))
