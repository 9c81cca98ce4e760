"""Which fields each part of a definition has, and what may stand in them: the language's grammar as tables.

Sources: the Amazon States Language specification (states-language.net) and the developer guide's page of each
state type. AWS refuses a field that a table doesn't list, and with a sentence of its own a field of the other
query language. `Kind` says what a value must be; `field_values` checks it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Final, Literal

QueryLanguage = Literal["JSONPath", "JSONata"]

MAX_SECONDS: Final = 99_999_999
MAX_DELAY_SECONDS: Final = 31_622_399  # "MUST be a positive integer less than 31622400": 366 days
MAX_NAME: Final = 80
MAX_LABEL: Final = 40


class Kind(StrEnum):
    """What a field's value must be."""

    ANY = auto()
    STRING = auto()
    BOOLEAN = auto()
    INTEGER = auto()
    NUMBER = auto()
    OBJECT = auto()
    ARRAY = auto()
    TIMESTAMP = auto()
    PATH = auto()  # any JSONPath, or null where the field says so
    REFERENCE = auto()  # a path to one place: no operators
    PATH_OR_INTRINSIC = auto()
    TEMPLATE = auto()  # an object or array in which keys ending in .$ are evaluated; in JSONata any JSON
    ASSIGN = auto()  # an object of variables


@dataclass(frozen=True, slots=True)
class Field:
    """What may stand in one field.

    `language` None means both query languages; `expression` says that JSONata may write `{% %}` there.
    """

    kind: Kind
    language: QueryLanguage | None = None
    minimum: float | None = None
    maximum: float | None = None
    nullable: bool = False
    expression: bool = True
    values: tuple[str, ...] = ()


Fields = Mapping[str, Field]

_TEXT: Final = Field(Kind.STRING, expression=False)
_NULLABLE_PATH: Final = Field(Kind.PATH, "JSONPath", nullable=True)
_PATH: Final = Field(Kind.PATH, "JSONPath")
_OBJECT: Final = Field(Kind.OBJECT, expression=False)
_ARRAY: Final = Field(Kind.ARRAY, expression=False)
_SECONDS: Final = Field(Kind.INTEGER, minimum=1, maximum=MAX_SECONDS)

_COMMON: Final[Fields] = {
    "Type": _TEXT,
    "Comment": _TEXT,
    "QueryLanguage": Field(Kind.STRING, expression=False, values=("JSONPath", "JSONata")),
}
_FLOW: Final[Fields] = {"Next": _TEXT, "End": Field(Kind.BOOLEAN, expression=False)}
_PATHS: Final[Fields] = {"InputPath": _NULLABLE_PATH, "OutputPath": _NULLABLE_PATH}
_ASSIGN: Final[Fields] = {"Assign": Field(Kind.ASSIGN, expression=False)}
_OUTPUT: Final[Fields] = {"Output": Field(Kind.TEMPLATE, "JSONata")}
_PARAMETERS: Final[Fields] = {"Parameters": Field(Kind.TEMPLATE, "JSONPath")}
_ARGUMENTS: Final[Fields] = {"Arguments": Field(Kind.TEMPLATE, "JSONata")}
_RESULT: Final[Fields] = {"ResultPath": Field(Kind.REFERENCE, "JSONPath", nullable=True)}
_SELECTOR: Final[Fields] = {"ResultSelector": Field(Kind.TEMPLATE, "JSONPath")}
_HANDLERS: Final[Fields] = {"Retry": _ARRAY, "Catch": _ARRAY}

