"""What depends on what, in a list of resources that is in dependency order; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from instance_role_sandbox.engine.state import Resource


def faults(resources: Sequence[Resource], stack: str) -> list[str]:
    """What is wrong with the order and the names of a state's resources; empty when it can be used.

    Each must come after all it names, name nothing that is absent, be of this stack, and, unless it is marked for
    deletion, be the only one of its URN.
    """
    found = [
        f"resource '{r.urn}' is from a different stack ({_stack_of(r.urn)} != {stack})"
        for r in resources
        if _stack_of(r.urn) != stack
    ]
    if found:
        return found
    everywhere = {r.urn for r in resources}
    seen: set[str] = set()
    live: set[str] = set()
    providers: set[str] = set()
    for resource in resources:
        fault = _fault(resource, seen, everywhere, providers)
        if not fault and resource.urn in live and not resource.delete:
            fault = f"duplicate resource {resource.urn} (not marked for deletion)"
        if fault:
            return [fault]
        seen.add(resource.urn)
        if not resource.delete:
            live.add(resource.urn)
        if resource.is_provider:
            providers.add(f"{resource.urn}::{resource.id}")
    return []


def _stack_of(urn: str) -> str:
    return urn.split("::", 1)[0].removeprefix("urn:pulumi:")


def _fault(resource: Resource, seen: set[str], everywhere: set[str], providers: set[str]) -> str:
    urn = resource.urn
    if resource.provider:
        if resource.provider.count("::") < 4:
            return f"failed to parse provider reference for resource {urn}: {resource.provider} has no id"
        if resource.provider not in providers:
            return f"resource {urn} refers to unknown provider {resource.provider}"
    if resource.parent and resource.parent not in seen:
        if resource.parent in everywhere:
            return f"child resource {urn}'s parent {resource.parent} comes after it"
        return f"child resource {urn} refers to missing parent {resource.parent}"
    for dependency in resource.dependencies:
        if dependency not in seen:
            return f"resource {urn}'s dependency {dependency} {_place(dependency, everywhere)}"
    for key, dependencies in resource.property_dependencies.items():
        for dependency in dependencies:
            if dependency not in seen:
                place = _place(dependency, everywhere)
                return f"resource {urn}'s property dependency {dependency} (from property {key}) {place}"
    if resource.deleted_with and resource.deleted_with not in seen:
        return f"resource {urn} is specified as being deleted with {resource.deleted_with}, which is missing"
    return ""


def _place(urn: str, everywhere: set[str]) -> str:
    return "comes after it" if urn in everywhere else "refers to missing resource"


def dependents(resources: Sequence[Resource], root: Resource, ignore: set[str]) -> list[Resource]:
    """All that depends on ``root``, directly or not (being a child is no dependence), in dependency order."""
    touched = {root.urn}
    found = []
    for candidate in resources[_index(resources, root) + 1 :]:
        if candidate.urn not in ignore and touched.intersection(candidate.dependency_urns()):
            found.append(candidate)
            touched.add(candidate.urn)
    return found


def _index(resources: Sequence[Resource], wanted: Resource) -> int:
    return next((i for i, r in enumerate(resources) if r is wanted), len(resources))


def direct_dependencies(resources: Sequence[Resource], index: int) -> list[Resource]:
    """What the resource at ``index`` needs directly, its parent too; of a component also all below it so far."""
    resource = resources[index]
    urns = set(resource.dependency_urns())
    components = {r.urn for r in resources[:index] if r.urn in urns and not r.custom}
    found = []
    for candidate in resources[:index]:
        if candidate.parent in components:
            components.add(candidate.urn)
            urns.add(candidate.urn)
        if candidate.urn in urns or candidate.urn == resource.parent:
            found.append(candidate)
    return found


def all_dependencies(resources: Sequence[Resource], roots: Iterable[Resource]) -> set[int]:
    """The ids (of Python) of everything the roots need, directly or not."""
    index = {id(r): i for i, r in enumerate(resources)}
    todo = [r for r in roots if id(r) in index]
    found: set[int] = set()
    while todo:
        for needed in direct_dependencies(resources, index[id(todo.pop())]):
            if id(needed) not in found:
                found.add(id(needed))
                todo.append(needed)
    return found


def delete_layers(resources: Sequence[Resource], condemned: Iterable[Resource]) -> list[list[Resource]]:
    """The condemned in the order they may go: a layer at once, one layer after the other, dependants first."""
    left = {id(r): r for r in condemned}
    needs = {
        id(r): [d for d in direct_dependencies(resources, i) if id(d) in left]
        for i, r in enumerate(resources)
        if id(r) in left
    }
    layers = []
    while left:
        layer = [r for key, r in left.items() if not any(id(d) in left for d in needs[key])]
        for resource in layer:
            del left[id(resource)]
        layers.append(layer)
    return layers[::-1]


def repaired(resources: Iterable[Resource]) -> list[Resource]:
    """The resources, in place, with nothing naming what is not there: after a refresh that found something gone."""
    kept: list[Resource] = []
    there: set[str] = set()
    parents: dict[str, str] = {}
    for resource in resources:
        resource.dependencies = [u for u in resource.dependencies if u in there]
        by_key = {k: [u for u in urns if u in there] for k, urns in resource.property_dependencies.items()}
        resource.property_dependencies = {k: urns for k, urns in by_key.items() if urns}
        resource.replace_with = [u for u in resource.replace_with if u in there]
        if resource.deleted_with not in there:
            resource.deleted_with = ""
        if resource.parent not in there:
            resource.parent = parents.get(resource.parent, "")
        parents[resource.urn] = resource.parent
        there.add(resource.urn)
        kept.append(resource)
    return kept
