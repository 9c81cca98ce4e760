"""Checks of E4, versions."""

from typing import Any

from grader import Failure, Lab, check, mistake

from . import answer_of, configuration

HINTS = (
    "Call `pricer:1` and `pricer:2` with one price. What differs, and is that what you wanted to freeze?",
    "First publish what is deployed: that is version 1. Then deploy the new code with the new environment, "
    "and "
    "publish again: version 2. A version that was made too early or too late can't be mended: delete the "
    "function.",
    '`functions.publish_version(FunctionName="pricer")`, `labkit.deploy("pricer", "pricer_euro.py", '
    'environment={"SPREAD": "0.25"})`, `functions.publish_version(FunctionName="pricer")`.',
)
PREDICTION_HINTS = (
    "Write two version numbers as texts. Wrong is fine.",
    "What could the second call copy that the first did not?",
    '`numbers = ["…", "…"]`',
)


def versions(lab: Lab) -> list[str]:
    """The numbers of the versions that were published."""
    configuration(lab, "pricer")
    found = lab.client("lambda").list_versions_by_function(FunctionName="pricer")["Versions"]
    return [version["Version"] for version in found if version["Version"] != "$LATEST"]


def _quote(lab: Lab, qualifier: str, price: float) -> Any:
    configuration(lab, "pricer", qualifier)
    return answer_of(lab, "pricer", {"price": price}, Qualifier=qualifier)


@check("E4", points=1, hints=PREDICTION_HINTS)
def numbers_were_predicted(lab: Lab) -> None:
    """You predicted both version numbers."""
    guess = lab.prediction("E4")
    if not isinstance(guess, list) or len(guess) != 2:
        raise Failure("two version numbers", guess, 'labkit.predict("E4", …)')


@check("E4", points=1, hints=HINTS)
def first_version_is_the_old_release(lab: Lab) -> None:
    """`pricer:1` is the old release: code and spread."""
    price = lab.random.randrange(100, 900) / 2
    lab.expect(
        _quote(lab, "1", price), {"bid": price - 0.5, "ask": price + 0.5}, where="the answer of pricer:1"
    )


@check("E4", points=1, hints=HINTS)
def second_version_is_the_new_release(lab: Lab) -> None:
    """`pricer:2` is the new release: code and spread."""
    price = lab.random.randrange(100, 900) / 2
    expected = {"bid": price - 0.25, "ask": price + 0.25, "currency": "EUR"}
    lab.expect(_quote(lab, "2", price), expected, where="the answer of pricer:2")


@check(
    "E4",
    points=1,
    hints=HINTS,
    needs=("first_version_is_the_old_release", "second_version_is_the_new_release"),
)
def versions_are_frozen(lab: Lab) -> None:
    """There are two versions, no more, and they don't change when `$LATEST` does."""
    lab.expect(versions(lab), ["1", "2"], where="the versions of pricer")
    client = lab.client("lambda")
    kept = configuration(lab, "pricer")["Environment"]["Variables"]
    client.update_function_configuration(FunctionName="pricer", Environment={"Variables": {"SPREAD": "9"}})
    try:
        price = float(lab.random.randrange(100, 900))
        lab.expect(_quote(lab, "1", price)["bid"], price - 0.5, where="the bid of pricer:1")
        lab.expect(_quote(lab, "2", price)["bid"], price - 0.25, where="the bid of pricer:2")
    finally:
        client.update_function_configuration(FunctionName="pricer", Environment={"Variables": kept})


def _shown(lab: Lab, qualifier: str) -> Any:
    """The answer for a price of 100; None where that version is not there."""
    if qualifier != "$LATEST" and qualifier not in versions(lab):
        return None
    return lab.invoke("pricer", {"price": 100}, Qualifier=qualifier).payload


OLD = {"bid": 99.5, "ask": 100.5}
NEW = {"bid": 99.75, "ask": 100.25, "currency": "EUR"}


@mistake(
    "E4-published-too-late",
    exercise="E4",
    hints=(
        "Which release is version 1? When was it published?",
        "A version is a copy of what is deployed at that moment. The new release was deployed first, so "
        "the old one "
        "was never frozen, and nobody can go back to it.",
        "Delete the function. Deploy `pricer.py`, publish; deploy `pricer_euro.py`, publish.",
    ),
)
def published_too_late(lab: Lab) -> bool | str:
    return _shown(lab, "1") == NEW and "version 1 is the new release"


@mistake(
    "E4-published-once",
    exercise="E4",
    hints=(
        "How many versions are there? What did the second `publish_version` have to copy?",
        "Without a change of code or configuration no new version is made; you get the last one again. "
        "Change "
        "first, then publish.",
        "The order: publish, deploy the new release, publish.",
    ),
)
def published_once(lab: Lab) -> bool | str:
    return versions(lab) == ["1"] and _shown(lab, "1") == OLD and "there is one version only, the old release"


@mistake(
    "E4-old-spread",
    exercise="E4",
    hints=(
        "Ask `pricer:2` for a price. Which half of the function is new, and which is old?",
        "A release is code and configuration. The environment variable `SPREAD` belongs to the "
        "configuration, and "
        "the version froze it as it was.",
        '`labkit.deploy("pricer", "pricer_euro.py", environment={"SPREAD": "0.25"})`, and publish after it.',
    ),
)
def old_spread(lab: Lab) -> bool | str:
    answer = _shown(lab, "2")
    return (
        isinstance(answer, dict)
        and answer.get("currency") == "EUR"
        and answer.get("bid") == 99.5
        and "version 2 has the new code and the old spread"
    )


@mistake(
    "E4-old-code",
    exercise="E4",
    hints=(
        "Ask `pricer:2` for a price. Which half of the function is new, and which is old?",
        "A release is code and configuration. Here only the environment was changed before it was published.",
        "Deploy the file `pricer_euro.py` with the new spread, then publish.",
    ),
)
def old_code(lab: Lab) -> bool | str:
    answer = _shown(lab, "2")
    return (
        isinstance(answer, dict)
        and "currency" not in answer
        and answer.get("bid") == 99.75
        and "version 2 has the old code and the new spread"
    )
