"""What a program declares, as a value, and the changes a person may make to it from one up to the next.

Every declaration here is valid: names are unique, an instance is in one binding at most, references lead somewhere.
So an up that meets no trouble has no excuse. A reference is the resource's name; what is sent is the cloud's name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tests.soak.words import DOCUMENTS, USERS, WORDS, Words

TEAM_ROLES = ("team-batch", "team-web")
"""Roles that somebody else made. A program may adopt them; they must be there, unchanged, for ever."""
MOST = 5
"""Things of one kind in a declaration."""

Props = dict[str, Any]


@dataclass(frozen=True)
class Role:
    """An InstanceRole."""

    name: str
    description: str | None = None
    hours: int | None = None
    tags: tuple[tuple[str, str], ...] = ()
    trusts_more: bool = False  # than the instance service
    adopt: bool = False

    @property
    def foreign(self) -> bool:
        """Whether somebody else made it."""
        return self.name in TEAM_ROLES


@dataclass(frozen=True)
class Policy:
    """A RolePolicy."""

    name: str
    document: int
    tags: tuple[tuple[str, str], ...] = ()
    adopt: bool = False


@dataclass(frozen=True)
class Attachment:
    """A RolePolicyAttachment: a system policy, or a custom one by its resource."""

    role: str
    policy: str

    @property
    def system(self) -> bool:
        """Whether the policy is the cloud's own."""
        return any(self.policy in words.system_policies for words in WORDS.values())


@dataclass(frozen=True)
class Binding:
    """An InstanceRoleBinding."""

    role: str
    instances: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Grant:
    """A PassRoleGrant: a user, and roles by their resources."""

    name: str
    user: str
    roles: frozenset[str]
    narrowed: bool = False  # to the instances of the program's region


@dataclass(frozen=True)
class Program:
    """A whole declaration. ``serial`` numbers what is made, so that no name is used twice.

    ``replace_foreign`` is for programs that adopt a role of others, or did: when a binding of such a role ends in the
    same up in which another binding takes its instances over, nothing tells the provider that the stack had put the
    role there (an old resource is shown to it only when it is deleted), so the program has to allow it.
    """

    roles: Mapping[str, Role] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    attachments: Mapping[str, Attachment] = field(default_factory=dict)
    bindings: Mapping[str, Binding] = field(default_factory=dict)
    grants: Mapping[str, Grant] = field(default_factory=dict)
    cloud: str = "alibaba"
    serial: int = 0
    replace_foreign: bool = False

    def resources(self) -> Iterator[tuple[str, str, Props]]:
        """Resource, resource name and inputs of everything declared, in the order of dependencies."""
        for kind, name, inputs in self._resources():
            yield kind, name, {"cloud": self.cloud, **inputs}

    @property
    def words(self) -> Words:
        """The cloud's."""
        return WORDS[self.cloud]

    def services(self, role: Role) -> list[str]:
        """Who may assume a role."""
        words = self.words
        return [words.service, words.other_service] if role.trusts_more else [words.service]

    def _resources(self) -> Iterator[tuple[str, str, Props]]:
        conflict = "replace" if self.replace_foreign else "fail"
        for name, role in self.roles.items():
            yield "InstanceRole", name, {**_role_inputs(role), "trusted_services": self.services(role)}
        for name, policy in self.policies.items():
            yield "RolePolicy", name, _policy_inputs(policy, self.words)
        for name, attached in self.attachments.items():
            kind = "System" if attached.system else "Custom"
            inputs = {"role": self.roles[attached.role].name, "policy": self.policy_name(attached), "policy_type": kind}
            yield "RolePolicyAttachment", name, inputs
        for name, binding in self.bindings.items():
            role_name = self.roles[binding.role].name
            bound = {"role": role_name, "instance_ids": sorted(binding.instances)}
            yield "InstanceRoleBinding", name, {**bound, "on_conflict": conflict}
        for name, grant in self.grants.items():
            roles = sorted(self.roles[key].name for key in grant.roles)
            regions = ["eu-frankfurt"] if grant.narrowed else None
            yield "PassRoleGrant", name, {"name": grant.name, "user": grant.user, "roles": roles, "regions": regions}

    def policy_name(self, attached: Attachment) -> str:
        """The cloud's name of an attached policy."""
        return attached.policy if attached.system else self.policies[attached.policy].name


