"""References from resource to resource that cannot work: to another cloud, another account, another region. Pure.

Limits: two profiles or roles to assume are told apart by the accounts they lead to, which the cloud has to say; a name
that is written out refers to no resource, and is looked for where the resource lives that has it; of a resource of the
cloud's own Pulumi package the region is known where its provider names one, and the account is not asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pulumi_instance_role.plan.faults import Fault
from pulumi_instance_role.plan.names import shown
from pulumi_instance_role.program.judge import Account, Declaration, Finding, Meaning, World


def find_misfits(declared: Sequence[Declaration], worlds: Mapping[Account, World]) -> Iterator[Finding]:
    """The references that do not fit, in order of declaration."""
    for one in declared:
        for meaning in one.means:
            fault = None if meaning.lent else _misfit(one, meaning, worlds)
            if fault is not None:
                yield Finding(one.kind, one.resource, fault)


def find_strangers(declared: Sequence[Declaration]) -> Iterator[Finding]:
    """References to things of a cloud's own package that do not fit. A text may be made of one on purpose: doubts."""
    for one in declared:
        for meaning in one.means:
            fault = _stranger(one, meaning) if meaning.lent else None
            if fault is not None:
                yield Finding(one.kind, one.resource, fault)


def _misfit(one: Declaration, meaning: Meaning, worlds: Mapping[Account, World]) -> Fault | None:
    here, there = one.account, meaning.account
    if here is None or there is None:
        return None
    if here.cloud != there.cloud:
        return _of_another_cloud(one, meaning)
    ids = [world.account_id if (world := worlds.get(place)) else None for place in (here, there)]
    if here != there and None not in ids and ids[0] != ids[1]:
        remedy = "give both the same profile and assume_role_arn"
        return _fault(meaning, f"in account {ids[1]}", f"in account {ids[0]}", remedy)
    if meaning.kind == "InstanceRoleBinding" and meaning.region:
        return _misplaced(one, meaning)
    return None


def _of_another_cloud(one: Declaration, meaning: Meaning) -> Fault | None:
    here, there = one.account, meaning.account
    if here is None or there is None or here.cloud == there.cloud:
        return None
    remedy = "declare both in the same cloud and account"
    return _fault(meaning, f"in the cloud {there.cloud}", f"in {here.cloud}", remedy)


def _stranger(one: Declaration, meaning: Meaning) -> Fault | None:
    found = _of_another_cloud(one, meaning)
    return _misplaced(one, meaning) if found is None and meaning.prop == "instance_ids" and meaning.region else found


def _misplaced(one: Declaration, meaning: Meaning) -> Fault | None:
    """Instances are of one region."""
    region, regions = one.known.get("region"), one.known.get("regions")
    if one.kind == "InstanceRoleBinding" and region not in (None, meaning.region):
        return _fault(meaning, f"in region {meaning.region}", f"in {region}", f'give region="{meaning.region}"')
    known = isinstance(regions, list) and all(isinstance(each, str) for each in regions)
    if one.kind == "PassRoleGrant" and known and regions and meaning.region not in regions:
        elsewhere = f"for {', '.join(regions)} only"
        return _fault(meaning, f"in region {meaning.region}", elsewhere, f'add "{meaning.region}" to regions')
    return None


def _fault(meaning: Meaning, there: str, here: str, remedy: str) -> Fault:
    message = f"{meaning.kind} {shown(meaning.resource)} is {there}, and this resource is {here}"
    return Fault(meaning.prop, message, remedy)
