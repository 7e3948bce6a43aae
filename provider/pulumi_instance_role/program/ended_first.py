"""Roles that are deleted before their successors are made, while instances hold them: ``delete_before_replace``. Pure.

Pulumi then deletes the old role before it comes to the bindings, whose change of role is an update in place and so no
part of the replacement. The old role still has its instances, and :func:`~..plan.role.plan_role_deletion` refuses it.

Limits: which instances hold a role is known of those that this program declares, in the cloud that the role has now; so
the rest is told with an "if". A transformation that sets the option is not seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pulumi_instance_role.clouds.port import same_role
from pulumi_instance_role.plan.faults import Fault, some
from pulumi_instance_role.policy.document import HIDDEN
from pulumi_instance_role.program.judge import Account, Declaration, Finding, World

_REMEDY = "leave delete_before_replace out, so that bindings give their instances the new role before the old one ends"


def ended_first(declared: Sequence[Declaration], worlds: Mapping[Account, World]) -> Iterator[Finding]:
    """The roles whose replacement begins with their end, in order of declaration: doubts, since others may unbind."""
    for one in declared:
        old = one.known.get("ended_first")
        if isinstance(old, Mapping) and not _is_kept(one, old):  # else the option is set, and nothing is replaced
            yield Finding(one.kind, one.resource, _fault(one, old, worlds))


def _is_kept(one: Declaration, old: Mapping[str, object]) -> bool:
    """Whether the new role claims the name of the old one, in another case: then the old one's end leaves it."""
    name = one.known.get("name")
    here = one.account is not None and one.account.cloud == old.get("cloud")
    return here and name is not None and same_role(name, str(old.get("name")))


def _fault(one: Declaration, old: Mapping[str, object], worlds: Mapping[Account, World]) -> Fault:
    named, stays = str(old.get("name")), one.account is not None and old.get("cloud") == one.account.cloud
    world = worlds.get(one.account) if one.account and stays else None
    seen = world.instances.values() if world else ()
    ids = sorted(live.instance_id for live in seen if live is not None and same_role(live.role, named))
    held = f", as {'1 does' if len(ids) == 1 else f'{len(ids)} do'} now ({some(ids)})" if ids else ""
    subject, quoted = (HIDDEN, HIDDEN) if one.hides_name else (named, f'"{named}"')
    if old.get("force_detach"):
        then = "instances that hold it are without credentials until bindings give them the new one"
        several = "instances that hold them are without credentials until bindings give them the new ones"
    else:
        then = "the update stops there if instances hold it"
        several = "the update stops there if instances hold one"
    return Fault(
        "name" if stays else "cloud",
        f"the role {quoted} is deleted before its successor is made, and {then}{held}",
        _REMEDY,
        subject,
        f"roles are deleted before their successors are made, and {several}{held}",
    )
