"""A text that an output was put into is refused wherever a text is taken, with the argument and the remedy."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pulumi
import pytest

from pulumi_instance_role import (
    InstanceIdentity,
    InstanceRole,
    InstanceRoleBinding,
    PassRoleGrant,
    RolePolicy,
    RolePolicyAttachment,
    allow,
    deny,
    find_instances,
    policy_document,
    trust_document,
)
from pulumi_instance_role.policy.document import complaints, parse

REQUIRED: dict[Any, dict[str, Any]] = {
    InstanceRole: {},
    RolePolicy: {"document": "{}"},
    RolePolicyAttachment: {"role": "r", "policy": "p", "policy_type": "System"},
    InstanceRoleBinding: {"role": "r", "instance_ids": []},
    PassRoleGrant: {"roles": ["r"], "user": "u"},
    InstanceIdentity: {"policies": [], "instance_ids": []},
}
NO_TEXT = {"opts", "adopt", "force_detach", "console_login", "max_session_duration", "exclusive", "at_least"}
SHAPES: dict[str, Callable[[str], list[Any]]] = {
    "tags": lambda text: [{"a": text}, {text: "a"}, {"a": "b", f"x{text}": "c"}],
    "document": lambda text: [text, {"Statement": [{"Resource": [text]}]}, {"Statement": [{"Condition": {text: {}}}]}],
    "instance_ids": lambda text: [[text], ["i-1", text]],
    "policies": lambda text: [[{"Statement": [{"Resource": text}]}], {"a": (text, "System")}, [("p", "System"), text]],
}
SHAPES["trust_policy"] = SHAPES["document"]
SHAPES["roles"] = SHAPES["regions"] = SHAPES["trusted_services"] = SHAPES["instance_ids"]


def in_text(value: object) -> str:
    """What an f-string makes of it."""
    return f"acs:oss:*:*:{value}/*"


KNOWN: Any = pulumi.Output.from_input("x")
OUTPUT, OBJECT = in_text(KNOWN), in_text(object())
REMEDIES = {OUTPUT: "pulumi.Output.format or pulumi.Output.concat", OBJECT: "write the attribute"}


def alone(text: str) -> list[Any]:
    return [text]


def arguments() -> Iterator[tuple[Any, str]]:
    """Every argument that takes a text, of every resource."""
    for kind in REQUIRED:
        for name in inspect.signature(kind.__init__).parameters:
            if name not in NO_TEXT | {"self"}:
                yield kind, name


@pytest.mark.parametrize("text", [OUTPUT, OBJECT], ids=["output", "object"])
@pytest.mark.parametrize(("kind", "name"), list(arguments()))
def test_every_argument_of_every_resource(kind: Any, name: str, text: str) -> None:
    for given in SHAPES.get(name, alone)(text):
        values = {"resource_name": "x", "cloud": "alibaba", **REQUIRED[kind], name: given}
        if name in ("group", "role") and kind is PassRoleGrant:
            values.pop("user")
        whose = f"{kind.__name__} " + ("" if name == "resource_name" else '"x" ')
        with pytest.raises(ValueError, match=rf"^{whose}{name}") as refused:
            kind(**values)
        assert REMEDIES[text] in str(refused.value) and "Calling __str__" not in str(refused.value)


@pytest.mark.parametrize(
    ("made", "remedy"),
    [
        (OUTPUT.lower(), OUTPUT),
        (OUTPUT.upper(), OUTPUT),
        (OUTPUT.replace(" ", "-").replace("\n", ""), OUTPUT),
        (re.sub("[^a-z0-9]+", "-", OUTPUT.lower()), OUTPUT),
        (re.sub("[^a-z0-9-]", "-", OUTPUT.lower()), OUTPUT),
        (quote(OUTPUT), OUTPUT),
        (OUTPUT[:31], OUTPUT),
        (f"app-{in_text}", OBJECT),
        (f"{KNOWN.apply}-x", OUTPUT),
        (f"{(lambda: 0)}", OBJECT),
    ],
    ids=["small", "large", "dashes", "one-dash-each", "a-dash-each", "url", "cut", "function", "method", "lambda"],
)
def test_what_else_was_made_of_it(made: str, remedy: str) -> None:
    """Of a bucket's name in small letters, a denial would still deny nothing."""
    with pytest.raises(ValueError, match=r'^InstanceRole "x" description: ') as refused:
        InstanceRole("x", cloud="alibaba", description=made)
    assert REMEDIES[remedy] in str(refused.value)


@pytest.mark.parametrize("name", [one for one in inspect.signature(find_instances).parameters if one not in NO_TEXT])
def test_every_condition_of_find_instances(name: str) -> None:
    shapes: dict[str, Any] = {"names": [OUTPUT], "tags": {"a": OUTPUT}}
    given: dict[str, Any] = {"cloud": "alibaba", "tags": {"a": "b"}, name: shapes.get(name, OUTPUT)}
    with pytest.raises(ValueError, match=rf"^{name}.*pulumi\.Output\.format"):
        find_instances(**given)


