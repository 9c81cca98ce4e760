"""SQS: moto's queues, and a long poll that waits on cloud time without holding up the senders."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from offline_cloud.server import CloudContext

__all__ = ["install"]


def install(context: CloudContext) -> None:
    """Put our backend in the place of moto's; before the process's first request to SQS."""
    from moto.sqs.models import sqs_backends

    from offline_cloud.moto_seams.sqs.models import OfflineSqsBackend

    OfflineSqsBackend.context = context
    sqs_backends.backend = OfflineSqsBackend
