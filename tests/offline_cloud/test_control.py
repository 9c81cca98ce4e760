"""The control API over HTTP: who may do what, and what it says to who may not."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from offline_cloud import Cloud, CloudError

Call = Callable[..., Any]


@pytest.mark.parametrize("token", [None, "", "wrong", "ü"])
@pytest.mark.parametrize("what", ["clock", "journal", "environments", "bill"])
def test_without_a_token_nothing_is_told(http_call: Call, token: str | None, what: str) -> None:
    reply = http_call("GET", f"/_cloud/{what}", headers={} if token is None else {"X-Cloud-Token": token})
    assert reply.status == 401
    assert set(json.loads(reply.body)) == {"error", "hint"}


def test_health_needs_no_token(http_call: Call) -> None:
    health = json.loads(http_call("GET", "/_cloud/health").body)
    assert (health["status"], health["clock"]) == ("ok", "live")


def test_the_learner_may_look(cloud: Cloud) -> None:
    learner = Cloud.attach(cloud.endpoint, cloud.learner_token)
    assert learner.clock.now() is not None
    assert isinstance(learner.environments(), list)
    assert learner.bill()["currency"] == "USD"


@pytest.mark.parametrize(
    "forbidden",
    [
        lambda learner: learner.clock.advance(seconds=1),
        lambda learner: learner.clock.settle(),
        lambda learner: learner.reset(),
        lambda learner: learner.mark_start_state(),
        lambda learner: learner.journal(),
    ],
)
def test_the_learner_may_not_act_unless_it_was_granted(
    cloud: Cloud, forbidden: Callable[[Cloud], Any]
) -> None:
    learner = Cloud.attach(cloud.endpoint, cloud.learner_token)
    with pytest.raises(CloudError, match=r"may not do this here\. .*`controls`"):
        forbidden(learner)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"advance": -1}', "forward"),
        (b'{"advance": "1"}', "Send"),
        (b'{"advance": true}', "Send"),
        (b'{"advance": 1e300}', "century"),
        (b'{"advance": NaN}', "Send"),
        (b'{"settle": false}', "Send"),
        (b"{}", "Send"),
        (b"[]", "Send one"),
        (b"nonsense", "Send one"),
    ],
)
def test_a_move_of_the_clock_that_makes_no_sense_is_refused(
    cloud: Cloud, http_call: Call, body: bytes, why: str
) -> None:
    reply = http_call("POST", "/_cloud/clock", body, {"X-Cloud-Token": cloud.token})
    assert reply.status == 400
    assert why in json.loads(reply.body)["hint"]


def test_an_unknown_request_names_the_known_ones(cloud: Cloud, http_call: Call) -> None:
    reply = http_call("DELETE", "/_cloud/everything", headers={"X-Cloud-Token": cloud.token})
    assert reply.status == 404
    assert "POST /_cloud/reset" in json.loads(reply.body)["hint"]


def test_control_requests_are_no_calls_of_aws(cloud: Cloud) -> None:
    before = len(cloud.journal())
    cloud.bill()
    assert cloud.journal(since=before) == []


# ---------------------------------------------------------------------- a cloud that is moved and reset


@pytest.fixture(scope="module")
def own() -> Iterator[Cloud]:
    """A cloud of this module's own; its learner was granted everything."""
    with Cloud.start(seed=7, grants=("clock", "reset")) as running:
        yield running


def test_the_clock_moves_by_exactly_that_and_moto_sees_it(own: Cloud) -> None:
    sqs = own.client("sqs")
    queue = sqs.create_queue(QueueName="hidden")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="hello")
    assert "Messages" in sqs.receive_message(QueueUrl=queue, VisibilityTimeout=3600)
    assert "Messages" not in sqs.receive_message(QueueUrl=queue)
    before = own.clock.now()
    after = Cloud.attach(own.endpoint, own.learner_token).clock.advance(hours=2, minutes=3, seconds=4)
    assert 7384 <= (after - before).total_seconds() < 7444
    assert "Messages" in sqs.receive_message(QueueUrl=queue)


def test_a_reset_forgets_all_but_time_and_journal(own: Cloud) -> None:
    own.client("ssm").put_parameter(Name="/gone", Value="1", Type="String")
    before, entries = own.clock.now(), len(own.journal())
    own.reset()
    assert own.client("ssm").describe_parameters()["Parameters"] == []
    assert own.clock.now() >= before
    mark = own.journal()[entries]
    assert (mark["service"], mark["operation"]) == ("_cloud", "Reset")


def test_a_reset_brings_back_the_start_state_with_its_ids(own: Cloud) -> None:
    own.reset()
    kms, s3 = own.client("kms"), own.client("s3")
    s3.create_bucket(Bucket="start")
    s3.put_object(Bucket="start", Key="ü/data", Body=b"\x00\xff", Metadata={"a_b": "c"})
    kms.list_keys()
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    own.mark_start_state()
    for _ in range(2):
        s3.delete_object(Bucket="start", Key="ü/data")
        kms.create_key()
        own.reset()
        assert [found["KeyId"] for found in kms.list_keys()["Keys"]] == [key]
        found = s3.get_object(Bucket="start", Key="ü/data")
        assert (found["Body"].read(), found["Metadata"]) == (b"\x00\xff", {"a_b": "c"})


def test_the_same_seed_and_calls_give_the_same_ids() -> None:
    def some_ids(seed: int) -> list[str]:
        with Cloud.start(seed=seed) as cloud:
            key = cloud.client("kms").create_key()["KeyMetadata"]["KeyId"]
            queue = cloud.client("sqs").create_queue(QueueName="q")["QueueUrl"]
            message = cloud.client("sqs").send_message(QueueUrl=queue, MessageBody="m")["MessageId"]
            return [key, message, cloud.journal()[-1]["request_id"]]

    assert some_ids(11) == some_ids(11)
    assert some_ids(11) != some_ids(12)


def test_resets_and_jumps_amid_traffic_leave_a_working_cloud() -> None:
    """Requests that fail on the way do so with an answer; nothing hangs, nothing is half there afterwards."""

    def work(number: int) -> int:
        session: Any = cloud.session()
        s3, sqs = session.client("s3"), session.client("sqs")
        done = 0
        while not enough.is_set():
            with contextlib.suppress(ClientError):
                s3.create_bucket(Bucket=f"bucket-{number}")
                s3.put_object(Bucket=f"bucket-{number}", Key="k", Body=b"v")
                queue = sqs.create_queue(QueueName=f"queue-{number}")["QueueUrl"]
                sqs.send_message(QueueUrl=queue, MessageBody="m", DelaySeconds=5)
                sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20)
                done += 1
        return done

    enough = threading.Event()
    with Cloud.start(clock="skip") as cloud, ThreadPoolExecutor(4) as pool:
        workers = [pool.submit(work, number) for number in range(4)]
        for _ in range(5):
            cloud.reset()
            cloud.clock.advance(hours=1)
        enough.set()
        for worker in workers:
            worker.result(timeout=60)
        cloud.reset()
        assert cloud.client("s3").list_buckets()["Buckets"] == []
        assert [each["operation"] for each in cloud.journal()].count("Reset") == 6
