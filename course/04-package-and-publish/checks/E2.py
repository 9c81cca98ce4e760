"""Checks of E2, a library in a layer."""

from typing import Any

from grader import Failure, Lab, check, mistake

from . import answer_of, configuration, deployed, zipped

HINTS = (
    "Where under `/opt` does Python look? Which layer version does each of the two functions name?",
    "In the archive the library is `python/fees.py`. `publish_layer_version` returns the ARN of the new "
    "version; "
    "give it to the function with `update_function_configuration`. Each function names the version that it "
    "uses.",
    '`archive.writestr("python/fees.py", source)`; '
    '`functions.update_function_configuration(FunctionName="order-cost", Layers=[first_layer])`.',
)
NOW, LATER = "order-cost", "order-cost-2027"
READER = "import fees\n\n\ndef lambda_handler(event, context):\n    return [fees.RATE, fees.fee(event)]\n"


def _layers(lab: Lab, function: str) -> list[str]:
    return [layer["Arn"] for layer in configuration(lab, function).get("Layers") or []]


def _fees_layer(lab: Lab, function: str) -> str:
    for arn in _layers(lab, function):
        if arn.split(":")[6] == "fees":
            return arn
    raise Failure("the layer fees", "it has no such layer", f"the configuration of {function}")


def _order(lab: Lab) -> dict[str, Any]:
    return {"shares": lab.random.randrange(10, 400), "price": lab.random.randrange(200, 9_000) / 4}


def _expect_fee(lab: Lab, function: str, rate: float) -> None:
    order = _order(lab)
    amount = order["shares"] * order["price"]
    expected = {"amount": amount, "fee": round(amount * rate, 2)}
    lab.expect(answer_of(lab, function, order), expected, where=f"the answer of {function}")


@check("E2", points=1, hints=HINTS)
def asks_for_the_fee(lab: Lab) -> None:
    """`order-cost` answers, with the fee of 0.5 % from the layer `fees`."""
    _fees_layer(lab, NOW)
    _expect_fee(lab, NOW, 0.005)


@check("E2", points=1, hints=HINTS, needs=("asks_for_the_fee",))
def stays_when_the_layer_moves_on(lab: Lab) -> None:
    """`order-cost-2027` asks for 0.4 %, from a newer version of the layer; `order-cost` still for 0.5 %."""
    now, later = _fees_layer(lab, NOW), _fees_layer(lab, LATER)
    if int(later.split(":")[-1]) <= int(now.split(":")[-1]):
        lab.fail(later, f"a newer version than {now}", f"the configuration of {LATER}")
    _expect_fee(lab, LATER, 0.004)
    _expect_fee(lab, NOW, 0.005)


@check("E2", points=1, hints=HINTS, needs=("asks_for_the_fee",))
def holds_no_copy(lab: Lab) -> None:
    """The package of `order-cost` has no copy of the library: without the layer it fails."""
    client, layers = lab.client("lambda"), _layers(lab, NOW)
    client.update_function_configuration(FunctionName=NOW, Layers=[])
    try:
        client.get_waiter("function_updated_v2").wait(FunctionName=NOW)
        seen = lab.invoke(NOW, _order(lab))
    finally:
        client.update_function_configuration(FunctionName=NOW, Layers=layers)
        client.get_waiter("function_updated_v2").wait(FunctionName=NOW)
    lab.expect(seen.error_type, "Runtime.ImportModuleError", where="errorType without the layer")


@check("E2", points=1, hints=HINTS, hidden=True, needs=("asks_for_the_fee",))
def serves_other_functions(lab: Lab) -> None:
    """Any other function that has the layer can import the library."""
    amount = lab.random.randrange(1_000, 90_000)
    layer = _fees_layer(lab, NOW)
    with deployed(lab, zipped(**{"app.py": READER}), "app.lambda_handler", Layers=[layer]) as name:
        lab.expect(
            answer_of(lab, name, amount), [0.005, round(amount * 0.005, 2)], where="a function of ours"
        )


def _without_library(lab: Lab, function: str) -> bool:
    seen = lab.invoke(function, _order(lab))
    return seen.error_type == "Runtime.ImportModuleError" and "fees" in str(seen.payload)


@mistake(
    "E2-library-at-the-root",
    exercise="E2",
    hints=(
        "Where does the runtime look under `/opt`? Where did your layer put the file?",
        "The archive is unpacked into `/opt`. Python looks in `/opt/python`, and not in `/opt`: so the "
        "archive "
        "needs a folder `python`.",
        '`archive.writestr("python/fees.py", source)`',
    ),
)
def library_at_the_root(lab: Lab) -> bool | str:
    return (
        bool(_layers(lab, NOW)) and _without_library(lab, NOW) and "No module named 'fees', with the layer on"
    )


@mistake(
    "E2-never-attached",
    exercise="E2",
    hints=(
        "Print the function's configuration. Is there a member `Layers`?",
        "Publishing puts a layer on the shelf. A function uses it only when its configuration names the "
        "version.",
        '`functions.update_function_configuration(FunctionName="order-cost", Layers=[first_layer])`',
    ),
)
def never_attached(lab: Lab) -> bool | str:
    published = lab.client("lambda").list_layer_versions(LayerName="fees")["LayerVersions"]
    return bool(published) and not _layers(lab, NOW) and "order-cost has no layer"


@mistake(
    "E2-both-on-the-new-one",
    exercise="E2",
    hints=(
        "Which version of the layer does `order-cost` name? Which fee does it ask for today?",
        "The new fee begins in January, in `order-cost-2027`. `order-cost` stays on the version that it "
        "was given.",
        "Give `first_layer` to `order-cost` and `second_layer` to `order-cost-2027`.",
    ),
)
def both_on_the_new_one(lab: Lab) -> bool | str:
    both = _layers(lab, NOW) == _layers(lab, LATER) != []
    return (
        both and answer_of(lab, NOW, {"shares": 10, "price": 100})["fee"] == 4.0 and "both name one version"
    )


@mistake(
    "E2-library-in-the-package",
    exercise="E2",
    hints=(
        "Take the layer off: does `order-cost` still work? Why is that bad news here?",
        "A copy in the package comes before the layer, so the layer is never asked. The next fee then "
        "needs a "
        "deployment of each function.",
        'Deploy only the file: `labkit.deploy("order-cost", "order_cost.py")`.',
    ),
)
def library_in_the_package(lab: Lab) -> bool | str:
    client, layers = lab.client("lambda"), _layers(lab, NOW)
    client.update_function_configuration(FunctionName=NOW, Layers=[])
    try:
        seen = lab.invoke(NOW, _order(lab))
    finally:
        client.update_function_configuration(FunctionName=NOW, Layers=layers)
    return not seen.function_error and "without its layer order-cost still knows the fee"


@mistake(
    "E2-no-newer-version",
    exercise="E2",
    hints=(
        "Which version of the layer does `order-cost-2027` name: one with the lower fee?",
        "`publish_layer` makes a new version each time, and returns its ARN. The lower fee is in the version "
        "that you publish from `cheaper_library`.",
        "`second_layer = publish_layer(cheaper_library)`, and give it to `order-cost-2027`.",
    ),
)
def no_newer_version(lab: Lab) -> bool | str:
    if not _layers(lab, NOW):
        return False
    newest = _layers(lab, LATER)
    if not newest:
        return "order-cost-2027 has no layer"
    return newest == _layers(lab, NOW) and "both functions name the first version"
