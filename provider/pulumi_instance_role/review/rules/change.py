"""Rules about what the update itself does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pulumi_instance_role.language import Text, plural, say, template
from pulumi_instance_role.review import words
from pulumi_instance_role.review.facts import SHAPES
from pulumi_instance_role.review.model import Binding, Instance
from pulumi_instance_role.review.preview import Step
from pulumi_instance_role.review.roles import FOREIGN, GONE
from pulumi_instance_role.review.rules.base import Context, Hit, Rule, listed

ATTACH = "https://www.alibabacloud.com/help/en/ecs/user-guide/attach-an-instance-ram-role-to-an-ecs-instance"
KEYS = "https://www.alibabacloud.com/help/en/ram/product-overview/best-practices-for-using-an-access-key-pair-to-call-api-operations"
DRIFT: Mapping[str, Text] = {
    "role_swapped": say("the update gives the declared role back"),
    "unbound": say("the update gives the declared role"),
    "policy_detached": say("the update puts the policy back"),
    "policy_foreign": say("the update leaves there what others put there"),
    "version_changed": say("the update takes note of it, and calls nothing"),
    "document_changed": say("the update puts the declared permissions in force"),
    "trust_changed": say("the update puts the declared trust policy back"),
    "settings_changed": say("the update sets them again"),
}
"""What an update does about each class of drift (docs/drift.md); instances that are gone have a rule of their own."""
TAKES_OFF = template("the update takes off the policies that others put there")
"""What it does about ``policy_foreign`` where the role says ``exclusive=True``."""
UNNAMED = template("the update takes off the policies that others put there; a preview does not name them, --live does")
FEW = 3
"""More instances than these that lose one role are many."""


def _deleted_in_use(context: Context) -> Iterable[Hit]:
    moving = {one.key for one in context.review.instances if one.move in ("swapped", "gone")}
    for role in context.review.roles:
        ended = role.after is None and role.op in ("delete", "replace")
        if role.before is None or not (ended or role.renamed_from):
            continue
        here = tuple(one for one in role.before.instances if one not in moving)
        if here or role.outside:
            yield Hit(
                role.urn or role.key,
                say("it is deleted while instances hold it"),
                (role.key, *here),
                cause=role.key,
                who=(context.name(role),),
                instances=here,
            )


def _binding_replaced(context: Context) -> Iterable[Hit]:
    for one in context.review.bindings:
        if one.op == "replace" and not _only_moves(context, one):
            text = say("binding {name} is replaced", name=one.name)
            if one.replaced_by:
                text = say("{change} because of {properties}", change=text, properties=listed(one.replaced_by))
            if one.instances_before:
                held = words.instances(len(one.instances_before))
                text = say("{change}; {instances} bound by it", change=text, instances=held)
            yield Hit(one.urn, text, one.instances_before)


def _only_moves(context: Context, one: Binding) -> bool:
    """Whether it is replaced for another role or other instances: a type that cannot change these in place. What that
    does to the instances is said of them."""
    shape = SHAPES[context.preview.by_urn[one.urn].type]
    moving = {name for word in ("role", "instances") for name in shape.names.get(word, ())}
    return bool(one.replaced_by) and set(one.replaced_by) <= moving


def _gap(context: Context) -> Iterable[Hit]:
    """One for each cloud: what causes it is that the cloud has no call for it."""
    for one in context.review.instances:
        if one.gap:
            message = say("without credentials for a moment, while the role is swapped")
            yield _of_instance(context, one, message, cause=one.cloud)


def _role_lost(context: Context) -> Iterable[Hit]:
    many = _lost_by_many(context)
    for one in context.review.instances:
        if one.move == "lost" and one.key not in many:
            text = say("role {role} is lost, and none is held after", role=words.short(one.role_before))
            yield _of_instance(context, one, _if_there(context, one, text), cause=_by(one))


def _roles_lost(context: Context) -> Iterable[Hit]:
    emptied = {
        key: binding
        for binding in context.review.bindings
        if _emptied(context, binding)
        for key in binding.instances_before
    }
    for key, cause in _lost_by_many(context).items():
        one = context.instances[key]
        message = _if_there(context, one, say("the role is lost, and none is held after"))
        binding = emptied.get(key)
        if binding is not None:
            message = say(
                "{message}: instance_ids of binding {name} has 0 instances now, and had {number}; with at_least= "
                "find_instances refuses a search that finds too few",
                message=message, name=binding.name, number=len(binding.instances_before),
            )  # fmt: skip
        yield _of_instance(context, one, message, cause=binding.urn if binding else cause)


def _emptied(context: Context, binding: Binding) -> bool:
    """Whether a binding of this package stays, and names no instances any more: as after a search without a result."""
    ours = "instance_ids" in SHAPES[context.preview.by_urn[binding.urn].type].names.get("instances", ())
    left = binding.instances_after or binding.unknown_instances
    return ours and binding.op in ("update", "replace") and bool(binding.instances_before) and not left


def _if_there(context: Context, one: Instance, text: Text) -> Text:
    """What happens to an instance; whether one that the stack does not make still exists, nobody asked."""
    known = one.urn is not None or context.review.live
    return text if known else say("{text}, unless gone already", text=text)


def _lost_by_many(context: Context) -> dict[str, str]:
    """Instances that lose their role together, and why: all of a binding, or more than a few with the same role."""
    by_role: dict[str, list[str]] = {}
    for one in context.review.instances:
        if one.move == "lost":
            by_role.setdefault(str(one.role_before), []).append(one.key)
    lost = {key for keys in by_role.values() for key in keys}
    found: dict[str, str] = {}
    for binding in context.review.bindings:
        mine = set(binding.instances_before)
        if mine and mine <= lost:
            found |= dict.fromkeys(sorted(mine), binding.urn)
    for role, keys in by_role.items():
        if len(keys) > FEW:
            found |= dict.fromkeys(keys, role)
    return found


def _of_instance(context: Context, one: Instance, message: str, cause: str) -> Hit:
    return Hit(
        one.bindings[-1] if one.bindings else one.urn or one.key,
        message,
        (one.key,),
        one.key,
        cause=cause,
        who=(context.name(one),),
        noun="instance",
        instances=(one.key,),
    )


def _by(one: Instance) -> str:
    return one.bindings[0] if one.bindings else one.urn or one.key


def _drift(context: Context) -> Iterable[Hit]:
    """One for each class, which says how many resources (of bindings: instances) it is about, and a few of them."""
    found: dict[tuple[str, bool], dict[str, tuple[Step, list[str]]]] = {}
    for step in context.preview.steps:
        if step.op in ("update", "replace"):
            for name, kind in _drifted(step):
                off = kind == FOREIGN and step.new is not None and step.new.inputs.get("exclusive") is True
                found.setdefault((kind, off), {}).setdefault(step.urn, (step, []))[1].append(name)
    for (kind, off), steps in found.items():
        if kind != GONE:
            names = [name for _, some in steps.values() for name in some]
            done = DRIFT.get(kind, say("what the update does about it is not known here"))
            if off:
                done = say(TAKES_OFF if context.review.live else UNNAMED)
            message = say(
                "{names} changed outside this stack ({number} {drift}); {done}",
                names=listed(names), number=len(names), drift=kind, done=done,
            )  # fmt: skip
            yield from (Hit(urn, message, (), kind, cause=f"drift {kind}") for urn in steps)


def _drifted(step: Step) -> Iterable[tuple[str, str]]:
    """What of a resource a refresh found different: its name (of a binding: ids of instances), and the class."""
    seen = step.old.outputs.get("drift") if step.old is not None and step.type in SHAPES else None
    if isinstance(seen, Mapping):
        yield from ((str(one), str(kind)) for one, kind in seen.items() if kind not in ("", "in_sync"))
    elif seen not in (None, "", "in_sync"):
        yield step.name, str(seen)


def _gone(context: Context) -> Iterable[Hit]:
    """Bound instances that the cloud does not have any more: by what a refresh found, or with ``--live``."""
    by_id = {one.instance_id: one for one in context.review.instances if one.instance_id}
    after = {key for one in context.review.bindings for key in one.instances_after}
    found = {(one, step.urn) for step in context.preview.steps for one, kind in _drifted(step) if kind == GONE}
    for instance in context.review.instances:
        if instance.move == "gone" and instance.op != "delete" and instance.instance_id:
            found.add((instance.instance_id, _by(instance)))
    for id_, resource in sorted(dict(sorted(found)).items()):
        one = by_id.get(id_)
        if one is not None and one.key in after:
            text = say("not in the cloud any more, and no update brings it back: it fails while the program names it")
        else:
            text = say("not in the cloud any more, and no longer declared")
        name, keys = (context.name(one), (one.key,)) if one else (id_, ())
        yield Hit(resource, text, keys, id_, cause="gone", who=(name,), noun="instance", instances=keys)


def _adopted(context: Context) -> Iterable[Hit]:
    for step in _turned_on(context, "adopt", True):
        name = (step.new.inputs if step.new else {}).get("name")
        text = say(
            "{resource} takes over {name}, which others made, and changes it to what is declared",
            resource=step.name,
            name=name,
        )
        yield Hit(step.urn, text)


def _force_detach(context: Context) -> Iterable[Hit]:
    for step in _turned_on(context, "force_detach", True):
        text = say("deleting {name} will take off policies and instances that others put on it", name=step.name)
        yield Hit(step.urn, text)


def _conflict(context: Context) -> Iterable[Hit]:
    for step in _turned_on(context, "on_conflict", "replace"):
        text = say("{name} may take away roles that others gave to its instances", name=step.name)
        yield Hit(step.urn, text)


def _turned_on(context: Context, name: str, value: Any) -> Iterable[Step]:
    for step in context.preview.steps:
        if step.new is None or step.op not in ("create", "update", "replace") or step.type not in SHAPES:
            continue
        if step.new.inputs.get(name) == value and (step.old is None or step.old.inputs.get(name) != value):
            yield step


def _key_text(context: Context) -> Iterable[Hit]:
    for step in context.preview.steps:
        for place in step.keys_at:
            text = say("{name}: {place} holds text shaped like an AccessKey (not shown)", name=step.name, place=place)
            yield Hit(step.urn, text, (), place)


def _too_many(context: Context) -> Iterable[Hit]:
    blast, most = context.review.blast, context.max_instances
    moving = sum(one.move == "unknown" for one in context.review.instances)  # touched, and not known: once
    touched = blast.instances_touched + blast.instances_unknown - moving + (blast.outside or 0)
    if most is not None and touched > most:
        allowed = plural("{number} is allowed", "{number} are allowed", most)
        yield Hit(
            f"stack {context.review.stack}",
            say("the change touches {instances}; {allowed}", instances=words.instances(touched), allowed=allowed),
            (),
            "instances",
        )


RULES = (
    Rule(
        "credential-text", "critical", "An AccessKey in the program's inputs",
        "Inputs are kept in the state, shown in previews and sent to the cloud in clear; a key there is a key lost.",
        "Take it out, disable the key, and let the instance have a role in its place.",
        KEYS, _key_text,
    ),
    Rule(
        "role-deleted-in-use", "high", "A role in use is deleted",
        "Instances that hold it keep credentials that soon end, and get no others.",
        "Bind the instances to another role first.",
        ATTACH, _deleted_in_use,
    ),
    Rule(
        "binding-replaced", "high", "A binding is replaced",
        "The old one is undone and a new one made: its instances may be without their role in between.",
        "Keep cloud and region as they are, or make a second binding and move the instances.",
        ATTACH, _binding_replaced,
    ),
    Rule(
        "too-many-instances", "high", "More instances than allowed",
        "The wider a change, the more a mistake in it costs. Counted are instances whose role or permissions change, "
        "those not known yet, and with --live those outside the stack; the limit is --max-instances.",
        "Split the change, or raise the limit for this one.",
        ATTACH, _too_many,
    ),
    Rule(
        "roles-lost", "high", "Many instances lose their role",
        "All instances of a binding, or more than a few, end without a role: programs on them that ask for credentials "
        "get none.",
        "Check that nothing on them calls the cloud, or bind another role in the same change. What was released needs "
        "nothing; --live tells.",
        ATTACH, _roles_lost,
    ),
    Rule(
        "role-lost", "medium", "An instance loses its role",
        "Programs on it that ask for credentials get none.",
        "Check that nothing on the instance calls the cloud, or bind another role. One that was released needs "
        "nothing; --live tells.",
        ATTACH, _role_lost,
    ),
    Rule(
        "drift-overwritten", "medium", "Somebody's change is undone",
        "What was changed by hand may have had a reason, and what runs may need it.",
        "Ask who did it and why; declare it, or let the update put it right.",
        "https://www.pulumi.com/docs/iac/cli/commands/pulumi_refresh/", _drift,
    ),
    Rule(
        "instance-gone", "low", "A bound instance does not exist any more",
        "It was released outside this stack, and programs on it ended with it. No update brings it back.",
        "Leave it out of the program; one that find_instances found goes by itself.",
        "https://www.pulumi.com/docs/iac/cli/commands/pulumi_refresh/", _gone,
    ),
    Rule(
        "foreign-adopted", "medium", "Something that others made is taken over",
        "It is changed to what is declared here, and whoever made it may change it back.",
        "Check that nobody else manages it.",
        "https://www.pulumi.com/docs/iac/concepts/", _adopted,
    ),
    Rule(
        "force-detach", "medium", "A delete may undo what others did",
        "With force_detach the end of the role takes off policies and instances of other stacks.",
        "Leave it off; an end that meets such things stops and lists them.",
        ATTACH, _force_detach,
    ),
    Rule(
        "conflict-replace", "medium", "Roles that others gave may be taken away",
        'With on_conflict="replace" the binding takes the place of whatever role an instance holds.',
        "Leave it at fail, and sort out the instances that it names.",
        ATTACH, _conflict,
    ),
    Rule(
        "credential-gap", "low", "Without credentials for a moment",
        "The cloud takes the old role off before it gives the new one; a program that asks in between gets none. "
        "Credentials that it has already go on working until they end.",
        "Nothing, if programs retry; else swap when they are idle.",
        ATTACH, _gap,
    ),
)  # fmt: skip
