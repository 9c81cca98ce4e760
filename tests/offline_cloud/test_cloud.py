"""Starting, stopping and using a cloud from Python."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

from offline_cloud import Cloud, CloudError


def test_a_cloud_that_is_gone_is_said() -> None:
    cloud = Cloud.start()
    pid = cloud.pid
    assert pid is not None
    cloud.stop()
    cloud.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(CloudError, match="No cloud answers at http://localhost"):
        cloud.clock.now()


def test_what_the_process_said_is_in_the_error() -> None:
    with Cloud.start() as other:
        taken = int(other.endpoint.rpartition(":")[2])
        with pytest.raises(CloudError, match=rf"exit code 2.*\n.*port {taken}.*\n.*labkit doctor"):
            Cloud.start(port=taken)


def test_two_clouds_know_nothing_of_each_other(cloud: Cloud) -> None:
    with Cloud.start() as other:
        assert other.endpoint != cloud.endpoint
        other.client("ssm").put_parameter(Name="/only-here", Value="1", Type="String")
        names = [each["Name"] for each in cloud.client("ssm").describe_parameters()["Parameters"]]
        assert "/only-here" not in names
        assert other.clock.advance(days=1) > cloud.clock.now()
        with pytest.raises(CloudError, match="token"):
            Cloud.attach(other.endpoint, cloud.token).bill()


def test_a_number_without_its_unit_moves_no_clock(cloud: Cloud) -> None:
    with pytest.raises(CloudError, match=r"name the unit, such as advance\(hours=1\)"):
        cloud.clock.advance(1)


def test_nothing_of_the_learners_own_set_up_is_used(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text("[profile work]\nregion = eu-central-1\nendpoint_url = http://192.0.2.1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_PROFILE", "a-profile-that-is-not-there")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://192.0.2.1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://192.0.2.1")
    monkeypatch.setenv("HTTP_PROXY", "http://192.0.2.1:3128")
    monkeypatch.setenv("AWS_CA_BUNDLE", "/nowhere")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    client = cloud.session().client("sts")
    assert client.meta.region_name == "us-east-1"
    assert client.get_caller_identity()["Account"] == "123456789012"
    assert cloud.session("eu-west-1").resource("s3").meta.client.meta.endpoint_url == cloud.endpoint


def test_a_child_process_needs_the_environment_only(cloud: Cloud) -> None:
    program = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"
    own = {
        **os.environ,
        "AWS_PROFILE": "work",
        "AWS_DEFAULT_PROFILE": "work",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
        "HTTP_PROXY": "http://192.0.2.1:3128",
        "http_proxy": "http://192.0.2.1:3128",
    }
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**own, **cloud.environment()},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("123456789012\n", 0), done.stderr


def test_the_same_client_for_the_same_service(cloud: Cloud) -> None:
    assert cloud.client("s3") is cloud.client("s3")
    assert cloud.client("s3") is not cloud.client("s3", "eu-west-1")


def test_a_client_may_have_a_config_of_its_own(cloud: Cloud) -> None:
    from botocore.config import Config

    client = cloud.session().client("s3", config=Config(s3={"addressing_style": "path"}))
    assert client.meta.config.s3["addressing_style"] == "path"
    assert client.meta.config.inject_host_prefix is False


def test_host_prefixes_are_left_out(cloud: Cloud) -> None:
    """`sync-states.localhost` would not resolve; the cloud gets the request, and answers it."""
    session: boto3.Session = cloud.session()
    states = session.client("stepfunctions")
    with pytest.raises(states.exceptions.ClientError, match="State Machine Does Not Exist"):
        states.start_sync_execution(stateMachineArn="arn:aws:states:us-east-1:123456789012:stateMachine:none")


def test_importing_the_package_imports_no_client() -> None:
    program = "import sys, offline_cloud; print(sorted({'boto3', 'moto', 'http.client'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
