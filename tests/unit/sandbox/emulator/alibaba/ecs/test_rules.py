"""Security group rules, as properties."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from instance_role_sandbox.emulator.alibaba.ecs.rules import EGRESS, IDENTITY, INGRESS, rule, same
from instance_role_sandbox.emulator.alibaba.errors import ApiError

ports = st.builds(lambda a, b: f"{min(a, b)}/{max(a, b)}", st.integers(1, 65535), st.integers(1, 65535))
described = st.one_of(
    st.fixed_dictionaries({"IpProtocol": st.sampled_from(["tcp", "TCP", "udp", "Udp"]), "PortRange": ports}),
    st.fixed_dictionaries(
        {"IpProtocol": st.sampled_from(["icmp", "gre", "all", "ALL"]), "PortRange": st.just("-1/-1")}
    ),
)
rest = st.fixed_dictionaries(
    {},
    optional={
        "Policy": st.sampled_from(["accept", "Accept", "drop", "DROP"]),
        "Priority": st.integers(1, 100).map(str),
        "NicType": st.just("intranet"),
        "Description": st.text(max_size=512),
    },
)
sources = st.sampled_from(
    [{"SourceCidrIp": "10.0.0.0/8"}, {"Ipv6SourceCidrIp": "2001:DB8::/32"}, {"SourceGroupId": "sg-1"},
     {"SourcePrefixListId": "pl-1"}, {"SourceCidrIp": "1.2.3.4", "SourceGroupId": "sg-1"}]
)  # fmt: skip
requests = st.builds(lambda *parts: {k: v for part in parts for k, v in part.items()}, described, rest, sources)


@given(requests)
def test_what_is_shown_reads_back_as_the_same_rule(given_: dict[str, str]) -> None:
    one = rule(given_, INGRESS, in_vpc=True)
    assert same(one, rule(one, INGRESS, in_vpc=True))
    assert one["IpProtocol"] == given_["IpProtocol"].upper()
    assert one["Policy"] in ("Accept", "Drop")
    assert 1 <= int(one["Priority"]) <= 100
    assert one["NicType"] == "intranet"


@given(requests, st.text(max_size=50))
def test_the_description_is_not_what_makes_a_rule(given_: dict[str, str], text: str) -> None:
    assert same(rule(given_, INGRESS, True), rule({**given_, "Description": text}, INGRESS, True))


@given(requests, requests)
def test_rules_are_the_same_when_all_else_is(one: dict[str, str], other: dict[str, str]) -> None:
    first, second = rule(one, INGRESS, True), rule(other, INGRESS, True)
    assert same(first, second) == ([first[name] for name in IDENTITY] == [second[name] for name in IDENTITY])


@given(requests)
def test_a_source_is_no_destination(given_: dict[str, str]) -> None:
    try:
        rule(given_, EGRESS, True)
    except ApiError as error:
        assert error.code == "MissingParameter.Dest"
    else:
        raise AssertionError("a rule for traffic going out without a destination")


@given(st.dictionaries(st.sampled_from(["IpProtocol", "PortRange", "Priority", "Policy", "SourceCidrIp"]), st.text()))
def test_anything_else_is_an_api_error(given_: dict[str, str]) -> None:
    try:
        one = rule(given_, INGRESS, in_vpc=False)
    except ApiError as error:
        assert error.status == 400
    else:
        assert one["NicType"] == "internet"
