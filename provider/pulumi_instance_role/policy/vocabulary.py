"""The words of each cloud's conditions: operators and general keys, one a row, with the page that each stands on.

A word that is not here may exist all the same. It goes to the cloud as it is; the evaluation does not claim to
understand it.

Alibaba Cloud's page lists no qualifiers; its own policy module uses ``ForAllValues`` and says nothing of it. That the
other exists beside it, and that both go with every operator, is taken from the language this one descends from.
"""

from __future__ import annotations

from collections.abc import Mapping

from pulumi_instance_role.policy.operators import COMPARISONS, Operator, optional, qualified, rows
from pulumi_instance_role.records import dataclass

_RAM = "https://www.alibabacloud.com/help/en/ram/conditional-operator"
_RAM_ELEMENTS = "https://www.alibabacloud.com/help/en/ram/policy-elements"
_RAM_MODULE = "https://github.com/alibabacloud-automation/terraform-alicloud-ram-policy"
_KMS = "https://www.alibabacloud.com/help/en/kms/security-and-compliance/condition-key"
_SERVICES = "https://www.alibabacloud.com/help/en/ram/developer-reference/aliyunadbfullaccess"
_CAM = "https://www.tencentcloud.com/document/product/598/58420"
_CAM_LIST = "https://www.tencentcloud.com/document/product/598/10608"
_CAM_VARIABLES = "https://www.tencentcloud.com/document/product/598/10607"
_COS = "https://cloud.tencent.com/document/product/436/71306"

_ALIBABA = [one for one in COMPARISONS if one not in ("BinaryEquals", "Null")]
ALIBABA_OPERATORS: Mapping[str, Operator] = qualified(
    rows({name: (name, _RAM) for name in _ALIBABA}),
    {"ForAllValues:": ("all", _RAM_MODULE), "ForAnyValue:": ("any", _RAM_MODULE)},
)

TENCENT_OPERATORS: Mapping[str, Operator] = qualified(
    optional(
        rows(
            {
                "string_equal": ("StringEquals", _CAM),
                "string_not_equal": ("StringNotEquals", _CAM),
                "string_equal_ignore_case": ("StringEqualsIgnoreCase", _CAM),
                "string_not_equal_ignore_case": ("StringNotEqualsIgnoreCase", _CAM),
                "string_like": ("StringLike", _COS),
                "string_not_like": ("StringNotLike", _COS),
                "numeric_equal": ("NumericEquals", _CAM),
                "numeric_not_equal": ("NumericNotEquals", _CAM),
                "numeric_less_than": ("NumericLessThan", _CAM),
                "numeric_less_than_equal": ("NumericLessThanEquals", _CAM),
                "numeric_greater_than": ("NumericGreaterThan", _CAM),
                "numeric_greater_than_equal": ("NumericGreaterThanEquals", _CAM),
                "date_equal": ("DateEquals", _CAM),
                "date_not_equal": ("DateNotEquals", _CAM),
                "date_less_than": ("DateLessThan", _CAM),
                "date_less_than_equal": ("DateLessThanEquals", _CAM),
                "date_greater_than": ("DateGreaterThan", _CAM),
                "date_greater_than_equal": ("DateGreaterThanEquals", _CAM),
                "bool_equal": ("Bool", _CAM),
                "binary_equal": ("BinaryEquals", _CAM_LIST),
                "ip_equal": ("IpAddress", _CAM),
                "ip_not_equal": ("NotIpAddress", _CAM),
                # That its value is "true" or "false" is not published, nor seen in a sample: the name's own meaning.
                "null_equal": ("Null", _CAM),
            }
        ),
        "_if_exist",
        _CAM_LIST,
    ),
    {"for_all_value:": ("all", _CAM_LIST), "for_any_value:": ("any", _CAM_LIST)},
)


@dataclass(frozen=True)
class Key:
    """A condition key that is no service's own. ``means`` is the same word for the same fact in every language."""

    means: str
    page: str


ALIBABA_KEYS: Mapping[str, Key] = {
    "acs:SourceIp": Key("address", _RAM_ELEMENTS),
    "acs:CurrentTime": Key("time", _RAM_ELEMENTS),
    "acs:SecureTransport": Key("transport", _RAM_ELEMENTS),
    "acs:MFAPresent": Key("second factor", _RAM_ELEMENTS),
    "acs:PrincipalARN": Key("principal", _RAM_ELEMENTS),
    "acs:PrincipalRDId": Key("directory", _RAM_ELEMENTS),
    "acs:PrincipalRDPath": Key("directory path", _RAM_ELEMENTS),
    "acs:RequestTag/": Key("tags asked for", _RAM_ELEMENTS),
    "acs:ResourceTag/": Key("tags", _RAM_ELEMENTS),
    "acs:SourceVpc": Key("network", _KMS),
    "acs:Service": Key("service", _SERVICES),
}
"""A key that ends in a slash goes on with a name."""

TENCENT_KEYS: Mapping[str, Key] = {
    "qcs:ip": Key("address", _CAM),
    "qcs:current_time": Key("time", _CAM),
    "qcs:resource_tag": Key("tags", _CAM),
    "qcs:request_tag": Key("tags asked for", _CAM),
    "qcs:tag/": Key("tag", _CAM_LIST),
    "qcs:mfa": Key("second factor", _CAM_LIST),
    "qcs:create_uin": Key("creator", _CAM_VARIABLES),
    "qcs:uin": Key("caller", "https://www.tencentcloud.com/document/product/598/10604"),
    "qcs:owner_uin": Key("account", "https://www.tencentcloud.com/document/product/598/10604"),
}
