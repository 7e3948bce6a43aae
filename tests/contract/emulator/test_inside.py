"""`sandbox exec`: a command that finds itself on an instance, and the metadata service it finds there."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException

from tests.support.forks import python
from tests.support.sandbox import EMULATOR, Keys, Sandbox, Server

BASE = "http://100.100.100.200/latest"
LIST = f"{BASE}/meta-data/ram/security-credentials/"


class Inside:
    """One instance of a sandbox, and commands on it."""

    def __init__(self, sandbox: Sandbox, instance_id: str) -> None:
        self.sandbox = sandbox
        self.instance_id = instance_id

    def run(
        self, *command: str, stdin: str = "", options: Sequence[str] = (), **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command on the instance."""
        where = ["--state", str(self.sandbox.server.folder), *options, self.instance_id]
        return subprocess.run(
            [python(), "-m", EMULATOR, "exec", *where, "--", *command],
            capture_output=True,
            text=True,
            input=stdin,
            timeout=60,
            env={**self.sandbox.env(), **environment},
            check=False,
        )

    @property
    def proxy(self) -> str:
        """The proxy that speaks for the instance."""
        return str(self.sandbox.control("POST", "inside", {"instance_id": self.instance_id})["proxy"])

    def python(self, program: str, **environment: str) -> Any:
        """Run a Python program on the instance and read the JSON that it prints."""
        done = self.run(python(), "-W", "ignore", "-c", program, **environment)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def get(self, url: str, *options: str) -> tuple[int, str]:
        """What `curl URL` gets on the instance: status and text. (With the proxy that `exec` would set up.)"""
        where = () if "-x" in options else ("-x", self.proxy)
        done = subprocess.run(
            ["curl", "-s", "-w", "\n%{http_code}", "--cacert", self.sandbox.ca_file, *where, *options, url],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        text, _, status = done.stdout.rpartition("\n")
        return int(status), text

    def ecs(self, action: str, **params: Any) -> dict[str, Any]:
        """One call to ECS, from outside."""
        return self.sandbox.call("Ecs", action, RegionId=self.sandbox.region, **params)

    def attach(self, role: str = "app", **more: Any) -> None:
        self.ecs("AttachInstanceRamRole", RamRoleName=role, InstanceIds=json.dumps([self.instance_id]), **more)

    def detach(self, role: str = "app") -> None:
        self.ecs("DetachInstanceRamRole", RamRoleName=role, InstanceIds=json.dumps([self.instance_id]))

    def credentials(self, role: str = "app") -> dict[str, Any]:
        """The instance's credentials."""
        status, text = self.get(LIST + role)
        assert status == 200, text
        found: dict[str, Any] = json.loads(text)
        return found


@pytest.fixture
def inside(sandbox: Sandbox) -> Inside:
    """An instance in a VPC, without a role; the role `app` exists and may list users."""
    sandbox.make_role("app")
    policy = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "ram:ListUsers", "Resource": "*"}]}
    sandbox.call("Ram", "CreatePolicy", PolicyName="list-users", PolicyDocument=json.dumps(policy))
    attachment: dict[str, Any] = {"RoleName": "app", "PolicyType": "Custom", "PolicyName": "list-users"}
    sandbox.call("Ram", "AttachPolicyToRole", **attachment)
    return Inside(sandbox, sandbox.make_vpc_instance()[0])


# -- the documented commands -----------------------------------------------------------------------------------
def test_curl_as_documented(inside: Inside) -> None:
    inside.attach()
    assert inside.run("curl", "-s", LIST).stdout == "app"
    for spelling in ("ram", "Ram"):
        done = inside.run("curl", "-sS", f"{BASE}/meta-data/{spelling}/security-credentials/app")
        got = json.loads(done.stdout)
        assert set(got) == {"AccessKeyId", "AccessKeySecret", "Expiration", "SecurityToken", "LastUpdated", "Code"}
        assert (got["Code"], got["AccessKeyId"][:4]) == ("Success", "STS.")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", got["Expiration"])
    assert inside.get(f"{BASE}/meta-data/instance-id") == (200, inside.instance_id)
    assert inside.get(f"{BASE}/meta-data/region-id") == (200, inside.sandbox.region)


