"""`provider=` and `providers=` of the clouds' own packages: followed as far as a resource can, refused beyond."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest

from tests.support.program import Preview, preview
from tests.support.sandbox import Sandbox

HEAD = """
import pulumi
import pulumi_alicloud as alicloud
import tencentcloud_iac_pulumi as tencentcloud
import pulumi_instance_role as ir
from pulumi import ResourceOptions as Opts

"""
ROLES = {"alibaba": "acs:ram::1234:role/deployer", "tencent": "qcs::cam::uin/1234:roleName/deployer"}
TOKEN = "pulumi-python:dynamic/instance-role:"

FOLLOWED = (
    HEAD
    + """
ali = alicloud.Provider("ali", region="cn-beijing", assume_role={"role_arn": "acs:ram::1234:role/deployer",
                                                                 "session_name": "s", "session_expiration": 900})
tc = tencentcloud.Provider("tc", region="ap-shanghai", assume_role=tencentcloud.ProviderAssumeRoleArgs(
    role_arn="qcs::cam::uin/1234:roleName/deployer", session_name="s", session_duration=900))
named = {"alibaba": alicloud.Provider("p", profile="there", region=ali.region), "tencent":
         tencentcloud.Provider("q", profile=pulumi.Output.from_input("there"))}

class Group(pulumi.ComponentResource):
    def __init__(self, name, opts):
        super().__init__("x:index:Group", name, None, opts)

group = Group("group", Opts(providers=[ali, tc]))
inner = Group("inner", Opts(parent=group))
for cloud, one in (("alibaba", ali), ("tencent", tc)):
    own = ir.InstanceRole(f"{cloud}-own", cloud, opts=Opts(provider=one))
    ir.InstanceRoleBinding(f"{cloud}-refers", own, [])
    ir.InstanceRole(f"{cloud}-list", cloud, opts=Opts(providers=[ali, tc]))
    ir.InstanceRole(f"{cloud}-map", cloud, opts=Opts(providers={one.package: one}))
    ir.InstanceRole(f"{cloud}-inherits", cloud, opts=Opts(parent=inner))
    ir.InstanceRole(f"{cloud}-says", cloud, region=REGIONS[cloud], profile="mine", opts=Opts(provider=one))
    ir.InstanceRole(f"{cloud}-named", cloud, opts=Opts(provider=named[cloud]))
    # What it refers to comes before what its parents have, and a provider of its own before both.
    bare = ir.InstanceRole(f"{cloud}-bare", cloud, name="bare")
    ir.RolePolicyAttachment(f"{cloud}-beside", bare, "Any", "System", opts=Opts(parent=group))
    ir.RolePolicyAttachment(f"{cloud}-first", bare, "Any", "System", opts=Opts(provider=one))
    # The parts of a component are its children.
    ir.InstanceIdentity(f"{cloud}-whole", [("Any", "System")], [], cloud, opts=Opts(provider=one))
    ir.InstanceIdentity(f"{cloud}-part", [("Any", "System")], [], cloud, opts=Opts(parent=inner))
pulumi.runtime.register_stack_transformation(
    lambda args: pulumi.ResourceTransformationResult(args.props, Opts.merge(args.opts, Opts(provider=ali)))
    if args.name == "late" else None)
