"""Kinesis: moto's streams, with shards that keep their records, and a word to who reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from offline_cloud.server import CloudContext

__all__ = ["install"]


def install(context: CloudContext) -> None:
    """Put our backend in the place of moto's; before the process's first request to Kinesis."""
    from moto.kinesis.models import kinesis_backends

    from offline_cloud.moto_seams.kinesis.models import OfflineKinesisBackend

    OfflineKinesisBackend.context = context
    context.on_reset.append(OfflineKinesisBackend.pollers.clear)
    kinesis_backends.backend = OfflineKinesisBackend
