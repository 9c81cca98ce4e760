"""The notebook face against a real cloud: what a learner types, and what comes back."""

import ast
import json
import os
from pathlib import Path

import boto3
import pytest

import labkit
from course_builder import new_course
from grader import learner
from labkit import notebook, session


@pytest.fixture(scope="module")
def lab_cloud(tmp_path_factory):
    """One open lab for this file; the process's environment is put back afterwards."""
    before = dict(os.environ)
    made = new_course(tmp_path_factory.mktemp("course") / "tiny")
    (made.labs[0].folder / "start.py").write_text(
        "import boto3\n\ndef start(session: boto3.Session) -> None:\n"
        '    session.client("s3").create_bucket(Bucket="from-the-start")\n'
    )
    os.environ["LABKIT_COURSE"] = str(made.folder)
    os.environ.pop("LABKIT_CLOUD", None)
    yield labkit.open("hello-cloud")
    session.close()
    os.environ.clear()
    os.environ.update(before)
    boto3.DEFAULT_SESSION = None


def greeting(name):
    return f"Hello, {name}!"


def printing(name):
    print(f"Hello, {name}!")


def parameter(name):
    return json.loads(boto3.client("ssm").get_parameter(Name=name)["Parameter"]["Value"])


PASS = {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}


def refused(call, *arguments):
    with pytest.raises(labkit.LabkitError) as caught:
        call(*arguments)
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_plain_boto3_reaches_the_cloud_in_its_start_state(lab_cloud):
    assert os.environ["AWS_ENDPOINT_URL"] == lab_cloud.endpoint
    names = [bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]]
    assert names == ["from-the-start"]


def test_a_reset_brings_the_start_state_back(lab_cloud):
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="mine")
    lab_cloud.reset()
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["from-the-start"]


def test_opening_again_gives_the_same_cloud(lab_cloud):
    assert labkit.open("hello-cloud") is lab_cloud


def test_an_answer_and_a_prediction_are_parameters(lab_cloud):
    view = labkit.answer("E1", {"price": [1.5, None, True]})
    assert parameter("/labkit/hello-cloud/E1/answer") == {"price": [1.5, None, True]}
    assert "your answer is stored" in repr(view)
    labkit.predict("E1", False)
    assert parameter("/labkit/hello-cloud/E1/prediction") is False
    labkit.answer("E1", "x" * 6000)
    assert parameter("/labkit/hello-cloud/E1/answer") == "x" * 6000
    assert "shorten it" in refused(labkit.answer, "E1", "x" * 9000)


@pytest.mark.parametrize("nothing", [None, "", [], {}, (), {"a": None, "b": ""}])
def test_no_guess_is_refused_and_not_stored(lab_cloud, nothing):
    lab_cloud.reset()
    assert "no guess yet" in refused(labkit.predict, "E1", nothing)
    with pytest.raises(boto3.client("ssm").exceptions.ParameterNotFound):
        parameter("/labkit/hello-cloud/E1/prediction")


def test_a_right_function_passes_and_needs_no_hint(lab_cloud):
    assert "labkit-hello-cloud-E1" in repr(labkit.submit(greeting, "E1"))
    view = labkit.check("E1")
    assert repr(view).startswith("✔ E1 Greet by name: passed, 2 of 2 points")
    assert "no hint needed" in repr(labkit.hint("E1"))


def test_a_known_mistake_brings_up_its_own_hints_one_by_one(lab_cloud):
    labkit.submit(printing, "E1")
    view = labkit.check("E1")
    assert repr(view).startswith("✘ E1 Greet by name: not yet, 0 of 2 points")
    shown = [repr(labkit.hint("E1")) for _ in range(4)]
    assert "Where does your text go" in shown[0]
    assert "hint 2 of 3" in shown[1]
    assert "hint 3 of 3" in shown[2]
    assert "solutions/00-hello-cloud/hello-cloud.ipynb" in shown[3]


