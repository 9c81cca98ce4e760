"""Resource policies of functions: who may invoke, in the words of AddPermission and of IAM.

A function, each version and each alias has a policy of its own; moto keeps one list for all of them, told
apart by `Resource`. Function URLs ask these policies. Nothing else does: in this cloud every caller of the
API may invoke.

Source: Lambda API reference (AddPermission, GetPolicy, RemovePermission), developer guide "Viewing
resource-based IAM policies in Lambda" and "Control access to Lambda function URLs".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from moto.awslambda.policy import Policy
from moto.core.common_types import TYPE_RESPONSE

from offline_cloud.moto_seams.awslambda.errors import LambdaError, invalid

if TYPE_CHECKING:
    from offline_cloud.moto_seams.awslambda.models import OfflineFunction, OfflineLambdaBackend

_ACTION = r"(lambda:[*]|lambda:[a-zA-Z]+|[*])"
_SID = r"([a-zA-Z0-9-_]+)"
_CONDITIONS = {
    "SourceArn": ("ArnLike", "AWS:SourceArn"),
    "SourceAccount": ("StringEquals", "AWS:SourceAccount"),
    "PrincipalOrgID": ("StringEquals", "aws:PrincipalOrgID"),
    "EventSourceToken": ("StringEquals", "lambda:EventSourceToken"),
    "FunctionUrlAuthType": ("StringEquals", "lambda:FunctionUrlAuthType"),
}
URL_ACTIONS = ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")
"""What a caller of a function URL needs: both, since October 2025."""


class OfflinePolicy(Policy):
    """All statements about one function."""

    def __init__(self, parent: OfflineFunction) -> None:
        super().__init__(parent)
        self.revisions: dict[str, str] = {}

    def add_statement(self, raw: str, qualifier: str | None = None) -> tuple[Any, str]:
        """A statement of AddPermission's members, for CloudFormation too; and the new revision."""
        members = json.loads(raw)
        arn = self.parent.own_arn
        resource = f"{arn}:{qualifier}" if qualifier and qualifier != "$LATEST" else arn
        statement = statement_of(members, resource, self.parent.backend.account_id)
        if not statement["Sid"]:
            statement["Sid"] = self.parent.backend.new_revision()
        if any(each["Sid"] == statement["Sid"] for each in self.of(resource)):
            raise LambdaError(
                "ResourceConflictException",
                f"The statement id ({statement['Sid']}) provided already exists. Please provide a new "
                "statement id, or remove the existing statement.",
                409,
            )
        self.statements.append(statement)
        self.changed(resource)
        return statement, self.revisions[resource]

    def of(self, resource: str) -> list[dict[str, Any]]:
        """The statements about one function, version or alias."""
        return [statement for statement in self.statements if statement["Resource"] == resource]

    def changed(self, resource: str) -> None:
        """The policy of this resource is another one now."""
        self.revisions[resource] = self.parent.backend.new_revision()


def statement_of(members: Mapping[str, Any], resource: str, account: str) -> dict[str, Any]:
    """A statement as GetPolicy shows it. Raises `LambdaError`."""
    problems = []
    sid, action = str(members.get("StatementId") or ""), str(members.get("Action") or "")
    for value, label, pattern in ((sid or "x", "statementId", _SID), (action, "action", _ACTION)):
        if not re.fullmatch(pattern, value):
            problems.append(
                f"Value '{value}' at '{label}' failed to satisfy constraint: Member must satisfy regular "
                f"expression pattern: {pattern}"
            )
    auth_type = members.get("FunctionUrlAuthType")
    if auth_type not in (None, "NONE", "AWS_IAM"):
        problems.append(
            f"Value '{auth_type}' at 'functionUrlAuthType' failed to satisfy constraint: Member must satisfy "
            "enum value set: [NONE, AWS_IAM]"
        )
    if problems:
        count = "1 validation error" if len(problems) == 1 else f"{len(problems)} validation errors"
        raise LambdaError("ValidationException", f"{count} detected: {'; '.join(problems)}")
    if auth_type and action != URL_ACTIONS[0]:
        raise invalid("FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action")
    conditions: dict[str, dict[str, str]] = {}
    for member, (operator, key) in _CONDITIONS.items():
        if members.get(member):
            conditions.setdefault(operator, {})[key] = str(members[member])
    if members.get("InvokedViaFunctionUrl"):
        conditions.setdefault("Bool", {})["lambda:InvokedViaFunctionUrl"] = "true"
    statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": _principal(str(members.get("Principal") or "")),
        "Action": action,
        "Resource": resource,
    }
    return statement | ({"Condition": conditions} if conditions else {})


