"""What pictures of machines are drawn from: which machine is meant, the whole history, plain refusals."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from labkit import executions
from labkit.errors import LabkitError

PREFIX = "arn:aws:states:eu-central-1:123456789012"
MACHINE, RUN = f"{PREFIX}:stateMachine:shop", f"{PREFIX}:execution:shop:run-1"
OLD, NEW = {"StartAt": "Old", "States": {}}, {"StartAt": "New", "States": {}}


class States:
    """A Step Functions client with one machine that was changed after its one execution."""

    def get_paginator(self, operation: str) -> Any:
        assert operation == "list_state_machines"
        return self

    def paginate(self) -> list[dict[str, Any]]:
        return [{"stateMachines": []}, {"stateMachines": [{"name": "shop", "stateMachineArn": MACHINE}]}]

    def describe_state_machine(self, stateMachineArn: str) -> dict[str, Any]:
        return self._answer(stateMachineArn == MACHINE, {"name": "shop", "definition": json.dumps(NEW)})

    def describe_state_machine_for_execution(self, executionArn: str) -> dict[str, Any]:
        return self._answer(executionArn == RUN, {"name": "shop", "definition": json.dumps(OLD)})

    def describe_execution(self, executionArn: str) -> dict[str, Any]:
        return self._answer(executionArn == RUN, {"name": "run-1", "status": "SUCCEEDED"})

    def get_execution_history(
        self, executionArn: str, maxResults: int, nextToken: str = "0"
    ) -> dict[str, Any]:
        page = int(nextToken)
        more = {"nextToken": str(page + 1)} if page < 2 else {}
        return {"events": [{"id": page + 1}], **more}

    @staticmethod
    def _answer(known: bool, answer: dict[str, Any]) -> dict[str, Any]:
        if known:
            return answer
        raise ClientError({"Error": {"Code": "DoesNotExist", "Message": "It does not exist."}}, "Describe")


@pytest.mark.parametrize("machine", ["shop", MACHINE, {"stateMachineArn": MACHINE, "creationDate": 0}])
def test_a_machine_is_meant_by_its_name_or_arn(machine: Any) -> None:
    assert executions.find_machine(States(), machine) == executions.Subject(NEW, "shop", None)


@pytest.mark.parametrize(
    "given", [(RUN,), ({"executionArn": RUN},), ("shop", RUN), (MACHINE, {"executionArn": RUN})]
)
def test_an_execution_is_drawn_on_the_definition_that_it_began_with(given: tuple[Any, ...]) -> None:
    assert executions.find_machine(States(), *given) == executions.Subject(OLD, "shop", RUN)


def test_a_definition_is_taken_as_it_is() -> None:
    for machine in (NEW, json.dumps(NEW)):
        assert executions.find_machine(States(), machine).definition == NEW
    assert executions.find_machine(States(), NEW, RUN) == executions.Subject(NEW, "State machine", RUN)


def test_a_history_is_read_to_its_last_page() -> None:
    record = executions.read_record(States(), {"executionArn": RUN})
    assert [event["id"] for event in record.events] == [1, 2, 3]
    assert record.described["status"] == "SUCCEEDED"


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: executions.find_machine(States(), "shpo"), "no state machine 'shpo': there is shop"),
        (lambda: executions.find_machine(States(), "{nonsense"), "no JSON"),
        (lambda: executions.find_machine(States(), 7), "its definition, its name or its ARN"),
        (lambda: executions.find_machine(States(), MACHINE + "x"), "It does not exist."),
        (lambda: executions.read_record(States(), "run-1"), "the answer of start_execution"),
        (lambda: executions.read_record(States(), RUN + "x"), "It does not exist."),
        (
            lambda: executions.read_record(States(), f"{PREFIX}:express:shop:run:1"),
            "Express execution keeps no history",
        ),
    ],
)
def test_a_slip_is_one_sentence(call: Any, sentence: str) -> None:
    with pytest.raises(LabkitError) as caught:
        call()
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
