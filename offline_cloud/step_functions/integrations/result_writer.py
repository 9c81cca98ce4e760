"""The results of a map run in S3: a manifest, and files for what succeeded, failed, and never began.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from offline_cloud.engines.states_language.map_run import described
from offline_cloud.engines.states_language.payload_size import json_text
from offline_cloud.step_functions.integrations.faults import TaskFault

if TYPE_CHECKING:
    from offline_cloud.engines.states_language.effects import ChildResult, WriteResults
    from offline_cloud.step_functions.executions import ExecutionRecord

__all__ = ["write_results"]

_FAILED = "States.ResultWriterFailed"


def write_results(s3: Any, record: ExecutionRecord, effect: WriteResults) -> dict[str, Any]:
    """Put the files; answers where the manifest is. Raises TaskFault (States.ResultWriterFailed)."""
    parameters: Any = effect.writer.get("Parameters") or {}
    if not isinstance(parameters, Mapping):
        raise TaskFault(_FAILED, "The parameters of the ResultWriter are no JSON object.")
    config: Mapping[str, Any] = effect.writer.get("WriterConfig") or {}
    bucket, prefix = parameters.get("Bucket"), str(parameters.get("Prefix") or "").rstrip("/")
    run = effect.map_run_arn.rpartition(":")[2]
    folder = f"{prefix}/{run}" if prefix else run
    machine_arn = effect.map_run_arn.replace(":mapRun:", ":stateMachine:").rpartition(":")[0]
    by_end: dict[str, list[ChildResult]] = {"FAILED": [], "PENDING": [], "SUCCEEDED": []}
    for result in effect.results:
        by_end[_end(result)].append(result)
    lines = config.get("OutputType") == "JSONL"
    files: dict[str, list[dict[str, Any]]] = {}
    try:
        for end, results in by_end.items():
            files[end] = []
            if results:
                shown = _shown(end, results, config.get("Transformation", "NONE"), machine_arn)
                key = f"{folder}/{end}_0.{'jsonl' if lines else 'json'}"
                content = "\n".join(map(json_text, shown)) if lines else json_text(list(shown))
                body = content.encode("utf-8", "surrogatepass")
                s3.put_object(Bucket=bucket, Key=key, Body=body)
                files[end].append({"Key": key, "Size": len(body)})
        manifest = {
            "DestinationBucket": bucket,
            "MapRunArn": effect.map_run_arn,
            "ResultFiles": files,
        }
        key = f"{folder}/manifest.json"
        s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(manifest).encode())
    except ClientError as error:
        about = error.response.get("ResponseMetadata", {})
        raise TaskFault(
            _FAILED,
            f"Failed to write a test object: {error.response['Error'].get('Message', '')} (Service: S3, "
            f"Status Code: {about.get('HTTPStatusCode')}, Request ID: {about.get('RequestId')})",
        ) from error
    except BotoCoreError as error:
        raise TaskFault(_FAILED, str(error)) from error
    return {"Bucket": bucket, "Key": key}


def _end(result: ChildResult) -> str:
    if result.status == "SUCCEEDED":
        return "SUCCEEDED"
    return "PENDING" if result.start is None else "FAILED"


def _shown(end: str, results: Iterable[ChildResult], transformation: str, machine_arn: str) -> Iterable[Any]:
    if end != "SUCCEEDED" or transformation == "NONE":
        return [described(result, machine_arn) for result in results]
    outputs = [result.output for result in results]
    if transformation == "FLATTEN":
        return [each for output in outputs for each in (output if isinstance(output, list) else [output])]
    return outputs