def _principal(given: str) -> Any:
    if given == "*":
        return "*"
    if re.fullmatch(r"\d{12}", given):
        return {"AWS": f"arn:aws:iam::{given}:root"}
    if given.endswith((".amazonaws.com", ".amazon.com")):
        return {"Service": given}
    if re.fullmatch(r"arn:aws[a-z-]*:(iam|sts)::\d{12}:.+", given):
        return {"AWS": given}
    raise invalid("The provided principal was invalid. Please check the principal and try again.")


def may_call_url(
    statements: Iterable[Mapping[str, Any]], auth_type: str, *, account: str | None = None, arn: str = ""
) -> bool:
    """Whether a policy lets a caller use a function URL; without an account the caller is anybody."""
    given = list(statements)
    context = {"lambda:FunctionUrlAuthType": auth_type, "lambda:InvokedViaFunctionUrl": "true"}
    return all(
        any(
            statement["Action"] in (action, "lambda:*", "*")
            and _is_meant(statement["Principal"], account, arn)
            and _holds(statement.get("Condition") or {}, context)
            for statement in given
        )
        for action in URL_ACTIONS
    )


def _is_meant(principal: Any, account: str | None, arn: str) -> bool:
    if principal == "*":
        return True
    named = principal.get("AWS") if isinstance(principal, Mapping) else None
    return account is not None and named in (arn, f"arn:aws:iam::{account}:root")


def _holds(conditions: Mapping[str, Mapping[str, str]], context: Mapping[str, str]) -> bool:
    return all(context.get(key) == value for tested in conditions.values() for key, value in tested.items())


class PolicyOperations:
    """AddPermission, GetPolicy and RemovePermission of functions."""

    if TYPE_CHECKING:
        body: Any

        @property
        def backend(self) -> OfflineLambdaBackend:
            """Of the request's account and region."""

        def addressed(self) -> tuple[OfflineFunction, str | None]:
            """The function and the qualifier that the request names."""

        def _query(self) -> Mapping[str, str]: ...

    def add_permission(self) -> TYPE_RESPONSE:
        """AddPermission."""
        policy, resource, qualifier = self._policy()
        self._check_revision(policy, resource, json.loads(self.body).get("RevisionId"))
        statement, _ = policy.add_statement(self.body, qualifier)
        return 201, {"status": 201}, json.dumps({"Statement": json.dumps(statement)})

    def get_policy(self) -> TYPE_RESPONSE:
        """GetPolicy; without statements there is none."""
        policy, resource, _ = self._policy()
        statements = policy.of(resource)
        if not statements:
            raise _nothing()
        text = json.dumps({"Version": "2012-10-17", "Id": "default", "Statement": statements})
        return 200, {}, json.dumps({"Policy": text, "RevisionId": policy.revisions[resource]})

    def remove_permission(self) -> TYPE_RESPONSE:
        """RemovePermission."""
        policy, resource, _ = self._policy()
        sid = self.path.rstrip("/").rsplit("/", 1)[-1]  # type: ignore[attr-defined]
        found = [statement for statement in policy.of(resource) if statement["Sid"] == sid]
        if not found:
            raise LambdaError(
                "ResourceNotFoundException", f"Statement {sid} is not found in resource policy.", 404
            )
        self._check_revision(policy, resource, self._query().get("RevisionId"))
        policy.statements.remove(found[0])
        policy.changed(resource)
        return 204, {"status": 204}, ""

    def _policy(self) -> tuple[OfflinePolicy, str, str | None]:
        function, qualifier = self.addressed()
        arn = function.own_arn
        resource = f"{arn}:{qualifier}" if qualifier and qualifier != "$LATEST" else arn
        policy: OfflinePolicy = function.policy
        return policy, resource, qualifier

    @staticmethod
    def _check_revision(policy: OfflinePolicy, resource: str, given: str | None) -> None:
        if given and given != policy.revisions.get(resource):
            raise LambdaError(
                "PreconditionFailedException",
                "The RevisionId provided does not match the latest RevisionId for the Lambda function or "
                "alias. Call the GetPolicy API to retrieve the latest RevisionId for your resource.",
                412,
            )


def _nothing() -> LambdaError:
    return LambdaError("ResourceNotFoundException", "The resource you requested does not exist.", 404)
