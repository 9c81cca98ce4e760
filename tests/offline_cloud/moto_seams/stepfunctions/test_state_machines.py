"""State machines, versions, aliases and tags: the API's answers and its refusals."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import PASS, ROLE, Machines

DEFINITION = json.dumps({"StartAt": "A", "States": {"A": PASS}})
OTHER = json.dumps({"StartAt": "B", "States": {"B": PASS}})


def refused(code: str, call: Any, **request: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**request)
    assert caught.value.response["Error"]["Code"] == code
    return str(caught.value.response["Error"]["Message"])


def test_a_machine_is_described_as_it_was_created(machines: Machines) -> None:
    sfn = machines.sfn
    arn = machines.create({"A": PASS}, name="told", tags=[{"key": "team", "value": "blue"}])
    assert arn == "arn:aws:states:us-east-1:123456789012:stateMachine:told"
    said = sfn.describe_state_machine(stateMachineArn=arn)
    assert json.loads(said["definition"]) == json.loads(DEFINITION)
    assert (said["status"], said["type"], said["roleArn"]) == ("ACTIVE", "STANDARD", ROLE)
    assert said["loggingConfiguration"] == {"level": "OFF", "includeExecutionData": False}
    assert "revisionId" not in said
    assert sfn.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "team", "value": "blue"}]


def test_the_same_request_again_is_the_same_machine(machines: Machines) -> None:
    request = {"name": "again", "roleArn": ROLE, "definition": DEFINITION}
    first, second = (machines.sfn.create_state_machine(**request) for _ in range(2))
    assert first["creationDate"] == second["creationDate"]
    said = refused(
        "StateMachineAlreadyExists", machines.sfn.create_state_machine, **{**request, "definition": OTHER}
    )
    assert said == f"State Machine Already Exists: '{first['stateMachineArn']}'"


@pytest.mark.parametrize("name", ["has space", "what?", "a/b", "a:b", "<x>", "a#b"])
def test_a_bad_name_is_refused(machines: Machines, name: str) -> None:
    said = refused(
        "InvalidName", machines.sfn.create_state_machine, name=name, roleArn=ROLE, definition=DEFINITION
    )
    assert said == f"Invalid Name: '{name}'"


def test_a_name_that_is_too_long_is_refused(machines: Machines) -> None:
    request = {"name": "x" * 81, "roleArn": ROLE, "definition": DEFINITION}
    said = refused("ValidationException", machines.sfn.create_state_machine, **request)
    assert said.endswith("Member must have length less than or equal to 80")


@pytest.mark.parametrize(
    ("definition", "says"),
    [
        ("no json", "INVALID_JSON_DESCRIPTION"),
        ('{"StartAt": "A"}', "SCHEMA_VALIDATION_FAILED"),
        ('{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}', "MISSING_TRANSITION_TARGET"),
        ("[" * 100_000, "TOO_DEEPLY_NESTED"),
    ],
)
def test_a_bad_definition_is_refused(machines: Machines, definition: str, says: str) -> None:
    request = {"name": "bad", "roleArn": ROLE, "definition": definition}
    said = refused("InvalidDefinition", machines.sfn.create_state_machine, **request)
    assert said.startswith("Invalid State Machine Definition: '")
    assert says in said


def test_two_mebibytes_of_definition_are_refused(machines: Machines) -> None:
    states = {"A": {**PASS, "Comment": "x" * 2_097_152}}
    request = {
        "name": "big",
        "roleArn": ROLE,
        "definition": json.dumps({"StartAt": "A", "States": states}),
    }
    said = refused("ValidationException", machines.sfn.create_state_machine, **request)
    assert "less than or equal to 1048576" in said


def test_forty_parallels_in_each_other_end_in_an_answer(machines: Machines) -> None:
    inner: dict[str, Any] = {"StartAt": "S", "States": {"S": PASS}}
    for depth in range(40):
        inner = {
            "StartAt": f"P{depth}",
            "States": {f"P{depth}": {"Type": "Parallel", "Branches": [inner], "End": True}},
        }
    said = machines.sfn.validate_state_machine_definition(definition=json.dumps(inner))
    assert said["result"] in ("OK", "FAIL")


def test_validation_lists_what_is_wrong(machines: Machines) -> None:
    definition = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}
    said = machines.sfn.validate_state_machine_definition(definition=json.dumps(definition))
    assert said["result"] == "FAIL"
    assert not said["truncated"]
    first = said["diagnostics"][0]
    assert (first["code"], first["location"]) == ("MISSING_TRANSITION_TARGET", "/States/A/Next")
    assert machines.sfn.validate_state_machine_definition(definition=DEFINITION)["result"] == "OK"


def test_an_update_makes_a_revision_for_executions_to_come(machines: Machines) -> None:
    sfn = machines.sfn
    arn = machines.create({"A": {"Type": "Wait", "Seconds": 30_000_000, "End": True}})
    execution = sfn.start_execution(stateMachineArn=arn)["executionArn"]
    updated = sfn.update_state_machine(stateMachineArn=arn, definition=OTHER)
    assert sfn.describe_state_machine(stateMachineArn=arn)["revisionId"] == updated["revisionId"]
    ran = sfn.describe_state_machine_for_execution(executionArn=execution)
    assert "Wait" in ran["definition"]
    refused("MissingRequiredParameter", sfn.update_state_machine, stateMachineArn=arn)


def test_a_deleted_machine_is_gone(machines: Machines) -> None:
    arn = machines.create({"A": PASS})
    machines.sfn.delete_state_machine(stateMachineArn=arn)
    said = refused("StateMachineDoesNotExist", machines.sfn.describe_state_machine, stateMachineArn=arn)
    assert said == f"State Machine Does Not Exist: '{arn}'"
    machines.sfn.delete_state_machine(stateMachineArn=arn)


def test_a_machine_that_still_runs_is_deleted_when_it_has_ended(machines: Machines) -> None:
    sfn = machines.sfn
    arn = machines.create(
        {"A": {"Type": "Task", "Resource": activity(machines), "TimeoutSeconds": 99, "End": True}}
    )
    execution = sfn.start_execution(stateMachineArn=arn)["executionArn"]
    sfn.delete_state_machine(stateMachineArn=arn)
    assert sfn.describe_state_machine(stateMachineArn=arn)["status"] == "DELETING"
    refused("StateMachineDeleting", sfn.start_execution, stateMachineArn=arn)
    sfn.stop_execution(executionArn=execution)
    refused("StateMachineDoesNotExist", sfn.describe_state_machine, stateMachineArn=arn)


def activity(machines: Machines) -> str:
    arn: str = machines.sfn.create_activity(name="nobody-comes")["activityArn"]
    return arn


@pytest.mark.parametrize(
    ("arn", "says"),
    [
        ("nonsense", "Invalid Arn: 'Invalid ARN prefix: nonsense'"),
        (
            "arn:aws:states:us-east-1:123456789012:execution:a:b",
            "Invalid Arn: 'Resource type not valid in this context: execution'",
        ),
    ],
)
def test_another_arn_is_refused(machines: Machines, arn: str, says: str) -> None:
    assert refused("InvalidArn", machines.sfn.describe_state_machine, stateMachineArn=arn) == says


def test_pages_follow_each_other(machines: Machines) -> None:
    arns = [machines.create({"A": PASS}, name=f"page-{number}") for number in range(3)]
    pages = machines.sfn.get_paginator("list_state_machines").paginate(PaginationConfig={"PageSize": 2})
    listed = [machine["stateMachineArn"] for page in pages for machine in page["stateMachines"]]
    assert [arn for arn in listed if arn in arns] == arns
    refused("InvalidToken", machines.sfn.list_state_machines, nextToken="nothing")


def test_a_version_keeps_what_was_published(machines: Machines) -> None:
    sfn = machines.sfn
    created = sfn.create_state_machine(
        name="versions", roleArn=ROLE, definition=DEFINITION, publish=True, versionDescription="first"
    )
    arn, first = created["stateMachineArn"], created["stateMachineVersionArn"]
    assert first == f"{arn}:1"
    again = sfn.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"]
    assert again == first  # nothing has changed
    second = sfn.update_state_machine(stateMachineArn=arn, definition=OTHER, publish=True)
    assert second["stateMachineVersionArn"] == f"{arn}:2"
    described = sfn.describe_state_machine(stateMachineArn=first)
    assert (described["definition"], described["description"]) == (DEFINITION, "first")
    versions = sfn.list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"]
    assert [version["stateMachineVersionArn"] for version in versions] == [f"{arn}:2", f"{arn}:1"]
    execution = sfn.start_execution(stateMachineArn=first)["executionArn"]
    assert machines.ended(execution)["stateMachineVersionArn"] == first
    assert (
        machines.sfn.get_execution_history(executionArn=execution)["events"][1]["stateEnteredEventDetails"][
            "name"
        ]
        == "A"
    )
    refused("ConflictException", sfn.publish_state_machine_version, stateMachineArn=arn, revisionId="another")
    sfn.delete_state_machine_version(stateMachineVersionArn=first)
    refused("StateMachineDoesNotExist", sfn.start_execution, stateMachineArn=first)


def test_an_alias_divides_executions_by_weight(machines: Machines) -> None:
    sfn = machines.sfn
    arn = sfn.create_state_machine(name="weights", roleArn=ROLE, definition=DEFINITION, publish=True)[
        "stateMachineArn"
    ]
    sfn.update_state_machine(stateMachineArn=arn, definition=OTHER, publish=True)
    routes = [
        {"stateMachineVersionArn": f"{arn}:1", "weight": 80},
        {"stateMachineVersionArn": f"{arn}:2", "weight": 20},
    ]
    alias = sfn.create_state_machine_alias(name="live", routingConfiguration=routes)["stateMachineAliasArn"]
    assert alias == f"{arn}:live"
    ran = Counter(
        machines.ended(sfn.start_execution(stateMachineArn=alias)["executionArn"])["stateMachineVersionArn"]
        for _ in range(60)
    )
    assert 36 <= ran[f"{arn}:1"] <= 58
    assert len(sfn.list_executions(stateMachineArn=alias)["executions"]) == 60
    refused("ConflictException", sfn.delete_state_machine_version, stateMachineVersionArn=f"{arn}:1")
    sfn.update_state_machine_alias(
        stateMachineAliasArn=alias, routingConfiguration=[{**routes[1], "weight": 100}]
    )
    assert machines.ended(sfn.start_execution(stateMachineArn=alias)["executionArn"])[
        "stateMachineVersionArn"
    ].endswith(":2")
    assert (
        sfn.list_state_machine_aliases(stateMachineArn=arn)["stateMachineAliases"][0]["stateMachineAliasArn"]
        == alias
    )
    sfn.delete_state_machine_alias(stateMachineAliasArn=alias)
    refused("ResourceNotFound", sfn.describe_state_machine_alias, stateMachineAliasArn=alias)


def test_weights_add_up_to_a_hundred(machines: Machines) -> None:
    arn = machines.create({"A": PASS}, publish=True)
    said = refused(
        "ValidationException",
        machines.sfn.create_state_machine_alias,
        name="a",
        routingConfiguration=[{"stateMachineVersionArn": f"{arn}:1", "weight": 90}],
    )
    assert said == "Sum of routing configuration weights must equal 100. Received: [90]"


def test_tags_come_and_go(machines: Machines) -> None:
    arn = machines.create({"A": PASS})
    machines.sfn.tag_resource(resourceArn=arn, tags=[{"key": "a", "value": "1"}, {"key": "b", "value": "2"}])
    machines.sfn.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert machines.sfn.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "b", "value": "2"}]
    refused("ResourceNotFound", machines.sfn.list_tags_for_resource, resourceArn=f"{arn}x")


def test_logging_needs_a_destination(machines: Machines) -> None:
    refused(
        "InvalidLoggingConfiguration",
        machines.sfn.create_state_machine,
        name="log",
        roleArn=ROLE,
        definition=DEFINITION,
        loggingConfiguration={"level": "ALL"},
    )
