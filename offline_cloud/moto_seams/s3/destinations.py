"""What S3 asks before it takes a notification configuration.

Rule: a destination must exist, and a function must let S3 invoke it. AWS also asks the policies of queues and
topics; here they are kept and not asked.

Source: S3 user guide, "Amazon S3 event notifications", "Granting permissions to publish event notification
messages to a destination", "Configuring event notifications using object key name filtering".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from itertools import combinations
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.s3.exceptions import S3ClientError

SKIPPED = "SkipDestinationValidation"
"""Set in a configuration whose destinations are not to be looked at."""
_KINDS = ("Topic", "Queue", "CloudFunction")


def check_configuration(configuration: Mapping[str, Any], bucket_arn: str, account: str) -> None:
    """Refuse destinations that S3 could not reach, and rules that overlap. Raises `S3ClientError`."""
    rules = list(_rules(configuration))
    for kind, rule in rules:
        if not configuration.get(SKIPPED) and not _can_reach(kind, rule[kind], bucket_arn, account):
            raise S3ClientError(
                "InvalidArgument", "Unable to validate the following destination configurations"
            )
    for (_, one), (_, other) in combinations(rules, 2):
        if _overlap(one, other):
            raise S3ClientError(
                "InvalidArgument",
                "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the "
                "prefixes are overlapping for the same event type.",
            )


def _rules(configuration: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for kind in _KINDS:
        for rule in configuration.get(f"{kind}Configuration") or []:
            yield kind, rule


def _can_reach(kind: str, arn: str, bucket_arn: str, account: str) -> bool:
    from moto.awslambda.models import lambda_backends
    from moto.sns.models import sns_backends
    from moto.sqs.models import sqs_backends

    parts = arn.split(":")
    if len(parts) < 6:
        return False
    region, owner = parts[3], parts[4]
    if kind == "Queue":
        return parts[5] in sqs_backends[owner][region].queues and not arn.endswith(".fifo")
    if kind == "Topic":
        return arn in sns_backends[owner][region].topics
    backend: Any = lambda_backends[owner][region]
    if not hasattr(backend, "resolve"):  # nobody has asked Lambda for anything yet
        return False
    try:
        function, invoked = backend.resolve(arn, None)
    except JsonRESTError:
        return False
    latest = backend.get_function(function.function_name)
    return any(_lets_s3_in(statement, bucket_arn, account) for statement in latest.policy.of(invoked))


def _lets_s3_in(statement: Mapping[str, Any], bucket_arn: str, account: str) -> bool:
    principal = statement["Principal"]
    if principal != "*" and principal.get("Service") != "s3.amazonaws.com":
        return False
    if statement["Action"] not in ("lambda:InvokeFunction", "lambda:*", "*"):
        return False
    known = {"AWS:SourceArn": bucket_arn, "AWS:SourceAccount": account}
    return all(
        fnmatchcase(known.get(key, ""), str(wanted))
        for tested in (statement.get("Condition") or {}).values()
        for key, wanted in tested.items()
    )


def _overlap(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    if not any(_same_event(mine, its) for mine in one["Event"] for its in other["Event"]):
        return False
    (prefix, suffix), (other_prefix, other_suffix) = _filter(one), _filter(other)
    prefixes = prefix.startswith(other_prefix) or other_prefix.startswith(prefix)
    suffixes = suffix.endswith(other_suffix) or other_suffix.endswith(suffix)
    return prefixes and suffixes


def _same_event(one: str, other: str) -> bool:
    return fnmatchcase(one, other) or fnmatchcase(other, one)


def _filter(rule: Mapping[str, Any]) -> tuple[str, str]:
    found = {
        str(each["Name"]).lower(): str(each["Value"] or "")
        for each in ((rule.get("Filter") or {}).get("S3Key") or {}).get("FilterRule") or []
    }
    return found.get("prefix", ""), found.get("suffix", "")
