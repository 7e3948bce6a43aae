"""Arguments that cannot be right are refused where the program wrote them, before anything is registered."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks
from pulumi.runtime.sync_await import _ensure_event_loop

import pulumi_instance_role as ir

DOCUMENT = ir.policy_document(ir.allow("oss:GetObject", on="*"))


class Nothing(mocks.Mocks):
    """An engine that makes whatever it is asked for."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        return args.name, args.inputs

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        return {}, None


in_program: Callable[[Callable[[], Any]], Callable[[], None]] = pulumi.runtime.test


@pytest.fixture(autouse=True)
def engine() -> None:
    # What ran before in this process may have left none to declare in.
    _ensure_event_loop()  # type: ignore[no-untyped-call]  # Pulumi leaves it without types
    mocks.set_mocks(Nothing(), project="proj", stack="dev")


def role(**given: Any) -> object:
    return ir.InstanceRole("r", **{"cloud": "alibaba", **given})


def policy(**given: Any) -> object:
    return ir.RolePolicy("p", **{"cloud": "alibaba", "document": DOCUMENT, **given})


def bond(**given: Any) -> object:
    return ir.RolePolicyAttachment("a", **{"cloud": "alibaba", "role": "r", "policy": "p", **given})


def binding(**given: Any) -> object:
    return ir.InstanceRoleBinding("b", **{"cloud": "alibaba", "role": "r", "instance_ids": ["i-1"], **given})


def identity(**given: Any) -> object:
    return ir.InstanceIdentity("i", **{"cloud": "alibaba", "policies": [DOCUMENT], "instance_ids": ["i-1"], **given})


class Other(pulumi.CustomResource):
    def __init__(self) -> None:
        super().__init__("other:index:Role", "other", {})


WRONG: list[tuple[Callable[..., object], dict[str, Any], type[Exception], str]] = [
    (role, {"cloud": None}, ValueError, 'cloud: give cloud="alibaba" or cloud="tencent", or set it'),
    (role, {"cloud": "azure"}, ValueError, "cloud: must be 'alibaba'"),
    (role, {"name": 3}, TypeError, "name: must be str, not int"),
    (role, {"trusted_services": "ecs.aliyuncs.com"}, TypeError, "trusted_services: must be list or tuple, not str"),
    (role, {"trusted_services": ["a"], "trust_policy": {}}, ValueError, "trusted_services: cannot stand beside"),
    (role, {"max_session_duration": True}, TypeError, "max_session_duration: must be int or float, not bool"),
    (role, {"console_login": 1}, TypeError, "console_login: must be bool, not int"),
    (role, {"adopt": "yes"}, TypeError, "adopt: must be bool, not str"),
    (role, {"tags": ["a"]}, TypeError, "tags: must be dict, not list"),
    (policy, {"document": None}, TypeError, "document: is missing; give a dictionary or JSON text"),
    (policy, {"document": 1}, TypeError, "document: must be dict or str, not int"),
    (bond, {}, ValueError, 'policy_type: say "Custom" or "System"'),
    (bond, {"policy_type": "custom"}, ValueError, "policy_type: must be 'Custom' or 'System', not 'custom'"),
    (bond, {"role": ""}, ValueError, "role: is empty"),
    (binding, {"role": None}, TypeError, "role: is missing; give a name or an InstanceRole"),
    (binding, {"instance_ids": "i-1"}, TypeError, "instance_ids: must be list or tuple or set or frozenset, not str"),
    (binding, {"instance_ids": [3]}, TypeError, r"instance_ids\[0\]: must be str, not int"),
    (binding, {"on_conflict": "maybe"}, ValueError, "on_conflict: must be 'fail' or 'replace', not 'maybe'"),
    (identity, {"policies": DOCUMENT}, TypeError, "policies: is one document; give a list"),
    (identity, {"policies": "{}"}, TypeError, "policies: must be a list or a dictionary, not str"),
    (identity, {"policies": [3]}, TypeError, r"policies\[0\]: must not be int; give a document"),
    (
        identity,
        {"policies": {"a": "Reader"}},
        ValueError,
        r"policies\['a'\]: \"Reader\" is not a document; .*\"System\"",
    ),
    (identity, {"policies": [("a",)]}, TypeError, r"policies\[0\]: has 1 members"),
    (identity, {"policies": [("a", "System")] * 2}, ValueError, r'policies\[1\]: "a" is given twice'),
    (identity, {"policies": [("a", "system")]}, ValueError, r"policies\[0\]\[1\]: must be 'Custom' or 'System'"),
    (identity, {"cloud": None}, ValueError, 'cloud: give cloud="alibaba"'),
]


