"""How many environments may run at once: the account's limit, reserved and provisioned concurrency, scaling.

Source: Lambda developer guide, "Understanding Lambda function scaling", "Configuring reserved concurrency for
a function", "Configuring provisioned concurrency for a function" and "Lambda scaling behavior".

Rule 1: concurrency is counted in running invocations; an idle environment takes nothing away from anybody.
Rule 2: reserved concurrency is a floor and a cap. It is taken out of the account's limit at once, used or
not, and the function never gets more. Nought switches a function off.
Rule 3: provisioned environments count from when they stand ready, whether or not they run: in the function's
reserved concurrency if it has some, else in the account's limit. What they cannot take spills over to
environments on demand, under the same rules as ever.
Rule 4: a part of the account's limit stays unreserved: 100 where the limit is 1,000, as on AWS. Smaller
limits keep a tenth (AWS's figures for small accounts are its own), so that a lab may have a small account.
Rule 5: a function may start 1,000 environments in 10 seconds; the allowance comes back evenly.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = [
    "ACCOUNT_LIMIT",
    "AccountConcurrency",
    "ConcurrencyRefused",
    "Reason",
    "billed_seconds",
    "shares",
    "unreserved_minimum",
]

ACCOUNT_LIMIT = 1_000
"""AWS's default for an account and Region."""
SCALING_STEP, SCALING_SECONDS = 1_000, 10.0
BILLED_PERIOD = 300.0
"""Provisioned concurrency is billed from when it is asked for, by periods of five minutes that have begun."""


class Reason:
    """The `Reason` of a TooManyRequestsException."""

    ACCOUNT = "ConcurrentInvocationLimitExceeded"
    RESERVED = "ReservedFunctionConcurrentInvocationLimitExceeded"
    SCALING = "FunctionInvocationRateLimitExceeded"


class ConcurrencyRefused(ValueError):
    """A setting that Lambda does not take, in its own sentence (InvalidParameterValueException)."""


