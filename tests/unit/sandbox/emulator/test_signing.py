"""Signatures against the published and recomputed vectors."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instance_role_sandbox.emulator.alibaba.errors import ApiError
from instance_role_sandbox.emulator.alibaba.signing import ALGORITHM, percent, read, string_to_sign_v1
from instance_role_sandbox.emulator.request import Incoming

SECRET = "testsecret"
V1_DOCUMENTED = {
    "UserName": "test",
    "SignatureVersion": "1.0",
    "Format": "JSON",
    "Timestamp": "2015-08-18T03:15:45Z",
    "AccessKeyId": "testid",
    "SignatureMethod": "HMAC-SHA1",
    "Version": "2015-05-01",
    "Action": "CreateUser",
    "SignatureNonce": "6a6e0ca6-4557-11e5-86a2-b8e8563dc8d2",
}
V1_WITH_EMPTY_VALUE = {
    "Action": "DescribeInstanceRamRole",
    "Version": "2014-05-26",
    "Format": "JSON",
    "RegionId": "cn-hangzhou",
    "InstanceIds": '["i-1"]',
    "AccessKeyId": "testid",
    "SignatureMethod": "HMAC-SHA1",
    "SignatureVersion": "1.0",
    "SignatureType": "",
    "SignatureNonce": "n1",
    "Timestamp": "2024-01-01T00:00:00Z",
}
ACS3_HEADERS = {
    "accept": "application/json",
    "user-agent": "ua",
    "x-acs-action": "DescribeInstanceRamRole",
    "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
    "x-acs-date": "2024-01-01T00:00:00Z",
    "x-acs-signature-nonce": "n1",
    "x-acs-version": "2014-05-26",
}
ACS3_SIGNATURE = "501daf4428af9dd1e9880853cf319139ba9ec2e9ee3a9bbd05689e79d3b50fdd"


def incoming(method: str = "POST", **changes: object) -> Incoming:
    values: dict[str, object] = {
        "method": method,
        "path": "/",
        "host": "127.0.0.1:8080",
        "headers": {},
        "query": {},
        "form": {},
        "body": b"",
        "source_ip": "127.0.0.1",
        "secure": False,
    }
    return Incoming(**{**values, **changes})  # type: ignore[arg-type]  # a table of fields


def acs3(signature: str = ACS3_SIGNATURE, without: str = "", **changes: str) -> Incoming:
    headers = {**ACS3_HEADERS, **changes}
    signed = ";".join(sorted(name for name in {*headers, "host"} if name != without))
    headers["authorization"] = f"{ALGORITHM} Credential=testid,SignedHeaders={signed},Signature={signature}"
    return incoming(headers=headers, query={"InstanceIds": '["i-1"]', "RegionId": "cn-hangzhou"})


@pytest.mark.parametrize(
    ("method", "values", "signature"),
    [
        ("GET", V1_DOCUMENTED, "kRA2cnpJVacIhDMzXnoNZG9tDCI="),
        ("POST", V1_WITH_EMPTY_VALUE, "JG35iVzJaGOqli8IqlMD2hOkrRA="),
    ],
)
def test_v1_vectors_hold_from_query_and_from_form(method: str, values: dict[str, str], signature: str) -> None:
    sent = {**values, "Signature": signature}
    half = dict(list(sent.items())[:5])
    rest = dict(list(sent.items())[5:])
    for request in (incoming(method, query=sent), incoming(method, form=sent), incoming(method, query=half, form=rest)):
        signed = read(request)
        assert signed.expected(SECRET) == signature
        assert signed.matches(SECRET)
        assert not signed.matches(SECRET + "x")


def test_acs3_vector_holds() -> None:
    signed = read(acs3())
    assert (signed.action, signed.version, signed.key_id) == ("DescribeInstanceRamRole", "2014-05-26", "testid")
    assert signed.expected(SECRET) == ACS3_SIGNATURE
    assert signed.matches(SECRET)


@pytest.mark.parametrize("header", ["x-acs-date", "user-agent", "x-acs-action"])
def test_acs3_covers_every_signed_header(header: str) -> None:
    assert not read(acs3(**{header: "other"})).matches(SECRET)


def test_acs3_covers_the_body() -> None:
    request = acs3()
    tampered = Incoming(**{**vars(request), "body": b"InstanceIds=x"})
    assert not read(tampered).matches(SECRET)


@pytest.mark.parametrize("name", ["host", "x-acs-date", "x-acs-action", "x-acs-signature-nonce"])
def test_acs3_refuses_what_is_not_signed(name: str) -> None:
    with pytest.raises(ApiError) as caught:
        read(acs3(without=name))
    assert caught.value.code == "IncompleteSignature"
    assert f"{name} not among SignedHeaders" in caught.value.message


V1_BROKEN = [
    ({"Signature": "short"}, "IncompleteSignature"),
    ({"Signature": ""}, "IncompleteSignature"),
    ({"SignatureVersion": "2.0"}, "IncompleteSignature"),
    ({"SignatureMethod": "HMAC-MD5"}, "InvalidSignatureMethod"),
    ({"AccessKeyId": ""}, "MissingAccessKeyId"),
    ({"Action": ""}, "MissingAction"),
    ({"Version": ""}, "MissingVersion"),
]


@pytest.mark.parametrize(("change", "code"), V1_BROKEN)
def test_v1_requests_that_are_not_complete(change: dict[str, str], code: str) -> None:
    with pytest.raises(ApiError) as caught:
        read(incoming(query={**V1_DOCUMENTED, "Signature": "kRA2cnpJVacIhDMzXnoNZG9tDCI=", **change}))
    assert (caught.value.code, caught.value.status) == (code, 400)
    if code == "IncompleteSignature":
        assert caught.value.message.partition("server string to sign is:")[2].startswith("POST&%2F&")


@pytest.mark.parametrize(
    "authorization",
    [ALGORITHM, f"{ALGORITHM} Credential=a", f"{ALGORITHM} Credential=testid,SignedHeaders=host,Signature=zz"],
)
def test_acs3_requests_that_are_not_complete(authorization: str) -> None:
    with pytest.raises(ApiError) as caught:
        read(incoming(headers={"authorization": authorization}))
    assert caught.value.code == "IncompleteSignature"
    assert caught.value.message.count(":") == 1, "SDKs split the message at its only colon"


def test_x_acs_headers_alone_do_not_make_it_acs3() -> None:
    signed = {**V1_DOCUMENTED, "Signature": "kRA2cnpJVacIhDMzXnoNZG9tDCI="}
    assert read(incoming("GET", query=signed, headers=ACS3_HEADERS)).scheme == "v1"


@given(st.text())
def test_percent_encoding_leaves_only_what_the_rules_leave(text: str) -> None:
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        return
    plain = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~"
    assert percent(text) == "".join(chr(byte) if byte in plain else f"%{byte:02X}" for byte in raw)


@given(st.dictionaries(st.text(alphabet="aAbB.19*", min_size=1), st.text(alphabet="a +*~/é"), max_size=6))
def test_the_order_of_parameters_does_not_matter(values: dict[str, str]) -> None:
    backwards = dict(reversed(list(values.items())))
    assert string_to_sign_v1("GET", values) == string_to_sign_v1("GET", {**backwards, "Signature": "ignored"})
