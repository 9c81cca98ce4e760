"""What the Lambda API refuses, in AWS's own words."""

import json
from typing import Any

import pytest

from offline_cloud.moto_seams.awslambda import validation
from offline_cloud.moto_seams.awslambda.errors import LambdaError

GOOD = {
    "FunctionName": "price-checker",
    "Role": "arn:aws:iam::123456789012:role/lambda-role",
    "Runtime": "python3.13",
    "Handler": "lambda_function.lambda_handler",
}


def refused(**changes: Any) -> tuple[str, str, int]:
    with pytest.raises(LambdaError) as caught:
        validation.check_function({**GOOD, **changes})
    return caught.value.error_type, caught.value.message, caught.value.code


def test_a_good_function_passes() -> None:
    validation.check_function(GOOD)
    validation.check_function(
        {**GOOD, "Timeout": 900, "MemorySize": 10240, "EphemeralStorage": {"Size": 512}}
    )


@pytest.mark.parametrize(
    "runtime", [f"python3.{minor}" for minor in range(10, 15)] + ["nodejs22.x", "provided.al2023"]
)
def test_current_runtimes(runtime: str) -> None:
    validation.check_runtime(runtime)


def test_an_unknown_runtime() -> None:
    code, message, _ = refused(Runtime="python2.5")
    assert code == "InvalidParameterValueException"
    assert message.startswith(
        "Value python2.5 at 'runtime' failed to satisfy constraint: "
        "Member must satisfy enum value set: [nodejs"
    )
    assert message.endswith("] or be a valid ARN")


@pytest.mark.parametrize("runtime", ["python3.8", "python3.9", "nodejs16.x", "go1.x"])
def test_a_deprecated_runtime(runtime: str) -> None:
    code, message, _ = refused(Runtime=runtime)
    assert code == "InvalidParameterValueException"
    assert message.startswith(
        f"The runtime parameter of {runtime} is no longer supported for creating or updating"
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"Timeout": 901}, "Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900"),  # noqa: E501
        ({"Timeout": 0}, "Value '0' at 'timeout' failed to satisfy constraint: Member must have value greater than or equal to 1"),  # noqa: E501
        ({"MemorySize": 127}, "Value '127' at 'memorySize' failed to satisfy constraint: Member must have value greater than or equal to 128"),  # noqa: E501
        ({"MemorySize": 10241}, "Value '10241' at 'memorySize' failed to satisfy constraint: Member must have value less than or equal to 10240"),  # noqa: E501
        ({"EphemeralStorage": {"Size": 511}}, "Value '511' at 'ephemeralStorage.size' failed to satisfy constraint: Member must have value greater than or equal to 512"),  # noqa: E501
        ({"EphemeralStorage": {"Size": 10241}}, "Value '10241' at 'ephemeralStorage.size' failed to satisfy constraint: Member must have value less than or equal to 10240"),  # noqa: E501
        ({"Handler": "two words"}, r"Value 'two words' at 'handler' failed to satisfy constraint: Member must satisfy regular expression pattern: [^\s]+"),  # noqa: E501
        ({"Handler": "h" * 129}, f"Value '{'h' * 129}' at 'handler' failed to satisfy constraint: Member must have length less than or equal to 128"),  # noqa: E501
        ({"FunctionName": "n" * 65}, f"Value '{'n' * 65}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64"),  # noqa: E501
    ],
)  # fmt: skip
def test_ranges_and_patterns(changes: dict[str, Any], said: str) -> None:
    assert refused(**changes) == ("ValidationException", f"1 validation error detected: {said}", 400)


def test_all_errors_of_a_request_come_at_once() -> None:
    _, message, _ = refused(Timeout=0, MemorySize=1)
    assert message.startswith("2 validation errors detected: Value '0' at 'timeout'")
    assert "; Value '1' at 'memorySize'" in message


def test_a_zip_function_needs_runtime_and_handler() -> None:
    assert refused(Runtime=None)[:2] == (
        "InvalidParameterValueException",
        "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
    )


IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/price-checker"
OF_IMAGE = {"PackageType": "Image", "Runtime": None, "Handler": None}


