"""Checks of E5, an alias with a canary, and the rule that judges it."""

from collections import Counter
from typing import Any

from botocore.exceptions import ClientError

from grader import Failure, Lab, check, mistake

from . import answer_of
from .E4 import versions

ALIAS_HINTS = (
    "Which version gets what is left over? Look at `FunctionVersion` and at `AdditionalVersionWeights`.",
    "The alias points to one version. The weights name only the *other* version, with its share between 0 "
    "and 1; "
    "the rest of the calls goes to the first.",
    '`point("live", "1", {"2": 0.1})`',
)
RULE_HINTS = (
    "Go through the four cases with numbers. Which count says that it is too early, and which that it is "
    "the feed?",
    "Three questions in this order. Are there enough errors to judge, and is the canary's *rate* clearly "
    "above the "
    "stable one? Roll back. Has it had enough calls? Promote. Else wait.",
    '`if canary["errors"] >= 10 and canary["errors"] / canary["calls"] > 2 * usual + 0.02: return "roll '
    'back"`, where '
    "`usual` is the error rate of `stable`.",
)
VERDICTS = ("promote", "roll back", "wait")
# How many calls the canary has had whenever the rule is asked; version 1 has had nine times as many.
ASKED_AT = (1, 5, 10, 20, 40, 80, 120, 160, 250, 400, 600, 800, 990)


def _alias(lab: Lab) -> dict[str, Any]:
    try:
        return dict(lab.client("lambda").get_alias(FunctionName="pricer", Name="live"))
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
    raise Failure("the alias live of pricer", "there is none", 'point("live", …)')


