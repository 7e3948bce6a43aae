"""Decides what to do about each resource; pure.

A plan is a generator: it yields what it wants to know of a provider (Check, Compare), is sent the answer, and returns
the steps. Nothing here calls, waits or writes, so every decision can be tested with made-up answers. The rules are
those of the real engine (https://github.com/pulumi/pulumi/blob/master/pkg/resource/deploy/step_generator.go); what
that one was recorded to do is in tests/parity.

Left out: targets, import, refresh in the middle of an update, views, hooks.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass, replace

from instance_role_sandbox.engine import paths
from instance_role_sandbox.engine.aliases import Aliases
from instance_role_sandbox.engine.diff import changed_keys, detailed
from instance_role_sandbox.engine.errors import EngineError
from instance_role_sandbox.engine.graph import delete_layers, dependents
from instance_role_sandbox.engine.state import Resource, make_urn
from instance_role_sandbox.engine.steps import (
    Answer,
    Ask,
    Check,
    Checked,
    Compare,
    Compared,
    CompareProviders,
    Goal,
    Note,
    Op,
    Step,
)
from instance_role_sandbox.engine.values import (
    UNKNOWN,
    Properties,
    Value,
    equal,
    holds_secret,
    holds_unknown,
    plain,
    plain_properties,
)

Plan = Generator[Ask, Answer, list[Step]]


class Refused(EngineError):
    """Planning stops here; what is wrong was said in notes. Nothing that is not yet begun will be."""


@dataclass(frozen=True)
class Doomed:
    """A dependant that has to go before what it depends on is deleted."""

    resource: Resource
    keys: list[str]


class Planner:
    """One operation's plan, made resource by resource as the program registers them."""

    def __init__(self, resources: list[Resource], project: str, stack: str, *, preview: bool) -> None:
        self.resources = resources
        self.preview = preview
        self.notes: list[Note] = []
        self.olds = {r.urn: r for r in resources if not r.delete}
        self.deletes: set[str] = set()
        self._project, self._stack = project, stack
        self._aliases = Aliases(project, stack)
        self._seen: set[str] = set()
        self._operated: dict[str, set[str]] = {key: set() for key in ("same", "create", "update", "replace", "read")}
        self._news: dict[str, Resource] = {}
        self._gone: set[int] = set()
        self._keys: dict[str, list[str]] = {}

    def urn(self, goal: Goal) -> str:
        """The URN that a goal's resource has."""
        return make_urn(self._stack, self._project, goal.parent, goal.type, goal.name)

    def plan(self, goal: Goal) -> Plan:
        """The steps for one resource that the program registers. Refused when there can be none."""
        urn = self.urn(goal)
        if urn in self._seen:
            self._refuse(urn, f"Duplicate resource URN '{urn}'; try giving it a unique name")
        old, alias, sound = self._find_old(urn, goal)
        self._seen.add(urn)
        new = goal.resource(urn, alias, old)
        self._news[urn] = new
        recreating = urn in self.deletes
        afresh = recreating or old is None or old.external
        inputs = goal.inputs
        if old is not None:
            inputs, torn = paths.reset_ignored(inputs, old.inputs, goal.ignore_changes)
            if torn:
                listed = ", ".join(torn)
                self._note("info", urn, f"cannot ignore changes in added or removed elements of the path: {listed!r}")
        new.inputs = inputs
        if goal.custom:
            olds = {} if afresh or old is None else old.inputs
            new.inputs = yield from self._check(new, olds, goal.inputs if afresh else inputs)
        if not sound:
            raise Refused(f"resource {urn} is invalid")
        if recreating and old is not None:
            self.deletes.discard(urn)
            self._operated["replace"].add(urn)
            because = Compared(True, self._keys.get(urn, []))
            return [Step(Op.REPLACE, old, new, because), Step(Op.CREATE_REPLACEMENT, old, new, because)]
        if old is None:
            self._operated["create"].add(urn)
            return [Step(Op.CREATE, None, new)]
        if old.external:
            self._operated["create"].add(urn)
            return [Step(Op.CREATE_REPLACEMENT, old, new), Step(Op.REPLACE, old, new)]
        return (yield from self._plan_change(goal, old, new))

    def _find_old(self, urn: str, goal: Goal) -> tuple[Resource | None, str, bool]:
        """What the state has of it, under which other name, and whether that name is free to be taken.

        Where it is not, that is noted; what else is wrong with the resource is to be told too before it is refused.
        """
        found: tuple[Resource | None, str] = (self.olds.get(urn), "")
        faults = [self._aliases.claimed(urn)]
        alias = next((a for a in self._aliases.candidates(goal) if a in self.olds), "")
        if found[0] is None and alias:
            found = self.olds[alias], alias
            faults.append(self._aliases.claim(urn, alias, alias in self._seen))
        for fault in filter(None, faults):
            self._note("error", urn, fault)
        return (*found, not any(faults))

    def _check(self, new: Resource, olds: Properties, news: Properties) -> Generator[Ask, Answer, Properties]:
        answer = yield Check(new.urn, new.provider, olds, news, self.preview)
        if not isinstance(answer, Checked):
            raise TypeError(f"a check was answered with {answer}")
        if answer.failures:
            for name, reason in answer.failures:
                self._note("error", new.urn, _failure(new, name, reason))
            raise Refused(f"resource {new.urn} is invalid")
        return answer.inputs

    def plan_read(self, goal: Goal, id_: str) -> Plan:
        """The steps for a resource that the program only reads.

        One of that name that this stack made is given up: where it is the very one that is read (by id) nothing is
        done to it, else it is deleted at the end.
        """
        yield from ()  # nothing is to be asked
        urn = self.urn(goal)
        if urn in self._seen:
            self._refuse(urn, f"Duplicate resource URN '{urn}'; try giving it a unique name")
        old, alias, sound = self._find_old(urn, goal)
        self._seen.add(urn)
        if not sound:
            raise Refused(f"resource {urn} is invalid")
        if not id_:
            self._refuse(urn, f"Expected an ID for {urn}")
        new = goal.resource(urn, alias, old)
        new.id, new.external = id_, True
        self._news[urn] = new
        if old is not None and not old.external and old.id != id_:
            self._operated["replace"].add(urn)
            return [Step(Op.READ_REPLACEMENT, old, new), Step(Op.REPLACE, old, new)]
        self._operated["read"].add(urn)
        return [Step(Op.READ, old, new)]

    # -- a resource that exists

    def _plan_change(self, goal: Goal, old: Resource, new: Resource) -> Plan:
        if old.custom and not old.is_provider and not (old.id and old.provider):
            lacks = "provider" if old.id else "id"
            self._refuse(new.urn, f"the state of resource {old.urn} has no {lacks}; repair it: export, edit, import")
        triggered = self._triggered(new, old)
        diff = Compared(True) if triggered else (yield from self._compare(old, new))
        diff = _with_replace_on_changes(diff, goal.replace_on_changes, bool(old.init_errors))
        if diff.changes or old.pending_replacement:
            if diff.replacing or triggered or old.pending_replacement:
                return (yield from self._plan_replacement(goal, old, new, diff))
            self._operated["update"].add(new.urn)
            return [Step(Op.UPDATE, old, new, diff)]
        if old.init_errors:
            self._operated["update"].add(new.urn)
            return [Step(Op.UPDATE, old, new, diff)]
        self._operated["same"].add(new.urn)
        return [Step(Op.SAME, old, new)]

    def _triggered(self, new: Resource, old: Resource) -> bool:
        if not self.preview and holds_unknown(new.replacement_trigger):
            self._refuse(new.urn, f"replacement trigger contains unknowns for {new.urn}")
        before, after = plain(old.replacement_trigger), plain(new.replacement_trigger)
        if holds_unknown(before) or holds_unknown(after):
            return True
        return before is not None and after is not None and not equal(before, after)

    def _compare(self, old: Resource, new: Resource) -> Generator[Ask, Answer, Compared]:
        replaced = self._operated["replace"]
        if replaced.intersection(new.replace_with):
            return Compared(True, ["replaceWith"])
        if new.deleted_with in replaced:
            return Compared(True, ["deletedWith"])
        if (yield from self._provider_changed(old, new)):
            return Compared(True, ["provider"])
        if not new.custom:
            return Compared(not equal(old.inputs, new.inputs))
        answer = yield Compare(old, new.provider, new.inputs, self.preview, new.ignore_changes)
        return self._settled(answer, old, new.inputs, new.ignore_changes)

    def _provider_changed(self, old: Resource, new: Resource) -> Generator[Ask, Answer, bool]:
        if old.provider == new.provider:
            return False
        if not old.provider or not new.provider:
            return True
        before, after = old.provider.rpartition("::")[0], new.provider.rpartition("::")[0]
        if self._aliases.is_now(before, after):
            return False
        answer = yield CompareProviders(old.provider, new.provider)
        return isinstance(answer, Compared) and answer.replacing

    def _settled(self, answer: Answer, old: Resource, news: Properties, ignored: list[str]) -> Compared:
        """The provider's answer; where it leaves the question to the engine, the engine's own."""
        if not isinstance(answer, Compared):
            raise TypeError(f"a comparison was answered with {answer}")
        if answer.changes is not None:
            return answer
        kept, _ = paths.reset_ignored(news, old.inputs, ignored)
        before, after = plain_properties(old.inputs), plain_properties(kept)
        changed = changed_keys(before, after)
        if not changed:
            return replace(answer, changes=False)
        differ = detailed(before, after)
        return replace(answer, changes=True, changed=changed, detailed=differ, of_inputs=frozenset(differ))

    def settle_refresh(self, answer: Compared, found: Resource, wanted: Properties) -> Compared:
        """What a refreshed resource differs in from what its inputs say."""
        return self._settled(answer, found, wanted, found.ignore_changes)

    def inputs_of(self, urn: str) -> Properties:
        """The inputs of a resource that was registered in this operation, else those in the state."""
        found = self._news.get(urn) or self.olds.get(urn)
        return found.inputs if found else {}

    # -- replacement

    def _plan_replacement(self, goal: Goal, old: Resource, new: Resource, diff: Compared) -> Plan:
        if new.protect and old.protect:
            message = (
                f'unable to replace resource "{new.urn}"\nas it is currently marked for protection. To unprotect the '
                "resource, remove the `protect` flag from the resource in your program and run up"
            )
            self._note("error", new.urn, message)
            if not self.preview:
                raise Refused(message)
        self._operated["replace"].add(new.urn)
        if new.custom:  # defaults of the old one, its name for instance, must not be carried over
            new.inputs = yield from self._check(new, {}, goal.inputs)
        first = diff.delete_first if goal.delete_before_replace is None else goal.delete_before_replace
        if not first:
            return [Step(Op.CREATE_REPLACEMENT, old, new, diff), Step(Op.REPLACE, old, new, diff)]
        doomed = yield from self._dependants_to_replace(old)
        doomed += self._followers(new.urn)
        steps = []
        for dependant in reversed(doomed):
            steps += self._doom(dependant, new.urn)
        if not old.pending_replacement:
            self.deletes.add(old.urn)
            steps.append(Step(Op.DELETE_REPLACED, old, None, diff, delete_first=True))
        return [*steps, Step(Op.REPLACE, old, new, diff), Step(Op.CREATE_REPLACEMENT, old, new, diff)]

    def _doom(self, dependant: Doomed, because: str) -> list[Step]:
        resource = dependant.resource
        if id(resource) in self._gone:
            return []
        self._keys[resource.urn] = dependant.keys
        if resource.protect and not resource.delete:
            self._refuse(
                because,
                f'unable to replace resource "{resource.urn}" as part of replacing "{because}" as it is currently '
                "marked for protection. To unprotect the resource, remove the `protect` flag from the resource in "
                "your program and run up",
            )
        self.deletes.add(resource.urn)
        self._gone.add(id(resource))
        if resource.delete:
            return [Step(Op.DELETE, resource)]
        return [Step(Op.DELETE_REPLACED, resource, None, Compared(True, dependant.keys), delete_first=True)]

    def _dependants_to_replace(self, root: Resource) -> Generator[Ask, Answer, list[Doomed]]:
        """Which dependants a delete-first replacement takes with it.

        A dependant goes when its provider or what it is deleted with goes, or when its own provider says that unknown
        values in place of the inputs that come from what goes would replace it. Being ordered after is not enough.
        """
        going, doomed = {root.urn}, []
        registered = set().union(*self._operated.values(), self.deletes)
        for candidate in dependents(self.resources, root, registered):
            verdict = yield from self._must_go(candidate, going)
            if verdict is not None:
                doomed.append(Doomed(candidate, verdict))
                going.add(candidate.urn)
        return doomed

    def _must_go(self, candidate: Resource, going: set[str]) -> Generator[Ask, Answer, list[str] | None]:
        if not candidate.custom or candidate.external:
            return None
        if candidate.provider.rpartition("::")[0] in going or candidate.deleted_with in going:
            return []
        fed = {k for k, urns in candidate.property_dependencies.items() if going.intersection(urns)}
        inputs: Properties = {k: UNKNOWN if k in fed else v for k, v in candidate.inputs.items()}
        if not fed.intersection(candidate.inputs):
            return None
        answer = yield Compare(candidate, candidate.provider, inputs, True, candidate.ignore_changes)
        diff = self._settled(answer, candidate, inputs, candidate.ignore_changes)
        diff = _with_replace_on_changes(diff, candidate.replace_on_changes, False)
        return diff.replaces if diff.replacing else None

    def _followers(self, urn: str) -> list[Doomed]:
        known = {**self.olds, **{u: self.olds.get(u, r) for u, r in self._news.items()}}
        return [
            Doomed(r, []) for r in known.values() if r.urn != urn and (urn in r.replace_with or r.deleted_with == urn)
        ]

    # -- the end

    def plan_deletes(self) -> list[list[Step]]:
        """Deletes of all that the program did not register, and of leftovers, in layers."""
        steps: dict[int, Step] = {}
        for old in self.resources:
            if old.delete:
                if id(old) in self._gone:
                    continue
                self.deletes.add(old.urn)
                steps[id(old)] = Step(Op.DISCARD_REPLACED if old.external else Op.DELETE_REPLACED, old)
            elif not self._is_operated(old.urn):
                self.deletes.add(old.urn)
                gone = Op.DISCARD if old.external else Op.DELETE
                steps[id(old)] = Step(Op.REMOVE_PENDING_REPLACE if old.pending_replacement else gone, old)
        condemned = [r for r in self.resources if id(r) in steps]
        return [[steps[id(r)] for r in layer] for layer in delete_layers(self.resources, condemned)]

    def _is_operated(self, urn: str) -> bool:
        return self._aliases.now(urn) is not None or any(urn in urns for urns in self._operated.values())

    def _note(self, severity: str, urn: str, message: str) -> None:
        self.notes.append(Note(severity, urn, message))

    def _refuse(self, urn: str, message: str) -> None:
        self._note("error", urn, message)
        raise Refused(message)


