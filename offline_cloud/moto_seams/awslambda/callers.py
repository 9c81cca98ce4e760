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
    account = get_account_id_from(access_key)
    sessions, users = sts_backends[account]["global"], iam_backends[account]["aws"]
    if held := context.function_host.credentials(access_key):
        secret, token = held.secret_key, held.session_token
    elif session := sessions.get_assumed_role_from_access_key(access_key):
        secret, token = session.secret_access_key, session.session_token
    elif user := users.get_user_from_access_key_id(access_key):
        key = next(each for each in user.access_keys if each.access_key_id == access_key)
        if key.status != "Active":
            return None
        secret, token = key.secret_access_key, None
    elif access_key == ACCESS_KEY:
        secret, token = SECRET_KEY, None
    else:
        return None
    user_id, arn, account = sessions.get_caller_identity(access_key, context.region)
    return Caller(access_key, secret, token, account, user_id, arn)
