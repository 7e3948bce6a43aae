"""The picture: roles, policies, instances and what ties them, before and after, from one preview."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from pulumi_instance_role.language import listing, pair, plural, say, template
from pulumi_instance_role.policy.grants import understood
from pulumi_instance_role.policy.work import Work, resumed
from pulumi_instance_role.review import causes, model, permissions, words
from pulumi_instance_role.review.declared import Declared, Side
from pulumi_instance_role.review.facts import limits
from pulumi_instance_role.review.native import note
from pulumi_instance_role.review.preview import UNKNOWN, Preview, Step
from pulumi_instance_role.review.roles import GONE, Live, PolicySeen, World, kept
from pulumi_instance_role.review.sizes import COUNTING, size

BEFORE = pair(
    "{policies}: comparing with before takes too long; all that it allows is listed",
    "{policies}: comparing with before takes too long; all that they allow is listed",
)
AFTER = pair(
    "{policies}: comparing with after takes too long; all that it allows is listed",
    "{policies}: comparing with after takes too long; all that they allow is listed",
)
MAY_ASSUME = template("whether the trust policy of role {name} lets instances assume it is not known")
MAY_HAVE_ASSUMED = template("whether the trust policy of role {name} let instances assume it before is not known")
UNSEEN = template("which role is held before is not known, because the preview failed before it came to what goes")
LABOUR = 220_000
"""Steps for comparing all permissions of a preview; see ``policy.work``. More than it takes to compare 100 policies of
a usual size, all edited."""


@dataclass(frozen=True)
class Difference:
    """From one role before to one after: what is gained and lost, and what of that cannot be read."""

    gained: tuple[model.Grant, ...] = ()
    lost: tuple[model.Grant, ...] = ()
    gained_unknown: tuple[model.Unread, ...] = ()
    lost_unknown: tuple[model.Unread, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.gained or self.lost or self.gained_unknown or self.lost_unknown)

    @property
    def alike(self) -> tuple[object, ...]:
        """The same for two differences that are the same for an instance, wherever they come from."""
        bare = (tuple(replace(one, policies=()) for one in grants) for grants in (self.gained, self.lost))
        blank = (
            tuple((one.why, one.policy, one.text) for one in found)
            for found in (self.gained_unknown, self.lost_unknown)
        )
        return (*bare, *blank)


class Picture:
    """Both sides, and what lies between them. ``compared`` and ``counted`` are the work that this took."""

    def __init__(
        self,
        preview: Preview,
        live: Live | None = None,
        *,
        worlds: tuple[World, World] | None = None,
        labour: int = LABOUR,
    ) -> None:
        self.preview = preview
        self.live = live
        self.compared = Work(labour)
        self.counted = Work(COUNTING)
        if worlds is None:
            side = Side(preview, "before")
            before = World(side, live)
            worlds = before, World(side.other, live, before)
        self.before, self.after = worlds
        self._differences: dict[tuple[str | None, str | None], Difference] = {}
        self._renamed = self._renames()
        self._released = self._known_to_be_gone()

    def review(self) -> model.Review:
        """The review, before any rule has judged it."""
        instances, transitions, groups = self._instances()
        named = {*self.before.roles, *self.after.roles} - set(self._renamed.values())
        roles = tuple(self._role(key) for key in sorted(named))
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
            blast=self._blast(roles, instances, groups, bindings),
            roles=roles,
            policies=tuple(self._policy(key) for key in sorted({*self.before.policies, *self.after.policies})),
            groups=groups,
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
            asked = say("Nothing was asked of the cloud")
            if self.preview.ran:
                asked = say(
                    "The review itself asked nothing of the cloud; the preview that it ran may have looked there"
                )
            found.append(
                say(
                    "{asked}: permissions that other stacks put on these roles, and instances elsewhere that hold "
                    "them, are not shown. --live looks.",
                    asked=asked,
                )
            )
        clouds = len({one.cloud for one in roles}) > 1
        foreign = sorted({words.called(one, cloud=clouds) for one in roles if one.urn is None})
        if foreign and self.live is None:
            found.append(say("Declared elsewhere, so known in part: {roles}.", roles=listing(foreign)))
        return tuple(found)

    def _known_to_be_gone(self) -> frozenset[str]:
        """Keys of instances that the cloud does not have any more: it says so now, or said so at the last refresh."""
        live, side = self.live or Live(), self.before.side
        found = {
            side.key_of_id(str(one), binding.where)
            for binding in side.of("binding")
            if isinstance(drift := binding.state.outputs.get("drift"), Mapping)
            for one, kind in drift.items()
            if kind == GONE
        }
        return (frozenset(found) - live.held.keys()) | live.gone

    # -- roles and policies ------------------------------------------------------------------------------------
    def _renames(self) -> dict[str, str]:
        """Key of a role after -> key of the one of another name that the same resource was before."""
        was = {one.declared.step.urn: key for key, one in self.before.roles.items() if one.declared is not None}
        now = {one.declared.step.urn: key for key, one in self.after.roles.items() if one.declared is not None}
        pairs = {key: was[urn] for urn, key in now.items() if urn in was and was[urn] != key}
        return {new: old for new, old in pairs.items() if old not in now.values() and self.before.found(new) is None}

    def _difference(self, old: str | None, new: str | None, cloud: str) -> Difference:
        if limits(cloud) is None:
            return Difference()
        if (old, new) not in self._differences:
            before, after = self.before, self.after
            # A policy that can be read before and not after may stay as it is: then nothing of it is surely lost.
            blank = {one.policy for one in after.blanks(new).values()}
            kept_ = {key: one for key, one in before.documents(old).items() if key in blank}
            with resumed(self.compared):
                gained, lost = permissions.difference(before.holdings(old, cloud), after.holdings(new, cloud, kept_))
            was, now = before.blanks(old), after.blanks(new)
            more = [one for mark, one in now.items() if mark not in was]
            less = [one for mark, one in was.items() if mark not in now]
            self._differences[old, new] = Difference(
                gained,
                lost,
                permissions.in_order((*more, *_unsure(gained, after, before, BEFORE))),
                permissions.in_order((*less, *_unsure(lost, before, after, AFTER))),
            )
        return self._differences[old, new]

    def _role(self, key: str) -> model.Role:
        seen = self.after.roles.get(key) or self.before.roles[key]
        was = self._renamed.get(key, key)
        declared = next(
            (one.declared for one in (self.after.roles.get(key), self.before.roles.get(was)) if one and one.declared),
            None,
        )
        before, after = self.before.found(was), self.after.found(key)
        found = self._difference(was if before else None, key if after else None, seen.where.cloud)
        old_trust, new_trust = (side.trust if side else () for side in (before, after))
        known = old_trust is not None and new_trust is not None
        outside = foreign = None
        if self.live is not None and was in self.live.holders:
            ours = {one.rpartition("/")[2] for world in (self.before, self.after) for one in world.instances}
            outside = tuple(sorted(set(self.live.holders[was]) - ours))
        if self.live is not None and declared is not None and was in self.live.attachments and before is not None:
            mine = {one for world, name in ((self.before, was), (self.after, key)) for one in self._ours(world, name)}
            foreign = tuple(one for one in before.policies if one not in mine)
        return model.Role(
            key=key,
            cloud=seen.where.cloud,
            name=(declared.text("name") if declared else None) or seen.name,
            urn=declared.step.urn if declared else None,
            op=declared.step.op if declared else None,
            before=before,
            after=after,
            renamed_from=was if was != key else None,
            gained=found.gained,
            lost=found.lost,
            gained_unknown=found.gained_unknown,
            lost_unknown=found.lost_unknown,
            foreign=foreign,
            trust_gained=permissions.trusted(old_trust, new_trust) if known else (),
            trust_lost=permissions.trusted(new_trust, old_trust) if known else (),
            outside=outside,
        )

    def _ours(self, world: World, key: str) -> set[str]:
        role = world.roles.get(key)
        return role.ours if role else set()

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
    def _instances(
        self,
    ) -> tuple[tuple[model.Instance, ...], tuple[model.Transition, ...], tuple[model.Group, ...]]:
        found: dict[str, model.Instance] = {}
        ways: dict[str, list[model.Instance]] = {}
        declared = {
            side.instance_key(one): one for side in (self.before.side, self.after.side) for one in side.of("instance")
        }
        for key in sorted({*self.before.instances, *self.after.instances}):
            one = self._instance(key, declared.get(key))
            found[key] = one
            if one.transition is not None:
                ways.setdefault(one.transition, []).append(one)
        transitions = [self._transition(key, members) for key, members in sorted(ways.items())]
        groups = self._groups(transitions, ways)
        transitions += self._to_come()
        group_of = {key: group.key for group in groups for key in group.instances}
        instances = tuple(replace(one, group=group_of.get(key)) for key, one in found.items())
        return instances, tuple(transitions), groups

    def _transition(self, key: str, members: list[model.Instance]) -> model.Transition:
        one = members[0]
        gone = one.move == "gone"
        change = self._passage(one.role_before, None if gone else one.role_after, one.cloud)
        more = change.gained_unknown
        if one.role_unknown:
            text = say("the role it will hold is not known before the update")
            more = (*more, model.Unread("decided", None, "", text))
        # A role that is not known may be the same as before: then nothing is surely lost.
        lost = () if one.role_unknown else change.lost
        less = () if one.role_unknown else change.lost_unknown
        if one.move == "unseen":
            # What it held may be this very role; and what else it held is lost, if it held another.
            doubt = model.Unread("unseen", None, "", say(UNSEEN))
            more, less = (*more, doubt), (*less, doubt)
        if one.role_before != one.role_after and not gone:
            more = (*more, *self._elsewhere(self.after, one.role_after))
            less = (*less, *self._elsewhere(self.before, one.role_before))
        return model.Transition(
            key=key,
            cloud=one.cloud,
            role_before=one.role_before,
            role_after=one.role_after,
            gained=change.gained,
            lost=lost,
            gained_unknown=more,
            lost_unknown=less,
            instances=tuple(each.key for each in members),
        )

    def _to_come(self) -> Iterable[model.Transition]:
        """What instances gain that nobody knows yet: those that a template starts, and those that a binding is given
        without their ids being known."""
        before, after = self.before.side, self.after.side
        found: set[tuple[str, str, str | None]] = set()
        for one in (*after.of("template"), *after.of("binding")):
            role, was = after.role_of(one), before.get(one.step.urn)
            stays = one.step.op in ("same", "read", "refresh")
            if role is None or (stays and one.shape.kind == "binding"):
                continue
            old = role if stays else before.role_of(was) if was is not None else None
            if one.shape.kind == "binding":
                ids, missing = after.instances_of(one)
                let_go = set(before.instances_of(was)[0] if was is not None else ()) - set(ids)
                if missing <= (len(let_go) if old == role else 0):
                    continue  # there are none, or they may be those that had it
                old = None
            found.add((one.where.cloud, role, old))
        for cloud, role, old in sorted(found, key=lambda one: (*one[:2], one[2] or "")):
            change = self._passage(old, role, cloud)
            if old == role and not change and self.before.shut_out(role) is self.after.shut_out(role):
                continue
            elsewhere = self._elsewhere(self.after, role) if old != role else ()
            yield model.Transition(
                key=f"{_way(old, role, 'given')} (to come)",
                cloud=cloud,
                role_before=old,
                role_after=role,
                gained=change.gained,
                lost=change.lost,
                gained_unknown=(*change.gained_unknown, *elsewhere),
                lost_unknown=change.lost_unknown,
                instances=(),
            )

    def _passage(self, old: str | None, new: str | None, cloud: str) -> Difference:
        """What changes for who has one role before and one after.

        Where nobody knows whether instances may assume a role, nothing is surely gained or lost with it.
        """
        before, after = self._usable(old, new)
        change = self._difference(before, after, cloud)
        more, less = change.gained_unknown, change.lost_unknown
        if change.gained and self.after.may_let_in(new):
            more = (*more, _trusted(self.after, new, MAY_ASSUME))
        if change.lost and self.before.may_let_in(old):
            less = (*less, _trusted(self.before, old, MAY_HAVE_ASSUMED))
        return replace(change, gained_unknown=more, lost_unknown=less)

    def _usable(self, old: str | None, new: str | None) -> tuple[str | None, str | None]:
        """The roles before and after that give credentials to who holds them.

        One whose trust policy shuts instances out gives none. Where that is so before and after, or for an instance
        that had no role, what the role allows is told all the same: the trust policy is easily put right.
        """
        shut = self.before.shut_out(old), self.after.shut_out(new)
        if shut == (True, False):
            return None, new
        return old, None if shut == (False, True) and old is not None else new

    def _elsewhere(self, world: World, key: str | None) -> tuple[model.Unread, ...]:
        """What a role allows that is declared elsewhere, where nobody asked the cloud: nobody knows."""
        role = world.roles.get(key or "")
        asked = self.live is not None and key in self.live.attachments
        if role is None or role.declared is not None or role.exists or asked:
            return ()
        text = say("what role {role} allows is not known here: it is declared elsewhere; --live asks", role=role.name)
        return (model.Unread("opaque", None, "", text),)

    def _groups(
        self, transitions: Iterable[model.Transition], ways: dict[str, list[model.Instance]]
    ) -> tuple[model.Group, ...]:
        alike: dict[tuple[str, model.Move, tuple[object, ...]], list[model.Transition]] = {}
        for way in transitions:
            move = ways[way.key][0].move
            change = Difference(way.gained, way.lost, way.gained_unknown, way.lost_unknown)
            if change or move != "same":
                alike.setdefault((way.cloud, move, change.alike), []).append(way)
        found = []
        for (cloud, move, _), same in alike.items():
            first = same[0]
            found.append(
                model.Group(
                    key=f"group {first.key}",
                    cloud=cloud,
                    move=move,
                    instances=tuple(sorted(key for way in same for key in way.instances)),
                    transitions=tuple(way.key for way in same),
                    gained=_together([way.gained for way in same]),
                    lost=_together([way.lost for way in same]),
                    gained_unknown=first.gained_unknown,
                    lost_unknown=first.lost_unknown,
                    gained_size=self._size(first.gained, first.cloud),
                    lost_size=self._size(first.lost, first.cloud),
                    causes=causes.of(self.before, self.after, self._renamed, same, [ways[way.key] for way in same]),
                )
            )
        return tuple(sorted(found, key=_harm))

    def _size(self, grants: tuple[model.Grant, ...], cloud: str) -> model.Size:
        with resumed(self.counted):
            return size(words.sure(grants), cloud)

    def _instance(self, key: str, declared: Declared | None) -> model.Instance:
        old, new = self.before.instances.get(key), self.after.instances.get(key)
        step = declared.step if declared else None
        where = (self.after.places.get(key) or self.before.places.get(key)) if not declared else declared.where
        assert where is not None
        role_before = old.role if old else None
        role_after = new.role if new else None
        unknown = bool(new and new.unknown)
        deleted = (step is not None and step.op == "delete") or (key in self._released and not (role_after or unknown))
        if deleted:
            role_after = None
        unseen = self._unseen(key, step)
        move = _move(role_before, role_after, unknown=unknown, deleted=deleted, unseen=unseen)
        way = _way(role_before, role_after, move) if role_before or role_after or unknown else None
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
            before_unknown=unseen or bool(old and old.guessed),
            gap=move == "swapped" and not in_place and (step is None or step.op not in ("create", "replace")),
            transition=way,
            group=None,
            bindings=tuple(sorted({*(old.by if old else ()), *(new.by if new else ())})),
        )

    def _unseen(self, key: str, step: Step | None) -> bool:
        """Whether what an instance holds before is not known, because the preview failed: what is to be deleted is the
        last that an engine looks for, so a binding that left the program is not in it."""
        held = self.before.instances.get(key)
        told = held is not None and (held.role is not None or held.by)
        asked = self.live is not None and (key in self.live.held or key in self.live.gone)
        return self.preview.failed and not told and not asked and (step is None or step.op != "create")

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
        self,
        roles: tuple[model.Role, ...],
        instances: tuple[model.Instance, ...],
        groups: tuple[model.Group, ...],
        bindings: tuple[model.Binding, ...],
    ) -> model.Blast:
        staying = [one for one in groups if one.move != "gone"]

        def counted(name: str) -> int:
            return sum(len(one.instances) for one in staying if getattr(one, name))

        def surely(name: str) -> int:
            sides = ((one, getattr(one, name), getattr(one, f"{name}_unknown")) for one in staying)
            return sum(len(one.instances) for one, found, unknown in sides if words.surely(found, unknown))

        permits = [one for one in roles if one.gained or one.lost or one.gained_unknown or one.lost_unknown]
        changed = [one for one in roles if one in permits or one.trust_gained or one.trust_lost]
        outside = [one.outside for one in changed if one.outside is not None]
        moves = Counter(one.move for one in instances)
        return model.Blast(
            roles_changed=len(changed),
            roles_gaining=sum(bool(one.gained or one.gained_unknown) for one in roles),
            roles_losing=sum(bool(one.lost or one.lost_unknown) for one in roles),
            roles_more_trusted=sum(bool(one.trust_gained) and one.before is not None for one in roles),
            instances=len(instances),
            instances_touched=sum(len(one.instances) for one in groups),
            instances_gaining=surely("gained"),
            instances_losing=surely("lost"),
            instances_gaining_unknown=counted("gained_unknown"),
            instances_losing_unknown=counted("lost_unknown"),
            instances_gone=moves["gone"],
            instances_moved=sum(moves[one] for one in ("given", "lost", "swapped", "unknown")),
            instances_in_gap=sum(one.gap for one in instances),
            instances_losing_role=moves["lost"],
            instances_unknown=moves["unknown"] + sum(one.unknown_instances for one in bindings),
            outside=len({one for found in outside for one in found}) if self.live is not None else None,
        )


def _together(found: list[tuple[model.Grant, ...]]) -> tuple[model.Grant, ...]:
    """Lists of permissions that say the same, as one, with the policies of all."""
    return tuple(
        replace(same[0], policies=tuple(sorted({key for one in same for key in one.policies})))
        for same in zip(*found, strict=True)
    )


def _harm(one: model.Group) -> tuple[object, ...]:
    """What is gained first, the most first; then what is lost; then roles that change their name only."""
    more, less = one.gained_size, one.lost_size
    return (
        not (one.gained or one.gained_unknown),
        not more.everything,
        not words.dark(one.gained_unknown),
        -sum(each.permissions for each in more.services),
        -sum(each.write + each.unlisted for each in more.services),
        one.move != "lost",
        not (one.lost or one.lost_unknown),
        not less.everything,
        -len(one.instances),
        one.key,
    )


def _move(before: str | None, after: str | None, *, unknown: bool, deleted: bool, unseen: bool) -> model.Move:
    if deleted:
        return "gone"
    if unknown:
        return "unknown"
    if before == after:
        return "same"
    if unseen:
        return "unseen"
    if before is None:
        return "given"
    return "lost" if after is None else "swapped"


def _way(old: str | None, new: str | None, move: model.Move) -> str:
    end = "(deleted)" if move == "gone" else "?" if move == "unknown" else new or "-"
    return f"{'?' if move == 'unseen' else old or '-'} > {end}"


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value != UNKNOWN else None


def _by_urn(one: model.Change) -> str:
    return one.urn


def _differing(step: Step) -> tuple[str, ...]:
    """Names of the inputs that differ, where the engine gives no reasons."""
    if step.old is None or step.new is None or step.op == "same":
        return ()
    names = {*step.old.inputs, *step.new.inputs} - {"__provider", "meant", "ended_first"}
    return tuple(sorted(one for one in names if step.old.inputs.get(one) != step.new.inputs.get(one)))


def _trusted(world: World, role: str | None, text: str) -> model.Unread:
    """That nobody knows whether a role's trust policy lets instances assume it."""
    return model.Unread("trust", None, "", say(text, name=world.roles[str(role)].name))


