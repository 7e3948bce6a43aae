"""Alibaba Cloud's documented limits and request rates. Data only: importing this needs no SDK.

Sources, under https://www.alibabacloud.com/help/en/: ``ram/product-overview/limits`` (names, descriptions, versions,
counts); under ``ram/developer-reference/``: ``api-ram-2015-05-01-createrole`` (role name, session duration),
``-createpolicy`` (policy name, document), ``-tagresources`` (tags), ``-createuser`` (user name; a group's is narrower);
under ``ecs/developer-reference/``: ``api-ecs-2014-05-26-attachinstanceramrole`` (instances in one call),
``-describeinstanceramrole`` (ids in one read), ``-tagresources`` (what a tag may not hold; RAM's own page has the
lengths only).

The length of a trust document is published nowhere; it is taken to be that of a policy, and RAM has the last word
(``InvalidParameter.AssumeRolePolicyDocument.Length``). The rates are named on each operation's page; ECS publishes
none.
"""

from __future__ import annotations

from collections.abc import Mapping

from pulumi_instance_role.clouds.port import Limits
from pulumi_instance_role.policy.dialect import ALIBABA
from pulumi_instance_role.policy.pass_role import ALIBABA_PASSING

LIMITS = Limits(
    role_name=r"[A-Za-z0-9.-]{1,64}",
    role_name_length=64,
    policy_name=r"[A-Za-z0-9-]{1,128}",
    policy_name_length=128,
    description_length=1024,
    trust_document_length=6144,
    policy_document_length=6144,
    policy_versions=5,
    session_duration=(3600, 43200),
    session_default=3600,
    tags=20,
    tag_key_length=128,
    tag_value_length=256,
    tag_key_refused=(
        (r"(?i)^(aliyun|acs:)", 'begins with "aliyun" or "acs:"'),
        (r"(?i)https?://", 'holds "http://" or "https://"'),
        (r"^$", "is empty"),
    ),
    tag_value_refused=((r"(?i)^https?://", 'begins with "http://" or "https://"'),),
    custom_policies_per_role=10,
    system_policies_per_role=20,
    roles=1000,
    custom_policies=1500,
    bind_batch=100,
    # The current text of the operation says 50, older ones 100.
    read_batch=50,
    instance_id=r"i-[A-Za-z0-9-]{1,62}",
    rebind_in_place=False,
    tags_policies=True,
    service="ecs.aliyuncs.com",
    language=ALIBABA,
    passing=ALIBABA_PASSING,
    grantee_name=r"[A-Za-z0-9._@-]{1,128}",
)

LIST_INSTANCES = 100
"""Ids, and rows of a page, in one DescribeInstances."""

LIST_ENTITIES = 1000
"""Rows in one page of ListRoles and ListPolicies (``MaxItems``)."""

TAGGED = 50
"""Names in one ListTagResources."""

RATES: Mapping[str, float] = {
    "GetRole": 100,
    "ListPoliciesForRole": 100,
    "ListEntitiesForPolicy": 100,
    "ListPolicies": 100,
    "CreateRole": 20,
    "DeleteRole": 20,
    "CreatePolicyVersion": 20,
    "DeletePolicy": 20,
    "AttachPolicyToRole": 10,
    "DetachPolicyFromRole": 10,
    "GetCallerIdentity": 100,
    "AssumeRole": 100,
}
"""Calls per second that RAM and STS publish."""