OFFICIAL_CLIENT = """
import json
from alibabacloud_credentials.client import Client
from alibabacloud_credentials.models import Config
client = Client(Config(type='ecs_ram_role'{extra}))
found = client.get_credential()
print(json.dumps([found.access_key_id, found.access_key_secret, found.security_token, found.type]))
"""


@pytest.mark.parametrize(
    ("extra", "hardened"), [("", False), (", role_name='app'", False), ("", True), (", disable_imds_v1=True", True)]
)
def test_the_official_credentials_client(inside: Inside, extra: str, hardened: bool) -> None:
    inside.attach()
    if hardened:
        inside.ecs("ModifyInstanceMetadataOptions", InstanceId=inside.instance_id, HttpTokens="required")
    key_id, secret, token, kind = inside.python(OFFICIAL_CLIENT.format(extra=extra))
    assert kind == "ecs_ram_role"
    keys = Keys(key_id, secret, token)
    me = inside.sandbox.call("Sts", "GetCallerIdentity", keys=keys)
    assert me["Arn"] == f"acs:ram::{inside.sandbox.account_id}:assumed-role/app/vm-ram-{inside.instance_id}"
    inside.sandbox.call("Ram", "ListUsers", keys=keys)
    with pytest.raises(ServerException) as caught:
        inside.sandbox.call("Ram", "ListRoles", keys=keys)
    assert caught.value.get_error_code() == "NoPermission"


DEFAULT_CHAIN_AND_BOTH_SDKS = """
import json, os
from alibabacloud_credentials.client import Client as Credentials
from alibabacloud_sts20150401.client import Client
from alibabacloud_tea_openapi.models import Config
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.auth.credentials import StsTokenCredential
from aliyunsdksts.request.v20150401.GetCallerIdentityRequest import GetCallerIdentityRequest

arns = []
chain = Credentials()  # the default chain, with nothing but the instance to find
endpoint = os.environ['INSTANCE_ROLE_ENDPOINT'].split('//')[1]
for where, protocol in ((endpoint, 'HTTP'), (endpoint, 'HTTPS'),
                        ('sts.cn-hangzhou.aliyuncs.com', 'HTTP'), ('sts.cn-hangzhou.aliyuncs.com', 'HTTPS')):
    config = Config(credential=chain, endpoint=where, protocol=protocol, region_id='cn-hangzhou')
    config.ca = os.environ['SSL_CERT_FILE']
    arns.append(Client(config).get_caller_identity().body.arn)
found = chain.get_credential()
credential = StsTokenCredential(found.access_key_id, found.access_key_secret, found.security_token)
for where in (endpoint, 'sts.aliyuncs.com'):
    request = GetCallerIdentityRequest()
    request.set_endpoint(where)
    request.set_protocol_type('http')
    client = AcsClient(region_id='cn-hangzhou', credential=credential)
    arns.append(json.loads(client.do_action_with_exception(request))['Arn'])
print(json.dumps(arns))
"""


def test_a_program_inside_uses_its_role_without_any_setting(inside: Inside, tmp_path: Path) -> None:
    """Both SDKs, both schemes, to the endpoint and to the clouds' own hosts, through the proxy that they all honour.

    The person at this machine has keys in the files where the default chain looks first.
    """
    inside.attach()
    mine = {"mode": "AK", "access_key_id": "leaked-id", "access_key_secret": "leaked-secret", "name": "default"}
    (tmp_path / ".aliyun").mkdir()
    (tmp_path / ".aliyun" / "config.json").write_text(json.dumps({"current": "default", "profiles": [mine]}))
    (tmp_path / ".alibabacloud").mkdir()
    (tmp_path / ".alibabacloud" / "credentials.ini").write_text(
        "[default]\nenable = true\ntype = access_key\naccess_key_id = leaked-id\naccess_key_secret = leaked-secret\n"
    )
    arns = inside.python(DEFAULT_CHAIN_AND_BOTH_SDKS, HOME=str(tmp_path))
    role = f"acs:ram::{inside.sandbox.account_id}:assumed-role/app/vm-ram-{inside.instance_id}"
    assert arns == [role] * 6


