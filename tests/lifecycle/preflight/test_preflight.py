"""Preflight in a real program: every fault at once, before anything changes, and never in the way."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from tests.lifecycle.resources.test_binding import attach
from tests.support.program import preview
from tests.support.sandbox import Sandbox

EVERYTHING = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}

GOOD = """
    import pulumi_instance_role as ir
    role = ir.InstanceRole("web")
    policy = ir.RolePolicy("reader", ir.policy_document(ir.allow("oss:GetObject", on="*")))
    ir.RolePolicyAttachment("own", role, policy)
    ir.RolePolicyAttachment("system", role, "AliyunOSSReadOnlyAccess", "System")
    ir.InstanceRoleBinding("web", role, ["{one}", "{two}"])

    import pulumi_alicloud as alicloud
    theirs = alicloud.ram.Role("theirs", role_name="theirs")  # of another package, and made by the same update
    ir.RolePolicyAttachment("theirs", theirs.role_name, "AliyunOSSReadOnlyAccess", "System")
"""

FAULTY = """
    import pulumi
    import pulumi_alicloud as alicloud
    import pulumi_instance_role as ir

    ir.InstanceRole("foreign", name="foreign")
    role = ir.InstanceRole("untrusting", name="untrusting", trusted_services=["fc.aliyuncs.com"])
    twin = ir.InstanceRole("twin", name="untrusting")
    policy = ir.RolePolicy("foreign-policy", ir.policy_document(ir.allow("oss:GetObject", on="*")), name="foreign")
    ir.RolePolicyAttachment("no-role", "nobody", "AliyunOSSReadOnlyAccess", "System")
    ir.RolePolicyAttachment("no-policy", "free", "nothing", "Custom")
    for number in range(2):
        ir.RolePolicyAttachment(f"full-{{number}}", "full", ir.RolePolicy(
            f"more-{{number}}", ir.policy_document(ir.allow("oss:GetObject", on="*"))))
    ir.InstanceRoleBinding("untrusted", role, ["{free}"])
    ir.InstanceRoleBinding("nobody", "nobody", ["{other}"])
    made = alicloud.ecs.Instance("made", instance_type="ecs.g6.large", image_id="x", security_groups=["sg-1"])
    ir.InstanceRoleBinding("bad-ids", "free", ["i-zz-missing", "{gone}", "{taken}", "{other}", made.id])
