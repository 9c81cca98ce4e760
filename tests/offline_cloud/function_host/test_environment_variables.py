"""The variables of an environment: AWS's, the learner's, and the way to this cloud."""

from offline_cloud.function_host.environment_variables import RESERVED, environment_variables
from offline_cloud.function_host.function_version import FunctionVersion

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:price-checker"


def variables(**own: str) -> dict[str, str]:
    function = FunctionVersion(
        "price-checker", ARN, "7", "r", "python3.12", "app.handler", None, region="eu-west-1", environment=own
    )
    return environment_variables(
        function,
        access_key="ASIAEXAMPLE",
        secret_key="secret",
        session_token="token",
        log_stream="2026/11/23/[7]00",
        runtime_api="127.0.0.1:9001",
        endpoint="http://localhost:4566",
    )


def test_awss_own() -> None:
    seen = variables()
    assert seen["AWS_LAMBDA_FUNCTION_NAME"] == "price-checker"
    assert seen["AWS_LAMBDA_FUNCTION_VERSION"] == "7"
    assert seen["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "128"
    assert seen["AWS_LAMBDA_LOG_GROUP_NAME"] == "/aws/lambda/price-checker"
    assert seen["AWS_LAMBDA_LOG_STREAM_NAME"] == "2026/11/23/[7]00"
    assert seen["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.12"
    assert (seen["AWS_REGION"], seen["AWS_DEFAULT_REGION"]) == ("eu-west-1", "eu-west-1")
    assert (seen["_HANDLER"], seen["LAMBDA_TASK_ROOT"], seen["TZ"]) == ("app.handler", "/var/task", ":UTC")


def test_the_way_to_this_cloud() -> None:
    assert variables()["AWS_ENDPOINT_URL"] == "http://localhost:4566"


def test_the_learners_may_replace_defaults_but_nothing_reserved() -> None:
    seen = variables(TABLE="prices", TZ="Europe/Berlin", AWS_REGION="mars-1")
    assert (seen["TABLE"], seen["TZ"], seen["AWS_REGION"]) == ("prices", "Europe/Berlin", "eu-west-1")


def test_every_reserved_name_that_a_process_gets_at_its_start_is_there() -> None:
    given_later = {"_X_AMZN_TRACE_ID", "AWS_ACCESS_KEY"}
    assert set(variables()) >= RESERVED - given_later
