"""Function URLs through boto3 and bare HTTP, against a running cloud."""

from __future__ import annotations

import base64
import http.client
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from offline_cloud import Cloud
from offline_cloud.cloud import ACCESS_KEY, SECRET_KEY

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
ARN = "arn:aws:lambda:us-east-1:123456789012:function:"
# Answers with its event, or does what the query says.
SOURCE = """
import json, time, urllib.request
import boto3
def handler(event, context):
    asked = event.get("queryStringParameters") or {}
    if "raise" in asked:
        raise ValueError("no")
    if "sleep" in asked:
        time.sleep(float(asked["sleep"]))
    if "large" in asked:
        return "x" * 7_000_000
    if "return" in asked:
        return json.loads(asked["return"])
    if "call" in asked:
        return urllib.request.urlopen(asked["call"]).read().decode()
    if "sign" in asked:
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        request = AWSRequest("GET", asked["sign"])
        SigV4Auth(boto3.Session().get_credentials(), "lambda", "us-east-1").add_auth(request)
        sent = urllib.request.Request(asked["sign"], headers=dict(request.headers))
        return json.load(urllib.request.urlopen(sent))["requestContext"]["authorizer"]["iam"]
    return {**event, "version_of_function": context.function_version}
"""


class Site:
    """A cloud with a function `f`, and the way to its URL."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.functions: Any = cloud.session().client("lambda", config=Config(parameter_validation=False))
        self.role = cloud.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))[
            "Role"
        ]["Arn"]
        self.create("f")
        self.url = self.functions.create_function_url_config(FunctionName="f", AuthType="NONE")["FunctionUrl"]
        self.open("f")

    def create(self, name: str) -> None:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("app.py", SOURCE)
        self.functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler="app.handler",
            Role=self.role,
            Code={"ZipFile": buffer.getvalue()},
        )

    def open(self, name: str, **more: Any) -> None:
        """Let anybody call."""
        for sid, action, condition in (
            ("url", "lambda:InvokeFunctionUrl", {"FunctionUrlAuthType": "NONE"}),
            ("invoke", "lambda:InvokeFunction", {"InvokedViaFunctionUrl": True}),
        ):
            self.functions.add_permission(
                FunctionName=name, StatementId=sid, Action=action, Principal="*", **condition, **more
            )

    def call(
        self, url: str = "", method: str = "GET", body: Any = None, headers: Any = None
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        at = urlsplit(url if url.startswith("http") else self.url + url)
        connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=60)
        target = at.path + (f"?{at.query}" if at.query else "")
        connection.request(
            method, target, body, headers or {}, encode_chunked=not isinstance(body, bytes | None)
        )
        answer = connection.getresponse()
        status, fields, content = answer.status, answer.getheaders(), answer.read()
        connection.close()
        return status, fields, content

    def event(self, url: str = "", *arguments: Any, **more: Any) -> dict[str, Any]:
        status, _, body = self.call(url, *arguments, **more)
        assert status == 200, body
        seen: dict[str, Any] = json.loads(body)
        return seen


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Cloud.start(clock="skip", seed=11) as cloud:
        yield Site(cloud)


def refused(call: Any, **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_the_configuration_is_kept(site: Site) -> None:
    site.create("kept")
    made = site.functions.create_function_url_config(
        FunctionName="kept", AuthType="AWS_IAM", Cors={"AllowOrigins": ["*"], "MaxAge": 5}
    )
    assert made["FunctionArn"] == f"{ARN}kept"
    assert (made["AuthType"], made["InvokeMode"], made["Cors"]) == (
        "AWS_IAM",
        "BUFFERED",
        {"AllowOrigins": ["*"], "MaxAge": 5},
    )
    changed = site.functions.update_function_url_config(FunctionName="kept", AuthType="NONE")
    assert (changed["AuthType"], changed["Cors"]["MaxAge"]) == ("NONE", 5)
    assert changed["FunctionUrl"] == made["FunctionUrl"]
    read = site.functions.get_function_url_config(FunctionName=f"{ARN}kept")
    assert {**read, "ResponseMetadata": 0} == {**changed, "ResponseMetadata": 0}
    site.functions.delete_function_url_config(FunctionName="kept")
    assert refused(site.functions.get_function_url_config, FunctionName="kept") == (
        "ResourceNotFoundException",
        "The resource you requested does not exist.",
    )
    assert site.call(made["FunctionUrl"])[0] == 403


def test_configurations_that_are_refused(site: Site) -> None:
    create = site.functions.create_function_url_config
    assert refused(create, FunctionName="f", AuthType="NONE") == (
        "ResourceConflictException",
        f"Failed to create function url config for [functionArn = {ARN}f]. Error message:  "
        "FunctionUrlConfig exists for this Lambda function",
    )
    assert refused(create, FunctionName="nobody", AuthType="NONE") == (
        "ResourceNotFoundException",
        "Function does not exist",
    )
    assert "[NONE, AWS_IAM]" in refused(create, FunctionName="f", AuthType="OPEN")[1]
    assert "'qualifier'" in refused(create, FunctionName="f", AuthType="NONE", Qualifier="1")[1]
    assert "cors.maxAge" in refused(create, FunctionName="f", AuthType="NONE", Cors={"MaxAge": 90_000})[1]
    code, message = refused(create, FunctionName="f", AuthType="NONE", InvokeMode="RESPONSE_STREAM")
    assert code == "NotImplemented"
    assert "stream" in message


def test_a_url_of_an_alias_calls_its_version_and_has_a_policy_of_its_own(site: Site) -> None:
    site.functions.publish_version(FunctionName="f")
    site.functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    made = site.functions.create_function_url_config(FunctionName="f", AuthType="NONE", Qualifier="live")
    assert site.call(made["FunctionUrl"])[0] == 403
    site.open("f", Qualifier="live")
    assert site.event(made["FunctionUrl"])["version_of_function"] == "1"
    assert site.event()["version_of_function"] == "$LATEST"
    listed = site.functions.list_function_url_configs(FunctionName="f", MaxItems=1)
    assert [config["FunctionArn"] for config in listed["FunctionUrlConfigs"]] == [f"{ARN}f"]
    more = site.functions.list_function_url_configs(FunctionName="f", Marker=listed["NextMarker"])
    assert [config["FunctionArn"] for config in more["FunctionUrlConfigs"]] == [f"{ARN}f:live"]


def test_both_permissions_are_needed(site: Site) -> None:
    site.create("closed")
    url = site.functions.create_function_url_config(FunctionName="closed", AuthType="NONE")["FunctionUrl"]
    assert site.call(url)[0] == 403
    site.functions.add_permission(
        FunctionName="closed",
        StatementId="a",
        Action="lambda:InvokeFunctionUrl",
        Principal="*",
        FunctionUrlAuthType="NONE",
    )
    status, headers, body = site.call(url)
    assert (status, dict(headers)["x-amzn-ErrorType"]) == (403, "AccessDeniedException")
    assert json.loads(body)["Message"].startswith("Forbidden. For troubleshooting Function URL")
    site.functions.add_permission(
        FunctionName="closed", StatementId="b", Action="lambda:InvokeFunction", Principal="*"
    )
    assert site.call(url)[0] == 200
    site.functions.remove_permission(FunctionName="closed", StatementId="a")
    assert site.call(url)[0] == 403


def test_policies_have_the_form_of_iam(site: Site) -> None:
    site.create("policed")
    added = site.functions.add_permission(
        FunctionName="policed",
        StatementId="s3",
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
        SourceArn="arn:aws:s3:::b",
        SourceAccount="123456789012",
    )
    statement = {
        "Sid": "s3",
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": f"{ARN}policed",
        "Condition": {
            "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::b"},
            "StringEquals": {"AWS:SourceAccount": "123456789012"},
        },
    }
    assert json.loads(added["Statement"]) == statement
    policy = site.functions.get_policy(FunctionName="policed")
    assert json.loads(policy["Policy"]) == {
        "Version": "2012-10-17",
        "Id": "default",
        "Statement": [statement],
    }
    again = {"FunctionName": "policed", "StatementId": "s3", "Principal": "*"}
    action = {"Action": "lambda:InvokeFunction"}
    assert refused(site.functions.add_permission, **again, **action)[0] == "ResourceConflictException"
    assert refused(site.functions.add_permission, **again, Action="s3:x")[0] == "ValidationException"
    stale = refused(
        site.functions.remove_permission, FunctionName="policed", StatementId="s3", RevisionId="x"
    )
    assert stale[0] == "PreconditionFailedException"
    site.functions.remove_permission(
        FunctionName="policed", StatementId="s3", RevisionId=policy["RevisionId"]
    )
    assert refused(site.functions.get_policy, FunctionName="policed")[0] == "ResourceNotFoundException"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_every_method_reaches_the_function(site: Site, method: str) -> None:
    assert site.event("a/b?x=1", method)["requestContext"]["http"] == {
        "method": method,
        "path": "/a/b",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "",
    }


def test_head_has_no_body(site: Site) -> None:
    status, headers, body = site.call("", "HEAD")
    assert (status, body) == (200, b"")
    assert int(dict(headers)["Content-Length"]) > 0


def test_bodies(site: Site) -> None:
    text = site.event("", "POST", b'{"a": 1}', {"Content-Type": "application/json"})
    assert (text["body"], text["isBase64Encoded"]) == ('{"a": 1}', False)
    form = site.event("", "POST", b"a=1", {"Content-Type": "application/x-www-form-urlencoded"})
    assert (base64.b64decode(form["body"]), form["isBase64Encoded"]) == (b"a=1", True)
    chunks = site.event("", "POST", iter([b"one", b"two"]), {"Content-Type": "text/plain"})
    assert chunks["body"] == "onetwo"
    assert chunks["headers"]["content-length"] == "6"


def test_payload_limits(site: Site) -> None:
    large = b"x" * 5_000_000
    assert len(site.event("", "POST", large, {"Content-Type": "text/plain"})["body"]) == len(large)
    status, headers, _ = site.call("", "POST", b"x" * 6_300_000, {"Content-Type": "text/plain"})
    assert (status, dict(headers)["x-amzn-ErrorType"]) == (413, "RequestEntityTooLargeException")
    assert site.call("?large=1")[0] == 502


def test_the_function_sees_the_name_that_it_has_on_aws(site: Site) -> None:
    seen = site.event("", headers={"X-Twice": "1", "Host": urlsplit(site.url).netloc})
    name = seen["requestContext"]["domainName"]
    assert name in site.url
    assert name == f"{seen['requestContext']['apiId']}.lambda-url.us-east-1.on.aws"
    assert seen["headers"]["host"] == name
    assert seen["headers"]["x-forwarded-proto"] == "https"
    assert site.event(f"{site.cloud.endpoint}/deep", headers={"Host": name})["rawPath"] == "/deep"


def test_a_mapped_answer(site: Site) -> None:
    result = '{"statusCode":418,"headers":{"X-Tea":"pot"},"cookies":["a=1","b=2"],"body":"short"}'
    status, headers, body = site.call(f"?return={result}")
    assert (status, body) == (418, b"short")
    assert [value for name, value in headers if name == "Set-Cookie"] == ["a=1", "b=2"]
    assert dict(headers)["X-Tea"] == "pot"
    assert "x-amzn-RequestId" in dict(headers)


@pytest.mark.parametrize("failing", ["raise=1", "sleep=5", 'return={"statusCode":200,"body":{}}'])
def test_a_function_that_fails_is_a_502(site: Site, failing: str) -> None:
    status, headers, body = site.call(f"?{failing}")
    assert (status, dict(headers)["Content-Type"]) == (502, "application/json")
    assert body == b"Internal Server Error"


def test_reserved_concurrency_of_nothing_closes_the_url(site: Site) -> None:
    site.functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    status, headers, body = site.call()
    assert (status, dict(headers)["x-amzn-ErrorType"]) == (429, "TooManyRequestsException")
    assert json.loads(body)["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    site.functions.delete_function_concurrency(FunctionName="f")
    assert site.call()[0] == 200


def test_a_browser_of_an_allowed_origin(site: Site) -> None:
    cors = {"AllowOrigins": ["https://shop.example"], "AllowMethods": ["POST"], "AllowHeaders": ["x-a"]}
    site.functions.update_function_url_config(FunctionName="f", Cors=cors)
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    before = len(site.cloud.journal())
    status, headers, body = site.call("?raise=1", "OPTIONS", headers=asked)
    assert (status, body) == (200, b""), "the function was asked"
    assert dict(headers)["Access-Control-Allow-Methods"] == "POST"
    assert dict(site.call("", headers=asked)[1])["Access-Control-Allow-Origin"] == "https://shop.example"
    site.functions.update_function_url_config(FunctionName="f", Cors={})
    entry = site.cloud.journal(since=before)[0]
    assert (entry["service"], entry["operation"], entry["status"]) == ("lambda", "InvokeFunctionUrl", 200)


# ---------------------------------------------------------------------- AWS_IAM


@pytest.fixture(scope="module")
def signed_url(site: Site) -> str:
    site.create("signed")
    url: str = site.functions.create_function_url_config(FunctionName="signed", AuthType="AWS_IAM")[
        "FunctionUrl"
    ]
    return url


def sign(url: str, credentials: Credentials, service: str = "lambda") -> dict[str, str]:
    request = AWSRequest("GET", url)
    SigV4Auth(credentials, service, "us-east-1").add_auth(request)
    return dict(request.headers)


def test_who_signs_may_call(site: Site, signed_url: str) -> None:
    url = f"{signed_url}a%20b?x=1"
    seen = site.event(url, headers=sign(url, Credentials(ACCESS_KEY, SECRET_KEY)))["requestContext"]
    assert seen["accountId"] == "123456789012"
    assert seen["authorizer"]["iam"]["accessKey"] == ACCESS_KEY
    identity = site.cloud.client("sts").get_caller_identity()
    assert seen["authorizer"]["iam"]["userArn"] == identity["Arn"]


def test_an_iam_user_and_an_assumed_role(site: Site, signed_url: str) -> None:
    iam, sts = site.cloud.client("iam"), site.cloud.client("sts")
    iam.create_user(UserName="ann")
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    anns = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    iam_of = site.event(signed_url, headers=sign(signed_url, anns))["requestContext"]["authorizer"]["iam"]
    assert iam_of["userArn"] == "arn:aws:iam::123456789012:user/ann"
    lent = sts.assume_role(RoleArn=site.role, RoleSessionName="sid")["Credentials"]
    keys = (lent["AccessKeyId"], lent["SecretAccessKey"])
    role = Credentials(*keys, lent["SessionToken"])
    iam_of = site.event(signed_url, headers=sign(signed_url, role))["requestContext"]["authorizer"]["iam"]
    assert iam_of["userArn"] == "arn:aws:sts::123456789012:assumed-role/r/sid"
    status, _, body = site.call(signed_url, headers=sign(signed_url, Credentials(*keys)))
    assert (status, json.loads(body)["message"]) == (
        403,
        "The security token included in the request is invalid.",
    )


@pytest.mark.parametrize(
    ("credentials", "service", "error"),
    [
        (Credentials(ACCESS_KEY, "wrong"), "lambda", "InvalidSignatureException"),
        (Credentials("AKIAUNKNOWN", "x"), "lambda", "UnrecognizedClientException"),
        (Credentials(ACCESS_KEY, SECRET_KEY), "execute-api", "InvalidSignatureException"),
    ],
)
def test_signatures_that_are_refused(
    site: Site, signed_url: str, credentials: Credentials, service: str, error: str
) -> None:
    status, headers, _ = site.call(signed_url, headers=sign(signed_url, credentials, service))
    assert (status, dict(headers)["x-amzn-ErrorType"]) == (403, error)


def test_without_a_signature(site: Site, signed_url: str) -> None:
    status, headers, body = site.call(signed_url)
    assert (status, dict(headers)["x-amzn-ErrorType"]) == (403, "AccessDeniedException")
    assert json.loads(body)["Message"].startswith("Forbidden")


def test_a_handler_calls_and_signs_with_its_role(site: Site, signed_url: str) -> None:
    status, _, body = site.call(f"?sign={signed_url}")
    assert status == 200
    assert json.loads(body)["userArn"] == "arn:aws:sts::123456789012:assumed-role/r/f"
    inner = json.loads(json.loads(site.call(f"?call={site.url}")[2]))
    assert inner["rawPath"] == "/"


def test_a_handler_that_waits_for_a_url_does_not_hold_up_time(site: Site) -> None:
    site.functions.update_function_configuration(FunctionName="f", Timeout=900)
    before, now = len(site.cloud.journal()), site.cloud.clock.now()
    inner = quote(f"{site.url}?sleep=600", safe="")
    assert json.loads(json.loads(site.call(f"?call={inner}")[2]))["rawPath"] == "/"
    assert (site.cloud.clock.now() - now).total_seconds() >= 600
    sources = {entry["source"] for entry in site.cloud.journal(since=before)}
    assert sources == {"client", "function:f"}
    site.functions.update_function_configuration(FunctionName="f", Timeout=3)


def test_a_deleted_function_takes_its_url_along(site: Site) -> None:
    site.create("gone")
    url = site.functions.create_function_url_config(FunctionName="gone", AuthType="NONE")["FunctionUrl"]
    site.open("gone")
    assert site.call(url)[0] == 200
    site.functions.delete_function(FunctionName="gone")
    assert site.call(url)[0] == 403
    site.create("gone")
    assert refused(site.functions.get_function_url_config, FunctionName="gone")[0] == (
        "ResourceNotFoundException"
    )


def test_what_urls_leave_in_cloudwatch(site: Site) -> None:
    site.create("measured")
    url = site.functions.create_function_url_config(FunctionName="measured", AuthType="NONE")["FunctionUrl"]
    assert site.call(url)[0] == 403
    site.open("measured")
    assert [site.call(url)[0] for _ in range(2)] == [200, 200]
    now = site.cloud.clock.now()

    def total(name: str) -> float:
        asked = site.cloud.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName=name,
            Dimensions=[{"Name": "FunctionName", "Value": "measured"}],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(hours=1),
            Period=7200,
            Statistics=["Sum"],
        )
        return sum(point["Sum"] for point in asked["Datapoints"])

    names = ("UrlRequestCount", "Url4xxCount", "Url5xxCount", "Invocations")
    assert [total(name) for name in names] == [3, 1, 0, 2]
    assert total("UrlRequestLatency") > 0
