"""CloudWatch: moto's alarms and dashboards, our metrics, those of Lambda among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from offline_cloud.server import CloudContext

__all__ = ["install"]


def install(context: CloudContext) -> None:
    """Put our backend in the place of moto's; before the first request to CloudWatch of this process."""
    from moto.cloudwatch.models import cloudwatch_backends

    from offline_cloud.moto_seams.cloudwatch.models import OfflineCloudWatchBackend

    OfflineCloudWatchBackend.context = context
    cloudwatch_backends.backend = OfflineCloudWatchBackend
