"""What the forms for people share: permissions and principals in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pulumi_instance_role.review import facts
from pulumi_instance_role.review.model import (
    Blast,
    Condition,
    Diagnostic,
    Exempt,
    Grant,
    Group,
    Instance,
    Move,
    Principal,
    Review,
    Role,
    ServiceSize,
    Size,
)

WHY = {"already": "already allowed", "still": "still allowed", "denied": "denied"}


def title(review: Review) -> str:
    """Which stack it is about."""
    name = "/".join(part for part in (review.project, review.stack) if part)
    return f"Change review of {name}" if name else "Change review"


def verdict(review: Review) -> str:
    """What comes of it, in one line."""
    if review.verdict == "error":
        return "The preview failed: this is not the whole picture, and it cannot be approved."
    failing = [one for one in review.findings if one.failing]
    if failing:
        return f"{count(len(failing), 'finding')} must be dealt with before this is approved."
    if review.findings:
        return f"Nothing that stops it; {count(len(review.findings), 'finding')} to know of."
    if review.blast.instances_touched:
        return f"Nothing that stops it, and no findings; {count(review.blast.instances_touched, 'instance')} touched."
    return "No findings."


def count(number: int, noun: str) -> str:
    """``1 role``, ``2 roles``."""
    return f"{number} {noun if number == 1 else f'{noun[:-1]}ies' if noun.endswith('y') else f'{noun}s'}"


SHOWN = 12
"""Lines below a message that a form for people shows at once."""


def said(one: Diagnostic) -> str:
    """A message of the preview, in one line."""
    where = f" ({short(one.urn)})" if one.urn and short(one.urn) not in one.message else ""
    return f"{one.severity}: {one.message}{where}{f' ({one.times} times)' if one.times > 1 else ''}"


def folded(details: Sequence[str]) -> list[str]:
    """The first lines below a message, and how many more there are."""
    rest = len(details) - SHOWN
    return [*details[:SHOWN], *([f"... and {count(rest, 'line')} more (the JSON form has them)"] if rest > 0 else [])]


def operations(review: Review) -> str:
    """``2 to update, 1 to delete``."""
    parts = [f"{n} to {op}" for op, n in review.ops.items() if op not in ("same", "read", "refresh")]
    return ", ".join(parts) or "no changes"


def radius(blast: Blast) -> list[str]:
    """The figures, one statement a line: instances first."""
    if not blast.instances_touched:
        lines = [f"Nothing changes for {count(blast.instances, 'instance')}" if blast.instances else "No instances"]
    else:
        parts = [f"{blast.instances_gaining} gain permissions", f"{blast.instances_losing} lose permissions"]
        parts += (
            [f"{blast.instances_gaining_unknown} gain what is not known"] if blast.instances_gaining_unknown else []
        )
        parts += [f"{blast.instances_losing_unknown} had what is not known"] if blast.instances_losing_unknown else []
        lines = [f"{blast.instances_touched} of {count(blast.instances, 'instance')} touched: {', '.join(parts)}"]
        moves = [
            (blast.instances_moved, "get, lose or swap a role"),
            (blast.instances_losing_role, "end without one"),
            (blast.instances_in_gap, "without credentials in between"),
            (blast.instances_gone, "deleted"),
        ]
        said = ", ".join(f"{number} {text}" for number, text in moves if number)
        lines += [said] if said else []
    if blast.instances_unknown:
        lines.append(f"{count(blast.instances_unknown, 'instance')} not known before the update")
    if blast.outside is not None:
        lines.append(f"{count(blast.outside, 'instance')} outside the stack hold a changed role")
    if blast.roles_changed:
        lines.append(
            f"{count(blast.roles_changed, 'role')} changed: {blast.roles_gaining} gain, {blast.roles_losing} lose "
            f"permissions, {blast.roles_more_trusted} can be assumed by more"
        )
    return lines


MOVES: Mapping[Move, tuple[str, str]] = {
    "given": ("gets a role", "get a role"),
    "lost": ("loses its role", "lose their role"),
    "swapped": ("swaps roles", "swap roles"),
    "gone": ("is deleted", "are deleted"),
    "unknown": ("gets a role that is not known yet", "get a role that is not known yet"),
    "same": ("keeps its role", "keep their role"),
}
"""What happens to an instance's role, in words: for one, for several."""


