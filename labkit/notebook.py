"""What a notebook imports: open a lab, ask for a check or a hint, leave evidence in its cloud, draw it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from labkit import deployment, function_source, session, views
from labkit.errors import refuse

if TYPE_CHECKING:
    from pathlib import Path

    from labkit.pictures import Bill, Picture, Steps
    from offline_cloud import Cloud

T = TypeVar("T")
_EMPTY: tuple[Any, ...] = (None, "", [], {}, (), ...)
_LARGEST_PARAMETER = 8192


def open(slug: str) -> Cloud:  # noqa: A001 - labkit.open is the name that learners type
    """Open a lab: start its cloud (or find it running), build the state in which the lab begins.

    From then on boto3, the AWS CLI and every child process of this notebook talk to that cloud, and to no
    other address. Returns the `Cloud`. Raises `LabkitError`.
    """
    return session.open_session(slug).cloud


def check(exercise: str) -> views.View:
    """Check an exercise of the open lab now, from outside, and show what was expected and what was seen."""
    opened = session.current()
    opened.require_exercise(exercise)
    if opened.lab is None:
        return views.note(f"{exercise} is checked by the grader, after this cell.")
    from grader import check_exercise

    result = check_exercise(opened.lab, exercise, opened.cloud)
    opened.results[exercise] = result
    return views.exercise_result(result, opened.refused)


def hint(exercise: str) -> views.View:
    """The next hint for an exercise. It fits what the last check saw; without one, this checks first."""
    opened = session.current()
    opened.require_exercise(exercise)
    if opened.lab is None:
        return views.note(f"{exercise}: hints are for people; the grader gives none.")
    if exercise not in opened.results:
        check(exercise)
    result = opened.results[exercise]
    if str(result.status) == "passed":
        return views.note(f"{exercise} has passed: no hint needed.")
    hints = list(result.hints)
    if not hints:
        return views.note(f"{exercise} has no hint for this. {result.message or ''}".strip())
    given = opened.hints_given.get(exercise, 0)
    if given >= len(hints):
        place = f"solutions/{opened.lab.folder.name}/{opened.slug}.ipynb"
        text = (
            f"{hints[-1]} (This was the last hint. One answer is in {place}; then tell it in your own words.)"
        )
        return views.hint(exercise, len(hints), len(hints), text)
    opened.hints_given[exercise] = given + 1
    return views.hint(exercise, given + 1, len(hints), hints[given])


def predict(exercise: str, guess: Any) -> views.View:
    """Record what you expect, before you look. Any guess counts, no guess doesn't."""
    opened = session.current()
    opened.require_exercise(exercise)
    unfilled = isinstance(guess, dict) and all(value in (None, "", ...) for value in guess.values())
    if unfilled or any(guess is empty or (type(guess) is type(empty) and guess == empty) for empty in _EMPTY):
        refuse(f"{exercise} has no guess yet: write what you expect, then run the cell again. Wrong is fine.")
    _store(opened, exercise, "prediction", guess)
    return views.note(f"{exercise}: your prediction is recorded.", views.shown(guess))


def answer(exercise: str, value: Any) -> views.View:
    """Hand in an answer (anything that JSON has): it is stored in the cloud, where the check reads it."""
    opened = session.current()
    opened.require_exercise(exercise)
    _store(opened, exercise, "answer", value)
    return views.note(f"{exercise}: your answer is stored.", views.shown(value))


def submit(function: Any, exercise: str) -> views.View:
    """Hand in a function: it is deployed with what it uses, and the check calls it in the cloud."""
    opened = session.current()
    opened.require_exercise(exercise)
    name = f"labkit-{opened.slug}-{exercise}"
    with opened.deploying(f"the function of {exercise}"):
        package = deployment.package_submission(function)
        done = deployment.deploy(
            opened.cloud, name, package, timeout=10, memory=256, runtime="python3.13", environment=None
        )
    verb = "is now" if done.created else "has replaced"
    return views.note(f"{exercise}: {function_source.name_of(function)} {verb} the Lambda function {name}.")


def deploy(  # noqa: PLR0917 - all but the first two have defaults, and learners name them
    name: str,
    code: str | Path | Any,
    handler: str = "lambda_handler",
    timeout: int = 3,
    memory: int = 128,
    runtime: str = "python3.13",
    environment: Mapping[str, str] | None = None,
) -> views.View:
    """Create the Lambda function `name`, or update it.

    `code` is a file (`price_checker.py`), a folder, a zip, source text or a function of this notebook;
    `handler` is a function's name or `module.function`. `timeout` in seconds, `memory` in MB.
    """
    opened = session.current()
    settings: dict[str, Any] = {"timeout": timeout, "memory": memory, "runtime": runtime}
    with opened.deploying(name):
        package = deployment.package_code(code, handler)
        done = deployment.deploy(opened.cloud, name, package, **settings, environment=environment)
    verb = "Created" if done.created else "Updated"
    files = ", ".join(done.files)
    detail = f"{files} · handler {package.handler} · {runtime} · timeout {timeout} s · memory {memory} MB"
    return views.note(f"{verb} the function {name}.", detail)


def deploy_machine(
    name: str,
    definition: str | Path | Mapping[str, Any],
    type: str = "STANDARD",  # noqa: A002 - AWS's word
) -> views.View:
    """Create the state machine `name`, or update it.

    `definition` is a file (`buy_or_sell.asl.json`), a dict or the text itself; `type` is `STANDARD` or
    `EXPRESS`. A definition that is not valid is not deployed: the message lists what is wrong and where.
    """
    from labkit import machine_deployment

    opened = session.current()
    with opened.deploying(name):
        text = machine_deployment.definition_text(definition)
        done = machine_deployment.deploy_machine(opened.cloud, name, text, type)
    verb = "Created" if done.created else "Updated"
    detail = "\n".join([f"{type} · {', '.join(done.states)}", *done.warnings])
    return views.note(f"{verb} the state machine {name}.", detail)


