"""Attach, detach and describe the role of instances, through both generations of the SDK, and every refusal."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException

from tests.contract.emulator_ecs.conftest import Place
from tests.support.sandbox import Sandbox
from tests.support.typed import Refused, Typed, refuses

Ask = Callable[..., dict[str, Any]]
OCCUPIED = "InvalidOperation.InstanceRamRoleExists"


def holders(api: Typed, ids: list[str]) -> dict[str, str]:
    """Who holds what, of up to 50 instances."""
    found = api.ecs("DescribeInstanceRamRole", InstanceIds=json.dumps(ids), PageSize=50)
    rows = found["InstanceRamRoleSets"]["InstanceRamRoleSet"]
    assert found["TotalCount"] == len(rows)
    return {row["InstanceId"]: row["RamRoleName"] for row in rows}


def attach(api: Typed, role: str, *ids: str, **more: Any) -> dict[str, Any]:
    return api.ecs("AttachInstanceRamRole", RamRoleName=role, InstanceIds=json.dumps(ids), **more)


def detach(api: Typed, role: str | None, *ids: str) -> dict[str, Any]:
    named = {"RamRoleName": role} if role else {}
    return api.ecs("DetachInstanceRamRole", InstanceIds=json.dumps(ids), **named)


def classic_generation(sandbox: Sandbox) -> Ask:
    def ask(action: str, **fields: Any) -> dict[str, Any]:
        try:
            return sandbox.call("Ecs", action, RegionId=sandbox.region, **fields)
        except ServerException as error:
            raise Refused(error.get_error_code(), error.get_http_status(), error.get_error_msg()) from None

    return ask


@pytest.fixture(params=["new", "classic"])
def ask(request: pytest.FixtureRequest, place: Place) -> Ask:
    return place.api.ecs if request.param == "new" else classic_generation(place.sandbox)


def test_a_binding_from_attach_to_detach(place: Place, ask: Ask) -> None:
    role = place.sandbox.make_role("app")
    first, second = place.run(2)
    ids = json.dumps([first, second])
    done = ask("AttachInstanceRamRole", RamRoleName=role, InstanceIds=ids)
    assert (done["RamRoleName"], done["TotalCount"], done["FailCount"]) == (role, 2, 0)
    assert done["AttachInstanceRamRoleResults"]["AttachInstanceRamRoleResult"] == [
        {"InstanceId": one, "Code": "200", "Message": "success", "Success": True} for one in (first, second)
    ]
    found = ask("DescribeInstanceRamRole", InstanceIds=ids)
    assert (found["RegionId"], found["TotalCount"]) == (place.sandbox.region, 2)
    assert found["InstanceRamRoleSets"]["InstanceRamRoleSet"] == [
        {"InstanceId": one, "RamRoleName": role} for one in (first, second)
    ]
    gone = ask("DetachInstanceRamRole", RamRoleName=role, InstanceIds=json.dumps([first]))
    assert (gone["TotalCount"], gone["FailCount"]) == (1, 0)
    (row,) = gone["DetachInstanceRamRoleResults"]["DetachInstanceRamRoleResult"]
    assert (row["InstanceId"], row["Code"], row["Success"]) == (first, "200", True)
    assert row["InstanceRamRoleSets"] == {"InstanceRamRoleSet": [{"InstanceId": first, "RamRoleName": role}]}
    assert holders(place.api, [first, second]) == {second: role}
    by_role = ask("DescribeInstanceRamRole", RamRoleName=role)["InstanceRamRoleSets"]["InstanceRamRoleSet"]
    assert [row["InstanceId"] for row in by_role] == [second]


def test_one_role_on_a_hundred_instances_in_one_call(place: Place) -> None:
    place.sandbox.make_role("app")
    ids = place.run(100)
    done = attach(place.api, "app", *ids)
    assert (done["TotalCount"], done["FailCount"]) == (100, 0)
    pages = [
        place.api.ecs("DescribeInstanceRamRole", RamRoleName="app", PageSize=50, PageNumber=number)
        for number in (1, 2, 3)
    ]
    assert [page["TotalCount"] for page in pages] == [100, 100, 100]
    rows = [row["InstanceId"] for page in pages for row in page["InstanceRamRoleSets"]["InstanceRamRoleSet"]]
    assert sorted(rows) == sorted(ids)
    assert detach(place.api, "app", *ids)["FailCount"] == 0


def test_the_role_at_creation(place: Place) -> None:
    place.sandbox.make_role("app")
    ids = place.run(2, RamRoleName="app")
    assert holders(place.api, ids) == dict.fromkeys(ids, "app")


def test_detach_without_a_name_takes_whatever_is_held(place: Place) -> None:
    place.sandbox.make_role("a")
    place.sandbox.make_role("b")
    first, second = place.run(2)
    attach(place.api, "a", first)
    attach(place.api, "b", second)
    assert detach(place.api, None, first, second)["FailCount"] == 0
    assert holders(place.api, [first, second]) == {}


def test_a_released_instance_no_longer_holds_its_role(place: Place) -> None:
    place.sandbox.make_role("app")
    (one,) = place.run(1, RamRoleName="app")
    place.api.ecs("DeleteInstance", InstanceId=one, Force=True)
    found = place.api.ecs("DescribeInstanceRamRole", RamRoleName="app")
    assert found["InstanceRamRoleSets"] == {"InstanceRamRoleSet": []}
    with refuses("InvalidInstanceId.NotFound", 404):
        holders(place.api, [one])


def test_bindings_belong_to_a_region_and_roles_to_all(place: Place) -> None:
    place.sandbox.make_role("app")
    (one,) = place.run()
    attach(place.api, "app", one)
    elsewhere = Typed(place.sandbox, region="cn-beijing")
    assert elsewhere.ecs("DescribeInstanceRamRole", RamRoleName="app")["TotalCount"] == 0
    for call in (attach, detach):
        with refuses("InvalidInstanceId.NotFound", 404):
            call(elsewhere, "app", one)


MALFORMED = ["i-1", "[]", '["i-1"', "{}", '[""]', "[1]", json.dumps([f"i-{n}" for n in range(101)])]


@pytest.mark.parametrize("action", ["AttachInstanceRamRole", "DetachInstanceRamRole", "DescribeInstanceRamRole"])
def test_instance_ids_are_a_json_array_of_1_to_100(sandbox: Sandbox, action: str) -> None:
    api = Typed(sandbox)
    sandbox.make_role("app")
    for ids in MALFORMED:
        with refuses("InvalidInstanceIds.Malformed", 400):
            api.ecs(action, RamRoleName="app", InstanceIds=ids)
    if action != "DescribeInstanceRamRole":
        with refuses("MissingInstanceIds", 400):
            api.ecs(action, RamRoleName="app")


@pytest.mark.parametrize("limit", [50, 100])
def test_describe_takes_as_many_ids_as_the_switch_says(place: Place, limit: int) -> None:
    place.sandbox.switch(describe_role_ids=limit)
    ids = place.run(limit)
    assert holders(place.api, ids) == {}
    with refuses("InvalidInstanceIds.Malformed", 400):
        holders(place.api, [*ids, "i-more"])


def test_what_cannot_be_attached(place: Place) -> None:
    place.sandbox.make_role("app")
    place.sandbox.make_role("for-people", services=["fc.aliyuncs.com"])
    (one,) = place.run()
    with refuses("InvalidRamRole.NotFound", 404):
        attach(place.api, "unknown", one)
    with refuses("InvalidRamRole.NotEcsRole", 404):
        attach(place.api, "for-people", one)
    with refuses("InvalidInstanceId.NotFound", 404):
        attach(place.api, "app", "i-unknown")
    with refuses("MissingRamRoleName", 400):
        place.api.ecs("AttachInstanceRamRole", InstanceIds=json.dumps([one]))
    with refuses("InvalidParameter.Policy", 400):
        attach(place.api, "app", one, Policy="x" * 1025)
    assert holders(place.api, [one]) == {}


def test_classic_network_instances_hold_no_role(place: Place) -> None:
    place.sandbox.make_role("app")
    one = place.classic()
    for ask_for in (attach, detach):
        with refuses("InvalidNetworkType.MismatchRamRole", 403):
            ask_for(place.api, "app", one)
    with refuses("InvalidNetworkType.MismatchRamRole", 403):
        holders(place.api, [one])
    with refuses("InvalidNetworkType.MismatchRamRole", 403):
        place.run(VSwitchId=None, SecurityGroupId=None, RamRoleName="app")


def test_describe_wants_to_know_whose(place: Place) -> None:
    with refuses("InvalidParameter.AllEmpty", 403):
        place.api.ecs("DescribeInstanceRamRole")
    with refuses("InvalidRamRole.NotFound", 404):
        place.api.ecs("DescribeInstanceRamRole", RamRoleName="unknown")
    place.sandbox.make_role("app")
    for page in ({"PageSize": 51}, {"PageSize": 0}, {"PageNumber": 0}):
        with refuses("InvalidParameter", 400):
            place.api.ecs("DescribeInstanceRamRole", RamRoleName="app", **page)


def test_describe_by_both_is_who_of_them_holds_it(place: Place) -> None:
    place.sandbox.make_role("a")
    place.sandbox.make_role("b")
    first, second, third = place.run(3)
    attach(place.api, "a", first)
    attach(place.api, "b", second)
    both = place.api.ecs("DescribeInstanceRamRole", RamRoleName="a", InstanceIds=json.dumps([first, second, third]))
    assert both["InstanceRamRoleSets"]["InstanceRamRoleSet"] == [{"InstanceId": first, "RamRoleName": "a"}]


class TestWhatIsUnconfirmed:
    """Each open question's switch, in every position."""

    @pytest.fixture
    def held(self, place: Place) -> tuple[str, str]:
        """An instance that holds ``a`` and one that holds nothing."""
        place.sandbox.make_role("a")
        place.sandbox.make_role("b")
        first, second = place.run(2)
        attach(place.api, "a", first)
        return first, second

    @pytest.mark.parametrize("role", ["b", "a"])
    def test_occupied_fails_the_request(self, place: Place, held: tuple[str, str], role: str) -> None:
        with refuses(OCCUPIED, 403):
            attach(place.api, role, held[1], held[0])
        assert holders(place.api, list(held)) == {held[0]: "a"}

    def test_occupied_fails_one_result(self, place: Place, held: tuple[str, str]) -> None:
        place.sandbox.switch(occupied_level="item", occupied_code="Occupied.ByAnother")
        done = attach(place.api, "b", *held)
        assert (done["TotalCount"], done["FailCount"]) == (2, 1)
        results = done["AttachInstanceRamRoleResults"]["AttachInstanceRamRoleResult"]
        assert [(row["InstanceId"], row["Code"], row["Success"]) for row in results] == [
            (held[0], "Occupied.ByAnother", False),
            (held[1], "200", True),
        ]
        assert holders(place.api, list(held)) == {held[0]: "a", held[1]: "b"}

    def test_the_same_role_again_may_be_fine(self, place: Place, held: tuple[str, str]) -> None:
        place.sandbox.switch(reattach_same="ok")
        assert attach(place.api, "a", *held)["FailCount"] == 0
        with refuses(OCCUPIED, 403):
            attach(place.api, "b", held[0])

    @pytest.mark.parametrize("role", ["b", None])
    def test_detaching_what_is_not_held(self, place: Place, held: tuple[str, str], role: str | None) -> None:
        ids = held if role else held[1:]
        with refuses("InvalidRamRole.NotFound", 404):
            detach(place.api, role, *ids)
        place.sandbox.switch(detach_mismatch="item")
        done = detach(place.api, role, *ids)
        assert done["FailCount"] == len(ids)
        results = done["DetachInstanceRamRoleResults"]["DetachInstanceRamRoleResult"]
        assert {row["Code"] for row in results} == {"InvalidRamRole.NotFound"}
        place.sandbox.switch(detach_mismatch="ok")
        done = detach(place.api, role, *ids)
        assert done["FailCount"] == 0
        assert holders(place.api, list(held)) == {held[0]: "a"}

    @pytest.mark.parametrize("bad", ["unknown", "classic"])
    def test_one_bad_id_among_good_ones(self, place: Place, held: tuple[str, str], bad: str) -> None:
        wrong = place.classic() if bad == "classic" else "i-unknown"
        code, status = {
            "unknown": ("InvalidInstanceId.NotFound", 404),
            "classic": ("InvalidNetworkType.MismatchRamRole", 403),
        }[bad]
        with refuses(code, status):
            attach(place.api, "b", held[1], wrong)
        assert holders(place.api, list(held)) == {held[0]: "a"}
        place.sandbox.switch(mixed_batch="item")
        done = attach(place.api, "b", held[1], wrong)
        assert (done["TotalCount"], done["FailCount"]) == (2, 1)
        assert holders(place.api, list(held)) == {held[0]: "a", held[1]: "b"}
        assert detach(place.api, "b", wrong, held[1])["FailCount"] == 1
        with refuses(code, status):
            attach(place.api, "b", wrong)

    def test_rows_of_instances_without_a_role(self, place: Place, held: tuple[str, str]) -> None:
        place.sandbox.switch(describe_unbound="row")
        assert holders(place.api, list(held)) == {held[0]: "a", held[1]: ""}

    def test_states_in_which_roles_change(self, place: Place, held: tuple[str, str]) -> None:
        place.sandbox.switch(bind_states="settled", settle_seconds=60.0)
        place.api.ecs("StopInstance", InstanceId=held[1])
        with refuses("IncorrectInstanceStatus", 403):
            attach(place.api, "b", held[1])
        place.sandbox.advance(61)
        assert attach(place.api, "b", held[1])["FailCount"] == 0
        place.sandbox.switch(mixed_batch="item")
        place.api.ecs("StartInstance", InstanceId=held[1])
        assert detach(place.api, None, *held)["FailCount"] == 1

    def test_by_default_they_change_in_any_state(self, place: Place, held: tuple[str, str]) -> None:
        place.sandbox.switch(settle_seconds=60.0)
        place.api.ecs("StopInstance", InstanceId=held[1])
        assert attach(place.api, "b", held[1])["FailCount"] == 0

    def test_a_fresh_role_may_take_a_moment(self, place: Place) -> None:
        place.sandbox.switch(role_propagation_seconds=30.0)
        (one,) = place.run()
        place.sandbox.make_role("fresh")
        with refuses("InvalidRamRole.NotFound", 404):
            attach(place.api, "fresh", one)
        with refuses("InvalidRamRole.NotFound", 404):
            place.run(RamRoleName="fresh")
        place.sandbox.advance(31)
        assert attach(place.api, "fresh", one)["FailCount"] == 0

    def test_a_role_deleted_while_bound_dangles(self, place: Place, held: tuple[str, str]) -> None:
        place.sandbox.call("Ram", "DeleteRole", RoleName="a")
        assert holders(place.api, list(held)) == {held[0]: "a"}
        assert place.api.ecs("DescribeInstanceRamRole", RamRoleName="a")["TotalCount"] == 1
        assert detach(place.api, "a", held[0])["FailCount"] == 0

    def test_or_cannot_be_deleted_before(self, place: Place, held: tuple[str, str]) -> None:
        place.sandbox.switch(delete_bound_role="refuse")
        with pytest.raises(ServerException):
            place.sandbox.call("Ram", "DeleteRole", RoleName="a")
        detach(place.api, "a", held[0])
        place.sandbox.call("Ram", "DeleteRole", RoleName="a")


