"""External extensions and custom runtimes: programs beside the function, in the languages of this machine."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from offline_cloud import Cloud

ROLE_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
HANDLER = "def lambda_handler(event, context):\n    return event\n"
EXTENSION = """#!/usr/bin/env python3
import json, os, sys, time, urllib.request
API = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2020-01-01/extension"
def call(path, body=None, **headers):
    request = urllib.request.Request(f"{API}/{path}", data=body, headers=headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer), answer.headers
name = os.path.basename(__file__)
told, headers = call("register", json.dumps({"events": EVENTS}).encode(), **{"Lambda-Extension-Name": name})
me = {"Lambda-Extension-Identifier": headers["Lambda-Extension-Identifier"]}
print("REGISTERED", told["functionName"], told["functionVersion"], flush=True)
while True:
    event, _ = call("event/next", **me)
    print("GOT", event["eventType"], event.get("shutdownReason", ""), flush=True)
    BODY
"""
BOOTSTRAP = """#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while true; do
    event=$(curl -s -D /tmp/headers "$api/next")
    id=$(grep -i lambda-runtime-aws-request-id /tmp/headers | cut -d' ' -f2 | tr -d '\\r\\n')
    curl -s -o /dev/null -X POST "$api/$id/response" -d "{\\"shell\\": $event}"
