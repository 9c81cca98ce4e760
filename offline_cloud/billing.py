"""The bill of one cloud: since when it counts, and all that is on it.

Rule 1: a bill begins when the cloud is ready: with its start, with the state in which a lab begins, with a
reset. What built that state is not the learner's, and what it stores from then on is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from offline_cloud import meter
from offline_cloud.meter import FunctionUsage, MachineUsage, Use

if TYPE_CHECKING:
    from offline_cloud.server import CloudContext

__all__ = ["Billing"]

U = TypeVar("U", FunctionUsage, MachineUsage)


class Billing:
    """Collects what the journal, the function host, the state machines and the ledger know."""

    def __init__(self, context: CloudContext) -> None:
        self._context = context
        self._first_call = 0
        self._functions: list[FunctionUsage] = []
        self._machines: list[MachineUsage] = []

    def statement(self, *, free_tier: bool = False) -> dict[str, Any]:
        """The bill so far: `meter.bill`, with `since` and `until` in epoch seconds of cloud time."""
        context, sheet = self._context, meter.price_sheet()
        for sweep in context.before_bill:
            sweep()
        now = context.clock.now()
        calls = context.journal.billable(self._first_call)
        uses: Iterator[Use] = meter.uses_of_calls(
            calls, sheet, lambda call: context.ledger.month(call["time"])
        )
        told = meter.bill(
            [],
            _less(context.function_host.usage(), self._functions),
            _less(self._machine_usages(), self._machines),
            uses=[*uses, *context.ledger.uses(now, sheet)],
            sheet=sheet,
            free_tier=free_tier,
        )
        return {**told, "since": context.ledger.since, "until": now}

    def begin(self) -> None:
        """A new bill, of a cloud that keeps what it has."""
        self._first_call = len(self._context.journal)
        self._functions = self._context.function_host.usage()
        self._machines = self._machine_usages()
        self._context.ledger.restart(self._context.clock.now())

    def _machine_usages(self) -> list[MachineUsage]:
        return [usage() for usage in self._context.machine_usages]


def _less(now: list[U], before: list[U]) -> list[U]:
    """What was used since `before`: numbers are taken off where everything else is the same."""
    known = {_name(usage): usage for usage in before}
    return [_difference(usage, known.get(_name(usage))) for usage in now]


def _difference(usage: U, before: U | None) -> U:
    if before is None:
        return usage
    changed = {
        field.name: getattr(usage, field.name) - getattr(before, field.name)
        for field in fields(usage)
        if field.name != "month" and not isinstance(getattr(usage, field.name), str)
    }
    return type(usage)(**{**vars(usage), **changed})


def _name(usage: FunctionUsage | MachineUsage) -> tuple[Any, ...]:
    if isinstance(usage, FunctionUsage):
        return usage.function, usage.architecture, usage.month
    return (usage.month,)