def bill(*, free_tier: bool = False) -> Bill:
    """The bill so far: what this lab would have cost, line by line and by function.

    With `free_tier`, less what AWS gives every account each month. `total`, `lines` and `functions` of what
    this returns are for programs.
    """
    from labkit import pictures

    cloud = session.current().cloud
    return pictures.bill(_told(lambda: cloud.bill(free_tier=free_tier)))


def life_lines(function: str | None = None) -> Picture:
    """The execution environments of the functions (or of one): when each began, worked, idled and ended, and
    which calls were refused.
    """
    from labkit import pictures

    cloud = session.current().cloud
    return pictures.life_lines(_told(cloud.environments), function, _told(cloud.throttles))


def event_story(event: Any = None, *, function: str | None = None) -> Picture:
    """An asynchronous event from its arrival to its end: attempts, waits, retries, destination, dead letter.

    `event` is the answer of Invoke, or the request id in it; without one it is the last (of `function`).
    """
    from labkit import pictures

    stories = _told(session.current().cloud.event_stories)
    wanted = event
    if isinstance(event, Mapping):
        wanted = event.get("ResponseMetadata", {}).get("RequestId")
    found = [
        story
        for story in stories
        if function in (None, story["function"]) and wanted in (None, story["request_id"])
    ]
    if not found:
        whose = f" for the function {function!r}" if function else ""
        refuse(f"there is no such asynchronous event{whose}: invoke it with InvocationType='Event' first.")
    return pictures.event_story(found[-1])


def function_box(name: str) -> Picture:
    """A function as the cloud knows it: its code, its settings, its role."""
    from labkit import pictures

    functions = session.current().cloud.client("lambda")
    try:
        configuration = functions.get_function_configuration(FunctionName=name)
    except functions.exceptions.ResourceNotFoundException:
        known = [item["FunctionName"] for item in functions.list_functions()["Functions"]]
        refuse(f"there is no function {name!r}: there is {', '.join(known) or 'none yet'}.")
    return pictures.function_box(configuration)


def versions(function: str) -> Picture:
    """A function's versions, and where each of its aliases sends the calls."""
    from labkit import pictures

    client = session.current().cloud.client("lambda")
    try:
        published = client.get_paginator("list_versions_by_function").paginate(FunctionName=function)
        found = [version for page in published for version in page["Versions"]]
    except client.exceptions.ResourceNotFoundException:
        refuse(f"there is no function {function!r}: deploy it first.")
    return pictures.versions(function, found, client.list_aliases(FunctionName=function)["Aliases"])


def machine(definition_or_arn: Mapping[str, Any] | str, execution: Any = None) -> Picture:
    """A state machine as a graph; with an execution, how far that came.

    `definition_or_arn` is a definition (a dict, or its JSON), or the name or ARN of a machine in the cloud,
    or the ARN of one of its executions. `execution` is an execution's ARN, or the answer of StartExecution.
    """
    from labkit import executions, pictures

    client = session.current().cloud.client("stepfunctions")
    subject = executions.find_machine(client, definition_or_arn, execution)
    if subject.execution is None:
        return pictures.machine(subject.definition, name=subject.name)
    record = executions.read_record(client, subject.execution)
    return pictures.machine(subject.definition, record.events, record.described, name=subject.name)


def steps(execution: Any) -> Steps:
    """An execution state by state: times, input and output, retries, what failed and why.

    `execution` is its ARN, or the answer of StartExecution.
    """
    from labkit import executions, pictures

    record = executions.read_record(session.current().cloud.client("stepfunctions"), execution)
    return pictures.steps(record.events, record.described)


def gantt(execution: Any) -> Picture:
    """An execution on the cloud's time: a row for each branch and iteration, a bar for each state."""
    from labkit import executions, pictures

    record = executions.read_record(session.current().cloud.client("stepfunctions"), execution)
    return pictures.gantt(record.events, record.described)


def ways_to_call() -> Picture:
    """Synchronous, asynchronous, event source mapping: three sequences side by side."""
    from labkit import pictures

    return pictures.ways_to_call()


def kit_map() -> Picture:
    """How the parts of the kit hang together."""
    from labkit import pictures

    return pictures.kit_map()


def _told(ask: Callable[[], T]) -> T:
    """What the cloud says; a cloud that is gone is a sentence, not a traceback."""
    from offline_cloud import CloudError

    try:
        return ask()
    except CloudError as error:
        refuse(str(error))


def _store(opened: session.Session, exercise: str, kind: str, value: Any) -> None:
    """Keep a value where the grader reads it: the SSM parameter `/labkit/<slug>/<exercise>/<kind>`."""
    text = deployment.strict_json(value, f"{kind} {exercise}")
    size = len(text.encode())
    if size > _LARGEST_PARAMETER:
        refuse(f"the {kind} {exercise} has {size} bytes, the most is {_LARGEST_PARAMETER}: shorten it.")
    opened.cloud.client("ssm").put_parameter(
        Name=f"/labkit/{opened.slug}/{exercise}/{kind}",
        Value=text,
        Type="String",
        Overwrite=True,
        Tier="Advanced" if size > 4096 else "Standard",
    )
