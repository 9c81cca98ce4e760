"""What a distributed Map says of its items and its results: Items, ItemReader, ItemBatcher, ResultWriter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from offline_cloud.engines.states_language.errors import StatesError
from offline_cloud.engines.states_language.expected_values import (
    QUERY_ERROR,
    Value,
    compile_number,
    type_name,
)
from offline_cloud.engines.states_language.jsonata import compile_template as compile_jsonata
from offline_cloud.engines.states_language.map_run import Batching
from offline_cloud.engines.states_language.paths import compile_path
from offline_cloud.engines.states_language.payload_template import compile_template
from offline_cloud.engines.states_language.retry import RUNTIME

if TYPE_CHECKING:
    from offline_cloud.engines.states_language.branch import Branch
    from offline_cloud.engines.states_language.interpreter import Interpreter

__all__ = [
    "Pair",
    "compile_batching",
    "compile_items_or_object",
    "compile_reader",
    "compile_writer",
    "source_of",
]


class Pair(dict[str, Any]):
    """The item that a member of an object makes: it has Key and Value."""

    __slots__ = ()


def source_of(described: Mapping[str, Any] | None) -> str:
    """Where items come from, as the context object says it; `described` is the reader's description."""
    if described is None:
        return "STATE_DATA"
    parameters = described["Parameters"]
    if not isinstance(parameters, Mapping):
        return "S3://"
    bucket = f"S3://{parameters.get('Bucket')}"
    listed = str(described["Resource"]).endswith(":listObjectsV2")
    return bucket if listed else f"{bucket}/{parameters.get('Key')}"


def _compile_data(node: Any, field: str, jsonata: bool) -> Value:
    """A template in the state's language."""
    if jsonata:
        evaluate = compile_jsonata(node, field).evaluate
        return lambda execution, branch: evaluate(execution.states_scope(branch))
    template = compile_template(node)
    return lambda execution, branch: template.evaluate(
        branch.state.data.effective_input(execution, branch), execution.scope(branch)
    )


def compile_items_or_object(state: Mapping[str, Any], jsonata: bool) -> Value:
    """The items in the state's own data: a list, or an object whose members become Key and Value."""
    if jsonata:
        if "Items" in state:
            source = _compile_data(state["Items"], "Items", jsonata)
        else:

            def source(execution: Interpreter, branch: Branch) -> Any:
                return branch.input
    else:
        path = compile_path(state.get("ItemsPath", "$"))

        def source(execution: Interpreter, branch: Branch) -> Any:
            data = branch.state.data.effective_input(execution, branch)
            return path.read(data, execution.scope(branch))

    def items(execution: Interpreter, branch: Branch) -> list[Any]:
        found = source(execution, branch)
        if isinstance(found, dict):
            return [Pair(Key=name, Value=value) for name, value in found.items()]
        if isinstance(found, list):
            return found
        if jsonata:
            raise StatesError(QUERY_ERROR, f"Map state input must be an array but was: {type_name(found)}")
        raise StatesError(RUNTIME, f'Reference path "{state.get("ItemsPath", "$")}" must point to array.')

    return items


def compile_reader(state: Mapping[str, Any], jsonata: bool) -> Value | None:
    """What evaluates ItemReader to its description and the largest number of items; None without one."""
    reader = state.get("ItemReader")
    if reader is None:
        return None
    name = "Arguments" if jsonata else "Parameters"
    parameters = _compile_data(reader.get(name, {}), f"ItemReader/{name}", jsonata)
    config = dict(reader.get("ReaderConfig", {}))
    most = compile_number(config, "MaxItems", jsonata, field="ItemReader/ReaderConfig/MaxItems")
    config.pop("MaxItems", None)
    config.pop("MaxItemsPath", None)
    settings = _compile_data(config, "ItemReader/ReaderConfig", jsonata)

    def evaluate(execution: Interpreter, branch: Branch) -> tuple[dict[str, Any], int | None]:
        limit = None if most is None else most(execution, branch)
        described = {
            "Resource": reader["Resource"],
            "Parameters": parameters(execution, branch),
            "ReaderConfig": settings(execution, branch),
        }
        return described, limit or None

    return evaluate


def compile_batching(state: Mapping[str, Any], jsonata: bool) -> Value | None:
    """What evaluates ItemBatcher to a Batching; None without one."""
    batcher = state.get("ItemBatcher")
    if batcher is None:
        return None
    most_items = compile_number(batcher, "MaxItemsPerBatch", jsonata, field="ItemBatcher/MaxItemsPerBatch")
    most_bytes = compile_number(
        batcher, "MaxInputBytesPerBatch", jsonata, field="ItemBatcher/MaxInputBytesPerBatch"
    )
    shared = None
    if "BatchInput" in batcher:
        shared = _compile_data(batcher["BatchInput"], "ItemBatcher/BatchInput", jsonata)

    def evaluate(execution: Interpreter, branch: Branch) -> Batching:
        return Batching(
            most_items=None if most_items is None else most_items(execution, branch),
            most_bytes=None if most_bytes is None else most_bytes(execution, branch),
            batch_input=None if shared is None else shared(execution, branch),
        )

    return evaluate


def compile_writer(state: Mapping[str, Any], jsonata: bool) -> Value | None:
    """What evaluates ResultWriter to its description; None without one."""
    writer = state.get("ResultWriter")
    if writer is None:
        return None
    name = "Arguments" if jsonata else "Parameters"
    parameters = _compile_data(writer.get(name, {}), f"ResultWriter/{name}", jsonata)

    def evaluate(execution: Interpreter, branch: Branch) -> dict[str, Any]:
        return {
            "Resource": writer.get("Resource"),
            "Parameters": parameters(execution, branch),
            "WriterConfig": writer.get("WriterConfig", {}),
        }

    return evaluate
