"""Checks of the lab "Ship it, freeze it, point to it".

Each check brings its own files, amounts and counts. Functions that a check makes for itself have names that
no learner uses, and are deleted again.
"""

import base64
import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from grader import Failure, Lab

ROLE = "arn:aws:iam::123456789012:role/labkit-function"


def configuration(lab: Lab, function: str, qualifier: str = "$LATEST") -> dict[str, Any]:
    """The configuration of a function or of one of its versions; that it is there is up to the learner."""
    try:
        return dict(
            lab.client("lambda").get_function_configuration(FunctionName=function, Qualifier=qualifier)
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
    what = f"a function with the name {function}" if qualifier == "$LATEST" else f"{function}:{qualifier}"
    raise Failure(expected=what, seen="there is none", where="the functions of this cloud")


def answer_of(lab: Lab, function: str, event: object, **parameters: Any) -> Any:
    """What the function answers; a failed function is a failed check."""
    seen = lab.invoke(function, event, **parameters)
    if seen.function_error:
        told = seen.payload.get("errorMessage", "") if isinstance(seen.payload, dict) else ""
        raise Failure(
            expected="an answer",
            seen=f"the function failed: {seen.error_type or seen.function_error}: {told}"[:300],
            where=f"the function {function}",
        )
    return seen.payload


@contextmanager
def deployed(lab: Lab, archive: bytes, handler: str, **settings: Any) -> Iterator[str]:
    """A function with this package, for as long as the block runs; its name."""
    client, name = lab.client("lambda"), f"check-{lab.random.randrange(16**8):08x}"
    try:
        client.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler=handler,
            Role=ROLE,
            Code={"ZipFile": archive},
            **settings,
        )
    except ClientError as error:
        told = error.response["Error"]
        if told["Code"] not in {"InvalidParameterValueException", "InvalidZipFileException"}:
            raise
        raise Failure("a package that Lambda takes", told["Message"], "CreateFunction") from None
    try:
        client.get_waiter("function_active_v2").wait(FunctionName=name)
        yield name
    finally:
        client.delete_function(FunctionName=name)


def zipped(**files: str) -> bytes:
    """An archive of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return buffer.getvalue()


def built(lab: Lab, files: dict[str, str]) -> bytes:
    """What the learner's `build_zip` makes of these files."""
    answer = answer_of(lab, lab.submitted("E1"), files)
    try:
        return base64.b64decode(answer, validate=True)
    except (TypeError, ValueError):
        raise Failure("the archive as base64 text", answer, "what build_zip returns") from None


def names_in(archive: bytes) -> list[str]:
    """The paths of the files in an archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as file:
            return [name for name in file.namelist() if not name.endswith("/")]
    except zipfile.BadZipFile:
        raise Failure("a zip archive", "bytes that are none", "what build_zip returns") from None


def decoded(text: str) -> Any:
    """The JSON in a text; None where there is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None
