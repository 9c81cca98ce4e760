"""What a Task may call: the forms of its Resource, and what each service integration can do.

The table is that of the developer guide's page "Integrating optimized services" and of each service's page.
Every action answers a request; the table says which of the other patterns it has. Names are case-sensitive.
An `aws-sdk` resource takes any service and action; whether they exist is for a `ServiceCatalogue` to say.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final, Protocol


class Kind(StrEnum):
    """Who performs a task."""

    FUNCTION = "function"
    ACTIVITY = "activity"
    OPTIMIZED = "optimized"
    SDK = "aws-sdk"


class Pattern(StrEnum):
    """When a task counts as done: its value is the suffix in the ARN."""

    REQUEST = ""
    SYNC = "sync"
    SYNC_2 = "sync:2"
    TOKEN = "waitForTaskToken"


@dataclass(frozen=True, slots=True)
class Resource:
    """A Task's Resource, taken apart.

    `service` and `action` are the integration's (`sqs`, `sendMessage`); a function's action is its name with
    its qualifier, an activity's is its name.
    """

    arn: str
    kind: Kind
    service: str
    action: str
    pattern: Pattern = Pattern.REQUEST

    @property
    def bare(self) -> str:
        """The ARN without its pattern."""
        return self.arn[: -len(self.pattern) - 1] if self.pattern else self.arn


@dataclass(frozen=True, slots=True)
class Parameters:
    """Names of the parameters that an action takes; an empty `known` means that they were not listed."""

    required: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Integration:
    """An action of an optimised integration: its patterns besides request-response, and its parameters."""

    patterns: frozenset[Pattern]
    parameters: Parameters


class ServiceCatalogue(Protocol):
    """What the cloud that will run the machine knows of services; the driver has one."""

    def lack(self, resource: Resource) -> str | None:
        """A sentence that names what this cloud doesn't have for `resource`; None if it can perform it."""

    def unfinished(self, resource: Resource) -> str | None:
        """A sentence that names a job which AWS would wait for, and which fails here when it is to run."""

    def parameters(self, resource: Resource) -> Parameters | None:
        """The parameters of an `aws-sdk` action in the form of the States Language; None if not known."""


_SYNC: Final = frozenset({Pattern.SYNC})
_TOKEN: Final = frozenset({Pattern.TOKEN})
_BOTH: Final = _SYNC | _TOKEN
_NONE: Final[frozenset[Pattern]] = frozenset()


def _takes(required: str = "", optional: str = "") -> Parameters:
    needs = frozenset(required.split())
    return Parameters(needs, needs | frozenset(optional.split()) if optional else frozenset())


_ITEM_WRITE: Final = (
    "ConditionExpression ConditionalOperator Expected ExpressionAttributeNames ExpressionAttributeValues "
    "ReturnConsumedCapacity ReturnItemCollectionMetrics ReturnValues ReturnValuesOnConditionCheckFailure"
)
_HTTP: Final = "Authentication Headers QueryParameters RequestBody Transform InvocationConfig"

