"""What the forms for people share: permissions and principals in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pulumi_instance_role.review.model import Blast, Condition, Diagnostic, Exempt, Grant, Principal, Review

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
    """The blast radius, one statement a line."""
    lines = [
        f"{count(blast.roles_changed, 'role')} changed: {blast.roles_gaining} gain, {blast.roles_losing} lose "
        f"permissions, {blast.roles_more_trusted} can be assumed by more",
        f"{blast.instances_touched} of {count(blast.instances, 'instance')} touched: {blast.instances_moved} get, lose "
        f"or swap a role, {blast.instances_losing_role} end without one, {blast.instances_in_gap} without credentials "
        "in between",
    ]
    if blast.instances_unknown:
        lines.append(f"{count(blast.instances_unknown, 'instance')} not known before the update")
    if blast.outside is not None:
        lines.append(f"{count(blast.outside, 'instance')} outside the stack hold a changed role")
    return lines


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
