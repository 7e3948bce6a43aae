"""What an adoption changes in what it finds."""

from __future__ import annotations

import dataclasses
import json

import pytest

from pulumi_instance_role.clouds.port import CUSTOM, Policy, Role
from pulumi_instance_role.plan.ownership import Owner
from pulumi_instance_role.policy.trust import trust_document
from pulumi_instance_role.program.adopting import adoption_changes
from pulumi_instance_role.program.gathered import gathered
from pulumi_instance_role.program.judge import Declaration, World
from tests.unit.plan.model import LIMITS
from tests.unit.program.test_judge import HERE, kind

TRUST = json.dumps(trust_document("ecs.aliyuncs.com"))
WIDER = json.dumps(trust_document(["ecs.aliyuncs.com", "fc.aliyuncs.com"]))
ROLE = kind("InstanceRole", "web", name="legacy", trust_policy=TRUST, adopt=True)
OURS = Owner("proj", "dev", "web").tags()


def document(*actions: str) -> str:
    return json.dumps({"Version": "1", "Statement": [{"Effect": "Allow", "Action": [*actions], "Resource": "*"}]})


POLICY = kind("RolePolicy", "p", name="legacy", document=document("oss:GetObject", "oss:PutObject"), adopt=True)


def said(world: World, *declared: Declaration) -> list[str]:
    return [str(one) for one in gathered(adoption_changes(declared, {HERE: world}))]


@pytest.mark.parametrize(
    ("found", "declared", "says"),
    [
        (Role("legacy", "1", "", trust_policy=TRUST), ROLE, ""),
        (Role("legacy", "1", "", trust_policy=WIDER), ROLE, "no longer trusted: Service fc.aliyuncs.com"),
        (
            Role("legacy", "1", "", trust_policy=TRUST, description="old"),
            dataclasses.replace(ROLE, known={**ROLE.known, "description": "new", "tags": {"team": "web"}}),
            "description is set again; tags are set: team",
        ),
        (Role("legacy", "1", "", trust_policy=TRUST, tags=OURS), ROLE, ""),  # its own half-done work
        # with its mark, and not as a create of it leaves it: the role of another state of that name
        (Role("legacy", "1", "", trust_policy=WIDER, tags=OURS), ROLE, "no longer trusted: Service fc.aliyuncs.com"),
        (Role("legacy", "1", "", trust_policy=WIDER), dataclasses.replace(ROLE, exists=True), ""),
        (Role("legacy", "1", "", trust_policy=WIDER), dataclasses.replace(ROLE, account=None), ""),
        (None, ROLE, ""),
    ],
)
def test_a_role(found: Role | None, declared: Declaration, says: str) -> None:
    whole = f'InstanceRole "web" adopt: takes over legacy and changes it; {says}'
    assert said(World(LIMITS, roles={"legacy": found}), declared) == ([whole] if says else [])


@pytest.mark.parametrize(
    ("live", "says"),
    [
        (document("oss:PutObject", "oss:GetObject"), ""),
        (document("oss:*"), "takes away oss:*"),
        (document("oss:GetObject", "ram:List*"), "takes away ram:List*; adds oss:PutObject"),
        ('{"Version": "1", "Statement": 3}', "document is replaced, and not all of it can be read"),
    ],
)
def test_a_policy(live: str, says: str) -> None:
    found = Policy("legacy", CUSTOM, live, "v1")
    whole = f'RolePolicy "p" adopt: takes over legacy and changes it; {says}'
    assert said(World(LIMITS, policies={("legacy", CUSTOM): found}), POLICY) == ([whole] if says else [])


def test_what_was_not_seen_is_not_told() -> None:
    assert said(World(LIMITS), ROLE, POLICY) == []


def test_many_that_change_alike_are_told_together() -> None:
    names = [f"old-{number}" for number in range(7)]
    found = [Role(name, "1", "", trust_policy=TRUST if name == names[0] else WIDER) for name in names]
    declared = [dataclasses.replace(ROLE, resource=one, known={**ROLE.known, "name": one}) for one in names]
    assert said(World(LIMITS, roles={one.name: one for one in found}), *declared) == [
        'InstanceRole "old-1", "old-2", "old-3", "old-4", "old-5" and 1 more adopt: 6 roles are taken over and changed '
        "(old-1, old-2, old-3, old-4, old-5 and 1 more); no longer trusted: Service fc.aliyuncs.com"
    ]
