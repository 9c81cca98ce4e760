"""Checks of E4, environments that are ready at nine, for 7 cents."""

from datetime import timedelta
from typing import Any

from grader import Lab, check, mistake

from . import PREDICTION_HINTS, answer_of, call, cold_starts, expect_answered, now, play

HINTS = (
    "8 calls come each second, and each takes half a second. How many are inside at once? Look at the "
    "lanes of `prices` too: which of them began before nine?",
    "`put_provisioned_concurrency_config` on the alias `live` makes environments ready. Their number is "
    "rate times duration. Customers have to call the alias.",
    '`FunctionName="prices", Qualifier="live", ProvisionedConcurrentExecutions=4`',
)
CLOSE_HINTS = (
    "Ask for the configuration after ten o'clock. Who pays for these environments at night?",
    "Provisioned concurrency costs money until it is deleted. One call of Lambda deletes it.",
    '`functions.delete_provisioned_concurrency_config(FunctionName="prices", Qualifier="live")`',
)
BUDGET = 0.07
PER_GB_SECOND = 0.0000041667


def _settings(lab: Lab) -> dict[str, dict[str, Any]]:
    """The provisioned concurrency of `prices`: by alias or version."""
    told = lab.client("lambda").list_provisioned_concurrency_configs(FunctionName="prices")
    found = told["ProvisionedConcurrencyConfigs"]
    return {one["FunctionArn"].rsplit(":", 1)[-1]: one for one in found}


def _forget(lab: Lab) -> None:
    """Leave nothing that is warm, nothing that is paid for, and no reservation of an earlier try."""
    lab.client("lambda").delete_function_concurrency(FunctionName="prices")
    for qualifier in _settings(lab):
        lab.client("lambda").delete_provisioned_concurrency_config(FunctionName="prices", Qualifier=qualifier)
    lab.clock.advance(minutes=11)


def _ten_to_nine(lab: Lab) -> None:
    """The next day, ten minutes before nine."""
    present = lab.clock.now()
    target = (present + timedelta(days=1)).replace(hour=8, minute=50, second=0, microsecond=0)
    lab.clock.advance(seconds=(target - present).total_seconds())


def _opened(lab: Lab) -> dict[str, dict[str, Any]]:
    """Open the market at 8:50, and tell what is set at nine."""
    _forget(lab)
    _ten_to_nine(lab)
    answer_of(lab, "open-market", {})
    lab.clock.advance(minutes=10)
    return _settings(lab)


def _asked_by(lab: Lab, function: str) -> list[dict[str, Any]]:
    """The changes of concurrency for which the function has asked, in order."""
    return [
        entry
        for entry in lab.journal()
        if entry["source"] == f"function:{function}" and "Concurrency" in entry["operation"]
    ]


def provisioned(lab: Lab) -> int:
    """How many environments `open-market` has asked for on the alias, last of all."""
    asked = [entry["parameters"] or {} for entry in _asked_by(lab, "open-market")]
    numbers = [
        one["ProvisionedConcurrentExecutions"] for one in asked if "ProvisionedConcurrentExecutions" in one
    ]
    return int(numbers[-1]) if numbers else 0


@check("E4", points=1, hints=HINTS)
def nobody_waits_at_nine(lab: Lab) -> None:
    """At nine, 8 calls a second of half a second each all find a warm environment behind `prices:live`."""
    try:
        _opened(lab)
        nine = now(lab)
        # Half a second each: of eight calls in a second, four are there at once. The groups are some seconds
        # apart, so that a slow computer doesn't make them overlap.
        seconds = range(0, 3 * lab.random.randrange(2, 5), 3)
        results = play(lab, [call(at, "prices:live", 0.5) for at in seconds for _ in range(4)])
        expect_answered(lab, results, "what became of the calls of prices:live")
        lab.expect(cold_starts(lab, "prices", nine), 0, "cold starts of prices after nine")
    finally:
        _forget(lab)


