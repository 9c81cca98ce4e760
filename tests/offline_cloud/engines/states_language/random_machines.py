"""Writes machines that the language allows: every state type, both query languages, machines within machines.

Each field is chosen from values that the developer guide allows there. Equal seeds give equal machines.
"""

import random
from collections.abc import Callable
from typing import Any

JSON = dict[str, Any]

PATHS = ("$", "$.a", "$.a[0].b", "$$.Execution.Id", "$x.y", "$.a[*]", "$..b", "$['q w']", "$.a[?(@.b > 1)]")
CALLS = ("States.Format('{}', $.a)", "States.UUID()", "States.Array(1, $.b)")
EXPRESSIONS = (
    "{% $states.input.a %}",
    "{% 1 %}",
    "{% $x[y = 1].z %}",
    "{% {'a': $states.context.State.Name} %}",
)
RESOURCES: tuple[tuple[str, JSON], ...] = (
    ("arn:aws:lambda:us-east-1:123456789012:function:f:live", {"anything": 1}),
    ("arn:aws:states:us-east-1:123456789012:activity:a", {"anything": 1}),
    ("arn:aws:states:::lambda:invoke.waitForTaskToken", {"FunctionName": "f", "Payload": {"a": 1}}),
    ("arn:aws:states:::dynamodb:updateItem", {"TableName": "t", "Key": {}, "UpdateExpression": "SET a = :a"}),
    ("arn:aws:states:::sns:publish", {"TopicArn": "t", "Message": {"a": 1}}),
    ("arn:aws:states:::states:startExecution.sync:2", {"StateMachineArn": "m", "Input": {}}),
    ("arn:aws:states:::aws-sdk:s3:listBuckets", {}),
    ("arn:aws:states:::glue:startJobRun.sync", {"JobName": "j", "Arguments": {"--a": "b"}}),
)
COMPARISONS: tuple[JSON, ...] = (
    {"StringMatches": "x*"},
    {"StringLessThanPath": "$.b"},
    {"NumericEquals": -1.5},
    {"NumericGreaterThanEqualsPath": "$$.Execution.Input.b"},
    {"BooleanEquals": False},
    {"TimestampLessThanEquals": "2026-01-01T00:00:00+01:00"},
    {"TimestampEqualsPath": "$.t"},
    {"IsPresent": True},
    {"IsTimestamp": False},
)


