"""The picture: roles, policies, instances and what ties them, before and after, from one preview."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from pulumi_instance_role.policy.work import Work, resumed
from pulumi_instance_role.review import model, permissions
from pulumi_instance_role.review.declared import Declared, Side
from pulumi_instance_role.review.facts import limits
from pulumi_instance_role.review.native import note
from pulumi_instance_role.review.preview import UNKNOWN, Preview, Step
from pulumi_instance_role.review.roles import Live, World, kept

LABOUR = 600_000
"""Steps for comparing all permissions of a preview; see ``policy.work``. A few seconds."""


class Picture:
    """Both sides, and what lies between them."""

    def __init__(self, preview: Preview, live: Live | None = None) -> None:
        self.preview = preview
        self.live = live
        self._work = Work(LABOUR)
        self.before = World(Side(preview, "before"), live)
        self.after = World(Side(preview, "after"), live, self.before)
        self._differences: dict[tuple[str | None, str | None], tuple[tuple[model.Grant, ...], ...]] = {}

    def review(self) -> model.Review:
        """The review, before any rule has judged it."""
        instances, transitions = self._instances()
        roles = tuple(self._role(key) for key in sorted({*self.before.roles, *self.after.roles}))
        roles = tuple(one for one in roles if one.before is not None or one.after is not None)
        bindings = tuple(sorted(self._bindings(), key=lambda one: one.urn))
        unknowns = kept(self.after.unknowns)
        return model.Review(
            version=model.VERSION,
            stack=self.preview.stack,
            project=self.preview.project,
            result="failed" if self.preview.failed else "succeeded",
            live=self.live is not None,
            verdict="error" if self.preview.failed else "pass",
            ops=dict(sorted(Counter(one.op for one in self._counted()).items())),
            blast=self._blast(roles, instances, bindings),
            roles=roles,
            policies=tuple(self._policy(key) for key in sorted({*self.before.policies, *self.after.policies})),
            instances=instances,
            transitions=transitions,
            bindings=bindings,
            attachments=tuple(sorted(self._attachments(), key=lambda one: one.urn)),
            changes=tuple(sorted((self._change(one) for one in self._counted() if one.op != "same"), key=_by_urn)),
            unknowns=unknowns,
            diagnostics=tuple(
                model.Diagnostic(one.severity, one.urn or None, one.text, one.details, one.times)
                for one in self.preview.messages
                if one.severity in ("warning", "error")
            ),
            notes=self._notes(roles),
        )

    def _counted(self) -> Iterable[Step]:
        return (step for step in self.preview.steps if step.type != "pulumi:pulumi:Stack")

    def _notes(self, roles: Iterable[model.Role]) -> tuple[str, ...]:
        found = [*self.preview.notes, *note(self.preview), *(self.live.notes if self.live else ())]
        if self.live is None:
            found.append(
                "Nothing was asked of the cloud: permissions that other stacks put on these roles, and instances "
                "elsewhere that hold them, are not shown. --live looks."
            )
        foreign = sorted(one.name for one in roles if one.urn is None)
        if foreign and self.live is None:
            found.append(f"Declared elsewhere, so known in part: {', '.join(foreign)}.")
        return tuple(found)

    # -- roles and policies ------------------------------------------------------------------------------------
    def _difference(self, old: str | None, new: str | None, cloud: str) -> tuple[tuple[model.Grant, ...], ...]:
        if limits(cloud) is None:
            return (), ()
        if (old, new) not in self._differences:
            with resumed(self._work):
                pair = permissions.difference(self.before.holdings(old, cloud), self.after.holdings(new, cloud))
            self._differences[old, new] = pair
        return self._differences[old, new]

    def _role(self, key: str) -> model.Role:
        seen = self.after.roles.get(key) or self.before.roles[key]
        declared = next(
            (one.declared for one in (self.after.roles.get(key), self.before.roles.get(key)) if one and one.declared),
            None,
        )
        before, after = self.before.found(key), self.after.found(key)
        gained, lost = self._difference(key if before else None, key if after else None, seen.where.cloud)
        old_trust, new_trust = (side.trust if side else () for side in (before, after))
        known = old_trust is not None and new_trust is not None
        outside = None
        if self.live is not None and key in self.live.holders:
            ours = {one.rpartition("/")[2] for world in (self.before, self.after) for one in world.instances}
            outside = tuple(sorted(set(self.live.holders[key]) - ours))
        return model.Role(
            key=key,
            cloud=seen.where.cloud,
            name=(declared.text("name") if declared else None) or seen.name,
            urn=declared.step.urn if declared else None,
            op=declared.step.op if declared else None,
            before=before,
            after=after,
            gained=gained,
            lost=lost,
            trust_gained=permissions.trusted(old_trust, new_trust) if known else (),
            trust_lost=permissions.trusted(new_trust, old_trust) if known else (),
            outside=outside,
        )

    def _policy(self, key: str) -> model.Policy:
        seen = self.after.policies.get(key) or self.before.policies[key]
        declared = seen.declared
        on = [
            tuple(sorted(role.key for role in world.roles.values() if key in role.policies))
            for world in (self.before, self.after)
        ]
        return model.Policy(
            key=key,
            cloud=seen.where.cloud,
            name=seen.name,
            policy_type=seen.policy_type,
            urn=declared.step.urn if declared else None,
            op=declared.step.op if declared else None,
            source=seen.source,
            source_url=seen.url,
            source_date=seen.date,
            roles_before=on[0],
            roles_after=on[1],
        )

    # -- instances ---------------------------------------------------------------------------------------------
    def _instances(self) -> tuple[tuple[model.Instance, ...], tuple[model.Transition, ...]]:
        found: list[model.Instance] = []
        ways: dict[tuple[str, str | None, str | None], list[str]] = {}
        declared = {
            side.instance_key(one): one for side in (self.before.side, self.after.side) for one in side.of("instance")
        }
        for key in sorted({*self.before.instances, *self.after.instances}):
            one = self._instance(key, declared.get(key))
            found.append(one)
            if one.transition is not None:
                ways.setdefault((one.cloud, one.role_before, one.role_after), []).append(key)
        transitions = []
        for (cloud, old, new), keys in sorted(ways.items(), key=lambda item: _way(item[0][1], item[0][2])):
            gained, lost = self._difference(old, new, cloud)
            opaque = self.before.opaque(old) or self.after.opaque(new)
            transitions.append(model.Transition(_way(old, new), cloud, old, new, gained, lost, opaque, tuple(keys)))
        return tuple(found), tuple(transitions)

    def _instance(self, key: str, declared: Declared | None) -> model.Instance:
        old, new = self.before.instances.get(key), self.after.instances.get(key)
        step = declared.step if declared else None
        where = (self.after.places.get(key) or self.before.places.get(key)) if not declared else declared.where
        assert where is not None
        role_before = old.role if old else None
        role_after = new.role if new else None
        unknown = bool(new and new.unknown)
        deleted = step is not None and step.op == "delete"
        if deleted:
            role_after = None
        move = _move(role_before, role_after, unknown=unknown, deleted=deleted)
        known = limits(where.cloud)
        instance_id = next((s.id for s in (step.old, step.new) if s and s.id), None) if step else key.rpartition("/")[2]
        in_place = known is None or known.rebind_in_place
        return model.Instance(
            key=key,
            cloud=where.cloud,
            instance_id=instance_id,
            name=(declared.text("name") if declared else None) or (step.name if step else None) or instance_id or key,
            region=where.region
            or next((w.region for w in (self.after.places.get(key), self.before.places.get(key)) if w), None),
            urn=step.urn if step else None,
            op=step.op if step else None,
            role_before=role_before,
            role_after=role_after,
            role_unknown=unknown,
            move=move,
            gap=move == "swapped" and not in_place and (step is None or step.op not in ("create", "replace")),
            transition=_way(role_before, role_after) if role_before or role_after else None,
            bindings=tuple(sorted({*(old.by if old else ()), *(new.by if new else ())})),
        )

    # -- resources that tie ------------------------------------------------------------------------------------
    def _bindings(self) -> Iterable[model.Binding]:
        old = {one.step.urn: one for one in self.before.side.of("binding")}
        new = {one.step.urn: one for one in self.after.side.of("binding")}
        for urn in sorted({*old, *new}):
            one = new.get(urn) or old[urn]
            before = self.before.side.instances_of(old[urn])[0] if urn in old else []
            after, missing = self.after.side.instances_of(new[urn]) if urn in new else ([], 0)
            yield model.Binding(
                urn=urn,
                cloud=one.where.cloud,
                name=one.step.name,
                op=one.step.op,
                region=one.where.region,
                role_before=self.before.side.role_of(old[urn]) if urn in old else None,
                role_after=self.after.side.role_of(new[urn]) if urn in new else None,
                instances_before=tuple(before),
                instances_after=tuple(after),
                added=tuple(sorted(set(after) - set(before))),
                removed=tuple(sorted(set(before) - set(after))),
                unknown_instances=missing,
                on_conflict=_text(one.state.inputs.get("on_conflict")),
                replaced_by=one.step.replaced_by,
            )

    def _attachments(self) -> Iterable[model.Attachment]:
        old = {one.step.urn: one for one in self.before.side.of("attachment")}
        new = {one.step.urn: one for one in self.after.side.of("attachment")}
        for urn in sorted({*old, *new}):
            one = new.get(urn) or old[urn]
            before, after = self.before.side, self.after.side
            yield model.Attachment(
                urn=urn,
                cloud=one.where.cloud,
                name=one.step.name,
                op=one.step.op,
                role=after.role_of(new[urn]) if urn in new else None,
                policy=after.policy_of(new[urn]) if urn in new else None,
                role_before=before.role_of(old[urn]) if urn in old else None,
                policy_before=before.policy_of(old[urn]) if urn in old else None,
            )

    def _change(self, step: Step) -> model.Change:
        state = step.new or step.old
        return model.Change(
            urn=step.urn,
            type=step.type,
            name=step.name,
            op=step.op,
            properties=step.reasons or _differing(step),
            replaced_by=step.replaced_by,
            location=state.position if state else None,
        )

    def _blast(
        self, roles: tuple[model.Role, ...], instances: tuple[model.Instance, ...], bindings: tuple[model.Binding, ...]
    ) -> model.Blast:
        changed = [one for one in roles if one.gained or one.lost or one.trust_gained or one.trust_lost]
        altered = {one.key for one in roles if one.gained or one.lost}
        moved = [one for one in instances if one.move in ("given", "lost", "swapped", "unknown")]
        ways = {one.key for one in moved}
        touched = [
            one
            for one in instances
            if one.key in ways or {one.role_before, one.role_after} & altered or one.move == "gone"
        ]
        outside = [one.outside for one in changed if one.outside is not None]
        return model.Blast(
            roles_changed=len(changed),
            roles_gaining=sum(bool(one.gained) for one in roles),
            roles_losing=sum(bool(one.lost) for one in roles),
            roles_more_trusted=sum(bool(one.trust_gained) and one.before is not None for one in roles),
            instances=len(instances),
            instances_touched=len(touched),
            instances_moved=len(moved),
            instances_in_gap=sum(one.gap for one in instances),
            instances_losing_role=sum(one.move == "lost" for one in instances),
            instances_unknown=sum(one.move == "unknown" for one in instances)
            + sum(one.unknown_instances for one in bindings),
            outside=len({one for found in outside for one in found}) if self.live is not None else None,
        )


def _move(before: str | None, after: str | None, *, unknown: bool, deleted: bool) -> model.Move:
    if deleted:
        return "gone"
    if unknown:
        return "unknown"
    if before == after:
        return "same"
    if before is None:
        return "given"
    return "lost" if after is None else "swapped"


def _way(old: str | None, new: str | None) -> str:
    return f"{old or '-'} > {new or '-'}"


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value != UNKNOWN else None


def _by_urn(one: model.Change) -> str:
    return one.urn


def _differing(step: Step) -> tuple[str, ...]:
    """Names of the inputs that differ, where the engine gives no reasons."""
    if step.old is None or step.new is None or step.op == "same":
        return ()
    names = {*step.old.inputs, *step.new.inputs} - {"__provider"}
    return tuple(sorted(one for one in names if step.old.inputs.get(one) != step.new.inputs.get(one)))