def _failure(new: Resource, name: str, reason: str) -> str:
    """A check failure as a line. A secret's value is not in it."""
    what = f"{new.type} resource '{new.name}'"
    if not name:
        return f"{what} has a problem: {reason}"
    value = new.inputs.get(name)
    return f"{what}: property {name} value {{{_brief(value)}}} has a problem: {reason}"


def _brief(value: Value) -> str:
    if holds_secret(value):
        return "[secret]"
    return "<unknown>" if holds_unknown(value) else str(value)


def _with_replace_on_changes(diff: Compared, wanted: Iterable[str], init_errors: bool) -> Compared:
    """The answer with the option replace_on_changes applied to the keys and paths that it names as changed."""
    if not diff.changes and not init_errors:
        return diff
    on = [paths.parse(text) for text in wanted]
    if not on:
        return diff

    def asked(text: str) -> bool:
        try:
            path = paths.parse(text)
        except ValueError:
            return False
        return any(paths.contains(outer, path) for outer in on)

    marked = diff.detailed and {p: k.as_replacement() if asked(p) else k for p, k in diff.detailed.items()}
    replaces = [*diff.replaces, *(k for k in diff.changed if asked(k) and k not in diff.replaces)]
    if init_errors and asked("#initerror"):
        return replace(diff, changes=True, replaces=[*replaces, "#initerror"], detailed=marked)
    return replace(diff, replaces=replaces, detailed=marked)
