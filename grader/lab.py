"""What a check is given: the learner's cloud, seen from outside through public AWS APIs.

Rule 1: nothing of a learner's is ever executed or unpickled here. What comes back is JSON, decoded.
Rule 2: a learner's function that doesn't answer in time is the learner's to mend (`Failure`); everything else
that goes wrong with the cloud is ours and stays an error.
Rule 3: what a check itself calls leaves no trace in what `journal()` gives.
"""

from __future__ import annotations

import base64
import json
import random
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from grader.checks import Failure
from grader.comparison import first_difference
from grader.results import NOT_GIVEN

if TYPE_CHECKING:
    from offline_cloud import Cloud

EXERCISE_SECONDS = 10.0
_NO_FUNCTION = "ResourceNotFoundException"
_MACHINES = "arn:aws:states:us-east-1:123456789012:stateMachine"


@dataclass(frozen=True)
class Invocation:
    """What Invoke answered. `payload` is decoded JSON (or the text itself where it is none); `raw` its bytes.

    `function_error` is `Handled`, `Unhandled` or None; `error_type` the payload's `errorType`; `log` the last
    4 KB that the function printed.
    """

    status: int
    payload: Any
    raw: bytes
    function_error: str | None
    error_type: str | None
    log: str
    executed_version: str
    request_id: str


@dataclass(frozen=True)
class Execution:
    """How a state machine ran. `output` is decoded JSON; times are seconds of cloud time since 1970.

    `status` is RUNNING where it waits for somebody outside; `events` are those of GetExecutionHistory.
    """

    arn: str
    status: str
    output: Any
    error: str | None
    cause: str | None
    started: float
    stopped: float | None
    events: tuple[Mapping[str, Any], ...]

    @property
    def visited(self) -> list[str]:
        """The states that were entered, in order."""
        return [
            event["stateEnteredEventDetails"]["name"]
            for event in self.events
            if "stateEnteredEventDetails" in event
        ]

    def moments(self, event_type: str) -> list[float]:
        """When the events of a type happened, in seconds since the execution began."""
        return [
            event["timestamp"].timestamp() - self.started
            for event in self.events
            if event["type"] == event_type
        ]


class Deadline(Exception):
    """The time of an exercise is used up, and not by the learner's functions."""