ir.InstanceRole("late", "alibaba")
""".replace("REGIONS[cloud]", '{"alibaba": "cn-hangzhou", "tencent": "ap-guangzhou"}[cloud]')
)


def lives(done: Preview, cloud: str, name: str) -> set[tuple[Any, ...]]:
    """Region, profile and role to assume of the resources of a name, as they are registered."""
    keys = ("region", "profile", "assume_role_arn")
    return {
        tuple(props.get(key) for key in keys)
        for (kind, one), props in done.registered.items()
        if TOKEN in kind and one.startswith(f"{cloud}-{name}")
    }


@pytest.mark.parametrize("dry_run", [True, False])
def test_region_profile_and_role_to_assume_are_taken_over(sandbox: Sandbox, tmp_path: Path, *, dry_run: bool) -> None:
    env = sandbox.env() | sandbox.tencent.env()
    done = preview(FOLLOWED, tmp_path, env, config={"instance-role:preflight": "off"}, dry_run=dry_run)
    assert done.code == 0, done.said
    usual = {"alibaba": env["ALICLOUD_REGION"], "tencent": env["TENCENTCLOUD_REGION"]}
    for cloud, region in (("alibaba", "cn-beijing"), ("tencent", "ap-shanghai")):
        there = (region, None, ROLES[cloud])
        for name in ("own", "list", "map", "inherits", "first", "whole", "part"):
            assert lives(done, cloud, name) == {there}, name
        assert lives(done, cloud, "refers") == {(usual[cloud], None, ROLES[cloud])}
        assert lives(done, cloud, "beside") == {(region, None, None)}
        assert lives(done, cloud, "says") == {(usual[cloud], "mine", None)}
        assert lives(done, cloud, "named") == {("cn-beijing" if cloud == "alibaba" else usual[cloud], "there", None)}
    late = done.registered[f"{TOKEN}InstanceRole", "late"]
    assert (late["region"], late["assume_role_arn"]) == ("cn-beijing", ROLES["alibaba"])
    text = str(done.registered).replace(str(done.registered["pulumi:providers:tencentcloud", "tc"]), "")
    assert text.count(sandbox.tencent.env()["TENCENTCLOUD_SECRET_KEY"]) == 1  # of the other provider, no resource's


def test_the_environments_own_settings_of_a_provider_say_nothing_new(sandbox: Sandbox, tmp_path: Path) -> None:
    program = (
        HEAD
        + """
ir.InstanceRole("a", "alibaba", opts=Opts(provider=alicloud.Provider("a")))
ir.InstanceRole("t", "tencent", opts=Opts(provider=tencentcloud.Provider("t")))
key = pulumi.Config("alicloud")
ir.InstanceRole("k", "alibaba", opts=Opts(provider=alicloud.Provider("k", access_key=key.get("accessKey"),
                                                                     secret_key=key.get_secret("secretKey"))))
