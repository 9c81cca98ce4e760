"""What costs money because it exists: secrets, keys, advanced parameters, alarms; and custom metrics.

Source: the services' pricing pages. Each is prorated by the time that it is there. A metric counts for every
hour in which it got data.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from moto.backends import get_backend

from offline_cloud.meter import MONTH_SECONDS

if TYPE_CHECKING:
    from offline_cloud.moto_seams.dispatch import Answer, Target
    from offline_cloud.moto_seams.metering import Measured, Units
    from offline_cloud.server import CloudContext

__all__ = ["ResourceMeter"]

_LOOKING = ("Get", "Describe", "List", "BatchGet", "Encrypt", "Decrypt", "GenerateDataKey", "PutMetricData")
_HOUR = 3600


def _secrets(backend: Any) -> int:
    """Secrets; one that is scheduled for deletion costs nothing any more."""
    return sum(not secret.is_deleted() for secret in backend.secrets.values())


def _keys(backend: Any) -> int:
    """Keys of the customer, enabled or not; none that waits for its deletion."""
    keys = backend.keys.values()
    return sum(key.key_manager == "CUSTOMER" and key.key_state != "PendingDeletion" for key in keys)


def _advanced(backend: Any) -> int:
    versions = dict.values(backend._parameters)
    return sum(bool(parameter) and parameter[-1].tier == "Advanced" for parameter in versions)


def _alarms(backend: Any) -> int:
    return len(backend.alarms)


_COUNTED: dict[str, tuple[str, Callable[[Any], int]]] = {
    "secretsmanager": ("secrets", _secrets),
    "kms": ("kms-keys", _keys),
    "ssm": ("ssm-advanced-parameters", _advanced),
    "cloudwatch": ("cloudwatch-alarms", _alarms),
}


class ResourceMeter:
    """The meter of one cloud's secrets, keys, parameters, alarms and metrics."""

    def __init__(self, context: CloudContext) -> None:
        self._context = context
        self._billed: set[tuple[Any, ...]] = set()
        self._since = 0.0

    def watch(self, target: Target, environ: dict[str, Any]) -> Measured | None:
        """See `Meter.watch`."""
        operation = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
        if operation.startswith(_LOOKING):
            return None

        def measured(_answer: Answer) -> Units | None:
            self._count(target.module)
            return None  # the price sheet counts requests

        return measured

    def sweep(self) -> None:
        """Count again what goes away by itself, and metrics."""
        for module in _COUNTED:
            if _is_used(module):
                self._count(module)
        if _is_used("cloudwatch"):
            self._metrics()

    def forget(self) -> None:
        """No metric has been billed yet."""
        self._billed.clear()

    def _count(self, module: str) -> None:
        line, count = _COUNTED[module]
        for region, backend in self._backends(module):
            self._context.ledger.set(line, region, count(backend), self._context.clock.now())

    def _metrics(self) -> None:
        """Hours of custom metrics, by month of the bill; those of services are free."""
        ledger = self._context.ledger
        if self._since != ledger.since:
            self._billed, self._since = set(), ledger.since
        for region, backend in self._backends("cloudwatch"):
            if not hasattr(backend, "put_moments"):  # moto's own: nobody has put anything into it yet
                continue
            for metric, moment in backend.put_moments():
                hour = (region, *metric, moment // _HOUR)
                if metric[0].startswith("AWS/") or moment < ledger.since or hour in self._billed:
                    continue
                self._billed.add(hour)
                ledger.count("cloudwatch-metrics", Decimal(_HOUR) / MONTH_SECONDS, moment)

    def _backends(self, module: str) -> Iterable[tuple[str, Any]]:
        found: Any = get_backend(module)
        return list((found.get(self._context.account) or {}).items())


def _is_used(module: str) -> bool:
    """Whether anything was ever asked of this service here: nobody imports moto's part for a bill."""
    return f"moto.{module}.models" in sys.modules