class Connection:
    """One cloud as checks reach it: clients are made once, with short waits and without retries."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        # Nobody else knows this word, so nobody can hide a call of theirs from the checks.
        self.signature = f"labkit-grader-{secrets.token_hex(8)}"
        self.seconds_in_functions = 0.0
        self._session: Any = None
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """A boto3 client of the cloud."""
        if service not in self._clients:
            from botocore.config import Config

            config = Config(
                connect_timeout=5,
                read_timeout=EXERCISE_SECONDS,
                retries={"total_max_attempts": 1},
                user_agent_extra=self.signature,
                # DynamoDB and Lambda checks may call from several threads at once.
                max_pool_connections=50,
            )
            if self._session is None:
                self._session = self.cloud.session()
            self._clients[service] = self._session.client(
                service, endpoint_url=self.cloud.endpoint, config=config
            )
        return self._clients[service]


class Lab:
    """The learner's cloud, and the seeded inputs, for one check."""

    def __init__(
        self,
        connection: Connection,
        slug: str,
        rng: random.Random,
        *,
        deadline: float | None = None,
    ) -> None:
        self.random = rng
        self._connection = connection
        self._cloud = connection.cloud
        self._slug = slug
        self._deadline = time.monotonic() + EXERCISE_SECONDS if deadline is None else deadline

    def client(self, service: str) -> Any:
        """A boto3 client of the learner's cloud, such as `lab.client("dynamodb")`."""
        if time.monotonic() > self._deadline:
            raise Deadline
        return self._connection.client(service)

    def invoke(self, function: str, payload: Any = None, **parameters: Any) -> Invocation:
        """Invoke a function with `payload` as JSON (bytes go as they are); `parameters` are boto3's own.

        A function that is not there, or doesn't answer in time, is a `Failure`.
        """
        from botocore.exceptions import ClientError, ReadTimeoutError

        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        asked = {"FunctionName": function, "Payload": body, **parameters}
        if asked.get("InvocationType", "RequestResponse") == "RequestResponse":
            asked.setdefault("LogType", "Tail")
        began = time.monotonic()
        if began > self._deadline:
            self._too_slow(function)
        try:
            return _invocation(self._connection.client("lambda").invoke(**asked))
        except ClientError as error:
            if error.response["Error"]["Code"] != _NO_FUNCTION:
                raise
            where = f"the function {function}"
            raise Failure(f"a function with the name {function}", "there is none", where) from None
        except ReadTimeoutError:
            self._too_slow(function)
        finally:
            self._connection.seconds_in_functions += time.monotonic() - began

    def execute(self, machine: str, given: Any = None, *, name: str | None = None) -> Execution:
        """Start a state machine with `given` as its input, and move time on until it rests.

        `machine` is its name or ARN. No such machine, or one that doesn't come to rest in time, is a
        `Failure`.
        """
        arn = machine if machine.startswith("arn:") else f"{_MACHINES}:{machine}"
        named = {} if name is None else {"name": name}
        states = self.client("stepfunctions")
        began = time.monotonic()
        try:
            started = states.start_execution(stateMachineArn=arn, input=json.dumps(given), **named)
        except states.exceptions.StateMachineDoesNotExist:
            wanted = f"a state machine with the name {machine}"
            raise Failure(wanted, "there is none", f"the state machine {machine}") from None
        try:
            self.clock.settle()
            return self.execution(started["executionArn"])
        finally:
            self._connection.seconds_in_functions += time.monotonic() - began

    def execution(self, arn: str) -> Execution:
        """An execution as it stands now."""
        states = self.client("stepfunctions")
        told = states.describe_execution(executionArn=arn)
        pages = states.get_paginator("get_execution_history").paginate(executionArn=arn, maxResults=1000)
        stopped = told.get("stopDate")
        return Execution(
            arn=arn,
            status=told["status"],
            output=json.loads(told["output"]) if "output" in told else None,
            error=told.get("error"),
            cause=told.get("cause"),
            started=told["startDate"].timestamp(),
            stopped=stopped.timestamp() if stopped is not None else None,
            events=tuple(event for page in pages for event in page["events"]),
        )

    def answer(self, exercise: str) -> Any:
        """What the learner stored with `labkit.answer`. Nothing stored is a `Failure`."""
        return self._stored(exercise, "answer", "an answer")

    def prediction(self, exercise: str) -> Any:
        """What the learner stored with `labkit.predict`. Nothing stored is a `Failure`."""
        return self._stored(exercise, "prediction", "a prediction")

    def submitted(self, exercise: str) -> str:
        """The name of the Lambda function that `labkit.submit(function, exercise)` deploys."""
        return f"labkit-{self._slug}-{exercise}"

    @property
    def clock(self) -> Any:
        """The cloud's clock: `now()`, `advance(minutes=…)`, `settle()`."""
        return self._cloud.clock

    def journal(self) -> list[dict[str, Any]]:
        """Every API call since the lab began, in order, without those of the checks."""
        ours = self._connection.signature
        return [entry for entry in self._cloud.journal() if ours not in str(entry.get("user_agent", ""))]

    def environments(self) -> list[dict[str, Any]]:
        """The execution environments of all functions, with what they did when."""
        return list(self._cloud.environments())

    def bill(self, *, free_tier: bool = False) -> dict[str, Any]:
        """The bill so far; with `free_tier`, less what AWS gives everybody each month."""
        return dict(self._cloud.bill(free_tier=free_tier))

    def expect(self, seen: Any, expected: Any, where: str = "") -> None:
        """Compare two JSON values exactly (types count); a difference is a `Failure` that says where."""
        try:
            path = first_difference(seen, expected)
        except RecursionError:
            path = "$"
        if path is not None:
            raise Failure(expected, seen, where, path="" if path == "$" else path)

    def fail(self, seen: Any = NOT_GIVEN, expected: Any = NOT_GIVEN, where: str = "") -> NoReturn:
        """The learner's work doesn't have the property."""
        raise Failure(expected, seen, where)

    def _stored(self, exercise: str, kind: str, what: str) -> Any:
        from botocore.exceptions import ClientError

        call = "answer" if kind == "answer" else "predict"
        where = f'labkit.{call}("{exercise}", …)'
        name = f"/labkit/{self._slug}/{exercise}/{kind}"
        try:
            text = self.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ParameterNotFound":
                raise
            raise Failure(what, "none yet", where) from None
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            raise Failure(f"{what} that is JSON", text, where) from None

    def _too_slow(self, function: str) -> NoReturn:
        where = f"the function {function}"
        raise Failure(f"answers within {EXERCISE_SECONDS:.0f} s in all", "no answer in this time", where)


def _invocation(response: Mapping[str, Any]) -> Invocation:
    raw: bytes = response["Payload"].read()
    payload: Any = None
    try:
        payload = json.loads(raw) if raw else None
    except (ValueError, RecursionError):
        payload = raw.decode(errors="replace")
    error_type = (
        payload.get("errorType") if response.get("FunctionError") and isinstance(payload, dict) else None
    )
    return Invocation(
        status=response["StatusCode"],
        payload=payload,
        raw=raw,
        function_error=response.get("FunctionError"),
        error_type=error_type if isinstance(error_type, str) else None,
        log=base64.b64decode(response.get("LogResult", "")).decode(errors="replace"),
        executed_version=response.get("ExecutedVersion", ""),
        request_id=response["ResponseMetadata"]["RequestId"],
    )
