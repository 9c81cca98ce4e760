"""moto's Lambda backend, with functions that really run: moto keeps the records, the function host executes.

Rule 1: a request is checked whole before a record changes, so a refused update leaves everything as it was.
Rule 2: other services of moto (SNS, S3, CloudWatch Logs) invoke through `LambdaFunction.invoke` and
`LambdaBackend.invoke`, while their own request is being served. Those are asynchronous invocations on AWS,
and here: they are queued, so that a handler can call the service that triggered it.
"""

from __future__ import annotations

import base64
import binascii
import copy
import hashlib
import json
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import unquote

from moto.awslambda.models import ImageConfig, LambdaBackend, LambdaFunction
from moto.core.utils import iso_8601_datetime_with_nanoseconds
from moto.iam.models import iam_backends
from moto.s3.exceptions import S3ClientError
from moto.s3.models import s3_backends

from offline_cloud.engines.asynchronous_invocation import EventSettings
from offline_cloud.engines.concurrency import ConcurrencyRefused
from offline_cloud.function_host import FunctionVersion
from offline_cloud.function_host.packages import NO_ZIP, BadPackage, Package
from offline_cloud.moto_seams.awslambda import validation
from offline_cloud.moto_seams.awslambda.concurrency_operations import ProvisionedConfigs
from offline_cloud.moto_seams.awslambda.errors import (
    ForeignFunction,
    LambdaError,
    functions_only,
    invalid,
    not_found,
    stale_revision,
)
from offline_cloud.moto_seams.awslambda.event_sources import MappedBackend
from offline_cloud.moto_seams.awslambda.layer_operations import check_layers
from offline_cloud.moto_seams.awslambda.logging_config import logging_config
from offline_cloud.moto_seams.awslambda.member_types import check_types
from offline_cloud.moto_seams.awslambda.resource_policy import OfflinePolicy
from offline_cloud.moto_seams.awslambda.version_operations import same_version, weights_of

if TYPE_CHECKING:
    from offline_cloud.function_host.host import FunctionHost
    from offline_cloud.function_host.snapshots import Snapshot
    from offline_cloud.moto_seams.awslambda.event_queue import EventQueue
    from offline_cloud.moto_seams.awslambda.function_url_operations import UrlConfig
    from offline_cloud.server import CloudContext

_ARN = re.compile(
    r"(?:arn:aws[a-zA-Z-]*:lambda:(?P<region>[^:]+):)?(?:(?P<account>\d{12}):)?(?:function:)?"
    r"(?P<name>[a-zA-Z0-9-_]+)(?::(?P<qualifier>\$LATEST|[a-zA-Z0-9-_]+))?"
)
UPLOAD_LIMIT = 70_167_211
"""Bytes of a CreateFunction or UpdateFunctionCode request: 50 MB of zip in base64, and the rest."""


