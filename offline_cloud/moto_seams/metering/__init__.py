"""What a request used and what it left behind: measured where it is served, in the units of the price sheet.

A meter looks at a request before and after moto answers it, with the service's lock held, so that nothing
changes in between. It reads moto's records and never writes them.

Rule 1: a meter that stumbles costs a line of the bill, never the request.
Rule 2: a service without a meter costs nothing on the way; the price sheet then counts its calls.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from offline_cloud.moto_seams.dispatch import Answer, Target
    from offline_cloud.server import CloudContext

__all__ = ["Measured", "Meter", "Meters", "Units"]

Units = Mapping[str, Decimal]
Measured = Callable[["Answer"], Units | None]

# moto's module -> the module and class here that meters it.
_METERS = {
    "dynamodb": ("tables", "TableMeter"),
    "s3": ("objects", "ObjectMeter"),
    "sqs": ("messages", "MessageMeter"),
    "sns": ("messages", "MessageMeter"),
    "events": ("messages", "MessageMeter"),
    "kinesis": ("messages", "MessageMeter"),
    "cloudwatch": ("resources", "ResourceMeter"),
    "kms": ("resources", "ResourceMeter"),
    "secretsmanager": ("resources", "ResourceMeter"),
    "ssm": ("resources", "ResourceMeter"),
}
_log = logging.getLogger(__name__)


class Meter(Protocol):
    """Meters the requests of one or more services."""

    def watch(self, target: Target, environ: dict[str, Any]) -> Measured | None:
        """Look at a request; what to do with its answer, or None if nothing needs to be measured."""

    def sweep(self) -> None:
        """Look at what is there, before a bill is written."""

    def forget(self) -> None:
        """Everything is gone: a reset."""


class Meters:
    """The meters of one cloud; each is made when its service is first used."""

    def __init__(self, context: CloudContext) -> None:
        self._context = context
        self._meters: dict[tuple[str, str], Meter] = {}
        context.before_bill.append(self._sweep)
        context.on_reset.append(self._forget)

    def watch(self, target: Target, environ: dict[str, Any]) -> Measured | None:
        """Look at a request before it is served; call what this returns with the answer."""
        place = _METERS.get(target.module)
        if place is None:
            return None
        try:
            measured = self._meter(place).watch(target, environ)
        except Exception as error:
            # A request that makes no sense gets its answer from the service.
            return _complaint(error, target.service)
        return None if measured is None else _careful(measured, target.service)

    def _meter(self, place: tuple[str, str]) -> Meter:
        meter = self._meters.get(place)
        if meter is None:
            module = importlib.import_module(f"{__name__}.{place[0]}")
            meter = self._meters.setdefault(place, getattr(module, place[1])(self._context))
        return meter

    def _sweep(self) -> None:
        self._meter(_METERS["cloudwatch"])  # log groups make metrics, without a request
        for meter in list(self._meters.values()):
            meter.sweep()

    def _forget(self) -> None:
        for meter in list(self._meters.values()):
            meter.forget()


def _complaint(error: Exception, service: str) -> Measured:
    def measure(answer: Answer) -> Units | None:
        if answer.status < 400:
            _log.error("a request to %s could not be metered", service, exc_info=error)
        return None

    return measure


def _careful(measured: Measured, service: str) -> Measured:
    def measure(answer: Answer) -> Units | None:
        try:
            return measured(answer)
        except Exception:
            _log.exception("an answer of %s could not be metered", service)
            return None

    return measure
