"""moto's S3 backend: where a bucket's notifications may go, and those of delete markers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from moto.s3 import notifications
from moto.s3.models import S3Backend

from offline_cloud.moto_seams.s3 import urls
from offline_cloud.moto_seams.s3.destinations import check_configuration

if TYPE_CHECKING:
    from offline_cloud.server import CloudContext


class OfflineS3Backend(S3Backend):
    """S3 of one partition."""

    context: ClassVar[CloudContext]

    @property
    def _url_module(self) -> Any:
        """Our paths; moto loads its own again each time."""
        return urls

    def put_bucket_notification_configuration(
        self, bucket_name: str, notification_config: dict[str, Any]
    ) -> None:
        """PutBucketNotificationConfiguration; S3 looks at each destination before it takes one."""
        bucket = self.get_bucket(bucket_name)
        check_configuration(notification_config or {}, bucket.arn, self.account_id)
        with self.context.locks.serving("sqs"):  # moto sends test events
            super().put_bucket_notification_configuration(bucket_name, notification_config)

    def delete_object(
        self, bucket_name: str, key_name: str, version_id: str | None = None, bypass: bool = False
    ) -> tuple[bool, dict[str, Any]]:
        """DeleteObject, and each object of DeleteObjects."""
        done: tuple[bool, dict[str, Any]] = super().delete_object(bucket_name, key_name, version_id, bypass)
        if done[0] and version_id is None and done[1].get("delete-marker") == "true":
            bucket = self.get_bucket(bucket_name)
            created = notifications.S3NotificationEvent.OBJECT_REMOVED_DELETE_MARKER_CREATED_EVENT
            marker = bucket.keys.get(key_name)
            notifications.send_event(self.account_id, created, bucket, marker)
        return done