INTEGRATIONS: Final[Mapping[str, Mapping[str, Integration]]] = {
    service: {action: Integration(patterns, parameters) for action, (patterns, parameters) in actions.items()}
    for service, actions in {
        "apigateway": {"invoke": (_TOKEN, _takes("ApiEndpoint Method"))},
        "athena": {
            "startQueryExecution": (_SYNC, _takes("QueryString")),
            "stopQueryExecution": (_NONE, _takes("QueryExecutionId")),
            "getQueryExecution": (_NONE, _takes("QueryExecutionId")),
            "getQueryResults": (_NONE, _takes("QueryExecutionId")),
        },
        "batch": {"submitJob": (_SYNC, _takes("JobDefinition JobName JobQueue"))},
        "bedrock": {
            "invokeModel": (_TOKEN, _takes("ModelId")),
            "createModelCustomizationJob": (_SYNC, _takes()),
        },
        "codebuild": {
            "startBuild": (_SYNC, _takes("ProjectName")),
            "stopBuild": (_NONE, _takes()),
            "batchDeleteBuilds": (_NONE, _takes()),
            "batchGetReports": (_NONE, _takes()),
            "startBuildBatch": (_SYNC, _takes("ProjectName")),
            "stopBuildBatch": (_NONE, _takes()),
            "retryBuildBatch": (_SYNC, _takes()),
            "deleteBuildBatch": (_NONE, _takes()),
        },
        "databrew": {"startJobRun": (_SYNC, _takes("Name"))},
        "dynamodb": {
            "getItem": (
                _NONE,
                _takes(
                    "TableName Key",
                    "AttributesToGet ConsistentRead ExpressionAttributeNames ProjectionExpression "
                    "ReturnConsumedCapacity",
                ),
            ),
            "putItem": (_NONE, _takes("TableName Item", _ITEM_WRITE)),
            "deleteItem": (_NONE, _takes("TableName Key", _ITEM_WRITE)),
            "updateItem": (
                _NONE,
                _takes("TableName Key", f"{_ITEM_WRITE} AttributeUpdates UpdateExpression"),
            ),
        },
        "ecs": {"runTask": (_BOTH, _takes("TaskDefinition"))},
        "eks": {
            "createCluster": (_SYNC, _takes()),
            "deleteCluster": (_SYNC, _takes()),
            "createNodegroup": (_SYNC, _takes()),
            "deleteNodegroup": (_SYNC, _takes()),
            "createFargateProfile": (_SYNC, _takes()),
            "deleteFargateProfile": (_SYNC, _takes()),
            "call": (_TOKEN, _takes()),
            "runJob": (_BOTH, _takes()),
        },
        "elasticmapreduce": {
            "createCluster": (_SYNC, _takes()),
            "setClusterTerminationProtection": (_NONE, _takes()),
            "terminateCluster": (_SYNC, _takes()),
            "addStep": (_SYNC, _takes()),
            "cancelStep": (_NONE, _takes()),
            "modifyInstanceFleetByName": (_NONE, _takes()),
            "modifyInstanceGroupByName": (_NONE, _takes()),
        },
        "emr-containers": {
            "createVirtualCluster": (_NONE, _takes()),
            "deleteVirtualCluster": (_SYNC, _takes()),
            "startJobRun": (_SYNC, _takes()),
        },
        "emr-serverless": {
            "createApplication": (_SYNC, _takes()),
            "startApplication": (_SYNC, _takes()),
            "stopApplication": (_SYNC, _takes()),
            "deleteApplication": (_SYNC, _takes()),
            "startJobRun": (_SYNC, _takes()),
            "cancelJobRun": (_SYNC, _takes()),
        },
        "events": {"putEvents": (_TOKEN, _takes("Entries", "EndpointId"))},
        "glue": {"startJobRun": (_SYNC, _takes("JobName"))},
        "http": {"invoke": (_NONE, _takes("ApiEndpoint Method", _HTTP))},
        "lambda": {
            "invoke": (
                _TOKEN,
                _takes("FunctionName", "ClientContext InvocationType LogType Payload Qualifier TenantId"),
            )
        },
        "mediaconvert": {"createJob": (_SYNC, _takes())},
        "sagemaker": {
            "createEndpoint": (_NONE, _takes()),
            "createEndpointConfig": (_NONE, _takes()),
            "createHyperParameterTuningJob": (_SYNC, _takes()),
            "createLabelingJob": (_SYNC, _takes()),
            "createModel": (_NONE, _takes()),
            "createProcessingJob": (_SYNC, _takes()),
            "createTrainingJob": (_SYNC, _takes()),
            "createTransformJob": (_SYNC, _takes()),
            "updateEndpoint": (_NONE, _takes()),
        },
        "sns": {
            "publish": (
                _TOKEN,
                _takes(
                    "Message",
                    "MessageAttributes MessageDeduplicationId MessageGroupId MessageStructure PhoneNumber "
                    "Subject TargetArn TopicArn",
                ),
            )
        },
        "sqs": {
            "sendMessage": (
                _TOKEN,
                _takes(
                    "QueueUrl MessageBody",
                    "DelaySeconds MessageAttributes MessageDeduplicationId MessageGroupId "
                    "MessageSystemAttributes",
                ),
            )
        },
        "states": {
            "startExecution": (
                _BOTH | {Pattern.SYNC_2},
                _takes("StateMachineArn", "Input Name TraceHeader"),
            )
        },
    }.items()
}

