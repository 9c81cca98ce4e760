"""Which botocore service and action an integration means, and how its errors are called.

An `aws-sdk` integration is AWS's SDK for Java, version 2: `DynamoDb.ConditionalCheckFailedException`. The
optimised ones are older and wear the names of version 1: `DynamoDB.ConditionalCheckFailedException`,
`SQS.AmazonSQSException`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore

__all__ = ["BOTO_NAMES", "OPTIMISED", "Optimised", "boto_name", "sdk_fault_name"]

_DATA = Path(botocore.__file__).parent / "data"
#: Services whose name in an `aws-sdk` ARN is not botocore's name without hyphens.
BOTO_NAMES = {
    "applicationautoscaling": "application-autoscaling",
    "applicationdiscovery": "discovery",
    "cloudwatchevents": "events",
    "cloudwatchlogs": "logs",
    "cognitoidentityprovider": "cognito-idp",
    "configservice": "config",
    "costandusagereport": "cur",
    "costexplorer": "ce",
    "databasemigration": "dms",
    "directconnect": "directconnect",
    "directory": "ds",
    "elasticbeanstalk": "elasticbeanstalk",
    "elasticloadbalancing": "elb",
    "elasticloadbalancingv2": "elbv2",
    "elasticsearch": "es",
    "eventbridge": "events",
    "iotdataplane": "iot-data",
    "iotjobsdataplane": "iot-jobs-data",
    "lexmodelbuilding": "lex-models",
    "lexmodelsv2": "lexv2-models",
    "lexruntimev2": "lexv2-runtime",
    "marketplacemetering": "meteringmarketplace",
    "migrationhub": "mgh",
    "sagemakerruntime": "sagemaker-runtime",
    "serverlessapplicationrepository": "serverlessrepo",
    "sfn": "stepfunctions",
    "ssooidc": "sso-oidc",
    "transcribe": "transcribe",
}
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_JAVA_NAMES = {"SESv2": "SesV2", "Elastic Load Balancing v2": "ElasticLoadBalancingV2", "S3": "S3"}


@dataclass(frozen=True, slots=True)
class Optimised:
    """How the SDK of version 1 calls a service: prefix, name, and its error for whatever isn't modelled."""

    boto: str
    prefix: str
    service: str
    unmodelled: str


OPTIMISED = {
    "athena": Optimised("athena", "Athena", "AmazonAthena", "AmazonAthenaException"),
    "codebuild": Optimised("codebuild", "CodeBuild", "AWSCodeBuild", "AWSCodeBuildException"),
    "dynamodb": Optimised("dynamodb", "DynamoDB", "AmazonDynamoDBv2", "AmazonDynamoDBException"),
    "events": Optimised("events", "EventBridge", "AmazonEventBridge", "AmazonEventBridgeException"),
    "glue": Optimised("glue", "Glue", "AWSGlue", "AWSGlueException"),
    "lambda": Optimised("lambda", "Lambda", "AWSLambda", "AWSLambdaException"),
    "sns": Optimised("sns", "SNS", "AmazonSNS", "AmazonSNSException"),
    "sqs": Optimised("sqs", "SQS", "AmazonSQS", "AmazonSQSException"),
    "states": Optimised("stepfunctions", "StepFunctions", "AWSStepFunctions", "AWSStepFunctionsException"),
}


def boto_name(service: str) -> str | None:
    """botocore's name of a service in an `aws-sdk` ARN; None if botocore has no such service."""
    if service in BOTO_NAMES:
        return BOTO_NAMES[service]
    if (_DATA / service).is_dir():
        return service
    return next((each.name for each in _DATA.iterdir() if each.name.replace("-", "") == service), None)


def sdk_fault_name(client: Any, modelled: str | None) -> tuple[str, str]:
    """The error's name in the SDK of version 2, and the service's; `modelled` is its shape, if any."""
    service_id = str(client.meta.service_model.service_id)
    prefix = _JAVA_NAMES.get(service_id) or "".join(
        word[:1].upper() + word[1:].lower() for word in _WORDS.findall(service_id)
    )
    name = f"{prefix}Exception" if modelled is None else exception_name(modelled)
    return f"{prefix}.{name}", prefix


def modelled_name(client: Any, code: str) -> str | None:
    """The shape of an error code, if the service's description has one."""
    for shape in client.meta.service_model.error_shapes:
        if code in (shape.error_code, shape.name):
            return str(shape.name)
    return None


def exception_name(shape: str) -> str:
    """A Java exception's name."""
    name = shape[:1].upper() + shape[1:]
    if name.endswith("Exception"):
        return name
    return f"{name.removesuffix('Error')}Exception" if name.endswith("Error") else f"{name}Exception"
