"""S3: moto's buckets, with notifications as S3 sends them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from offline_cloud.server import CloudContext

__all__ = ["install"]


def install(context: CloudContext) -> None:
    """Put our backend in the place of moto's; before the process's first request to S3."""
    from moto.s3 import notifications
    from moto.s3.models import s3_backends

    from offline_cloud.moto_seams.s3.models import OfflineS3Backend
    from offline_cloud.moto_seams.s3.notifications import Notifier

    OfflineS3Backend.context = context
    s3_backends.backend = OfflineS3Backend
    # moto calls a function here and no method of its backend.
    notifications.send_event = Notifier(context)
