from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pytest

from pulumi_instance_role.clouds.port import CUSTOM, SYSTEM, Attachment, PolicyHolders, Role, RoleSpec
from pulumi_instance_role.plan import calls as c
from pulumi_instance_role.plan.attachment import is_gone, plan_attachment, plan_detachment
from pulumi_instance_role.plan.drift import Drift
from pulumi_instance_role.plan.faults import Refused, some
from pulumi_instance_role.plan.ownership import Owner, owner_of
from pulumi_instance_role.plan.role import (
    DesiredRole,
    RolePast,
    first_sight,
    lost_mark,
    plan_role,
    plan_role_deletion,
    role_drift,
    role_faults,
    still_held,
)
from pulumi_instance_role.policy.dialect import ALIBABA
from tests.unit.plan.model import LIMITS, instances

OWNER = Owner("proj", "dev", "web")
TRUST = (
    '{"Statement":[{"Action":["sts:AssumeRole"],"Effect":"Allow","Principal":{"Service":["ecs.aliyuncs.com"]}}],'
    '"Version":"1"}'
)
REWRITTEN = (
    '{"Version": "1", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs.aliyuncs.com"}, '
    '"Action": "sts:AssumeRole"}]}'
)
OTHER = TRUST.replace("ecs.", "fc.")
PAST = RolePast("1", adopted=False)


def role(**rest: object) -> Role:
    plain = Role("web", "1", "acs:ram::1:role/web", trust_policy=TRUST, max_session_duration=3600, tags=OWNER.tags())
    return dataclasses.replace(plain, **rest)  # type: ignore[arg-type]  # the fields of Role, by name


def desired(**rest: object) -> DesiredRole:
    return dataclasses.replace(DesiredRole("web", TRUST, OWNER, ALIBABA), **rest)  # type: ignore[arg-type]  # by name


def deletion(
    observed: Role | None,
    past: RolePast = PAST,
    attachments: Sequence[Attachment] = (),
    held: Sequence[str] | None = (),
    *,
    force: bool = False,
) -> list[c.RoleCall]:
    return plan_role_deletion("web", OWNER, observed, past, attachments, held, force_detach=force, batch=2)


def test_ownership_comes_with_the_creating_call() -> None:
    declared = desired(description="d", max_session_duration=7200, tags={"a": "b"}, console_login=False)
    made = plan_role(declared, None)
    assert made == [c.CreateRole(RoleSpec("web", TRUST, "d", 7200, {"a": "b", **OWNER.tags()}, False))]


@pytest.mark.parametrize(
    ("declared", "observed", "expected"),
    [
        (desired(), role(), []),
        (desired(trust_policy=REWRITTEN), role(), []),
        (desired(trust_policy=OTHER), role(), [c.UpdateRole(RoleSpec("web", OTHER))]),
        (desired(description="d"), role(), [c.UpdateRole(RoleSpec("web", description="d"))]),
        (desired(), role(description="theirs", max_session_duration=43200), []),
        (
            desired(max_session_duration=7200, tags={"a": "b"}),
            role(tags={"theirs": "x"}),
            [
                c.UpdateRole(RoleSpec("web", max_session_duration=7200)),
                c.TagRole("web", {"a": "b", **OWNER.tags()}),
            ],
        ),
        (desired(console_login=False), role(console_login=False), []),
        (desired(), role(console_login=True), []),
        (
            desired(console_login=False),
            role(console_login=True),
            [c.UpdateRole(RoleSpec("web", console_login=False))],
        ),
        (desired(), role(trust_policy="no document"), [c.UpdateRole(RoleSpec("web", TRUST))]),
    ],
)
def test_an_update_changes_what_differs_and_nothing_else(
    declared: DesiredRole, observed: Role, expected: list[c.RoleCall]
) -> None:
    assert plan_role(declared, observed, PAST) == expected


def test_what_is_no_longer_declared_is_taken_back() -> None:
    past = RolePast("1", False, had_description=True, tag_keys=frozenset({"a", "gone"}), lapse_duration=3600)
    observed = role(description="d", max_session_duration=7200, tags={**OWNER.tags(), "a": "b", "theirs": "x"})
    assert plan_role(desired(), observed, past) == [
        c.UpdateRole(RoleSpec("web", description="", max_session_duration=3600)),
        c.TagRole("web", {}, ("a",)),
    ]


def test_what_another_resource_of_this_stack_left_loses_what_is_no_longer_declared() -> None:
    left = role(tags={**Owner("proj", "dev", "old").tags(), "team": "a", "cost": "1"}, description="d")
    declared = desired(adopt=True, tags={"cost": "1"})
    assert plan_role(declared, left) == [
        c.UpdateRole(RoleSpec("web", description="")),
        c.TagRole("web", {"instance-role:resource": "web"}, ("team",)),
    ]
    settled = role(tags={**OWNER.tags(), "cost": "1"})
    assert plan_role(declared, settled) == []


