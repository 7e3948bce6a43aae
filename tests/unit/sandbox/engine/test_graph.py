"""Order: of states, of deletes, of what was merged, on generated stacks."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instance_role_sandbox.engine.graph import delete_layers, dependents, direct_dependencies, faults, repaired
from instance_role_sandbox.engine.journal import Journal
from instance_role_sandbox.engine.state import Deployment, Pending, Resource, from_json, make_urn, to_json
from instance_role_sandbox.engine.values import Secret
from tests.unit.sandbox.engine.strategies import thorough


@st.composite
def stacks(draw: st.DrawFn) -> list[Resource]:
    """Resources in dependency order, with dependencies, parents and deleted_with among those before."""
    made: list[Resource] = []
    for n in range(draw(st.integers(1, 8))):
        before = [r.urn for r in made]
        some = st.lists(st.sampled_from(before), unique=True, max_size=3) if before else st.just([])
        parent = draw(st.sampled_from(["", *before]))
        custom = draw(st.booleans())
        made.append(
            Resource(
                make_urn("dev", "p", "", "t:i:T", f"r{n}"),
                "t:i:T",
                custom=custom,
                id=f"id-{n}" if custom else "",
                parent=parent,
                dependencies=draw(some),
                property_dependencies={"x": draw(some)},
                deleted_with=draw(st.sampled_from(["", *before])),
            )
        )
    return made


@thorough
@given(stacks())
def test_generated_stacks_are_whole(resources: list[Resource]) -> None:
    assert faults(resources, "dev") == []


@thorough
@given(stacks(), st.data())
def test_a_stack_out_of_order_is_found_out(resources: list[Resource], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(resources) - 1))
    needed = {u for r in resources[place + 1 :] for u in (*r.dependency_urns(), r.parent)}
    moved = resources[place]
    shuffled = [r for r in resources if r is not moved] + [moved]
    assert bool(faults(shuffled, "dev")) == (moved.urn in needed)


@thorough
@given(stacks(), st.data())
def test_deletes_go_dependants_first_and_each_once(resources: list[Resource], data: st.DataObject) -> None:
    condemned = [r for r in resources if data.draw(st.booleans())]
    layers = delete_layers(resources, condemned)
    place = {id(r): i for i, layer in enumerate(layers) for r in layer}
    assert sorted(place) == sorted(id(r) for r in condemned)
    assert all(layers)
    for i, resource in enumerate(resources):
        for needed in direct_dependencies(resources, i):
            if id(resource) in place and id(needed) in place:
                assert place[id(resource)] < place[id(needed)]


@thorough
@given(stacks(), st.data())
def test_what_a_refresh_leaves_names_nothing_that_is_gone(resources: list[Resource], data: st.DataObject) -> None:
    left = repaired(r for r in resources if data.draw(st.booleans()))
    assert faults(left, "dev") == []


@thorough
@given(stacks())
def test_dependents_are_what_reaches_the_root(resources: list[Resource]) -> None:
    found = dependents(resources, resources[0], set())
    touched = {resources[0].urn, *(r.urn for r in found)}
    for resource in resources[1:]:
        assert (resource in found) == bool(touched.intersection(resource.dependency_urns()))


@thorough
@given(stacks(), st.data())
def test_a_journal_is_whole_at_every_moment(resources: list[Resource], data: st.DataObject) -> None:
    """Resources are kept, updated, or deleted from the end, in any mix; each state that is written can be read."""
    written: list[Deployment] = []
    journal = Journal(Deployment(resources), written.append)
    news: list[Resource] = []
    keep = data.draw(st.integers(0, len(resources)))
    for old in resources[:keep]:
        new = replace(old)
        news.append(new)
        if data.draw(st.booleans()):
            journal.note(new, old)
        else:
            pending = journal.begin(new, "updating")
            journal.end(pending, new, old)
    for old in reversed(resources[keep:]):
        pending = journal.begin(old, "deleting")
        journal.forget(pending)
        journal.settle(None, old)
    journal.close()
    assert [r.urn for r in journal.snapshot().resources] == [r.urn for r in news]
    for state in written:
        document = json.loads(json.dumps(to_json(state, None, lambda: None)))
        assert faults(from_json(document, lambda text, where: text).resources, "dev") == []


def test_a_journal_rewrites_what_names_a_renamed_resource() -> None:
    urns = [make_urn("dev", "p", "", "t:i:T", name) for name in ("old", "child", "new")]
    old = Resource(urns[0], "t:i:T", custom=False)
    child = Resource(
        urns[1],
        "t:i:T",
        custom=True,
        id="c",
        parent=urns[0],
        dependencies=[urns[0]],
        property_dependencies={"x": [urns[0]]},
        deleted_with=urns[0],
        provider=f"{urns[0]}::1",
    )
    journal = Journal(Deployment([old, child]), None)
    journal.note(Resource(urns[2], "t:i:T", custom=False, alias=urns[0]), old)
    _, kept = journal.snapshot().resources
    assert (kept.parent, kept.dependencies, kept.deleted_with) == (urns[2], [urns[2]], urns[2])
    assert (kept.property_dependencies, kept.provider) == ({"x": [urns[2]]}, f"{urns[2]}::1")


def test_what_says_nothing_new_is_written_at_the_end() -> None:
    written: list[Deployment] = []
    old = Resource(make_urn("dev", "p", "", "t:i:T", "a"), "t:i:T", custom=True, inputs={"x": 1})
    journal = Journal(Deployment([old]), written.append)
    journal.close()
    assert written == [], "nothing was registered"
    journal.note(replace(old, inputs={"x": 1, "y": None}, modified="now"), old)
    assert written == []
    journal.close()
    assert [r.urn for r in written[0].resources] == [old.urn]


@pytest.mark.parametrize(
    "said",
    [
        {"protect": True},
        {"retain_on_delete": True},
        {"dependencies": ["urn:pulumi:dev::p::t:i:T::b"]},
        {"inputs": {"x": Secret(1)}},
        {"urn": "urn:pulumi:dev::p::t:i:T::renamed", "alias": "urn:pulumi:dev::p::t:i:T::a"},
        {"timeouts": {"create": 5.0}},
    ],
    ids=str,
)
def test_what_a_kept_resource_says_anew_is_written_at_once(said: dict[str, Any]) -> None:
    written: list[Deployment] = []
    old = Resource("urn:pulumi:dev::p::t:i:T::a", "t:i:T", custom=True, inputs={"x": 1})
    journal = Journal(Deployment([old]), written.append)
    journal.note(replace(old, **said), old)
    ((kept,),) = [w.resources for w in written]
    assert {name: getattr(kept, name) for name in said} == said


def test_creates_of_unknown_end_stay_pending_and_others_go() -> None:
    resource = Resource(make_urn("dev", "p", "", "t:i:T", "a"), "t:i:T", custom=True)
    pending = [Pending(resource, kind) for kind in ("creating", "updating", "deleting", "reading")]
    journal = Journal(Deployment([], pending), None)
    assert [p.type for p in journal.snapshot().pending] == ["creating"]
    journal.clear_pending_creates()
    assert journal.snapshot().pending == []


def test_the_children_of_a_component_come_with_it() -> None:
    group, kid, after = (make_urn("dev", "p", "", "t:i:T", n) for n in ("group", "kid", "after"))
    resources = [
        Resource(group, "t:i:T", custom=False),
        Resource(kid, "t:i:T", custom=True, id="k", parent=group),
        Resource(after, "t:i:T", custom=True, id="a", dependencies=[group]),
    ]
    assert [[r.urn for r in layer] for layer in delete_layers(resources, resources)] == [[after], [kid], [group]]