class OfflineFunction(LambdaFunction):
    """A function record that knows what the function host needs."""

    def __init__(
        self,
        account_id: str,
        spec: dict[str, Any],
        region: str,
        version: str | int,
        backend: OfflineLambdaBackend,
    ) -> None:
        self.backend = backend
        self.package: Package | None = None
        self.published = 0
        self._logging = logging_config(spec.get("LoggingConfig"), {}, spec["FunctionName"])
        archive = backend.archive(spec["Code"])
        package = backend.host.packages.package(archive) if archive is not None else None
        check_layers(backend, spec.get("Layers") or [], package)
        super().__init__(account_id, spec, region, version)
        self._file_systems = spec.get("FileSystemConfigs")
        self.snap_start = (spec.get("SnapStart") or {}).get("ApplyOn") == "PublishedVersions"
        self.snapshot: Snapshot | None = None
        self.policy = OfflinePolicy(self)
        self._take_archive(archive)
        self._dead_letters = spec.get("DeadLetterConfig")
        self.revision_id = backend.new_revision()

    @property
    def own_arn(self) -> str:
        """The function's ARN without version."""
        return ":".join(self.function_arn.split(":")[:7])

    @property
    def log_group(self) -> str:
        """Where its environments write."""
        return str(self._logging["LogGroup"])

    @property
    def dead_letter_arn(self) -> str | None:
        """Where events go that could not be run: an SQS queue or an SNS topic."""
        return (self._dead_letters or {}).get("TargetArn") or None

    @cached_property
    def as_version(self) -> FunctionVersion:
        """The function as the host sees it, until the record changes."""
        package = self.backend.host.packages.package
        backend = self.backend
        known = [
            backend.layer_version(layer["Arn"]) or backend.deleted_layers.get(layer["Arn"])
            for layer in self.layers
        ]
        variables = dict(self.environment_vars)
        if self._logging["LogFormat"] == "JSON":
            variables["AWS_LAMBDA_LOG_FORMAT"] = "JSON"
            variables["AWS_LAMBDA_LOG_LEVEL"] = self._logging["ApplicationLogLevel"]
        return FunctionVersion(
            name=self.function_name,
            arn=self.own_arn,
            version=str(self.version),
            revision=self.revision_id,
            runtime=self.run_time or "",
            handler=self.handler or "",
            package=self.package,
            account=self.account_id,
            region=self.region,
            role=self.role,
            package_type=self.package_type,
            architecture=self.architectures[0],
            timeout=self.timeout,
            memory_mb=self.memory_size,
            tmp_mb=self.ephemeral_storage,
            environment=variables,
            layers=tuple(package(layer.code_bytes).path for layer in known if layer is not None),
            snap_start=self.snap_start and str(self.version) != "$LATEST",
            log_group=self.log_group,
            log_format=self._logging["LogFormat"],
            application_log_level=self._logging.get("ApplicationLogLevel", "INFO"),
            system_log_level=self._logging.get("SystemLogLevel", "INFO"),
        )

    def changed(self) -> None:
        """The record was changed: another revision, other environments."""
        self.revision_id = self.backend.new_revision()
        self.last_modified = iso_8601_datetime_with_nanoseconds()
        self.__dict__.pop("as_version", None)

    def get_configuration(self, on_create: bool = False) -> dict[str, Any]:
        """moto's configuration and the members that it leaves out."""
        configuration: dict[str, Any] = super().get_configuration(on_create)
        configuration["LastModified"] = f"{self.last_modified[:23]}+0000"
        configuration["RevisionId"] = self.revision_id
        configuration["LoggingConfig"] = dict(self._logging)
        if self.snap_start:
            status = "Off" if str(self.version) == "$LATEST" else "On"
            configuration["SnapStart"] = {"ApplyOn": "PublishedVersions", "OptimizationStatus": status}
        if self.snapshot is not None:
            configuration["State"] = self.snapshot.state
            if self.snapshot.reason:
                configuration["StateReason"] = self.snapshot.reason
                configuration["StateReasonCode"] = self.snapshot.reason_code
        if self._dead_letters:
            configuration["DeadLetterConfig"] = self._dead_letters
        if self._file_systems:
            configuration["FileSystemConfigs"] = self._file_systems
        return {name: value for name, value in configuration.items() if value is not None}

    def get_code(self) -> dict[str, Any]:
        """GetFunction's answer, with what is reserved."""
        shown: dict[str, Any] = super().get_code()
        shown.pop("Concurrency", None)
        reserved = self.backend.reserved(self)
        if reserved is not None:
            shown["Concurrency"] = {"ReservedConcurrentExecutions": reserved}
        return shown

    def update_configuration(self, config_updates: dict[str, Any]) -> dict[str, Any]:
        """UpdateFunctionConfiguration, with what moto drops: storage, tracing, logging, dead letters."""
        updates = dict(config_updates)
        logging = logging_config(updates.get("LoggingConfig"), self._logging, self.function_name)
        if "Environment" in updates:
            updates["Environment"] = {"Variables": (updates["Environment"] or {}).get("Variables") or {}}
        if updates.get("VpcConfig"):
            updates["VpcConfig"] = {"SubnetIds": [], "SecurityGroupIds": [], **updates["VpcConfig"]}
        super().update_configuration(updates)
        if "KMSKeyArn" in updates:
            self.kms_key_arn = updates["KMSKeyArn"] or None
        if "FileSystemConfigs" in updates:
            self._file_systems = updates["FileSystemConfigs"]
        if "ImageConfig" in updates:
            self.image_config = ImageConfig(updates["ImageConfig"])
        if updates.get("EphemeralStorage"):
            self.ephemeral_storage = updates["EphemeralStorage"]["Size"]
        if updates.get("SnapStart"):
            self.snap_start = updates["SnapStart"].get("ApplyOn") == "PublishedVersions"
        if updates.get("TracingConfig"):
            self.tracing_config = updates["TracingConfig"]
        self._logging = logging
        if "DeadLetterConfig" in updates:
            self._dead_letters = updates["DeadLetterConfig"]
        self.changed()
        return self.get_configuration()

    def update_function_code(self, updated_spec: dict[str, Any]) -> dict[str, Any]:
        """UpdateFunctionCode; the archive is checked before anything changes."""
        archive = self.backend.archive(updated_spec)
        if updated_spec.get("DryRun"):
            return self.get_configuration()
        if updated_spec.get("Architectures"):
            self.architectures = updated_spec["Architectures"]
        super().update_function_code(updated_spec)
        self._take_archive(archive)
        self.changed()
        return self.get_configuration()

    def invoke(self, body: str, request_headers: Any, response_headers: Any) -> str | bytes:
        """Another service of moto invokes: queued, see Rule 2."""
        self.backend.queue.put(self, None, body.encode() if isinstance(body, str) else body or b"{}")
        return "{}"

    def _take_archive(self, archive: bytes | None) -> None:
        if archive is None:
            return
        self.package = self.backend.host.packages.package(archive)
        # moto reads the newest object even if a version was asked for.
        self.code_bytes, self.code_size = archive, len(archive)
        self.code_sha_256 = base64.b64encode(hashlib.sha256(archive).digest()).decode()


