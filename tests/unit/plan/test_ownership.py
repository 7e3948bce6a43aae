from __future__ import annotations

import pytest

from pulumi_instance_role.plan.names import derived_name
from pulumi_instance_role.plan.ownership import Owner, owner_from, owner_of

PLAIN, ALICE, BOB = (Owner("proj", "dev", "web", organization) for organization in ("", "alice", "bob"))


@pytest.mark.parametrize("long", [False, True])
@pytest.mark.parametrize(
    ("one", "marked", "same"),
    [
        (PLAIN, PLAIN, True),
        (ALICE, ALICE, True),
        (ALICE, PLAIN, True),  # a mark of an older release names no organization
        (ALICE, BOB, False),
        (PLAIN, ALICE, False),
    ],
)
def test_marks_tell_organizations_apart(one: Owner, marked: Owner, same: bool, long: bool) -> None:
    stack = "x" * 98 if long else "dev"
    mine, its = (Owner(each.project, stack, each.resource, each.organization) for each in (one, marked))
    for found in (owner_of(its.tags()), owner_of({}, its.mark("d"))):
        assert (mine.is_same(found), mine.same_stack(found)) == (same, same)
        assert not Owner("proj", stack, "db", mine.organization).is_same(found)
    assert not mine.is_same(None) and not mine.same_stack(None)


def test_a_state_without_organization_knows_what_was_marked_since() -> None:
    assert PLAIN.may_have_become(owner_of(ALICE.tags())) and PLAIN.may_have_become(owner_of(PLAIN.tags()))
    assert not BOB.may_have_become(owner_of(ALICE.tags()))
    assert not PLAIN.may_have_become(owner_of(Owner("proj", "prod", "web", "alice").tags()))
    assert not PLAIN.may_have_become(None)


def test_a_stack_is_named_as_engines_name_it() -> None:
    assert PLAIN.stack_name == "proj/dev" and ALICE.stack_name == "alice/proj/dev"
    found = owner_of(ALICE.tags())
    assert found is not None and found.stack_name == "alice/proj/dev"
    written = {"project": "proj", "stack": "dev", "resource": "web", "organization": "alice"}
    assert owner_from(written) == ALICE and owner_from({}) == Owner("", "", "")


def test_a_derived_name_has_the_organization_in_its_hash() -> None:
    def name(organization: str) -> str:
        return derived_name("proj", "dev", "web", organization=organization, pattern=r"[a-z0-9-]+", length=64)

    assert len({name(one) for one in ("", "alice", "bob")}) == 3
    assert name("") == derived_name("proj", "dev", "web", pattern=r"[a-z0-9-]+", length=64)
    assert {one.rpartition("-")[0] for one in (name("alice"), name("bob"))} == {"proj-dev-web"}
