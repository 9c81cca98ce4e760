"""What an event source mapping may say, for each kind of source, and what a poller needs to know of it.

Source: Lambda API reference (CreateEventSourceMapping, ScalingConfig), developer guide "Event source mapping
parameters" of SQS, Kinesis and DynamoDB. Where AWS's own sentence is not known to us, the sentence is ours.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping as Members
from typing import TYPE_CHECKING, Any

from offline_cloud.engines.event_sources import StreamSettings
from offline_cloud.engines.events import Pattern, PatternError, compile_pattern
from offline_cloud.event_sources import Mapping, StreamMapping
from offline_cloud.moto_seams.awslambda.errors import LambdaError, invalid

if TYPE_CHECKING:
    from offline_cloud.moto_seams.awslambda.models import OfflineFunction

LARGEST_PLAIN_BATCH = 10
_KINDS = {"sqs": "SQS", "kinesis": "Kinesis", "dynamodb": "DynamoDB"}
_BOUNDS = {
    "BatchSize": (1, 10_000),
    "MaximumBatchingWindowInSeconds": (0, 300),
    "ParallelizationFactor": (1, 10),
    "MaximumRecordAgeInSeconds": (-1, 604_800),
    "MaximumRetryAttempts": (-1, 10_000),
    "TumblingWindowInSeconds": (0, 900),
}
_YOUNGEST_AGE = 60
_MOST_FILTERS = 5
_COMMON = {
    "BatchSize",
    "MaximumBatchingWindowInSeconds",
    "FilterCriteria",
    "FunctionResponseTypes",
}
_OF_QUEUES = {"ScalingConfig"}
_OF_STREAMS = {
    "BisectBatchOnFunctionError",
    "DestinationConfig",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
    "TumblingWindowInSeconds",
}
_POSITION = {"StartingPosition", "StartingPositionTimestamp"}
_NOT_THERE = {
    "AmazonManagedKafkaEventSourceConfig",
    "DocumentDBEventSourceConfig",
    "KMSKeyArn",
    "MetricsConfig",
    "ProvisionedPollerConfig",
    "Queues",
    "SelfManagedEventSource",
    "SelfManagedKafkaEventSourceConfig",
    "SourceAccessConfigurations",
    "Topics",
}
_POSITIONS = ("TRIM_HORIZON", "LATEST", "AT_TIMESTAMP")
_DEFAULTS: dict[str, Any] = {
    "BatchSize": 100,
    "MaximumBatchingWindowInSeconds": 0,
    "ParallelizationFactor": 1,
    "DestinationConfig": {"OnFailure": {}},
    "MaximumRecordAgeInSeconds": -1,
    "BisectBatchOnFunctionError": False,
    "MaximumRetryAttempts": -1,
    "TumblingWindowInSeconds": 0,
    "FunctionResponseTypes": [],
}
_DEFAULTS_OF_QUEUES: dict[str, Any] = {
    "BatchSize": LARGEST_PLAIN_BATCH,
    "MaximumBatchingWindowInSeconds": 0,
    "FunctionResponseTypes": [],
}
_DESTINATIONS = ("sqs", "sns", "s3")


def kind_of(arn: str) -> str:
    """`sqs`, `kinesis` or `dynamodb`. Raises `LambdaError`, or NotImplementedError for a broker."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn":
        raise invalid("Unrecognized event source.")
    kind = parts[2]
    if kind in ("kafka", "mq", "rds"):
        raise NotImplementedError("event source mappings from brokers and DocumentDB")
    if kind not in _KINDS or (kind == "dynamodb" and "/stream/" not in arn):
        raise invalid("Unrecognized event source.")
    return kind


def applied(record: Members[str, Any], asked: Members[str, Any], kind: str) -> dict[str, Any]:
    """A mapping's record with what was asked for. Raises `LambdaError`."""
    given = {name: value for name, value in asked.items() if value is not None}
    for name in sorted(_NOT_THERE & given.keys()):
        if given[name]:
            raise NotImplementedError(f"event source mappings with {name}")
    for name, (lowest, highest) in _BOUNDS.items():
        if name in given:
            _check_bounds(_member(name), given[name], lowest, highest)
    fitting = _COMMON | (_OF_QUEUES if kind == "sqs" else _OF_STREAMS)
    for name in sorted((_OF_QUEUES | _OF_STREAMS | (_POSITION if kind == "sqs" else set())) - fitting):
        if given.get(name):
            raise invalid(f"{name} is not valid for {_KINDS[kind]} event sources.")
    result = {**(_DEFAULTS_OF_QUEUES if kind == "sqs" else _DEFAULTS), **record}
    for name in fitting & given.keys():
        result[name] = given[name]
    for name in ("FilterCriteria", "ScalingConfig"):  # an empty one takes away what was there
        if name in given and not any(given[name].values()):
            result.pop(name, None)
    scaling = result.get("ScalingConfig")
    if scaling is not None:
        _check_bounds("scalingConfig.maximumConcurrency", scaling.get("MaximumConcurrency"), 2, 1_000)
    types = result["FunctionResponseTypes"]
    if set(types) - {"ReportBatchItemFailures"}:
        raise LambdaError(
            "ValidationException",
            f"1 validation error detected: Value '[{', '.join(types)}]' at 'functionResponseTypes' failed to "
            "satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: "
            "[ReportBatchItemFailures]]",
        )
    patterns_of(result)
    if kind != "sqs":
        _check_stream(result)
    return result


def of_template(properties: Members[str, Any]) -> dict[str, Any]:
    """The properties of a template's resource, where numbers and truth may be text."""
    asked = dict(properties)
    for name in _BOUNDS.keys() & asked.keys():
        with contextlib.suppress(ValueError):
            asked[name] = int(asked[name])
    for name in {"Enabled", "BisectBatchOnFunctionError"} & asked.keys():
        if isinstance(asked[name], str):
            asked[name] = asked[name].lower() == "true"
    return asked