"""

EXPECTED = [
    ('InstanceRole "foreign" name', "exists already and was not made by this stack", "adopt=True"),
    ('InstanceRole "untrusting" name', 'also declared by "twin"', "declare it once"),
    ('RolePolicy "foreign-policy" name', "exists already", "adopt=True"),
    ('RolePolicyAttachment "no-role" role', "role nobody does not exist", "declare it as an InstanceRole"),
    (
        'RolePolicyAttachment "no-policy" policy',
        "the Custom policy nothing does not exist",
        "declare it as a RolePolicy",
    ),
    ('InstanceRoleBinding "untrusted" role', "does not let ecs.aliyuncs.com assume it", "add"),
    ('InstanceRoleBinding "nobody" role', "role nobody does not exist", "declare it as an InstanceRole"),
    ('InstanceRoleBinding "nobody" instance_ids', 'also declared in the binding "bad-ids"', "one binding"),
    (
        'InstanceRoleBinding "bad-ids" instance_ids',
        "2 instances do not exist in region cn-hangzhou ({gone}, i-",
        "correct",
    ),
    ('InstanceRoleBinding "bad-ids" instance_ids', "{taken} holds the role", 'on_conflict="replace"'),
]


@pytest.fixture
def pair(sandbox: Sandbox) -> dict[str, str]:
    """Two free instances."""
    one, two = sandbox.make_vpc_instance(2)
    return {"one": one, "two": two}


def test_every_fault_at_once_and_nothing_changes(sandbox: Sandbox, tmp_path: Path) -> None:
    for role in ("foreign", "free", "full", "holder"):
        sandbox.make_role(role)
    document = json.dumps({"Version": "1", "Statement": [{"Effect": "Allow", "Action": "oss:*", "Resource": "*"}]})
    sandbox.call("Ram", "CreatePolicy", PolicyName="foreign", PolicyDocument=document)
    for number in range(9):
        sandbox.call("Ram", "CreatePolicy", PolicyName=f"p{number}", PolicyDocument=document)
        sandbox.call("Ram", "AttachPolicyToRole", PolicyType="Custom", PolicyName=f"p{number}", RoleName="full")
    free, other, taken, gone = sandbox.make_vpc_instance(4)
    attach(sandbox, "holder", taken)
    sandbox.call("Ecs", "DeleteInstance", InstanceId=gone, Force="true")
    sandbox.advance(60)
    names = {"free": free, "other": other, "taken": taken, "gone": gone}
    program = FAULTY.format(**names)
    mark = sandbox.mark()
    done = preview(program, tmp_path, sandbox.env())
    done.tells(EXPECTED, **names)
    assert f"preflight found {len(EXPECTED)} faults; nothing was changed" in done.said
    (quota,) = done.warnings  # the cloud may have raised it
    assert 'RolePolicyAttachment "full-1" role: role full holds 9 Custom policies and can hold 10; detach one' in quota
    calls = sandbox.calls(mark)
    assert not any(call["write"] for call in calls)
    per_action = [call["action"] for call in calls]
    assert per_action.count("DescribeInstances") == 1  # one look for all bindings


def test_a_good_program_passes_with_few_reads(sandbox: Sandbox, pair: dict[str, str], tmp_path: Path) -> None:
    mark = sandbox.mark()
    done = preview(GOOD.format(**pair), tmp_path, sandbox.env())
    assert (done.code, done.said, done.warnings) == (0, "", [])
    assert done.infos == [f"instance-role: every call goes to {sandbox.url} (INSTANCE_ROLE_ENDPOINT)"]
    actions = [call["action"] for call in sandbox.calls(mark)]
    assert len(actions) <= 10, actions
    token = "pulumi-python:dynamic/instance-role:"
    bound = done.registered[f"{token}InstanceRoleBinding", "web"]
    role = done.registered[f"{token}InstanceRole", "web"]
    assert dict(bound["roles"]) == dict.fromkeys(pair.values(), role["name"])  # known at preview
    assert role["name"].startswith("proj-dev-web-")
    assert done.registered[f"{token}RolePolicyAttachment", "own"]["policy_type"] == "Custom"


def test_what_exists_is_judged_by_its_state(sandbox: Sandbox, pair: dict[str, str], tmp_path: Path) -> None:
    sandbox.make_role("app")
    sandbox.make_role("foreign")
    attach(sandbox, "foreign", pair["one"])
    program = f"""
        import pulumi_instance_role as ir
        ir.InstanceRole("old", name="vanished")
        ir.InstanceRole("here", name="app")
        ir.InstanceRoleBinding("b", "app", ["{pair["one"]}"])
    """
    done = preview(program, tmp_path, sandbox.env(), existing={"old": "vanished", "here": "app", "b": "binding-1"})
    assert 'InstanceRole "old" name: role vanished is gone from the cloud' in done.said
    assert "found 1 fault;" in done.said
    doubt, unmarked, change = done.warnings
    assert (
        'InstanceRole "here" name: role app no longer carries the mark of this resource; if others made it' in unmarked
    )
    assert 'InstanceRoleBinding "b" role: 1 instance changes from "foreign" to "app"' in change
    assert (
        f'instance {pair["one"]} holds the role "foreign"' in doubt and "if this binding gave it that before" in doubt
    )


def test_warn_and_off(sandbox: Sandbox, tmp_path: Path) -> None:
    program = """
        import pulumi_instance_role as ir
        ir.InstanceRoleBinding("b", "nobody", ["i-missing"])
    """
    warned = preview(program, tmp_path, sandbox.env(), config={"instance-role:preflight": "warn"})
    assert warned.code == 0 and len(warned.warnings) == 2
    mark = sandbox.mark()
    off = preview(program, tmp_path, sandbox.env(), config={"instance-role:preflight": "off"})
    assert (off.code, off.warnings, sandbox.calls(mark)) == (0, [], [])
    update = preview(program, tmp_path, sandbox.env(), dry_run=False)
    assert (update.code, sandbox.calls(mark)) == (0, [])
    wrong = preview(program, tmp_path, sandbox.env(), config={"instance-role:preflight": "loud"})
    assert wrong.code != 0 and "instance-role:preflight: must be 'on' or 'warn' or 'off'" in wrong.said
    assert (
        "correct it with: pulumi config set instance-role:preflight on" in wrong.said and "Traceback" not in wrong.said
    )


def test_a_reader_without_permission_is_warned(sandbox: Sandbox, pair: dict[str, str], tmp_path: Path) -> None:
    nothing = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "oss:*", "Resource": "*"}]}
    done = preview(GOOD.format(**pair), tmp_path, sandbox.env(sandbox.user("reader", nothing)))
    assert done.code == 0, done.said
    assert done.warnings and all("could not look at everything" in one for one in done.warnings)
    assert len(done.warnings) == len(set(done.warnings)) <= 6


def test_wrong_keys_are_one_fault(sandbox: Sandbox, pair: dict[str, str], tmp_path: Path) -> None:
    env = {**sandbox.env(), "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "wrong-secret"}
    done = preview(GOOD.format(**pair), tmp_path, env)
    assert done.code != 0 and "preflight found 1 fault;" in done.said and "wrong-secret" not in done.said
    assert "access key id; correct the settings, or set instance-role:preflight to warn" in done.said


def test_a_cloud_that_cannot_be_reached_is_a_warning(sandbox: Sandbox, tmp_path: Path) -> None:
    env = {**sandbox.env(), "INSTANCE_ROLE_ENDPOINT": "http://127.0.0.1:9"}
    program = """
        import pulumi_instance_role as ir
        ir.RolePolicyAttachment("a", "role", "AliyunOSSReadOnlyAccess", "System")
    """
    done = preview(program, tmp_path, env)
    assert done.code == 0, done.said
    assert done.warnings and all("judged without it" in one for one in done.warnings)


def test_a_program_without_resources_is_left_alone(sandbox: Sandbox, tmp_path: Path) -> None:
    done = preview("import pulumi_instance_role\nimport pulumi\npulumi.export('x', 1)\n", tmp_path, sandbox.env())
    assert (done.code, done.said) == (0, "")


NESTED = """
    import pulumi
    import pulumi_instance_role as ir

    class Tier(pulumi.ComponentResource):
        def __init__(self, kind, name, opts=None, inner=None):
            super().__init__(f"acme:site:{kind}", name, None, opts)
            within = pulumi.ResourceOptions(parent=self)
            role = ir.InstanceRole("role", opts=within)
            policy = ir.RolePolicy("reader", ir.policy_document(ir.allow("oss:GetObject", on="*")), opts=within)
            ir.RolePolicyAttachment("reader", role, policy, opts=pulumi.ResourceOptions(parent=role))
            ir.InstanceRoleBinding("bound", role, [], opts=within)
            self.register_outputs({"role": role.name})

    ir.InstanceRole("role")
    ir.InstanceRole("beside", opts=pulumi.ResourceOptions(parent=pulumi.runtime.stack.get_root_resource()))
    Tier("Db", "db")
    Tier("Web", "inner", pulumi.ResourceOptions(parent=Tier("Web", "outer")))
