"""Under which other names the state may know a resource; pure.

https://www.pulumi.com/docs/iac/concepts/options/aliases/
"""

from __future__ import annotations

from instance_role_sandbox.engine.state import STACK_TYPE, make_urn, name_of, qualified_type, type_of
from instance_role_sandbox.engine.steps import Alias, Goal


class Aliases:
    """Old names and who has claimed them in this operation."""

    def __init__(self, project: str, stack: str) -> None:
        self._project, self._stack = project, stack
        self._new_of: dict[str, str] = {}  # old URN -> new
        self._old_of: dict[str, str] = {}  # new URN -> old

    def candidates(self, goal: Goal) -> list[str]:
        """Old URNs to look for, best first: those the goal names, then those that follow from its parent's."""
        named = [self._collapse(goal, alias) for alias in goal.aliases]
        inherited = []
        if goal.parent in self._old_of:
            above = self._old_of[goal.parent]
            inherited = [self._below(goal.parent, above, goal.type, goal.name)]
            inherited += [self._below(goal.parent, above, type_of(urn), name_of(urn)) for urn in named]
        return list(dict.fromkeys([*named, *inherited]))

    def _collapse(self, goal: Goal, alias: Alias) -> str:
        if alias.urn:
            return alias.urn
        parent = self._old_of.get(alias.parent, alias.parent) if alias.parent else goal.parent
        if alias.no_parent or qualified_type(parent) == STACK_TYPE:
            parent = ""
        stack, project = alias.stack or self._stack, alias.project or self._project
        return make_urn(stack, project, parent, alias.type or goal.type, alias.name or goal.name)

    def _below(self, parent: str, old_parent: str, type_: str, name: str) -> str:
        """A child's name as it was under its parent's old name; a child called <parent>-x was <old parent>-x."""
        if name.startswith(name_of(parent)):
            name = name_of(old_parent) + name.removeprefix(name_of(parent))
        return make_urn(self._stack, self._project, old_parent, type_, name)

    def claimed(self, urn: str) -> str:
        """Why a resource of this name cannot be: another is said to be it by an alias. Empty when there is none."""
        other = self._new_of.get(urn)
        return (other and f"Duplicate resource alias '{urn}' applied to resource with URN '{other}'") or ""

    def claim(self, urn: str, old: str, seen: bool) -> str:
        """``urn`` was ``old``. Returns why it cannot be: that one was seen under its own name, or claimed already."""
        if seen or old in self._new_of:
            other = urn if seen else self._new_of[old]
            return f"Duplicate resource alias '{old}' applied to resource with URN '{urn}' conflicting with '{other}'"
        self._new_of[old] = urn
        self._old_of[urn] = old
        return ""

    def now(self, old: str) -> str | None:
        """The new name of what was called so; None when it was not renamed."""
        return self._new_of.get(old)

    def is_now(self, old: str, new: str) -> bool:
        """Was ``old`` renamed to ``new``?"""
        return self._new_of.get(old) == new
