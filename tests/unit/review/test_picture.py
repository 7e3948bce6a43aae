"""Who holds what before and after, in every way in which a stack can say it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pulumi_instance_role.policy.build import allow, deny, policy_document
from pulumi_instance_role.policy.dialect import TENCENT
from pulumi_instance_role.policy.trust import trust_document
from pulumi_instance_role.review import words
from pulumi_instance_role.review.forms.terminal import render
from pulumi_instance_role.review.model import Review
from pulumi_instance_role.review.picture import Picture
from pulumi_instance_role.review.preview import UNKNOWN, read
from pulumi_instance_role.review.roles import Live
from tests.unit.review.build import OURS, attach, bind, instance, policy, preview, role, step, urn

OSS = "acs:oss:*:*:shop/*"


def review(*steps: Any) -> Review:
    return Picture(read(preview(*steps))).review()


def moves(*steps: Any) -> dict[str, tuple[str | None, str | None, str, bool]]:
    """Instance -> role before, role after, move, gap."""
    return {
        one.name: (_name(one.role_before), _name(one.role_after), one.move, one.gap) for one in review(*steps).instances
    }


def _name(key: str | None) -> str | None:
    return key and key.rpartition("/")[2]


TRUST = json.dumps(trust_document("ecs.aliyuncs.com"))
WEB, DB = role("web"), role("db")
M_ECS, M_CVM = "alicloud:ecs/instance:Instance", "tencentcloud:Instance/instance:Instance"
ASKS = {"instanceName": "m", "roleName": "web"}
A_ECS, A_RAM = "alicloud:ecs/ramRoleAttachment:RamRoleAttachment", "alicloud:ram/roleAttachment:RoleAttachment"


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([WEB, bind("b", "web", ["i-1"])], ("web", "web", "same", False)),
        ([WEB, bind("b", "web", ["i-1"], "create")], (None, "web", "given", False)),
        ([WEB, bind("b", "web", ["i-1"], "delete")], ("web", None, "lost", False)),
        ([WEB, DB, bind("b", "db", ["i-1"], "update", was=("web", ["i-1"]))], ("web", "db", "swapped", True)),
        (
            [WEB, DB, bind("a", "web", ["i-1"], "delete"), bind("b", "db", ["i-1"], "create")],
            ("web", "db", "swapped", True),
        ),
        ([WEB, bind("b", "Web", ["i-1"], "update", was=("web", ["i-1"]))], ("web", "web", "same", False)),
        # What was seen last counts before, what is declared counts after.
        ([WEB, bind("b", "web", ["i-1"], "update", held={"i-1": "stray"})], ("stray", "web", "swapped", True)),
        ([WEB, bind("b", "web", ["i-1"], "update", held={})], (None, "web", "given", False)),
        ([bind("b", UNKNOWN, ["i-1"], "create")], (None, None, "unknown", False)),
        # The other packages' ways of giving a role.
        (
            [WEB, step("create", A_ECS, "a", None, {"instanceId": "i-1", "ramRoleName": "web"})],
            (None, "web", "given", False),
        ),
        ([WEB, step("delete", A_RAM, "a", {"instanceIds": ["i-1"], "roleName": "web"})], ("web", None, "lost", False)),
    ],
)
def test_an_instance_made_elsewhere(steps: list[Any], expected: tuple[Any, ...]) -> None:
    assert moves(*steps) == {"i-1": expected}


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([WEB, instance("m", "i-1", role_="web")], ("web", "web", "same", False)),
        ([WEB, instance("m", "i-1", "create", role_="web")], (None, "web", "given", False)),
        ([WEB, instance("m", "i-1", "delete", role_="web")], ("web", None, "gone", False)),
        ([WEB, instance("m", "i-1", "create")], (None, None, "same", False)),
        ([WEB, instance("m", "i-1"), bind("b", "web", ["i-1"], "create")], (None, "web", "given", False)),
        # A refresh shows on the instance what a binding put there; when the binding goes, so does the role.
        (
            [WEB, instance("m", "i-1", outputs={"roleName": "web"}), bind("b", "web", ["i-1"], "delete")],
            ("web", None, "lost", False),
        ),
        (
            [WEB, instance("m", "i-1", outputs={"roleName": "web"}), bind("b", "web", ["i-1"])],
            ("web", "web", "same", False),
        ),
        # A role that the resource no longer asks for: its provider says whether it stays (alicloud) or goes (tencent).
        (
            [WEB, step("update", M_ECS, "m", ASKS, {"instanceName": "m"}, id_="i-1", outputs={"roleName": "web"})],
            ("web", "web", "same", False),
        ),
        (
            [step("update", M_CVM, "m", {"instanceName": "m", "camRoleName": "a"}, {"instanceName": "m"}, id_="ins-1")],
            ("a", None, "lost", False),
        ),
        # A role that nobody in the stack gave stays.
        ([instance("m", "i-1", outputs={"roleName": "hand"})], ("hand", "hand", "same", False)),
        (
            [
                WEB,
                DB,
                step(
                    "update",
                    "alicloud:ecs/instance:Instance",
                    "m",
                    {"instanceName": "m", "roleName": "web"},
                    {"instanceName": "m", "roleName": "db"},
                    id_="i-1",
                ),
            ],
            ("web", "db", "swapped", True),
        ),
        # A new machine in the place of the old holds its role from the start: no gap in it.
        (
            [
                WEB,
                DB,
                step(
                    "replace",
                    "alicloud:ecs/instance:Instance",
                    "m",
                    {"instanceName": "m", "roleName": "web"},
                    {"instanceName": "m", "roleName": "db"},
                    id_="i-1",
                ),
            ],
            ("web", "db", "swapped", False),
        ),
        # Tencent Cloud swaps in one call.
        (
            [
                step(
                    "update",
                    "tencentcloud:Instance/instance:Instance",
                    "m",
                    {"instanceName": "m", "camRoleName": "a"},
                    {"instanceName": "m", "camRoleName": "b"},
                    id_="ins-1",
                )
            ],
            ("a", "b", "swapped", False),
        ),
    ],
)
def test_an_instance_of_the_stack(steps: list[Any], expected: tuple[Any, ...]) -> None:
    assert moves(*steps) == {"m": expected}


def test_ids_not_known_yet_are_found_by_where_they_come_from() -> None:
    machines = [instance(name, "i", "create") for name in ("a", "b")]
    depends = {"instance_ids": [one["urn"] for one in machines]}
    bound = bind("b", "web", [UNKNOWN, UNKNOWN], "create", depends=depends)
    found = review(WEB, *machines, bound)
    assert [(one.name, _name(one.role_after), one.move) for one in found.instances] == [
        ("a", "web", "given"),
        ("b", "web", "given"),
    ]
    assert found.unknowns == ()
    # Two ids and three sources: which two is not known, and not guessed.
    third = instance("c", "i", "create")
    depends = {"instance_ids": [one["urn"] for one in (*machines, third)]}
    found = review(WEB, *machines, third, bind("b", "web", [UNKNOWN, UNKNOWN], "create", depends=depends))
    assert all(one.role_after is None for one in found.instances)
    assert found.blast.instances_unknown == 2
    assert [one.message for one in found.unknowns] == ["2 instances are not known before the update"]


def test_names_not_known_yet_are_found_by_where_they_come_from() -> None:
    kind = "alicloud:ram/role:Role"
    inputs = {"roleName": UNKNOWN, "policyName": "AliyunOSSReadOnlyAccess", "policyType": "System"}
    attachment = "alicloud:ram/rolePolicyAttachment:RolePolicyAttachment"
    steps = [
        step("create", kind, "web", None, {"assumeRolePolicyDocument": TRUST, "roleName": UNKNOWN}),
        step("create", attachment, "a", None, inputs, depends={"roleName": [urn(kind, "web")]}),
    ]
    (found,) = review(*steps).roles
    assert found.urn == urn(kind, "web")
    assert found.after is not None and found.after.policies == ("alibaba:policy/system/aliyunossreadonlyaccess",)
    assert found.gained[0].actions == ("oss:Get*", "oss:List*")
    steps[1]["newState"]["propertyDependencies"] = {}
    assert [one.message for one in review(*steps).unknowns] == ["the role is not known before the update"]


def test_a_role_of_the_clouds_own_package_and_a_binding_of_ours_are_one_role() -> None:
    document = json.dumps(trust_document("ecs.aliyuncs.com"))
    theirs = step("create", "alicloud:ram/role:Role", "r", None, {"roleName": "Web", "document": document})
    text = json.dumps(policy_document(allow("oss:Get*", on=OSS)))
    custom = step("create", "alicloud:ram/policy:Policy", "p", None, {"policyName": "P", "policyDocument": text})
    found = review(theirs, custom, attach("web", "p", "create"), bind("b", "WEB", ["i-1"], "create"))
    (one,) = found.roles
    assert (one.name, one.op) == ("Web", "create")
    assert one.after is not None
    assert [principal.name for principal in one.after.trust or ()] == ["ecs.aliyuncs.com"]
    assert one.after.instances == ("alibaba:instance/i-1",)
    assert [(grant.actions, grant.resources) for grant in one.gained] == [(("oss:Get*",), (OSS,))]


def test_ids_of_tencent_roles_and_policies_stand_for_their_names() -> None:
    held = {"name": "p", "document": policy_document(allow("cos:Get*", on="*", dialect=TENCENT), dialect=TENCENT)}
    tie = {"roleId": "4611", "policyId": "77"}
    steps = [
        step("same", "tencentcloud:Cam/role:Role", "r", {"name": "web"}, {"name": "web"}, id_="4611"),
        step("same", "tencentcloud:Cam/policy:Policy", "p", held, held, id_="77"),
        step("create", "tencentcloud:Cam/rolePolicyAttachment:RolePolicyAttachment", "a", None, tie),
    ]
    (one,) = review(*steps).roles
    assert one.name == "web"
    assert [grant.actions for grant in one.gained] == [("cos:Get*",)]


def test_two_accounts_are_two_pictures() -> None:
    other = {"cloud": "alibaba", "name": "web", "profile": "other", "trust_policy": UNKNOWN}
    found = review(WEB, step("create", f"{OURS}:InstanceRole", "twin", None, other))
    assert [one.key for one in found.roles] == ["alibaba(other):role/web", "alibaba:role/web"]


def test_policies_by_source() -> None:
    found = review(
        WEB,
        policy("own", [allow("oss:Get*", on=OSS)]),
        policy("later", [], "create"),
        *(attach("web", name) for name in ("own", "later", "by-hand")),
        *(attach("web", name, kind="System") for name in ("AliyunOSSReadOnlyAccess", "AliyunOSSFullAccess")),
    )
    sources = {one.name: (one.source, bool(one.source_url), bool(one.source_date)) for one in found.policies}
    assert sources == {
        "own": ("stack", False, False),
        "later": ("unknown", False, False),
        "by-hand": ("opaque", False, False),
        "AliyunOSSReadOnlyAccess": ("published", True, True),
        "AliyunOSSFullAccess": ("opaque", False, False),
    }
    (one,) = found.roles
    assert one.after is not None and len(one.after.opaque) == 3
    assert {grant.policies[0].rpartition("/")[2] for grant in one.after.grants} == {"own", "aliyunossreadonlyaccess"}


def test_one_policy_on_two_roles_and_one_role_with_two_policies() -> None:
    found = review(
        WEB,
        DB,
        policy("p", [allow("oss:*", on=OSS)], "update", was=[allow("oss:Get*", on=OSS)]),
        policy("q", [deny("oss:Delete*", on="*")]),
        attach("web", "p"),
        attach("db", "p"),
        attach("db", "q"),
    )
    said = {one.name: [(g.actions, [(e.actions, e.why) for e in g.exempt]) for g in one.gained] for one in found.roles}
    assert said["web"] == [(("oss:*",), [(("oss:Get*",), "already")])]
    assert said["db"] == [(("oss:*",), [(("oss:Get*",), "already"), (("oss:Delete*",), "denied")])]


def test_a_denial_put_on_takes_away() -> None:
    shared = [
        WEB,
        policy("p", [allow("oss:*", on=OSS)]),
        attach("web", "p"),
        policy("no", [deny("oss:Delete*", on="*")]),
    ]
    (one,) = review(*shared, attach("web", "no", "create")).roles
    assert (one.gained, [(g.actions, g.resources) for g in one.lost]) == ((), [(("oss:Delete*",), (OSS,))])
    (one,) = review(*shared, attach("web", "no", "delete")).roles
    assert ([(g.actions, g.resources) for g in one.gained], one.lost) == ([(("oss:Delete*",), (OSS,))], ())


def test_two_buckets_are_no_exceptions_of_each_other() -> None:
    one, other = (allow("oss:GetObject", on=f"acs:oss:*:*:shop-{name}-1250000000/*") for name in ("assets", "reports"))
    found = review(WEB, policy("p", [other], "update", was=[one, other]), attach("web", "p"))
    assert [(grant.resources, grant.exempt) for grant in found.roles[0].lost] == [(tuple(one["Resource"]), ())]


def test_an_instance_that_swaps_gains_what_its_new_role_may() -> None:
    found = review(
        WEB,
        DB,
        policy("p", [allow("oss:Get*", on=OSS)]),
        policy("q", [allow("rds:*", on="*"), allow("oss:GetObject", on=OSS)]),
        attach("web", "p"),
        attach("db", "q"),
        bind("b", "db", ["i-1"], "update", was=("web", ["i-1"])),
    )
    (way,) = found.transitions
    assert way.key == found.instances[0].transition
    assert [grant.actions for grant in way.gained] == [("rds:*",)]
    assert [(grant.actions, [e.why for e in grant.exempt]) for grant in way.lost] == [(("oss:Get*",), ["still"])]
    assert all(not (one.gained or one.lost) for one in found.roles)
    assert (found.blast.instances_touched, found.blast.roles_changed) == (1, 0)


def test_blast_radius() -> None:
    found = review(
        WEB,
        DB,
        role("old", "delete"),
        policy("p", [allow("oss:*", on=OSS)], "update", was=[allow("oss:Get*", on=OSS)]),
        attach("web", "p"),
        bind("web", "web", ["i-1", "i-2", "i-3"], "update", was=("web", ["i-1", "i-2"])),
        bind("db", "db", ["i-4"], "update", was=("old", ["i-4", "i-5"])),
        bind("more", "db", [UNKNOWN], "create"),
        bind("idle", "db", ["i-6"]),
    )
    blast = found.blast
    assert (blast.roles_changed, blast.roles_gaining, blast.roles_losing, blast.roles_more_trusted) == (2, 1, 0, 0)
    assert (blast.instances, blast.instances_touched, blast.instances_moved) == (6, 5, 3)
    assert (blast.instances_in_gap, blast.instances_losing_role, blast.instances_unknown) == (1, 1, 1)
    assert blast.outside is None
    assert found.ops == {"create": 1, "delete": 1, "same": 4, "update": 3}


def test_more_trust_and_less() -> None:
    was, trust = trust_document(["ecs.aliyuncs.com", "a"]), trust_document(["ecs.aliyuncs.com", "b"])
    (one,) = review(role("web", "update", was=was, trust=trust)).roles
    assert [found.name for found in one.trust_gained] == ["b"]
    assert [found.name for found in one.trust_lost] == ["a"]
    unknown = role("web", "update")
    unknown["newState"]["inputs"]["trust_policy"] = UNKNOWN
    (one,) = review(unknown).roles
    assert one.after is not None and one.after.trust is None
    assert (one.trust_gained, one.trust_lost) == ((), ())


def test_a_document_that_cannot_be_read_is_said_to_be_unknown() -> None:
    broken = policy("p", [allow("oss:*", on="*")], "create")
    broken["newState"]["inputs"]["document"] = '{"Version": "1", "Statement": [{"Effect": "Permit"}]}'
    found = review(WEB, broken, attach("web", "p", "create"))
    assert [one.message for one in found.unknowns] == ["the document cannot be read: Statement[0]: Resource is missing"]
    assert found.roles[0].gained == ()
    assert [one.place for one in found.roles[0].gained_unknown] == ["Statement[0]"]
    secret = policy("s", [allow("oss:*", on="*")], "create")
    secret["newState"]["inputs"]["document"] = "[secret]"
    secret["newState"]["outputs"]["document"] = "[secret]"
    assert (
        review(WEB, secret, attach("web", "s")).unknowns[0].message == "the document is not known, because it is secret"
    )


def test_a_grant_to_pass_roles_counts_for_a_role() -> None:
    document = json.dumps({"Version": "1", "Statement": [allow("ram:PassRole", on="acs:ram:*:*:role/web")]})
    inputs = {"cloud": "alibaba", "name": "g", "roles": ["web"], "role": "deployer"}
    granted = step("update", f"{OURS}:PassRoleGrant", "g", inputs, inputs, outputs={"document": document})
    (one,) = [role for role in review(granted).roles if role.name == "deployer"]
    assert one.after is not None and one.after.grants[0].actions == ("ram:PassRole",)


FAILED = [{"severity": "error", "message": "error: instance-role: preflight found 1 fault; nothing was changed"}]
RENAMED = [
    role("api3", "create"),
    policy("p", [allow("oss:GetObject", on=OSS)]),
    attach("api3", "p", "create"),
    bind("api3", "api3", ["i-1", "m-1"], "create"),
    instance("m", "m-1"),
    instance("new", "m-2", "create", role_="api3"),
]
"""An identity of another name: what goes is the last that an engine looks for, so a preview that failed lacks it."""


def test_of_a_preview_that_failed_what_nothing_shows_before_is_not_known() -> None:
    found = Picture(read(preview(*RENAMED, diagnostics=FAILED))).review()
    told = {one.name: (one.role_before, one.before_unknown, one.move) for one in found.instances}
    assert told == {"i-1": (None, True, "unseen"), "m": (None, True, "unseen"), "new": (None, False, "given")}
    (group,) = (one for one in found.groups if one.move == "unseen")
    assert group.gained and [one.why for one in (*group.gained_unknown, *group.lost_unknown)] == ["unseen"] * 2
    assert (found.blast.instances_gaining, found.blast.instances_gaining_unknown) == (1, 2)
    assert (found.blast.instances_losing, found.blast.instances_losing_unknown) == (0, 2)
    assert found.blast.instances_moved == 1
    (said,) = words.ways(found, group).split(",")
    assert said == "not known -> api3"
    assert "2 instances may get another role, may gain permissions and may lose permissions" in render(found, width=200)


def test_of_a_preview_that_failed_what_a_state_or_the_cloud_says_is_known() -> None:
    """What an instance showed at the last refresh, what a binding held, and what the cloud says now."""
    shown = instance("m", "m-1", outputs={"roleName": "api2"})
    held = bind("b", "api3", ["i-1"], "update", held={})
    steps = [RENAMED[0], bind("c", "api3", ["m-1", "i-2"], "create"), shown, held]
    seen = read(preview(*steps, diagnostics=FAILED))
    live = Live(held={"alibaba:instance/i-2": (Picture(seen).after.places["alibaba:instance/i-2"], "api1")})
    told = {one.name: (_name(one.role_before), one.move) for one in Picture(seen, live).review().instances}
    assert told == {"m": ("api2", "swapped"), "i-1": (None, "given"), "i-2": ("api1", "swapped")}