"""


def test_resources_of_components_differ_by_their_parents(sandbox: Sandbox, tmp_path: Path) -> None:
    done = preview(NESTED, tmp_path, sandbox.env())
    assert done.code == 0, done.said
    assert done.warnings == []
    token = "pulumi-python:dynamic/instance-role:"
    roles = {
        dict(props["owner"])["resource"]: props["name"]
        for (type_, _), props in done.registered.items()
        if type_.endswith(f"{token}InstanceRole")
    }
    tiers = ["acme:site:Db", "acme:site:Web", "acme:site:Web$acme:site:Web"]
    assert sorted(roles) == sorted(["role", "beside", *(f"{tier}::role" for tier in tiers)])
    assert len(set(roles.values())) == len(roles)
    assert all(name.startswith("proj-dev-role-") for owner, name in roles.items() if owner != "beside")
    for tier in tiers:
        owners = [
            dict(done.registered[f"{tier}${chain}", name]["owner"])["resource"]
            for chain, name in (
                (f"{token}RolePolicy", "reader"),
                (f"{token}InstanceRoleBinding", "bound"),
                (f"{token}InstanceRole${token}RolePolicyAttachment", "reader"),
            )
        ]
        assert owners == [f"{tier}::reader", f"{tier}::bound", f"{tier}${token}InstanceRole::reader"]


LENT = """
    import pulumi
    import pulumi_alicloud as alicloud
    import pulumi_instance_role as ir

    theirs = alicloud.ram.Role("theirs", role_name="theirs")
    ir.InstanceRoleBinding("lent", theirs.role_name, ["{one}"])
    made = alicloud.ram.Role("made", role_name="made")
    ir.RolePolicyAttachment("waits", "made", "AliyunOSSReadOnlyAccess", "System",
                            opts=pulumi.ResourceOptions(depends_on=[made]))
