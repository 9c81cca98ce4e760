"""Lambda and its logs through boto3, against a running cloud."""

from __future__ import annotations

import base64
import io
import json
import random
import threading
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from offline_cloud import Cloud

ECHO = (
    "def lambda_handler(event, context):\n"
    "    return {'event': event, 'arn': context.invoked_function_arn, 'version': context.function_version}"
)
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
ARN = "arn:aws:lambda:us-east-1:123456789012:function:"


def zipped(source: str, name: str = "lambda_function.py") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, source)
    return buffer.getvalue()


class Api:
    """A cloud's clients, and the shortest way to a function."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.functions = self.client("lambda")
        self.logs = self.client("logs")
        self.role = self.client("iam").create_role(
            RoleName="lambda-role", AssumeRolePolicyDocument=json.dumps(TRUST)
        )["Role"]["Arn"]
        self._made = 0

    def client(self, service: str) -> Any:
        # Without botocore's own checks, so that it is the cloud that refuses.
        config = Config(parameter_validation=False, retries={"total_max_attempts": 1}, read_timeout=120)
        return boto3.client(
            service,
            endpoint_url=self.cloud.endpoint,
            region_name="us-east-1",
            aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
            aws_secret_access_key="secret",
            config=config,
        )

    def create(self, source: str = ECHO, **settings: Any) -> str:
        self._made += 1
        settings = {
            "FunctionName": f"f{self._made}",
            "Runtime": "python3.13",
            "Handler": "lambda_function.lambda_handler",
            "Role": self.role,
            "Code": {"ZipFile": zipped(source)},
            **settings,
        }
        name: str = self.functions.create_function(**settings)["FunctionName"]
        return name

    def invoke(self, name: str, payload: bytes = b"{}", **settings: Any) -> Any:
        answer = self.functions.invoke(FunctionName=name, Payload=payload, **settings)
        return json.loads(answer["Payload"].read())


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    with Cloud.start(clock="skip", seed=7) as cloud:
        yield Api(cloud)


def refused(call: Any, **parameters: Any) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response
    return error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Message"]


def test_a_function_from_zip_bytes(api: Api) -> None:
    name = api.create(Description="a first one", MemorySize=256, Timeout=10)
    made = api.functions.get_function(FunctionName=name)["Configuration"]
    assert (made["State"], made["LastUpdateStatus"]) == ("Active", "Successful")
    assert (made["MemorySize"], made["Timeout"], made["Description"]) == (256, 10, "a first one")
    assert (made["FunctionArn"], made["Version"]) == (ARN + name, "$LATEST")
    assert made["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"}
    api.functions.get_waiter("function_active_v2").wait(FunctionName=name)
    assert name in [f["FunctionName"] for f in api.functions.list_functions()["Functions"]]


def test_a_function_from_s3(api: Api) -> None:
    s3 = api.client("s3")
    s3.create_bucket(Bucket="packages")
    s3.put_object(Bucket="packages", Key="f.zip", Body=zipped("def lambda_handler(e, c): return 'from s3'"))
    name = api.create(Code={"S3Bucket": "packages", "S3Key": "f.zip"})
    assert api.invoke(name) == "from s3"
    for code, what in (
        ({"S3Bucket": "no-such-bucket", "S3Key": "k"}, "NoSuchBucket"),
        ({"S3Bucket": "packages", "S3Key": "k"}, "NoSuchKey"),
    ):
        error, status, message = refused(api.create, Code=code)
        assert (error, status) == ("InvalidParameterValueException", 400)
        assert message.startswith(
            f"Error occurred while GetObject. S3 Error Code: {what}. S3 Error Message: "
        )


def test_invoke_answers_as_aws(api: Api) -> None:
    name = api.create()
    answer = api.functions.invoke(FunctionName=name, Payload=b'{"n": 1}', LogType="Tail")
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert "FunctionError" not in answer
    request_id = answer["ResponseMetadata"]["RequestId"]
    log = base64.b64decode(answer["LogResult"]).decode()
    assert log.startswith(
        f"START RequestId: {request_id} Version: $LATEST\nEND RequestId: {request_id}\nREPORT "
    )
    assert "LogResult" not in api.functions.invoke(FunctionName=name)


def test_without_a_payload_the_event_is_empty(api: Api) -> None:
    assert api.invoke(api.create(), b"")["event"] == {}


def test_an_error_of_the_function_is_unhandled(api: Api) -> None:
    name = api.create("def lambda_handler(e, c):\n    raise RuntimeError('no')")
    answer = api.functions.invoke(FunctionName=name)
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert json.loads(answer["Payload"].read())["errorType"] == "RuntimeError"


@pytest.fixture(scope="module")
def published(api: Api) -> str:
    name = api.create()
    assert api.functions.publish_version(FunctionName=name)["Version"] == "1"
    api.functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    api.functions.update_function_code(FunctionName=name, ZipFile=zipped(ECHO + "  # changed"))
    return name


@pytest.mark.parametrize(
    ("suffix", "qualifier", "version"),
    [
        ("", None, "$LATEST"),
        ("", "$LATEST", "$LATEST"),
        ("", "1", "1"),
        ("", "live", "1"),
        (":live", None, "1"),
        (":1", "1", "1"),
        (":$LATEST", None, "$LATEST"),
    ],
)
def test_every_way_to_name_a_function(
    api: Api, published: str, suffix: str, qualifier: str | None, version: str
) -> None:
    for prefix in ("", "123456789012:function:", ARN):
        settings = {"Qualifier": qualifier} if qualifier else {}
        answer = api.functions.invoke(FunctionName=prefix + published + suffix, Payload=b"{}", **settings)
        seen = json.loads(answer["Payload"].read())
        assert (answer["ExecutedVersion"], seen["version"]) == (version, version)
        asked = qualifier or suffix.removeprefix(":")
        assert seen["arn"] == ARN + published + (f":{asked}" if asked else "")


def test_what_is_not_there(api: Api, published: str) -> None:
    invoke = api.functions.invoke
    not_found = ("ResourceNotFoundException", 404)
    assert refused(invoke, FunctionName="nope") == (*not_found, f"Function not found: {ARN}nope")
    assert refused(invoke, FunctionName=published, Qualifier="9") == (
        *not_found,
        f"Function not found: {ARN}{published}:9",
    )
    assert refused(invoke, FunctionName=f"{published}:gone")[:2] == not_found
    assert refused(invoke, FunctionName=f"arn:aws:lambda:eu-west-1:123456789012:function:{published}")[2] == (
        "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')"
    )
    assert refused(invoke, FunctionName=f"{published}:live", Qualifier="1")[2] == (
        "The derived qualifier from the function name does not match the specified qualifier."
    )
    assert refused(api.functions.get_function, FunctionName="nope")[:2] == not_found
    assert refused(api.functions.delete_function, FunctionName="nope")[:2] == not_found


def test_payloads_that_are_refused(api: Api) -> None:
    name = api.create()
    code, status, message = refused(api.functions.invoke, FunctionName=name, Payload=b"hello")
    assert (code, status) == ("InvalidRequestContentException", 400)
    assert message.startswith("Could not parse request body into json: Could not parse payload into json: ")
    large = b'"' + b"x" * (6 * 1024 * 1024) + b'"'
    code, status, message = refused(api.functions.invoke, FunctionName=name, Payload=large)
    assert (code, status) == ("RequestEntityTooLargeException", 413)
    assert "6291458 byte payload is too large" in message


def test_functions_that_are_refused(api: Api) -> None:
    assert refused(api.create, FunctionName=api.create())[:2] == ("ResourceConflictException", 409)
    assert refused(api.create, Runtime="python2.5")[0] == "InvalidParameterValueException"
    assert refused(api.create, Timeout=901)[0] == "ValidationException"
    assert refused(api.create, Code={"ZipFile": b"no zip"})[2] == (
        "Could not unzip uploaded file. Please check your file, then try to upload again."
    )
    nobody = "arn:aws:iam::123456789012:role/nobody"
    assert (
        refused(api.create, Role=nobody)[2]
        == "The role defined for the function cannot be assumed by Lambda."
    )


def test_a_role_that_does_not_trust_lambda(api: Api) -> None:
    trust = json.dumps(TRUST).replace("lambda.amazonaws.com", "ec2.amazonaws.com")
    role = api.client("iam").create_role(RoleName="for-ec2", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    assert (
        refused(api.create, Role=role)[2] == "The role defined for the function cannot be assumed by Lambda."
    )


def test_an_update_is_seen_at_once(api: Api) -> None:
    name = api.create("def lambda_handler(e, c): return 'old'")
    assert api.invoke(name) == "old"
    api.functions.update_function_code(
        FunctionName=name, ZipFile=zipped("def lambda_handler(e, c): return 'new'")
    )
    assert api.invoke(name) == "new"
    api.functions.update_function_code(
        FunctionName=name,
        ZipFile=zipped("import os\ndef lambda_handler(e, c): return os.environ.get('NAME')"),
    )
    api.functions.update_function_configuration(FunctionName=name, Environment={"Variables": {"NAME": "x"}})
    assert api.invoke(name) == "x"
    api.functions.update_function_configuration(FunctionName=name, Environment={})
    assert api.invoke(name) is None


def test_a_refused_update_changes_nothing(api: Api) -> None:
    name = api.create()
    before = api.functions.get_function_configuration(FunctionName=name)
    update = api.functions.update_function_configuration
    assert refused(api.functions.update_function_code, FunctionName=name, ZipFile=b"no zip")[1] == 400
    assert refused(update, FunctionName=name, Timeout=1000, MemorySize=512)[0] == "ValidationException"
    assert refused(update, FunctionName=name, Environment={"Variables": {"AWS_REGION": "x"}})[1] == 400
    assert refused(update, FunctionName=name, RevisionId="another")[:2] == (
        "PreconditionFailedException",
        412,
    )
    after = api.functions.get_function_configuration(FunctionName=name)
    assert {**before, "ResponseMetadata": 0} == {**after, "ResponseMetadata": 0}
    assert api.invoke(name)["event"] == {}


def test_a_deleted_function_is_gone(api: Api) -> None:
    name = api.create()
    api.invoke(name)
    api.functions.delete_function(FunctionName=name)
    assert refused(api.functions.invoke, FunctionName=name)[0] == "ResourceNotFoundException"
    states = [life["state"] for life in api.cloud.environments() if life["function"] == name]
    assert states == ["shutdown"]
    assert api.create(FunctionName=name) == name


def test_dry_run_runs_nothing(api: Api) -> None:
    name = api.create()
    answer = api.functions.invoke(FunctionName=name, InvocationType="DryRun")
    assert (answer["StatusCode"], answer["Payload"].read()) == (204, b"")
    assert not [life for life in api.cloud.environments() if life["function"] == name]


def test_an_event_is_taken_in_and_run_later(api: Api) -> None:
    name = api.create(
        "import time\ndef lambda_handler(event, c):\n    time.sleep(30)\n    print('done', event)", Timeout=60
    )
    started = time.perf_counter()
    answer = api.functions.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"n": 1}')
    assert (answer["StatusCode"], answer["Payload"].read()) == (202, b"")
    assert "ExecutedVersion" not in answer
    api.cloud.clock.settle()
    assert time.perf_counter() - started < 25
    assert "done {'n': 1}\n" in [event["message"] for event in written(api, name)]


def written(api: Api, name: str) -> list[dict[str, Any]]:
    group = f"/aws/lambda/{name}"
    events: list[dict[str, Any]] = []
    for stream in api.logs.describe_log_streams(logGroupName=group)["logStreams"]:
        page = api.logs.get_log_events(
            logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True
        )
        events += page["events"]
    return events


def test_the_log(api: Api) -> None:
    name = api.create("def lambda_handler(e, c):\n    print('one line')\n    return c.log_stream_name")
    group = f"/aws/lambda/{name}"
    assert api.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"] == []
    stream = api.invoke(name)
    api.invoke(name)
    (only,) = api.logs.describe_log_streams(logGroupName=group)["logStreams"]
    assert only["logStreamName"] == stream
    messages = [event["message"] for event in written(api, name)]
    assert [message.split()[0] for message in messages] == [
        "INIT_START", "START", "one", "END", "REPORT", "START", "one", "END", "REPORT",
    ]  # fmt: skip
    found = api.logs.filter_log_events(logGroupName=group, filterPattern="REPORT")["events"]
    assert len(found) == 2


def test_a_deleted_log_group_comes_back(api: Api) -> None:
    name = api.create()
    api.invoke(name)
    api.logs.delete_log_group(logGroupName=f"/aws/lambda/{name}")
    api.invoke(name)
    assert [event["message"].split()[0] for event in written(api, name)] == ["START", "END", "REPORT"]


def test_a_handler_reaches_this_cloud_and_is_named_in_the_journal(api: Api) -> None:
    name = api.create(
        "import boto3\ndef lambda_handler(e, c):\n"
        "    return boto3.client('sts').get_caller_identity()['Account']",
        MemorySize=512,
        Timeout=30,
    )
    assert api.invoke(name) == "123456789012"
    calls = [call for call in api.cloud.journal() if call["source"] == f"function:{name}"]
    assert [(call["service"], call["operation"]) for call in calls] == [("sts", "GetCallerIdentity")]


def test_functions_that_wait_for_each_other_take_no_real_time(api: Api) -> None:
    sleeper = api.create(
        "import time\ndef lambda_handler(e, c):\n    time.sleep(20)\n    return 'slept'", Timeout=30
    )
    caller = api.create(
        "import boto3, json\ndef lambda_handler(event, c):\n"
        "    answer = boto3.client('lambda').invoke(FunctionName=event['name'])\n"
        "    return json.load(answer['Payload'])",
        MemorySize=512,
        Timeout=60,
    )
    before, started = api.cloud.clock.now(), time.perf_counter()
    assert api.invoke(caller, json.dumps({"name": sleeper}).encode()) == "slept"
    assert time.perf_counter() - started < 18
    assert (api.cloud.clock.now() - before).total_seconds() >= 20


def test_a_weighted_alias_sends_some_elsewhere(api: Api) -> None:
    name = api.create()
    api.functions.publish_version(FunctionName=name)
    api.functions.update_function_code(FunctionName=name, ZipFile=zipped(ECHO + "  # 2"))
    api.functions.publish_version(FunctionName=name)
    api.functions.create_alias(
        FunctionName=name,
        Name="live",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}},
    )
    seen = [api.invoke(name, Qualifier="live")["version"] for _ in range(40)]
    assert 8 <= seen.count("2") <= 32


def test_layers_lie_under_opt(api: Api) -> None:
    layer = api.functions.publish_layer_version(
        LayerName="greeting", Content={"ZipFile": zipped("WORD = 'hi'", "python/greeting.py")}
    )["LayerVersionArn"]
    name = api.create("import greeting\ndef lambda_handler(e, c): return greeting.WORD", Layers=[layer])
    assert api.invoke(name) == "hi"


def test_reserved_concurrency_of_nothing_switches_a_function_off(api: Api) -> None:
    name = api.create()
    api.functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    assert refused(api.functions.invoke, FunctionName=name)[:2] == ("TooManyRequestsException", 429)
    api.functions.delete_function_concurrency(FunctionName=name)
    assert api.invoke(name)["event"] == {}


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("invoke_with_response_stream", {"FunctionName": "f"}),
    ],
)  # fmt: skip
def test_what_is_not_there_is_said(api: Api, operation: str, parameters: dict[str, Any]) -> None:
    code, status, message = refused(getattr(api.functions, operation), **parameters)
    assert (code, status) == ("NotImplemented", 501)
    assert "limits" in message


def test_a_runtime_that_cannot_run_here_can_be_created(api: Api) -> None:
    name = api.create(Runtime="java21", Handler="index.handler")
    answer = api.functions.invoke(FunctionName=name)
    assert answer["FunctionError"] == "Unhandled"
    assert "java21" in json.loads(answer["Payload"].read())["errorMessage"]


def test_a_log_in_json_as_the_function_wishes(api: Api) -> None:
    source = (
        "import logging\nlog = logging.getLogger()\ndef lambda_handler(event, context):\n"
        '    print(\'printed\')\n    print(\'{"level": "DEBUG", "own": 1}\')\n'
        "    log.debug('d')\n    log.info('i %s', 1)\n    log.error('e', extra={'symbol': 'TRDW'})\n"
        "    if event.get('raise'): raise ValueError('no such share')"
    )
    wanted = {"LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "DEBUG"}
    name = api.create(source, LoggingConfig=wanted)
    tail = base64.b64decode(api.functions.invoke(FunctionName=name, LogType="Tail")["LogResult"]).decode()
    start, printed, info, error, done, report = tail.splitlines()[-6:]  # before: the initialisation's own
    request = json.loads(start)["record"]["requestId"]
    assert printed == "printed"
    said = {"level": "INFO", "message": "i 1", "logger": "root", "requestId": request}
    assert json.loads(info).items() >= said.items()
    assert json.loads(error).items() >= {"level": "ERROR", "symbol": "TRDW", "requestId": request}.items()
    assert [json.loads(line)["type"] for line in (start, done, report)] == [
        "platform.start", "platform.runtimeDone", "platform.report",
    ]  # fmt: skip
    assert json.loads(report)["record"]["metrics"]["memorySizeMB"] == 128

    api.functions.update_function_configuration(
        FunctionName=name, LoggingConfig={**wanted, "ApplicationLogLevel": "ERROR", "SystemLogLevel": "WARN"}
    )
    answer = api.functions.invoke(FunctionName=name, Payload=b'{"raise": true}', LogType="Tail")
    error, raised, done, report = map(json.loads, base64.b64decode(answer["LogResult"]).splitlines())
    assert error["message"] == "e"
    assert (raised["errorType"], raised["errorMessage"]) == ("ValueError", "no such share")
    assert [event["record"]["errorType"] for event in (done, report)] == ["Runtime.Unknown"] * 2


def test_thirty_two_clients_change_invoke_and_delete_one_function(api: Api) -> None:
    archives = [zipped(f"{ECHO}\n# {number}") for number in range(3)]
    settings = {
        "Runtime": "python3.13", "Handler": "lambda_function.lambda_handler", "Role": api.role,
        "Code": {"ZipFile": archives[0]},
    }  # fmt: skip
    api.create(FunctionName="contended")
    seen: list[Any] = []

    def work(seed: int) -> None:
        draw, client = random.Random(seed), api.client("lambda")
        for number in range(6):
            operations = {
                "invoke": lambda n=number: client.invoke(FunctionName="contended", Payload=b"%d" % n),
                "update": lambda: client.update_function_code(
                    FunctionName="contended", ZipFile=draw.choice(archives)
                ),
                "configure": lambda: client.update_function_configuration(
                    FunctionName="contended", MemorySize=draw.choice([128, 256])
                ),
                "publish": lambda: client.publish_version(FunctionName="contended"),
                "delete": lambda: client.delete_function(FunctionName="contended"),
                "create": lambda: client.create_function(FunctionName="contended", **settings),
            }
            name = draw.choice([*operations, "invoke", "create"])
            try:
                answer = operations[name]()
                seen.append(
                    (name, json.load(answer["Payload"])["event"] == number if name == "invoke" else True)
                )
            except ClientError as error:
                seen.append((name, error.response["Error"]["Code"]))
            except Exception as error:
                seen.append((name, repr(error)))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(seen) == 32 * 6
    assert {outcome for _, outcome in seen} <= {
        True,
        "ResourceNotFoundException",
        "ResourceConflictException",
    }
    assert ("invoke", True) in seen


def test_many_clients_at_once(api: Api) -> None:
    name = api.create()
    seen: list[Any] = []

    def work() -> None:
        client = api.client("lambda")
        for n in range(10):
            payload = json.dumps({"n": n}).encode()
            seen.append(
                json.load(client.invoke(FunctionName=name, Payload=payload)["Payload"])["event"]["n"] == n
            )

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert seen == [True] * 80


def test_usage_reaches_the_bill(api: Api) -> None:
    api.invoke(api.create(MemorySize=1024))
    usages = {line["usage"] for line in api.cloud.bill()["lines"]}
    assert any("equest" in usage for usage in usages)


@pytest.mark.parametrize(
    ("path", "body", "signed", "refusal"),
    [
        ("functions/f/invocations", b"{}", False, (403, "MissingAuthenticationTokenException")),
        ("functions", b"{}", False, (403, "MissingAuthenticationTokenException")),
        ("functions", b"{bad", True, (400, "SerializationException")),
        ("functions", b"[]", True, (400, "SerializationException")),
        ("functions/f/invocations", b"[" * 100_000, True, (400, "InvalidRequestContentException")),
    ],
)
def test_requests_that_no_sdk_sends(
    api: Api, path: str, body: bytes, signed: bool, refusal: tuple[int, str]
) -> None:
    path = path.replace("/f/", f"/{api.create()}/")
    scope = "Credential=AKIA/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0"
    headers = {"Content-Type": "application/json"}
    if signed:
        headers["Authorization"] = f"AWS4-HMAC-SHA256 {scope}"
    request = urllib.request.Request(f"{api.cloud.endpoint}/2015-03-31/{path}", body, headers, method="POST")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    assert (refused.value.code, refused.value.headers["x-amzn-ErrorType"]) == refusal
    refused.value.close()
