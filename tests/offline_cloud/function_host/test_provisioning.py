"""Provisioned environments on the host: when they stand ready, what they cost, what ends them."""

from typing import Any

import pytest

from offline_cloud.engines.concurrency import ConcurrencyRefused
from offline_cloud.function_host.provisioning import ALLOCATION_SECONDS
from offline_cloud.scheduler import TimerKind

SLEEPS = "import time\ndef lambda_handler(event, c):\n    time.sleep(event.get('seconds', 0))"
HOUR = 3600.0


def test_what_is_provisioned_is_charged_used_or_not(functions: Any) -> None:
    version = functions.function(SLEEPS, name="f", version="1", memory_mb=512, timeout=60)
    provisioning = functions.host.provisioning
    provisioning.set(version.arn, [(version, 4)])
    functions.cloud.scheduler.advance(ALLOCATION_SECONDS + 1)
    functions.invoke(version, b'{"seconds": 20}')
    functions.cloud.scheduler.advance(HOUR - 300)
    provisioning.set(version.arn, [])
    functions.cloud.scheduler.advance(10 * HOUR)
    (used,) = functions.host.usage()
    assert used.provisioned_gb_seconds == 4 * 0.5 * HOUR
    assert used.provisioned_duration_gb_seconds == pytest.approx(10, abs=1)
    assert (used.requests, used.gb_seconds) == (1, 0.0)


def test_more_and_less_are_charged_for_their_time(functions: Any) -> None:
    version = functions.function(SLEEPS, name="f", version="1", memory_mb=1024)
    for count in (1, 3, 2):
        functions.host.provisioning.set(version.arn, [(version, count)])
        functions.cloud.scheduler.advance(HOUR - 1)
    (used,) = functions.host.usage()
    assert used.provisioned_gb_seconds == 6 * HOUR
    states = [life["state"] for life in functions.host.environments()]
    assert (states.count("idle"), states.count("shutdown")) == (2, 1)


def test_a_busy_one_that_is_given_up_ends_when_it_is_done(functions: Any) -> None:
    version = functions.function(SLEEPS, name="f", version="1", timeout=60)
    functions.host.provisioning.set(version.arn, [(version, 1)])
    functions.cloud.scheduler.settle()
    functions.cloud.scheduler.call_later(
        5.0, lambda: functions.host.provisioning.set(version.arn, []), kind=TimerKind.WAIT
    )
    functions.invoke(version, b'{"seconds": 20}')
    (life,) = functions.host.environments()
    kinds = [span["kind"] for span in life["spans"]]
    assert kinds == ["init", "idle", "invoke", "idle", "shutdown"]
    assert functions.host.concurrency(version.account, version.region).running(version.arn) == 0


def test_a_reset_forgets_it(functions: Any) -> None:
    version = functions.function(SLEEPS, name="f", version="1")
    functions.host.provisioning.set(version.arn, [(version, 2)])
    functions.cloud.scheduler.settle()
    functions.host.reset()
    assert functions.host.usage() == []
    assert functions.host.environments() == []
    assert functions.host.provisioning.of(version.arn, "1").wanted == 0


def test_no_more_than_the_account_has(functions: Any) -> None:
    version = functions.function(SLEEPS, name="f", version="1")
    with pytest.raises(ConcurrencyRefused):
        functions.host.provisioning.set(version.arn, [(version, 901)])
    assert functions.host.usage() == []