def _unsure(found: Iterable[model.Grant], world: World, other: World, texts: tuple[str, str]) -> Iterable[model.Unread]:
    """Permissions of which it could not be told whether they are new (or lost), by where they come from.

    They are allowed in ``world``; what denied them on the ``other`` side may be what is not understood.
    """
    for policies in sorted({one.policies for one in found if not one.compared}):
        labels = [world.policies[key].label for key in policies if key in world.policies]
        named = words.some(labels) or say("a policy")
        text = plural(*texts, len(labels) or 1, policies=named)
        yield model.Unread("uncompared", policies[0] if len(policies) == 1 else None, "", text)
    for policies in sorted({one.policies for one in found if not one.named}):
        labels = [world.policies[key].label for key in policies if key in world.policies]
        text = say(
            "whether {policies} on * is about more than every resource with a name is not known",
            policies=words.some(labels) or say("a policy"),
        )
        yield model.Unread("unnamed", policies[0] if len(policies) == 1 else None, "", text)
    for one in found:
        for key in one.policies if not one.understood else ():
            if key in world.policies:
                yield from _part(world.policies[key], one)
            if key in other.policies:
                yield from _part(other.policies[key], one, denials=True)


def _part(policy: PolicySeen, grant: model.Grant, *, denials: bool = False) -> Iterable[model.Unread]:
    """The conditions of a policy (or of its denials alone) that are not understood, and on which a permission hangs."""
    known, document = limits(policy.where.cloud), policy.document
    if known is None or document is None:
        return
    language, hangs = known.language, {(one.operator, one.key) for one in grant.conditions}
    for statement in document.statements:
        for one in statement.conditions if not (denials and statement.allows) else ():
            if (one.operator, one.key) in hangs and not understood(one, language):
                where = f"{language.statement_key}[{statement.place}].{language.condition_key}.{one.operator}"
                actions = words.some(statement.actions)
                if statement.excepts_actions:
                    actions = say("all but {actions}", actions=actions)
                what = say("{actions} on {resources}", actions=actions, resources=words.some(statement.resources))
                says = say("allows {what}", what=what) if statement.allows else say("denies {what}", what=what)
                text = say(
                    "{place} of {policy} is not understood (it {says})", place=where, policy=policy.label, says=says
                )
                yield model.Unread("part", policy.key, where, text)