"""
    )
    env = sandbox.env() | sandbox.tencent.env()
    assert preview(program, tmp_path, env, dry_run=False).code == 0
    keys = {"alicloud:accessKey": sandbox.access_key_id, "alicloud:secretKey": sandbox.access_key_secret}
    with_keys = program.replace('"a", "alibaba", opts=Opts(provider=alicloud.Provider("a"))', '"a", "alibaba"')
    assert preview(with_keys, tmp_path, env, config=keys, dry_run=False).code == 0


ROLE = 'ir.InstanceRole("r", CLOUD, opts=Opts(provider=PROVIDER))'
REFUSED = [
    ("alibaba", 'access_key="id", secret_key="s3cr3t"', {}, "access_key of the provider"),
    ("alibaba", 'access_key=pulumi.Output.secret("s3cr3t")', {}, "access_key of"),
    ("alibaba", 'ecs_role_name="other"', {}, "ecs_role_name of"),
    ("alibaba", 'credentials_uri="http://127.0.0.1/s3cr3t"', {}, "credentials_uri of"),
    ("alibaba", 'shared_credentials_file="/other", profile="x"', {}, "shared_credentials_file of"),
    ("alibaba", 'profile="x"', {"alicloud:assumeRole": "{}"}, "the stack's alicloud:assumeRole"),
    ("alibaba", 'region="cn-beijing"', {"alicloud:profile": "y"}, "the stack's alicloud:profile"),
    ("alibaba", "", {"alicloud:accessKey": "i", "alicloud:secretKey": "s3cr3t"}, "the stack's alicloud:accessKey"),
    ("alibaba", 'assume_role_with_oidc={"role_arn": "a", "oidc_provider_arn": "b"}', {}, "assume_role_with_oidc of"),
    ("tencent", 'secret_id="id", secret_key="s3cr3t"', {}, "secret_id of the provider"),
    ("tencent", 'cam_role_name="other"', {}, "cam_role_name of"),
    ("tencent", 'allowed_account_ids=["1"]', {}, "allowed_account_ids of"),
    ("tencent", "", {"tencentcloud:camRoleName": "c"}, "the stack's tencentcloud:camRoleName"),
]
"""Cloud, the provider's arguments, the stack's configuration, and words of the refusal."""
LATER = [
    ("alibaba", 'assume_role={"role_arn": "acs:ram::1:role/x", "policy": "{}"}', "has policy"),
    ("alibaba", 'assume_role={"session_name": "s"}', "has no role_arn"),
    (
        "tencent",
        "assume_role=tencentcloud.ProviderAssumeRoleArgs(session_name='s', session_duration=9, external_id='e', "
        "role_arn=pulumi.Output.from_input('qcs::cam::uin/1:roleName/x'))",
        "external_id",
    ),
]
PACKAGES = {"alibaba": "alicloud", "tencent": "tencentcloud"}


def declared(cloud: str, arguments: str, number: int = 0) -> str:
    made = f'{PACKAGES[cloud]}.Provider("b{number}", {arguments})'
    return f'ir.InstanceRole("r{number}", "{cloud}", opts=Opts(provider={made}))'


@pytest.mark.parametrize("config", sorted({tuple(sorted(row[2].items())) for row in REFUSED}))
def test_what_cannot_be_taken_over_is_refused_where_it_is_written(
    sandbox: Sandbox, tmp_path: Path, config: tuple[tuple[str, str], ...]
) -> None:
    rows = [row for row in REFUSED if row[2] == dict(config)]
    program = HEAD + textwrap.dedent("""
        for number, case in enumerate(CASES):
            try:
                exec(case)
                print(f"case {number}: declared")
            except ValueError as error:
                print(f"case {number}: {error}")
    """).replace("CASES", repr([declared(row[0], row[1], number) for number, row in enumerate(rows)]))
    mark = sandbox.mark()
    done = preview(program, tmp_path, sandbox.env() | sandbox.tencent.env(), config=dict(config))
    assert "s3cr3t" not in done.said and sandbox.calls(mark) == []
    for number, (_, arguments, _, words) in enumerate(rows):
        (line,) = [one for one in done.said.splitlines() if one.startswith(f"case {number}: ")]
        assert words in line and "profile= or assume_role_arn=" in line, (arguments, line)


@pytest.mark.parametrize(("cloud", "arguments", "words"), LATER)
def test_what_stands_inside_an_output_is_refused_in_one_line(
    sandbox: Sandbox, tmp_path: Path, cloud: str, arguments: str, words: str
) -> None:
    done = preview(HEAD + declared(cloud, arguments), tmp_path, sandbox.env() | sandbox.tencent.env())
    (line,) = [one for one in done.said.splitlines() if one]
    assert done.code != 0 and line.startswith('instance-role: InstanceRole "r0" opts: assume_role of the provider "b0"')
    assert words in line and "profile= or assume_role_arn=" in line


def test_a_provider_of_another_package_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    for made, words in (
        ('tencentcloud.Provider("b")', 'package "tencentcloud"; give one of "alicloud"'),
        ('pulumi.ProviderResource("kubernetes", "b", {})', 'package "kubernetes"'),
    ):
        for whose in ('ir.InstanceRole("r", "alibaba",', 'ir.InstanceIdentity("r", [], [], "alibaba",'):
            program = HEAD + f"{whose} opts=Opts(provider={made}))\n"
            assert words in preview(program, tmp_path, sandbox.env() | sandbox.tencent.env()).said, whose


def test_addresses_are_refused_only_where_calls_would_go_there(sandbox: Sandbox, tmp_path: Path) -> None:
    program = HEAD + 'ir.InstanceRole("r", "alibaba", opts=Opts(provider=alicloud.Provider("b", protocol="HTTP")))\n'
    assert preview(program, tmp_path, sandbox.env(), dry_run=False).code == 0
    away = {key: value for key, value in sandbox.env().items() if key != "INSTANCE_ROLE_ENDPOINT"}
    said = preview(program, tmp_path, away, dry_run=False).said
    assert 'opts: protocol of the provider "b" cannot be taken over; set alicloud:protocol for the stack' in said


def test_a_provider_that_was_made_too_early_is_not_guessed(sandbox: Sandbox, tmp_path: Path) -> None:
    program = """
import pulumi
import pulumi_alicloud as alicloud
early = alicloud.Provider("early", profile="there")
import pulumi_instance_role as ir
ir.InstanceRole("says", "alibaba", profile="mine", opts=pulumi.ResourceOptions(provider=early))
ir.InstanceRole("early", "alibaba", opts=pulumi.ResourceOptions(provider=early))
"""
    fresh = "import sys\nfor name in [one for one in sys.modules if 'instance_role' in one]: del sys.modules[name]\n"
    said = preview(fresh + program, tmp_path, sandbox.env(), dry_run=False).said
    assert 'opts: the settings of the provider "early" are not known here; import pulumi_instance_role before' in said
