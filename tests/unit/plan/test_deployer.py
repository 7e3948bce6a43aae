"""What a stack needs of its deployer, read from what engines write."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pulumi_instance_role.clouds import limits_of, needs_of
from pulumi_instance_role.plan.deployer import TYPE, UNKNOWN, Demand, Reach, demands, of_preview, of_state

ARNS = {"alibaba": "acs:ram::1234567890123456:role/web", "tencent": "qcs::cam::uin/100012345678:roleName/web"}
ACCOUNTS = {"alibaba": "1234567890123456", "tencent": "100012345678"}


def resource(kind: str, name: str, /, arn: str | None = None, **inputs: Any) -> dict[str, Any]:
    urn = f"urn:pulumi:dev::proj::acme:Web${TYPE}{kind}::{name}"
    given = {"cloud": "alibaba", "region": "cn-hangzhou", **inputs}
    return {"type": f"{TYPE}{kind}", "urn": urn, "custom": True, "inputs": given, "outputs": {**given, "arn": arn}}


OTHERS = [
    {"type": "pulumi:pulumi:Stack", "urn": "urn:pulumi:dev::proj::pulumi:pulumi:Stack::proj-dev"},
    {"type": "pulumi:providers:alicloud", "urn": "urn:...::default", "custom": True},
    {"type": "alicloud:ecs/instance:Instance", "urn": "urn:...::one", "custom": True},
    {"type": "acme:Web", "urn": "urn:...::web", "custom": False},
]


def state(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"version": 3, "deployment": {"resources": [*OTHERS, *resources]}}


def resources_of(demand: Demand, action: str) -> list[str]:
    d = limits_of(demand.place.cloud).language
    return [
        one
        for document in demand.documents
        for statement in document[d.statement_key]
        if action in statement[d.action_key]
        for one in statement[d.resource_key]
    ]


@pytest.mark.parametrize("cloud", ["alibaba", "tencent"])
def test_the_account_is_read_from_an_arn(cloud: str) -> None:
    role = resource("InstanceRole", "web", cloud=cloud, name="web", arn=ARNS[cloud])
    declared, others = of_state(state(role))
    (demand,) = demands(declared, limits_of, needs_of)
    assert (demand.account, others) == (ACCOUNTS[cloud], 1)
    assert not any("account" in note for note in demand.notes)
    assert ACCOUNTS[cloud] in json.dumps(demand.documents)
    (other,) = demands(declared, limits_of, needs_of, "42")
    assert other.account == "42" and ACCOUNTS[cloud] not in json.dumps(other.documents)


def test_an_account_that_nothing_names_is_a_star_and_said_so() -> None:
    declared, _ = of_state(state(resource("InstanceRoleBinding", "b", role="web", instance_ids=["i-1"])))
    (demand,) = demands(declared, limits_of, needs_of)
    assert demand.account is None and "--account" in demand.notes[0]
    assert resources_of(demand, "ecs:AttachInstanceRamRole") == [
        "acs:ecs:cn-hangzhou:*:instance/i-1",
        "acs:ram:*:*:role/web",
    ]
    assert resources_of(demand, "ram:PassRole") == ["acs:ram:*:*:role/web"]


def test_a_preview_tells_what_comes_what_stays_and_what_goes() -> None:
    old = resource("InstanceRoleBinding", "b", role="old", instance_ids=["i-1"])
    new = resource("InstanceRoleBinding", "b", role="new", instance_ids=["i-1", UNKNOWN])
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": '"hidden"'}
    steps = [
        {"op": "update", "oldState": old, "newState": new},
        {"op": "create", "newState": resource("RolePolicy", "p", name=secret)},
        {"op": "create", "newState": {"type": "alicloud:vpc/network:Network", "urn": "urn:...::vpc", "custom": True}},
    ]
    declared, others = of_preview({"steps": steps})
    (demand,) = demands(declared, limits_of, needs_of, "1")
    assert others == 1 and len(declared) == 3
    assert resources_of(demand, "ram:PassRole") == ["acs:ram:*:1:role/new", "acs:ram:*:1:role/old"]
    assert resources_of(demand, "ecs:AttachInstanceRamRole")[0] == "acs:ecs:cn-hangzhou:1:instance/*"
    assert resources_of(demand, "ram:DeletePolicy") == ["acs:ram:*:1:policy/*"]
    assert "hidden" not in json.dumps([demand.documents, demand.notes])
    told = [note for note in demand.notes if "not known before the update" in note]
    assert [note.split(",")[0] for note in told] == [
        '"*" stands for instance_ids of InstanceRoleBinding "b"',
        '"*" stands for name of RolePolicy "p"',
    ]


def test_each_account_has_documents_of_its_own_and_many_instances_several() -> None:
    ids = [f"i-{number:020}" for number in range(300)]
    declared, _ = of_state(
        state(
            resource("InstanceRoleBinding", "many", role="web", instance_ids=ids),
            resource("InstanceRoleBinding", "none", role="idle", instance_ids=[], profile="other"),
            resource("RolePolicyAttachment", "a", role="web", policy="AliyunX", policy_type="System"),
            resource("RolePolicyAttachment", "t", cloud="tencent", role="web", policy="read", policy_type="Custom"),
        )
    )
    many, other, tencent = demands(declared, limits_of, needs_of, "1")
    assert [one.place.profile for one in (many, other, tencent)] == [None, "other", None]
    assert len(many.documents) > 1 and "hold together" in many.notes[0]
    given = resources_of(many, "ecs:AttachInstanceRamRole")
    assert sorted(given) == sorted([*(f"acs:ecs:cn-hangzhou:1:instance/{one}" for one in ids), "acs:ram:*:1:role/web"])
    assert "acs:ram:*:system:policy/AliyunX" in resources_of(many, "ram:AttachPolicyToRole")
    assert resources_of(other, "ecs:AttachInstanceRamRole") == ["acs:ram:*:1:role/idle"]
    assert resources_of(tencent, "cam:AttachRolePolicy") == ["qcs::cam::uin/1:roleName/web"]


@pytest.mark.parametrize("cloud", ["alibaba", "tencent"])
@pytest.mark.parametrize("by", ["region", "account", "tag"])
def test_many_instances_are_one_document_by_region_account_or_tag(cloud: str, by: str) -> None:
    limits, form = limits_of(cloud), "i-{:020}" if cloud == "alibaba" else "ins-{:08}"
    ids = [form.format(number) for number in range(300)]
    regions = ("cn-hangzhou", "cn-beijing", "cn-shanghai")
    bindings = [
        resource("InstanceRoleBinding", region, cloud=cloud, role="web", region=region, instance_ids=ids)
        for region in regions
    ]
    (demand,) = demands(of_state(state(*bindings))[0], limits_of, needs_of, "1", Reach(by, ("team", "shop")))
    (document,) = demand.documents
    assert len(json.dumps(document)) < 2500 and any(note.startswith(f"by {by}:") for note in demand.notes)
    d, passing = limits.language, limits.passing
    giving = [one for one in document[d.statement_key] if passing.gives in one[d.action_key]]
    wanted = ["*"] if by == "account" else sorted(regions)
    on_instances = [one for one in giving if any(":instance/" in on for on in one[d.resource_key])]
    named = [on for one in on_instances for on in one[d.resource_key] if ":instance/" in on]
    assert sorted(named) == [passing.instance.format(region=one, account="1", name="*") for one in wanted]
    assert resources_of(demand, passing.passes) == [passing.role.format(account="1", name="web")]
    # The tag is asked for where an instance is named, and nowhere else: roles and reads have none.
    conditions = [one.get(d.condition_key) for one in document[d.statement_key]]
    tagged = {
        "alibaba": {"StringEquals": {"acs:ResourceTag/team": ["shop"]}},
        "tencent": {"for_any_value:string_equal": {"qcs:resource_tag": ["team&shop"]}},
    }
    assert [one for one in conditions if one] == ([tagged[cloud]] if by == "tag" else [])
    assert by != "tag" or [one.get(d.condition_key) for one in on_instances] == [tagged[cloud]]
    assert by != "tag" or passing.tag_doubt in demand.notes


def test_what_is_needed_on_every_instance_anyhow_has_no_condition() -> None:
    kept = resource("InstanceRole", "web", cloud="tencent", name="web", force_detach=True)
    bound = resource("InstanceRoleBinding", "b", cloud="tencent", role="web", instance_ids=["ins-1"])
    (demand,) = demands(of_state(state(kept, bound))[0], limits_of, needs_of, "1", Reach("tag", ("team", "shop")))
    assert "condition" not in json.dumps(demand.documents)
    assert resources_of(demand, "cvm:ModifyInstancesAttribute") == ["qcs::cvm:cn-hangzhou:uin/1:instance/*"]


def test_nothing_deployed_is_nothing() -> None:
    kinds: list[dict[str, Any]] = [{}, {"deployment": None}, {"deployment": {}}, {"deployment": {"resources": None}}]
    for empty in (*kinds, state()):
        assert of_state(empty)[0] == []
    assert of_preview({}) == of_preview({"steps": None}) == ([], 0)
