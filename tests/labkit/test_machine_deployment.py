"""State machines from a notebook into a real cloud, and as a check executes them there."""

import json
import random

import pytest

from grader import Failure
from grader.lab import Connection, Lab
from labkit import LabkitError
from labkit.machine_deployment import definition_text, deploy_machine
from offline_cloud import Cloud


@pytest.fixture(scope="module")
def cloud():
    with Cloud.start(clock="live", seed=3) as running:
        yield running


@pytest.fixture
def lab(cloud):
    return Lab(Connection(cloud), "trades", random.Random(1), deadline=float("inf"))


def waits_then(**last):
    last = {"Type": "Pass", "End": True, **last}
    wait = {"Type": "Wait", "Seconds": 86_400, "Next": "Then"}
    return {"StartAt": "Wait", "States": {"Wait": wait, "Then": last}}


def deployed(cloud, name, definition, kind="STANDARD"):
    return deploy_machine(cloud, name, definition_text(definition), kind)


def test_a_file_a_dict_and_text_are_definitions(tmp_path):
    text = json.dumps(waits_then())
    (tmp_path / "m.asl.json").write_text(text)
    assert definition_text(tmp_path / "m.asl.json") == text
    assert definition_text(str(tmp_path / "m.asl.json")) == text
    assert definition_text(text) == text
    assert json.loads(definition_text(waits_then())) == waits_then()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("settle.asl.json", "there is no file settle.asl.json beside the notebook"),
        (7, "give a file, a dict or the text of a definition"),
        ({"StartAt": {1}}, "the definition is no JSON"),
    ],
)
def test_what_is_no_definition_is_said(given, said):
    with pytest.raises(LabkitError, match=said):
        definition_text(given)


def test_it_is_created_then_updated(cloud, lab):
    first = deployed(cloud, "settle", waits_then(Result=1))
    second = deployed(cloud, "settle", waits_then(Result=2))
    assert (first.created, second.created, first.arn) == (True, False, second.arn)
    assert first.states == ("Wait", "Then")
    assert lab.execute("settle").output == 2


def test_one_that_is_not_valid_is_listed_finding_by_finding_and_not_deployed(cloud):
    broken = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "C": {"Type": "Sleep"}}}
    with pytest.raises(LabkitError) as caught:
        deployed(cloud, "broken", broken)
    assert "broken is not deployed" in str(caught.value)
    assert "/States/A/Next" in str(caught.value)
    assert "/States/C" in str(caught.value)
    names = [
        machine["name"] for machine in cloud.client("stepfunctions").list_state_machines()["stateMachines"]
    ]
    assert "broken" not in names


def test_a_check_executes_it_without_waiting_and_sees_what_happened(cloud, lab):
    deployed(cloud, "tomorrow", waits_then())
    execution = lab.execute("tomorrow", {"symbol": "TRDW"}, name="one")
    assert (execution.status, execution.output) == ("SUCCEEDED", {"symbol": "TRDW"})
    assert execution.visited == ["Wait", "Then"]
    assert execution.moments("WaitStateExited") == [pytest.approx(86_400, abs=1)]
    assert execution.stopped - execution.started == pytest.approx(86_400, abs=1)
    assert execution.arn.endswith(":tomorrow:one")
    assert lab.execution(execution.arn) == execution


def test_one_that_fails_or_waits_for_somebody_is_told_as_it_stands(cloud, lab):
    fails = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Closed", "Cause": "after hours"}}}
    deployed(cloud, "fails", fails)
    failed = lab.execute("fails")
    assert (failed.status, failed.error, failed.cause, failed.output) == (
        "FAILED",
        "Closed",
        "after hours",
        None,
    )
    activity = cloud.client("stepfunctions").create_activity(name="approve")["activityArn"]
    deployed(cloud, "asks", waits_then(Type="Task", Resource=activity))
    asking = lab.execute("asks")
    assert (asking.status, asking.output, asking.stopped) == ("RUNNING", None, None)


def test_no_machine_is_the_learners_failure(lab):
    with pytest.raises(Failure) as caught:
        lab.execute("nowhere")
    assert caught.value.expected == "a state machine with the name nowhere"
