"""How much permissions are, in words that do not count a star as one."""

from __future__ import annotations

import re

import pytest

from pulumi_instance_role.clouds import limits_of
from pulumi_instance_role.data import actions
from pulumi_instance_role.policy.work import within
from pulumi_instance_role.review import words
from pulumi_instance_role.review.model import Exempt, Grant
from pulumi_instance_role.review.sizes import DEEDS, deeds, kind_of, size

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


@pytest.mark.parametrize("cloud", ["alibaba", "tencent"])
def test_the_figures_say_no_less_than_the_rules(cloud: str) -> None:
    """What the rules find in all of a service, its amount says as well: counted, or as what nobody could count."""
    for service in (*list(actions(cloud))[::5], "cos", "nosuchservice"):
        one = grant(f"{service}:*")
        (found,) = size([one], cloud).services
        told = {kind for kind in ("permissions", "write") if getattr(found, kind)} | {*found.maybe}
        assert told == {"write" if deed == "end" else deed for deed in deeds(one, cloud)[f"{service}:*"]}, service
        assert not any(getattr(found, kind) for kind in found.maybe)


@pytest.mark.parametrize(
    ("cloud", "text", "says"),
    [
        ("tencent", "cos:*", r"all of cos: 19 .* 4 list\); actions that are in no list may manage permissions$"),
        ("tencent", "cos:Get*", r"cos: 4 read \([^;]*$"),
        ("tencent", "cos:Put*", r"cos: 1 write \(Put\*\); actions that are in no list may manage permissions$"),
        ("alibaba", "oss:*", r"all of oss: 47 .*4 manage permissions, [^;]*$"),
        (
            "alibaba",
            "nosuchservice:*",
            "all of nosuchservice, of which no action is in a list: they may write or manage permissions$",
        ),
    ],
)
def test_what_could_not_be_counted_is_said(cloud: str, text: str, says: str) -> None:
    (found,) = size([grant(text)], cloud).services
    assert re.match(says, words.amount(found)), words.amount(found)


def test_deleting_is_named_first() -> None:
    (found,) = size([grant("oss:GetObject", "oss:PutObject", "oss:DeleteObject", on=BUCKET)], "alibaba").services
    assert found.examples == ("DeleteObject", "PutObject", "GetObject")


@pytest.mark.parametrize("cloud", ["alibaba", "tencent"])
def test_a_pattern_does_all_that_the_listed_actions_do_that_it_holds(cloud: str) -> None:
    for service, names in sorted(actions(cloud).items())[::9]:
        by_start: dict[str, set[str]] = {}
        for name in names:
            start = re.sub(r"(?<=.)[A-Z].*", "", name)
            by_start.setdefault(start, set()).update(*deeds(grant(f"{service}:{name}"), cloud).values())
        for start, held in by_start.items():
            assert held <= deeds(grant(f"{service}:{start}*"), cloud)[f"{service}:{start}*"], (service, start)


@pytest.mark.parametrize("text", ["*", "*:*", "SERVICE:*", "SERVICE:?*", "PREFIX*", "PREFIXSERVICE:*"])
@pytest.mark.parametrize("cloud", ["alibaba", "tencent"])
def test_all_of_a_service_does_everything(cloud: str, text: str) -> None:
    prefix = limits_of(cloud).language.action_prefix
    for service in (*list(actions(cloud))[::20], "nosuchservice"):
        one = text.replace("PREFIX", prefix).replace("SERVICE", service)
        assert deeds(grant(one), cloud) == {one: DEEDS}


@pytest.mark.parametrize(
    ("given", "does"),
    [
        (grant("oss:GetObject"), ()),
        (grant("oss:Get*"), ()),
        (grant("oss:PutObject"), ("write",)),
        (grant("oss:Put*"), ("write", "permissions")),
        (grant("oss:DeleteObject*"), ("end",)),
        (grant("ecs:Run*"), ("write",)),
        (grant("*", on=BUCKET), ("write", "end", "permissions")),
        (
            grant("oss:*", exempt=(Exempt(("oss:Delete*",), (), ("*",), (), "already"),)),
            ("write", "end", "permissions"),
        ),
        (
            grant("oss:De*", exempt=(Exempt(("oss:Delete*", "oss:Destroy*"), (), ("*",), (), "already"),)),
            ("write", "permissions"),
        ),
        (grant("ecs:D*", but=("ecs:Delete*", "ecs:Drop*", "ecs:Destroy*")), ("write", "permissions")),
        (grant("nosuchservice:PutThing"), ("write",)),  # of what is in no list, the verb is known
        (grant("nosuchservice:Get*"), ()),
        (grant("nosuchservice:*"), ("write", "end", "permissions")),
        (grant("nosuchservice:D*"), ("write", "end", "permissions")),
        (grant("nosuchservice:PutThing?"), ("write",)),
        (grant("nosuchservice:PutBucket*"), ("write", "permissions")),  # other services have such
    ],
    ids=lambda one: "-".join([*one.actions, *one.resources]) if isinstance(one, Grant) else "",
)
def test_what_a_pattern_lets_its_holders_do(given: Grant, does: tuple[str, ...]) -> None:
    (found,) = deeds(given, "alibaba").values()
    assert found == set(does)


def test_what_takes_too_long_to_ask_does_everything() -> None:
    with within(0):
        assert deeds(grant("oss:*a*b", exempt=(Exempt(("oss:*a",), (), ("*",), (), "already"),)), "alibaba") == {
            "oss:*a*b": DEEDS
        }


def test_the_lists_are_sound() -> None:
    for cloud, least in (("alibaba", 150), ("tencent", 200)):
        found = actions(cloud)
        assert len(found) >= least and all(service == service.lower() for service in found)
        assert all(names and len(set(names)) == len(names) for names in found.values())
    assert actions("nowhere") == {}
