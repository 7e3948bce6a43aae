"""Why something changes for instances: the resources that do it, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pulumi_instance_role.review import words
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
    found: dict[str, dict[str, set[str]]] = {}
    for way, instances in zip(ways, members, strict=True):
        for one in _of_way(before, after, renamed, way, instances):
            found.setdefault(one.text, {}).setdefault(one.name, set()).add(one.resource)
    said = [
        Cause(
            tuple(sorted({urn for some_ in names.values() for urn in some_})),
            text.format(name=words.some(sorted(names))),
        )
        for text, names in found.items()
    ]
    return tuple(sorted(said, key=lambda one: (one.text, one.resources)))


@dataclass(frozen=True)
class _Why:
    """One cause. ``{name}`` in ``text`` is where ``name`` goes: those that differ in it only are told together."""

    resource: str
    text: str
    name: str = ""


def _of_way(
    before: World, after: World, renamed: Mapping[str, str], way: Transition, instances: Sequence[Instance]
) -> Iterator[_Why]:
    old, new = way.role_before, way.role_after
    if instances[0].move == "gone":
        yield from (_Why(one.urn or one.key, "{name} deleted", words.called(one)) for one in instances)
        return
    same = old == new and instances[0].move != "unknown"
    follows = old is not None and new is not None and renamed.get(new) == old
    if follows:
        yield _Why(
            _urn(after, new) or str(new),
            f"role {{name}} is replaced by {_plain(_name(after, new))}",
            _name(before, old),
        )
    elif not same:
        yield from _binding(before, after, instances, old, new)
    if old is not None and new is not None and (same or follows):
        yield from _policies(before, after, old, new)


def _binding(
    before: World, after: World, instances: Sequence[Instance], old: str | None, new: str | None
) -> Iterator[_Why]:
    for one in instances:
        held = (before if new is None and one.move == "lost" else after).instances.get(one.key)
        for urn in sorted(held.by) if held else ():
            step = after.side.preview.by_urn.get(urn)
            if step is not None and not (step.op == "same" and len(held.by if held else ()) > 1):
                verb = "holds" if step.op == "same" else "takes" if one.move == "lost" else "gives"
                what = "a role that is not known yet" if one.move == "unknown" else _way(before, after, old, new)
                yield _Why(urn, f"{{name}} {verb} {_plain(what)}", step.name)


def _way(before: World, after: World, old: str | None, new: str | None) -> str:
    if new is None:
        return f"role {_name(before, old)} off"
    return f"role {_name(after, new)}" + (f" in place of {_name(before, old)}" if old else "")


def _policies(before: World, after: World, old: str, new: str) -> Iterator[_Why]:
    was, now = before.roles.get(old), after.roles.get(new)
    if was is None or now is None:
        return
    role = _name(after, new)
    if now.declared is not None and adopts(now.declared):
        yield _Why(now.declared.step.urn, "role {name} is taken over", role)
    for policy in sorted(now.policies ^ was.policies):
        put = policy in now.policies
        one = (after if put else before).tied.get((new if put else old, policy))
        back = put and one is not None and one.step.old is not None and one.step.old.outputs.get("drift") == DETACHED
        seen = (after if put else before).policies[policy]
        what = f"put {'back ' if back else ''}on" if put else "taken off"
        yield _Why(one.step.urn if one else policy, f"policy {_plain(seen.name)} is {what} role {{name}}", role)
    for policy in sorted(was.policies & now.policies):
        a, b = before.policies[policy], after.policies[policy]
        if (a.document, a.blanks.keys()) != (b.document, b.blanks.keys()):
            yield _Why(b.declared.step.urn if b.declared else policy, _edited(a.declared), b.name)


def _edited(was: Declared | None) -> str:
    drift = was.state.outputs.get("drift") if was else None
    if drift not in (None, "", "in_sync"):
        return "what others changed in policy {name} is put right"
    return "policy {name} is edited"


def _plain(name: str) -> str:
    """A name from a preview, in which braces mean nothing."""
    return name.replace("{", "{{").replace("}", "}}")


def _name(world: World, key: str | None) -> str:
    role = world.roles.get(key or "")
    if role is None:
        return "none" if key is None else key.rpartition("/")[2]
    return (role.declared.text("name") if role.declared else None) or role.name


def _urn(world: World, key: str | None) -> str | None:
    role = world.roles.get(key or "")
    return role.declared.step.urn if role and role.declared else None