def test_what_describing_an_unknown_id_says_is_a_switch(place: Place) -> None:
    place.sandbox.make_role("app")
    (one,) = place.run(1, RamRoleName="app")
    with refuses("InvalidInstanceId.NotFound", 404):
        holders(place.api, [one, "i-none"])
    place.sandbox.switch(describe_unknown_id="empty")
    assert holders(place.api, [one, "i-none"]) == {one: "app"}
    assert holders(place.api, ["i-none"]) == {}


def test_what_describing_an_unknown_role_says_is_a_switch(place: Place) -> None:
    with refuses("InvalidRamRole.NotFound", 404):
        place.api.ecs("DescribeInstanceRamRole", RamRoleName="none")
    place.sandbox.switch(describe_unknown_role="empty")
    assert place.api.ecs("DescribeInstanceRamRole", RamRoleName="none")["TotalCount"] == 0


def test_a_role_that_cannot_be_had_fails_the_request_or_each_instance(place: Place) -> None:
    place.sandbox.make_role("distrusts", ["fc.aliyuncs.com"])
    ids = place.run(2)
    place.sandbox.switch(role_fault_level="item")
    for role, code in (("distrusts", "InvalidRamRole.NotEcsRole"), ("none", "InvalidRamRole.NotFound")):
        done = attach(place.api, role, *ids)
        rows = done["AttachInstanceRamRoleResults"]["AttachInstanceRamRoleResult"]
        assert done["FailCount"] == 2 and {row["Code"] for row in rows} == {code}
