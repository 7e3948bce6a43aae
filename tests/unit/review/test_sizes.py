"""How much permissions are, in words that do not count a star as one."""

from __future__ import annotations

import pytest

from pulumi_instance_role.data import actions
from pulumi_instance_role.review import words
from pulumi_instance_role.review.model import Exempt, Grant
from pulumi_instance_role.review.sizes import kind_of, size

BUCKET = "acs:oss:*:*:shop/*"


def grant(*names: str, on: str = "*", but: tuple[str, ...] = (), exempt: tuple[Exempt, ...] = ()) -> Grant:
    return Grant("allow", names, but, (on,), (), exempt)


@pytest.mark.parametrize(
    ("service", "name", "kind"),
    [
        ("oss", "GetObject", "read"),
        ("oss", "ListObjects", "list"),
        ("oss", "DeleteObject", "write"),
        ("oss", "PutBucketPolicy", "permissions"),
        ("oss", "GetBucketPolicy", "read"),
        ("cos", "PutBucketACL", "permissions"),
        ("ecs", "DescribeInstances", "list"),
        ("ecs", "RunInstances", "write"),
        ("ram", "AttachPolicyToRole", "permissions"),
        ("ram", "CreateUser", "permissions"),
        ("ram", "GenerateCredentialReport", "read"),
        ("sts", "AssumeRole", "permissions"),
    ],
)
def test_what_an_action_does(service: str, name: str, kind: str) -> None:
    assert kind_of(service, name) == kind


def test_everything_is_everything() -> None:
    assert words.amounts(size([grant("*")], "alibaba")) == ["everything: all actions of all services"]
    assert words.amounts(size([grant("*", but=("ram:*",))], "alibaba")) == [
        "everything: all actions of all services, but ram:*"
    ]
    held = Exempt(("oss:Get*",), (), ("*",), (), "already")
    assert size([grant("*", exempt=(held,))], "alibaba").excepted == ("oss:Get*",)


@pytest.mark.parametrize(("cloud", "service"), [("alibaba", "ecs"), ("tencent", "cvm")])
def test_a_whole_service_is_counted_by_its_list(cloud: str, service: str) -> None:
    (found,) = size([grant(f"{service}:*")], cloud).services
    total = len(actions(cloud)[service])
    assert found.whole and total > 50
    assert found.write + found.read + found.list + found.permissions == total
    assert found.write > 20 and found.list > 10
    assert words.amount(found).startswith(f"all of {service}: {total} known actions (")


def test_every_action_on_the_resources_of_a_service_is_that_service() -> None:
    (found,) = size([grant("*", on=BUCKET)], "alibaba").services
    assert (found.service, found.whole) == ("oss", True)


def test_what_was_allowed_already_is_not_counted() -> None:
    held = Exempt(("ecs:Describe*",), (), ("*",), (), "already")
    all_, less = (size([one], "alibaba").services[0] for one in (grant("ecs:*"), grant("ecs:*", exempt=(held,))))
    described = [name for name in actions("alibaba")["ecs"] if name.startswith("Describe")]
    assert all_.list - less.list == len(described) > 50
    on_some = Exempt(("ecs:Describe*",), (), (BUCKET,), (), "already")  # elsewhere it is new
    assert size([grant("ecs:*", exempt=(on_some,))], "alibaba").services[0].list == all_.list


def test_what_no_list_has_counts_as_one_by_its_verb() -> None:
    (found,) = size([grant("nosuchservice:PutThing", "nosuchservice:Get*")], "alibaba").services
    assert (found.write, found.read, found.unlisted) == (1, 1, 2)
    assert words.amount(found) == "nosuchservice: 1 write, 1 read (PutThing, Get*)"


def test_deleting_is_named_first() -> None:
    (found,) = size([grant("oss:GetObject", "oss:PutObject", "oss:DeleteObject", on=BUCKET)], "alibaba").services
    assert found.examples == ("DeleteObject", "PutObject", "GetObject")


def test_the_lists_are_sound() -> None:
    for cloud, least in (("alibaba", 150), ("tencent", 200)):
        found = actions(cloud)
        assert len(found) >= least and all(service == service.lower() for service in found)
        assert all(names and len(set(names)) == len(names) for names in found.values())
    assert actions("nowhere") == {}
