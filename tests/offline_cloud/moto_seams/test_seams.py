"""Our backends stand in the place of moto's, whoever comes first."""

from __future__ import annotations

import subprocess
import sys
import time

from offline_cloud import Cloud


def test_a_seam_holds_though_another_service_looked_there_before() -> None:
    with Cloud.start(clock="skip") as cloud:
        sns, sqs = cloud.client("sns"), cloud.client("sqs")
        arn = "arn:aws:sqs:us-east-1:123456789012:not-yet"
        topic = sns.create_topic(Name="early")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        sns.publish(TopicArn=topic, Message="looked for the queue")
        queue = sqs.create_queue(QueueName="not-yet")["QueueUrl"]
        begun, before = time.monotonic(), cloud.clock.now()
        assert "Messages" not in sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20)
        assert (cloud.clock.now() - before).total_seconds() > 19
        assert time.monotonic() - begun < 19, "moto's own backend waits for real"


def test_parameters_need_no_ec2_and_commands_find_it() -> None:
    program = """
import sys
from offline_cloud.moto_seams import ssm
ssm.install(None)
assert "moto.ssm.models" in sys.modules
assert "moto.ec2.models" not in sys.modules
from moto.ec2 import ec2_backends
from moto.ec2.models import ec2_backends as the_same
assert ec2_backends is the_same
from moto.ssm import models
assert models.ec2_backends["123456789012"] is ec2_backends["123456789012"]
"""
    subprocess.run([sys.executable, "-c", program], check=True)