_FUNCTION: Final = re.compile(
    r"arn:[\w-]+:lambda:[a-z0-9-]+:\d{12}:function:([\w-]+(?::(?:\$LATEST|[\w-]+))?)", re.ASCII
)
_ACTIVITY: Final = re.compile(r"arn:[\w-]+:states:[a-z0-9-]+:\d{12}:activity:(\S+)")
_INTEGRATION: Final = re.compile(
    r"arn:[\w-]+:states:[a-z0-9-]*:\d*:"
    r"(aws-sdk:)?([a-z0-9-]+):([a-zA-Z0-9]+)(?:\.(sync:2|sync|waitForTaskToken))?",
    re.ASCII,
)
_ARN: Final = re.compile(r"arn:[\w-]+:[\w-]+:[\w-]*:[\w-]*:\S+")


class UnknownResource(ValueError):
    """A Resource that Step Functions can't call; the text is AWS's sentence, `advice` says what to do."""

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.advice = advice


@lru_cache(maxsize=1024)
def parse_resource(arn: str) -> Resource:
    """Take a Task's Resource apart.

    Raises UnknownResource for what is no ARN, for an integration or action that Step Functions doesn't have,
    and for a pattern that the action doesn't offer.
    """
    if match := _FUNCTION.fullmatch(arn):
        return Resource(arn, Kind.FUNCTION, "lambda", match[1])
    if match := _ACTIVITY.fullmatch(arn):
        return Resource(arn, Kind.ACTIVITY, "states", match[1])
    match = _INTEGRATION.fullmatch(arn)
    if match is None:
        if not _ARN.fullmatch(arn) or ":lambda:" in arn:
            raise UnknownResource(
                "Value is not a valid resource ARN",
                "Write the ARN of a function or an activity, or arn:aws:states:::service:action.",
            )
        raise _unknown(arn, "A Task calls a function, an activity or arn:aws:states:::service:action.")
    sdk, service, action, suffix = match.groups()
    resource = Resource(arn, Kind.SDK if sdk else Kind.OPTIMIZED, service, action, Pattern(suffix or ""))
    if sdk:
        if resource.pattern in (Pattern.SYNC, Pattern.SYNC_2):
            raise _unknown(
                arn,
                "An AWS SDK integration has no .sync: poll with a Wait and a Choice.",
            )
        if not action[0].islower():
            raise _unknown(arn, f"Actions are written in camelCase: {action[0].lower()}{action[1:]}.")
        return resource
    actions = INTEGRATIONS.get(service)
    if actions is None:
        raise _unknown(
            arn,
            f"No optimised integration is called {service}: try arn:aws:states:::aws-sdk:{service}:{action}.",
        )
    integration = actions.get(action)
    if integration is None:
        raise _unknown(
            arn,
            f"{service} has {', '.join(actions)} as optimised actions: "
            f"for others write arn:aws:states:::aws-sdk:{service}:{action}.",
        )
    if resource.pattern and resource.pattern not in integration.patterns:
        offered = (
            ", ".join(f".{pattern}" for pattern in sorted(integration.patterns)) or "request-response only"
        )
        raise _unknown(arn, f"{service}:{action} has no .{resource.pattern} (it has {offered}).")
    return resource


def not_recognised(arn: str) -> str:
    """AWS's sentence about a Resource that it can't call."""
    return (
        f"The resource provided {arn} is not recognized. The value is not a valid resource ARN, "
        "or the resource is not available in this region."
    )


def _unknown(arn: str, advice: str) -> UnknownResource:
    return UnknownResource(not_recognised(arn), advice)
