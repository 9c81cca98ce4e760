"""Checks what is Map's own: its processor's mode, its reader, batcher and writer, its label."""

import re
from collections.abc import Mapping
from typing import Any, Final

from offline_cloud.engines.states_language.diagnostics import (
    DUPLICATE_LABEL,
    INVALID_LABEL,
    SCHEMA,
    Findings,
    Place,
)
from offline_cloud.engines.states_language.field_values import check_fields
from offline_cloud.engines.states_language.state_fields import (
    ITEM_BATCHER,
    ITEM_READER,
    MAX_LABEL,
    PROCESSOR_CONFIG,
    READER_CONFIG,
    RESULT_WRITER,
    WRITER_CONFIG,
)

# In an inline Map AWS refuses the first three; of the others it isn't documented.
_DISTRIBUTED_ONLY: Final = ("ItemReader", "ItemBatcher", "ResultWriter")
_DISTRIBUTED_MEANT: Final = (
    "Label",
    "ToleratedFailureCount",
    "ToleratedFailureCountPath",
    "ToleratedFailurePercentage",
    "ToleratedFailurePercentagePath",
)
_READERS: Final = ("s3:getObject", "s3:listObjectsV2")
_RESOURCE: Final = re.compile(r"arn:[\w-]+:states:::(s3:\w+)")
_NOT_IN_LABEL: Final = re.compile(r"[\s?*<>{}\[\]:;,\\|^~$#%&`\"/\x00-\x1f\x7f-\x9f]")


def processor_of(state: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]] | None:
    """The field that holds a Map's inner machine, and the machine; None if there is none to read."""
    for name in ("ItemProcessor", "Iterator"):
        inner = state.get(name)
        if isinstance(inner, dict):
            return name, inner
    return None


def is_distributed(state: Mapping[str, Any]) -> bool:
    """Whether a Map runs its items as child executions."""
    return _config(state).get("Mode") == "DISTRIBUTED"


def runs_express(state: Mapping[str, Any], express: bool) -> bool:
    """Whether a Map's inner machine is an Express one; `express` says whether the outer one is."""
    return _config(state).get("ExecutionType") == "EXPRESS" if is_distributed(state) else express


def _config(state: Mapping[str, Any]) -> Mapping[str, Any]:
    processor = processor_of(state)
    config = processor[1].get("ProcessorConfig") if processor else None
    return config if isinstance(config, dict) else {}


def check_map(
    place: Place,
    state: Mapping[str, Any],
    *,
    express: bool,
    labels: set[str],
) -> None:
    """Check a Map state, but not the machine in it; `labels` are those of other Maps and takes this one's."""
    findings, location = place.findings, place.location
    processor = processor_of(state)
    if processor is None:
        if "ItemProcessor" not in state and "Iterator" not in state:
            findings.missing(
                ["ItemProcessor"], location, "Say what to do with each item: ItemProcessor holds a machine."
            )
        return
    name, inner = processor
    config_at = f"{location}/{name}/ProcessorConfig"
    config = inner.get("ProcessorConfig")
    if isinstance(config, dict):
        check_fields(place.inside(f"/{name}/ProcessorConfig"), config, PROCESSOR_CONFIG, "ProcessorConfig")
        if config.get("Mode") == "DISTRIBUTED" and "ExecutionType" not in config:
            findings.missing(
                ["ExecutionType"],
                config_at,
                "Say how each child runs: STANDARD, or EXPRESS for up to 5 minutes.",
            )
    if is_distributed(state):
        if express:
            findings.schema(
                "Express state machine does not support 'DISTRIBUTED' mode",
                config_at,
                "Only a Standard machine can run a Distributed Map: change the machine's type or Mode.",
            )
    else:
        _check_inline(findings, state, location)
    _check_label(findings, state, location, labels)
    _check_reader(place, state)
    _check_batcher(place, state)
    _check_writer(place, state)


def _check_inline(findings: Findings, state: Mapping[str, Any], location: str) -> None:
    distributed = (
        'set "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"} in ItemProcessor'
    )
    for name in _DISTRIBUTED_ONLY:
        if name in state:
            findings.schema(
                f"Field '{name}' is not supported",
                location,
                f"Only a Distributed Map has {name}: {distributed}.",
            )
    for name in _DISTRIBUTED_MEANT:
        if name in state:
            findings.warning(
                SCHEMA,
                f"Field '{name}' has no effect in 'INLINE' mode",
                location,
                f"Only a Distributed Map heeds {name}: {distributed}.",
            )