STATES: Final[Mapping[str, Fields]] = {
    "Pass": {
        **_COMMON,
        **_FLOW,
        **_PATHS,
        **_PARAMETERS,
        **_RESULT,
        **_ASSIGN,
        **_OUTPUT,
        "Result": Field(Kind.ANY, "JSONPath"),
    },
    "Task": {
        **_COMMON,
        **_FLOW,
        **_PATHS,
        **_PARAMETERS,
        **_ARGUMENTS,
        **_SELECTOR,
        **_RESULT,
        **_HANDLERS,
        **_ASSIGN,
        **_OUTPUT,
        "Resource": _TEXT,
        "TimeoutSeconds": _SECONDS,
        "TimeoutSecondsPath": _PATH,
        "HeartbeatSeconds": _SECONDS,
        "HeartbeatSecondsPath": _PATH,
        "Credentials": Field(Kind.OBJECT),
    },
    "Choice": {**_COMMON, **_PATHS, **_ASSIGN, **_OUTPUT, "Choices": _ARRAY, "Default": _TEXT},
    "Wait": {
        **_COMMON,
        **_FLOW,
        **_PATHS,
        **_ASSIGN,
        **_OUTPUT,
        "Seconds": Field(Kind.INTEGER, minimum=0, maximum=MAX_SECONDS),
        "SecondsPath": _PATH,
        "Timestamp": Field(Kind.TIMESTAMP),
        "TimestampPath": _PATH,
    },
    "Succeed": {**_COMMON, **_PATHS, **_OUTPUT},
    "Fail": {
        **_COMMON,
        "Error": Field(Kind.STRING),
        "ErrorPath": Field(Kind.PATH_OR_INTRINSIC, "JSONPath"),
        "Cause": Field(Kind.STRING),
        "CausePath": Field(Kind.PATH_OR_INTRINSIC, "JSONPath"),
    },
    "Parallel": {
        **_COMMON,
        **_FLOW,
        **_PATHS,
        **_PARAMETERS,
        **_ARGUMENTS,
        **_SELECTOR,
        **_RESULT,
        **_HANDLERS,
        **_ASSIGN,
        **_OUTPUT,
        "Branches": _ARRAY,
    },
    "Map": {
        **_COMMON,
        **_FLOW,
        **_PATHS,
        **_PARAMETERS,
        **_SELECTOR,
        **_RESULT,
        **_HANDLERS,
        **_ASSIGN,
        **_OUTPUT,
        "ItemProcessor": _OBJECT,
        "Iterator": _OBJECT,
        "Items": Field(Kind.ANY, "JSONata"),
        "ItemsPath": Field(Kind.PATH, "JSONPath"),
        "ItemSelector": Field(Kind.TEMPLATE),
        "ItemReader": _OBJECT,
        "ItemBatcher": _OBJECT,
        "ResultWriter": _OBJECT,
        "MaxConcurrency": Field(Kind.INTEGER, minimum=0),
        "MaxConcurrencyPath": _PATH,
        "ToleratedFailureCount": Field(Kind.INTEGER, minimum=0),
        "ToleratedFailureCountPath": _PATH,
        "ToleratedFailurePercentage": Field(Kind.NUMBER, minimum=0, maximum=100),
        "ToleratedFailurePercentagePath": _PATH,
        "Label": _TEXT,
    },
}

REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "Task": ("Resource",),
    "Choice": ("Choices",),
    "Parallel": ("Branches",),
}

# Pairs of which at most one may be there; Wait's four, of which exactly one must, stand beside.
EXCLUSIVE: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "Task": (("TimeoutSeconds", "TimeoutSecondsPath"), ("HeartbeatSeconds", "HeartbeatSecondsPath")),
    "Fail": (("Error", "ErrorPath"), ("Cause", "CausePath")),
    "Map": (
        ("ItemProcessor", "Iterator"),
        ("ItemSelector", "Parameters"),
        ("MaxConcurrency", "MaxConcurrencyPath"),
        ("ToleratedFailureCount", "ToleratedFailureCountPath"),
        ("ToleratedFailurePercentage", "ToleratedFailurePercentagePath"),
    ),
}
WAIT_FORMS: Final = ("Seconds", "SecondsPath", "Timestamp", "TimestampPath")

_INNER: Final[Fields] = {"Comment": _TEXT, "StartAt": _TEXT, "States": _OBJECT}
MACHINE: Final[Fields] = {
    **_INNER,
    "QueryLanguage": _COMMON["QueryLanguage"],
    "Version": _TEXT,
    "TimeoutSeconds": Field(Kind.INTEGER, minimum=1, maximum=MAX_SECONDS, expression=False),
}
BRANCH: Final[Fields] = _INNER
PROCESSOR: Final[Fields] = {**_INNER, "ProcessorConfig": _OBJECT}
PROCESSOR_CONFIG: Final[Fields] = {
    "Mode": Field(Kind.STRING, expression=False, values=("INLINE", "DISTRIBUTED")),
    "ExecutionType": Field(Kind.STRING, expression=False, values=("STANDARD", "EXPRESS")),
}

