"""Lambda's concurrency as a quota: read, asked for, granted in cloud time."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from offline_cloud import Cloud

CONCURRENCY = {"ServiceCode": "lambda", "QuotaCode": "L-B99A9384"}


def test_a_request_raises_the_limit() -> None:
    with Cloud.start(clock="live", seed=2, concurrency=20) as cloud:
        quotas, functions = cloud.client("service-quotas"), cloud.client("lambda")

        def limit() -> Any:
            return functions.get_account_settings()["AccountLimit"]["ConcurrentExecutions"]

        assert quotas.get_service_quota(**CONCURRENCY)["Quota"]["Value"] == 20
        assert quotas.get_aws_default_service_quota(**CONCURRENCY)["Quota"]["Value"] == 1000
        names = [one["QuotaName"] for one in quotas.list_service_quotas(ServiceCode="lambda")["Quotas"]]
        assert names == ["Concurrent executions"]
        with pytest.raises(ClientError, match="IllegalArgumentException"):
            quotas.request_service_quota_increase(**CONCURRENCY, DesiredValue=10)
        asked = quotas.request_service_quota_increase(**CONCURRENCY, DesiredValue=50)["RequestedQuota"]
        assert (asked["Status"], asked["DesiredValue"]) == ("PENDING", 50)
        with pytest.raises(ClientError, match="ResourceAlreadyExistsException"):
            quotas.request_service_quota_increase(**CONCURRENCY, DesiredValue=60)
        assert limit() == 20
        cloud.clock.advance(minutes=31)
        told = quotas.get_requested_service_quota_change(RequestId=asked["Id"])["RequestedQuota"]
        assert told["Status"] == "APPROVED"
        assert told["LastUpdated"] - told["Created"] >= timedelta(minutes=30)
        assert len(quotas.list_requested_service_quota_change_history()["RequestedQuotas"]) == 1
        assert (limit(), quotas.get_service_quota(**CONCURRENCY)["Quota"]["Value"]) == (50, 50)
        assert functions.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"] == 50
        with pytest.raises(ClientError, match="NoSuchResourceException"):
            quotas.get_service_quota(ServiceCode="lambda", QuotaCode="L-0")
        cloud.reset()
        assert limit() == 20
