"""Why something changes for instances: the resources that do it, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pulumi_instance_role.language import Text, pair, plural, say
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
    found: dict[tuple[tuple[str, str], tuple[tuple[str, str], ...]], dict[str, set[str]]] = {}
    for way, instances in zip(ways, members, strict=True):
        for one in _of_way(before, after, renamed, way, instances):
            alike = (one.texts, tuple(sorted(one.parts.items())))
            found.setdefault(alike, {}).setdefault(one.name, set()).add(one.resource)
    said = [
        Cause(
            tuple(sorted({urn for some_ in names.values() for urn in some_})),
            plural(*texts, len(names), name=words.some(sorted(names)), **dict(parts)),
        )
        for (texts, parts), names in found.items()
    ]
    return tuple(sorted(said, key=lambda one: (one.text, one.resources)))


@dataclass(frozen=True)
class _Why:
    """One cause. ``texts`` are templates of ``name`` and ``parts``, for one name and for several: those that differ in
    the name only are told together."""

    resource: str
    texts: tuple[str, str]
    name: str
    parts: Mapping[str, str] = field(default_factory=dict)


def _of_way(
    before: World, after: World, renamed: Mapping[str, str], way: Transition, instances: Sequence[Instance]
) -> Iterator[_Why]:
    old, new = way.role_before, way.role_after
    if instances[0].move == "gone":
        for one in instances:
            deleted = pair("{name} deleted", "{name} deleted")
            gone = pair("{name} not in the cloud any more", "{name} not in the cloud any more")
            yield _Why(one.urn or one.key, deleted if one.op == "delete" else gone, words.called(one))
        return
    same = old == new and instances[0].move != "unknown"
    follows = old is not None and new is not None and renamed.get(new) == old
    if follows:
        yield _Why(
            _urn(after, new) or str(new),
            pair("role {name} is replaced by {new}", "roles {name} are replaced by {new}"),
            _name(before, old),
            {"new": _name(after, new)},
        )
    elif not same:
        yield from _binding(before, after, instances, old, new)
    if old is not None and new is not None and (same or follows):
        trust = _trust(before, after, old, new)
        if trust is not None:
            yield trust
        if trust is None or not after.shut_out(new):
            yield from _policies(before, after, old, new)


def _trust(before: World, after: World, old: str, new: str) -> _Why | None:
    """That a trust policy shuts instances out of what they hold, or no longer does."""
    shut = after.shut_out(new)
    if before.shut_out(old) is shut:
        return None
    if shut and before.let_in(old):
        texts = pair(
            "the trust policy of role {name} no longer lets instances assume it",
            "the trust policies of roles {name} no longer let instances assume them",
        )
    elif shut:
        texts = pair(
            "the trust policy of role {name} does not let instances assume it",
            "the trust policies of roles {name} do not let instances assume them",
        )
    elif after.let_in(new):
        texts = pair(
            "the trust policy of role {name} now lets instances assume it",
            "the trust policies of roles {name} now let instances assume them",
        )
    else:
        texts = pair(
            "the trust policy of role {name} may now let instances assume it",
            "the trust policies of roles {name} may now let instances assume them",
        )
    return _Why(_urn(after, new) or new, texts, _name(after, new))


def _binding(
    before: World, after: World, instances: Sequence[Instance], old: str | None, new: str | None
) -> Iterator[_Why]:
    for one in instances:
        held = (before if new is None and one.move == "lost" else after).instances.get(one.key)
        for urn in sorted(held.by) if held else ():
            step = after.side.preview.by_urn.get(urn)
            if step is not None and not (step.op == "same" and len(held.by if held else ()) > 1):
                if step.op == "same":
                    texts = pair("{name} holds {what}", "{name} hold {what}")
                elif one.move == "lost":
                    texts = pair("{name} takes {what}", "{name} take {what}")
                else:
                    texts = pair("{name} gives {what}", "{name} give {what}")
                what = _way(before, after, old, new, known=one.move != "unknown")
                yield _Why(urn, texts, step.name, {"what": what})


def _way(before: World, after: World, old: str | None, new: str | None, *, known: bool) -> Text:
    if not known:
        return say("a role that is not known yet")
    if new is None:
        return say("role {role} off", role=_name(before, old))
    if old is None:
        return say("role {role}", role=_name(after, new))
    return say("role {role} in place of {old}", role=_name(after, new), old=_name(before, old))


def _policies(before: World, after: World, old: str, new: str) -> Iterator[_Why]:
    was, now = before.roles.get(old), after.roles.get(new)
    if was is None or now is None:
        return
    role = _name(after, new)
    if now.declared is not None and adopts(now.declared):
        yield _Why(now.declared.step.urn, pair("role {name} is taken over", "roles {name} are taken over"), role)
    for policy in sorted(now.policies ^ was.policies):
        put = policy in now.policies
        one = (after if put else before).tied.get((new if put else old, policy))
        back = put and one is not None and one.step.old is not None and one.step.old.outputs.get("drift") == DETACHED
        seen = (after if put else before).policies[policy]
        if back:
            texts = pair("policy {policy} is put back on role {name}", "policy {policy} is put back on roles {name}")
        elif put:
            texts = pair("policy {policy} is put on role {name}", "policy {policy} is put on roles {name}")
        else:
            texts = pair("policy {policy} is taken off role {name}", "policy {policy} is taken off roles {name}")
        yield _Why(one.step.urn if one else policy, texts, role, {"policy": seen.name})
    for policy in sorted(was.policies & now.policies):
        a, b = before.policies[policy], after.policies[policy]
        if (a.document, a.blanks.keys()) != (b.document, b.blanks.keys()):
            yield _Why(b.declared.step.urn if b.declared else policy, _edited(a.declared), b.name)


def _edited(was: Declared | None) -> tuple[str, str]:
    drift = was.state.outputs.get("drift") if was else None
    if drift not in (None, "", "in_sync"):
        return pair(
            "what others changed in policy {name} is put right", "what others changed in policies {name} is put right"
        )
    return pair("policy {name} is edited", "policies {name} are edited")


def _name(world: World, key: str | None) -> str:
    role = world.roles.get(key or "")
    if role is None:
        return say("none") if key is None else key.rpartition("/")[2]
    return (role.declared.text("name") if role.declared else None) or role.name


def _urn(world: World, key: str | None) -> str | None:
    role = world.roles.get(key or "")
    return role.declared.step.urn if role and role.declared else None
