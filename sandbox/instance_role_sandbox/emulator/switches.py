"""What no source confirms about the clouds, as switches with the documented (or likeliest) value as default.

One row is one open question. `sandbox serve` makes its options from this table, the control API can set them for one
account, and the code that has to decide asks by name. A row says what is open, so that `--help-switches` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Value = str | int | float | bool


@dataclass(frozen=True)
class Switch:
    """One open question: its name, the value in force unless told otherwise, the other answers, and what is open."""

    name: str
    default: Value
    help: str
    choices: tuple[str, ...] = ()

    def parse(self, value: object) -> Value:
        """``value`` as this switch takes it; ``ValueError`` says what it would take."""
        wanted = type(self.default)
        if self.choices and value not in self.choices:
            raise ValueError(f"{self.name} is one of {', '.join(self.choices)}, not {value!r}")
        if isinstance(value, bool) != (wanted is bool) or not isinstance(value, (str, int, float)):
            raise ValueError(f"{self.name} is {_KINDS[wanted]}, not {value!r}")
        try:
            parsed = wanted(value)
        except ValueError:
            raise ValueError(f"{self.name} is {_KINDS[wanted]}, not {value!r}") from None
        if isinstance(parsed, float) and not 0 <= parsed < float("inf"):
            raise ValueError(f"{self.name} is a number of seconds from 0 up, not {value!r}")
        return parsed


_KINDS: dict[type, str] = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}

SWITCHES: tuple[Switch, ...] = (
    # -- binding (ECS) -----------------------------------------------------------------------------------------
    Switch(
        "occupied-code",
        "InvalidOperation.InstanceRamRoleExists",
        "Code of attaching to an instance that holds a role; no source publishes it, the default is artificial.",
    ),
    Switch(
        "occupied-level",
        "request",
        "Whether attaching to an occupied instance fails the request or only that instance's result (HTTP 200).",
        ("request", "item"),
    ),
    Switch(
        "reattach-same",
        "error",
        "Attaching the role that an instance holds already: the occupied error, or success.",
        ("error", "ok"),
    ),
    Switch(
        "detach-mismatch",
        "error",
        "Detaching a role the instance does not hold: InvalidRamRole.NotFound for the request, a failed result for"
        " that instance (HTTP 200), or success without effect.",
        ("error", "item", "ok"),
    ),
    Switch(
        "mixed-batch",
        "request",
        "One bad id among good ones: the request fails and nothing happens, or only that id's result does.",
        ("request", "item"),
    ),
    Switch(
        "bind-states",
        "any",
        "Instance states in which a role may be attached or detached: any, or Running and Stopped only.",
        ("any", "settled"),
    ),
    Switch(
        "describe-unbound",
        "omit",
        "DescribeInstanceRamRole on an instance without a role: no row, or a row with an empty RamRoleName.",
        ("omit", "row"),
    ),
    Switch(
        "describe-unknown-id",
        "not-found",
        "DescribeInstanceRamRole of an id that is not there: InvalidInstanceId.NotFound for the request, or no row.",
        ("not-found", "empty"),
    ),
    Switch(
        "describe-unknown-role",
        "not-found",
        "DescribeInstanceRamRole of a role that is not there: InvalidRamRole.NotFound (Terraform's provider expects it,"
        " the documentation does not list it), or no row.",
        ("not-found", "empty"),
    ),
    Switch(
        "role-fault-level",
        "request",
        "Whether attaching a role that ECS does not know or may not assume fails the request or each instance's result"
        " (HTTP 200).",
        ("request", "item"),
    ),
    Switch("detach-needs-passrole", False, "Whether DetachInstanceRamRole asks for ram:PassRole too."),
    Switch("dry-run-status", 400, "HTTP status of the error DryRunOperation that a successful dry run ends in."),
    Switch(
        "role-propagation-seconds",
        0.0,
        "For how long after CreateRole or UpdateRole ECS still goes by the role as it was before.",
    ),
    Switch(
        "describe-role-ids",
        50,
        "How many ids one DescribeInstanceRamRole may name (50 in the newest texts, 100 in older ones).",
    ),
    Switch(
        "classic-network",
        True,
        "RunInstances without VSwitchId makes a classic-network instance (real accounts of today are refused).",
    ),
    Switch("settle-seconds", 0.2, "How long each passing state (Pending, Starting, Stopping, ...) lasts."),
    # -- RAM ---------------------------------------------------------------------------------------------------
    Switch(
        "delete-policy-role-code",
        "DeleteConflict.Policy.Role",
        "Code of DeletePolicy for a policy that a role still has (documented for users and groups only).",
    ),
    Switch(
        "delete-bound-role",
        "allow",
        "DeleteRole while instances hold the role: allow (they keep a dangling name), or refuse.",
        ("allow", "refuse"),
    ),
    Switch(
        "arn-case",
        "original",
        "Role names inside ARNs: as they were given, or in lower case (samples show both).",
        ("original", "lower"),
    ),
    Switch(
        "held-role-case",
        "original",
        "The role that an instance is shown with, in both clouds: as RAM or CAM has it, or in lower case.",
        ("original", "lower"),
    ),
    Switch("malformed-document-status", 400, "HTTP status of MalformedPolicyDocument (409 in a twin API)."),
    Switch(
        "detach-visibility-seconds",
        0.0,
        "For how long ListEntitiesForPolicy still lists, and DeleteRole still minds, a policy that was detached.",
    ),
    Switch(
        "role-console-login",
        False,
        "Whether a role that is made without a word about it may use the console; no source says.",
    ),
    Switch(
        "role-console-login-shown",
        True,
        "Whether answers about a role say AllowConsoleLogin: the SDKs know it there, the pages' tables do not.",
    ),
    # -- policy documents, in both clouds --------------------------------------------------------------------------
    Switch(
        "document-unknown-operator",
        "refuse",
        "A document with a condition operator that no page lists: malformed, or taken as it is.",
        ("refuse", "accept"),
    ),
    Switch(
        "document-unreadable-value",
        "refuse",
        "A document with a value that is not of its operator's form (no number, no address): malformed, or taken.",
        ("refuse", "accept"),
    ),
    Switch(
        "condition-not-understood",
        "unmet",
        "How a condition counts that nobody here can judge: an operator that no page lists, an unreadable value.",
        ("unmet", "met"),
    ),
    Switch(
        "condition-negation-of-none",
        "met",
        "A negated operator (StringNotEquals, ip_not_equal) where the request lacks the key: met, or unmet.",
        ("met", "unmet"),
    ),
    Switch(
        "condition-all-of-none",
        "met",
        "An operator for all values (ForAllValues, for_all_value) where the request lacks the key: met, or unmet.",
        ("met", "unmet"),
    ),
    # -- VPC, and how much of a kind there may be -----------------------------------------------------------------
    Switch(
        "describe-gone-vswitch",
        "not-found",
        "DescribeVSwitchAttributes of an id that is not there: InvalidVSwitchId.NotFound, or an empty object.",
        ("not-found", "empty"),
    ),
    Switch("quota-roles", 1000, "Roles in an account (LimitExceeded.Role)."),
    Switch("quota-policies", 1500, "Custom policies in an account (LimitExceeded.Policy)."),
    Switch("quota-custom-policies", 10, "Custom policies on one role, user or group (10 in newer pages, 5 before)."),
    Switch("quota-system-policies", 20, "System policies on one role, user or group."),
    Switch("quota-vpcs", 10, "VPCs in one region (QuotaExceeded.Vpc)."),
    Switch("quota-vswitches", 150, "vSwitches in one VPC (QuotaExceeded.VSwitch)."),
    Switch("quota-security-groups", 100, "Security groups in one region (QuotaExceed.SecurityGroup)."),
    Switch("quota-instances", 2000, "Instances in one region (QuotaExceed.ElasticQuota)."),
    # -- gateway -----------------------------------------------------------------------------------------------
    Switch("unknown-key-status", 404, "HTTP status of InvalidAccessKeyId.NotFound (the ECS page says 400)."),
    Switch(
        "missing-timestamp-code",
        "MissingTimestamp",
        "Code of a request without Timestamp (sources differ).",
        ("MissingTimestamp", "IllegalTimestamp"),
    ),
    Switch("sts-token-status", 400, "HTTP status of MissingSecurityToken and InvalidSecurityToken.*."),
    Switch("acs3-skew-seconds", 900.0, "Clock skew that ACS3-HMAC-SHA256 requests may have (900 is v1's)."),
    # -- instance metadata -------------------------------------------------------------------------------------
    Switch("metadata-no-role-status", 404, "HTTP status of reading credentials on an instance without (that) role."),
    Switch("metadata-token-status", 403, "HTTP status of a read with a missing or invalid token in hardened mode."),
    Switch("metadata-ttl-status", 400, "HTTP status of asking for a token with a TTL out of range."),
    # -- Tencent Cloud: CVM ------------------------------------------------------------------------------------
    Switch(
        "cvm-operation-shown-seconds",
        0.05,
        "For how long after ModifyInstancesAttribute readers still see the operation before it.",
    ),
    Switch("cvm-operation-seconds", 0.2, "How long after ModifyInstancesAttribute the change is there."),
    Switch(
        "cvm-operation-outcome",
        "SUCCESS",
        "How ModifyInstancesAttribute ends: SUCCESS, or FAILED without any change.",
        ("SUCCESS", "FAILED"),
    ),
    Switch(
        "cvm-operation-request-id",
        True,
        "Whether a change of role becomes the LatestOperationRequestId, or leaves the one before it.",
    ),
    Switch(
        "cvm-mixed-batch",
        "reject",
        "One bad id among good ones: nothing happens, or the good ones are changed and the error is answered.",
        ("reject", "partial"),
    ),
    Switch(
        "cvm-busy-code",
        "MutexOperation.TaskRunning",
        "Code of an operation on an instance that another one still runs on (all three were seen).",
        (
            "MutexOperation.TaskRunning",
            "OperationDenied.InstanceOperationInProgress",
            "InvalidInstance.NotSupported",
        ),
    ),
    Switch(
        "cvm-no-vpc-code",
        "UnsupportedOperation.NoVpcNetwork",
        "Code of giving a role to an instance outside a VPC (listed for CVM, not for this action).",
    ),
    Switch(
        "cvm-no-attribute",
        "missing",
        "ModifyInstancesAttribute without any attribute: MissingParameter, or the role is unbound.",
        ("missing", "unbind"),
    ),
    Switch(
        "cvm-two-attributes",
        "refuse",
        "ModifyInstancesAttribute with two attributes: refused (the pages ask for one), or both are changed.",
        ("refuse", "accept"),
    ),
    Switch(
        "cvm-unbound-role",
        "empty",
        "CamRoleName of an instance without a role in DescribeInstances: an empty text, or null.",
        ("empty", "null"),
    ),
    Switch(
        "cvm-pass-role",
        "ignored",
        "Whether giving a role to an instance asks for cam:PassRole, and the code of who may not.",
        ("ignored", "CamRoleNameAuthenticateFailed", "UnauthorizedOperation"),
    ),
    Switch(
        "cvm-other-principal",
        False,
        "Whether a role that trusts cvm.cloud.tencent.com (and not cvm.qcloud.com) may be given to instances.",
    ),
    Switch(
        "cvm-role-propagation-seconds",
        0.0,
        "For how long after CreateRole or UpdateAssumeRolePolicy CVM still goes by the role as it was before.",
    ),
    Switch(
        "cvm-basic-network",
        True,
        "RunInstances without VirtualPrivateCloud: outside any VPC, as in older accounts, or in the default VPC.",
    ),
    Switch(
        "cvm-dry-run",
        "empty",
        "RunInstances with DryRun that would succeed: an answer without ids, or the error DryRunOperation.",
        ("empty", "error"),
    ),
    Switch(
        "cvm-launch-outcome",
        "RUNNING",
        "What instances become after PENDING.",
        ("RUNNING", "LAUNCH_FAILED"),
    ),
    Switch(
        "cvm-release-seconds",
        0.0,
        "For how long a destroyed instance still holds its address and its security groups.",
    ),
    Switch("cvm-credentials-seconds", 7200.0, "How long credentials from the metadata service live."),
    Switch(
        "cvm-credentials-renewal-seconds",
        600.0,
        "How long before their end the metadata service gives out new ones.",
    ),
    Switch("cvm-metadata-lag-seconds", 0.0, "How long after a change of role the metadata service still has the old."),
    # -- Tencent Cloud: CAM ------------------------------------------------------------------------------------
    Switch(
        "cam-visibility-seconds",
        0.0,
        "For how long readers do not see a role, policy or attachment that was just made.",
    ),
    Switch(
        "cam-document-form",
        "verbatim",
        "Documents as CAM returns them: as they were given; or one text in place of a list made a list;"
        " or besides that, root principals written as the account's own number. No page says.",
        ("verbatim", "lists", "rewritten"),
    ),
    Switch(
        "cam-repeated-attachment",
        "ok",
        "Attaching or joining again, detaching or leaving what is not there: success, or an error (code made up).",
        ("ok", "error"),
    ),
    Switch(
        "cam-recreated-role",
        "revives",
        "Instances that held a deleted role, once there is another of that name: they have it, or hold a dead name.",
        ("revives", "dangles"),
    ),
    Switch(
        "cam-presets-listed",
        True,
        "Whether ListPolicies lists the preset policies; that every account has some listed is said nowhere.",
    ),
    Switch("cam-role-arn", True, "Whether RoleArn is filled in (it may be null)."),
    Switch("cam-session-duration", 7200, "SessionDuration, in seconds, of a role made without one."),
    Switch("cam-policy-versions", 5, "Versions that a custom policy may have (FailedOperation.PolicyVersionFull)."),
    Switch("cam-quota-roles", 1000, "Roles in an account (InvalidParameter.RoleFull)."),
    Switch("cam-quota-policies", 1500, "Custom policies in an account (FailedOperation.PolicyFull)."),
    Switch("cam-quota-role-policies", 200, "Policies on one role, user or group (InvalidParameter.AttachmentFull)."),
    Switch("cam-quota-users", 1000, "Users in an account (InvalidParameter.SubUserFull)."),
    Switch("cam-quota-groups", 300, "Groups in an account (InvalidParameter.GroupFull)."),
    Switch(
        "cam-group-gone-code",
        "ResourceNotFound.UserNotExist",
        "Code of GetGroup, DeleteGroup and RemoveUserFromGroup for a group that is not there: they list only a user's.",
        ("ResourceNotFound.UserNotExist", "ResourceNotFound.GroupNotExist"),
    ),
    # -- Tencent Cloud: gateway, and how much of a kind there may be -----------------------------------------------
    Switch("tencent-rates", False, "Whether the published request rates are enforced (RequestLimitExceeded)."),
    Switch(
        "tencent-denied-code",
        "AuthFailure.UnauthorizedOperation",
        "Code of a call without permission (products differ).",
        ("AuthFailure.UnauthorizedOperation", "UnauthorizedOperation"),
    ),
    Switch(
        "tencent-denied-describe",
        "error",
        "Describe calls of CVM and VPC without permission: the error, or an empty list.",
        ("error", "empty"),
    ),
    Switch("tencent-quota-vpcs", 20, "VPCs in one region (LimitExceeded)."),
    Switch("tencent-quota-subnets", 100, "Subnets in one VPC (LimitExceeded)."),
    Switch("tencent-quota-security-groups", 50, "Security groups in one region (LimitExceeded)."),
    Switch("tencent-quota-instances", 2000, "Instances in one region (LimitExceeded.InstanceQuota)."),
)

_BY_NAME = {switch.name: switch for switch in SWITCHES}


class Switches:
    """The values in force: the table's defaults under what was set. Unknown names and values are ``ValueError``."""

    def __init__(self, values: Mapping[str, object] | None = None, over: Switches | None = None) -> None:
        self._values: dict[str, Value] = dict(over._values) if over else {s.name: s.default for s in SWITCHES}
        for name, value in (values or {}).items():
            if name not in _BY_NAME:
                raise ValueError(f"no switch {name!r}; `instance-role sandbox serve --help-switches` lists them")
            self._values[name] = _BY_NAME[name].parse(value)

    def text(self, name: str) -> str:
        """A switch that is a word."""
        return str(self._values[name])

    def cased(self, name: str, text: str) -> str:
        """``text`` as a switch about letter case has it shown."""
        return text.lower() if self.text(name) == "lower" else text

    def number(self, name: str) -> float:
        """A switch that is a number of seconds."""
        return float(self._values[name])

    def status(self, name: str) -> int:
        """A switch that is an HTTP status."""
        return int(self._values[name])

    def count(self, name: str) -> int:
        """A switch that is a number of things."""
        return int(self._values[name])

    def on(self, name: str) -> bool:
        """A switch that is on or off."""
        return bool(self._values[name])
