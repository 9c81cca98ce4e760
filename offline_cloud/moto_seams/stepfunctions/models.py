"""moto's Step Functions backend as CloudFormation and EventBridge see it, over our service."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Any, ClassVar

from moto.stepfunctions.models import StateMachine, StepFunctionBackend

from offline_cloud.step_functions.arns import Home
from offline_cloud.step_functions.faults import ApiError
from offline_cloud.step_functions.service import StepFunctions

__all__ = ["OfflineStepFunctionsBackend"]


class OfflineStepFunctionsBackend(StepFunctionBackend):
    """Step Functions of one account and region; it keeps nothing itself."""

    service: ClassVar[StepFunctions]

    def create_state_machine(
        self,
        name: str,
        definition: str,
        roleArn: str,
        tags: Iterable[dict[str, str]] | None = None,
        **settings: Any,
    ) -> StateMachine:
        """CreateStateMachine, for CloudFormation."""
        request = {"name": name, "definition": definition, "roleArn": roleArn, "tags": list(tags or ())}
        answer = self._answer("CreateStateMachine", request)
        return self._record(answer["stateMachineArn"])

    def update_state_machine(
        self, arn: str, definition: str | None = None, role_arn: str | None = None, **settings: Any
    ) -> StateMachine:
        """UpdateStateMachine, for CloudFormation."""
        given = {"stateMachineArn": arn, "definition": definition, "roleArn": role_arn}
        self._answer("UpdateStateMachine", {name: value for name, value in given.items() if value})
        return self._record(arn)

    def delete_state_machine(self, arn: str) -> None:
        """DeleteStateMachine, for CloudFormation."""
        self._answer("DeleteStateMachine", {"stateMachineArn": arn})

    def describe_state_machine(self, arn: str) -> StateMachine:
        """The machine with this ARN as moto's record."""
        return self._record(arn)

    def get_tags_list_for_state_machine(self, arn: str) -> list[dict[str, str]]:
        """The tags of a machine."""
        tags: list[dict[str, str]] = self._answer("ListTagsForResource", {"resourceArn": arn})["tags"]
        return tags

    def start_execution(self, state_machine_arn: str, name: str, execution_input: str) -> None:
        """StartExecution, for EventBridge: an event whose machine is gone is lost, as on AWS."""
        request = {"stateMachineArn": state_machine_arn, "input": execution_input}
        home = Home(self.account_id, self.region_name)
        with contextlib.suppress(ApiError):
            self.service.answer("StartExecution", home, "", {**request, **({"name": name} if name else {})})

    def _answer(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        try:
            return self.service.answer(operation, Home(self.account_id, self.region_name), "", request)
        except ApiError as error:
            # Whoever comes here has it imported; it imports all of moto, which takes ten seconds.
            from moto.cloudformation.exceptions import ValidationError

            raise ValidationError(message=f"{error.message} (Error Code: {error.code})") from error

    def _record(self, arn: str) -> StateMachine:
        shown = self._answer("DescribeStateMachine", {"stateMachineArn": arn})
        return StateMachine(
            arn=arn,
            name=shown["name"],
            definition=shown["definition"],
            roleArn=shown["roleArn"],
            backend=self,
        )
