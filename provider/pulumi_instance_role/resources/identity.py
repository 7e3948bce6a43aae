"""InstanceIdentity: role, policies, attachments and binding in one, for the common case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pulumi

from pulumi_instance_role.clouds import limits_of
from pulumi_instance_role.clouds.port import CUSTOM, SYSTEM
from pulumi_instance_role.policy.at_the_line import at_the_line
from pulumi_instance_role.policy.load import FILE, names_a_file
from pulumi_instance_role.program.explicit import refuse_another_package
from pulumi_instance_role.program.resource import (
    MaybeText,
    PolicyDocument,
    Tags,
    Text,
    connection,
    one_of,
    refuse_slips,
)
from pulumi_instance_role.resources.attachment import RolePolicyAttachment
from pulumi_instance_role.resources.binding import InstanceRoleBinding
from pulumi_instance_role.resources.policy import RolePolicy
from pulumi_instance_role.resources.role import InstanceRole

TYPE = "instance-role:index:InstanceIdentity"
"""The type token: part of the URN of everything inside, so it never changes."""

Policy = PolicyDocument | RolePolicy | tuple[Text | RolePolicy, str]
_REMEDY = 'give a document, a RolePolicy, or a policy\'s name and type: ("name", "System")'


class InstanceIdentity(pulumi.ComponentResource):
    """An identity for instances: a role, what it may do, and the instances that hold it.

    ``policies`` is a list, or a dictionary by a name of your own; each of them a document (dictionary or JSON text; a
    RolePolicy is made of it), a RolePolicy, or ``("name", "System")`` for one that exists. Documents in a list are
    numbered: one that is put in front of others renames them, so give a dictionary where they may come and go.
    ``instance_ids``, ``on_conflict`` and ``at_least`` are those of InstanceRoleBinding, all others those of
    InstanceRole; ``tags`` go to the policies too, where the cloud tags policies, and ``adopt`` is also that of the
    attachments and the binding. The binding waits for the attachments, so that no instance is given a role that may
    not do its work yet.

    Its parts are children: providers, protection and aliases of this component are theirs; ``depends_on`` is passed on
    to them.
    """

    role: InstanceRole
    policies: Mapping[str, RolePolicy]
    """The policies that were made of documents: by the name given, or by number from ``"1"``."""
    attachments: Sequence[RolePolicyAttachment]
    binding: InstanceRoleBinding
    role_name: pulumi.Output[str]
    """Known at preview."""
    arn: pulumi.Output[str]
    instance_ids: pulumi.Output[Sequence[str]]
    """Known at preview, if the ids given are."""

    @at_the_line
    def __init__(
        self,
        resource_name: str,
        policies: Sequence[Policy] | Mapping[str, Policy],
        instance_ids: pulumi.Input[Sequence[pulumi.Input[str]]],
        cloud: MaybeText = None,
        name: MaybeText = None,
        description: MaybeText = None,
        trusted_services: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        trust_policy: PolicyDocument | None = None,
        max_session_duration: pulumi.Input[int] | None = None,
        tags: Tags = None,
        adopt: pulumi.Input[bool] = False,
        force_detach: pulumi.Input[bool] = False,
        on_conflict: pulumi.Input[str] = "fail",
        region: MaybeText = None,
        profile: MaybeText = None,
        assume_role_arn: MaybeText = None,
        console_login: pulumi.Input[bool] | None = None,
        exclusive: bool = False,
        at_least: pulumi.Input[int] = 0,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Raise TypeError or ValueError, naming the argument, for what cannot be right whatever the cloud says."""
        refuse_slips(
            {
                "resource_name": resource_name,
                "policies": policies,
                "instance_ids": instance_ids,
                "name": name,
                "description": description,
                "trusted_services": trusted_services,
                "trust_policy": trust_policy,
                "tags": tags,
                "on_conflict": on_conflict,
            }
        )
        where = connection(cloud, region, profile, assume_role_arn)
        if opts is not None and isinstance(where["cloud"], str):
            refuse_another_package(where["cloud"], opts.provider)
        named = dict(_named(policies))
        super().__init__(TYPE, resource_name, None, opts)
        inside = pulumi.ResourceOptions(parent=self, depends_on=opts.depends_on if opts is not None else None)
        self.role = InstanceRole(
            resource_name,
            name=name,
            description=description,
            trusted_services=trusted_services,
            trust_policy=trust_policy,
            max_session_duration=max_session_duration,
            tags=tags,
            adopt=adopt,
            force_detach=force_detach,
            console_login=console_login,
            exclusive=exclusive,
            opts=inside,
            **where,
        )
        made: dict[str, RolePolicy] = {}
        attached: list[RolePolicyAttachment] = []
        for key, policy in named.items():
            child = f"{resource_name}-{key}"
            if isinstance(policy, tuple):
                wanted, policy_type = policy
            else:
                policy_type = None
                if not isinstance(policy, RolePolicy):
                    policy = made[key] = RolePolicy(
                        child, policy, tags=_policy_tags(where["cloud"], tags), opts=inside, **where
                    )
                wanted = policy
            attached.append(RolePolicyAttachment(child, self.role, wanted, policy_type, opts=inside, **where))
        after = pulumi.ResourceOptions.merge(inside, pulumi.ResourceOptions(depends_on=attached))
        self.binding = InstanceRoleBinding(
            resource_name,
            self.role,
            instance_ids,
            on_conflict=on_conflict,
            adopt=adopt,
            at_least=at_least,
            opts=after,
            **where,
        )
        self.policies, self.attachments = made, attached
        self.role_name, self.arn, self.instance_ids = self.role.name, self.role.arn, self.binding.instance_ids
        self.register_outputs({"role_name": self.role_name, "arn": self.arn, "instance_ids": self.instance_ids})