# -- the command itself ----------------------------------------------------------------------------------------
def test_the_exit_code_and_streams_are_the_commands(inside: Inside) -> None:
    done = inside.run("sh", "-c", "cat; echo problem >&2; exit 7", stdin="hello")
    assert (done.returncode, done.stdout, done.stderr) == (7, "hello", "problem\n")
    assert inside.run("sh", "-c", "kill -TERM $$").returncode == 128 + 15


def test_options_of_the_command_are_its_own(inside: Inside) -> None:
    assert inside.run("echo", "--help", "--endpoint", "-n").stdout == "--help --endpoint -n\n"


def test_nothing_of_this_environment_comes_along_but_what_a_program_needs_to_run(inside: Inside) -> None:
    """Whatever the clouds' tools, Pulumi and this product read, now or one day."""
    read = [name for names in (ALIBABA, TENCENT, PULUMI, OURS) for name in names.split()]
    outside = {name: f"leak-{name}" for name in read}
    done = inside.run("env", **outside, NO_PROXY="*", MINE="mine", LC_TIME="C", PYTHONUNBUFFERED="1")
    found = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    assert [name for name, value in found.items() if "leak" in value] == []
    assert "NO_PROXY" not in found and "MINE" not in found
    assert {name: found[name] for name in ("PATH", "LC_TIME", "PYTHONUNBUFFERED")} == {
        "PATH": os.environ["PATH"],
        "LC_TIME": "C",
        "PYTHONUNBUFFERED": "1",
    }
    assert inside.sandbox.access_key_id not in done.stdout
    assert inside.sandbox.access_key_secret not in done.stdout
    named = inside.run("env", options=["--env", "MINE", "--env", "ABSENT"], MINE="mine", OTHER="other")
    assert "MINE=mine\n" in named.stdout and "OTHER" not in named.stdout and "ABSENT" not in named.stdout


ALIBABA = """
ALIYUN_ACCESS_KEY_ID ALICLOUD_ACCESS_KEY ALICLOUD_SECRET_KEY ALICLOUD_SECURITY_TOKEN ALIBABA_CLOUD_SECURITY_TOKEN
ALIBABA_CLOUD_PROFILE ALICLOUD_PROFILE ALICLOUD_SHARED_CREDENTIALS_FILE ALICLOUD_ASSUME_ROLE_ARN
ALICLOUD_ASSUME_ROLE_SESSION_NAME ALIBABA_CLOUD_ROLE_ARN ALIBABA_CLOUD_OIDC_TOKEN_FILE OSS_ACCESS_KEY_ID
OSS_ACCESS_KEY_SECRET OSS_SESSION_TOKEN ALIBABA_CLOUD_CREDENTIALS_URI ALIBABACLOUD_CREDENTIALS_FILE
"""
TENCENT = """
TENCENTCLOUD_SECRET_ID TENCENTCLOUD_SECRET_KEY TENCENTCLOUD_TOKEN TENCENTCLOUD_SECURITY_TOKEN TENCENTCLOUD_PROFILE
TENCENTCLOUD_SHARED_CREDENTIALS_DIR TENCENTCLOUD_ASSUME_ROLE_ARN TENCENTCLOUD_ASSUME_ROLE_SESSION_NAME
TENCENTCLOUD_CAM_ROLE_NAME TKE_ROLE_ARN TKE_WEB_IDENTITY_TOKEN_FILE COS_SECRET_ID COS_SECRET_KEY
"""
PULUMI = "PULUMI_CONFIG_PASSPHRASE PULUMI_CONFIG_PASSPHRASE_FILE PULUMI_ACCESS_TOKEN PULUMI_BACKEND_URL PULUMI_CONFIG"
OURS = "INSTANCE_ROLE_ENDPOINT INSTANCE_ROLE_CONFIG AWS_SECRET_ACCESS_KEY GITHUB_TOKEN KUBECONFIG SSH_AUTH_SOCK"


