"""The right to pass roles on to instances, written down: for exactly these roles, and for nothing else.

Whoever may pass a role to an instance may do, from that instance, all that the role may do. So the document names each
role by itself, and never with a wildcard. With instances or regions it allows the giving itself as well, on these only;
without, the principal has to hold that right from elsewhere. No cloud lets a role be passed "to these instances only":
that is what the right to give is narrowed for.

How each cloud spells this is data (:class:`Passing`): Alibaba Cloud
(https://www.alibabacloud.com/help/en/ecs/user-guide/attach-an-instance-ram-role-to-an-ecs-instance and
``ecs/developer-reference/authorization-rules-for-ram-users``), Tencent Cloud
(https://www.tencentcloud.com/document/product/598/10606; that CVM asks for ``cam:PassRole`` is not published, other
products of it do). Tags as conditions: https://www.alibabacloud.com/help/en/ram/use-cases/use-tags-to-control-access-to-ecs-resources-1
and https://www.tencentcloud.com/document/product/598/40493, each for instances in general and not for this one action.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pulumi_instance_role.policy.build import allow, policy_document
from pulumi_instance_role.policy.dialect import Dialect
from pulumi_instance_role.policy.when import When
from pulumi_instance_role.records import dataclass

ANY = "*"


@dataclass(frozen=True)
class Passing:
    """What passing a role is called in a cloud's documents. Resources have holes for account, region and name."""

    passes: str
    gives: str
    role: str
    instance: str
    gives_role: bool  # whether giving is asked for on the role too, beside the instance
    tagged: tuple[str, str, str]  # operator, key and value of a condition on a tag, with holes for the tag
    tag_doubt: str  # how far the cloud's pages go about such a condition


ALIBABA_PASSING = Passing(
    passes="ram:PassRole",
    gives="ecs:AttachInstanceRamRole",
    role="acs:ram:*:{account}:role/{name}",
    instance="acs:ecs:{region}:{account}:instance/{name}",
    gives_role=True,
    tagged=("StringEquals", "acs:ResourceTag/{key}", "{value}"),
    tag_doubt="conditions on tags are documented for ECS instances, but not for ecs:AttachInstanceRamRole by itself: "
    "try it on one instance first",
)

TENCENT_PASSING = Passing(
    passes="cam:PassRole",
    # There is no action for the role alone: this one changes other attributes of these instances as well.
    gives="cvm:ModifyInstancesAttribute",
    role="qcs::cam::uin/{account}:roleName/{name}",
    instance="qcs::cvm:{region}:uin/{account}:instance/{name}",
    gives_role=False,
    tagged=("for_any_value:string_equal", "qcs:resource_tag", "{key}&{value}"),
    tag_doubt="conditions on tags are documented for CVM instances, but not for cvm:ModifyInstancesAttribute by "
    "itself: try it on one instance first",
)


def where_tagged(passing: Passing, key: str, value: str) -> When:
    """The condition that the resource has a tag."""
    operator, name, form = passing.tagged
    return {operator: {name.format(key=key): [form.format(key=key, value=value)]}}


def pass_role_document(
    passing: Passing,
    dialect: Dialect,
    account: str,
    roles: Sequence[str],
    instance_ids: Sequence[str] | None = None,
    regions: Sequence[str] | None = None,
) -> dict[str, Any]:
    """The document that lets its holder pass ``roles``, and give them to ``instance_ids`` in ``regions``.

    Either of the two that is left out stands for all there are, both left out for no right to give. An empty list of
    instances is no instance. ``ValueError`` without roles, and for a name that is a pattern.
    """
    if not roles or any(char in name for name in (*roles, *(instance_ids or ()), *(regions or ())) for char in "*?"):
        raise ValueError("roles, instances and regions are named one by one, without wildcards")
    named = [passing.role.format(account=account, name=name) for name in sorted(set(roles))]
    statements = [allow(passing.passes, on=named, dialect=dialect)]
    instances = [
        passing.instance.format(account=account, region=region, name=name)
        for region in sorted(set(regions or [ANY]))
        for name in sorted(set([ANY] if instance_ids is None else instance_ids))
    ]
    if instances and not (instance_ids is None and not regions):
        on = [*instances, *(named if passing.gives_role else ())]
        statements.append(allow(passing.gives, on=on, dialect=dialect))
    return policy_document(*statements, dialect=dialect)