def _named(policies: Any) -> Iterator[tuple[str, Policy]]:
    """The policies with the names that tell their resources apart."""
    if isinstance(policies, Mapping):
        if {str(key).lower() for key in policies} & {"statement", "version"}:
            raise TypeError("policies: is one document; give a list of policies, or a dictionary by a name of your own")
        for key, one in policies.items():
            _judge(f"policies[{key!r}]", one)
            yield str(key), one
        return
    if isinstance(policies, str) or not isinstance(policies, Sequence):
        raise TypeError(f"policies: must be a list or a dictionary, not {type(policies).__name__}; {_REMEDY}")
    number, seen = 0, set[str]()
    for index, one in enumerate(policies):
        _judge(f"policies[{index}]", one)
        subject = one[0] if isinstance(one, tuple) else one
        key = subject.pulumi_resource_name if isinstance(subject, RolePolicy) else None
        if isinstance(one, tuple) and isinstance(subject, str):
            key = subject
        if key is None:
            number += 1
            key = str(number)
        if key in seen:
            raise ValueError(f'policies[{index}]: "{key}" is given twice; leave one out')
        seen.add(key)
        yield key, one


def _judge(prop: str, one: Any) -> None:
    """Refuse what is no policy, where the program wrote it."""
    if isinstance(one, tuple):
        if len(one) != 2:
            raise TypeError(f"{prop}: has {len(one)} members; {_REMEDY}")
        one_of(f"{prop}[1]", one[1], (CUSTOM, SYSTEM))
    elif isinstance(one, str):
        if names_a_file(one):
            raise ValueError(f"{prop}: {one!r} {FILE}")
        if not one.lstrip().startswith("{"):
            raise ValueError(f'{prop}: "{one}" is not a document; for a policy of that name say ("{one}", "System")')
    elif isinstance(one, pulumi.Resource) and not isinstance(one, RolePolicy):
        raise TypeError(f"{prop}: is a resource of another package; give the output with its name, and its type")
    elif not isinstance(one, (Mapping, pulumi.Output, RolePolicy)) and not hasattr(one, "__await__"):
        raise TypeError(f"{prop}: must not be {type(one).__name__}; {_REMEDY}")


def _policy_tags(cloud: Text, tags: Tags) -> Tags:
    """The tags for a policy: those given, where the cloud tags policies."""
    if isinstance(cloud, str):
        return tags if limits_of(cloud).tags_policies else None
    return pulumi.Output.all(cloud, tags).apply(lambda known: known[1] if limits_of(known[0]).tags_policies else None)
