from pulumi_instance_role.policy.write import allow, deny, policy_document, trust_document
from pulumi_instance_role.resources.attachment import RolePolicyAttachment
from pulumi_instance_role.resources.binding import InstanceRoleBinding
from pulumi_instance_role.resources.find import find_instances
from pulumi_instance_role.resources.grant import PassRoleGrant
from pulumi_instance_role.resources.identity import InstanceIdentity
from pulumi_instance_role.resources.policy import RolePolicy
from pulumi_instance_role.resources.role import InstanceRole

__all__ = [
    "InstanceIdentity",
    "InstanceRole",
    "InstanceRoleBinding",
    "PassRoleGrant",
    "RolePolicy",
    "RolePolicyAttachment",
    "allow",
    "deny",
    "find_instances",
    "policy_document",
    "trust_document",
]
