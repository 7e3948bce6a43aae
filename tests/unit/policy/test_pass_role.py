"""The document that lets somebody pass roles: exactly these, judged by the evaluation of each cloud's language."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_instance_role.clouds import limits_of
from pulumi_instance_role.clouds.port import Limits
from pulumi_instance_role.policy.evaluate import Request, evaluate
from pulumi_instance_role.policy.pass_role import pass_role_document
from tests.support.examples import examples

CLOUDS = ("alibaba", "tencent")
ROLES = ("web", "web2", "we", "db")
PLACES = ("cn-hangzhou", "cn-hangzhou-2", "cn-beijing")
INSTANCES = ("i-1", "i-12", "i-2")


def some(of: tuple[str, ...], least: int = 0) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(of), min_size=least, max_size=4)


def may(document: object, limits: Limits, action: str, form: str, **holes: str) -> bool:
    resource = form.format(account="1000", **holes)
    return evaluate([document], Request(action, resource), limits.language).allowed  # type: ignore[list-item]


@settings(max_examples=examples(40), deadline=None)
@given(st.sampled_from(CLOUDS), some(ROLES, 1), st.none() | some(INSTANCES), st.none() | some(PLACES, 1))
def test_exactly_the_roles_and_instances_that_are_named(
    cloud: str, roles: list[str], ids: list[str] | None, regions: list[str] | None
) -> None:
    limits = limits_of(cloud)
    words = limits.passing
    document = pass_role_document(words, limits.language, "1000", roles, ids, regions)
    for role in ROLES:
        assert may(document, limits, words.passes, words.role, name=role) is (role in roles)
        gives = may(document, limits, words.gives, words.role, name=role)
        narrowed = bool(ids) or (ids is None and bool(regions))
        assert gives is (words.gives_role and narrowed and role in roles)
    for one, region in product(INSTANCES, PLACES):
        wanted = (one in ids if ids is not None else bool(regions)) and (regions is None or region in regions)
        assert may(document, limits, words.gives, words.instance, name=one, region=region) is wanted
    other = words.role.format(account="2000", name=roles[0])
    assert not evaluate([document], Request(words.passes, other), limits.language).allowed
    for action in ("ram:CreateRole", "cam:CreateRole", "ecs:DetachInstanceRamRole", "cvm:TerminateInstances", "*"):
        assert not evaluate([document], Request(action, "*"), limits.language).allowed


@pytest.mark.parametrize("wrong", [([], None, None), (["*"], None, None), (["a"], ["i-?"], None), (["a"], None, ["*"])])
def test_nothing_is_named_by_a_pattern(wrong: tuple[list[str], list[str] | None, list[str] | None]) -> None:
    limits = limits_of("alibaba")
    with pytest.raises(ValueError, match="without wildcards"):
        pass_role_document(limits.passing, limits.language, "1000", *wrong)


def test_how_each_cloud_spells_it() -> None:
    found = {
        cloud: pass_role_document(
            limits_of(cloud).passing, limits_of(cloud).language, "1000", ["web"], ["i-1"], ["cn-hangzhou"]
        )
        for cloud in CLOUDS
    }
    assert found == {
        "alibaba": {
            "Version": "1",
            "Statement": [
                {"Effect": "Allow", "Action": ["ram:PassRole"], "Resource": ["acs:ram:*:1000:role/web"]},
                {
                    "Effect": "Allow",
                    "Action": ["ecs:AttachInstanceRamRole"],
                    "Resource": ["acs:ecs:cn-hangzhou:1000:instance/i-1", "acs:ram:*:1000:role/web"],
                },
            ],
        },
        "tencent": {
            "version": "2.0",
            "statement": [
                {"effect": "allow", "action": ["cam:PassRole"], "resource": ["qcs::cam::uin/1000:roleName/web"]},
                {
                    "effect": "allow",
                    "action": ["cvm:ModifyInstancesAttribute"],
                    "resource": ["qcs::cvm:cn-hangzhou:uin/1000:instance/i-1"],
                },
            ],
        },
    }