def test_an_instance_that_is_not_there(inside: Inside) -> None:
    nowhere = Inside(inside.sandbox, "i-nowhere").run("true")
    assert (nowhere.returncode, nowhere.stderr) == (1, "Error: no instance 'i-nowhere' in the sandbox\n")


def test_an_instance_that_does_not_run(inside: Inside) -> None:
    inside.ecs("StopInstance", InstanceId=inside.instance_id)
    inside.sandbox.advance(60)
    done = inside.run("true")
    assert (done.returncode, done.stderr) == (1, f"Error: instance {inside.instance_id} is not running\n")


def test_a_command_that_is_not_there(inside: Inside) -> None:
    done = inside.run("no-such-command")
    assert (done.returncode, done.stderr) == (1, "Error: no-such-command: command not found\n")


def test_no_sandbox_at_all(tmp_path: Path, inside: Inside) -> None:
    def run(*options: str, **more: str) -> subprocess.CompletedProcess[str]:
        environment = {k: v for k, v in inside.sandbox.env().items() if k != "INSTANCE_ROLE_ENDPOINT"}
        return subprocess.run(
            [python(), "-m", EMULATOR, "exec", *options, inside.instance_id, "--", "true"],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**environment, **more},
            timeout=30,
            check=False,
        )

    nothing = run()
    assert nothing.returncode == 1
    assert "no sandbox is running in ./.sandbox" in nothing.stderr and "--state" in nothing.stderr
    closed = run("--endpoint", "127.0.0.1:9")
    assert closed.returncode == 1 and "no sandbox answers at 127.0.0.1:9" in closed.stderr
    strange = run("--endpoint", inside.sandbox.endpoint)
    assert strange.returncode == 1 and "wants the secret that lies in its state folder" in strange.stderr
    assert "--state" in strange.stderr
    assert run("--state", str(inside.sandbox.server.folder)).returncode == 0
    for place in (".sandbox", ".sandbox/emulator"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "serve.json").write_text(json.dumps(inside.sandbox.server.ready))
        assert run().returncode == (0 if place == ".sandbox" else 1)
    assert "several sandboxes" in run().stderr
    assert run("--endpoint", inside.sandbox.endpoint).returncode == 0  # whose folder is one of these
    assert run(INSTANCE_ROLE_ENDPOINT=inside.sandbox.url).returncode == 0


# -- what the proxy does not do --------------------------------------------------------------------------------
def test_the_proxy_leads_nowhere_else(inside: Inside) -> None:
    status, text = inside.get("http://example.com/")
    assert (status, text) == (502, "the sandbox has no way to example.com\n")
    tunnel = inside.run("curl", "-s", "https://example.com/")
    assert tunnel.returncode != 0


def test_instances_do_not_see_the_control_api(inside: Inside) -> None:
    assert inside.get(f"{inside.sandbox.url}/_sandbox/state")[0] == 403
    assert inside.get(f"https://{inside.sandbox.endpoint}/_sandbox/state", "--proxytunnel")[0] == 403


