"""Service Quotas: moto's for networks, and Lambda's concurrency, which a request really raises."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from offline_cloud.server import CloudContext

__all__ = ["install"]


def install(context: CloudContext) -> None:
    """Put our backend in the place of moto's; before the first request to Service Quotas of this process."""
    from moto.servicequotas.models import servicequotas_backends

    from offline_cloud.moto_seams.servicequotas.models import OfflineQuotasBackend

    OfflineQuotasBackend.context = context
    servicequotas_backends.backend = OfflineQuotasBackend
