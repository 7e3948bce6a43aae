"""A Pulumi program that declares what was found: the first step of taking an account over, which changes nothing.

Every resource is adopted (``adopt=True``): the first up looks at each, finds it as it is declared, and writes nothing;
at the end what was adopted is released as it was found. So a program never declares what it could not read, nor what
a stack made already: both are left out, and told.
"""

from __future__ import annotations

import itertools
import json
import keyword
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pulumi_instance_role.clouds import limits_of
from pulumi_instance_role.clouds.port import CUSTOM, Instance, Policy
from pulumi_instance_role.inventory.model import Found, RoleFound
from pulumi_instance_role.plan.ownership import owner_of, unmarked
from pulumi_instance_role.policy.canonical import equivalent
from pulumi_instance_role.policy.trust import trust_document
from pulumi_instance_role.policy.wildcard import matches

_WIDE = 100  # columns of a line of the program


@dataclass(frozen=True)
class Wanted:
    """What of an account is to be declared; everything that instances hold or may hold where nothing is said.

    ``roles`` may hold wildcards. ``vpc`` and ``tags`` choose instances: then a role is declared when one of them
    holds it, and bound to those alone.
    """

    roles: tuple[str, ...] = ()
    vpc: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    def role(self, name: str) -> bool:
        """Whether the role of that name is wanted."""
        return not self.roles or any(matches(pattern.lower(), name.lower()) for pattern in self.roles)

    def instance(self, one: Instance) -> bool:
        """Whether an instance is among those that are asked for."""
        return (self.vpc is None or one.vpc_id == self.vpc) and self.tags.items() <= one.tags.items()

    @property
    def by_instance(self) -> bool:
        """Whether instances were chosen."""
        return self.vpc is not None or bool(self.tags)


@dataclass
class Program:
    """A program as files by their path below its folder, what it declares, and what was left out and why."""

    files: dict[str, str] = field(default_factory=dict)
    declared: dict[str, int] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def write(self, folder: Path) -> None:
        """Write the files. ``FileExistsError`` where one of them is there already: nothing is overwritten."""
        there = sorted(name for name in self.files if (folder / name).exists())
        if there:
            raise FileExistsError(f"{folder / there[0]} is there already")
        for name, text in self.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")


def write_program(found: Found, wanted: Wanted, project: str) -> Program:
    """The program for one account."""
    return _Writer(found, wanted, project).written()


