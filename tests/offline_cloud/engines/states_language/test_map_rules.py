"""Map: its modes, its reader, batcher and writer, its label."""

from typing import Any

import pytest

from tests.offline_cloud.engines.states_language.definitions import END, errors, found, machine, state

INNER = machine({"P": END})
DISTRIBUTED = {**INNER, "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}}


def inline(**fields: Any) -> dict[str, Any]:
    return state(**{"Type": "Map", "ItemProcessor": INNER, **fields})


def distributed(**fields: Any) -> dict[str, Any]:
    return inline(ItemProcessor=DISTRIBUTED, **fields)


def test_right_maps() -> None:
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {
            "InputType": "CSV",
            "CSVHeaderLocation": "GIVEN",
            "CSVHeaders": ["a"],
            "MaxItems": 5,
        },
        "Parameters": {"Bucket": "b", "Key.$": "$.key"},
    }
    writer = {
        "Resource": "arn:aws:states:::s3:putObject",
        "Parameters": {"Bucket": "b", "Prefix": "p"},
        "WriterConfig": {"OutputType": "JSONL", "Transformation": "FLATTEN"},
    }
    assert (
        errors(inline(MaxConcurrency=0, ItemsPath="$.items[*]", ItemSelector={"i.$": "$$.Map.Item.Value"}))
        == []
    )
    assert errors(state(Type="Map", Iterator=INNER, Parameters={"x": 1}, MaxConcurrencyPath="$.n")) == []
    definition = distributed(
        ItemReader=reader,
        ItemBatcher={"MaxItemsPerBatch": 10, "BatchInput": {"a.$": "$.a"}},
        ResultWriter=writer,
        ToleratedFailurePercentage=12.5,
        Label="nightly",
        MaxConcurrency=1000,
    )
    assert errors(definition) == found(definition, "WARNING") == []
    assert (
        errors(distributed(ResultWriter={"WriterConfig": {"OutputType": "JSON", "Transformation": "NONE"}}))
        == []
    )


@pytest.mark.parametrize(
    ("definition", "message", "where"),
    [
        (state(Type="Map"), "These fields are required: [ItemProcessor]", ""),
        (inline(Iterator=INNER), "Only one of these fields is allowed: [ItemProcessor, Iterator]", ""),
        (
            inline(ItemSelector={}, Parameters={}),
            "Only one of these fields is allowed: [ItemSelector, Parameters]",
            "",
        ),
        (
            inline(MaxConcurrency=1, MaxConcurrencyPath="$.n"),
            "Only one of these fields is allowed: [MaxConcurrency, MaxConcurrencyPath]",
            "",
        ),
        (inline(MaxConcurrency=-1), "Minimum value is 0", "/MaxConcurrency"),
        (
            inline(ItemReader={"Resource": "arn:aws:states:::s3:getObject"}),
            "Field 'ItemReader' is not supported",
            "",
        ),
        (distributed(ToleratedFailurePercentage=101), "Maximum value is 100", "/ToleratedFailurePercentage"),
        (
            distributed(ToleratedFailureCount=1.5),
            "Expected value of type [INTEGER]",
            "/ToleratedFailureCount",
        ),
        (
            inline(ItemProcessor={**INNER, "ProcessorConfig": {"Mode": "DISTRIBUTED"}}),
            "These fields are required: [ExecutionType]",
            "/ItemProcessor/ProcessorConfig",
        ),
        (
            inline(ItemProcessor={**INNER, "ProcessorConfig": {"Mode": "PARALLEL"}}),
            "Value should be one of the following: [INLINE, DISTRIBUTED]",
            "/ItemProcessor/ProcessorConfig/Mode",
        ),
        (distributed(ItemReader={}), "These fields are required: [Resource]", "/ItemReader"),
        (
            distributed(ItemReader={"Resource": "arn:aws:states:::s3:listObjects"}),
            "The field 'Resource' does not match any of the allowed values. Examples: "
            "[arn:<partition>:states:::s3:getObject, arn:<partition>:states:::s3:listObjectsV2]",
            "/ItemReader/Resource",
        ),
        (
            distributed(
                ItemReader={
                    "Resource": "arn:aws:states:::s3:getObject",
                    "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "GIVEN"},
                }
            ),
            "These fields are required: [CSVHeaders]",
            "/ItemReader/ReaderConfig",
        ),
        (
            distributed(ItemBatcher={}),
            "At least one of these fields is required: [MaxItemsPerBatch, MaxInputBytesPerBatch]",
            "/ItemBatcher",
        ),
        (
            distributed(ItemBatcher={"MaxInputBytesPerBatch": 262_145}),
            "Maximum value is 262144",
            "/ItemBatcher/MaxInputBytesPerBatch",
        ),
        (
            distributed(ItemBatcher={"MaxItemsPerBatch": 1, "MaxItemsPerBatchPath": "$.n"}),
            "Only one of these fields is allowed: [MaxItemsPerBatch, MaxItemsPerBatchPath]",
            "/ItemBatcher",
        ),
        (
            distributed(ResultWriter={"Resource": "arn:aws:states:::s3:putObject"}),
            "These fields are required: [Parameters]",
            "/ResultWriter",
        ),
        (distributed(ResultWriter={}), "These fields are required: [Resource, Parameters]", "/ResultWriter"),
    ],
)
def test_wrong_maps(definition: dict[str, Any], message: str, where: str) -> None:
    assert errors(definition) == [(message, f"/States/S{where}")]


def test_labels() -> None:
    def codes(definition: dict[str, Any]) -> list[str]:
        return [each.code for each in found(definition, "ERROR")]

    assert codes(distributed(Label="x" * 41)) == ["INVALID_LABEL_NAME"]
    assert codes(distributed(Label="")) == ["INVALID_LABEL_NAME"]
    assert codes(distributed(Label="a b")) == ["INVALID_LABEL_NAME"]
    first = {"Type": "Map", "Label": "l", "ItemProcessor": DISTRIBUTED, "Next": "B"}
    other = {**DISTRIBUTED, "StartAt": "Q", "States": {"Q": END}}
    second = {"Type": "Map", "Label": "l", "ItemProcessor": other, "End": True}
    assert codes(machine({"A": first, "B": second})) == ["DUPLICATE_LABEL_NAME"]


def test_an_express_machine_has_no_distributed_map_and_an_express_child_has_no_jobs() -> None:
    assert errors(distributed(), machine_type="EXPRESS") == [
        (
            "Express state machine does not support 'DISTRIBUTED' mode",
            "/States/S/ItemProcessor/ProcessorConfig",
        )
    ]
    job = {"Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.sync", "End": True}
    child = inline(ItemProcessor={**DISTRIBUTED, "StartAt": "J", "States": {"J": job}})
    assert errors(child) == [
        (
            "Express state machine does not support '.sync' service integration",
            "/States/S/ItemProcessor/States/J/Resource",
        )
    ]


def test_an_inline_map_is_told_what_it_would_not_heed() -> None:
    [finding] = found(inline(ToleratedFailureCount=1), "WARNING")
    assert finding.location == "/States/S"
    assert "DISTRIBUTED" in finding.advice
