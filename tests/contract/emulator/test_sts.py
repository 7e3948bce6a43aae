"""STS, and what temporary credentials and users may do: permissions are evaluated for every call."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException

from tests.contract.emulator.wire import params, send, signed
from tests.support.sandbox import Keys, Sandbox


def allow(action: str | list[str], on: str | list[str] = "*", **more: object) -> dict[str, Any]:
    return {"Version": "1", "Statement": [{"Effect": "Allow", "Action": action, "Resource": on, **more}]}


def trusting(*principals: str, **more: object) -> str:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": list(principals)}, **more}
    return json.dumps({"Version": "1", "Statement": [statement]})


def code_of(sandbox: Sandbox, product: str, action: str, keys: Keys | None = None, **more: Any) -> tuple[int, str]:
    """Status and code of a call: (200, "") when it succeeds."""
    try:
        sandbox.call(product, action, keys=keys, **more)
    except ServerException as error:
        return error.get_http_status(), error.get_error_code()
    return 200, ""


@pytest.fixture
def operator(sandbox: Sandbox) -> Keys:
    """A user who may assume any role."""
    return sandbox.user("ops", allow("sts:AssumeRole"))


def make_role(sandbox: Sandbox, trust: str, name: str = "app", *policies: dict[str, Any], **more: Any) -> str:
    made = sandbox.call("Ram", "CreateRole", RoleName=name, AssumeRolePolicyDocument=trust, **more)
    for number, policy in enumerate(policies):
        sandbox.call("Ram", "CreatePolicy", PolicyName=f"{name}-{number}", PolicyDocument=json.dumps(policy))
        attachment: dict[str, Any] = {"PolicyType": "Custom", "PolicyName": f"{name}-{number}", "RoleName": name}
        sandbox.call("Ram", "AttachPolicyToRole", **attachment)
    return str(made["Role"]["Arn"])


def assume(sandbox: Sandbox, keys: Keys, arn: str, **more: Any) -> Keys:
    got = sandbox.call("Sts", "AssumeRole", keys=keys, RoleArn=arn, RoleSessionName="session", **more)["Credentials"]
    return Keys(got["AccessKeyId"], got["AccessKeySecret"], got["SecurityToken"])


def test_who_is_calling(sandbox: Sandbox, operator: Keys) -> None:
    me = sandbox.call("Sts", "GetCallerIdentity")
    assert (me["IdentityType"], me["UserId"], me["AccountId"]) == ("Account", sandbox.account_id, sandbox.account_id)
    user = sandbox.call("Sts", "GetCallerIdentity", keys=operator)
    assert user["Arn"] == f"acs:ram::{sandbox.account_id}:user/ops"
    assert (user["IdentityType"], user["UserId"]) == ("RAMUser", user["PrincipalId"])
    arn = make_role(sandbox, trusting(f"acs:ram::{sandbox.account_id}:root"))
    role = sandbox.call("Sts", "GetCallerIdentity", keys=assume(sandbox, operator, arn))
    role_id = sandbox.call("Ram", "GetRole", RoleName="app")["Role"]["RoleId"]
    assert role["Arn"] == f"acs:ram::{sandbox.account_id}:assumed-role/app/session"
    assert (role["IdentityType"], role["RoleId"]) == ("AssumedRoleUser", role_id)
    assert role["PrincipalId"] == f"{role_id}:session"
    assert "UserId" not in role


def test_assuming_a_role(sandbox: Sandbox, operator: Keys) -> None:
    arn = make_role(sandbox, trusting(f"acs:ram::{sandbox.account_id}:user/ops"), "app", allow("ram:ListUsers"))
    got = sandbox.call("Sts", "AssumeRole", keys=operator, RoleArn=arn, RoleSessionName="a.b@c-d_e")
    assert got["AssumedRoleUser"]["Arn"] == f"acs:ram::{sandbox.account_id}:role/app/a.b@c-d_e"
    assert got["AssumedRoleUser"]["AssumedRoleId"].endswith(":a.b@c-d_e")
    assert got["Credentials"]["AccessKeyId"].startswith("STS.")
    first, second = assume(sandbox, operator, arn), assume(sandbox, operator, arn, DurationSeconds=900)
    for keys in (first, second):  # side by side
        assert code_of(sandbox, "Ram", "ListUsers", keys) == (200, "")
        assert code_of(sandbox, "Ram", "ListRoles", keys) == (403, "NoPermission")
    sandbox.advance(901)
    assert code_of(sandbox, "Ram", "ListUsers", second) == (400, "InvalidSecurityToken.Expired")
    assert code_of(sandbox, "Ram", "ListUsers", first) == (200, "")
    sandbox.advance(2700)
    assert code_of(sandbox, "Ram", "ListUsers", first) == (400, "InvalidSecurityToken.Expired")


TRUSTS: list[tuple[str, str, bool]] = [
    ("the account", "acs:ram::{account}:root", True),
    ("the user", "acs:ram::{account}:user/ops", True),
    ("another user", "acs:ram::{account}:user/other", False),
    ("another account", "acs:ram::1111111111111111:root", False),
]


@pytest.mark.parametrize(("principal", "may"), [row[1:] for row in TRUSTS], ids=[row[0] for row in TRUSTS])
def test_a_role_is_for_those_it_trusts(sandbox: Sandbox, operator: Keys, principal: str, may: bool) -> None:
    arn = make_role(sandbox, trusting(principal.format(account=sandbox.account_id)))
    expected = (200, "") if may else (403, "NoPermission")
    assert code_of(sandbox, "Sts", "AssumeRole", operator, RoleArn=arn, RoleSessionName="session") == expected


def test_a_role_that_trusts_a_service_is_for_nobody_else(sandbox: Sandbox, operator: Keys) -> None:
    sandbox.make_role("app")
    wanted: dict[str, Any] = {"RoleArn": f"acs:ram::{sandbox.account_id}:role/app", "RoleSessionName": "session"}
    assert code_of(sandbox, "Sts", "AssumeRole", operator, **wanted) == (403, "NoPermission")


def test_trust_can_deny_and_set_conditions(sandbox: Sandbox, operator: Keys) -> None:
    root = {"RAM": [f"acs:ram::{sandbox.account_id}:root"]}
    ops = {"RAM": [f"acs:ram::{sandbox.account_id}:user/ops"]}
    base = {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": root}
    secret = {"StringEquals": {"sts:ExternalId": "abc"}}
    denying = json.dumps({"Version": "1", "Statement": [base, {**base, "Effect": "Deny", "Principal": ops}]})
    asking = json.dumps({"Version": "1", "Statement": [{**base, "Condition": secret}]})
    session: dict[str, Any] = {"RoleSessionName": "session"}
    denied, asked = make_role(sandbox, denying, "denied"), make_role(sandbox, asking, "asked")
    assert code_of(sandbox, "Sts", "AssumeRole", operator, RoleArn=denied, **session) == (403, "NoPermission")
    assert code_of(sandbox, "Sts", "AssumeRole", operator, RoleArn=asked, **session) == (403, "NoPermission")
    assert code_of(sandbox, "Sts", "AssumeRole", operator, RoleArn=asked, ExternalId="abc", **session) == (200, "")


def test_who_may_not_assume_at_all(sandbox: Sandbox) -> None:
    arn = make_role(sandbox, trusting(f"acs:ram::{sandbox.account_id}:root"))
    wanted: dict[str, Any] = {"RoleArn": arn, "RoleSessionName": "session"}
    assert code_of(sandbox, "Sts", "AssumeRole", **wanted) == (403, "NoPermission"), "the account's own key"
    nobody = sandbox.user("nobody")
    assert code_of(sandbox, "Sts", "AssumeRole", nobody, **wanted) == (403, "NoPermission")
    elsewhere = sandbox.user("elsewhere", allow("sts:AssumeRole", arn + "x"))
    assert code_of(sandbox, "Sts", "AssumeRole", elsewhere, **wanted) == (403, "NoPermission")


WRONG: list[tuple[dict[str, Any], int, str]] = [
    ({"RoleArn": None}, 400, "MissingRoleArn"),
    ({"RoleArn": "app"}, 400, "InvalidParameter.RoleArn"),
    ({"RoleArn": "acs:ram::1:role/app"}, 404, "EntityNotExist.Role"),
    ({"RoleSessionName": None}, 400, "MissingRoleSessionName"),
    ({"RoleSessionName": "x"}, 400, "InvalidParameter.RoleSessionName"),
    ({"RoleSessionName": "a/b"}, 400, "InvalidParameter.RoleSessionName"),
    ({"DurationSeconds": 899}, 400, "InvalidParameter.DurationSeconds"),
    ({"DurationSeconds": 3601}, 400, "InvalidParameter.DurationSeconds"),
    ({"Policy": "{}"}, 400, "InvalidParameter.PolicyGrammar"),
    ({"Policy": "x" * 2049}, 400, "InvalidParameter.PolicySize"),
]


@pytest.mark.parametrize(("change", "status", "code"), WRONG, ids=[row[2] + str(row[0])[:30] for row in WRONG])
def test_what_is_refused(sandbox: Sandbox, operator: Keys, change: dict[str, Any], status: int, code: str) -> None:
    arn = make_role(sandbox, trusting(f"acs:ram::{sandbox.account_id}:root"))
    wanted: dict[str, Any] = {"RoleArn": arn, "RoleSessionName": "session", **change}
    assert code_of(sandbox, "Sts", "AssumeRole", operator, **wanted) == (status, code)


def test_a_longer_session_where_the_role_allows_it(sandbox: Sandbox, operator: Keys) -> None:
    arn = make_role(sandbox, trusting(f"acs:ram::{sandbox.account_id}:root"), MaxSessionDuration=7200)
    assume(sandbox, operator, arn, DurationSeconds=7200)


def test_a_session_policy_takes_away_and_never_gives(sandbox: Sandbox, operator: Keys) -> None:
    trust = trusting(f"acs:ram::{sandbox.account_id}:root")
    arn = make_role(sandbox, trust, "app", allow(["ram:ListUsers", "ram:ListRoles"]))
    keys = assume(sandbox, operator, arn, Policy=json.dumps(allow(["ram:ListUsers", "ram:ListGroups"])))
    outcomes = {action: code_of(sandbox, "Ram", action, keys)[0] for action in ("ListUsers", "ListRoles", "ListGroups")}
    assert outcomes == {"ListUsers": 200, "ListRoles": 403, "ListGroups": 403}


def test_deleting_a_role_ends_its_sessions(sandbox: Sandbox, operator: Keys) -> None:
    trust = trusting(f"acs:ram::{sandbox.account_id}:root")
    keys = assume(sandbox, operator, make_role(sandbox, trust))
    assert code_of(sandbox, "Sts", "GetCallerIdentity", keys) == (200, "")
    sandbox.call("Ram", "DeleteRole", RoleName="app")
    assert code_of(sandbox, "Sts", "GetCallerIdentity", keys) == (400, "InvalidSecurityToken.Expired")
    make_role(sandbox, trust)  # the same name is another role
    assert code_of(sandbox, "Sts", "GetCallerIdentity", keys) == (400, "InvalidSecurityToken.Expired")


def test_a_temporary_key_goes_with_its_token_only(sandbox: Sandbox, operator: Keys) -> None:
    arn = make_role(sandbox, trusting(f"acs:ram::{sandbox.account_id}:root"))
    one, other = assume(sandbox, operator, arn), assume(sandbox, operator, arn)
    for token, code in (
        ("", "MissingSecurityToken"),
        ("nonsense", "InvalidSecurityToken.Malformed"),
        (other.security_token, "InvalidSecurityToken.MismatchWithAccessKey"),
    ):
        keys = Keys(one.access_key_id, one.access_key_secret, token)
        answer = send(sandbox, signed(params(keys), keys.access_key_secret))
        assert (answer.status, answer.code) == (400, code)


# -- permissions -----------------------------------------------------------------------------------------------
def test_a_user_may_do_what_its_policies_say(sandbox: Sandbox) -> None:
    sandbox.make_role("app")
    sandbox.make_role("db")
    mine = f"acs:ram:*:{sandbox.account_id}:role/app"
    keys = sandbox.user("ann", allow(["ram:GetRole", "ram:UpdateRole"], mine), allow("ram:List*"))
    assert code_of(sandbox, "Ram", "GetRole", keys, RoleName="app") == (200, "")
    assert code_of(sandbox, "Ram", "GetRole", keys, RoleName="db") == (403, "NoPermission")
    assert code_of(sandbox, "Ram", "DeleteRole", keys, RoleName="app") == (403, "NoPermission")
    assert code_of(sandbox, "Ram", "ListRoles", keys) == (200, "")
    deny = {"Version": "1", "Statement": [{"Effect": "Deny", "Action": "ram:ListRoles", "Resource": "*"}]}
    sandbox.call("Ram", "CreatePolicy", PolicyName="deny", PolicyDocument=json.dumps(deny))
    sandbox.call("Ram", "AttachPolicyToUser", UserName="ann", PolicyType="Custom", PolicyName="deny")
    assert code_of(sandbox, "Ram", "ListRoles", keys) == (403, "NoPermission")


def test_attaching_asks_for_the_role_and_the_policy(sandbox: Sandbox) -> None:
    account = sandbox.account_id
    sandbox.make_role("app")
    attachment: dict[str, Any] = {"RoleName": "app", "PolicyType": "System", "PolicyName": "AliyunOSSReadOnlyAccess"}
    both = [f"acs:ram:*:{account}:role/app", "acs:ram:*:system:policy/AliyunOSS*"]
    for number, on in enumerate(both):
        half = sandbox.user(f"half-{number}", allow("ram:AttachPolicyToRole", on))
        assert code_of(sandbox, "Ram", "AttachPolicyToRole", half, **attachment) == (403, "NoPermission")
    whole = sandbox.user("whole", allow("ram:AttachPolicyToRole", both))
    assert code_of(sandbox, "Ram", "AttachPolicyToRole", whole, **attachment) == (200, "")


def test_a_group_gives_its_members_permissions(sandbox: Sandbox) -> None:
    keys = sandbox.user("ann")
    sandbox.call("Ram", "CreateGroup", GroupName="readers")
    read: dict[str, Any] = {"PolicyType": "System", "PolicyName": "AliyunRAMReadOnlyAccess"}
    sandbox.call("Ram", "AttachPolicyToGroup", GroupName="readers", **read)
    assert code_of(sandbox, "Ram", "ListRoles", keys) == (403, "NoPermission")
    sandbox.call("Ram", "AddUserToGroup", GroupName="readers", UserName="ann")
    assert code_of(sandbox, "Ram", "ListRoles", keys) == (200, "")
    assert code_of(sandbox, "Ram", "CreateUser", keys, UserName="bob") == (403, "NoPermission")


def test_conditions_see_the_request(sandbox: Sandbox) -> None:
    here = {"IpAddress": {"acs:SourceIp": ["127.0.0.1/32"]}}
    tls = {"Bool": {"acs:SecureTransport": ["true"]}}
    near = sandbox.user("near", allow("ram:ListRoles", Condition=here))
    safe = sandbox.user("safe", allow("ram:ListRoles", Condition=tls))
    assert code_of(sandbox, "Ram", "ListRoles", near) == (200, "")
    assert code_of(sandbox, "Ram", "ListRoles", safe) == (403, "NoPermission")
    values = signed(params(safe, "ListRoles", "2015-05-01"), safe.access_key_secret)
    assert send(sandbox, values, tls=True).status == 200


def test_each_product_denies_in_its_own_words(sandbox: Sandbox) -> None:
    nobody = sandbox.user("nobody")
    calls = [
        (("Ram", "ListRoles", {}), (403, "NoPermission")),
        (("Vpc", "CreateVpc", {"RegionId": sandbox.region}), (403, "Forbidden")),
        (("Ecs", "CreateSecurityGroup", {"RegionId": sandbox.region}), (403, "Forbidden.RAM")),
        (("Ecs", "DescribeInstances", {"RegionId": sandbox.region}), (200, "")),  # an empty list, as documented
        (("Sts", "GetCallerIdentity", {}), (200, "")),
    ]
    for (product, action, more), expected in calls:
        assert code_of(sandbox, product, action, nobody, **more) == expected


def test_a_denial_says_what_was_missing(sandbox: Sandbox) -> None:
    nobody = sandbox.user("nobody")
    answer = send(sandbox, signed(params(nobody, "ListRoles", "2015-05-01"), nobody.access_key_secret))
    detail = answer.data["AccessDeniedDetail"]
    assert (detail["AuthAction"], detail["AuthPrincipalType"]) == ("ram:ListRoles", "SubUser")
    assert detail["AuthPrincipalOwnerId"] == sandbox.account_id