class _Writer:
    def __init__(self, found: Found, wanted: Wanted, project: str) -> None:
        self._found = found
        self._wanted = wanted
        self._project = project
        self._program = Program()
        self._names: dict[str, dict[str, str]] = {}
        self._lines: list[str] = []
        self._policies: dict[str, str] = {}

    def written(self) -> Program:
        held = self._chosen()
        for name in sorted(held):
            role = self._found.roles.get(name)
            if role is None or role.trusts is None or (role.trusts and role.policies is None):
                self._leave(f"role {name}", "it could not be read whole")
            elif role.role.service_linked:
                self._leave(f"role {role.role.name}", "the cloud manages it")
            elif role.owner is not None:
                self._leave(f"role {role.role.name}", f"stack {role.owner.project}/{role.owner.stack} has it")
            elif not role.trusts:
                self._leave(f"role {role.role.name}", "it does not let the instance service in")
            else:
                self._role(role, held[name])
        self._files()
        return self._program

    def _chosen(self) -> dict[str, list[Instance]]:
        """The roles to declare, by name in lower case, each with its instances."""
        held: dict[str, list[Instance]] = {}
        for one in self._found.instances:
            if one.role and self._wanted.instance(one) and self._wanted.role(one.role):
                held.setdefault(one.role.lower(), []).append(one)
        if not self._wanted.by_instance:
            for idle in self._found.idle_roles():
                if self._wanted.role(idle.role.name):
                    held.setdefault(idle.role.name.lower(), [])
        return held

    # -- resources ---------------------------------------------------------------------------------------------
    def _role(self, found: RoleFound, instances: Sequence[Instance]) -> None:
        role, limits = found.role, limits_of(self._found.cloud)
        variable = self._variable(role.name, "role")
        arguments: dict[str, str] = {"name": repr_of(role.name)}
        if role.description:
            arguments["description"] = repr_of(role.description)
        usual = trust_document(limits.service, limits.language)
        if not equivalent(role.trust_policy or "", usual, limits.language):
            arguments["trust_policy"] = self._document(f"trust-{role.name}", role.trust_policy or "")
        if role.max_session_duration not in (None, limits.session_default):
            arguments["max_session_duration"] = str(role.max_session_duration)
        if role.tags:
            arguments["tags"] = repr_of(dict(sorted(role.tags.items())))
        self._declare("InstanceRole", role.name, arguments, variable)
        for one in sorted(found.policies or (), key=lambda one: (one.policy_type, one.policy)):
            policy = self._policy(one.policy, one.policy_type)
            attached = {"role": variable, "policy": policy}
            if policy[0] in "'\"":
                attached["policy_type"] = repr_of(one.policy_type)
            self._declare("RolePolicyAttachment", f"{role.name}-{one.policy}", attached)
        for region in sorted({one.region for one in instances}):
            ids = sorted(one.instance_id for one in instances if one.region == region)
            bound = {"role": variable, "instance_ids": _listed(ids), "region": repr_of(region)}
            self._declare("InstanceRoleBinding", f"{role.name}-{region}", bound)

    def _policy(self, name: str, policy_type: str) -> str:
        """A policy as an attachment names it: a variable where it is declared, else its name."""
        if policy_type != CUSTOM:
            return repr_of(name)
        key = name.lower()
        if key not in self._policies:
            policy = self._found.policies.get((policy_type, name))
            self._policies[key] = self._custom(name, policy)
        return self._policies[key]

    def _custom(self, name: str, policy: Policy | None) -> str:
        if policy is None or not policy.document:
            self._leave(f"policy {name}", "it could not be read; its attachments are declared")
            return repr_of(name)
        if not self._found.owners_known:
            self._leave(f"policy {name}", "whose it is could not be read; its attachments are declared")
            return repr_of(name)
        owner = owner_of(policy.tags, policy.description)
        if owner is not None:
            self._leave(f"policy {name}", f"stack {owner.project}/{owner.stack} has it; its attachments are declared")
            return repr_of(name)
        variable = self._variable(policy.name, "policy")
        arguments = {"document": self._document(policy.name, policy.document), "name": repr_of(policy.name)}
        if unmarked(policy.description):
            arguments["description"] = repr_of(unmarked(policy.description))
        if policy.tags:
            arguments["tags"] = repr_of(dict(sorted(policy.tags.items())))
        self._declare("RolePolicy", policy.name, arguments, variable)
        return variable

    def _declare(self, kind: str, name: str, arguments: Mapping[str, str], variable: str = "") -> None:
        self._program.declared[kind] = self._program.declared.get(kind, 0) + 1
        told = {**arguments, "cloud": "CLOUD", "adopt": "True"}
        told.setdefault("region", "REGION")
        if self._found.profile:
            told["profile"] = repr_of(self._found.profile)
        if self._found.assume_role_arn:
            told["assume_role_arn"] = repr_of(self._found.assume_role_arn)
        parts = [repr_of(self._resource(kind, name)), *(f"{key}={value}" for key, value in told.items())]
        start = f"{variable} = {kind}(" if variable else f"{kind}("
        line = f"{start}{', '.join(parts)})"
        if len(line) > _WIDE or "\n" in line:
            line = "\n".join([start, *(_indented(f"{part},") for part in parts), ")"])
        self._lines.append(line)

    def _resource(self, kind: str, name: str) -> str:
        return self._unique(kind, name, name, "-")

    def _variable(self, name: str, of: str) -> str:
        plain = re.sub(r"\W+", "_", name.lower()).strip("_") or of
        if plain[0].isdigit() or keyword.iskeyword(plain) or plain in _TAKEN:
            plain = f"{of}_{plain}"
        return self._unique("variable", f"{of} {name}", plain, "_")

    def _document(self, name: str, text: str) -> str:
        stem = re.sub(r"[^A-Za-z0-9.-]+", "-", name).strip("-.").lower() or "document"
        stem = self._unique("file", name, stem, "-")
        self._program.files[f"documents/{stem}.json"] = _pretty(text)
        return f"document({repr_of(stem)})"

    def _unique(self, space: str, key: str, first: str, joint: str) -> str:
        """``first``, or it with the first number that nothing else in ``space`` has; the same for the same key."""
        given = self._names.setdefault(space, {})
        if key not in given:
            used = set(given.values())
            numbered = (f"{first}{joint}{number}" for number in itertools.count(2))
            given[key] = first if first not in used else next(name for name in numbered if name not in used)
        return given[key]

    def _leave(self, what: str, why: str) -> None:
        self._program.left_out.append(f"{what}: {why}")

    # -- files -------------------------------------------------------------------------------------------------
    def _files(self) -> None:
        kinds = sorted(self._program.declared)
        uses_documents = any(name.startswith("documents/") for name in self._program.files)
        head = [f'"""What account {self._found.account_id} held, as code. Everything is adopted: the first up changes']
        head += ['nothing, and at the end what was adopted is left as it was found."""', ""]
        if uses_documents:
            head += ["import json", "from pathlib import Path", ""]
        if kinds:
            imports = f"from pulumi_instance_role import {', '.join(kinds)}"
            long = "\n".join(["from pulumi_instance_role import (", *(f"    {kind}," for kind in kinds), ")"])
            head += [imports if len(imports) <= _WIDE else long, ""]
        head += [f"CLOUD = {repr_of(self._found.cloud)}", f"REGION = {repr_of(self._found.regions[0])}", ""]
        if uses_documents:
            head += ["", "def document(name: str) -> dict:", '    """A document of the folder beside this file."""']
            head += [
                '    return json.loads((Path(__file__).parent / "documents" / f"{name}.json").read_text())',
                "",
                "",
            ]
        self._program.files["__main__.py"] = "\n".join([*head, *self._lines, ""])
        about = f"Instance roles of account {self._found.account_id}, as they were found."
        self._program.files["Pulumi.yaml"] = (
            f"name: {_project_name(self._project)}\nruntime: python\ndescription: {about}\n"
        )


_TAKEN = frozenset({"document", "json", "path", "cloud"})
"""Names that the program uses itself."""


def _project_name(text: str) -> str:
    """A name that Pulumi takes for a project: letters, digits, hyphens, underscores and periods."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", text).strip("-.") or "found"


def repr_of(value: Any) -> str:
    """A value as Python source, texts in double quotes."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{repr_of(key)}: {repr_of(one)}" for key, one in value.items()) + "}"
    return repr(value)


def _listed(texts: Sequence[str]) -> str:
    line = f"[{', '.join(map(repr_of, texts))}]"
    if len(line) <= _WIDE - 24:
        return line
    return "\n".join(["[", *(f"    {repr_of(one)}," for one in texts), "]"])


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.split("\n"))


def _pretty(text: str) -> str:
    return json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"
