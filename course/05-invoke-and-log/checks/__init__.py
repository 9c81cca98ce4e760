"""Checks of the lab "Call it, queue it, trace what happened".

Each check sends events, messages and names of its own. What it needs to see is in tables, queues and logs.
"""

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from grader import Failure, Lab

ROLE = "arn:aws:iam::123456789012:role/labkit-function"


def word(lab: Lab, letters: str = "ABCDEFGHJKLMNPQRSTUVWXYZ") -> str:
    """A name that nobody has."""
    return "".join(lab.random.choice(letters) for _ in range(8))


def require(lab: Lab, function: str) -> None:
    """A function that is not there is the learner's to make."""
    try:
        lab.client("lambda").get_function_configuration(FunctionName=function)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        raise Failure(
            f"a function with the name {function}", "there is none", f'labkit.deploy("{function}", …)'
        ) from None


def answer_of(lab: Lab, function: str, event: object) -> Any:
    """What the function answers; a failed function is a failed check."""
    seen = lab.invoke(function, event)
    if seen.function_error:
        told = seen.payload.get("errorMessage", "") if isinstance(seen.payload, dict) else ""
        raise Failure(
            expected="an answer",
            seen=f"the function failed: {seen.error_type or seen.function_error}: {told}"[:300],
            where=f"the function {function}",
        )
    return seen.payload


@contextmanager
def function_with(lab: Lab, body: str, **settings: Any) -> Iterator[str]:
    """A function of the check's own with this handler body, as long as the block runs; its name."""
    client, name = lab.client("lambda"), f"check-{word(lab).lower()}"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", f"def handler(event, context):\n    {body}\n")
    client.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="app.handler",
        Role=ROLE,
        Code={"ZipFile": buffer.getvalue()},
        **settings,
    )
    try:
        client.get_waiter("function_active_v2").wait(FunctionName=name)
        yield name
    finally:
        client.delete_function(FunctionName=name)


def log_of(lab: Lab, function: str) -> list[str]:
    """The lines of the function's log so far."""
    try:
        pages = (
            lab.client("logs")
            .get_paginator("filter_log_events")
            .paginate(logGroupName=f"/aws/lambda/{function}")
        )
        return [event["message"].rstrip("\n") for page in pages for event in page["events"]]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return []


def messages(lab: Lab, queue: str) -> list[str]:
    """The bodies of the messages in a queue; they are taken out of it."""
    client = lab.client("sqs")
    url = client.get_queue_url(QueueName=queue)["QueueUrl"]
    found: list[str] = []
    while batch := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in batch:
            found.append(message["Body"])
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def decoded(text: str) -> Any:
    """The JSON in a text; None where there is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None