"""


def test_what_another_package_may_put_right_stops_nothing(
    sandbox: Sandbox, pair: dict[str, str], tmp_path: Path
) -> None:
    sandbox.make_role("theirs", ["fc.aliyuncs.com"])
    done = preview(LENT.format(**pair), tmp_path, sandbox.env(), existing={"theirs": "theirs"})
    assert done.code == 0, done.said
    assert [("theirs" in one, "role made does not exist" in one) for one in done.warnings] == [
        (True, False),
        (False, True),
    ]


LATE = """
    import asyncio
    import pulumi
    import pulumi_instance_role as ir

    async def later():
        await asyncio.sleep({seconds})
        ir.RolePolicyAttachment("late", "nobody", "AliyunOSSReadOnlyAccess", "System")

    ir.RolePolicyAttachment("early", "nobody", "AliyunOSSReadOnlyAccess", "System")
    pulumi.export("late", pulumi.Output.from_input(later()))
"""


def test_resources_declared_while_the_cloud_is_looked_at_are_judged_too(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.fault("delay", "GetRole", product="Ram", seconds=6, times=1)
    done = preview(LATE.format(seconds=4), tmp_path, sandbox.env())
    (told,) = done.faults()
    assert told.startswith('RolePolicyAttachment "early", "late" role: role nobody does not exist')


CHANGED = """
    import pulumi
    import pulumi_instance_role as ir
    ir.InstanceRoleBinding("moves", "new", {ids}, on_conflict="replace")
    ir.InstanceRoleBinding("stays", "old", {others}, on_conflict="replace")
    ir.InstanceRoleBinding("hidden", pulumi.Output.secret("nothing-to-see"), [])
    ir.RolePolicyAttachment("hidden", pulumi.Output.secret("nothing-to-see"), "{policy}", "System")
"""


@pytest.mark.parametrize("cloud", ["alibaba", "tencent"])
def test_instances_that_change_their_role_are_named(sandbox: Sandbox, tmp_path: Path, cloud: str) -> None:
    side = sandbox.tencent if cloud == "tencent" else sandbox
    for name in ("old", "new", "nothing-to-see"):
        side.make_role(name)
    *ids, other, free = side.make_vpc_instance(9)
    if cloud == "tencent":
        sandbox.tencent.call("cvm", "ModifyInstancesAttribute", InstanceIds=[*ids, other], CamRoleName="old")
        sandbox.tencent.settle()
    else:
        attach(sandbox, "old", *ids, other)
    policy = {"alibaba": "AliyunOSSReadOnlyAccess", "tencent": "QcloudCOSReadOnlyAccess"}[cloud]
    program = CHANGED.format(ids=[*ids, free], others=[other], policy=policy)
    done = preview(program, tmp_path, sandbox.env(), config={"instance-role:cloud": cloud})
    assert done.code == 0, done.said
    named = ", ".join(sorted(ids)[:5])
    line = f'InstanceRoleBinding "moves" role: 7 instances change from "old" to "new" ({named} and 2 more); this cloud '
    told = {"alibaba": done.warnings, "tencent": [one for one in done.infos if "every call" not in one]}[cloud]
    (said,) = told
    assert said.startswith(f"instance-role: {line}")
    assert ("without credentials" in said, "in place" in said) == (True, cloud == "tencent")
    assert (cloud == "alibaba") or done.warnings == []

    sandbox.fault("code", "GetRole", times=None, code="EntityNotExist.Role", status=404, product="Ram")
    sandbox.fault("code", "GetRole", times=None, code="InvalidParameter.RoleNotExist", product="cam")
    lost = preview(program, tmp_path, sandbox.env(), config={"instance-role:cloud": cloud})
    assert 'RolePolicyAttachment "hidden" role: role [secret] does not exist' in lost.said
    assert "nothing-to-see" not in lost.said and "change from" not in "".join(lost.warnings)


TWICE = """
    import pulumi_instance_role as ir
    ir.InstanceRoleBinding("one", "app", ["{one}", "{two}"], profile="{first}")
    ir.InstanceRoleBinding("two", "app", ["{two}"], profile="{second}")