def _weights(alias: dict[str, Any]) -> dict[str, float]:
    return dict((alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {})


def _verdict(lab: Lab, stable: tuple[int, int], canary: tuple[int, int]) -> str:
    event = {
        "stable": {"calls": stable[0], "errors": stable[1]},
        "canary": {"calls": canary[0], "errors": canary[1]},
    }
    answer = answer_of(lab, lab.submitted("E5"), event)
    if answer not in VERDICTS:
        raise Failure("promote, roll back or wait", answer, "what judge returns")
    return str(answer)


def _story(lab: Lab, canary_rate: float, stable_rate: float) -> tuple[str, int, int]:
    """A canary from its first call on: the verdict that ends it, and its calls and errors by then.

    Each count of errors is the expected one, rounded up or down: a rule is not judged by its luck.
    """
    luck, stable_luck = lab.random.random(), lab.random.random()
    calls = errors = 0
    for calls in ASKED_AT:
        errors = int(canary_rate * calls + luck)
        verdict = _verdict(lab, (9 * calls, int(9 * stable_rate * calls + stable_luck)), (calls, errors))
        if verdict != "wait":
            return verdict, calls, errors
    return "wait", calls, errors


@check("E5", points=1, hints=ALIAS_HINTS)
def sends_a_tenth_to_the_canary(lab: Lab) -> None:
    """`pricer:live` points to version 1, and 10 % of the calls go to version 2."""
    alias = _alias(lab)
    lab.expect(alias["FunctionVersion"], "1", where="FunctionVersion of the alias")
    lab.expect(_weights(alias), {"2": 0.1}, where="AdditionalVersionWeights of the alias")
    ran = Counter(lab.invoke("pricer:live", {"price": 100}).executed_version for _ in range(40))
    if not ran["1"] or set(ran) - {"1", "2"}:
        lab.fail(dict(ran), "calls of version 1, and some of version 2", "ExecutedVersion of 40 calls")


@check("E5", points=1, hints=RULE_HINTS)
def rolls_a_bad_canary_back(lab: Lab) -> None:
    """A canary of which 30 % of the calls fail is rolled back before 50 errors."""
    verdict, calls, errors = _story(lab, 0.3, 0.001)
    if verdict != "roll back" or errors > 50:
        lab.fail(f"{verdict} after {calls} calls with {errors} errors", "roll back within 50 errors", "judge")


@check("E5", points=1, hints=RULE_HINTS)
def promotes_a_good_canary(lab: Lab) -> None:
    """A canary without errors, and one with as few as before, are promoted within 1,000 calls."""
    for rate in (0.0, 0.004):
        verdict, calls, errors = _story(lab, rate, rate)
        if verdict != "promote":
            lab.fail(
                f"{verdict} after {calls} calls with {errors} errors", "promote within 1,000 calls", "judge"
            )


@check("E5", points=1, hints=RULE_HINTS, needs=("rolls_a_bad_canary_back",))
def waits_after_one_call(lab: Lab) -> None:
    """When the very first call of the canary fails, the rule waits; it waits when there is no call yet."""
    stable = lab.random.randrange(5, 40)
    for canary in ((1, 1), (0, 0)):
        lab.expect(
            _verdict(lab, (stable, 0), canary),
            "wait",
            where=f"judge when the canary has had {canary[0]} call{'s' * (canary[0] != 1)}",
        )


@check("E5", points=1, hints=RULE_HINTS, hidden=True)
def does_not_blame_the_canary(lab: Lab) -> None:
    """When both versions fail as often, because the feed is down, the canary is not rolled back."""
    _story_of_bad = _verdict(lab, (900, 2), (200, 60))
    if _story_of_bad != "roll back":
        lab.fail(_story_of_bad, "roll back for 60 errors in 200 calls, against 2 in 900", "judge")
    for _ in range(2):
        verdict, calls, errors = _story(lab, 0.3, 0.3)
        if verdict == "roll back":
            lab.fail(f"roll back after {calls} calls with {errors} errors", "no roll back", "judge")


@mistake(
    "E5-points-to-the-canary",
    exercise="E5",
    hints=(
        "Call `pricer:live` a hundred times. Which version do most customers get?",
        "The version that the alias points to gets all that is left over. Here that is the new one, and "
        "the weight "
        "sends calls to the old one.",
        '`point("live", "1", {"2": 0.1})`',
    ),
)
def points_to_the_canary(lab: Lab) -> bool | str:
    alias = _alias(lab)
    most = alias["FunctionVersion"] == "2" or _weights(alias).get("2", 0.0) > 0.5
    return "2" in versions(lab) and most and "most calls go to version 2"


@mistake(
    "E5-no-canary",
    exercise="E5",
    hints=(
        "Who meets version 2, with this alias?",
        "An alias without weights sends everybody to one version. The share of the other one stands in "
        "`AdditionalVersionWeights`.",
        '`point("live", "1", {"2": 0.1})`',
    ),
)
def no_canary(lab: Lab) -> bool | str:
    alias = _alias(lab)
    return alias["FunctionVersion"] == "1" and not _weights(alias) and "all calls go to version 1"


@mistake(
    "E5-rolls-back-at-once",
    exercise="E5",
    hints=(
        "The first call of the canary failed. What do you know about it now?",
        "One error of one call is a rate of 100 %, and it says next to nothing. Ask for a few errors "
        "before you judge.",
        '`if canary["errors"] >= 10 and …`',
    ),
)
def rolls_back_at_once(lab: Lab) -> bool | str:
    return _verdict(lab, (20, 0), (1, 1)) == "roll back" and "one error in one call is rolled back"


@mistake(
    "E5-counts-errors-only",
    exercise="E5",
    hints=(
        "The feed is down, and both versions fail. Whose fault is that?",
        "Compare the canary's error *rate* with the stable one. A number of errors alone also grows when "
        "the world "
        "around you fails.",
        '`usual = stable["errors"] / stable["calls"]`, and compare `canary["errors"] / canary["calls"]` '
        "with it.",
    ),
)
def counts_errors_only(lab: Lab) -> bool | str:
    blamed = _verdict(lab, (1800, 540), (200, 60)) == "roll back"
    return blamed and "300 of 1,000 calls fail in both versions, and the canary is rolled back"


@mistake(
    "E5-never-promotes",
    exercise="E5",
    hints=(
        "A perfect canary has had 990 calls. What does your rule say?",
        "A rule that only knows trouble keeps a canary for ever. Say when it has shown enough.",
        '`if canary["calls"] >= 500: return "promote"`, after the test for trouble.',
    ),
)
def never_promotes(lab: Lab) -> bool | str:
    waits = _verdict(lab, (8_910, 0), (990, 0)) == "wait"
    return waits and _verdict(lab, (900, 0), (100, 60)) == "roll back" and "a perfect canary still waits"
