"""AWS on this machine: moto, and engines of ours where moto only keeps records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from offline_cloud.cloud import Cloud, CloudError
    from offline_cloud.guard import OfflineError

__all__ = ["Cloud", "CloudError", "OfflineError"]


# On demand: every process of a function imports this package, and needs none of these.
def __getattr__(name: str) -> Any:
    if name in ("Cloud", "CloudError"):
        from offline_cloud import cloud

        return getattr(cloud, name)
    if name == "OfflineError":
        from offline_cloud.guard import OfflineError

        return OfflineError
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