ITEM_READER: Final[Fields] = {
    "Resource": _TEXT,
    "ReaderConfig": _OBJECT,
    **_PARAMETERS,
    **_ARGUMENTS,
}
READER_CONFIG: Final[Fields] = {
    "InputType": Field(Kind.STRING, expression=False, values=("CSV", "JSON", "JSONL", "PARQUET", "MANIFEST")),
    "CSVHeaderLocation": Field(Kind.STRING, expression=False, values=("FIRST_ROW", "GIVEN")),
    "CSVHeaders": _ARRAY,
    "CSVDelimiter": Field(
        Kind.STRING, expression=False, values=("COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB")
    ),
    "ItemsPointer": _TEXT,
    "ManifestType": Field(Kind.STRING, expression=False, values=("ATHENA_DATA", "S3_INVENTORY")),
    "MaxItems": Field(Kind.INTEGER, minimum=0, maximum=100_000_000),
    "MaxItemsPath": _PATH,
    "Transformation": Field(Kind.STRING, expression=False, values=("NONE", "LOAD_AND_FLATTEN")),
}
ITEM_BATCHER: Final[Fields] = {
    "MaxItemsPerBatch": Field(Kind.INTEGER, minimum=1, maximum=100_000_000),
    "MaxItemsPerBatchPath": _PATH,
    "MaxInputBytesPerBatch": Field(Kind.INTEGER, minimum=1, maximum=262_144),
    "MaxInputBytesPerBatchPath": _PATH,
    "BatchInput": Field(Kind.TEMPLATE),
}
RESULT_WRITER: Final[Fields] = {
    "Resource": _TEXT,
    "WriterConfig": _OBJECT,
    **_PARAMETERS,
    **_ARGUMENTS,
}
WRITER_CONFIG: Final[Fields] = {
    "OutputType": Field(Kind.STRING, expression=False, values=("JSON", "JSONL")),
    "Transformation": Field(Kind.STRING, expression=False, values=("NONE", "COMPACT", "FLATTEN")),
}

RETRIER: Final[Fields] = {
    "Comment": _TEXT,
    "ErrorEquals": _ARRAY,
    "IntervalSeconds": Field(Kind.INTEGER, minimum=1, maximum=MAX_SECONDS, expression=False),
    "MaxAttempts": Field(Kind.INTEGER, minimum=0, maximum=MAX_SECONDS, expression=False),
    "BackoffRate": Field(Kind.NUMBER, minimum=1, expression=False),
    "MaxDelaySeconds": Field(Kind.INTEGER, minimum=1, maximum=MAX_DELAY_SECONDS, expression=False),
    "JitterStrategy": Field(Kind.STRING, expression=False, values=("NONE", "FULL")),
}
CATCHER: Final[Fields] = {
    "Comment": _TEXT,
    "ErrorEquals": _ARRAY,
    "Next": _TEXT,
    **_RESULT,
    **_ASSIGN,
    **_OUTPUT,
}

_ORDERED: Final = ("Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals")
_BOOLEAN: Final = Field(Kind.BOOLEAN, "JSONPath")
_REFERENCE: Final = Field(Kind.REFERENCE, "JSONPath")
COMPARATORS: Final[Fields] = {
    **{f"String{test}": Field(Kind.STRING, "JSONPath") for test in _ORDERED},
    **{f"Numeric{test}": Field(Kind.NUMBER, "JSONPath") for test in _ORDERED},
    **{f"Timestamp{test}": Field(Kind.TIMESTAMP, "JSONPath") for test in _ORDERED},
    **{f"{type_}{test}Path": _REFERENCE for type_ in ("String", "Numeric", "Timestamp") for test in _ORDERED},
    "BooleanEquals": _BOOLEAN,
    "BooleanEqualsPath": _REFERENCE,
    "StringMatches": Field(Kind.STRING, "JSONPath"),
    **{f"Is{type_}": _BOOLEAN for type_ in ("Null", "Present", "Numeric", "String", "Boolean", "Timestamp")},
}
COMBINERS: Final[Fields] = {
    "And": Field(Kind.ARRAY, "JSONPath", expression=False),
    "Or": Field(Kind.ARRAY, "JSONPath", expression=False),
    "Not": Field(Kind.OBJECT, "JSONPath", expression=False),
}
NESTED_RULE: Final[Fields] = {"Comment": _TEXT, "Variable": _REFERENCE, **COMPARATORS, **COMBINERS}
RULE: Final[Fields] = {
    **NESTED_RULE,
    "Condition": Field(Kind.BOOLEAN, "JSONata"),
    "Next": _TEXT,
    **_ASSIGN,
    **_OUTPUT,
}

# Names that begin with "States." are AWS's: these are all of them, beside http:invoke's States.Http.*.
ERRORS: Final = (
    "States.ALL",
    "States.BranchFailed",
    "States.DataLimitExceeded",
    "States.ExceedToleratedFailureThreshold",
    "States.HeartbeatTimeout",
    "States.IntrinsicFailure",
    "States.ItemReaderFailed",
    "States.MapRunFailed",
    "States.NoChoiceMatched",
    "States.ParameterPathFailure",
    "States.Permissions",
    "States.QueryEvaluationError",
    "States.ResultPathMatchFailure",
    "States.ResultWriterFailed",
    "States.Runtime",
    "States.TaskFailed",
    "States.Timeout",
)
