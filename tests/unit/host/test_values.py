from __future__ import annotations

from pulumi.output import UNKNOWN

from pulumi_instance_role.clouds.port import Grant, Grantee
from pulumi_instance_role.host.claims import Claims, Scope
from pulumi_instance_role.host.values import differs, is_unknown, only, plain, properties
from pulumi_instance_role.resources.grant import grant_key


def test_numbers_come_back_as_numbers_and_nothing_as_nothing() -> None:
    raw = {"a": 3600.0, "b": 0.5, "c": None, "d": {"x": None, "y": [1.0, None, True]}, "__provider": "p", "e": False}
    assert properties(raw) == {"a": 3600, "b": 0.5, "d": {"y": [1, True]}, "e": False}
    assert isinstance(properties(raw)["a"], int) and properties(None) == {}
    assert plain(("x", 1.0)) == ["x", 1]


def test_what_is_not_known_is_found_at_any_depth_and_differs_from_itself() -> None:
    for value in (UNKNOWN, [1, [UNKNOWN]], {"a": {"b": UNKNOWN}}):
        assert is_unknown(value) and differs(value, value)
    assert not is_unknown({"a": [1, "x", None]})
    assert not differs({"a": [1]}, {"a": [1]}) and differs(None, 1)


def test_only_what_is_there() -> None:
    assert only(("a", "b", "c"), {"a": 1, "b": None, "d": 2}) == {"a": 1}


def test_claims_are_kept_by_scope_and_claimer() -> None:
    claims, here, there = Claims(), Scope("alibaba", region="r"), Scope("alibaba", region="other")
    claims.claim("instance", here, "i-1", "one", "app")
    claims.claim("instance", here, "i-1", "two", "db")
    assert claims.claimed("instance", here, "i-1") == ("one", "app")
    assert claims.contested("instance", here, "i-1", "one") == ("two", "db")
    assert claims.claimed("instance", here, "i-2") is None
    assert claims.claimed("instance", there, "i-1") is None
    assert claims.claimed("role", here, "i-1") is None
    claims.hold(here, "i-1", "app")
    assert claims.holds(here, "i-1", "app") and claims.holds(here, "i-1", "App")
    assert not claims.holds(here, "i-1", "db") and not claims.holds(there, "i-1", "app")


def test_claims_are_looked_for_across_the_spellings_of_an_account() -> None:
    old, new, abroad = (Scope("alibaba", profile, region="r") for profile in ("old", "new", "abroad"))
    claims = Claims(lambda one, other: {one, other} == {old, new})
    claims.claim("instance", new, "i-1", "web", "app")
    assert claims.claimed("instance", old, "i-1") == ("web", "app")
    assert claims.claimed("instance", abroad, "i-1") is None
    assert claims.claimed("instance", Scope("alibaba", "old", region="other"), "i-1") is None
    assert claims.contested("instance", old, "i-1", "other") == ("web", "app")
    assert claims.contested("instance", old, "i-1", "web") is None
    assert claims.contested("instance", abroad, "i-1", "other") is None
    untold = Claims()
    untold.claim("role", new, "app", "web")
    assert untold.claimed("role", abroad, "app") == ("web", "")


def test_a_claim_is_the_same_in_another_case() -> None:
    """What was only spelt anew would else be ended by the end of its old self."""
    claims, here = Claims(), Scope("alibaba")
    claims.claim("role", here, "web", "new")
    claims.claim("attachment", here, ("web", "reader", "Custom"), "new")
    assert claims.claimed("role", here, "Web") == ("new", "")
    assert claims.claimed("attachment", here, ("WEB", "Reader", "Custom")) == ("new", "")
    role, user = Grantee("role", "web"), Grantee("user", "web")
    assert grant_key(Grant(role, "reader", "Custom")) == grant_key(Grant(Grantee("role", "WEB"), "Reader", "Custom"))
    assert grant_key(Grant(user, "reader", "Custom")) != grant_key(Grant(Grantee("user", "WEB"), "reader", "Custom"))


class Counted:
    """A key that counts how often it is compared."""

    compared = 0

    def __init__(self, number: int) -> None:
        self.number = number

    def __hash__(self) -> int:
        return hash(self.number)

    def __eq__(self, other: object) -> bool:
        Counted.compared += 1
        return isinstance(other, Counted) and other.number == self.number


def test_the_cost_of_a_claim_does_not_grow_with_the_others() -> None:
    claims, here = Claims(), Scope("alibaba", region="r")
    for number in range(500):
        claims.claim("instance", here, Counted(number), f"binding-{number % 5}", "app")
    Counted.compared = 0
    for number in range(500):
        assert claims.claimed("instance", here, Counted(number)) == (f"binding-{number % 5}", "app")
    assert Counted.compared <= 5000
    claims.withdraw("instance", "binding-0")
    assert [claims.claimed("instance", here, Counted(number)) for number in (0, 5)] == [None, None]
    assert claims.claimed("instance", here, Counted(6)) == ("binding-1", "app")
    claims.claim("instance", here, Counted(5), "binding-1", "db")
    assert claims.claimed("instance", here, Counted(5)) == ("binding-1", "db")
