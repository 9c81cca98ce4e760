"""What CreateFunction, UpdateFunctionConfiguration and Invoke refuse, with AWS's own sentences.

Pure: a request's members in, the first error out. Source: Lambda API reference (CreateFunction, Invoke), the
messages as AWS answers them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from offline_cloud.function_host.environment_variables import RESERVED
from offline_cloud.moto_seams.awslambda.errors import LambdaError, invalid, not_there

SUPPORTED_RUNTIMES = (
    "nodejs20.x",
    "nodejs22.x",
    "nodejs24.x",
    "python3.10",
    "python3.11",
    "python3.12",
    "python3.13",
    "python3.14",
    "java8.al2",
    "java11",
    "java17",
    "java21",
    "java25",
    "dotnet8",
    "dotnet10",
    "ruby3.2",
    "ruby3.3",
    "ruby3.4",
    "provided.al2",
    "provided.al2023",
)
"""Runtimes with which functions can be created, as of 2026-11."""
SNAP_START_RUNTIMES = frozenset(
    runtime
    for runtime in SUPPORTED_RUNTIMES
    if runtime.startswith(("java", "dotnet", "python"))
    and runtime not in {"java8.al2", "python3.10", "python3.11"}
)
DEPRECATED_RUNTIMES = frozenset(
    [
        "nodejs",
        "nodejs4.3",
        "nodejs4.3-edge",
        "nodejs6.10",
        "nodejs8.10",
        "nodejs10.x",
        "nodejs12.x",
        "nodejs14.x",
        "nodejs16.x",
        "nodejs18.x",
        "python2.7",
        "python3.6",
        "python3.7",
        "python3.8",
        "python3.9",
        "java8",
        "dotnetcore1.0",
        "dotnetcore2.0",
        "dotnetcore2.1",
        "dotnetcore3.1",
        "dotnet6",
        "go1.x",
        "ruby2.5",
        "ruby2.7",
        "provided",
    ]
)

NAME = (
    r"(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?"
    r"([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?"
)
ROLE = r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"
HANDLER = r"[^\s]+"
IMAGE = r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/[a-z0-9._/-]+(:[\w.-]+|@sha256:[a-f0-9]{64})?"
LAYER = r"arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+"
VARIABLE = r"[a-zA-Z]([a-zA-Z0-9_])+"
QUALIFIER = r"(|[a-zA-Z0-9$_-]+)"
# Members of CreateFunction and UpdateFunctionConfiguration without which a function would be another one.
_UNKNOWN_MEMBERS = (
    "AcceleratorConfig",
    "CapacityProviderConfig",
    "CodeSigningConfigArn",
    "DurableConfig",
    "PublishTo",
    "TenancyConfig",
)
_UNKNOWN_HEADERS = {
    "X-Amz-Durable-Execution-Name": "DurableExecutionName",
    "X-Amz-Tenant-Id": "TenantId",
}
SYNCHRONOUS_LIMIT = 6 * 1024 * 1024
ASYNCHRONOUS_LIMIT = 1024 * 1024
ENVIRONMENT_LIMIT = 4096


def check_required(members: Mapping[str, Any]) -> None:
    """Refuse a CreateFunction that leaves out what it can't do without. Raises `LambdaError`."""
    _raise_all(
        [
            f"Value null at '{label}' failed to satisfy constraint: Member must not be null"
            for label, member in (("functionName", "FunctionName"), ("role", "Role"), ("code", "Code"))
            if members.get(member) is None
        ]
    )


def check_function(members: Mapping[str, Any]) -> None:
    """Refuse what CreateFunction refuses about everything but the code. Raises `LambdaError`."""
    check_shapes(members)
    _refuse_unknown(members)
    if members.get("PackageType", "Zip") == "Zip":
        if not members.get("Runtime") or not members.get("Handler"):
            raise invalid(
                "Runtime and Handler are mandatory parameters for functions created with deployment packages."
            )
        if (members.get("Code") or {}).get("ImageUri"):
            raise invalid("Please don't provide ImageUri when creating a function with packageType Zip.")
        check_runtime(members["Runtime"])
    else:
        _check_image(members)
    check_environment(members.get("Environment") or {})
    check_snap_start(
        members.get("SnapStart") or {},
        members.get("Runtime") or "container images",
        (members.get("EphemeralStorage") or {}).get("Size", 512),
    )


def check_shapes(members: Mapping[str, Any]) -> None:
    """Refuse values that no function can have: AWS says so before it looks anything up."""
    _raise_all(list(_shape_problems(members)))


