"""What the resources of a preview declare on one side, before or after, in the words of a review.

Names tie things together: an attachment names a role, a binding names instances. Where a name is not known before the
update, the property's dependencies tell which resource it comes from, if that leaves one answer; else it is unknown.

Accounts have no name here: a resource says how its account is reached (a profile, a role to assume). Two ways may lead
to one account; see :func:`_one_account` for when they are taken to. Ids of instances are unique in a cloud.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any, Literal

from pulumi_instance_role import data
from pulumi_instance_role.clouds.port import CUSTOM, SYSTEM
from pulumi_instance_role.review.facts import SHAPES
from pulumi_instance_role.review.native import settled
from pulumi_instance_role.review.permissions import account_in
from pulumi_instance_role.review.preview import SECRET, Preview, State, Step, is_unknown
from pulumi_instance_role.review.shape import Kind, Shape

Time = Literal["before", "after"]
READ = 280_000
"""Characters of documents, before and after together, that a review reads: 32 policies of the clouds' full size that
change, or more than 150 of a usual size. Reading and judging that takes a few seconds."""


@dataclass(frozen=True)
class Where:
    """Which account and region a resource lives in, as far as its inputs say."""

    cloud: str
    region: str | None
    profile: str | None
    assume_role_arn: str | None
    taken_for: str | None = None
    """The scope of another way that is taken to lead to the same account."""

    @property
    def scope(self) -> str:
        """The account in a key: things of two accounts are two things, whatever their names."""
        account = self.assume_role_arn or self.profile
        return self.taken_for or (f"{self.cloud}({account})" if account else self.cloud)


@dataclass(frozen=True)
class Declared:
    """One resource on one side. ``values`` has our words; what is not known is :data:`~.preview.UNKNOWN`."""

    step: Step
    shape: Shape
    where: Where
    values: Mapping[str, Any]
    state: State

    def text(self, word: str) -> str | None:
        """A known text; ``None`` when it is absent or not known."""
        value = self.values.get(word)
        return value if isinstance(value, str) and value and value != SECRET and not is_unknown(value) else None

    def unknown(self, word: str) -> bool:
        """Whether the value is there and not known before the update."""
        return is_unknown(self.values.get(word))

    def secret(self, word: str) -> bool:
        """Whether the value is there and not shown, because it is a secret."""
        return _masked(self.values.get(word))

    def edited(self, *words: str) -> bool:
        """Whether the step may change one of these values; where both sides are masked nobody can tell."""
        step = self.step
        if step.op in ("same", "read", "refresh"):
            return False
        names = {name for word in words for name in self.shape.names.get(word, ())}
        if step.reasons or step.replaced_by:
            return bool(names & {*step.reasons, *step.replaced_by})
        if step.old is None or step.new is None:
            return True
        old, new = step.old.inputs, step.new.inputs
        return any(old.get(name) != new.get(name) or _masked(old.get(name)) for name in names)

    def sources(self, *words: str) -> list[str]:
        """URNs of the resources that these values come from."""
        properties = [name for word in words for name in self.shape.names.get(word, ())]
        return sorted({urn for name in properties for urn in self.state.dependencies.get(name, ())})


class Side:
    """All that is declared at one time, by kind, with the keys under which it is spoken of."""

    def __init__(self, preview: Preview, time: Time, taken: Mapping[str, str] | None = None) -> None:
        """``taken`` is what :func:`_one_account` says of the preview, where that is known already."""
        self.preview = preview
        self.time = time
        self.found: dict[Kind, list[Declared]] = {}
        self._by_urn: dict[str, Declared] = {}
        self.taken = _one_account(preview) if taken is None else taken
        for step in preview.steps:
            one = _declared(step, time, self.taken)
            if one is not None:
                self.found.setdefault(one.shape.kind, []).append(one)
                self._by_urn[step.urn] = one
        self._roles_by_id = {one.state.id: one for one in self.of("role") if one.state.id}
        self._policies_by_id = {one.state.id: one for one in self.of("policy") if one.state.id}
        self._instance_of = {
            state.id: step
            for step in preview.steps
            if step.type in SHAPES and SHAPES[step.type].kind == "instance"
            for state in (step.old, step.new)
            if state is not None and state.id
        }
        self._policy_names = {
            (one.where.scope, name.casefold()) for one in self.of("policy", "pass_role") if (name := one.text("name"))
        }

    @cached_property
    def other(self) -> Side:
        """The same preview at the other time."""
        return Side(self.preview, "after" if self.time == "before" else "before", self.taken)

    def of(self, *kinds: Kind) -> Iterator[Declared]:
        """The resources of some kinds, in the order of the preview."""
        for kind in kinds:
            yield from self.found.get(kind, ())

    def get(self, urn: str) -> Declared | None:
        """The resource of that URN, if it is there at this time."""
        return self._by_urn.get(urn)

    # -- keys --------------------------------------------------------------------------------------------------
    def role_key(self, role: Declared) -> str:
        """The key of a role that is declared."""
        return role_key(role.where.scope, role.text("name") or role.step.urn)

    def role_of(self, one: Declared) -> str | None:
        """The key of the role that a resource names; ``None`` when it names none, or when it is not known."""
        name = one.text("role")
        if name is not None:
            return role_key(one.where.scope, name)
        by_id = self._roles_by_id.get(str(one.values.get("role_id")))
        source = by_id or self._source(one, "role", ("role", "role_id"))
        return None if source is None else self.role_key(source)

    def policy_key(self, policy: Declared) -> str:
        """The key of a policy that is declared."""
        return policy_key(policy.where.scope, CUSTOM, policy.text("name") or policy.step.urn)

    def policy_of(self, one: Declared) -> str | None:
        """The key of the policy that an attachment names; ``None`` when it is not known.

        An attachment that does not say which type it means is Custom when the policy is declared here, System when it
        is a system policy that some page lists, and of no type else.
        """
        name = one.text("policy")
        if name is not None:
            here = (one.where.scope, name.casefold()) in self._policy_names
            preset = name.casefold() in {each.casefold() for each in data.policy_names(one.where.cloud)}
            kind = one.text("type") or (CUSTOM if here else SYSTEM if preset else "")
            return policy_key(one.where.scope, kind, name)
        by_id = self._policies_by_id.get(str(one.values.get("policy_id")))
        source = by_id or self._source(one, "policy", ("policy", "policy_id"))
        return None if source is None else self.policy_key(source)

    def instance_key(self, one: Declared) -> str:
        """The key of an instance that is declared; one that is replaced keeps that of the old."""
        return _instance_key(one.step, one.where)

    def instances_of(self, binding: Declared) -> tuple[list[str], int]:
        """Keys of the instances that a binding names, and how many it names that are not known."""
        value = binding.values.get("instances")
        listed = value if isinstance(value, list) else [] if value is None else [value]
        known = [one for one in listed if isinstance(one, str) and not is_unknown(one)]
        missing = len(listed) - len(known)
        keys = [self.key_of_id(one, binding.where) for one in known]
        if missing:
            made = [
                source
                for urn in binding.sources("instances")
                if (source := self.get(urn)) and source.shape.kind == "instance" and source.state.id is None
            ]
            if len(made) == missing:
                return sorted({*keys, *(self.instance_key(one) for one in made)}), 0
        return sorted(set(keys)), missing

    def key_of_id(self, instance_id: str, where: Where) -> str:
        """The key of the instance of that id, whether this stack makes it or not."""
        step = self._instance_of.get(instance_id)
        return _instance_key(step, where) if step else f"{where.cloud}:instance/{instance_id}"

    def _source(self, one: Declared, kind: Kind, words: tuple[str, ...]) -> Declared | None:
        found = [
            source for urn in one.sources(*words) if (source := self.get(urn)) is not None and source.shape.kind == kind
        ]
        return found[0] if len(found) == 1 else None


def passed_over(before: Side, after: Side) -> frozenset[str]:
    """The policies, by URN, whose documents a review reads on neither side, so that it always ends.

    What the update changes comes first.
    """
    lengths: Counter[str] = Counter()
    same: dict[str, bool] = {}
    for one in (*before.of("policy", "pass_role"), *after.of("policy", "pass_role")):
        same[one.step.urn] = one.step.op == "same"
        lengths[one.step.urn] += len(written(one.values.get("document")))
    in_order = sorted(lengths, key=lambda urn: (same[urn], urn))
    upto = accumulate(lengths[urn] for urn in in_order)
    return frozenset(urn for urn, total in zip(in_order, upto, strict=True) if total > READ)


def written(document: object) -> str:
    """A document as text; one that is a text already, as it is."""
    return document if isinstance(document, str) else json.dumps(document, sort_keys=True, default=str)


def role_key(scope: str, name: str) -> str:
    """Role names are the same in either case (see ``clouds.port.same_role``), so keys are in one."""
    return f"{scope}:role/{name if name.startswith('urn:') else name.casefold()}"


def policy_key(scope: str, policy_type: str, name: str) -> str:
    """Policy names too are told apart whatever their case."""
    return f"{scope}:policy/{policy_type.casefold()}/{name if name.startswith('urn:') else name.casefold()}"


def _instance_key(step: Step, where: Where) -> str:
    known = (step.old and step.old.id) or (step.new and step.new.id) or step.urn
    return f"{where.cloud}:instance/{known}"


Change = Literal["unknown", "other"]
"""Whether a resource whose connection changes is after in another account: not known here, or it is."""


def reconnected(side: Side) -> Mapping[str, Change]:
    """The resources, by URN, that the update reaches in another way, which may lead to another account."""
    found: dict[str, Change] = {}
    for step, old, new in _moved(side.preview):
        same = _same_account(step, old, new)
        if same is not True:
            apart = side.taken.get(old.scope, old.scope) != side.taken.get(new.scope, new.scope)
            found[step.urn] = "other" if same is False or apart else "unknown"
    return found


def _one_account(preview: Preview) -> Mapping[str, str]:
    """Scope -> the scope that it is taken for, where two ways of reaching an account are taken to lead to one.

    They are where the update changes the way of one resource, and nobody knows here whether that changes the account;
    and where resources reach one instance in both ways. They are not where roles or policies of one name are declared
    in both at one time, because no account has two of them, nor where the names of roles to assume have two accounts.
    """
    states = (state for step in preview.steps for state in (step.old, step.new) if state is not None)
    if not any(bag.get(name) for state in states for bag in (state.inputs, state.outputs) for name in _WAYS):
        return {}
    groups: dict[str, frozenset[str]] = {}
    marks: dict[str, set[tuple[str, ...]]] = {}  # what an account has one of
    reached: dict[tuple[str, str], set[str]] = {}
    for time in _TIMES:
        for one in (_declared(step, time, {}) for step in preview.steps):
            if one is not None:
                scope = one.where.scope
                groups[scope] = frozenset({scope})
                marks.setdefault(scope, set()).update(_marks(one, time))
                for instance in _instances(one):
                    reached.setdefault((one.where.cloud, instance), set()).add(scope)
    pairs = {(old.scope, new.scope) for step, old, new in _moved(preview) if _same_account(step, old, new) is not False}
    pairs |= {pair for scopes in reached.values() for pair in pairwise(sorted(scopes))}
    for pair in sorted(pairs):
        one_, other = (groups[scope] for scope in pair)
        here, there = ({mark for scope in some for mark in marks[scope]} for some in (one_, other))
        if one_ != other and not _are_two(here, there):
            groups |= dict.fromkeys(one_ | other, one_ | other)
    return {scope: least for scope, some in groups.items() if (least := min(some, key=len)) != scope}


_WAYS = ("profile", "assume_role_arn")
_NUMBER = "number"


def _marks(one: Declared, time: Time) -> Iterator[tuple[str, ...]]:
    """What tells the account of a resource from others: its number, and the names that are declared at one time."""
    number = account_in(one.where.assume_role_arn or "")
    if number is not None:
        yield _NUMBER, number
    name = one.text("name")
    if name is not None and one.shape.kind in ("role", "policy", "pass_role"):
        yield time, "role" if one.shape.kind == "role" else "policy", name.casefold()


def _are_two(here: Set[tuple[str, ...]], there: Set[tuple[str, ...]]) -> bool:
    """Whether two ways lead to two accounts for sure."""
    numbers = {mark for mark in here | there if mark[0] == _NUMBER}
    return len(numbers) > 1 or any(mark[0] != _NUMBER for mark in here & there)


def _instances(one: Declared) -> list[str]:
    """Ids of the instances that a resource makes or names, as far as they are known."""
    listed = one.values.get("instances") if one.shape.kind == "binding" else None
    ids = [one.state.id] if one.shape.kind == "instance" else listed if isinstance(listed, list) else []
    return [id_ for id_ in ids if isinstance(id_, str) and not is_unknown(id_)]


_TIMES: tuple[Time, ...] = ("before", "after")


def _moved(preview: Preview) -> Iterator[tuple[Step, Where, Where]]:
    """The resources that the update changes and that stay in their cloud: where they are before and after."""
    for step in preview.steps:
        old, new = (_place(step, time) for time in _TIMES) if step.op in ("update", "replace") else (None, None)
        if old is not None and new is not None and old.cloud == new.cloud:
            yield step, old, new


def _same_account(step: Step, old: Where, new: Where) -> bool | None:
    """Whether a resource stays in its account; ``None`` is not known. The name of a role to assume has the account."""
    inputs = step.new.inputs if step.new else {}
    decided = not any(is_unknown(inputs.get(name)) for name in _WAYS)
    if decided and old.scope == new.scope:
        return True
    here, there = (account_in(one.assume_role_arn or "") for one in (old, new))
    return here == there if decided and here and there else None


def _shown(step: Step, time: Time) -> tuple[Shape, State, dict[str, Any]] | None:
    """A resource on one side: its shape, its state, and its properties; ``None`` where it is not there."""
    shape = SHAPES.get(step.type)
    state = step.old if time == "before" else step.new or (step.old if step.op in ("same", "refresh", "read") else None)
    if shape is None or state is None or (time == "after" and step.op == "delete"):
        return None
    # Before is what was seen last, so outputs count; after is what is declared.
    if time == "before" and shape.kind != "instance":
        return shape, state, {**state.inputs, **state.outputs}
    return shape, state, {**state.outputs, **state.inputs}


def _place(step: Step, time: Time) -> Where | None:
    shown = _shown(step, time)
    return _where(shown[0], shown[2]) if shown else None


def _where(shape: Shape, properties: Mapping[str, Any]) -> Where:
    region, profile, arn = (_text(properties.get(one)) for one in ("region", "profile", "assume_role_arn"))
    return Where(str(shape.cloud or properties.get("cloud")), region, profile, arn)


def _declared(step: Step, time: Time, taken: Mapping[str, str]) -> Declared | None:
    there = _shown(step, time)
    if there is None:
        return None
    shape, state, merged = there
    merged = settled(shape, merged, step, state, after=time == "after")
    values = {
        word: value
        for word, properties in shape.names.items()
        if (value := _readable(properties, merged, state)) is not None
    }
    where = _where(shape, merged)
    found = Declared(step, shape, replace(where, taken_for=taken.get(where.scope)), values, state)
    other = step.new if time == "before" else step.old
    masked = [word for word in values if found.secret(word) and not found.edited(word)]
    if other is not None and masked:  # what does not change can be read on either side
        bag = {**other.outputs, **other.inputs}
        shown = {word: _readable(shape.names[word], bag, other) for word in masked}
        found = replace(found, values={**values, **{word: one for word, one in shown.items() if one is not None}})
    return found


def _readable(properties: tuple[str, ...], merged: Mapping[str, Any], state: State) -> Any:
    """The first of these properties that is there; one that is masked on one side only is taken from the other."""
    for name in properties:
        found = merged.get(name)
        if found is None:
            continue
        if _masked(found):
            shown = (bag[name] for bag in (state.inputs, state.outputs) if bag.get(name) is not None)
            return next((one for one in shown if not _masked(one) and not is_unknown(one)), found)
        return found
    return None


def _masked(value: Any) -> bool:
    """Whether the value, or a part of it, is a secret that the engine does not show."""
    if isinstance(value, str):
        return value == SECRET
    if isinstance(value, Mapping):
        return any(map(_masked, value.values()))
    return isinstance(value, (list, tuple)) and any(map(_masked, value))


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value and not is_unknown(value) else None
