"""Habits of the real pulumi-alicloud plugin that no official SDK shares, each seen on its wire."""

from __future__ import annotations

from tests.contract.emulator.wire import Answer, params, send, signed
from tests.support.sandbox import Sandbox


def tea_call(sandbox: Sandbox, action: str, version: str, form: dict[str, str], tls: bool = False) -> Answer:
    """As its tea-rpc client sends: what signing needs in the address, everything else in the form."""
    query = params(sandbox.keys, action, version)
    whole = signed({**query, **form}, sandbox.access_key_secret, "POST")
    return send(sandbox, {**query, "Signature": whole["Signature"]}, form, "POST", tls=tls)


def test_signing_parameters_in_the_address_and_the_rest_in_the_form(sandbox: Sandbox) -> None:
    for tls in (False, True):
        made = tea_call(sandbox, "CreateUser", "2015-05-01", {"UserName": f"ann-{tls}", "Comments": "a b+c*~ü"}, tls)
        assert made.status == 200
        assert made.data["User"]["Comments"] == "a b+c*~ü"


def test_a_network_interface_type_of_nil_filters_nothing(sandbox: Sandbox) -> None:
    where = sandbox.make_vpc()
    rule = {"IpProtocol": "tcp", "PortRange": "443/443", "SourceCidrIp": "10.0.0.0/8", "Policy": "accept"}
    group = {"RegionId": sandbox.region, "SecurityGroupId": where["group"]}
    permission = {f"Permissions.1.{name}": value for name, value in rule.items()}
    assert tea_call(sandbox, "AuthorizeSecurityGroup", "2014-05-26", {**group, **permission}).status == 200
    asked = {**group, "Direction": "ingress"}
    found = {
        nic: tea_call(sandbox, "DescribeSecurityGroupAttribute", "2014-05-26", {**asked, "NicType": nic}).data
        for nic in ("<nil>", "intranet", "internet")
    }
    assert {nic: len(answer["Permissions"]["Permission"]) for nic, answer in found.items()} == {
        "<nil>": 1,
        "intranet": 1,
        "internet": 0,
    }