def check_snap_start(asked: Mapping[str, Any], runtime: str, storage: int) -> None:
    """Refuse SnapStart where Lambda does not have it: managed runtimes from some version on, a small /tmp."""
    if asked.get("ApplyOn", "None") == "None":
        return
    if asked["ApplyOn"] != "PublishedVersions":
        _raise_all(
            [
                f"Value '{asked['ApplyOn']}' at 'snapStart.applyOn' failed to satisfy constraint: Member "
                "must satisfy enum value set: [PublishedVersions, None]"
            ]
        )
    if runtime not in SNAP_START_RUNTIMES:
        raise invalid(f"{runtime} is not supported for SnapStart enabled functions.")
    if storage > 512:
        raise invalid("SnapStart does not support ephemeral storage of more than 512 MB.")


def _check_image(members: Mapping[str, Any]) -> None:
    """What CreateFunction refuses of a function from a container image."""
    if members.get("Runtime") or members.get("Handler") or members.get("Layers"):
        raise invalid(
            "Please don't provide Handler or Runtime or Layer when the intent is to create a function by "
            "using a container image."
        )
    image = (members.get("Code") or {}).get("ImageUri")
    if not image:
        raise invalid("Please provide ImageUri when creating a function with packageType Image.")
    if not re.fullmatch(IMAGE, image):
        raise invalid(f"Source image {image} is not valid. Provide a valid source image.")


def check_configuration(members: Mapping[str, Any]) -> None:
    """Refuse what UpdateFunctionConfiguration refuses. Raises `LambdaError`."""
    _raise_all(list(_shape_problems({**members, "FunctionName": "f"})))
    _refuse_unknown(members)
    if "Runtime" in members:
        check_runtime(members["Runtime"])
    check_environment(members.get("Environment") or {})


def _refuse_unknown(members: Mapping[str, Any]) -> None:
    for member in _UNKNOWN_MEMBERS:
        if members.get(member):
            raise not_there(f"functions with a {member}")


def check_runtime(runtime: str) -> None:
    """Refuse unknown and deprecated runtime identifiers."""
    if runtime in SUPPORTED_RUNTIMES:
        return
    if runtime in DEPRECATED_RUNTIMES:
        raise invalid(
            f"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda "
            "functions. We recommend you use a supported runtime while creating or updating functions."
        )
    known = ", ".join(SUPPORTED_RUNTIMES)
    raise invalid(
        f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
        f"[{known}] or be a valid ARN"
    )


def check_environment(environment: Mapping[str, Any]) -> None:
    """Refuse reserved names, names that are none, and more than 4 KB."""
    variables: Mapping[str, str] = environment.get("Variables") or {}
    if any(not re.fullmatch(VARIABLE, name) for name in variables if name not in RESERVED):
        _raise_all(
            [
                "Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy "
                f"constraint: [Member must satisfy regular expression pattern: {VARIABLE}, "
                "Member must not be null]"
            ]
        )
    reserved = [name for name in variables if name in RESERVED]
    start = (
        "Lambda was unable to configure your environment variables because the environment variables you have"
    )
    if reserved:
        raise invalid(
            f"{start} provided contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}"
        )
    measured = json.dumps(dict(variables), separators=(",", ":"), ensure_ascii=False)
    if len(measured.encode()) > ENVIRONMENT_LIMIT:
        raise invalid(f"{start} provided exceeded the 4KB limit. String measured: {measured}")


def check_call(
    invocation_type: str, log_type: str, qualifier: str | None, headers: Mapping[str, str]
) -> None:
    """Refuse an Invoke by what stands beside its payload. Raises `LambdaError`."""
    problems = []
    for label, value, allowed in (
        ("invocationType", invocation_type, ("Event", "RequestResponse", "DryRun")),
        ("logType", log_type, ("None", "Tail")),
    ):
        if value not in allowed:
            problems.append(
                _value(label, value) + f"Member must satisfy enum value set: [{', '.join(allowed)}]"
            )
    if qualifier is not None and not re.fullmatch(QUALIFIER, qualifier):
        problems.append(
            _value("qualifier", qualifier) + f"Member must satisfy regular expression pattern: {QUALIFIER}"
        )
    _raise_all(problems)
    for header, what in _UNKNOWN_HEADERS.items():
        if headers.get(header):
            raise not_there(f"Invoke with {what}")


def check_payload(invocation_type: str, payload: bytes) -> None:
    """Refuse an Invoke by the size of its payload, and if that is not JSON. Raises `LambdaError`."""
    limit = ASYNCHRONOUS_LIMIT if invocation_type == "Event" else SYNCHRONOUS_LIMIT
    if len(payload) > limit:
        raise LambdaError(
            "RequestEntityTooLargeException",
            f"{len(payload)} byte payload is too large for the {invocation_type} invocation type "
            f"(limit {limit} bytes)",
            413,
        )
    problem = json_problem(payload)
    if problem is not None:
        raise LambdaError("InvalidRequestContentException", problem)


