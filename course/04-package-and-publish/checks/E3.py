"""Checks of E3, runtimes."""

from collections.abc import Mapping

from botocore.exceptions import ClientError

from grader import Failure, Lab, check, mistake

from . import ROLE, zipped

HINTS = (
    "Which identifiers does `CreateFunction` take today? Its error message lists them.",
    "Managed runtimes are named after language and version. What is compiled brings no language: it needs "
    "the "
    "runtime with an operating system only. An image names no runtime.",
    "Python: `python3.14` or `python3.13`; Node.js: `nodejs24.x`; Go: `provided.al2023`; Java: `java21`; "
    "image: "
    "`none`.",
)
PYTHON = {"python3.10", "python3.11", "python3.12", "python3.13", "python3.14"}
FITTING = {
    "1": PYTHON,
    "2": {"nodejs24.x"},
    "3": {"provided.al2023", "provided.al2"},
    "4": {"java21"},
    "5": {"none"},
    "6": PYTHON,
}


def _given(lab: Lab) -> Mapping[str, object]:
    answer = lab.answer("E3")
    if not isinstance(answer, dict):
        raise Failure("an object with the keys 1 to 6", answer, 'labkit.answer("E3", …)')
    return answer


@check("E3", points=2, hints=HINTS)
def fits_each_code_base(lab: Lab) -> None:
    """Each of the six code bases has a runtime that can run it."""
    given = _given(lab)
    wrong = [number for number, fitting in FITTING.items() if given.get(number) not in fitting]
    if wrong:
        shown = {number: given.get(number) for number in wrong}
        raise Failure("a runtime that can run the code", shown, f"number {', '.join(wrong)}")


@check("E3", points=1, hints=HINTS)
def can_be_created(lab: Lab) -> None:
    """`CreateFunction` takes each of your runtimes."""
    named = {str(runtime) for number, runtime in _given(lab).items() if number != "5"}
    if not named - {""}:
        raise Failure("runtimes", "none yet", 'labkit.answer("E3", …)')
    for runtime in sorted(named):
        _create(lab, runtime)


def _create(lab: Lab, runtime: str) -> None:
    client, name = lab.client("lambda"), f"check-{lab.random.randrange(16**8):08x}"
    try:
        client.create_function(
            FunctionName=name,
            Runtime=runtime,
            Handler="app.handler",
            Role=ROLE,
            Code={"ZipFile": zipped(app="")},
        )
    except ClientError as error:
        said = error.response["Error"]["Message"]
        raise Failure("a runtime that CreateFunction takes", said[:200], f"the runtime {runtime!r}") from None
    client.delete_function(FunctionName=name)


@mistake(
    "E3-python-without-a-version",
    exercise="E3",
    hints=(
        "Which Python is `python3`? List the identifiers.",
        "A runtime is one version of a language, so that your code runs tomorrow as it does today. The "
        "identifier "
        "names it.",
        "`python3.14`, for example.",
    ),
)
def python_without_a_version(lab: Lab) -> bool | str:
    loose = [value for value in _given(lab).values() if value in {"python", "python3", "nodejs", "java"}]
    return bool(loose) and f"{loose[0]} names no version"


@mistake(
    "E3-go-has-its-own",
    exercise="E3",
    hints=(
        "`go1.x` stands on the old slides. Does `CreateFunction` still take it?",
        "A Go program is compiled, and needs no interpreter: it needs an operating system. Since the end "
        "of `go1.x` "
        "it runs on the OS-only runtime.",
        "`provided.al2023`",
    ),
)
def go_has_its_own(lab: Lab) -> bool | str:
    return str(_given(lab).get("3")).startswith("go") and "there is no runtime for Go any more"


@mistake(
    "E3-keeps-the-deprecated",
    exercise="E3",
    hints=(
        "Which Python gets no security fixes any more?",
        "Python 3.8 is deprecated. The code also runs on a newer one: name that.",
        '`"6": "python3.13"`',
    ),
)
def keeps_the_deprecated(lab: Lab) -> bool | str:
    return _given(lab).get("6") in {"python3.8", "python3.9"} and "number 6 still names a deprecated Python"


@mistake(
    "E3-image-with-a-runtime",
    exercise="E3",
    hints=(
        "Who put the interpreter into the image?",
        "An image brings its own system and its own runtime, so the function names none. `Runtime` is for "
        "zip "
        "packages.",
        '`"5": "none"`',
    ),
)
def image_with_a_runtime(lab: Lab) -> bool | str:
    given = _given(lab).get("5")
    return isinstance(given, str) and given not in {"", "none"} and f"number 5 names {given}"