@check("E4", points=1, hints=HINTS, needs=("nobody_waits_at_nine",))
def keeps_the_budget(lab: Lab) -> None:
    """The environments that stand ready from nine to ten cost 7 cents at most. More callers are served."""
    try:
        asked = sum(one["RequestedProvisionedConcurrentExecutions"] for one in _opened(lab).values())
        cost = asked * 3600 * PER_GB_SECOND
        if cost > BUDGET:
            lab.fail(
                f"{asked} environments: ${cost:.3f}", "$0.07 at most", "an hour of provisioned concurrency"
            )
        nine = now(lab)
        results = play(lab, [call(0, "prices:live", 0.5)] * (asked + 2))
        expect_answered(lab, results, "two calls more than environments that are ready")
        lab.expect(cold_starts(lab, "prices", nine), 2, "cold starts of two calls more")
    finally:
        _forget(lab)


@check("E4", points=1, hints=CLOSE_HINTS, needs=("nobody_waits_at_nine",))
def closes_at_ten(lab: Lab) -> None:
    """After `close-market` nothing is provisioned any more."""
    try:
        _opened(lab)
        lab.clock.advance(hours=1)
        answer_of(lab, "close-market", {})
        lab.expect(sorted(_settings(lab)), [], "what is provisioned of prices after ten")
    finally:
        _forget(lab)


@check("E4", points=1, hints=PREDICTION_HINTS)
def the_other_two_were_predicted(lab: Lab) -> None:
    """You predicted what happens to two calls that find no environment ready."""
    guess = lab.prediction("E4")
    if str(guess).strip().lower() not in {"throttled", "wait", "cold"}:
        lab.fail(guess, "throttled, wait or cold", 'labkit.predict("E4", …)')


@mistake(
    "E4-on-latest",
    exercise="E4",
    hints=(
        "What can be provisioned?",
        "A version, or an alias that points to one. `$LATEST` changes with each deployment, so it can't "
        "stand ready.",
        '`Qualifier="live"`',
    ),
)
def on_latest(lab: Lab) -> bool | str:
    refused = [entry for entry in _asked_by(lab, "open-market")[-1:] if entry["error"]]
    told = lab.invoke("open-market", {}).payload if refused else None
    message = str(told.get("errorMessage", "")) if isinstance(told, dict) else ""
    return "unpublished" in message and f"open-market fails: {message}"


@mistake(
    "E4-reserves",
    exercise="E4",
    hints=(
        "You reserved places. Does a place have an environment in it?",
        "Reserved concurrency is a right to run. It starts nothing. *Provisioned* concurrency starts "
        "environments before anybody calls.",
        "`functions.put_provisioned_concurrency_config(…)`",
    ),
)
def reserves(lab: Lab) -> bool | str:
    asked = [entry["operation"] for entry in _asked_by(lab, "open-market")[-1:]]
    return asked == ["PutFunctionConcurrency"] and "open-market reserves places of prices, and none is warm"


@mistake(
    "E4-one-for-each-call",
    exercise="E4",
    hints=(
        "Half of the environments never get a call. How long does each call stay?",
        "8 calls a second are not 8 calls at once. Multiply by the half second that each takes, and look "
        "at the budget.",
        "8 × 0.5 = 4 environments.",
    ),
)
def one_for_each_call(lab: Lab) -> bool | str:
    asked = provisioned(lab)
    return asked > 4 and f"{asked} environments for an hour cost ${asked * 3600 * PER_GB_SECOND:.3f}"


@mistake(
    "E4-too-few",
    exercise="E4",
    hints=(
        "How many of the calls at nine found an environment ready, and how many waited four seconds?",
        "Calls beyond the provisioned environments are served on demand, and these start cold. Rate times "
        "duration says how many you need.",
        "8 × 0.5 = 4 environments.",
    ),
)
def too_few(lab: Lab) -> bool | str:
    asked = provisioned(lab)
    return 0 < asked < 4 and f"{asked} environments are ready, 4 calls come at once"


@mistake(
    "E4-never-closes",
    exercise="E4",
    hints=(
        "It is midnight. How many environments are waiting for customers, and who pays?",
        "`close-market` has to delete the configuration on the same alias. One environment that is left "
        "costs as much as any other.",
        '`functions.delete_provisioned_concurrency_config(FunctionName="prices", Qualifier="live")`',
    ),
)
def never_closes(lab: Lab) -> bool | str:
    asked = [entry["operation"] for entry in _asked_by(lab, "close-market") if not entry["error"]]
    deletes = "DeleteProvisionedConcurrencyConfig" in asked[-1:]
    return provisioned(lab) > 0 and not deletes and "close-market deletes nothing"
