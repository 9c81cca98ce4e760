from __future__ import annotations

import contextlib
import http.client
import json
import socket
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError

from offline_cloud import Cloud, CloudError
from offline_cloud.nursery import Nursery, _practise


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery.start() as nursery:
        yield nursery


def test_the_same_seed_gives_the_same_ids_and_no_cloud_knows_another(nursery: Nursery) -> None:
    told = []
    for seed in (7, 7, 8):
        with nursery.cloud(seed=seed) as cloud:
            assert cloud.client("s3").list_buckets()["Buckets"] == []
            cloud.client("s3").create_bucket(Bucket="tradewind-notes")
            role = cloud.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")
            told.append(role["Role"]["RoleId"])
    assert told[0] == told[1] != told[2]


def test_the_clock_skips_and_the_learner_may_do_what_was_granted(nursery: Nursery) -> None:
    with nursery.cloud(clock="skip", grants=("clock",)) as cloud:
        assert cloud.health()["clock"] == "skip"
        learner = Cloud.attach(cloud.endpoint, cloud.learner_token)
        before = learner.clock.now()
        assert (learner.clock.advance(hours=1) - before).total_seconds() >= 3600
        with pytest.raises(CloudError):
            learner.reset()


def test_what_warms_the_nursery_is_answered_by_each_service(nursery: Nursery) -> None:
    with nursery.cloud() as cloud:
        at = urlsplit(cloud.endpoint)
        connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=30)
        answers = dict(_practise(connection))
        connection.close()
    assert len(answers) >= 8
    assert set(answers.values()) == {200}, answers


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_DATA as Linux enforces it")
def test_who_fills_a_cloud_does_not_fill_the_machine(nursery: Nursery) -> None:
    with nursery.cloud(memory_mb=16) as cloud:
        s3 = cloud.session().client("s3", config=Config(retries={"total_max_attempts": 1}))
        s3.create_bucket(Bucket="hoard")
        stored = 0
        with contextlib.suppress(ClientError, HTTPClientError):
            while stored < 40:
                s3.put_object(Bucket="hoard", Key=str(stored), Body=bytes(30_000_000))
                stored += 1
        assert stored < 30
        assert stored > 2
        assert s3.head_object(Bucket="hoard", Key="0")["ContentLength"] == 30_000_000
        for key in range(stored):
            s3.delete_object(Bucket="hoard", Key=str(key))
        cloud.reset()
        assert s3.list_buckets()["Buckets"] == []


def test_it_serves_a_socket_that_was_handed_in(nursery: Nursery) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door, nursery.cloud(listeners=[door]) as cloud:
        port = door.getsockname()[1]
        assert urlsplit(cloud.endpoint).port != port
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/_cloud/health")
        assert json.loads(connection.getresponse().read())["status"]
        connection.close()