@in_program
def test_wrong_arguments_name_the_argument_and_the_remedy() -> None:
    for make, given, error, phrase in WRONG:
        with pytest.raises(error, match=phrase):
            make(**given)
    with pytest.raises(TypeError, match=r"not the resource Other; .*give the output that holds the name"):
        binding(role=Other())
    with pytest.raises(ValueError, match='a RolePolicy is "Custom"'):
        bond(policy=policy(name="p"), policy_type="System")
    with pytest.raises(TypeError, match=r"policies\[0\]: is a resource of another package"):
        identity(policies=[Other()])


@in_program
def test_instances_are_found_by_plain_conditions() -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"names": "web-*"}, "names: must be list or tuple or set or frozenset, not str"),
        ({"names": [1]}, r"names\[0\]: must be str, not int"),
        ({"tags": ["a"]}, "tags: must be Mapping, not list"),
        ({"tags": {"a": 1}}, r"tags\['a'\]: must be str, not int"),
        ({"tags": {1: "a"}}, "tags: a key: must be str, not int"),
        ({"tags": {None: "a"}}, "tags: a key: is missing"),
        ({"vpc_id": pulumi.Output.from_input("vpc-1")}, "vpc_id: must be known when the program runs, and an output"),
    ]
    for given, phrase in wrong:
        with pytest.raises(TypeError, match=phrase):
            ir.find_instances(cloud="alibaba", **given)
    for given, phrase in (
        ({"names": ["web-1", "web-2\n"]}, r"names\[1\]: 'web-2\\n' has a control character in it; take it out"),
        ({"tags": {"team": "a\t"}}, r"tags\['team'\]: 'a\\t' has a control character"),
        ({"tags": {"team\0": "a"}}, r"tags\['team\\x00'\]: 'team\\x00' has a control character"),
        ({"tags": {"": "a"}}, "tags: a key is empty, and no instance has such a tag; give the tag's key"),
    ):
        with pytest.raises(ValueError, match=phrase):
            ir.find_instances(cloud="alibaba", **given)


@in_program
def test_references_bring_cloud_and_account_along() -> pulumi.Output[None]:
    web = ir.InstanceRole("web", cloud="alibaba", profile="ops")
    bound = ir.InstanceRoleBinding("web", web, ["i-1"])
    reader = ir.RolePolicy("reader", DOCUMENT, cloud="alibaba")
    attached = ir.RolePolicyAttachment("reader", web, reader)

    def check(values: list[Any]) -> None:
        name, cloud, profile, kind, policy_name, document = values
        assert name.startswith("proj-dev-web-")
        assert json.loads(document) == DOCUMENT
        assert (cloud, profile, kind) == ("alibaba", "ops", "Custom")
        assert policy_name.startswith("proj-dev-reader-")

    bonds = (bound.role, bound.cloud, attached.profile, attached.policy_type, attached.policy)
    return pulumi.Output.all(*bonds, reader.document).apply(check)


@in_program
def test_inputs_may_be_outputs_everywhere() -> pulumi.Output[None]:
    out = pulumi.Output.from_input
    web = ir.InstanceRole("web", cloud=out("alibaba"), trusted_services=out(["ecs.aliyuncs.com"]), tags=out({"a": "b"}))
    bound = ir.InstanceRoleBinding("b", web.name, out(["i-1"]), cloud=out("alibaba"), on_conflict=out("fail"))
    system = ir.RolePolicyAttachment("s", out("web"), out("AliyunOSSReadOnlyAccess"), out("System"), cloud="alibaba")

    def check(values: list[Any]) -> None:
        assert values[0] == values[1] and values[0].startswith("proj-dev-web-")
        assert values[2:] == [["i-1"], "System"]

    return pulumi.Output.all(web.name, bound.role, bound.instance_ids, system.policy_type).apply(check)


def test_the_package_exports_the_resources_and_helpers_and_nothing_else() -> None:
    assert sorted(ir.__all__) == ir.__all__
    for name in ir.__all__:
        assert getattr(ir, name).__doc__
    assert set(ir.__all__) <= set(dir(ir))
    stub = Path(str(ir.__file__)).with_suffix(".pyi").read_text(encoding="utf-8")
    assert all(f'"{name}",' in stub for name in ir.__all__)
    missing = "PassRole"
    with pytest.raises(AttributeError, match=missing):
        getattr(ir, missing)
    with pytest.raises(ValueError, match="give vpc_id="):
        ir.find_instances(cloud="alibaba")
