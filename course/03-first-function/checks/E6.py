"""Checks of E6, the service map."""

import re

from grader import Failure, Lab, check, mistake

HINTS = (
    "Take the first wrong service. Does it run code, keep data, or connect parts?",
    "Compute runs your code. Data keeps it for later reads. Integration moves events and requests between "
    "parts, also when they wait on the way.",
    "Two of the nine run code, three keep data, four connect parts.",
)
USE_HINTS = (
    "Read the use of that service aloud. Would a colleague know what Tradewind does with it?",
    "A use is three words or more, and each service has another one: what does it run, keep or move?",
    '`["compute", "runs the price check"]`: the group first, then what it does at Tradewind.',
)
SLIDE_HINTS = (
    "Two old entries are still to mend. What is the full name of the service, and what does a proxy hold?",
    "Some services are called Amazon, some AWS: look at the head of Fargate's page. A proxy stands in "
    "front of a "
    "database and keeps no rows.",
    "The name begins with `AWS`. The proxy holds a pool of database …",
)


_GROUPS = {
    "compute": ("Lambda", "Fargate"),
    "data": ("S3", "DynamoDB", "Aurora Serverless"),
    "integration": ("EventBridge", "Step Functions", "SQS", "API Gateway"),
}
_GROUP_OF = {service: group for group, services in _GROUPS.items() for service in services}


def _slides(lab: Lab) -> tuple[str, str]:
    """What the learner calls Fargate, and what RDS Proxy holds."""
    answer = lab.answer("E6")
    if not isinstance(answer, dict):
        raise Failure(expected="services, fargate and rds_proxy", seen=answer, where='labkit.answer("E6", …)')
    return str(answer.get("fargate", "")), str(answer.get("rds_proxy", ""))


def _map(lab: Lab) -> dict[str, list[str]]:
    """The learner's services with group and use."""
    answer = lab.answer("E6")
    services = answer.get("services") if isinstance(answer, dict) else None
    if not isinstance(services, dict):
        raise Failure(expected="services, fargate and rds_proxy", seen=answer, where='labkit.answer("E6", …)')
    rows = {}
    for service in _GROUP_OF:
        row = services.get(service)
        if not isinstance(row, list) or len(row) < 2 or not all(isinstance(part, str) for part in row):
            raise Failure(expected='["group", "use"]', seen=row, where=service)
        rows[service] = [row[0].strip().lower(), row[1].strip()]
    return rows


@check("E6", points=2, hints=HINTS)
def every_service_is_in_its_group(lab: Lab) -> None:
    """Each of the nine services is in its group: compute, data or integration."""
    rows = _map(lab)
    for service, (group, _) in rows.items():
        if group not in _GROUPS:
            raise Failure(expected=f"one of {', '.join(_GROUPS)}", seen=group or "nothing", where=service)
    wrong = [service for service, (group, _) in rows.items() if group != _GROUP_OF[service]]
    if wrong:
        others = f" (also: {', '.join(wrong[1:])})" if wrong[1:] else ""
        raise Failure(
            expected="another group",
            seen=rows[wrong[0]][0],
            where=f"{wrong[0]}: does it run code, keep data, or connect parts?{others}",
        )


@check("E6", points=1, hints=USE_HINTS)
def every_service_has_a_use(lab: Lab) -> None:
    """Each service has a use of its own at Tradewind, in three words or more."""
    rows = _map(lab)
    uses: list[str] = []
    for service, (_, use) in rows.items():
        if len(re.findall(r"\w+", use)) < 3:
            raise Failure(
                expected="three words or more", seen=use or "nothing", where=f"the use of {service}"
            )
        if use.lower() in uses:
            raise Failure(expected="a use of its own", seen=use, where=f"the use of {service}")
        uses.append(use.lower())


def _right_name(fargate: str) -> bool:
    return re.sub(r"\s+", " ", fargate).strip(" .").lower() == "aws fargate"


def _right_proxy(rds_proxy: str) -> bool:
    return any(word in rds_proxy.lower() for word in ("connection", "session"))


@check("E6", points=1, hints=SLIDE_HINTS)
def the_slides_are_mended(lab: Lab) -> None:
    """Fargate has its right name, and RDS Proxy is not a data store any more."""
    fargate, rds_proxy = _slides(lab)
    if not _right_name(fargate):
        raise Failure(expected="its name in the documentation", seen=fargate, where="fargate")
    if not _right_proxy(rds_proxy):
        raise Failure(
            expected="what a proxy in front of a database keeps open", seen=rds_proxy, where="rds_proxy"
        )


@mistake(
    "E6-keeps-amazon-fargate",
    exercise="E6",
    hints=(
        "Compare with the page about Fargate in the Amazon ECS guide. Which word stands before the name?",
        "Some services are called Amazon, some AWS. The container service is Amazon ECS; the serverless "
        "machine under it has the other word.",
        "Replace the first word of `Amazon Fargate`.",
    ),
)
def keeps_amazon_fargate(lab: Lab) -> bool | str:
    fargate, _ = _slides(lab)
    return "amazon" in fargate.lower() and "it still says Amazon Fargate"


@mistake(
    "E6-proxy-keeps-data",
    exercise="E6",
    hints=(
        "A thousand functions open a database at once. What runs out first, and what could a proxy keep for "
        "them?",
        "RDS Proxy stands in front of a database. It keeps something open that is slow to open, and shares "
        "it among many callers. The rows stay in the database.",
        "It is a pool of database …",
    ),
)
def proxy_keeps_data(lab: Lab) -> bool | str:
    fargate, rds_proxy = _slides(lab)
    stored = any(word in rds_proxy.lower() for word in ("data", "row", "record", "table", "cache", "quer"))
    return (
        _right_name(fargate)
        and stored
        and not _right_proxy(rds_proxy)
        and "rds_proxy still names something that is stored"
    )


@mistake(
    "E6-a-queue-keeps-data",
    exercise="E6",
    hints=(
        "Take a message out of the queue. Can you read it a second time, a week later?",
        "A queue holds a message until one reader has dealt with it. It passes work on from one part to "
        "another; it is not a place to look something up.",
        "SQS, EventBridge, Step Functions and API Gateway are in one group.",
    ),
)
def a_queue_keeps_data(lab: Lab) -> bool | str:
    rows = _map(lab)
    return rows["SQS"][0] == "data" and "SQS is filed as data"