@dataclass(frozen=True)
class Change:
    """A change, and what it is about: numbers that pick among what there is, and instances."""

    kind: str
    first: int = 0
    second: int = 0
    instances: frozenset[int] = frozenset()

    def of(self, program: Program, instances: list[str]) -> Program:
        """The program after this change; the same where it has nothing to change."""
        chosen = frozenset(instances[index % len(instances)] for index in self.instances) if instances else frozenset()
        return CHANGES[self.kind](program, self.first, self.second, chosen)


def _add_role(program: Program, first: int, second: int, chosen: frozenset[str]) -> Program:
    if len(program.roles) >= MOST:
        return program
    key, program = _numbered(program, "role")
    return _with_role(program, key, Role(f"app-{program.serial}", description=_text(first), hours=_hours(second)))


def _adopt_role(program: Program, first: int, second: int, chosen: frozenset[str]) -> Program:
    team = TEAM_ROLES[first % len(TEAM_ROLES)]
    if any(role.name == team for role in program.roles.values()):
        return program
    key, program = _numbered(program, "adopted")
    return _with_role(replace(program, replace_foreign=True), key, Role(team, adopt=True))


def _edit_role(program: Program, first: int, second: int, chosen: frozenset[str]) -> Program:
    key = _pick([key for key, role in program.roles.items() if not role.foreign], first)
    if key is None:
        return program
    tags = tuple((f"key-{n}", str(second)) for n in range(second % 3))
    edited = replace(
        program.roles[key], description=_text(second), hours=_hours(first), tags=tags, trusts_more=bool(second % 2)
    )
    return _with_role(program, key, edited)


def _rename_role(program: Program, first: int, second: int, chosen: frozenset[str]) -> Program:
    """Another name in the cloud: the role is replaced, and everything about it follows."""
    key = _pick([key for key, role in program.roles.items() if not role.foreign], first)
    if key is None:
        return program
    _, program = _numbered(program, "role")
    return _with_role(program, key, replace(program.roles[key], name=f"app-{program.serial}"))


def _rehome_role(program: Program, first: int, second: int, chosen: frozenset[str]) -> Program:
    """Another resource for the same role, without an alias."""
    key = _pick(program.roles, first)
    if key is None:
        return program
    new, program = _numbered(program, "role")
    roles = _moved(program.roles, key, new, replace(program.roles[key], adopt=True))
    attachments = {n: replace(a, role=new) if a.role == key else a for n, a in program.attachments.items()}
    bindings = {n: replace(b, role=new) if b.role == key else b for n, b in program.bindings.items()}
    grants = {n: _passing(g, {key}, {new}) if key in g.roles else g for n, g in program.grants.items()}
    return replace(program, roles=roles, attachments=attachments, bindings=bindings, grants=grants)


def _drop_role(program: Program, first: int, second: int, chosen: frozenset[str]) -> Program:
    key = _pick(program.roles, first)
    if key is None:
        return program
    grants = {n: _passing(one, {key}, set()) for n, one in program.grants.items()}
    return replace(
        program,
        grants={n: one for n, one in grants.items() if one.roles},
        roles={n: one for n, one in program.roles.items() if n != key},
        attachments={n: one for n, one in program.attachments.items() if one.role != key},
        bindings={n: one for n, one in program.bindings.items() if one.role != key},
    )


def _add_policy(program: Program, first: int, second: int, chosen: frozenset[str]) -> Program:
    if len(program.policies) >= MOST:
        return program
    key, program = _numbered(program, "policy")
    policy = Policy(f"may-{program.serial}", first % DOCUMENTS)
    return replace(program, policies={**program.policies, key: policy})


def _edit_policy(program: Program, first: int, second: int, chosen: frozenset[str]) -> Program:
    key = _pick(program.policies, first)
    if key is None:
        return program
    tags = tuple((f"key-{n}", str(second)) for n in range(second % 3))
    edited = replace(program.policies[key], document=second % DOCUMENTS, tags=tags)
    return replace(program, policies={**program.policies, key: edited})