def json_problem(payload: bytes) -> str | None:
    """AWS's sentence for a payload that is not JSON; None if it is.

    The beginning and the cause are AWS's (Jackson's words); the position within a longer text may differ.
    """
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError as error:
        at, byte = error.start, payload[error.start]
        return _not_json(f"Invalid UTF-8 start byte 0x{byte:02x}", payload.decode("utf-8", "replace"), at + 1)
    try:
        json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        return _not_json("Document nesting depth exceeds the maximum allowed", text, 1)
    except json.JSONDecodeError as error:
        return _not_json(_cause(text, error.pos), text, error.pos + 1)
    except ValueError as error:
        name = str(error)
        cause = f"Non-standard token '{name}': enable JsonParser.Feature.ALLOW_NON_NUMERIC_NUMBERS to allow"
        return _not_json(cause, text, text.index(name) + 1)
    return None


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _cause(text: str, at: int) -> str:
    rest = text[at:].lstrip()
    word = re.match(r"[A-Za-z_$][\w$]*", rest)
    values = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
    if not rest:
        return "Unexpected end-of-input"
    before = text[:at].rstrip()[-1:]
    if before in ("", "[", ":") or (before == "," and "[" in text[:at]):
        if word:
            return f"Unrecognized token '{word.group()}': was expecting {values}"
        return f"Unexpected character ({_character(rest)}): expected a valid value {values}"
    if before in ("{", ","):
        return f"Unexpected character ({_character(rest)}): was expecting double-quote to start field name"
    return f"Unexpected character ({_character(rest)}): Expected space separating root-level values"


def _character(rest: str) -> str:
    return f"'{rest[0]}' (code {ord(rest[0])})"


def _not_json(cause: str, text: str, column: int) -> str:
    shown = text if len(text) <= 500 else text[:500] + f"[truncated {len(text) - 500} bytes]"
    line = text.count("\n", 0, max(0, column - 1)) + 1
    return (
        f"Could not parse request body into json: Could not parse payload into json: {cause}\n"
        f' at [Source: (byte[])"{shown}"; line: {line}, column: {column}]'
    )


def _shape_problems(members: Mapping[str, Any]) -> list[str]:
    problems: list[str] = []

    def matches(member: str, label: str, pattern: str, longest: int | None = None) -> None:
        value = members.get(member)
        if value is None:
            return
        if longest is not None and len(str(value)) > longest:
            problems.append(_value(label, value) + f"Member must have length less than or equal to {longest}")
        elif not re.fullmatch(pattern, str(value)):
            problems.append(
                _value(label, value) + f"Member must satisfy regular expression pattern: {pattern}"
            )

    def within(value: Any, label: str, lowest: int, highest: int) -> None:
        if value is None:
            return
        if value < lowest:
            problems.append(
                _value(label, value) + f"Member must have value greater than or equal to {lowest}"
            )
        elif value > highest:
            problems.append(_value(label, value) + f"Member must have value less than or equal to {highest}")

    def one_of(value: Any, label: str, allowed: tuple[str, ...]) -> None:
        if value is not None and value not in allowed:
            problems.append(
                _value(label, value) + f"Member must satisfy enum value set: [{', '.join(allowed)}]"
            )

    matches("FunctionName", "functionName", NAME, 140)
    matches("Role", "role", ROLE)
    matches("Handler", "handler", HANDLER, 128)
    matches("Description", "description", r"(?s).*", 256)
    within(members.get("Timeout"), "timeout", 1, 900)
    within(members.get("MemorySize"), "memorySize", 128, 10240)
    within((members.get("EphemeralStorage") or {}).get("Size"), "ephemeralStorage.size", 512, 10240)
    one_of(members.get("PackageType"), "packageType", ("Image", "Zip"))
    one_of((members.get("TracingConfig") or {}).get("Mode"), "tracingConfig.mode", ("Active", "PassThrough"))
    layers = members.get("Layers") or []
    if not all(re.fullmatch(LAYER, layer) and len(layer) <= 140 for layer in layers):
        problems.append(
            _value("layers", f"[{', '.join(layers)}]")
            + "Member must satisfy constraint: [Member must have length less than or equal to 140, Member "
            "must have length greater than or equal to 1, Member must satisfy regular expression pattern: "
            f"({LAYER})|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+), Member must not be null]"
        )
    for architecture in members.get("Architectures") or ():
        one_of(architecture, "architectures", ("x86_64", "arm64"))
    name = str(members.get("FunctionName", "")).rsplit(":", maxsplit=1)[-1]
    if len(name) > 64:
        problems.append(_value("functionName", name) + "Member must have length less than or equal to 64")
    return problems


def _value(label: str, value: Any) -> str:
    return f"Value '{value}' at '{label}' failed to satisfy constraint: "


def _raise_all(problems: list[str]) -> None:
    if problems:
        count = "1 validation error" if len(problems) == 1 else f"{len(problems)} validation errors"
        raise LambdaError("ValidationException", f"{count} detected: {'; '.join(problems)}")


def check_name(name: str) -> None:
    """Refuse what is neither a function name nor an ARN."""
    _raise_all(list(_shape_problems({"FunctionName": name})))
