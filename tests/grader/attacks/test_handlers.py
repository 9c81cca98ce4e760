"""A learner's functions, which the checks call, see no more than the notebook does, and answer no better."""

from __future__ import annotations

import socket

import pytest

from grader import grade
from offline_cloud.isolation import probe

pytestmark = pytest.mark.skipif(
    not (probe().mount_ns and probe().network_ns), reason="this machine has no namespaces to confine with"
)
SETUP = 'import boto3\nimport labkit\ncloud = labkit.open("attacked")'
LOOKS = """
%%writefile looker.py
import os
import subprocess
import sys

CODE = '''
import socket
for address in (("127.0.0.1", PORT), ("1.1.1.1", 53)):
    try:
        socket.create_connection(address, 0.3)
    except OSError:
        continue
    print("reached", address[0])
'''


def lambda_handler(event, context):
    found = []
    for base, folders, names in os.walk("/"):
        if base == "/":
            folders[:] = [name for name in folders if name not in ("proc", "sys", "usr", "lib", "lib64")]
        if base.endswith("site-packages"):
            folders[:] = []
        found += [os.path.join(base, name) for name in names if name in ("checks.py", "course.yml")]
        found += [base] if base.endswith("-first-function/checks") else []
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            text = open(f"/proc/{process}/cmdline", "rb").read()
        except OSError:
            continue
        if b"check_process" in text or b"labkit grade" in text:
            found.append(repr(text))
    # In a process of its own, past what keeps Python itself from leaving.
    said = subprocess.run([sys.executable, "-S", "-c", CODE], capture_output=True, text=True).stdout
    found += said.split()
    for path in ("/var/task/x", "/usr/x", "/etc/x", "/x"):
        try:
            open(path, "w").close()
        except OSError:
            continue
        found.append("wrote " + path)
    return {"found": found}
"""
DEPLOY = 'labkit.deploy("labkit-attacked-E1", "looker.py", timeout=15)'
REMEMBERS = """
%%writefile looker.py
import json
import boto3

store = boto3.client("ssm")


def lambda_handler(event, context):
    store.put_parameter(Name=f"/seen/{context.aws_request_id}", Value=json.dumps(event), Type="String")
    return 42 if event["number"] == 21 else event
"""
TELLS = """
import boto3
seen = boto3.client("ssm").get_parameters_by_path(Path="/seen", Recursive=True)["Parameters"]
labkit.answer("E2", sorted(item["Value"] for item in seen)[:1])
"""


def test_a_function_sees_no_check_no_process_and_no_network(workshop, tmp_path, warm):
    with socket.create_server(("127.0.0.1", 0)) as outside:
        source = LOOKS.lstrip().replace("PORT", str(outside.getsockname()[1]))
        notebook = workshop.of(SETUP, (source, "E1"), (DEPLOY, "E1"))
        report = grade(workshop.write(tmp_path, [("a", notebook)]), workshop.course("attacked"), warm=warm)[0]
    first = report.exercise("E1").checks[0]
    assert first.seen == {"found": []}
    assert report.exercise("E1").earned == 0


def test_what_a_function_was_asked_helps_nobody_the_next_time(workshop, tmp_path, warm):
    """A function may tell its owner what it was asked; the next submission is asked something else."""
    course = workshop.course("attacked")
    spy = workshop.of(SETUP, (REMEMBERS.lstrip(), "E1"), (DEPLOY, "E1"), (TELLS, "E2"))
    told = grade(workshop.write(tmp_path, [("spy", spy)]), course, warm=warm)[0]
    assert told.exercise("E1").earned == 1
    told_seed = told.seed
    learnt = REMEMBERS.replace('return 42 if event["number"] == 21', "return 42 if True")
    again = workshop.of(SETUP, (learnt.lstrip(), "E1"), (DEPLOY, "E1"), (TELLS, "E2"))
    report = grade(workshop.write(tmp_path, [("again", again)]), course, warm=warm)[0]
    assert report.seed != told_seed
    assert report.exercise("E1").earned == 1


def test_a_function_that_never_answers_ends_in_time(workshop, tmp_path, warm):
    endless = "%%writefile looker.py\ndef lambda_handler(event, context):\n    while True: pass\n"
    deploy = DEPLOY.replace("timeout=15", "timeout=2")
    notebook = workshop.of(
        SETUP, (endless, "E1"), (deploy, "E1"), ('labkit.answer("E2", {"word": "harbour"})', "E2")
    )
    report = grade(workshop.write(tmp_path, [("a", notebook)]), workshop.course("attacked"), warm=warm)[0]
    assert report.exercise("E1").earned == 0
    assert str(report.exercise("E1").status) == "failed"
    assert report.exercise("E2").earned == 2
    assert report.seconds < 60