def _rename_policy(program: Program, first: int, second: int, chosen: frozenset[str]) -> Program:
    key = _pick(program.policies, first)
    if key is None:
        return program
    _, program = _numbered(program, "policy")
    renamed = replace(program.policies[key], name=f"may-{program.serial}")
    return replace(program, policies={**program.policies, key: renamed})


def _rehome_policy(program: Program, first: int, second: int, chosen: frozenset[str]) -> Program:
    key = _pick(program.policies, first)
    if key is None:
        return program
    new, program = _numbered(program, "policy")
    policies = _moved(program.policies, key, new, replace(program.policies[key], adopt=True))
    attachments = {n: replace(a, policy=new) if a.policy == key else a for n, a in program.attachments.items()}
    return replace(program, policies=policies, attachments=attachments)


def _drop_policy(program: Program, first: int, second: int, chosen: frozenset[str]) -> Program:
    key = _pick(program.policies, first)
    return replace(
        program,
        policies={n: one for n, one in program.policies.items() if n != key},
        attachments={n: one for n, one in program.attachments.items() if one.policy != key},
    )


def _attach(program: Program, first: int, second: int, chosen: frozenset[str]) -> Program:
    role = _pick(program.roles, first)
    policy = _pick([*program.policies, *program.words.system_policies], second)
    if role is None or policy is None or Attachment(role, policy) in program.attachments.values():
        return program
    key, program = _numbered(program, "attachment")
    return replace(program, attachments={**program.attachments, key: Attachment(role, policy)})


def _rename_attachment(program: Program, first: int, second: int, chosen: frozenset[str]) -> Program:
    key = _pick(program.attachments, first)
    if key is None:
        return program
    new, program = _numbered(program, "attachment")
    return replace(program, attachments=_moved(program.attachments, key, new, program.attachments[key]))


def _detach(program: Program, first: int, second: int, chosen: frozenset[str]) -> Program:
    key = _pick(program.attachments, first)
    return replace(program, attachments={n: one for n, one in program.attachments.items() if n != key})


def _bind(program: Program, first: int, second: int, chosen: frozenset[str]) -> Program:
    """A new binding; instances that others have move to it."""
    role = _pick(program.roles, first)
    if role is None or len(program.bindings) >= MOST:
        return program
    key, program = _numbered(program, "binding")
    return _give(replace(program, bindings={**program.bindings, key: Binding(role)}), key, chosen)


def _move_instances(program: Program, first: int, second: int, chosen: frozenset[str]) -> Program:
    key = _pick(program.bindings, first)
    return program if key is None else _give(program, key, chosen)


def _remove_instances(program: Program, first: int, second: int, chosen: frozenset[str]) -> Program:
    return without_instances(program, chosen)


def _change_bound_role(program: Program, first: int, second: int, chosen: frozenset[str]) -> Program:
    key, role = _pick(program.bindings, first), _pick(program.roles, second)
    if key is None or role is None:
        return program
    return replace(program, bindings={**program.bindings, key: replace(program.bindings[key], role=role)})


def _exchange_roles(program: Program, first: int, second: int, chosen: frozenset[str]) -> Program:
    """Two bindings exchange their roles: every instance of both is replaced."""
    one, other = _pick(program.bindings, first), _pick(program.bindings, second)
    if one is None or other is None:
        return program
    left, right = program.bindings[one], program.bindings[other]
    exchanged = {one: replace(left, role=right.role), other: replace(right, role=left.role)}
    return replace(program, bindings={**program.bindings, **exchanged})


def _rename_binding(program: Program, first: int, second: int, chosen: frozenset[str]) -> Program:
    key = _pick(program.bindings, first)
    if key is None:
        return program
    new, program = _numbered(program, "binding")
    return replace(program, bindings=_moved(program.bindings, key, new, program.bindings[key]))


def _unbind(program: Program, first: int, second: int, chosen: frozenset[str]) -> Program:
    key = _pick(program.bindings, first)
    return replace(program, bindings={n: one for n, one in program.bindings.items() if n != key})


