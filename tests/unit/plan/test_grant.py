"""Plans for a grant, as values."""

from __future__ import annotations

import dataclasses

import pytest

from pulumi_instance_role.clouds.port import (
    CUSTOM,
    Grant,
    Grantee,
    Limits,
    Policy,
    PolicyHolders,
    PolicySpec,
    PolicyVersion,
)
from pulumi_instance_role.plan import calls as c
from pulumi_instance_role.plan.drift import Drift
from pulumi_instance_role.plan.faults import Refused
from pulumi_instance_role.plan.grant import (
    GrantSeen,
    first_sight_of_grant,
    grant_drift,
    grantee_of,
    plan_grant,
    plan_grant_end,
)
from pulumi_instance_role.plan.ownership import Owner
from pulumi_instance_role.plan.policy import DesiredPolicy, PolicyPast
from pulumi_instance_role.policy.dialect import ALIBABA
from tests.unit.plan.model import IN_PLACE, LIMITS
from tests.unit.plan.test_policy import document

OWNER = Owner("proj", "dev", "ops")
OPS = Grantee("user", "ops")
GIVEN = Grant(OPS, "pass", CUSTOM)
PAST = PolicyPast(adopted=False)


def desired(number: int = 1) -> DesiredPolicy:
    return DesiredPolicy("pass", document(number), OWNER, ALIBABA, adopt=None)


def policy(number: int = 1) -> Policy:
    return Policy("pass", CUSTOM, document(number), "v1", description=OWNER.mark(None), tags=OWNER.tags())


def seen(number: int | None = 1, *held: Grant) -> GrantSeen:
    if number is None:
        return GrantSeen(None, (), held)
    return GrantSeen(policy(number), [PolicyVersion("v1", document(number), is_default=True)], held)


@pytest.mark.parametrize("limits", [LIMITS, IN_PLACE])
def test_what_is_missing_is_made_and_nothing_is_taken_off(limits: Limits) -> None:
    spec = PolicySpec("pass", document(1), None, OWNER.tags())
    if not limits.tags_policies:
        spec = PolicySpec("pass", document(1), OWNER.mark(None))
    assert plan_grant(desired(), OPS, seen(None), limits) == [c.CreatePolicy(spec), c.Give(GIVEN)]
    assert plan_grant(desired(), OPS, seen(1), limits) == [c.Give(GIVEN)]  # an earlier create's half
    edit = [c.PutDocument("pass", document(2)), c.Give(GIVEN)]
    other = Grant(OPS, "other", CUSTOM)
    for past in (None, PAST):
        assert plan_grant(desired(), OPS, seen(1, GIVEN), limits, past) == []
        assert plan_grant(desired(2), OPS, seen(1, other), limits, past) == edit  # on nobody, it was of no use
    assert plan_grant(desired(2), OPS, seen(1, GIVEN), limits, PAST) == [c.PutDocument("pass", document(2))]


def test_a_whole_grant_with_this_resources_mark_may_be_another_states() -> None:
    with pytest.raises(
        Refused, match=r"declared \(document\), so it may be the one of another state of stack proj/dev"
    ):
        plan_grant(desired(2), OPS, seen(1, GIVEN), LIMITS)
    with pytest.raises(Refused, match=r"in use \(role web\).*delete the policy if nobody needs it"):
        first_sight_of_grant(desired(), OPS, seen(1), ["role web"])


def test_it_is_refused_before_anything_is_made() -> None:
    with pytest.raises(Refused, match="user: user ops does not exist; make the user first"):
        plan_grant(desired(), OPS, GrantSeen(None, (), None), LIMITS)
    with pytest.raises(Refused, match="is gone from the cloud although the state has it"):
        plan_grant(desired(), OPS, seen(None), LIMITS, PAST)
    foreign = dataclasses.replace(policy(), tags=Owner("other", "dev", "ops").tags())
    with pytest.raises(Refused, match="made by stack other/dev; choose another name") as refused:
        plan_grant(desired(), OPS, GrantSeen(foreign, (), ()), LIMITS)
    assert "adopt" not in str(refused.value)


def test_the_end_takes_off_then_deletes_and_minds_others() -> None:
    holders = PolicyHolders(users=("ops",))
    calls = [c.Withdraw(GIVEN), c.DeletePolicy("pass")]
    assert plan_grant_end("pass", OWNER, OPS, policy(), holders) == calls
    assert plan_grant_end("pass", OWNER, OPS, policy(), PolicyHolders()) == calls  # what a list hid
    assert plan_grant_end("pass", OWNER, OPS, None, holders) == []
    taken_over = dataclasses.replace(policy(), tags=Owner("proj", "dev", "other").tags())
    assert plan_grant_end("pass", OWNER, OPS, taken_over, holders) == []
    for others in (PolicyHolders(users=("ops", "friend")), PolicyHolders(groups=("ops",)), PolicyHolders(("ops",))):
        with pytest.raises(Refused, match=r"still attached by others: (user friend|group ops|role ops);"):
            plan_grant_end("pass", OWNER, OPS, policy(), others)
    role = Grantee("role", "Pipeline")  # roles answer to their name in any case
    assert plan_grant_end("pass", OWNER, role, policy(), PolicyHolders(("pipeline",)))[0] == c.Withdraw(
        Grant(role, "pass", CUSTOM)
    )


def test_drift_and_principals() -> None:
    assert grant_drift(Drift.DOCUMENT_CHANGED, detached=True) is Drift.POLICY_DETACHED
    assert grant_drift(Drift.DOCUMENT_CHANGED, detached=False) is Drift.DOCUMENT_CHANGED
    assert grantee_of({"user": "ops"}) == OPS
    assert grantee_of({"user": None, "role": "r"}) == Grantee("role", "r")
    assert grantee_of({"user": object()}) is None
