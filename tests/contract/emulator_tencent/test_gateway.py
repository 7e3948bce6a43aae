"""What every product shares: the signature, the form of answers, validation, faults, rates, the call log."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.cvm.v20170312 import cvm_client, models

from tests.contract.emulator_tencent.wire import send
from tests.support.sandbox import Sandbox, Server
from tests.support.tencent import TencentKeys


def allowing(*actions: str) -> dict[str, Any]:
    return {"version": "2.0", "statement": [{"effect": "allow", "action": list(actions), "resource": ["*"]}]}


def test_every_answer_is_json_in_http_200(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    good, bad = send(tencent, "cvm", "DescribeZones"), send(tencent, "cvm", "DescribeNothing")
    for answer in (good, bad):
        assert (answer.status, answer.content_type) == (200, "application/json")
        assert len(answer.response["RequestId"]) == 36
    assert (good.code, bad.code) == ("", "InvalidAction")
    assert good.response["TotalCount"] == len(good.response["ZoneSet"])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"secret_id": "AKIDnobody"}, "AuthFailure.SecretIdNotFound"),
        ({"secret_key": "wrong"}, "AuthFailure.SignatureFailure"),
        ({"service": "vpc"}, "InvalidAction"),  # signed for another product
        ({"service": "tke"}, "NoSuchProduct"),
        ({"headers": {"Authorization": None}}, "AuthFailure.InvalidAuthorization"),
        ({"headers": {"Authorization": "SKIP"}}, "AuthFailure.InvalidAuthorization"),
        ({"headers": {"X-TC-Token": "of somebody"}}, "AuthFailure.TokenFailure"),
        ({"headers": {"X-TC-Timestamp": None}}, "MissingParameter"),
        ({"headers": {"X-TC-Timestamp": "soon"}}, "InvalidParameter"),
        ({"headers": {"X-TC-Version": "2016-01-01"}}, "NoSuchVersion"),
        ({"headers": {"X-TC-Region": None}}, "MissingParameter"),
        ({"headers": {"X-TC-Region": "cn-hangzhou"}}, "UnsupportedRegion"),
        ({"host": "cam.tencentcloudapi.com"}, "NoSuchProduct"),
        ({"body": b"not json"}, "InvalidParameter"),
        ({"body": b"[]"}, "InvalidParameter"),
        ({"body": {"Zone": "ap-guangzhou-3"}}, "UnknownParameter"),
        ({"method": "PUT"}, "UnsupportedProtocol"),
    ],
)
def test_refusals(sandbox: Sandbox, changes: dict[str, Any], code: str) -> None:
    answer = send(sandbox.tencent, "cvm", "DescribeZones", **changes)
    assert answer.code == code
    assert answer.response["RequestId"]


def test_five_minutes(sandbox: Sandbox) -> None:
    tencent, now = sandbox.tencent, time.time()
    for offset in (-290, 290):
        assert send(tencent, "sts", "GetCallerIdentity", now=now + offset).code == ""
    for offset in (-310, 310, -86400):
        assert send(tencent, "sts", "GetCallerIdentity", now=now + offset).code == "AuthFailure.SignatureExpire"
    sandbox.advance(86400)  # the account's clock is not what signatures go by
    assert send(tencent, "sts", "GetCallerIdentity").code == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"host": "cvm.tencentcloudapi.com"},
        {"host": "cvm.ap-guangzhou.tencentcloudapi.com"},
        {"host": "cvm.intl.tencentcloudapi.com"},
        {"unsigned_body": True},
        {"sign_action": True},
        {"method": "GET", "query": {"Limit": "1", "InstanceIds.0": "ins-00000000"}},
        {"body": {"Limit": "1", "Offset": "0"}},  # numbers as texts
    ],
)
def test_forms_of_one_request(sandbox: Sandbox, changes: dict[str, Any]) -> None:
    answer = send(sandbox.tencent, "cvm", "DescribeInstances", **changes)
    assert (answer.code, answer.response["TotalCount"]) == ("", 0)


@pytest.mark.parametrize(
    ("method", "most"),
    [("GET", 32 * 1024), ("POST", 10 * 1024 * 1024)],
)
def test_how_long_a_request_may_be(sandbox: Sandbox, method: str, most: int) -> None:
    def listing(length: int) -> str:
        if method == "GET":
            query = {"Keyword": "x" * (length - len("Keyword="))}
            return send(sandbox.tencent, "cam", "ListPolicies", method="GET", query=query).code
        body = b'{"Keyword": "' + b"x" * (length - 15) + b'"}'
        assert len(body) == length
        return send(sandbox.tencent, "cam", "ListPolicies", body).code

    assert (listing(most), listing(most + 1)) == ("", "RequestSizeLimitExceeded")


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({}, "MissingParameter", "The request is missing a required parameter `InstanceIds`."),
        ({"InstanceIds": ["ins-00000000"], "Force": True}, "UnknownParameter", "`Force`"),
        ({"InstanceIds": "ins-00000000"}, "InvalidParameter", "`InstanceIds`"),
    ],
)
def test_parameters(sandbox: Sandbox, body: dict[str, Any], code: str, message: str) -> None:
    answer = send(sandbox.tencent, "cvm", "StartInstances", body)
    assert answer.code == code
    assert message in answer.message


def test_an_endpoint_with_a_scheme_and_a_public_root(sandbox: Sandbox) -> None:
    """Both ways the SDK can be pointed here; one leaves the scheme in the Host header."""
    tencent = sandbox.tencent
    profile = ClientProfile(httpProfile=HttpProfile(endpoint=sandbox.url))
    client = cvm_client.CvmClient(Credential(tencent.secret_id, tencent.secret_key), tencent.region, profile)
    assert client.DescribeZones(models.DescribeZonesRequest()).TotalCount == 4


def test_temporary_keys_need_their_token(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    user = tencent.user("operator", allowing("sts:*"))
    root = {"qcs": [f"qcs::cam::uin/{tencent.account_id}:root"]}
    trust = {"effect": "allow", "action": "name/sts:AssumeRole", "principal": root}
    document = json.dumps({"version": "2.0", "statement": [trust]})
    tencent.call("cam", "CreateRole", RoleName="ops", PolicyDocument=document)
    arn = f"qcs::cam::uin/{tencent.account_id}:roleName/ops"
    made = tencent.call("sts", "AssumeRole", keys=user, RoleArn=arn, RoleSessionName="me")["Credentials"]
    keys = TencentKeys(made["TmpSecretId"], made["TmpSecretKey"], made["Token"])
    assert tencent.call("sts", "GetCallerIdentity", keys=keys)["Type"] == "CAMRole"
    for token in ("", "another"):
        wrong = TencentKeys(keys.secret_id, keys.secret_key, token)
        assert tencent.code("sts", "GetCallerIdentity", keys=wrong) == "AuthFailure.TokenFailure"
    sandbox.advance(7201)
    assert tencent.code("sts", "GetCallerIdentity", keys=keys) == "AuthFailure.TokenFailure"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("throttle", "RequestLimitExceeded"),
        ("internal", "InternalServerError"),
        ("unavailable", "ServerNetworkError"),
        ("deny", "AuthFailure.UnauthorizedOperation"),
        ("drop_before", "ClientNetworkError"),
        ("drop_after", "ClientNetworkError"),
        ("empty", "JSONDecodeError"),
        ("garbage", "JSONDecodeError"),
    ],
)
def test_faults(sandbox: Sandbox, fault: str, code: str) -> None:
    tencent = sandbox.tencent
    sandbox.fault(fault, "DescribeZones", product="cvm")
    with pytest.raises(TencentCloudSDKException) as failed:
        tencent.call("cvm", "DescribeZones")
    assert failed.value.code == code
    assert tencent.call("cvm", "DescribeZones")["TotalCount"] == 4  # once only
    assert [call["fault"] for call in sandbox.calls()] == [fault, ""]


def test_a_fault_by_code_and_a_delay(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    sandbox.fault("code", "RunInstances", code="InvalidAccount.InsufficientBalance")
    assert tencent.code("cvm", "RunInstances", ImageId="img-00000000") == "InvalidAccount.InsufficientBalance"
    sandbox.fault("delay", "DescribeZones", seconds=0.3)
    began = time.monotonic()
    tencent.call("cvm", "DescribeZones")
    assert time.monotonic() - began >= 0.3


def test_a_lost_answer_was_carried_out_and_a_lost_request_was_not(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    for fault, name in (("drop_before", "before"), ("drop_after", "after")):
        sandbox.fault(fault, "CreateSecurityGroup")
        code = tencent.code("vpc", "CreateSecurityGroup", GroupName=name, GroupDescription="x")
        assert code == "ClientNetworkError"
    assert [group["SecurityGroupName"] for group in tencent.state()["security_groups"]] == ["after"]


def test_the_published_rates(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    for _ in range(6):  # off unless asked for
        assert tencent.code("cam", "DeleteRole", RoleName="x") == "InvalidParameter.RoleNotExist"
    sandbox.switch(tencent_rates=True)
    codes = [tencent.code("cam", "DeleteRole", RoleName="x") for _ in range(4)]
    assert codes == ["InvalidParameter.RoleNotExist"] * 3 + ["RequestLimitExceeded"]
    other = tencent.user("other", allowing("*"))
    assert tencent.code("cam", "DeleteRole", keys=other, RoleName="x") == "InvalidParameter.RoleNotExist"


def test_the_call_log(sandbox: Sandbox) -> None:
    tencent = sandbox.tencent
    login = {"Password": "hunter2", "KeyIds": ["skey-1"]}
    desired = {"ImageId": "img-00000000", "Placement": {"Zone": "nowhere"}, "UserData": "c2VjcmV0"}
    tencent.code("cvm", "RunInstances", LoginSettings=login, **desired)
    only = sandbox.calls()[0]
    assert (only["cloud"], only["product"], only["action"], only["status"]) == ("tencent", "cvm", "RunInstances", 200)
    assert (only["code"], only["write"], only["region"]) == ("InvalidZone.MismatchRegion", True, "ap-guangzhou")
    assert only["caller"] == f"qcs::cam:{tencent.account_id}:uin/{tencent.account_id}"
    assert "hunter2" not in str(only) and "c2VjcmV0" not in str(only)
    assert only["params"]["LoginSettings"] == '{"KeyIds": ["skey-1"]}'


def test_accounts_and_regions_do_not_meet(sandbox_server: Server, sandbox: Sandbox) -> None:
    tencent, stranger = sandbox.tencent, sandbox_server.account().tencent
    vpc = tencent.make_vpc()
    assert tencent.account_id != stranger.account_id
    assert stranger.call("vpc", "DescribeVpcs")["TotalCount"] == 0
    assert tencent.call("vpc", "DescribeVpcs", region="ap-beijing")["TotalCount"] == 0
    assert stranger.code("vpc", "DeleteVpc", VpcId=vpc["vpc"]) == "ResourceNotFound"


def test_both_clouds_in_one_account(sandbox: Sandbox) -> None:
    sandbox.make_role("alibaba")
    sandbox.tencent.make_role("tencent")
    found = sandbox.state()
    assert [role["RoleName"] for role in found["roles"]] == ["alibaba"]
    assert [role["RoleName"] for role in found["tencent"]["roles"]] == ["tencent"]
    assert [call["cloud"] for call in sandbox.calls()] == ["alibaba", "tencent"]


def test_the_control_api_says_what_is_wrong(sandbox: Sandbox) -> None:
    with pytest.raises(AssertionError, match="no region 'mars'"):
        sandbox.control("POST", "accounts", {"tencent_region": "mars"})
    made = sandbox.control("POST", "accounts", {"tencent_region": "ap-tokyo"})
    assert made["tencent"]["region"] == "ap-tokyo"


@pytest.mark.parametrize("signal_number", [15, 9])
def test_the_state_outlives_the_process(tmp_path: Any, signal_number: int) -> None:
    server = Server(tmp_path / "state", "--tencent-region", "ap-singapore")
    try:
        tencent = server.first_account().tencent
        assert tencent.region == "ap-singapore"
        tencent.make_role()
        (instance,) = tencent.make_vpc_instance()
        tencent.call("cvm", "ModifyInstancesAttribute", InstanceIds=[instance], CamRoleName="app")
        before = server.ready
        server.restart(signal_number)
        assert server.ready["tencent"] == before["tencent"]
        tencent = server.first_account().tencent
        tencent.settle()
        assert tencent.instance(instance)["CamRoleName"] == "app"
    finally:
        server.stop()
