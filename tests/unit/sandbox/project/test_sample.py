"""Which instances are asked from inside, and which need not be asked to know what is wrong with them."""

from __future__ import annotations

from collections import Counter

import pytest

from instance_role_sandbox.project.clouds import ALIBABA, TENCENT
from instance_role_sandbox.project.clouds.cloud import Cloud, Held, Role
from instance_role_sandbox.project.inventory import Instance, Inventory
from instance_role_sandbox.project.proof import NO_CALL, Seen, at_a_glance, told, tried
from instance_role_sandbox.project.sample import A_FEW, Prove, asked

HELD = [(ALIBABA, {"web": 300, "worker": 4, "audit": 1}), (TENCENT, {"web": 200}), (TENCENT, {})]


def inventory(cloud: Cloud, counts: dict[str, int]) -> Inventory:
    roles = tuple(Role(name, "arn", (), ()) for name in counts)
    instances = [Instance(f"{name}-{n}", "", "Running", name) for name, count in counts.items() for n in range(count)]
    return Inventory(cloud, roles, (), (Instance("without", "", "Running", None), *instances))


@pytest.mark.parametrize(
    ("prove", "held", "expected"),
    [
        (
            "some",
            HELD,
            {("alibaba", "web"): 3, ("alibaba", "worker"): 2, ("alibaba", "audit"): 1, ("tencent", "web"): 6},
        ),
        ("some", [(ALIBABA, {"web": 11, "audit": 1})], {("alibaba", "web"): 11, ("alibaba", "audit"): 1}),
        ("some", [(ALIBABA, {f"r{n}": 2 for n in range(13)})], {("alibaba", f"r{n}"): 1 for n in range(12)}),
        ("all", HELD[:1], {("alibaba", "web"): 300, ("alibaba", "worker"): 4, ("alibaba", "audit"): 1}),
        ("none", HELD, {}),
    ],
)
def test_a_few_of_each_role_and_cloud_where_there_are_many(
    prove: Prove, held: list[tuple[Cloud, dict[str, int]]], expected: dict[tuple[str, str], int]
) -> None:
    chosen = asked([inventory(*one) for one in held], prove)
    counted = Counter((one.cloud.name, item.role) for one, items in chosen for item in items)
    assert counted == expected
    assert prove == "all" or counted.total() <= A_FEW
    for one, items in chosen:  # none twice, in the order in which they are shown
        assert items == [item for item in one.instances if item in items]


def test_what_is_wrong_is_known_of_every_instance_without_asking() -> None:
    held = (
        Instance("i-right", "", "Running", "web", "web"),
        Instance("i-free", "", "Running", None),
        Instance("i-none", "", "Running", None, "web"),
        Instance("i-lost", "", "Running", "deleted", "deleted"),
        Instance("i-other", "", "Running", "web", "audit"),
        Instance("i-gone", "", Held().status, None, "web"),
    )
    found = Inventory(ALIBABA, (Role("web", "arn", (), ()),), (), held)
    assert {one.instance.instance_id: one.faults for one in at_a_glance(found)} == {
        "i-none": ("no role in place of web",),
        "i-lost": ("role deleted, which does not exist",),
        "i-other": ("role web in place of audit",),
        "i-gone": ("gone",),
    }


def test_what_is_wrong_with_many_is_told_once() -> None:
    many = [
        Seen("alibaba", Instance(f"i-{n:03}", "", "Running", None), faults=("no role in place of web",))
        for n in range(300)
    ]
    one = Seen("alibaba", Instance("i-x", "", "Running", "b"), faults=("role b in place of web", "gone"))
    assert told([*many, one]) == (
        "300 instances (i-000, i-001, i-002 and 297 more): no role in place of web; "
        "1 instance (i-x): role b in place of web; 1 instance (i-x): gone"
    )
    assert told([]) == ""


def test_a_proof_says_on_how_many_it_tried_what() -> None:
    item = Instance("i", "", "Running", "web")
    both, one = (
        Seen("alibaba", item, may="a: ok", may_not="b: 403"),
        Seen("alibaba", item, may=NO_CALL, may_not="b: 403"),
    )
    assert tried([both]) == "what its policies allow works, what they do not allow is refused"
    assert tried([both, one]) == "what its policies allow works (tried on 1 of 2), what they do not allow is refused"
