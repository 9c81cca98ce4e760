"""The items of a distributed Map in S3: a list of objects, JSON, JSON Lines, CSV, or an inventory's manifest.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from offline_cloud.engines.states_language.errors import StatesError
from offline_cloud.engines.states_language.item_source import Pair
from offline_cloud.step_functions.integrations.faults import TaskFault
from offline_cloud.step_functions.integrations.sdk_shapes import to_boto

__all__ = ["items_of", "read_items"]

_FAILED = "States.ItemReaderFailed"
_DELIMITERS = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}
_GZIP = b"\x1f\x8b"


def read_items(s3: Any, reader: Mapping[str, Any], most: int | None) -> list[Any]:
    """The items in the order of their source, at most `most`. Raises TaskFault (States.ItemReaderFailed)."""
    parameters, config = reader.get("Parameters") or {}, reader.get("ReaderConfig") or {}
    if not isinstance(parameters, Mapping) or not isinstance(config, Mapping):
        raise TaskFault(_FAILED, "The parameters of the ItemReader are no JSON object.")
    try:
        return list(islice(_items(s3, str(reader.get("Resource", "")), parameters, config), most))
    except ClientError as error:
        about = error.response.get("ResponseMetadata", {})
        raise TaskFault(
            _FAILED,
            f"{error.response['Error'].get('Message', '')} (Service: S3, "
            f"Status Code: {about.get('HTTPStatusCode')}, Request ID: {about.get('RequestId')})",
        ) from error
    except (BotoCoreError, StatesError, ValueError, csv.Error, OSError) as error:
        raise TaskFault(_FAILED, str(error)) from error


def _items(s3: Any, resource: str, parameters: Mapping[str, Any], config: Mapping[str, Any]) -> Iterable[Any]:
    if resource.endswith(":listObjectsV2"):
        listed = _listed(s3, parameters)
        if config.get("Transformation") != "LOAD_AND_FLATTEN":
            return listed
        return (
            item
            for each in listed
            for item in _parsed(_content(s3, {"Bucket": parameters["Bucket"], "Key": each["Key"]}), config)
        )
    if config.get("InputType") == "MANIFEST":
        return _inventory(s3, parameters)
    return _parsed(_content(s3, parameters), config)


def _listed(s3: Any, parameters: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    shape = s3.meta.service_model.operation_model("ListObjectsV2").input_shape
    asked = to_boto(shape, parameters)
    while True:
        answer = s3.list_objects_v2(**asked)
        for each in answer.get("Contents", []):
            yield {
                "Etag": each["ETag"],
                "Key": each["Key"],
                "LastModified": int(each["LastModified"].timestamp()),
                "Size": each["Size"],
                "StorageClass": each.get("StorageClass", "STANDARD"),
            }
        if not answer.get("IsTruncated"):
            return
        asked["ContinuationToken"] = answer["NextContinuationToken"]


def _content(s3: Any, parameters: Mapping[str, Any]) -> bytes:
    shape = s3.meta.service_model.operation_model("GetObject").input_shape
    content: bytes = s3.get_object(**to_boto(shape, parameters))["Body"].read()
    return gzip.decompress(content) if content.startswith(_GZIP) else content


def items_of(content: bytes, config: Mapping[str, Any]) -> Iterable[Any]:
    """The items in the content of an object; raises ValueError or csv.Error."""
    return _parsed(content, config)


def _parsed(content: bytes, config: Mapping[str, Any]) -> Iterable[Any]:
    text = content.decode("utf-8-sig")
    match config.get("InputType", "JSON"):
        case "CSV":
            return _rows(text, config)
        case "JSONL":
            return (_json(line, number) for number, line in enumerate(text.splitlines(), 1) if line.strip())
        case "JSON":
            return _of_json(_json(text, None), config.get("ItemsPointer"))
        case other:
            raise ValueError(f"The offline cloud reads no items of the type {other}.")


def _json(text: str, line: int | None) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        where = "" if line is None else f" in line {line}"
        raise ValueError(
            f"Attempting to map over non-iterable node{where}: the content is no valid JSON ({error})."
        ) from None


def _of_json(value: Any, pointer: str | None) -> Iterable[Any]:
    for escaped in (pointer or "").split("/")[1:]:
        name = escaped.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            raise ValueError(f"The ItemsPointer {pointer} leads nowhere.")
    if isinstance(value, dict):
        return [Pair(Key=name, Value=each) for name, each in value.items()]
    if not isinstance(value, list):
        raise ValueError("Attempting to map over non-iterable node.")
    return value


def _rows(text: str, config: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    delimiter = _DELIMITERS.get(config.get("CSVDelimiter", "COMMA"), ",")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    if config.get("CSVHeaderLocation") == "GIVEN":
        header = list(config.get("CSVHeaders") or [])
    else:
        header = next(rows, [])
    for row in rows:
        if row:
            # What is missing at the end of a row is empty; what has no header is left out.
            padded = [*row, *[""] * (len(header) - len(row))]
            yield dict(zip(header, padded, strict=False))


def _inventory(s3: Any, parameters: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """The objects that an S3 Inventory of CSV files lists."""
    manifest = _json(_content(s3, parameters).decode(), None)
    if manifest.get("fileFormat") != "CSV":
        raise ValueError(
            f"The offline cloud reads inventories of CSV files, not of {manifest.get('fileFormat')}."
        )
    header = [name.strip() for name in manifest["fileSchema"].split(",")]
    bucket = str(manifest.get("destinationBucket") or parameters["Bucket"]).rpartition(":")[2]
    for file in manifest.get("files", []):
        content = _content(s3, {"Bucket": bucket, "Key": file["key"]}).decode()
        yield from _rows(content, {"CSVHeaderLocation": "GIVEN", "CSVHeaders": header})
