"""DynamoDB: moto's tables, with streams as AWS writes them, and a word to who reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from offline_cloud.server import CloudContext

__all__ = ["install"]


def install(context: CloudContext) -> None:
    """Put our backend in the place of moto's; before the process's first request to DynamoDB."""
    from moto.dynamodb.models import dynamodb_backends

    from offline_cloud.moto_seams.dynamodb.models import OfflineDynamoDBBackend

    OfflineDynamoDBBackend.context = context
    context.on_reset.append(OfflineDynamoDBBackend.pollers.clear)
    dynamodb_backends.backend = OfflineDynamoDBBackend
