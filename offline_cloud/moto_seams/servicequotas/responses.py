"""Service Quotas: what applies, and requests for more.

Source: Service Quotas API reference.
"""

from __future__ import annotations

import json
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.servicequotas.models import servicequotas_backends
from moto.servicequotas.responses import ServiceQuotasResponse

from offline_cloud.moto_seams.servicequotas.models import OfflineQuotasBackend


class OfflineQuotasResponse(ServiceQuotasResponse):
    """moto's responses over our backend, and the operations that moto leaves out."""

    @property
    def quotas(self) -> OfflineQuotasBackend:
        """The backend of the request's account and Region."""
        backend: OfflineQuotasBackend = servicequotas_backends[self.current_account][self.region]
        return backend

    def list_service_quotas(self) -> str:
        """ListServiceQuotas."""
        return json.dumps({"Quotas": self.quotas.list_service_quotas(self._told("ServiceCode"))})

    def get_aws_default_service_quota(self) -> str:
        """GetAWSDefaultServiceQuota."""
        quota = self.quotas.get_aws_default_service_quota(self._told("ServiceCode"), self._told("QuotaCode"))
        return json.dumps({"Quota": quota})

    def request_service_quota_increase(self) -> str:
        """RequestServiceQuotaIncrease."""
        desired = float(self._told("DesiredValue"))
        request = self.quotas.request_increase(self._told("ServiceCode"), self._told("QuotaCode"), desired)
        return json.dumps({"RequestedQuota": request})

    def get_requested_service_quota_change(self) -> str:
        """GetRequestedServiceQuotaChange."""
        request = self.quotas.requests.get(self._told("RequestId"))
        if request is None:
            raise JsonRESTError("NoSuchResourceException", "The request doesn't exist.")
        return json.dumps({"RequestedQuota": request})

    def list_requested_service_quota_change_history(self) -> str:
        """ListRequestedServiceQuotaChangeHistory."""
        asked = json.loads(self.body)
        found = [
            request
            for request in self.quotas.requests.values()
            if asked.get("Status") in (None, request["Status"])
            and asked.get("ServiceCode") in (None, request["ServiceCode"])
        ]
        return json.dumps({"RequestedQuotas": found})

    def _told(self, name: str) -> str:
        asked: dict[str, Any] = json.loads(self.body)
        return str(asked.get(name))
