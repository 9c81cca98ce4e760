"""moto's STS backend, which knows the callers of this cloud.

Whoever signs with keys that nobody made (the pair that the cloud hands out, or any other) is one IAM user,
`learner`. A function is the session of its role, as on AWS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from moto.iam.models import iam_backends
from moto.sts.models import STSBackend

if TYPE_CHECKING:
    from offline_cloud.server import CloudContext

LEARNER = "learner"
LEARNER_ID = "AIDALABKITLEARNER0000"


class OfflineStsBackend(STSBackend):
    """STS of one account."""

    context: ClassVar[CloudContext]

    def get_caller_identity(self, access_key_id: str, region: str) -> tuple[str, str, str]:
        """User id, ARN and account of who signed."""
        held = self.context.function_host.credentials(access_key_id)
        users = iam_backends[self.account_id][self.partition]
        if held is not None:
            name, role = held.function.name, held.function.role.rsplit("/", 1)[-1]
            found = (each.id for each in users.roles.values() if each.arn == held.function.role)
            session = f"arn:{self.partition}:sts::{self.account_id}:assumed-role/{role}/{name}"
            return f"{next(found, 'AROA00000000000000000')}:{name}", session, self.account_id
        known: tuple[str, str, str] = super().get_caller_identity(access_key_id, region)
        if self.get_assumed_role_from_access_key(access_key_id) or users.get_user_from_access_key_id(
            access_key_id
        ):
            return known
        return LEARNER_ID, f"arn:{self.partition}:iam::{self.account_id}:user/{LEARNER}", self.account_id