@pytest.mark.parametrize("tail", ["", ":latest", ":1.0-rc_1", "@sha256:" + "0a" * 32])
def test_a_function_from_an_image_passes(tail: str) -> None:
    validation.check_function({**GOOD, **OF_IMAGE, "Code": {"ImageUri": IMAGE + tail}})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"PackageType": "Image", "Code": {"ImageUri": IMAGE}},
         "Please don't provide Handler or Runtime or Layer when the intent is to create a function"),
        ({**OF_IMAGE, "Code": {"ZipFile": "UEs="}}, "Please provide ImageUri when creating a function"),
        ({**OF_IMAGE, "Code": {"ImageUri": "docker.io/mine"}},
         "Source image docker.io/mine is not valid. Provide a valid source image."),
        ({"Code": {"ImageUri": IMAGE}},
         "Please don't provide ImageUri when creating a function with packageType Zip."),
    ],
)  # fmt: skip
def test_images_and_zips_do_not_mix(changes: dict[str, Any], said: str) -> None:
    code, message, _ = refused(**changes)
    assert (code, message.startswith(said)) == ("InvalidParameterValueException", True)


@pytest.mark.parametrize(
    ("changes", "label"),
    [
        ({"Description": "x" * 257}, "description"),
        ({"TracingConfig": {"Mode": "On"}}, "tracingConfig.mode"),
        ({"Layers": ["my-layer:1"]}, "layers"),
    ],
)
def test_other_members(changes: dict[str, Any], label: str) -> None:
    code, message, _ = refused(**changes)
    assert (code, f"at '{label}' failed to satisfy constraint: Member must" in message) == (
        "ValidationException", True,
    )  # fmt: skip


def test_what_is_left_out_is_named_all_at_once() -> None:
    with pytest.raises(LambdaError) as caught:
        validation.check_required({"FunctionName": "f"})
    assert caught.value.message == (
        "2 validation errors detected: "
        "Value null at 'role' failed to satisfy constraint: Member must not be null; "
        "Value null at 'code' failed to satisfy constraint: Member must not be null"
    )


def test_reserved_variables_are_named() -> None:
    code, message, _ = refused(Environment={"Variables": {"AWS_REGION": "x", "TABLE": "y", "_HANDLER": "z"}})
    assert code == "InvalidParameterValueException"
    assert message.endswith("Reserved keys used in this request: AWS_REGION, _HANDLER")


def test_a_variables_name_must_be_one() -> None:
    code, message, _ = refused(Environment={"Variables": {"a-b": "x"}})
    assert (code, "Value at 'environment.variables' failed" in message) == ("ValidationException", True)


def test_four_kilobytes_of_variables_and_no_more() -> None:
    room = 4096 - len('{"NAME":""}')
    validation.check_environment({"Variables": {"NAME": "x" * room}})
    with pytest.raises(LambdaError, match="exceeded the 4KB limit") as caught:
        validation.check_environment({"Variables": {"NAME": "x" * (room + 1)}})
    assert caught.value.error_type == "InvalidParameterValueException"


@pytest.mark.parametrize(
    "payload", [b"{}", b"null", b'"text"', b"[1, 2.5e3, true]", '{"name": "Gr\u00fc\u00dfe"}'.encode()]
)
def test_json_payloads(payload: bytes) -> None:
    assert validation.json_problem(payload) is None


@pytest.mark.parametrize(
    ("payload", "cause"),
    [
        (b"hello", "Unrecognized token 'hello': was expecting (JSON String, Number"),
        (b"{'a': 1}", "Unexpected character (''' (code 39)): was expecting double-quote to start field name"),
        (b'{"a": }', "Unexpected character ('}' (code 125)): expected a valid value"),
        (b'{"a": 1', "Unexpected end-of-input"),
        (b'{"a": 1} x', "Unexpected character ('x' (code 120)): Expected space separating root-level values"),
        (b"\x97", "Invalid UTF-8 start byte 0x97"),
        (b'{"a": NaN}', "Non-standard token 'NaN'"),
    ],
)
def test_what_is_no_json(payload: bytes, cause: str) -> None:
    problem = validation.json_problem(payload)
    assert problem is not None
    assert problem.startswith("Could not parse request body into json: Could not parse payload into json: ")
    assert cause in problem


def test_payload_limits() -> None:
    exactly = b'"' + b"x" * (6 * 1024 * 1024 - 2) + b'"'
    validation.check_payload("RequestResponse", exactly)
    with pytest.raises(LambdaError) as caught:
        validation.check_payload("RequestResponse", exactly + b" ")
    assert (caught.value.error_type, caught.value.code) == ("RequestEntityTooLargeException", 413)
    assert "6291457 byte payload is too large for the RequestResponse invocation type (limit 6291456" in str(
        caught.value.message
    )
    with pytest.raises(LambdaError, match="Event invocation type"):
        validation.check_payload("Event", b'"' + b"x" * 1024 * 1024 + b'"')


def test_errors_have_the_shape_of_the_lambda_api() -> None:
    with pytest.raises(LambdaError) as caught:
        validation.check_runtime("cobol")
    assert json.loads(caught.value.description)["Type"] == "User"