done
"""


def zipped(mode: int = 0o755, **files: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, text in files.items():
            entry = zipfile.ZipInfo(path)
            entry.external_attr = mode << 16
            archive.writestr(entry, text)
    return buffer.getvalue()


def extension(
    body: str = "if event['eventType'] == 'SHUTDOWN': break", events: str = "INVOKE SHUTDOWN"
) -> str:
    return EXTENSION.replace("EVENTS", json.dumps(events.split())).replace("BODY", body)


@pytest.fixture(scope="module")
def skipping() -> Iterator[Cloud]:
    with Cloud.start(clock="skip", seed=1) as running:
        running.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(ROLE_POLICY))
        yield running


def deployed(cloud: Cloud, name: str, layers: list[bytes], **settings: Any) -> str:
    client = cloud.client("lambda")
    arns = [
        client.publish_layer_version(LayerName=f"{name}-{number}", Content={"ZipFile": layer})[
            "LayerVersionArn"
        ]
        for number, layer in enumerate(layers)
    ]
    wanted = {
        "Runtime": "python3.13",
        "Handler": "app.lambda_handler",
        "Code": {"ZipFile": zipped(**{"app.py": HANDLER})},
        **settings,
    }
    role = "arn:aws:iam::123456789012:role/r"
    client.create_function(FunctionName=name, Role=role, Layers=arns, **wanted)
    return name


def invoke(cloud: Cloud, name: str, payload: Any = None) -> dict[str, Any]:
    reply = cloud.client("lambda").invoke(
        FunctionName=name, Payload=json.dumps(payload).encode(), LogType="Tail"
    )
    reply["Payload"] = json.load(reply["Payload"])
    reply["Log"] = base64.b64decode(reply["LogResult"]).decode()
    return dict(reply)


def log(cloud: Cloud, name: str) -> list[str]:
    events = cloud.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    return [event["message"].rstrip("\n") for event in events]


def test_an_extension_sees_registration_invocations_and_the_end(skipping: Cloud) -> None:
    name = deployed(skipping, "watched", [zipped(**{"extensions/watch": extension()})])
    assert [invoke(skipping, name, number)["Payload"] for number in range(3)] == [0, 1, 2]
    skipping.clock.advance(minutes=30)
    said = log(skipping, name)
    assert "REGISTERED watched $LATEST" in said
    assert "EXTENSION\tName: watch\tState: Ready\tEvents: [INVOKE, SHUTDOWN]" in said
    assert said.count("GOT INVOKE ") == 3
    assert said[-1] == "GOT SHUTDOWN spindown"


def test_two_extensions_in_two_layers(skipping: Cloud) -> None:
    layers = [zipped(**{f"extensions/{name}": extension(events="SHUTDOWN")}) for name in ("one", "two")]
    name = deployed(skipping, "twice", layers)
    assert invoke(skipping, name, "x")["Payload"] == "x"
    skipping.clock.advance(minutes=30)
    said = log(skipping, name)
    assert said.count("GOT SHUTDOWN spindown") == 2
    assert not [line for line in said if line.startswith("GOT INVOKE")]


@pytest.mark.parametrize("sdk", ["", "# boto3 is named here"])
def test_an_extension_and_its_function_share_tmp(skipping: Cloud, sdk: str) -> None:
    handler = f"{sdk}\nimport os\ndef lambda_handler(event, context):\n    return os.listdir('/tmp')\n"
    program = extension().replace("name = ", "open('/tmp/from-the-extension', 'w').close()\nname = ", 1)
    settings = {"Code": {"ZipFile": zipped(**{"app.py": handler})}}
    name = deployed(skipping, f"shared{len(sdk)}", [zipped(**{"extensions/writes": program})], **settings)
    assert "from-the-extension" in invoke(skipping, name)["Payload"]


LISTENING = """#!/usr/bin/env python3
import http.server, json, os, threading, urllib.request
API = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}"
heard, changed = [], threading.Condition()
class Listener(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        events = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with changed:
            heard.extend(events)
            changed.notify_all()
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
threading.Thread(target=server.serve_forever, daemon=True).start()
def call(method, path, body=None, **headers):
    request = urllib.request.Request(f"{API}/{path}", json.dumps(body).encode() if body else None, headers)
    request.method = method
    with urllib.request.urlopen(request) as answer:
        return answer.status, answer.read(), answer.headers
_, _, headers = call(
    "POST", "2020-01-01/extension/register", {"events": ["INVOKE", "SHUTDOWN"]},
    **{"Lambda-Extension-Name": "listens"})
me = {"Lambda-Extension-Identifier": headers["Lambda-Extension-Identifier"]}
print(*call("PUT", "2022-07-01/telemetry", {
    "schemaVersion": "2022-12-13", "types": ["platform", "function", "extension"],
    "destination": {"protocol": "HTTP", "URI": f"http://sandbox.localdomain:{server.server_port}/"},
}, **me)[:2], flush=True)
print(*call("PUT", "2020-08-15/logs", {"types": ["platform"]}, **me)[:2], flush=True)
while True:
    event = json.loads(call("GET", "2020-01-01/extension/event/next", **me)[1])
    if event["eventType"] == "SHUTDOWN":
        break
    with changed:  # what it waits for comes while the invocation is not over
        changed.wait_for(lambda: any(
            each["type"] == "platform.runtimeDone" and each["record"]["requestId"] == event["requestId"]
            for each in heard))
print("HEARD", json.dumps(heard), flush=True)
"""


def test_an_extension_hears_by_the_telemetry_api(skipping: Cloud) -> None:
    handler = "def lambda_handler(event, context):\n    print('working on', event)\n    return event\n"
    settings = {"Code": {"ZipFile": zipped(**{"app.py": handler})}, "Timeout": 30}
    name = deployed(skipping, "heard", [zipped(**{"extensions/listens": LISTENING})], **settings)
    assert [invoke(skipping, name, number)["Payload"] for number in range(2)] == [0, 1]
    skipping.clock.advance(minutes=30)
    said = log(skipping, name)
    assert "TELEMETRY\tName: listens\tState: Subscribed\tTypes: [Platform, Function, Extension]" in said
    assert "200 b'OK'" in said
    assert any(line.startswith("202 ") and "Logs.NotSupported" in line for line in said)
    (heard,) = [json.loads(line.removeprefix("HEARD ")) for line in said if line.startswith("HEARD ")]
    assert [each["type"].removeprefix("platform.") for each in heard if each["type"] != "extension"] == [
        "initStart", "extension", "telemetrySubscription", "initRuntimeDone", "initReport",
        "start", "function", "runtimeDone", "report", "start", "function", "runtimeDone", "report",
    ]  # fmt: skip
    assert [each["record"] for each in heard if each["type"] == "function"] == [
        "working on 0",
        "working on 1",
    ]
    assert "200 b'OK'" in [each["record"] for each in heard if each["type"] == "extension"]


INTERNAL = """
import json, os, threading, time, urllib.request
API = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2020-01-01/extension"
seen = []
def call(path, body=None, **headers):
    with urllib.request.urlopen(urllib.request.Request(f"{API}/{path}", body, headers)) as answer:
        return json.load(answer), answer.headers
name = {"Lambda-Extension-Name": "inside", "Lambda-Extension-Accept-Feature": "accountId"}
try:
    call("register", b'{"events": ["SHUTDOWN"]}', **name)
except urllib.error.HTTPError as refused:
    seen.append([refused.code, json.load(refused)["errorType"]])
told, headers = call("register", b'{"events": ["INVOKE"]}', **name)
seen.append(told)
me = {"Lambda-Extension-Identifier": headers["Lambda-Extension-Identifier"]}
def listen():
    while True:
        seen.append(call("event/next", **me)[0]["eventType"])
threading.Thread(target=listen, daemon=True).start()
def lambda_handler(event, context):
    time.sleep(event)  # cloud time goes on although a thread waits for the Extensions API
    return seen
"""


def test_an_internal_extension(skipping: Cloud) -> None:
    code = {"ZipFile": zipped(**{"app.py": INTERNAL})}
    name = deployed(skipping, "inside", [], Code=code, Timeout=300)
    told = {
        "functionName": "inside",
        "functionVersion": "$LATEST",
        "handler": "app.lambda_handler",
        "accountId": "123456789012",
    }
    refusal = [403, "Extension.InvalidEventType"]
    assert invoke(skipping, name, 200)["Payload"] == [refusal, told, "INVOKE"]
    assert invoke(skipping, name, 200)["Payload"] == [refusal, told, "INVOKE", "INVOKE"]
    assert "EXTENSION\tName: inside\tState: Ready\tEvents: [INVOKE]" in log(skipping, name)


@pytest.mark.parametrize("moment", ["init", "exit"])
def test_an_extension_that_says_that_it_failed(skipping: Cloud, moment: str) -> None:
    header = "{'Lambda-Extension-Function-Error-Type': 'Extension.Bad'}"
    report = f"call('{moment}/error', b'{{}}', **me, **{header})"
    program = extension(report)
    if moment == "init":
        program = program.replace("while True:", report + "\nwhile True:")
    name = deployed(skipping, f"says-{moment}", [zipped(**{"extensions/bad": program})])
    reply = invoke(skipping, name)
    if moment == "init":
        assert reply["FunctionError"] == "Unhandled"
        assert reply["Payload"]["errorType"] == "Extension.Bad"
    else:  # the function's own answer may come first; the environment is given up all the same
        assert reply["Payload"] is None or reply["Payload"]["errorType"] == "Extension.Bad"


def test_an_extension_uses_the_functions_memory(skipping: Cloud) -> None:
    layer = zipped(**{"extensions/large": extension("kept = 'x' * 200_000_000\n    time.sleep(100)")})
    handler = "import threading\ndef lambda_handler(event, context):\n    threading.Event().wait()\n"
    settings = {"Code": {"ZipFile": zipped(**{"app.py": handler})}, "Timeout": 60}
    name = deployed(skipping, "large", [layer], **settings)
    reply = invoke(skipping, name)
    assert reply["Payload"]["errorType"] == "Runtime.ExitError"
    assert "Max Memory Used: 128 MB" in reply["Log"]
    assert reply["Log"].endswith("Error Type: Runtime.OutOfMemory\n")


def test_an_extension_that_ignores_the_end(skipping: Cloud) -> None:
    layer = zipped(**{"extensions/deaf": extension("if event['eventType'] == 'SHUTDOWN': time.sleep(1000)")})
    name = deployed(skipping, "deaf", [layer])
    assert invoke(skipping, name, 1)["Payload"] == 1
    skipping.clock.advance(minutes=30)  # two seconds for it, and no more
    assert "GOT SHUTDOWN spindown" in log(skipping, name)
    assert [life["state"] for life in skipping.environments() if life["function"] == name] == ["shutdown"]


def test_the_invocation_is_over_when_the_extension_is_done(skipping: Cloud) -> None:
    body = "if event['eventType'] == 'INVOKE': time.sleep(0.3)\n    else: break"
    name = deployed(skipping, "slow", [zipped(**{"extensions/slow": extension(body)})])
    invoke(skipping, name)
    warm = invoke(skipping, name)
    duration = float(warm["Log"].split("Duration: ")[1].split(" ms")[0])
    assert warm["Payload"] is None
    assert 300 <= duration < 2_000


def test_an_extension_that_ends_fails_the_invocation(skipping: Cloud) -> None:
    name = deployed(skipping, "crashing", [zipped(**{"extensions/bad": extension("sys.exit(3)")})])
    reply = invoke(skipping, name)
    # It ends as soon as it is told of the invocation: the function's own answer may come first.
    crash = {"errorType": "Extension.Crash"}
    assert reply["Payload"] is None or reply["Payload"].items() >= crash.items()


def test_an_extension_that_cannot_start(skipping: Cloud) -> None:
    name = deployed(skipping, "unstarted", [zipped(mode=0o644, **{"extensions/plain": "no program"})])
    reply = invoke(skipping, name)
    assert reply["FunctionError"] == "Unhandled"
    assert reply["Payload"]["errorType"] == "Extension.LaunchError"
    message = reply["Payload"]["errorMessage"]
    assert re.fullmatch(r"RequestId: \S+ Error: fork/exec /opt/extensions/plain: permission denied", message)
    assert f"\n{message}\nExtension.LaunchError\nEND " in reply["Log"]
    assert "EXTENSION\tName: plain\tState: Started\tEvents: []\n" in reply["Log"]


def test_an_extension_that_never_asks_again(skipping: Cloud) -> None:
    body = "time.sleep(60)"
    layer = zipped(**{"extensions/stuck": extension(body, events="INVOKE")})
    name = deployed(skipping, "stuck", [layer], Timeout=1)
    assert invoke(skipping, name, 1)["Payload"] == 1  # the function has answered; the environment is given up
    assert invoke(skipping, name, 2)["Payload"] == 2


def test_a_name_that_no_file_has(skipping: Cloud) -> None:
    wrong = extension().replace("os.path.basename(__file__)", "'other'")
    name = deployed(skipping, "misnamed", [zipped(**{"extensions/right": wrong})])
    assert invoke(skipping, name)["Payload"]["errorType"] == "Extension.Crash"
    assert any("403" in line for line in log(skipping, name))


def test_a_runtime_of_your_own_in_shell(skipping: Cloud) -> None:
    code = {"ZipFile": zipped(bootstrap=BOOTSTRAP)}
    name = deployed(skipping, "shell", [], Runtime="provided.al2023", Handler="any", Code=code)
    assert [invoke(skipping, name, number)["Payload"] for number in (1, 2)] == [{"shell": 1}, {"shell": 2}]


def test_a_runtime_of_your_own_in_a_layer(skipping: Cloud) -> None:
    program = """#!/usr/bin/env python3
import json, os, urllib.request
API = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"
while True:
    with urllib.request.urlopen(f"{API}/next") as asked:
        event, identifier = json.load(asked), asked.headers["Lambda-Runtime-Aws-Request-Id"]
    body = json.dumps({"handler": os.environ["_HANDLER"], "event": event}).encode()
    urllib.request.urlopen(urllib.request.Request(f"{API}/{identifier}/response", data=body)).close()
"""
    layer = zipped(bootstrap=program)
    name = deployed(skipping, "layered", [layer], Runtime="provided.al2023", Handler="mine.go")
    assert invoke(skipping, name, [1])["Payload"] == {"handler": "mine.go", "event": [1]}


@pytest.mark.parametrize(
    ("name", "package", "problem"),
    [
        ("none", None, "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"),
        (
            "plain",
            zipped(mode=0o644, bootstrap=BOOTSTRAP),
            "fork/exec /var/task/bootstrap: permission denied",
        ),
        ("foreign", zipped(bootstrap="\1\2"), "fork/exec /var/task/bootstrap: exec format error"),
    ],
)
def test_a_runtime_that_cannot_start(skipping: Cloud, name: str, package: bytes | None, problem: str) -> None:
    settings: dict[str, Any] = {"Code": {"ZipFile": package}} if package else {}
    deployed(skipping, name, [], Runtime="provided.al2023", Handler="any", **settings)
    payload = invoke(skipping, name)["Payload"]
    assert payload["errorType"] == "Runtime.InvalidEntrypoint"
    assert payload["errorMessage"].endswith(f" Error: {problem}")
    written = log(skipping, name)
    end = "Status: error\tError Type: Runtime.InvalidEntrypoint"
    phases = [line.split("\t", 1)[1].strip() for line in written if line.startswith("INIT_REPORT")]
    assert phases == [f"Phase: init\t{end}", f"Phase: invoke\t{end}"]
    assert any(f"Error: {problem}\nRuntime.InvalidEntrypoint" in line for line in written)


node = pytest.mark.skipif(shutil.which("node") is None, reason="this machine has no Node.js")


@node
@pytest.mark.parametrize(
    "code",
    [
        {"index.mjs": "export const handler = async (event, context) => [event, context.functionName];"},
        {"index.js": "exports.handler = (event, context, done) => done(null, [event, context.functionName])"},
        {"index.cjs": "exports.handler = async (event, context) => [event, context.functionName];"},
    ],
)
def test_a_function_in_javascript(skipping: Cloud, code: dict[str, str]) -> None:
    name = next(iter(code)).replace(".", "-")
    settings = {"Runtime": "nodejs22.x", "Handler": "index.handler", "Code": {"ZipFile": zipped(**code)}}
    deployed(skipping, name, [], **settings)
    assert [invoke(skipping, name, {"n": n})["Payload"] for n in (1, 2)] == [
        [{"n": 1}, name],
        [{"n": 2}, name],
    ]


@node
def test_javascript_that_throws_and_logs(skipping: Cloud) -> None:
    source = (
        "exports.handler = async () => { console.warn('hot', 3); throw new TypeError('no such share'); };"
    )
    settings = {"Runtime": "nodejs24.x", "Handler": "index.handler", "Timeout": 10}
    name = deployed(skipping, "throws", [], Code={"ZipFile": zipped(**{"index.js": source})}, **settings)
    reply = invoke(skipping, name)
    assert (reply["FunctionError"], reply["Payload"]["errorType"]) == ("Unhandled", "TypeError")
    assert reply["Payload"]["errorMessage"] == "no such share"
    assert "\tWARN\thot 3\n" in reply["Log"]
    assert re.search(
        r'\tERROR\tInvoke Error \t\{"errorType":"TypeError",.*"stack":\["TypeError', reply["Log"]
    )


@node
@pytest.mark.parametrize(
    ("runtime", "source", "answer"),
    [
        # Without promise and callback the answer is null; a callback waits for what is left to do.
        ("nodejs22.x", "exports.a = { b: () => 5 }", None),
        ("nodejs22.x", "exports.a = { b: (e, c, d) => { setTimeout(() => f()); d(null, 6) } }", "Error"),
        ("nodejs22.x", "exports.a = { b: async () => { Promise.reject(7); await new Promise(() => {}) } }",
         "Runtime.UnhandledPromiseRejection"),
        ("nodejs24.x", "exports.a = { b: () => 8 }", 8),
        ("nodejs24.x", "exports.a = { b: (e, c, d) => d(null, 9) }", "Runtime.CallbackHandlerDeprecated"),
        ("nodejs22.x", "exports.a = {", "Runtime.UserCodeSyntaxError"),
        ("nodejs22.x", "exports.a = { b: async () => require('of-a-layer') }", "from a layer"),
    ],
)  # fmt: skip
def test_what_a_javascript_handler_answers(
    skipping: Cloud, runtime: str, source: str, answer: Any, request: pytest.FixtureRequest
) -> None:
    name = f"js-{request.node.callspec.indices['answer']}"
    layer = zipped(**{"nodejs/node_modules/of-a-layer/index.js": "module.exports = 'from a layer'"})
    code = {"ZipFile": zipped(**{"index.js": source.replace("f()", "{ throw new Error('late') }")})}
    deployed(skipping, name, [layer], Runtime=runtime, Handler="index.a.b", Timeout=10, Code=code)
    payload = invoke(skipping, name)["Payload"]
    assert (payload["errorType"] if isinstance(payload, dict) else payload) == answer


@node
def test_javascript_that_is_not_there(skipping: Cloud) -> None:
    settings = {"Runtime": "nodejs24.x", "Handler": "other.handler", "Timeout": 10}
    name = deployed(skipping, "nojs", [], Code={"ZipFile": zipped(**{"index.js": ""})}, **settings)
    assert invoke(skipping, name)["Payload"]["errorType"] == "Runtime.ImportModuleError"
