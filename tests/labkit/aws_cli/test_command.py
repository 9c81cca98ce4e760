"""Command lines against a running cloud, as a learner types them."""

from __future__ import annotations

import io
import json
import shlex
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from labkit.aws_cli.command import main
from offline_cloud import Cloud

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
SOURCE = """
def handler(event, context):
    print("got", event)
    return {"seen": event, "version": context.function_version}
"""


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud.start(clock="skip", seed=5) as running:
        running.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
        yield running


Aws = Callable[..., tuple[int, str, str]]


@pytest.fixture
def aws(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Aws:
    """Run a line: exit code, what it printed, what it complained about."""
    for name, value in cloud.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", SOURCE)
    Path("f.zip").write_bytes(buffer.getvalue())

    def run(line: str) -> tuple[int, str, str]:
        first, *words = shlex.split(line)
        assert first == "aws"
        code = main(words)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def function(aws: Aws, cloud: Cloud) -> Iterator[str]:
    code, out, err = aws(
        "aws lambda create-function --function-name f --runtime python3.13 --handler app.handler "
        "--role arn:aws:iam::123456789012:role/r --zip-file fileb://f.zip --memory-size 256 "
        "--environment 'Variables={AA=b,CC=d}' --tags team=x --query '[FunctionName,MemorySize]'"
    )
    assert (code, json.loads(out or "null"), err) == (0, ["f", 256], "")
    yield "f"
    cloud.client("lambda").delete_function(FunctionName="f")


@pytest.mark.usefixtures("function")
def test_the_life_of_a_function(aws: Aws) -> None:
    assert aws("aws lambda wait function-active-v2 --function-name f") == (0, "", "")
    assert aws("aws lambda publish-version --function-name f --query Version --output text")[1] == "1\n"
    aws("aws lambda update-function-configuration --function-name f --timeout 10")
    assert aws("aws lambda publish-version --function-name f --query Version --output text")[1] == "2\n"
    aws("aws lambda create-alias --function-name f --name live --function-version 1")
    line = "aws lambda update-alias --function-name f --name live --function-version 2 --routing-config "
    assert aws(line + "'AdditionalVersionWeights={1=0.1}' --query RoutingConfig --output text") == (
        0,
        "ADDITIONALVERSIONWEIGHTS\t0.1\n",
        "",
    )
    aws("aws lambda update-function-code --function-name f --zip-file fileb://f.zip --publish")
    assert aws("aws lambda list-functions --query 'Functions[].FunctionName' --output text")[1] == "f\n"
    out = aws("aws lambda list-versions-by-function --function-name f --max-items 1")[1]
    assert len(json.loads(out)["Versions"]) == 1


@pytest.mark.usefixtures("function")
def test_a_payload_is_base64_unless_it_is_said_to_be_raw(aws: Aws) -> None:
    invoke = "aws lambda invoke --function-name f --payload '{\"k\": 1}' out.json"
    assert aws(invoke) == (255, "", '\nInvalid base64: "{"k": 1}"\n')
    assert not Path("out.json").exists()
    code, out, _ = aws(invoke + " --cli-binary-format raw-in-base64-out")
    assert (code, json.loads(out)) == (0, {"StatusCode": 200, "ExecutedVersion": "$LATEST"})
    assert json.loads(Path("out.json").read_text())["seen"] == {"k": 1}
    aws("aws lambda invoke --function-name f --payload eyJrIjogMn0= out.json")
    assert json.loads(Path("out.json").read_text())["seen"] == {"k": 2}
    Path("event.json").write_text('{"k": 3}')
    aws("aws lambda invoke --function-name f --payload fileb://event.json out.json")
    assert json.loads(Path("out.json").read_text())["seen"] == {"k": 3}


@pytest.mark.usefixtures("function")
def test_the_line_of_lab_05(aws: Aws) -> None:
    line = (
        "aws lambda invoke --function-name f --invocation-type Event "
        '--cli-binary-format raw-in-base64-out --payload \'{"symbol": "TRDW"}\' response.json'
    )
    code, out, err = aws(line)
    assert (code, json.loads(out), err) == (0, {"StatusCode": 202}, "")
    assert Path("response.json").read_bytes() == b""


@pytest.mark.usefixtures("function")
def test_logs(aws: Aws) -> None:
    aws("aws lambda invoke --function-name f --log-type Tail out.json")
    code, out, _ = aws("aws logs tail /aws/lambda/f --since 1h --format short")
    assert code == 0
    assert any(line.endswith(" got {}") for line in out.splitlines())
    out = aws("aws logs filter-log-events --log-group-name /aws/lambda/f --filter-pattern got")[1]
    assert json.loads(out)["events"][0]["message"].startswith("got")


def test_s3(aws: Aws, tmp_path: Path) -> None:
    assert aws("aws s3 mb s3://trades") == (0, "make_bucket: trades\n", "")
    (tmp_path / "d" / "e").mkdir(parents=True)
    (tmp_path / "d" / "1.txt").write_text("one")
    (tmp_path / "d" / "e" / "2.txt").write_text("two")
    assert aws("aws s3 cp d/1.txt s3://trades/x/")[1] == "upload: ./d/1.txt to s3://trades/x/1.txt\n"
    assert aws("aws s3 sync d s3://trades/y")[1].count("upload:") == 2
    assert aws("aws s3 sync d s3://trades/y")[1] == ""
    assert "PRE y/" in aws("aws s3 ls s3://trades")[1]
    assert aws("aws s3 ls s3://trades --recursive --summarize")[1].endswith(
        "Total Objects: 3\n   Total Size: 9\n"
    )
    aws("aws s3 cp s3://trades/y copy --recursive")
    assert (tmp_path / "copy" / "e" / "2.txt").read_text() == "two"
    assert aws("aws s3 mv s3://trades/x/1.txt s3://trades/z/1.txt")[0] == 0
    assert "X-Amz-Signature" in aws("aws s3 presign s3://trades/z/1.txt")[1]
    assert aws("aws s3 rb s3://trades")[0] == 254
    assert aws("aws s3 rb s3://trades --force")[1].endswith("remove_bucket: trades\n")
    assert aws("aws s3 cp nothing s3://trades/x")[0] == 255


def test_an_object_by_the_plain_api(aws: Aws) -> None:
    aws("aws s3api create-bucket --bucket plain")
    Path("body.txt").write_text("hello")
    assert aws("aws s3api put-object --bucket plain --key k --body body.txt")[0] == 0
    code, out, _ = aws("aws s3api get-object --bucket plain --key k got.txt --query ContentLength")
    assert (code, out, Path("got.txt").read_text()) == (0, "5\n", "hello")


def test_help(aws: Aws) -> None:
    assert "lambda" in aws("aws help")[1].splitlines()
    assert "list-functions" in aws("aws lambda help")[1].splitlines()
    said = aws("aws lambda invoke help")[1].splitlines()
    assert "--function-name <string>" in said
    assert "[--invocation-type <Event | RequestResponse | DryRun>]" in said


def test_other_services(aws: Aws) -> None:
    url = aws(
        "aws sqs create-queue --queue-name q --attributes VisibilityTimeout=5 --query QueueUrl --output text"
    )[1].strip()
    aws(f"aws sqs send-message --queue-url {url} --message-body '{{\"a\": 1}}'")
    received = aws(f"aws sqs receive-message --queue-url {url} --query 'Messages[0].Body'")[1]
    assert json.loads(received) == '{"a": 1}'
    aws(
        "aws dynamodb create-table --table-name t --attribute-definitions AttributeName=id,AttributeType=S "
        "--key-schema AttributeName=id,KeyType=HASH --billing-mode PAY_PER_REQUEST"
    )
    assert aws("aws dynamodb wait table-exists --table-name t")[0] == 0
    item = '{"id": {"S": "1"}, "n": {"N": "5"}}'
    assert aws(f"aws dynamodb put-item --table-name t --item '{item}'") == (0, "", "")
    assert json.loads(aws("aws dynamodb scan --table-name t --query Items[0]")[1]) == json.loads(item)
    machine = aws(
        "aws stepfunctions create-state-machine --name m --role-arn arn:aws:iam::123456789012:role/r "
        '--definition \'{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}\' '
        "--query stateMachineArn --output text"
    )[1].strip()
    arn = aws(
        f"aws stepfunctions start-execution --state-machine-arn {machine} --input '{{\"x\": 1}}' "
        "--query executionArn --output text"
    )[1].strip()
    assert aws(f"aws stepfunctions describe-execution --execution-arn {arn} --query output --output text")[
        1
    ] == ('{"x": 1}\n')
    assert json.loads(aws("aws sts get-caller-identity")[1])["Account"] == "123456789012"
    entries = '[{"Source": "s", "DetailType": "d", "Detail": "{}"}]'
    assert json.loads(aws(f"aws events put-events --entries '{entries}'")[1])["FailedEntryCount"] == 0


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("aws", 252, "required: command"),
        ("aws nothing x", 252, "invalid choice 'nothing'"),
        ("aws lambda list-function", 252, "maybe you meant: list-functions"),
        ("aws lambda invoke out.json", 252, "required: --function-name"),
        ("aws lambda invoke --function-name f", 252, "required: outfile"),
        ("aws lambda invoke --function-name f out.json more", 252, "Unknown options: more"),
        ("aws lambda list-functions --colour red", 252, "Unknown options: --colour"),
        ("aws lambda list-functions --output xml", 252, "Invalid choice"),
        ("aws lambda get-function --function-name nobody", 254, "(ResourceNotFoundException) when calling"),
        ("aws lambda create-function --function-name f --role r --zip-file f.zip", 252, "fileb://"),
        ("aws lambda get-function --function-name file://no.txt", 252, "Unable to load paramfile"),
        ("aws lambda update-function-configuration --function-name f --timeout x", 252, "--timeout"),
        ("aws configure list", 253, "no configuration"),
        ("aws lambda wait forever", 252, "invalid choice 'forever'"),
    ],
)
def test_lines_that_are_refused(aws: Aws, line: str, code: int, said: str) -> None:
    ended, out, err = aws(line)
    assert (ended, out) == (code, "")
    assert said in err


def test_nothing_but_an_offline_cloud_is_called(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    line = "aws lambda list-functions --endpoint-url https://lambda.us-east-1.amazonaws.com"
    code, _, err = aws(line)
    assert (code, "offline cloud only" in err) == (253, True)
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    assert aws("aws lambda list-functions")[0] == 253
