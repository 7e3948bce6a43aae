"""What programs for each cloud say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Words:
    """What a program for one cloud says."""

    service: str  # of instances
    other_service: str
    documents: tuple[Mapping[str, Any], ...]
    system_policies: tuple[str, str]
    tags_policies: bool


WORDS: Mapping[str, Words] = {
    "alibaba": Words(
        "ecs.aliyuncs.com",
        "fc.aliyuncs.com",
        tuple(
            {"Version": "1", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}
            for action in ("oss:GetObject", "oss:PutObject", "ecs:Describe*", ["log:Get*", "log:List*"], "kms:Decrypt")
        ),
        ("AliyunOSSReadOnlyAccess", "AliyunECSReadOnlyAccess"),
        tags_policies=True,
    ),
    "tencent": Words(
        "cvm.qcloud.com",
        "scf.qcloud.com",
        tuple(
            {"version": "2.0", "statement": [{"effect": "allow", "action": actions, "resource": ["*"]}]}
            for actions in (
                *(["name/cos:GetObject"], ["name/cos:PutObject"], ["cvm:Describe*"]),
                *(["cls:Get*", "cls:List*"], ["kms:Decrypt"]),
            )
        ),
        ("QcloudCOSReadOnlyAccess", "QcloudCVMReadOnlyAccess"),
        tags_policies=False,
    ),
}
DOCUMENTS = 5
"""How many documents each cloud's words have."""
USERS = ("operator-1", "operator-2")
"""Users of the account, who may be granted to pass roles."""