TAGGED = {**OWNER.tags(), "acs:createdby": "user:somebody"}
WHOLE: list[tuple[DesiredRole, Role, tuple[str, ...], str]] = [
    (desired(trust_policy=OTHER), role(), (), "differs from what is declared (trust_policy)"),
    (desired(description="d"), role(), (), "differs from what is declared (description)"),
    (desired(), role(description="d", tags={**OWNER.tags(), "a": "b"}), (), "declared (description, tags)"),
    (desired(max_session_duration=7200), role(), (), "(max_session_duration)"),
    (desired(console_login=False), role(console_login=True), (), "(console_login)"),
    (desired(), role(), ("policy reader", "instance i-1"), "is in use (instance i-1, policy reader)"),
]


@pytest.mark.parametrize(("declared", "observed", "uses", "why"), WHOLE)
def test_a_whole_role_with_this_resources_mark_may_be_another_states(
    declared: DesiredRole, observed: Role, uses: tuple[str, ...], why: str
) -> None:
    with pytest.raises(Refused, match=r"may be the one of another state of stack proj/dev; .*adopt=True") as refused:
        plan_role(declared, observed, None, uses)
    assert why in str(refused.value)
    taken = dataclasses.replace(declared, adopt=True)
    assert first_sight(taken, observed, uses).adopted  # so it is released at the end, and never marked
    assert not any(isinstance(call, c.TagRole) and call.remove for call in plan_role(taken, observed, None, uses))


@pytest.mark.parametrize("adopt", [False, True])
@pytest.mark.parametrize("tags", [OWNER.tags(), TAGGED])
def test_what_an_interrupted_create_left_is_finished(adopt: bool, tags: dict[str, str]) -> None:
    left = role(trust_policy=REWRITTEN, tags=tags)
    assert plan_role(desired(adopt=adopt), left) == []
    assert first_sight(desired(adopt=adopt), left) == RolePast("1", adopted=False)
    later = desired(description="d", adopt=adopt, later=frozenset({"description", "tags"}))
    assert not first_sight(later, role(tags={**tags, "a": "b"})).adopted  # what is not known yet is no difference


def test_what_a_create_made_itself_is_not_doubted() -> None:
    made = desired(description="d", made="1")
    assert plan_role(made, role(), None, ("policy reader",)) == [c.UpdateRole(RoleSpec("web", description="d"))]
    with pytest.raises(Refused, match="not made by this stack"):
        plan_role(made, role(tags={}))  # its mark is not shown yet
    with pytest.raises(Refused, match="id 1, the one there now has id 2"):
        plan_role(made, role(role_id="2"))


@pytest.mark.parametrize("tags", [{}, Owner("proj", "prod", "web").tags(), Owner("proj", "dev", "old").tags()])
def test_what_exists_already_is_an_error_that_names_adopt(tags: dict[str, str]) -> None:
    with pytest.raises(Refused, match="adopt=True") as refused:
        plan_role(desired(), role(tags=tags))
    assert [fault.prop for fault in refused.value.faults] == ["name"]


def test_an_adopted_role_is_brought_into_line_but_never_marked() -> None:
    foreign = role(tags={"theirs": "x"}, trust_policy=OTHER, description="theirs")
    assert plan_role(desired(adopt=True), foreign) == [c.UpdateRole(RoleSpec("web", TRUST))]
    assert first_sight(desired(adopt=True), foreign).adopted


@pytest.mark.parametrize(
    ("observed", "past"), [(None, PAST), (role(role_id="2", tags={}), PAST), (role(service_linked=True), None)]
)
def test_some_roles_cannot_be_worked_on(observed: Role | None, past: RolePast | None) -> None:
    with pytest.raises(Refused):
        plan_role(desired(), observed, past)


@pytest.mark.parametrize(
    ("observed", "past"),
    [
        (None, PAST),
        (role(), RolePast("1", adopted=True)),
        (role(role_id="2", tags={}), PAST),
        (role(tags=Owner("proj", "dev", "new").tags()), PAST),
    ],
)
def test_a_delete_leaves_what_is_not_ours(observed: Role | None, past: RolePast) -> None:
    assert deletion(observed, past) == []


USED = (PAST, [Attachment("web", "Admin", SYSTEM)], ["i-1", "i-2", "i-3"])


def test_a_role_in_use_by_others_stops_with_their_list() -> None:
    with pytest.raises(Refused) as refused:
        deletion(role(), *USED)
    assert "Admin (System)" in str(refused.value) and "i-1, i-2, i-3" in str(refused.value)
    assert {fault.prop for fault in refused.value.faults} == {"force_detach"}


