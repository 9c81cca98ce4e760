"""The quota of Lambda's concurrent executions, and requests to raise it.

Rule: a request is granted half an hour after it was made (a rule of this kit: on AWS somebody decides). That
is a WAIT: a cloud that skips does not wait for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from moto.core.exceptions import JsonRESTError
from moto.servicequotas.exceptions import NoSuchResource
from moto.servicequotas.models import ServiceQuotasBackend

from offline_cloud.engines.concurrency import ACCOUNT_LIMIT
from offline_cloud.scheduler import TimerKind

if TYPE_CHECKING:
    from offline_cloud.server import CloudContext

LAMBDA, CONCURRENCY = "lambda", "L-B99A9384"
GRANTED_AFTER = 1_800.0
_QUOTA = {
    "ServiceCode": LAMBDA,
    "ServiceName": "AWS Lambda",
    "QuotaCode": CONCURRENCY,
    "QuotaName": "Concurrent executions",
    "Unit": "None",
    "Adjustable": True,
    "GlobalQuota": False,
    "QuotaAppliedAtLevel": "ACCOUNT",
}


class OfflineQuotasBackend(ServiceQuotasBackend):
    """The quotas of one account and Region."""

    context: ClassVar[CloudContext]

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.requests: dict[str, dict[str, Any]] = {}

    def list_aws_default_service_quotas(self, service_code: str) -> list[dict[str, Any]]:
        """ListAWSDefaultServiceQuotas."""
        if service_code == LAMBDA:
            return [self._concurrency(ACCOUNT_LIMIT)]
        quotas: list[dict[str, Any]] = super().list_aws_default_service_quotas(service_code)
        return quotas

    def list_service_quotas(self, service_code: str) -> list[dict[str, Any]]:
        """ListServiceQuotas: what applies to this account."""
        if service_code == LAMBDA:
            return [self._concurrency(self._applied().limit)]
        return self.list_aws_default_service_quotas(service_code)

    def get_service_quota(self, service_code: str, quota_code: str) -> dict[str, Any]:
        """GetServiceQuota."""
        return _of(self.list_service_quotas(service_code), quota_code)

    def get_aws_default_service_quota(self, service_code: str, quota_code: str) -> dict[str, Any]:
        """GetAWSDefaultServiceQuota."""
        return _of(self.list_aws_default_service_quotas(service_code), quota_code)

    def request_increase(self, service_code: str, quota_code: str, desired: float) -> dict[str, Any]:
        """RequestServiceQuotaIncrease, for Lambda's concurrency only."""
        quota = self.get_service_quota(service_code, quota_code)
        if quota["QuotaCode"] != CONCURRENCY:
            raise NotImplementedError("The RequestServiceQuotaIncrease action has not been implemented")
        if desired <= quota["Value"]:
            raise JsonRESTError(
                "IllegalArgumentException",
                "You must provide a quota value greater than or equal to the current quota value.",
            )
        if any(one["Status"] == "PENDING" for one in self.requests.values()):
            raise JsonRESTError(
                "ResourceAlreadyExistsException",
                "Only one open service quota increase request is allowed per quota.",
            )
        context, now = self.context, self.context.clock.now()
        names = ("ServiceCode", "ServiceName", "QuotaCode", "QuotaName", "QuotaArn", "GlobalQuota", "Unit")
        request = {
            **{name: quota[name] for name in names},
            "Id": context.ids.hex(32),
            "DesiredValue": float(int(desired)),
            "Status": "PENDING",
            "Created": now,
            "LastUpdated": now,
            "QuotaRequestedAtLevel": "ACCOUNT",
        }
        self.requests[request["Id"]] = request
        context.scheduler.call_at(
            now + GRANTED_AFTER, lambda: self._grant(request), kind=TimerKind.WAIT, label="a quota increase"
        )
        return request

    def _grant(self, request: dict[str, Any]) -> None:
        request["Status"], request["LastUpdated"] = "APPROVED", self.context.clock.now()
        self._applied().limit = int(request["DesiredValue"])

    def _applied(self) -> Any:
        return self.context.function_host.concurrency(self.account_id, self.region_name)

    def _concurrency(self, value: float) -> dict[str, Any]:
        arn = (
            f"arn:{self.partition}:servicequotas:{self.region_name}:{self.account_id}:{LAMBDA}/{CONCURRENCY}"
        )
        return {**_QUOTA, "QuotaArn": arn, "Value": float(value)}


def _of(quotas: list[dict[str, Any]], code: str) -> dict[str, Any]:
    for quota in quotas:
        if quota["QuotaCode"] == code:
            return quota
    raise NoSuchResource