def sure(grants: Iterable[Grant]) -> tuple[Grant, ...]:
    """The permissions that are just what is gained (or lost); the others may be, and are told as not known."""
    return tuple(one for one in grants if one.compared)


def group(one: Group) -> str:
    """``29 instances swap roles, gain and lose permissions``."""
    number = len(one.instances)
    verbs = [MOVES[one.move][number > 1]]
    if one.move != "gone":
        s = "s" if number == 1 else ""
        verbs += [f"gain{s} permissions"] if sure(one.gained) else []
        verbs += [f"gain{s} what is not known"] if one.gained_unknown else []
        verbs += [f"lose{s} permissions"] if sure(one.lost) else []
        if not (one.gained or one.lost or one.gained_unknown or one.lost_unknown):
            verbs.append(f"keep{s} the same permissions")
    return f"{count(number, 'instance')} {joined(verbs)}"


def joined(parts: Sequence[str]) -> str:
    """``a, b and c``."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def members(review: Review, one: Group, most: int = 3) -> str:
    """The names of the first instances of a group, and how many more there are."""
    instances = {each.key: each for each in review.instances}
    return some([called(instances[key]) for key in one.instances[:most]] + [""] * (len(one.instances) - most), most)


def ways(review: Review, one: Group) -> str:
    """``web -> audit``: the roles before and after; several of them: the first, and how many more."""
    names, found = role_names(review), {each.key: each for each in review.transitions}
    said = []
    for key in one.transitions:
        way = found[key]
        before, after = (names.get(role, short(role)) for role in (way.role_before, way.role_after))
        end = "(deleted)" if one.move == "gone" else "not known yet" if one.move == "unknown" else after
        said.append(before if one.move == "same" else f"{before} -> {end}")
    return some(said, 2)


def amounts(found: Size) -> list[str]:
    """How much some permissions are, one service a line, what decides and writes first."""
    if found.everything:
        but = f", but {some(found.excepted, 6)}" if found.excepted else ""
        return [f"everything: all actions of all services{but}"]
    ranked = sorted(found.services, key=lambda one: (-one.permissions, -one.write, not one.whole, one.service))
    return [amount(one) for one in ranked]


def amount(one: ServiceSize) -> str:
    """``all of oss: 40 write, 12 read`` or ``oss: 2 write (DeleteObject, PutObject)``."""
    kinds = [
        (one.permissions, "manage permissions"),
        (one.write, "write"),
        (one.read, "read"),
        (one.list, "list"),
    ]
    said = ", ".join(f"{number} {text}" for number, text in kinds if number)
    total = sum(number for number, _ in kinds)
    if one.whole:
        return f"all of {one.service}: {count(total, 'known action')} ({said})"
    examples = f" ({some(one.examples, 4)})" if total <= len(one.examples) else f" ({', '.join(one.examples)} ...)"
    return f"{one.service}: {said}{examples}"


def unsure(one: Group) -> str:
    """What must be said of the entries of a group where a part cannot be read; often nothing."""
    if one.gained_unknown and one.lost:
        return "What is lost may be allowed still by what is not known."
    if one.lost_unknown and one.gained:
        return "What is gained may not be new: what was allowed before is not known in full."
    return ""


def grant(one: Grant) -> tuple[str, str]:
    """The actions and the resources of a permission, as a person would say them."""
    actions = ", ".join(one.actions) + (f" but {', '.join(one.not_actions)}" if one.not_actions else "")
    return actions, ", ".join(one.resources)


def limits(one: Grant) -> list[str]:
    """Conditions and exemptions of a permission, one a line. What other entries have is not repeated."""
    lines = [condition(found) for found in one.conditions]
    if not one.compared:
        lines.append("not compared, which would take too long: all of it counts")
    return lines + [exempt(found) for found in one.exempt if found.why != "listed"]


def condition(one: Condition) -> str:
    """One condition."""
    return f"if {one.key} {one.operator} {' or '.join(one.values)}"


def exempt(one: Exempt) -> str:
    """One exemption."""
    text = f"except {_what(one.actions, one.not_actions, one.resources, one.conditions)} ({WHY.get(one.why, one.why)})"
    denied = [_what(g.actions, g.not_actions, g.resources, g.conditions) for g in one.unless]
    return f"{text}, unless {' or '.join(denied)} (denied there)" if denied else text


CLOUDS = {"alibaba": "Alibaba Cloud", "tencent": "Tencent Cloud"}


def called(one: Role | Instance, *, cloud: bool = False) -> str:
    """What a role or an instance is called everywhere: an instance by name and id; with ``cloud`` by its cloud too."""
    name = one.name
    if isinstance(one, Instance) and one.instance_id not in (None, one.name):
        name = f"{one.name} ({one.instance_id})"
    return f"{name} on {CLOUDS.get(one.cloud, one.cloud)}" if cloud else name


def some(values: Sequence[str], most: int = 3) -> str:
    """The first few, and how many more there are."""
    rest = len(values) - most
    return ", ".join(values[:most]) + (f" and {rest} more" if rest > 0 else "")


def principal(one: Principal) -> str:
    """Who may assume a role."""
    return " ".join([one.kind, one.name, *(condition(found) for found in one.conditions)])


def short(key: str | None) -> str:
    """The name in a key, or in a URN."""
    if key is None:
        return "none"
    return key.rpartition("::")[2] if "::" in key else key.rpartition("/")[2]


def place(resource: str) -> str:
    """A resource by its kind and name, for a reader; the URN is in the other forms."""
    if not resource.startswith("urn:"):
        return short(resource)
    kind = resource.split("::", 3)[2].rpartition("$")[2].rpartition(":")[2]
    return f"{kind} {short(resource)}"


def role_names(review: Review) -> dict[str | None, str]:
    """Key of a role -> its name."""
    return {None: "none", **{one.key: one.name for one in review.roles}}


def told_apart(review: Review) -> list[Role]:
    """Roles of which there is something to say that no group of instances says: nobody holds them, or their trust."""
    return [
        one
        for one in review.roles
        if _trust_told(one)
        or one.renamed_from
        or (not holders(one) and (one.gained or one.lost or one.gained_unknown or one.lost_unknown))
    ]


def _trust_told(one: Role) -> bool:
    """Whether there is news in who may assume a role: of a new one, others than the instances of its cloud."""
    if one.after is None:
        return False
    if one.before is not None:
        return bool(one.trust_gained or one.trust_lost)
    known = facts.limits(one.cloud)
    return any(known is None or each.name != known.service for each in one.trust_gained)


def holders(one: Role) -> int:
    """How many instances of the stack hold a role, after the update where it is there then."""
    side = one.after or one.before
    return len(side.instances) if side else 0


def policy_names(review: Review, keys: Iterable[str]) -> str:
    """Names of policies, by their keys."""
    names = {one.key: one.name for one in review.policies}
    return ", ".join(names.get(key, short(key)) for key in keys)


def _what(
    actions: Sequence[str], not_actions: Sequence[str], resources: Sequence[str], conditions: Sequence[Condition]
) -> str:
    but = f" but {', '.join(not_actions)}" if not_actions else ""
    on = "" if tuple(resources) == ("*",) else f" on {', '.join(resources)}"
    return f"{', '.join(actions)}{but}{on}" + "".join(f" {condition(one)}" for one in conditions)