def test_a_role_whose_holders_cannot_be_seen_ends_only_by_force() -> None:
    with pytest.raises(Refused, match=r"may not see which instances hold role web; allow .*force_detach=True"):
        deletion(role(), PAST, (), None)
    assert deletion(role(), PAST, (), None, force=True) == [c.DeleteRole("web")]


def test_a_list_that_lags_behind_is_checked_against_the_instances() -> None:
    seen = instances({"i-1": "web", "i-2": "db", "i-3": None, "i-4": "Web"})
    assert still_held("web", ["i-1", "i-2", "i-3", "i-4", "i-released"], seen) == ["i-1", "i-4"]


def test_force_detach_frees_the_role_first() -> None:
    assert deletion(role(), *USED, force=True) == [
        c.Unbind("web", ("i-1", "i-2")),
        c.Unbind("web", ("i-3",)),
        c.Detach(Attachment("web", "Admin", SYSTEM)),
        c.DeleteRole("web"),
    ]


@pytest.mark.parametrize(
    ("observed", "expected"),
    [
        (role(), Drift.IN_SYNC),
        (role(trust_policy=REWRITTEN), Drift.IN_SYNC),
        (role(trust_policy=OTHER, description="x"), Drift.TRUST_CHANGED),
        (role(description="x"), Drift.SETTINGS_CHANGED),
        (role(max_session_duration=7200), Drift.SETTINGS_CHANGED),
        (role(console_login=True), Drift.SETTINGS_CHANGED),
        (role(console_login=False), Drift.IN_SYNC),
        (role(trust_policy=None), Drift.IN_SYNC),
    ],
)
def test_drift_has_a_name(observed: Role, expected: Drift) -> None:
    wanted = {"description": "", "max_session_duration": 3600, "console_login": False}
    assert role_drift(TRUST, wanted, observed, ALIBABA) is expected


def test_a_role_that_lost_its_mark_has_drifted() -> None:
    stripped = role(tags={})
    lost = lost_mark(owner_of(stripped.tags), adopted=False)
    assert role_drift(TRUST, {}, stripped, ALIBABA, unmarked=lost) is Drift.SETTINGS_CHANGED
    assert not lost_mark(None, adopted=True)
    assert not lost_mark(owner_of(Owner("other", "dev", "x").tags()), adopted=False)


def test_a_trust_policy_that_the_cloud_left_out_is_no_reason_to_drop_a_change() -> None:
    hidden = role(trust_policy=None)
    assert plan_role(desired(trust_policy=OTHER), hidden, PAST) == [c.UpdateRole(RoleSpec("web", OTHER))]


@pytest.mark.parametrize(
    ("observed", "phrase"), [(None, "does not exist"), (role(trust_policy=OTHER), "does not let ecs.aliyuncs.com")]
)
def test_a_role_that_instances_cannot_hold(observed: Role | None, phrase: str) -> None:
    (fault,) = role_faults("web", observed, "ecs.aliyuncs.com", ALIBABA)
    assert fault.prop == "role" and phrase in fault.message


def test_a_service_linked_role_trusts_whom_the_cloud_says() -> None:
    assert role_faults("web", role(trust_policy=OTHER, service_linked=True), "ecs.aliyuncs.com", ALIBABA) == []


def test_an_attachment_is_there_or_not() -> None:
    one = Attachment("web", "AliyunOSSReadOnlyAccess", SYSTEM)
    shouted = Attachment("web", "ALIYUNOSSREADONLYACCESS", SYSTEM)
    custom = Attachment("web", "AliyunOSSReadOnlyAccess", CUSTOM)
    assert plan_attachment(one, []) == plan_attachment(one, [custom]) == [c.Attach(one)]
    assert plan_attachment(one, [shouted]) == []
    assert plan_detachment(one) == [c.Detach(one)]
    with pytest.raises(Refused, match="does not exist"):
        plan_attachment(one, None)


def test_an_empty_list_proves_nothing_by_itself() -> None:
    one, other = Attachment("web", "reader", CUSTOM), Attachment("web", "other", CUSTOM)

    def never() -> PolicyHolders | None:
        raise AssertionError("what the role lists tells enough")

    assert is_gone(one, None, never) and is_gone(one, [other], never)
    assert not is_gone(one, [other, one], never)
    assert not is_gone(one, [], lambda: PolicyHolders(roles=("db", "Web")))
    assert is_gone(one, [], lambda: PolicyHolders(roles=("db",), users=("web",)))
    assert is_gone(one, [], lambda: None)


def test_a_quota_that_can_be_raised_refuses_nothing() -> None:
    full = [Attachment("web", f"p{n}", CUSTOM) for n in range(LIMITS.custom_policies_per_role)]
    more = Attachment("web", "one-more", CUSTOM)
    assert plan_attachment(more, full) == [c.Attach(more)]


def test_long_lists_are_shortened() -> None:
    assert some("gfedcba") == "a, b, c, d, e and 2 more"