def check_position(asked: Members[str, Any], kind: str, arn: str) -> dict[str, Any]:
    """Where a new mapping begins in a stream, as its record shows it. Raises `LambdaError`."""
    position = asked.get("StartingPosition")
    if position is None:
        raise invalid(
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: "
            "Member must not be null."
        )
    if position not in _POSITIONS:
        raise LambdaError(
            "ValidationException",
            f"1 validation error detected: Value '{position}' at 'startingPosition' failed to satisfy "
            "constraint: Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]",
        )
    timestamp = asked.get("StartingPositionTimestamp")
    if position == "AT_TIMESTAMP" and kind == "dynamodb":
        raise invalid(f"Unsupported starting position for arn type: {arn}")
    if position == "AT_TIMESTAMP" and timestamp is None:
        raise invalid("Need to specify a timestamp")
    if position != "AT_TIMESTAMP" and timestamp is not None:
        raise invalid("Timestamp cannot be specified with this starting position")
    shown = {"StartingPosition": position}
    return shown if timestamp is None else {**shown, "StartingPositionTimestamp": float(timestamp)}


def check_queue(record: Members[str, Any], queue: Any, function: OfflineFunction) -> None:
    """Refuse sizes, windows and timeouts that don't go together. Raises `LambdaError`."""
    size, window = record["BatchSize"], record["MaximumBatchingWindowInSeconds"]
    fifo = str(record["EventSourceArn"]).endswith(".fifo")
    if fifo and window:
        raise invalid("Batching window is not supported for FIFO queues.")
    if fifo and size > LARGEST_PLAIN_BATCH:
        raise invalid("Maximum batch size for FIFO queues is 10.")
    if size > LARGEST_PLAIN_BATCH and not window:
        raise invalid(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
        )
    if int(queue.visibility_timeout) < function.timeout:
        raise invalid(
            f"Queue visibility timeout: {queue.visibility_timeout} seconds is less than Function timeout: "
            f"{function.timeout} seconds"
        )


def patterns_of(record: Members[str, Any]) -> tuple[Pattern, ...]:
    """The filters of a mapping. Raises `LambdaError` for one that is none."""
    filters = (record.get("FilterCriteria") or {}).get("Filters") or []
    if len(filters) > _MOST_FILTERS:
        raise invalid(f"An event source mapping has at most {_MOST_FILTERS} filters.")
    try:
        return tuple(compile_pattern(item.get("Pattern") or "") for item in filters)
    except PatternError:
        raise invalid("Invalid filter pattern definition.") from None


def queue_settings(record: Members[str, Any]) -> Mapping:
    """What the poller of a queue needs to know."""
    return Mapping(
        uuid=record["UUID"],
        queue_arn=record["EventSourceArn"],
        batch_size=record["BatchSize"],
        window=float(record["MaximumBatchingWindowInSeconds"]),
        filters=patterns_of(record),
        partial_response="ReportBatchItemFailures" in record["FunctionResponseTypes"],
        most_at_once=(record.get("ScalingConfig") or {}).get("MaximumConcurrency"),
    )


def stream_settings(record: Members[str, Any], retention: float) -> StreamMapping:
    """What the poller of a stream needs to know; `retention` in seconds."""
    retries, age = record["MaximumRetryAttempts"], record["MaximumRecordAgeInSeconds"]
    return StreamMapping(
        uuid=record["UUID"],
        source_arn=record["EventSourceArn"],
        function_arn=record["FunctionArn"],
        settings=StreamSettings(
            batch_size=record["BatchSize"],
            window=float(record["MaximumBatchingWindowInSeconds"]),
            bisect=bool(record["BisectBatchOnFunctionError"]),
            retries=None if retries < 0 else retries,
            age=None if age < 0 else float(age),
            retention=retention,
            tumbling=float(record["TumblingWindowInSeconds"]),
        ),
        filters=patterns_of(record),
        partial_response="ReportBatchItemFailures" in record["FunctionResponseTypes"],
        parallel=record["ParallelizationFactor"],
        on_failure=((record["DestinationConfig"] or {}).get("OnFailure") or {}).get("Destination"),
    )


def _check_stream(record: Members[str, Any]) -> None:
    if 0 <= record["MaximumRecordAgeInSeconds"] < _YOUNGEST_AGE:
        raise invalid(
            f"MaximumRecordAgeInSeconds is -1 or at least {_YOUNGEST_AGE}; "
            f"given: {record['MaximumRecordAgeInSeconds']}."
        )
    if record["TumblingWindowInSeconds"] and record["ParallelizationFactor"] > 1:
        raise invalid("ParallelizationFactor must be 1 when TumblingWindowInSeconds is set.")
    destinations = record["DestinationConfig"] or {}
    if (destinations.get("OnSuccess") or {}).get("Destination"):
        raise invalid("Event source mappings have no on-success destination.")
    arn = (destinations.get("OnFailure") or {}).get("Destination")
    if arn:
        parts = str(arn).split(":")
        if len(parts) < 6 or parts[2] not in _DESTINATIONS or str(arn).endswith(".fifo"):
            raise invalid(f"The destination ARN {arn} is invalid.")


def _check_bounds(member: str, value: Any, lowest: int, highest: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise LambdaError("SerializationException", f"{value!r} can not be converted to an Integer")
    if lowest <= value <= highest:
        return
    bound = f"greater than or equal to {lowest}" if value < lowest else f"less than or equal to {highest}"
    raise LambdaError(
        "ValidationException",
        f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: "
        f"Member must have value {bound}",
    )


def _member(name: str) -> str:
    return name[0].lower() + name[1:]
