"""STS: moto's, and an answer to "who am I?" that names the learner, or the role of a function."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from offline_cloud.server import CloudContext

__all__ = ["install"]


def install(context: CloudContext) -> None:
    """Put our backend in the place of moto's; before the process's first request to STS."""
    from moto.sts.models import sts_backends

    from offline_cloud.moto_seams.sts.models import OfflineStsBackend

    OfflineStsBackend.context = context
    sts_backends.backend = OfflineStsBackend
