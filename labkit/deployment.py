"""Put a function into the open lab's cloud: zip it, create or update it, wait until it is ready."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labkit.errors import refuse
from labkit.function_source import name_of, source_of

if TYPE_CHECKING:
    from offline_cloud import Cloud

LARGEST_ZIP = 50 * 1024 * 1024
_ROLES = {"lambda.amazonaws.com": "labkit-function", "states.amazonaws.com": "labkit-machine"}
_ENTRY = "labkit_entry"
_ENTRY_SOURCE = '''\
"""Calls the function that was submitted: an object's fields become its parameters."""

from submission import {name} as submitted


def lambda_handler(event, context):
    return submitted(**event) if isinstance(event, dict) else submitted(event)
'''


@dataclass(frozen=True)
class Package:
    """What is deployed: a zip, its handler as `module.function`, and the names of the files in it."""

    content: bytes
    handler: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class Deployed:
    """What deploying did."""

    name: str
    created: bool
    configuration: Mapping[str, Any]
    files: tuple[str, ...]


def package_submission(function: Any) -> Package:
    """A plain function of the notebook as a package that calls it. Raises `LabkitError`."""
    name = name_of(function)
    files = {"submission.py": source_of(function), f"{_ENTRY}.py": _ENTRY_SOURCE.format(name=name)}
    return _package(files, f"{_ENTRY}.lambda_handler")


def package_code(code: Any, handler: str) -> Package:
    """A package of a file, a folder, source text or a function. `handler` may leave the module out."""
    if callable(code):
        return _package(
            {"lambda_function.py": source_of(code)}, _full(handler_of(code, handler), "lambda_function")
        )
    if isinstance(code, str) and "\n" in code:
        return _package({"lambda_function.py": code}, _full(handler, "lambda_function"))
    if not isinstance(code, (str, Path)):
        refuse("give a file, a folder, source text or a function to deploy.")
    path = Path(code)
    if path.is_dir():
        files = {
            found.relative_to(path).as_posix(): found.read_bytes()
            for found in sorted(path.rglob("*"))
            if found.is_file() and "__pycache__" not in found.parts and not found.name.startswith(".")
        }
        if not files:
            refuse(f"the folder {path} is empty: put the function's file there.")
        return _package(files, _full(handler, "lambda_function"))
    if not path.is_file():
        refuse(
            f"there is no file {path} beside the notebook: write it first (a cell with %%writefile {path})."
        )
    if path.suffix == ".zip":
        return Package(path.read_bytes(), _full(handler, "lambda_function"), (path.name,))
    return _package({path.name: path.read_bytes()}, _full(handler, path.stem))


def handler_of(function: Any, handler: str) -> str:
    """The handler of a function that is deployed as itself: its own name, unless one was asked for."""
    return name_of(function) if handler == "lambda_handler" else handler


def deploy(
    cloud: Cloud,
    name: str,
    package: Package,
    *,
    timeout: int,
    memory: int,
    runtime: str,
    environment: Mapping[str, str] | None,
) -> Deployed:
    """Create the function, or update its code and configuration. Raises what boto3 raises."""
    functions = cloud.client("lambda")
    if len(package.content) > LARGEST_ZIP:
        refuse(f"the package of {name} has {len(package.content)} bytes: Lambda takes {LARGEST_ZIP} at most.")
    settings: dict[str, Any] = {
        "FunctionName": name,
        "Handler": package.handler,
        "Runtime": runtime,
        "Role": role_for(cloud, "lambda.amazonaws.com"),
        "Timeout": timeout,
        "MemorySize": memory,
        "Environment": {"Variables": dict(environment or {})},
    }
    try:
        functions.create_function(**settings, Code={"ZipFile": package.content})
        created = True
    except functions.exceptions.ResourceConflictException:
        functions.update_function_code(FunctionName=name, ZipFile=package.content)
        functions.get_waiter("function_updated_v2").wait(FunctionName=name)
        functions.update_function_configuration(**settings)
        functions.get_waiter("function_updated_v2").wait(FunctionName=name)
        created = False
    else:
        functions.get_waiter("function_active_v2").wait(FunctionName=name)
    configuration = functions.get_function_configuration(FunctionName=name)
    return Deployed(name, created, configuration, package.files)


def role_for(cloud: Cloud, service: str) -> str:
    """The ARN of the role that the lab's resources give to a service; made when it is first needed."""
    roles = cloud.client("iam")
    name = _ROLES[service]
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    try:
        return str(roles.get_role(RoleName=name)["Role"]["Arn"])
    except roles.exceptions.NoSuchEntityException:
        made = roles.create_role(RoleName=name, AssumeRolePolicyDocument=policy)
        return str(made["Role"]["Arn"])


def strict_json(value: Any, what: str) -> str:
    """A value as JSON, without anything that JSON doesn't have. Raises `LabkitError`."""
    problem = _not_json(value, "")
    if problem:
        refuse(f"{what} can't be stored as JSON: {problem}.")
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _not_json(value: Any, path: str) -> str | None:
    """What in a value is no JSON, and what to write instead; None if all of it is."""
    where = f" at {path}" if path else ""
    problem: str | None = None
    if type(value) is float and value - value != 0:
        problem = f"{value}{where} is no JSON number; use a text or None instead"
    elif type(value) in {list, tuple}:
        inner = (_not_json(item, f"{path}[{number}]") for number, item in enumerate(value))
        problem = next((found for found in inner if found), None)
    elif type(value) is dict:
        problem = next((found for found in (_not_key(key, value, where) for key in value) if found), None)
        inner = (_not_json(item, f"{path}.{key}" if path else key) for key, item in value.items())
        problem = problem or next((found for found in inner if found), None)
    elif value is not None and type(value) not in {str, bool, int, float}:
        advice = {"set": "use a list", "Decimal": "use float(…) or str(…)", "datetime": "use .isoformat()"}
        kind = type(value).__name__
        problem = f"a {kind}{where} is no JSON; {advice.get(kind, 'use text, numbers, lists and dicts')}"
    return problem


def _not_key(key: Any, owner: Mapping[Any, Any], where: str) -> str | None:
    """What is wrong with a key. A whole number becomes its digits, as `json` does it."""
    if type(key) is int:
        return f"it has the key {key} twice{where}, as number and as text" if str(key) in owner else None
    return None if type(key) is str else f"the key {key!r}{where} is no text; write {str(key)!r}"


def _full(handler: str, module: str) -> str:
    return handler if "." in handler else f"{module}.{handler}"


def _package(files: Mapping[str, str | bytes], handler: str) -> Package:
    """Zip the files; the same files give the same bytes, and so the same hash of the function."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return Package(buffer.getvalue(), handler, tuple(sorted(files)))