class Writer:
    """Writes one machine after the other from one source of chance."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.pick = self.random.choice
        self.count = 0

    def machine(self) -> JSON:
        """A whole machine."""
        jsonata = self.random.random() < 0.4
        machine = self._machine(jsonata, 0)
        if jsonata:
            machine["QueryLanguage"] = "JSONata"
        self._maybe(machine, "TimeoutSeconds", lambda: 3600)
        self._maybe(machine, "Version", lambda: "1.0")
        return machine

    def _machine(self, jsonata: bool, depth: int) -> JSON:
        names = [self._name() for _ in range(self.random.randint(1, 4))]
        states = {
            name: self._state(jsonata, depth, following)
            for name, following in zip(names, [*names[1:], None], strict=True)
        }
        return {"StartAt": names[0], "States": states}

    def _name(self) -> str:
        self.count += 1
        return f"State {self.count}"

    def _maybe(self, node: JSON, name: str, value: Callable[[], Any]) -> None:
        if self.random.random() < 0.4:
            node[name] = value()

    def _state(self, machine_jsonata: bool, depth: int, following: str | None) -> JSON:
        kinds = ["Pass", "Task", "Wait", *(["Parallel", "Map"] if depth < 2 else [])]
        kind = self.pick([*kinds, "Choice"] if following else [*kinds, "Succeed", "Fail"])
        state: JSON = {"Type": kind}
        jsonata = machine_jsonata
        if not jsonata and self.random.random() < 0.2:
            state["QueryLanguage"], jsonata = "JSONata", True
        self._maybe(state, "Comment", lambda: "why")
        self._data(state, kind, jsonata, depth)
        getattr(self, f"_{kind.lower()}")(state, jsonata, machine_jsonata, depth)
        if kind == "Choice":
            state["Choices"] = [{**self._rule(jsonata, depth), "Next": following} for _ in range(2)]
            self._maybe(state, "Default", lambda: following)
        elif kind not in ("Succeed", "Fail"):
            state.update({"Next": following} if following else {"End": True})
        if kind in ("Task", "Parallel", "Map"):
            self._maybe(state, "Retry", self._retry)
            if following:
                catcher = {"ErrorEquals": ["States.ALL"], "Next": following}
                self._maybe(catcher, *(("Output", self._json) if jsonata else ("ResultPath", lambda: "$.e")))
                self._maybe(state, "Catch", lambda: [catcher])
        return state

    def _data(self, state: JSON, kind: str, jsonata: bool, depth: int) -> None:
        if kind == "Fail":
            return
        if kind != "Succeed":
            # A scope's variables have no names of the scopes around it.
            name = f"v{depth}"
            values = {name: self._json()} if jsonata else {f"{name}.$": self.pick(PATHS), f"w{depth}": [1]}
            self._maybe(state, "Assign", lambda: values)
        if jsonata:
            self._maybe(state, "Output", self._json)
            return
        self._maybe(state, "InputPath", lambda: self.pick([*PATHS, None]))
        self._maybe(state, "OutputPath", lambda: self.pick([*PATHS, None]))
        if kind in ("Pass", "Task", "Parallel", "Map"):
            self._maybe(state, "ResultPath", lambda: self.pick(["$", "$.a", "$.a.b[0]", "$['q w']", None]))
        if kind in ("Task", "Parallel", "Map"):
            self._maybe(state, "ResultSelector", self._template)

    def _template(self) -> Any:
        return self.pick(
            [
                {},
                {"a": 1, "b.$": self.pick([*PATHS, *CALLS])},
                {"a": {"b.$": "$.c"}, "l": [{"x.$": self.pick(CALLS)}, 1, "s", None]},
            ]
        )

    def _json(self) -> Any:
        return self.pick(
            [self.pick(EXPRESSIONS), {"a": self.pick(EXPRESSIONS), "b": [self.pick(EXPRESSIONS)]}, 5, None]
        )

    def _pass(self, state: JSON, jsonata: bool, *_: Any) -> None:
        if not jsonata:
            self._maybe(state, "Parameters", self._template)
            self._maybe(state, "Result", lambda: self.pick([1, None, {"a": [True]}, "x"]))

    def _task(self, state: JSON, jsonata: bool, *_: Any) -> None:
        state["Resource"], parameters = self.pick(RESOURCES)
        state["Arguments" if jsonata else "Parameters"] = parameters
        limit = self.pick([60, "{% 60 %}" if jsonata else 90])
        state.update(
            self.pick([{}, {"TimeoutSeconds": limit}, {} if jsonata else {"TimeoutSecondsPath": "$.t"}])
        )
        self._maybe(state, "HeartbeatSeconds", lambda: 5)
        self._maybe(state, "Credentials", lambda: {"RoleArn": "arn:aws:iam::123456789012:role/x"})

    def _wait(self, state: JSON, jsonata: bool, *_: Any) -> None:
        forms: list[JSON] = [{"Seconds": 0}, {"Timestamp": "2026-01-01T00:00:00.5Z"}]
        forms += [{"Seconds": "{% 3 %}"}] if jsonata else [{"SecondsPath": "$.a"}, {"TimestampPath": "$$.t"}]
        state.update(self.pick(forms))

    def _choice(self, *_: Any) -> None:
        """Nothing: a Choice's rules need to know where they lead."""

    def _succeed(self, *_: Any) -> None:
        """Nothing: it has no field of its own."""

    def _fail(self, state: JSON, jsonata: bool, *_: Any) -> None:
        paths = {"ErrorPath": "$.e", "CausePath": "States.Format('{}', $.a)"}
        state.update(
            self.pick([{}, {"Error": "E", "Cause": "why"}, {"Cause": "{% $c %}"} if jsonata else paths])
        )

    def _parallel(self, state: JSON, jsonata: bool, machine_jsonata: bool, depth: int) -> None:
        state["Branches"] = [
            self._machine(machine_jsonata, depth + 1) for _ in range(self.random.randint(1, 2))
        ]
        self._maybe(
            state, "Arguments" if jsonata else "Parameters", self._json if jsonata else self._template
        )

    def _map(self, state: JSON, jsonata: bool, machine_jsonata: bool, depth: int) -> None:
        inner = state[self.pick(["ItemProcessor", "Iterator"])] = self._machine(machine_jsonata, depth + 1)
        if jsonata:
            self._maybe(state, "Items", lambda: self.pick([[1, 2], "{% [1] %}"]))
            self._maybe(state, "ItemSelector", self._json)
            self._maybe(state, "MaxConcurrency", lambda: "{% 2 %}")
        else:
            self._maybe(state, "ItemsPath", lambda: "$.i")
            state.update(
                self.pick([{}, {"ItemSelector": self._template()}, {"Parameters": self._template()}])
            )
            state.update(self.pick([{}, {"MaxConcurrency": 2}, {"MaxConcurrencyPath": "$.m"}]))
        if self.random.random() < 0.5:
            self._maybe(inner, "ProcessorConfig", lambda: {"Mode": "INLINE"})
        else:
            inner["ProcessorConfig"] = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
            self._distributed(state, {"Arguments" if jsonata else "Parameters": {"Bucket": "b", "Key": "k"}})

    def _distributed(self, state: JSON, place: JSON) -> None:
        config = self.pick(
            [{"InputType": "JSON"}, {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW", "MaxItems": 5}]
        )
        s3 = "arn:aws:states:::s3:"
        self._maybe(
            state, "ItemReader", lambda: {"Resource": f"{s3}getObject", "ReaderConfig": config, **place}
        )
        batches = [{"MaxItemsPerBatch": 2}, {"MaxInputBytesPerBatch": 100, "BatchInput": {"a": 1}}]
        self._maybe(state, "ItemBatcher", lambda: self.pick(batches))
        writers = [
            {"Resource": f"{s3}putObject", **place},
            {"WriterConfig": {"OutputType": "JSON", "Transformation": "NONE"}},
        ]
        self._maybe(state, "ResultWriter", lambda: self.pick(writers))
        self._maybe(state, "ToleratedFailurePercentage", lambda: 2.5)
        self._maybe(state, "Label", lambda: self._name().replace(" ", "-"))

    def _rule(self, jsonata: bool, depth: int) -> JSON:
        if jsonata:
            return {"Condition": self.pick([True, "{% $x > 1 %}"]), "Assign": {f"v{depth}": self._json()}}
        return {**self._comparison(0), "Assign": {f"v{depth}.$": "$.a"}}

    def _comparison(self, depth: int) -> JSON:
        shape = self.random.random() if depth < 2 else 0.0
        if shape < 0.6:
            return {
                "Variable": self.pick(["$.a", "$$.Execution.Id", "$x", "$.a[0]"]),
                **self.pick(COMPARISONS),
            }
        if shape < 0.8:
            return {self.pick(["And", "Or"]): [self._comparison(depth + 1) for _ in range(2)]}
        return {"Not": self._comparison(depth + 1)}

    def _retry(self) -> list[JSON]:
        first = {
            "ErrorEquals": ["A", "States.Timeout"],
            "IntervalSeconds": 1,
            "MaxAttempts": 0,
            "BackoffRate": 2.5,
        }
        last = {"ErrorEquals": ["States.ALL"], "MaxDelaySeconds": 60, "JitterStrategy": "FULL"}
        return [first, last][: self.random.randint(0, 2)]
