"""The gateway: signatures, credentials, forms of a request and of an answer, one port for everything."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as RamClient
from alibabacloud_sts20150401.client import Client as StsClient
from alibabacloud_tea_openapi.models import Config
from aliyunsdkcore.acs_exception.exceptions import ClientException, ServerException
from aliyunsdksts.request.v20150401.GetCallerIdentityRequest import GetCallerIdentityRequest
from darabonba.exceptions import DaraException

from tests.contract.emulator.wire import now, params, send, signed
from tests.support.sandbox import Keys, Sandbox

IDENTITY = {"RequestId", "IdentityType", "AccountId", "PrincipalId", "Arn", "UserId"}


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALIBABA_CLOUD_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


def new_config(sandbox: Sandbox, keys: Keys | None = None, protocol: str = "HTTP", **more: Any) -> Config:
    used = keys or sandbox.keys
    config = Config(
        access_key_id=used.access_key_id,
        access_key_secret=used.access_key_secret,
        security_token=used.security_token or None,
        endpoint=sandbox.endpoint,
        protocol=protocol,
        region_id=sandbox.region,
        **more,
    )
    if protocol == "HTTPS":
        config.ca = sandbox.ca_file
    return config


# -- every way to ask ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("tls", [False, True], ids=["http", "tls"])
@pytest.mark.parametrize("way", ["query", "form", "both"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_v1_in_query_and_form_over_http_and_tls(sandbox: Sandbox, method: str, way: str, tls: bool) -> None:
    values = signed(params(sandbox.keys, ExtraÜ="a b+c*~/é"), sandbox.access_key_secret, method)
    items = list(values.items())
    query, form = {"query": (values, None), "form": (None, values), "both": (dict(items[:4]), dict(items[4:]))}[way]
    answer = send(sandbox, query, form, method, tls=tls)
    assert (answer.status, set(answer.data)) == (200, IDENTITY)
    assert answer.headers["content-type"] == "application/json;charset=utf-8"
    assert answer.data["Arn"] == f"acs:ram::{sandbox.account_id}:root"


@pytest.mark.parametrize("algorithm", [None, "v2"], ids=["acs3", "v1"])
@pytest.mark.parametrize("protocol", ["HTTP", "HTTPS"])
def test_the_new_sdk_in_both_schemes_over_http_and_tls(sandbox: Sandbox, protocol: str, algorithm: str | None) -> None:
    more: dict[str, Any] = {"signature_algorithm": algorithm} if algorithm else {}
    body = StsClient(new_config(sandbox, protocol=protocol, **more)).get_caller_identity().body
    assert (body.identity_type, body.account_id) == ("Account", sandbox.account_id)
    client = RamClient(new_config(sandbox, protocol=protocol, **more))
    trust = (
        '{"Version": "1", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": ["*"]}}]}'
    )
    request = ram_models.CreateRoleRequest(
        role_name="app",
        assume_role_policy_document=trust,
        description="a b+c*~ü/'\"",
        tag=[ram_models.CreateRoleRequestTag(key="k", value="v w")],
    )
    made = client.create_role(request).body.role
    assert client.get_role(ram_models.GetRoleRequest(role_name="app")).body.role.description == "a b+c*~ü/'\""
    assert made.arn == f"acs:ram::{sandbox.account_id}:role/app"
    with pytest.raises(DaraException) as caught:
        client.get_role(ram_models.GetRoleRequest(role_name="none"))
    assert caught.value.code == "EntityNotExist.Role"
    assert getattr(caught.value, "status_code", None) == 404


@pytest.mark.filterwarnings(r"ignore:ssl\.:DeprecationWarning")  # the SDK's vendored urllib3
def test_the_classic_sdk_over_tls(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALIBABA_CLOUD_CA_BUNDLE", sandbox.ca_file)
    request = GetCallerIdentityRequest()
    request.set_endpoint(sandbox.endpoint)
    client = sandbox.client()
    answer = json.loads(client.do_action_with_exception(request))
    client.session.close()
    assert answer["AccountId"] == sandbox.account_id


def test_a_connection_serves_many_requests(sandbox: Sandbox) -> None:
    host, port = sandbox.endpoint.split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=10)
    connection.connect()
    first = connection.sock
    for method in ("GET", "POST", "POST"):
        values = urlencode(signed(params(sandbox.keys), sandbox.access_key_secret, method))
        body = values if method == "POST" else None
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        connection.request(method, "/" if body else f"/?{values}", body=body, headers=headers)
        response = connection.getresponse()
        assert response.status == 200
        response.read()
        assert connection.sock is first, "the connection was closed"
    connection.close()


def test_clients_that_do_not_speak_http_do_no_harm(sandbox: Sandbox) -> None:
    host, port = sandbox.endpoint.split(":")
    for greeting in (
        b"",
        b"\x16",
        b"\x16\x03\x01\x00\x05hello",
        b"\x00\x00",
        b"GET\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
    ):
        with socket.create_connection((host, int(port)), timeout=5) as raw:
            raw.sendall(greeting)
    with pytest.raises(ssl.SSLError), socket.create_connection((host, int(port)), timeout=5) as raw:
        ssl.create_default_context().wrap_socket(raw, server_hostname="localhost")
    assert sandbox.call("Sts", "GetCallerIdentity")["AccountId"] == sandbox.account_id


def test_an_address_that_is_none(sandbox: Sandbox) -> None:
    host, port = sandbox.endpoint.split(":")
    with socket.create_connection((host, int(port)), timeout=5) as raw:
        raw.sendall(b"GET http://[x HTTP/1.1\r\n\r\n")
        head, _, body = raw.makefile("rb").read().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400") and b"text/plain" in head
    assert body == b"400 Bad Request\n"


def test_a_large_form_is_read(sandbox: Sandbox) -> None:
    values = params(sandbox.keys, "CreateUser", "2015-05-01", UserName="ann", Comments="x" * 700_000)
    answer = send(sandbox, form=signed(values, sandbox.access_key_secret, "POST"), method="POST")
    assert (answer.status, answer.code) == (400, "InvalidParameter.Comments.Length")


def test_a_body_beyond_reason_is_refused(sandbox: Sandbox) -> None:
    host, port = sandbox.endpoint.split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=10)
    connection.putrequest("POST", "/")
    connection.putheader("Content-Length", str(10**9))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


def test_many_clients_at_once(sandbox: Sandbox) -> None:
    trust = (
        '{"Version": "1", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": ["*"]}}]}'
    )

    def make(number: int) -> str:
        try:
            sandbox.call("Ram", "CreateRole", RoleName=f"role-{number % 10}", AssumeRolePolicyDocument=trust)
        except ServerException as error:
            return str(error.get_error_code())
        return ""

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(make, range(30)))
    assert sorted(outcomes) == [""] * 10 + ["EntityAlreadyExists.Role"] * 20
    assert len(sandbox.state()["roles"]) == 10


# -- what is refused -------------------------------------------------------------------------------------------
WRONG: list[tuple[str, dict[str, str | None], int, str]] = [
    ("unknown key", {"AccessKeyId": "LTAI5tnobody"}, 404, "InvalidAccessKeyId.NotFound"),
    ("no key", {"AccessKeyId": None}, 400, "MissingAccessKeyId"),
    ("no timestamp", {"Timestamp": None}, 400, "MissingTimestamp"),
    ("odd timestamp", {"Timestamp": "yesterday"}, 400, "InvalidTimeStamp.Format"),
    ("old timestamp", {"Timestamp": now(-901)}, 400, "InvalidTimeStamp.Expired"),
    # Far ahead: the table is made when tests are collected, minutes before some of them run.
    ("timestamp ahead", {"Timestamp": now(7200)}, 400, "InvalidTimeStamp.Expired"),
    ("no nonce", {"SignatureNonce": None}, 400, "MissingSignatureNonce"),
    ("other method", {"SignatureMethod": "HMAC-MD5"}, 400, "InvalidSignatureMethod"),
    ("unknown action", {"Action": "NoSuch"}, 404, "InvalidAction.NotFound"),
    ("unknown version", {"Version": "1999-01-01"}, 400, "InvalidVersion"),
    ("a token for a key that has none", {"SecurityToken": "CAISx"}, 400, "InvalidSecurityToken.MismatchWithAccessKey"),
]


@pytest.mark.parametrize(("change", "status", "code"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_requests_that_are_refused(sandbox: Sandbox, change: dict[str, Any], status: int, code: str) -> None:
    answer = send(sandbox, signed(params(sandbox.keys, **change), sandbox.access_key_secret))
    assert (answer.status, answer.code) == (status, code)
    assert set(answer.data) == {"RequestId", "HostId", "Code", "Message", "Recommend"}
    assert answer.data["HostId"] == sandbox.endpoint
    assert code in answer.data["Recommend"]


@pytest.mark.parametrize("offset", [-880, 880])
def test_a_clock_that_is_a_little_off_is_accepted(sandbox: Sandbox, offset: int) -> None:
    assert send(sandbox, signed(params(sandbox.keys, Timestamp=now(offset)), sandbox.access_key_secret)).status == 200


def test_an_advanced_clock_does_not_shut_clients_out(sandbox: Sandbox) -> None:
    sandbox.advance(86400)
    assert sandbox.call("Sts", "GetCallerIdentity")["AccountId"] == sandbox.account_id


def test_a_request_is_accepted_once(sandbox: Sandbox) -> None:
    values = signed(params(sandbox.keys), sandbox.access_key_secret)
    assert send(sandbox, values).status == 200
    again = send(sandbox, values)
    assert (again.status, again.code) == (400, "SignatureNonceUsed")


def test_a_nonce_is_not_used_up_by_someone_without_the_secret(sandbox: Sandbox) -> None:
    values = params(sandbox.keys)
    assert send(sandbox, signed(values, "wrong")).code == "SignatureDoesNotMatch"
    assert send(sandbox, signed(values, sandbox.access_key_secret)).status == 200


def test_a_wrong_secret_is_told_what_would_have_been_signed(sandbox: Sandbox) -> None:
    values = params(sandbox.keys)
    answer = send(sandbox, signed(values, "wrong"))
    assert (answer.status, answer.code) == (400, "SignatureDoesNotMatch")
    head, _, string = answer.data["Message"].partition(":")
    assert head == "Specified signature is not matched with our calculation. server string to sign is"
    assert string.startswith("GET&%2F&AccessKeyId%3D" + sandbox.access_key_id) and ":" not in string


def test_both_sdks_say_it_is_the_secret(sandbox: Sandbox) -> None:
    wrong = Keys(sandbox.access_key_id, "wrong")
    with pytest.raises(ServerException) as classic:
        sandbox.call("Sts", "GetCallerIdentity", keys=wrong)
    assert (
        classic.value.get_error_code() == "InvalidAccessKeySecret"
    )  # it compares strings to sign and renames the code
    with pytest.raises(DaraException) as new:
        StsClient(new_config(sandbox, wrong)).get_caller_identity()
    assert new.value.code == "SignatureDoesNotMatch"


def test_a_tampered_request_is_refused(sandbox: Sandbox) -> None:
    values = signed(params(sandbox.keys, "GetRole", "2015-05-01", RoleName="mine"), sandbox.access_key_secret)
    assert send(sandbox, {**values, "RoleName": "yours"}).code == "SignatureDoesNotMatch"
    assert send(sandbox, values, method="POST", form={}).code == "SignatureDoesNotMatch"


def test_a_disabled_key(sandbox: Sandbox) -> None:
    sandbox.call("Ram", "CreateUser", UserName="ann")
    made = sandbox.call("Ram", "CreateAccessKey", UserName="ann")["AccessKey"]
    keys = Keys(made["AccessKeyId"], made["AccessKeySecret"])
    assert sandbox.call("Sts", "GetCallerIdentity", keys=keys)["IdentityType"] == "RAMUser"
    sandbox.call("Ram", "UpdateAccessKey", UserName="ann", UserAccessKeyId=keys.access_key_id, Status="Inactive")
    answer = send(sandbox, signed(params(keys), keys.access_key_secret))
    assert (answer.status, answer.code) == (400, "InvalidAccessKeyId.Inactive")
    ecs = send(sandbox, signed(params(keys, "DescribeRegions", "2014-05-26"), keys.access_key_secret))
    assert (ecs.status, ecs.code) == (403, "Forbidden.AccessKeyDisabled")


def test_an_unknown_region(sandbox: Sandbox) -> None:
    with pytest.raises(ServerException) as caught:
        sandbox.call("Ecs", "DescribeInstances", region="mars-north-1", RegionId="mars-north-1")
    assert (caught.value.get_http_status(), caught.value.get_error_code()) == (404, "InvalidRegionId.NotFound")


def test_a_products_host_serves_that_product(sandbox: Sandbox) -> None:
    host = {"Host": "ecs.cn-hangzhou.aliyuncs.com"}
    values = signed(params(sandbox.keys), sandbox.access_key_secret)
    assert send(sandbox, values, headers=host).code == "InvalidAction.NotFound"
    values = signed(params(sandbox.keys), sandbox.access_key_secret)
    assert send(sandbox, values, headers={"Host": "sts.cn-hangzhou.aliyuncs.com"}).status == 200


# -- forms of an answer ----------------------------------------------------------------------------------------
def test_xml_where_it_is_asked_for(sandbox: Sandbox) -> None:
    sandbox.make_role("a&b".replace("&", "-"))
    values = params(sandbox.keys, "ListRoles", "2015-05-01", Format="XML")
    answer = send(sandbox, signed(values, sandbox.access_key_secret))
    assert answer.headers["content-type"] == "text/xml;charset=utf-8"
    tree = ElementTree.fromstring(answer.body)
    assert tree.tag == "ListRolesResponse"
    assert [node.text for node in tree.findall("Roles/Role/RoleName")] == ["a-b"]
    assert tree.findtext("IsTruncated") == "false"
    error = send(sandbox, signed(params(sandbox.keys, "No<Such>", Format="xml"), sandbox.access_key_secret))
    tree = ElementTree.fromstring(error.body)
    assert (error.status, tree.tag, tree.findtext("Code")) == (404, "Error", "InvalidAction.NotFound")


def test_anything_else_gets_an_error_of_the_gateway(sandbox: Sandbox) -> None:
    for method, path in (("GET", "/"), ("GET", "/favicon.ico"), ("PUT", "/"), ("DELETE", "/x")):
        answer = send(sandbox, method=method, path=path)
        assert (answer.status, answer.code) == (400, "MissingAction")


@pytest.mark.parametrize(
    ("switch", "value", "change", "expected"),
    [
        ("missing-timestamp-code", "IllegalTimestamp", {"Timestamp": None}, (400, "IllegalTimestamp")),
        ("sts-token-status", 403, {"SecurityToken": "CAISx"}, (403, "InvalidSecurityToken.MismatchWithAccessKey")),
    ],
)
def test_switches(
    sandbox: Sandbox, switch: str, value: object, change: dict[str, Any], expected: tuple[int, str]
) -> None:
    sandbox.switch(**{switch: value})
    answer = send(sandbox, signed(params(sandbox.keys, **change), sandbox.access_key_secret))
    assert (answer.status, answer.code) == expected


def test_switch_acs3_skew(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox.switch(acs3_skew_seconds=0)
    with pytest.raises(DaraException) as caught:
        StsClient(new_config(sandbox)).get_caller_identity()
    assert caught.value.code == "InvalidTimeStamp.Expired"


# -- Location and billing, as pulumi-alicloud asks them ----------------------------------------------------------
def test_location_names_this_endpoint(sandbox: Sandbox) -> None:
    values = params(sandbox.keys, "DescribeEndpoints", "2015-06-12", Id="cn-beijing", ServiceCode="ecs", Type="openAPI")
    answer = send(sandbox, signed(values, sandbox.access_key_secret))
    assert answer.data["Endpoints"]["Endpoint"][0]["Endpoint"] == sandbox.endpoint
    assert answer.data["Success"] is True
    wrong = send(sandbox, signed({**values, "Id": "mars", "SignatureNonce": "x1"}, sandbox.access_key_secret))
    assert wrong.status == 404


def test_billing_has_nothing_to_tell(sandbox: Sandbox) -> None:
    values = params(sandbox.keys, "QueryAvailableInstances", "2017-12-14", ProductCode="ecs")
    answer = send(sandbox, signed(values, sandbox.access_key_secret))
    assert (answer.data["Code"], answer.data["Data"]["TotalCount"]) == ("Success", 0)


# -- faults ----------------------------------------------------------------------------------------------------
FAULTS: list[tuple[str, dict[str, object], int, str, bool]] = [
    ("throttle", {}, 400, "Throttling.User", False),
    ("unavailable", {}, 503, "ServiceUnavailable", False),
    ("internal", {}, 500, "InternalError", False),
    ("deny", {}, 403, "NoPermission", False),
    ("code", {"code": "Odd.Code", "status": 418}, 418, "Odd.Code", False),
    ("empty", {}, 200, "", True),
    ("garbage", {}, 200, "", True),
]


@pytest.mark.parametrize(("kind", "more", "status", "code", "done"), FAULTS, ids=[row[0] for row in FAULTS])
def test_faults(sandbox: Sandbox, kind: str, more: dict[str, object], status: int, code: str, done: bool) -> None:
    sandbox.fault(kind, "CreateUser", **more)
    values = params(sandbox.keys, "CreateUser", "2015-05-01", UserName="ann")
    answer = send(sandbox, signed(values, sandbox.access_key_secret))
    assert answer.status == status
    if code:
        assert answer.code == code
    else:
        assert answer.body in (b"", b"<<garbage>>")
    assert (sandbox.state()["users"] == ["ann"]) is done
    if not done:  # once, unless told otherwise
        sandbox.call("Ram", "CreateUser", UserName="ann")


@pytest.mark.parametrize(("kind", "done"), [("drop_before", False), ("drop_after", True)])
@pytest.mark.parametrize("tls", [False, True], ids=["http", "tls"])
def test_a_lost_answer(sandbox: Sandbox, kind: str, done: bool, tls: bool) -> None:
    sandbox.fault(kind, "CreateUser")
    values = params(sandbox.keys, "CreateUser", "2015-05-01", UserName="ann")
    with pytest.raises((http.client.HTTPException, OSError)):
        send(sandbox, signed(values, sandbox.access_key_secret), tls=tls)
    assert (sandbox.state()["users"] == ["ann"]) is done
    assert sandbox.calls()[-1]["fault"] == kind


def test_the_classic_sdk_sees_a_lost_answer_as_a_network_error(sandbox: Sandbox) -> None:
    sandbox.fault("drop_after", "CreateUser")
    with pytest.raises(ClientException) as caught:
        sandbox.call("Ram", "CreateUser", UserName="ann")
    assert caught.value.get_error_code() == "SDK.HttpError"


def test_faults_meet_the_calls_they_are_meant_for(sandbox: Sandbox) -> None:
    sandbox.fault("internal", "GetUser", product="Ram", after=1, times=2)
    sandbox.fault("internal", "GetUser", cloud="tencent", times=None)
    sandbox.fault("internal", "TagResources", product="Ecs", times=None)
    sandbox.call("Ram", "CreateUser", UserName="ann")
    codes = []
    for _ in range(4):
        try:
            sandbox.call("Ram", "GetUser", UserName="ann")
            codes.append("")
        except ServerException as error:
            codes.append(error.get_error_code())
    assert codes == ["", "InternalError", "InternalError", ""]
    sandbox.fault("unavailable", "*", times=None)
    neighbour = sandbox.server.account()
    assert neighbour.call("Sts", "GetCallerIdentity")["AccountId"] == neighbour.account_id
    with pytest.raises(ServerException):
        sandbox.call("Sts", "GetCallerIdentity")
    sandbox.clear_faults()
    sandbox.call("Sts", "GetCallerIdentity")


def test_a_delay_holds_up_nobody_else(sandbox: Sandbox) -> None:
    sandbox.fault("delay", "ListRoles", seconds=3)
    done = threading.Event()

    def slow() -> None:
        sandbox.call("Ram", "ListRoles")
        done.set()

    thread = threading.Thread(target=slow)
    thread.start()
    for _ in range(3):
        sandbox.call("Ram", "ListUsers")
    assert not done.is_set()
    thread.join()


BAD_ORDERS: list[dict[str, Any]] = [
    {"fault": "nonsense", "action": "*"},
    {"fault": "throttle"},
    {"fault": "throttle", "action": "*", "tmies": 1},
    {"fault": "throttle", "action": "*", "times": "1"},
    {"fault": "code", "action": "*"},
    {"fault": "throttle", "action": "NoSuchAction"},
    {"fault": "throttle", "action": "GetRole", "product": "Ecs"},
    {"fault": "throttle", "action": "*", "product": "oss"},
    {"fault": "throttle", "action": "*", "cloud": "aws"},
    {"fault": "throttle", "action": "*", "seconds": 1},
    {"fault": "delay", "action": "*"},
    {"fault": "delay", "action": "*", "seconds": -1},
    {"fault": "throttle", "action": "*", "probability": 0},
    {"fault": "throttle", "action": "*", "probability": 1.1},
    {"fault": "throttle", "action": "*", "seed": 1},
    {"fault": "lag", "action": "CreateRole"},
    {"fault": "fail_late", "action": "GetRole"},
    {"fault": "fail_late", "action": "*", "product": "Ram"},
    {"fault": "partial", "action": "DescribeInstances"},
    {"fault": "partial", "action": "DeleteInstances", "count": 1, "ids": ["i-1"]},
    {"fault": "partial", "action": "DeleteInstances", "ids": [1]},
]


@pytest.mark.parametrize("order", BAD_ORDERS, ids=lambda order: json.dumps(order))
def test_orders_that_make_no_sense_are_refused(sandbox: Sandbox, order: dict[str, Any]) -> None:
    with pytest.raises(AssertionError, match="400"):
        sandbox.control("POST", "faults", order)
    assert sandbox.control("GET", "faults") == {"faults": []}


# -- control ---------------------------------------------------------------------------------------------------
@pytest.fixture
def browser() -> Iterator[dict[str, str]]:
    yield {"Origin": "https://evil.example"}


def test_the_control_api_is_not_for_web_pages(sandbox: Sandbox, browser: dict[str, str]) -> None:
    own = sandbox.server.steering
    assert send(sandbox, path="/_sandbox/state", headers={**browser, **own}).status == 403
    assert send(sandbox, path="/_sandbox/state", headers={"Host": "evil.example", **own}).status == 403
    assert send(sandbox, path="/_sandbox/state", headers=own).status == 200
    for wrong in ({}, {"Authorization": "Bearer x"}, {"Authorization": f"Basic {own['Authorization'].split()[1]}"}):
        assert send(sandbox, path="/_sandbox/state", headers=wrong).status == 401


@pytest.mark.parametrize(
    ("method", "path", "data", "status"),
    [
        ("GET", "nonsense", None, 404),
        ("POST", "clock", {"advance_seconds": -1}, 400),
        ("POST", "clock", {}, 400),
        ("POST", "switches", {"no-such": 1}, 400),
        ("POST", "principals", {"user": ""}, 400),
        ("POST", "principals", {"user": "ann", "policies": ["{}"]}, 400),
        ("POST", "accounts", {"region": "mars"}, 400),
        ("POST", "inside", {"instance_id": "i-none"}, 404),
        ("GET", "state?account=123", None, 404),
        ("GET", "calls?since=x", None, 400),
    ],
)
def test_the_control_api_says_what_it_cannot_do(
    sandbox: Sandbox, method: str, path: str, data: dict[str, Any] | None, status: int
) -> None:
    body = None if data is None else json.dumps(data)
    host, port = sandbox.endpoint.split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=10)
    connection.request(method, f"/_sandbox/{path}", body=body, headers=sandbox.server.steering)
    response = connection.getresponse()
    assert response.status == status
    assert json.loads(response.read())["error"]
    connection.close()


def test_the_call_log_holds_what_happened_and_nothing_secret(sandbox: Sandbox) -> None:
    mark = sandbox.mark()
    sandbox.call("Ram", "CreateUser", UserName="ann")
    with pytest.raises(ServerException):
        sandbox.call("Ram", "GetUser", UserName="bob")
    sandbox.call("Ram", "CreateAccessKey", UserName="ann")
    calls = sandbox.calls(mark)
    assert [(c["product"], c["action"], c["status"], c["code"], c["write"]) for c in calls] == [
        ("Ram", "CreateUser", 200, "", True),
        ("Ram", "GetUser", 404, "EntityNotExist.User", False),
        ("Ram", "CreateAccessKey", 200, "", True),
    ]
    assert calls[0]["params"]["UserName"] == "ann"
    assert calls[0]["caller"] == f"acs:ram::{sandbox.account_id}:root"
    text = json.dumps(calls)
    for secret in (sandbox.access_key_secret, "Signature", "AccessKeyId"):
        assert secret not in text
