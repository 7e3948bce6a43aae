"""Writing documents in a program, in the language of a cloud that is given by its name.

>>> policy_document(allow("name/cos:GetObject", on="qcs::cos:::reports/*", cloud="tencent"))["version"]
'2.0'

Plain functions: they know nothing of a stack, so that a document is the same wherever it is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, overload

from pulumi_instance_role.policy import build, trust
from pulumi_instance_role.policy.at_the_line import at_the_line
from pulumi_instance_role.policy.dialect import ALIBABA, LANGUAGES, language_of
from pulumi_instance_role.policy.when import AlibabaConditions, Conditions, TencentConditions

On = str | Sequence[str]


@overload
def allow(
    *actions: str, on: On, when: AlibabaConditions | None = None, cloud: Literal["alibaba"] = "alibaba"
) -> dict[str, Any]: ...
@overload
def allow(
    *actions: str, on: On, when: TencentConditions | None = None, cloud: Literal["tencent"]
) -> dict[str, Any]: ...
@overload
def allow(*actions: str, on: On, when: Conditions | None = None, cloud: str = "alibaba") -> dict[str, Any]: ...
@at_the_line
def allow(*actions: str, on: On, when: Conditions | None = None, cloud: str = "alibaba") -> dict[str, Any]:
    """A statement that allows ``actions`` on the resources ``on``, where the conditions ``when`` hold.

    ``when`` is operator -> key -> value or values: ``{"IpAddress": {"acs:SourceIp": "10.0.0.0/8"}}``, on Tencent Cloud
    ``{"ip_equal": {"qcs:ip": "10.0.0.0/8"}}``. ``cloud`` says whose language it is. Raises
    :class:`~pulumi_instance_role.policy.document.PolicyError` for what the cloud would refuse and for another cloud's
    words, ValueError for a cloud that there is not.
    """
    return build.allow(*actions, on=on, when=when, dialect=language_of(cloud))


@overload
def deny(
    *actions: str, on: On, when: AlibabaConditions | None = None, cloud: Literal["alibaba"] = "alibaba"
) -> dict[str, Any]: ...
@overload
def deny(*actions: str, on: On, when: TencentConditions | None = None, cloud: Literal["tencent"]) -> dict[str, Any]: ...
@overload
def deny(*actions: str, on: On, when: Conditions | None = None, cloud: str = "alibaba") -> dict[str, Any]: ...
@at_the_line
def deny(*actions: str, on: On, when: Conditions | None = None, cloud: str = "alibaba") -> dict[str, Any]:
    """A statement that denies; it beats every allowing one. Arguments as for :func:`allow`."""
    return build.deny(*actions, on=on, when=when, dialect=language_of(cloud))


@at_the_line
def policy_document(*statements: Mapping[str, Any], cloud: str | None = None) -> dict[str, Any]:
    """A permission document of ``statements``, checked. Without ``cloud``, in the language that they are written in.

    Raises as :func:`allow` does.
    """
    if cloud is not None:
        dialect = language_of(cloud)
    else:
        spoken = (one for one in LANGUAGES.values() if any(one.effect_key in statement for statement in statements))
        dialect = next(spoken, ALIBABA)
    document = build.policy_document(*statements, dialect=dialect)
    build.in_its_own_words(document, "permission", dialect)
    return document


@at_the_line
def trust_document(services: str | Sequence[str], cloud: str = "alibaba") -> dict[str, Any]:
    """The trust policy that lets exactly these services of the cloud assume the role.

    Instances can hold a role that lets ``ecs.aliyuncs.com`` in, on Tencent Cloud ``cvm.qcloud.com``. Raises as
    :func:`allow` does.
    """
    dialect = language_of(cloud)
    document = trust.trust_document(services, dialect)
    build.in_its_own_words(document, "trust", dialect)
    return document
