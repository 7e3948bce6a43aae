"""Two states with the same project and stack name (two laptops, each with a stack `dev`), on one account."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lifecycle.resources.conftest import StartHost
from tests.lifecycle.resources.names import Names, names
from tests.support.host import Host, HostError, Props, Thing
from tests.support.sandbox import wait_for

__all__ = ["names"]


def role(names: Names, **more: Any) -> Props:
    return names.where(name="web", description="the first one's", **more)


def policy(names: Names, **more: Any) -> Props:
    return names.where(name="read", document=names.document, **more)


@pytest.fixture
def first(names: Names, host: Host) -> dict[str, Thing]:
    """What the first laptop has."""
    made = {kind: Thing(kind, "mine") for kind in ("InstanceRole", "RolePolicy", "RolePolicyAttachment")}
    host.up(made["InstanceRole"], role(names))
    host.up(made["RolePolicy"], policy(names))
    host.up(made["RolePolicyAttachment"], names.where(role="web", policy="read", policy_type="Custom"))
    return made


WHOSE = r"the mark of this very resource, but .* may be the one of another state of stack proj/dev; .*adopt=True"


@pytest.mark.parametrize("edited", [False, True], ids=["the-same", "edited"])
def test_the_second_takes_nothing_of_the_first_for_its_own(
    names: Names, first: dict[str, Thing], start: StartHost, edited: bool
) -> None:
    mark, second = names.sandbox.mark(), start()
    its_role = role(names) | ({"description": "the second one's"} if edited else {})
    its_policy = policy(names) | ({"document": names.wider} if edited else {})
    with pytest.raises(HostError, match=WHOSE) as told:
        second.up(Thing("InstanceRole", "mine"), its_role)
    assert "is in use (policy read)" in str(told.value)
    assert ("differs from what is declared (description)" in str(told.value)) is edited
    with pytest.raises(HostError, match=WHOSE) as told:
        second.up(Thing("RolePolicy", "mine"), its_policy)
    assert "is in use (role web)" in str(told.value) and ("(document)" in str(told.value)) is edited
    assert names.give_writes(mark) == []


@pytest.mark.parametrize("trouble", ["unavailable", "drop_before"])
def test_a_create_without_an_answer_takes_nothing_of_the_first_for_its_own(
    names: Names, first: dict[str, Thing], start: StartHost, trouble: str
) -> None:
    """What is there after an answer that was lost need not be what the call made."""
    mark = names.sandbox.mark()
    for kind, action, declared in (
        ("InstanceRole", "CreateRole", role(names)),
        ("RolePolicy", "CreatePolicy", policy(names)),
    ):
        names.sandbox.fault(trouble, action, times=1)
        with pytest.raises(HostError, match=WHOSE):
            start().up(Thing(kind, "mine"), declared)
    assert names.give_writes(mark) == []


def test_what_the_second_adopts_it_releases(names: Names, first: dict[str, Thing], start: StartHost) -> None:
    second = start()
    things = {kind: Thing(kind, "mine") for kind in ("InstanceRole", "RolePolicy")}
    assert second.up(things["InstanceRole"], role(names, adopt=True)) == "create"
    assert second.up(things["RolePolicy"], policy(names, adopt=True)) == "create"
    assert [one.outputs["adopted"] for one in things.values()] == [True, True]
    for thing in things.values():
        start().delete(thing)
    assert names.exists("role", "web") and names.on_role("web") == [("read", "Custom")]
    destroy = start()  # the first one can still end its own
    for kind in ("RolePolicyAttachment", "RolePolicy", "InstanceRole"):
        destroy.delete(first[kind])
    assert not names.exists("role", "web") and not names.exists("policy", "read")


def test_a_grant_of_the_first_stays_as_it_is(names: Names, host: Host, start: StartHost) -> None:
    names.make_role("web")
    names.make_role("db")
    names.make_user("ops")
    wanted = names.where(name="pass", roles=["web"], user="ops")
    host.up(Thing("PassRoleGrant", "mine"), wanted)
    mark = names.sandbox.mark()
    with pytest.raises(HostError, match=r"another state of stack proj/dev; .*or delete the policy if nobody needs"):
        start().up(Thing("PassRoleGrant", "mine"), {**wanted, "roles": ["db", "web"]})
    assert names.give_writes(mark) == []


@pytest.mark.parametrize("kind", ["InstanceRole", "RolePolicy"])
def test_a_create_that_was_cut_off_is_finished_without_a_question(names: Names, start: StartHost, kind: str) -> None:
    """Also where by-name attachments of the same stack are on it, which run beside the create."""
    declared = role(names, adopt=True) if kind == "InstanceRole" else policy(names, adopt=True)
    action = "CreateRole" if kind == "InstanceRole" else "CreatePolicy"
    names.make_role("web" if kind == "RolePolicy" else "other")
    names.make_policy("read" if kind == "InstanceRole" else "other")
    cut, thing = start(), Thing(kind, "mine")
    mark = names.sandbox.mark()
    thread, _ = cut.in_background(cut.create, thing, cut.check(thing, declared).inputs)
    wait_for(lambda: any(call["action"] == action for call in names.sandbox.calls(mark)))
    cut.kill()
    thread.join(timeout=10)
    up, bond, again = start(), Thing("RolePolicyAttachment", "by-name"), Thing(kind, "mine")
    up.up(bond, names.where(role="web", policy="read", policy_type="Custom"))
    mark = names.sandbox.mark()
    assert up.up(again, declared) == "create"
    assert again.outputs["adopted"] is False and names.give_writes(mark) == []
    assert start().up(again, declared) == "same"


def test_what_is_replaced_under_its_own_name_is_no_other_states(
    names: Names, first: dict[str, Thing], start: StartHost
) -> None:
    """As an engine does it that is told to replace: check and diff, then check again as for a create, and create."""
    for kind, declared in (("InstanceRole", role(names)), ("RolePolicy", policy(names))):
        up, thing = start(), first[kind]
        assert not up.diff(thing, up.check(thing, declared).inputs).changes
        anew = Thing(kind, "mine")
        up.create(anew, up.check(anew, declared, olds={}).inputs)
        assert anew.outputs["adopted"] is False
        up.delete(thing)  # the new one claims it
        assert names.exists("role", "web") and names.exists("policy", "read")
        assert start().up(anew, declared) == "same"
