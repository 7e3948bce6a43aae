"""Why something changes for instances: the resources that do it, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pulumi_instance_role.review.declared import Declared
from pulumi_instance_role.review.model import Cause, Instance, Transition
from pulumi_instance_role.review.roles import DETACHED, World, adopts


def of(
    before: World,
    after: World,
    renamed: Mapping[str, str],
    ways: Sequence[Transition],
    members: Sequence[Sequence[Instance]],
) -> tuple[Cause, ...]:
    """The causes of what these instances gain and lose, each once; ``members`` are the instances of each way."""
    found: dict[Cause, None] = {}
    for way, instances in zip(ways, members, strict=True):
        for one in _of_way(before, after, renamed, way, instances):
            found.setdefault(one)
    return tuple(sorted(found, key=lambda one: (one.text, one.resource)))


def _of_way(
    before: World, after: World, renamed: Mapping[str, str], way: Transition, instances: Sequence[Instance]
) -> Iterator[Cause]:
    old, new = way.role_before, way.role_after
    if instances[0].move == "gone":
        yield from (Cause(one.urn or one.key, "the instance is deleted") for one in instances[:1])
        return
    if old != new or instances[0].move == "unknown":
        moved = renamed.get(new or "") != old or old is None
        yield from _binding(before, after, instances, moved, old, new)
    pair = (old, new) if old == new or (new and renamed.get(new) == old) else (None, None)
    if pair[0] is not None and pair[1] is not None:
        yield from _policies(before, after, pair[0], pair[1])


def _binding(
    before: World, after: World, instances: Sequence[Instance], moved: bool, old: str | None, new: str | None
) -> Iterator[Cause]:
    if not moved:
        yield Cause(_urn(after, new) or str(new), f"role {_name(before, old)} is replaced by {_name(after, new)}")
        return
    said = set()
    for one in instances:
        held = (before if new is None and one.move == "lost" else after).instances.get(one.key)
        for urn in sorted(held.by) if held else ():
            step = after.side.preview.by_urn.get(urn)
            if step is None or urn in said or (step.op == "same" and len(one.bindings) > 1):
                continue
            said.add(urn)
            yield Cause(urn, _moves(step.name, before, after, old, new, seen=step.op == "same"))


def _moves(name: str, before: World, after: World, old: str | None, new: str | None, *, seen: bool) -> str:
    if new is None:
        return f"{name} takes role {_name(before, old)} off"
    if old is None:
        return f"{name} gives role {_name(after, new)}"
    verb = "holds" if seen else "gives"
    return f"{name} {verb} role {_name(after, new)} in place of {_name(before, old)}"


def _policies(before: World, after: World, old: str, new: str) -> Iterator[Cause]:
    was, now = before.roles.get(old), after.roles.get(new)
    if was is None or now is None:
        return
    role = now.name
    if now.declared is not None and adopts(now.declared):
        yield Cause(now.declared.step.urn, f"role {role} is taken over")
    tied = {
        (world.side.time, world.side.policy_of(one)): one
        for world, key in ((before, old), (after, new))
        for one in world.side.of("attachment", "pass_role")
        if world.side.role_of(one) == key
    }
    for policy in sorted(now.policies - was.policies):
        one = tied.get(("after", policy))
        back = one is not None and one.step.old is not None and one.step.old.outputs.get("drift") == DETACHED
        what = f"policy {after.policies[policy].name} is put {'back ' if back else ''}on role {role}"
        yield Cause(one.step.urn if one else policy, what)
    for policy in sorted(was.policies - now.policies):
        one = tied.get(("before", policy))
        yield Cause(one.step.urn if one else policy, f"policy {before.policies[policy].name} is taken off role {role}")
    for policy in sorted(was.policies & now.policies):
        a, b = before.policies[policy], after.policies[policy]
        if (a.document, a.blanks.keys()) != (b.document, b.blanks.keys()):
            yield Cause(b.declared.step.urn if b.declared else policy, _edited(b.name, a.declared))


def _edited(name: str, was: Declared | None) -> str:
    drift = was.state.outputs.get("drift") if was else None
    if drift not in (None, "", "in_sync"):
        return f"what others changed in policy {name} is put right"
    return f"policy {name} is edited"


def _name(world: World, key: str | None) -> str:
    role = world.roles.get(key or "")
    if role is None:
        return "none" if key is None else key.rpartition("/")[2]
    return (role.declared.text("name") if role.declared else None) or role.name


def _urn(world: World, key: str | None) -> str | None:
    role = world.roles.get(key or "")
    return role.declared.step.urn if role and role.declared else None
