"""State machines as the API keeps them: their revisions, published versions, aliases and tags.

A revision never changes; an execution runs the revision with which it was started, whatever happens to its
machine. Requests and answers are those of the API, as dicts with its own names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from offline_cloud.engines.states_language.definition import Machine, compile_machine
from offline_cloud.engines.states_language.validation import validate
from offline_cloud.step_functions.arns import Home, page, parts
from offline_cloud.step_functions.faults import ApiError, invalid, machine_missing
from offline_cloud.step_functions.names import check_name, check_role, strict_json

if TYPE_CHECKING:
    from offline_cloud.engines.states_language.resources import ServiceCatalogue
    from offline_cloud.server import CloudContext
    from offline_cloud.step_functions.aliases import Alias

__all__ = ["Revision", "StateMachine", "StateMachines", "Version", "checked_definition"]

_NO_LOGGING: Mapping[str, Any] = {"level": "OFF", "includeExecutionData": False}
_NO_TRACING: Mapping[str, Any] = {"enabled": False}
_AWS_KEY: Mapping[str, Any] = {"type": "AWS_OWNED_KEY"}


@dataclass(frozen=True)
class Revision:
    """What an execution needs to know of its machine. `id` is None for a machine that was never updated."""

    arn: str
    name: str
    kind: str
    definition: str
    role: str
    id: str | None
    date: float
    logging: Mapping[str, Any] = field(default_factory=lambda: _NO_LOGGING)
    tracing: Mapping[str, Any] = field(default_factory=lambda: _NO_TRACING)
    encryption: Mapping[str, Any] = field(default_factory=lambda: _AWS_KEY)

    @property
    def express(self) -> bool:
        """Whether its executions are Express ones."""
        return self.kind == "EXPRESS"

    @cached_property
    def machine(self) -> Machine:
        """The machine that the interpreter runs."""
        return compile_machine(strict_json(self.definition))

    def settings(self) -> dict[str, Any]:
        """The members that describe it in an answer."""
        shown = {
            "definition": self.definition,
            "roleArn": self.role,
            "loggingConfiguration": self.logging,
            "tracingConfiguration": self.tracing,
            "encryptionConfiguration": self.encryption,
        }
        return shown if self.id is None else {**shown, "revisionId": self.id}


@dataclass(slots=True)
class Version:
    """A published revision."""

    arn: str
    revision: Revision
    date: float
    description: str | None


@dataclass(slots=True)
class StateMachine:
    """A state machine, its versions by number, its aliases by name."""

    revision: Revision
    created: float
    versions: dict[int, Version] = field(default_factory=dict)
    last_version: int = 0
    aliases: dict[str, Alias] = field(default_factory=dict)
    deleting: bool = False

    @property
    def arn(self) -> str:
        """Its ARN, without version or alias."""
        return self.revision.arn


class StateMachines:
    """All state machines of a cloud."""

    def __init__(self, context: CloudContext, catalogue: ServiceCatalogue | None) -> None:
        self._context = context
        self._catalogue = catalogue
        self.by_arn: dict[str, StateMachine] = {}
        self.tags: dict[str, dict[str, str]] = {}

    # ------------------------------------------------------------------ CRUD

    def create(self, home: Home, request: Mapping[str, Any]) -> dict[str, Any]:
        """CreateStateMachine."""
        name, kind = request["name"], request.get("type") or "STANDARD"
        check_name(name)
        check_role(request["roleArn"])
        if request.get("versionDescription") and not request.get("publish"):
            raise invalid("Version description can only be set when publish is true")
        logging = _logging(request.get("loggingConfiguration"))
        tags = read_tags(request.get("tags") or ())
        checked_definition(request["definition"], kind, self._catalogue)
        arn = home.arn("stateMachine", name)
        revision = Revision(
            arn,
            name,
            kind,
            request["definition"],
            request["roleArn"],
            None,
            self._context.clock.now(),
            logging,
            request.get("tracingConfiguration") or _NO_TRACING,
            request.get("encryptionConfiguration") or _AWS_KEY,
        )
        machine = self.by_arn.get(arn)
        if machine is None:
            machine = self.by_arn[arn] = StateMachine(revision, revision.date)
            if tags:
                self.tags[arn] = tags
        elif machine.deleting:
            raise ApiError("StateMachineDeleting", f"State Machine is being deleted: '{arn}'")
        elif not _same(machine.revision, revision):
            raise ApiError("StateMachineAlreadyExists", f"State Machine Already Exists: '{arn}'")
        answer: dict[str, Any] = {"stateMachineArn": arn, "creationDate": machine.created}
        if request.get("publish"):
            version = self._publish(machine, request.get("versionDescription"))
            answer["stateMachineVersionArn"] = version.arn
        return answer

    def update(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """UpdateStateMachine: executions that are started from now on run the new revision."""
        machine = self.live(request["stateMachineArn"])
        given = [
            name
            for name in (
                "definition",
                "roleArn",
                "loggingConfiguration",
                "tracingConfiguration",
                "encryptionConfiguration",
            )
            if request.get(name) is not None
        ]
        if not given:
            raise ApiError(
                "MissingRequiredParameter",
                "Either the definition, the role ARN, the LoggingConfiguration, the TracingConfiguration, or "
                "the EncryptionConfiguration must be specified",
            )
        if request.get("versionDescription") and not request.get("publish"):
            raise invalid("Version description can only be set when publish is true")
        old = machine.revision
        if "definition" in given:
            checked_definition(request["definition"], old.kind, self._catalogue)
        if "roleArn" in given:
            check_role(request["roleArn"])
        now = self._context.clock.now()
        machine.revision = Revision(
            old.arn,
            old.name,
            old.kind,
            request.get("definition") or old.definition,
            request.get("roleArn") or old.role,
            self._context.ids.uuid(),
            now,
            _logging(request["loggingConfiguration"]) if "loggingConfiguration" in given else old.logging,
            request.get("tracingConfiguration") or old.tracing,
            request.get("encryptionConfiguration") or old.encryption,
        )
        answer: dict[str, Any] = {"updateDate": now, "revisionId": machine.revision.id}
        if request.get("publish"):
            version = self._publish(machine, request.get("versionDescription"))
            answer["stateMachineVersionArn"] = version.arn
        return answer

    def describe(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """DescribeStateMachine, also of a version."""
        arn = request["stateMachineArn"]
        machine, revision, version = self.find(arn)
        shown = {
            "stateMachineArn": version.arn if version else machine.arn,
            "name": revision.name,
            "status": "DELETING" if machine.deleting else "ACTIVE",
            "type": revision.kind,
            "creationDate": version.date if version else machine.created,
            **revision.settings(),
        }
        if version and version.description:
            shown["description"] = version.description
        if request.get("includedData") == "METADATA_ONLY":
            shown["definition"] = ""
        return shown

    def list(self, home: Home, request: Mapping[str, Any]) -> dict[str, Any]:
        """ListStateMachines."""
        here = [machine for arn, machine in self.by_arn.items() if arn.startswith(home.prefix)]
        chosen, following = page(here, dict(request))
        listed = [
            {
                "stateMachineArn": machine.arn,
                "name": machine.revision.name,
                "type": machine.revision.kind,
                "creationDate": machine.created,
            }
            for machine in chosen
        ]
        return {"stateMachines": listed, **({"nextToken": following} if following else {})}

    def delete(self, request: Mapping[str, Any]) -> StateMachine | None:
        """DeleteStateMachine: the machine, if there is one; it goes when its last execution has ended."""
        arn = request["stateMachineArn"]
        _, names = parts(arn, "stateMachine")
        if len(names) > 1:
            raise invalid(
                "API does not support the version or alias of a state machine. "
                "Provide the ARN of the state machine."
            )
        machine = self.by_arn.get(arn)
        if machine is not None:
            machine.deleting = True
        return machine

    def remove(self, machine: StateMachine) -> None:
        """Forget a deleted machine."""
        self.by_arn.pop(machine.arn, None)
        self.tags.pop(machine.arn, None)

    # ------------------------------------------------------------------ versions

    def publish(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """PublishStateMachineVersion: a new version only if the machine has changed since the last."""
        machine = self.live(request["stateMachineArn"])
        wanted, current = request.get("revisionId"), machine.revision.id or "INITIAL"
        if wanted and wanted != current:
            raise ApiError(
                "ConflictException",
                f"Failed to publish the State Machine version for revision {wanted}. "
                f"The current State Machine revision is {current}.",
            )
        version = self._publish(machine, request.get("description"))
        return {"creationDate": version.date, "stateMachineVersionArn": version.arn}

    def list_versions(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """ListStateMachineVersions, the newest first."""
        _, names = parts(request["stateMachineArn"], "stateMachine")
        machine = self.by_arn.get(request["stateMachineArn"])
        versions = list(reversed(machine.versions.values())) if machine and len(names) == 1 else []
        chosen, following = page(versions, dict(request))
        listed = [{"stateMachineVersionArn": each.arn, "creationDate": each.date} for each in chosen]
        return {"stateMachineVersions": listed, **({"nextToken": following} if following else {})}

    def delete_version(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """DeleteStateMachineVersion; refused while an alias points to it."""
        arn = request["stateMachineVersionArn"]
        _, names = parts(arn, "stateMachine")
        if len(names) != 2 or not names[1].isdigit():
            raise invalid(f"Provide the ARN of a state machine version, not {arn}.")
        machine = self.by_arn.get(arn.rpartition(":")[0])
        if machine is None:
            return {}
        users = [
            name for name, alias in machine.aliases.items() if any(route == arn for route, _ in alias.routes)
        ]
        if users:
            raise ApiError(
                "ConflictException",
                "Version to be deleted must not be referenced by an alias. "
                f"Current list of aliases referencing this version: [{', '.join(users)}]",
            )
        machine.versions.pop(int(names[1]), None)
        return {}

    def _publish(self, machine: StateMachine, description: str | None) -> Version:
        latest = machine.versions.get(machine.last_version)
        if latest is not None and latest.revision is machine.revision:
            return latest
        machine.last_version += 1
        number = machine.last_version
        version = Version(f"{machine.arn}:{number}", machine.revision, self._context.clock.now(), description)
        machine.versions[number] = version
        return version

    # ------------------------------------------------------------------ looking up

    def find(self, arn: str) -> tuple[StateMachine, Revision, Version | None]:
        """The machine with this ARN, or one of its versions. Raises StateMachineDoesNotExist."""
        _, names = parts(arn, "stateMachine")
        machine = self.by_arn.get(arn if len(names) == 1 else arn.rpartition(":")[0])
        if machine is None or len(names) > 2:
            raise machine_missing(arn)
        if len(names) == 1:
            return machine, machine.revision, None
        version = machine.versions.get(int(names[1])) if names[1].isdigit() else None
        if version is None:
            raise machine_missing(arn)
        return machine, version.revision, version

    def live(self, arn: str) -> StateMachine:
        """The machine with this ARN, unless it is being deleted; no version and no alias."""
        _, names = parts(arn, "stateMachine")
        machine = self.by_arn.get(arn)
        if machine is None or len(names) != 1:
            raise machine_missing(arn)
        if machine.deleting:
            raise ApiError("StateMachineDeleting", f"State Machine is being deleted: '{arn}'")
        return machine


def checked_definition(definition: str, kind: str, catalogue: ServiceCatalogue | None) -> None:
    """Raise InvalidDefinition with all that is wrong with a definition."""
    findings = validate(
        definition, machine_type="EXPRESS" if kind == "EXPRESS" else "STANDARD", catalogue=catalogue
    )
    errors = [finding for finding in findings if finding.severity == "ERROR"]
    if errors:
        said = ", ".join(finding.summary() for finding in errors)
        raise ApiError("InvalidDefinition", f"Invalid State Machine Definition: '{said}'")


def read_tags(tags: Any) -> dict[str, str]:
    """Tags of a request by their keys; raises TooManyTags."""
    read = {tag["key"]: tag.get("value", "") for tag in tags}
    if len(read) > 50:
        raise ApiError("TooManyTags", "There are more than 50 tags on this resource.")
    return read


def _logging(configuration: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if not configuration:
        return _NO_LOGGING
    level = configuration.get("level", "OFF")
    destinations = configuration.get("destinations") or []
    if level != "OFF" and not destinations:
        raise ApiError(
            "InvalidLoggingConfiguration",
            "Invalid Logging Configuration: Must specify exactly one Log Destination.",
        )
    if len(destinations) > 1:
        raise ApiError(
            "InvalidLoggingConfiguration",
            "Invalid Logging Configuration: Must specify exactly one Log Destination.",
        )
    shown: dict[str, Any] = {
        "level": level,
        "includeExecutionData": bool(configuration.get("includeExecutionData", False)),
    }
    return {**shown, "destinations": destinations} if destinations else shown


def _same(one: Revision, other: Revision) -> bool:
    """Whether a second CreateStateMachine asks for what there is: its role and tags don't count."""
    return (one.definition, one.kind, one.logging, one.tracing, one.encryption) == (
        other.definition,
        other.kind,
        other.logging,
        other.tracing,
        other.encryption,
    )