def test_a_command_inside_cannot_ask_for_the_credentials_of_another_instance(inside: Inside) -> None:
    """Neither through its proxy nor past it: what it would have to show is in a file that it is not told of."""
    other = inside.sandbox.make_vpc_instance()[0]
    asked = ("-d", json.dumps({"instance_id": other}), f"{inside.sandbox.url}/_sandbox/inside")
    for how in ((), ("--noproxy", "*"), ("--noproxy", "*", "-H", "Authorization: Bearer guess")):
        done = inside.run("curl", "-sS", "-w", "%{http_code}", *how, *asked)
        assert done.stdout.endswith("401" if how else "403"), done
        assert other not in done.stdout
    environment = inside.run("env").stdout
    secret = Path(inside.sandbox.server.ready["control_file"])
    assert secret.stat().st_mode & 0o777 == 0o600
    assert secret.name not in environment and secret.read_text() not in environment


def test_nobody_speaks_for_an_instance_without_its_proof(inside: Inside) -> None:
    inside.attach()
    wrong = f"http://{inside.instance_id}:{'0' * 40}@{inside.sandbox.endpoint}"
    assert inside.get(LIST, "-x", wrong)[0] == 407
    assert inside.get(LIST, "-x", inside.sandbox.url)[0] == 407


# -- metadata --------------------------------------------------------------------------------------------------
def test_an_instance_without_a_role(inside: Inside) -> None:
    assert inside.get(LIST)[0] == 404
    assert inside.get(f"{LIST}app")[0] == 404
    inside.attach()
    assert inside.get(f"{LIST}other")[0] == 404
    assert inside.get(f"{BASE}/nonsense")[0] == 404
    inside.sandbox.switch(metadata_no_role_status=410)
    assert inside.get(f"{LIST}other")[0] == 410


def test_hardened_mode(inside: Inside) -> None:
    inside.attach()
    inside.ecs("ModifyInstanceMetadataOptions", InstanceId=inside.instance_id, HttpTokens="required")
    assert inside.get(LIST)[0] == 403
    assert inside.get(LIST, "-H", "X-aliyun-ecs-metadata-token: nonsense")[0] == 403
    put = ("-X", "PUT", "-H")
    token_url = f"{BASE}/api/token"
    status, token = inside.get(token_url, *put, "X-aliyun-ecs-metadata-token-ttl-seconds: 60")
    assert status == 200
    assert inside.get(LIST, "-H", f"X-aliyun-ecs-metadata-token: {token}") == (200, "app")
    for ttl in ("0", "21601", "x", ""):
        assert inside.get(token_url, *put, f"X-aliyun-ecs-metadata-token-ttl-seconds: {ttl}")[0] == 400
    forwarded = ("-H", "X-Forwarded-For: 1.2.3.4")
    assert inside.get(token_url, *put, "X-aliyun-ecs-metadata-token-ttl-seconds: 60", *forwarded)[0] == 403
    inside.sandbox.advance(61)
    assert inside.get(LIST, "-H", f"X-aliyun-ecs-metadata-token: {token}")[0] == 403
    inside.sandbox.switch(metadata_token_status=401, metadata_ttl_status=422)
    assert inside.get(LIST)[0] == 401
    assert inside.get(token_url, *put, "X-aliyun-ecs-metadata-token-ttl-seconds: 0")[0] == 422


def test_a_token_is_for_the_instance_that_asked(inside: Inside) -> None:
    inside.attach()
    other = Inside(inside.sandbox, inside.sandbox.make_vpc_instance()[0])
    ttl = "X-aliyun-ecs-metadata-token-ttl-seconds: 60"
    token = other.get(f"{BASE}/api/token", "-X", "PUT", "-H", ttl)[1]
    assert inside.get(LIST, "-H", f"X-aliyun-ecs-metadata-token: {token}")[0] == 403


def test_a_metadata_service_that_is_closed(inside: Inside) -> None:
    inside.attach()
    inside.ecs("ModifyInstanceMetadataOptions", InstanceId=inside.instance_id, HttpEndpoint="disabled")
    assert inside.get(LIST)[0] == 403


# -- credentials over time -------------------------------------------------------------------------------------
def accepted(inside: Inside, got: dict[str, Any]) -> str:
    """The code that a call with these credentials ends in, "" for success."""
    keys = Keys(got["AccessKeyId"], got["AccessKeySecret"], got["SecurityToken"])
    try:
        inside.sandbox.call("Ram", "ListUsers", keys=keys)
    except ServerException as error:
        return str(error.get_error_code())
    return ""