def _grant(program: Program, first: int, second: int, chosen: frozenset[str]) -> Program:
    role = _pick(program.roles, first)
    if role is None or len(program.grants) >= MOST:
        return program
    key, program = _numbered(program, "grant")
    made = Grant(f"pass-{program.serial}", USERS[second % len(USERS)], frozenset((role,)), bool(first % 2))
    return replace(program, grants={**program.grants, key: made})


def _edit_grant(program: Program, first: int, second: int, chosen: frozenset[str]) -> Program:
    """One role more or less, or another user: then the grant is replaced."""
    key, role = _pick(program.grants, first), _pick(program.roles, second)
    if key is None or role is None:
        return program
    grant = program.grants[key]
    edited = _passing(grant, {role}, set()) if role in grant.roles else _passing(grant, set(), {role})
    if not edited.roles or second % 5 == 0:
        edited = replace(grant, user=USERS[(USERS.index(grant.user) + 1) % len(USERS)])
    return replace(program, grants={**program.grants, key: replace(edited, narrowed=bool(second % 2))})


def _drop_grant(program: Program, first: int, second: int, chosen: frozenset[str]) -> Program:
    key = _pick(program.grants, first)
    return replace(program, grants={n: one for n, one in program.grants.items() if n != key})


FIRST = (
    *(Change("add_role", 1, 1), Change("add_role", 2, 0), Change("add_policy", 0), Change("add_policy", 1)),
    *(Change("attach", 0, 0), Change("attach", 1, 2), Change("attach", 1, 1), Change("grant", 0, 0)),
    *(Change("bind", 0, 0, frozenset(range(4))), Change("bind", 1, 0, frozenset((6, 7)))),
)
"""The changes that make a program worth changing."""

CHANGES: Mapping[str, Callable[[Program, int, int, frozenset[str]], Program]] = {
    function.__name__[1:]: function
    for function in (
        _add_role,
        _add_policy,
        _bind,
        _attach,
        _adopt_role,
        _edit_role,
        _rename_role,
        _rehome_role,
        _drop_role,
        _edit_policy,
        _rename_policy,
        _rehome_policy,
        _drop_policy,
        _rename_attachment,
        _detach,
        _move_instances,
        _remove_instances,
        _change_bound_role,
        _exchange_roles,
        _rename_binding,
        _unbind,
        _grant,
        _edit_grant,
        _drop_grant,
    )
}
"""The changes by name."""


def without_instances(program: Program, gone: frozenset[str]) -> Program:
    """The program with these instances in no binding."""
    bindings = {n: replace(one, instances=one.instances - gone) for n, one in program.bindings.items()}
    return replace(program, bindings=bindings)


def _role_inputs(role: Role) -> Props:
    return {
        "name": role.name,
        "description": role.description,
        "max_session_duration": None if role.hours is None else role.hours * 3600,
        "tags": dict(role.tags) or None,
        "adopt": role.adopt,
    }


def _policy_inputs(policy: Policy, words: Words) -> Props:
    return {
        "name": policy.name,
        "document": words.documents[policy.document],
        "tags": (dict(policy.tags) or None) if words.tags_policies else None,
        "adopt": policy.adopt,
    }


def _passing(grant: Grant, without: set[str], more: set[str]) -> Grant:
    return replace(grant, roles=grant.roles - without | more)


def _with_role(program: Program, key: str, role: Role) -> Program:
    return replace(program, roles={**program.roles, key: role})


def _give(program: Program, key: str, chosen: frozenset[str]) -> Program:
    freed = without_instances(program, chosen)
    binding = freed.bindings[key]
    return replace(freed, bindings={**freed.bindings, key: replace(binding, instances=binding.instances | chosen)})


def _numbered(program: Program, kind: str) -> tuple[str, Program]:
    return f"{kind}-{program.serial + 1}", replace(program, serial=program.serial + 1)


def _pick(keys: Mapping[str, object] | list[str], number: int) -> str | None:
    found = list(keys)
    return found[number % len(found)] if found else None


def _moved(things: Mapping[str, Any], old: str, new: str, thing: Any) -> dict[str, Any]:
    return {**{n: one for n, one in things.items() if n != old}, new: thing}


def _text(number: int) -> str | None:
    return f"about {number}" if number % 3 else None


def _hours(number: int) -> int | None:
    return 1 + number % 12 if number % 2 else None