@pytest.mark.parametrize(
    ("make", "argument"),
    [
        (lambda text: allow("oss:Get*", on=text), "on"),
        (lambda text: deny("oss:Get*", on=["*", text]), "on[1]"),
        (lambda text: allow("oss:Get*", text, on="*"), "actions[1]"),
        (lambda text: allow("oss:*", on="*", when={"StringLike": {"acs:x": [text]}}), "when.StringLike.acs:x[0]"),
        (lambda text: allow("oss:*", on="*", when={"StringLike": {f"acs:{text}": "x"}}), "when.StringLike: in a key"),
        (lambda text: policy_document({"Effect": "Deny", "Action": "*", "Resource": text}), "statements[0].Resource"),
        (lambda text: trust_document(["ecs.aliyuncs.com", text]), "services[1]"),
    ],
)
def test_every_helper(make: Callable[[str], object], argument: str) -> None:
    for text, remedy in REMEDIES.items():
        with pytest.raises(ValueError) as refused:
            make(text)
        assert str(refused.value).startswith(argument) and remedy in str(refused.value)


def test_what_is_read_from_a_cloud_is_not_judged_as_if_it_were_written() -> None:
    """A document in force may hold anything; what a program writes may not."""
    for resource in (OUTPUT, "acs:oss:*:*:b/x \n"):
        document = {"Version": "1", "Statement": [{"Effect": "Deny", "Action": "oss:*", "Resource": resource}]}
        assert parse(document).statements[0].resources == (resource,)
        assert [one.path for one in complaints(document)] == ["Statement[0].Resource"]


@pytest.mark.parametrize(
    ("part", "value", "said"),
    [
        ("Resource", "acs:oss:*:*:b/x ", 'white space at an end or a control character in it: "acs:oss:*:*:b/x "'),
        ("Resource", "acs:oss:*:*:b/\tx", "a control character in it"),
        ("Resource", "acs:oss:*:*:b/my file", ""),
        ("Action", "oss:Get Object", 'has a space in it: "oss:Get Object"; write "oss:GetObject"'),
        ("Action", "oss:GetObject\n", 'write "oss:GetObject"'),
        ("Principal", {"Service": ["ecs.aliyuncs.com "]}, 'write "ecs.aliyuncs.com"'),
        ("Principal", {"RAM": "acs:ram::1:root\n"}, 'write "acs:ram::1:root"'),
        ("Action", "oss:Get\u200bObject", r'holds U+200B, which cannot be seen: "oss:Get\u200bObject"; write "oss:Get'),
        (
            "Action",
            "o\u00ads\u202es:Get*",
            r'holds U+00AD, U+202E, which cannot be seen: "o\u00ads\u202es:Get*"; write',
        ),
        (
            "Action",
            "oss:Get*\u2060",
            'holds U+2060, which cannot be seen: "oss:Get*\\u2060"; write "oss:G',
        ),
        ("Principal", {"Service": "\ufeffecs.aliyuncs.com"}, 'holds U+FEFF, which cannot be seen: "'),
        ("Principal", {"RAM": ["acs:ram::1:role/w\u200ceb"]}, 'write "acs:ram::1:role/web"'),
        ("Resource", "acs:oss:*:*:b/\u200bx", ""),  # an object may have such a name: a doubt
    ],
)
def test_white_space_and_what_cannot_be_seen_in_a_document(part: str, value: object, said: str) -> None:
    trusts = part == "Principal"
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole" if trusts else "oss:*", part: value}
    statement = statement if trusts else {"Resource": "*", **statement}
    found = complaints({"Version": "1", "Statement": [statement]}, "trust" if trusts else "permission")
    assert [one.path.split(".")[1] for one in found] == ([part] if said else [])
    assert said in "".join(one.problem for one in found)


def test_what_cannot_be_seen_in_an_element_and_before_a_document() -> None:
    document = {"Version": "1", "Statement": [{"Effect": "Allow", "Act\u200bion": "oss:*", "Resource ": "*"}]}
    assert [str(one) for one in complaints(document)] == [
        r'Statement[0].Act\u200bion: is not known to Alibaba Cloud; write "Action"',
        'Statement[0].Resource : is not known to Alibaba Cloud; write "Resource"',
    ]
    (marked,) = complaints("\ufeff" + json.dumps(document))
    assert str(marked) == (
        'begins with U+FEFF, a mark that some editors put before a text; read the file with encoding="utf-8-sig"'
    )
    hidden = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "oss:G\u200bet", "Resource": "*"}]}
    (secret,) = complaints(hidden, secret=True)
    assert secret.problem == "holds a character that cannot be seen: [secret]; take it out"
