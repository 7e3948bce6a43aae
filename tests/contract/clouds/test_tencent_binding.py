"""What Tencent Cloud's binding leaves open: operations that take their time, fail, lag or are refused."""

from __future__ import annotations

import pytest

from pulumi_instance_role.clouds.port import CUSTOM, Attachment, ErrorKind, Lifecycle, RoleSpec
from tests.contract.clouds.world import TencentWorld, kinds, refused


def test_a_role_is_replaced_in_one_call(tencent: TencentWorld) -> None:
    ids = tencent.make_instances(3)
    tencent.make_role()
    tencent.make_role("other")
    tencent.cloud.bind("web", ids)
    assert kinds(tencent.cloud.bind("other", ids)) == [ErrorKind.OCCUPIED] * 3  # not a word of what it replaces
    assert kinds(tencent.cloud.bind("other", ids, "web")) == [None] * 3
    assert (tencent.asked("bind"), tencent.asked("unbind")) == (2, 0)
    assert [tencent.holds(one) for one in ids] == ["other"] * 3


@pytest.mark.parametrize("mixed", ["reject", "partial"])
@pytest.mark.parametrize("shown", [0.0, 3.0])
@pytest.mark.parametrize("request_id", [True, False])
@pytest.mark.parametrize("unbound", ["empty", "null"])
def test_whatever_the_documentation_leaves_open(
    tencent: TencentWorld, mixed: str, shown: float, request_id: bool, unbound: str
) -> None:
    free, taken, ours = tencent.make_instances(3)
    tencent.make_role()
    tencent.make_role("other")
    tencent.cloud.bind("web", [ours])
    tencent.cloud.bind("other", [taken])
    tencent.sandbox.switch(
        cvm_mixed_batch=mixed,
        cvm_operation_shown_seconds=shown,
        cvm_operation_seconds=8,
        cvm_operation_request_id=request_id,
        cvm_unbound_role=unbound,
    )
    outcomes = tencent.cloud.bind("web", [free, tencent.unknown_instance, taken, ours], "other")
    assert kinds(outcomes) == [None, ErrorKind.NOT_FOUND, None, None]
    seen = tencent.cloud.instances([free, taken, ours])
    assert [one.role for one in seen.values()] == ["web"] * 3
    assert kinds(tencent.cloud.unbind("web", [free, taken, ours, tencent.unknown_instance])) == [None] * 4
    assert [one.role for one in tencent.cloud.instances([free, taken, ours]).values()] == [None] * 3


@pytest.mark.parametrize("request_id", [True, False])
def test_an_operation_that_fails(tencent: TencentWorld, request_id: bool) -> None:
    (one,) = tencent.make_instances(1)
    tencent.make_role()
    tencent.sandbox.switch(cvm_operation_outcome="FAILED", cvm_operation_request_id=request_id)
    (outcome,) = tencent.cloud.bind("web", [one])
    assert outcome.error is not None and one in str(outcome.error)
    if request_id:
        assert outcome.error.code == "OperationFailed" and "told to let the operation fail" in str(outcome.error)
        assert outcome.error.request_id
    else:
        assert outcome.error.kind is ErrorKind.BUSY  # not known to be ours: waited for to the end
    assert tencent.holds(one) is None


