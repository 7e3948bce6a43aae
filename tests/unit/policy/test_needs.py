"""From a table of needs to documents: nothing too much, nothing lost, however it has to be split."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_instance_role.clouds import limits_of, needs_of
from pulumi_instance_role.policy.canonical import canonical_text
from pulumi_instance_role.policy.dialect import ALIBABA
from pulumi_instance_role.policy.evaluate import Request, evaluate
from pulumi_instance_role.policy.needs import Need, Subject, documents, least
from tests.support.examples import examples
from tests.support.host import PROVIDERS

NEEDS = {
    "Resource": (
        Need(("a:Make",), ("acs:a:*:{account}:thing/*",), why="nothing narrower"),
        Need(("a:Read", "a:Write"), ("acs:a:{region}:{account}:thing/{name}",)),
        Need(("a:Give",), ("acs:a:*:{account}:user/{user}", "acs:a:*:{account}:thing/{name}"), given="user"),
        Need(("a:Wipe",), ("*",), given="force", why="takes all"),
    )
}


def subject(*flags: str, **values: tuple[str, ...]) -> Subject:
    return Subject("Resource", {"account": ("1",), "region": ("r",), **values}, frozenset(flags))


def test_forms_are_filled_and_what_does_not_concern_falls_away() -> None:
    needed, why = least(NEEDS, [subject(name=("x", "y")), subject("user", name=("z",), user=("u",))])
    assert needed == {
        "a:Make": {"acs:a:*:1:thing/*"},
        "a:Read": {f"acs:a:r:1:thing/{name}" for name in "xyz"},
        "a:Write": {f"acs:a:r:1:thing/{name}" for name in "xyz"},
        "a:Give": {"acs:a:*:1:user/u", "acs:a:*:1:thing/z"},
    }
    assert why == ["nothing narrower"]


def test_a_wide_resource_covers_narrow_ones() -> None:
    needed, why = least(NEEDS, [subject("force", name=("*", "x"))])
    assert needed["a:Read"] == {"acs:a:r:1:thing/*"} and needed["a:Wipe"] == {"*"}
    assert why == ["nothing narrower", "takes all"]


@settings(max_examples=examples(25), deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([f"a:Do{number}" for number in range(6)]),
        st.sets(st.integers(0, 60), min_size=1, max_size=40),
        min_size=1,
    ),
    st.integers(150, 2500),
)
def test_documents_hold_together_just_what_is_needed_within_the_length(
    wanted: dict[str, set[int]], longest: int
) -> None:
    needed = {action: {f"acs:a:*:1:thing/{one:04}" for one in on} for action, on in wanted.items()}
    made = documents(needed, ALIBABA, longest)
    for one in made:
        resources = sum(len(statement["Resource"]) for statement in one["Statement"])
        assert len(canonical_text(one)) <= longest or resources == 1
    allowed = {
        (action, resource)
        for one in made
        for statement in one["Statement"]
        for action in statement["Action"]
        for resource in statement["Resource"]
    }
    assert allowed == {(action, resource) for action, on in needed.items() for resource in on}
    for action, on in needed.items():
        for resource in on:
            assert evaluate(made, Request(action, resource)).allowed
    assert not evaluate(made, Request("a:Do0", "acs:a:*:1:thing/9999")).allowed


@pytest.mark.parametrize("cloud", ["alibaba", "tencent"])
def test_every_resource_has_its_needs_in_the_clouds_own_language(cloud: str) -> None:
    needs, language = needs_of(cloud), limits_of(cloud).language
    assert needs.keys() == PROVIDERS.keys()
    for kind, rows in needs.items():
        holes = {hole for need in rows for form in need.on for hole in re.findall(r"\{(\w+)\}", form)}
        known = {"account", "region", "role", "policy", "policy_owner", "instance", "user", "group"}
        assert holes <= known, kind
        values = dict.fromkeys(holes, ("x",))
        flags = frozenset(need.given for need in rows)
        needed, _ = least(needs, [Subject(kind, values, flags)])
        assert documents(needed, language, 6144)
        for need in rows:
            widened = any(form.endswith("*") and "{account}" in form for form in need.on)
            assert need.why or not widened or need.given == "force_detach", (kind, need.actions)
            assert "*" not in need.on or need.why, (kind, need.actions)
