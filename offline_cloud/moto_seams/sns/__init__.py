"""SNS: moto's topics, with what a function really gets of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from offline_cloud.server import CloudContext

__all__ = ["install"]


def install(context: CloudContext) -> None:
    """Put our backend in the place of moto's; before the process's first request to SNS."""
    from moto.sns.models import sns_backends

    from offline_cloud.moto_seams.sns.models import OfflineSNSBackend

    OfflineSNSBackend.context = context
    sns_backends.backend = OfflineSNSBackend
