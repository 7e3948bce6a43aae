from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tencentcloud.common.sign import Sign

from instance_role_sandbox.emulator.request import Incoming
from instance_role_sandbox.emulator.tencent.errors import ApiError
from instance_role_sandbox.emulator.tencent.signing import SKEW, read, signature

# What the official SDK's own signer makes of a ModifyInstancesAttribute request.
SECRET_KEY = "testsecretkey"
BODY = b'{"InstanceIds": ["ins-00000001"], "CamRoleName": ""}'
TIME = 1700000000
SIGNATURE = "9316455db28c0bbb0fa74ae61fd3395391868700125273ff69f6edf081105147"
AUTHORIZATION = (
    "TC3-HMAC-SHA256 Credential=AKID/2023-11-14/cvm/tc3_request, SignedHeaders=content-type;host, Signature="
)


def incoming(authorization: str = AUTHORIZATION + SIGNATURE, **changes: Any) -> Incoming:
    headers = {"authorization": authorization, "content-type": "application/json", "x-tc-timestamp": str(TIME)}
    request = Incoming("POST", "/", "127.0.0.1:8080", headers, {}, {}, BODY, "127.0.0.1", secure=False)
    return replace(request, **changes)


def test_the_vector() -> None:
    canonical = (
        "POST\n/\n\ncontent-type:application/json\nhost:127.0.0.1:8080\n\ncontent-type;host\n"
        + hashlib.sha256(BODY).hexdigest()
    )
    assert hashlib.sha256(canonical.encode()).hexdigest() == (
        "6e0429995da0378d1982c386fceb0a7f8bec0a07de05438cf89150bb619bdb25"
    )
    assert signature(SECRET_KEY, "2023-11-14", "cvm", TIME, canonical) == SIGNATURE
    assert read(incoming()).matches(SECRET_KEY)


@given(
    st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1),
    st.sampled_from(("cvm", "cam", "sts")),
    st.text(max_size=200),
)
def test_it_is_what_the_official_signer_makes(key: str, service: str, canonical: str) -> None:
    to_sign = f"TC3-HMAC-SHA256\n{TIME}\n2023-11-14/{service}/tc3_request\n" + (
        hashlib.sha256(canonical.encode()).hexdigest()
    )
    assert signature(key, "2023-11-14", service, TIME, canonical) == Sign.sign_tc3(key, "2023-11-14", service, to_sign)


@pytest.mark.parametrize(
    "changes",
    [
        {"body": BODY + b" "},
        {"host": "127.0.0.1:8081"},
        {"method": "GET"},
        {"method": "GET", "raw_query": "a=1", "body": b""},
    ],
)
def test_it_covers(changes: dict[str, Any]) -> None:
    assert not read(incoming(**changes)).matches(SECRET_KEY)


def test_another_key_does_not_match() -> None:
    assert not read(incoming()).matches(SECRET_KEY + "x")


@pytest.mark.parametrize(
    ("now", "fresh"),
    [(TIME, True), (TIME + SKEW, True), (TIME - SKEW, True), (TIME + SKEW + 1, False), (TIME - SKEW - 1, False)],
)
def test_five_minutes(now: float, fresh: bool) -> None:
    assert read(incoming()).fresh(now) is fresh


def test_the_day_is_the_timestamp_s() -> None:
    assert not read(incoming(AUTHORIZATION.replace("11-14", "11-15") + SIGNATURE)).fresh(TIME)


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "SKIP",
        "Bearer abc",
        AUTHORIZATION,
        AUTHORIZATION + SIGNATURE[:-1],
        AUTHORIZATION.replace("content-type;host", "content-type") + SIGNATURE,
        AUTHORIZATION.replace("tc3_request", "aws4_request") + SIGNATURE,
    ],
)
def test_what_is_no_signature(authorization: str) -> None:
    with pytest.raises(ApiError) as refused:
        read(incoming(authorization))
    assert refused.value.code == "AuthFailure.InvalidAuthorization"


@pytest.mark.parametrize(("stamp", "code"), [("", "MissingParameter"), ("soon", "InvalidParameter")])
def test_what_is_no_timestamp(stamp: str, code: str) -> None:
    headers = {**incoming().headers, "x-tc-timestamp": stamp}
    with pytest.raises(ApiError) as refused:
        read(incoming(headers=headers))
    assert refused.value.code == code