def unreserved_minimum(limit: int) -> int:
    """How much of an account's limit nobody may reserve or provision."""
    return min(100, limit // 10)


def shares(count: int, weights: Mapping[str, float], main: str) -> dict[str, int]:
    """How provisioned concurrency of an alias is divided among its versions: by weight, none gets nothing."""
    given: dict[str, int] = {}
    left = count
    for version, weight in weights.items():
        if weight > 0 and left > 1:
            given[version] = min(left - 1, max(1, round(count * weight)))
            left -= given[version]
    return {main: left, **given}


def billed_seconds(since: float, until: float) -> float:
    """The time for which provisioned concurrency is charged that was there from `since` to `until`."""
    return max(1, math.ceil(round((until - since) / BILLED_PERIOD, 6))) * BILLED_PERIOD


@dataclass
class _Bucket:
    """What is left of a function's allowance of new environments, and when that was so."""

    left: float
    when: float


class AccountConcurrency:
    """The concurrency of one account in one Region. Functions are named by their ARNs without qualifier."""

    def __init__(self, limit: int = ACCOUNT_LIMIT) -> None:
        self.limit = limit
        self.reserved: dict[str, int] = {}
        self._requested: dict[str, int] = {}
        self._ready: dict[str, int] = {}
        self._on_demand: defaultdict[str, int] = defaultdict(int)
        self._provisioned: defaultdict[str, int] = defaultdict(int)
        self._unreserved = 0
        self._total = 0
        self._scaling: dict[str, _Bucket] = {}

    # ------------------------------------------------------------------ what is set

    def reserve(self, function: str, count: int | None) -> None:
        """Reserve that much for a function, or nothing any more. Raises `ConcurrencyRefused`."""
        if count is not None:
            provisioned = self._requested.get(function, 0)
            if count < provisioned:
                raise ConcurrencyRefused(
                    f"Specified ReservedConcurrentExecutions for function ({count}) is lower than its total "
                    f"provisioned concurrency ({provisioned})."
                )
            others = self._claimed() - self._claim_of(function)
            self._keep_minimum(others + count, "ReservedConcurrentExecutions")
        before = function in self.reserved
        if count is None:
            self.reserved.pop(function, None)
        else:
            self.reserved[function] = count
        self._unreserved += (before - (function in self.reserved)) * self._on_demand[function]

    def provision(self, function: str, count: int) -> None:
        """Ask for that many provisioned environments, over all versions. Raises `ConcurrencyRefused`."""
        reserved = self.reserved.get(function)
        if reserved is not None:
            if count > reserved:
                raise ConcurrencyRefused(
                    "Requested Provisioned Concurrency should not be greater than the "
                    "reservedConcurrentExecution for function"
                )
        elif count > self._requested.get(function, 0):
            others = self._claimed() - self._claim_of(function)
            self._keep_minimum(others + count, "ConcurrentExecutions")
        self._requested[function] = count

    def stands_ready(self, function: str, count: int) -> None:
        """So many provisioned environments of it are there now, over all versions."""
        self._ready[function] = count

    def forget(self, function: str) -> None:
        """The function was deleted; what runs still counts."""
        self.reserve(function, None)
        for kept in (self._requested, self._ready, self._scaling):
            kept.pop(function, None)

    @property
    def unreserved(self) -> int:
        """What is left for functions without a reservation of their own: UnreservedConcurrentExecutions."""
        return self.limit - self._claimed()

    def _claimed(self) -> int:
        provisioned = sum(n for name, n in self._requested.items() if name not in self.reserved)
        return sum(self.reserved.values()) + provisioned

    def _claim_of(self, function: str) -> int:
        return self.reserved.get(function, self._requested.get(function, 0))

    def _keep_minimum(self, claimed: int, what: str) -> None:
        minimum = unreserved_minimum(self.limit)
        if self.limit - claimed < minimum:
            raise ConcurrencyRefused(
                f"Specified {what} for function decreases account's UnreservedConcurrentExecution below its "
                f"minimum value of [{minimum}]."
            )

    # ------------------------------------------------------------------ what runs

    def refusal(self, function: str, now: float, *, cold: bool) -> str | None:
        """Why no environment on demand may serve the function now, or None; `cold`: one must be started."""
        reserved = self.reserved.get(function)
        if reserved is not None:
            if self._on_demand[function] + self._ready.get(function, 0) >= reserved:
                return Reason.RESERVED
        elif self._unreserved >= self._pool():
            return Reason.ACCOUNT
        if cold and self._allowance(function, now) < 1:
            return Reason.SCALING
        return None

    def began(self, function: str, now: float, *, provisioned: bool = False, cold: bool = False) -> None:
        """An invocation of it runs."""
        if cold:
            self._scaling[function] = _Bucket(self._allowance(function, now) - 1, now)
        self._total += 1
        if provisioned:
            self._provisioned[function] += 1
        else:
            self._on_demand[function] += 1
            self._unreserved += function not in self.reserved

    def ended(self, function: str, *, provisioned: bool = False) -> None:
        """That invocation is over."""
        self._total -= 1
        if provisioned:
            self._provisioned[function] -= 1
        else:
            self._on_demand[function] -= 1
            self._unreserved -= function not in self.reserved

    def running(self, function: str) -> int:
        """Invocations of it that run now."""
        return self._on_demand[function] + self._provisioned[function]

    @property
    def running_in_all(self) -> int:
        """Invocations that run now, of all functions."""
        return self._total

    @property
    def running_unreserved(self) -> int:
        """Those of them that use unreserved concurrency."""
        return self._unreserved

    @property
    def claimed_now(self) -> int:
        """What is not there for invocations on demand: ClaimedAccountConcurrency."""
        return self._unreserved + self._claimed()

    def _pool(self) -> int:
        ready = 0
        if self._ready:
            ready = sum(n for name, n in self._ready.items() if name not in self.reserved)
        return self.limit - sum(self.reserved.values()) - ready

    def _allowance(self, function: str, now: float) -> float:
        bucket = self._scaling.get(function)
        if bucket is None:
            return SCALING_STEP
        back = (now - bucket.when) * SCALING_STEP / SCALING_SECONDS
        return min(float(SCALING_STEP), bucket.left + back)