"""


def test_one_account_under_two_names_is_one_account(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.make_role("app")
    one, two = sandbox.make_vpc_instance(2)
    users = {name: sandbox.user(name, EVERYTHING) for name in ("ops", "dev")}
    profiles = [{"name": name, "mode": "AK", **dataclasses.asdict(keys)} for name, keys in users.items()]
    (tmp_path / ".aliyun").mkdir()
    (tmp_path / ".aliyun" / "config.json").write_text(json.dumps({"current": "ops", "profiles": profiles}))
    env = {**sandbox.env(), "HOME": str(tmp_path)}

    def previewed(first: str, second: str) -> tuple[int, str, int]:
        mark = sandbox.mark()
        done = preview(TWICE.format(one=one, two=two, first=first, second=second), tmp_path, env)
        asked = [call for call in sandbox.calls(mark) if call["action"] == "GetCallerIdentity"]
        return done.code, done.said, len(asked)

    code, said, asked = previewed("ops", "dev")
    assert (code, asked) == (1, 2) and "preflight found 1 fault;" in said, said
    assert f'InstanceRoleBinding "one" instance_ids: instance {two} is also declared in the binding "two"' in said
    code, said, asked = previewed("ops", "ops")
    assert (code, asked) == (1, 0) and "preflight found 1 fault;" in said
    sandbox.fault("deny", "GetCallerIdentity", times=None)
    code, said, _ = previewed("ops", "dev")
    assert (code, said) == (0, "")  # which account it is was not told; an update would refuse it


ALIKE = """
    import pulumi_instance_role as ir
    for cloud, region, id_ in (("alibaba", "cn-beijing", "i-{{:04}}"), ("tencent", "ap-shanghai", "ins-{{:08}}")):
        role = ir.InstanceRole(cloud, cloud, name="web")
        ids = [id_.format(number) for number in range(99)]
        ir.InstanceRoleBinding(f"{{cloud}}-far", role, ids, region=region)
        ir.InstanceRoleBinding(f"{{cloud}}-also", role, ids[:40], region=region)
        for number in range(8):
            ir.InstanceRole(f"{{cloud}}-{{number}}", cloud, name=f"r{{number}}", region="nowhere")
"""


def test_faults_that_are_alike_are_told_together(sandbox: Sandbox, tmp_path: Path) -> None:
    done = preview(ALIKE.format(), tmp_path, sandbox.env() | sandbox.tencent.env())
    listed = done.faults()
    assert len(listed) == 8 and "preflight found 8 faults" in done.said, listed
    for cloud, where, id_, width in (("alibaba", "cn-beijing", "i-", 4), ("tencent", "ap-shanghai", "ins-", 8)):
        far, also = (
            f'InstanceRoleBinding "{cloud}-far" instance_ids:',
            f'InstanceRoleBinding "{cloud}-also" instance_ids',
        )
        few = ", ".join(f"{id_}{number:0{width}}" for number in range(5))
        shared, missing = [line for line in listed if line.startswith(far)]
        assert f"{far} 99 instances do not exist in region {where} ({few} and 94 more); correct the id or" in missing
        assert f'{far} 40 instances are also declared in the binding "{cloud}-also" ({few} and 35 more)' in shared
        (rest,) = [line for line in listed if line.startswith(also)]
        assert f"40 instances do not exist in region {where} (" in rest
        (region,) = [line for line in listed if " region: " in line and f'"{cloud}-0"' in line]
        names = ", ".join(f'"{cloud}-{number}"' for number in range(5))
        assert region.startswith(f'InstanceRole {names} and 3 more region: "nowhere" is not a region')


@pytest.mark.parametrize("variable", ["INSTANCE_ROLE_ENDPOINT", "ALIBABA_CLOUD_ENDPOINT_RAM", "TENCENTCLOUD_DOMAIN"])
def test_a_password_in_an_address_is_refused_and_not_shown(sandbox: Sandbox, tmp_path: Path, variable: str) -> None:
    cloud = "tencent" if variable.startswith("T") else "alibaba"
    program = f"import pulumi_instance_role as ir\nir.InstanceRole('web', {cloud!r}, name='web')\n"
    env = {key: one for key, one in (sandbox.env() | sandbox.tencent.env()).items() if key != "INSTANCE_ROLE_ENDPOINT"}
    address = sandbox.url.replace("//", "//me:s3cr3t@") if variable.startswith("I") else "me:s3cr3t@example.com"
    done = preview(program, tmp_path, env | {variable: address})
    (told,) = done.faults()
    assert variable in told and "has a name or a password in it" in told
    assert "s3cr3t" not in done.said + str(done.infos) + str(done.warnings) + str(done.registered)
