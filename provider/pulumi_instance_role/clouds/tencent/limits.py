"""Tencent Cloud's documented limits and request rates. Data only: importing this needs no SDK.

Sources, under https://www.tencentcloud.com/document/product/: ``598/33561`` (CreateRole: name, session duration),
``598/34578`` (CreatePolicy), ``598/18568`` (counts, policies on a role, document length), ``651/13354`` and
``651/33015`` (tags),
``213/15739`` (ModifyInstancesAttribute: instances in one call), ``213/15728`` (DescribeInstances: ids and rows). The
rates are named on each action's page.

Published nowhere: the length of a trust document, taken to be that of a policy, and the least session duration that
makes sense (0 is taken). Actions of policies are compared in their letter case, as condition keys are. A custom
policy can be given tags when it is made, but CAM has no action that changes them; so none are given, and ownership is
marked in the description.
"""

from __future__ import annotations

from collections.abc import Mapping

from pulumi_instance_role.clouds.port import Limits
from pulumi_instance_role.policy.dialect import TENCENT
from pulumi_instance_role.policy.pass_role import TENCENT_PASSING

_OTHER_CHARACTERS = (
    r"[^\w +\-=.:/@()\[\],;><\u3010\u3011\uff08\uff09\uff1a\uff0b\uff0d\uff1d\uff0f\uff20]",
    "has a character that is no letter, digit or space and none of + - = . _ : / @ ( ) [ ] , ; > <",
)
_SPACE_AT_AN_END = (r"^\s|\s$", "has a space at an end")

LIMITS = Limits(
    role_name=r"[A-Za-z0-9+=,.@_-]{1,128}",
    role_name_length=128,
    policy_name=r"[A-Za-z0-9+=,.@_-]{1,128}",
    policy_name_length=128,
    description_length=300,
    trust_document_length=6144,
    policy_document_length=6144,
    policy_versions=None,
    session_duration=(0, 43200),
    session_default=7200,
    tags=50,
    tag_key_length=127,
    tag_value_length=255,
    tag_key_refused=(
        (r"^(qcs:|project|\u9879\u76ee)", 'begins with "qcs:", "project" or "\u9879\u76ee"'),
        (r"^(qcloud|tencent)$", "is reserved"),
        (r"^$", "is empty"),
        _SPACE_AT_AN_END,
        _OTHER_CHARACTERS,
    ),
    tag_value_refused=((r"^$", "is empty"), _SPACE_AT_AN_END, _OTHER_CHARACTERS),
    custom_policies_per_role=200,
    system_policies_per_role=200,
    roles=1000,
    custom_policies=1500,
    bind_batch=100,
    read_batch=100,
    instance_id=r"ins-[A-Za-z0-9]{1,60}",
    rebind_in_place=True,
    tags_policies=False,
    service="cvm.qcloud.com",
    language=TENCENT,
    passing=TENCENT_PASSING,
    grantee_name=r"[A-Za-z0-9+=,.@_-]{1,128}",
)

LIST_ENTITIES = 200
"""Rows in one page of CAM's listings (``Rp``)."""

RATES: Mapping[str, float] = {
    "DescribeInstances": 40,
    "ModifyInstancesAttribute": 10,
    "GetRole": 20,
    "DescribeRoleList": 10,
    "CreateRole": 2,
    "DeleteRole": 3,
    "UpdateAssumeRolePolicy": 3,
    "ListPolicies": 20,
    "CreatePolicy": 10,
    "UpdatePolicy": 10,
    "ListAttachedRolePolicies": 10,
    "AttachRolePolicy": 3,
    "DetachRolePolicy": 3,
    "GetCallerIdentity": 20,
    "AssumeRole": 600,
}
"""Calls per second that the actions' pages publish."""
