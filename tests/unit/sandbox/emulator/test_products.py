"""The products as the gateway finds them."""

from __future__ import annotations

import pytest

from instance_role_sandbox.emulator.alibaba.products import KINDS, PRODUCTS

# What the resources need, and what the real pulumi-alicloud plugin asks of RAM, STS and its helpers.
NEEDED = {
    "Ram": (
        "CreateRole GetRole UpdateRole DeleteRole ListRoles CreatePolicy GetPolicy UpdatePolicyDescription DeletePolicy"
        " ListPolicies CreatePolicyVersion GetPolicyVersion ListPolicyVersions SetDefaultPolicyVersion"
        " DeletePolicyVersion AttachPolicyToRole DetachPolicyFromRole ListPoliciesForRole ListEntitiesForPolicy"
        " AttachPolicyToUser DetachPolicyFromUser ListPoliciesForUser AttachPolicyToGroup DetachPolicyFromGroup"
        " TagResources UntagResources ListTagResources CreateUser GetUser DeleteUser ListUsers CreateAccessKey"
        " DeleteAccessKey ListAccessKeys"
    ),
    "Sts": "GetCallerIdentity AssumeRole",
    "Location": "DescribeEndpoints",
    "BssOpenApi": "QueryAvailableInstances",
}


@pytest.mark.parametrize("product", NEEDED)
def test_every_action_that_is_needed_is_there(product: str) -> None:
    actions = next(one for one in PRODUCTS if one.name == product).actions
    assert set(NEEDED[product].split()) <= set(actions)


def test_products_can_be_told_apart() -> None:
    assert len({product.version for product in PRODUCTS}) == len(PRODUCTS)
    prefixes = [prefix for product in PRODUCTS for prefix in product.host_prefixes]
    assert len(set(prefixes)) == len(prefixes)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_kinds_are_kept_under_their_own_names(name: str) -> None:
    assert KINDS[name].name == name


def test_reads_and_writes_are_told_apart() -> None:
    ram = next(one for one in PRODUCTS if one.name == "Ram").actions
    assert {name for name, action in ram.items() if not action.writes} == {
        name for name in ram if name.startswith(("Get", "List"))
    }
    sts = next(one for one in PRODUCTS if one.name == "Sts").actions
    assert not any(action.writes for action in sts.values())
