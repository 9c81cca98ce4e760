"""Reading functions, layers, and the edges of Invoke, through boto3 against a running cloud."""

from __future__ import annotations

import http.client
import io
import json
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from offline_cloud import Cloud

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
ARN = "arn:aws:lambda:us-east-1:123456789012:function:"
LAYER = "arn:aws:lambda:us-east-1:123456789012:layer:"
ECHO = "def handler(event, context):\n    return {'event': event, 'arn': context.invoked_function_arn}\n"


def zipped(source: str, name: str = "app.py") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), source)
    return buffer.getvalue()


class Api:
    """A cloud with functions `one` and `two`; `one` has versions 1 and 2 and the alias `live` for 1."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.functions: Any = cloud.session().client("lambda", config=Config(parameter_validation=False))
        self.role = cloud.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))[
            "Role"
        ]["Arn"]
        self.create("one", Tags={"team": "x"})
        self.create("two")
        self.functions.publish_version(FunctionName="one")
        self.functions.update_function_code(
            FunctionName="one", ZipFile=zipped(ECHO + "# second\n"), Publish=True
        )
        self.functions.create_alias(FunctionName="one", Name="live", FunctionVersion="1")

    def create(self, name: str, source: str = ECHO, **more: Any) -> Any:
        return self.functions.create_function(
            **{
                "FunctionName": name,
                "Runtime": "python3.13",
                "Handler": "app.handler",
                "Role": self.role,
                "Code": {"ZipFile": zipped(source)},
                **more,
            }
        )

    def post(self, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str], bytes]:
        """A bare Invoke, signed as nobody checks."""
        at = urlsplit(self.cloud.endpoint)
        connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=60)
        scope = "AKIA/20260101/us-east-1/lambda/aws4_request"
        signed = {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"}
        connection.request("POST", path, body, signed | {k.replace("_", "-"): v for k, v in headers.items()})
        answer = connection.getresponse()
        read = answer.read()
        connection.close()
        return answer.status, dict(answer.getheaders()), read


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    with Cloud.start(clock="skip", seed=13) as cloud:
        yield Api(cloud)


def refused(call: Any, **parameters: Any) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response
    return error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Message"]


def fetched(url: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


# ---------------------------------------------------------------------- reading functions


def test_the_code_can_be_fetched_for_ten_minutes(api: Api) -> None:
    latest = api.functions.get_function(FunctionName="one")
    assert latest["Code"]["RepositoryType"] == "S3"
    assert fetched(latest["Code"]["Location"]) == (200, zipped(ECHO + "# second\n"))
    first = api.functions.get_function(FunctionName="one", Qualifier="live")["Code"]["Location"]
    assert fetched(first) == (200, zipped(ECHO))
    assert fetched(first.replace("Expires=600", "Expires=9999"))[0] == 403
    api.cloud.clock.advance(minutes=11)
    status, body = fetched(first)
    assert (status, b"Request has expired" in body) == (403, True)


@pytest.mark.parametrize(
    ("name", "qualifier", "arn", "version"),
    [
        ("one", None, "one", "$LATEST"),
        ("one", "$LATEST", "one:$LATEST", "$LATEST"),
        ("one", "1", "one:1", "1"),
        ("one", "live", "one:live", "1"),
        ("one:live", None, "one:live", "1"),
        (f"{ARN}one:2", None, "one:2", "2"),
        ("123456789012:function:one", "live", "one:live", "1"),
        ("function:one", None, "one", "$LATEST"),
    ],
)
def test_a_configuration_by_every_name(
    api: Api, name: str, qualifier: str | None, arn: str, version: str
) -> None:
    asked = {"FunctionName": name} | ({"Qualifier": qualifier} if qualifier else {})
    for found in (
        api.functions.get_function_configuration(**asked),
        api.functions.get_function(**asked)["Configuration"],
    ):
        assert (found["FunctionArn"], found["Version"]) == (f"{ARN}{arn}", version)
        assert (found["State"], found["LastUpdateStatus"]) == ("Active", "Successful")


def test_get_function_shows_tags_and_what_is_reserved(api: Api) -> None:
    api.functions.put_function_concurrency(FunctionName="two", ReservedConcurrentExecutions=0)
    seen = api.functions.get_function(FunctionName="two")
    assert seen["Concurrency"] == {"ReservedConcurrentExecutions": 0}
    assert "Tags" not in seen
    api.functions.delete_function_concurrency(FunctionName="two")
    assert api.functions.get_function(FunctionName="one")["Tags"] == {"team": "x"}


def test_functions_of_others(api: Api) -> None:
    foreign = "arn:aws:lambda:us-east-1:999999999999:function:one"
    for call, action in (
        (api.functions.invoke, "InvokeFunction"),
        (api.functions.get_function, "GetFunction"),
    ):
        code, status, message = refused(call, FunctionName=foreign)
        assert (code, status) == ("AccessDeniedException", 403)
        assert f"lambda:{action} on resource: {foreign}" in message
    elsewhere = "arn:aws:lambda:eu-west-1:123456789012:function:one"
    assert refused(api.functions.get_function, FunctionName=elsewhere)[:2] == (
        "ResourceNotFoundException",
        404,
    )
    assert refused(api.functions.get_function, FunctionName="one", Qualifier="nobody")[2] == (
        f"Function not found: {ARN}one:nobody"
    )


def test_every_name_updates_the_same_function_and_no_version(api: Api) -> None:
    update = api.functions.update_function_configuration
    for number, name in enumerate(("two", "function:two", "123456789012:function:two", f"{ARN}two"), 4):
        assert update(FunctionName=name, Timeout=number)["Timeout"] == number
        assert (
            api.functions.update_function_code(FunctionName=name, ZipFile=zipped(ECHO))["Timeout"] == number
        )
    for name in ("one:1", "one:live", f"{ARN}one:2"):
        for call, members in (
            (update, {"Timeout": 9}),
            (api.functions.update_function_code, {"ZipFile": zipped("")}),
            (api.functions.publish_version, {}),
        ):
            code, _, message = refused(call, FunctionName=name, **members)
            assert code == "InvalidParameterValueException"
            assert "on Lambda functions only" in message
    foreign = "arn:aws:lambda:us-east-1:999999999999:function:two"
    code, _, message = refused(update, FunctionName=foreign, Timeout=9)
    assert (code, "lambda:UpdateFunctionConfiguration" in message) == ("AccessDeniedException", True)
    assert refused(api.functions.delete_function, FunctionName="one:live")[2] == (
        "Deletion of aliases is not currently supported."
    )
    assert refused(api.functions.get_function, FunctionName="a b")[0] == "ValidationException"
    assert refused(api.functions.delete_function, FunctionName="x" * 141)[0] == "ValidationException"


def test_lists_in_pages(api: Api) -> None:
    first = api.functions.list_functions(MaxItems=1)
    assert [one["FunctionName"] for one in first["Functions"]] == ["one"]
    second = api.functions.list_functions(MaxItems=1, Marker=first["NextMarker"])
    assert second["Functions"][0]["FunctionName"] == "two"
    everything = api.functions.list_functions(FunctionVersion="ALL")["Functions"]
    assert [one["FunctionArn"] for one in everything if one["FunctionName"] == "one"] == [
        f"{ARN}one:$LATEST",
        f"{ARN}one:1",
        f"{ARN}one:2",
    ]
    assert api.functions.list_functions(MasterRegion="eu-west-1", FunctionVersion="ALL")["Functions"] == []
    versions = api.functions.list_versions_by_function(FunctionName="one", MaxItems=2)
    assert [one["Version"] for one in versions["Versions"]] == ["$LATEST", "1"]
    rest = api.functions.list_versions_by_function(FunctionName="one", Marker=versions["NextMarker"])
    assert [one["Version"] for one in rest["Versions"]] == ["2"]
    assert "NextMarker" not in rest
    assert refused(api.functions.list_functions, MaxItems=0)[0] == "ValidationException"
    assert refused(api.functions.list_versions_by_function, FunctionName="no")[1] == 404


def test_tags(api: Api) -> None:
    arn = f"{ARN}two"
    api.functions.tag_resource(Resource=arn, Tags={"a": "1", "b": "2"})
    api.functions.untag_resource(Resource=arn, TagKeys=["a", "none"])
    assert api.functions.list_tags(Resource=arn)["Tags"] == {"b": "2"}
    assert "aliases and versions" in refused(api.functions.list_tags, Resource=f"{ARN}one:live")[2]
    assert refused(api.functions.list_tags, Resource=f"{ARN}nobody")[0] == "ResourceNotFoundException"
    many = {f"k{number}": "v" for number in range(50)}
    assert "exceeds" in refused(api.functions.tag_resource, Resource=arn, Tags=many)[2]


def test_how_a_runtime_is_updated(api: Api) -> None:
    read = api.functions.get_runtime_management_config(FunctionName="one")
    assert (read["UpdateRuntimeOn"], read["FunctionArn"]) == ("Auto", f"{ARN}one:$LATEST")
    api.functions.put_runtime_management_config(FunctionName="one", UpdateRuntimeOn="FunctionUpdate")
    assert (
        api.functions.get_runtime_management_config(FunctionName="one")["UpdateRuntimeOn"] == "FunctionUpdate"
    )
    put = api.functions.put_runtime_management_config
    assert refused(put, FunctionName="one", UpdateRuntimeOn="Manual")[0] == "InvalidParameterValueException"
    assert refused(put, FunctionName="one", UpdateRuntimeOn="Never")[0] == "ValidationException"


def test_what_is_kept_though_nothing_comes_of_it(api: Api) -> None:
    systems = [
        {
            "Arn": "arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-01234567890123456",
            "LocalMountPath": "/mnt/x",
        }
    ]
    made = api.create(
        "kept",
        KMSKeyArn="arn:aws:kms:us-east-1:123456789012:key/k",
        FileSystemConfigs=systems,
        VpcConfig={"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
        Architectures=["arm64"],
        Publish=True,
    )
    assert (made["Version"], made["FileSystemConfigs"]) == ("1", systems)
    changed = api.functions.update_function_configuration(
        FunctionName="kept", KMSKeyArn="", FileSystemConfigs=[], VpcConfig={"SubnetIds": ["subnet-2"]}
    )
    assert "KMSKeyArn" not in changed
    assert "FileSystemConfigs" not in changed
    assert changed["VpcConfig"]["SubnetIds"] == ["subnet-2"]
    assert changed["Architectures"] == ["arm64"]


@pytest.mark.parametrize(
    "member",
    [
        {"DurableConfig": {"ExecutionTimeout": 60}},
        {"CodeSigningConfigArn": "arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-0"},
        {"TenancyConfig": {"TenantIsolationMode": "PER_TENANT"}},
    ],
)
def test_functions_that_would_be_others_here_are_refused(api: Api, member: dict[str, Any]) -> None:
    code, status, message = refused(api.create, name="refused", **member)
    assert (code, status) == ("NotImplemented", 501)
    assert next(iter(member)) in message


# ---------------------------------------------------------------------- Invoke


def test_what_stands_beside_a_payload(api: Api) -> None:
    invoke = api.functions.invoke
    assert "[Event, RequestResponse, DryRun]" in refused(invoke, FunctionName="one", InvocationType="Now")[2]
    assert "[None, Tail]" in refused(invoke, FunctionName="one", LogType="All")[2]
    assert "'qualifier'" in refused(invoke, FunctionName="one", Qualifier="a b")[2]
    assert refused(invoke, FunctionName="one", DurableExecutionName="x")[0] == "NotImplemented"
    assert refused(invoke, FunctionName="one:1", Qualifier="2")[0] == "InvalidParameterValueException"
    assert refused(invoke, FunctionName="one", Payload=b"{")[0] == "InvalidRequestContentException"
    assert refused(invoke, FunctionName="one", ClientContext="no base64")[0] == (
        "InvalidRequestContentException"
    )


def test_any_content_type_and_any_spelling_of_the_path(api: Api) -> None:
    path = "/2015-03-31/functions/{}/invocations"
    status, headers, body = api.post(path.format("one"), b'"hi"', Content_Type="text/plain")
    assert (status, json.loads(body)["event"]) == (200, "hi")
    assert headers["Content-Type"] == "application/json"
    status, _, body = api.post(path.format(quote(f"{ARN}one:live", safe="")))
    assert (status, json.loads(body)["arn"]) == (200, f"{ARN}one:live")
    status, headers, body = api.post(path.format("one") + "?Qualifier=1", X_Amz_Invocation_Type="DryRun")
    assert (status, body) == (204, b"")


# ---------------------------------------------------------------------- layers


def test_layers_are_published_listed_and_fetched(api: Api) -> None:
    archive = zipped("WORD = 'hi'", "python/words.py")
    for description in ("first", "second"):
        made = api.functions.publish_layer_version(
            LayerName="words",
            Description=description,
            Content={"ZipFile": archive},
            CompatibleRuntimes=["python3.13"],
            CompatibleArchitectures=["x86_64"],
            LicenseInfo="MIT",
        )
    assert (made["Version"], made["LayerVersionArn"]) == (2, f"{LAYER}words:2")
    assert fetched(made["Content"]["Location"]) == (200, archive)
    assert made["Content"]["CodeSize"] == len(archive)
    listed = api.functions.list_layers(CompatibleRuntime="python3.13")["Layers"]
    assert [(layer["LayerName"], layer["LatestMatchingVersion"]["Version"]) for layer in listed] == [
        ("words", 2)
    ]
    assert api.functions.list_layers(CompatibleRuntime="nodejs22.x")["Layers"] == []
    page = api.functions.list_layer_versions(LayerName="words", MaxItems=1)
    assert [version["Version"] for version in page["LayerVersions"]] == [2]
    rest = api.functions.list_layer_versions(LayerName="words", Marker=page["NextMarker"])
    assert [version["Description"] for version in rest["LayerVersions"]] == ["first"]
    by_arn = api.functions.get_layer_version_by_arn(Arn=f"{LAYER}words:1")
    assert by_arn["Description"] == "first"
    assert fetched(by_arn["Content"]["Location"])[0] == 200
    assert api.functions.get_layer_version(LayerName=f"{LAYER}words", VersionNumber=2)["LicenseInfo"] == "MIT"


def test_layers_that_are_refused(api: Api) -> None:
    publish = api.functions.publish_layer_version
    assert refused(publish, LayerName="bad", Content={"ZipFile": b"no zip"})[2].startswith("Could not unzip")
    assert refused(publish, LayerName="a b", Content={"ZipFile": zipped("")})[0] == "ValidationException"
    assert refused(api.functions.get_layer_version, LayerName="nobody", VersionNumber=1) == (
        "ResourceNotFoundException",
        404,
        f"Layer version {LAYER}nobody:1 does not exist.",
    )
    arns = [
        publish(LayerName=f"l{number}", Content={"ZipFile": zipped("", f"python/l{number}.py")})[
            "LayerVersionArn"
        ]
        for number in range(6)
    ]
    assert "more than 5 layers" in refused(api.create, name="refused", Layers=arns)[2]
    again = publish(LayerName="l0", Content={"ZipFile": zipped("")})["LayerVersionArn"]
    assert "Two different versions" in refused(api.create, name="refused", Layers=[arns[0], again])[2]
    assert refused(api.create, name="refused", Layers=[f"{LAYER}nobody:7"])[2] == (
        f"Layer version {LAYER}nobody:7 does not exist."
    )
    other = "arn:aws:lambda:us-east-1:999999999999:layer:l0:1"
    assert refused(api.create, name="refused", Layers=[other])[0] == "InvalidParameterValueException"


def test_a_deleted_layer_stays_for_who_has_it(api: Api) -> None:
    archive = zipped("WORD = 'kept'", "python/kept_words.py")
    arn = api.functions.publish_layer_version(LayerName="kept", Content={"ZipFile": archive})[
        "LayerVersionArn"
    ]
    source = "import kept_words\ndef handler(event, context):\n    return kept_words.WORD\n"
    api.create("user", source, Layers=[arn])
    api.functions.delete_layer_version(LayerName="kept", VersionNumber=1)
    api.functions.delete_layer_version(LayerName="kept", VersionNumber=1)
    assert refused(api.functions.get_layer_version, LayerName="kept", VersionNumber=1)[1] == 404
    assert refused(api.create, name="late", Layers=[arn])[0] == "InvalidParameterValueException"
    api.functions.update_function_configuration(FunctionName="user", Timeout=9)
    assert json.loads(api.functions.invoke(FunctionName="user")["Payload"].read()) == "kept"
    again = api.functions.publish_layer_version(LayerName="kept", Content={"ZipFile": archive})
    assert again["Version"] == 2, "a number is never given again"


def test_policies_of_layers(api: Api) -> None:
    api.functions.publish_layer_version(LayerName="shared", Content={"ZipFile": zipped("")})
    where = {"LayerName": "shared", "VersionNumber": 1}
    added = api.functions.add_layer_version_permission(
        **where, StatementId="s", Action="lambda:GetLayerVersion", Principal="*"
    )
    statement = json.loads(added["Statement"])
    assert (statement["Resource"], statement["Principal"]) == (f"{LAYER}shared:1", "*")
    policy = api.functions.get_layer_version_policy(**where)
    assert json.loads(policy["Policy"])["Statement"] == [statement]
    assert policy["RevisionId"] == added["RevisionId"]
    again = {"StatementId": "s", "Action": "lambda:GetLayerVersion", "Principal": "*"}
    assert refused(api.functions.add_layer_version_permission, **where, **again)[1] == 409
    api.functions.remove_layer_version_permission(**where, StatementId="s")
    assert refused(api.functions.get_layer_version_policy, **where)[0] == "ResourceNotFoundException"
    assert refused(api.functions.remove_layer_version_permission, **where, StatementId="s")[1] == 404
