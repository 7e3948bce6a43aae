"""The clouds' own resources as they are really written: recorded previews, the packages' types, and what is at odds."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pulumi_instance_role.policy.build import allow
from pulumi_instance_role.review.judge import judge
from pulumi_instance_role.review.model import Review
from pulumi_instance_role.review.native import NATIVE, PASSED_OVER, ROLE_PROPERTIES
from pulumi_instance_role.review.picture import Picture
from pulumi_instance_role.review.preview import UNKNOWN, read
from tests.unit.review.build import bind, instance, preview, role, step

RECORDED = Path(__file__).with_name("native")


def reviewed(text: str) -> Review:
    found = read(text)
    return judge(Picture(found).review(), found, fail_on=frozenset({"wildcard-action"}), today=date(2026, 1, 1))


def recorded(name: str) -> Review:
    return reviewed((RECORDED / f"{name}.json").read_text(encoding="utf-8"))


def gained(review: Review) -> dict[str, list[tuple[str, ...]]]:
    return {one.name: [grant.actions for grant in one.gained] for one in review.roles if one.gained}


def seen(review: Review) -> dict[str, str]:
    return {one.rule: one.message for one in review.findings}


# -- recorded: what each case did is in its name; what the review ought to say was written down from that -------------
def test_an_older_input_that_changes_beats_an_output_kept_from_before() -> None:
    found = recorded("alibaba-13b-native-old-names-edited")
    assert gained(found) == {"shop-old-web": [("oss:*",)]}
    assert "oss:*" in seen(found)["wildcard-action"] and found.verdict == "findings"


def test_statements_are_read() -> None:
    found = recorded("alibaba-11g-native-statements")
    assert gained(found) == {"shop-native-web": [("oss:*",)]}
    assert found.unknowns == ()


def test_trust_that_no_longer_lets_the_instance_service_in() -> None:
    found = recorded("alibaba-11h-native-trust-lost")
    messages = [one.message for one in found.findings if one.rule == "instances-shut-out"]
    assert len(messages) == 2 and all(one.endswith("end without credentials") for one in messages)
    assert "no longer lets ecs.aliyuncs.com assume it, and 2 instances" in " ".join(messages)


@pytest.mark.parametrize("name", ["alibaba-11c-native-swap", "tencent-11c-native-swap"])
def test_a_swap_by_a_resource_that_is_always_replaced_is_a_swap(name: str) -> None:
    found = recorded(name)
    assert [one.move for one in found.instances if one.move != "same"] == ["swapped"]
    assert "binding-replaced" not in seen(found)


def test_one_instance_given_two_roles() -> None:
    message = seen(recorded("alibaba-14-conflict-and-instances-added"))["contradictory-roles"]
    assert message.startswith("shop-worker is given") and "by audit and" in message and message.endswith("by worker")


def test_a_role_that_the_program_no_longer_names_stays() -> None:
    found = recorded("tencent-11f-native-unbound")
    assert [one.name for one in found.instances if one.move != "same"] == []


# -- the packages ---
_TOKEN = re.compile(r"__self__\)\.__init__\(\s*'([^']+)'")
_PROPERTY = re.compile(r'pulumi\.set\(__self__, "([a-z_0-9]+)"')
_BEARS = re.compile(
    r"(?:alicloud:(?:ram|resourcemanager)|tencentcloud:Cam)/\w*(?:[rR]ole|[pP]olicy)\w*:"
    r"(?!.*(?:User|Group|Account|AccessKey|Alias|Password|Control|TagRole|RoleSso))"
)


def declared(package: str) -> Iterator[tuple[str, set[str]]]:
    """Every resource type of an installed package, with the names of its inputs."""
    spec = importlib.util.find_spec(package)
    assert spec is not None and spec.submodule_search_locations
    for file in Path(spec.submodule_search_locations[0]).rglob("*.py"):
        if file.name.startswith(("get_", "_", "outputs")):
            continue
        text = file.read_text(encoding="utf-8")
        inputs = text.partition("\nclass _")[0]
        for token in _TOKEN.findall(text):
            yield token, {_camel(one) for one in _PROPERTY.findall(inputs)}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(one.capitalize() for one in rest)


@pytest.mark.parametrize("package", ["pulumi_alicloud", "tencentcloud_iac_pulumi"])
def test_every_type_that_bears_on_roles_is_read_or_named(package: str) -> None:
    types = dict(declared(package))
    assert len(types) > 500
    bearing = {one for one, inputs in types.items() if ":" in one and (ROLE_PROPERTIES & inputs or _BEARS.match(one))}
    assert bearing - set(NATIVE) - set(PASSED_OVER) == set()
    ours = {one for one in (*NATIVE, *PASSED_OVER) if one.startswith(package.replace("pulumi_", "").split("_")[0])}
    assert ours - set(types) == set()  # what the table names is there


@pytest.mark.parametrize("package", ["pulumi_alicloud", "tencentcloud_iac_pulumi"])
def test_the_properties_of_the_table_are_those_of_the_package(package: str) -> None:
    types = dict(declared(package))
    computed = {"instanceIds"}  # of a set of instances: the cloud gives them
    for kind, shape in NATIVE.items():
        if kind in types and not shape.composed:
            for word, properties in shape.names.items():
                assert set(properties) & (types[kind] | computed), (kind, word)


# -- type by type ---
WEB = role("web")
SET = "alicloud:ecs/ecsInstanceSet:EcsInstanceSet"
CVM_SET = "tencentcloud:Instance/set:Set"
TRUST = json.dumps(
    {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": ["*"]}}]}
)


@pytest.mark.parametrize(
    ("kind", "key", "count"), [(SET, "ramRoleName", "amount"), (CVM_SET, "camRoleName", "instanceCount")]
)
def test_a_set_of_instances(kind: str, key: str, count: str) -> None:
    made = reviewed(preview(WEB, step("create", kind, "s", None, {key: "web", count: 3})))
    assert made.blast.instances_unknown == 3
    outputs = {"instanceIds": ["i-1", "i-2"]}
    swapped = step("update", kind, "s", {key: "web", count: 2}, {key: "db", count: 2}, outputs=outputs)
    found = reviewed(preview(WEB, role("db"), swapped))
    assert [(one.name, one.move) for one in found.instances] == [("i-1", "swapped"), ("i-2", "swapped")]


_INSIDE: dict[str, dict[str, Any]] = {
    "tencentcloud:Kubernetes/nodePool:NodePool": {"autoScalingConfig": {"camRoleName": "db"}},
    "tencentcloud:Kubernetes/cluster:Cluster": {"workerConfigs": [{"camRoleName": "db"}, {"camRoleName": "db"}]},
    "tencentcloud:Kubernetes/scaleWorker:ScaleWorker": {"workerConfig": {"camRoleName": "db"}},
    "alicloud:ess/scalingConfiguration:ScalingConfiguration": {"roleName": "db"},
}
TEMPLATES = [
    (kind, _INSIDE.get(kind) or {"ramRoleName" if kind.startswith("alicloud") else "camRoleName": "db"})
    for kind, shape in NATIVE.items()
    if shape.kind == "template"
]


@pytest.mark.parametrize(("kind", "inputs"), TEMPLATES, ids=[kind for kind, _ in TEMPLATES])
def test_a_template_that_gives_a_role(kind: str, inputs: dict[str, Any]) -> None:
    found = seen(reviewed(preview(role("db"), step("create", kind, "t", None, inputs))))
    assert found["template-role"] == "instances that are started from t get role db"
    was = json.loads(json.dumps(inputs).replace('"db"', '"web"'))
    found = seen(reviewed(preview(WEB, role("db"), step("update", kind, "t", was, inputs))))
    assert found["template-role"] == "instances that are started from t get role db, in place of web"
    assert "template-role" not in seen(reviewed(preview(role("db"), step("same", kind, "t", inputs, inputs))))


@pytest.mark.parametrize(
    ("new", "names"),
    [
        ({"document": TRUST}, ["*"]),
        ({"assumeRolePolicyDocument": TRUST}, ["*"]),
        ({"ramUsers": ["acs:ram::1:root"], "services": ["ecs.aliyuncs.com"]}, ["acs:ram::1:root"]),
        ({"services": ["fc.aliyuncs.com"]}, ["fc.aliyuncs.com"]),
    ],
)
def test_who_may_assume_a_role_under_every_name_of_the_input(new: dict[str, Any], names: list[str]) -> None:
    old = TRUST.replace('{"RAM": ["*"]}', '{"Service": ["ecs.aliyuncs.com"]}')
    kept = {"assumeRolePolicyDocument": old, "document": old, "services": ["ecs.aliyuncs.com"], "roleName": "web"}
    made = step("update", "alicloud:ram/role:Role", "web", {"name": "web", "document": old}, {"name": "web", **new})
    made["oldState"]["outputs"] = kept
    made["newState"].pop("outputs")
    (found,) = reviewed(preview(made)).roles
    assert [one.name for one in found.trust_gained] == names


@pytest.mark.parametrize("new", [{}, {"statements": UNKNOWN}, {"policyDocument": UNKNOWN}])
def test_a_document_that_cannot_be_told_is_not_known(new: dict[str, Any]) -> None:
    old = json.dumps({"Version": "1", "Statement": [allow("oss:GetObject", on="*")]})
    made = step("update", "alicloud:ram/policy:Policy", "p", {"name": "p", "policyDocument": old}, {"name": "p", **new})
    made["oldState"]["outputs"] = {"policyDocument": old, "document": old, "policyName": "p"}
    made["newState"].pop("outputs")
    put = {"roleName": "web", "policyName": "p", "policyType": "Custom"}
    attached = step("same", "alicloud:ram/rolePolicyAttachment:RolePolicyAttachment", "a", put, put)
    found = reviewed(preview(WEB, made, attached, bind("b", "web", ["i-1"])))
    assert [one.message for one in found.unknowns] == ["the document is not known before the update"]


def test_by_name_and_by_id_on_tencent_cloud() -> None:
    trust = json.dumps({"version": "2.0", "statement": []})
    document = {"version": "2.0", "statement": [{"effect": "allow", "action": ["cos:*"], "resource": ["*"]}]}
    steps = [
        step("same", "tencentcloud:Cam/roleByName:RoleByName", "r", *[{"name": "web", "document": trust}] * 2),
        step("create", "tencentcloud:Cam/policyByName:PolicyByName", "p", None,
             {"name": "p", "document": json.dumps(document)}),
        step("create", "tencentcloud:Cam/rolePolicyAttachmentByName:RolePolicyAttachmentByName", "a", None,
             {"roleName": "web", "policyName": "p"}),
    ]  # fmt: skip
    assert gained(reviewed(preview(*steps))) == {"web": [("cos:*",)]}


@pytest.mark.parametrize("kind", [*PASSED_OVER, "alicloud:new/thing:Thing"])
def test_what_is_not_read_is_named(kind: str) -> None:
    inputs = {"ramRoleName": "web"} if "new/thing" in kind else {"name": "x"}
    found = reviewed(preview(step("create", kind, "hidden", None, inputs)))
    assert "hidden is not read here" in seen(found)["not-read"]
    still = reviewed(preview(step("same", kind, "hidden", inputs, inputs)))
    assert "not-read" not in seen(still)
    assert any(one.startswith("Passed over, not read here: hidden (") for one in still.notes)


def test_a_binding_and_an_own_property_that_agree_are_not_at_odds() -> None:
    own = instance("m", "i-1", role_="web")
    assert "contradictory-roles" not in seen(reviewed(preview(WEB, own, bind("b", "web", ["i-1"], "create"))))
    at_odds = reviewed(preview(WEB, role("db"), own, bind("b", "db", ["i-1"])))
    assert "contradictory-roles" not in seen(at_odds)  # nothing changes
    two = [bind("a", "web", ["i-1"]), bind("b", "db", ["i-1"], "create")]
    assert "i-1 is given db by b and web by a" in seen(reviewed(preview(WEB, role("db"), *two)))["contradictory-roles"]
