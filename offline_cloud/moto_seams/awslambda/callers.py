"""Who signed a request: the holders of keys that this cloud knows.

Known are the keys of functions, access keys of IAM users, the keys of assumed roles, and the pair that the
cloud itself hands out (`Cloud.environment()`, `labkit cloud`). No other key opens anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from moto.iam.models import get_account_id_from, iam_backends
from moto.sts.models import sts_backends

from offline_cloud.cloud import ACCESS_KEY, SECRET_KEY

if TYPE_CHECKING:
    from offline_cloud.server import CloudContext

__all__ = ["Caller", "caller"]


@dataclass(frozen=True)
class Caller:
    """A principal: its keys, the session token that has to come along, and who it is."""

    access_key: str
    secret: str
    token: str | None
    account: str
    id: str
    arn: str


def caller(context: CloudContext, access_key: str) -> Caller | None:
    """The holder of an access key, None if nobody has it."""
    held = context.function_host.credentials(access_key)
    account = get_account_id_from(access_key)
    users = iam_backends[account]["aws"]
    sessions = sts_backends[account]["global"]
    if held is not None:
        name, role = held.function.name, held.function.role.rsplit("/", 1)[-1]
        found = (each.id for each in users.roles.values() if each.arn == held.function.role)
        role_id = next(found, "AROA00000000000000000")
        arn = f"arn:aws:sts::{account}:assumed-role/{role}/{name}"
        return Caller(access_key, held.secret_key, held.session_token, account, f"{role_id}:{name}", arn)
    if session := sessions.get_assumed_role_from_access_key(access_key):
        return Caller(
            access_key,
            session.secret_access_key,
            session.session_token,
            account,
            session.user_id,
            session.arn,
        )
    if user := users.get_user_from_access_key_id(access_key):
        key = next(each for each in user.access_keys if each.access_key_id == access_key)
        if key.status != "Active":
            return None
        return Caller(access_key, key.secret_access_key, None, account, user.id, user.arn)
    if access_key == ACCESS_KEY:
        user_id, arn, account = sessions.get_caller_identity(access_key, context.region)
        return Caller(access_key, SECRET_KEY, None, account, user_id, arn)
    return None