def test_deploying_creates_then_updates_and_the_cloud_runs_it(lab_cloud, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("doubler.py").write_text("import os\ndef lambda_handler(event, context):\n    return event * 2\n")
    assert "Created the function doubler." in repr(labkit.deploy("doubler", "doubler.py"))
    functions = boto3.client("lambda")
    reply = functions.invoke(FunctionName="doubler", Payload=b"21")
    assert json.load(reply["Payload"]) == 42
    Path("doubler.py").write_text("import os\ndef lambda_handler(e, c):\n    return os.environ['WORD'] * 2\n")
    shown = labkit.deploy("doubler", "doubler.py", timeout=7, memory=256, environment={"WORD": "ab"})
    assert "Updated the function doubler." in repr(shown)
    assert json.load(functions.invoke(FunctionName="doubler")["Payload"]) == "abab"
    settings = functions.get_function_configuration(FunctionName="doubler")
    assert (settings["Timeout"], settings["MemorySize"]) == (7, 256)


def test_pictures_are_drawn_from_what_ran(lab_cloud):
    labkit.deploy("drawn", "def lambda_handler(e, c):\n    return 1\n")
    boto3.client("lambda").invoke(FunctionName="drawn")
    for picture in (
        labkit.kit_map(),
        labkit.function_box("drawn"),
        labkit.life_lines("drawn"),
        labkit.bill(),
    ):
        assert "<svg" in picture._repr_html_()
    assert "drawn" in str(labkit.life_lines())
    assert "there is no function 'gone'" in refused(labkit.function_box, "gone")


def test_an_execution_is_drawn_by_its_arn(lab_cloud):
    labkit.deploy("halver", "def lambda_handler(e, c):\n    return e['number'] / e['by']\n")
    function = boto3.client("lambda").get_function(FunctionName="halver")["Configuration"]["FunctionArn"]
    halve = {
        "Type": "Task",
        "Resource": function,
        "Catch": [{"ErrorEquals": ["ZeroDivisionError"], "Next": "Sorry"}],
        "End": True,
    }
    definition = {"StartAt": "Halve", "States": {"Halve": halve, "Sorry": {"Type": "Pass", "End": True}}}
    labkit.deploy_machine("halving", definition)
    machines = boto3.client("stepfunctions")
    arn = machines.list_state_machines()["stateMachines"][0]["stateMachineArn"]
    run = machines.start_execution(stateMachineArn=arn, input='{"number": 7, "by": 0}')
    lab_cloud.clock.settle()
    assert "Sorry on error ZeroDivisionError (taken)" in str(labkit.machine("halving", run))
    assert "Sorry (Pass); ends here" in str(labkit.machine(definition))
    assert "ZeroDivisionError: division by zero → caught" in str(labkit.steps(run["executionArn"]))
    assert "Halve (Task): ↷ caught an error" in str(labkit.gantt(run))
    assert "there is halving" in refused(labkit.machine, "halvin")


def test_a_check_says_that_the_last_deployment_was_refused(lab_cloud):
    with pytest.raises(labkit.LabkitError):
        labkit.deploy_machine("gone", {"StartAt": "A", "States": {}})
    assert "gone was refused a moment ago" in labkit.check("E1").text
    labkit.deploy_machine("there", PASS)
    assert "refused" not in labkit.check("E1").text


def test_a_learners_mistake_is_one_sentence(lab_cloud):
    assert "it has E1" in refused(labkit.check, "E9")
    assert "as a text" in refused(labkit.hint, 1)
    assert "a lambda has no name" in refused(labkit.submit, lambda event: event, "E1")
    assert "a set is no JSON" in refused(labkit.answer, "E1", {1})
    told = refused(labkit.deploy, "halver", "def lambda_handler(event, context):\n    pass\n", "x.y", 1_000)
    assert told.startswith("halver is not deployed. AWS says ")
    assert "is not deployed. AWS says" in refused(labkit.deploy_machine, "no name", PASS)


def test_a_wrong_slug_names_the_right_ones(lab_cloud, monkeypatch):
    monkeypatch.setattr(session, "_current", None)
    assert "has no lab 'helo': it has hello-cloud" in refused(labkit.open, "helo")
    assert 'run the cell with labkit.open("…") first' in refused(labkit.check, "E1")


def test_in_a_graded_run_the_cloud_is_given_and_checks_come_later(lab_cloud, monkeypatch):
    monkeypatch.setattr(session, "_current", None)
    given = {"endpoint": lab_cloud.endpoint, "token": lab_cloud.learner_token}
    monkeypatch.setenv("LABKIT_CLOUD", json.dumps(given))
    monkeypatch.setenv("LABKIT_COURSE", "/nowhere")
    cloud = labkit.open("hello-cloud")
    assert cloud.endpoint == lab_cloud.endpoint
    labkit.answer("E1", 7)
    assert parameter("/labkit/hello-cloud/E1/answer") == 7
    assert "checked by the grader" in repr(labkit.check("E1"))
    assert "the grader gives none" in repr(labkit.hint("E1"))


def test_the_graders_sandbox_has_all_that_a_notebook_may_ask_for():
    """Our files can't be seen there: what labkit imports late has to be imported before."""
    tree = ast.parse(Path(notebook.__file__).read_text(encoding="utf-8"))
    late = {
        f"{found.module}.{name.name}"
        for function in tree.body
        for found in ast.walk(function)
        if isinstance(function, ast.FunctionDef) and isinstance(found, ast.ImportFrom)
        for name in found.names
        if found.module == "labkit"
    }
    assert len(late) >= 3
    assert late <= set(learner.PRELOADED)


def test_an_asynchronous_event_is_told_to_its_end(lab_cloud):
    labkit.deploy("faulty", "def lambda_handler(e, c):\n    raise KeyError('price')\n")
    sent = lab_cloud.client("lambda").invoke(FunctionName="faulty", InvocationType="Event")
    lab_cloud.clock.advance(minutes=5)

    told = labkit.event_story(sent).text
    assert "Attempt 3 at +3 min" in told
    assert "fails (KeyError)" in told
    assert "RetriesExhausted" in told
    assert labkit.event_story(function="faulty").text == told
    assert "there is no such asynchronous event" in refused(labkit.event_story, "no-such-request")


def test_a_bill_has_figures_for_programs_and_takes_off_what_is_free(lab_cloud):
    lab_cloud.client("sqs").list_queues()
    full, free = labkit.bill(), labkit.bill(free_tier=True)

    (line,) = (line for line in full.lines if line["id"] == "sqs-requests")
    assert line["cost"] > 0
    assert full.total > free.total