class OfflineLambdaBackend(MappedBackend, LambdaBackend):
    """Lambda of one account and region."""

    context: ClassVar[CloudContext]
    host: ClassVar[FunctionHost]
    queue: ClassVar[EventQueue]

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.event_configurations: dict[str, dict[str, dict[str, Any]]] = {}
        """Event invoke configurations as the API shows them, by the function's ARN and qualifier."""
        self.provisioned = ProvisionedConfigs(self)

        self.deleted_layers: dict[str, Any] = {}
        """Layer versions that functions still have, by ARN."""
        self.runtime_updates: dict[tuple[str, str | None], dict[str, Any]] = {}
        """Runtime management configurations by the function's name and the qualifier."""
        self.function_urls: dict[tuple[str, str | None], UrlConfig] = {}
        """Function URLs by the function's name and the alias."""

    def event_settings(self, function: OfflineFunction, qualifier: str) -> EventSettings:
        """How asynchronous events for this qualifier are treated."""
        stored = self.event_configurations.get(function.own_arn, {}).get(qualifier, {})
        destinations = stored.get("DestinationConfig", {})
        return EventSettings(
            retries=stored.get("MaximumRetryAttempts", 2),
            age=float(stored.get("MaximumEventAgeInSeconds", 21_600)),
            on_success=destinations.get("OnSuccess", {}).get("Destination"),
            on_failure=destinations.get("OnFailure", {}).get("Destination"),
        )

    def new_revision(self) -> str:
        """A RevisionId."""
        revision: str = self.context.ids.uuid()
        return revision

    def archive(self, code: dict[str, Any]) -> bytes | None:
        """The zip of a request's `Code`, checked and unpacked; None for an image. Raises `LambdaError`."""
        if code.get("ZipFile"):
            if set(code) & {"S3Bucket", "S3Key", "S3ObjectVersion", "ImageUri"}:
                raise invalid("Please do not provide other FunctionCode parameters when providing a ZipFile.")
            given = code["ZipFile"]
            if len(given) > UPLOAD_LIMIT:
                raise LambdaError(
                    "RequestEntityTooLargeException",
                    f"Request must be smaller than {UPLOAD_LIMIT} bytes for the CreateFunction operation",
                    413,
                )
            try:
                archive = base64.b64decode(given, validate=True)
            except (binascii.Error, ValueError):
                raise invalid(NO_ZIP) from None
        elif code.get("S3Bucket") and code.get("S3Key"):
            archive = self._from_s3(code["S3Bucket"], code["S3Key"], code.get("S3ObjectVersion"))
        elif code.get("ImageUri"):
            return None
        else:
            raise invalid("Please provide a source for function code.")
        try:
            self.host.packages.package(archive)
        except BadPackage as problem:
            raise invalid(str(problem)) from problem
        return archive

    def _from_s3(self, bucket: str, key: str, version: str | None) -> bytes:
        backend = s3_backends[self.account_id][self.partition]
        try:
            found = backend.get_object(bucket, unquote(key), version_id=version)
            code, message = "NoSuchKey", "The specified key does not exist."
        except S3ClientError as error:
            found, code, message = None, str(error.code), str(error.message)
        if found is None or not hasattr(found, "value"):
            raise invalid(
                f"Error occurred while GetObject. S3 Error Code: {code}. S3 Error Message: {message}"
            )
        return bytes(found.value)

    # ------------------------------------------------------------------ functions

    def create_function(self, spec: dict[str, Any]) -> LambdaFunction:
        """CreateFunction, also for CloudFormation. Raises `LambdaError`."""
        validation.check_function(spec)
        self._check_role(spec.get("Role", ""))
        vpc = spec.get("VpcConfig") or {}
        if vpc:
            spec["VpcConfig"] = {"SubnetIds": [], "SecurityGroupIds": [], **vpc}
        function = OfflineFunction(self.account_id, spec, self.region_name, "$LATEST", self)
        if function.reserved_concurrency is not None:  # a property of CloudFormation's
            self.reserve(function, int(function.reserved_concurrency))
        self._lambdas.put_function(function)
        self.host.warm_up(function.package)
        if spec.get("Publish"):
            published = self.publish_version(function.function_name)
            assert published is not None
            shown = copy.copy(function)
            shown.version = published.version
            shown.function_arn = published.function_arn
            return shown
        return function

    def publish_version(self, function_name: str, description: str = "") -> LambdaFunction | None:
        """PublishVersion: a new version only if code or configuration changed since the last."""
        function: OfflineFunction = self.get_function(function_name)
        versions: list[OfflineFunction] = self._lambdas._functions[function.function_name]["versions"]
        if versions and same_version(versions[-1], function):
            return versions[-1]
        published = copy.copy(function)
        # A number is never given again, also when its version was deleted.
        function.published += 1
        published.set_version(function.published)
        published.description = description or function.description
        published.__dict__.pop("as_version", None)
        if published.snap_start:
            published.snapshot = self.host.snapshots.take(published.as_version)
        versions.append(published)
        self._lambdas._arns[published.function_arn] = published
        return published

    def update_function_code(
        self, function_name: str, qualifier: str, body: dict[str, Any]
    ) -> dict[str, Any] | None:
        """UpdateFunctionCode."""
        function = self._latest(function_name, body.get("RevisionId"))
        configuration: dict[str, Any] = function.update_function_code(body)
        self.host.shutdown_function(function.own_arn, "$LATEST")
        if body.get("Publish"):
            published = self.publish_version(function_name)
            assert published is not None
            return dict(published.get_configuration())
        return configuration

    def update_function_configuration(
        self, function_name: str, qualifier: str, body: dict[str, Any]
    ) -> dict[str, Any] | None:
        """UpdateFunctionConfiguration."""
        function = self._latest(function_name, body.get("RevisionId"))
        check_types(body)
        validation.check_configuration(body)
        validation.check_snap_start(
            body.get("SnapStart") or {"ApplyOn": "PublishedVersions" if function.snap_start else "None"},
            body.get("Runtime") or function.run_time or "container images",
            (body.get("EphemeralStorage") or {}).get("Size", function.ephemeral_storage),
        )
        if "Role" in body:
            self._check_role(body["Role"])
        if body.get("Layers"):
            check_layers(self, body["Layers"], function.package)
        configuration: dict[str, Any] = function.update_configuration(body)
        self.host.shutdown_function(function.own_arn, "$LATEST")
        return configuration

    def delete_function(self, function_name: str, qualifier: str | None = None) -> None:
        """DeleteFunction: the function, or one version of it."""
        name, of_name = self.split_name(function_name)
        qualifier = qualifier or of_name
        if qualifier == "$LATEST":
            raise invalid("$LATEST version cannot be deleted without deleting the function.")
        function = self.get_function(name, qualifier)
        if qualifier and qualifier in self._lambdas._aliases[function.own_arn]:
            raise invalid("Deletion of aliases is not currently supported.")
        if qualifier:
            users = sorted(
                alias.name
                for alias in self._lambdas._aliases[function.own_arn].values()
                if qualifier in (alias.function_version, *weights_of(alias.routing_config))
            )
            if users:
                raise LambdaError(
                    "ResourceConflictException",
                    "Unable to delete version because the following aliases reference it: "
                    f"[{', '.join(users)}]",
                    409,
                )
        else:
            self.event_configurations.pop(function.own_arn, None)
            self.provisioned.forget(function.own_arn)
            for kept in (self.function_urls, self.runtime_updates):
                for key in [key for key in kept if key[0] == function.function_name]:
                    del kept[key]
        if qualifier:
            self.provisioned.drop(function, qualifier)
            self.host.snapshots.forget(function.own_arn, qualifier)
            super().delete_function(name, qualifier)
            self.host.shutdown_function(function.own_arn, qualifier)
        else:
            super().delete_function(name)
            self.host.forget_function(function.own_arn)

    def reserve(self, function: OfflineFunction, count: int | None) -> None:
        """Reserve concurrency for a function, or no longer. Raises `LambdaError`."""
        try:
            self.host.reserve(function.own_arn, count)
        except ConcurrencyRefused as refused:
            raise invalid(str(refused)) from refused

    def reserved(self, function: OfflineFunction) -> int | None:
        """What is reserved for it."""
        return self.host.concurrency(self.account_id, self.region_name).reserved.get(function.own_arn)

    def _latest(self, function_name: str, revision: str | None) -> OfflineFunction:
        name, qualifier = self.split_name(function_name)
        if qualifier not in (None, "$LATEST"):
            raise functions_only()
        function: OfflineFunction = self.get_function(name)
        if revision and revision != function.revision_id:
            raise stale_revision()
        return function

    def _check_role(self, arn: str) -> None:
        """The role must trust Lambda; that it exists is moto's check."""
        roles = iam_backends[self.account_id][self.partition].roles.values()
        role = next((role for role in roles if role.arn == arn), None)
        if role is not None and not _trusts_lambda(role.assume_role_policy_document):
            raise invalid("The role defined for the function cannot be assumed by Lambda.")

    # ------------------------------------------------------------------ invocation

    def split_name(self, name: str) -> tuple[str, str | None]:
        """Name and qualifier of a name or an ARN. Raises `LambdaError` for a foreign region."""
        match = _ARN.fullmatch(name)
        if match is None:
            validation.check_name(name)
            return name, None
        region = match["region"]
        if region is not None and region != self.region_name:
            raise LambdaError(
                "ResourceNotFoundException",
                f"Functions from '{region}' are not reachable in this region ('{self.region_name}')",
                404,
            )
        if match["account"] is not None and match["account"] != self.account_id:
            raise ForeignFunction(name)
        return match["name"], match["qualifier"]

    def find(self, name_or_arn: str, qualifier: str | None) -> tuple[OfflineFunction, str | None]:
        """A function, and the version or alias of it that is meant, None for the function itself.

        Raises `LambdaError` for what is not there.
        """
        name, of_name = self.split_name(name_or_arn)
        if of_name and qualifier and of_name != qualifier:
            raise invalid(
                "The derived qualifier from the function name does not match the specified qualifier."
            )
        qualifier = of_name or qualifier
        own_arn = f"arn:{self.partition}:lambda:{self.region_name}:{self.account_id}:function:{name}"
        versions = self._lambdas._functions.get(name)
        known = versions and ["$LATEST", *(str(function.version) for function in versions["versions"])]
        if not versions or (
            qualifier and qualifier not in known and qualifier not in self._lambdas._aliases[own_arn]
        ):
            raise not_found(f"{own_arn}:{qualifier}" if qualifier else own_arn)
        return versions["latest"], qualifier

    def version_of(self, function: OfflineFunction, qualifier: str | None) -> OfflineFunction:
        """The record that a qualifier of this function stands for; of a weighted alias the main one."""
        alias = self._lambdas._aliases[function.own_arn].get(qualifier or "")
        version = alias.function_version if alias is not None else qualifier
        published = self._lambdas._functions[function.function_name]["versions"]
        return next((each for each in published if str(each.version) == version), function)

    def layer_version(self, arn: str) -> Any:
        """The layer version with this ARN, None if there is none."""
        name, _, number = arn.rpartition(":")
        layer = self._layers._layers.get(name.rsplit(":", 1)[-1])
        if layer is None or layer.layer_arn != name:
            return None
        return layer.layer_versions.get(number)

    def resolve(self, name_or_arn: str, qualifier: str | None) -> tuple[OfflineFunction, str]:
        """The function version that an Invoke is for, and the ARN that was invoked. Raises `LambdaError`."""
        name, of_name = self.split_name(name_or_arn)
        if of_name and qualifier and of_name != qualifier:
            raise invalid(
                "The derived qualifier from the function name does not match the specified qualifier."
            )
        qualifier = of_name or qualifier
        own_arn = f"arn:{self.partition}:lambda:{self.region_name}:{self.account_id}:function:{name}"
        arn = f"{own_arn}:{qualifier}" if qualifier else own_arn
        versions = self._lambdas._functions.get(name)
        if versions is None:
            raise not_found(arn)
        version = qualifier or "$LATEST"
        alias = self._lambdas._aliases[own_arn].get(version)
        if alias is not None:
            version = self._weighted(alias)
        if version == "$LATEST":
            return versions["latest"], arn
        for function in versions["versions"]:
            if str(function.version) == version:
                if function.snapshot is not None and function.snapshot.state != "Active":
                    raise _not_active(function.snapshot)
                return function, arn
        raise not_found(arn)

    def _weighted(self, alias: Any) -> str:
        weights = weights_of(alias.routing_config)
        drawn = self.context.ids.random.random() if weights else 1.0
        for version, weight in weights.items():
            if drawn < weight:
                return str(version)
            drawn -= weight
        return str(alias.function_version)

    def invoke(
        self, function_name: str, qualifier: str | None, body: Any, headers: Any, response_headers: Any
    ) -> str | bytes | None:
        """Another service of moto invokes: queued, see Rule 2."""
        function, _ = self.resolve(function_name, qualifier)
        return function.invoke(body, headers, response_headers)


def _not_active(snapshot: Snapshot) -> LambdaError:
    if snapshot.state == "Pending":
        return LambdaError(
            "SnapStartNotReadyException",
            "Lambda is initializing your function. It will be ready to invoke once your function state "
            "becomes ACTIVE.",
            409,
        )
    return LambdaError(
        "ResourceConflictException",
        "The operation cannot be performed at this time. The function is currently in the following state: "
        f"{snapshot.state}",
        409,
    )


def _trusts_lambda(document: str | dict[str, Any] | None) -> bool:
    if not document:
        return False
    try:
        policy = json.loads(document) if isinstance(document, str) else document
    except ValueError:
        return False
    statements = policy.get("Statement", [])
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal", {})
        services = principal.get("Service", []) if isinstance(principal, dict) else []
        trusted = services if isinstance(services, list) else [services]
        if statement.get("Effect") == "Allow" and "lambda.amazonaws.com" in trusted:
            return True
    return False