def _check_label(findings: Findings, state: Mapping[str, Any], location: str, labels: set[str]) -> None:
    label = state.get("Label")
    if not isinstance(label, str):
        return
    where = f"{location}/Label"
    if not label or len(label) > MAX_LABEL:
        findings.error(
            INVALID_LABEL,
            "Label cannot be empty" if not label else f"Label cannot exceed {MAX_LABEL} characters",
            where,
            f"Give the Map a label of 1 to {MAX_LABEL} characters.",
        )
    elif bad := _NOT_IN_LABEL.search(label):
        findings.error(
            INVALID_LABEL,
            f"Label contains invalid character: '{bad[0]}'",
            where,
            "Use letters, digits, - and _ only: the label becomes part of an ARN.",
        )
    elif label in labels:
        findings.error(
            DUPLICATE_LABEL, f"Duplicate label name: {label}", where, "Give each Map a label of its own."
        )
    labels.add(label)


def _check_reader(place: Place, state: Mapping[str, Any]) -> None:
    reader = state.get("ItemReader")
    if not isinstance(reader, dict):
        return
    findings, where = place.findings, f"{place.location}/ItemReader"
    check_fields(place.inside("/ItemReader"), reader, ITEM_READER, "ItemReader")
    if "Resource" not in reader:
        findings.missing(["Resource"], where, 'Say how to read: "Resource": "arn:aws:states:::s3:getObject".')
    elif isinstance(reader["Resource"], str):
        match = _RESOURCE.fullmatch(reader["Resource"])
        if match is None or match[1] not in _READERS:
            findings.schema(
                "The field 'Resource' does not match any of the allowed values. Examples: "
                "[arn:<partition>:states:::s3:getObject, arn:<partition>:states:::s3:listObjectsV2]",
                f"{where}/Resource",
                "Read items from an object by s3:getObject, or list a bucket's objects by s3:listObjectsV2.",
            )
    config = reader.get("ReaderConfig")
    if not isinstance(config, dict):
        return
    where = f"{where}/ReaderConfig"
    check_fields(place.inside("/ItemReader/ReaderConfig"), config, READER_CONFIG, "ReaderConfig")
    if "MaxItems" in config and "MaxItemsPath" in config:
        findings.exclusive(("MaxItems", "MaxItemsPath"), where)
    if config.get("CSVHeaderLocation") == "GIVEN" and "CSVHeaders" not in config:
        findings.missing(["CSVHeaders"], where, "CSVHeaderLocation is GIVEN: name the columns in CSVHeaders.")


def _check_batcher(place: Place, state: Mapping[str, Any]) -> None:
    batcher = state.get("ItemBatcher")
    if not isinstance(batcher, dict):
        return
    findings, where = place.findings, f"{place.location}/ItemBatcher"
    check_fields(place.inside("/ItemBatcher"), batcher, ITEM_BATCHER, "ItemBatcher")
    limits = [name for name in ITEM_BATCHER if name != "BatchInput"]
    for fixed, path in (limits[:2], limits[2:]):
        if fixed in batcher and path in batcher:
            findings.exclusive((fixed, path), where)
    if not any(name in batcher for name in limits):
        findings.schema(
            "At least one of these fields is required: [MaxItemsPerBatch, MaxInputBytesPerBatch]",
            where,
            "Say how large a batch may be: MaxItemsPerBatch or MaxInputBytesPerBatch.",
        )


def _check_writer(place: Place, state: Mapping[str, Any]) -> None:
    writer = state.get("ResultWriter")
    if not isinstance(writer, dict):
        return
    findings, where = place.findings, f"{place.location}/ResultWriter"
    check_fields(place.inside("/ResultWriter"), writer, RESULT_WRITER, "ResultWriter")
    config = writer.get("WriterConfig")
    if isinstance(config, dict):
        check_fields(place.inside("/ResultWriter/WriterConfig"), config, WRITER_CONFIG, "WriterConfig")
    given = "Arguments" if place.language == "JSONata" else "Parameters"
    if "Resource" in writer:
        resource = writer["Resource"]
        match = _RESOURCE.fullmatch(resource) if isinstance(resource, str) else None
        if isinstance(resource, str) and (match is None or match[1] != "s3:putObject"):
            findings.schema(
                "The field 'Resource' does not match any of the allowed values. Examples: "
                "[arn:<partition>:states:::s3:putObject]",
                f"{where}/Resource",
                "Results are written by arn:aws:states:::s3:putObject.",
            )
        if given not in writer:
            findings.missing([given], where, f"Say where to write: {given} with a Bucket.")
    elif given in writer:
        findings.missing(["Resource"], where, 'Add "Resource": "arn:aws:states:::s3:putObject".')
    elif config is None:
        findings.missing(["Resource", given], where, "Say where to write, or how in WriterConfig.")
