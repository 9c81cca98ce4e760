"""Members of a request that have the wrong JSON type, refused before anybody looks at their values.

Pure. Source: the members' types in the Lambda API reference; the words are those of the framework in front of
AWS's JSON services. (boto3 checks types itself; the CLI's `--cli-input-json`, other SDKs and curl need not.)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from offline_cloud.moto_seams.awslambda.errors import LambdaError

_TYPES: dict[str, type] = {
    **dict.fromkeys(
        ("FunctionName", "Role", "Handler", "Runtime", "Description", "PackageType", "KMSKeyArn"), str
    ),
    **dict.fromkeys(("Timeout", "MemorySize"), int),
    "Publish": bool,
    **dict.fromkeys(("Layers", "Architectures", "FileSystemConfigs"), list),
    **dict.fromkeys(
        (
            "Code",
            "Environment",
            "EphemeralStorage",
            "TracingConfig",
            "LoggingConfig",
            "DeadLetterConfig",
            "VpcConfig",
            "ImageConfig",
            "SnapStart",
            "Tags",
        ),
        dict,
    ),
}
_NAMES = {str: "String", int: "Integer", bool: "Boolean"}


def check_types(members: Mapping[str, Any]) -> None:
    """Refuse members of another type than CreateFunction and UpdateFunctionConfiguration have."""
    for name, wanted in _TYPES.items():
        _check(members.get(name), wanted)
    variables = (members.get("Environment") or {}).get("Variables")
    _check(variables, dict)
    for value in (variables or {}).values():
        _check(value, str)
    _check((members.get("EphemeralStorage") or {}).get("Size"), int)
    for name in ("Layers", "Architectures"):
        for value in members.get(name) or ():
            _check(value, str)


def _check(value: Any, wanted: type) -> None:
    if value is None or (isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool))):
        return
    if wanted is int and isinstance(value, float):
        return  # the fraction is cut off
    if wanted in (list, dict):
        message = f"Expected {'list' if wanted is list else 'map'} or null"
    elif isinstance(value, dict):
        message = "Start of structure or map found where not expected."
    elif isinstance(value, list):
        message = "Start of list found where not expected"
    else:
        message = (
            f"{_kind(value)}_VALUE can not be converted to {'an' if wanted is int else 'a'} {_NAMES[wanted]}"
        )
    raise LambdaError("SerializationException", message)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    return "STRING" if isinstance(value, str) else "NUMBER"