def test_credentials_are_renewed_half_an_hour_before_they_end(inside: Inside) -> None:
    inside.attach()
    first = inside.credentials()
    assert inside.credentials() == first, "the same ones until they are about to end"
    inside.sandbox.advance(5.5 * 3600 - 60)
    assert inside.credentials() == first
    inside.sandbox.advance(120)
    second = inside.credentials()
    assert second["AccessKeyId"] != first["AccessKeyId"]
    assert (accepted(inside, first), accepted(inside, second)) == ("", ""), "both, meanwhile"
    inside.sandbox.advance(1800)
    assert (accepted(inside, first), accepted(inside, second)) == ("InvalidSecurityToken.Expired", "")


def test_a_change_of_the_roles_policies_holds_at_once(inside: Inside) -> None:
    inside.attach()
    got = inside.credentials()
    attachment: dict[str, Any] = {"RoleName": "app", "PolicyType": "Custom", "PolicyName": "list-users"}
    inside.sandbox.call("Ram", "DetachPolicyFromRole", **attachment)
    assert accepted(inside, got) == "NoPermission"
    inside.sandbox.call("Ram", "AttachPolicyToRole", **attachment)
    assert accepted(inside, got) == ""


def test_another_role_means_other_credentials(inside: Inside) -> None:
    inside.attach()
    first = inside.credentials()
    inside.sandbox.make_role("other")
    inside.detach()
    assert inside.get(LIST)[0] == 404
    inside.attach("other")
    assert inside.get(LIST) == (200, "other")
    second = inside.credentials("other")
    assert accepted(inside, second) == "NoPermission"
    assert accepted(inside, first) == "", "what was given out holds until it ends"


@pytest.mark.parametrize(
    ("action", "code"), [("oss:*", "NoPermission"), ("ram:List*", ""), (None, "NoPermission")], ids=str
)
def test_the_policy_of_the_binding_restricts_the_credentials(inside: Inside, action: str | None, code: str) -> None:
    policy = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}
    inside.attach(Policy=json.dumps(policy) if action else "unreadable")
    assert accepted(inside, inside.credentials()) == code


def test_a_deleted_role_ends_the_credentials(inside: Inside) -> None:
    inside.attach()
    got = inside.credentials()
    attachment: dict[str, Any] = {"RoleName": "app", "PolicyType": "Custom", "PolicyName": "list-users"}
    inside.sandbox.call("Ram", "DetachPolicyFromRole", **attachment)
    inside.sandbox.call("Ram", "DeleteRole", RoleName="app")
    assert accepted(inside, got) == "InvalidSecurityToken.Expired"
    assert inside.get(LIST)[0] == 404, "the binding dangles"


def test_switch_delete_bound_role(inside: Inside) -> None:
    inside.sandbox.make_role("bound")
    inside.attach("bound")
    inside.sandbox.switch(delete_bound_role="refuse")
    with pytest.raises(ServerException) as caught:
        inside.sandbox.call("Ram", "DeleteRole", RoleName="bound")
    assert caught.value.get_http_status() == 409
    inside.detach("bound")
    inside.sandbox.call("Ram", "DeleteRole", RoleName="bound")


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "state")
    yield server
    server.stop()


def test_credentials_and_identity_outlive_the_process(own_server: Server) -> None:
    sandbox = own_server.first_account()
    sandbox.make_role("app")
    inside = Inside(sandbox, sandbox.make_vpc_instance()[0])
    inside.attach()
    before = inside.credentials()
    proxy = sandbox.control("POST", "inside", {"instance_id": inside.instance_id})
    own_server.restart()
    assert inside.credentials() == before
    assert sandbox.control("POST", "inside", {"instance_id": inside.instance_id}) == proxy