def test_the_deadline_can_be_set(tencent: TencentWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    (one,) = tencent.make_instances(1)
    tencent.make_role()
    tencent.sandbox.switch(cvm_operation_seconds=100)
    monkeypatch.setenv("INSTANCE_ROLE_BIND_TIMEOUT", "10")
    (outcome,) = tencent.connection().bind("web", [one])
    assert outcome.error is not None and outcome.error.kind is ErrorKind.BUSY and "10 s" in str(outcome.error)
    monkeypatch.delenv("INSTANCE_ROLE_BIND_TIMEOUT")
    assert kinds(tencent.connection().bind("web", [one])) == [None]


@pytest.mark.parametrize(
    "code",
    ["MutexOperation.TaskRunning", "OperationDenied.InstanceOperationInProgress", "InvalidInstance.NotSupported"],
)
def test_another_operation_is_waited_for(tencent: TencentWorld, code: str) -> None:
    (one,) = tencent.make_instances(1)
    tencent.make_role()
    tencent.sandbox.fault("code", "ModifyInstancesAttribute", code=code, times=3)
    assert kinds(tencent.cloud.bind("web", [one])) == [None]
    assert tencent.asked("bind") == 4


def test_a_service_linked_role_is_given_with_its_type(tencent: TencentWorld) -> None:
    (one,) = tencent.make_instances(1)
    tencent.sandbox.tencent.call("cam", "CreateServiceLinkedRole", QCSServiceName=[tencent.service])
    (name,) = (role["RoleName"] for role in tencent.sandbox.tencent.state()["roles"])
    role = tencent.cloud.get_role(name)
    assert role is not None and role.service_linked
    assert kinds(tencent.cloud.bind(name, [one])) == [None]
    assert tencent.asked("bind") == 1 and tencent.holds(one) == name
    assert tencent.calls("bind")[0]["params"]["CamRoleType"] == "service_linked"
    assert kinds(tencent.cloud.unbind(name, [one])) == [None]
    (call,) = tencent.calls("unbind")
    assert call["params"] == {"InstanceIds": f'["{one}"]', "CamRoleName": ""}


def test_a_users_role_that_is_named_like_a_service_linked_one(tencent: TencentWorld) -> None:
    """The name is only a guess; what CAM says of the role decides."""
    (one,) = tencent.make_instances(1)
    tencent.make_role("OurLinkedRoleInTheShop")
    assert kinds(tencent.cloud.bind("OurLinkedRoleInTheShop", [one])) == [None]
    assert tencent.holds(one) == "OurLinkedRoleInTheShop"
    kinds_sent = [call["params"].get("CamRoleType") for call in tencent.calls("bind")]
    assert kinds_sent == ["service_linked", "user"]


def test_who_may_not_look_writes_nothing(tencent: TencentWorld) -> None:
    """The cloud would replace whatever is there."""
    (one,) = tencent.make_instances(1)
    tencent.make_role()
    blind = tencent.user(tencent.permits("cvm:ModifyInstancesAttribute"))
    refused(ErrorKind.DENIED, lambda: blind.bind("web", [one]))
    assert tencent.asked("bind") == 0 and tencent.holds(one) is None


@pytest.mark.parametrize("denied", ["error", "empty"])
def test_a_reader_without_permission_sees_no_absence_however_it_is_told(tencent: TencentWorld, denied: str) -> None:
    (one,) = tencent.make_instances(1)
    tencent.sandbox.switch(tencent_denied_describe=denied)
    stranger = tencent.outsider()
    for call in (
        lambda: stranger.instances([one]),
        lambda: stranger.instances([tencent.unknown_instance]),
        lambda: stranger.find_instances(None, {}, []),
        lambda: stranger.role_instances("web"),
    ):
        assert "cvm:DescribeInstances" in str(refused(ErrorKind.DENIED, call))


@pytest.mark.parametrize("named", [True, False])
def test_what_is_no_id_hides_no_instance(tencent: TencentWorld, named: bool) -> None:
    """One such id fails the whole request, and the message need not name it."""
    ids = tencent.make_instances(3)
    if not named:
        tencent.sandbox.fault("code", "DescribeInstances", code="InvalidInstanceId.Malformed", times=2)
    mixed = ["ins-123", *ids[:2], "ins-ABCDEFGH", ids[2], "ins-123456789"]
    assert list(tencent.cloud.instances(mixed)) == ids
    assert tencent.connection().instances(["ins-123", "ins-1234"]) == {}
    tencent.make_role()
    assert kinds(tencent.cloud.bind("web", ["ins-123", ids[0]])) == [ErrorKind.NOT_FOUND, None]


def test_a_reader_of_an_empty_region_is_believed(tencent: TencentWorld) -> None:
    reader = tencent.outsider("instances")
    assert reader.instances([tencent.unknown_instance]) == {}
    before = tencent.asked("instances")
    assert reader.instances([tencent.unknown_instance]) == {}
    assert tencent.asked("instances") == before + 1  # the proof is remembered


def test_an_instance_on_its_way_out(tencent: TencentWorld) -> None:
    one, two = tencent.make_instances(2)
    tencent.make_role()
    tencent.sandbox.switch(settle_seconds=600)
    tencent.sandbox.tencent.call("cvm", "TerminateInstances", InstanceIds=[one])
    seen = tencent.cloud.instances([one])
    if one in seen:
        assert seen[one].lifecycle is Lifecycle.RELEASING
    outcomes = tencent.cloud.bind("web", [one, two])
    assert kinds(outcomes)[0] in (ErrorKind.INVALID, ErrorKind.NOT_FOUND) and kinds(outcomes)[1] is None


def test_what_was_made_is_shown_late(tencent: TencentWorld) -> None:
    tencent.sandbox.switch(cam_visibility_seconds=6)
    made = tencent.cloud.create_role(RoleSpec("web", tencent.trust, tags={"a": "b"}))
    assert made.tags == {"a": "b"} and tencent.cloud.get_role("web") == made
    tencent.make_policy()
    assert tencent.cloud.get_policy("read-reports", CUSTOM) is not None
    tencent.cloud.attach(Attachment("web", "read-reports", CUSTOM))


def test_repeated_attachments_that_are_refused(tencent: TencentWorld) -> None:
    tencent.make_role()
    tencent.make_policy()
    tencent.sandbox.switch(cam_repeated_attachment="error")
    attachment = Attachment("web", "read-reports", CUSTOM)
    for _ in range(2):
        tencent.cloud.attach(attachment)
    for _ in range(2):
        tencent.cloud.detach(attachment)
    assert tencent.cloud.attachments("web") == ()


def test_an_arn_that_is_left_out(tencent: TencentWorld) -> None:
    tencent.sandbox.switch(cam_role_arn=False)
    made = tencent.cloud.create_role(RoleSpec("web", tencent.trust))
    assert made.arn == f"qcs::cam::uin/{tencent.account_id}:roleName/web"


def test_a_policy_made_anew_under_its_name(tencent: TencentWorld) -> None:
    """The number remembered from making it is no longer the policy's."""
    tencent.make_role()
    tencent.make_policy()
    (old,) = tencent.sandbox.tencent.state()["policies"]
    tencent.sandbox.tencent.call("cam", "DeletePolicy", PolicyId=[old["PolicyId"]])
    assert tencent.cloud.get_policy("read-reports", CUSTOM) is None
    tencent.sandbox.tencent.make_policy("read-reports")
    tencent.cloud.attach(Attachment("web", "read-reports", CUSTOM))
    assert tencent.cloud.get_policy("read-reports", CUSTOM) is not None


def test_nothing_is_under_way_when_a_binding_ends(tencent: TencentWorld) -> None:
    """Also where the role was there before: the call begins an operation all the same."""
    (one,) = tencent.make_instances(1)
    tencent.make_role()
    tencent.sandbox.switch(cvm_operation_seconds=30, cvm_operation_shown_seconds=0)
    for _ in range(2):
        assert kinds(tencent.cloud.bind("web", [one])) == [None]
        assert tencent.sandbox.tencent.instance(one)["LatestOperationState"] == "SUCCESS"


def test_an_account_that_lists_no_preset_policies(tencent: TencentWorld) -> None:
    """Then what is not listed is gone for who is told so of a number that no policy has, and for nobody else."""
    tencent.sandbox.switch(cam_presets_listed=False)
    assert tencent.cloud.get_policy("read-reports", CUSTOM) is None
    tencent.make_policy()
    assert tencent.cloud.get_policy("read-reports", CUSTOM) is not None
    assert tencent.connection().get_policy("none", CUSTOM) is None
    lister = tencent.user(tencent.permits("cam:ListPolicies"))
    refused(ErrorKind.DENIED, lambda: lister.get_policy("none", CUSTOM))


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("InvalidParameterValue.CamRoleNameMalformed", ErrorKind.INVALID),
        ("FailedOperation.InvalidInstanceApplicationRole", ErrorKind.UNTRUSTED),
        ("UnauthorizedOperation.MFANotFound", ErrorKind.DENIED),
        ("UnsupportedRegion", ErrorKind.INVALID),
        ("InvalidAction", ErrorKind.UNSUPPORTED),
    ],
)
def test_what_is_said_of_the_role_or_the_caller_is_said_once(tencent: TencentWorld, code: str, kind: ErrorKind) -> None:
    ids = tencent.make_instances(8)
    tencent.make_role()
    tencent.sandbox.fault("code", "ModifyInstancesAttribute", code=code, times=None)
    refused(kind, lambda: tencent.cloud.bind("web", ids))
    assert tencent.asked("bind") == 1
