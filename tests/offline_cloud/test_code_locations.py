"""Signed addresses of zips."""

from __future__ import annotations

import pytest

from offline_cloud.code_locations import LocationError, digest_of, is_one, signed_path

DIGEST = "ab" * 32
TARGET = signed_path(
    "tasks", region="us-east-1", account="123456789012", name="f-1", digest=DIGEST, now=1_000_000.0, key="k"
)


def test_it_opens_one_zip_for_ten_minutes() -> None:
    assert is_one(TARGET)
    assert digest_of(TARGET, now=1_000_000.0, key="k") == DIGEST
    assert digest_of(TARGET, now=1_000_600.0, key="k") == DIGEST
    with pytest.raises(LocationError, match="expired") as caught:
        digest_of(TARGET, now=1_000_601.0, key="k")
    assert caught.value.code == "AccessDenied"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        (TARGET.replace("ab", "cd"), "SignatureDoesNotMatch"),
        (TARGET.replace("Expires=600", "Expires=6000"), "SignatureDoesNotMatch"),
        (TARGET.replace("X-Amz-Date=1970", "X-Amz-Date=2970"), "SignatureDoesNotMatch"),
        (TARGET.split("?", maxsplit=1)[0], "AccessDenied"),
    ],
)
def test_a_changed_one_opens_nothing(changed: str, code: str) -> None:
    with pytest.raises(LocationError) as caught:
        digest_of(changed, now=1_000_000.0, key="k")
    assert caught.value.code == code


def test_another_cloud_signs_otherwise() -> None:
    with pytest.raises(LocationError):
        digest_of(TARGET, now=1_000_000.0, key="other")


@pytest.mark.parametrize("target", ["/", "/bucket/key", "/awslambda-x", "/awslambda-us-east-1-tasks/x"])
def test_what_is_none(target: str) -> None:
    assert not is_one(target)
