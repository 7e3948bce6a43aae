from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_instance_role.plan.names import attachment_id, binding_id, derived_name, resource_within, shown
from pulumi_instance_role.plan.ownership import Owner, owner_of, unmarked
from tests.unit.plan.model import LIMITS

words = st.text(min_size=1, max_size=120)


@settings(deadline=None)
@given(words, words, words)
def test_a_derived_name_is_one_the_cloud_takes(project: str, stack: str, resource: str) -> None:
    for pattern, length in ((LIMITS.role_name, LIMITS.role_name_length), (r"[A-Za-z0-9-]{1,20}", 20)):
        name = derived_name(project, stack, resource, pattern=pattern, length=length)
        assert re.fullmatch(pattern, name) and len(name) <= length
        assert name == derived_name(project, stack, resource, pattern=pattern, length=length)


@settings(deadline=None)
@given(st.tuples(words, words, words), st.tuples(words, words, words))
def test_different_resources_get_different_names(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    names = [derived_name(*each, pattern=LIMITS.role_name, length=LIMITS.role_name_length) for each in (one, other)]
    assert (names[0] == names[1]) == (one == other)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("shop", "dev", "web"), "shop-dev-web-4801473"),
        (("my_shop", "dev", "web role"), "my-shop-dev-web-role-"),
        (("商店", "dev", "web"), "dev-web-"),
    ],
)
def test_names_are_readable_and_frozen(parts: tuple[str, str, str], expected: str) -> None:
    assert derived_name(*parts, pattern=LIMITS.role_name, length=64).startswith(expected)


def test_ids_are_frozen() -> None:
    assert attachment_id("web", "reader", "Custom") == "web:reader:Custom"
    assert binding_id("alibaba", "cn-hangzhou", "shop", "dev", "web") == "binding-a0cf64a0ddcd7c8c"


@settings(deadline=None)
@given(words, words, words, st.text(max_size=50))
def test_ownership_reads_back_from_tags_and_from_a_description(
    project: str, stack: str, resource: str, text: str
) -> None:
    owner = Owner(project, stack, resource)
    assert owner.is_same(owner_of(owner.tags()))
    assert owner.same_stack(owner_of({}, owner.mark(text)))
    assert owner.is_same(owner_of({}, owner.mark(text)))
    assert unmarked(owner.mark(text)) == text
    assert all(len(value) <= 100 for value in owner.tags().values())


@settings(deadline=None)
@given(words, words)
def test_owners_stay_apart(one: str, other: str) -> None:
    assert Owner("p", "s", one).is_same(owner_of(Owner("p", "s", other).tags())) == (one == other)


def test_nobody_owns_what_nobody_marked() -> None:
    assert owner_of({"team": "a"}, "made by hand") is None
    assert unmarked("made by hand") == "made by hand"


def test_a_resource_is_told_apart_by_the_types_above_it() -> None:
    urn = "urn:pulumi:dev::proj::{}::x"
    assert resource_within(urn.format("pulumi:pulumi:Stack"), "web") == "web"
    assert resource_within(urn.format("acme:Site"), "web") == "acme:Site::web"
    nested = resource_within(urn.format("acme:Site$acme:Tier"), "web")
    assert nested == "acme:Site$acme:Tier::web"

    def derived(within: str) -> str:
        return derived_name("proj", "dev", "web", within=within, pattern=LIMITS.role_name, length=64)

    bare, below = derived("web"), derived(nested)
    assert bare == derived("")
    assert below != bare and below.startswith("proj-dev-web-") and len(below) == len(bare)


@pytest.mark.parametrize(
    ("resource", "said"),
    [
        ("web", '"web"'),
        ("instance-role:index:InstanceIdentity::batch", '"batch" (in InstanceIdentity)'),
        ("acme:Site$acme:deep:Tier::web", '"web" (in Site/Tier)'),
        ("acme:Site::a::b", '"a::b" (in Site)'),
        ("a::b", '"a::b"'),
        ("a:b", '"a:b"'),
        ("a:b::", '"a:b::"'),
    ],
)
def test_a_message_says_the_name_that_the_program_gave(resource: str, said: str) -> None:
    assert shown(resource) == said
