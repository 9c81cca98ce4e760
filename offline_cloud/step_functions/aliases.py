"""Aliases of state machines: a name that leads to one version, or to two by weight."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from offline_cloud.step_functions.arns import page, parts
from offline_cloud.step_functions.faults import ApiError, invalid, machine_missing, resource_missing

if TYPE_CHECKING:
    from offline_cloud.server import CloudContext
    from offline_cloud.step_functions.state_machines import StateMachine, StateMachines, Version

__all__ = ["Alias", "Aliases"]

_NAME = re.compile(r"(?=.*[a-zA-Z_\-.])[a-zA-Z0-9_\-.]{1,80}")


@dataclass(slots=True)
class Alias:
    """A name for versions; `routes` are their ARNs with their weights, which add up to 100."""

    arn: str
    name: str
    routes: tuple[tuple[str, int], ...]
    description: str | None
    created: float
    updated: float


class Aliases:
    """The operations on aliases of a cloud."""

    def __init__(self, context: CloudContext, machines: StateMachines) -> None:
        self._context = context
        self._machines = machines

    def create(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """CreateStateMachineAlias."""
        name = request["name"]
        if not _NAME.fullmatch(name):
            raise invalid(
                f"1 validation error detected: Value '{name}' at 'name' failed to satisfy constraint: Member "
                r"must satisfy regular expression pattern: ^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$"
            )
        machine, routes = self._routes(request["routingConfiguration"])
        now = self._context.clock.now()
        alias = Alias(f"{machine.arn}:{name}", name, routes, request.get("description"), now, now)
        there = machine.aliases.get(name)
        if there is not None:
            if (there.routes, there.description) != (alias.routes, alias.description):
                raise ApiError(
                    "ConflictException",
                    "Failed to create alias because an alias with the same name and a different routing "
                    "configuration already exists.",
                )
            return {"stateMachineAliasArn": there.arn, "creationDate": there.created}
        machine.aliases[name] = alias
        return {"stateMachineAliasArn": alias.arn, "creationDate": now}

    def update(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """UpdateStateMachineAlias."""
        machine, alias = self._find(request["stateMachineAliasArn"])
        if request.get("description") is None and request.get("routingConfiguration") is None:
            raise invalid("Either the description or the RoutingConfiguration must be specified")
        if request.get("routingConfiguration") is not None:
            of, routes = self._routes(request["routingConfiguration"])
            if of is not machine:
                raise invalid("The routing configuration must name versions of the alias's state machine.")
            alias.routes = routes
        if request.get("description") is not None:
            alias.description = request["description"]
        alias.updated = self._context.clock.now()
        return {"updateDate": alias.updated}

    def describe(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """DescribeStateMachineAlias."""
        _, alias = self._find(request["stateMachineAliasArn"])
        shown: dict[str, Any] = {
            "stateMachineAliasArn": alias.arn,
            "name": alias.name,
            "routingConfiguration": [
                {"stateMachineVersionArn": arn, "weight": weight} for arn, weight in alias.routes
            ],
            "creationDate": alias.created,
            "updateDate": alias.updated,
        }
        if alias.description is not None:
            shown["description"] = alias.description
        return shown

    def list(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """ListStateMachineAliases, of a machine or of one of its versions."""
        machine, _, version = self._machines.find(request["stateMachineArn"])
        aliases = [
            alias
            for alias in machine.aliases.values()
            if version is None or any(arn == version.arn for arn, _ in alias.routes)
        ]
        chosen, following = page(aliases, dict(request))
        listed = [{"stateMachineAliasArn": each.arn, "creationDate": each.created} for each in chosen]
        return {"stateMachineAliases": listed, **({"nextToken": following} if following else {})}

    def delete(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """DeleteStateMachineAlias."""
        machine, alias = self._find(request["stateMachineAliasArn"])
        del machine.aliases[alias.name]
        return {}

    def version_for(self, arn: str) -> tuple[StateMachine, Version, Alias] | None:
        """The version that an execution by this alias runs, drawn by weight; None if it is no alias."""
        machine = self._machines.by_arn.get(arn.rpartition(":")[0])
        alias = machine.aliases.get(arn.rpartition(":")[2]) if machine else None
        if machine is None or alias is None:
            return None
        chosen = alias.routes[0][0]
        if len(alias.routes) > 1:
            drawn = self._context.ids.random.random() * 100
            chosen = alias.routes[0][0] if drawn < alias.routes[0][1] else alias.routes[1][0]
        _, _, version = self._machines.find(chosen)
        if version is None:
            raise machine_missing(chosen)
        return machine, version, alias

    def _find(self, arn: str) -> tuple[StateMachine, Alias]:
        _, names = parts(arn, "stateMachine")
        machine = self._machines.by_arn.get(arn.rpartition(":")[0])
        alias = machine.aliases.get(names[-1]) if machine and len(names) == 2 else None
        if machine is None or alias is None:
            raise resource_missing(arn)
        return machine, alias

    def _routes(
        self, configuration: Sequence[Mapping[str, Any]]
    ) -> tuple[StateMachine, tuple[tuple[str, int], ...]]:
        """The machine and the routes of a RoutingConfiguration, checked."""
        routes = tuple((route["stateMachineVersionArn"], route["weight"]) for route in configuration)
        weights = [weight for _, weight in routes]
        if sum(weights) != 100 or not all(0 <= weight <= 100 for weight in weights):
            raise invalid(f"Sum of routing configuration weights must equal 100. Received: {weights}")
        machines = []
        for arn, _ in routes:
            machine, _, version = self._machines.find(arn)
            if version is None:
                raise invalid(
                    f"Routing configuration must contain state machine version ARNs. Received: [{arn}]"
                )
            machines.append(machine)
        if any(machine is not machines[0] for machine in machines):
            raise invalid("Routing configuration must refer to versions of one state machine.")
        if len({arn for arn, _ in routes}) < len(routes):
            raise invalid("Routing configuration must contain distinct state machine version ARNs.")
        return machines[0], routes
